//! Two sides against each other over the documents that all their runs were scored on: two networks, or two methods with several seeds.

mod render;
mod select;
#[cfg(test)]
mod tests;

pub use render::{json, text};
pub use select::{Filter, select};

use crate::evaluate::Counts;
use crate::evaluate::significance::{
    DocumentResamples, Estimate, LEVEL, METHOD_RESAMPLES, RESAMPLES, Replicated, SHUFFLES, Statistic, Term, almost_stochastic_order,
    approximate_randomization, contrast, holm, paired_bootstrap,
};
use crate::report::claims::{Power, paper_difference};
use crate::report::setting::{differences, flat};
use crate::report::system::System;
use crate::run::record::{RunRecord, RunState};
use crate::run::spec::Task;
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Serialize;

/// Of the shuffles and resamples: the same runs give the same bytes.
const SEED: u64 = 20_190_127;

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CompareError {
    #[error("run {run} failed ({why}): it has no scores to compare")]
    Failed { run: String, why: String },
    #[error("run {run} has no scores on {split} for each document; make it again with this version of mermen")]
    NoScores { run: String, split: &'static str },
    #[error("the runs were scored on different documents ({first} on {one}, {second} on {other}): only runs on one corpus can be compared")]
    Documents { first: String, one: String, second: String, other: String },
    #[error(
        "the {side} side holds runs of several specifications, which differ in {keys}: a side is one specification with several seeds; narrow it with --where, --first or --second"
    )]
    SeveralMethods { side: &'static str, keys: String },
    #[error("the {side} side has no run: {why}")]
    NoRuns { side: &'static str, why: String },
    #[error("run {run} is on both sides")]
    OnBothSides { run: String },
    #[error("no key `{key}` in a run's specification{nearest}")]
    UnknownKey { key: String, nearest: String },
    #[error("`{given}` is not KEY=VALUE, such as model.framework=mtl")]
    NotAFilter { given: String },
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    pub first: Side,
    pub second: Side,
    pub corpus: String,
    pub split: &'static str,
    pub documents: usize,
    /// Keys of the specification in which the second differs, as `key=value`.
    pub differs_in: Vec<String>,
    /// Of these networks: mentions (recognition), then concepts (normalization). Counts of a side are summed over its runs.
    pub networks: Vec<Tested>,
    /// Of the methods, over documents and seeds: none with one run on a side.
    pub methods: Vec<Tested>,
    /// What the runs could have shown of each F1, beside the paper's own difference; none with one run on a side.
    pub power: Vec<LevelPower>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    pub system: String,
    pub runs: Vec<Run>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    pub run_id: String,
    pub seed: u64,
}

/// Differences are the first side less the second.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tested {
    /// `mention` or `concept`.
    pub level: &'static str,
    /// `precision`, `recall` or `f1`.
    pub score: &'static str,
    pub first: f64,
    pub second: f64,
    pub difference: f64,
    /// 95 %.
    pub low: f64,
    pub high: f64,
    /// Two-sided; none where the sides have different numbers of runs, whose summed counts cannot be exchanged.
    pub p: Option<f64>,
    /// After Holm's correction over the two F1; none for precision and recall.
    pub p_holm: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LevelPower {
    pub level: &'static str,
    #[serde(flatten)]
    pub power: Power,
    /// Almost stochastic order of the F1 over seeds; with five runs per side.
    pub epsilon_min: Option<f64>,
}

const LEVELS: [(&str, Task); 2] = [("mention", Task::Mer), ("concept", Task::Men)];
const SCORES: [(&str, Statistic); 3] = [("precision", Counts::precision), ("recall", Counts::recall), ("f1", Counts::f1)];

/// Compares two sides on `dev` or on test. A side is one run, or several of one specification.
///
/// # Errors
/// A side without runs or with runs of several specifications, a run on both sides or without scores for each document, or runs on
/// different documents.
pub fn compare(first: &[&RunRecord], second: &[&RunRecord], on_dev: bool) -> Result<Comparison, CompareError> {
    let split = if on_dev { "dev" } else { "test" };
    select::one_method(first, "first")?;
    select::one_method(second, "second")?;
    if let Some(run) = first.iter().find(|run| first.len().max(second.len()) > 1 && second.iter().any(|other| same(run, other))) {
        return Err(CompareError::OnBothSides { run: run.result.run_id.clone() });
    }
    let documents = on_the_same(&[first, second].concat(), split)?;
    let (a, b) = documents.split_at(first.len());
    let mut networks = Vec::new();
    let (mut methods, mut power) = (Vec::new(), Vec::new());
    let resamples = DocumentResamples::draw(a[0].len(), METHOD_RESAMPLES, &mut generator());
    for (level, task) in LEVELS {
        for (score, statistic) in SCORES {
            let of = |side: &[Vec<Document>]| side.iter().map(|run| counts(run, task)).collect::<Vec<_>>();
            let (a, b) = (of(a), of(b));
            networks.push(of_networks(level, score, statistic, &a, &b));
            let replicate = |side: &[Vec<Counts>]| side.iter().map(|run| resamples.replicate(run, statistic)).collect::<Vec<_>>();
            let (a, b) = (replicate(&a), replicate(&b));
            let term = |coefficient, networks, method| Term { coefficient, networks, method, documents: 0, size: resamples.documents() };
            let Some(estimate) = contrast(&[term(1.0, &a, 0), term(-1.0, &b, 1)]) else { continue };
            methods.push(of_methods(level, score, &estimate, &a, &b));
            if score == "f1" {
                let observed = |side: &[Replicated]| side.iter().map(|run| run.observed).collect::<Vec<_>>();
                let order = almost_stochastic_order(&observed(&a), &observed(&b), RESAMPLES, &mut generator());
                let paper = paper_difference(&first[0].result.spec, &second[0].result.spec, task);
                power.push(LevelPower { level, power: Power::of(&estimate, paper), epsilon_min: order.map(|order| order.epsilon_min) });
            }
        }
    }
    correct(&mut networks);
    correct(&mut methods);
    Ok(Comparison {
        first: side(first),
        second: side(second),
        corpus: first[0].result.spec.data.corpus.clone(),
        split,
        documents: a[0].len(),
        differs_in: differences(&flat(&second[0].result.spec), &flat(&first[0].result.spec))
            .into_iter()
            .filter(|key| first.len().max(second.len()) == 1 || !key.starts_with("seed="))
            .collect(),
        networks,
        methods,
        power,
    })
}

fn generator() -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(SEED)
}

fn same(one: &RunRecord, other: &RunRecord) -> bool {
    one.result.run_id == other.result.run_id
}

/// Paired tests between the summed counts of each side.
fn of_networks(level: &'static str, score: &'static str, statistic: Statistic, a: &[Vec<Counts>], b: &[Vec<Counts>]) -> Tested {
    let exchangeable = a.len() == b.len();
    let (a, b) = (summed(a), summed(b));
    let test = approximate_randomization(&a, &b, statistic, if exchangeable { SHUFFLES } else { 0 }, &mut generator());
    let bootstrap = paired_bootstrap(&a, &b, statistic, RESAMPLES, LEVEL, &mut generator());
    let (low, high) = bootstrap.map_or((test.difference, test.difference), |b| (b.interval.low, b.interval.high));
    let p = exchangeable.then_some(test.p);
    Tested {
        level,
        score,
        first: statistic(&sum(&a)),
        second: statistic(&sum(&b)),
        difference: test.difference,
        low,
        high,
        p,
        p_holm: None,
    }
}

fn of_methods(level: &'static str, score: &'static str, estimate: &Estimate, a: &[Replicated], b: &[Replicated]) -> Tested {
    let mean = |side: &[Replicated]| side.iter().map(|run| run.observed).sum::<f64>() / side.len() as f64;
    let interval = estimate.interval(LEVEL);
    let (low, high, p) = (interval.low, interval.high, Some(estimate.p()));
    Tested { level, score, first: mean(a), second: mean(b), difference: estimate.effect, low, high, p, p_holm: None }
}

/// Holm's correction over the F1.
fn correct(tests: &mut [Tested]) {
    let of_f1 = |test: &&mut Tested| test.score == "f1" && test.p.is_some();
    let p: Vec<f64> = tests.iter_mut().filter(|test| of_f1(test)).filter_map(|test| test.p).collect();
    for (test, adjusted) in tests.iter_mut().filter(|test| of_f1(test)).zip(holm(&p)) {
        test.p_holm = Some(adjusted);
    }
}

/// A document's id, mention counts and concept counts.
type Document = (String, Counts, Counts);

fn counts(documents: &[Document], task: Task) -> Vec<Counts> {
    documents.iter().map(|document| if task == Task::Mer { document.1 } else { document.2 }).collect()
}

/// Every run's documents, which must be the same ones.
fn on_the_same(runs: &[&RunRecord], split: &'static str) -> Result<Vec<Vec<Document>>, CompareError> {
    let all: Vec<Vec<Document>> = runs.iter().map(|run| documents(run, split)).collect::<Result<_, _>>()?;
    let ids = |of: &[Document]| of.iter().map(|document| document.0.clone()).collect::<Vec<_>>();
    let corpus = |record: &RunRecord| record.result.spec.data.corpus.clone();
    let first = runs[0];
    for (run, of_run) in runs.iter().zip(&all) {
        if run.result.data.corpus_sha256 != first.result.data.corpus_sha256 || ids(of_run) != ids(&all[0]) {
            return Err(CompareError::Documents {
                first: first.result.run_id.clone(),
                one: corpus(first),
                second: run.result.run_id.clone(),
                other: corpus(run),
            });
        }
    }
    Ok(all)
}

fn documents(record: &RunRecord, split: &'static str) -> Result<Vec<Document>, CompareError> {
    let result = &record.result;
    if let RunState::Failed { why } = &result.state {
        return Err(CompareError::Failed { run: result.run_id.clone(), why: why.clone() });
    }
    let scores = if split == "dev" { &result.dev } else { &result.test };
    let documents: Vec<Document> = scores
        .iter()
        .flat_map(|scores| &scores.documents)
        .map(|document| (document.id.clone(), document.mention, document.concept))
        .collect();
    if documents.is_empty() { Err(CompareError::NoScores { run: result.run_id.clone(), split }) } else { Ok(documents) }
}

/// A document's counts, summed over runs.
fn summed(runs: &[Vec<Counts>]) -> Vec<Counts> {
    let mut sums = vec![Counts::default(); runs.first().map_or(0, Vec::len)];
    for run in runs {
        sums.iter_mut().zip(run).for_each(|(sum, counts)| *sum += *counts);
    }
    sums
}

fn sum(documents: &[Counts]) -> Counts {
    let mut sum = Counts::default();
    documents.iter().for_each(|counts| sum += *counts);
    sum
}

fn side(runs: &[&RunRecord]) -> Side {
    let spec = &runs[0].result.spec;
    Side {
        system: format!("{}, {}", System::of(spec).name(), spec.embedding.name),
        runs: runs.iter().map(|run| Run { run_id: run.result.run_id.clone(), seed: run.result.spec.seed }).collect(),
    }
}
