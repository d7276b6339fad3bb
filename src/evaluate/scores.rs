//! All scores of one split, as they stand in a run record. Counts are kept, so that any figure can be had again.

use super::Counts;
use crate::corpus::PerTask;
use serde::{Deserialize, Serialize};

/// A split that runs are scored on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Split {
    /// The development split, on which every choice is made.
    Dev,
    /// The test split, which is only reported.
    Test,
}

impl Split {
    /// Both splits, dev first.
    pub const ALL: [Self; 2] = [Self::Dev, Self::Test];

    /// As files, tables and the command line name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Test => "test",
        }
    }
}

/// Scores of one run on one split (dev or test).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SplitScores {
    /// Spans with type, from MER's output: the paper's Recognition.
    pub mention: KitView,
    /// Document-level concepts, from MEN's output: the paper's Normalization.
    pub concept: KitView,
    /// Spans with their whole concept string, from MEN's output.
    pub mention_concept: Counts,
    /// Strict entity counts over IOB2 token rows (seqeval), one task's head after the other.
    pub token: PerTask<Counts>,
    /// Share of tokens with the right tag, O included (what the authors' published code prints).
    pub accuracy: PerTask<f64>,
    /// How far MER and MEN disagree on spans (Table 5).
    pub boundary: BoundaryInconsistency,
    /// Scores on the subsets of the OOV partition (Table 7).
    pub oov: Vec<SubsetScores>,
    /// Concept counts split by whether the gold concept occurs in training (predictions by whether the predicted one does).
    pub seen_concepts: Counts,
    /// Concept counts of the concepts that training lacks.
    pub unseen_concepts: Counts,
    /// Gold mentions that no token boundaries fit; each is a false negative.
    pub unaligned_mentions: u64,
    /// For the bootstrap: one entry a gold document, in corpus order. A record with predictions leaves them out of its file: they are
    /// derived from these when it is read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentCounts>,
}

/// The kit drops predictions in documents without a gold annotation; `all_documents` counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitView {
    /// As the kit counts.
    pub kit: Counts,
    /// With the predictions that the kit drops.
    pub all_documents: Counts,
}

/// Counts of one document: the unit of the bootstrap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "DocumentRow", into = "DocumentRow")]
pub struct DocumentCounts {
    /// The document's id.
    pub id: String,
    /// As the kit counts them: a document that the kit drops has zeros.
    pub mention: Counts,
    /// Concepts, as the kit counts them.
    pub concept: Counts,
}

/// A document's counts on one line of a file: its id, then tp, fp and fn of mentions and of concepts.
#[derive(Serialize, Deserialize)]
struct DocumentRow(String, u64, u64, u64, u64, u64, u64);

impl From<DocumentRow> for DocumentCounts {
    fn from(DocumentRow(id, a, b, c, d, e, f): DocumentRow) -> Self {
        Self { id, mention: Counts { tp: a, fp: b, fn_: c }, concept: Counts { tp: d, fp: e, fn_: f } }
    }
}

impl From<DocumentCounts> for DocumentRow {
    fn from(DocumentCounts { id, mention: m, concept: c }: DocumentCounts) -> Self {
        Self(id, m.tp, m.fp, m.fn_, c.tp, c.fp, c.fn_)
    }
}

/// Table 5. With A the spans of MER and B those of MEN: |A symmetric-difference B| / |A union B|.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundaryInconsistency {
    /// Spans that only one of the two tasks has: |A △ B|.
    pub spans_in_one: u64,
    /// Spans that either has: |A ∪ B|.
    pub spans_in_any: u64,
    /// Tokens within an entity of only one of the two.
    pub tokens_in_one: u64,
    /// Tokens within an entity of either.
    pub tokens_in_any: u64,
}

impl BoundaryInconsistency {
    /// Span view; 0 where there is no span at all.
    pub fn spans(&self) -> f64 {
        share(self.spans_in_one, self.spans_in_any)
    }

    /// Token view; 0 where there is no token inside an entity.
    pub fn tokens(&self) -> f64 {
        share(self.tokens_in_one, self.tokens_in_any)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Tables 6 and 7: one subset of the OOV partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubsetScores {
    /// Which subset.
    pub subset: crate::corpus::OovSubset,
    /// Gold mentions, unique surface strings, unique (string, concept) pairs in the subset.
    pub mentions: u64,
    /// Unique surface strings of those mentions.
    pub unique_strings: u64,
    /// Unique pairs of string and concept of those mentions.
    pub unique_pairs: u64,
    /// Recall over gold entities of the subset, precision over predicted entities whose words fall in it.
    #[serde(flatten)]
    pub counts: PerTask<Counts>,
}

/// What a closed tag set allows at best, on one split.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ceilings {
    /// Gold (document, concept) pairs, and those whose concept occurs in training: recall, and F1 = 2R/(1+R).
    pub concepts: u64,
    /// Those pairs whose concept occurs in training.
    pub concepts_seen: u64,
    /// Gold tag where that whole tag was seen in training, else O, scored by the kit.
    pub oracle_tagger: Counts,
    /// Exact-string memorizer given the gold spans: the floor of any normalizer.
    pub memorizer: Counts,
}
