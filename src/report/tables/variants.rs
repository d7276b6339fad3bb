//! Runs in other settings than the paper's, grouped by what sets them apart.

use crate::evaluate::Split;
use crate::report::setting::flat;
use crate::report::system::System;
use crate::run::record::{RunRecord, RunState};
use crate::run::spec::RunSpec;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Runs that differ in nothing but their seed.
pub(in crate::report) struct Variant<'a> {
    pub corpus: &'a str,
    pub system: System,
    /// Keys in which it differs from most of the experiment, as `key=value`, beyond those that its name tells.
    pub differs: Vec<String>,
    pub runs: Vec<&'a RunRecord>,
}

/// Keys that a row's name and its heading tell already.
fn named(key: &str) -> bool {
    matches!(key, "data.corpus" | "model.framework" | "model.encoder" | "model.crf" | "model.char_cnn" | "seed")
}

/// The runs as variants, in the order of corpora, Table 2's systems, then differing keys.
pub(in crate::report) fn variants<'a>(records: &[&'a RunRecord]) -> Vec<Variant<'a>> {
    let mut groups: Vec<(RunSpec, Vec<&RunRecord>)> = Vec::new();
    for record in records {
        let mut spec = record.result.spec.clone();
        spec.seed = 0;
        match groups.iter_mut().find(|g| g.0 == spec) {
            Some(group) => group.1.push(record),
            None => groups.push((spec, vec![record])),
        }
    }
    let keys: Vec<BTreeMap<String, String>> = groups.iter().map(|g| flat(&g.0)).collect();
    let usual = usual(&keys);
    let mut variants: Vec<Variant> = groups
        .into_iter()
        .zip(&keys)
        .map(|((_, mut runs), keys)| {
            runs.sort_by(|a, b| (a.result.spec.seed, &a.result.run_id).cmp(&(b.result.spec.seed, &b.result.run_id)));
            let differs = keys.iter().filter(|(k, v)| !named(k) && usual.get(*k).is_some_and(|u| u != *v)).map(|(k, v)| format!("{k}={v}"));
            Variant { corpus: &runs[0].result.spec.data.corpus, system: System::of(&runs[0].result.spec), differs: differs.collect(), runs }
        })
        .collect();
    variants.sort_by(|a, b| (a.corpus, a.system).cmp(&(b.corpus, b.system)).then_with(|| in_order(&a.differs, &b.differs)));
    variants
}

/// The order of lists of `key=value`, in which numbers are numbers: 50 comes before 100.
fn in_order(a: &[String], b: &[String]) -> Ordering {
    let value = |one: &str, other: &str| match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => one.total_cmp(&other),
        _ => one.cmp(other),
    };
    let differing = a.iter().zip(b).map(|(a, b)| match (a.split_once('='), b.split_once('=')) {
        (Some((key, one)), Some((other_key, other))) => key.cmp(other_key).then_with(|| value(one, other)),
        _ => a.cmp(b),
    });
    differing.into_iter().find(|order| *order != Ordering::Equal).unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// Each key's commonest value; of equals the first in order.
fn usual(groups: &[BTreeMap<String, String>]) -> BTreeMap<String, String> {
    let mut counts: BTreeMap<&String, BTreeMap<&String, usize>> = BTreeMap::new();
    for (key, value) in groups.iter().flatten() {
        *counts.entry(key).or_default().entry(value).or_default() += 1;
    }
    counts
        .into_iter()
        .filter_map(|(key, values)| {
            let best = values.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)))?;
            Some((key.clone(), best.0.clone()))
        })
        .collect()
}

/// Why runs that exist give no figure.
pub(in crate::report) fn missing(runs: &[&RunRecord], split: Split) -> String {
    let failed = runs.iter().find_map(|r| match &r.result.state {
        RunState::Failed { why } => Some(format!("failed: {why}")),
        RunState::Done => None,
    });
    failed.unwrap_or_else(|| {
        if runs.is_empty() {
            "not run".to_owned()
        } else if split == Split::Test {
            "not scored on test".to_owned()
        } else {
            "not scored on dev".to_owned()
        }
    })
}
