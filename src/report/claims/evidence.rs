//! What the runs of one comparison show: difference, interval, p.

use super::cells::{Comparison, On, label};
use super::intervals::{self, Estimate};
use super::runs::{BySeed, matched, runs_of};
use super::{Found, paper};
use crate::corpus::OovSubset;
use crate::evaluate::significance::{LEVEL, RESAMPLES, SHUFFLES, approximate_randomization, bootstrap_interval, paired_bootstrap};
use crate::evaluate::{Counts, DocumentCounts, SplitScores};
use crate::experiment::claims_file::Systems;
use crate::report::system::PaperCorpus;
use crate::run::record::RunRecord;
use crate::run::spec::{RunSpec, Task};
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use sha2::{Digest, Sha256};

/// Where the runs come from and which of them belong together.
pub(super) struct Evidence<'a> {
    pub records: &'a [RunRecord],
    pub setting: &'a RunSpec,
    pub ignoring: &'a [String],
    /// Comparisons of the claim: intervals that have no p beside them are widened, so that all of them hold at once.
    pub comparisons: usize,
}

type Sides<'a> = (Vec<&'a RunRecord>, Vec<&'a RunRecord>);

impl<'a> Evidence<'a> {
    /// # Errors
    /// Why the comparison is not run.
    pub fn of(&self, comparison: &Comparison) -> Result<Found, String> {
        let Some(second) = &comparison.second else { return self.against_published(comparison) };
        let sides = self.sides(&comparison.first, second, &comparison.corpus)?;
        match comparison.on {
            On::F1(task) => paired(&sides, task, &seed_of(comparison)),
            On::Boundary => Ok(self.unpaired(&sides, |runs| self.boundary(runs))),
            On::Subset(task, subset) => Ok(self.unpaired(&sides, |runs| self.subset(runs, task, subset))),
            On::SubsetGains(task, large, small) => {
                let gain = |subset| {
                    let of = |runs: &[&RunRecord]| self.subset(runs, task, subset);
                    intervals::difference(of(&sides.0), of(&sides.1))
                };
                Ok(gains(gain(large), gain(small), &[&sides]))
            }
            On::TaskGains(task, other_task) => {
                let (other, other_base) = comparison.against.as_ref().ok_or("the claim names no second gain")?;
                let others = self.sides(other, other_base, &comparison.corpus)?;
                let one = paired(&sides, task, &seed_of(comparison))?;
                let other = paired(&others, other_task, &seed_of(comparison))?;
                let estimate = |found: &Found| Estimate { value: found.difference, low: found.low, high: found.high };
                Ok(gains(estimate(&one), estimate(&other), &[&sides, &others]))
            }
        }
    }

    /// Runs of both, as many of each, on the same documents.
    fn sides(&self, first: &Systems, second: &Systems, corpus: &str) -> Result<Sides<'a>, String> {
        let of = |systems: &Systems, other: &Systems| {
            self.runs(systems, corpus)
                .map_err(|why| if why == "not run" { format!("{} not run", label(systems, Some(other))) } else { why })
        };
        let sides = matched(&of(first, second)?, &of(second, first)?);
        let mut all = sides.0.iter().chain(&sides.1).map(|record| (&record.result.data.corpus_sha256, ids(record)));
        if let Some(one) = all.next()
            && all.any(|other| other != one)
        {
            return Err("its runs were scored on different documents".to_owned());
        }
        Ok(sides)
    }

    fn runs(&self, systems: &Systems, corpus: &str) -> Result<BySeed<'a>, String> {
        runs_of(self.records, systems, corpus, self.setting, self.ignoring)
    }

    /// A published figure has no counts, so only the runs' own interval speaks.
    fn against_published(&self, comparison: &Comparison) -> Result<Found, String> {
        let task = comparison.on.task();
        let published = PaperCorpus::of(&comparison.corpus).and_then(|corpus| paper::best_previous(corpus.key(), task));
        let (_, published) = published.ok_or("the paper's Table 2 has no previous figure for it")?;
        let runs: Vec<&RunRecord> = self.runs(&comparison.first, &comparison.corpus)?.into_values().collect();
        let On::F1(task) = comparison.on else { return Err("published figures are F1 of all entities".to_owned()) };
        let documents = pooled(&runs, task);
        let score = f1(&documents);
        let mut random = generator(&seed_of(comparison));
        let interval = bootstrap_interval(&documents, Counts::f1, RESAMPLES, LEVEL, &mut random).ok_or("no documents to resample")?;
        let mut found = found(score, published, &[&(runs, Vec::new())]);
        (found.low, found.high) = (interval.low - published, interval.high - published);
        Ok(found)
    }

    /// Each side's estimate and the interval of their difference.
    fn unpaired(&self, sides: &Sides, estimate: impl Fn(&[&RunRecord]) -> Estimate) -> Found {
        let (first, second) = (estimate(&sides.0), estimate(&sides.1));
        let difference = intervals::difference(first, second);
        let mut found = found(first.value, second.value, &[sides]);
        (found.low, found.high) = (difference.low, difference.high);
        found.seeds_agree = agreement(sides, |record| estimate(&[record]).value);
        found
    }

    fn level(&self) -> f64 {
        1.0 - (1.0 - LEVEL) / self.comparisons.max(1) as f64
    }

    fn boundary(&self, runs: &[&RunRecord]) -> Estimate {
        let n = runs.len().max(1) as f64;
        let sum = |of: fn(&SplitScores) -> u64| runs.iter().filter_map(|run| run.result.test.as_ref()).map(of).sum::<u64>() as f64 / n;
        intervals::share(sum(|scores| scores.boundary.spans_in_one), sum(|scores| scores.boundary.spans_in_any), self.level())
    }

    fn subset(&self, runs: &[&RunRecord], task: Task, subset: OovSubset) -> Estimate {
        let counts: Vec<Counts> = runs
            .iter()
            .filter_map(|run| run.result.test.as_ref()?.oov.iter().find(|scores| scores.subset == subset))
            .map(|scores| scores.counts[task])
            .collect();
        let (tp, wrong) = intervals::mean_counts(counts.iter());
        intervals::f1(tp, wrong, self.level())
    }
}

/// The paired tests over documents. Counts of a document are summed over the seeds of a side.
fn paired(sides: &Sides, task: Task, seed: &str) -> Result<Found, String> {
    let (a, b) = (pooled(&sides.0, task), pooled(&sides.1, task));
    let test = approximate_randomization(&a, &b, Counts::f1, SHUFFLES, &mut generator(seed));
    let bootstrap = paired_bootstrap(&a, &b, Counts::f1, RESAMPLES, LEVEL, &mut generator(seed)).ok_or("no documents to resample")?;
    let mut found = found(f1(&a), f1(&b), &[sides]);
    (found.low, found.high, found.p) = (bootstrap.interval.low, bootstrap.interval.high, Some(test.p));
    found.seeds_agree = agreement(sides, |record| f1(&pooled(&[record], task)));
    Ok(found)
}

/// One gain held against another.
fn gains(one: Estimate, other: Estimate, sides: &[&Sides]) -> Found {
    let difference = intervals::difference(one, other);
    let mut found = found(one.value, other.value, sides);
    (found.low, found.high) = (difference.low, difference.high);
    found
}

fn found(first: f64, second: f64, sides: &[&Sides]) -> Found {
    let ids = |side: fn(&Sides<'_>) -> Vec<String>| -> Vec<String> { sides.iter().flat_map(|sides| side(sides)).collect() };
    let runs = || sides.iter().flat_map(|sides| sides.0.iter().chain(&sides.1));
    Found {
        first,
        second,
        difference: first - second,
        low: 0.0,
        high: 0.0,
        p: None,
        p_holm: None,
        seeds: sides.iter().map(|sides| sides.0.len()).min().unwrap_or(0),
        seeds_agree: None,
        first_runs: ids(|sides| sides.0.iter().map(|record| record.result.run_id.clone()).collect()),
        second_runs: ids(|sides| sides.1.iter().map(|record| record.result.run_id.clone()).collect()),
        stand_in: runs().any(|record| record.result.data.embedding.stand_in),
    }
}

/// How often a seed of the one side differs from a seed of the other in the direction in which the means do.
fn agreement(sides: &Sides, score: impl Fn(&RunRecord) -> f64) -> Option<f64> {
    let scores = |side: &[&RunRecord]| -> Vec<f64> { side.iter().map(|record| score(record)).collect() };
    let (first, second) = (scores(&sides.0), scores(&sides.1));
    if first.len() < 2 || second.len() < 2 {
        return None;
    }
    let above: f64 =
        first.iter().flat_map(|a| second.iter().map(move |b| if a > b { 1.0 } else { f64::from(u8::from(a == b)) / 2.0 })).sum();
    let share = above / (first.len() * second.len()) as f64;
    let upward = first.iter().sum::<f64>() * second.len() as f64 >= second.iter().sum::<f64>() * first.len() as f64;
    Some(if upward { share } else { 1.0 - share })
}

fn ids(record: &RunRecord) -> Vec<&str> {
    record.result.test.iter().flat_map(|test| &test.documents).map(|document| document.id.as_str()).collect()
}

/// A document's counts, summed over runs.
fn pooled(runs: &[&RunRecord], task: Task) -> Vec<Counts> {
    let of = |document: &DocumentCounts| if task == Task::Mer { document.mention } else { document.concept };
    let mut sums: Vec<Counts> = Vec::new();
    for test in runs.iter().filter_map(|run| run.result.test.as_ref()) {
        sums.resize(sums.len().max(test.documents.len()), Counts::default());
        for (sum, document) in sums.iter_mut().zip(&test.documents) {
            *sum += of(document);
        }
    }
    sums
}

fn f1(documents: &[Counts]) -> f64 {
    let mut sum = Counts::default();
    for counts in documents {
        sum += *counts;
    }
    sum.f1()
}

/// What a comparison is, in words: its random numbers depend on nothing else, so that neither the order of the claims nor
/// another claim moves its p.
fn seed_of(comparison: &Comparison) -> String {
    format!("{comparison:?}")
}

fn generator(seed: &str) -> Xoshiro256PlusPlus {
    let digest = Sha256::digest(seed.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    Xoshiro256PlusPlus::seed_from_u64(u64::from_le_bytes(first))
}
