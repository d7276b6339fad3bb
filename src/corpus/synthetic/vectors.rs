//! Word vectors for the synthetic text: words of one meaning lie near each other.
//!
//! The vector of a word is the centroid of its class (name of a disease, chemical, gene, measure, number, ...), plus that
//! of the family of diseases it belongs to, plus noise. Words of neither have noise only. Sums and products alone, so that
//! every machine gives the same digits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::lexicon::*;
use super::sampler::Sampler;

pub(super) const DIMENSION: usize = 20;
/// Share of the words of no name that have no vector, beside those that the lexicon lists.
const PERCENT_WITHOUT: usize = 4;

/// The class and the family of a word; both may be missing.
#[derive(Clone, Copy, Default)]
struct Meaning {
    class: Option<Class>,
    family: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Disease,
    Abbreviation,
    Chemical,
    Gene,
    Site,
    Place,
    Species,
    Number,
}

/// word2vec's text format, words in sorted order, for the titles and abstracts of PubTator texts.
pub(super) fn embedding(pubtator: &[&str], seed: u64) -> String {
    let meanings = meanings();
    let mut sampler = Sampler::new(seed);
    let mut class_centroids = BTreeMap::new();
    let mut family_centroids: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for class in
        [Class::Disease, Class::Abbreviation, Class::Chemical, Class::Gene, Class::Site, Class::Place, Class::Species, Class::Number]
    {
        class_centroids.insert(class, noise(&mut sampler, 0.5));
    }
    for family in 0..FAMILIES.len() {
        family_centroids.insert(family, noise(&mut sampler, 0.4));
    }
    let words: BTreeSet<String> = pubtator.iter().flat_map(|text| prose(text)).flat_map(words).map(key).collect();
    let mut rows = Vec::new();
    for word in words {
        let meaning = if word.starts_with(|first: char| first.is_ascii_digit()) {
            Meaning { class: Some(Class::Number), family: None }
        } else {
            meanings.get(&word).copied().unwrap_or_default()
        };
        let mut vector = noise(&mut sampler, if meaning.class.is_some() { 0.25 } else { 0.6 });
        let centroids = [meaning.class.map(|class| &class_centroids[&class]), meaning.family.map(|family| &family_centroids[&family])];
        for centroid in centroids.into_iter().flatten() {
            vector.iter_mut().zip(centroid).for_each(|(number, centre)| *number += centre);
        }
        let listed = WITHOUT_VECTOR.iter().any(|without| key(without) == word);
        let by_chance = meaning.class.is_none() && word.chars().all(char::is_alphabetic) && sampler.percent(PERCENT_WITHOUT);
        if !listed && !by_chance {
            rows.push((word, vector));
        }
    }
    let mut out = format!("{} {DIMENSION}\n", rows.len());
    for (word, vector) in rows {
        out.push_str(&word);
        for number in vector {
            // Writing to a String cannot fail.
            let _ = write!(out, " {number:.4}");
        }
        out.push('\n');
    }
    out
}

fn noise(sampler: &mut Sampler, width: f64) -> Vec<f64> {
    (0..DIMENSION).map(|_| width * sampler.symmetric()).collect()
}

/// What each word of the lexicon means; the first use counts.
fn meanings() -> BTreeMap<String, Meaning> {
    let mut meanings = BTreeMap::new();
    let mut note = |text: &str, class, family| {
        for word in words(text) {
            meanings.entry(key(word)).or_insert(Meaning { class: Some(class), family });
        }
    };
    for disease in DISEASES.iter().chain(ADVERSE_EFFECTS) {
        for name in disease.names.iter().chain(disease.later_names) {
            for word in words(name).filter(|word| word.len() > 3) {
                note(word, Class::Disease, Some(disease.family));
            }
        }
        note(disease.abbreviation, Class::Abbreviation, Some(disease.family));
    }
    for (index, family) in FAMILIES.iter().enumerate() {
        family.class_names.iter().for_each(|name| note(name, Class::Disease, Some(index)));
        family.sites.iter().chain(family.measures).for_each(|site| note(site, Class::Site, Some(index)));
    }
    CHEMICALS.iter().flat_map(|chemical| chemical.names).for_each(|name| note(name, Class::Chemical, None));
    GENES.iter().for_each(|gene| note(gene, Class::Gene, None));
    PLACES.iter().for_each(|place| note(place, Class::Place, None));
    SPECIES.iter().for_each(|species| note(species, Class::Species, None));
    meanings
}

/// Titles and abstracts, without the lines of annotations.
fn prose(pubtator: &str) -> impl Iterator<Item = &str> {
    pubtator.lines().filter_map(|line| line.split_once("|t|").or(line.split_once("|a|"))).map(|(_, text)| text)
}

/// Words as the corpus counts them: runs of letters and digits, every other visible character alone.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let end = if first.is_alphanumeric() {
            rest.find(|character: char| !character.is_alphanumeric()).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

/// The row of a word: abbreviations and symbols as they stand, other words in lower case.
fn key(word: &str) -> String {
    let capitals = word.chars().filter(|character| character.is_uppercase()).count();
    if capitals > 1 { word.to_owned() } else { word.to_lowercase() }
}
