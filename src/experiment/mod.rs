//! Experiments: YAML -> specification -> plan -> run store -> executors; the run record.

pub mod claims_file;
pub mod cost;
#[cfg(feature = "network")]
pub mod executor;
pub mod lookup;
pub mod plan;
pub mod schema;
pub mod spec_file;
#[cfg(feature = "network")]
pub mod tracking;
#[cfg(feature = "network")]
pub mod training;
#[cfg(feature = "network")]
pub mod worker;
