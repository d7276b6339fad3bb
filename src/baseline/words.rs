//! What a token looks like: the features of BANNER (Leaman and Gonzalez, PSB 2008), which DNorm and TaggerOne use. Left out for want of a
//! tagger: parts of speech; the lemma is Porter's stem.

use crate::corpus::Token;
use crate::lexicon::porter;
use crate::lexicon::text::{fold, numeral};
use std::collections::HashMap;

/// A token with what stands directly beside it: all that its features depend on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Word {
    pub text: String,
    /// Whether no blank separates it from the token before, and from the one behind.
    pub joined: [bool; 2],
}

/// The words of a sentence.
pub fn words(tokens: &[Token]) -> Vec<Word> {
    let joined = |a: Option<&Token>, b: Option<&Token>| a.zip(b).is_some_and(|(a, b)| a.end == b.start);
    let word = |at: usize| {
        let before = joined(at.checked_sub(1).map(|before| &tokens[before]), tokens.get(at));
        Word { text: tokens[at].text.clone(), joined: [before, joined(tokens.get(at), tokens.get(at + 1))] }
    };
    (0..tokens.len()).map(word).collect()
}

/// Texts of features with their numbers, in the order in which they were met.
#[derive(Clone, Debug, Default)]
pub struct Numbers(HashMap<String, u32>);

impl Numbers {
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(&known) = self.0.get(text) {
            return known;
        }
        let new = self.0.len() as u32;
        self.0.insert(text.to_owned(), new);
        new
    }

    pub fn find(&self, text: &str) -> Option<u32> {
        self.0.get(text).copied()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// Calls `visit` with each feature of a word, none twice in a row.
pub fn features(word: &Word, mut visit: impl FnMut(&str)) {
    let text = word.text.as_str();
    let small = fold(text);
    let mut put = |kind: &str, value: &str| visit(&format!("{kind}={value}"));
    put("word", text);
    put("small", &small);
    put("stem", &porter::stem(&small));
    let shape: String = text.chars().map(class).collect();
    put("shape", &shape);
    put("brief", &collapsed(&shape));
    if text.chars().any(|c| c.is_ascii_digit()) {
        let numbers: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        put("number", &numbers);
        put("brief-number", &collapsed(&numbers));
    }
    let letters: Vec<char> = text.chars().collect();
    for length in 2..=4 {
        if letters.len() >= length {
            put("prefix", &letters[..length].iter().collect::<String>());
            put("suffix", &letters[letters.len() - length..].iter().collect::<String>());
        }
    }
    let small_letters: Vec<char> = small.chars().collect();
    for length in 2..=3 {
        for gram in small_letters.windows(length) {
            put("gram", &gram.iter().collect::<String>());
        }
    }
    for (at, joined) in word.joined.iter().enumerate() {
        if *joined {
            put("joined", if at == 0 { "before" } else { "behind" });
        }
    }
    for (name, holds) in patterns(text, &small) {
        if holds {
            put("is", name);
        }
    }
}

/// The class of a character in a word's shape.
fn class(c: char) -> char {
    match c {
        _ if c.is_uppercase() => 'A',
        _ if c.is_lowercase() => 'a',
        _ if c.is_numeric() => '0',
        _ if c.is_alphabetic() => 'b',
        _ => c,
    }
}

/// Runs of one character as one.
fn collapsed(shape: &str) -> String {
    let mut out = String::new();
    for c in shape.chars() {
        if !out.ends_with(c) {
            out.push(c);
        }
    }
    out
}

const GREEK: &[&str] = &[
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi", "omicron", "pi",
    "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
];

/// What BANNER's regular expressions say of a token.
fn patterns(text: &str, small: &str) -> [(&'static str, bool); 17] {
    let all = |test: fn(char) -> bool| text.chars().all(test);
    let any = |test: fn(char) -> bool| text.chars().any(test);
    let first_is_capital = text.chars().next().is_some_and(char::is_uppercase);
    let (letters, digits) = (any(char::is_alphabetic), text.chars().filter(char::is_ascii_digit).count());
    let capitals = text.chars().filter(|c| c.is_uppercase()).count();
    let capital_inside = text.chars().skip(1).any(char::is_uppercase);
    let lower = any(char::is_lowercase);
    let count = text.chars().count();
    [
        ("capital-first", first_is_capital),
        ("capital-then-small", first_is_capital && lower && !capital_inside),
        ("all-capitals", count > 1 && all(char::is_uppercase)),
        ("two-capitals", capitals == 2),
        ("many-capitals", capitals > 2),
        ("mixed-case", lower && capital_inside),
        ("all-small", all(char::is_lowercase)),
        ("single-letter", count == 1 && letters),
        ("single-digit", count == 1 && digits == 1),
        ("two-digits", count == 2 && digits == 2),
        ("four-digits", count == 4 && digits == 4),
        ("all-digits", count > 0 && digits == count),
        ("letters-and-digits", letters && digits > 0),
        ("ends-in-digit", text.ends_with(|c: char| c.is_ascii_digit())),
        ("roman-numeral", letters && all(char::is_uppercase) && numeral(small).is_some()),
        ("greek", GREEK.contains(&small)),
        ("punctuation", count == 1 && !any(char::is_alphanumeric)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::tokenize;

    fn of(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        features(&Word { text: text.into(), joined: [false, true] }, |feature| found.push(feature.to_owned()));
        found
    }

    #[test]
    fn a_word_has_its_shape_and_parts() {
        let found = of("MEN2a");
        for expected in [
            "word=MEN2a",
            "small=men2a",
            "shape=AAA0a",
            "brief=A0a",
            "number=MEN0a",
            "prefix=MEN2",
            "suffix=2a",
            "gram=n2a",
            "joined=behind",
            "is=capital-first",
            "is=many-capitals",
            "is=mixed-case",
            "is=letters-and-digits",
        ] {
            assert!(found.contains(&expected.to_owned()), "{expected}: {found:?}");
        }
        assert!(of("ataxias").contains(&"stem=ataxia".to_owned()));
        assert!(of("II").contains(&"is=roman-numeral".to_owned()) && of("Beta").contains(&"is=greek".to_owned()));
        assert!(of(")").contains(&"is=punctuation".to_owned()) && !of(")").contains(&"is=all-small".to_owned()));
    }

    #[test]
    fn joined_tokens_are_known() {
        let joined: Vec<[bool; 2]> = words(&tokenize("a (b) c")).into_iter().map(|word| word.joined).collect();
        assert_eq!(joined, [[false, false], [false, true], [true, true], [true, false], [false, false]]);
    }
}
