//! Panel products with AVX-512 and with AVX2: tiles of rows by panels whose sums stay in registers.

use super::{Left, Output, Right, WIDTH};
use std::arch::x86_64::*;

/// Rows of the next tile when so many are left.
fn tile_rows(left: usize, most: usize) -> usize {
    [8, 4, 2, 1].into_iter().find(|n| *n <= left.min(most)).unwrap_or(1)
}

/// The whole product. The caller has checked that `left` and `result` hold `left.rows` rows of their strides, k and n wide.
#[target_feature(enable = "avx512f")]
pub fn avx512(b: Right, left: Left, result: &mut Output) {
    let full = b.n / WIDTH;
    let mut p = 0;
    if left.rows == 1 {
        while p + 8 <= full {
            avx512_tile::<1, 8>(b, p, 0, left, result);
            p += 8;
        }
    }
    while p < full {
        let pair = p + 2 <= full;
        let mut row = 0;
        while row < left.rows {
            let n = tile_rows(left.rows - row, 8);
            match (n, pair) {
                (8, true) => avx512_tile::<8, 2>(b, p, row, left, result),
                (8, false) => avx512_tile::<8, 1>(b, p, row, left, result),
                (4, true) => avx512_tile::<4, 2>(b, p, row, left, result),
                (4, false) => avx512_tile::<4, 1>(b, p, row, left, result),
                (2, true) => avx512_tile::<2, 2>(b, p, row, left, result),
                (2, false) => avx512_tile::<2, 1>(b, p, row, left, result),
                (_, true) => avx512_tile::<1, 2>(b, p, row, left, result),
                (_, false) => avx512_tile::<1, 1>(b, p, row, left, result),
            }
            row += n;
        }
        p += if pair { 2 } else { 1 };
    }
    if full * WIDTH < b.n {
        let mut row = 0;
        while row < left.rows {
            let n = tile_rows(left.rows - row, 8);
            match n {
                8 => avx512_tail::<8>(b, full, row, left, result),
                4 => avx512_tail::<4>(b, full, row, left, result),
                2 => avx512_tail::<2>(b, full, row, left, result),
                _ => avx512_tail::<1>(b, full, row, left, result),
            }
            row += n;
        }
    }
}

/// R rows from `row` on times P whole panels from `p` on.
#[target_feature(enable = "avx512f")]
#[inline]
fn avx512_tile<const R: usize, const P: usize>(b: Right, p: usize, row: usize, left: Left, result: &mut Output) {
    let mut sum = [[_mm512_setzero_ps(); P]; R];
    let panel = b.data[p * b.panel_step..].as_ptr();
    let a = left.data[row * left.stride..].as_ptr();
    // SAFETY: panels p .. p+P are whole, so row i < k of each has 16 values in `b.data`; row + R <= rows, so `a` is read at
    // r * stride + i and `result` written at r * stride + 16(p+q) .. +16 within bounds that the caller has checked.
    unsafe {
        for i in 0..b.k {
            let mut columns = [_mm512_setzero_ps(); P];
            for (q, column) in columns.iter_mut().enumerate() {
                *column = _mm512_loadu_ps(panel.add(q * b.panel_step + i * b.row_step));
            }
            for (r, sum) in sum.iter_mut().enumerate() {
                let x = _mm512_set1_ps(*a.add(r * left.stride + i));
                for q in 0..P {
                    sum[q] = _mm512_fmadd_ps(x, columns[q], sum[q]);
                }
            }
        }
        let c = result.data.as_mut_ptr().add(row * result.stride + p * WIDTH);
        for (r, sum) in sum.iter().enumerate() {
            for (q, sum) in sum.iter().enumerate() {
                let at = c.add(r * result.stride + q * WIDTH);
                let old = if result.accumulate { _mm512_loadu_ps(at) } else { _mm512_setzero_ps() };
                _mm512_storeu_ps(at, _mm512_add_ps(old, *sum));
            }
        }
    }
}

/// R rows times the last, narrow panel.
#[target_feature(enable = "avx512f")]
#[inline]
fn avx512_tail<const R: usize>(b: Right, p: usize, row: usize, left: Left, result: &mut Output) {
    let mut sum = [_mm512_setzero_ps(); R];
    let mask: __mmask16 = (1 << b.width(p)) - 1;
    let panel = b.data[p * b.panel_step..].as_ptr();
    let a = left.data[row * left.stride..].as_ptr();
    // SAFETY: as in the tile; the mask keeps loads and stores to the columns that there are.
    unsafe {
        for i in 0..b.k {
            let column = _mm512_maskz_loadu_ps(mask, panel.add(i * b.row_step));
            for (r, sum) in sum.iter_mut().enumerate() {
                *sum = _mm512_fmadd_ps(_mm512_set1_ps(*a.add(r * left.stride + i)), column, *sum);
            }
        }
        let c = result.data.as_mut_ptr().add(row * result.stride + p * WIDTH);
        for (r, sum) in sum.iter().enumerate() {
            let at = c.add(r * result.stride);
            let old = if result.accumulate { _mm512_maskz_loadu_ps(mask, at) } else { _mm512_setzero_ps() };
            _mm512_mask_storeu_ps(at, mask, _mm512_add_ps(old, *sum));
        }
    }
}

/// As [`avx512`], with registers half as wide: tiles of at most 4 rows by one panel.
#[target_feature(enable = "avx2,fma")]
pub fn avx2(b: Right, left: Left, result: &mut Output) {
    let full = b.n / WIDTH;
    let mut p = 0;
    if left.rows == 1 {
        while p + 4 <= full {
            avx2_tile::<1, 4>(b, p, 0, left, result);
            p += 4;
        }
    }
    while p < full {
        let mut row = 0;
        while row < left.rows {
            let n = tile_rows(left.rows - row, 4);
            match n {
                4 => avx2_tile::<4, 1>(b, p, row, left, result),
                2 => avx2_tile::<2, 1>(b, p, row, left, result),
                _ => avx2_tile::<1, 1>(b, p, row, left, result),
            }
            row += n;
        }
        p += 1;
    }
    if full * WIDTH < b.n {
        b.one_panel::<true>(full, left, result);
    }
}

#[target_feature(enable = "avx2,fma")]
#[inline]
fn avx2_tile<const R: usize, const P: usize>(b: Right, p: usize, row: usize, left: Left, result: &mut Output) {
    let mut sum = [[[_mm256_setzero_ps(); 2]; P]; R];
    let panel = b.data[p * b.panel_step..].as_ptr();
    let a = left.data[row * left.stride..].as_ptr();
    // SAFETY: the same bounds as in the AVX-512 tile; a panel's row is two registers of 8.
    unsafe {
        for i in 0..b.k {
            let mut columns = [[_mm256_setzero_ps(); 2]; P];
            for (q, column) in columns.iter_mut().enumerate() {
                let at = panel.add(q * b.panel_step + i * b.row_step);
                *column = [_mm256_loadu_ps(at), _mm256_loadu_ps(at.add(8))];
            }
            for (r, sum) in sum.iter_mut().enumerate() {
                let x = _mm256_set1_ps(*a.add(r * left.stride + i));
                for q in 0..P {
                    for half in 0..2 {
                        sum[q][half] = _mm256_fmadd_ps(x, columns[q][half], sum[q][half]);
                    }
                }
            }
        }
        let c = result.data.as_mut_ptr().add(row * result.stride + p * WIDTH);
        for (r, sum) in sum.iter().enumerate() {
            for (q, sum) in sum.iter().enumerate() {
                for (half, sum) in sum.iter().enumerate() {
                    let at = c.add(r * result.stride + q * WIDTH + half * 8);
                    let old = if result.accumulate { _mm256_loadu_ps(at) } else { _mm256_setzero_ps() };
                    _mm256_storeu_ps(at, _mm256_add_ps(old, *sum));
                }
            }
        }
    }
}
