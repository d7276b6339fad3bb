//! All scores of one split, as they stand in a run record. Counts are kept, so that any figure can be had again.

use super::Counts;
use crate::corpus::PerTask;
use serde::{Deserialize, Serialize};

/// A split that runs are scored on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Split {
    Dev,
    Test,
}

impl Split {
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
    pub boundary: BoundaryInconsistency,
    pub oov: Vec<SubsetScores>,
    /// Concept counts split by whether the gold concept occurs in training (predictions by whether the predicted one does).
    pub seen_concepts: Counts,
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
    pub kit: Counts,
    pub all_documents: Counts,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "DocumentRow", into = "DocumentRow")]
pub struct DocumentCounts {
    pub id: String,
    /// As the kit counts them: a document that the kit drops has zeros.
    pub mention: Counts,
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
    pub spans_in_one: u64,
    pub spans_in_any: u64,
    pub tokens_in_one: u64,
    pub tokens_in_any: u64,
}

impl BoundaryInconsistency {
    /// Span view; 0 where there is no span at all.
    pub fn spans(&self) -> f64 {
        share(self.spans_in_one, self.spans_in_any)
    }

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
    pub subset: crate::corpus::OovSubset,
    /// Gold mentions, unique surface strings, unique (string, concept) pairs in the subset.
    pub mentions: u64,
    pub unique_strings: u64,
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
    pub concepts_seen: u64,
    /// Gold tag where that whole tag was seen in training, else O, scored by the kit.
    pub oracle_tagger: Counts,
    /// Exact-string memorizer given the gold spans: the floor of any normalizer.
    pub memorizer: Counts,
}
