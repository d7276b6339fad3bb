//! The 95 % interval of an F1 by document bootstrap.

use crate::evaluate::Counts;
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::Rng;

/// Percentile interval (2.5 %, 97.5 %) of F1 over `resamples` draws of as many documents, with replacement.
pub(super) fn bootstrap_f1(documents: &[Counts], resamples: usize, seed: u64) -> (f64, f64) {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut scores: Vec<f64> = (0..resamples)
        .map(|_| {
            let mut sum = Counts::default();
            for _ in documents {
                sum += documents[(((random.next_u64() >> 32) * documents.len() as u64) >> 32) as usize];
            }
            sum.f1()
        })
        .collect();
    scores.sort_by(f64::total_cmp);
    let at = |share: f64| scores[((scores.len() - 1) as f64 * share).round() as usize];
    (at(0.025), at(0.975))
}
