//! `mermen schema`: the committed schema is the printed one, and it says of an experiment file what the reader says.

use mermen::experiment::spec_file::{Fault, Names, load};
use mermen::run::keys::{KEYS, ValueKind};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

fn printed() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_mermen")).arg("schema").output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    String::from_utf8(output.stdout).unwrap()
}

fn schema() -> Value {
    serde_json::from_str(&printed()).unwrap()
}

#[test]
fn the_committed_schema_is_the_printed_one() {
    let committed = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/experiment.schema.json")).unwrap();
    assert!(committed == printed(), "make it again: mermen schema > docs/experiment.schema.json");
}

#[test]
fn the_ledger_has_the_table_of_keys_as_it_is_printed() {
    let ledger = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ambiguities.md")).unwrap();
    let (_, rest) = ledger.split_once("<!-- keys: mermen schema --keys -->\n").unwrap();
    let (table, _) = rest.split_once("<!-- end of keys -->").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_mermen")).args(["schema", "--keys"]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(table == printed, "put what `mermen schema --keys` prints between the marks of docs/ambiguities.md");
    for key in KEYS {
        assert_eq!(printed.matches(&format!("| `{}` |", key.path)).count(), 1, "{}", key.path);
    }
}

/// Why `value` is not valid against `schema`: JSON Schema draft 2020-12, as far as the schema goes. A keyword that this does not
/// know is a panic, so that nothing is skipped.
fn invalid(value: &Value, schema: &Value, root: &Value, at: &str) -> Option<String> {
    let schema = match schema {
        Value::Bool(true) => return None,
        Value::Bool(false) => return Some(format!("{at}: not allowed")),
        Value::Object(map) => map,
        other => panic!("no schema: {other}"),
    };
    let number = |key: &str| schema[key].as_f64().unwrap();
    let own = |key: &str| schema.get("properties").is_some_and(|properties| properties.get(key).is_some());
    for (keyword, wanted) in schema {
        let fits = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "default" => true,
            "$ref" => {
                let definition = root.pointer(wanted.as_str().unwrap().strip_prefix('#').unwrap()).expect("a definition");
                if let Some(why) = invalid(value, definition, root, at) {
                    return Some(why);
                }
                true
            }
            "type" => match wanted {
                Value::Array(kinds) => kinds.iter().any(|kind| is_of(value, kind.as_str().unwrap())),
                kind => is_of(value, kind.as_str().unwrap()),
            },
            "enum" => wanted.as_array().unwrap().contains(value),
            "const" => wanted == value,
            "anyOf" => wanted.as_array().unwrap().iter().any(|schema| invalid(value, schema, root, at).is_none()),
            "not" => invalid(value, wanted, root, at).is_some(),
            "minimum" => value.as_f64().is_none_or(|x| x >= number("minimum")),
            "maximum" => value.as_f64().is_none_or(|x| x <= number("maximum")),
            "exclusiveMinimum" => value.as_f64().is_none_or(|x| x > number("exclusiveMinimum")),
            "exclusiveMaximum" => value.as_f64().is_none_or(|x| x < number("exclusiveMaximum")),
            "minLength" => value.as_str().is_none_or(|text| text.chars().count() as f64 >= number("minLength")),
            "maxLength" => value.as_str().is_none_or(|text| text.chars().count() as f64 <= number("maxLength")),
            // The one pattern that the schema has: a run's id.
            "pattern" => {
                assert_eq!(wanted, "^([0-9a-f]{12}|[0-9a-f]{64})$");
                let is_id =
                    |text: &str| matches!(text.len(), 12 | 64) && text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
                value.as_str().is_none_or(is_id)
            }
            "minItems" => value.as_array().is_none_or(|items| items.len() as f64 >= number("minItems")),
            "uniqueItems" => value.as_array().is_none_or(|items| items.iter().enumerate().all(|(i, item)| !items[..i].contains(item))),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as f64 <= number("maxItems")),
            "allOf" => wanted.as_array().unwrap().iter().all(|schema| invalid(value, schema, root, at).is_none()),
            "maxProperties" => value.as_object().is_none_or(|map| map.len() as f64 <= number("maxProperties")),
            "minProperties" => value.as_object().is_none_or(|map| map.len() as f64 >= number("minProperties")),
            "required" => {
                value.as_object().is_none_or(|map| wanted.as_array().unwrap().iter().all(|key| map.contains_key(key.as_str().unwrap())))
            }
            "items" => {
                let mut items = value.as_array().into_iter().flatten().enumerate();
                if let Some(why) = items.find_map(|(i, item)| invalid(item, wanted, root, &format!("{at}/{i}"))) {
                    return Some(why);
                }
                true
            }
            "properties" => {
                let mut known = value.as_object().into_iter().flatten().filter_map(|(key, value)| Some((key, value, wanted.get(key)?)));
                if let Some(why) = known.find_map(|(key, value, schema)| invalid(value, schema, root, &format!("{at}/{key}"))) {
                    return Some(why);
                }
                true
            }
            "additionalProperties" => {
                let mut others = value.as_object().into_iter().flatten().filter(|(key, _)| !own(key));
                if let Some(why) = others.find_map(|(key, value)| invalid(value, wanted, root, &format!("{at}/{key}"))) {
                    return Some(why);
                }
                true
            }
            other => panic!("the schema has a keyword that is not checked: {other}"),
        };
        if !fits {
            return Some(format!("{at}: {keyword} {wanted}"));
        }
    }
    None
}

/// Draft 2020-12: 1.0 is an integer.
fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64() || value.as_f64().is_some_and(|x| x.fract() == 0.0),
        other => panic!("no type: {other}"),
    }
}

fn yaml(text: &str) -> Value {
    let mut value: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
    value.apply_merge().unwrap();
    serde_json::to_value(value).unwrap()
}

#[test]
fn every_experiment_of_the_repository_is_valid_and_a_misspelt_one_is_not() {
    let schema = schema();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let mut checked = 0;
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        // The claims are a file of another kind.
        if entry.path().extension().is_some_and(|extension| extension == "yaml") && entry.file_name() != "claims.yaml" {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            assert_eq!(invalid(&yaml(&text), &schema, &schema, ""), None, "{}", entry.path().display());
            let misspelt = text.replacen("defaults:", "defalts:", 1).replacen("title:", "titel:", 1);
            assert!(invalid(&yaml(&misspelt), &schema, &schema, "").is_some(), "{}", entry.path().display());
            checked += 1;
        }
    }
    assert!(checked >= 10);
    let wrong = |text: &str| invalid(&yaml(text), &schema, &schema, "").expect(text);
    assert_eq!(wrong("defaults: {model: {hiden: 3}}"), "/defaults/model/hiden: not allowed");
    assert_eq!(wrong("matrix: {model.framework: [mtl, pipline]}").split(" [").next(), Some("/matrix/model.framework/1: enum"));
    assert_eq!(wrong("matrix: {model.crf: [false]}\nruns: [{label: a}]").split(' ').nth(1), Some("allOf"));
    assert_eq!(wrong("matrix: {model.crf: []}"), "/matrix/model.crf: minItems 1");
    assert!(wrong("runs: [{set: {seed: 3}}]").starts_with("/runs/0: required"));
}

/// What the reader says of a value of a key: whether it is one of those that the key may hold.
fn reader_takes(key: &str, value: &Value) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.yaml");
    std::fs::write(&path, format!("defaults: {{{key}: {value}}}\n")).unwrap();
    let names = Names { corpora: mermen::registry::corpus_names(), embeddings: mermen::registry::embedding_names(), ..Names::default() };
    let Err(errors) = load(&path, &names, &[]) else { return true };
    // A good value may still be of no effect, or not go with another.
    let about_the_value = |fault: &Fault| !matches!(fault, Fault::NoEffect { .. } | Fault::Impossible { .. });
    !errors.0.iter().any(|problem| about_the_value(&problem.fault))
}

#[test]
fn schema_and_reader_agree_on_every_key() {
    let schema = schema();
    for key in KEYS {
        let mut values =
            vec![json!(null), json!(true), json!(-1), json!(0), json!(1), json!(0.5), json!(2.5), json!("x"), json!([]), json!({})];
        values.extend([json!([1]), json!(["Disease"]), json!(["Disease", "Disease"]), json!([0, "a"])]);
        match key.kind {
            ValueKind::Int(from, to) | ValueKind::IntOrNull(from, to) | ValueKind::WordOrInt(_, from, to) => {
                values.extend([json!(from), json!(to)]);
                values.extend(from.checked_sub(1).map(|n| json!(n)));
                values.extend(to.checked_add(1).map(|n| json!(n)));
            }
            ValueKind::Float(interval) | ValueKind::FloatOrNull(interval) => {
                values.extend([interval.low, interval.high, interval.low - 0.1, interval.high + 0.1].map(|x| json!(x)));
            }
            ValueKind::Ints(from, to) => values.extend([json!([from, to]), json!([to + 1])]),
            ValueKind::System => values.extend([json!("neural"), json!("dnorm"), json!("own-system")]),
            ValueKind::OneOf(choices) => values.extend(choices.iter().map(|choice| json!(choice.word))),
            ValueKind::WordOrRun(word) => {
                values.extend([json!(word), json!("0123456789ab"), json!("0123456789aB"), json!("a".repeat(64)), json!("0".repeat(13))])
            }
            // Any name may be one that the file defines: the schema cannot tell.
            ValueKind::Corpus | ValueKind::Lexicon => values.retain(|value| !value.is_string()),
            ValueKind::Embedding => {
                values.retain(|value| !value.is_string());
                values.push(json!("glove-100"));
            }
            ValueKind::Bool | ValueKind::Names => {}
        }
        if let ValueKind::WordOrInt(word, ..) = key.kind {
            values.push(json!(word));
        }
        for value in values {
            let file = json!({"defaults": {key.path: value}});
            let why = invalid(&file, &schema, &schema, "");
            assert_eq!(why.is_none(), reader_takes(key.path, &value), "{}: {value}: {why:?}", key.path);
        }
    }
}

/// What the reader says of a search, without what only the whole space tells (empty ranges, settings that run out).
#[test]
fn schema_and_reader_agree_on_searches() {
    let schema = schema();
    let names = Names { corpora: mermen::registry::corpus_names(), embeddings: mermen::registry::embedding_names(), ..Names::default() };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.yaml");
    for (space, valid) in [
        ("{model.layers: {int: [1, 3]}}", true),
        ("{model: {layers: {int: [1, 3]}, hidden: {int: [50, 200]}}}", true),
        ("{dropout.rate: {uniform: [0, 0.6]}, train.clip_norm: {choice: [null, 5]}}", true),
        ("{train.choice: [{optimizer: adam, learning_rate: {log_uniform: [0.001, 0.01]}}, {optimizer: sgd, learning_rate: 0.1}]}", true),
        ("{model.char_cnn.choice: [null, {}, {filters: {int: [20, 40]}}]}", true),
        ("{choice: [{dropout.rate: 0, train.epochs: 10}, {dropout: {rate: 0.5}, train.choice: [{clip_norm: 1}, {clip_norm: 2}]}]}", true),
        ("{tags.men: {choice: [bare, iob2]}, embedding.name: {choice: [glove-100, word2vec-50]}}", true),
        ("{}", false),
        ("{model.hiden: {int: [1, 3]}}", false),
        ("{model.hidden: 100}", false),
        ("{model.hidden: [100, 200]}", false),
        ("{model.layers: {uniform: [1, 3]}}", false),
        ("{model.layers: {int: [0, 3]}}", false),
        ("{model.layers: {int: [1, 2, 3]}}", false),
        ("{model.hidden: {int: [embedding, 100]}}", false),
        ("{dropout.rate: {int: [0, 1]}}", false),
        ("{dropout.rate: {uniform: [0, 1.5]}}", false),
        ("{dropout.rate: {uniform: [0, 0.5], choice: [0.5]}}", false),
        ("{dropout.rate: {}}", false),
        ("{train.clip_norm: {uniform: [null, 5]}}", false),
        ("{train.batch: {choice: []}}", false),
        ("{train.batch: {choice: [8, 8]}}", false),
        ("{train.optimizer: {uniform: [0, 1]}}", false),
        ("{train.choice: [{optimizer: adam}]}", false),
        ("{train.choice: [null, {optimizer: adam}]}", false),
        ("{train.choice: [{optimizer: adam}, {optimizer: sdg}]}", false),
        ("{train: {uniform: [0, 1]}}", false),
    ] {
        let text = format!("search: {{samples: 1, seed: 1, space: {space}}}\n");
        std::fs::write(&path, &text).unwrap();
        let read = load(&path, &names, &[]);
        assert_eq!(read.is_ok(), valid, "{space}: {:?}", read.err());
        assert_eq!(invalid(&yaml(&text), &schema, &schema, "").is_none(), valid, "{space}");
    }
    for search in ["{settings: [{model.layers: 1}, {dropout: {rate: 0}}]}", "{samples: 24}"] {
        assert_eq!(invalid(&yaml(&format!("extends: base.yaml\nsearch: {search}")), &schema, &schema, ""), None, "{search}");
    }
    for search in ["{settings: []}", "{settings: [{model.layers: 0}]}", "{settings: [{model.layers: 1}], seed: 1}", "3", "{samples: 0}"] {
        assert!(invalid(&yaml(&format!("search: {search}")), &schema, &schema, "").is_some(), "{search}");
    }
}

#[test]
fn every_key_has_its_default_and_what_it_is_about() {
    let schema = schema();
    let defaults = mermen::run::spec::RunSpec::default().values();
    for key in KEYS {
        let leaf = &schema["$defs"][key.path];
        let default = defaults.pointer(&format!("/{}", key.path.replace('.', "/"))).unwrap();
        assert_eq!((leaf["description"].as_str(), &leaf["default"]), (Some(key.about), default), "{}", key.path);
        assert_eq!(invalid(default, leaf, &schema, ""), None, "{}", key.path);
    }
}

#[test]
fn a_corpus_of_ones_own_is_valid_in_both_places() {
    let schema = schema();
    for (text, valid) in [
        ("corpora: {mine: {train: a, dev: b, test: c, format: conll}}\ndefaults: {data.corpus: mine}", true),
        ("defaults: {data: {corpus: {name: mine, train: a, dev: b, test: c, entity_types: [Gene], normalise_ids: true}}}", true),
        ("matrix: {data.corpus: [mini, {name: mine, train: a, dev: b, test: c}]}", true),
        ("defaults: {data.corpus: {train: a, dev: b, test: c}}", false),
        ("defaults: {data.corpus: {name: mine, train: a, dev: b}}", false),
        ("corpora: {mine: {train: a, dev: b, test: c, formt: conll}}", false),
    ] {
        assert_eq!(invalid(&yaml(text), &schema, &schema, "").is_none(), valid, "{text}");
    }
}
