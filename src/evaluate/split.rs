//! All scores of one split at once.

use super::entities::{boundary_inconsistency, mention_concepts};
use super::oov::subsets;
use super::tokens::{BrokenTags, TokenAccuracy, entity_counts};
use super::{ConceptSet, Gold, SplitScores};
use crate::corpus::{Document, Sentence};

/// A split and what a system predicted for it.
#[derive(Clone, Copy)]
pub struct SplitInput<'a> {
    pub gold: &'a [Document],
    /// MER's output: spans with type. Documents may stand in any order, or lack; their texts are not read.
    pub mer: &'a [Document],
    /// MEN's output: spans with type and concept string.
    pub men: &'a [Document],
    /// Types that are scored; the counts of several are summed.
    pub entity_types: &'a [String],
    /// The sentences of `gold`.
    pub sentences: &'a [Sentence],
    /// IOB2 tags, one row a sentence; the labels are types for MER and concept strings for MEN.
    pub gold_mer: &'a [Vec<String>],
    pub predicted_mer: &'a [Vec<String>],
    pub gold_men: &'a [Vec<String>],
    pub predicted_men: &'a [Vec<String>],
    /// Over the tags that the network was trained on, in whatever scheme.
    pub accuracy_mer: TokenAccuracy,
    pub accuracy_men: TokenAccuracy,
    /// Concepts of the training split.
    pub train_concepts: &'a ConceptSet,
    /// Whether training has a word, and whether the embedding has it after the run's look-up rule.
    pub in_train: &'a dyn Fn(&str) -> bool,
    pub in_embedding: &'a dyn Fn(&str) -> bool,
    /// Gold mentions that no token boundaries fit.
    pub unaligned: u64,
}

/// Scores a split under every definition that a run record keeps.
///
/// # Panics
/// Where the rows of tags are not of one shape, or a tag is not IOB2.
pub fn score_split(input: &SplitInput) -> SplitScores {
    let &SplitInput { gold: gold_documents, mer, men, .. } = input;
    let gold = Gold::new(gold_documents, input.entity_types);
    let (seen_concepts, unseen_concepts) = gold.concepts_by_training(men, input.train_concepts);
    SplitScores {
        mention: gold.mentions(mer),
        concept: gold.concepts(men),
        mention_concept: mention_concepts(&gold, gold_documents, men),
        token_mer: entity_counts(input.gold_mer, input.predicted_mer, BrokenTags::Ignore),
        token_men: entity_counts(input.gold_men, input.predicted_men, BrokenTags::Ignore),
        accuracy_mer: input.accuracy_mer.share(),
        accuracy_men: input.accuracy_men.share(),
        boundary: boundary_inconsistency(&gold, gold_documents, mer, men, input.sentences),
        oov: subsets(&gold, gold_documents, mer, men, input.in_train, input.in_embedding),
        seen_concepts,
        unseen_concepts,
        unaligned_mentions: input.unaligned,
        documents: gold.by_document(mer, men),
    }
}
