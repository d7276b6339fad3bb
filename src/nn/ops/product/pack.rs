//! Matrices packed for products that use them more than once, or with many rows.

use super::{Mat, Right, WIDTH};
use crate::nn::isa::Isa;

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

    /// Packs `b`, reusing this value's memory.
    pub fn pack(&mut self, b: Mat) {
        (self.k, self.n) = (b.rows, b.columns);
        self.data.resize(b.columns.div_ceil(WIDTH) * WIDTH * b.rows, 0.0);
        if b.rows == 0 {
            return;
        }
        for (p, panel) in self.data.chunks_exact_mut(b.rows * WIDTH).enumerate() {
            let from = p * WIDTH;
            let width = WIDTH.min(b.columns - from);
            if b.column_stride == 1 {
                pack_rows(b, from, width, panel);
            } else {
                pack_columns(b, from, width, panel);
            }
        }
    }

    /// c = a b, or c += a b with `accumulate`, where b is the packed matrix and the rows of c are `stride` apart.
    ///
    /// # Panics
    /// If the shapes do not fit together: a bug of the caller.
    pub fn multiply(&self, isa: Isa, accumulate: bool, a: Mat, c: &mut [f32], stride: usize) {
        let right = Right { data: &self.data, k: self.k, n: self.n, panel_step: self.k * WIDTH, row_step: WIDTH };
        right.multiply(isa, accumulate, a, c, stride);
    }

    /// Panel p: k rows of [`WIDTH`] values.
    #[inline(always)]
    pub fn panel(&self, p: usize) -> &[f32] {
        &self.data[p * self.k * WIDTH..(p + 1) * self.k * WIDTH]
    }
}

fn pack_rows(b: Mat, from: usize, width: usize, panel: &mut [f32]) {
    for (i, row) in panel.chunks_exact_mut(WIDTH).enumerate() {
        row[..width].copy_from_slice(&b.data[i * b.row_stride + from..][..width]);
        row[width..].fill(0.0);
    }
}

/// A transposed matrix: its columns are rows in memory. Square by square, so that the lines written stay in the first-level cache until they
/// are full.
fn pack_columns(b: Mat, from: usize, width: usize, panel: &mut [f32]) {
    for (q, square) in panel.chunks_mut(WIDTH * WIDTH).enumerate() {
        for j in 0..width {
            let source = &b.data[(from + j) * b.column_stride + q * WIDTH * b.row_stride..];
            for (row, v) in square.chunks_exact_mut(WIDTH).zip(source.iter().step_by(b.row_stride)) {
                row[j] = *v;
            }
        }
        if width < WIDTH {
            square.chunks_exact_mut(WIDTH).for_each(|row| row[width..].fill(0.0));
        }
    }
}
