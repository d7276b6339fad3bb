//! What a run is called in a baseline: a name that stays while its specification changes, so that a change is seen as one.

use crate::report::setting::flat;
use crate::report::system::System;
use crate::run::record::RunRecord;
use crate::run::spec::{RunSpec, Schedule};
use std::collections::{BTreeMap, BTreeSet};

/// One name a record: system, vectors, seed; where two runs on a corpus share one, also the keys in which they differ.
pub(super) fn of(records: &[RunRecord]) -> Vec<String> {
    let short: Vec<String> = records.iter().map(|record| short(&record.result.spec)).collect();
    let specs: Vec<BTreeMap<String, String>> = records.iter().map(|record| flat(&record.result.spec)).collect();
    (0..records.len())
        .map(|index| {
            let mut differing = BTreeSet::new();
            for other in 0..records.len() {
                if short[other] == short[index] && corpus(&records[other]) == corpus(&records[index]) {
                    differing.extend(specs[index].iter().filter(|(key, value)| specs[other].get(*key) != Some(value)).map(|(key, _)| key));
                }
            }
            let told: String = differing.into_iter().map(|key| format!(" {key}={}", specs[index][key])).collect();
            format!("{}{told}", short[index])
        })
        .collect()
}

fn corpus(record: &RunRecord) -> &str {
    &record.result.spec.data.corpus
}

fn short(spec: &RunSpec) -> String {
    let mut name = format!("{} {}", System::of(spec).name(), spec.embedding.name);
    if spec.dropout.rate == 0.0 {
        name += " no-dropout";
    }
    if spec.train.schedule == Schedule::Asynchronous {
        name += " asynchronous";
    }
    format!("{name} seed={}", spec.seed)
}
