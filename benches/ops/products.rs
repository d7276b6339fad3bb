//! Matrix products at the shapes of a training step: this program's own, and with the feature `bench-gemm` the `gemm`
//! crate's beside them in the same process.

use super::{Table, Work, noise};
use mermen::nn::isa::Isa;
use mermen::nn::ops::product::{Initial, Mat, Panels, multiply};

pub fn rows(table: &mut Table) {
    // Rows, inner dimension, columns: square; input projections of 25 and 400 tokens; recurrent products of 1 and 16 sentences; heads.
    for shape in [(400, 400, 200), (25, 200, 400), (400, 200, 400), (1, 100, 400), (16, 100, 400), (25, 200, 670), (400, 200, 670)] {
        let (m, k, n) = shape;
        let (a, b, mut c) = (noise(m * k, 1), noise(k * n, 2), vec![0.0; m * n]);
        product(table, "a b", shape, Operand(&a, false), Operand(&b, false), &mut c);
        for isa in Isa::available().into_iter().filter(|isa| *isa != Isa::PORTABLE) {
            let mut panels = Panels::default();
            panels.pack(isa, Mat::new(&b, k, n, n));
            let name = format!("product, a b, packed before, {m}x{k}x{n}, {}", isa.name());
            table.row(&name, flops(shape), || (), |()| panels.multiply(isa, Initial::Result, Mat::new(&a, m, k, k), &mut c, n));
        }
    }
    // Gradients: of the input (dz Wt), and of the matrices, whose inner dimension is the number of tokens.
    for tokens in [25, 400] {
        let (x, dz, w) = (noise(tokens * 200, 1), noise(tokens * 400, 2), noise(200 * 400, 3));
        product(table, "dz Wt", (tokens, 400, 200), Operand(&dz, false), Operand(&w, true), &mut vec![0.0; tokens * 200]);
        product(table, "xt dz", (200, tokens, 400), Operand(&x, true), Operand(&dz, false), &mut vec![0.0; 200 * 400]);
        let g = noise(tokens * 670, 4);
        product(table, "vt g", (200, tokens, 670), Operand(&x, true), Operand(&g, false), &mut vec![0.0; 200 * 670]);
    }
}

/// Values, and whether the operand is their transpose.
#[derive(Clone, Copy)]
struct Operand<'a>(&'a [f32], bool);

impl Operand<'_> {
    fn view(&self, rows: usize, columns: usize) -> Mat<'_> {
        if self.1 { Mat::new(self.0, columns, rows, rows).t() } else { Mat::new(self.0, rows, columns, columns) }
    }

    /// Distance of rows and of columns.
    #[cfg(feature = "bench-gemm")]
    fn strides(&self, rows: usize, columns: usize) -> (isize, isize) {
        if self.1 { (1, rows as isize) } else { (columns as isize, 1) }
    }
}

fn flops((m, k, n): (usize, usize, usize)) -> Work {
    Work::Flops(2.0 * (m * k * n) as f64)
}

fn product(table: &mut Table, what: &str, shape: (usize, usize, usize), a: Operand, b: Operand, c: &mut [f32]) {
    let (m, k, n) = shape;
    let name = |by: &str| format!("product, {what}, {m}x{k}x{n}, {by}");
    #[cfg(feature = "bench-gemm")]
    table.row(&name("gemm 0.19"), flops(shape), || (), |()| gemm_crate(shape, a, b, c));
    let mut memory = Vec::new();
    for isa in Isa::available().into_iter().filter(|isa| *isa != Isa::PORTABLE) {
        table.row(
            &name(isa.name()),
            flops(shape),
            || (),
            |()| multiply(isa, &mut memory, Initial::Result, a.view(m, k), b.view(k, n), c, n),
        );
    }
}

/// c += a b by the `gemm` crate.
#[cfg(feature = "bench-gemm")]
fn gemm_crate((m, k, n): (usize, usize, usize), a: Operand, b: Operand, c: &mut [f32]) {
    let ((a_row, a_column), (b_row, b_column)) = (a.strides(m, k), b.strides(k, n));
    assert!(a.0.len() == m * k && b.0.len() == k * n && c.len() == m * n);
    // SAFETY: the slices hold as many values as the shapes and strides reach, and `c` is borrowed mutably, so that it overlaps neither.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c.as_mut_ptr(),
            1,
            n as isize,
            true,
            a.0.as_ptr(),
            a_column,
            a_row,
            b.0.as_ptr(),
            b_column,
            b_row,
            1.0f32,
            1.0f32,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
