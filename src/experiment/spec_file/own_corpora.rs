//! Corpora that an experiment file defines: under `corpora` by name, or in the place where a run names its corpus.

use super::own;
use super::problem::{Fault, Problem, suggestion};
use super::sections::{bad, each_run, entries, listed as names, path_in_file, unknown};
use super::source::Location;
use super::tree::{Content, Node};
use crate::run::custom_corpus::{CorpusFormat, CustomCorpus};
use serde_yaml::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The keys of a corpus; in `corpora` the first is the key above.
pub(in crate::experiment) const CORPUS_KEYS: [&str; 7] = ["name", "train", "dev", "test", "format", "entity_types", "normalise_ids"];

/// The corpora under `corpora`.
pub fn listed(tree: &Node, registered: &[String], problems: &mut Vec<Problem>) -> BTreeMap<String, CustomCorpus> {
    own::listed(tree, "corpora", registered, problems, |entry, section, problems| {
        corpus(&entry.value, section, &entry.place, &CORPUS_KEYS[1..], problems)
    })
}

/// Takes the definitions that stand instead of `data.corpus` anywhere in the file into `found`, and leaves their names.
pub fn lift(tree: &mut Node, registered: &[String], found: &mut BTreeMap<String, CustomCorpus>, problems: &mut Vec<Problem>) {
    each_run(tree, |run| lift_from_run(run, registered, found, problems));
}

/// The same for one tree of a run's specification, in which a list is that of a matrix.
pub fn lift_from_run(run: &mut Node, registered: &[String], found: &mut BTreeMap<String, CustomCorpus>, problems: &mut Vec<Problem>) {
    let Some(node) = run.get_mut("data").and_then(|data| data.get_mut("corpus")) else { return };
    let nodes = match &mut node.content {
        Content::Sequence(items) => items.iter_mut().collect(),
        _ => vec![node],
    };
    for node in nodes.into_iter().filter(|node| matches!(node.content, Content::Mapping(_))) {
        let name = define(node, registered, found, problems);
        // Without a name there is a problem already; any known name keeps it the only one.
        let name = name.or(registered.first().cloned()).unwrap_or_default();
        node.content = Content::Scalar(Value::String(name));
    }
}

/// The name of the corpus that a mapping defines.
fn define(node: &Node, registered: &[String], found: &mut BTreeMap<String, CustomCorpus>, problems: &mut Vec<Problem>) -> Option<String> {
    let name = own::name(node.get("name"), "data.corpus.name", &node.place, problems)?;
    let corpus = corpus(node, "data.corpus", &node.place, &CORPUS_KEYS, problems)?;
    own::define((&name, corpus), ("corpora", &node.place), registered, found, problems);
    Some(name)
}

fn corpus(definition: &Node, section: &str, place: &Location, known: &[&str], problems: &mut Vec<Problem>) -> Option<CustomCorpus> {
    let before = problems.len();
    let mut splits: BTreeMap<&str, PathBuf> = BTreeMap::new();
    let mut format = CorpusFormat::AUTO;
    let mut entity_types = vec!["Disease".to_owned()];
    let mut normalise_ids = false;
    for entry in entries(definition, section, problems) {
        let path = format!("{section}.{}", entry.key);
        match entry.key.as_str() {
            key @ ("train" | "dev" | "test") => {
                splits.extend(path_in_file(&entry.value, &path, problems).map(|file| (key, file)));
            }
            "format" => {
                let word = match &entry.value.content {
                    Content::Scalar(Value::String(word)) => word.as_str(),
                    _ => "",
                };
                match CorpusFormat::all().find(|format| format.name() == word) {
                    Some(found) => format = found,
                    None => {
                        let names: Vec<&str> = CorpusFormat::all().map(CorpusFormat::name).collect();
                        problems.push(bad(&path, &entry.value, suggestion(word, &names)));
                    }
                }
            }
            "entity_types" => entity_types = names(&entry.value, &path, problems),
            "normalise_ids" => match entry.value.content {
                Content::Scalar(Value::Bool(flag)) => normalise_ids = flag,
                _ => problems.push(bad(&path, &entry.value, "expected `true` or `false`")),
            },
            "name" if known.contains(&"name") => {}
            _ => problems.push(unknown(entry, section, known)),
        }
    }
    for split in ["train", "dev", "test"] {
        if !splits.contains_key(split) && problems.len() == before {
            let hint = "a corpus has files for `train`, `dev` and `test`";
            problems.push(Problem::new(Fault::MissingKey { path: format!("{section}.{split}") }, place, hint));
        }
    }
    Some(CustomCorpus {
        train: splits.remove("train")?,
        dev: splits.remove("dev")?,
        test: splits.remove("test")?,
        format,
        entity_types,
        normalise_ids,
    })
}
