//! `search`: settings drawn at random from a space (Bergstra & Bengio 2012), crossed with the matrix so that every side of a
//! comparison meets the same settings.
//!
//! ```yaml
//! search:
//!   samples: 16
//!   seed: 1
//!   space:
//!     model.layers: {int: [1, 3]}
//!     dropout.rate: {uniform: [0, 0.6]}
//!     train.batch: {choice: [8, 16, 32]}
//!     train.choice:                        # one of these, each with what goes with it
//!       - {optimizer: adam, learning_rate: {log_uniform: [0.0005, 0.005]}}
//!       - {optimizer: sgd, learning_rate: {log_uniform: [0.005, 0.05]}}
//! ```
//!
//! `search: {settings: [{...}, {...}]}` lists them instead of drawing: the best of an earlier search, for one.

mod draw;
mod space;

#[cfg(test)]
mod tests;

use super::Names;
use super::check::check_section;
use super::expand::{leaves, same};
use super::merge::{empty, nested, overlay};
use super::problem::{Fault, Problem};
use super::sections::{bad, entries, unknown};
use super::source::Location;
use super::tree::{Content, Node};
use serde::{Deserialize, Serialize};
use space::Space;
pub(super) use space::{drop_replaced, overlap};
use std::collections::BTreeSet;

/// Settings that one search may draw.
pub(in crate::experiment) const MAX_SAMPLES: u64 = 10_000;
/// Draws after which a setting that was not drawn before is given up.
const MAX_ATTEMPTS: u64 = 100_000;
/// The keys of the section; the first two may be given as arguments.
pub(in crate::experiment) const KEYS: [&str; 4] = ["samples", "seed", "space", "settings"];

/// The search of an experiment: the keys that vary, and the settings that were drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// What the settings were drawn from; `None` where the file lists them.
    pub seed: Option<u64>,
    /// The keys that are drawn, in the order of the space.
    pub keys: Vec<SearchKey>,
    /// Settings by number, from 1: a setting depends on the space, the seed and its number alone.
    pub settings: Vec<Setting>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchKey {
    /// A key of the specification, or an optional section of it.
    pub path: String,
    pub scale: Scale,
}

/// How the values of a key lie beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Listed values, in no order but the file's.
    Choice,
    Linear,
    Logarithmic,
}

/// One drawn setting: each key with its value as a file would write it. A key of an alternative that was not drawn is not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub values: Vec<(String, String)>,
}

impl Search {
    /// The settings as text of at most `width` columns.
    pub fn table(&self, width: usize) -> String {
        let mut out = match self.seed {
            Some(seed) => format!("settings drawn (seed {seed}):\n"),
            None => "settings:\n".to_owned(),
        };
        for (i, setting) in self.settings.iter().enumerate() {
            let mut line = format!("{:>4}", i + 1);
            for (path, value) in &setting.values {
                let word = format!("{path}={value}");
                if line.chars().count() + 2 + word.chars().count() > width && line.trim().len() > 4 {
                    out += &(line + "\n");
                    line = " ".repeat(4);
                }
                line += &format!("  {word}");
            }
            out += &(line + "\n");
        }
        out
    }
}

/// A search with the trees of its settings, and where each of its keys stands in the file.
pub(super) struct Drawn {
    pub search: Search,
    pub trees: Vec<Node>,
    pub keys: Vec<(String, Location)>,
    /// Of the section, for a message about the whole of it.
    pub place: Location,
}

/// Reads the section `search` of an experiment's tree and draws its settings. `None` where there is none, or after a problem; with
/// `had_problems` nothing is drawn.
pub(super) fn read(tree: &Node, names: &Names, had_problems: bool, problems: &mut Vec<Problem>) -> Option<Drawn> {
    let node = tree.get("search")?;
    let before = problems.len();
    for entry in entries(node, "search", problems).iter().filter(|entry| !KEYS.contains(&entry.key.as_str())) {
        problems.push(unknown(entry, "search", &KEYS));
    }
    if problems.len() > before {
        return None;
    }
    if let Some(settings) = node.get("settings") {
        return listed(node, settings, names, problems);
    }
    let missing = |path: &str, hint: &str| Problem::new(Fault::MissingKey { path: path.into() }, &node.place, hint);
    let samples = match node.get("samples") {
        Some(samples) => whole(samples, 1, MAX_SAMPLES, "search.samples", problems),
        None => {
            problems.push(missing("search.samples", "how many settings to draw, as in `samples: 16`"));
            None
        }
    };
    let seed = match node.get("seed") {
        Some(seed) => whole(seed, 0, u64::MAX, "search.seed", problems),
        None => {
            problems.push(missing("search.seed", "what the draws start from, as in `seed: 1`"));
            None
        }
    };
    let Some(space) = node.get("space") else {
        problems.push(missing("search.space", "what is drawn, as in `space: {dropout.rate: {uniform: [0, 0.6]}}`"));
        return None;
    };
    let read = Space::read(space, names, problems);
    if had_problems || problems.len() > before {
        return None;
    }
    let (samples, seed) = (samples?, seed?);
    if let Some(settings) = read.settings().filter(|settings| *settings < u128::from(samples)) {
        let what = format!("{samples} samples are asked for, and the space has fewer settings: {settings}");
        problems.push(Problem::new(Fault::Shape { what }, &space.place, "ask for fewer, or make each once with a `matrix`"));
        return None;
    }
    let Some(trees) = draw_all(&read, seed, samples) else {
        let what = format!("{samples} samples are asked for, and the space has fewer settings once values are rounded to three digits");
        problems.push(Problem::new(Fault::Shape { what }, &space.place, "ask for fewer samples, or widen the ranges"));
        return None;
    };
    let search = Search { seed: Some(seed), keys: read.keys(), settings: Vec::new() };
    Some(Drawn::new(search, trees, read.places(), &node.place))
}

impl Drawn {
    fn new(mut search: Search, settings: Vec<Vec<(String, Node)>>, keys: Vec<(String, Location)>, place: &Location) -> Self {
        let values = |setting: &Vec<(String, Node)>| setting.iter().map(|(path, value)| (path.clone(), text(value))).collect();
        search.settings = settings.iter().map(|setting| Setting { values: values(setting) }).collect();
        let tree = |setting: Vec<(String, Node)>| {
            setting.into_iter().fold(empty(place), |tree, (path, value)| {
                let place = value.place.clone();
                overlay(tree, nested(&path, &place, value))
            })
        };
        Self { search, trees: settings.into_iter().map(tree).collect(), keys, place: place.clone() }
    }
}

/// Settings that the file lists.
fn listed(node: &Node, settings: &Node, names: &Names, problems: &mut Vec<Problem>) -> Option<Drawn> {
    let before = problems.len();
    if let Some(entry) = entries(node, "search", problems).iter().find(|entry| entry.key != KEYS[3]) {
        let what = format!("`search.settings` lists the settings, and `search.{}` draws some", entry.key);
        problems.push(Problem::new(Fault::Shape { what }, &entry.place, "keep one of them"));
    }
    let items: &[Node] = match &settings.content {
        Content::Sequence(items) if !items.is_empty() => items,
        _ => {
            problems.push(bad("search.settings", settings, "expected a list of mappings, as in `settings: [{model.layers: 1}]`"));
            &[]
        }
    };
    let mut search = Search { seed: None, keys: Vec::new(), settings: Vec::new() };
    let (mut found, mut keys) = (Vec::new(), Vec::<(String, Location)>::new());
    for (i, item) in items.iter().enumerate() {
        match &item.content {
            Content::Mapping(entries) if !entries.is_empty() => check_section(item, "", names, problems),
            _ => problems.push(bad("search.settings", item, "expected a mapping of keys to values")),
        }
        if items[..i].iter().any(|earlier| same(&earlier.to_json(), &item.to_json())) {
            problems.push(bad("search.settings", item, "it stands twice in the list"));
        }
        let setting: Vec<(String, Node)> = leaves(item).into_iter().map(|(path, value)| (path, value.clone())).collect();
        for (path, value) in &setting {
            keys.push((path.clone(), value.place.clone()));
            if !search.keys.iter().any(|key| key.path == *path) {
                search.keys.push(SearchKey { path: path.clone(), scale: Scale::Choice });
            }
        }
        found.push(setting);
    }
    (problems.len() == before).then(|| Drawn::new(search, found, keys, &node.place))
}

/// So many different settings: one that equals an earlier one is drawn again. `None` where no new one is found.
fn draw_all(space: &Space, seed: u64, samples: u64) -> Option<Vec<Vec<(String, Node)>>> {
    let mut seen = BTreeSet::new();
    (1..=samples)
        .map(|number| {
            (0..MAX_ATTEMPTS).find_map(|attempt| {
                let setting = space.draw(&draw::Source { seed, number, attempt });
                let text = setting.iter().map(|(path, value)| format!("{path}={}", value.to_json())).collect::<Vec<_>>().join("\n");
                seen.insert(text).then_some(setting)
            })
        })
        .collect()
}

fn whole(node: &Node, from: u64, to: u64, path: &str, problems: &mut Vec<Problem>) -> Option<u64> {
    let value = match &node.content {
        Content::Scalar(value) => value.as_u64().filter(|n| (from..=to).contains(n)),
        _ => None,
    };
    if value.is_none() {
        let hint = if to == u64::MAX {
            format!("expected a whole number, {from} or more")
        } else {
            format!("expected a whole number from {from} to {to}")
        };
        problems.push(bad(path, node, hint));
    }
    value
}

/// A value as a file would write it.
fn text(node: &Node) -> String {
    match node.to_json() {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}
