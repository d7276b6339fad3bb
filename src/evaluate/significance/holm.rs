//! Holm's correction for several tests in one table.

/// Adjusted p values in the order given: the k-th smallest of m times m - k + 1, never less than a smaller one's, at most 1. A test
/// is significant at level alpha where its adjusted value is at most alpha.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, test) in order.into_iter().enumerate() {
        largest = largest.max(p[test] * (p.len() - rank) as f64).min(1.0);
        adjusted[test] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    // from statsmodels.stats.multitest import multipletests
    // multipletests([.01, .04, .03, .005, .5, .03], method='holm')[1]
    #[test]
    fn values_are_those_of_statsmodels() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005, 0.5, 0.03]);
        for (found, expected) in adjusted.iter().zip([0.05, 0.12, 0.12, 0.03, 0.5, 0.12]) {
            assert!((found - expected).abs() < 1e-12, "{adjusted:?}");
        }
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }
}
