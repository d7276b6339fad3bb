//! What an experiment file defines under names of its own (corpora, word vectors, vocabularies): what holds of each kind.

use super::problem::{Fault, Problem};
use super::sections::{bad, entries};
use super::source::Location;
use super::tree::{Content, Entry, Node};
use serde_yaml::Value;
use std::collections::BTreeMap;

/// The definitions of a section, as `read` takes each from its entry and the path of its keys.
pub fn listed<T>(
    tree: &Node,
    section: &str,
    registered: &[String],
    problems: &mut Vec<Problem>,
    mut read: impl FnMut(&Entry, &str, &mut Vec<Problem>) -> Option<T>,
) -> BTreeMap<String, T> {
    let mut found = BTreeMap::new();
    let Some(node) = tree.get(section) else { return found };
    for entry in entries(node, section, problems) {
        if registered.contains(&entry.key) {
            problems.push(taken(&entry.key, &entry.place));
        } else if let Some(definition) = read(entry, &format!("{section}.{}", entry.key), problems) {
            found.insert(entry.key.clone(), definition);
        }
    }
    found
}

/// The name that a definition in the place of its use gives itself under the key `path`.
pub fn name(name: Option<&Node>, path: &str, place: &Location, problems: &mut Vec<Problem>) -> Option<String> {
    match name.map(|node| (node, &node.content)) {
        Some((_, Content::Scalar(Value::String(name)))) if !name.trim().is_empty() => return Some(name.clone()),
        Some((node, _)) => problems.push(bad(path, node, "expected a name of your own")),
        None => {
            let hint = "what is defined where it is used says its `name`";
            problems.push(Problem::new(Fault::MissingKey { path: path.into() }, place, hint));
        }
    }
    None
}

/// Takes in a definition in the place of its use, unless its name is the registry's or another definition's.
pub fn define<T: PartialEq>(
    (name, definition): (&str, T),
    (section, place): (&str, &Location),
    registered: &[String],
    found: &mut BTreeMap<String, T>,
    problems: &mut Vec<Problem>,
) {
    if registered.iter().any(|other| other == name) {
        problems.push(taken(name, place));
    } else if found.get(name).is_some_and(|earlier| *earlier != definition) {
        let what = format!("`{name}` is defined twice, and not in the same way");
        problems.push(Problem::new(Fault::Shape { what }, place, format!("define it once, under `{section}`, and use its name")));
    } else {
        found.insert(name.to_owned(), definition);
    }
}

fn taken(name: &str, place: &Location) -> Problem {
    let what = format!("`{name}` is a name of the registry already");
    Problem::new(Fault::Shape { what }, place, "choose another name")
}
