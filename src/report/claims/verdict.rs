//! From evidence to a verdict. `docs/claims.md` says the same in words.

use super::{Cell, Inference, Pooled, Robustness, Verdict};
use crate::evaluate::significance::{Estimate, LEVEL};
use crate::experiment::claims_file::ClaimKind;

/// A test is significant where its corrected p is at most this.
pub(super) const ALPHA: f64 = 0.05;
/// Fewest runs of each side for a verdict on methods.
pub(super) const FEWEST_SEEDS: usize = 3;

/// What a test says of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    For,
    Against,
    Neither,
}

/// The p that an estimate has for a claim of this kind, and for the opposite of a claim of equality.
pub(super) fn p_values(kind: &ClaimKind, estimate: &Estimate) -> (f64, Option<f64>) {
    match kind {
        ClaimKind::Equal { margin } => {
            let beyond = estimate.p_above(*margin).min(estimate.p_below(-margin));
            (estimate.p_equivalent(*margin), Some((2.0 * beyond).min(1.0)))
        }
        ClaimKind::AtMost { margin } => (estimate.p_below(*margin), Some((2.0 * estimate.p_above(*margin)).min(1.0))),
        _ => (estimate.p(), None),
    }
}

/// Whether the claim is that a difference stays within a margin.
pub(super) fn has_margin(kind: &ClaimKind) -> bool {
    matches!(kind, ClaimKind::Equal { .. } | ClaimKind::AtMost { .. })
}

/// Which way a significant result of this kind points.
pub(super) fn side(kind: &ClaimKind, effect: f64, p: f64, p_beyond: Option<f64>) -> Side {
    let claimed = match kind {
        kind if has_margin(kind) && p <= ALPHA => return Side::For,
        kind if has_margin(kind) && p_beyond.is_some_and(|p| p <= ALPHA) => return Side::Against,
        kind if has_margin(kind) => return Side::Neither,
        ClaimKind::Lower => effect < 0.0,
        _ => effect > 0.0,
    };
    match (p <= ALPHA, claimed) {
        (false, _) => Side::Neither,
        (true, true) => Side::For,
        (true, false) => Side::Against,
    }
}

/// The verdict on a comparison with enough runs.
pub(super) fn of_cell(kind: &ClaimKind, effect: f64, inference: &Inference) -> (Verdict, String) {
    let equal = has_margin(kind);
    match side(kind, effect, inference.p_holm, inference.p_beyond_holm) {
        Side::For if equal => (Verdict::Supported, "within the margin".to_owned()),
        Side::For => (Verdict::Supported, "significant".to_owned()),
        Side::Against if equal => (Verdict::Contradicted, "beyond the margin".to_owned()),
        Side::Against => (Verdict::Contradicted, "significant the other way".to_owned()),
        Side::Neither if equal => (Verdict::Inconclusive, "neither within the margin nor beyond it".to_owned()),
        Side::Neither => {
            let way = match (effect == 0.0, effect > 0.0, kind) {
                (true, ..) => "no difference",
                (_, upward, ClaimKind::Lower) if upward => "points the other way",
                (_, false, ClaimKind::Lower) | (_, true, _) => "points the claimed way",
                _ => "points the other way",
            };
            (Verdict::Inconclusive, format!("{way}, not significant"))
        }
    }
}

/// What a claim's comparisons add up to.
pub(super) struct Judged<'a> {
    pub kind: &'a ClaimKind,
    pub every: bool,
    pub cells: &'a [Cell],
    /// Comparisons with enough runs of each side.
    pub judged: usize,
    pub pooled: Option<&'a Estimate>,
    /// Corpora and tasks that the claim names and no judged comparison speaks of.
    pub silent: &'a [String],
}

/// A claim is supported where its pooled effect is significant the claimed way and no comparison is against it; contradicted where the
/// pooled effect is significant the other way, or where it says "every" and a comparison is against it.
pub(super) fn of_claim(judged: &Judged) -> (Verdict, String) {
    let count = |verdict| judged.cells.iter().filter(|cell| cell.verdict == verdict).count();
    if count(Verdict::NotRun) == judged.cells.len() {
        let why = judged.cells.first().map(|cell| cell.because.clone()).unwrap_or_default();
        return (Verdict::NotRun, why);
    }
    let Some(pooled) = judged.pooled else {
        return (Verdict::Inconclusive, format!("fewer than {FEWEST_SEEDS} runs per side: networks are compared, not methods"));
    };
    let (p, p_beyond) = p_values(judged.kind, pooled);
    let side = side(judged.kind, pooled.effect, p, p_beyond);
    let against = count(Verdict::Contradicted);
    let comparisons = |n: usize| if n == 1 { "1 comparison".to_owned() } else { format!("{n} comparisons") };
    let of = comparisons(judged.judged);
    match side {
        Side::Against => (Verdict::Contradicted, format!("the mean of {of} is significant the other way")),
        _ if judged.every && against > 0 => {
            (Verdict::Contradicted, format!("it is said of every comparison, and {} significant against it", is_are(against)))
        }
        Side::For if against > 0 => {
            (Verdict::Inconclusive, format!("the mean of {of} is significant for it, but {} against it", is_are(against)))
        }
        Side::For if !judged.silent.is_empty() => {
            (Verdict::Inconclusive, format!("significant as far as it was run; nothing is known of {}", judged.silent.join(", ")))
        }
        Side::For if judged.every && judged.judged < judged.cells.len() => {
            let rest = judged.cells.len() - judged.judged;
            (Verdict::Inconclusive, format!("it is said of every comparison, and {} could not be judged", comparisons(rest)))
        }
        Side::For => (Verdict::Supported, format!("the mean of {of} is significant and none is against it")),
        Side::Neither => (Verdict::Inconclusive, format!("the mean of {of} is not significant")),
    }
}

fn is_are(n: usize) -> String {
    if n == 1 { "1 is".to_owned() } else { format!("{n} are") }
}

/// The one verdict of several readings, and how they stand to each other.
pub(super) fn of_readings(verdicts: &[Verdict]) -> (Verdict, Robustness) {
    let run: Vec<Verdict> = verdicts.iter().copied().filter(|verdict| *verdict != Verdict::NotRun).collect();
    let Some(first) = run.first() else { return (Verdict::NotRun, Robustness::NotRun) };
    if run.iter().any(|verdict| verdict != first) {
        return (Verdict::Inconclusive, Robustness::DependsOnReading);
    }
    let robustness = match (first.is_decided(), run.len() == verdicts.len()) {
        (false, _) => Robustness::Open,
        (true, true) if verdicts.len() > 1 => Robustness::Robust,
        (true, _) => Robustness::OneReading,
    };
    (*first, robustness)
}

/// The pooled effect as it is reported.
pub(super) fn pooled(kind: &ClaimKind, estimate: &Estimate, comparisons: usize, power: super::Power) -> Pooled {
    let interval = estimate.interval(LEVEL);
    Pooled { comparisons, effect: estimate.effect, low: interval.low, high: interval.high, p: p_values(kind, estimate).0, power }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::significance::VarianceComponent;

    fn estimate(effect: f64, standard_error: f64) -> Estimate {
        let variance = standard_error * standard_error;
        Estimate::of(effect, vec![VarianceComponent::Documents { variance, interaction: 0.0, degrees: 99.0 }])
    }

    fn cell(verdict: Verdict) -> Cell {
        let text = String::new;
        Cell {
            first: text(),
            second: text(),
            corpus: text(),
            task: text(),
            subset: text(),
            verdict,
            because: "not run".into(),
            found: None,
        }
    }

    fn claim(kind: &ClaimKind, every: bool, pooled: Option<Estimate>, cells: &[Verdict]) -> Verdict {
        let cells: Vec<Cell> = cells.iter().map(|verdict| cell(*verdict)).collect();
        let judged = cells.iter().filter(|cell| cell.verdict != Verdict::NotRun).count();
        of_claim(&Judged { kind, every, cells: &cells, judged, pooled: pooled.as_ref(), silent: &[] }).0
    }

    #[test]
    fn a_claim_is_judged_by_its_mean_and_by_what_is_against_it() {
        use Verdict::*;
        let of = |every, effect, cells: &[Verdict]| claim(&ClaimKind::Higher, every, Some(estimate(effect, 0.01)), cells);
        assert_eq!(of(false, 0.05, &[Supported, Inconclusive, Inconclusive]), Supported);
        assert_eq!(of(false, 0.05, &[Supported, Inconclusive, Contradicted]), Inconclusive);
        assert_eq!(of(true, 0.05, &[Supported, Inconclusive, Contradicted]), Contradicted);
        assert_eq!(of(false, -0.05, &[Supported, Inconclusive]), Contradicted);
        assert_eq!(of(true, 0.05, &[Supported, NotRun]), Inconclusive);
        assert_eq!(of(false, 0.05, &[Supported, NotRun]), Supported);
        assert_eq!(of(false, 0.01, &[Inconclusive, Inconclusive]), Inconclusive);
        assert_eq!(claim(&ClaimKind::Higher, false, None, &[Inconclusive]), Inconclusive);
        assert_eq!(claim(&ClaimKind::Higher, false, None, &[NotRun, NotRun]), NotRun);
        assert_eq!(claim(&ClaimKind::Lower, false, Some(estimate(-0.05, 0.01)), &[Supported]), Supported);
    }

    #[test]
    fn equality_needs_the_whole_interval_within_the_margin() {
        use Verdict::*;
        let kind = ClaimKind::Equal { margin: 0.01 };
        let of = |effect, standard_error, cells: &[Verdict]| claim(&kind, false, Some(estimate(effect, standard_error)), cells);
        assert_eq!(of(0.002, 0.003, &[Inconclusive]), Supported);
        // That no difference was found is not enough.
        assert_eq!(of(0.0, 0.02, &[Inconclusive]), Inconclusive);
        assert_eq!(of(0.03, 0.003, &[Inconclusive]), Contradicted);
        assert_eq!(of(-0.03, 0.003, &[Inconclusive]), Contradicted);
        // Differences that cancel are no equality.
        assert_eq!(of(0.0, 0.003, &[Contradicted, Contradicted]), Inconclusive);
    }

    #[test]
    fn at_most_allows_a_loss_and_no_gain_beyond_the_margin() {
        use Verdict::*;
        let kind = ClaimKind::AtMost { margin: 0.01 };
        let of = |effect| claim(&kind, false, Some(estimate(effect, 0.003)), &[Inconclusive]);
        assert_eq!([of(0.002), of(-0.05), of(0.009), of(0.03)], [Supported, Supported, Inconclusive, Contradicted]);
    }

    #[test]
    fn a_claim_silent_on_a_corpus_is_not_supported() {
        let cells = [cell(Verdict::Supported), cell(Verdict::NotRun)];
        let pooled = estimate(0.05, 0.01);
        let judged =
            Judged { kind: &ClaimKind::Higher, every: false, cells: &cells, judged: 1, pooled: Some(&pooled), silent: &["bc5cdr".into()] };
        assert_eq!(of_claim(&judged).0, Verdict::Inconclusive);
    }

    #[test]
    fn readings_that_agree_are_robust() {
        use Verdict::*;
        assert_eq!(of_readings(&[Supported, Supported]), (Supported, Robustness::Robust));
        assert_eq!(of_readings(&[Contradicted, Contradicted]), (Contradicted, Robustness::Robust));
        assert_eq!(of_readings(&[Supported, Contradicted]), (Inconclusive, Robustness::DependsOnReading));
        assert_eq!(of_readings(&[Supported, Inconclusive]), (Inconclusive, Robustness::DependsOnReading));
        assert_eq!(of_readings(&[Supported, NotRun]), (Supported, Robustness::OneReading));
        assert_eq!(of_readings(&[Supported]), (Supported, Robustness::OneReading));
        assert_eq!(of_readings(&[Inconclusive, Inconclusive]), (Inconclusive, Robustness::Open));
        assert_eq!(of_readings(&[NotRun, NotRun]), (NotRun, Robustness::NotRun));
    }
}
