//! Almost Stochastic Order of two systems' scores over seeds (del Barrio et al. 2018; Dror, Shlomov and Reichart 2019).

use super::{draw, spread::Spread};
use rand_core::Rng;
use serde::{Deserialize, Serialize};

/// Fewest scores of each system.
const FEWEST: usize = 5;
/// Upper 95 % point of the standard normal distribution.
const NORMAL_95: f64 = 1.644_853_626_951_472_6;

/// "A's scores are stochastically larger than B's", and how far that is broken: 0 not at all, 1 wholly (B dominates).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StochasticOrder {
    /// Share of the squared Wasserstein distance where A's quantile lies below B's; 0.5 for equal scores.
    pub violation: f64,
    /// Upper 95 % bound of the violation. Below 0.5 A is almost stochastically larger; below 0.2 that is held to be safe.
    pub epsilon_min: f64,
}

/// `None` where a system has fewer than five scores.
pub fn almost_stochastic_order(a: &[f64], b: &[f64], resamples: usize, rng: &mut impl Rng) -> Option<StochasticOrder> {
    if a.len().min(b.len()) < FEWEST {
        return None;
    }
    let (a, b) = (sorted(a.to_vec()), sorted(b.to_vec()));
    let violation = violation(&a, &b);
    // The paper scales the ratios by a factor that it divides their deviation by again.
    let resampled: Vec<f64> = (0..resamples).map(|_| self::violation(&resample(&a, rng), &resample(&b, rng))).collect();
    let deviation = Spread::of(&resampled).and_then(|spread| spread.sd).unwrap_or(0.0);
    Some(StochasticOrder { violation, epsilon_min: (violation + NORMAL_95 * deviation).clamp(0.0, 1.0) })
}

fn sorted(mut scores: Vec<f64>) -> Vec<f64> {
    scores.sort_by(f64::total_cmp);
    scores
}

fn resample(scores: &[f64], rng: &mut impl Rng) -> Vec<f64> {
    sorted((0..scores.len()).map(|_| scores[draw(rng, scores.len())]).collect())
}

/// Integral over p of max(G(p) - F(p), 0)^2, over that of (G(p) - F(p))^2, with F and G the quantile functions of the sorted scores.
/// Both are steps, so that the integral is a sum over the pieces between their jumps.
fn violation(a: &[f64], b: &[f64]) -> f64 {
    let (mut i, mut j) = (0, 0);
    let (mut below, mut all) = (0.0, 0.0);
    // Places on a grid of 1 / (|a| |b|), where the jumps of both are whole numbers.
    let mut place = 0;
    // Both end at the grid's last place.
    while i < a.len() {
        let (end_a, end_b) = ((i + 1) * b.len(), (j + 1) * a.len());
        let end = end_a.min(end_b);
        let (difference, width) = (b[j] - a[i], (end - place) as f64);
        all += difference * difference * width;
        let excess = difference.max(0.0);
        below += excess * excess * width;
        place = end;
        i += usize::from(end == end_a);
        j += usize::from(end == end_b);
    }
    if all == 0.0 { 0.5 } else { below / all }
}

#[cfg(test)]
mod tests {
    use super::super::seeded;
    use super::*;

    const A: [f64; 5] = [0.861, 0.843, 0.866, 0.859, 0.871];
    const B: [f64; 8] = [0.858, 0.862, 0.849, 0.855, 0.852, 0.860, 0.851, 0.847];

    // deepsig 1.2.8, whose integral is a Riemann sum:
    //
    //     deepsig.aso.compute_violation_ratio(A, B, dt=1e-5)
    //     deepsig.aso(A, B, seed=1, num_bootstrap_iterations=20000, dt=0.005)
    #[test]
    fn values_are_those_of_deepsig() {
        let there = almost_stochastic_order(&A, &B, 20_000, &mut seeded(1)).unwrap();
        assert!((there.violation - 0.07501203517719483).abs() < 2e-5, "{there:?}");
        assert!((there.epsilon_min - 0.47424791587193943).abs() < 0.01, "{there:?}");
        let back = almost_stochastic_order(&B, &A, 20_000, &mut seeded(1)).unwrap();
        assert!((back.violation - 0.9249854109390503).abs() < 2e-5, "{back:?}");
        assert_eq!(back.epsilon_min, 1.0);
        assert!((there.violation + back.violation - 1.0).abs() < 1e-12);
    }

    #[test]
    fn dominance_equality_and_too_few_scores() {
        let better = B.map(|score| score + 0.1);
        assert_eq!(almost_stochastic_order(&better, &B, 200, &mut seeded(1)), Some(StochasticOrder { violation: 0.0, epsilon_min: 0.0 }));
        assert_eq!(almost_stochastic_order(&B, &B, 200, &mut seeded(1)).unwrap().violation, 0.5);
        assert_eq!(almost_stochastic_order(&A[..4], &B, 200, &mut seeded(1)), None);
    }
}
