use super::*;
use crate::nn::ops::math::bits::{awkward, noise};
use proptest::prelude::*;

/// The definition: one chain of `f32::mul_add` an element.
fn by_definition(initial: Initial, a: Mat, b: Mat, c: &mut [f32], stride: usize) {
    for r in 0..a.rows {
        for j in 0..b.columns {
            let c = &mut c[r * stride + j];
            let begin = match initial {
                Initial::Zero => 0.0,
                Initial::Result => *c,
                Initial::Rows { data, stride } => data[r * stride + j],
            };
            *c = (0..a.columns).fold(begin, |sum, i| {
                let x = a.data[r * a.row_stride + i * a.column_stride];
                x.mul_add(b.data[i * b.row_stride + j * b.column_stride], sum)
            });
        }
    }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

/// Holds every way to a product, on every path of this machine, to the definition.
fn every_way_gives_the_bits(
    m: usize,
    k: usize,
    n: usize,
    begin: u8,
    left_transposed: bool,
    right_transposed: bool,
    numbers: fn(u64, usize) -> Vec<f32>,
) {
    let matrix = |seed: u64, rows: usize, columns: usize| numbers(seed, rows * (columns + 3));
    let (a, b) = match (left_transposed, right_transposed) {
        (false, false) => (matrix(1, m, k), matrix(2, k, n)),
        (true, false) => (matrix(1, k, m), matrix(2, k, n)),
        (false, true) => (matrix(1, m, k), matrix(2, n, k)),
        (true, true) => (matrix(1, k, m), matrix(2, n, k)),
    };
    let a = if left_transposed { Mat::new(&a, k, m, m + 3).t() } else { Mat::new(&a, m, k, k + 3) };
    let b = if right_transposed { Mat::new(&b, n, k, k + 3).t() } else { Mat::new(&b, k, n, n + 3) };
    let start = numbers(3, m * (n + 2));
    let other = numbers(4, m * (n + 5));
    let initial = match begin {
        0 => Initial::Zero,
        1 => Initial::Result,
        2 => Initial::Rows { data: &other, stride: n + 5 },
        _ => Initial::Rows { data: &other, stride: 0 },
    };
    let mut want = start.clone();
    by_definition(initial, a, b, &mut want, n + 2);
    for isa in Isa::available() {
        let mut got = start.clone();
        multiply(isa, &mut vec![f32::NAN; 7], initial, a, b, &mut got, n + 2);
        assert_eq!(bits(&got), bits(&want), "{isa:?} {m} x {k} x {n}");
        let mut panels = Panels::in_memory(vec![f32::NAN; 7]);
        panels.pack(isa, b);
        let mut got = start.clone();
        panels.multiply(isa, initial, a, &mut got, n + 2);
        assert_eq!(bits(&got), bits(&want), "packed, {isa:?} {m} x {k} x {n}");
    }
}

/// Rows, terms and columns. Miri takes seconds for what takes microseconds.
const MOST: (usize, usize, usize) = if cfg!(miri) { (10, 4, 40) } else { (30, 40, 150) };

proptest! {
    #[test]
    fn every_path_gives_the_bits_of_the_definition(
        m in 0..MOST.0, k in 0..MOST.1, n in 0..MOST.2, begin in 0u8..4, left_transposed: bool, right_transposed: bool, odd: bool,
    ) {
        every_way_gives_the_bits(m, k, n, begin, left_transposed, right_transposed, if odd { awkward } else { noise });
    }
}

/// Sums longer than one pass, and operands that are packed without being asked for.
#[test]
fn large_products_give_the_bits_of_the_definition() {
    let shapes = match cfg!(miri) {
        true => &[(MANY, 2, 3), (2, DEPTH + 1, 17)][..],
        false => &[(MANY + 6, DEPTH + 1, 35), (70, 2 * DEPTH, 16), (3, 2 * DEPTH + 5, 100), (1, DEPTH + 9, 140)],
    };
    for &(m, k, n) in shapes {
        for (left, right) in [(false, false), (true, false), (false, true)] {
            every_way_gives_the_bits(m, k, n, 1, left, right, noise);
        }
    }
}

#[test]
fn known_products_of_views_and_transposes() {
    let a = [1.0, 2.0, 0.0, 3.0, 4.0, 0.0]; // 2 x 2 in rows of 3
    let b = [1.0, 10.0, 100.0, 1000.0]; // 2 x 2
    for isa in Isa::available() {
        let mut c = [1.0; 4];
        multiply(isa, &mut Vec::new(), Initial::Result, Mat::new(&a, 2, 2, 3), Mat::new(&b, 2, 2, 2).t(), &mut c, 2);
        assert_eq!(c, [22.0, 2101.0, 44.0, 4301.0]);
    }
}
