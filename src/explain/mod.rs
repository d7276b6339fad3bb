//! Predictions beside gold, error by error: what was confused with what, which boundaries are wrong and by which words, what was missed,
//! and how all that depends on what training knew.
//!
//! Scores say how good a system is; this says what to do about it. It needs the corpus: a run keeps no text.

mod context;
mod disagreement;
mod entity;
mod html;
mod from_record;
mod layout;
mod lexicon;
mod normalization;
mod pairing;
mod recognition;
mod split;
mod buckets;
mod text;
#[cfg(test)]
mod tests;

pub use buckets::Bucket;
pub use context::{Example, Mark, Who};
pub use disagreement::{Disagreement, Disagreements};
pub use from_record::sections_of_scores;
pub use html::html;
pub use layout::{Section, sections};
pub use lexicon::ConceptName;
pub use normalization::{Confusion, Normalization, UnseenConcept};
pub use recognition::{BoundaryChange, BoundaryErrors, BoundaryKind, Recognition, Surface};
pub use text::text;

use crate::corpus::{Document, Sentence};
use lexicon::Lexicon;
use split::PairedSplit;

/// A split, what a system predicted for it, and what it was trained on.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// What the network was trained on.
    pub train: &'a [Document],
    pub gold: &'a [Document],
    /// The sentences of `gold`.
    pub sentences: &'a [Sentence],
    /// MER's output: spans with type. Documents are found by their id; they need hold no text.
    pub mer: &'a [Document],
    /// MEN's output: spans with type and concept string.
    pub men: &'a [Document],
    /// Types that are looked at.
    pub entity_types: &'a [String],
    /// Whether training has a word, and whether the embedding has it after the run's look-up rule.
    pub in_train: &'a dyn Fn(&str) -> bool,
    /// `None` where the vectors are missing.
    pub in_embedding: Option<&'a dyn Fn(&str) -> bool>,
}

/// Everything that is found. Lists are sorted by how often, then by what they name; examples are in the order of the corpus.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    pub documents: u64,
    pub recognition: Recognition,
    pub normalization: Normalization,
    /// By how often training annotates the gold concept.
    pub by_frequency: Vec<Bucket>,
    /// By which word lists know the mention's words; empty where the vectors are missing.
    pub by_subset: Vec<Bucket>,
    pub disagreements: Disagreements,
}

/// Examples kept of each error.
const EXAMPLES: usize = 3;

/// Lays predictions beside gold.
pub fn explain(input: &Input) -> Explanation {
    let split = PairedSplit::new(input);
    let lexicon = Lexicon::new(input);
    Explanation {
        documents: split.documents.len() as u64,
        recognition: recognition::recognition(&split, &lexicon),
        normalization: normalization::normalization(&split, &lexicon),
        by_frequency: buckets::by_frequency(&split, &lexicon),
        by_subset: buckets::by_subset(&split, input),
        disagreements: disagreement::disagreements(&split),
    }
}
