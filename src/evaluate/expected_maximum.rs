//! The expected best of so many trials (Dodge, Gururangan, Card, Schwartz & Smith, "Show Your Work", EMNLP 2019, section 3.1).

/// The best of `n` trials, each drawn with replacement from those that were made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExpectedMaximum {
    /// Expected value of the best.
    pub mean: f64,
    /// Standard deviation of the best, over draws.
    pub deviation: f64,
}

/// Exact mean and deviation of the maximum of `n` draws: with the values in ascending order, the i-th of N is the maximum with probability
/// (i/N)^n - ((i-1)/N)^n. `None` without values or draws, or where a value is not finite.
pub fn expected_maximum(values: &[f64], n: usize) -> Option<ExpectedMaximum> {
    if values.is_empty() || n == 0 || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at_most = |rank: usize| libm::pow(rank as f64 / sorted.len() as f64, n as f64);
    let probabilities: Vec<f64> = (1..=sorted.len()).map(|rank| at_most(rank) - at_most(rank - 1)).collect();
    let mean: f64 = sorted.iter().zip(&probabilities).map(|(value, p)| value * p).sum();
    let variance: f64 = sorted.iter().zip(&probabilities).map(|(value, p)| (value - mean) * (value - mean) * p).sum();
    Some(ExpectedMaximum { mean, deviation: variance.max(0.0).sqrt() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KNOWN: [(usize, f64, f64); 3] =
        [(1, 0.575, 0.04499999999999999), (2, 0.5975, 0.02772634126602354), (3, 0.605, 0.016201851746019652)];

    /// Every ordered draw in Python: `m = [max(c) for c in itertools.product([.61, .50, .58, .61], repeat=n)]`, then
    /// `statistics.fmean(m), statistics.pstdev(m)`.
    #[test]
    fn the_mean_and_deviation_are_those_over_all_draws() {
        for (n, mean, deviation) in KNOWN {
            let found = expected_maximum(&[0.61, 0.50, 0.58, 0.61], n).unwrap();
            assert!((found.mean - mean).abs() < 1e-12 && (found.deviation - deviation).abs() < 1e-12, "{n}: {found:?}");
        }
    }

    #[test]
    fn nothing_to_draw_from_has_no_best() {
        assert_eq!(expected_maximum(&[], 3), None);
        assert_eq!(expected_maximum(&[0.5], 0), None);
        assert_eq!(expected_maximum(&[0.5, f64::NAN], 1), None);
    }

    proptest! {
        /// More draws are never expected to be worse, and tend to the best that there is.
        #[test]
        fn it_rises_with_the_draws_to_the_best(values in proptest::collection::vec(0.0f64..1.0, 1..20)) {
            let best = values.iter().copied().fold(0.0, f64::max);
            let means: Vec<f64> = (1..40).map(|n| expected_maximum(&values, n).unwrap().mean).collect();
            prop_assert!(means.windows(2).all(|pair| pair[1] >= pair[0] - 1e-12));
            prop_assert!(means.iter().all(|mean| *mean <= best + 1e-12));
            let many = expected_maximum(&values, 100_000).unwrap();
            prop_assert!((many.mean - best).abs() < 1e-9 && many.deviation < 1e-6);
        }
    }
}
