//! `report` in an experiment file: which tables and figures are drawn, what they hold, and how keys and values are called in them.

use super::Names;
use super::check::unknown_key;
use super::merge::join;
use super::problem::{Fault, Problem, nearest, suggestion};
use super::sections::{bad, entries, unknown};
use super::tree::{Content, Entry, Node, plain};
use super::{PlannedRun, same};
use crate::choice::{Choice, choices};
use crate::evaluate::metric::METRICS;
use crate::run::keys::{self, Key, ValueKind};
use crate::run::relevance::pointer;
use crate::run::spec::{RunSpec, SystemKind};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use serde_yaml::Value;

choices! {
    /// A table of an experiment's report.
    pub enum TableKind {
        /// scores of every row on both tasks
        Scores = "scores",
        /// boundaries on which the two tasks disagree
        Boundary = "boundary",
        /// scores on the subsets of the OOV partition
        Subsets = "subsets",
    }

    /// A figure of an experiment's report.
    pub enum FigureKind {
        /// F1 on dev by epoch, a panel for each row
        LearningCurves = "learning-curves",
        /// a bar for each row, with its interval
        Bars = "bars",
        /// scores over the values of the one numeric key in which rows differ
        Sweep = "sweep",
        /// scores over the values of the two numeric keys in which rows differ
        HeatMap = "heat-map",
    }

    /// The order of rows.
    pub enum RowOrder {
        /// that of the experiment file
        File = "file",
        /// the best first, by the first metric
        Score = "score",
    }

    /// How wide tables and figures are printed.
    pub enum PrintWidth {
        /// one column of a page with two
        Column = "column",
        /// the whole page
        Page = "page",
    }
}

pub const REPORT_KEYS: [&str; 11] =
    ["tables", "figures", "metrics", "intervals", "order", "labels", "caption", "heading", "decimals", "size", "font_size"];
/// Decimals of a score.
pub const DECIMALS: (u64, u64) = (1, 6);
/// Points.
pub const FONT_SIZES: (f64, f64) = (4.0, 24.0);

/// How an experiment's report is drawn. Nothing of it is part of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReportSection {
    /// `None`: all.
    pub tables: Option<Vec<TableKind>>,
    /// `None`: all for which the experiment has something to draw.
    pub figures: Option<Vec<FigureKind>>,
    /// Names of [`METRICS`], the columns of the table of scores; empty: F1 of both tasks with intervals and ceilings.
    pub metrics: Vec<&'static str>,
    /// Whether scores carry 95 % intervals; `None`: where no metrics are chosen.
    pub intervals: Option<bool>,
    pub order: Option<RowOrder>,
    pub labels: Vec<KeyLabels>,
    /// Caption of the table of scores.
    pub caption: Option<String>,
    /// Heading of the column that names the rows.
    pub heading: Option<String>,
    pub decimals: Option<usize>,
    pub size: Option<PrintWidth>,
    /// Of text in figures and in LaTeX tables, in points.
    pub font_size: Option<f64>,
}

/// What a key and its values are called in reports.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyLabels {
    /// Dotted; a section where its `null` has a label.
    pub path: String,
    pub name: Option<String>,
    pub values: Vec<(Json, String)>,
}

impl ReportSection {
    /// What a value of a key is called, where it has a label.
    pub fn value_label(&self, path: &str, value: &Json) -> Option<&str> {
        let of_key = self.labels.iter().filter(|labels| labels.path == path);
        of_key.flat_map(|labels| &labels.values).find(|(known, _)| same(known, value)).map(|(_, label)| label.as_str())
    }

    /// What a key is called: its label, else its path.
    pub fn key_name<'a>(&'a self, path: &'a str) -> &'a str {
        self.labels.iter().find(|labels| labels.path == path).and_then(|labels| labels.name.as_deref()).unwrap_or(path)
    }

    /// Whether a value of this key has a label.
    pub fn labels_values_of(&self, path: &str) -> bool {
        self.labels.iter().any(|labels| labels.path == path && !labels.values.is_empty())
    }

    /// A run's name with the labels of its values, without the seed; empty for an experiment of one run.
    pub fn run_name(&self, run: &PlannedRun) -> String {
        if self.labels.is_empty() {
            return run.name();
        }
        let values = run.spec.values();
        let part = |(key, value): &(String, String)| {
            let label = values.pointer(&pointer(key)).and_then(|value| self.value_label(key, value));
            let named = self.labels.iter().any(|labels| labels.path == *key && labels.name.is_some());
            match (key.as_str(), label) {
                ("label", _) => value.clone(),
                (_, Some(label)) => label.to_owned(),
                _ if named => format!("{}={value}", self.key_name(key)),
                _ => format!("{}={value}", key.rsplit('.').next().unwrap_or(key)),
            }
        };
        let parts = run.labels.iter().filter(|(key, _)| key != "seed").map(part);
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// The section as it stands in the file.
pub fn report(tree: &Node, names: &Names, problems: &mut Vec<Problem>) -> ReportSection {
    let mut section = ReportSection::default();
    let Some(node) = tree.get("report") else { return section };
    for entry in entries(node, "report", problems) {
        let (value, path) = (&entry.value, format!("report.{}", entry.key));
        match entry.key.as_str() {
            "tables" => section.tables = words(value, &path, TableKind::CHOICES, problems),
            "figures" => section.figures = words(value, &path, FigureKind::CHOICES, problems),
            "metrics" => section.metrics = metrics(value, &path, problems),
            "intervals" => match value.content {
                Content::Scalar(Value::Bool(flag)) => section.intervals = Some(flag),
                _ => problems.push(bad(&path, value, "expected `true` or `false`")),
            },
            "order" => section.order = word(value, &path, RowOrder::CHOICES, problems),
            "labels" => labels(value, "", names, &mut section.labels, problems),
            "caption" => section.caption = text(value, &path, problems),
            "heading" => section.heading = text(value, &path, problems),
            "decimals" => match value.to_json().as_u64() {
                Some(decimals) if (DECIMALS.0..=DECIMALS.1).contains(&decimals) => section.decimals = Some(decimals as usize),
                _ => problems.push(bad(&path, value, format!("expected a whole number from {} to {}", DECIMALS.0, DECIMALS.1))),
            },
            "size" => section.size = word(value, &path, PrintWidth::CHOICES, problems),
            "font_size" => match value.to_json().as_f64() {
                Some(points) if (FONT_SIZES.0..=FONT_SIZES.1).contains(&points) => section.font_size = Some(points),
                _ => problems.push(bad(&path, value, format!("expected points, a number from {} to {}", FONT_SIZES.0, FONT_SIZES.1))),
            },
            _ => problems.push(unknown(entry, "report", &REPORT_KEYS)),
        }
    }
    section
}

fn text(node: &Node, path: &str, problems: &mut Vec<Problem>) -> Option<String> {
    match &node.content {
        Content::Scalar(Value::String(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        _ => {
            problems.push(bad(path, node, "expected a text"));
            None
        }
    }
}

/// One word of a choice.
fn word<T: DeserializeOwned>(node: &Node, path: &str, choices: &[Choice], problems: &mut Vec<Problem>) -> Option<T> {
    let words: Vec<&str> = choices.iter().map(|choice| choice.word).collect();
    match &node.content {
        Content::Scalar(Value::String(word)) => {
            let found = serde_json::from_value(Json::from(word.as_str())).ok();
            if found.is_none() {
                problems.push(bad(path, node, suggested(word, &words)));
            }
            found
        }
        _ => {
            problems.push(bad(path, node, suggestion("", &words)));
            None
        }
    }
}

/// The nearest word, and all that there are: few enough to read.
fn suggested(word: &str, words: &[&str]) -> String {
    let all = suggestion("", words);
    nearest(word, words.iter().copied()).map_or(all.clone(), |near| format!("did you mean `{near}`? {all}"))
}

/// A list of words, none twice.
fn words<T: DeserializeOwned + PartialEq>(node: &Node, path: &str, choices: &[Choice], problems: &mut Vec<Problem>) -> Option<Vec<T>> {
    let mut found: Vec<T> = Vec::new();
    for item in items(node, path, problems)? {
        match word(item, path, choices, problems) {
            Some(word) if found.contains(&word) => problems.push(bad(path, item, "it stands twice in the list")),
            word => found.extend(word),
        }
    }
    Some(found)
}

fn items<'a>(node: &'a Node, path: &str, problems: &mut Vec<Problem>) -> Option<&'a [Node]> {
    match &node.content {
        Content::Sequence(items) => Some(items),
        _ => {
            problems.push(bad(path, node, "expected a list of names"));
            None
        }
    }
}

fn metrics(node: &Node, path: &str, problems: &mut Vec<Problem>) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = Vec::new();
    for item in items(node, path, problems).unwrap_or_default() {
        let name = match &item.content {
            Content::Scalar(Value::String(name)) => name.as_str(),
            _ => "",
        };
        match METRICS.iter().find(|metric| metric.name == name) {
            Some(metric) if found.contains(&metric.name) => problems.push(bad(path, item, "it stands twice in the list")),
            Some(metric) => found.push(metric.name),
            None => problems.push(bad(path, item, suggestion(name, &METRICS.iter().map(|metric| metric.name).collect::<Vec<_>>()))),
        }
    }
    if found.is_empty() && matches!(&node.content, Content::Sequence(items) if items.is_empty()) {
        problems.push(bad(path, node, "expected a list of one or more metrics, such as `[mention_f1, concept_f1]`"));
    }
    found
}

/// `dropout.rate: {0.5: "with dropout"}` names values, `dropout.rate: "dropout"` the key; sections may be nested or dotted.
fn labels(node: &Node, prefix: &str, names: &Names, found: &mut Vec<KeyLabels>, problems: &mut Vec<Problem>) {
    let shown = if prefix.is_empty() { "report.labels".to_owned() } else { format!("report.labels.{prefix}") };
    for entry in entries(node, &shown, problems) {
        let path = join(prefix, &entry.key);
        if entry.key == "null" && keys::is_optional_section(prefix) {
            add(found, prefix).values.extend(label(&entry.value, &shown, problems).map(|label| (Json::Null, label)));
        } else if let Some(key) = keys::key(&path) {
            of_key(key, entry, names, found, problems);
        } else if keys::is_section(&path) {
            labels(&entry.value, &path, names, found, problems);
        } else {
            let near = nearest(&path, keys::KEYS.iter().map(|key| key.path)).filter(|_| entry.key.contains('.'));
            let hint = near.map(|near| format!("did you mean `{near}`?"));
            let known = unknown_key(&path, prefix, &entry.key, &entry.place);
            let fault = Fault::UnknownKey { path: format!("report.labels.{path}") };
            problems.push(Problem { fault, hint: hint.unwrap_or(known.hint), place: known.place });
        }
    }
}

fn of_key(key: &Key, entry: &Entry, names: &Names, found: &mut Vec<KeyLabels>, problems: &mut Vec<Problem>) {
    let path = format!("report.labels.{}", key.path);
    match &entry.value.content {
        Content::Mapping(values) => {
            for Entry { key: text, place, value } in values {
                let written = Node { place: place.clone(), content: Content::Scalar(plain(text)) };
                let json = written.to_json();
                let known = match key.kind {
                    ValueKind::Corpus => names.corpora.contains(text),
                    ValueKind::Embedding => names.embeddings.contains(text),
                    ValueKind::System => names.systems.contains(text) || ValueKind::OneOf(SystemKind::CHOICES).accepts(&json),
                    kind => kind.accepts(&json),
                };
                if !known {
                    let hint = format!("a label is written for a value of `{}`: expected {}", key.path, key.kind);
                    problems.push(bad(&path, &written, hint));
                }
                let of_value = label(value, &path, problems).map(|label| (json, label));
                add(found, key.path).values.extend(of_value);
            }
        }
        _ => {
            let name = label(&entry.value, &path, problems).filter(|name| !name.is_empty());
            let of_key = add(found, key.path);
            of_key.name = name.or(of_key.name.take());
        }
    }
}

fn add<'a>(found: &'a mut Vec<KeyLabels>, path: &str) -> &'a mut KeyLabels {
    let at = found.iter().position(|labels| labels.path == path).unwrap_or_else(|| {
        found.push(KeyLabels { path: path.to_owned(), name: None, values: Vec::new() });
        found.len() - 1
    });
    &mut found[at]
}

/// A text; an empty one leaves the value out of a row's name.
fn label(node: &Node, path: &str, problems: &mut Vec<Problem>) -> Option<String> {
    match &node.content {
        Content::Scalar(Value::String(text)) => Some(text.trim().to_owned()),
        _ => {
            problems.push(bad(
                path,
                node,
                "expected a label: a text for each value, as in `dropout.rate: {0.5: \"with dropout\"}`, or one for the key",
            ));
            None
        }
    }
}

/// What the section asks for and the runs cannot give: a label of a value that no run has, a figure over keys that do not differ.
pub fn held_against_runs(tree: &Node, section: &ReportSection, runs: &[&PlannedRun], labels_too: bool, problems: &mut Vec<Problem>) {
    let Some(node) = tree.get("report") else { return };
    let values: Vec<Json> = runs.iter().map(|run| run.spec.values()).collect();
    let of_key = |path: &str| {
        let mut found: Vec<&Json> = Vec::new();
        for value in values.iter().filter_map(|values| values.pointer(&pointer(path))) {
            if !found.iter().any(|known| same(known, value)) {
                found.push(value);
            }
        }
        found
    };
    for labels in section.labels.iter().filter(|_| labels_too) {
        let (there, shown) = (of_key(&labels.path), format!("report.labels.{}", labels.path));
        for (value, _) in labels.values.iter().filter(|(value, _)| !there.iter().any(|known| same(known, value))) {
            let text = |value: &Json| match value.as_f64() {
                Some(number) => number.to_string(),
                None => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            };
            let hint =
                format!("no run has it: `{}` is {}", labels.path, there.iter().map(|value| text(value)).collect::<Vec<_>>().join(", "));
            let place = place_of(node, &labels.path, &text(value)).unwrap_or(node);
            // A file that others extend may label more than one of them has.
            if place.place.source != tree.place.source {
                continue;
            }
            problems.push(Problem::new(Fault::BadValue { path: shown.clone(), found: text(value) }, &place.place, hint));
        }
    }
    let numeric = numeric_axes(runs.iter().map(|run| &run.spec));
    for (kind, needed) in [(FigureKind::Sweep, 1), (FigureKind::HeatMap, 2)] {
        if section.figures.as_ref().is_some_and(|figures| figures.contains(&kind)) && numeric.len() < needed {
            let (word, found) = (FigureKind::CHOICES[kind as usize].word, numeric.join(", "));
            let found = if found.is_empty() { "no numeric key".to_owned() } else { format!("only `{found}`") };
            let item = node.get("figures").and_then(|figures| match &figures.content {
                Content::Sequence(items) => items.iter().find(|item| item.to_json() == word),
                _ => None,
            });
            let keys = if needed == 1 { "a numeric key" } else { "two numeric keys" };
            problems.push(bad(
                "report.figures",
                item.unwrap_or(node),
                format!("it is drawn over {keys} in which runs differ; here {found} differs"),
            ));
        }
    }
}

/// Where the label of a value is written.
fn place_of<'a>(report: &'a Node, path: &str, value: &str) -> Option<&'a Node> {
    fn walk<'a>(node: &'a Node, rest: &str, value: &str) -> Option<&'a Node> {
        let Content::Mapping(entries) = &node.content else { return None };
        entries.iter().find_map(|entry| {
            if rest.is_empty() {
                return (entry.key == value).then_some(&entry.value);
            }
            let below = rest.strip_prefix(entry.key.as_str())?;
            walk(&entry.value, below.strip_prefix('.').unwrap_or(below), value)
        })
    }
    walk(report.get("labels")?, path, value)
}

/// The keys with numbers for values in which specifications differ, other than the seed and the threads, in the order of the list of keys.
pub fn numeric_axes<'a>(specs: impl Iterator<Item = &'a RunSpec>) -> Vec<&'static str> {
    let values: Vec<Json> = specs.map(RunSpec::values).collect();
    let differs = |key: &&Key| {
        let of_key: Vec<&Json> = values.iter().filter_map(|values| values.pointer(&pointer(key.path))).collect();
        of_key.iter().all(|value| value.is_number()) && of_key.iter().any(|value| !same(value, of_key[0]))
    };
    keys::KEYS.iter().filter(|key| !matches!(key.path, "seed" | "train.threads")).filter(differs).map(|key| key.path).collect()
}
