//! Random values. Each key of each setting has a generator of its own, seeded by a hash of the search's seed, the setting's number and the
//! key: more samples leave the first ones as they were, and so do another order of the keys and a key that is added.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use sha2::{Digest, Sha256};

/// What the values of one setting are drawn from.
pub struct Source {
    pub seed: u64,
    /// The setting's number, from 1.
    pub number: u64,
    /// How often the setting was drawn in vain.
    pub attempt: u64,
}

impl Source {
    fn bits(&self, path: &str) -> u64 {
        let mut hash = Sha256::new();
        for number in [self.seed, self.number, self.attempt] {
            hash.update(number.to_le_bytes());
        }
        hash.update(path.as_bytes());
        let mut seed = [0; 32];
        seed.copy_from_slice(&hash.finalize());
        Xoshiro256PlusPlus::from_seed(seed).next_u64()
    }

    /// Uniform in [0, 1), 53 bits.
    fn unit(&self, path: &str) -> f64 {
        (self.bits(path) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in `low..=high`. The high half of a product: the bias is below 2^-32 for ranges of up to 2^32 values.
    pub fn int(&self, path: &str, low: u64, high: u64) -> u64 {
        let values = u128::from(high - low) + 1;
        low + ((u128::from(self.bits(path)) * values) >> 64) as u64
    }

    pub fn index(&self, path: &str, of: usize) -> usize {
        self.int(path, 0, of.saturating_sub(1) as u64) as usize
    }

    /// Uniform between the ends, to three significant digits.
    pub fn uniform(&self, path: &str, low: f64, high: f64) -> f64 {
        three_digits(low + self.unit(path) * (high - low)).clamp(low, high)
    }

    /// With a logarithm that is uniform between those of the ends, to three significant digits.
    pub fn log_uniform(&self, path: &str, low: f64, high: f64) -> f64 {
        let (from, to) = (libm::log(low), libm::log(high));
        three_digits(libm::exp(from + self.unit(path) * (to - from))).clamp(low, high)
    }
}

/// The nearest number of three significant decimal digits.
fn three_digits(x: f64) -> f64 {
    format!("{x:.2e}").parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn source(number: u64) -> Source {
        Source { seed: 1, number, attempt: 0 }
    }

    #[test]
    fn three_digits_are_kept() {
        for (x, rounded) in [(0.0012345, 0.00123), (0.0099951, 0.01), (123456.0, 123000.0), (0.5, 0.5), (0.0, 0.0), (-1.2349, -1.23)] {
            assert_eq!(three_digits(x), rounded, "{x}");
        }
    }

    /// Means and halves of what is drawn, against the distributions: 4,000 draws, bounds at five standard errors.
    #[test]
    fn what_is_drawn_has_the_distribution_that_is_asked_for() {
        let n = 4000;
        let mean = |of: &dyn Fn(&Source) -> f64| (1..=n).map(|i| of(&source(i))).sum::<f64>() / n as f64;
        // Standard error of a mean of uniforms over a width w: w / sqrt(12 n).
        let near =
            |found: f64, wanted: f64, width: f64| assert!((found - wanted).abs() < 5.0 * width / (12.0 * n as f64).sqrt(), "{found}");
        near(mean(&|s| s.uniform("a", 0.0, 0.6)), 0.3, 0.6);
        near(mean(&|s| s.int("b", 1, 3) as f64), 2.0, 3.0);
        near(mean(&|s| libm::log(s.log_uniform("c", 0.0005, 0.005))), libm::log(0.0005 * libm::sqrt(10.0)), libm::log(10.0));
        near(mean(&|s| s.index("d", 2) as f64), 0.5, 2.0);
        // Two keys of one setting do not follow each other: the correlation of 4,000 pairs has a standard error of 1/63.
        let product = mean(&|s| (s.uniform("x", -1.0, 1.0)) * (s.uniform("y", -1.0, 1.0)));
        assert!((product * 3.0).abs() < 5.0 / 63.0, "{product}");
    }

    proptest! {
        #[test]
        fn values_lie_within_their_ends(seed: u64, number in 1u64..100, low in 1e-6f64..1.0, width in 1e-6f64..10.0, from: u32, more: u32) {
            let source = Source { seed, number, attempt: 0 };
            let high = low + width;
            prop_assert!((low..=high).contains(&source.uniform("k", low, high)));
            prop_assert!((low..=high).contains(&source.log_uniform("k", low, high)));
            let (from, to) = (u64::from(from), u64::from(from) + u64::from(more));
            prop_assert!((from..=to).contains(&source.int("k", from, to)));
        }
    }

    #[test]
    fn the_widest_range_of_whole_numbers_is_drawn_from() {
        assert!((1..50).map(|n| source(n).int("k", 0, u64::MAX)).any(|value| value > u64::MAX / 2));
    }
}
