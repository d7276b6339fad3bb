//! The table of keys as Markdown: what each is, its default, what else it may hold, and why it is a key.

use super::keys::{BASE, KEYS, Key, ValueKind};
use super::relevance::plain_text;
use super::spec::{RunSpec, SystemKind};
use crate::choice::Choice;
use serde_json::Value;
use std::fmt::Write;

/// One row for each key, in the order of files.
pub fn table() -> String {
    let defaults = RunSpec::default().values();
    let mut text = String::from("| key | what it is | default | may also be | why it is a key |\n|---|---|---|---|---|\n");
    for key in KEYS {
        let default = defaults.pointer(&format!("/{}", key.path.replace('.', "/"))).unwrap_or(&Value::Null);
        let row = [format!("`{}`", key.path), key.about.to_owned(), default_text(key, default), others(key, default), why(key)];
        // Writing to a text does not fail.
        let _ = writeln!(text, "| {} |", row.map(|cell| cell.replace('|', "\\|")).join(" | "));
    }
    text
}

fn default_text(key: &Key, default: &Value) -> String {
    let value = format!("`{}`", plain_text(default));
    match meaning(key.kind, default) {
        Some(meaning) => format!("{value}: {meaning}"),
        None => value,
    }
}

fn meaning(kind: ValueKind, value: &Value) -> Option<&'static str> {
    let choices = match kind {
        ValueKind::OneOf(choices) => choices,
        ValueKind::System => SystemKind::CHOICES,
        _ => return None,
    };
    choices.iter().find(|choice| value == choice.word).map(|choice| choice.meaning)
}

/// The values beside the default.
fn others(key: &Key, default: &Value) -> String {
    match key.kind {
        ValueKind::Bool => format!("`{}`", default != &Value::Bool(true)),
        ValueKind::OneOf(choices) => words(choices, default),
        ValueKind::System => words(SystemKind::CHOICES, default) + "; the name of a system that a program of your own registers",
        kind => kind.to_string(),
    }
}

fn words(choices: &[Choice], default: &Value) -> String {
    let other = choices.iter().filter(|choice| default != choice.word);
    other.map(|choice| format!("`{}`: {}", choice.word, choice.meaning)).collect::<Vec<_>>().join("; ")
}

fn why(key: &Key) -> String {
    let inactive: Vec<&str> = key.inactive.iter().map(|rule| rule.because).collect();
    let mut text = key.why.to_owned();
    if !inactive.is_empty() {
        let _ = write!(text, "; no effect where {}", inactive.join(", or "));
    }
    if let (true, Some(first)) = (key.since > BASE, key.first) {
        let _ = write!(text, "; since revision {}, runs from before it are as with `{first}`", key.since);
    }
    text
}
