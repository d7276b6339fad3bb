//! The scores of a split by name: what baselines hold, and what an experiment file may ask its tables for.

use super::{Counts, SplitScores};
use crate::corpus::OovSubset;
use sha2::{Digest, Sha256};

/// Which values of a metric are the better ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The higher the better, as F1.
    Higher,
    /// The lower the better, as boundary inconsistency.
    Lower,
}

/// One score of a split.
pub struct Metric {
    /// In snake case, as files name it.
    pub name: &'static str,
    /// Which of two values is the better one.
    pub better: Better,
    /// How far a score may lie from one made on another device where a GPU made one of them: rounding differs from the first step on,
    /// and training carries that on. Set above what runs of `experiments/drift.yaml` that rounded differently were seen to differ by.
    pub on_gpu: f64,
    /// What is counted. Two scores are compared only under one definition: whoever changes how a metric is computed changes its
    /// text.
    pub definition: &'static str,
    /// The value on a split, between 0 and 1 but for counts; `None` where the split has no such score.
    pub of: fn(&SplitScores) -> Option<f64>,
}

const MENTION: &str = "sets of (document, start, end, type) of MER's output, documents without gold annotations dropped";
const CONCEPT: &str = "sets of (document, type, concept) of MEN's output, ids split on |, documents without gold annotations dropped";
const TOKEN: &str = "strict entities over IOB2 token rows";
const SUBSET_DEFINITION: &str =
    "recall over gold entities of the subset, precision over predicted entities whose words fall in it, F1 of the two";

const fn score(name: &'static str, definition: &'static str, of: fn(&SplitScores) -> Option<f64>) -> Metric {
    Metric { name, better: Better::Higher, on_gpu: 0.1, definition, of }
}

const fn subset(name: &'static str, of: fn(&SplitScores) -> Option<f64>) -> Metric {
    Metric { name, better: Better::Higher, on_gpu: 0.5, definition: SUBSET_DEFINITION, of }
}

/// In the order in which they are written.
pub const METRICS: [Metric; 26] = [
    score("mention_precision", MENTION, |s| Some(s.mention.kit.precision())),
    score("mention_recall", MENTION, |s| Some(s.mention.kit.recall())),
    score("mention_f1", MENTION, |s| Some(s.mention.kit.f1())),
    score("concept_precision", CONCEPT, |s| Some(s.concept.kit.precision())),
    score("concept_recall", CONCEPT, |s| Some(s.concept.kit.recall())),
    score("concept_f1", CONCEPT, |s| Some(s.concept.kit.f1())),
    score("mention_all_documents_f1", "as mention_f1, over every gold document", |s| Some(s.mention.all_documents.f1())),
    score("concept_all_documents_f1", "as concept_f1, over every gold document", |s| Some(s.concept.all_documents.f1())),
    score("mention_concept_f1", "sets of (document, start, end, concept string) of MEN's output", |s| Some(s.mention_concept.f1())),
    score("token_mer_f1", TOKEN, |s| Some(s.token.mer.f1())),
    score("token_men_f1", TOKEN, |s| Some(s.token.men.f1())),
    Metric { on_gpu: 0.01, ..score("accuracy_mer", "share of tokens with the right tag, O included", |s| Some(s.accuracy.mer)) },
    Metric { on_gpu: 0.01, ..score("accuracy_men", "share of tokens with the right tag, O included", |s| Some(s.accuracy.men)) },
    Metric {
        better: Better::Lower,
        on_gpu: 0.08,
        ..score("boundary_spans", "spans of one output only, over spans of either", |s| Some(s.boundary.spans()))
    },
    Metric {
        better: Better::Lower,
        on_gpu: 0.08,
        ..score("boundary_tokens", "tokens inside spans of one output only, over tokens inside either", |s| Some(s.boundary.tokens()))
    },
    score("seen_concepts_f1", "concept counts of concepts that occur in training", |s| Some(s.seen_concepts.f1())),
    score("unseen_concepts_f1", "concept counts of concepts that do not occur in training", |s| Some(s.unseen_concepts.f1())),
    Metric {
        better: Better::Lower,
        on_gpu: 0.0,
        ..score("unaligned_mentions", "gold mentions that no token boundaries fit", |s| Some(s.unaligned_mentions as f64))
    },
    subset("iv_mer_f1", |s| of_subset(s, OovSubset::Iv, |oov| oov.0)),
    subset("iv_men_f1", |s| of_subset(s, OovSubset::Iv, |oov| oov.1)),
    subset("ootv_mer_f1", |s| of_subset(s, OovSubset::Ootv, |oov| oov.0)),
    subset("ootv_men_f1", |s| of_subset(s, OovSubset::Ootv, |oov| oov.1)),
    subset("ooev_mer_f1", |s| of_subset(s, OovSubset::Ooev, |oov| oov.0)),
    subset("ooev_men_f1", |s| of_subset(s, OovSubset::Ooev, |oov| oov.1)),
    subset("oobv_mer_f1", |s| of_subset(s, OovSubset::Oobv, |oov| oov.0)),
    subset("oobv_men_f1", |s| of_subset(s, OovSubset::Oobv, |oov| oov.1)),
];

fn of_subset(scores: &SplitScores, subset: OovSubset, task: fn((Counts, Counts)) -> Counts) -> Option<f64> {
    scores.oov.iter().find(|oov| oov.subset == subset).map(|oov| task((oov.counts.mer, oov.counts.men)).f1())
}

impl Metric {
    /// The first 12 hex digits of the SHA-256 of its name and definition.
    pub fn digest(&self) -> String {
        digest(&[self.name, self.definition], 12)
    }
}

/// Whether there is nothing that the metric could be of: no gold item, or no span. Its value is 0 then and says nothing.
pub fn is_of_nothing(name: &str, scores: &SplitScores) -> bool {
    let none = |counts: Counts| counts.tp + counts.fn_ == 0;
    let prefixes = [("iv_", OovSubset::Iv), ("ootv_", OovSubset::Ootv), ("ooev_", OovSubset::Ooev), ("oobv_", OovSubset::Oobv)];
    let subset = prefixes.into_iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, subset)| subset);
    match (name, subset) {
        (_, Some(subset)) => scores.oov.iter().find(|oov| oov.subset == subset).is_none_or(|oov| oov.mentions == 0),
        ("seen_concepts_f1", _) => none(scores.seen_concepts),
        ("unseen_concepts_f1", _) => none(scores.unseen_concepts),
        ("mention_concept_f1", _) => none(scores.mention_concept),
        ("token_mer_f1", _) => none(scores.token.mer),
        ("token_men_f1", _) => none(scores.token.men),
        ("boundary_spans", _) => scores.boundary.spans_in_any == 0,
        ("boundary_tokens", _) => scores.boundary.tokens_in_any == 0,
        _ if name.contains("all_documents") => {
            none(if name.starts_with("mention") { scores.mention.all_documents } else { scores.concept.all_documents })
        }
        _ if name.starts_with("mention") => none(scores.mention.kit),
        _ if name.starts_with("concept") => none(scores.concept.kit),
        _ => false,
    }
}

/// The metric of this name.
pub fn by_name(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

/// Where it stands among [`METRICS`]; the unknown come last.
pub fn place(name: &str) -> usize {
    METRICS.iter().position(|metric| metric.name == name).unwrap_or(METRICS.len())
}

/// The first `length` hex digits of the SHA-256 of the parts, each ended by a line feed.
pub fn digest(parts: &[&str], length: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update(b"\n");
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>().chars().take(length).collect()
}
