//! Products with AVX-512 and with AVX2: tiles of rows by panels whose sums stay in registers.

/// The loops around the vector instructions of one instruction set. A panel's row is `PARTS` registers; `shape` gives how many panels and how
/// many rows a tile has at most, for a number of rows, and the list names all such tiles, rows by panels.
macro_rules! product_kernel {
    ($features:literal, $($r:literal by $p:literal)*) => {
        /// Adds `terms` of every sum.
        ///
        /// # Safety
        /// The elements of `a` (rows x k), `b` (k x n), `output` and the initial values (rows x n) lie within their slices, and `terms` within k.
        #[target_feature(enable = $features)]
        pub unsafe fn product(b: Right, a: Mat, terms: Terms, output: &mut Output) {
            let (panels, most) = shape(a.rows);
            for (p, wide) in tiles(b.panels(), panels) {
                let tail = b.width(p + wide - 1) < WIDTH;
                for (row, rows) in tiles(a.rows, most) {
                    // SAFETY: rows `row .. row + rows` and panels `p .. p + wide` are within the operands; the rest is the caller's promise.
                    unsafe {
                        match (rows, wide, a.column_stride == 1, tail) {
                            $(
                                ($r, $p, true, false) => tile::<$r, $p, true, false>(b, p, a, row, terms, output),
                                ($r, $p, true, true) => tile::<$r, $p, true, true>(b, p, a, row, terms, output),
                                ($r, $p, false, false) => tile::<$r, $p, false, false>(b, p, a, row, terms, output),
                                ($r, $p, false, true) => tile::<$r, $p, false, true>(b, p, a, row, terms, output),
                            )*
                            _ => unreachable!("a tile of {rows} rows by {wide} panels"),
                        }
                    }
                }
            }
        }

        /// R rows from `row` on times P panels from `p` on, of which the last may be narrow (`TAIL`). The left operand's columns lie side by
        /// side (`ROWS`), or else its rows do.
        ///
        /// # Safety
        /// As for `product`; the rows and panels are within the operands.
        #[target_feature(enable = $features)]
        #[inline]
        unsafe fn tile<const R: usize, const P: usize, const ROWS: bool, const TAIL: bool>(
            b: Right,
            p: usize,
            a: Mat,
            row: usize,
            terms: Terms,
            output: &mut Output,
        ) {
            let masks = masks(b.width(p + P - 1));
            let mut sums = [[[zero(); PARTS]; P]; R];
            let stride = output.stride;
            // SAFETY: row r < R, panel q < P, term i < count: the caller promises that these elements are there; masks keep loads and
            // stores of a narrow panel to the columns that it has.
            unsafe {
                let x = a.data.as_ptr().add(row * a.row_stride + terms.from * a.column_stride);
                let y = b.data.as_ptr().add(p * b.panel_step + terms.from * b.row_step);
                let c = output.data.as_mut_ptr().add(row * stride + p * WIDTH);
                let initial = match terms.initial {
                    Initial::Zero => None,
                    Initial::Result => Some((c.cast_const(), stride)),
                    Initial::Rows { data, stride } => Some((data.as_ptr().add(row * stride + p * WIDTH), stride)),
                };
                if let Some((initial, stride)) = initial {
                    for (r, sums) in sums.iter_mut().enumerate() {
                        for (q, sums) in sums.iter_mut().enumerate() {
                            for (h, sum) in sums.iter_mut().enumerate() {
                                let at = initial.add(r * stride + q * WIDTH).wrapping_add(h * LANES);
                                *sum = if TAIL && q == P - 1 { load_masked(at, masks[h]) } else { load(at) };
                            }
                        }
                    }
                }
                for i in 0..terms.count {
                    let mut columns = [[zero(); PARTS]; P];
                    for (q, columns) in columns.iter_mut().enumerate() {
                        for (h, column) in columns.iter_mut().enumerate() {
                            let at = y.add(q * b.panel_step + i * b.row_step).wrapping_add(h * LANES);
                            *column = if TAIL && q == P - 1 { load_masked(at, masks[h]) } else { load(at) };
                        }
                    }
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let x = broadcast(*x.add(if ROWS { r * a.row_stride + i } else { r + i * a.column_stride }));
                        for (sums, columns) in sums.iter_mut().zip(columns) {
                            for (sum, column) in sums.iter_mut().zip(columns) {
                                *sum = multiply_add(x, column, *sum);
                            }
                        }
                    }
                }
                for (r, sums) in sums.iter().enumerate() {
                    for (q, sums) in sums.iter().enumerate() {
                        for (h, sum) in sums.iter().enumerate() {
                            let at = c.add(r * stride + q * WIDTH).wrapping_add(h * LANES);
                            if TAIL && q == P - 1 { store_masked(at, masks[h], *sum) } else { store(at, *sum) }
                        }
                    }
                }
            }
        }
    };
}

/// Transposes the first `rows` x `columns` values (multiples of 8) of `source`, whose columns lie in memory as rows `stride` apart, into rows
/// of a panel, square by square; the squares of a panel's row follow each other, so that what is read and written stays in the cache.
///
/// # Safety
/// `source` holds `columns` such rows of `rows` values, and `panel` `rows` rows of its width.
#[target_feature(enable = "avx2,fma")]
pub unsafe fn transpose_squares(source: &[f32], stride: usize, (rows, columns): (usize, usize), panel: &mut [f32]) {
    use std::arch::x86_64::{
        _mm_loadu_ps, _mm256_castps128_ps256, _mm256_insertf128_ps, _mm256_shuffle_ps, _mm256_storeu_ps, _mm256_unpackhi_ps,
        _mm256_unpacklo_ps,
    };
    for i in (0..rows).step_by(8) {
        for j in (0..columns).step_by(8) {
            // SAFETY: columns j .. j + 8 and rows i .. i + 8 are there, as the caller promises.
            unsafe {
                let from = source.as_ptr().add(j * stride + i);
                let to = panel.as_mut_ptr().add(i * super::WIDTH + j);
                // Halves of four: columns 0 to 3 in the lower, 4 to 7 in the upper 128 bits.
                for half in [0, 4] {
                    let pair = |q: usize| {
                        let (low, high) = (from.add(q * stride + half), from.add((q + 4) * stride + half));
                        _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(low)), _mm_loadu_ps(high), 1)
                    };
                    let (a, b, c, d) = (pair(0), pair(1), pair(2), pair(3));
                    let (ab, cd) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
                    let (ab_high, cd_high) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
                    let out = to.add(half * super::WIDTH);
                    _mm256_storeu_ps(out, _mm256_shuffle_ps(ab, cd, 0x44));
                    _mm256_storeu_ps(out.add(super::WIDTH), _mm256_shuffle_ps(ab, cd, 0xEE));
                    _mm256_storeu_ps(out.add(2 * super::WIDTH), _mm256_shuffle_ps(ab_high, cd_high, 0x44));
                    _mm256_storeu_ps(out.add(3 * super::WIDTH), _mm256_shuffle_ps(ab_high, cd_high, 0xEE));
                }
            }
        }
    }
}

pub mod avx512 {
    use crate::nn::ops::product::{Initial, Mat, Output, Right, Terms, WIDTH, tiles};
    use std::arch::x86_64::{
        __m512, __mmask16, _mm512_fmadd_ps as multiply_add, _mm512_loadu_ps as load, _mm512_mask_storeu_ps as store_masked,
        _mm512_maskz_loadu_ps, _mm512_set1_ps as broadcast, _mm512_setzero_ps as zero, _mm512_storeu_ps as store,
    };

    const LANES: usize = 16;
    const PARTS: usize = 1;

    /// Most panels and most rows of a tile: sums for half of the 32 registers, enough to hide an addition's latency.
    fn shape(rows: usize) -> (usize, usize) {
        match rows {
            1 => (8, 1),
            ..=4 => (4, 4),
            _ => (2, 8),
        }
    }

    fn masks(width: usize) -> [__mmask16; PARTS] {
        [((1u32 << width) - 1) as __mmask16]
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    unsafe fn load_masked(from: *const f32, mask: __mmask16) -> __m512 {
        // SAFETY: the caller promises the elements that the mask names.
        unsafe { _mm512_maskz_loadu_ps(mask, from) }
    }

    product_kernel!("avx512f",
        1 by 1  2 by 1  3 by 1  4 by 1  5 by 1  6 by 1  7 by 1  8 by 1
        1 by 2  2 by 2  3 by 2  4 by 2  5 by 2  6 by 2  7 by 2  8 by 2
        1 by 3  2 by 3  3 by 3  4 by 3
        1 by 4  2 by 4  3 by 4  4 by 4
        1 by 5  1 by 6  1 by 7  1 by 8
    );
}

pub mod avx2 {
    use crate::nn::ops::product::{Initial, Mat, Output, Right, Terms, WIDTH, tiles};
    use std::arch::x86_64::{
        __m256i, _mm256_fmadd_ps as multiply_add, _mm256_loadu_ps as load, _mm256_loadu_si256, _mm256_maskload_ps as load_masked,
        _mm256_maskstore_ps as store_masked, _mm256_set1_ps as broadcast, _mm256_setzero_ps as zero, _mm256_storeu_ps as store,
    };

    const LANES: usize = 8;
    const PARTS: usize = 2;

    /// Most panels and most rows of a tile: sums for 12 of the 16 registers at most.
    fn shape(rows: usize) -> (usize, usize) {
        match rows {
            1 => (4, 1),
            ..=3 => (2, 3),
            _ => (1, 6),
        }
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    fn masks(width: usize) -> [__m256i; PARTS] {
        const ONES: [i32; 32] = {
            let mut ones = [0; 32];
            let mut i = 0;
            while i < 16 {
                ones[i] = -1;
                i += 1;
            }
            ones
        };
        // SAFETY: width <= 16, so that eight values from 16 - width + 8 on end at 32 or before.
        [0, LANES].map(|half| unsafe { _mm256_loadu_si256(ONES.as_ptr().add(16 - width + half).cast()) })
    }

    product_kernel!("avx2,fma",
        1 by 1  2 by 1  3 by 1  4 by 1  5 by 1  6 by 1
        1 by 2  2 by 2  3 by 2
        1 by 3
        1 by 4
    );
}
