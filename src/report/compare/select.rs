//! Which runs are the sides of a comparison.

use super::CompareError;
use crate::report::setting::{differences, flat};
use crate::run::record::{RunRecord, RunState};
use crate::run::relevance::normalised;
use crate::run::spec::RunSpec;
use serde_yaml::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A key of a run's specification and the value that it must have, as reports show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    key: String,
    value: String,
}

impl Filter {
    /// Reads `KEY=VALUE`.
    ///
    /// # Errors
    /// No `=`, or no such key in any run's specification.
    pub fn parse(text: &str, records: &[RunRecord]) -> Result<Self, CompareError> {
        let (key, value) = text.split_once('=').ok_or_else(|| CompareError::NotAFilter { given: text.to_owned() })?;
        let keys: BTreeSet<String> =
            records.iter().map(|record| &record.result.spec).chain([&RunSpec::default()]).flat_map(|spec| flat(spec).into_keys()).collect();
        if keys.contains(key) {
            return Ok(Self { key: key.to_owned(), value: value.to_owned() });
        }
        let nearest = keys.iter().max_by(|a, b| strsim::jaro_winkler(a, key).total_cmp(&strsim::jaro_winkler(b, key)));
        let nearest = nearest.map(|nearest| format!("; the nearest is `{nearest}`")).unwrap_or_default();
        Err(CompareError::UnknownKey { key: key.to_owned(), nearest })
    }

    fn holds(&self, keys: &BTreeMap<String, String>) -> bool {
        keys.get(&self.key).is_some_and(|value| same_value(value, &self.value))
    }
}

/// Whether two texts are the same value in YAML, in which an experiment file has it: `0.5`, `.50` and `5e-1`; `true` and `True`; `[MeSH]` and `["MeSH"]`.
fn same_value(one: &str, other: &str) -> bool {
    fn same(one: &Value, other: &Value) -> bool {
        match (one, other) {
            // Whole or not, a number is what it amounts to.
            (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
            (Value::Sequence(one), Value::Sequence(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
            }
            _ => one == other,
        }
    }
    let read = |text: &str| serde_yaml::from_str::<Value>(text).ok();
    one == other || read(one).zip(read(other)).is_some_and(|(one, other)| same(&one, &other))
}

/// The finished runs for which every filter holds, in the order of seeds.
///
/// # Errors
/// None of them: with the values that the keys have among the runs.
pub fn select<'a>(records: &'a [RunRecord], filters: &[Filter], side: &'static str) -> Result<Vec<&'a RunRecord>, CompareError> {
    let done = || records.iter().filter(|record| record.result.state == RunState::Done);
    let mut found: Vec<&RunRecord> =
        done().filter(|record| filters.iter().all(|filter| filter.holds(&flat(&record.result.spec)))).collect();
    if found.is_empty() {
        let values = |filter: &Filter| {
            let values: BTreeSet<String> = done().filter_map(|record| flat(&record.result.spec).remove(&filter.key)).collect();
            format!("{} is one of {}", filter.key, values.into_iter().collect::<Vec<_>>().join(", "))
        };
        let why = match filters.iter().find(|filter| !done().any(|record| filter.holds(&flat(&record.result.spec)))) {
            Some(filter) => values(filter),
            None => "each filter fits some run, but none fits all of them".to_owned(),
        };
        return Err(CompareError::NoRuns { side, why });
    }
    found.sort_by(|a, b| (a.result.spec.seed, &a.result.run_id).cmp(&(b.result.spec.seed, &b.result.run_id)));
    Ok(found)
}

/// A side is one specification but for its seed.
pub(super) fn one_method(runs: &[&RunRecord], side: &'static str) -> Result<(), CompareError> {
    let without_seed = |record: &RunRecord| {
        let mut spec = normalised(&record.result.spec);
        (spec.seed, spec.train.threads) = (0, 1);
        spec
    };
    let Some(first) = runs.first() else { return Err(CompareError::NoRuns { side, why: "none was named".to_owned() }) };
    let first_spec = flat(&without_seed(first));
    let mut keys = BTreeSet::new();
    for run in runs {
        let other = flat(&without_seed(run));
        keys.extend(differences(&other, &first_spec).into_iter().chain(differences(&first_spec, &other)));
    }
    let mut seeds = BTreeSet::new();
    if let Some(twice) = runs.iter().find(|run| !seeds.insert(run.result.spec.seed)).filter(|_| keys.is_empty()) {
        keys.insert(format!("nothing: seed {} is there twice", twice.result.spec.seed));
    }
    if keys.is_empty() {
        return Ok(());
    }
    Err(CompareError::SeveralMethods { side, keys: keys.into_iter().collect::<Vec<_>>().join(", ") })
}
