//! Resamples of documents that many networks share.
//!
//! Every network that was scored on the same documents is scored on the same resamples of them, so that differences, sums and
//! medians over networks can be taken resample by resample.

use super::{Interval, Statistic, draw, quantile};
use crate::evaluate::Counts;
use rand_core::Rng;

/// How often each document is in each resample.
#[derive(Clone, Debug)]
pub struct DocumentResamples {
    documents: usize,
    /// One row a resample.
    times: Vec<i16>,
}

/// A score of one network: on the documents as they are, and on each resample of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Replicated {
    /// On the documents as they are.
    pub observed: f64,
    /// On each resample.
    pub resampled: Vec<f64>,
}

impl DocumentResamples {
    /// `resamples` samples of so many documents as there are, drawn with replacement.
    pub fn draw(documents: usize, resamples: usize, rng: &mut impl Rng) -> Self {
        let mut times = vec![0i16; documents * resamples];
        if documents > 0 {
            for row in times.chunks_exact_mut(documents) {
                for _ in 0..documents {
                    let place = &mut row[draw(rng, documents)];
                    *place = place.saturating_add(1);
                }
            }
        }
        Self { documents, times }
    }

    /// Number of documents that are resampled.
    pub fn documents(&self) -> usize {
        self.documents
    }

    /// `statistic` of the counts summed over each resample.
    ///
    /// # Panics
    /// Where there are other than [`DocumentResamples::documents`] counts.
    pub fn replicate(&self, counts: &[Counts], statistic: Statistic) -> Replicated {
        assert_eq!(counts.len(), self.documents, "counts of other documents than those that were resampled");
        let observed = statistic(&super::sum(counts));
        let resampled = match columns(counts) {
            Some([tp, fp, fn_]) => self
                .rows()
                .map(|row| statistic(&Counts { tp: product(row, &tp), fp: product(row, &fp), fn_: product(row, &fn_) }))
                .collect(),
            None => self
                .rows()
                .map(|row| {
                    let mut sum = Counts::default();
                    for (times, c) in row.iter().zip(counts) {
                        let times = u64::from(times.unsigned_abs());
                        sum += Counts { tp: times * c.tp, fp: times * c.fp, fn_: times * c.fn_ };
                    }
                    statistic(&sum)
                })
                .collect(),
        };
        Replicated { observed, resampled }
    }

    fn rows(&self) -> impl Iterator<Item = &[i16]> {
        self.times.chunks_exact(self.documents.max(1))
    }
}

/// Counts in three columns of 16 bits, whose products with a row of times run through the CPU's multiply-and-add; `None` where a count
/// is too large for it. A row's times sum to the number of documents, so that no product with it leaves 32 bits.
fn columns(counts: &[Counts]) -> Option<[Vec<i16>; 3]> {
    let largest = (i32::MAX as usize / counts.len().max(1)).min(i16::MAX as usize) as u64;
    let narrow = |count: u64| i16::try_from(count).ok().filter(|_| count <= largest);
    let column = |of: fn(&Counts) -> u64| counts.iter().map(|c| narrow(of(c))).collect::<Option<Vec<i16>>>();
    Some([column(|c| c.tp)?, column(|c| c.fp)?, column(|c| c.fn_)?])
}

fn product(times: &[i16], counts: &[i16]) -> u64 {
    times.iter().zip(counts).map(|(times, count)| i32::from(*times) * i32::from(*count)).sum::<i32>().unsigned_abs().into()
}

/// Percentile interval of the median over networks: a resample's value is the median of the networks' scores on it, so that the
/// interval belongs to the figure that it stands beside. `None` without networks or resamples.
pub fn median_interval(networks: &[Replicated], level: f64) -> Option<Interval> {
    let resamples = networks.first()?.resampled.len();
    let mut medians: Vec<f64> = (0..resamples)
        .map(|resample| {
            let mut scores: Vec<f64> = networks.iter().map(|network| network.resampled[resample]).collect();
            scores.sort_by(f64::total_cmp);
            quantile(&scores, 0.5).unwrap_or_default()
        })
        .collect();
    Interval::of(&mut medians, level)
}

#[cfg(test)]
mod tests {
    use super::super::{LEVEL, seeded, two_systems};
    use super::*;

    #[test]
    fn each_resample_has_as_many_documents_as_there_are() {
        let resamples = DocumentResamples::draw(12, 50, &mut seeded(1));
        assert_eq!(resamples.rows().count(), 50);
        assert!(resamples.rows().all(|row| row.iter().map(|times| i32::from(*times)).sum::<i32>() == 12));
    }

    /// The columns of 16 bits and the wide way give the same sums.
    #[test]
    fn large_counts_are_summed_like_small_ones() {
        let (a, _) = two_systems();
        let resamples = DocumentResamples::draw(12, 200, &mut seeded(2));
        let large: Vec<Counts> = a.iter().map(|c| Counts { tp: c.tp * 50_000, fp: c.fp * 50_000, fn_: c.fn_ * 50_000 }).collect();
        assert_eq!(resamples.replicate(&a, Counts::f1), resamples.replicate(&large, Counts::f1));
        let nearly = vec![Counts { tp: 32_767, fp: 0, fn_: 0 }; 500];
        let replicated = DocumentResamples::draw(500, 3, &mut seeded(2)).replicate(&nearly, |c| c.tp as f64);
        assert_eq!(replicated, Replicated { observed: 32_767.0 * 500.0, resampled: vec![32_767.0 * 500.0; 3] });
    }

    // With a, b the counts of `two_systems` as arrays of shape (12, 3), a third system of their mean counts rounded down, and NumPy 2.4:
    //
    //     f = lambda c: 2 * c[..., 0] / (2 * c[..., 0] + c[..., 1] + c[..., 2])
    //     r = numpy.random.default_rng(0).integers(0, 12, (200000, 12)); three = [a, b, (a + b) // 2]
    //     numpy.quantile(numpy.median([f(c[r].sum(1)) for c in three], axis=0), [.025, .975])
    #[test]
    fn the_interval_of_a_median_is_that_of_numpy() {
        let (a, b) = two_systems();
        let between: Vec<Counts> =
            a.iter().zip(&b).map(|(a, b)| Counts { tp: (a.tp + b.tp) / 2, fp: (a.fp + b.fp) / 2, fn_: (a.fn_ + b.fn_) / 2 }).collect();
        let resamples = DocumentResamples::draw(12, 50_000, &mut seeded(3));
        let networks = [a, b, between].map(|counts| resamples.replicate(&counts, Counts::f1));
        let found = median_interval(&networks, LEVEL).unwrap();
        assert!((found.low - 0.7191011235955056).abs() < 0.004 && (found.high - 0.8288288288288288).abs() < 0.004, "{found:?}");
    }

    #[test]
    fn two_networks_far_apart_have_an_interval_that_holds_their_median() {
        let of = |tp, fn_| vec![Counts { tp, fp: 0, fn_ }; 40];
        let resamples = DocumentResamples::draw(40, 200, &mut seeded(4));
        let networks = [of(9, 1), of(5, 5)].map(|counts| resamples.replicate(&counts, Counts::recall));
        let found = median_interval(&networks, LEVEL).unwrap();
        assert!((found.low - 0.7).abs() < 1e-12 && (found.high - 0.7).abs() < 1e-12, "{found:?}");
        assert_eq!(median_interval(&[], LEVEL), None);
    }
}
