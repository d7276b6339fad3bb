//! Documents to sentences, by rules alone.
//!
//! Title and abstract are split apart first. Within each, a sentence ends after `.`, `?` or `!` (and the closing brackets
//! and quotes that follow) where white space follows and the next token can begin a sentence. It does not end
//! - after an abbreviation (`e.g.`, `vs.`, `Fig.`), or `no.` before a number;
//! - after an initial or the genus of a species (`J. Smith`, `E. coli`, `U.S. study`), but does after the letter of
//!   `hepatitis B. We ...`;
//! - within brackets that close again soon;
//! - before a word in lower case, unless it is a name such as `p53`, `mRNA` or `c-fos` after a full word.

use super::tokenize::tokenize_from;
use super::{Document, Token};

/// The tokens of one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Index of the document in its split.
    pub document: usize,
    /// At least one; offsets count characters over [`Document::text`].
    pub tokens: Vec<Token>,
}

/// The sentences of `document`, which is number `document_index` of its split. Every token is in exactly one.
pub fn sentences(document_index: usize, document: &Document) -> Vec<Sentence> {
    let title = tokenize_from(&document.title, 0);
    let abstract_text = tokenize_from(&document.abstract_text, document.title.chars().count() + 1);
    let parts = [title, abstract_text].into_iter().flat_map(split);
    parts.map(|tokens| Sentence { document: document_index, tokens }).collect()
}

/// Brackets further apart than this are taken for unbalanced ones.
const BRACKET_REACH: usize = 80;

/// Abbreviations after which a sentence never ends, in lower case and without the stop.
const NEVER_LAST: &[&str] = &[
    "approx", "ca", "cf", "dr", "eq", "eqs", "fig", "figs", "mr", "mrs", "ms", "prof", "ref", "refs", "resp", "st", "subsp", "var", "viz",
    "vs",
];

/// Abbreviations that may end a sentence: they do before a capital, not before a figure.
const BEFORE_NUMBERS: &[&str] = &["no", "nos", "chap", "p", "pp", "sec", "tab", "vol"];

/// Capitalised words that begin sentences, never a name after an initial.
const STARTERS: &[&str] = &[
    "A",
    "After",
    "All",
    "Although",
    "An",
    "As",
    "At",
    "Both",
    "By",
    "During",
    "For",
    "From",
    "Furthermore",
    "Here",
    "However",
    "I",
    "If",
    "In",
    "It",
    "Moreover",
    "No",
    "Of",
    "On",
    "One",
    "Our",
    "Patients",
    "Since",
    "Some",
    "Such",
    "The",
    "Their",
    "There",
    "These",
    "They",
    "This",
    "Those",
    "Three",
    "Thus",
    "To",
    "Two",
    "We",
    "When",
    "While",
    "With",
];

fn split(tokens: Vec<Token>) -> Vec<Vec<Token>> {
    let bracketed = bracketed(&tokens);
    let mut sentences = Vec::new();
    let mut sentence = Vec::new();
    let ends: Vec<bool> = (0..tokens.len()).map(|at| ends_sentence(&tokens, &bracketed, at)).collect();
    for (token, ends) in tokens.into_iter().zip(ends) {
        sentence.push(token);
        if ends {
            sentences.push(std::mem::take(&mut sentence));
        }
    }
    if !sentence.is_empty() {
        sentences.push(sentence);
    }
    sentences
}

/// Which tokens are within a pair of brackets, the closing one not counted.
fn bracketed(tokens: &[Token]) -> Vec<bool> {
    let mut inside = vec![false; tokens.len()];
    let mut open: Vec<(usize, &str)> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let opener = match token.text.as_str() {
            "(" | "[" => {
                open.push((at, token.text.as_str()));
                continue;
            }
            ")" => "(",
            "]" => "[",
            _ => continue,
        };
        if let Some(last) = open.iter().rposition(|&(_, bracket)| bracket == opener) {
            let from = open[last].0;
            if at - from <= BRACKET_REACH {
                inside[from..at].fill(true);
            }
            open.truncate(last);
        }
    }
    inside
}

fn is_closer(token: &Token) -> bool {
    matches!(token.text.as_str(), ")" | "]" | "\"" | "'" | "”" | "’" | "»")
}

/// Whether the sentence ends after token `at`.
fn ends_sentence(tokens: &[Token], bracketed: &[bool], at: usize) -> bool {
    let Some(next) = tokens.get(at + 1) else { return false };
    if next.start == tokens[at].end || bracketed[at] {
        return false;
    }
    // Back over closing brackets and quotes to the mark itself.
    let mut mark = at;
    while is_closer(&tokens[mark]) && mark > 0 && tokens[mark - 1].end == tokens[mark].start {
        mark -= 1;
    }
    if !matches!(tokens[mark].text.as_str(), "." | "?" | "!") {
        return false;
    }
    let before = &tokens[..mark];
    if tokens[mark].text == "." && mark == at && is_abbreviation(before, next, &tokens[at + 1..]) {
        return false;
    }
    begins_sentence(before, &tokens[at + 1..])
}

/// Whether the stop after `before` belongs to an abbreviation; `next` is the token after the stop.
fn is_abbreviation(before: &[Token], next: &Token, rest: &[Token]) -> bool {
    let Some((last, earlier)) = before.split_last() else { return true };
    let lower = last.text.to_lowercase();
    if NEVER_LAST.contains(&lower.as_str()) {
        return true;
    }
    let number_follows = next.text.starts_with(|c: char| c.is_numeric());
    if BEFORE_NUMBERS.contains(&lower.as_str()) && number_follows {
        return true;
    }
    let mut letters = last.text.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else { return false };
    if !letter.is_alphabetic() {
        return false;
    }
    let after_stop = earlier.last().is_some_and(|token| token.text == ".");
    if letter.is_lowercase() {
        // `e.g.`, `i.e.`, `p.m.`
        return after_stop;
    }
    if STARTERS.contains(&next.text.as_str()) {
        return false;
    }
    // An initial stands first, after another stop, after a name or an opening bracket; `hepatitis B` stands after a word
    // in lower case. `J. R. R. Tolkien`: what follows is an initial too.
    let next_is_initial = next.text.chars().count() == 1 && rest.get(1).is_some_and(|token| token.text == ".");
    match earlier.last() {
        None => true,
        Some(_) if next_is_initial => true,
        Some(token) => {
            after_stop || matches!(token.text.as_str(), "," | ";" | "(" | "&" | "and" | "by") || token.text.starts_with(char::is_uppercase)
        }
    }
}

/// Whether `rest`, which stands after a sentence mark that follows `before`, can begin a sentence.
fn begins_sentence(before: &[Token], rest: &[Token]) -> bool {
    let first = match rest {
        [bracket, word, ..] if matches!(bracket.text.as_str(), "(" | "[" | "\"" | "'" | "“" | "‘") => word,
        [word, ..] => word,
        [] => return false,
    };
    let Some(letter) = first.text.chars().next() else { return false };
    if letter.is_lowercase() {
        let named = first.text.chars().any(|c| c.is_uppercase() || c.is_numeric())
            || matches!(rest, [_, dash, part, ..] if dash.text == "-" && dash.start == first.end && part.start == dash.end
                && (first.text.chars().count() == 1 || part.text.chars().all(char::is_numeric)));
        let full_word = before.last().is_some_and(|token| token.text.chars().count() >= 4 && token.text.chars().all(char::is_lowercase));
        return named && full_word;
    }
    letter.is_alphanumeric() || matches!(letter, '-' | '+' | '<' | '>' | '*' | '#' | '(' | '[' | '"' | '“')
}

#[cfg(test)]
mod tests;
