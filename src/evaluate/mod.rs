//! Predictions to counts, scores, intervals and tests.
//!
//! Scores come from character offsets in documents, so that any tokenizer and tag scheme is scored alike; only the token scores
//! (seqeval, accuracy) come from token rows. All counts are kept, the scores are derived from them.

mod ceilings;
mod concept;
mod counts;
mod entities;
mod kit;
mod oov;
mod remembering;
mod scores;
pub mod significance;
mod split;
mod tokens;

pub use ceilings::{Memory, ceilings};
pub use concept::{ConceptSet, concept_string, concepts_of};
pub use counts::Counts;
pub use kit::{Gold, concepts, mentions};
pub use remembering::{Recall, Remembering, remembering};
pub use scores::*;
pub use split::{SplitInput, score_split};
pub use tokens::{BrokenTags, TokenAccuracy, entity_counts};

#[cfg(test)]
mod invented;
#[cfg(test)]
mod real_data_tests;
