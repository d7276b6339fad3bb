//! How far a difference can be trusted.
//!
//! Two kinds of chance move a score: which documents are in the test set, and which seed the network was trained with. Between two
//! *networks* only the documents are resampled ([`approximate_randomization`], [`paired_bootstrap`]): what they find holds for these
//! two networks alone. Between two *methods* (specifications without their seed) both are ([`contrast`]). Mentions of one document are
//! not independent, so that the document is the unit everywhere. Randomness comes from the caller's generator, so that a seed gives the
//! same figures everywhere.

mod bootstrap;
mod holm;
mod randomization;
mod resamples;
mod spread;
mod stochastic_order;
mod student;
mod two_level;
#[cfg(test)]
mod two_level_tests;

pub use bootstrap::{Interval, PairedBootstrap, bootstrap_interval, paired_bootstrap};
pub use holm::holm;
pub use randomization::{Randomization, approximate_randomization};
pub use resamples::{DocumentResamples, Replicated, median_interval};
pub use spread::{Spread, quantile};
pub use stochastic_order::{StochasticOrder, almost_stochastic_order};
pub use two_level::{Estimate, RunsNeeded, Term, VarianceComponent, contrast};

use super::Counts;
use rand_core::Rng;

/// Resamples of a bootstrap over documents.
pub const RESAMPLES: usize = 2_000;
/// Resamples behind an inference on methods.
pub const METHOD_RESAMPLES: usize = 10_000;
/// Shuffles of an approximate randomization test.
pub const SHUFFLES: usize = 10_000;
/// Coverage of an interval.
pub const LEVEL: f64 = 0.95;
/// Chance of seeing a difference that [`Estimate::detectable`] and [`VarianceComponent`] ask for.
pub const POWER: f64 = 0.8;

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
