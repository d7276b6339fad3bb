//! Vocabularies of concepts, and the linking of mentions to them: what names concepts that no training document has.

#![warn(missing_docs, clippy::missing_errors_doc)]

pub mod abbreviation;
mod composite;
pub(crate) mod dictionary;
mod error;
pub mod evaluation;
mod features;
#[cfg(test)]
mod fixtures;
mod knowledge;
mod linker;
mod logistic;
mod training;
mod names;
pub mod porter;
pub mod read;
pub mod text;
mod trees;
mod vocabulary;

pub use error::{LexiconError, LexiconFault, LinkError};
pub use linker::{
    ConceptProbabilities, LinkOptions, Linked, Linker, ProposalScores, Proposed, Recognised, Resources, Scored, Source, Stage,
    TokenProbability,
};
pub use read::{apply_edits, parse_lexicon, read_edits, read_lexicon, read_lexicons};
pub use training::check_ids;
pub use trees::TreeOptions;
pub use vocabulary::{Concept, Lexicon, Name, NameKind, id_key};
