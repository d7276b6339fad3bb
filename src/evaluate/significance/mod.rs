//! How far a difference can be trusted: intervals over documents, tests between two systems, spread over seeds.
//!
//! The unit of resampling is the document: mentions of one document are not independent. Where a system has several seeds,
//! the counts of a document may be summed over them first. Randomness comes from the caller's generator, so that a seed gives
//! the same figures everywhere.

mod bootstrap;
mod holm;
mod randomization;
mod spread;
mod stochastic_order;

pub use bootstrap::{Interval, PairedBootstrap, bootstrap_interval, paired_bootstrap};
pub use holm::holm;
pub use randomization::{Randomization, approximate_randomization};
pub use spread::{Spread, quantile};
pub use stochastic_order::{StochasticOrder, almost_stochastic_order};

use super::Counts;
use rand_core::Rng;

/// Resamples of a bootstrap.
pub const RESAMPLES: usize = 2_000;
/// Shuffles of an approximate randomization test.
pub const SHUFFLES: usize = 10_000;
/// Coverage of an interval.
pub const LEVEL: f64 = 0.95;

/// What is computed from summed counts: [`Counts::f1`], [`Counts::precision`] or [`Counts::recall`].
pub type Statistic = fn(&Counts) -> f64;

/// Uniform in `0..n`, by the high half of a 64 x 64 bit product; its bias is below n / 2^64.
fn draw(rng: &mut impl Rng, n: usize) -> usize {
    ((u128::from(rng.next_u64()) * n as u128) >> 64) as usize
}

/// Whether a difference is at least as large as the observed one, in either direction. Equal counts reached by different sums may
/// differ in the last bits: they are taken as equal.
fn at_least(difference: f64, observed: f64) -> bool {
    difference.abs() >= observed.abs() - 1e-12
}

fn sum<'a>(counts: impl IntoIterator<Item = &'a Counts>) -> Counts {
    counts.into_iter().fold(Counts::default(), |mut sum, counts| {
        sum += *counts;
        sum
    })
}

#[cfg(test)]
fn seeded(seed: u64) -> rand_xoshiro::Xoshiro256PlusPlus {
    rand_core::SeedableRng::seed_from_u64(seed)
}

/// Invented counts of twelve documents for two systems, the second a little better.
#[cfg(test)]
fn two_systems() -> (Vec<Counts>, Vec<Counts>) {
    let of = |rows: [(u64, u64, u64); 12]| rows.map(|(tp, fp, fn_)| Counts { tp, fp, fn_ }).to_vec();
    let a = [
        (4, 2, 1),
        (3, 0, 3),
        (7, 1, 2),
        (0, 1, 2),
        (5, 2, 2),
        (2, 0, 0),
        (6, 3, 4),
        (1, 1, 1),
        (8, 2, 1),
        (3, 2, 2),
        (4, 0, 5),
        (2, 2, 0),
    ];
    let b = [
        (5, 1, 0),
        (4, 0, 2),
        (7, 2, 2),
        (1, 1, 1),
        (5, 1, 2),
        (1, 0, 1),
        (8, 2, 2),
        (2, 0, 0),
        (8, 1, 1),
        (3, 1, 2),
        (6, 1, 3),
        (2, 1, 0),
    ];
    (of(a), of(b))
}
