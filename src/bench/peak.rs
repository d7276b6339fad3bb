//! What the machine can do, to measure against.

use crate::nn::ops::math::{Mat, gemm};
use std::time::Instant;

/// Rows and columns of both operands: large enough that packing them costs next to nothing.
const SIDE: usize = 1024;

/// GFLOP/s of a big matrix product on one core: the best of `repeats`, since a neighbour can only take time away.
pub fn peak(repeats: usize) -> f64 {
    let operand = |seed: usize| -> Vec<f32> { (0..SIDE * SIDE).map(|i| ((i * 31 + seed) % 97) as f32 / 97.0 - 0.5).collect() };
    let (a, b, mut c) = (operand(1), operand(2), vec![0.0; SIDE * SIDE]);
    let mut best = f64::INFINITY;
    for _ in 0..=repeats {
        let began = Instant::now();
        gemm(false, Mat::new(&a, SIDE, SIDE, SIDE), Mat::new(&b, SIDE, SIDE, SIDE), &mut c, SIDE);
        best = best.min(began.elapsed().as_secs_f64());
    }
    std::hint::black_box(&c);
    2.0 * (SIDE as f64).powi(3) / best / 1e9
}
