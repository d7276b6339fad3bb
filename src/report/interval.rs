//! The 95 % interval of an F1 by document bootstrap.

use crate::evaluate::Counts;
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::Rng;

/// Resamples of the bootstrap, and the seed that makes a redrawn report the same to the byte.
const RESAMPLES: usize = 2_000;
const SEED: u64 = 20190127;

/// Percentile interval (2.5 %, 97.5 %) of F1 over samples of as many documents, drawn with replacement. `None` with fewer
/// than two documents.
pub(super) fn f1_interval(documents: &[Counts]) -> Option<(f64, f64)> {
    if documents.len() < 2 {
        return None;
    }
    let mut random = Xoshiro256PlusPlus::seed_from_u64(SEED);
    let n = documents.len() as u128;
    let mut scores: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let mut sum = Counts::default();
            for _ in documents {
                sum += documents[((u128::from(random.next_u64()) * n) >> 64) as usize];
            }
            sum.f1()
        })
        .collect();
    scores.sort_by(f64::total_cmp);
    let at = |share: f64| scores[((scores.len() - 1) as f64 * share).round() as usize];
    Some((at(0.025), at(0.975)))
}
