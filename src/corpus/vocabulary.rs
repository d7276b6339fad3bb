//! The words of a split and how often each stands there.

use super::Sentence;
use std::collections::BTreeMap;

/// Words, cased, with their counts, in the order of their code points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    counts: BTreeMap<String, u64>,
}

impl Vocabulary {
    /// The words of these sentences.
    pub fn of<'a>(sentences: impl IntoIterator<Item = &'a Sentence>) -> Self {
        let mut counts = BTreeMap::new();
        for token in sentences.into_iter().flat_map(|sentence| &sentence.tokens) {
            match counts.get_mut(&token.text) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(token.text.clone(), 1);
                }
            }
        }
        Self { counts }
    }

    /// Whether the split has `word`.
    pub fn contains(&self, word: &str) -> bool {
        self.counts.contains_key(word)
    }

    /// How often `word` stands in the split.
    pub fn count(&self, word: &str) -> u64 {
        self.counts.get(word).copied().unwrap_or(0)
    }

    /// Words and counts, sorted by word.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.counts.iter().map(|(word, &count)| (word.as_str(), count))
    }

    /// Words that stand in the split once: those that training replaces by the unknown word at random.
    pub fn singletons(&self) -> impl Iterator<Item = &str> {
        self.iter().filter(|&(_, count)| count == 1).map(|(word, _)| word)
    }

    /// Number of distinct words.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::tokenize;

    #[test]
    fn counts_are_cased_and_singletons_stand_once() {
        let sentence = Sentence { document: 0, tokens: tokenize("gout and Gout and gouts") };
        let vocabulary = Vocabulary::of([&sentence]);
        assert_eq!(vocabulary.singletons().collect::<Vec<_>>(), ["Gout", "gout", "gouts"]);
        assert_eq!((vocabulary.count("and"), vocabulary.count("none"), vocabulary.len()), (2, 0, 4));
    }
}
