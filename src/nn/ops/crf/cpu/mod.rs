//! The chain's kernels: sums and maxima over all tag sequences of the sentences of a packed batch.
//!
//! With emissions e (tokens x tags), transitions A (from x to), start scores s and end scores z, the score of a tag sequence y of a
//! sentence is s\[y_1\] + sum_t e_t\[y_t\] + sum_t A\[y_(t-1), y_t\] + z\[y_T\] (Lafferty et al. 2001; Collobert et al. 2011). A score of
//! negative infinity forbids.

mod counts;
mod gold;
mod kernel;
mod log_space;
mod posterior;
mod rows;
#[cfg(test)]
mod tests;
mod viterbi;

pub use gold::{ChainGradients, gold_scores, subtract_gold};
pub use posterior::{Posterior, forward_backward};
pub use viterbi::{Decoded, Viterbi};

/// The parameters of a chain over K tags.
#[derive(Debug, Clone, Copy)]
pub struct Chain<'a> {
    tags: usize,
    transitions: &'a [f32],
    start: &'a [f32],
    end: &'a [f32],
}

impl<'a> Chain<'a> {
    /// `transitions` is K x K, row-major, row = the tag left, column = the tag entered; `start` and `end` have K values.
    ///
    /// # Panics
    /// If the sizes do not fit together: a bug of the caller.
    pub fn new(transitions: &'a [f32], start: &'a [f32], end: &'a [f32]) -> Self {
        let tags = start.len();
        assert!(tags > 0, "a chain has at least one tag");
        assert_eq!(transitions.len(), tags * tags, "transitions between {tags} tags");
        assert_eq!(end.len(), tags, "end scores of {tags} tags");
        Self { tags, transitions, start, end }
    }

    pub fn tags(&self) -> usize {
        self.tags
    }
}
