//! Products in plain code.

use super::{Initial, Mat, Output, Right, Terms, WIDTH, tiles};
use crate::nn::ops::math::fma;

/// Adds `terms` of every sum.
pub fn product(b: Right, a: Mat, terms: Terms, output: &mut Output) {
    for p in 0..b.panels() {
        for (row, rows) in tiles(a.rows, 4) {
            match rows {
                4 => tile::<4>(b, p, a, row, terms, output),
                3 => tile::<3>(b, p, a, row, terms, output),
                2 => tile::<2>(b, p, a, row, terms, output),
                _ => tile::<1>(b, p, a, row, terms, output),
            }
        }
    }
}

/// R rows from `row` on times panel p.
fn tile<const R: usize>(b: Right, p: usize, a: Mat, row: usize, terms: Terms, output: &mut Output) {
    let width = b.width(p);
    let mut sums = [[0.0f32; WIDTH]; R];
    let place = |r: usize| (row + r) * output.stride + p * WIDTH;
    for (r, sums) in sums.iter_mut().enumerate() {
        match terms.initial {
            Initial::Zero => {}
            Initial::Result => sums[..width].copy_from_slice(&output.data[place(r)..][..width]),
            Initial::Rows { data, stride } => sums[..width].copy_from_slice(&data[(row + r) * stride + p * WIDTH..][..width]),
        }
    }
    let mut column = [0.0f32; WIDTH];
    for i in terms.from..terms.from + terms.count {
        column[..width].copy_from_slice(&b.data[p * b.panel_step + i * b.row_step..][..width]);
        for (r, sums) in sums.iter_mut().enumerate() {
            let x = a.data[(row + r) * a.row_stride + i * a.column_stride];
            for (sum, y) in sums.iter_mut().zip(column) {
                *sum = fma::<false>(x, y, *sum);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        output.data[place(r)..][..width].copy_from_slice(&sums[..width]);
    }
}
