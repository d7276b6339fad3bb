//! Logistic regression with a handful of features, by Newton's method.

use serde::{Deserialize, Serialize};

/// Weights, the last of them that of a constant 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Logistic(pub Vec<f64>);

pub(super) fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 { 1.0 / (1.0 + libm::exp(-x)) } else { 1.0 - 1.0 / (1.0 + libm::exp(x)) }
}

/// The logarithm of the odds of a probability, which is kept off 0 and 1.
pub(super) fn logit(p: f64) -> f64 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    libm::log(p / (1.0 - p))
}

impl Logistic {
    pub fn probability(&self, features: &[f64]) -> f64 {
        let Some((constant, weights)) = self.0.split_last() else { return 0.0 };
        sigmoid(constant + weights.iter().zip(features).map(|(weight, x)| weight * x).sum::<f64>())
    }

    /// The weights of least cross-entropy, with a penalty of half of `l2` times the squared weights (the constant's too).
    pub fn train(rows: &[(Vec<f64>, bool)], l2: f64) -> Self {
        let width = rows.first().map_or(0, |(features, _)| features.len()) + 1;
        let mut weights = vec![0.0; width];
        for _ in 0..50 {
            let mut gradient: Vec<f64> = weights.iter().map(|weight| -l2 * weight).collect();
            let mut curvature = vec![vec![0.0; width]; width];
            (0..width).for_each(|at| curvature[at][at] = l2);
            for (features, right) in rows {
                let p = Logistic(weights.clone()).probability(features);
                let x: Vec<f64> = features.iter().copied().chain([1.0]).collect();
                for i in 0..width {
                    gradient[i] += (f64::from(u8::from(*right)) - p) * x[i];
                    for j in 0..width {
                        curvature[i][j] += p * (1.0 - p) * x[i] * x[j];
                    }
                }
            }
            let step = solve(curvature, gradient);
            weights.iter_mut().zip(&step).for_each(|(weight, step)| *weight += step);
            if step.iter().all(|step| step.abs() < 1e-10) {
                break;
            }
        }
        Logistic(weights)
    }
}

/// The solution of a system with a positive definite matrix, by Gauss's elimination.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let width = right.len();
    for pivot in 0..width {
        let (above, below) = matrix.split_at_mut(pivot + 1);
        let (from, known) = (&above[pivot], right[pivot]);
        for (row, value) in below.iter_mut().zip(&mut right[pivot + 1..]) {
            let factor = row[pivot] / from[pivot];
            row.iter_mut().zip(from).for_each(|(own, other)| *own -= factor * other);
            *value -= factor * known;
        }
    }
    for row in (0..width).rev() {
        let known: f64 = (row + 1..width).map(|column| matrix[row][column] * right[column]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17.1: `minimize(lambda w: log1p(exp(-(2*y-1)*(x@w))).sum() + w@w/2, zeros(2), tol=1e-12).x` with
    /// x = [[-2,1],[-1,1],[0.5,1],[1,1],[3,1]], y = [0,0,1,0,1]
    #[test]
    fn weights_are_those_of_an_optimiser() {
        let rows: Vec<(Vec<f64>, bool)> =
            [(-2.0, false), (-1.0, false), (0.5, true), (1.0, false), (3.0, true)].map(|(x, y)| (vec![x], y)).to_vec();
        let found = Logistic::train(&rows, 1.0);
        let expected = [0.687_837_79, -0.345_959_4];
        assert!(found.0.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}");
    }

    #[test]
    fn sigmoid_and_logit_undo_each_other() {
        for p in [0.001, 0.3, 0.5, 0.97] {
            assert!((sigmoid(logit(p)) - p).abs() < 1e-12);
        }
        assert_eq!((sigmoid(1e6), sigmoid(-1e6)), (1.0, 0.0));
        assert_eq!(Logistic::default().probability(&[]), 0.0);
    }
}
