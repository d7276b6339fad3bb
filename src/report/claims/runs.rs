//! Which runs stand for a system of a claim.

use super::effect::Method;
use crate::experiment::claims_file::Systems;
use crate::report::setting::{differences, flat, in_setting};
use crate::report::system::System;
use crate::run::record::{PROTOCOL, RunRecord, RunState};
use crate::run::relevance::{normalised, pointer};
use crate::run::spec::{RunSpec, Schedule};
use std::collections::BTreeMap;

/// The finished runs of `systems` on `corpus` that were made in `setting`, apart from the keys of `ignoring` and those that the systems
/// name themselves: one a seed, in the order of seeds.
///
/// # Errors
/// Why there is none: no such run, it failed, or the claim's words fit more than one system.
pub(super) fn runs_of<'a>(
    records: &'a [RunRecord],
    systems: &Systems,
    corpus: &str,
    setting: &RunSpec,
    ignoring: &[String],
) -> Result<Method<'a>, String> {
    let mut done: BTreeMap<u64, &RunRecord> = BTreeMap::new();
    let ignoring: Vec<&str> = ignoring.iter().chain(systems.with.iter().map(|(key, _)| key)).map(String::as_str).collect();
    let mut reason = "not run".to_owned();
    for record in records {
        let spec = &record.result.spec;
        if spec.data.corpus != corpus || !systems.matches(spec) || !in_setting(spec, &aligned(setting, spec, &ignoring)) {
            continue;
        }
        match &record.result.state {
            _ if record.result.protocol != PROTOCOL => {
                reason = format!("its record is of protocol {}, this program's is {PROTOCOL}", record.result.protocol);
            }
            RunState::Failed { why } => reason = format!("its run failed: {why}"),
            RunState::Done if record.result.test.as_ref().is_none_or(|test| test.documents.is_empty()) => {
                reason = "its record has no scores on test".to_owned();
            }
            RunState::Done => {
                if let Some(other) = done.values().find(|other: &&&RunRecord| system(&other.result.spec) != system(spec)) {
                    let (one, two) = (System::of(&other.result.spec).name(), System::of(spec).name());
                    return Err(format!("the claim fits both {one} and {two}: name one of them"));
                }
                if let Some(other) = done.values().find(|other: &&&RunRecord| method(&other.result.spec) != method(spec)) {
                    let keys = differences(&flat(&method(spec)), &flat(&method(&other.result.spec)));
                    return Err(format!("the claim fits runs of two specifications ({}): name one with `with`", keys.join(", ")));
                }
                done.insert(spec.seed, record);
            }
        }
    }
    if done.is_empty() { Err(reason) } else { Ok(Method { runs: done.into_values().collect() }) }
}

/// The setting, with what a claim may compare or ignore taken from `spec`.
fn aligned(setting: &RunSpec, spec: &RunSpec, ignoring: &[&str]) -> RunSpec {
    let mut setting = setting.clone();
    setting.train.schedule = spec.train.schedule;
    if ignoring.is_empty() {
        return setting;
    }
    let (mut to, from) = (setting.values(), spec.values());
    for path in ignoring {
        let pointer = pointer(path);
        if let (Some(slot), Some(value)) = (to.pointer_mut(&pointer), from.pointer(&pointer)) {
            *slot = value.clone();
        }
    }
    RunSpec::from_values(to).unwrap_or(setting)
}

/// A specification without its seed, and without what has no effect.
fn method(spec: &RunSpec) -> RunSpec {
    let mut spec = normalised(spec);
    (spec.seed, spec.train.threads) = (0, 1);
    spec
}

/// What tells systems apart within a setting.
fn system(spec: &RunSpec) -> (System, &str, bool, bool) {
    let asynchronous = spec.train.schedule == Schedule::Asynchronous;
    (System::of(spec), &spec.embedding.name, spec.dropout.rate > 0.0, asynchronous)
}
