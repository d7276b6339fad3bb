//! All names that a mention is held against - those of the vocabulary and the strings of training - with an inverted index over words
//! and character trigrams: the names nearest to a mention in a fraction of a millisecond.

mod query;
mod substitution;
mod vectors;

pub(super) use query::{Nearness, Query, Scratch};
pub(super) use vectors::Vectors;

use substitution::Substitutions;
use vectors::Directions;

use super::text::{self, Normal};
use super::{Lexicon, NameKind};
use std::collections::{BTreeSet, HashMap};

/// Number of a thing that a mention can be linked to; see [`super::training::Targets`].
pub(super) type Target = u32;

/// A name as it is compared.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub target: Target,
    /// `None` for a string of a training mention.
    pub kind: Option<NameKind>,
    /// The training document that the string is from, where it is from one only; [`MANY`] otherwise. Training leaves out what the
    /// document itself says.
    pub document: u32,
    /// Numbers of its distinct stems, ascending; and of its trigrams.
    pub words: Box<[u32]>,
    pub grams: Box<[u32]>,
    pub word_norm: f32,
    pub gram_norm: f32,
}

/// Not from one document of training.
pub(super) const MANY: u32 = u32::MAX;

/// Numbers of words or trigrams, with the weight of each: the logarithm of how seldom names have it.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    numbers: HashMap<String, u32>,
    weights: Vec<f32>,
    /// Weight of a term that no name has.
    unknown: f32,
    /// Entries that have term n: `entries[starts[n]..starts[n + 1]]`, ascending.
    starts: Vec<u32>,
    entries: Vec<u32>,
}

impl Terms {
    fn number(&mut self, term: &str) -> u32 {
        if let Some(&number) = self.numbers.get(term) {
            return number;
        }
        let number = self.numbers.len() as u32;
        self.numbers.insert(term.to_owned(), number);
        number
    }

    pub fn find(&self, term: &str) -> Option<u32> {
        self.numbers.get(term).copied()
    }

    /// The weight of a term by its number; numbers past the known ones are terms that no name has.
    pub fn weight(&self, number: u32) -> f32 {
        self.weights.get(number as usize).copied().unwrap_or(self.unknown)
    }

    fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether a number is of a term that no name of the vocabulary has.
    pub fn is_unknown(&self, number: u32) -> bool {
        self.weights.get(number as usize).is_none_or(|&weight| weight == self.unknown)
    }

    /// The terms in the order of their numbers.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let mut texts = vec![""; self.len()];
        self.numbers.iter().for_each(|(text, &number)| texts[number as usize] = text);
        texts.into_iter()
    }

    /// Entries with the term, ascending.
    fn postings(&self, number: u32) -> &[u32] {
        match self.starts.get(number as usize + 1) {
            Some(&end) => &self.entries[self.starts[number as usize] as usize..end as usize],
            None => &[],
        }
    }

    /// Fills the postings from the terms of every entry, and the weights from those of the first `of_vocabulary`: a word that only training
    /// has weighs as much as one that nothing has, so that the ranker is trained on what it will meet.
    fn index<'a>(&mut self, of_entries: impl Iterator<Item = &'a [u32]> + Clone, of_vocabulary: usize) {
        let mut counts = vec![0_u32; self.len()];
        for &term in of_entries.clone().take(of_vocabulary).flatten() {
            counts[term as usize] += 1;
        }
        let weight = |count: u32| libm::logf((of_vocabulary as f32 + 1.0) / (count as f32 + 1.0)) + 0.1;
        self.weights = counts.iter().map(|&count| weight(count)).collect();
        self.unknown = weight(0);
        self.starts = vec![0; self.len() + 1];
        for &term in of_entries.clone().flatten() {
            self.starts[term as usize + 1] += 1;
        }
        for at in 1..self.starts.len() {
            self.starts[at] += self.starts[at - 1];
        }
        let mut next = self.starts.clone();
        self.entries = vec![0; self.starts.last().copied().unwrap_or(0) as usize];
        for (entry, terms) in of_entries.enumerate() {
            for &term in terms {
                self.entries[next[term as usize] as usize] = entry as u32;
                next[term as usize] += 1;
            }
        }
    }

    /// Length of the vector of these terms.
    fn norm(&self, terms: &[u32]) -> f32 {
        terms.iter().map(|&term| self.weight(term) * self.weight(term)).sum::<f32>().sqrt()
    }
}

/// A training string to be indexed.
pub(super) struct TrainingName<'a> {
    pub text: &'a str,
    pub target: Target,
    /// Training document.
    pub document: u32,
}

/// The names with their index.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub entries: Vec<Entry>,
    pub words: Terms,
    pub grams: Terms,
    /// Exact names of the vocabulary by their folded words in order, and by their sorted stems.
    plain: HashMap<String, Vec<(Target, NameKind)>>,
    bags: HashMap<String, Vec<(Target, NameKind)>>,
    /// Names as they are written, for short forms.
    written: HashMap<String, Vec<Target>>,
    pub substitutions: Substitutions,
    vectors: Vectors,
    /// The row of each stem's vector, by the stem's number.
    rows: Vec<Option<u32>>,
    /// Of each entry.
    directions: Directions,
}

impl Names {
    /// Indexes the names of `lexicon`, whose concept n is target `first + n`, and strings of training.
    pub fn new(lexicon: &Lexicon, first: Target, training: &[TrainingName]) -> Self {
        let mut names = Names::default();
        let mut seen: HashMap<(Target, bool, Box<[u32]>), usize> = HashMap::new();
        for (at, concept) in lexicon.concepts().iter().enumerate() {
            let target = first + at as Target;
            for name in &concept.names {
                let normal = Normal::of(&name.text);
                if normal.plain.is_empty() {
                    continue;
                }
                for (map, key) in [(&mut names.plain, normal.plain.clone()), (&mut names.bags, normal.bag())] {
                    let of = map.entry(key).or_default();
                    match of.iter_mut().find(|(known, _)| *known == target) {
                        Some((_, kind)) => *kind = (*kind).min(name.kind),
                        None => of.push((target, name.kind)),
                    }
                }
                if text::is_short_form(&name.text) {
                    let of = names.written.entry(name.text.clone()).or_default();
                    if !of.contains(&target) {
                        of.push(target);
                    }
                }
                names.add(&mut seen, &normal, target, Some(name.kind), MANY);
            }
        }
        let of_vocabulary = names.entries.len();
        for name in training {
            let normal = Normal::of(name.text);
            if !normal.plain.is_empty() {
                names.add(&mut seen, &normal, name.target, None, name.document);
            }
        }
        names.words.index(names.entries.iter().map(|entry| &*entry.words), of_vocabulary);
        names.grams.index(names.entries.iter().map(|entry| &*entry.grams), of_vocabulary);
        for entry in &mut names.entries {
            entry.word_norm = names.words.norm(&entry.words);
            entry.gram_norm = names.grams.norm(&entry.grams);
        }
        names.substitutions = Substitutions::learn(&names.entries, &names.words);
        names
    }

    /// Gives every name its direction among word vectors.
    pub fn with_vectors(mut self, vectors: Vectors) -> Self {
        self.rows = self.words.texts().map(|stem| vectors.row(stem)).collect();
        self.directions = Directions::new(vectors.dimension());
        for entry in &self.entries {
            let rows = entry.words.iter().filter_map(|&word| Some((self.rows[word as usize]?, self.words.weight(word))));
            self.directions.push(&vectors.direction(rows));
        }
        self.vectors = vectors;
        self
    }

    pub fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    fn row(&self, word: u32) -> Option<u32> {
        self.rows.get(word as usize).copied().flatten()
    }

    /// Adds a name unless its target has one of the same stems.
    fn add(
        &mut self,
        seen: &mut HashMap<(Target, bool, Box<[u32]>), usize>,
        normal: &Normal,
        target: Target,
        kind: Option<NameKind>,
        document: u32,
    ) {
        let numbers: Vec<u32> = normal.stems.iter().map(|stem| self.words.number(stem)).collect();
        let words: Box<[u32]> = numbers.into_iter().collect::<BTreeSet<u32>>().into_iter().collect();
        if let Some(&known) = seen.get(&(target, kind.is_some(), words.clone())) {
            let entry = &mut self.entries[known];
            entry.kind = entry.kind.min(kind);
            if entry.document != document {
                entry.document = MANY;
            }
            return;
        }
        let mut grams = BTreeSet::new();
        trigrams(&normal.plain, |gram| {
            grams.insert(self.grams.number(gram));
        });
        seen.insert((target, kind.is_some(), words.clone()), self.entries.len());
        let grams = grams.into_iter().collect();
        self.entries.push(Entry { target, kind, document, words, grams, word_norm: 0.0, gram_norm: 0.0 });
    }

    /// Concepts that have this name, letter case, punctuation and accents apart.
    pub fn with_plain(&self, plain: &str) -> &[(Target, NameKind)] {
        self.plain.get(plain).map_or(&[], Vec::as_slice)
    }

    /// Concepts that have a name of these stems in any order.
    pub fn with_bag(&self, bag: &str) -> &[(Target, NameKind)] {
        self.bags.get(bag).map_or(&[], Vec::as_slice)
    }

    /// Concepts that have this short form, in this very writing.
    pub fn with_written(&self, written: &str) -> &[Target] {
        self.written.get(written.trim()).map_or(&[], Vec::as_slice)
    }
}

/// Calls `visit` with the trigrams of each word of `plain`, the word's ends marked: those of `^ab$` are `^ab` and `ab$`.
fn trigrams(plain: &str, mut visit: impl FnMut(&str)) {
    let mut padded = String::new();
    for word in plain.split(' ') {
        padded.clear();
        padded.push('^');
        padded.push_str(&text::respelled(word));
        padded.push('$');
        let starts: Vec<usize> = padded.char_indices().map(|(at, _)| at).chain([padded.len()]).collect();
        if starts.len() <= 4 {
            visit(&padded);
            continue;
        }
        for window in starts.windows(4) {
            visit(&padded[window[0]..window[3]]);
        }
    }
}

#[cfg(test)]
mod tests;
