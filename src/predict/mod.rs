//! A trained model on any text: documents streamed in, recognised mentions with their concepts streamed out.
//!
//! The way is that of a run's test documents: the same tokenizer and sentence splitter, the same rules for words unseen in training, the
//! same rounds of feedback, the same decoding of tags. What is new here is that a mention has one span and one concept: recognition (MER)
//! and normalization (MEN) may disagree on where it is, and a [`MergeStrategy`] decides. `docs/prediction.md` has the figures.

#![warn(missing_docs, clippy::missing_errors_doc)]

mod annotate;
pub mod input;
mod load;
mod model;
pub mod model_file;
mod names;
pub mod output;
mod pipeline;
mod reconcile;
#[cfg(test)]
mod tests;
mod word_rows;

pub use annotate::{Annotated, Annotation, Annotator, Normalizer};
pub use load::{ModelError, find_run};
pub use model::{Matrix, Model, Network, Origin};
pub use names::{Names, NamesError};
pub use pipeline::{PredictError, Settings, Summary, predict};
pub use reconcile::MergeStrategy;
pub use word_rows::WordRows;
