//! Spread of a score over seeds.

use serde::{Deserialize, Serialize};

/// Statistics of a score over the seeds of one setting.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Number of scores.
    pub n: u64,
    /// The lowest.
    pub min: f64,
    /// The median.
    pub median: f64,
    /// The highest.
    pub max: f64,
    /// The mean.
    pub mean: f64,
    /// Standard deviation of a sample (n - 1); none for a single score.
    pub sd: Option<f64>,
}

impl Spread {
    /// `None` without scores.
    pub fn of(scores: &[f64]) -> Option<Self> {
        let mut sorted = scores.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (&min, &max) = (sorted.first()?, sorted.last()?);
        let n = sorted.len() as f64;
        let mean = sorted.iter().sum::<f64>() / n;
        let squares: f64 = sorted.iter().map(|score| (score - mean) * (score - mean)).sum();
        let sd = (sorted.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
        Some(Self { n: sorted.len() as u64, min, median: quantile(&sorted, 0.5)?, max, mean, sd })
    }
}

/// Quantile of sorted values, linear between neighbours (NumPy's default). `None` without values.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    // x = [.8612, .8570, .8634, .8591]
    // min(x), numpy.median(x), max(x), numpy.mean(x), numpy.std(x, ddof=1), numpy.quantile(x, [.025, .9])
    #[test]
    fn values_are_those_of_numpy() {
        let mut scores = [0.8612, 0.8570, 0.8634, 0.8591];
        let spread = Spread::of(&scores).unwrap();
        assert_eq!((spread.n, spread.min, spread.max), (4, 0.8570, 0.8634));
        assert!((spread.median - 0.86015).abs() < 1e-12 && (spread.mean - 0.860175).abs() < 1e-12, "{spread:?}");
        assert!((spread.sd.unwrap() - 0.00275).abs() < 1e-12, "{spread:?}");
        scores.sort_by(f64::total_cmp);
        assert!((quantile(&scores, 0.025).unwrap() - 0.8571575).abs() < 1e-12);
        assert!((quantile(&scores, 0.9).unwrap() - 0.86274).abs() < 1e-12);
    }

    #[test]
    fn one_score_has_no_deviation_and_none_no_spread() {
        assert_eq!(Spread::of(&[0.5]), Some(Spread { n: 1, min: 0.5, median: 0.5, max: 0.5, mean: 0.5, sd: None }));
        assert_eq!(Spread::of(&[]), None);
        assert_eq!(quantile(&[], 0.5), None);
    }
}
