//! An averaged perceptron over features named by numbers of 64 bits.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A feature: a template with its values, mixed. Two that differ have the same number with a probability that does not matter.
pub type FeatureKey = u64;

/// The number of a template with these values.
pub fn key(template: u64, values: &[u64]) -> FeatureKey {
    let mix = |hash: u64, value: u64| {
        let hash = (hash ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        hash ^ (hash >> 29)
    };
    values.iter().fold(mix(0xD1B5_4A32_D192_ED03, template), |hash, &value| mix(hash, value.wrapping_add(1)))
}

/// Keys are mixed already.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// Weights, each with the sum of its changes times the number of steps before them.
#[derive(Clone, Default)]
pub struct Perceptron {
    weights: HashMap<FeatureKey, (f64, f64), BuildHasherDefault<Mixed>>,
    steps: f64,
}

impl Perceptron {
    pub fn score(&self, features: &[FeatureKey]) -> f64 {
        features.iter().filter_map(|feature| self.weights.get(feature)).map(|(weight, _)| weight).sum()
    }

    /// Adds `change` to the weight of each feature.
    pub fn change(&mut self, features: &[FeatureKey], change: f64) {
        for &feature in features {
            let (weight, late) = self.weights.entry(feature).or_default();
            *weight += change;
            *late += change * self.steps;
        }
    }

    /// Ends a step, changed or not.
    pub fn step(&mut self) {
        self.steps += 1.0;
    }

    /// The mean of the weights after each step.
    pub fn average(&self) -> Self {
        let mean = |weight: f64, late: f64| if self.steps == 0.0 { weight } else { weight - late / self.steps };
        let weights = self.weights.iter().map(|(&feature, &(weight, late))| (feature, (mean(weight, late), 0.0)));
        Self { weights: weights.filter(|(_, (weight, _))| *weight != 0.0).collect(), steps: 0.0 }
    }

    pub fn len(&self) -> usize {
        self.weights.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_is_that_of_the_weights_after_each_step() {
        let (a, b) = (key(1, &[2]), key(1, &[3]));
        let mut perceptron = Perceptron::default();
        let mut sums = [0.0, 0.0];
        for (feature, change) in [(a, 1.0), (b, -1.0), (a, 1.0), (b, 0.0)] {
            perceptron.change(&[feature], change);
            perceptron.step();
            sums[0] += perceptron.score(&[a]);
            sums[1] += perceptron.score(&[b]);
        }
        let average = perceptron.average();
        assert_eq!([average.score(&[a]), average.score(&[b])], sums.map(|sum| sum / 4.0));
        assert_eq!((average.len(), average.score(&[a, b])), (2, (sums[0] + sums[1]) / 4.0));
    }

    #[test]
    fn keys_differ_with_template_values_and_order() {
        let keys = [key(1, &[]), key(2, &[]), key(1, &[0]), key(1, &[0, 0]), key(1, &[1, 2]), key(1, &[2, 1])];
        assert!(keys.iter().enumerate().all(|(at, one)| !keys[..at].contains(one)));
    }
}
