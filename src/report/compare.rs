//! Two runs against each other: paired tests over the documents that both were scored on.

use crate::evaluate::Counts;
use crate::evaluate::significance::{LEVEL, RESAMPLES, SHUFFLES, approximate_randomization, holm, paired_bootstrap};
use crate::report::setting::{differences, flat};
use crate::report::system::System;
use crate::run::record::{RunRecord, RunState};
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Serialize;
use std::fmt::Write;

/// Of the shuffles and resamples: the same two runs give the same bytes.
const SEED: u64 = 20_190_127;

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CompareError {
    #[error("run {run} failed ({why}): it has no scores to compare")]
    Failed { run: String, why: String },
    #[error("run {run} has no scores on {split} for each document; make it again with this version of mermen")]
    NoScores { run: String, split: &'static str },
    #[error("the runs were scored on different documents ({first} on {one}, {second} on {other}): only runs on one corpus can be compared")]
    Documents { first: String, one: String, second: String, other: String },
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    pub first: Compared,
    pub second: Compared,
    pub corpus: String,
    pub split: &'static str,
    pub documents: usize,
    /// Keys of the spec in which the second differs, as `key=value`.
    pub differs_in: Vec<String>,
    /// Mentions (recognition), then concepts (normalization).
    pub tests: Vec<PairedTest>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    pub run_id: String,
    pub system: String,
    pub seed: u64,
}

/// Differences are the first run less the second.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairedTest {
    /// `mention` or `concept`.
    pub level: &'static str,
    /// `precision`, `recall` or `f1`.
    pub score: &'static str,
    pub first: f64,
    pub second: f64,
    pub difference: f64,
    /// 95 % of the paired bootstrap's differences.
    pub low: f64,
    pub high: f64,
    /// Two-sided, by approximate randomization; then by Holm's correction over the two F1, none for precision and recall.
    pub p: f64,
    pub p_holm: Option<f64>,
}

/// Compares two runs on `dev` or on test.
///
/// # Errors
/// A run without scores for each document, or runs on different documents.
pub fn compare(first: &RunRecord, second: &RunRecord, on_dev: bool) -> Result<Comparison, CompareError> {
    let split = if on_dev { "dev" } else { "test" };
    let (a, b) = (documents(first, split)?, documents(second, split)?);
    let ids = |of: &[Document]| of.iter().map(|document| document.0.clone()).collect::<Vec<_>>();
    let corpus = |record: &RunRecord| record.result.spec.data.corpus.clone();
    if first.result.data.corpus_sha256 != second.result.data.corpus_sha256 || ids(&a) != ids(&b) {
        return Err(CompareError::Documents {
            first: first.result.run_id.clone(),
            one: corpus(first),
            second: second.result.run_id.clone(),
            other: corpus(second),
        });
    }
    let mut tests = Vec::new();
    for (level, of) in [("mention", mention as fn(&Document) -> Counts), ("concept", concept)] {
        let counts = |documents: &[Document]| documents.iter().map(of).collect::<Vec<_>>();
        for (score, statistic) in [("precision", Counts::precision as fn(&Counts) -> f64), ("recall", Counts::recall), ("f1", Counts::f1)] {
            let (a, b) = (counts(&a), counts(&b));
            let generator = || Xoshiro256PlusPlus::seed_from_u64(SEED);
            let test = approximate_randomization(&a, &b, statistic, SHUFFLES, &mut generator());
            let Some(bootstrap) = paired_bootstrap(&a, &b, statistic, RESAMPLES, LEVEL, &mut generator()) else {
                return Err(CompareError::NoScores { run: first.result.run_id.clone(), split });
            };
            tests.push(PairedTest {
                level,
                score,
                first: statistic(&sum(&a)),
                second: statistic(&sum(&b)),
                difference: test.difference,
                low: bootstrap.interval.low,
                high: bootstrap.interval.high,
                p: test.p,
                p_holm: None,
            });
        }
    }
    let adjusted = holm(&tests.iter().filter(|test| test.score == "f1").map(|test| test.p).collect::<Vec<_>>());
    for (test, p) in tests.iter_mut().filter(|test| test.score == "f1").zip(adjusted) {
        test.p_holm = Some(p);
    }
    Ok(Comparison {
        first: compared(first),
        second: compared(second),
        corpus: corpus(first),
        split,
        documents: a.len(),
        differs_in: differences(&flat(&second.result.spec), &flat(&first.result.spec)),
        tests,
    })
}

/// A document's id, mention counts and concept counts.
type Document = (String, Counts, Counts);

fn mention(document: &Document) -> Counts {
    document.1
}

fn concept(document: &Document) -> Counts {
    document.2
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

fn sum(documents: &[Counts]) -> Counts {
    let mut sum = Counts::default();
    for counts in documents {
        sum += *counts;
    }
    sum
}

fn compared(record: &RunRecord) -> Compared {
    let spec = &record.result.spec;
    Compared {
        run_id: record.result.run_id.clone(),
        system: format!("{}, {}", System::of(spec).name(), spec.embedding.name),
        seed: spec.seed,
    }
}

/// For a terminal, at most 80 columns where system names allow.
pub fn text(comparison: &Comparison) -> String {
    let mut out = String::new();
    for (name, run) in [("first", &comparison.first), ("second", &comparison.second)] {
        let id: String = run.run_id.chars().take(12).collect();
        let _ = writeln!(out, "{name:<7} {id}  {}, seed {}", run.system, run.seed);
    }
    let _ = writeln!(out, "on the {} documents of {} {}", comparison.documents, comparison.corpus, comparison.split);
    for key in &comparison.differs_in {
        let _ = writeln!(out, "second has {key}");
    }
    let _ = writeln!(out, "\n{:<17} {:>7} {:>7} {:>8}  {:>18} {:>7} {:>7}", "", "first", "second", "diff.", "95 % interval", "p", "Holm");
    for test in &comparison.tests {
        let name = format!("{} {}", test.level, test.score);
        let interval = format!("{:+.4} to {:+.4}", test.low, test.high);
        let holm = test.p_holm.map(|p| format!("{p:.4}")).unwrap_or_default();
        let row = format!(
            "{name:<17} {:>7.4} {:>7.4} {:>+8.4}  {interval:>18} {:>7.4} {holm:>7}",
            test.first, test.second, test.difference, test.p
        );
        let _ = writeln!(out, "{}", row.trim_end());
    }
    out
}

/// For programs: the fields of [`Comparison`].
///
/// # Errors
/// Never for scores that are finite, as those of records are.
pub fn json(comparison: &Comparison) -> serde_json::Result<String> {
    serde_json::to_string_pretty(comparison).map(|text| text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::synthetic::{record, spec};
    use crate::run::spec::Framework;

    fn run(framework: Framework) -> RunRecord {
        record(spec("ncbi-disease", framework, true, false, 1))
    }

    #[test]
    fn a_run_does_not_differ_from_itself() {
        let same = compare(&run(Framework::Mtl), &run(Framework::Mtl), false).expect("comparable");
        assert!(same.tests.iter().all(|test| test.difference == 0.0 && test.p == 1.0 && (test.low, test.high) == (0.0, 0.0)));
        assert!(same.differs_in.is_empty());
    }

    #[test]
    fn turning_the_runs_round_turns_the_signs() {
        let (a, b) = (run(Framework::MtlBothFeedback), run(Framework::Pipeline));
        let (there, back) = (compare(&a, &b, false).expect("comparable"), compare(&b, &a, false).expect("comparable"));
        for (there, back) in there.tests.iter().zip(&back.tests) {
            assert_eq!((there.difference, there.p), (-back.difference, back.p));
        }
        assert_eq!(there.differs_in, ["model.framework=pipeline"]);
    }

    #[test]
    fn what_cannot_be_compared_is_an_error() {
        let (good, mut other) = (run(Framework::Mtl), run(Framework::Pipeline));
        other.result.data.corpus_sha256 = "another".into();
        assert!(matches!(compare(&good, &other, false), Err(CompareError::Documents { .. })));
        other.result.test = None;
        assert!(matches!(compare(&good, &other, false), Err(CompareError::NoScores { split: "test", .. })));
        other.result.state = RunState::Failed { why: "the loss is not finite".into() };
        assert!(matches!(compare(&other, &good, true), Err(CompareError::Failed { .. })));
    }

    #[test]
    fn it_prints_within_80_columns() {
        let comparison = compare(&run(Framework::MtlBothFeedback), &run(Framework::Pipeline), false).expect("comparable");
        let text = text(&comparison);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(json(&comparison).expect("JSON").contains("\"level\": \"concept\""));
    }
}
