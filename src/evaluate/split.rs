//! All scores of one split at once.

use super::entities::{boundary_inconsistency, mention_concepts};
use super::oov::subsets;
use super::tokens::{BrokenTags, TokenAccuracy, entity_counts};
use super::{ConceptSet, Gold, SplitScores};
use crate::corpus::{Document, PerTask, Sentence};

/// A split and what a system predicted for it.
#[derive(Clone, Copy)]
pub struct SplitInput<'a> {
    /// The split's documents with their annotations.
    pub gold: &'a [Document],
    /// MER's output: spans with type. Documents may stand in any order, or lack; their texts are not read.
    pub mer: &'a [Document],
    /// MEN's output: spans with type and concept string.
    pub men: &'a [Document],
    /// Types that are scored; the counts of several are summed.
    pub entity_types: &'a [String],
    /// The sentences of `gold`.
    pub sentences: &'a [Sentence],
    /// IOB2 tags, one row per sentence; the labels are types for MER and concept strings for MEN.
    pub gold_mer: &'a [Vec<String>],
    /// MER's output as IOB2 tags of types.
    pub predicted_mer: &'a [Vec<String>],
    /// Gold IOB2 tags of concept strings.
    pub gold_men: &'a [Vec<String>],
    /// MEN's output as IOB2 tags of concept strings.
    pub predicted_men: &'a [Vec<String>],
    /// Over the tags that the network was trained on, in whatever scheme.
    pub accuracy: PerTask<TokenAccuracy>,
    /// Concepts of the training split.
    pub train_concepts: &'a ConceptSet,
    /// Whether training has a word, and whether the embedding has it after the run's look-up rule.
    pub in_train: &'a dyn Fn(&str) -> bool,
    /// Whether the embedding has a word after the run's look-up rule.
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
        token: PerTask {
            mer: entity_counts(input.gold_mer, input.predicted_mer, BrokenTags::Ignore),
            men: entity_counts(input.gold_men, input.predicted_men, BrokenTags::Ignore),
        },
        accuracy: input.accuracy.map(|of| of.share()),
        boundary: boundary_inconsistency(&gold, gold_documents, mer, men, input.sentences),
        oov: subsets(&gold, gold_documents, mer, men, input.in_train, input.in_embedding),
        seen_concepts,
        unseen_concepts,
        unaligned_mentions: input.unaligned,
        documents: gold.by_document(mer, men),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::documents;
    use super::super::{BoundaryInconsistency, Counts, KitView};
    use super::*;
    use crate::corpus::sentences;

    const D: &str = "Disease";

    fn counts(tp: u64, fp: u64, fn_: u64) -> Counts {
        Counts { tp, fp, fn_ }
    }

    #[test]
    fn each_view_takes_the_output_it_is_about() {
        let train = documents(&[("0", &[(0, 2, D, Some("D1"))])]);
        let gold = documents(&[("1", &[(0, 2, D, Some("D1")), (6, 8, D, Some("D2"))])]);
        let mer = documents(&[("1", &[(0, 2, D, None), (6, 8, D, None), (9, 11, D, None)])]);
        let men = documents(&[("1", &[(0, 2, D, Some("D1")), (6, 11, D, Some("D3"))])]);
        let rows = |tags: &[(usize, &str)]| {
            let mut row = vec!["O".to_owned(); 5];
            tags.iter().for_each(|(i, tag)| row[*i] = (*tag).to_owned());
            vec![row]
        };
        let split = SplitInput {
            gold: &gold,
            mer: &mer,
            men: &men,
            entity_types: &[D.to_owned()],
            sentences: &sentences(0, &gold[0]),
            gold_mer: &rows(&[(0, "B-Disease"), (2, "B-Disease")]),
            predicted_mer: &rows(&[(0, "B-Disease"), (2, "B-Disease"), (3, "B-Disease")]),
            gold_men: &rows(&[(0, "B-D1"), (2, "B-D2")]),
            predicted_men: &rows(&[(0, "B-D1"), (2, "B-D3"), (3, "I-D3")]),
            accuracy: PerTask { mer: TokenAccuracy { right: 4, tokens: 5 }, men: TokenAccuracy { right: 3, tokens: 5 } },
            train_concepts: &ConceptSet::of(&train, &[D.to_owned()]),
            in_train: &|word| word == "a0",
            in_embedding: &|_| true,
            unaligned: 7,
        };
        let found = score_split(&split);
        let alike = |counts| KitView { kit: counts, all_documents: counts };
        assert_eq!((found.mention, found.concept), (alike(counts(2, 1, 0)), alike(counts(1, 1, 1))));
        assert_eq!(found.mention_concept, counts(1, 1, 1));
        assert_eq!(found.token, PerTask { mer: counts(2, 1, 0), men: counts(1, 1, 1) });
        assert_eq!(found.accuracy, PerTask { mer: 0.8, men: 0.6 });
        assert_eq!(found.boundary, BoundaryInconsistency { spans_in_one: 3, spans_in_any: 4, tokens_in_one: 0, tokens_in_any: 3 });
        let of_subset = |i: usize| (found.oov[i].mentions, found.oov[i].counts.mer, found.oov[i].counts.men);
        assert_eq!((of_subset(0), of_subset(1)), ((1, counts(1, 0, 0), counts(1, 0, 0)), (1, counts(1, 1, 0), counts(0, 1, 1))));
        assert_eq!((found.seen_concepts, found.unseen_concepts), (counts(1, 0, 0), counts(0, 1, 1)));
        assert_eq!(found.unaligned_mentions, 7);
        assert_eq!((found.documents[0].mention, found.documents[0].concept), (counts(2, 1, 0), counts(1, 1, 1)));
    }
}
