//! Document bootstrap: percentile intervals, and the paired test (Koehn 2004; Berg-Kirkpatrick et al. 2012).

use super::{Statistic, draw, quantile, sum};
use crate::evaluate::Counts;
use rand_core::Rng;
use serde::{Deserialize, Serialize};

/// An interval with both its ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// The middle `level` of the values.
    pub(super) fn of(values: &mut [f64], level: f64) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let tail = (1.0 - level) / 2.0;
        Some(Self { low: quantile(values, tail)?, high: quantile(values, 1.0 - tail)? })
    }
}

/// Percentile interval of `statistic` over `resamples` samples of the documents, drawn with replacement. `None` without documents
/// or resamples.
pub fn bootstrap_interval(
    documents: &[Counts],
    statistic: Statistic,
    resamples: usize,
    level: f64,
    rng: &mut impl Rng,
) -> Option<Interval> {
    if documents.is_empty() {
        return None;
    }
    let mut values: Vec<f64> =
        (0..resamples).map(|_| statistic(&sum((0..documents.len()).map(|_| &documents[draw(rng, documents.len())])))).collect();
    Interval::of(&mut values, level)
}

/// A minus B over the same documents.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairedBootstrap {
    /// A minus B on the documents as they are.
    pub difference: f64,
    /// Percentile interval of the difference.
    pub interval: Interval,
    /// Share of resamples in which A is the better; ties count half.
    pub wins: f64,
    /// Two-sided: (1 + resamples whose difference lies at least as far from the observed one as that from 0) / (1 + resamples).
    pub p: f64,
}

/// Resamples documents for both systems at once. `None` without documents or resamples.
///
/// # Panics
/// Where the systems were not scored on the same documents (different numbers of them).
pub fn paired_bootstrap(
    a: &[Counts],
    b: &[Counts],
    statistic: Statistic,
    resamples: usize,
    level: f64,
    rng: &mut impl Rng,
) -> Option<PairedBootstrap> {
    assert_eq!(a.len(), b.len(), "a paired test needs the same documents on both sides");
    if a.is_empty() {
        return None;
    }
    let difference = statistic(&sum(a)) - statistic(&sum(b));
    let mut differences: Vec<f64> = (0..resamples)
        .map(|_| {
            let (mut of_a, mut of_b) = (Counts::default(), Counts::default());
            for _ in 0..a.len() {
                let document = draw(rng, a.len());
                of_a += a[document];
                of_b += b[document];
            }
            statistic(&of_a) - statistic(&of_b)
        })
        .collect();
    let share = |count: f64| count / resamples as f64;
    let wins = share(differences.iter().map(|d| if *d > 0.0 { 1.0 } else { f64::from(u8::from(*d == 0.0)) / 2.0 }).sum());
    let as_far = differences.iter().filter(|d| super::at_least(**d - difference, difference)).count();
    let p = (1 + as_far) as f64 / (1 + resamples) as f64;
    Some(PairedBootstrap { difference, interval: Interval::of(&mut differences, level)?, wins, p })
}

#[cfg(test)]
mod tests {
    use super::super::{LEVEL, seeded, two_systems};
    use super::*;

    // With a, b the counts of `two_systems` as arrays of shape (12, 3), SciPy 1.17 and NumPy 2.4:
    //
    //     def f1(c): tp, fp, fn = c.sum(-2).T; return 2 * tp / (2 * tp + fp + fn)
    //     def interval(of): return scipy.stats.bootstrap((numpy.arange(12),), lambda i, axis=-1: of(i), n_resamples=200000,
    //         method='percentile', vectorized=True, batch=10000, rng=numpy.random.default_rng(0)).confidence_interval
    //     interval(lambda i: f1(a[i])); interval(lambda i: f1(a[i]) - f1(b[i])); f1(a) - f1(b)
    //     r = numpy.random.default_rng(0).integers(0, 12, (200000, 12)); d = f1(a[r]) - f1(b[r]); o = f1(a) - f1(b)
    //     (d > 0).mean() + (d == 0).mean() / 2; (abs(d - o) >= abs(o) - 1e-12).mean()
    #[test]
    fn intervals_are_those_of_scipy() {
        let (a, b) = two_systems();
        let near = |interval: Interval, low: f64, high: f64| (interval.low - low).abs() < 0.004 && (interval.high - high).abs() < 0.004;
        let mut rng = seeded(1);
        let interval = bootstrap_interval(&a, Counts::f1, 50_000, LEVEL, &mut rng).unwrap();
        assert!(near(interval, 0.6170212765957447, 0.7647058823529411), "{interval:?}");
        let paired = paired_bootstrap(&a, &b, Counts::f1, 50_000, LEVEL, &mut rng).unwrap();
        assert!((paired.difference + 0.09621871116634118).abs() < 1e-12, "{paired:?}");
        assert!(near(paired.interval, -0.16277056543358218, -0.03584229390681004), "{paired:?}");
        assert!((paired.wins - 0.001105).abs() < 0.0006 && (paired.p - 0.004475).abs() < 0.0012, "{paired:?}");
    }

    #[test]
    fn a_seed_gives_the_same_interval_and_equal_systems_no_difference() {
        let (a, _) = two_systems();
        let of = |seed| bootstrap_interval(&a, Counts::f1, 500, LEVEL, &mut seeded(seed));
        assert_eq!(of(3), of(3));
        assert_ne!(of(3), of(4));
        let same = paired_bootstrap(&a, &a, Counts::f1, 500, LEVEL, &mut seeded(3)).unwrap();
        assert_eq!((same.difference, same.interval, same.wins, same.p), (0.0, Interval { low: 0.0, high: 0.0 }, 0.5, 1.0));
    }

    #[test]
    fn without_documents_there_is_no_interval() {
        assert_eq!(bootstrap_interval(&[], Counts::f1, 10, LEVEL, &mut seeded(0)), None);
        assert_eq!(bootstrap_interval(&two_systems().0, Counts::f1, 0, LEVEL, &mut seeded(0)), None);
        assert_eq!(paired_bootstrap(&[], &[], Counts::f1, 10, LEVEL, &mut seeded(0)), None);
    }
}
