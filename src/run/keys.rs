//! What a key of a run's specification is: its path, what it may hold, what it means, when it came, when it has no effect.
//!
//! The keys themselves are declared in `run::spec`, each once ([`section!`](super::spec)); errors, `--set`, the JSON Schema, the
//! table of `docs/ambiguities.md`, normalisation and the identity of runs are made from this one list.

use super::relevance::Inactive;
pub use super::spec::{KEYS, SECTIONS};
use super::spec::{OwnSystem, SystemKind};
use crate::choice::Choice;
use serde_json::Value;
use std::fmt;

/// Revision of the specification whose keys are part of every run's identity. A key that came later has a greater revision, one
/// more than the last; it is no part of the identity while it holds the value that stands for the time before it.
pub const BASE: u32 = 1;

/// One leaf of the specification.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Dotted, as in `model.head.layers`.
    pub path: &'static str,
    pub kind: ValueKind,
    pub about: &'static str,
    /// Why it is a key: what the paper prints or leaves open.
    pub why: &'static str,
    /// Revision of the specification that brought it.
    pub since: u32,
    /// In JSON, the value that it has in every run from before it, and in runs where it has no effect. `None`: its default, which
    /// is then the first that it ever had.
    pub first: Option<&'static str>,
    /// It has no effect in a run where one of these holds.
    pub inactive: &'static [Inactive],
}

impl Key {
    /// A key of the first revision that always matters.
    pub const fn new(kind: ValueKind) -> Self {
        Self { path: "", kind, about: "", why: "", since: BASE, first: None, inactive: &[] }
    }

    pub const fn why(self, why: &'static str) -> Self {
        Self { why, ..self }
    }

    pub const fn inactive(self, inactive: &'static [Inactive]) -> Self {
        Self { inactive, ..self }
    }

    /// A key of a later revision. `before` is the value (JSON) that says what every run did before the key was there; it stays as
    /// it is when the default changes.
    pub const fn since(self, revision: u32, before: &'static str) -> Self {
        Self { since: revision, first: Some(before), ..self }
    }

    /// For a key whose default was changed: the default (JSON) that it had at first.
    pub const fn first(self, value: &'static str) -> Self {
        Self { first: Some(value), ..self }
    }
}

/// A group of keys.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Dotted; empty for the whole specification.
    pub path: &'static str,
    pub about: &'static str,
    /// Whether it may be `null`, which leaves that part of the model out.
    pub optional: bool,
}

/// What a key may hold. `Display` completes "expected ...".
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueKind {
    Bool,
    /// A whole number within these bounds, both included.
    Int(u64, u64),
    IntOrNull(u64, u64),
    /// That word, or a whole number.
    WordOrInt(&'static str, u64, u64),
    Ints(u64, u64),
    /// That word, or the id of a run: all its digits, or the twelve that name files.
    WordOrRun(&'static str),
    Float(Interval),
    FloatOrNull(Interval),
    OneOf(&'static [Choice]),
    /// A word of [`SystemKind::CHOICES`], or the name of a system that another program registers.
    System,
    /// A name of the registry's corpora, or one that the experiment file defines.
    Corpus,
    Embedding,
    /// A name of the registry's vocabularies, or one that the experiment file defines.
    Lexicon,
    /// A list of names, none twice.
    Names,
}

impl ValueKind {
    /// Whether a key of this kind may hold `value`. Any name will do for a corpus, an embedding, a vocabulary or a system.
    pub fn accepts(&self, value: &Value) -> bool {
        let int = |value: &Value, from: &u64, to: &u64| value.as_u64().is_some_and(|n| (from..=to).contains(&&n));
        let float = |value: &Value, interval: &Interval| value.as_f64().is_some_and(|x| interval.contains(x));
        match self {
            ValueKind::Bool => value.is_boolean(),
            ValueKind::Int(from, to) => int(value, from, to),
            ValueKind::IntOrNull(from, to) => value.is_null() || int(value, from, to),
            ValueKind::WordOrInt(word, from, to) => value.as_str() == Some(word) || int(value, from, to),
            ValueKind::WordOrRun(word) => value.as_str().is_some_and(|text| text == *word || is_run_id(text)),
            ValueKind::Ints(from, to) => value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(|n| int(n, from, to))),
            ValueKind::Float(interval) => float(value, interval),
            ValueKind::FloatOrNull(interval) => value.is_null() || float(value, interval),
            ValueKind::OneOf(choices) => value.as_str().is_some_and(|text| choices.iter().any(|choice| choice.word == text)),
            ValueKind::System => {
                ValueKind::OneOf(SystemKind::CHOICES).accepts(value) || value.as_str().is_some_and(|name| OwnSystem::new(name).is_ok())
            }
            ValueKind::Corpus | ValueKind::Embedding | ValueKind::Lexicon => value.as_str().is_some_and(is_name),
            ValueKind::Names => value.as_array().is_some_and(|items| {
                let name = |(i, item): (usize, &Value)| item.as_str().is_some_and(is_name) && !items[..i].contains(item);
                !items.is_empty() && items.iter().enumerate().all(name)
            }),
        }
    }
}

fn is_run_id(text: &str) -> bool {
    matches!(text.len(), 12 | 64) && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty()
}

/// An interval of real numbers; `open` bounds are not part of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub open_low: bool,
    pub high: f64,
    pub open_high: bool,
}

impl Interval {
    /// From `low` to `high`, both included.
    pub const fn closed(low: f64, high: f64) -> Self {
        Self { low, open_low: false, high, open_high: false }
    }

    /// Without its lower end.
    pub const fn above(low: f64, high: f64) -> Self {
        Self { open_low: true, ..Self::closed(low, high) }
    }

    /// Without its upper end.
    pub const fn below(low: f64, high: f64) -> Self {
        Self { open_high: true, ..Self::closed(low, high) }
    }

    /// False for NaN.
    pub fn contains(&self, x: f64) -> bool {
        (x > self.low || (x == self.low && !self.open_low)) && (x < self.high || (x == self.high && !self.open_high))
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let from = if self.open_low { "a number above" } else { "a number from" };
        let to = if self.open_high { "to below" } else { "to" };
        write!(f, "{from} {} {to} {}", self.low, self.high)
    }
}

impl fmt::Display for ValueKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            ValueKind::Bool => f.write_str("`true` or `false`"),
            ValueKind::Int(from, to) if *to == u64::MAX => write!(f, "a whole number, {from} or more"),
            ValueKind::Int(from, to) => write!(f, "a whole number from {from} to {to}"),
            ValueKind::IntOrNull(from, to) => write!(f, "`null` or a whole number from {from} to {to}"),
            ValueKind::WordOrRun(word) => write!(f, "`{word}` or the id of a run: twelve hexadecimal digits, or all 64"),
            ValueKind::WordOrInt(word, from, to) => write!(f, "`{word}` or a whole number from {from} to {to}"),
            ValueKind::Ints(from, to) => write!(f, "a list of whole numbers from {from} to {to}"),
            ValueKind::Float(interval) => write!(f, "{interval}"),
            ValueKind::FloatOrNull(interval) => write!(f, "`null` or {interval}"),
            ValueKind::OneOf(choices) => {
                let words: Vec<String> = choices.iter().map(|choice| format!("`{}`", choice.word)).collect();
                match &words[..] {
                    [first, second] => write!(f, "{first} or {second}"),
                    _ => write!(f, "one of {}", words.join(", ")),
                }
            }
            ValueKind::System => ValueKind::OneOf(SystemKind::CHOICES).fmt(f),
            ValueKind::Corpus => f.write_str("the name of a corpus"),
            ValueKind::Embedding => f.write_str("the name of an embedding"),
            ValueKind::Lexicon => f.write_str("the name of a vocabulary"),
            ValueKind::Names => f.write_str("a list of one or more names, none twice"),
        }
    }
}

/// The key of this path.
pub fn key(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// Whether this is a group of keys; the top, "", is one too.
pub fn is_section(path: &str) -> bool {
    SECTIONS.iter().any(|section| section.path == path)
}

/// Whether this is a group of keys that may be `null`.
pub fn is_optional_section(path: &str) -> bool {
    SECTIONS.iter().any(|section| section.path == path && section.optional)
}

/// The names directly under a section, in the order of the list.
pub fn names_under(section: &str) -> Vec<&'static str> {
    let mut names = Vec::new();
    for key in KEYS {
        let rest = match section {
            "" => Some(key.path),
            _ => key.path.strip_prefix(section).and_then(|rest| rest.strip_prefix('.')),
        };
        if let Some(name) = rest.and_then(|rest| rest.split('.').next())
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// Values that a key of this kind may hold, for tests.
#[cfg(test)]
pub(crate) fn samples(kind: ValueKind) -> Vec<Value> {
    use serde_json::json;
    match kind {
        ValueKind::Bool => vec![json!(false), json!(true)],
        ValueKind::Int(a, b) => vec![json!(a), json!(b.min(a + 3))],
        ValueKind::IntOrNull(a, b) => vec![json!(null), json!(a), json!(b.min(a + 3))],
        ValueKind::WordOrInt(word, a, b) => vec![json!(word), json!(a), json!(b.min(a + 3))],
        ValueKind::Ints(a, b) => vec![json!([a]), json!([a, b])],
        ValueKind::WordOrRun(word) => vec![json!(word), json!("0123456789ab")],
        ValueKind::Float(i) => vec![json!(i.low.midpoint(i.high)), json!(i.low * 0.75 + i.high * 0.25)],
        ValueKind::FloatOrNull(i) => vec![json!(null), json!(i.low.midpoint(i.high)), json!(i.low * 0.75 + i.high * 0.25)],
        ValueKind::OneOf(choices) => choices.iter().map(|choice| json!(choice.word)).collect(),
        ValueKind::System => SystemKind::CHOICES.iter().map(|choice| json!(choice.word)).chain([json!("own-system")]).collect(),
        ValueKind::Corpus | ValueKind::Embedding | ValueKind::Lexicon => vec![json!("mini"), json!("mini-20")],
        ValueKind::Names => vec![json!(["Disease"]), json!(["Disease", "Chemical"])],
    }
}

/// A specification whose values are picked by `choose`, one number a key, for tests; a part of them has no characters or no dropout.
#[cfg(test)]
pub(crate) fn any_spec(choose: &[usize]) -> super::spec::RunSpec {
    let mut values = super::spec::RunSpec::default().values();
    for (key, choice) in KEYS.iter().zip(choose) {
        let samples = samples(key.kind);
        *values.pointer_mut(&super::relevance::pointer(key.path)).unwrap() = samples[choice % samples.len()].clone();
    }
    if choose[0].is_multiple_of(4) {
        values["model"]["char_cnn"] = Value::Null;
    }
    if choose[1].is_multiple_of(3) {
        values["dropout"]["rate"] = 0.0.into();
    }
    super::spec::RunSpec::from_values(values).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::spec::RunSpec;
    use serde_json::json;

    fn leaves(value: &Value, path: &str, out: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    leaves(value, &if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, out);
                }
            }
            _ => out.push(path.to_owned()),
        }
    }

    /// The default specification with one leaf replaced.
    fn with(path: &str, value: Value) -> Result<RunSpec, impl std::fmt::Debug> {
        let mut values = RunSpec::default().values();
        *values.pointer_mut(&format!("/{}", path.replace('.', "/"))).unwrap() = value;
        RunSpec::from_values(values)
    }

    #[test]
    fn the_list_has_exactly_the_leaves_of_the_specification() {
        let mut expected = Vec::new();
        leaves(&RunSpec::default().values(), "", &mut expected);
        let listed: Vec<&str> = KEYS.iter().map(|key| key.path).collect();
        assert_eq!(listed, expected);
        for key in KEYS {
            assert!(!key.about.is_empty() && !key.why.is_empty(), "{}", key.path);
        }
        let mut sections: Vec<&str> = KEYS.iter().flat_map(|key| key.path.match_indices('.').map(|(end, _)| &key.path[..end])).collect();
        sections.push("");
        sections.sort_unstable();
        sections.dedup();
        let mut described: Vec<&str> = SECTIONS.iter().map(|section| section.path).collect();
        described.sort_unstable();
        assert_eq!(described, sections);
        assert!(SECTIONS.iter().all(|section| !section.about.is_empty()));
    }

    #[test]
    fn a_later_key_says_what_runs_before_it_did() {
        let mut last = BASE;
        for key in KEYS {
            let first = key.first.map(|text| serde_json::from_str::<Value>(text).expect(key.path));
            assert!(first.as_ref().is_none_or(|value| key.kind.accepts(value)), "{}", key.path);
            assert!(key.since == BASE || first.is_some(), "{}: `since` asks for the value of runs from before", key.path);
            // The revision of the key that is there for tests alone is far beyond.
            last = if key.since < 1000 { last.max(key.since) } else { last };
        }
        for revision in BASE + 1..=last {
            assert!(KEYS.iter().any(|key| key.since == revision), "no key came with revision {revision}");
        }
    }

    #[test]
    fn what_a_kind_accepts_is_read_into_the_specification_and_nothing_else_is() {
        for key in KEYS {
            let mut values =
                vec![json!(null), json!(true), json!("x"), json!(" "), json!([]), json!({}), json!(-1), json!(0.5), json!(["a", "a"])];
            match key.kind {
                ValueKind::Int(a, b) | ValueKind::IntOrNull(a, b) | ValueKind::WordOrInt(_, a, b) => {
                    values.extend([json!(a), json!(b)]);
                    values.extend([a.checked_sub(1), b.checked_add(1)].into_iter().flatten().map(Value::from));
                }
                ValueKind::Ints(a, b) => values.extend([json!([a, b]), json!([b + 1])]),
                ValueKind::Float(i) | ValueKind::FloatOrNull(i) => {
                    values.extend([i.low, i.high, i.low - 1e-9, i.high + 1e-3, f64::midpoint(i.low, i.high)].map(Value::from));
                }
                ValueKind::OneOf(choices) => values.extend(choices.iter().map(|choice| json!(choice.word))),
                ValueKind::System => {
                    values.extend([json!("neural"), json!("dnorm"), json!("own-system"), json!("Own"), json!("a".repeat(41))])
                }
                ValueKind::WordOrRun(word) => {
                    values.extend([json!(word), json!("0123456789ab"), json!("0123456789aB"), json!("f".repeat(64))])
                }
                ValueKind::Names => values.push(json!(["a", "b"])),
                ValueKind::Bool | ValueKind::Corpus | ValueKind::Embedding | ValueKind::Lexicon => {}
            }
            if let ValueKind::WordOrInt(word, ..) = key.kind {
                values.push(json!(word));
            }
            assert!(values.iter().any(|value| key.kind.accepts(value)), "{}", key.path);
            for value in values {
                assert_eq!(with(key.path, value.clone()).is_ok(), key.kind.accepts(&value), "{}: {value}", key.path);
            }
        }
    }
}
