//! The resolved specification of one run: plain data that travels through the program, and the table of its keys.
//!
//! Each key is declared once, in the section that it belongs to: field, type, default, what it may hold, what it means, why it is a
//! key, since when, and where it has no effect. Reading experiment files, with positions, is the business of `experiment`;
//! [`stored`] reads and writes a specification in files of the program's own.

mod data;
mod model;
mod section;
mod stored;
mod system;
mod training;

pub use crate::corpus::{Composite, MenScheme, MerScheme, NoConcept, Task};
pub use crate::embedding::Lookup;
pub use crate::lexicon::Stage;
pub use data::{DataSpec, DataSplit, EmbeddingSpec, TagSpec, TestWords, TrainOn, UnknownWords, VocabularySpec};
pub use model::{
    CharCnnSpec, CrfFeedback, Encoder, FeedbackSpec, FeedbackValue, Framework, HeadDirections, HeadLayers, HeadSpec, Hidden, IdcnnSpec,
    Init, ModelSpec, Rounds,
};
pub use stored::{SpecError, first_values};
pub use system::{
    DNormOptions, LeadMineOptions, LexiconOptions, MemorizerOptions, NEURAL_SECTIONS, OptionsSpec, OwnSystem, OwnSystemError, Spans,
    SystemKind, TaggerOneOptions, TransitionOptions,
};
pub use training::{DropoutSpec, EpochLength, LossReduction, LrDecay, OptimizerKind, Sampling, Schedule, Select, TaskWeights, TrainSpec};

use super::keys::{Key, Section, ValueKind};
use super::relevance::NO_CHANCE;
use section::*;

section! {
    /// the specification of a run: everything that decides its result beside the data
    serde(remote = "Self")
    struct RunSpec in "" {
        /// system that makes the run
        system: SystemKind = SystemKind::Neural => key {
            ValueKind::System, why: "the previous systems of Table 2, and a floor", since(4, "\"neural\"")
        }
        /// options of systems other than the network, a section each
        options: OptionsSpec = OptionsSpec::default() => section { OptionsSpec }
        /// what the run is trained and scored on
        data: DataSpec = DataSpec::default() => section { DataSpec }
        /// how annotations become tags
        tags: TagSpec = TagSpec::default() => section { TagSpec }
        /// words that training has not seen
        vocabulary: VocabularySpec = VocabularySpec::default() => section { VocabularySpec }
        /// word vectors
        embedding: EmbeddingSpec = EmbeddingSpec::default() => section { EmbeddingSpec }
        /// the network
        model: ModelSpec = ModelSpec::default() => section { ModelSpec }
        /// where values are dropped in training
        dropout: DropoutSpec = DropoutSpec::default() => section { DropoutSpec }
        /// optimization and its schedule
        train: TrainSpec = TrainSpec::default() => section { TrainSpec }
        /// seed of the run's random numbers
        seed: u64 = 0 => key { ValueKind::Int(0, u64::MAX), why: "the paper reports one run a system", inactive(&[NO_CHANCE]) }
    }
}

/// Every key of the specification, in the order of its fields.
pub const KEYS: &[Key] = RunSpec::KEYS;

/// Every group of keys, the whole specification first.
pub const SECTIONS: &[Section] = {
    const ROOT: Section = Section { path: "", about: "the specification of a run", optional: false };
    &join::<_, { 1 + RunSpec::SECTIONS.len() }>(&[&[ROOT], RunSpec::SECTIONS], NO_SECTION)
};
