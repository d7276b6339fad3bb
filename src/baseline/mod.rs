//! Previous systems that are no neural tagger.

pub mod memorizer;
pub mod taggerone;
