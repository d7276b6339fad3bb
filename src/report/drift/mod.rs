//! Whether scores have moved: the records of a spec against a committed baseline (`reports/baseline/drift.csv`).
//!
//! A score is compared only where its run was specified alike, made by the same protocol, read the same data and is defined alike. Then
//! it is the same to the bit on any CPU, so the default tolerance is 0; a run on a GPU has a tolerance of its own. What else may differ
//! (version, device, instruction set, threads) is reported.

mod baseline;
mod label;
mod render;
mod specs;
#[cfg(test)]
mod tests;

pub use crate::evaluate::metric::{Better, METRICS, Metric};
pub use baseline::{Baseline, BaselineError, BaselineRow, Changes, changes};
pub use render::{github, json, junit, markdown, text};
pub use specs::BaselineSpecs;

use crate::evaluate::metric;
use crate::run::record::{RunRecord, RunState};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Options {
    /// A score that is better by more than the tolerance does not fail.
    pub allow_gains: bool,
    /// A score that the baseline does not have does not fail.
    pub allow_new: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftStatus {
    Within,
    /// Better by more than the tolerance.
    Gain,
    /// Worse by more than the tolerance.
    Drift,
    /// In the baseline, and no run gave it.
    Missing,
    /// Given by a run, and not in the baseline.
    New,
    /// Specification, protocol, data or definition are not those of the baseline.
    CannotCompare,
    RunFailed,
}

impl DriftStatus {
    pub const ALL: [Self; 7] = [Self::Within, Self::Gain, Self::Drift, Self::Missing, Self::New, Self::CannotCompare, Self::RunFailed];

    pub fn name(self) -> &'static str {
        match self {
            DriftStatus::Within => "within",
            DriftStatus::Gain => "gain",
            DriftStatus::Drift => "drift",
            DriftStatus::Missing => "missing",
            DriftStatus::New => "new",
            DriftStatus::CannotCompare => "cannot compare",
            DriftStatus::RunFailed => "run failed",
        }
    }
}

/// One score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DriftRow {
    pub system: String,
    pub corpus: String,
    /// `dev` or `test`; empty, as `metric`, for a run without scores.
    pub split: String,
    pub metric: String,
    pub baseline: Option<f64>,
    pub value: Option<f64>,
    /// How far the value may lie from the baseline's.
    pub tolerance: Option<f64>,
    pub status: DriftStatus,
    /// Why it cannot be compared or has no value; else empty.
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DriftReport {
    pub options: Options,
    /// By system, corpus, split, metric in the order of [`METRICS`].
    pub rows: Vec<DriftRow>,
    /// What differs from the baseline's runs and may move a score, but does not forbid to compare.
    pub told: Vec<String>,
}

impl DriftReport {
    pub fn count(&self, status: DriftStatus) -> usize {
        self.rows.iter().filter(|row| row.status == status).count()
    }

    /// Whether a row of this status makes the check fail.
    pub fn fails(&self, status: DriftStatus) -> bool {
        match status {
            DriftStatus::Within => false,
            DriftStatus::Gain => !self.options.allow_gains,
            DriftStatus::New => !self.options.allow_new,
            DriftStatus::Drift | DriftStatus::Missing | DriftStatus::CannotCompare | DriftStatus::RunFailed => true,
        }
    }

    /// 0 within, 1 moved, missing or new, 2 cannot be compared, 3 a run failed; the highest of them.
    pub fn exit_code(&self) -> u8 {
        let code = |row: &DriftRow| match row.status {
            DriftStatus::RunFailed => 3,
            DriftStatus::CannotCompare => 2,
            status => u8::from(self.fails(status)),
        };
        self.rows.iter().map(code).max().unwrap_or(0)
    }
}

/// A score's name: system, corpus, split, place of its metric.
type Key = (String, String, String, usize);

/// Compares every score of the records with the baseline's.
pub fn check(records: &[RunRecord], baseline: &Baseline, options: Options) -> DriftReport {
    let now = Baseline::of(records, None);
    let then: BTreeMap<Key, &BaselineRow> = baseline.rows.iter().map(|row| (row.key(), row)).collect();
    let failed = failed(records);
    let mut rows = Vec::new();
    for (system, corpus, why) in &failed {
        rows.push(DriftRow {
            system: system.clone(),
            corpus: corpus.clone(),
            split: String::new(),
            metric: String::new(),
            baseline: None,
            value: None,
            tolerance: None,
            status: DriftStatus::RunFailed,
            note: why.clone(),
        });
    }
    let mut told = BTreeSet::new();
    let mut given = BTreeSet::new();
    for row in &now.rows {
        given.insert(row.key());
        if row.on_gpu() {
            told.insert(format!("{} on {} was made on {}: the tolerance is that of GPUs", row.system, row.corpus, row.device));
        }
        let Some(old) = then.get(&row.key()) else {
            rows.push(shown(row, None, Some(row), DriftStatus::New, String::new()));
            continue;
        };
        told.extend(differences(old, row));
        rows.push(match forbids(old, row, (&baseline.about, &now.about)) {
            Some(why) => shown(old, Some(old), Some(row), DriftStatus::CannotCompare, why),
            None => shown(old, Some(old), Some(row), status(old, row), String::new()),
        });
    }
    for (key, old) in &then {
        let has_failed = failed.iter().any(|(system, corpus, _)| (system, corpus) == (&key.0, &key.1));
        if !given.contains(key) && !has_failed {
            rows.push(shown(old, Some(old), None, DriftStatus::Missing, "no run gave this score".into()));
        }
    }
    rows.sort_by_key(|row| (row.system.clone(), row.corpus.clone(), row.split.clone(), metric::place(&row.metric)));
    DriftReport { options, rows, told: told.into_iter().collect() }
}

fn failed(records: &[RunRecord]) -> Vec<(String, String, String)> {
    let labels = label::of(records);
    records
        .iter()
        .zip(labels)
        .filter_map(|(record, system)| match &record.result.state {
            RunState::Failed { why } => Some((system, record.result.spec.data.corpus.clone(), why.clone())),
            RunState::Done => None,
        })
        .collect()
}

/// `row` names the score; `old` and `new` are what the baseline and the run say of it.
fn shown(row: &BaselineRow, old: Option<&BaselineRow>, new: Option<&BaselineRow>, status: DriftStatus, note: String) -> DriftRow {
    DriftRow {
        system: row.system.clone(),
        corpus: row.corpus.clone(),
        split: row.split.clone(),
        metric: row.metric.clone(),
        baseline: old.map(|old| old.value),
        value: new.map(|new| new.value),
        tolerance: old.map(|old| old.tolerance(new.unwrap_or(old))),
        status,
        note,
    }
}

fn status(old: &BaselineRow, new: &BaselineRow) -> DriftStatus {
    let moved = new.value - old.value;
    // A score written and read again may differ in its last bits from one that was not.
    if moved.abs() <= old.tolerance(new) + 1e-12 {
        return DriftStatus::Within;
    }
    let gain = match metric::by_name(&old.metric).map(|metric| metric.better) {
        Some(Better::Higher) => moved > 0.0,
        Some(Better::Lower) => moved < 0.0,
        None => false,
    };
    if gain { DriftStatus::Gain } else { DriftStatus::Drift }
}

/// Why two scores are no two values of one thing.
fn forbids(old: &BaselineRow, new: &BaselineRow, (then, now): (&BaselineSpecs, &BaselineSpecs)) -> Option<String> {
    let remedy = "if that is meant, make the baseline again with --update";
    if old.spec_hash != new.spec_hash {
        let hashes = || format!("{} in the baseline, {} now", old.spec_hash, new.spec_hash);
        let what = then.difference(&old.spec_hash, now, &new.spec_hash).unwrap_or_else(hashes);
        return Some(format!("another specification ({what}); {remedy}"));
    }
    if old.protocol != new.protocol {
        return Some(format!(
            "another protocol ({} in the baseline, {} now): results differ by design; {remedy}",
            old.protocol, new.protocol
        ));
    }
    if old.data != new.data {
        return Some(format!("other data ({} in the baseline, {} now): check the data folder; {remedy}", old.data, new.data));
    }
    (old.metric_digest != new.metric_digest).then(|| {
        format!("another definition of `{}` ({} in the baseline, {} now); {remedy}", old.metric, old.metric_digest, new.metric_digest)
    })
}

fn differences(old: &BaselineRow, new: &BaselineRow) -> Vec<String> {
    let fields = [
        ("version", old.version.clone(), new.version.clone()),
        ("device", old.device.clone(), new.device.clone()),
        ("CPU path", old.cpu_path.clone(), new.cpu_path.clone()),
        ("threads", old.threads.to_string(), new.threads.to_string()),
    ];
    fields
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(what, old, new)| format!("{what}: {old} in the baseline, {new} now"))
        .collect()
}
