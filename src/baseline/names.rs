//! Names of concepts as vectors of stems weighted by tf-idf, as DNorm and TaggerOne have them.

use super::words::Numbers;
use crate::corpus::tokenize;
use crate::lexicon::text::{fold, is_stop_word, numeral};
use crate::lexicon::{Lexicon, porter};
use std::collections::{BTreeMap, BTreeSet};

/// The words of a name or mention: letters and digits, without accents, in small letters but for short words of capitals, without stop
/// words, numerals as digits, and stems.
pub fn name_words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for token in tokenize(text).into_iter().filter(|token| token.text.chars().all(char::is_alphanumeric)) {
        let small = fold(&token.text);
        let capitals = token.text.chars().count() <= LONGEST_OF_CAPITALS && token.text.chars().all(char::is_uppercase);
        match numeral(&small) {
            Some(digits) => found.push(digits.to_owned()),
            None if capitals && token.text.len() > 1 => found.push(token.text),
            None if is_stop_word(&small) => {}
            None => found.push(porter::stem(&small)),
        }
    }
    found
}

const LONGEST_OF_CAPITALS: usize = 4;

/// Least weight of a word, so that no name of a small vocabulary is nothing.
const LEAST: f32 = 0.1;

/// A sparse vector: (word, weight), by ascending word, none twice.
pub type Vector = Vec<(u32, f32)>;

/// A name, of the concept of that number.
#[derive(Clone, Debug, PartialEq)]
pub struct NameVector {
    pub concept: u32,
    pub vector: Vector,
}

/// The names of a vocabulary, those of one concept beside one another, and the words that they and training have.
pub struct Names {
    words: Numbers,
    /// log(names / (names with the word + 1)), at least [`LEAST`].
    idf: Vec<f32>,
    pub names: Vec<NameVector>,
    /// Names that have a word, with its weight there: those of word w at `starts[w]..starts[w + 1]`.
    postings: Vec<(u32, f32)>,
    starts: Vec<u32>,
}

impl Names {
    /// Of every concept its names, those left out that are, as a set of words, the preferred name of a concept directly above.
    /// `further` are texts whose words the vectors have too, as far as no name has them.
    pub fn new<'a>(lexicon: &Lexicon, further: impl Iterator<Item = &'a str>) -> Self {
        let mut words = Numbers::default();
        let preferred: Vec<BTreeSet<String>> =
            lexicon.concepts().iter().map(|concept| name_words(concept.name()).into_iter().collect()).collect();
        let mut bags: Vec<(u32, BTreeMap<u32, u32>)> = Vec::new();
        for (at, concept) in lexicon.concepts().iter().enumerate() {
            let above: Vec<&BTreeSet<String>> = lexicon.parents(at).into_iter().map(|parent| &preferred[parent]).collect();
            let mut own: BTreeSet<BTreeMap<u32, u32>> = BTreeSet::new();
            for (rank, name) in concept.names.iter().enumerate() {
                let of_name = name_words(&name.text);
                let set: BTreeSet<String> = of_name.iter().cloned().collect();
                if rank > 0 && above.contains(&&set) {
                    continue;
                }
                let bag = counted(of_name.iter().map(|word| words.number(word)));
                if !bag.is_empty() && own.insert(bag.clone()) {
                    bags.push((at as u32, bag));
                }
            }
        }
        let mut with = vec![0_u32; words.len()];
        bags.iter().flat_map(|(_, bag)| bag.keys()).for_each(|&word| with[word as usize] += 1);
        for text in further {
            for word in name_words(text) {
                words.number(&word);
            }
        }
        with.resize(words.len(), 0);
        let idf: Vec<f32> = with.iter().map(|&count| libm::logf(bags.len() as f32 / (count as f32 + 1.0)).max(LEAST)).collect();
        let names: Vec<NameVector> = bags.into_iter().map(|(concept, bag)| NameVector { concept, vector: weighted(&bag, &idf) }).collect();
        let mut starts = vec![0_u32; words.len() + 1];
        names.iter().flat_map(|name| &name.vector).for_each(|(word, _)| starts[*word as usize + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut postings = vec![(0, 0.0); starts.last().copied().unwrap_or(0) as usize];
        for (at, name) in names.iter().enumerate() {
            for &(word, weight) in &name.vector {
                postings[next[word as usize] as usize] = (at as u32, weight);
                next[word as usize] += 1;
            }
        }
        Self { words, idf, names, postings, starts }
    }

    /// Number of words.
    pub fn dimension(&self) -> usize {
        self.idf.len()
    }

    /// A mention's vector of length 1; words that are not known are left out. Empty where none is.
    pub fn vector(&self, text: &str) -> Vector {
        let known = name_words(text).into_iter().filter_map(|word| self.words.find(&word)).collect::<Vec<u32>>();
        weighted(&counted(known.into_iter()), &self.idf)
    }

    /// The number of a word as [`name_words`] gives it.
    pub fn find(&self, word: &str) -> Option<u32> {
        self.words.find(word)
    }

    /// The weight of a word; of one that is not known that of one that no name has.
    pub fn weight(&self, word: u32) -> f32 {
        self.idf.get(word as usize).copied().unwrap_or_else(|| libm::logf(self.names.len() as f32).max(LEAST))
    }

    /// The names that have a word, with its weight in each.
    pub fn with_word(&self, word: u32) -> &[(u32, f32)] {
        &self.postings[self.starts[word as usize] as usize..self.starts[word as usize + 1] as usize]
    }

    /// The names of each concept that has any: (concept, first name, one past its last).
    pub fn by_concept(&self) -> Vec<(u32, usize, usize)> {
        let mut ranges: Vec<(u32, usize, usize)> = Vec::new();
        for (at, name) in self.names.iter().enumerate() {
            match ranges.last_mut() {
                Some((concept, _, end)) if *concept == name.concept => *end = at + 1,
                _ => ranges.push((name.concept, at, at + 1)),
            }
        }
        ranges
    }
}

fn counted(words: impl Iterator<Item = u32>) -> BTreeMap<u32, u32> {
    let mut counts = BTreeMap::new();
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    counts
}

fn weighted(bag: &BTreeMap<u32, u32>, idf: &[f32]) -> Vector {
    let mut vector: Vector = bag.iter().map(|(&word, &count)| (word, count as f32 * idf[word as usize])).collect();
    let length = vector.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|(_, weight)| *weight /= length);
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::concepts::fixtures::lexicon;

    #[test]
    fn words_are_folded_and_stemmed_but_for_short_capitals() {
        assert_eq!(name_words("Ataxias of the AIDS-related Type II (first), a 9p"), ["ataxia", "AIDS", "relat", "type", "2", "1", "9p"]);
        assert_eq!(name_words("HYPERTENSION; I"), ["hypertens", "1"]);
        assert!(name_words("of the").is_empty());
    }

    #[test]
    fn names_are_unit_vectors_that_words_lead_to() {
        let lexicon = lexicon(&[("D1", &[], &["gout", "acute gout", "gout, acute"]), ("D2", &[], &["acute rash"])]);
        let names = Names::new(&lexicon, ["odd spell"].into_iter());
        assert_eq!(names.names.iter().map(|name| name.concept).collect::<Vec<_>>(), [0, 0, 1]);
        assert_eq!((names.dimension(), names.by_concept()), (5, vec![(0, 0, 2), (1, 2, 3)]));
        // Three names, two with `gout`, two with `acute`, one with `rash`: log(3 / 3) = 0, so the least; log(3 / 2) = .4055.
        let rounded = |vector: &[(u32, f32)]| vector.iter().map(|(at, weight)| (*at, (weight * 1e3).round() as i32)).collect::<Vec<_>>();
        assert_eq!(rounded(&names.vector("rash")), [(2, 1000)]);
        assert_eq!(rounded(&names.names[2].vector), [(1, 239), (2, 971)]);
        assert_eq!(rounded(names.with_word(1)), [(1, 707), (2, 239)]);
        let odd = names.vector("an odd odd spell here");
        let length: f32 = odd.iter().map(|(_, weight)| weight * weight).sum();
        assert!(odd.len() == 2 && (length - 1.0).abs() < 1e-6 && odd[0].1 > odd[1].1);
        assert!(names.vector("nowhere").is_empty());
    }

    #[test]
    fn a_synonym_that_is_the_name_above_is_left_out() {
        let mut concepts = lexicon(&[("D1", &[], &["ache"]), ("D2", &[], &["knee ache", "ache"])]).concepts().to_vec();
        concepts[1].parents = vec!["D1".into()];
        assert_eq!(Names::new(&Lexicon::new(concepts), std::iter::empty()).names.len(), 2);
    }
}
