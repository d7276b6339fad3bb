//! Vocabularies that an experiment file defines under `lexicons`, by name.

use super::own;
use super::problem::{Fault, Problem};
use super::sections::{bad, entries, path_in_file, unknown};
use super::source::Location;
use super::tree::{Content, Node};
use crate::run::custom_lexicon::{CustomLexicon, LexiconPart};
use serde_yaml::Value;
use std::collections::BTreeMap;

/// The keys of a vocabulary.
pub(in crate::experiment) const LEXICON_KEYS: [&str; 2] = ["files", "edits"];

/// The vocabularies under `lexicons`. `registered` are the names of the registry's, which a definition may use and may not take.
pub fn listed(tree: &Node, registered: &[String], problems: &mut Vec<Problem>) -> BTreeMap<String, CustomLexicon> {
    own::listed(tree, "lexicons", registered, problems, |entry, section, problems| {
        lexicon(&entry.value, section, &entry.place, registered, problems)
    })
}

fn lexicon(node: &Node, section: &str, place: &Location, registered: &[String], problems: &mut Vec<Problem>) -> Option<CustomLexicon> {
    let before = problems.len();
    let mut lexicon = CustomLexicon { parts: Vec::new(), edits: None };
    for entry in entries(node, section, problems) {
        let path = format!("{section}.{}", entry.key);
        match entry.key.as_str() {
            "files" => {
                let files = match &entry.value.content {
                    Content::Sequence(items) => items.iter().collect(),
                    _ => vec![&entry.value],
                };
                if files.is_empty() {
                    problems.push(bad(&path, &entry.value, "expected at least one file, or a name of the registry"));
                }
                lexicon.parts = files.into_iter().filter_map(|file| part(file, &path, registered, problems)).collect();
            }
            "edits" => lexicon.edits = path_in_file(&entry.value, &path, problems),
            _ => problems.push(unknown(entry, section, &LEXICON_KEYS)),
        }
    }
    if lexicon.parts.is_empty() && problems.len() == before {
        let hint = "a vocabulary is made of one or more `files`";
        problems.push(Problem::new(Fault::MissingKey { path: format!("{section}.files") }, place, hint));
    }
    (problems.len() == before).then_some(lexicon)
}

fn part(node: &Node, path: &str, registered: &[String], problems: &mut Vec<Problem>) -> Option<LexiconPart> {
    match &node.content {
        Content::Scalar(Value::String(name)) if registered.contains(name) => Some(LexiconPart::Registered(name.clone())),
        _ => path_in_file(node, path, problems).map(LexiconPart::File),
    }
}
