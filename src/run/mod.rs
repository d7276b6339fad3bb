//! A run: its specification, its identity, its record, and the store that keeps all three.

mod columns;
pub mod custom_corpus;
pub mod custom_embedding;
pub mod custom_lexicon;
pub mod gold;
pub mod identity;
pub mod keys;
pub mod layout;
pub mod ledger;
pub mod pack;
pub mod predictions;
pub mod record;
pub mod relevance;
pub mod spec;
pub mod splits;
pub mod store;
