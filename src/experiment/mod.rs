//! Experiments: YAML -> specification -> plan -> run store -> executors; the run record.

pub mod claims_file;
pub mod cost;
pub mod custom_corpus;
#[cfg(feature = "network")]
pub mod executor;
pub mod identity;
pub mod keys;
pub mod lookup;
pub mod plan;
pub mod record;
pub mod relevance;
pub mod schema;
pub mod spec;
pub mod spec_file;
pub mod store;
#[cfg(feature = "network")]
pub mod tracking;
#[cfg(feature = "network")]
pub mod training;
#[cfg(feature = "network")]
pub mod worker;
