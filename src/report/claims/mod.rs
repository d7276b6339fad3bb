//! What the run records say to the paper's claims, and what its own tables say to its text.
//!
//! `docs/claims.md` states the rules; each lives in one place: [`runs`] which runs stand for a system, [`effect`] what they show with
//! which uncertainty, [`verdict`] what follows from it.

pub mod audit;
mod cells;
mod effect;
mod evidence;
mod judge;
mod paper;
mod regime;
mod render;
mod rows;
mod runs;
mod scores;
#[cfg(test)]
pub(in crate::report) mod tests;
mod verdict;

pub use crate::experiment::claims_file::Change;
pub use audit::{AuditResult, AuditRow, audit};
pub use judge::{judge, judge_own};
pub use regime::Regime;
pub use render::{json, junit, markdown, text};
pub use rows::rows;

use crate::evaluate::significance::{Estimate, RunsNeeded};
use crate::experiment::claims_file::Systems;
use crate::run::spec::{RunSpec, Task};
use serde::Serialize;

/// A way to read the paper, with the setting that its runs share.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingSetting {
    pub name: String,
    /// Shown beside the others, without a say in whether a verdict is robust.
    pub beside: bool,
    /// Or why there is none.
    pub setting: Result<RunSpec, String>,
}

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

    pub fn is_decided(self) -> bool {
        matches!(self, Verdict::Supported | Verdict::Contradicted)
    }
}

/// How a claim's readings stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Robustness {
    /// Every reading was run, and all of them decide alike.
    Robust,
    /// The readings that were run do not agree.
    DependsOnReading,
    /// Decided, but not in every reading: another was not run.
    OneReading,
    /// Undecided in every reading that was run.
    Open,
    NotRun,
    /// A count of the corpora, which no reading changes.
    Counted,
}

impl Robustness {
    pub fn name(self) -> &'static str {
        match self {
            Robustness::Robust => "robust",
            Robustness::DependsOnReading => "depends on the reading",
            Robustness::OneReading => "one reading only",
            Robustness::Open => "open",
            Robustness::NotRun => "not run",
            Robustness::Counted => "counted",
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
    /// Whether one significant comparison against it contradicts it.
    pub every: bool,
    pub changed: Vec<Change>,
    /// That of the readings that were run, where they agree; inconclusive where they do not.
    pub verdict: Verdict,
    pub robustness: Robustness,
    pub readings: Vec<JudgedReading>,
}

/// A claim under one reading of the paper.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JudgedReading {
    pub name: String,
    pub beside: bool,
    pub verdict: Verdict,
    /// One sentence: what decided.
    pub because: String,
    /// What a reader must know besides: embeddings that stand in for the paper's, comparisons that could not be judged.
    pub notes: Vec<String>,
    /// Over the comparisons that could be judged; none where there is none, and where a claim is counted.
    pub pooled: Option<Pooled>,
    /// The same for each task, where the claim is about several.
    pub by_task: Vec<(String, Pooled)>,
    /// Comparisons that are significant for the claim and against it, after Holm's correction.
    pub cells_for: usize,
    pub cells_against: usize,
    /// Fewest and most runs per side.
    pub seeds: Option<(usize, usize)>,
    pub regime: Option<Regime>,
    pub cells: Vec<Cell>,
}

/// The mean of the comparisons, each weighted alike. Shares, not points: 0.01 is one point of F1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pooled {
    pub comparisons: usize,
    pub effect: f64,
    /// 95 %.
    pub low: f64,
    pub high: f64,
    /// Two-sided; of a claim of equality that of two one-sided tests.
    pub p: f64,
    #[serde(flatten)]
    pub power: Power,
}

/// The paper's own difference between two specifications' F1, where its tables have both.
pub(in crate::report) fn paper_difference(first: &RunSpec, second: &RunSpec, task: Task) -> Option<f64> {
    let systems = |spec: &RunSpec| Systems {
        framework: Some(spec.model.framework),
        char_cnn: Some(spec.model.char_cnn.is_some()),
        crf: Some(spec.model.crf),
        ..Systems::of_setting(spec)
    };
    let comparison = cells::Comparison {
        first: systems(first),
        second: Some(systems(second)),
        against: None,
        corpus: first.data.corpus.clone(),
        on: cells::On::F1(task),
    };
    paper::difference(&comparison, 0.0)
}

/// What the runs could have shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Power {
    /// The smallest difference that would have been seen with a chance of 80 %.
    pub detectable: f64,
    /// The paper's own difference, where its tables have it.
    pub paper: Option<f64>,
    /// Runs per side that would see the paper's difference with a chance of 80 %.
    pub runs_for_paper: Option<usize>,
    /// Where no number of runs would: so many times as many test documents would, with endless runs.
    pub documents_for_paper: Option<f64>,
}

impl Power {
    pub(in crate::report) fn of(estimate: &Estimate, paper: Option<f64>) -> Self {
        let needed = paper.filter(|paper| *paper != 0.0).map(|paper| estimate.runs_to_see(paper));
        Self {
            detectable: estimate.detectable(),
            paper,
            runs_for_paper: needed.and_then(|needed| if let RunsNeeded::Runs(runs) = needed { Some(runs) } else { None }),
            documents_for_paper: needed.and_then(|needed| if let RunsNeeded::MoreDocuments(times) = needed { Some(times) } else { None }),
        }
    }

    /// As a sentence: `could have seen 0.88, the paper has +0.44 (12 runs per side would see it)`, in points.
    pub(in crate::report) fn text(&self) -> String {
        let mut out = format!("could have seen {:.2}", self.detectable * 100.0);
        if let Some(paper) = self.paper {
            out += &format!(", the paper has {:+.2}", paper * 100.0);
        }
        if let Some(runs) = self.runs_for_paper {
            let runs = if runs > 1_000 { "more than 1,000".to_owned() } else { runs.to_string() };
            out += &format!(" ({runs} runs per side would see it)");
        } else if let Some(times) = self.documents_for_paper {
            out += &format!(" (no number of runs would see it; {times:.1} times as many documents would)");
        }
        out
    }
}

/// One comparison of a claim.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    pub first: String,
    /// The other system, the published figure or the number that `first` is compared with.
    pub second: String,
    pub corpus: String,
    /// `mer`, `men`, or empty where the measure belongs to no single task.
    pub task: String,
    /// `IV`, ...; empty for all entities.
    pub subset: String,
    pub verdict: Verdict,
    /// Why it is not run, or what decided.
    pub because: String,
    pub found: Option<ObservedEffect>,
}

/// Shares, not points: 0.01 is one point of F1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObservedEffect {
    /// As tables show it: the median over seeds with its own interval. Of gains, the gain.
    pub first: Figure,
    pub second: Figure,
    /// Of the means over seeds; where the other side is published, less that figure and what the claim adds to it.
    pub difference: f64,
    /// None with one run on a side.
    pub inference: Option<Inference>,
    /// Runs behind each side.
    pub seeds: (usize, usize),
    /// Share of the pairs (a seed of the first, a seed of the second) that differ in the direction of `difference`; ties count half.
    /// None with one seed on a side, without a second system, and for gains.
    pub seeds_agree: Option<f64>,
    /// Almost stochastic order of the seeds' scores (Dror et al. 2019): 0 where the first's are larger, 1 where the second's are. None
    /// with fewer than five seeds on a side.
    pub epsilon_min: Option<f64>,
    /// Run ids behind each side.
    pub first_runs: Vec<String>,
    pub second_runs: Vec<String>,
    /// Whether a run's embedding stands in for that of the paper.
    pub stand_in: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    pub value: f64,
    /// 95 % over documents, where there are counts per document.
    pub low: Option<f64>,
    pub high: Option<f64>,
}

/// Over documents and seeds (see [`crate::evaluate::significance`]).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inference {
    /// 95 % of the difference.
    pub low: f64,
    pub high: f64,
    /// Two-sided, before and after Holm's correction within the paper's table; of a claim of equality that of two one-sided tests.
    pub p: f64,
    pub p_holm: f64,
    /// Of a claim of equality: that the difference lies beyond the margin; two-sided, after Holm.
    pub p_beyond_holm: Option<f64>,
    #[serde(flatten)]
    pub power: Power,
}
