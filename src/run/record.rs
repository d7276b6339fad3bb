//! The run record: a small JSON file for people and programs, and packed predictions beside it; enough to redraw every report without
//! running anything again.

use super::columns;
use super::identity::DataDigests;
use super::predictions::Predictions;
use super::spec::RunSpec;
use super::splits::SplitFacts;
use crate::corpus::PerTask;
use crate::evaluate::{Ceilings, Counts, Memorization, Split, SplitScores};
use crate::lexicon::Lexicon;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Raised whenever a change to the program changes results, so that older records are never taken for new ones.
///
/// 2: results no longer depend on the processor; every sum has one order, and no elementary function is the C library's.
pub const PROTOCOL: u32 = 2;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The same bytes wherever the run is made.
    pub result: RunResult,
    /// What may differ between machines and moments.
    pub measured: Measured,
    /// What the run predicts on dev and test, where the record names it ([`RunResult::predictions`]): it lies in a file of its own.
    #[serde(skip)]
    pub predictions: Option<Arc<Predictions>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    pub protocol: u32,
    /// Hex SHA-256 of the canonical JSON of `spec`, with the protocol and the data digests.
    pub run_id: String,
    pub spec: RunSpec,
    pub state: RunState,
    pub data: DataFacts,
    /// One network, or two for a pipeline (MER, then MEN).
    pub networks: Vec<NetworkRecord>,
    /// Figures of a system that is no network: sizes, iterations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, f64>,
    /// The packed predictions from which the counts of each document are derived. A run that failed has none.
    pub predictions: Option<PredictionFacts>,
    pub dev: Option<SplitScores>,
    pub test: Option<SplitScores>,
    pub dev_ceilings: Option<Ceilings>,
    pub test_ceilings: Option<Ceilings>,
}

impl RunRecord {
    /// A record with nothing but what was asked for: of a run that failed or has not ended, to which the rest is added as far as it is known.
    pub fn unscored(run_id: &str, spec: RunSpec, state: RunState) -> Self {
        let result = RunResult {
            protocol: PROTOCOL,
            run_id: run_id.to_owned(),
            spec,
            state,
            data: DataFacts::default(),
            networks: Vec::new(),
            facts: BTreeMap::new(),
            predictions: None,
            dev: None,
            test: None,
            dev_ceilings: None,
            test_ceilings: None,
        };
        Self { result, measured: Measured::default(), predictions: None }
    }
}

impl RunResult {
    /// The scores on a split; `None` where the run failed or was not scored on it.
    pub fn scores(&self, split: Split) -> Option<&SplitScores> {
        match split {
            Split::Dev => self.dev.as_ref(),
            Split::Test => self.test.as_ref(),
        }
    }

    /// What any system that knows training's concepts alone could reach on a split, where it was counted.
    pub fn ceilings(&self, split: Split) -> Option<&Ceilings> {
        match split {
            Split::Dev => self.dev_ceilings.as_ref(),
            Split::Test => self.test_ceilings.as_ref(),
        }
    }
}

/// Which predictions are a run's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PredictionFacts {
    /// Of the content of the packed predictions.
    pub sha256: String,
    /// Of the gold table that they are packed against.
    pub gold: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum RunState {
    Done,
    /// A run that ended in an error (a loss that is not finite, for one): the message says where.
    Failed {
        why: String,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DataFacts {
    /// SHA-256 over the corpus files' bytes, in split order.
    pub corpus_sha256: String,
    pub sentences_train: u64,
    pub tokens_train: u64,
    pub mer_tags: u64,
    pub men_tags: u64,
    pub embedding: EmbeddingFacts,
    /// The vocabulary of a run that links to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lexicon: Option<LexiconFacts>,
    /// What cutting the corpus again gave; absent where its own splits were used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<SplitFacts>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingFacts {
    pub name: String,
    pub dimension: u64,
    /// Of the file's bytes; empty for random vectors.
    pub sha256: String,
    /// Where the vectors come from, in words; a stand-in says so.
    pub provenance: String,
    pub stand_in: bool,
    /// Word types of the corpus (all splits) and those with a vector; the same for tokens.
    pub types: u64,
    pub types_found: u64,
    pub tokens: u64,
    pub tokens_found: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LexiconFacts {
    pub name: String,
    /// Of its concepts and names, in any format.
    pub sha256: String,
    pub concepts: u64,
    pub names: u64,
}

impl LexiconFacts {
    pub fn of(name: &str, lexicon: &Lexicon) -> Self {
        Self { name: name.to_owned(), sha256: lexicon.digest(), concepts: lexicon.len() as u64, names: lexicon.name_count() as u64 }
    }
}

impl DataFacts {
    /// The digests by which a run on this data is named.
    pub fn digests(&self) -> DataDigests {
        DataDigests {
            corpus: self.corpus_sha256.clone(),
            embedding: self.embedding.sha256.clone(),
            lexicon: self.lexicon.as_ref().map_or_else(String::new, |lexicon| lexicon.sha256.clone()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkRecord {
    /// `mer`, `men` or `both`.
    pub tasks: String,
    pub parameters: u64,
    /// Epoch (from 1) whose parameters are scored; two where each task has its own.
    pub selected_epochs: Vec<u64>,
    #[serde(with = "columns::epochs")]
    pub epochs: Vec<EpochRecord>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// From 1.
    pub epoch: u64,
    pub learning_rate: f64,
    /// Mean loss per token of each task the network has.
    pub loss: PerTask<Option<f64>>,
    /// Share of steps whose gradient was clipped.
    pub clipped: f64,
    /// Kit F1 on dev: of mentions for MER, of concepts for MEN.
    pub dev_f1: PerTask<Option<f64>>,
}

impl EpochRecord {
    /// As a record keeps it: the loss and the share of clipped steps to six significant digits.
    pub fn rounded(&self) -> Self {
        // Decimal digits are written and read exactly, which a product with a power of ten is not.
        let rounded = |x: f64| format!("{x:.5e}").parse().unwrap_or(x);
        Self { loss: self.loss.map(|loss| loss.map(rounded)), clipped: rounded(self.clipped), ..self.clone() }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub version: String,
    pub git_revision: Option<String>,
    /// Seconds since 1970, at the run's end.
    pub finished_at: u64,
    pub device: String,
    /// Which instruction set the kernels ran on: `avx512`, `avx2`, `portable`, ...
    pub cpu_path: String,
    pub host: String,
    /// By the clock on the wall: what else the machine was busy with is in it.
    pub train_seconds: f64,
    /// Processor time of the same work, over all threads; 0 in records from before it was measured.
    #[serde(default)]
    pub train_cpu_seconds: f64,
    /// Tokens over `train_seconds`.
    pub train_tokens_per_second: f64,
    pub evaluate_seconds: f64,
    pub peak_memory_mib: f64,
    /// How often the run was interrupted and resumed.
    pub resumed: u64,
}

/// What a trained run predicts when its feedback is replaced, scored by the kit. Inference only: no part of the run's result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbeRecord {
    pub protocol: u32,
    pub run_id: String,
    pub dev: Vec<Probe>,
    pub test: Vec<Probe>,
    /// On dev and on test, with its own feedback. Absent from probes of before it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(alias = "remembering")]
    pub memorization: Option<[Memorization; 2]>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    pub feedback: ProbedFeedback,
    pub mention: Counts,
    pub concept: Counts,
    /// Spans of MEN's output, scored as mentions: how much of recognition normalization knows already.
    pub mention_from_men: Counts,
}

/// What the last round of feedback reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbedFeedback {
    /// What the other head gave it: the network as it was trained.
    Own,
    /// 1/|L| for every tag: nothing is told.
    Uniform,
    /// The gold tags, as certain; a concept that training does not have is outside.
    Gold,
    /// What the other head gave for another sentence.
    Shuffled,
}

impl ProbedFeedback {
    pub const ALL: [Self; 4] = [Self::Own, Self::Uniform, Self::Gold, Self::Shuffled];

    /// As tables name it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Own => "its own",
            Self::Uniform => "uniform",
            Self::Gold => "gold",
            Self::Shuffled => "another sentence's",
        }
    }
}
