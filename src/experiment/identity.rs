//! The name of a run: a hash of everything that decides its result.

use super::record::PROTOCOL;
use super::spec::RunSpec;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Digits of an id that name folders and files.
const SHORT: usize = 12;

/// Hex SHA-256 of the data that a run reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataDigests {
    pub corpus: String,
    /// Empty for random vectors.
    pub embedding: String,
}

/// Hex SHA-256 of the canonical JSON of the specification, the protocol and the data digests: 64 digits. The specification
/// is to be `relevance::normalised`.
pub fn run_id(spec: &RunSpec, digests: &DataDigests) -> String {
    let spec = serde_json::to_value(spec).unwrap_or_default();
    let whole = json!({ "protocol": PROTOCOL, "spec": spec, "corpus": digests.corpus, "embedding": digests.embedding });
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

    fn digests() -> DataDigests {
        DataDigests { corpus: "c0".into(), embedding: "e0".into() }
    }

    /// A change here makes every published record a stranger: raise `PROTOCOL` with it, and say so.
    #[test]
    fn the_id_of_the_default_specification_is_pinned() {
        insta::assert_snapshot!(run_id(&RunSpec::default(), &digests()));
    }

    #[test]
    fn every_key_of_the_specification_and_every_digest_moves_the_id() {
        let spec = RunSpec::default();
        let id = run_id(&spec, &digests());
        assert_ne!(run_id(&RunSpec { seed: 1, ..spec.clone() }, &digests()), id);
        assert_ne!(run_id(&spec, &DataDigests { corpus: "c1".into(), ..digests() }), id);
        assert_ne!(run_id(&spec, &DataDigests { embedding: "e1".into(), ..digests() }), id);
        assert_eq!(run_id(&spec.clone(), &digests()), id);
        assert_eq!(short(&id).len(), 12);
    }

    #[test]
    fn the_order_of_keys_does_not_matter() {
        let a: Value = serde_json::from_str(r#"{"b": [{"y": 1, "x": 2}], "a": 0.5}"#).unwrap();
        assert_eq!(canonical(&a).to_string(), r#"{"a":0.5,"b":[{"x":2,"y":1}]}"#);
    }
}
