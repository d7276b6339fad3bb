//! True positives, false positives and false negatives, and the scores they give.

use serde::{Deserialize, Serialize};

/// Counts of a comparison of two sets. Precision, recall and F1 are derived and are 0, never NaN, where a denominator is 0
/// (as the BioCreative V CDR kit prints them).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// True positives.
    pub tp: u64,
    /// False positives.
    pub fp: u64,
    /// False negatives.
    #[serde(rename = "fn")]
    pub fn_: u64,
}

impl Counts {
    /// tp / (tp + fp).
    pub fn precision(&self) -> f64 {
        ratio(self.tp, self.tp + self.fp)
    }

    /// tp / (tp + fn).
    pub fn recall(&self) -> f64 {
        ratio(self.tp, self.tp + self.fn_)
    }

    /// Harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn_)
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.tp += other.tp;
        self.fp += other.fp;
        self.fn_ += other.fn_;
    }
}

fn ratio(numerator: u64, denominator: u64) -> f64 {
    if denominator == 0 { 0.0 } else { numerator as f64 / denominator as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3 of the 4 that were said, 3 of the 8 that there are, 2 * 3 of 4 + 8.
    #[test]
    fn scores_are_shares_and_never_nan() {
        let counts = Counts { tp: 3, fp: 1, fn_: 5 };
        assert_eq!((counts.precision(), counts.recall(), counts.f1()), (0.75, 0.375, 0.5));
        let nothing = Counts::default();
        assert_eq!((nothing.precision(), nothing.recall(), nothing.f1()), (0.0, 0.0, 0.0));
    }

    #[test]
    fn counts_of_documents_add_up() {
        let mut sum = Counts { tp: 1, fp: 2, fn_: 3 };
        sum += Counts { tp: 10, fp: 20, fn_: 30 };
        assert_eq!(sum, Counts { tp: 11, fp: 22, fn_: 33 });
    }
}
