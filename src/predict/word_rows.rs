//! Words of any text to rows of word vectors, as training found the rows of its test words.
//!
//! A word that the embedding knows (as it stands or, where the run's rule says so, in lower case) has the row of the embedding's word; else
//! it has the row that training made for it; else that of the unknown word, row 0.

use crate::embedding::{Embedding, Lookup, load_where};
use crate::embedding::{EmbeddingError, Source};
use crate::run::spec::{RunSpec, TestWords};
use crate::train::Dataset;
use std::collections::HashMap;

/// The rows of all words that a model knows.
#[derive(Clone, Debug, PartialEq)]
pub struct WordRows {
    /// Numbers a word.
    pub dimension: usize,
    /// How a word of a text is looked up.
    pub lookup: Lookup,
    /// Rows of the networks' own word tables, the first ones.
    pub table_rows: usize,
    /// The rows behind these, which training never touched: rows x dimension.
    pub vectors: Vec<f32>,
    words: HashMap<String, Known>,
}

/// A word's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    row: u32,
    /// It is a word of the embedding: one that stands for its capitalised forms.
    embedded: bool,
}

impl WordRows {
    /// Rows of words; `embedded` are the embedding's, `own` those that only training has.
    ///
    /// # Errors
    /// The first word whose row is not there, or that is there twice.
    pub fn new(
        (dimension, lookup, table_rows): (usize, Lookup, usize),
        vectors: Vec<f32>,
        embedded: impl IntoIterator<Item = (String, u32)>,
        own: impl IntoIterator<Item = (String, u32)>,
    ) -> Result<Self, String> {
        let rows = table_rows + vectors.len() / dimension.max(1);
        let mut words = HashMap::new();
        let all = embedded.into_iter().map(|word| (word, true)).chain(own.into_iter().map(|word| (word, false)));
        for ((word, row), embedded) in all {
            if row as usize >= rows || words.contains_key(&word) {
                return Err(word);
            }
            words.insert(word, Known { row, embedded });
        }
        Ok(Self { dimension, lookup, table_rows, vectors, words })
    }

    /// The rows of a run: those of its own words, and those of every other word of its embedding that can be a token.
    ///
    /// # Errors
    /// An embedding that cannot be read.
    pub fn of_run(spec: &RunSpec, dataset: &Dataset, source: &Source) -> Result<Self, EmbeddingError> {
        // Random vectors were drawn for the words of training, and are in the table.
        let all = if dataset.has_random_vectors() {
            Embedding::new(dataset.dimension)
        } else {
            load_where(source, dataset.dimension, &is_token)?
        };
        let mut rows: HashMap<&str, u32> = dataset.rows.iter().zip(0..).skip(1).map(|(word, row)| (word.as_str(), row)).collect();
        let mut vectors = Vec::new();
        let mut embedded = Vec::with_capacity(all.len());
        let mut next = dataset.rows.len() as u32;
        for (at, word) in all.words.iter().enumerate() {
            let row = match (rows.remove(word.as_str()), spec.vocabulary.test_words) {
                (Some(row), _) => row,
                (None, TestWords::Unknown) => 0,
                (None, TestWords::Pretrained) => {
                    vectors.extend_from_slice(all.vector(at));
                    next += 1;
                    next - 1
                }
            };
            embedded.push((word.clone(), row));
        }
        let left = rows.into_iter().map(|(word, row)| (word.to_owned(), row));
        let shape = (dataset.dimension, spec.embedding.lookup, dataset.rows.len());
        let made =
            if dataset.has_random_vectors() { Self::new(shape, vectors, left, []) } else { Self::new(shape, vectors, embedded, left) };
        Ok(made.unwrap_or_else(|word| unreachable!("`{word}` has one row, and it is there")))
    }

    /// The row of a word of any text.
    pub fn row(&self, word: &str) -> u32 {
        if let Some(known) = self.words.get(word) {
            return known.row;
        }
        match self.lookup {
            Lookup::Exact => 0,
            Lookup::ExactThenLower => self.words.get(&word.to_lowercase()).filter(|known| known.embedded).map_or(0, |known| known.row),
        }
    }

    /// How many words it knows.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether the model knows no word.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The words of the embedding, or those that only training has, with their rows, in the order of their code points.
    pub fn sorted(&self, embedded: bool) -> Vec<(&str, u32)> {
        let mut words: Vec<_> =
            self.words.iter().filter(|(_, known)| known.embedded == embedded).map(|(word, known)| (word.as_str(), known.row)).collect();
        words.sort_unstable();
        words
    }
}

/// Whether the tokenizer can make this word: letters and digits, or one visible character.
fn is_token(word: &str) -> bool {
    let mut characters = word.chars();
    match (characters.next(), characters.next()) {
        (Some(one), None) => !one.is_whitespace() && !one.is_control(),
        (Some(_), Some(_)) => word.chars().all(char::is_alphanumeric),
        (None, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lookup: Lookup) -> WordRows {
        let word = |word: &str, row| (word.to_owned(), row);
        WordRows::new((2, lookup, 4), vec![0.5; 4], [word("gout", 1), word("Gout", 4), word("ache", 5), word("rare", 0)], [word("xyz", 2)])
            .unwrap()
    }

    #[test]
    fn only_words_of_the_embedding_stand_for_capitalised_ones() {
        let found = |lookup| ["Gout", "GOUT", "Ache", "xyz", "Xyz", "rare", "new"].map(|word| rows(lookup).row(word));
        assert_eq!(found(Lookup::ExactThenLower), [4, 1, 5, 2, 0, 0, 0]);
        assert_eq!(found(Lookup::Exact), [4, 0, 0, 2, 0, 0, 0]);
    }

    #[test]
    fn a_row_that_is_not_there_and_a_word_that_is_there_twice_are_found() {
        let shape = (2, Lookup::Exact, 1);
        assert_eq!(WordRows::new(shape, vec![0.0; 2], [("a".into(), 2)], []), Err("a".to_owned()));
        assert_eq!(WordRows::new(shape, Vec::new(), [("b".into(), 0)], [("b".into(), 0)]), Err("b".to_owned()));
    }

    #[test]
    fn words_that_the_tokenizer_cannot_make_are_left_out() {
        for word in ["gout", "β2", "(", "é", "_", "3"] {
            assert!(is_token(word), "{word}");
        }
        for word in ["", "new_york", "X-linked", "</s>", " ", "don't"] {
            assert!(!is_token(word), "{word}");
        }
        for word in ["gout", "β2", "(", "X-linked", "</s>", "_", "é"] {
            let tokens = crate::corpus::tokenize(word);
            assert_eq!(is_token(word), tokens.len() == 1 && tokens[0].text == word, "{word}");
        }
    }
}
