//! The best labelling of a sentence in segments: semi-Markov Viterbi (Sarawagi and Cohen 2004), exact, with the normalization scores of only
//! those segments that could be part of it.

use super::features::{FeatureNumbers, SentenceFeatures};
use super::linking::{Entity, Linked, Linking, Scratch};
use super::weights::Weights;
use crate::baseline::names::Vector;
use std::collections::HashMap;

/// Words `start..end` of a sentence as a mention.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    pub start: usize,
    pub end: usize,
    /// Number of its type.
    pub entity_type: usize,
    /// For a type that has a vocabulary.
    pub linked: Option<Linked>,
}

/// A sentence that can be labelled.
pub struct Prepared {
    pub features: SentenceFeatures,
    /// The words of names that each token has, short forms expanded.
    pub words: Vec<Vec<u32>>,
    pub gold: Vec<GoldSegment>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct GoldSegment {
    pub start: usize,
    pub end: usize,
    pub entity_type: usize,
    /// Any of them is right.
    pub entities: Vec<Entity>,
}

/// What a sentence is labelled with.
pub struct Decoder<'a> {
    pub weights: &'a Weights,
    pub numbers: &'a FeatureNumbers,
    pub linking: &'a Linking,
    /// Number of types, and the one that the vocabulary names.
    pub types: usize,
    pub linked_type: usize,
    /// Most words of a segment.
    pub longest: usize,
}

/// Links that were found for a vector's words, while weights do not change.
pub type Known = HashMap<Vec<u32>, Option<Linked>>;

impl Decoder<'_> {
    pub fn vector(&self, sentence: &Prepared, start: usize, end: usize) -> Vector {
        self.linking.vector(sentence.words[start..end].iter().flatten())
    }

    /// The number of a feature's weight for a type.
    pub fn at(&self, feature: u32, entity_type: usize) -> u32 {
        feature * self.types as u32 + entity_type as u32
    }

    /// The score of the normalization of a segment.
    fn link(&self, sentence: &Prepared, start: usize, end: usize, scratch: &mut Scratch, known: Option<&mut Known>) -> Option<Linked> {
        let find = |scratch: &mut Scratch| self.linking.best(self.weights, &self.vector(sentence, start, end), &[], scratch);
        let Some(known) = known else { return find(scratch) };
        let mut words: Vec<u32> = sentence.words[start..end].iter().flatten().copied().collect();
        words.sort_unstable();
        if let Some(linked) = known.get(&words) {
            return *linked;
        }
        let linked = find(scratch);
        known.insert(words, linked);
        linked
    }

    /// The labelling with the highest score; of equals one with fewer and shorter segments. `known` is for weights that do not change.
    pub fn decode(&self, sentence: &Prepared, scratch: &mut Scratch, mut known: Option<&mut Known>) -> Vec<Segment> {
        let length = sentence.words.len();
        let recognition = self.recognition(sentence);
        // By (end, words - 1): the normalization score or a bound of it, and the link where it is exact.
        let mut bounds = self.bounds(sentence, &recognition);
        let mut links: Vec<Option<Option<Linked>>> = vec![None; bounds.len()];
        loop {
            let path = self.path(length, &recognition, &bounds);
            let mut exact = true;
            for segment in path.iter().filter(|segment| segment.entity_type == self.linked_type) {
                let at = (segment.end - 1) * self.longest + segment.end - segment.start - 1;
                if links[at].is_none() {
                    exact = false;
                    let linked = self.link(sentence, segment.start, segment.end, scratch, known.as_deref_mut());
                    bounds[at] = linked.map_or(0.0, |linked| linked.score);
                    links[at] = Some(linked);
                }
            }
            if exact {
                let with_link = |segment: Segment| {
                    let at = (segment.end - 1) * self.longest + segment.end - segment.start - 1;
                    let linked = links[at].flatten().filter(|_| segment.entity_type == self.linked_type);
                    Segment { linked, ..segment }
                };
                return path.into_iter().map(with_link).collect();
            }
        }
    }

    /// Bounds of normalization scores by (end, words - 1). A segment that scores 0 or less with its bound is never better than its words
    /// outside: its bound is minus infinity.
    fn bounds(&self, sentence: &Prepared, recognition: &[f64]) -> Vec<f64> {
        let row_length = |word: &u32| self.linking.row_length(self.weights, *word);
        let lengths: Vec<f64> = sentence.words.iter().map(|words| words.iter().map(row_length).fold(0.0, f64::max)).collect();
        let mut bounds = vec![f64::NEG_INFINITY; sentence.words.len() * self.longest];
        for end in 1..=sentence.words.len() {
            let (mut most, mut words) = (0.0, 0);
            for start in (end.saturating_sub(self.longest)..end).rev() {
                most = f64::max(most, lengths[start]);
                words += sentence.words[start].len();
                let at = (end - 1) * self.longest + end - start - 1;
                let own = recognition[at * self.types + self.linked_type];
                // The sum of a unit vector's entries is at most the root of their number.
                if own + most * (words as f64).sqrt() > 0.0 {
                    let bound = self.linking.bound(self.weights, &self.vector(sentence, start, end)).max(0.0);
                    bounds[at] = if own + bound > 0.0 { bound } else { f64::NEG_INFINITY };
                }
            }
        }
        bounds
    }

    /// Recognition scores by (end, words - 1, type).
    fn recognition(&self, sentence: &Prepared) -> Vec<f64> {
        let length = sentence.words.len();
        let sum = |features: &mut dyn Iterator<Item = u32>, entity_type: usize| {
            features.map(|feature| self.weights.recognition[self.at(feature, entity_type) as usize]).sum::<f64>()
        };
        let mut scores = vec![f64::NEG_INFINITY; length * self.longest * self.types];
        for entity_type in 0..self.types {
            let of = |rows: &[Vec<u32>]| rows.iter().map(|row| sum(&mut row.iter().copied(), entity_type)).collect::<Vec<f64>>();
            let features = &sentence.features;
            let (words, starts, ends) = (of(&features.words), of(&features.starts), of(&features.ends));
            for end in 1..=length {
                let mut inside = 0.0;
                for start in (end.saturating_sub(self.longest)..end).rev() {
                    inside += words[start];
                    let whole = sum(&mut self.numbers.whole(features, start, end, self.longest), entity_type);
                    let at = ((end - 1) * self.longest + end - start - 1) * self.types + entity_type;
                    scores[at] = inside + starts[start] + ends[end - 1] + whole;
                }
            }
        }
        scores
    }

    /// The best segments with these scores.
    fn path(&self, length: usize, recognition: &[f64], normalization: &[f64]) -> Vec<Segment> {
        let mut best = vec![0.0; length + 1];
        let mut last: Vec<Option<(usize, usize)>> = vec![None; length + 1];
        for end in 1..=length {
            (best[end], last[end]) = (best[end - 1], None);
            for words in 1..=self.longest.min(end) {
                let at = (end - 1) * self.longest + words - 1;
                for entity_type in 0..self.types {
                    let linked = if entity_type == self.linked_type { normalization[at] } else { 0.0 };
                    let score = best[end - words] + recognition[at * self.types + entity_type] + linked;
                    if score > best[end] {
                        (best[end], last[end]) = (score, Some((words, entity_type)));
                    }
                }
            }
        }
        let mut segments = Vec::new();
        let mut end = length;
        while end > 0 {
            match last[end] {
                None => end -= 1,
                Some((words, entity_type)) => {
                    segments.push(Segment { start: end - words, end, entity_type, linked: None });
                    end -= words;
                }
            }
        }
        segments.reverse();
        segments
    }
}

#[cfg(test)]
mod tests {
    use super::super::weights::Difference;
    use super::*;
    use crate::baseline::concepts::fixtures::lexicon;
    use crate::baseline::words::words;
    use crate::corpus::tokenize;
    use crate::lexicon::abbreviation::ShortForms;

    /// The best score over all ways to cut `from..length` into words outside and segments.
    fn best_of_all(decoder: &Decoder, sentence: &Prepared, recognition: &[f64], from: usize, scratch: &mut Scratch) -> f64 {
        let length = sentence.words.len();
        if from == length {
            return 0.0;
        }
        let mut best = best_of_all(decoder, sentence, recognition, from + 1, scratch);
        for end in from + 1..=length.min(from + decoder.longest) {
            let rest = best_of_all(decoder, sentence, recognition, end, scratch);
            for entity_type in 0..decoder.types {
                let at = ((end - 1) * decoder.longest + end - from - 1) * decoder.types + entity_type;
                let linked = decoder.link(sentence, from, end, scratch, None).map_or(0.0, |linked| linked.score);
                let linked = if entity_type == decoder.linked_type { linked } else { 0.0 };
                best = f64::max(best, recognition[at] + linked + rest);
            }
        }
        best
    }

    #[test]
    fn the_labelling_is_the_best_of_all() {
        let lexicon =
            lexicon(&[("D1", &[], &["renal failure", "kidney disease"]), ("D2", &[], &["heart failure"]), ("D3", &[], &["rash"])]);
        let linking = Linking::new(&lexicon, ["nephric trouble"].into_iter(), vec![0, 2, 0]);
        let mut numbers = FeatureNumbers::new();
        let texts = ["renal failure and rash", "heart (failure) of nephric rash", "no word", "kidney trouble rash"];
        let sentences: Vec<Prepared> = texts
            .iter()
            .map(|text| {
                let tokens = tokenize(text);
                let own = tokens.iter().map(|token| linking.token_words(&token.text, &ShortForms::default())).collect();
                Prepared { features: numbers.learn(&words(&tokens)), words: own, gold: Vec::new() }
            })
            .collect();
        let mut scratch = Scratch::default();
        for seed in 0..12_usize {
            let mut weights = Weights::new(numbers.len() * 2, linking.dimension());
            weights.cosine = seed as f64 / 4.0;
            for (at, weight) in weights.recognition.iter_mut().enumerate() {
                *weight = ((at * 31 + seed * 17) % 19) as f64 / 40.0 - 0.25;
            }
            let mut difference = Difference::default();
            difference.add_link(&linking.vector([0, 1, 2, 3].iter()), linking.name((seed % 4) as u32), 1.0);
            weights.add(&difference, 0.5);
            let decoder = Decoder { weights: &weights, numbers: &numbers, linking: &linking, types: 2, linked_type: 1, longest: 3 };
            for sentence in &sentences {
                let found = decoder.decode(sentence, &mut scratch, None);
                let recognition = decoder.recognition(sentence);
                let score: f64 = found
                    .iter()
                    .map(|segment| {
                        let at = (segment.end - 1) * 3 + segment.end - segment.start - 1;
                        recognition[at * 2 + segment.entity_type] + segment.linked.map_or(0.0, |linked| linked.score)
                    })
                    .sum();
                let best = best_of_all(&decoder, sentence, &recognition, 0, &mut scratch);
                assert!((score - best).abs() < 1e-9, "{score} {best} {found:?}");
                assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start));
                let mut known = Known::default();
                assert_eq!(decoder.decode(sentence, &mut scratch, Some(&mut known)), found);
                assert_eq!(decoder.decode(sentence, &mut scratch, Some(&mut known)), found);
            }
        }
    }
}
