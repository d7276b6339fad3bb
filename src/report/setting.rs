//! The keys of a spec beside those that the paper's tables vary: which runs were made alike, and how others differ.

use crate::run::spec::{Encoder, Framework, OptimizerKind, RunSpec, Schedule};
use serde_json::Value;
use std::collections::BTreeMap;

/// Whether `spec` was run as `setting` says: equal in every key but those that rows of the paper's tables differ in
/// (corpus, framework, encoder, character features, CRF, vectors, dropout on or off), the seed, the thread count and keys
/// that have no effect in the run.
pub fn in_setting(spec: &RunSpec, setting: &RunSpec) -> bool {
    let mut expected = setting.clone();
    expected.seed = spec.seed;
    expected.train.threads = spec.train.threads;
    expected.data.corpus.clone_from(&spec.data.corpus);
    expected.embedding.name.clone_from(&spec.embedding.name);
    let (model, of) = (&mut expected.model, &spec.model);
    model.framework = of.framework;
    model.encoder = of.encoder;
    model.crf = of.crf;
    if of.char_cnn.is_none() || model.char_cnn.is_none() {
        model.char_cnn.clone_from(&of.char_cnn);
    }
    if spec.dropout.rate == 0.0 || setting.dropout.rate == 0.0 {
        expected.dropout = spec.dropout.clone();
    }
    // Keys without effect.
    if matches!(of.framework, Framework::Pipeline | Framework::Mtl) {
        model.feedback = of.feedback.clone();
        model.crf_feedback = of.crf_feedback;
    }
    if !of.crf {
        model.crf_feedback = of.crf_feedback;
    }
    match of.encoder {
        Encoder::Idcnn => {
            (model.layers, model.hidden, expected.dropout.between_layers) = (of.layers, of.hidden, spec.dropout.between_layers)
        }
        Encoder::Bilstm => model.idcnn = of.idcnn.clone(),
    }
    if setting.train.optimizer == OptimizerKind::Adam {
        expected.train.momentum = spec.train.momentum;
    }
    if setting.train.schedule == Schedule::Synchronous {
        expected.train.epoch = spec.train.epoch;
    }
    expected == *spec
}

/// The setting that most of `specs` were run in; of equals the first in the order of their keys' text. It is the one that
/// the paper's tables show when no experiment file names another.
pub fn commonest<'a>(specs: impl IntoIterator<Item = &'a RunSpec>) -> Option<RunSpec> {
    let specs: Vec<&RunSpec> = specs.into_iter().collect();
    let mut candidates: Vec<&RunSpec> = Vec::new();
    for spec in &specs {
        if !candidates.iter().any(|c| in_setting(spec, c) && in_setting(c, spec)) {
            candidates.push(spec);
        }
    }
    candidates
        .into_iter()
        .map(|c| (specs.iter().filter(|s| in_setting(s, c)).count(), flat(c), c))
        .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
        .map(|(_, _, c)| c.clone())
}

/// Every key with its dotted path and its value as YAML would show it, sorted.
pub fn flat(spec: &RunSpec) -> BTreeMap<String, String> {
    let mut keys = BTreeMap::new();
    if let Ok(value) = serde_json::to_value(spec) {
        walk("", &value, &mut keys);
    }
    keys
}

fn walk(path: &str, value: &Value, keys: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                walk(&if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, member, keys);
            }
        }
        Value::String(text) => {
            keys.insert(path.to_owned(), text.clone());
        }
        other => {
            keys.insert(path.to_owned(), other.to_string());
        }
    }
}

/// Keys in which `spec` differs from `from`, as `key=value`.
pub fn differences(spec: &BTreeMap<String, String>, from: &BTreeMap<String, String>) -> Vec<String> {
    spec.iter().filter(|(k, v)| from.get(*k) != Some(v)).map(|(k, v)| format!("{k}={v}")).collect()
}
