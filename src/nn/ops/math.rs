//! Elementary functions that the compiler can vectorise, and the matrix product.

/// a b + c, fused where the instruction set has it (`F`); an unfused `mul_add` call would be a slow library function.
#[inline(always)]
pub fn fma<const F: bool>(a: f32, b: f32, c: f32) -> f32 {
    if F { a.mul_add(b, c) } else { a * b + c }
}

/// e^x to about 2 units in the last place for x in [-87, 88]; outside it the result is that of the nearest end (never 0, infinite or
/// subnormal). NaN gives NaN.
///
/// Splits x = n ln 2 + r with |r| <= ln 2 / 2 by adding and subtracting 1.5 * 2^23, evaluates a polynomial in r (Taylor terms with
/// coefficients fitted for that range) and puts n into the exponent bits.
#[inline(always)]
pub fn exp<const F: bool>(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0;
    // The comparisons keep NaN: `max`/`min` would drop it.
    let clamped = if x < -87.0 { -87.0 } else { x };
    let clamped = if clamped > 88.0 { 88.0 } else { clamped };
    let shifted = fma::<F>(clamped, std::f32::consts::LOG2_E, MAGIC);
    let n = shifted - MAGIC;
    // ln 2 in two parts, the first exact in few bits
    let r = fma::<F>(n, -0.693_359_4, clamped);
    let r = fma::<F>(n, 2.121_944_4e-4, r);
    let p = 1.987_569_1e-4;
    let p = fma::<F>(p, r, 1.398_199_9e-3);
    let p = fma::<F>(p, r, 8.333_452e-3);
    let p = fma::<F>(p, r, 4.166_579_5e-2);
    let p = fma::<F>(p, r, 1.666_666_5e-1);
    let p = fma::<F>(p, r, 0.5);
    let e = fma::<F>(p * r, r, r) + 1.0;
    e * f32::from_bits((shifted.to_bits().wrapping_sub(0x4B40_0000).wrapping_add(127)) << 23)
}

/// 1 / (1 + e^-x)
#[inline(always)]
pub fn sigmoid<const F: bool>(x: f32) -> f32 {
    1.0 / (1.0 + exp::<F>(-x))
}

/// Two sigmoids for one division: with a = 1 + e^-x and b = 1 + e^-y, 1/a = b / (ab). Arguments beyond ±40 count as ±40, so that ab stays
/// finite; the sigmoid there is within 5e-18 of its limit.
#[inline(always)]
pub fn sigmoid_pair<const F: bool>(x: f32, y: f32) -> (f32, f32) {
    let limited = |v: f32| {
        let v = if v < -40.0 { -40.0 } else { v };
        if v > 40.0 { 40.0 } else { v }
    };
    let (a, b) = (1.0 + exp::<F>(-limited(x)), 1.0 + exp::<F>(-limited(y)));
    let inverse = 1.0 / (a * b);
    (b * inverse, a * inverse)
}

/// tanh x = 2 sigmoid(2x) - 1, absolute error below 2e-7.
#[inline(always)]
pub fn tanh<const F: bool>(x: f32) -> f32 {
    fma::<F>(2.0, sigmoid::<F>(2.0 * x), -1.0)
}

/// A matrix in memory: where it starts, and how many elements apart its rows and its columns are.
#[derive(Clone, Copy)]
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

/// c = a b, or c += a b with `accumulate`; c is `a.rows` x `b.columns` with rows `row_stride` apart. One thread.
///
/// # Panics
/// If the shapes do not fit together: a bug of the caller.
pub fn gemm(accumulate: bool, a: Mat, b: Mat, c: &mut [f32], row_stride: usize) {
    assert_eq!(a.columns, b.rows, "inner dimensions of a matrix product");
    let (m, n, k) = (a.rows, b.columns, a.columns);
    if m == 0 || n == 0 {
        return;
    }
    assert!(row_stride >= n && c.len() >= (m - 1) * row_stride + n, "the result of a {m} x {n} product does not fit");
    // SAFETY: `Mat::new` and the assertion above prove that every element the strides reach lies inside its slice; `c` is borrowed
    // mutably, so it overlaps neither `a` nor `b`; f32 has no invalid bit patterns.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c.as_mut_ptr(),
            1,
            row_stride as isize,
            accumulate,
            a.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            1.0f32,
            1.0f32,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elementary_functions_are_close_to_the_library_s() {
        for i in -870_000..=880_000 {
            let x = i as f32 * 1e-4;
            let (fused, plain, exact) = (exp::<true>(x), exp::<false>(x), f64::from(x).exp());
            for got in [fused, plain] {
                assert!(((f64::from(got) - exact) / exact).abs() < 3e-7, "exp({x}) = {got}, not {exact}");
            }
            assert!((f64::from(tanh::<true>(x)) - f64::from(x).tanh()).abs() < 2.5e-7, "tanh({x})");
            assert!((f64::from(sigmoid::<true>(x)) - 1.0 / (1.0 + (-f64::from(x)).exp())).abs() < 1.5e-7, "sigmoid({x})");
        }
        for (x, y) in [(0.3f32, -5.0f32), (-60.0, 60.0), (39.0, 39.0), (-1e9, 1e9), (-39.0, -39.0)] {
            let (a, b) = sigmoid_pair::<true>(x, y);
            for (got, x) in [(a, x), (b, y)] {
                assert!((f64::from(got) - 1.0 / (1.0 + (-f64::from(x)).exp())).abs() < 2e-7, "sigmoid({x}) = {got}");
            }
        }
        assert!(sigmoid_pair::<true>(f32::NAN, 0.0).0.is_nan());
        assert!(exp::<true>(f32::NAN).is_nan() && exp::<false>(-1e9) > 0.0 && exp::<true>(1e9).is_finite());
    }

    #[test]
    fn gemm_multiplies_views_and_transposes() {
        let a = [1.0, 2.0, 0.0, 3.0, 4.0, 0.0]; // 2 x 2 in rows of 3
        let b = [1.0, 10.0, 100.0, 1000.0]; // 2 x 2
        let mut c = [1.0; 4];
        gemm(true, Mat::new(&a, 2, 2, 3), Mat::new(&b, 2, 2, 2).t(), &mut c, 2);
        assert_eq!(c, [22.0, 2101.0, 44.0, 4301.0]);
    }
}
