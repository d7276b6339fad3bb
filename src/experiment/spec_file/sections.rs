//! The small sections of an experiment file: name, texts, drift, imports.

use super::problem::{Fault, Problem, suggestion};
use super::source::Location;
use super::tree::{Content, Entry, Node};
use serde_yaml::Value;
use std::path::{Path, PathBuf};

/// The experiment's name, or that of its file. It names a folder of the reports, so it is a plain word.
pub fn name(tree: &Node, path: &Path, problems: &mut Vec<Problem>) -> Option<String> {
    let plain = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.len() <= 80
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    let hint = "expected letters, digits, `-`, `_` and `.`, for it names a folder";
    match tree.get("name") {
        None => {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if plain(&stem) {
                return Some(stem);
            }
            problems.push(Problem::unplaced(
                Fault::MissingKey { path: "name".into() },
                format!("the file's own name `{stem}` will not do: {hint}"),
            ));
            None
        }
        Some(node) => match &node.content {
            Content::Scalar(Value::String(name)) if plain(name) => Some(name.clone()),
            _ => {
                problems.push(bad("name", node, hint));
                None
            }
        },
    }
}

pub fn text(tree: &Node, key: &str, problems: &mut Vec<Problem>) -> Option<String> {
    let node = tree.get(key)?;
    match &node.content {
        Content::Scalar(Value::String(text)) => Some(text.trim_end().to_owned()),
        _ => {
            problems.push(bad(key, node, "expected a text"));
            None
        }
    }
}

/// The baseline that `mermen check` compares with, as `drift: {baseline: FILE}` names it.
pub fn baseline(tree: &Node, problems: &mut Vec<Problem>) -> Option<PathBuf> {
    let node = tree.get("drift")?;
    let mut found = None;
    for entry in entries(node, "drift", problems) {
        match entry.key.as_str() {
            "baseline" => found = path_in_file(&entry.value, "drift.baseline", problems),
            _ => problems.push(unknown(entry, "drift", &["baseline"])),
        }
    }
    found
}

/// A list of names.
pub fn listed(node: &Node, path: &str, problems: &mut Vec<Problem>) -> Vec<String> {
    let Content::Sequence(items) = &node.content else {
        problems.push(bad(path, node, "expected a list of names"));
        return Vec::new();
    };
    let mut found = Vec::new();
    for item in items {
        match &item.content {
            Content::Scalar(Value::String(name)) if !name.is_empty() => found.push(name.clone()),
            _ => problems.push(bad(path, item, "expected a name")),
        }
    }
    found
}

/// The imported files, each with the place that names it.
pub fn imports(tree: &Node, problems: &mut Vec<Problem>) -> Vec<(PathBuf, Location)> {
    let Some(node) = tree.get("imports") else { return Vec::new() };
    let Content::Sequence(items) = &node.content else {
        problems.push(bad("imports", node, "expected a list of files, as in `imports: [table2.yaml]`"));
        return Vec::new();
    };
    items.iter().filter_map(|item| Some((path_in_file(item, "imports", problems)?, item.place.clone()))).collect()
}

/// A path, relative to the file in which it is written, or to the working folder where an argument has it.
pub fn path_in_file(node: &Node, key: &str, problems: &mut Vec<Problem>) -> Option<PathBuf> {
    match &node.content {
        Content::Scalar(Value::String(text)) if !text.is_empty() => {
            let source = &node.place.source;
            // What an argument names lies where the command is called.
            let folder = if source.argument { None } else { Path::new(&source.name).parent() }.unwrap_or(Path::new(""));
            Some(folder.join(text))
        }
        _ => {
            problems.push(bad(key, node, "expected a file's path"));
            None
        }
    }
}

/// The entries of a mapping; anything else is a problem.
pub fn entries<'a>(node: &'a Node, path: &str, problems: &mut Vec<Problem>) -> &'a [Entry] {
    match &node.content {
        Content::Mapping(entries) => entries,
        _ => {
            problems.push(bad(path, node, "expected a mapping"));
            &[]
        }
    }
}

pub fn bad(path: &str, node: &Node, hint: impl Into<String>) -> Problem {
    Problem::new(Fault::BadValue { path: path.to_owned(), found: node.describe() }, &node.place, hint)
}

pub fn unknown(entry: &Entry, section: &str, known: &[&str]) -> Problem {
    Problem::new(Fault::UnknownKey { path: format!("{section}.{}", entry.key) }, &entry.place, suggestion(&entry.key, known))
}

/// Every tree of a run's specification in an experiment file: `defaults`, `matrix`, the items of `include` and `exclude`, and what `runs` set.
pub fn each_run(tree: &mut Node, mut act: impl FnMut(&mut Node)) {
    ["defaults", "matrix"].iter().for_each(|key| tree.get_mut(key).into_iter().for_each(&mut act));
    for key in ["include", "exclude", "runs"] {
        let Some(Node { content: Content::Sequence(items), .. }) = tree.get_mut(key) else { continue };
        for item in items {
            let run = if key == "runs" { item.get_mut("set") } else { Some(item) };
            run.into_iter().for_each(&mut act);
        }
    }
}
