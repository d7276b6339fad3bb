//! Checking a located tree against the list of keys: names, types, ranges.

use super::Names;
use super::merge::join;
use super::problem::{Fault, Problem, nearest, suggestion};
use super::tree::{Content, Node};
use crate::run::keys::{self, Key, ValueKind};
use crate::run::spec::SystemKind;
use serde_json::Value as Json;

/// Checks the tree of a section (`prefix` "" is the whole specification) whose dotted keys are opened.
pub fn check_section(node: &Node, prefix: &str, names: &Names, problems: &mut Vec<Problem>) {
    if node.is_null() && (prefix.is_empty() || keys::is_optional_section(prefix)) {
        return;
    }
    let Content::Mapping(entries) = &node.content else {
        let known = keys::names_under(prefix);
        let hint = format!("expected a mapping with keys such as `{}`", known.first().unwrap_or(&""));
        problems.push(Problem::new(Fault::BadValue { path: shown(prefix).into(), found: node.describe() }, &node.place, hint));
        return;
    };
    for entry in entries {
        let path = join(prefix, &entry.key);
        if !keys::is_section(&path) && keys::key(&path).is_none() {
            problems.push(unknown_key(&path, prefix, &entry.key, &entry.place));
        } else {
            check(&entry.value, &path, names, problems);
        }
    }
}

/// Checks what stands under a known path, key or section.
pub fn check(node: &Node, path: &str, names: &Names, problems: &mut Vec<Problem>) {
    match keys::key(path) {
        Some(key) => problems.extend(check_value(node, key, names)),
        None => check_section(node, path, names, problems),
    }
}

fn shown(prefix: &str) -> &str {
    if prefix.is_empty() { "defaults" } else { prefix }
}

/// The nearest name in the same section, else the same name elsewhere, else all that the section has.
pub fn unknown_key(path: &str, prefix: &str, name: &str, place: &super::source::Location) -> Problem {
    let known = keys::names_under(prefix);
    let elsewhere = keys::KEYS.iter().find(|key| key.path.rsplit('.').next() == Some(name));
    let hint = match (nearest(name, known.iter().copied()), elsewhere) {
        // Where the path is written with dots, the whole of it is answered.
        (Some(near), _) if place.length > name.chars().count() => format!("did you mean `{}`?", join(prefix, near)),
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some(key)) => format!("did you mean `{}`?", key.path),
        (None, None) => suggestion(name, &known),
    };
    Problem::new(Fault::UnknownKey { path: path.to_owned() }, place, hint)
}

fn check_value(node: &Node, key: &Key, names: &Names) -> Option<Problem> {
    let value = node.to_json();
    let bad = |node: &Node, hint: String| {
        Some(Problem::new(Fault::BadValue { path: key.path.to_owned(), found: node.describe() }, &node.place, hint))
    };
    let expected = format!("expected {}", key.kind);
    // JSON has no word for what YAML writes as `.nan` and `.inf`.
    let has_json = node.is_null() || !value.is_null();
    if !has_json || !key.kind.accepts(&value) {
        return match (&node.content, key.kind, value.as_str()) {
            (Content::Sequence(items), ValueKind::Ints(..) | ValueKind::Names, _) => {
                bad(first_bad(items, key.kind).unwrap_or(node), expected)
            }
            (_, ValueKind::OneOf(choices), Some(text)) => match nearest(text, choices.iter().map(|choice| choice.word)) {
                Some(near) => bad(node, format!("did you mean `{near}`? {expected}")),
                None => bad(node, expected),
            },
            (_, ValueKind::System, Some(text)) => bad(node, other_system(text, names)),
            // No name is empty: say which there are.
            (_, ValueKind::Corpus | ValueKind::Embedding | ValueKind::Lexicon, Some(name)) => {
                bad(node, suggestion(name, &known_names(key.kind, names)))
            }
            _ => bad(node, expected),
        };
    }
    match (key.kind, value.as_str()) {
        (ValueKind::Corpus | ValueKind::Embedding | ValueKind::Lexicon, Some(name)) if !known_names(key.kind, names).contains(&name) => {
            bad(node, suggestion(name, &known_names(key.kind, names)))
        }
        (ValueKind::System, Some(name)) if !systems(names).any(|known| known == name) => bad(node, other_system(name, names)),
        _ => None,
    }
}

fn systems(names: &Names) -> impl Iterator<Item = &str> {
    SystemKind::CHOICES.iter().map(|choice| choice.word).chain(names.systems.iter().map(String::as_str))
}

/// What to write for a system that this program does not have.
fn other_system(name: &str, names: &Names) -> String {
    let expected = systems(names).map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    match nearest(name, systems(names)) {
        Some(near) => format!("did you mean `{near}`? expected one of {expected}"),
        None => format!("expected one of {expected}; a system of your own is known to the program that registers it"),
    }
}

/// The first item with which the list is bad.
fn first_bad(items: &[Node], kind: ValueKind) -> Option<&Node> {
    let values: Vec<Json> = items.iter().map(Node::to_json).collect();
    (0..items.len()).find(|i| !kind.accepts(&Json::from(&values[..=*i]))).map(|i| &items[i])
}

fn known_names(kind: ValueKind, names: &Names) -> Vec<&str> {
    let known = match kind {
        ValueKind::Corpus => &names.corpora,
        ValueKind::Lexicon => &names.lexicons,
        _ => &names.embeddings,
    };
    known.iter().map(String::as_str).collect()
}
