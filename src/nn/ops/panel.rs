//! Products of a few rows with a matrix that is used again and again: the recurrent product of an LSTM.
//!
//! A general matrix product packs both operands anew at every call, which at 1 to 32 rows costs more than the product. Here the matrix
//! is packed once a pass into panels of [`WIDTH`] columns, and each product streams the panels past a tile of rows held in registers.

use super::isa::{Isa, Level};
use super::math::fma;

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
        let full = self.n / WIDTH;
        match isa.level() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the level says that the CPU has AVX-512; the assertions above and the packed size prove the bounds.
            Level::Avx512 => unsafe { x86::avx512(self, full, accumulate, rows, a, a_stride, c, c_stride) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above, with AVX2 and FMA.
            Level::Avx2 => unsafe { x86::avx2(self, full, accumulate, rows, a, a_stride, c, c_stride) },
            _ => {
                for p in 0..full {
                    self.one_panel::<false>(p, accumulate, rows, a, a_stride, c, c_stride);
                }
            }
        }
        if full * WIDTH < self.n {
            match isa.level() {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: the level says that the CPU has AVX2 and FMA.
                Level::Avx512 | Level::Avx2 => unsafe { x86::tail(self, full, accumulate, rows, a, a_stride, c, c_stride) },
                _ => self.one_panel::<false>(full, accumulate, rows, a, a_stride, c, c_stride),
            }
        }
    }

    /// Panel p: k rows of [`WIDTH`] values.
    #[inline(always)]
    pub fn panel(&self, p: usize) -> &[f32] {
        &self.data[p * self.k * WIDTH..(p + 1) * self.k * WIDTH]
    }

    /// One panel, whatever its width, in plain code.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    fn one_panel<const F: bool>(
        &self,
        p: usize,
        accumulate: bool,
        rows: usize,
        a: &[f32],
        a_stride: usize,
        c: &mut [f32],
        c_stride: usize,
    ) {
        let w = WIDTH.min(self.n - p * WIDTH);
        for r in 0..rows {
            let mut sum = [0.0f32; WIDTH];
            for (x, b) in a[r * a_stride..].iter().zip(self.panel(p).chunks_exact(WIDTH)) {
                for j in 0..WIDTH {
                    sum[j] = fma::<F>(*x, b[j], sum[j]);
                }
            }
            let c = &mut c[r * c_stride + p * WIDTH..][..w];
            for (c, s) in c.iter_mut().zip(sum) {
                *c = if accumulate { *c + s } else { s };
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Panels, WIDTH};
    use std::arch::x86_64::*;

    /// The narrow last panel.
    #[target_feature(enable = "avx2,fma")]
    #[allow(clippy::too_many_arguments)]
    pub fn tail(m: &Panels, p: usize, accumulate: bool, rows: usize, a: &[f32], a_stride: usize, c: &mut [f32], c_stride: usize) {
        m.one_panel::<true>(p, accumulate, rows, a, a_stride, c, c_stride);
    }

    /// The first `full` panels. The caller has checked that `a` and `c` hold `rows` rows of their strides, k and n wide.
    #[target_feature(enable = "avx512f")]
    #[allow(clippy::too_many_arguments)]
    pub fn avx512(m: &Panels, full: usize, accumulate: bool, rows: usize, a: &[f32], a_stride: usize, c: &mut [f32], c_stride: usize) {
        /// R rows times P panels from panel `p` on.
        #[target_feature(enable = "avx512f")]
        #[inline]
        #[allow(clippy::too_many_arguments)]
        fn tile<const R: usize, const P: usize>(
            m: &Panels,
            p: usize,
            accumulate: bool,
            row: usize,
            a: &[f32],
            a_stride: usize,
            c: &mut [f32],
            c_stride: usize,
        ) {
            let mut sum = [[_mm512_setzero_ps(); P]; R];
            let panel = m.panel(p).as_ptr();
            let a = a[row * a_stride..].as_ptr();
            // SAFETY: panels p .. p+P lie in the packed data (p + P <= full), so reads at q * 16k + 16i .. +16 with i < k do too;
            // row + R <= rows, so reads of `a` at r * a_stride + i and writes of `c` at r * c_stride + 16(p+q) .. +16 are in bounds.
            unsafe {
                for i in 0..m.k {
                    let mut b = [_mm512_setzero_ps(); P];
                    for q in 0..P {
                        b[q] = _mm512_loadu_ps(panel.add((q * m.k + i) * WIDTH));
                    }
                    for r in 0..R {
                        let x = _mm512_set1_ps(*a.add(r * a_stride + i));
                        for q in 0..P {
                            sum[r][q] = _mm512_fmadd_ps(x, b[q], sum[r][q]);
                        }
                    }
                }
                let c = c.as_mut_ptr().add(row * c_stride + p * WIDTH);
                for r in 0..R {
                    for q in 0..P {
                        let at = c.add(r * c_stride + q * WIDTH);
                        let old = if accumulate { _mm512_loadu_ps(at) } else { _mm512_setzero_ps() };
                        _mm512_storeu_ps(at, _mm512_add_ps(old, sum[r][q]));
                    }
                }
            }
        }
        let mut p = 0;
        if rows == 1 {
            while p + 8 <= full {
                tile::<1, 8>(m, p, accumulate, 0, a, a_stride, c, c_stride);
                p += 8;
            }
            while p < full {
                tile::<1, 1>(m, p, accumulate, 0, a, a_stride, c, c_stride);
                p += 1;
            }
            return;
        }
        while p < full {
            let pair = p + 2 <= full;
            let mut r = 0;
            while r < rows {
                let left = rows - r;
                match (left, pair) {
                    (8.., true) => tile::<8, 2>(m, p, accumulate, r, a, a_stride, c, c_stride),
                    (8.., false) => tile::<8, 1>(m, p, accumulate, r, a, a_stride, c, c_stride),
                    (4..8, true) => tile::<4, 2>(m, p, accumulate, r, a, a_stride, c, c_stride),
                    (4..8, false) => tile::<4, 1>(m, p, accumulate, r, a, a_stride, c, c_stride),
                    (2..4, true) => tile::<2, 2>(m, p, accumulate, r, a, a_stride, c, c_stride),
                    (2..4, false) => tile::<2, 1>(m, p, accumulate, r, a, a_stride, c, c_stride),
                    (_, true) => tile::<1, 2>(m, p, accumulate, r, a, a_stride, c, c_stride),
                    (_, false) => tile::<1, 1>(m, p, accumulate, r, a, a_stride, c, c_stride),
                }
                r += match left {
                    8.. => 8,
                    4..8 => 4,
                    2..4 => 2,
                    _ => 1,
                };
            }
            p += if pair { 2 } else { 1 };
        }
    }

    /// As [`avx512`], with half as wide registers: tiles of at most 4 rows by one panel.
    #[target_feature(enable = "avx2,fma")]
    #[allow(clippy::too_many_arguments)]
    pub fn avx2(m: &Panels, full: usize, accumulate: bool, rows: usize, a: &[f32], a_stride: usize, c: &mut [f32], c_stride: usize) {
        #[target_feature(enable = "avx2,fma")]
        #[inline]
        #[allow(clippy::too_many_arguments)]
        fn tile<const R: usize, const P: usize>(
            m: &Panels,
            p: usize,
            accumulate: bool,
            row: usize,
            a: &[f32],
            a_stride: usize,
            c: &mut [f32],
            c_stride: usize,
        ) {
            let mut sum = [[[_mm256_setzero_ps(); 2]; P]; R];
            let panel = m.panel(p).as_ptr();
            let a = a[row * a_stride..].as_ptr();
            // SAFETY: the same bounds as in the AVX-512 tile; a panel row is two registers of 8.
            unsafe {
                for i in 0..m.k {
                    let mut b = [[_mm256_setzero_ps(); 2]; P];
                    for q in 0..P {
                        let at = panel.add((q * m.k + i) * WIDTH);
                        b[q] = [_mm256_loadu_ps(at), _mm256_loadu_ps(at.add(8))];
                    }
                    for r in 0..R {
                        let x = _mm256_set1_ps(*a.add(r * a_stride + i));
                        for q in 0..P {
                            for half in 0..2 {
                                sum[r][q][half] = _mm256_fmadd_ps(x, b[q][half], sum[r][q][half]);
                            }
                        }
                    }
                }
                let c = c.as_mut_ptr().add(row * c_stride + p * WIDTH);
                for r in 0..R {
                    for q in 0..P {
                        for half in 0..2 {
                            let at = c.add(r * c_stride + q * WIDTH + half * 8);
                            let old = if accumulate { _mm256_loadu_ps(at) } else { _mm256_setzero_ps() };
                            _mm256_storeu_ps(at, _mm256_add_ps(old, sum[r][q][half]));
                        }
                    }
                }
            }
        }
        let mut p = 0;
        if rows == 1 {
            while p + 4 <= full {
                tile::<1, 4>(m, p, accumulate, 0, a, a_stride, c, c_stride);
                p += 4;
            }
        }
        while p < full {
            let mut r = 0;
            while r < rows {
                let left = rows - r;
                if left >= 4 {
                    tile::<4, 1>(m, p, accumulate, r, a, a_stride, c, c_stride);
                    r += 4;
                } else if left >= 2 {
                    tile::<2, 1>(m, p, accumulate, r, a, a_stride, c, c_stride);
                    r += 2;
                } else {
                    tile::<1, 1>(m, p, accumulate, r, a, a_stride, c, c_stride);
                    r += 1;
                }
            }
            p += 1;
        }
    }
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
                let mut got = start.clone();
                panels.multiply(isa, accumulate, rows, &a, k + 3, &mut got, n + 2);
                // small whole numbers: exact on every path
                prop_assert_eq!(&got, &want);
            }
        }
    }
}
