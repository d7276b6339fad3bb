//! Intervals for what the records keep no counts a document of: boundary inconsistency and subsets of entities.
//!
//! F1 is a function of J = tp / (tp + fp + fn), the share of the entities of either side that both have: F1 = 2J / (1 + J).
//! So Wilson's interval of J gives one of F1, and the difference of two estimates has the interval of Zou and Donner (2008,
//! "MOVER"), which needs no more than each one's own. Entities count as independent, which those of one document are not: such
//! an interval is somewhat too narrow, and `docs/claims.md` says so.

use crate::evaluate::Counts;

/// A value between two limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// Wilson's (1927) score interval of `part` out of `whole`; all of [0, 1] where there is nothing to count.
pub(super) fn share(part: f64, whole: f64, level: f64) -> Estimate {
    if whole <= 0.0 {
        return Estimate { value: 0.0, low: 0.0, high: 1.0 };
    }
    let (z, p) = (normal_quantile(level), part / whole);
    let z2 = z * z / whole;
    let half = z * (p * (1.0 - p) / whole + z2 / (4.0 * whole)).sqrt();
    let limit = |sign: f64| ((p + z2 / 2.0 + sign * half) / (1.0 + z2)).clamp(0.0, 1.0);
    Estimate { value: p, low: limit(-1.0).min(p), high: limit(1.0).max(p) }
}

/// F1 of counts that may be means over seeds, hence not whole.
pub(super) fn f1(tp: f64, wrong: f64, level: f64) -> Estimate {
    let of = |j: f64| 2.0 * j / (1.0 + j);
    let j = share(tp, tp + wrong, level);
    Estimate { value: of(j.value), low: of(j.low), high: of(j.high) }
}

/// `a - b` for two independent estimates.
pub(super) fn difference(a: Estimate, b: Estimate) -> Estimate {
    let value = a.value - b.value;
    Estimate {
        value,
        low: value - libm::hypot(a.value - a.low, b.high - b.value),
        high: value + libm::hypot(a.high - a.value, b.value - b.low),
    }
}

/// Mean counts of several seeds: true positives, and false ones of either kind.
pub(super) fn mean_counts<'a>(counts: impl ExactSizeIterator<Item = &'a Counts>) -> (f64, f64) {
    let n = counts.len().max(1) as f64;
    let (tp, wrong) = counts.fold((0, 0), |(tp, wrong), c| (tp + c.tp, wrong + c.fp + c.fn_));
    (tp as f64 / n, wrong as f64 / n)
}

/// The z for which the standard normal distribution has `level` between -z and z.
fn normal_quantile(level: f64) -> f64 {
    let (mut low, mut high) = (0.0, 10.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if central_mass(middle) < level { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// Mass of the standard normal distribution between -z and z, by Simpson's rule.
fn central_mass(z: f64) -> f64 {
    const STEPS: usize = 400;
    let width = z / STEPS as f64;
    let density = |x: f64| libm::exp(-x * x / 2.0) / (2.0 * std::f64::consts::PI).sqrt();
    let inner: f64 = (1..STEPS).map(|i| density(i as f64 * width) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
    2.0 * (density(0.0) + inner + density(z)) * width / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 5e-5
    }

    // from statistics import NormalDist; NormalDist().inv_cdf(1 - .05 / 2), NormalDist().inv_cdf(1 - .05 / 64)
    #[test]
    fn quantiles_are_those_of_the_normal_distribution() {
        assert!((normal_quantile(0.95) - 1.96).abs() < 1e-4 && near(normal_quantile(1.0 - 0.05 / 32.0), 3.16282));
    }

    // Newcombe (1998), "Interval estimation for the difference between independent proportions", method 10: 56/70 and 48/80
    // give .0524 to .3339; Wilson's own intervals there are those of statsmodels' proportion_confint(56, 70, method='wilson').
    #[test]
    fn the_difference_of_shares_is_newcombes() {
        let d = difference(share(56.0, 70.0, 0.95), share(48.0, 80.0, 0.95));
        assert!(near(d.low, 0.0524) && near(d.high, 0.3339), "{d:?}");
    }

    #[test]
    fn nothing_counted_says_nothing() {
        assert_eq!(share(0.0, 0.0, 0.95), Estimate { value: 0.0, low: 0.0, high: 1.0 });
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_value_and_f1_that_of_counts(tp in 0u64..500, fp in 0u64..200, fn_ in 0u64..200) {
            let counts = Counts { tp, fp, fn_ };
            let e = f1(tp as f64, (fp + fn_) as f64, 0.95);
            prop_assert!((e.value - counts.f1()).abs() < 1e-12);
            prop_assert!(0.0 <= e.low && e.low <= e.value && e.value <= e.high && e.high <= 1.0);
        }
    }
}
