//! From the runs of one cell to the figures that stand in it.

use crate::evaluate::significance::{LEVEL, RESAMPLES, bootstrap_interval};
use crate::evaluate::{Ceilings, Counts, DocumentCounts, SplitScores};
use crate::run::record::{RunRecord, RunState};
use crate::run::spec::Task;
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Every interval is drawn from this seed, so that a report drawn again is the same to the byte.
const SEED: u64 = 20190127;

/// One figure over the seeds of a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    pub median: f64,
    pub min: f64,
    pub max: f64,
    /// Seeds.
    pub n: usize,
    /// Run ids, in the order of seeds.
    pub runs: Vec<String>,
}

impl Measurement {
    /// Over the finished runs for which `value` is known; `None` when there is none.
    pub fn over<'a>(runs: impl IntoIterator<Item = &'a RunRecord>, value: impl Fn(&RunRecord) -> Option<f64>) -> Option<Self> {
        let mut seeds: Vec<(u64, &str, f64)> =
            runs.into_iter().filter_map(|r| Some((r.result.spec.seed, r.result.run_id.as_str(), value(r)?))).collect();
        seeds.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        let mut values: Vec<f64> = seeds.iter().map(|s| s.2).collect();
        values.sort_by(f64::total_cmp);
        let n = values.len();
        Some(Self {
            min: *values.first()?,
            max: *values.last()?,
            median: (values[(n - 1) / 2] + values[n / 2]) / 2.0,
            n,
            runs: seeds.into_iter().map(|s| s.1.to_owned()).collect(),
        })
    }
}

/// A cell of the paper's kind: one system, one corpus, one task.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    pub f1: Measurement,
    /// 95 % by document bootstrap, of the run with the (lower) median F1.
    pub interval: Option<(f64, f64)>,
    /// Normalization only: the best F1 that concepts seen in training allow.
    pub ceiling: Option<f64>,
}

/// Tokens trained on in a second of processor time, which other work on the machine does not slow down.
pub fn processor_speed(run: &RunRecord) -> Option<f64> {
    let m = &run.measured;
    (m.train_cpu_seconds > 0.0).then(|| m.train_tokens_per_second * m.train_seconds / m.train_cpu_seconds)
}

/// Minutes of processor time in training.
pub fn processor_minutes(run: &RunRecord) -> Option<f64> {
    (run.measured.train_cpu_seconds > 0.0).then(|| run.measured.train_cpu_seconds / 60.0)
}

/// The part of the corpus that a score is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Dev,
    Test,
}

impl Part {
    pub fn scores(self, record: &RunRecord) -> Option<&SplitScores> {
        match self {
            Self::Dev => record.result.dev.as_ref(),
            Self::Test => record.result.test.as_ref(),
        }
    }

    pub fn ceilings(self, record: &RunRecord) -> Option<&Ceilings> {
        match self {
            Self::Dev => record.result.dev_ceilings.as_ref(),
            Self::Test => record.result.test_ceilings.as_ref(),
        }
    }
}

/// The paper's figure for a task: kit F1 of MER's spans, kit F1 of MEN's concepts.
pub fn kit_counts(scores: &SplitScores, task: Task) -> Counts {
    match task {
        Task::Mer => scores.mention.kit,
        Task::Men => scores.concept.kit,
    }
}

impl Score {
    pub fn over(runs: &[&RunRecord], part: Part, task: Task) -> Option<Self> {
        let f1_of = |r: &RunRecord| part.scores(r).map(|s| kit_counts(s, task).f1());
        let f1 = Measurement::over(runs.iter().copied().filter(|r| r.result.state == RunState::Done), f1_of)?;
        let mut ordered: Vec<(f64, &RunRecord)> =
            runs.iter().filter(|r| f1.runs.contains(&r.result.run_id)).filter_map(|r| Some((f1_of(r)?, *r))).collect();
        ordered.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.result.run_id.cmp(&b.1.result.run_id)));
        let middle = ordered.get((ordered.len() - 1) / 2).map(|m| m.1);
        let interval = middle.and_then(|r| part.scores(r)).and_then(|s| interval(s, task));
        let ceiling = match task {
            Task::Mer => None,
            Task::Men => middle.and_then(|r| part.ceilings(r)).map(concept_ceiling),
        };
        Some(Self { f1, interval, ceiling })
    }
}

/// F1 at the concept ceiling: every concept that occurs in training is found and nothing else is said, F1 = 2R/(1+R).
pub fn concept_ceiling(ceilings: &Ceilings) -> f64 {
    Counts { tp: ceilings.concepts_seen, fp: 0, fn_: ceilings.concepts - ceilings.concepts_seen.min(ceilings.concepts) }.f1()
}

fn interval(scores: &SplitScores, task: Task) -> Option<(f64, f64)> {
    document_interval(&scores.documents, task)
}

/// 95 % by document bootstrap; `None` with fewer than two documents.
pub fn document_interval(documents: &[DocumentCounts], task: Task) -> Option<(f64, f64)> {
    let counts: Vec<Counts> = documents
        .iter()
        .map(|d| match task {
            Task::Mer => d.mention,
            Task::Men => d.concept,
        })
        .collect();
    if counts.len() < 2 {
        return None;
    }
    let mut random = Xoshiro256PlusPlus::seed_from_u64(SEED);
    bootstrap_interval(&counts, Counts::f1, RESAMPLES, LEVEL, &mut random).map(|i| (i.low, i.high))
}
