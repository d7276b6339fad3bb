//! From the runs of one cell to the figures that stand in it.

use crate::evaluate::significance::{DocumentResamples, LEVEL, RESAMPLES, median_interval};
use crate::evaluate::{Ceilings, Counts, DocumentCounts, Split, SplitScores};
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
    /// 95 % of the median over the runs, by a bootstrap of the documents that all of them share.
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

/// The paper's figure for a task: kit F1 of MER's spans, kit F1 of MEN's concepts.
pub fn kit_counts(scores: &SplitScores, task: Task) -> Counts {
    match task {
        Task::Mer => scores.mention.kit,
        Task::Men => scores.concept.kit,
    }
}

impl Score {
    pub fn over(runs: &[&RunRecord], split: Split, task: Task) -> Option<Self> {
        let f1_of = |r: &RunRecord| r.result.scores(split).map(|s| kit_counts(s, task).f1());
        let f1 = Measurement::over(runs.iter().copied().filter(|r| r.result.state == RunState::Done), f1_of)?;
        let counted: Vec<&RunRecord> = runs.iter().copied().filter(|r| f1.runs.contains(&r.result.run_id)).collect();
        let documents: Vec<&[DocumentCounts]> = counted.iter().filter_map(|r| Some(&r.result.scores(split)?.documents[..])).collect();
        let interval = document_interval(&documents, task);
        let ceiling = match task {
            Task::Mer => None,
            Task::Men => counted.iter().find_map(|r| r.result.ceilings(split)).map(concept_ceiling),
        };
        Some(Self { f1, interval, ceiling })
    }
}

/// F1 at the concept ceiling: every concept that occurs in training is found and nothing else is said, F1 = 2R/(1+R).
pub fn concept_ceiling(ceilings: &Ceilings) -> f64 {
    Counts { tp: ceilings.concepts_seen, fp: 0, fn_: ceilings.concepts - ceilings.concepts_seen.min(ceilings.concepts) }.f1()
}

/// 95 % of the median F1 of networks that were scored on the same documents, by document bootstrap. `None` with fewer than two documents,
/// or where the networks were scored on different ones.
pub fn document_interval(networks: &[&[DocumentCounts]], task: Task) -> Option<(f64, f64)> {
    interval_of(networks, task, Counts::f1)
}

/// The same of another figure of the counts.
pub fn interval_of(networks: &[&[DocumentCounts]], task: Task, figure: fn(&Counts) -> f64) -> Option<(f64, f64)> {
    let first = networks.first()?;
    let ids = |documents: &[DocumentCounts]| documents.iter().map(|d| d.id.clone()).collect::<Vec<_>>();
    if first.len() < 2 || networks.iter().any(|other| ids(other) != ids(first)) {
        return None;
    }
    let mut random = Xoshiro256PlusPlus::seed_from_u64(SEED);
    let resamples = DocumentResamples::draw(first.len(), RESAMPLES, &mut random);
    let of = |d: &DocumentCounts| if task == Task::Mer { d.mention } else { d.concept };
    let replicate = |documents: &&[DocumentCounts]| resamples.replicate(&documents.iter().map(of).collect::<Vec<_>>(), figure);
    let replicated: Vec<_> = networks.iter().map(replicate).collect();
    median_interval(&replicated, LEVEL).map(|i| (i.low, i.high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::synthetic::{record, spec};
    use crate::run::spec::Framework;

    /// An interval of "the median run" need not hold a median of two: of .9 and .6 it is .75, which neither run has.
    #[test]
    fn the_interval_of_a_median_holds_the_median() {
        let runs = [1, 2].map(|seed| {
            let mut record = record(spec("ncbi-disease", Framework::Mtl, true, true, seed));
            let test = record.result.test.as_mut().expect("scores");
            for document in &mut test.documents {
                document.mention = if seed == 1 { Counts { tp: 9, fp: 1, fn_: 1 } } else { Counts { tp: 6, fp: 4, fn_: 4 } };
            }
            let n = test.documents.len() as u64;
            test.mention.kit = if seed == 1 { Counts { tp: 9 * n, fp: n, fn_: n } } else { Counts { tp: 6 * n, fp: 4 * n, fn_: 4 * n } };
            record
        });
        let runs: Vec<&RunRecord> = runs.iter().collect();
        let score = Score::over(&runs, Split::Test, Task::Mer).expect("a score");
        let (low, high) = score.interval.expect("an interval");
        assert!((score.f1.median - 0.75).abs() < 1e-12 && low <= score.f1.median + 1e-12 && score.f1.median <= high + 1e-12, "{score:?}");
        assert_eq!(document_interval(&[], Task::Mer), None);
    }
}
