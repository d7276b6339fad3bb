//! Kernels over one row of K values. Sums and maxima run in lanes, so that the compiler can use whole registers.

use crate::nn::isa::for_each_isa;
use crate::nn::ops::math;

const LANES: usize = 32;

/// e^x for x <= 0, and exactly 0 where that is too small for a normal number, so that what is forbidden stays impossible.
#[inline(always)]
pub fn exp_or_zero<const F: bool>(x: f32) -> f32 {
    let e = math::exp::<F>(x);
    if x < -87.0 { 0.0 } else { e }
}

/// Folds a row in lanes and then the lanes.
#[inline(always)]
fn fold<const N: usize>(rows: [&[f32]; N], start: f32, step: impl Fn(f32, [f32; N]) -> f32, join: impl Fn(f32, f32) -> f32) -> f32 {
    let n = rows[0].len();
    let mut lanes = [start; LANES];
    let whole = n - n % LANES;
    for at in (0..whole).step_by(LANES) {
        let parts: [&[f32]; N] = std::array::from_fn(|q| &rows[q][at..at + LANES]);
        for (l, lane) in lanes.iter_mut().enumerate() {
            *lane = step(*lane, std::array::from_fn(|q| parts[q][l]));
        }
    }
    for at in whole..n {
        lanes[at - whole] = step(lanes[at - whole], std::array::from_fn(|q| rows[q][at]));
    }
    lanes.into_iter().fold(start, join)
}

#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

/// The largest value that is a number; negative infinity for an empty row.
#[inline(always)]
pub fn maximum(row: &[f32]) -> f32 {
    fold([row], f32::NEG_INFINITY, |m, [x]| larger(m, x), larger)
}

#[inline(always)]
fn add(a: f32, b: f32) -> f32 {
    a + b
}

for_each_isa! {
    /// row += other
    pub fn add_row<F>(row: &mut [f32], other: &[f32]) {
        for (x, y) in row.iter_mut().zip(other) { *x += *y; }
    }

    /// row += scale * other
    pub fn add_scaled<F>(row: &mut [f32], scale: f32, other: &[f32]) {
        for (x, y) in row.iter_mut().zip(other) { *x = math::fma::<F>(scale, *y, *x); }
    }

    /// The largest value that is a number.
    pub fn row_maximum<F>(row: &[f32]) -> f32 { maximum(row) }

    /// The smallest value that is a number.
    pub fn row_minimum<F>(row: &[f32]) -> f32 {
        let smaller = |a: f32, b: f32| if b < a { b } else { a };
        fold([row], f32::INFINITY, |m, [x]| smaller(m, x), smaller)
    }

    /// The largest sum a_i + b_i that is a number.
    pub fn best_sum<F>(a: &[f32], b: &[f32]) -> f32 {
        fold([a, &b[..a.len()]], f32::NEG_INFINITY, |m, [x, y]| larger(m, x + y), larger)
    }

    /// Turns scores into weights e^(score - shift), where shift, which is returned, is the largest score (0 if all are negative infinity).
    pub fn exponentiate<F>(row: &mut [f32]) -> f32 {
        let top = maximum(row);
        let shift = if top == f32::NEG_INFINITY { 0.0 } else { top };
        for x in row { *x = exp_or_zero::<F>(*x - shift); }
        shift
    }

    /// out = e^(scores - shift)
    pub fn exponentiate_into<F>(scores: &[f32], shift: f32, out: &mut [f32]) {
        for (e, x) in out.iter_mut().zip(scores) { *e = exp_or_zero::<F>(*x - shift); }
    }

    /// row *= factor; returns the sum.
    pub fn multiply_and_sum<F>(row: &mut [f32], factor: &[f32]) -> f32 {
        for (x, y) in row.iter_mut().zip(factor) { *x *= *y; }
        fold([row], 0.0, |s, [x]| s + x, add)
    }

    /// The sum of a row.
    pub fn sum<F>(row: &[f32]) -> f32 { fold([row], 0.0, |s, [x]| s + x, add) }

    /// row *= factor
    pub fn scale<F>(row: &mut [f32], factor: f32) {
        for x in row { *x *= factor; }
    }

    /// row -= its maximum, which is returned (0 if all values are negative infinity, which then stay).
    pub fn lower<F>(row: &mut [f32]) -> f32 {
        let top = maximum(row);
        let shift = if top == f32::NEG_INFINITY { 0.0 } else { top };
        for x in row { *x -= shift; }
        shift
    }

    /// The inner product.
    pub fn dot<F>(a: &[f32], b: &[f32]) -> f32 {
        fold([a, &b[..a.len()]], 0.0, |s, [x, y]| math::fma::<F>(x, y, s), add)
    }

    /// One token on the way back: from `ahead`, the forward mass before a transition, and `behind`, the backward mass after it,
    /// makes `ahead` / z, the posterior of the tag left and, from the tag's own weight in `weights`, the next backward row.
    pub fn join<F>(ahead: &[f32], behind: &[f32], per_z: f32, per_top: f32, before: &mut [f32], marginal: &mut [f32], weights: &mut [f32]) {
        let n = ahead.len();
        let (behind, before, marginal, weights) = (&behind[..n], &mut before[..n], &mut marginal[..n], &mut weights[..n]);
        for i in 0..n {
            let mass = ahead[i] * per_z;
            before[i] = mass;
            marginal[i] = mass * behind[i];
            weights[i] *= behind[i] * per_top;
        }
    }
}
