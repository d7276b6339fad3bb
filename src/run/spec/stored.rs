//! A specification in files of the program's own (`spec.json`, records, model files): read under the same bounds as an experiment
//! file, and written so that a key of a later revision changes neither the files nor the ids of runs that do without it.

use super::{KEYS, RunSpec, SECTIONS};
use crate::choice::nearest;
use crate::run::keys::{BASE, Key};
use crate::run::relevance::{conflicts, plain_text, value_text};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// Why a text is not the specification of a run.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    #[error("unknown key `{path}`{}", near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    UnknownKey { path: String, near: Option<&'static str> },
    #[error("the key `{path}` is missing")]
    MissingKey { path: String },
    #[error("bad value for `{path}`: {found}; expected {expected}")]
    BadValue { path: String, found: String, expected: String },
    #[error("`{path}: {value}` cannot go with `{other}: {other_value}`; {fix}")]
    Impossible { path: &'static str, value: String, other: &'static str, other_value: String, fix: &'static str },
    #[error("not the specification of a run")]
    Shape(#[from] serde_json::Error),
}

/// The first value of every key: that of runs from before the key was there, else its first default. Keys without effect have it.
pub fn first_values() -> &'static Value {
    static FIRST: LazyLock<Value> = LazyLock::new(|| {
        let mut values = RunSpec::default().values();
        for key in KEYS {
            if let (Some(place), Some(first)) = (values.pointer_mut(&pointer(key.path)), first(key)) {
                *place = first;
            }
        }
        values
    });
    &FIRST
}

fn first(key: &Key) -> Option<Value> {
    // A test holds every literal to be JSON.
    key.first.and_then(|text| serde_json::from_str(text).ok())
}

fn pointer(path: &str) -> String {
    format!("/{}", path.replace('.', "/"))
}

impl RunSpec {
    /// Every key with its value, as JSON.
    pub fn values(&self) -> Value {
        // Numbers, texts and lists of them: writing them to memory does not fail.
        RunSpec::serialize(self, serde_json::value::Serializer).unwrap_or_default()
    }

    /// The specification with these values, one for each key.
    ///
    /// # Errors
    /// [`SpecError`]: a key that is unknown or missing, a value out of its bounds.
    pub fn from_values(values: Value) -> Result<Self, SpecError> {
        check(&values, "")?;
        Ok(RunSpec::deserialize(values)?)
    }

    /// The same for values that are within their bounds, since a specification has them.
    pub(in crate::run) fn from_own_values(values: Value) -> Result<Self, serde_json::Error> {
        RunSpec::deserialize(values)
    }

    /// The specification that a file of the program's own holds: keys that are later than the file have the value that stands for
    /// the time before them.
    ///
    /// # Errors
    /// As [`Self::from_values`], and values that cannot go together.
    pub fn from_stored(mut values: Value) -> Result<Self, SpecError> {
        complete(&mut values, KEYS);
        let spec = Self::from_values(values)?;
        match conflicts(&spec).first() {
            None => Ok(spec),
            Some(conflict) => Err(SpecError::Impossible {
                path: conflict.path,
                value: value_text(&spec, conflict.path),
                other: conflict.other,
                other_value: value_text(&spec, conflict.other),
                fix: conflict.fix,
            }),
        }
    }

    /// As files of the program's own hold it, and as runs are named by it: without keys of a later revision than the base that have
    /// their first value.
    pub fn stored(&self) -> Value {
        let mut values = self.values();
        leave_out_later(&mut values, KEYS);
        values
    }
}

impl Serialize for RunSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.stored().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RunSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_stored(Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Later keys that are not there get their first value, and sections that have later keys alone their place.
fn complete(values: &mut Value, keys: &[Key]) {
    for section in later_sections(keys) {
        if let Some((outer, name)) = parent(values, section) {
            outer.entry(name).or_insert_with(|| Value::Object(Map::new()));
        }
    }
    for key in keys.iter().filter(|key| key.since > BASE) {
        if let (Some((section, name)), Some(first)) = (parent(values, key.path), first(key)) {
            section.entry(name).or_insert(first);
        }
    }
}

/// Sections in which every key is a later one, outer ones first.
fn later_sections(keys: &[Key]) -> impl DoubleEndedIterator<Item = &'static str> {
    let within = |section: &str, key: &Key| key.path.strip_prefix(section).is_some_and(|rest| rest.starts_with('.'));
    let later = |section: &&str| {
        let mut inner = keys.iter().filter(|key| within(section, key)).peekable();
        !section.is_empty() && inner.peek().is_some() && inner.all(|key| key.since > BASE)
    };
    SECTIONS.iter().map(|section| section.path).filter(later).collect::<Vec<_>>().into_iter()
}

/// Later keys that have their first value go, and sections that are then empty.
fn leave_out_later(values: &mut Value, keys: &[Key]) {
    for key in keys.iter().filter(|key| key.since > BASE) {
        if let Some((section, name)) = parent(values, key.path)
            && section.get(name) == first(key).as_ref()
        {
            section.shift_remove(name);
        }
    }
    for section in later_sections(keys).rev() {
        if let Some((outer, name)) = parent(values, section)
            && outer.get(name).and_then(Value::as_object).is_some_and(Map::is_empty)
        {
            outer.shift_remove(name);
        }
    }
}

/// The section of a key, if it is there and not null, and the key's name in it.
fn parent<'v, 'p>(values: &'v mut Value, path: &'p str) -> Option<(&'v mut Map<String, Value>, &'p str)> {
    let (section, name) = path.rsplit_once('.').unwrap_or(("", path));
    let section = if section.is_empty() { Some(values) } else { values.pointer_mut(&pointer(section)) };
    Some((section?.as_object_mut()?, name))
}

/// Holds everything under a section's path to the table of keys.
fn check(value: &Value, path: &str) -> Result<(), SpecError> {
    let optional = SECTIONS.iter().any(|section| section.path == path && section.optional);
    let map = match value {
        Value::Null if optional => return Ok(()),
        Value::Object(map) => map,
        other => {
            let path = if path.is_empty() { "spec" } else { path }.to_owned();
            return Err(SpecError::BadValue { path, found: shown(other), expected: "a mapping of keys to values".into() });
        }
    };
    let under = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let known = crate::run::keys::names_under(path);
    for (name, value) in map {
        let path = under(name);
        if let Some(key) = crate::run::keys::key(&path) {
            if !key.kind.accepts(value) {
                return Err(SpecError::BadValue { path, found: shown(value), expected: key.kind.to_string() });
            }
        } else if crate::run::keys::is_section(&path) {
            check(value, &path)?;
        } else {
            return Err(SpecError::UnknownKey { near: nearest(name, known.iter().copied()), path });
        }
    }
    match known.iter().find(|name| !map.contains_key(**name)) {
        Some(name) => Err(SpecError::MissingKey { path: under(name) }),
        None => Ok(()),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the text `{}`", text.chars().take(40).collect::<String>()),
        Value::Object(_) => "a mapping".into(),
        other => plain_text(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::keys::ValueKind;
    use serde_json::json;

    const LATER: [Key; 2] = [
        Key { path: "train.patience", ..Key::new(ValueKind::IntOrNull(1, 100)).since(2, "null") },
        // Its default may be what it will: what counts is what runs did before it.
        Key { path: "model.char_cnn.depth", ..Key::new(ValueKind::Int(1, 9)).since(3, "1") },
    ];

    #[test]
    fn a_later_key_is_written_only_where_it_says_something() {
        let old = json!({"train": {"epochs": 3}, "model": {"char_cnn": {"dim": 2}}});
        let mut values = old.clone();
        complete(&mut values, &LATER);
        assert_eq!(values, json!({"train": {"epochs": 3, "patience": null}, "model": {"char_cnn": {"dim": 2, "depth": 1}}}));
        leave_out_later(&mut values, &LATER);
        assert_eq!(values, old);
        values["train"]["patience"] = json!(4);
        let new = values.clone();
        complete(&mut values, &LATER);
        leave_out_later(&mut values, &LATER);
        assert_eq!(values, new);
        // A section that is null has no keys.
        let mut values = json!({"train": {"epochs": 3}, "model": {"char_cnn": null}});
        complete(&mut values, &LATER);
        assert_eq!(values, json!({"train": {"epochs": 3, "patience": null}, "model": {"char_cnn": null}}));
    }

    #[test]
    fn the_key_that_tests_have_is_absent_at_its_first_value_and_comes_back() {
        let mut spec = RunSpec::default();
        assert!(spec.stored()["vocabulary"].get("test_only").is_none());
        assert!(spec.values()["vocabulary"].get("test_only").is_some());
        spec.vocabulary.test_only = Some(3);
        assert_eq!(spec.stored()["vocabulary"]["test_only"], 3);
        let text = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<RunSpec>(&text).unwrap(), spec);
    }

    #[test]
    fn every_door_holds_values_to_their_bounds_and_names_the_key() {
        let with = |path: &str, value: Value| {
            let mut values = RunSpec::default().stored();
            let (section, name) = parent(&mut values, path).unwrap();
            section.insert(name.to_owned(), value);
            serde_json::from_value::<RunSpec>(values).map_err(|error| error.to_string())
        };
        assert!(with("train.learning_rate", json!(0.5)).is_ok());
        for (path, value, expected) in [
            ("train.learning_rate", json!(11), "bad value for `train.learning_rate`: 11; expected a number above 0 to 10"),
            ("train.optimizer", json!("sdg"), "bad value for `train.optimizer`: the text `sdg`; expected `sgd` or `adam`"),
            ("train.epoch", Value::Null, "bad value for `train.epoch`: null; expected `tasks-times-sentences` or `sentences`"),
            ("train.ratio", json!(1), "unknown key `train.ratio`"),
            ("train.epochss", json!(1), "unknown key `train.epochss`; did you mean `epochs`?"),
            ("model", json!([]), "bad value for `model`: []; expected a mapping of keys to values"),
            ("train.task_weights", json!({"mer": 1.0}), "the key `train.task_weights.men` is missing"),
        ] {
            assert_eq!(with(path, value).unwrap_err(), expected);
        }
        let store = with("model.feedback.rounds", json!("store")).unwrap_err();
        assert!(store.starts_with("`model.feedback.rounds: store` cannot go with `train.schedule: synchronous`"), "{store}");
    }
}
