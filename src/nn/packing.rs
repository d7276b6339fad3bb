//! How a batch of sentences of unequal length lies in memory.

/// A packed batch: the sentences sorted by length, the longest first, and their tokens laid out time-major without padding.
///
/// Row `offset[t] + r` is token t of sentence r; `active[t]` sentences are still running at step t. So the sentences alive at a step
/// are its first rows, and what a sentence gets never depends on what it is batched with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packing {
    active: Vec<usize>,
    offset: Vec<usize>,
    tokens: usize,
}

impl Packing {
    /// For sentences of these lengths, which must not increase. Empty sentences have no rows and may stand at the end.
    ///
    /// # Panics
    /// If the lengths increase: a bug of the caller.
    pub fn new(lengths: &[usize]) -> Self {
        assert!(lengths.windows(2).all(|w| w[0] >= w[1]), "a packed batch is sorted by length, the longest first");
        let steps = lengths.first().copied().unwrap_or(0);
        let mut active = Vec::with_capacity(steps);
        let mut alive = lengths.len();
        for t in 0..steps {
            while lengths[alive - 1] <= t {
                alive -= 1;
            }
            active.push(alive);
        }
        let mut offset = Vec::with_capacity(steps);
        let mut tokens = 0;
        for n in &active {
            offset.push(tokens);
            tokens += n;
        }
        Self { active, offset, tokens }
    }

    /// Number of time steps: the longest sentence's length.
    pub fn steps(&self) -> usize {
        self.active.len()
    }

    /// Number of sentences that have at least one token.
    pub fn sentences(&self) -> usize {
        self.active.first().copied().unwrap_or(0)
    }

    /// Number of rows.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// How many sentences have a token at step `t`; 0 past the end.
    pub fn active(&self, t: usize) -> usize {
        self.active.get(t).copied().unwrap_or(0)
    }

    /// First row of step `t`.
    pub fn offset(&self, t: usize) -> usize {
        self.offset[t]
    }

    /// Row of token `t` of sentence `r`.
    pub fn row(&self, r: usize, t: usize) -> usize {
        self.offset[t] + r
    }

    /// Length of sentence `r` (as sorted).
    pub fn length(&self, r: usize) -> usize {
        self.active.partition_point(|n| *n > r)
    }

    /// The rows of sentence `r`, in order.
    pub fn rows(&self, r: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.length(r)).map(move |t| self.row(r, t))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_time_major_and_without_padding() {
        let p = Packing::new(&[3, 3, 1, 0]);
        assert_eq!((p.steps(), p.sentences(), p.tokens()), (3, 3, 7));
        assert_eq!((0..4).map(|t| p.active(t)).collect::<Vec<_>>(), [3, 2, 2, 0]);
        assert_eq!(p.rows(0).collect::<Vec<_>>(), [0, 3, 5]);
        assert_eq!(p.rows(1).collect::<Vec<_>>(), [1, 4, 6]);
        assert_eq!(p.rows(2).collect::<Vec<_>>(), [2]);
        assert_eq!(p.length(3), 0);
        assert_eq!(Packing::new(&[]).tokens(), 0);
        assert_eq!(Packing::new(&[0, 0]).steps(), 0);
    }
}
