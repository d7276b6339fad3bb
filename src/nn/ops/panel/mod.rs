//! Products of a few rows with a matrix that is used again and again: the recurrent product of an LSTM.
//!
//! A general matrix product packs both operands anew at every call, which at 1 to 32 rows costs more than the product. Here the matrix
//! is packed once a pass into panels of [`WIDTH`] columns, or read where it lies, and each product streams it past a tile of rows held in
//! registers.

mod transposed;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::math::fma;
use crate::nn::isa::{Isa, Level};

pub use transposed::multiply_transposed;

/// Columns of a panel: one AVX-512 register, two AVX2 registers.
pub const WIDTH: usize = 16;

/// A k x n matrix packed as panels: panel p holds columns 16p .. 16p+16, row after row; columns past n are zero.
#[derive(Clone, Debug, Default)]
pub struct Panels {
    data: Vec<f32>,
    k: usize,
    n: usize,
}

impl Panels {
    /// No matrix yet; packing will use this memory.
    pub fn in_memory(data: Vec<f32>) -> Self {
        Self { data, k: 0, n: 0 }
    }

    /// Gives the memory back.
    pub fn into_memory(self) -> Vec<f32> {
        self.data
    }

    /// Packs the row-major k x n matrix `b`, reusing this value's memory.
    pub fn pack(&mut self, b: &[f32], k: usize, n: usize) {
        assert_eq!(b.len(), k * n, "values of a {k} x {n} matrix");
        self.reset(k, n);
        for (p, panel) in self.data.chunks_exact_mut(k * WIDTH).enumerate() {
            let from = p * WIDTH;
            let w = WIDTH.min(n - from);
            for (row, b) in panel.chunks_exact_mut(WIDTH).zip(b.chunks_exact(n)) {
                row[..w].copy_from_slice(&b[from..from + w]);
                row[w..].fill(0.0);
            }
        }
    }

    /// Packs the transpose of the row-major n x k matrix `b`.
    pub fn pack_transposed(&mut self, b: &[f32], n: usize, k: usize) {
        assert_eq!(b.len(), k * n, "values of a {n} x {k} matrix");
        self.reset(k, n);
        for (p, panel) in self.data.chunks_exact_mut(k * WIDTH).enumerate() {
            let from = p * WIDTH;
            let w = WIDTH.min(n - from);
            // square by square, so that the lines written stay in the first-level cache until they are full
            for (q, square) in panel.chunks_mut(WIDTH * WIDTH).enumerate() {
                for j in 0..w {
                    let source = &b[(from + j) * k + q * WIDTH..][..square.len() / WIDTH];
                    for (row, v) in square.chunks_exact_mut(WIDTH).zip(source) {
                        row[j] = *v;
                    }
                }
                if w < WIDTH {
                    square.chunks_exact_mut(WIDTH).for_each(|row| row[w..].fill(0.0));
                }
            }
        }
    }

    fn reset(&mut self, k: usize, n: usize) {
        (self.k, self.n) = (k, n);
        self.data.resize(n.div_ceil(WIDTH) * WIDTH * k, 0.0);
    }

    /// The packed matrix as the right operand of a product.
    pub fn view(&self) -> Right<'_> {
        Right { data: &self.data, k: self.k, n: self.n, panel_step: self.k * WIDTH, row_step: WIDTH }
    }

    /// c += a b (or c = a b): see [`Right::multiply`].
    #[allow(clippy::too_many_arguments)]
    pub fn multiply(&self, isa: Isa, accumulate: bool, rows: usize, a: &[f32], a_stride: usize, c: &mut [f32], c_stride: usize) {
        self.view().multiply(isa, accumulate, rows, a, a_stride, c, c_stride);
    }

    /// Panel p: k rows of [`WIDTH`] values.
    #[inline(always)]
    pub fn panel(&self, p: usize) -> &[f32] {
        &self.data[p * self.k * WIDTH..(p + 1) * self.k * WIDTH]
    }
}

/// The k x n right operand of a product, packed or where it lies: row i of the columns 16p .. 16p+16 starts at
/// `p * panel_step + i * row_step`.
#[derive(Clone, Copy, Debug)]
pub struct Right<'a> {
    data: &'a [f32],
    k: usize,
    n: usize,
    panel_step: usize,
    row_step: usize,
}

impl<'a> Right<'a> {
    /// A row-major k x n matrix, not packed: worth it where there are but a few rows to multiply.
    pub fn rows(data: &'a [f32], k: usize, n: usize) -> Self {
        assert_eq!(data.len(), k * n, "values of a {k} x {n} matrix");
        Self { data, k, n, panel_step: WIDTH, row_step: n }
    }

    /// c += a b (or c = a b) for `rows` rows of `a`, `a_stride` apart, and of `c`, `c_stride` apart.
    ///
    /// # Panics
    /// If a slice is too short for its shape: a bug of the caller.
    #[allow(clippy::too_many_arguments)]
    pub fn multiply(&self, isa: Isa, accumulate: bool, rows: usize, a: &[f32], a_stride: usize, c: &mut [f32], c_stride: usize) {
        if rows == 0 || self.n == 0 {
            return;
        }
        assert!(a_stride >= self.k && c_stride >= self.n, "row strides of a panel product");
        assert!(a.len() >= (rows - 1) * a_stride + self.k, "left operand of a panel product");
        assert!(c.len() >= (rows - 1) * c_stride + self.n, "result of a panel product");
        let left = Left { rows, data: a, stride: a_stride };
        let mut result = Output { accumulate, data: c, stride: c_stride };
        match isa.level() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the level says that the CPU has AVX-512; the assertions above and the right operand's size prove the bounds.
            Level::Avx512 => unsafe { x86::avx512(*self, left, &mut result) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above, with AVX2 and FMA.
            Level::Avx2 => unsafe { x86::avx2(*self, left, &mut result) },
            _ => (0..self.n.div_ceil(WIDTH)).for_each(|p| self.one_panel::<false>(p, left, &mut result)),
        }
    }

    /// Columns of panel p that there are.
    fn width(&self, p: usize) -> usize {
        WIDTH.min(self.n - p * WIDTH)
    }

    /// One panel, whatever its width, in plain code.
    #[inline(always)]
    fn one_panel<const F: bool>(&self, p: usize, left: Left, result: &mut Output) {
        let w = self.width(p);
        for r in 0..left.rows {
            let mut sum = [0.0f32; WIDTH];
            for (i, x) in left.data[r * left.stride..][..self.k].iter().enumerate() {
                for (s, b) in sum.iter_mut().zip(&self.data[p * self.panel_step + i * self.row_step..][..w]) {
                    *s = fma::<F>(*x, *b, *s);
                }
            }
            let c = &mut result.data[r * result.stride + p * WIDTH..][..w];
            for (c, s) in c.iter_mut().zip(sum) {
                *c = if result.accumulate { *c + s } else { s };
            }
        }
    }
}

/// The left operand: `rows` rows, `stride` apart.
#[derive(Clone, Copy)]
struct Left<'a> {
    rows: usize,
    data: &'a [f32],
    stride: usize,
}

/// Where the product goes.
struct Output<'a> {
    accumulate: bool,
    data: &'a mut [f32],
    stride: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_the_naive_product(k in 1usize..40, n in 1usize..150, rows in 0usize..19, accumulate: bool, transposed: bool, seed in 0u32..1000) {
            let value = |i: usize| (((i as u32).wrapping_mul(2_654_435_761).wrapping_add(seed) >> 16) % 17) as f32 - 8.0;
            let a: Vec<f32> = (0..rows * (k + 3)).map(value).collect();
            let b: Vec<f32> = (0..k * n).map(|i| value(i + 7)).collect();
            let start: Vec<f32> = (0..rows * (n + 2)).map(|i| value(i + 3)).collect();
            let at = |i: usize, j: usize| if transposed { b[j * k + i] } else { b[i * n + j] };
            let mut want = start.clone();
            for r in 0..rows {
                for j in 0..n {
                    let sum: f32 = (0..k).map(|i| a[r * (k + 3) + i] * at(i, j)).sum();
                    want[r * (n + 2) + j] = if accumulate { want[r * (n + 2) + j] + sum } else { sum };
                }
            }
            let mut panels = Panels::default();
            if transposed { panels.pack_transposed(&b, n, k) } else { panels.pack(&b, k, n) }
            for isa in Isa::available() {
                // small whole numbers: exact on every path
                let mut got = start.clone();
                panels.multiply(isa, accumulate, rows, &a, k + 3, &mut got, n + 2);
                prop_assert_eq!(&got, &want);
                let mut got = start.clone();
                match transposed {
                    true => multiply_transposed(isa, accumulate, rows, &a, k + 3, &b, n, k, &mut got, n + 2),
                    false => Right::rows(&b, k, n).multiply(isa, accumulate, rows, &a, k + 3, &mut got, n + 2),
                }
                prop_assert_eq!(&got, &want);
            }
        }
    }
}
