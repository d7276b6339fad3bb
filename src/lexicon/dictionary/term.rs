//! Names of a dictionary and text in the form in which they meet, and the variants of a name.

use crate::corpus::{Token, tokenize};
use crate::lexicon::text::{fold, numeral, respelled};
use std::collections::BTreeSet;

/// A token in the form in which dictionary and text meet, with its place in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub form: String,
    pub start: usize,
    pub end: usize,
}

/// The tokens that matter: without hyphens, apostrophes and the `s` of a possessive. American spelling, singular, small letters and digits
/// for numerals; a short word with a capital past its first letter stays as it is written, for `AS` is a disease and `as` is none.
pub fn units(tokens: &[Token]) -> Vec<Unit> {
    let shouted = tokens.len() > 1 && tokens.iter().all(|token| !token.text.chars().any(char::is_lowercase));
    let mut units: Vec<Unit> = Vec::with_capacity(tokens.len());
    let mut after_apostrophe = false;
    for token in tokens {
        let apostrophe = matches!(token.text.as_str(), "'" | "\u{2019}");
        let possessive = after_apostrophe && token.text == "s";
        after_apostrophe = apostrophe && !units.is_empty();
        if apostrophe || possessive || matches!(token.text.as_str(), "-" | "\u{2010}" | "\u{2011}" | "\u{2013}") {
            continue;
        }
        units.push(Unit { form: form(&token.text, shouted), start: token.start, end: token.end });
    }
    units
}

/// The forms of a text of its own.
pub fn forms(text: &str) -> Vec<String> {
    units(&tokenize(text)).into_iter().map(|unit| unit.form).collect()
}

/// Longest word that may be an abbreviation with its own letter case.
const LONGEST_SHORT_FORM: usize = 6;

fn form(token: &str, shouted: bool) -> String {
    if !shouted && keeps_case(token) {
        return token.to_owned();
    }
    let small = fold(token);
    match numeral(&small) {
        Some(digits) => digits.to_owned(),
        None => singular(&respelled(&small)),
    }
}

/// Whether a token's letter case is part of it. Roman numerals are numbers.
pub fn keeps_case(token: &str) -> bool {
    let capital_inside = token.chars().skip(1).any(char::is_uppercase);
    capital_inside && token.chars().count() <= LONGEST_SHORT_FORM && numeral(&fold(token)).is_none()
}

/// The singular of a small-letter word, by its ending.
pub fn singular(word: &str) -> String {
    if word.len() < 4 || !word.is_ascii() {
        return word.to_owned();
    }
    let kept = ["ss", "us", "is"].iter().any(|end| word.ends_with(end));
    match word {
        _ if kept => word.to_owned(),
        _ if word.ends_with("ies") && word.len() > 4 => format!("{}y", &word[..word.len() - 3]),
        _ if ["sses", "xes", "ches", "shes"].iter().any(|end| word.ends_with(end)) => word[..word.len() - 2].to_owned(),
        _ => word.strip_suffix('s').unwrap_or(word).to_owned(),
    }
}

/// Words that name a kind of disease: `cancer of the breast` and `breast cancer` are one.
const HEADS: &[&str] = &[
    "abnormality",
    "cancer",
    "carcinoma",
    "deficiency",
    "disease",
    "disorder",
    "dysfunction",
    "dystrophy",
    "failure",
    "hemorrhage",
    "infection",
    "infarction",
    "neoplasm",
    "syndrome",
    "toxicity",
    "tumor",
];

/// Words that stand for one another at the end of a name.
const ALIKE: &[&[&str]] = &[&["disease", "disorder", "syndrome"], &["neoplasm", "tumor"]];

/// The ways in which a name is written, as sequences of forms: with and without the inversion of `Dystrophy, Muscular`, the two orders of
/// `cancer of the breast`. With `lax`, also with another word for the kind of disease at its end.
pub fn variants(name: &str, lax: bool) -> BTreeSet<Vec<String>> {
    let whole = forms(name);
    let mut all = BTreeSet::new();
    if whole.is_empty() {
        return all;
    }
    let parts: Vec<&[String]> = whole.split(|form| form == ",").filter(|part| !part.is_empty()).collect();
    all.insert(parts.concat());
    if parts.len() > 1 {
        all.insert(parts.iter().rev().copied().flatten().cloned().collect());
        all.insert(whole.clone());
    }
    if lax {
        let swapped: Vec<Vec<String>> = all.iter().flat_map(|forms| swapped(forms)).collect();
        all.extend(swapped);
    }
    let ordered: Vec<Vec<String>> = all.iter().filter_map(|forms| reordered(forms)).flatten().collect();
    all.extend(ordered);
    all
}

/// A way in which a name is written.
pub struct Written {
    pub forms: Vec<String>,
    /// With another word for the kind of disease.
    pub lax: bool,
    /// A word with a letter case of its own: it counts where the document defines it.
    pub needs_definition: bool,
}

/// The ways in which a name of a vocabulary is written, without those that are one small letter or a number.
pub fn written(name: &str) -> impl Iterator<Item = Written> {
    let strict = variants(name, false);
    variants(name, true).into_iter().filter_map(move |forms| {
        let needs_definition = forms.len() == 1 && keeps_case(&forms[0]);
        let too_short = forms.len() == 1 && forms[0].chars().count() < 3 && !needs_definition;
        let lax = !strict.contains(&forms);
        (!too_short).then_some(Written { forms, lax, needs_definition })
    })
}

/// `X of Y` as `Y X`; `Y X` as `X of Y` and `X of the Y`.
fn reordered(forms: &[String]) -> Option<Vec<Vec<String>>> {
    if let Some(of) = forms.iter().position(|form| form == "of") {
        let (head, rest) = (&forms[..of], &forms[of + 1..]);
        let rest = rest.strip_prefix(&["the".to_owned()]).unwrap_or(rest);
        let whole = !head.is_empty() && !rest.is_empty() && !rest.iter().any(|form| form == "of" || form == ",");
        return whole.then(|| vec![[rest, head].concat()]);
    }
    let (head, rest) = forms.split_last()?;
    if rest.is_empty() || !HEADS.contains(&head.as_str()) || rest.iter().any(|form| form == ",") {
        return None;
    }
    let joined =
        |words: &[&str]| [std::slice::from_ref(head), &words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>()[..], rest].concat();
    Some(vec![joined(&["of"]), joined(&["of", "the"])])
}

/// The name with another word for the kind of disease at its end; a word alone has none.
fn swapped(forms: &[String]) -> Vec<Vec<String>> {
    let Some((last, rest)) = forms.split_last().filter(|(_, rest)| !rest.is_empty()) else { return Vec::new() };
    let group = ALIKE.iter().find(|group| group.contains(&last.as_str()));
    let others = group.into_iter().flat_map(|group| group.iter()).filter(|word| *word != last);
    others.map(|&word| [rest, &[word.to_owned()]].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str) -> String {
        forms(text).join(" ")
    }

    #[test]
    fn dictionary_and_text_meet() {
        for (a, b) in [
            ("Tumours", "tumor"),
            ("X-linked Anaemias", "X linked anemia"),
            ("Alzheimer's disease", "Alzheimer disease"),
            ("type II ataxias", "Type 2 ataxia"),
            ("RENAL STONE DISEASE", "renal stone diseases"),
        ] {
            assert_eq!(joined(a), joined(b), "{a} / {b}");
        }
        assert_ne!(joined("AS here"), joined("as here"));
        assert_eq!(joined("AIDS virus"), "AIDS virus");
        assert_eq!(
            ["ataxia", "biopsies", "sepsis", "virus", "masses", "gas"].map(singular),
            ["ataxia", "biopsy", "sepsis", "virus", "mass", "gas"]
        );
    }

    #[test]
    fn places_are_those_of_the_text() {
        let found = units(&tokenize("Wilson's  ache"));
        assert_eq!(
            found.iter().map(|unit| (unit.form.as_str(), unit.start, unit.end)).collect::<Vec<_>>(),
            [("wilson", 0, 6), ("ache", 10, 14)]
        );
    }

    #[test]
    fn names_have_variants() {
        let of = |name: &str, lax: bool| variants(name, lax).into_iter().map(|forms| forms.join(" ")).collect::<Vec<_>>();
        let inverted =
            ["dystrophy , muscular", "dystrophy muscular", "dystrophy of muscular", "dystrophy of the muscular", "muscular dystrophy"];
        assert_eq!(of("Dystrophy, Muscular", false), inverted);
        assert!(of("Cancer of the Breast", false).contains(&"breast cancer".to_owned()));
        assert!(of("breast cancer", false).contains(&"cancer of the breast".to_owned()));
        assert!(of("Gilles disease", true).contains(&"gille syndrome".to_owned()));
        assert_eq!(of("disease", true), ["disease"]);
        assert!(of("", true).is_empty());
    }
}
