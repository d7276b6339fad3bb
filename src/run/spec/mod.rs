//! The resolved specification of one run: every key of the ambiguity ledger, with its default.
//!
//! Here is the plain data that travels through the program; reading it from YAML, with positions, is the business of the
//! modules beside this one. `docs/ambiguities.md` says for each key why it is one.

mod data;
mod model;
mod training;

pub use crate::corpus::{Composite, MenScheme, MerScheme, NoConcept};
pub use crate::embedding::Lookup;
pub use data::{DataSpec, EmbeddingSpec, TagSpec, TestWords, TrainOn, UnknownWords, VocabularySpec};
pub use model::{
    CharCnnSpec, CrfFeedback, Encoder, FeedbackSpec, FeedbackValue, Framework, HeadDirections, HeadLayers, HeadSpec, Hidden, IdcnnSpec,
    Init, ModelSpec, Rounds, Task,
};
pub use training::{DropoutSpec, EpochLength, LossReduction, LrDecay, OptimizerKind, Sampling, Schedule, Select, TaskWeights, TrainSpec};

use serde::{Deserialize, Serialize};

/// Everything that decides the result of one run but its seed's random numbers: two runs with equal `RunSpec`, data and
/// thread count give the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct RunSpec {
    pub data: DataSpec,
    pub tags: TagSpec,
    pub vocabulary: VocabularySpec,
    pub embedding: EmbeddingSpec,
    pub model: ModelSpec,
    pub dropout: DropoutSpec,
    pub train: TrainSpec,
    pub seed: u64,
}
