//! From evidence to a verdict. `docs/claims.md` says the same in words.

use super::{Cell, Found, Verdict};
use crate::experiment::claims_file::Kind;

/// A test is significant where its corrected p is at most this.
pub(super) const ALPHA: f64 = 0.05;
/// Share of the pairs of seeds that must differ the same way.
pub(super) const AGREEMENT: f64 = 0.75;

pub(super) fn of_cell(kind: &Kind, found: &Found) -> (Verdict, String) {
    match kind {
        Kind::Higher | Kind::LargerGain { .. } => directed(found, 1.0),
        Kind::Lower => directed(found, -1.0),
        Kind::Equal { margin } => equal(found, *margin),
        Kind::Exceeds { by } => exceeds(found, *by),
        Kind::Counted { above, .. } if found.first > *above => (Verdict::Supported, "counted, no interval needed".to_owned()),
        Kind::Counted { .. } => (Verdict::Contradicted, "counted, no interval needed".to_owned()),
    }
}

/// `sign` is 1 where `first` should be the larger, -1 where the smaller.
fn directed(found: &Found, sign: f64) -> (Verdict, String) {
    let significant = match found.p_holm {
        Some(p) => p <= ALPHA,
        None => found.low > 0.0 || found.high < 0.0,
    };
    let as_claimed = found.difference * sign > 0.0;
    if !significant {
        let way = if found.difference == 0.0 {
            "no difference"
        } else if as_claimed {
            "points the claimed way"
        } else {
            "points the other way"
        };
        return (Verdict::Inconclusive, format!("{way}, not significant"));
    }
    if let Some(agree) = found.seeds_agree.filter(|agree| *agree < AGREEMENT) {
        return (Verdict::Inconclusive, format!("significant, but only {:.0} % of the pairs of seeds agree", agree * 100.0));
    }
    if as_claimed {
        (Verdict::Supported, "significant".to_owned())
    } else {
        (Verdict::Contradicted, "significant the other way".to_owned())
    }
}

fn equal(found: &Found, margin: f64) -> (Verdict, String) {
    let significant = found.p_holm.is_none_or(|p| p <= ALPHA);
    if found.low > -margin && found.high < margin {
        (Verdict::Supported, "interval within the margin".to_owned())
    } else if significant && (found.low >= margin || found.high <= -margin) {
        (Verdict::Contradicted, "interval beyond the margin".to_owned())
    } else {
        (Verdict::Inconclusive, "interval reaches over the margin".to_owned())
    }
}

fn exceeds(found: &Found, by: f64) -> (Verdict, String) {
    if found.low > by || (by > 0.0 && found.low >= by) {
        (Verdict::Supported, "whole interval above".to_owned())
    } else if found.high < by {
        (Verdict::Contradicted, "whole interval below".to_owned())
    } else {
        (Verdict::Inconclusive, "interval reaches over it".to_owned())
    }
}

/// A claim about many comparisons holds where each does, and falls with the first that is shown to be otherwise.
pub(super) fn of_claim(cells: &[Cell]) -> (Verdict, String) {
    let count = |verdict| cells.iter().filter(|cell| cell.verdict == verdict).count();
    let counts = Verdict::ALL.map(count);
    let [supported, contradicted, _, not_run] = counts;
    let verdict = if not_run == cells.len() {
        Verdict::NotRun
    } else if contradicted > 0 {
        Verdict::Contradicted
    } else if supported == cells.len() {
        Verdict::Supported
    } else {
        Verdict::Inconclusive
    };
    let told: Vec<String> =
        Verdict::ALL.iter().zip(counts).filter(|(_, n)| *n > 0).map(|(verdict, n)| format!("{n} {}", verdict.name())).collect();
    let noun = if cells.len() == 1 { "comparison" } else { "comparisons" };
    (verdict, format!("{} {noun}: {}", cells.len(), told.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(difference: f64, low: f64, high: f64, p: Option<f64>, agree: Option<f64>) -> Found {
        Found {
            first: 0.5 + difference,
            second: 0.5,
            difference,
            low,
            high,
            p,
            p_holm: p,
            seeds: 3,
            seeds_agree: agree,
            first_runs: vec![],
            second_runs: vec![],
            stand_in: false,
        }
    }

    #[test]
    fn directions_need_significance_and_seeds_that_agree() {
        use Verdict::*;
        let of = |kind: &Kind, f: Found| of_cell(kind, &f).0;
        assert_eq!(of(&Kind::Higher, found(0.02, 0.01, 0.03, Some(0.001), Some(1.0))), Supported);
        assert_eq!(of(&Kind::Higher, found(0.02, 0.01, 0.03, Some(0.2), Some(1.0))), Inconclusive);
        assert_eq!(of(&Kind::Higher, found(0.02, 0.01, 0.03, Some(0.001), Some(0.5))), Inconclusive);
        assert_eq!(of(&Kind::Higher, found(-0.02, -0.03, -0.01, Some(0.001), None)), Contradicted);
        assert_eq!(of(&Kind::Lower, found(-0.02, -0.03, -0.01, None, None)), Supported);
        assert_eq!(of(&Kind::Lower, found(-0.02, -0.03, 0.01, None, None)), Inconclusive);
    }

    #[test]
    fn equality_needs_the_whole_interval_within_the_margin() {
        use Verdict::*;
        let of = |low, high, p| of_cell(&Kind::Equal { margin: 0.01 }, &found((low + high) / 2.0, low, high, Some(p), None)).0;
        assert_eq!(of(-0.004, 0.009, 0.5), Supported);
        assert_eq!(of(0.002, 0.009, 0.01), Supported);
        assert_eq!(of(-0.004, 0.011, 0.5), Inconclusive);
        assert_eq!(of(0.012, 0.03, 0.001), Contradicted);
        assert_eq!(of(0.012, 0.03, 0.2), Inconclusive);
    }

    #[test]
    fn sizes_are_judged_by_the_interval() {
        use Verdict::*;
        let of = |by, low, high| of_cell(&Kind::Exceeds { by }, &found(0.0, low, high, None, None)).0;
        assert_eq!(of(0.0, 0.001, 0.02), Supported);
        assert_eq!(of(0.0, 0.0, 0.02), Inconclusive);
        assert_eq!(of(0.04, 0.0, 0.02), Contradicted);
        assert_eq!(of(0.04, 0.03, 0.05), Inconclusive);
    }
}
