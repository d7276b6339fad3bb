//! Defaults, matrix, include, exclude, runs and seeds to the list of runs.

use super::check::{check, check_section, unknown_key};
use super::merge::{empty, join, nested, overlay};
use super::problem::{Fault, Problem};
use super::search::{Drawn, overlap};
use super::sections::{bad, unknown};
use super::source::Location;
use super::tree::{Content, Entry, Node};
use super::{Names, PlannedRun};
use crate::run::custom_corpus::CustomCorpus;
use crate::run::keys;
use crate::run::relevance::{conflicts, inactive_keys, normalised, pointer, value_text};
use crate::run::spec::{RunSpec, SpecError};
use serde_json::Value as Json;
use serde_yaml::Value;
use std::collections::BTreeMap;

/// Runs that one experiment may ask for.
pub const MAX_RUNS: usize = 10_000;

/// What runs are made from.
pub struct Expansion<'a> {
    /// The experiment's tree, dotted keys opened.
    pub tree: &'a Node,
    pub names: &'a Names,
    /// The corpora that the file defines.
    pub corpora: &'a BTreeMap<String, CustomCorpus>,
    pub overrides: Option<&'a Node>,
    pub seeds: Option<&'a Node>,
    /// Settings that the matrix is crossed with.
    pub search: Option<&'a Drawn>,
    pub has_imports: bool,
    /// Something is wrong already: check what there is, but make no runs.
    pub had_problems: bool,
}

/// One axis of the matrix.
struct Axis {
    path: String,
    place: Location,
    values: Vec<Node>,
}

/// A run before its seed: the tree over the defaults, and how it is labelled.
struct Combination {
    labels: Vec<Label>,
    tree: Node,
}

#[derive(Clone)]
enum Label {
    /// The value under this path.
    Key(String),
    Text(String),
    /// A setting of the search, by its number.
    Setting(usize),
}

pub fn expand(expansion: &Expansion, problems: &mut Vec<Problem>) -> Vec<PlannedRun> {
    let before = problems.len();
    let base = match expansion.tree.get("defaults") {
        Some(defaults) => {
            check_section(defaults, "", expansion.names, problems);
            if defaults.is_null() { empty(&defaults.place) } else { defaults.clone() }
        }
        None => empty(&expansion.tree.place),
    };
    let mut axes = Vec::new();
    if let Some(matrix) = expansion.tree.get("matrix") {
        collect_axes(matrix, "", expansion.names, &mut axes, problems);
    }
    let included = listed_trees(expansion.tree, "include", expansion.names, problems);
    let excluded = listed_trees(expansion.tree, "exclude", expansion.names, problems);
    let listed = listed_runs(expansion, problems);
    let seeds = seeds(expansion.seeds, problems);
    if let (Some(runs), Some(matrix)) = (expansion.tree.get("runs"), expansion.tree.get("matrix")) {
        let what = "`runs` and `matrix` both say what the runs are".into();
        problems.push(Problem::new(Fault::Shape { what }, &runs.place, format!("keep one of them; the matrix is at {}", matrix.place)));
    }
    if let Some(drawn) = expansion.search {
        search_beside_others(drawn, &axes, expansion.tree, problems);
    }
    if problems.len() > before || expansion.had_problems {
        return Vec::new();
    }

    let settings = expansion.search.map_or(1, |drawn| drawn.trees.len());
    let count = axes.iter().try_fold(settings, |product, axis| product.checked_mul(axis.values.len()));
    let per_seed = count.and_then(|count| count.checked_add(included.len() + listed.len()));
    let runs = per_seed.and_then(|runs| runs.checked_mul(seeds.as_ref().map_or(1, Vec::len)));
    if runs.is_none_or(|runs| runs > MAX_RUNS) {
        let place = axes.first().map_or(&expansion.tree.place, |axis| &axis.place);
        let what = format!("the experiment asks for more than {MAX_RUNS} runs");
        problems.push(Problem::new(Fault::Shape { what }, place, "shorten the lists of the matrix, the seeds or the search"));
        return Vec::new();
    }

    let mut combinations = Vec::new();
    if !axes.is_empty() || expansion.search.is_some() {
        combinations = product(&axes, &base);
        if let Some(drawn) = expansion.search {
            combinations = crossed(combinations, drawn);
        }
        exclude(&mut combinations, &excluded, problems);
    } else if let Some((_, place)) = excluded.first() {
        let what = "`exclude` without a matrix to exclude from".to_owned();
        problems.push(Problem::new(Fault::Shape { what }, place, "remove it, or add a `matrix`"));
    }
    let over_base = |labels: Vec<Label>, tree: &Node| Combination { labels, tree: overlay(base.clone(), tree.clone()) };
    combinations
        .extend(included.iter().map(|(tree, _)| over_base(leaves(tree).into_iter().map(|(path, _)| Label::Key(path)).collect(), tree)));
    combinations.extend(listed.iter().map(|(label, tree)| over_base(vec![Label::Text(label.clone())], tree)));
    if combinations.is_empty() && axes.is_empty() && expansion.search.is_none() && !expansion.has_imports {
        combinations.push(Combination { labels: Vec::new(), tree: base });
    }
    resolve(expansion, combinations, seeds.as_deref(), problems)
}

/// What says which runs there are says it once: a key is in the matrix or in the space, and a list of runs is not searched.
fn search_beside_others(drawn: &Drawn, axes: &[Axis], tree: &Node, problems: &mut Vec<Problem>) {
    for (path, place) in &drawn.keys {
        if let Some(axis) = axes.iter().find(|axis| overlap(&axis.path, path)) {
            let what = format!("`{path}` is drawn by the search, and `{}` is in the matrix too", axis.path);
            problems.push(Problem::new(Fault::Shape { what }, place, format!("keep one of them; the matrix has it at {}", axis.place)));
        }
    }
    if let Some(runs) = tree.get("runs") {
        let what = "`runs` and `search` both say what the runs are".to_owned();
        let hint = format!("keep one of them: the search is at {}; a `matrix` or `include` goes with it", drawn.place);
        problems.push(Problem::new(Fault::Shape { what }, &runs.place, hint));
    }
}

/// Each combination with each setting of the search, the setting fastest.
fn crossed(combinations: Vec<Combination>, drawn: &Drawn) -> Vec<Combination> {
    let with_settings = |Combination { labels, tree }: Combination| {
        drawn.trees.iter().enumerate().map(move |(i, setting)| Combination {
            labels: labels.iter().cloned().chain([Label::Setting(i + 1)]).collect(),
            tree: overlay(tree.clone(), setting.clone()),
        })
    };
    combinations.into_iter().flat_map(with_settings).collect()
}

/// A list under a known path is an axis; a mapping leads on to axes below it.
fn collect_axes(node: &Node, prefix: &str, names: &Names, axes: &mut Vec<Axis>, problems: &mut Vec<Problem>) {
    let Content::Mapping(entries) = &node.content else {
        return problems.push(bad("matrix", node, "expected a mapping of keys to lists, as in `model.crf: [false, true]`"));
    };
    for Entry { key, place, value } in entries {
        let path = join(prefix, key);
        let section = keys::is_section(&path);
        match &value.content {
            _ if !section && keys::key(&path).is_none() => problems.push(unknown_key(&path, prefix, key, place)),
            Content::Mapping(_) if section => collect_axes(value, &path, names, axes, problems),
            Content::Sequence(values) if !values.is_empty() => {
                for (i, item) in values.iter().enumerate() {
                    check(item, &path, names, problems);
                    if values[..i].iter().any(|earlier| same(&earlier.to_json(), &item.to_json())) {
                        problems.push(bad(&path, item, "it stands twice in the list"));
                    }
                }
                axes.push(Axis { path, place: place.clone(), values: values.clone() });
            }
            _ => problems.push(bad(&path, value, format!("expected a list of values, as in `{path}: [...]`"))),
        }
    }
}

/// The trees of `include` or `exclude`, each with its place.
fn listed_trees(tree: &Node, key: &str, names: &Names, problems: &mut Vec<Problem>) -> Vec<(Node, Location)> {
    let Some(node) = tree.get(key) else { return Vec::new() };
    let Content::Sequence(items) = &node.content else {
        problems.push(bad(key, node, format!("expected a list of mappings, as in `{key}: [{{model.crf: true}}]`")));
        return Vec::new();
    };
    for item in items {
        match &item.content {
            Content::Mapping(entries) if !entries.is_empty() => check_section(item, "", names, problems),
            _ => problems.push(bad(key, item, "expected a mapping of keys to values")),
        }
    }
    items.iter().map(|item| (item.clone(), item.place.clone())).collect()
}

/// The label and tree of each item of `runs`.
fn listed_runs(expansion: &Expansion, problems: &mut Vec<Problem>) -> Vec<(String, Node)> {
    let Some(node) = expansion.tree.get("runs") else { return Vec::new() };
    let Content::Sequence(items) = &node.content else {
        problems.push(bad("runs", node, "expected a list, as in `runs: [{label: one, set: {model.crf: true}}]`"));
        return Vec::new();
    };
    let mut found: Vec<(String, Node)> = Vec::new();
    for item in items {
        let Content::Mapping(entries) = &item.content else {
            problems.push(bad("runs", item, "expected a mapping with `label` and `set`"));
            continue;
        };
        for entry in entries.iter().filter(|entry| entry.key != "label" && entry.key != "set") {
            problems.push(unknown(entry, "runs", &["label", "set"]));
        }
        let tree = item.get("set").cloned().unwrap_or_else(|| empty(&item.place));
        check_section(&tree, "", expansion.names, problems);
        match item.get("label").map(|label| (&label.content, &label.place)) {
            Some((Content::Scalar(Value::String(label)), place)) => {
                if found.iter().any(|(earlier, _)| earlier == label) {
                    problems.push(Problem::new(
                        Fault::GivenTwice { path: format!("runs.label: {label}") },
                        place,
                        "each run has a label of its own",
                    ));
                }
                found.push((label.clone(), tree));
            }
            Some((_, place)) => {
                let fault = Fault::BadValue { path: "runs.label".into(), found: "no text".into() };
                problems.push(Problem::new(fault, place, "expected a text"));
            }
            None => problems.push(Problem::new(Fault::MissingKey { path: "runs.label".into() }, &item.place, "each run has a label")),
        }
    }
    found
}

fn seeds(node: Option<&Node>, problems: &mut Vec<Problem>) -> Option<Vec<(u64, Location)>> {
    let node = node?;
    let hint = "expected a list of whole numbers, none twice, as in `seeds: [1, 2, 3]`";
    let Content::Sequence(items) = &node.content else {
        problems.push(bad("seeds", node, hint));
        return None;
    };
    let mut found: Vec<(u64, Location)> = Vec::new();
    for item in items {
        match &item.content {
            Content::Scalar(value) if value.as_u64().is_some_and(|seed| found.iter().all(|(earlier, _)| *earlier != seed)) => {
                found.extend(value.as_u64().map(|seed| (seed, item.place.clone())));
            }
            _ => problems.push(bad("seeds", item, hint)),
        }
    }
    if items.is_empty() {
        problems.push(bad("seeds", node, hint));
    }
    Some(found)
}

/// Every combination, the first axis slowest.
fn product(axes: &[Axis], base: &Node) -> Vec<Combination> {
    let labels: Vec<Label> = axes.iter().map(|axis| Label::Key(axis.path.clone())).collect();
    axes.iter()
        .fold(vec![base.clone()], |trees, axis| {
            let with = |tree: &Node| {
                let tree = tree.clone();
                axis.values
                    .iter()
                    .map(move |value| overlay(tree.clone(), nested(&axis.path, &axis.place, value.clone())))
                    .collect::<Vec<_>>()
            };
            trees.iter().flat_map(with).collect()
        })
        .into_iter()
        .map(|tree| Combination { labels: labels.clone(), tree })
        .collect()
}

fn exclude(combinations: &mut Vec<Combination>, excluded: &[(Node, Location)], problems: &mut Vec<Problem>) {
    let mut resolved: Vec<Json> = combinations.iter().map(|combination| resolved_json(&combination.tree)).collect();
    for (tree, place) in excluded {
        let wanted: Vec<(String, Json)> = leaves(tree).into_iter().map(|(path, node)| (path, node.to_json())).collect();
        let matches = |json: &Json| wanted.iter().all(|(path, value)| json.pointer(&pointer(path)).is_some_and(|found| same(found, value)));
        let keep: Vec<bool> = resolved.iter().map(|json| !matches(json)).collect();
        if keep.iter().all(|keep| *keep) {
            let what = "this `exclude` matches no combination of the matrix".to_owned();
            problems.push(Problem::new(Fault::Shape { what }, place, "check its values, or remove it"));
        }
        let mut kept = keep.iter();
        combinations.retain(|_| *kept.next().unwrap_or(&true));
        let mut kept = keep.iter();
        resolved.retain(|_| *kept.next().unwrap_or(&true));
    }
}

/// The whole specification, defaults filled in.
fn resolved_json(tree: &Node) -> Json {
    spec_of(tree).map_or(Json::Null, |spec| spec.values())
}

/// The defaults with a tree laid over them.
fn spec_of(tree: &Node) -> Result<RunSpec, SpecError> {
    let mut values = RunSpec::default().values();
    lay_over(&mut values, tree.to_json());
    RunSpec::from_values(values)
}

/// Mappings are joined key by key; anything else replaces.
fn lay_over(values: &mut Json, over: Json) {
    match (values, over) {
        (Json::Object(map), Json::Object(above)) => {
            for (key, value) in above {
                lay_over(map.entry(key).or_insert(Json::Null), value);
            }
        }
        (values, over) => *values = over,
    }
}

/// Equal, where 1 and 1.0 are one number.
pub fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(x), Json::Number(y)) => x == y || (x.as_f64() == y.as_f64() && (x.is_f64() || y.is_f64())),
        (Json::Object(x), Json::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(key, value)| y.get(key).is_some_and(|other| same(value, other)))
        }
        (Json::Array(x), Json::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        _ => a == b,
    }
}

/// Keys of the specification that a tree sets, with their values; an optional section set to null counts as one.
pub fn leaves(tree: &Node) -> Vec<(String, &Node)> {
    fn walk<'a>(node: &'a Node, prefix: &str, out: &mut Vec<(String, &'a Node)>) {
        match &node.content {
            Content::Mapping(entries) => entries.iter().for_each(|entry| walk(&entry.value, &join(prefix, &entry.key), out)),
            _ => out.push((prefix.to_owned(), node)),
        }
    }
    let mut out = Vec::new();
    walk(tree, "", &mut out);
    out
}

fn resolve(
    expansion: &Expansion,
    combinations: Vec<Combination>,
    seeds: Option<&[(u64, Location)]>,
    problems: &mut Vec<Problem>,
) -> Vec<PlannedRun> {
    let mut runs = Vec::new();
    let mut written = Vec::new();
    for Combination { labels, tree } in combinations {
        let tree = match expansion.overrides {
            Some(overrides) => overlay(tree, overrides.clone()),
            None => tree,
        };
        let tree = with_types_of_corpus(tree, expansion.corpora);
        if let (Some(seed), Some(_)) = (tree.find("seed"), seeds) {
            let what = "`seed` is set, and `seeds` too".to_owned();
            problems.push(Problem::new(Fault::Shape { what }, &seed.place, "keep `seeds` (on the command line: `--set seeds=[1]`)"));
            continue;
        }
        let spec = match spec_of(&tree) {
            Ok(spec) => spec,
            Err(error) => {
                problems.push(Problem::new(Fault::Shape { what: "not a specification of a run".into() }, &tree.place, error.to_string()));
                continue;
            }
        };
        note_effects(expansion, &tree, &spec, &mut written);
        let normal = normalised(&spec);
        for conflict in conflicts(&normal) {
            let place = [conflict.path, conflict.other].iter().find_map(|path| tree.find(path)).map_or(&tree.place, |node| &node.place);
            let fault = Fault::Impossible {
                path: conflict.path.into(),
                value: value_text(&normal, conflict.path),
                other: conflict.other.into(),
                other_value: value_text(&normal, conflict.other),
            };
            problems.push(Problem::new(fault, place, conflict.fix));
        }
        let label = |label: &Label| match label {
            Label::Key(path) => (path.clone(), value_text(&spec, path)),
            Label::Text(text) => ("label".to_owned(), text.clone()),
            Label::Setting(number) => ("setting".to_owned(), number.to_string()),
        };
        let labels: Vec<(String, String)> = labels.iter().map(label).collect();
        match seeds {
            None => runs.push(PlannedRun { labels, spec: normal }),
            Some(seeds) => {
                runs.extend(
                    seeds.iter().map(|(seed, _)| PlannedRun {
                        labels: labels.clone(),
                        spec: normalised(&RunSpec { seed: *seed, ..normal.clone() }),
                    }),
                );
            }
        }
    }
    problems.extend(
        written
            .into_iter()
            .filter(|value| !value.used)
            .map(|value| Problem::new(Fault::NoEffect { path: value.path, value: value.text }, &value.place, value.because)),
    );
    runs
}

/// A corpus that the file defines says which types its runs recognise, where they do not.
fn with_types_of_corpus(tree: Node, corpora: &BTreeMap<String, CustomCorpus>) -> Node {
    const TYPES: &str = "data.entity_types";
    let Some(named) = tree.find("data.corpus").filter(|_| tree.find(TYPES).is_none()) else { return tree };
    let Content::Scalar(Value::String(name)) = &named.content else { return tree };
    let Some(corpus) = corpora.get(name) else { return tree };
    let place = named.place.clone();
    let item = |name: &String| Node { place: place.clone(), content: Content::Scalar(Value::String(name.clone())) };
    let types = Node { place: place.clone(), content: Content::Sequence(corpus.entity_types.iter().map(item).collect()) };
    overlay(tree, nested(TYPES, &place, types))
}

/// A value that the user wrote, and whether any run makes use of it.
struct Written {
    path: String,
    text: String,
    place: Location,
    used: bool,
    because: &'static str,
}

/// Notes for each value of the file itself (or, with `--set`, of the arguments) whether this run makes use of it. A value
/// equal to the default is never worth a complaint, nor is one that comes from an extended file.
fn note_effects(expansion: &Expansion, tree: &Node, spec: &RunSpec, written: &mut Vec<Written>) {
    let own = &expansion.tree.place.source;
    let (inactive, default) = (inactive_keys(spec), RunSpec::default());
    for (path, node) in leaves(tree) {
        let worth = if expansion.overrides.is_some() { node.place.source.argument } else { node.place.source == *own };
        let text = value_text(spec, &path);
        if !worth || text == value_text(&default, &path) {
            continue;
        }
        let reason = inactive.iter().find(|key| path == key.path);
        let used = reason.is_none();
        match written.iter_mut().find(|known| known.place == node.place && known.path == path) {
            Some(known) => known.used |= used,
            None => written.push(Written { path, text, place: node.place.clone(), used, because: reason.map_or("", |key| key.because) }),
        }
    }
}
