//! Matrix products, exact by definition: every element is one chain of fused multiply-adds over k ascending,
//! `c_ij = fma(a_ik, b_kj, c_ij)`, beginning from 0, from what c holds, or from given values.
//!
//! A vector lane is an element, so registers of any width give the same bits, and so does any blocking: over rows and columns because
//! elements do not meet, over k because a block goes on from the c_ij that the one before has stored. What a product costs is therefore
//! free to choose (packed or read where it lies, which tile, which instructions), and what it gives is not.

mod pack;
mod portable;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86;

use crate::nn::isa::{Isa, Level};

pub use pack::Panels;

/// Columns of a panel: one AVX-512 register, two AVX2 registers.
pub const WIDTH: usize = 16;

/// Rows from which on a row-major right operand is packed: below, packing costs more than it gains.
const MANY: usize = 65;

/// Terms of a sum that are added before the next tile is begun, so that what they read of the right operand stays in the first-level cache.
const DEPTH: usize = 192;

/// A matrix in memory: where it starts, and how many elements apart its rows and its columns are.
#[derive(Clone, Copy, Debug)]
pub struct Mat<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Mat<'a> {
    /// `rows` x `columns`, rows `row_stride` elements apart, columns side by side.
    ///
    /// # Panics
    /// If `data` is too short for that shape: a bug of the caller.
    pub fn new(data: &'a [f32], rows: usize, columns: usize, row_stride: usize) -> Self {
        let needed = if rows == 0 || columns == 0 { 0 } else { (rows - 1) * row_stride + columns };
        assert!(data.len() >= needed, "a {rows} x {columns} matrix with row stride {row_stride} needs {needed} values, not {}", data.len());
        Self { data, rows, columns, row_stride, column_stride: 1 }
    }

    /// The transposed view.
    pub fn t(self) -> Self {
        Self { rows: self.columns, columns: self.rows, row_stride: self.column_stride, column_stride: self.row_stride, ..self }
    }
}

/// Where the sums of a product begin.
#[derive(Clone, Copy, Debug)]
pub enum Initial<'a> {
    /// c = a b
    Zero,
    /// c += a b
    Result,
    /// c = d + a b: the rows of d are `stride` apart; 0 for one row d that all begin from.
    Rows { data: &'a [f32], stride: usize },
}

/// Values of memory that [`multiply`] packs `b` into: none where it reads `b` where it lies.
pub fn memory_for(a: Mat, b: Mat) -> usize {
    if b.column_stride == 1 && a.rows < MANY { 0 } else { Panels::len(b.rows, b.columns) }
}

/// c = a b, or what else `initial` says; c is `a.rows` x `b.columns` with rows `stride` apart. One thread. `memory` is where `b` is packed if
/// that pays.
///
/// # Panics
/// If the shapes do not fit together: a bug of the caller.
pub fn multiply(isa: Isa, memory: &mut Vec<f32>, initial: Initial, a: Mat, b: Mat, c: &mut [f32], stride: usize) {
    if memory_for(a, b) == 0 {
        return Right::in_place(b).multiply(isa, initial, a, c, stride);
    }
    let mut panels = Panels::in_memory(std::mem::take(memory));
    panels.pack(isa, b);
    panels.multiply(isa, initial, a, c, stride);
    *memory = panels.into_memory();
}

/// The k x n right operand of a product, packed or where it lies: row i of the columns 16p .. 16p+16 starts at
/// `p * panel_step + i * row_step`.
#[derive(Clone, Copy, Debug)]
struct Right<'a> {
    data: &'a [f32],
    k: usize,
    n: usize,
    panel_step: usize,
    row_step: usize,
}

impl<'a> Right<'a> {
    /// A matrix whose columns lie side by side.
    fn in_place(b: Mat<'a>) -> Self {
        Self { data: b.data, k: b.rows, n: b.columns, panel_step: WIDTH, row_step: b.row_stride }
    }

    fn multiply(&self, isa: Isa, initial: Initial, a: Mat, c: &mut [f32], stride: usize) {
        assert_eq!(a.columns, self.k, "inner dimensions of a matrix product");
        let (m, n) = (a.rows, self.n);
        if m == 0 || n == 0 {
            return;
        }
        assert!(stride >= n && c.len() >= (m - 1) * stride + n, "the result of a {m} x {n} product does not fit");
        if let Initial::Rows { data, stride } = initial {
            assert!(data.len() >= (m - 1) * stride + n, "the initial values of a {m} x {n} product");
        }
        let mut output = Output { data: c, stride };
        // One pass at least: a product of no terms is what it begins from.
        for from in (0..self.k.max(1)).step_by(DEPTH) {
            let terms = Terms { from, count: DEPTH.min(self.k - from), initial: if from == 0 { initial } else { Initial::Result } };
            match isa.level() {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: the level says that the CPU has AVX-512; `Mat::new` proves that the elements of both operands lie within their
                // slices, and the assertion above that those of the result do.
                Level::Avx512 => unsafe { x86::avx512::product(*self, a, terms, &mut output) },
                #[cfg(target_arch = "x86_64")]
                // SAFETY: as above, with AVX2 and FMA.
                Level::Avx2 => unsafe { x86::avx2::product(*self, a, terms, &mut output) },
                _ => portable::product(*self, a, terms, &mut output),
            }
        }
    }

    fn panels(&self) -> usize {
        self.n.div_ceil(WIDTH)
    }

    /// Columns of panel p that there are.
    fn width(&self, p: usize) -> usize {
        WIDTH.min(self.n - p * WIDTH)
    }
}

/// The terms of every sum that one pass adds.
#[derive(Clone, Copy)]
struct Terms<'a> {
    from: usize,
    count: usize,
    initial: Initial<'a>,
}

/// Where the product goes: rows `stride` apart.
struct Output<'a> {
    data: &'a mut [f32],
    stride: usize,
}

/// Cuts rows (or panels) into tiles of at most `most` that differ by one at most: a tile of one costs as much time as one of several.
fn tiles(rows: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = rows.div_ceil(most);
    (0..count).map(move |i| {
        let (from, to) = (i * rows / count, (i + 1) * rows / count);
        (from, to - from)
    })
}
