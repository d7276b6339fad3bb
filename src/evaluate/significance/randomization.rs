//! Paired approximate randomization over documents (Noreen 1989; Yeh 2000).

use super::{Statistic, at_least, sum};
use crate::evaluate::Counts;
use rand_core::Rng;
use serde::{Deserialize, Serialize};

/// Approximate randomization (Noreen 1989; Yeh 2000): a paired test over documents.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Randomization {
    /// A minus B.
    pub difference: f64,
    /// Two-sided: (1 + shuffles with a difference at least as large) / (1 + shuffles).
    pub p: f64,
}

/// Swaps the two systems' counts of each document with probability 1/2, `shuffles` times.
///
/// # Panics
/// Where the systems were not scored on the same documents (different numbers of them).
pub fn approximate_randomization(a: &[Counts], b: &[Counts], statistic: Statistic, shuffles: usize, rng: &mut impl Rng) -> Randomization {
    assert_eq!(a.len(), b.len(), "a paired test needs the same documents on both sides");
    let difference = statistic(&sum(a)) - statistic(&sum(b));
    let pairs: Vec<(Counts, Counts)> = a.iter().copied().zip(b.iter().copied()).collect();
    let mut as_large = 0;
    for _ in 0..shuffles {
        let (mut first, mut second) = (Counts::default(), Counts::default());
        for pairs in pairs.chunks(64) {
            let mut coins = rng.next_u64();
            for &(a, b) in pairs {
                let (to_first, to_second) = if coins & 1 == 0 { (a, b) } else { (b, a) };
                first += to_first;
                second += to_second;
                coins >>= 1;
            }
        }
        as_large += usize::from(at_least(statistic(&first) - statistic(&second), difference));
    }
    Randomization { difference, p: (1 + as_large) as f64 / (1 + shuffles) as f64 }
}

#[cfg(test)]
mod tests {
    use super::super::{SHUFFLES, seeded, two_systems};
    use super::*;

    // With a, b the counts of `two_systems` as arrays of shape (12, 3), f1 and recall over summed counts, SciPy 1.17:
    //
    //     both = numpy.concatenate([a, b]); i = numpy.arange(12)
    //     scipy.stats.permutation_test((i, i + 12), lambda x, y, axis=-1: f1(both[x]) - f1(both[y]),
    //         permutation_type='samples', vectorized=True, n_resamples=numpy.inf).pvalue
    #[test]
    fn p_is_that_of_all_4096_swaps() {
        let (a, b) = two_systems();
        let found = approximate_randomization(&a, &b, Counts::f1, 100_000, &mut seeded(1));
        assert!((found.p - 0.01806640625).abs() < 0.002, "{found:?}");
        let found = approximate_randomization(&a, &b, Counts::recall, 100_000, &mut seeded(2));
        assert!((found.p - 0.09375).abs() < 0.004, "{found:?}");
    }

    #[test]
    fn it_is_symmetric_and_equal_systems_do_not_differ() {
        let (a, b) = two_systems();
        let of = |a: &[Counts], b: &[Counts]| approximate_randomization(a, b, Counts::f1, SHUFFLES, &mut seeded(5));
        let (there, back) = (of(&a, &b), of(&b, &a));
        assert_eq!((there.difference, there.p), (-back.difference, back.p));
        assert_eq!(of(&a, &a), Randomization { difference: 0.0, p: 1.0 });
        assert_eq!(of(&[], &[]), Randomization { difference: 0.0, p: 1.0 });
    }
}
