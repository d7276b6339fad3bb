//! The normalization score of a segment: the best of m' (W + c I) n over the names n of a vocabulary, and over the one name of the unknown
//! entity, which stands for ids that the vocabulary lacks and for no concept.

use super::weights::Weights;
use crate::baseline::names::{Names, Vector, name_words};
use crate::lexicon::Lexicon;
use crate::lexicon::abbreviation::ShortForms;
use std::collections::BTreeMap;

/// A concept of the vocabulary by number, or the unknown entity.
pub type Entity = u32;

/// A name with its score for a segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linked {
    pub entity: Entity,
    /// Number of the name; one past the vocabulary's is the unknown entity's.
    pub name: u32,
    pub score: f64,
}

/// Names and words by number.
pub struct Linking {
    names: Names,
    /// How often training has each concept: what decides between equal scores.
    frequency: Vec<u32>,
    /// First name of each concept and one past its last.
    ranges: BTreeMap<Entity, (u32, u32)>,
    unknown_name: Vector,
    pub unknown_entity: Entity,
}

/// Sums over words and names, NaN where there is none yet, and where there is one; kept from segment to segment.
#[derive(Default)]
pub struct Scratch {
    words: Vec<f64>,
    words_used: Vec<u32>,
    names: Vec<f64>,
    names_used: Vec<u32>,
}

impl Linking {
    /// `texts` are training's mentions, whose words have places of their own; `frequency` counts its concepts.
    pub fn new<'a>(lexicon: &Lexicon, texts: impl Iterator<Item = &'a str>, frequency: Vec<u32>) -> Self {
        let names = Names::new(lexicon, texts);
        let ranges = names.by_concept().into_iter().map(|(concept, from, to)| (concept, (from as u32, to as u32))).collect();
        let unknown_name = vec![(names.dimension() as u32 + 1, 1.0)];
        Self { names, frequency, ranges, unknown_name, unknown_entity: lexicon.len() as Entity }
    }

    /// Words there are: those of names and training, any other word, and the word of the unknown entity's name.
    pub fn dimension(&self) -> usize {
        self.names.dimension() + 2
    }

    /// The vector of a name by its number.
    pub fn name(&self, name: u32) -> &[(u32, f32)] {
        self.names.names.get(name as usize).map_or(&self.unknown_name, |of| &of.vector)
    }

    /// The words of each token, with its short form expanded.
    pub fn token_words(&self, token: &str, forms: &ShortForms) -> Vec<u32> {
        let long = forms.long(token);
        let words = name_words(long.as_deref().unwrap_or(token));
        words.iter().map(|word| self.names.find(word).unwrap_or(self.names.dimension() as u32)).collect()
    }

    /// A mention's vector of length 1; empty where it has no word.
    pub fn vector<'a>(&self, words: impl Iterator<Item = &'a u32>) -> Vector {
        let mut counts: BTreeMap<u32, f32> = BTreeMap::new();
        for &word in words {
            *counts.entry(word).or_default() += self.names.weight(word);
        }
        let length = counts.values().map(|weight| weight * weight).sum::<f32>().sqrt();
        counts.into_iter().map(|(word, weight)| (word, weight / length)).collect()
    }

    /// The score of one name.
    pub fn score(&self, weights: &Weights, mention: &[(u32, f32)], name: u32) -> f64 {
        let name = self.name(name);
        let mut sum = 0.0;
        for &(word, weight) in mention {
            let row = &weights.rows[word as usize];
            for &(other, of_name) in name {
                let entry = row.get(&other).copied().unwrap_or(0.0) + if word == other { weights.cosine } else { 0.0 };
                sum += f64::from(weight) * f64::from(of_name) * entry;
            }
        }
        sum
    }

    /// The length of a row of W + c I.
    pub fn row_length(&self, weights: &Weights, word: u32) -> f64 {
        let diagonal = weights.rows[word as usize].get(&word).copied().unwrap_or(0.0);
        let with_cosine = diagonal + weights.cosine;
        (weights.squares[word as usize] - diagonal * diagonal + with_cosine * with_cosine).max(0.0).sqrt()
    }

    /// At least the score of every name: the sum of the lengths of the rows of W + c I, by the triangle inequality.
    pub fn bound(&self, weights: &Weights, mention: &[(u32, f32)]) -> f64 {
        mention.iter().map(|&(word, weight)| f64::from(weight) * self.row_length(weights, word)).sum()
    }

    /// The best name of all, `but` those of these entities. The unknown entity's name is one of them; names that have no word in common
    /// with the mention or its rows of W score 0 and are not looked at.
    pub fn best(&self, weights: &Weights, mention: &[(u32, f32)], but: &[Entity], scratch: &mut Scratch) -> Option<Linked> {
        scratch.words.resize(self.dimension(), f64::NAN);
        scratch.names.resize(self.names.names.len(), f64::NAN);
        for &(word, weight) in mention {
            let weight = f64::from(weight);
            let mut put = |word: u32, value: f64| {
                if scratch.words[word as usize].is_nan() {
                    scratch.words[word as usize] = 0.0;
                    scratch.words_used.push(word);
                }
                scratch.words[word as usize] += value;
            };
            put(word, weight * weights.cosine);
            weights.rows[word as usize].iter().for_each(|(&other, entry)| put(other, weight * entry));
        }
        let mut unknown = 0.0;
        for word in scratch.words_used.drain(..) {
            let value = std::mem::replace(&mut scratch.words[word as usize], f64::NAN);
            if word as usize >= self.names.dimension() {
                unknown += if word as usize > self.names.dimension() { value } else { 0.0 };
                continue;
            }
            for &(name, of_name) in self.names.with_word(word) {
                let sum = &mut scratch.names[name as usize];
                if sum.is_nan() {
                    *sum = 0.0;
                    scratch.names_used.push(name);
                }
                *sum += value * f64::from(of_name);
            }
        }
        let unknown = Linked { entity: self.unknown_entity, name: self.names.names.len() as u32, score: unknown };
        let mut best = (!but.contains(&unknown.entity)).then_some(unknown);
        for name in scratch.names_used.drain(..) {
            let score = std::mem::replace(&mut scratch.names[name as usize], f64::NAN);
            let entity = self.names.names[name as usize].concept;
            let one = Linked { entity, name, score };
            if !but.contains(&entity) && best.is_none_or(|best| self.is_better(&one, &best)) {
                best = Some(one);
            }
        }
        best
    }

    /// A higher score; of equals the entity that training has more often, then the smaller name.
    fn is_better(&self, one: &Linked, other: &Linked) -> bool {
        let frequency = |linked: &Linked| self.frequency.get(linked.entity as usize).copied().unwrap_or(0);
        let order = one.score.total_cmp(&other.score).then(frequency(one).cmp(&frequency(other))).then(other.name.cmp(&one.name));
        order.is_gt()
    }

    /// The best name of these entities; of the unknown entity where none of them has a name.
    pub fn best_of(&self, weights: &Weights, mention: &[(u32, f32)], entities: &[Entity]) -> Linked {
        let names = entities.iter().filter_map(|entity| Some((*entity, *self.ranges.get(entity)?)));
        let all = names.flat_map(|(entity, (from, to))| (from..to).map(move |name| (entity, name)));
        let scored = all.map(|(entity, name)| Linked { entity, name, score: self.score(weights, mention, name) });
        let best = scored.reduce(|best, one| if self.is_better(&one, &best) { one } else { best });
        best.unwrap_or_else(|| {
            let name = self.names.names.len() as u32;
            Linked { entity: self.unknown_entity, name, score: self.score(weights, mention, name) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::weights::Difference;
    use super::*;
    use crate::baseline::concepts::fixtures::lexicon;

    fn linking() -> Linking {
        let lexicon =
            lexicon(&[("D1", &[], &["renal failure", "kidney disease"]), ("D2", &[], &["heart failure"]), ("D3", &[], &["lung rash"])]);
        Linking::new(&lexicon, ["nephric trouble"].into_iter(), vec![0, 2, 0])
    }

    fn vector(linking: &Linking, text: &str) -> Vector {
        let words: Vec<u32> = text.split(' ').flat_map(|token| linking.token_words(token, &ShortForms::default())).collect();
        linking.vector(words.iter())
    }

    #[test]
    fn the_best_name_is_that_of_all_names_scored_one_by_one() {
        let linking = linking();
        let mut weights = Weights { cosine: 1.0, ..Weights::new(0, linking.dimension()) };
        let mut scratch = Scratch::default();
        for (mention, name, times) in [("nephric trouble", 0, 0.7), ("odd rash", 4, 1.5), ("heart failure", 1, -0.4), ("failure", 3, 0.3)] {
            let (mention, name) = (vector(&linking, mention), linking.name(name).to_vec());
            let mut difference = Difference::default();
            difference.add_link(&mention, &name, 1.0);
            weights.add(&difference, times);
            for text in ["renal failure", "failure", "nephric rash", "odd spell", "trouble kidney heart"] {
                let mention = vector(&linking, text);
                let scores: Vec<f64> = (0..=4).map(|name| linking.score(&weights, &mention, name)).collect();
                let best = linking.best(&weights, &mention, &[], &mut scratch).unwrap();
                let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                // A name without a common word scores 0, and is not looked at.
                assert!((best.score - most).abs() < 1e-9 || most <= 0.0, "{text}: {best:?} {scores:?}");
                assert!((best.score - scores[best.name as usize]).abs() < 1e-9);
                assert!(linking.bound(&weights, &mention) >= most - 1e-9);
                if let Some(other) = linking.best(&weights, &mention, &[best.entity], &mut scratch) {
                    assert!(other.entity != best.entity && other.score <= best.score + 1e-12);
                }
            }
        }
    }

    #[test]
    fn of_equal_names_the_more_frequent_concept_wins_and_what_is_not_known_is_unknown() {
        let linking = linking();
        let weights = Weights { cosine: 1.0, ..Weights::new(0, linking.dimension()) };
        let mut scratch = Scratch::default();
        assert_eq!(linking.best(&weights, &vector(&linking, "failure"), &[], &mut scratch).unwrap().entity, 1);
        assert_eq!(linking.best(&weights, &vector(&linking, "spell"), &[], &mut scratch).unwrap().entity, linking.unknown_entity);
        assert_eq!(linking.best_of(&weights, &vector(&linking, "kidney"), &[1, 0]).name, 1);
        assert_eq!(linking.best_of(&weights, &vector(&linking, "kidney"), &[]).entity, linking.unknown_entity);
        let forms = ShortForms::of("renal failure (RF)", Default::default());
        assert_eq!(linking.token_words("RF", &forms), linking.token_words("renal-failure", &ShortForms::default()));
    }
}
