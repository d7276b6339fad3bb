//! Expected transition counts of a whole batch as one matrix product.

use crate::nn::buffers::Scratch;
use crate::nn::isa::{Isa, for_each_isa};
use crate::nn::ops::product::{Initial, Mat, Panels};

/// Rows of counts that are computed before they are added to the gradient, so that they stay in the second-level cache.
const ROWS: usize = 32;

/// gradient += scale (before^T after) o weights, K x K.
///
/// Row n of `before` (N x K) is the forward mass of the tags that the n-th transition may leave, row n of `after` (N x K) the backward mass of
/// those it may enter, and `weights` = e^transitions. The counts are not written out as a whole before they are weighted: a few rows at a
/// time go into the gradient.
#[allow(clippy::too_many_arguments)]
pub fn add_expected_counts(
    isa: Isa,
    scratch: &Scratch,
    scale: f32,
    before: &[f32],
    after: &[f32],
    weights: &[f32],
    gradient: &mut [f32],
    tags: usize,
) {
    let transitions = after.len() / tags;
    let mut panels = Panels::in_memory(scratch.at_least(Panels::len(transitions, tags)));
    panels.pack(isa, Mat::new(after, transitions, tags, tags));
    let mut counts = scratch.any(ROWS.min(tags) * tags);
    for from in (0..tags).step_by(ROWS) {
        let rows = ROWS.min(tags - from);
        panels.multiply(isa, Initial::Zero, Mat::new(&before[from..], transitions, rows, tags).t(), &mut counts, tags);
        let place = from * tags..(from + rows) * tags;
        add_weighted(isa, scale, &counts, &weights[place.clone()], &mut gradient[place]);
    }
    scratch.give(counts);
    scratch.give(panels.into_memory());
}

for_each_isa! {
    /// gradient += scale counts o weights
    fn add_weighted<F>(scale: f32, counts: &[f32], weights: &[f32], gradient: &mut [f32]) {
        for ((target, count), weight) in gradient.iter_mut().zip(counts).zip(weights) {
            *target += scale * (*count * *weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_plain_sum_on_every_path() {
        let numbers =
            |n: usize, seed: usize| -> Vec<f32> { (0..n).map(|i| ((i * 7919 + seed * 104_729) % 997) as f32 / 997.0 - 0.3).collect() };
        for (tags, transitions) in [(1, 1), (5, 3), (37, 9), (64, 700)] {
            let (weights, before, after) = (numbers(tags * tags, 3), numbers(transitions * tags, 4), numbers(transitions * tags, 5));
            for isa in Isa::available() {
                let mut gradient = vec![1.0; tags * tags];
                add_expected_counts(isa, &Scratch::default(), 0.5, &before, &after, &weights, &mut gradient, tags);
                for i in 0..tags {
                    for j in 0..tags {
                        let sum: f64 = (0..transitions).map(|n| f64::from(before[n * tags + i]) * f64::from(after[n * tags + j])).sum();
                        let expected = 1.0 + 0.5 * sum * f64::from(weights[i * tags + j]);
                        assert!((expected - f64::from(gradient[i * tags + j])).abs() < 1e-3, "{isa:?} {tags} {transitions}: {expected}");
                    }
                }
            }
        }
    }
}
