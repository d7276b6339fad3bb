//! What the run records say to the paper's claims, and what its own tables say to its text.
//!
//! `docs/claims.md` states the rules; each lives in one place: [`runs`] which runs are compared, [`evidence`] what is tested,
//! [`verdict`] what follows from it.

pub mod audit;
mod cells;
mod evidence;
mod intervals;
mod judge;
mod paper;
mod render;
mod rows;
mod runs;
#[cfg(test)]
pub(in crate::report) mod tests;
mod verdict;

pub use audit::{AuditResult, AuditRow, audit};
pub use judge::judge;
pub use render::{json, markdown, text};
pub use rows::rows;

use serde::Serialize;

/// Everything that `mermen claims` says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimsReport {
    pub claims: Vec<JudgedClaim>,
    pub audit: Vec<AuditRow>,
}

impl ClaimsReport {
    /// How many claims have this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.claims.iter().filter(|claim| claim.verdict == verdict).count()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Supported,
    Contradicted,
    Inconclusive,
    NotRun,
}

impl Verdict {
    pub const ALL: [Self; 4] = [Self::Supported, Self::Contradicted, Self::Inconclusive, Self::NotRun];

    pub fn name(self) -> &'static str {
        match self {
            Verdict::Supported => "supported",
            Verdict::Contradicted => "contradicted",
            Verdict::Inconclusive => "inconclusive",
            Verdict::NotRun => "not run",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JudgedClaim {
    pub id: String,
    pub place: String,
    pub phrase: String,
    pub says: String,
    pub kind: &'static str,
    pub verdict: Verdict,
    /// One sentence: how many comparisons say what.
    pub because: String,
    /// What a reader must know besides: stand-in vectors, single seeds.
    pub notes: Vec<String>,
    pub cells: Vec<Cell>,
}

/// One comparison of a claim.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    pub first: String,
    /// The other system, the published figure or the number that `first` is held against.
    pub second: String,
    pub corpus: String,
    /// `mer`, `men`, or empty where the measure belongs to no single task.
    pub task: String,
    /// `IV`, ...; empty for all entities.
    pub subset: String,
    pub verdict: Verdict,
    /// Why it is not run, or what decided.
    pub because: String,
    pub found: Option<Found>,
}

/// Shares, not points: 0.01 is one point of F1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    pub first: f64,
    pub second: f64,
    pub difference: f64,
    pub low: f64,
    pub high: f64,
    /// Two-sided, before and after Holm's correction within the paper's table; none where only an interval is had.
    pub p: Option<f64>,
    pub p_holm: Option<f64>,
    /// Seeds behind each side.
    pub seeds: usize,
    /// Share of the pairs (a seed of the first, a seed of the second) that differ in the direction of `difference`; ties count
    /// half. None where there is one seed, or no second system.
    pub seeds_agree: Option<f64>,
    /// Run ids behind each side.
    pub first_runs: Vec<String>,
    pub second_runs: Vec<String>,
    /// Whether a run's vectors stand in for those of the paper.
    pub stand_in: bool,
}
