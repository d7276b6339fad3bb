//! `data/mini`: a small corpus of invented abstracts, with word vectors, for the quickstart and the tests.
//!
//! The text is drawn from templates over an invented vocabulary; it says nothing about any disease, drug or gene. It has
//! what makes the real corpora hard: abbreviations that stand for two diseases or for no disease at all, composite
//! mentions, mentions without a concept, words of names in other roles, names and concepts that training never shows, words
//! without a vector, a second entity type, and characters outside ASCII before and inside mentions.

mod abstracts;
mod sampler;
mod lexicon;
mod templates;
mod vectors;

#[cfg(test)]
mod tests;

use abstracts::{NameUse, Writer};
use sampler::Sampler;

/// The seed of the files under `data/mini`: the first that puts both meanings of `HCA` and of `RDS` into the training split,
/// both of `HCA` into the test split, and every kind of difficulty that `tests/mini.rs` asks for.
pub const MINI_SEED: u64 = 194;

/// Documents in the training, development and test splits.
pub const DOCUMENTS: [usize; 3] = [80, 25, 25];

/// Identifiers count up from here: PubMed is far from such numbers.
const FIRST_ID: usize = 90_000_001;

/// A corpus with its word vectors, as the bytes of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synthetic {
    /// PubTator text.
    pub train: String,
    /// PubTator text.
    pub dev: String,
    /// PubTator text.
    pub test: String,
    /// word2vec's text format, 20 dimensions.
    pub embedding: String,
}

/// The same seed gives the same bytes, on every machine.
pub fn generate(seed: u64) -> Synthetic {
    let mut sampler = Sampler::new(seed);
    let mut id = FIRST_ID..;
    let mut split = |split, documents| -> String {
        id.by_ref().take(documents).map(|id| Writer::new(&mut sampler, split).document(&id.to_string())).collect()
    };
    let train = split(NameUse::Train, DOCUMENTS[0]);
    let dev = split(NameUse::Later, DOCUMENTS[1]);
    let test = split(NameUse::Later, DOCUMENTS[2]);
    let embedding = vectors::embedding(&[&train, &dev, &test], seed);
    Synthetic { train, dev, test, embedding }
}
