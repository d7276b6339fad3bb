//! The name of a run: a hash of everything that decides its result.

use super::record::PROTOCOL;
use super::spec::RunSpec;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Digits of an id that name folders and files.
const SHORT: usize = 12;

/// Hex SHA-256 of the data that a run reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataDigests {
    pub corpus: String,
    /// Empty for random vectors.
    pub embedding: String,
    /// Of the vocabulary's concepts and names ([`crate::lexicon::Lexicon::digest`]); empty for a run that reads none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lexicon: String,
}

/// Hex SHA-256 of the canonical JSON of the specification, the protocol and the data digests: 64 digits. The specification
/// is to be `relevance::normalised`. Keys that came after the first revision of the specification are part of it only where they
/// have another value than their first ([`RunSpec::stored`]), so that a new key leaves the ids of all runs without it as they are.
pub fn run_id(spec: &RunSpec, digests: &DataDigests) -> String {
    hash(PROTOCOL, spec.stored(), digests)
}

fn hash(protocol: u32, spec: Value, digests: &DataDigests) -> String {
    let mut whole = json!({ "protocol": protocol, "spec": spec, "corpus": digests.corpus, "embedding": digests.embedding });
    if !digests.lexicon.is_empty() {
        whole["lexicon"] = json!(digests.lexicon);
    }
    Sha256::digest(canonical(&whole).to_string().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first digits of an id, as folders and reports show it.
pub fn short(id: &str) -> &str {
    id.get(..SHORT).unwrap_or(id)
}

/// The same value with the keys of every object sorted, so that a field moved in the source changes no id.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            keys.into_iter().map(|key| (key.clone(), canonical(&map[key]))).collect()
        }
        Value::Array(items) => items.iter().map(canonical).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::keys::{BASE, KEYS};
    use crate::run::relevance::normalised;
    use crate::run::spec::first_values;
    use proptest::prelude::*;

    fn digests() -> DataDigests {
        DataDigests { corpus: "c0".into(), embedding: "e0".into(), lexicon: String::new() }
    }

    /// A change here makes every published record a stranger: raise `PROTOCOL` with it, and say so. Where the default of a key was
    /// changed, the key keeps the old one by `first(..)` in its declaration, and nothing changes here.
    #[test]
    fn the_id_of_the_first_values_is_pinned() {
        let first = RunSpec::from_values(first_values().clone()).unwrap();
        insta::assert_snapshot!(run_id(&first, &digests()));
    }

    /// The specification with each of its values changed, one at a time.
    fn changed(spec: &Value) -> Vec<Value> {
        match spec {
            Value::Object(map) => {
                let one = |key: &String| {
                    let rest = map.clone();
                    let key = key.clone();
                    changed(&map[&key]).into_iter().map(move |value| {
                        let mut rest = rest.clone();
                        rest.insert(key.clone(), value);
                        Value::Object(rest)
                    })
                };
                map.keys().flat_map(one).collect()
            }
            Value::Number(number) => vec![json!(number.as_f64().unwrap() + 1.0)],
            Value::Bool(flag) => vec![json!(!flag)],
            other => vec![json!([other])],
        }
    }

    #[test]
    fn every_key_of_the_specification_and_every_digest_moves_the_id() {
        let spec = RunSpec::default();
        let value = spec.values();
        let others = changed(&value);
        assert!(others.len() >= 40, "{} keys", others.len());
        let mut ids: Vec<String> = others.into_iter().map(|other| hash(PROTOCOL, other, &digests())).collect();
        ids.push(run_id(&spec, &DataDigests { corpus: "c1".into(), ..digests() }));
        ids.push(run_id(&spec, &DataDigests { embedding: "e1".into(), ..digests() }));
        ids.push(run_id(&spec, &DataDigests { lexicon: "l1".into(), ..digests() }));
        ids.push(run_id(&spec, &digests()));
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count);
        assert_eq!(short(&ids[0]).len(), 12);
    }

    proptest! {
        /// A specification read back from its file, with its keys in any order, has the id that it had.
        #[test]
        fn an_id_outlives_writing_and_reading(
            rate in 0.0f64..1.0, learning_rate in 1e-9f64..10.0, seed: u64, epochs in 1usize..1000, corpus in "[a-z]\\PC{0,11}"
        ) {
            let mut spec = RunSpec { seed, ..RunSpec::default() };
            spec.dropout.rate = rate;
            spec.train.learning_rate = learning_rate;
            spec.train.epochs = epochs;
            spec.data.corpus = corpus;
            let id = run_id(&spec, &digests());
            let text = serde_json::to_string(&spec).unwrap();
            prop_assert_eq!(run_id(&serde_json::from_str(&text).unwrap(), &digests()), id.clone());
            let Value::Object(map) = spec.stored() else { unreachable!() };
            let reversed: serde_json::Map<String, Value> = map.into_iter().rev().collect();
            prop_assert_eq!(hash(PROTOCOL, Value::Object(reversed), &digests()), id);
        }
    }

    /// Runs of the first revision, with the ids under which they were published: no key that came later may move them.
    #[test]
    fn runs_from_before_later_keys_keep_their_ids() {
        assert!(KEYS.iter().any(|key| key.since > BASE), "the key of the tests is gone");
        let lines = include_str!("../../tests/fixtures/revision-1.jsonl").lines();
        let runs: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(runs.len() >= 6);
        for run in runs {
            let text = |key: &str| run[key].as_str().unwrap().to_owned();
            let spec: RunSpec = serde_json::from_value(run["spec"].clone()).unwrap();
            let digests = DataDigests { corpus: text("corpus"), embedding: text("embedding"), lexicon: String::new() };
            let protocol = run["protocol"].as_u64().unwrap() as u32;
            assert_eq!(hash(protocol, spec.stored(), &digests), text("run_id"));
            // Planned again it is the same run, and its file says the same.
            assert_eq!(normalised(&spec), spec);
            assert_eq!(serde_json::to_value(&spec).unwrap(), run["spec"]);
            // A later key with another value is another run.
            let mut later = spec.clone();
            later.vocabulary.test_only = Some(2);
            assert_ne!(hash(protocol, later.stored(), &digests), text("run_id"));
        }
    }

    #[test]
    fn the_order_of_keys_does_not_matter() {
        let a: Value = serde_json::from_str(r#"{"b": [{"y": 1, "x": 2}], "a": 0.5}"#).unwrap();
        assert_eq!(canonical(&a).to_string(), r#"{"a":0.5,"b":[{"x":2,"y":1}]}"#);
    }
}
