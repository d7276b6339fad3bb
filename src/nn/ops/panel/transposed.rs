//! Products of a few rows with the transpose of a row-major matrix, read where it lies: every value is the dot product of two rows.

use crate::nn::isa::{Isa, Level};

/// c += a bᵀ (or c = a bᵀ): `rows` rows of `a`, k wide and `a_stride` apart; b is n x k, row-major; c has rows `c_stride` apart.
///
/// # Panics
/// If a slice is too short for its shape: a bug of the caller.
#[allow(clippy::too_many_arguments)]
pub fn multiply_transposed(
    isa: Isa,
    accumulate: bool,
    rows: usize,
    a: &[f32],
    a_stride: usize,
    b: &[f32],
    n: usize,
    k: usize,
    c: &mut [f32],
    c_stride: usize,
) {
    if rows == 0 || n == 0 {
        return;
    }
    assert_eq!(b.len(), n * k, "values of a {n} x {k} matrix");
    assert!(a_stride >= k && a.len() >= (rows - 1) * a_stride + k, "left operand of a transposed product");
    assert!(c_stride >= n && c.len() >= (rows - 1) * c_stride + n, "result of a transposed product");
    let mut put = |r: usize, j: usize, sum: f32| {
        let c = &mut c[r * c_stride + j];
        *c = if accumulate { *c + sum } else { sum };
    };
    let (left, right) = (Operand { data: a, stride: a_stride }, Operand { data: b, stride: k });
    match isa.level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the level says that the CPU has AVX-512; the assertions above prove that all rows are k long.
        Level::Avx512 => unsafe { x86::avx512(left, rows, right, n, k, &mut put) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above, with AVX2 and FMA.
        Level::Avx2 => unsafe { x86::avx2(left, rows, right, n, k, &mut put) },
        _ => {
            for r in 0..rows {
                for j in 0..n {
                    put(r, j, left.row(r, k).iter().zip(right.row(j, k)).map(|(x, y)| x * y).sum());
                }
            }
        }
    }
}

/// Rows, `stride` apart.
#[derive(Clone, Copy)]
struct Operand<'a> {
    data: &'a [f32],
    stride: usize,
}

impl<'a> Operand<'a> {
    fn row(&self, r: usize, k: usize) -> &'a [f32] {
        &self.data[r * self.stride..][..k]
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Operand;
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f")]
    pub fn avx512(a: Operand, rows: usize, b: Operand, n: usize, k: usize, put: &mut impl FnMut(usize, usize, f32)) {
        let mut r = 0;
        while r < rows {
            let tall = if rows - r >= 4 { 4 } else { 1 };
            let mut j = 0;
            while j < n {
                let wide = if n - j >= 4 { 4 } else { 1 };
                match (tall, wide) {
                    (4, 4) => avx512_tile::<4, 4>(a, r, b, j, k, put),
                    (4, _) => avx512_tile::<4, 1>(a, r, b, j, k, put),
                    (_, 4) => avx512_tile::<1, 4>(a, r, b, j, k, put),
                    _ => avx512_tile::<1, 1>(a, r, b, j, k, put),
                }
                j += wide;
            }
            r += tall;
        }
    }

    /// R rows of `a` from `r` on by C rows of `b` from `j` on.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn avx512_tile<const R: usize, const C: usize>(
        a: Operand,
        r: usize,
        b: Operand,
        j: usize,
        k: usize,
        put: &mut impl FnMut(usize, usize, f32),
    ) {
        let x: [*const f32; R] = std::array::from_fn(|i| a.row(r + i, k).as_ptr());
        let y: [*const f32; C] = std::array::from_fn(|q| b.row(j + q, k).as_ptr());
        let mut sums = [[_mm512_setzero_ps(); C]; R];
        let mut at = 0;
        while at < k {
            let mask: __mmask16 = if k - at >= 16 { !0 } else { (1 << (k - at)) - 1 };
            // SAFETY: each pointer is to a slice of k values; the mask ends the loads there.
            unsafe {
                let mut columns = [_mm512_setzero_ps(); C];
                for (q, column) in columns.iter_mut().enumerate() {
                    *column = _mm512_maskz_loadu_ps(mask, y[q].add(at));
                }
                for (i, sums) in sums.iter_mut().enumerate() {
                    let row = _mm512_maskz_loadu_ps(mask, x[i].add(at));
                    for q in 0..C {
                        sums[q] = _mm512_fmadd_ps(row, columns[q], sums[q]);
                    }
                }
            }
            at += 16;
        }
        for (i, sums) in sums.iter().enumerate() {
            for (q, sum) in sums.iter().enumerate() {
                put(r + i, j + q, _mm512_reduce_add_ps(*sum));
            }
        }
    }

    #[target_feature(enable = "avx2,fma")]
    pub fn avx2(a: Operand, rows: usize, b: Operand, n: usize, k: usize, put: &mut impl FnMut(usize, usize, f32)) {
        let mut r = 0;
        while r < rows {
            let tall = if rows - r >= 2 { 2 } else { 1 };
            let mut j = 0;
            while j < n {
                let wide = if n - j >= 4 { 4 } else { 1 };
                match (tall, wide) {
                    (2, 4) => avx2_tile::<2, 4>(a, r, b, j, k, put),
                    (2, _) => avx2_tile::<2, 1>(a, r, b, j, k, put),
                    (_, 4) => avx2_tile::<1, 4>(a, r, b, j, k, put),
                    _ => avx2_tile::<1, 1>(a, r, b, j, k, put),
                }
                j += wide;
            }
            r += tall;
        }
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    fn avx2_tile<const R: usize, const C: usize>(
        a: Operand,
        r: usize,
        b: Operand,
        j: usize,
        k: usize,
        put: &mut impl FnMut(usize, usize, f32),
    ) {
        let x: [&[f32]; R] = std::array::from_fn(|i| a.row(r + i, k));
        let y: [&[f32]; C] = std::array::from_fn(|q| b.row(j + q, k));
        let mut sums = [[_mm256_setzero_ps(); C]; R];
        let whole = k / 8 * 8;
        for at in (0..whole).step_by(8) {
            // SAFETY: each slice holds k values and at + 8 <= k.
            unsafe {
                let mut columns = [_mm256_setzero_ps(); C];
                for (q, column) in columns.iter_mut().enumerate() {
                    *column = _mm256_loadu_ps(y[q].as_ptr().add(at));
                }
                for (i, sums) in sums.iter_mut().enumerate() {
                    let row = _mm256_loadu_ps(x[i].as_ptr().add(at));
                    for q in 0..C {
                        sums[q] = _mm256_fmadd_ps(row, columns[q], sums[q]);
                    }
                }
            }
        }
        for (i, sums) in sums.iter().enumerate() {
            for (q, sum) in sums.iter().enumerate() {
                let mut lanes = [0.0f32; 8];
                // SAFETY: eight values have room in eight.
                unsafe { _mm256_storeu_ps(lanes.as_mut_ptr(), *sum) };
                let rest: f32 = (whole..k).map(|t| x[i][t] * y[q][t]).sum();
                put(r + i, j + q, lanes.iter().sum::<f32>() + rest);
            }
        }
    }
}
