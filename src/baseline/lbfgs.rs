//! Limited-memory BFGS (Nocedal and Wright, Numerical Optimization, algorithms 7.4 and 7.5) with a backtracking line search: sums in one
//! order, so that a minimum is found by the same steps on every machine.

use std::collections::VecDeque;
use std::ops::ControlFlow;

/// Pairs of steps and changes of the gradient that are kept.
const MEMORY: usize = 6;
/// Share of the promised decrease that a step must bring.
const SUFFICIENT: f64 = 1e-4;
/// Halvings of a step before the search gives up.
const HALVINGS: usize = 25;

/// Minimises `objective`, which gives its value and writes its gradient, from `x` on. `visit` sees each iterate with its number, from 1,
/// and may end the search; it ends too where no step brings anything.
pub fn minimise(
    x: &mut Vec<f64>,
    mut objective: impl FnMut(&[f64], &mut [f64]) -> f64,
    mut visit: impl FnMut(usize, &[f64]) -> ControlFlow<()>,
) {
    let mut gradient = vec![0.0; x.len()];
    let mut value = objective(x, &mut gradient);
    let mut pairs: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::new();
    for iteration in 1.. {
        let mut direction = direction(&gradient, &pairs);
        let mut slope = dot(&direction, &gradient);
        if slope >= 0.0 {
            pairs.clear();
            direction = gradient.iter().map(|g| -g).collect();
            slope = -dot(&gradient, &gradient);
        }
        if slope == 0.0 {
            return;
        }
        let mut step = if pairs.is_empty() { 1.0 / dot(&gradient, &gradient).sqrt() } else { 1.0 };
        let (mut next, mut next_gradient) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        let mut found = None;
        for _ in 0..HALVINGS {
            for ((next, x), direction) in next.iter_mut().zip(&*x).zip(&direction) {
                *next = x + step * direction;
            }
            let reached = objective(&next, &mut next_gradient);
            if reached <= value + SUFFICIENT * step * slope {
                found = Some(reached);
                break;
            }
            step /= 2.0;
        }
        let Some(reached) = found else {
            if pairs.is_empty() {
                return;
            }
            // The curvature that was kept misleads: once more along the gradient.
            pairs.clear();
            continue;
        };
        let moved: Vec<f64> = next.iter().zip(&*x).map(|(next, x)| next - x).collect();
        let changed: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(next, gradient)| next - gradient).collect();
        let curvature = dot(&moved, &changed);
        if curvature > 1e-10 {
            if pairs.len() == MEMORY {
                pairs.pop_front();
            }
            pairs.push_back((moved, changed, curvature));
        }
        let settled = value - reached <= 1e-9 * value.abs().max(1.0);
        (*x, gradient, value) = (next, next_gradient, reached);
        if visit(iteration, x).is_break() || settled {
            return;
        }
    }
}

/// The quasi-Newton direction of descent.
fn direction(gradient: &[f64], pairs: &VecDeque<(Vec<f64>, Vec<f64>, f64)>) -> Vec<f64> {
    let mut q: Vec<f64> = gradient.to_vec();
    let mut shares = Vec::with_capacity(pairs.len());
    for (moved, changed, curvature) in pairs.iter().rev() {
        let share = dot(moved, &q) / curvature;
        add(&mut q, changed, -share);
        shares.push(share);
    }
    if let Some((_, changed, curvature)) = pairs.back() {
        let scale = curvature / dot(changed, changed);
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for ((moved, changed, curvature), share) in pairs.iter().zip(shares.iter().rev()) {
        let other = dot(changed, &q) / curvature;
        add(&mut q, moved, share - other);
    }
    q.iter_mut().for_each(|q| *q = -*q);
    q
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], from: &[f64], times: f64) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += times * from);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minimum(start: &[f64], objective: impl FnMut(&[f64], &mut [f64]) -> f64) -> Vec<f64> {
        let mut x = start.to_vec();
        minimise(&mut x, objective, |iteration, _| if iteration < 500 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) });
        x
    }

    #[test]
    fn the_valley_of_rosenbrock_is_descended() {
        let found = minimum(&[-1.2, 1.0], |x, gradient| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            gradient.copy_from_slice(&[-2.0 * a - 400.0 * x[0] * b, 200.0 * b]);
            a * a + 100.0 * b * b
        });
        assert!((found[0] - 1.0).abs() < 1e-4 && (found[1] - 1.0).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn the_minimum_itself_stays() {
        let square = |x: &[f64], gradient: &mut [f64]| {
            gradient[0] = 2.0 * x[0];
            x[0] * x[0]
        };
        assert_eq!(minimum(&[0.0], square), [0.0]);
        assert!(minimum(&[9.0], square)[0].abs() < 1e-4);
    }
}
