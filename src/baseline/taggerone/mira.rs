//! One step of MIRA: the smallest change of the weights that brings what is right ahead of what is wrong by its loss (Crammer and Singer
//! 2003; with several constraints, McDonald, Crammer and Pereira 2005).

/// A constraint: how far ahead the right one is, and is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constraint {
    pub ahead: f64,
    pub loss: f64,
}

/// Rounds over the constraints; each step of a coordinate is exact, and few constraints meet.
const ROUNDS: usize = 200;
const PRECISE: f64 = 1e-9;

/// The multipliers, between 0 and `slack`, of the differences of features (right less wrong) in
/// `min 1/2 |change|^2 + slack * sum of violations`; `gram[i][j]` is the product of differences i and j. By coordinate ascent in the dual
/// (Hildreth's procedure).
pub fn multipliers(constraints: &[Constraint], gram: &[Vec<f64>], slack: f64) -> Vec<f64> {
    let mut multipliers = vec![0.0; constraints.len()];
    for _ in 0..ROUNDS {
        let mut moved = 0.0_f64;
        for (at, constraint) in constraints.iter().enumerate() {
            let own = gram[at][at];
            if own <= 0.0 {
                continue;
            }
            let gained: f64 = multipliers.iter().zip(&gram[at]).map(|(multiplier, product)| multiplier * product).sum();
            let next = (multipliers[at] + (constraint.loss - constraint.ahead - gained) / own).clamp(0.0, slack);
            moved = moved.max((next - multipliers[at]).abs() * own);
            multipliers[at] = next;
        }
        if moved < PRECISE {
            break;
        }
    }
    multipliers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solved(differences: &[&[f64]], weights: &[f64], losses: &[f64], slack: f64) -> (Vec<f64>, Vec<f64>) {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let constraints: Vec<Constraint> =
            differences.iter().zip(losses).map(|(of, &loss)| Constraint { ahead: dot(of, weights), loss }).collect();
        let gram: Vec<Vec<f64>> = differences.iter().map(|a| differences.iter().map(|b| dot(a, b)).collect()).collect();
        let multipliers = multipliers(&constraints, &gram, slack);
        let mut after = weights.to_vec();
        for (of, multiplier) in differences.iter().zip(&multipliers) {
            after.iter_mut().zip(*of).for_each(|(weight, of)| *weight += multiplier * of);
        }
        (multipliers, after)
    }

    #[track_caller]
    fn near(found: &[f64], expected: &[f64]) {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?} {expected:?}");
    }

    /// One constraint has a closed form: (loss - ahead) / |difference|^2.
    #[test]
    fn one_constraint() {
        near(&solved(&[&[3.0, 4.0]], &[0.1, 0.2], &[2.0], 10.0).0, &[(2.0 - 1.1) / 25.0]);
        near(&solved(&[&[3.0, 4.0]], &[1.0, 1.0], &[2.0], 10.0).0, &[0.0]);
        near(&solved(&[&[0.1, 0.0]], &[0.0, 0.0], &[1.0], 10.0).0, &[10.0]);
    }

    /// By hand, with differences (1, 0) and (1, 1), losses 1 and 3, from 0. Both tight: w1 = 1, w2 = 2; then a1 + a2 = 1 and a2 = 2, so a1 = -1:
    /// not allowed, the first is not tight. Second alone: a2 = 3 / 2, w = (1.5, 1.5), which fulfils the first too.
    #[test]
    fn two_constraints_of_which_one_is_slack() {
        let (multipliers, weights) = solved(&[&[1.0, 0.0], &[1.0, 1.0]], &[0.0, 0.0], &[1.0, 3.0], 10.0);
        near(&multipliers, &[0.0, 1.5]);
        near(&weights, &[1.5, 1.5]);
    }

    /// Differences (1, 0) and (1, 1), losses 1 and 1.5. Both tight: w = (1, 0.5), so a2 = 0.5 and a1 = 0.5: allowed.
    #[test]
    fn two_constraints_that_are_both_tight() {
        let (multipliers, weights) = solved(&[&[1.0, 0.0], &[1.0, 1.0]], &[0.0, 0.0], &[1.0, 1.5], 10.0);
        near(&multipliers, &[0.5, 0.5]);
        near(&weights, &[1.0, 0.5]);
    }

    #[test]
    fn a_difference_of_nothing_changes_nothing() {
        near(&solved(&[&[0.0, 0.0], &[1.0, 0.0]], &[0.0, 0.0], &[1.0, 1.0], 10.0).0, &[0.0, 1.0]);
        assert!(multipliers(&[], &[], 1.0).is_empty());
    }
}
