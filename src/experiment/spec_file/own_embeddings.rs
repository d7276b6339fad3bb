//! Word vectors that an experiment file brings itself: under `embeddings` by name, or beside `embedding.name` where a run names them.

use super::own;
use super::problem::{Fault, Problem, suggestion};
use super::sections::{bad, each_run, path_in_file, unknown};
use super::source::Location;
use super::tree::{Content, Entry, Node};
use crate::run::custom_embedding::{CustomEmbedding, EmbeddingFormat};
use serde_yaml::Value;
use std::collections::BTreeMap;

/// The keys of vectors of one's own; in `embeddings` the first is the key above.
pub(in crate::experiment) const EMBEDDING_KEYS: [&str; 4] = ["name", "file", "format", "dimension"];
pub const MOST_DIMENSIONS: u64 = 4096;

pub type Embeddings = BTreeMap<String, CustomEmbedding>;

/// The vectors under `embeddings`.
pub fn listed(tree: &Node, registered: &[String], problems: &mut Vec<Problem>) -> Embeddings {
    own::listed(tree, "embeddings", registered, problems, |entry, section, problems| {
        let Content::Mapping(own) = &entry.value.content else {
            let hint = "expected a mapping with `file`, and `format` and `dimension` where they are to be said";
            problems.push(bad(section, &entry.value, hint));
            return None;
        };
        embedding(own, section, &entry.place, &EMBEDDING_KEYS[1..], problems)
    })
}

/// Takes the definitions that stand in a section `embedding`, or instead of `embedding.name`, anywhere in the file into `found`, and leaves
/// their names.
pub fn lift(tree: &mut Node, registered: &[String], found: &mut Embeddings, problems: &mut Vec<Problem>) {
    each_run(tree, |run| lift_from_run(run, registered, found, problems));
}

/// The same for one tree of a run's specification, in which a list is that of a matrix.
pub fn lift_from_run(run: &mut Node, registered: &[String], found: &mut Embeddings, problems: &mut Vec<Problem>) {
    let Some(section) = run.get_mut("embedding") else { return };
    if let Some(Node { content: Content::Sequence(items), .. }) = section.get_mut("name") {
        items.iter_mut().for_each(|item| replace(item, registered, found, problems));
    } else if let Some(name) = section.get_mut("name")
        && matches!(name.content, Content::Mapping(_))
    {
        replace(name, registered, found, problems);
    }
    // `embedding: {name: mine, file: vectors.txt, trainable: false}`: what belongs to the file is taken out of the run's keys.
    let place = section.place.clone();
    let Content::Mapping(keys) = &mut section.content else { return };
    if !keys.iter().any(|entry| EMBEDDING_KEYS[1..].contains(&entry.key.as_str())) {
        return;
    }
    let (mut own, rest): (Vec<Entry>, Vec<Entry>) =
        std::mem::take(keys).into_iter().partition(|entry| EMBEDDING_KEYS[1..].contains(&entry.key.as_str()));
    *keys = rest;
    own.extend(keys.iter().find(|entry| entry.key == "name").cloned());
    define(&own, &place, registered, found, problems);
}

/// A definition instead of a name becomes the name.
fn replace(node: &mut Node, registered: &[String], found: &mut Embeddings, problems: &mut Vec<Problem>) {
    if let Content::Mapping(own) = &node.content {
        // Without a name there is a problem already; any known name keeps it the only one.
        let name = define(own, &node.place, registered, found, problems).or(registered.first().cloned()).unwrap_or_default();
        node.content = Content::Scalar(Value::String(name));
    }
}

fn define(keys: &[Entry], place: &Location, registered: &[String], found: &mut Embeddings, problems: &mut Vec<Problem>) -> Option<String> {
    let name = keys.iter().find(|entry| entry.key == "name").map(|entry| &entry.value);
    let name = own::name(name, "embedding.name", place, problems)?;
    let embedding = embedding(keys, "embedding", place, &EMBEDDING_KEYS, problems)?;
    own::define((&name, embedding), ("embeddings", place), registered, found, problems);
    Some(name)
}

fn embedding(own: &[Entry], section: &str, place: &Location, known: &[&str], problems: &mut Vec<Problem>) -> Option<CustomEmbedding> {
    let before = problems.len();
    let (mut file, mut format, mut dimension) = (None, EmbeddingFormat::Auto, None);
    for entry in own {
        let path = format!("{section}.{}", entry.key);
        match entry.key.as_str() {
            "file" => file = path_in_file(&entry.value, &path, problems),
            "format" => {
                let word = if let Content::Scalar(Value::String(word)) = &entry.value.content { word.as_str() } else { "" };
                match serde_json::from_value(word.into()) {
                    Ok(found) => format = found,
                    Err(_) => {
                        let words: Vec<&str> = EmbeddingFormat::CHOICES.iter().map(|choice| choice.word).collect();
                        problems.push(bad(&path, &entry.value, suggestion(word, &words)));
                    }
                }
            }
            "dimension" => match entry.value.to_json().as_u64() {
                Some(numbers) if (1..=MOST_DIMENSIONS).contains(&numbers) => dimension = Some(numbers as usize),
                _ => problems.push(bad(&path, &entry.value, format!("expected numbers a word, from 1 to {MOST_DIMENSIONS}"))),
            },
            "name" if known.contains(&"name") => {}
            _ => problems.push(unknown(entry, section, known)),
        }
    }
    if file.is_none() && problems.len() == before {
        problems.push(Problem::new(Fault::MissingKey { path: format!("{section}.file") }, place, "vectors of your own have a `file`"));
    }
    Some(CustomEmbedding { file: file?, format, dimension })
}
