//! What the machine can do, to measure against.

use crate::nn::isa::Isa;
use crate::nn::ops::product::{Initial, Mat, multiply};
use cpu_time::ThreadTime;

/// Rows and columns of square products: from one that the caches hold to one that they do not. No powers of two, whose rows would fall on
/// the same cache lines.
const SIDES: [usize; 3] = [240, 480, 960];
/// Multiplications of each side together, in those of the greatest side.
const REPEATS: usize = 10;

/// GFLOP/s of a square matrix product on one core: the best that any product of any side reached, since a neighbour on the machine can
/// only take time away.
pub fn peak(isa: Isa) -> f64 {
    let most = SIDES.into_iter().max().unwrap_or_default();
    let operand = |seed: usize| -> Vec<f32> { (0..most * most).map(|i| ((i * 31 + seed) % 97) as f32 / 97.0 - 0.5).collect() };
    let (a, b, mut c, mut memory) = (operand(1), operand(2), vec![0.0; most * most], Vec::new());
    let mut best: f64 = 0.0;
    for side in SIDES {
        for _ in 0..REPEATS * (most / side).pow(3) {
            let operations = 2.0 * (side * side * side) as f64;
            let began = ThreadTime::now();
            let (a, b) = (Mat::new(&a, side, side, side), Mat::new(&b, side, side, side));
            multiply(isa, &mut memory, Initial::Zero, a, b, &mut c, side);
            best = best.max(operations / began.elapsed().as_secs_f64() / 1e9);
        }
    }
    std::hint::black_box(&c);
    best
}
