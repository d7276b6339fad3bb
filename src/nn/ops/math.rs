//! Elementary functions that the compiler can vectorise and that give the same bits wherever they are computed: they are made of fused
//! multiply-adds, additions, multiplications and divisions in a fixed order, each of which IEEE 754 defines to the bit.

/// Whether every processor that this program was built for has fused multiply-add.
pub const HARDWARE_FMA: bool =
    cfg!(any(target_feature = "fma", target_arch = "aarch64", target_arch = "riscv64", target_arch = "powerpc64"));

/// a b + c, rounded once: what `f32::mul_add` gives. `F` says that the code is compiled for an instruction set that has it; without that,
/// `mul_add` would be a call of the C library for every value.
#[inline(always)]
pub fn fma<const F: bool>(a: f32, b: f32, c: f32) -> f32 {
    if F || HARDWARE_FMA { a.mul_add(b, c) } else { fma_in_software(a, b, c) }
}

/// a b + c, rounded once, from f64: the product of two f32 is exact there; the sum is rounded to odd (Boldo & Melquiond 2008), which leaves a
/// trace of whatever was cut off in the last bit, so that rounding it to f32 is as good as rounding the exact sum.
#[inline(always)]
fn fma_in_software(a: f32, b: f32, c: f32) -> f32 {
    let (product, c) = (f64::from(a) * f64::from(b), f64::from(c));
    let sum = product + c;
    // what the addition lost (Knuth's two-sum); not a number where the sum is infinite or not a number, and then both comparisons fail
    let taken = sum - product;
    let lost = (product - (sum - taken)) + (c - taken);
    let bits = sum.to_bits();
    let inexact = (lost > 0.0) | (lost < 0.0);
    // A sum that is even in its last bit goes to its odd neighbour on the side of what was lost: away from zero if signs agree.
    let outwards = (lost > 0.0) == (sum > 0.0);
    let neighbour = if outwards { bits.wrapping_add(1) } else { bits.wrapping_sub(1) };
    f64::from_bits(if inexact & (bits & 1 == 0) { neighbour } else { bits }) as f32
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

/// Numbers for tests of bits.
#[cfg(test)]
pub(crate) mod bits {
    /// Random bits: xorshift64*.
    pub fn random(seed: u64) -> impl FnMut() -> u64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        move || {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            state.wrapping_mul(0x2545_F491_4F6C_DD1D)
        }
    }

    /// Values in [-1, 1) with all their bits in use.
    pub fn noise(seed: u64, len: usize) -> Vec<f32> {
        let mut next = random(seed);
        (0..len).map(|_| (next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0).collect()
    }

    /// Values of very different sizes, among them zeros of both signs and subnormal ones, whose products and sums stay finite.
    pub fn awkward(seed: u64, len: usize) -> Vec<f32> {
        let mut next = random(seed);
        (0..len)
            .map(|_| {
                let x = next();
                match x % 16 {
                    0 => 0.0,
                    1 => -0.0,
                    2 => f32::from_bits((x >> 40) as u32 & 0x807F_FFFF),
                    _ => f32::from_bits((x >> 32) as u32 & 0x807F_FFFF | (64 + (x >> 8) as u32 % 124) << 23),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::bits::random;
    use super::*;

    /// `f32::mul_add` is the reference: exact by definition, whatever it is made of.
    fn software_equals_mul_add(a: f32, b: f32, c: f32) {
        let (got, want) = (fma_in_software(a, b, c), a.mul_add(b, c));
        assert!(got.to_bits() == want.to_bits() || got.is_nan() && want.is_nan(), "{a:e} * {b:e} + {c:e} = {got:e}, not {want:e}");
    }

    #[test]
    fn fused_multiply_add_in_software_rounds_once() {
        let special =
            [0.0, 1.0, f32::MIN_POSITIVE, f32::from_bits(1), f32::from_bits(0x007F_FFFF), f32::MAX, f32::INFINITY, f32::NAN, 1.5e-23];
        let special: Vec<f32> = special.iter().flat_map(|x| [*x, -x]).collect();
        for a in &special {
            for b in &special {
                special.iter().for_each(|c| software_equals_mul_add(*a, *b, *c));
            }
        }
        let mut next = random(1);
        for _ in 0..2_000_000 {
            // any bits at all: most differ in size too much to meet
            let (x, y) = (next(), next());
            software_equals_mul_add(f32::from_bits(x as u32), f32::from_bits((x >> 32) as u32), f32::from_bits(y as u32));
            // of like size: every bit of the product matters to the sum
            let a = f32::from_bits(x as u32 & 0x807F_FFFF | 127 << 23);
            let b = f32::from_bits((x >> 32) as u32 & 0x807F_FFFF | 127 << 23);
            let near = f32::from_bits(y as u32 & 0x807F_FFFF | (97 + (y >> 32) as u32 % 60) << 23);
            software_equals_mul_add(a, b, near);
            // near halfway: c is so small beside the product, or the product beside c, that it only decides a tie
            let short = |v: f32| f32::from_bits(v.to_bits() & !0xFFF);
            let tiny = f32::from_bits(y as u32 & 0x807F_FFFF | ((y >> 32) as u32 % 100) << 23);
            software_equals_mul_add(short(a), short(b), tiny);
            software_equals_mul_add(short(a), f32::from_bits(short(b).to_bits() | 0x1000), tiny);
            let (half, of) =
                (f32::from_bits((103 << 23) | (y as u32 & 0x8000_0000)), f32::from_bits((127 << 23) | (x as u32 & 0x807F_FFFF)));
            software_equals_mul_add(half, f32::from_bits(0x3F80_0000 | ((y >> 33) as u32 % 3)), of);
            // results that are subnormal
            let scale = f32::from_bits(((x >> 20) as u32 % 40 + 1) << 23);
            software_equals_mul_add(a * scale, f32::from_bits(b.to_bits() - (30 << 23)), f32::from_bits(y as u32 & 0x807F_FFFF));
        }
    }

    #[test]
    fn every_path_gives_the_same_bits() {
        let mut next = random(2);
        for _ in 0..200_000 {
            let bits = next();
            let (x, y) = (f32::from_bits(bits as u32), f32::from_bits((bits >> 32) as u32));
            let (x, y) = if bits.is_multiple_of(3) { (x, y) } else { (x % 100.0, y % 100.0) };
            let of = |exact: [f32; 5]| exact.map(|v| if v.is_nan() { f32::NAN.to_bits() } else { v.to_bits() });
            let (a, b) = sigmoid_pair::<true>(x, y);
            let (c, d) = sigmoid_pair::<false>(x, y);
            assert_eq!(
                of([exp::<true>(x), sigmoid::<true>(x), tanh::<true>(x), a, b]),
                of([exp::<false>(x), sigmoid::<false>(x), tanh::<false>(x), c, d]),
                "{x:e} {y:e}"
            );
        }
    }

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
}
