//! Matrices packed for products that use them more than once, or with many rows.

use super::{Initial, Mat, Right, WIDTH};
use crate::nn::isa::{Isa, Level};

/// A k x n matrix packed as panels: panel p holds columns 16p .. 16p+16, row after row; columns past n are zero.
#[derive(Debug, Default)]
pub struct Panels {
    data: Vec<f32>,
    /// Where the first panel begins: at a cache line, so that no register's load crosses two.
    start: usize,
    k: usize,
    n: usize,
}

/// Values of a cache line.
const LINE: usize = 16;

impl Panels {
    /// No matrix yet; packing will use this memory.
    pub fn in_memory(data: Vec<f32>) -> Self {
        Self { data, start: 0, k: 0, n: 0 }
    }

    /// Gives the memory back.
    pub fn into_memory(self) -> Vec<f32> {
        self.data
    }

    /// Values of memory that a packed k x n matrix takes; more do no harm.
    pub fn len(k: usize, n: usize) -> usize {
        n.next_multiple_of(WIDTH) * k + LINE
    }

    /// Packs `b`, reusing this value's memory.
    pub fn pack(&mut self, isa: Isa, b: Mat) {
        (self.k, self.n) = (b.rows, b.columns);
        let needed = Self::len(b.rows, b.columns);
        if self.data.len() < needed {
            // so that growing copies nothing
            self.data.clear();
            self.data.resize(needed, 0.0);
        }
        // Where it cannot be told, a line is as good as any other value of it.
        self.start = self.data.as_ptr().align_offset(4 * LINE).min(LINE);
        if b.rows == 0 {
            return;
        }
        let panels = self.data[self.start..].chunks_exact_mut(b.rows * WIDTH).take(b.columns.div_ceil(WIDTH));
        for (p, panel) in panels.enumerate() {
            let from = p * WIDTH;
            let width = WIDTH.min(b.columns - from);
            if b.column_stride == 1 {
                pack_rows(b, from, width, panel);
            } else {
                pack_columns(isa, b, from, width, panel);
            }
        }
    }

    /// c = a b, or what else `initial` says, where b is the packed matrix and the rows of c are `stride` apart.
    ///
    /// # Panics
    /// If the shapes do not fit together: a bug of the caller.
    pub fn multiply(&self, isa: Isa, initial: Initial, a: Mat, c: &mut [f32], stride: usize) {
        let data = &self.data[self.start..];
        Right { data, k: self.k, n: self.n, panel_step: self.k * WIDTH, row_step: WIDTH }.multiply(isa, initial, a, c, stride);
    }

    /// Panel p: k rows of [`WIDTH`] values.
    #[inline(always)]
    pub fn panel(&self, p: usize) -> &[f32] {
        &self.data[self.start + p * self.k * WIDTH..][..self.k * WIDTH]
    }
}

fn pack_rows(b: Mat, from: usize, width: usize, panel: &mut [f32]) {
    for (i, row) in panel.chunks_exact_mut(WIDTH).enumerate() {
        let source = &b.data[i * b.row_stride + from..];
        if width == WIDTH {
            row.copy_from_slice(&source[..WIDTH]);
        } else {
            row[..width].copy_from_slice(&source[..width]);
            row[width..].fill(0.0);
        }
    }
}

/// A transposed matrix, whose columns are rows in memory.
fn pack_columns(isa: Isa, b: Mat, from: usize, width: usize, panel: &mut [f32]) {
    debug_assert_eq!(b.row_stride, 1);
    let columns = &b.data[from * b.column_stride..];
    assert!(columns.len() >= (width - 1) * b.column_stride + b.rows && panel.len() == b.rows * WIDTH);
    if width < WIDTH {
        panel.fill(0.0);
    }
    let mut done = (0, 0);
    if isa.level() != Level::Portable {
        done = (b.rows / 8 * 8, width / 8 * 8);
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the level says that the CPU has AVX2; squares of 8 x 8 lie within the columns and the panel, as asserted above.
        unsafe {
            super::x86::transpose_squares(columns, b.column_stride, done, panel);
        }
    }
    for (j, column) in columns.chunks(b.column_stride).take(width).enumerate() {
        let first = if j < done.1 { done.0 } else { 0 };
        for (row, v) in panel.chunks_exact_mut(WIDTH).zip(&column[..b.rows]).skip(first) {
            row[j] = *v;
        }
    }
}
