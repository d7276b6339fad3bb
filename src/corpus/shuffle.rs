//! Random orders, the same for the same generator on every machine.

use rand_core::Rng;

/// A uniform number below `n`, which is at least 1, without bias (Lemire 2019).
pub fn below(rng: &mut impl Rng, n: usize) -> usize {
    let n = n as u64;
    let threshold = n.wrapping_neg() % n;
    loop {
        let wide = u128::from(rng.next_u64()) * u128::from(n);
        if wide as u64 >= threshold {
            return (wide >> 64) as usize;
        }
    }
}

/// Shuffles in place (Fisher & Yates).
pub fn shuffle<T>(rng: &mut impl Rng, items: &mut [T]) {
    for i in (1..items.len()).rev() {
        items.swap(i, below(rng, i + 1));
    }
}
