//! Training: a run's specification, its corpus and its word vectors to trained networks, predictions and scores.
//!
//! Everything a run decides at random comes from generators seeded by the specification; the clock is read for the record's `measured`
//! part alone.

mod batches;
pub mod checkpoint;
mod dataset;
mod decoder;
mod feedback_store;
mod heads;
mod men_probabilities;
mod mer_probabilities;
mod network;
mod optimizer;
mod predictions;
mod probe;
mod run;
mod schedule;
mod selection;
#[cfg(test)]
mod tests;
mod trainer;
mod word_types;

pub use batches::{shuffle, touched};
pub use dataset::{Dataset, Encoded, EncodedSplit, UnencodedSplit};
pub use decoder::{ConceptTypes, Decoder};
pub use heads::{HeadOutput, Labels};
pub use men_probabilities::{SpanConcepts, men_probabilities};
pub use mer_probabilities::{MentionTags, mer_probabilities};
pub use network::{NetworkSpec, Sizes, architecture, network_specs};
pub use optimizer::{Optimizer, Stepped, UpdateRule};
pub use predictions::{Predictions, Reader, SplitOutput, Tagged, quantised, tag, tag_with};
pub use probe::{SplitProbes, probe_run};
pub use run::{Inputs, Outcome, Timing, TrainedNetworks, TrainedRun, train_networks, train_run, write_predictions};
pub use selection::{SelectedCheckpoint, selected_checkpoints};
pub use word_types::{WordType, WordTypes};

use crate::evaluate::Counts;
use crate::run::record::EpochRecord;
use std::path::PathBuf;

/// Hears how far a run is.
pub trait Progress {
    /// `network` (`mer`, `men` or `both`) has done so many of an epoch's sentences; `text` tells the last losses and scores.
    fn epoch(&mut self, network: &str, epoch: usize, of: usize, done: usize, sentences: usize, text: &str);

    /// A line worth telling once.
    fn say(&mut self, line: &str);

    /// `network` has ended an epoch and scored dev.
    fn scored(&mut self, _network: &str, _epoch: &ScoredEpoch) {}
}

/// An epoch that has ended: what its record keeps, and more for who follows the training.
#[derive(Clone, Copy, Debug)]
pub struct ScoredEpoch<'a> {
    pub record: &'a EpochRecord,
    /// Kit counts on dev, of the tasks that the network has.
    pub dev_mention: Option<Counts>,
    pub dev_concept: Option<Counts>,
    /// Since the epoch began, or was taken up again.
    pub tokens_per_second: f64,
}

/// Reports nothing.
pub struct Silent;

impl Progress for Silent {
    fn epoch(&mut self, _: &str, _: usize, _: usize, _: usize, _: usize, _: &str) {}
    fn say(&mut self, _: &str) {}
}

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error("corpus `{name}` has no sentence to train on: check its train split and `data.limit`")]
    EmptyCorpus { name: String },
    #[error(
        "corpus `{name}` has no mention of type {types} in the sentences that are trained on ({unaligned} fit no tokens): check its train split, \
         `data.entity_types` and `data.limit`"
    )]
    NoMentions { name: String, types: String, unaligned: u64 },
    #[error(transparent)]
    Registry(#[from] crate::registry::RegistryError),
    #[error(transparent)]
    Embedding(#[from] crate::embedding::EmbeddingError),
    #[error(transparent)]
    Network(#[from] crate::nn::Error),
    #[error(
        "the {what} of network `{network}` is {value} in epoch {epoch}, batch {batch} (sentences {sentences}): lower `train.learning_rate` or set `train.clip_norm`"
    )]
    NotFinite { what: &'static str, network: String, value: f64, epoch: usize, batch: usize, sentences: String },
    #[error("cannot read or write {}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{} is damaged ({why}): delete the run's folder to train it again", path.display())]
    Damaged { path: PathBuf, why: String },
    #[error("{} is not there: a probe needs the folder in which the run was trained, parameters included", path.display())]
    NoParameters { path: PathBuf },
    #[error("{} has {found} bytes where the corpus asks for {expected}: delete the run's folder to train it again", path.display())]
    StoreSize { path: PathBuf, found: u64, expected: u64 },
}

impl TrainError {
    /// Whether the fault lies in what the run was given (a file, a name) rather than in the run itself.
    pub fn is_bad_input(&self) -> bool {
        matches!(
            self,
            TrainError::EmptyCorpus { .. }
                | TrainError::NoMentions { .. }
                | TrainError::Registry(_)
                | TrainError::Embedding(_)
                | TrainError::NoParameters { .. }
        )
    }
}
