//! Expected transition counts of a whole batch as one matrix product.

use crate::nn::isa::{Isa, for_each_isa};
use crate::nn::ops::math::fma;

/// Columns and rows of a tile: with AVX-512, as many sums as fit the registers.
const WIDE: usize = 32;
const ROWS: usize = 4;
/// Transitions summed before they are added to the gradient, so that their columns stay in the second-level cache.
const DEPTH: usize = 512;

/// gradient += scale (before^T after) o weights.
///
/// Row n of `before` is the forward mass of the tags that the n-th transition may leave, row n of `after` the backward mass of those it
/// may enter, and `weights` = e^transitions. A general product would write the K x K counts out before they can be weighted; here each
/// tile of them goes from the registers into the gradient.
pub fn add_expected_counts(isa: Isa, scale: f32, before: &[f32], after: &[f32], weights: &[f32], gradient: &mut [f32], tags: usize) {
    let mut lines = vec![0.0; DEPTH.min(after.len() / tags) * WIDE];
    for (before, after) in before.chunks(DEPTH * tags).zip(after.chunks(DEPTH * tags)) {
        add_tiles(isa, scale, before, after, &mut lines, weights, gradient, tags);
    }
}

for_each_isa! {
    fn add_tiles<F>(scale: f32, before: &[f32], after: &[f32], lines: &mut [f32], weights: &[f32], gradient: &mut [f32], tags: usize) {
        for first in (0..tags).step_by(WIDE) {
            let width = WIDE.min(tags - first);
            for (line, row) in lines.chunks_exact_mut(WIDE).zip(after.chunks_exact(tags)) {
                line[..width].copy_from_slice(&row[first..first + width]);
            }
            let mut add = |from: usize, r: usize, sums: &[f32; WIDE]| {
                let place = (from + r) * tags + first;
                for ((target, sum), weight) in gradient[place..place + width].iter_mut().zip(sums).zip(&weights[place..place + width]) {
                    *target += scale * (*sum * *weight);
                }
            };
            let whole = tags - tags % ROWS;
            for from in (0..whole).step_by(ROWS) {
                for (r, sums) in tile::<F, ROWS>(&before[from..], tags, lines).iter().enumerate() {
                    add(from, r, sums);
                }
            }
            for from in whole..tags {
                add(from, 0, &tile::<F, 1>(&before[from..], tags, lines)[0]);
            }
        }
    }
}

/// The first `R` columns of `left`, whose rows are `stride` apart, transposed, times `lines`, rows of [`WIDE`].
#[inline(always)]
fn tile<const F: bool, const R: usize>(left: &[f32], stride: usize, lines: &[f32]) -> [[f32; WIDE]; R] {
    let mut sums = [[0.0f32; WIDE]; R];
    for (column, line) in left.chunks(stride).zip(lines.chunks_exact(WIDE)) {
        let (column, line) = (&column[..R], &line[..WIDE]);
        for (sums, x) in sums.iter_mut().zip(column) {
            for (sum, value) in sums.iter_mut().zip(line) {
                *sum = fma::<F>(*x, *value, *sum);
            }
        }
    }
    sums
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
                add_expected_counts(isa, 0.5, &before, &after, &weights, &mut gradient, tags);
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
