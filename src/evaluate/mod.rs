//! Predictions to counts, scores, intervals and tests.
//!
//! Scores come from character offsets in documents, so that any tokenizer and tag scheme is scored alike; only the token scores
//! (seqeval, accuracy) come from token rows. All counts are kept, the scores are derived from them.

#![warn(missing_docs, clippy::missing_errors_doc)]

mod ceilings;
mod chunks;
mod comparison;
mod concept;
mod counts;
mod entities;
mod expected_maximum;
mod kit;
mod losses;
mod memorization;
pub mod metric;
mod oov;
mod scores;
pub mod significance;
mod split;
mod tokens;
mod views;

pub use ceilings::{SurfaceDictionary, ceilings};
pub use chunks::ChunkScorer;
pub use comparison::{differences, joined_by_id, nearest_type, types_in_other_spelling};
pub use concept::{ConceptSet, concept_string, concepts_of};
pub use counts::Counts;
pub use entities::{boundary_inconsistency, mention_concepts};
pub use expected_maximum::{ExpectedMaximum, expected_maximum};
pub use kit::{Gold, KitScores, concepts, kit, mentions};
pub use losses::{Losses, above, best_threshold, losses};
pub use memorization::{Memorization, Recall, memorization};
pub use oov::{oov_subsets, subset_counts};
pub use scores::*;
pub use split::{SplitInput, score_split};
pub use tokens::{BrokenTags, TokenAccuracy, entity_counts};
pub use views::{NormalizationView, ViewInput};

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod real_data_tests;
