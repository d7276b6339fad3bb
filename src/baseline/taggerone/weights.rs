//! The weights: of features of recognition, of pairs of words (W), and of the cosine (c); with their averages over training.

use std::collections::BTreeMap;

/// A difference of feature vectors, sparse.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// By (feature, type) as [`Weights`] numbers them.
    pub recognition: BTreeMap<u32, f64>,
    /// By (word of the mention, word of the name).
    pub pairs: BTreeMap<(u32, u32), f64>,
    pub cosine: f64,
}

impl Difference {
    /// Adds the features of a linked mention, `times` times.
    pub fn add_link(&mut self, mention: &[(u32, f32)], name: &[(u32, f32)], times: f64) {
        for &(word, weight) in mention {
            for &(other, of_name) in name {
                let product = f64::from(weight) * f64::from(of_name);
                *self.pairs.entry((word, other)).or_default() += times * product;
                if word == other {
                    self.cosine += times * product;
                }
            }
        }
    }

    pub fn dot(&self, other: &Difference) -> f64 {
        self.cosine * other.cosine + product(&self.recognition, &other.recognition) + product(&self.pairs, &other.pairs)
    }
}

fn product<K: Ord>(a: &BTreeMap<K, f64>, b: &BTreeMap<K, f64>) -> f64 {
    let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
    few.iter().filter_map(|(key, value)| Some(value * many.get(key)?)).sum()
}

/// Weights, or their sums over steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    pub recognition: Vec<f64>,
    /// Rows of W by word of the mention.
    pub rows: Vec<BTreeMap<u32, f64>>,
    /// Squares of the length of each row.
    pub squares: Vec<f64>,
    pub cosine: f64,
}

impl Weights {
    pub fn new(recognition: usize, words: usize) -> Self {
        Self { recognition: vec![0.0; recognition], rows: vec![BTreeMap::new(); words], squares: vec![0.0; words], cosine: 0.0 }
    }

    /// Adds `times` a difference.
    pub fn add(&mut self, difference: &Difference, times: f64) {
        for (&feature, value) in &difference.recognition {
            self.recognition[feature as usize] += times * value;
        }
        for (&(row, column), value) in &difference.pairs {
            let weight = self.rows[row as usize].entry(column).or_default();
            let before = *weight;
            *weight += times * value;
            self.squares[row as usize] += *weight * *weight - before * before;
        }
        self.cosine += times * difference.cosine;
    }

    /// The product with a difference.
    pub fn dot(&self, difference: &Difference) -> f64 {
        let recognition: f64 = difference.recognition.iter().map(|(&at, value)| self.recognition[at as usize] * value).sum();
        let pair = |(&(row, column), value): (&(u32, u32), &f64)| self.rows[row as usize].get(&column).map_or(0.0, |weight| weight * value);
        recognition + difference.pairs.iter().map(pair).sum::<f64>() + self.cosine * difference.cosine
    }

    /// Entries of W that are kept.
    pub fn entries(&self) -> usize {
        self.rows.iter().map(BTreeMap::len).sum()
    }
}

/// Weights in training, with what their average needs.
pub struct Learner {
    pub weights: Weights,
    /// Sums of each change times the number of steps before it.
    late: Weights,
    steps: f64,
}

impl Learner {
    pub fn new(weights: Weights) -> Self {
        let late = Weights::new(weights.recognition.len(), weights.rows.len());
        Self { weights, late, steps: 0.0 }
    }

    pub fn change(&mut self, difference: &Difference, times: f64) {
        self.weights.add(difference, times);
        self.late.add(difference, times * self.steps);
    }

    /// Ends a step, changed or not.
    pub fn step(&mut self) {
        self.steps += 1.0;
    }

    /// The mean of the weights after each step.
    pub fn average(&self) -> Weights {
        let mut average = self.weights.clone();
        if self.steps == 0.0 {
            return average;
        }
        for (weight, late) in average.recognition.iter_mut().zip(&self.late.recognition) {
            *weight -= late / self.steps;
        }
        for ((row, late), square) in average.rows.iter_mut().zip(&self.late.rows).zip(&mut average.squares) {
            for (column, weight) in row.iter_mut() {
                *weight -= late.get(column).map_or(0.0, |late| late / self.steps);
            }
            *square = row.values().map(|weight| weight * weight).sum();
        }
        average.cosine -= self.late.cosine / self.steps;
        average
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(feature: u32, value: f64) -> Difference {
        Difference { recognition: BTreeMap::from([(feature, value)]), pairs: BTreeMap::from([((1, 0), 2.0 * value)]), cosine: 3.0 * value }
    }

    #[test]
    fn a_link_has_the_products_of_its_words() {
        let mut found = Difference::default();
        found.add_link(&[(0, 0.5), (1, 1.0)], &[(1, 0.5)], 2.0);
        assert_eq!(found.pairs, BTreeMap::from([((0, 1), 0.5), ((1, 1), 1.0)]));
        assert_eq!((found.cosine, found.dot(&found)), (1.0, 0.25 + 1.0 + 1.0));
        let mut weights = Weights::new(1, 2);
        weights.add(&found, 1.0);
        assert_eq!((weights.dot(&found), weights.squares.clone(), weights.entries()), (2.25, vec![0.25, 1.0], 2));
    }

    #[test]
    fn the_average_is_that_of_the_weights_after_each_step() {
        let mut learner = Learner::new(Weights { cosine: 1.0, ..Weights::new(2, 2) });
        let mut sum = Weights { cosine: 0.0, ..Weights::new(2, 2) };
        for (feature, value) in [(0, 1.0), (1, 0.0), (1, -2.0), (0, 0.5)] {
            learner.change(&difference(feature, value), 0.5);
            learner.step();
            sum.cosine += learner.weights.cosine;
            sum.recognition.iter_mut().zip(&learner.weights.recognition).for_each(|(sum, weight)| *sum += weight);
        }
        let average = learner.average();
        assert!((average.cosine - sum.cosine / 4.0).abs() < 1e-12);
        assert!(average.recognition.iter().zip(&sum.recognition).all(|(a, b)| (a - b / 4.0).abs() < 1e-12));
        let row = average.rows[1][&0];
        assert!((average.squares[1] - row * row).abs() < 1e-12);
    }
}
