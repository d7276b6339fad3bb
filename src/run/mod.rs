//! A run: its specification, its identity, its record, and the store that keeps all three.

pub mod custom_corpus;
pub mod identity;
pub mod keys;
pub mod ledger;
pub mod record;
pub mod relevance;
pub mod spec;
pub mod splits;
pub mod store;
