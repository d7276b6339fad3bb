//! Checking a located tree against the list of keys: names, types, ranges.

use super::Names;
use super::merge::join;
use super::problem::{Fault, Problem, suggestion};
use super::tree::{Content, Node};
use crate::run::keys::{self, Key, Kind};
use serde_yaml::Value;

/// Checks the tree of a section (`prefix` "" is the whole specification) whose dotted keys are opened.
pub fn check_section(node: &Node, prefix: &str, names: &Names, problems: &mut Vec<Problem>) {
    if node.is_null() && (prefix.is_empty() || keys::OPTIONAL_SECTIONS.contains(&prefix)) {
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
pub fn unknown_key(path: &str, prefix: &str, name: &str, place: &super::source::Place) -> Problem {
    let known = keys::names_under(prefix);
    let elsewhere = keys::KEYS.iter().find(|key| key.path.rsplit('.').next() == Some(name));
    let hint = match (super::problem::nearest(name, known.iter().copied()), elsewhere) {
        // Where the path is written with dots, the whole of it is answered.
        (Some(near), _) if place.length > name.chars().count() => format!("did you mean `{}`?", join(prefix, near)),
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some(key)) => format!("did you mean `{}`?", key.path),
        (None, None) => suggestion(name, &known),
    };
    Problem::new(Fault::UnknownKey { path: path.to_owned() }, place, hint)
}

fn check_value(node: &Node, key: &Key, names: &Names) -> Option<Problem> {
    let expected = match (&node.content, key.kind) {
        (Content::Scalar(value), kind) => match scalar_fits(value, kind, names) {
            Ok(()) => return None,
            Err(expected) => expected,
        },
        (Content::Sequence(items), Kind::Wholes(from, to)) => {
            let fits = |item: &Node| matches!(&item.content, Content::Scalar(value) if whole(value, from, to));
            match items.iter().find(|item| !fits(item)) {
                Some(bad) => return Some(bad_value(bad, key, format!("expected {}", key.kind))),
                None if items.is_empty() => format!("expected {}", key.kind),
                None => return None,
            }
        }
        (Content::Sequence(items), Kind::Names) => {
            let mut seen = Vec::new();
            for item in items {
                match &item.content {
                    Content::Scalar(Value::String(name)) if !name.trim().is_empty() && !seen.contains(&name) => seen.push(name),
                    _ => return Some(bad_value(item, key, format!("expected {}", key.kind))),
                }
            }
            if !items.is_empty() {
                return None;
            }
            format!("expected {}", key.kind)
        }
        _ => format!("expected {}", key.kind),
    };
    Some(bad_value(node, key, expected))
}

fn bad_value(node: &Node, key: &Key, hint: String) -> Problem {
    Problem::new(Fault::BadValue { path: key.path.to_owned(), found: node.describe() }, &node.place, hint)
}

/// `Err` is the hint.
fn scalar_fits(value: &Value, kind: Kind, names: &Names) -> Result<(), String> {
    let text = value.as_str();
    let fits = match kind {
        Kind::Flag => value.is_bool(),
        Kind::Whole(from, to) => whole(value, from, to),
        Kind::WholeOrNull(from, to) => value.is_null() || whole(value, from, to),
        Kind::WordOrWhole(word, from, to) => text == Some(word) || whole(value, from, to),
        Kind::Real(interval) => value.as_f64().is_some_and(|x| interval.contains(x)),
        Kind::RealOrNull(interval) => value.is_null() || value.as_f64().is_some_and(|x| interval.contains(x)),
        Kind::OneOf(words) => match text {
            Some(text) if words.contains(&text) => true,
            Some(text) => {
                return Err(match super::problem::nearest(text, words.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`? expected {kind}"),
                    None => format!("expected {kind}"),
                });
            }
            None => false,
        },
        Kind::Corpus => return known_name(text, kind, &names.corpora),
        Kind::Embedding => return known_name(text, kind, &names.embeddings),
        Kind::Wholes(..) | Kind::Names => false,
    };
    if fits { Ok(()) } else { Err(format!("expected {kind}")) }
}

fn known_name(text: Option<&str>, kind: Kind, known: &[String]) -> Result<(), String> {
    match text {
        Some(text) if known.iter().any(|name| name == text) => Ok(()),
        Some(text) => {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            Err(suggestion(text, &known))
        }
        None => Err(format!("expected {kind}")),
    }
}

fn whole(value: &Value, from: u64, to: u64) -> bool {
    value.as_u64().is_some_and(|n| (from..=to).contains(&n))
}
