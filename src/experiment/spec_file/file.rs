//! Reading the file, what it extends and what it imports.

use super::check::check;
use super::expand::{Expansion, expand};
use super::merge::{empty, join, nested, open_dotted, overlay};
use super::problem::{Fault, Problem, SpecErrors, suggestion};
use super::source::{Location, Source};
use super::tree::{Content, Node, parse};
use super::{Experiment, Names, PlannedRun, own_corpora, own_embeddings, own_lexicons, report_section, search, sections};
use crate::experiment::claims_file::{OwnRuns, of_experiment};
use crate::run::custom_corpus::CustomCorpus;
use crate::run::custom_embedding::CustomEmbedding;
use crate::run::keys;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(in crate::experiment) const TOP: [&str; 18] = [
    "name",
    "title",
    "description",
    "extends",
    "imports",
    "defaults",
    "matrix",
    "search",
    "include",
    "exclude",
    "runs",
    "seeds",
    "report",
    "claims",
    "drift",
    "corpora",
    "embeddings",
    "lexicons",
];
/// Keys of a base that say what that file is, not what its runs are.
const OWN: [&str; 6] = ["name", "title", "description", "extends", "claims", "drift"];
const MAX_BYTES: u64 = 1 << 20;
const MAX_FILES: usize = 200;

pub(super) struct Reader<'a> {
    names: &'a Names,
    /// `--set` arguments, merged into one tree of the specification, and the one for `seeds`.
    overrides: Option<Node>,
    seeds: Option<Node>,
    /// The one for `search`.
    search: Option<Node>,
    /// Corpora that arguments define.
    given: BTreeMap<String, CustomCorpus>,
    /// Vectors that arguments define.
    given_embeddings: BTreeMap<String, CustomEmbedding>,
    problems: Vec<Problem>,
    /// Files being read, from the first one inwards: a file that is its own ancestor never ends.
    chain: Vec<PathBuf>,
    files: usize,
}

impl<'a> Reader<'a> {
    pub fn new(names: &'a Names, overrides: &[String]) -> Self {
        let (given, given_embeddings, problems) = Default::default();
        let mut reader =
            Self { names, overrides: None, seeds: None, search: None, given, given_embeddings, problems, chain: Vec::new(), files: 0 };
        for argument in overrides {
            reader.take_override(argument);
        }
        if let Some(tree) = &mut reader.overrides {
            own_corpora::lift_from_run(tree, &names.corpora, &mut reader.given, &mut reader.problems);
            own_embeddings::lift_from_run(tree, &names.embeddings, &mut reader.given_embeddings, &mut reader.problems);
        }
        reader
    }

    pub fn load(mut self, path: &Path) -> Result<Experiment, SpecErrors> {
        let experiment = self.experiment(path, None);
        let mut problems: Vec<Problem> = Vec::new();
        for problem in self.problems {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        match experiment {
            Some(experiment) if problems.is_empty() => Ok(experiment),
            _ => Err(SpecErrors(problems)),
        }
    }

    fn take_override(&mut self, argument: &str) {
        let source = Arc::new(Source { name: format!("--set {argument}"), text: argument.to_owned(), argument: true });
        let place = |column: usize, length: usize| Location { source: source.clone(), line: 1, column, length: length.max(1) };
        let whole = place(1, argument.chars().count());
        let Some((key, text)) = argument.split_once('=') else {
            let what = format!("`--set {argument}` has no value");
            return self.problems.push(Problem::new(Fault::Shape { what }, &whole, "expected KEY=VALUE, as in `--set train.epochs=3`"));
        };
        let width = key.chars().count();
        let key_place = place(1, width);
        if text.trim().is_empty() {
            let what = format!("`--set {argument}` has nothing after the `=`");
            let hint = format!("write the value, or `null` where no value is meant: `--set {key}=null`");
            return self.problems.push(Problem::new(Fault::Shape { what }, &whole, hint));
        }
        let of_search = key.strip_prefix("search.").filter(|rest| search::KEYS[..2].contains(rest));
        if key != "seeds" && of_search.is_none() && keys::key(key).is_none() && !keys::is_optional_section(key) {
            let known: Vec<&str> = keys::KEYS.iter().map(|key| key.path).chain(["seeds", "search.samples", "search.seed"]).collect();
            let hint = if keys::is_section(key) {
                format!("`{key}` is a section: set one of its keys, such as `{}`", join(key, keys::names_under(key).first().unwrap_or(&"")))
            } else {
                super::problem::nearest(key, known)
                    .map_or("`mermen schema --keys` lists all keys".into(), |near| format!("did you mean `{near}`?"))
            };
            return self.problems.push(Problem::new(Fault::UnknownKey { path: key.to_owned() }, &key_place, hint));
        }
        // Leading blanks put the value's places where they are in the argument.
        let Some(value) = parse(&format!("{}{text}", " ".repeat(width + 1)), &source, &mut self.problems) else { return };
        if key == "seeds" {
            self.seeds = Some(value);
        } else if let Some(rest) = of_search {
            let tree = nested(rest, &key_place, value);
            self.search = Some(match self.search.take() {
                Some(earlier) => overlay(earlier, tree),
                None => tree,
            });
        } else {
            let tree = nested(key, &key_place, open_dotted(value, key, &mut self.problems));
            self.overrides = Some(match self.overrides.take() {
                Some(earlier) => overlay(earlier, tree),
                None => tree,
            });
        }
    }

    fn experiment(&mut self, path: &Path, from: Option<&Location>) -> Option<Experiment> {
        let known_problems = self.problems.len();
        let canonical = self.enter(path, from)?;
        let tree = self.tree(path, from);
        let experiment = tree.and_then(|tree| self.build(path, tree, known_problems));
        self.chain.retain(|file| *file != canonical);
        experiment
    }

    /// Notes that a file is being read; a problem if it already is.
    fn enter(&mut self, path: &Path, from: Option<&Location>) -> Option<PathBuf> {
        let canonical = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        self.files += 1;
        if self.chain.contains(&canonical) || self.files > MAX_FILES {
            let (what, hint) = if self.files > MAX_FILES {
                (format!("more than {MAX_FILES} files are extended and imported"), "import fewer")
            } else {
                (format!("{} leads back to itself", path.display()), "a file may not extend or import one that leads back to it")
            };
            self.problems.push(match from {
                Some(place) => Problem::new(Fault::Shape { what }, place, hint),
                None => Problem::unplaced(Fault::Shape { what }, hint),
            });
            return None;
        }
        self.chain.push(canonical.clone());
        Some(canonical)
    }

    /// The file's tree laid over that of the file it extends, dotted keys opened.
    fn tree(&mut self, path: &Path, from: Option<&Location>) -> Option<Node> {
        let text = match read_text(path) {
            Ok(text) => text,
            Err(why) => {
                let fault = Fault::Unreadable { file: path.display().to_string(), why };
                self.problems.push(match from {
                    Some(place) => Problem::new(fault, place, "a path is relative to the file that names it"),
                    None => Problem::unplaced(fault, ""),
                });
                return None;
            }
        };
        let source = Arc::new(Source { name: path.display().to_string(), text, argument: false });
        let node = parse(&source.text, &source, &mut self.problems)?;
        let Content::Mapping(mut entries) = node.content else {
            let what =
                format!("an experiment file holds a mapping, this one {}", if node.is_null() { "nothing".into() } else { node.describe() });
            self.problems.push(Problem::new(Fault::Shape { what }, &node.place, format!("expected keys such as `{}`", TOP[5])));
            return None;
        };
        entries.retain(|entry| {
            let known = TOP.contains(&entry.key.as_str());
            if !known {
                let as_spec_key = keys::names_under("").iter().any(|name| entry.key == *name || entry.key.starts_with(&format!("{name}.")));
                let hint = if as_spec_key {
                    format!("write it under `defaults`: `defaults: {{{}: ...}}`", entry.key)
                } else {
                    suggestion(&entry.key, &TOP)
                };
                self.problems.push(Problem::new(Fault::UnknownKey { path: entry.key.clone() }, &entry.place, hint));
            }
            known
        });
        for entry in &mut entries {
            let value = std::mem::replace(&mut entry.value, empty(&entry.place));
            entry.value = self.open(&entry.key, value);
        }
        let node = Node { place: node.place, content: Content::Mapping(entries) };
        match node.get("extends").cloned() {
            None => Some(node),
            Some(extends) => self.extend(node, &extends),
        }
    }

    fn extend(&mut self, node: Node, extends: &Node) -> Option<Node> {
        let base_path = sections::path_in_file(extends, "extends", &mut self.problems)?;
        // An import enters its file before its tree is read; a base is entered here.
        let canonical = self.enter(&base_path, Some(&extends.place))?;
        let base = self.tree(&base_path, Some(&extends.place));
        self.chain.retain(|file| *file != canonical);
        let mut base = base?;
        if let (Some(below), Some(above)) = (base.get_mut("search"), node.get("search")) {
            search::drop_replaced(below, above);
        }
        if let Content::Mapping(entries) = &mut base.content {
            entries.retain(|entry| !OWN.contains(&entry.key.as_str()));
        }
        Some(overlay(base, node))
    }

    /// Opens dotted keys where a tree of the specification stands.
    fn open(&mut self, top: &str, node: Node) -> Node {
        let problems = &mut self.problems;
        match (top, node.content) {
            ("defaults" | "matrix", content) => open_dotted(Node { place: node.place, content }, "", problems),
            ("search", Content::Mapping(mut entries)) => {
                for entry in &mut entries {
                    let value = std::mem::replace(&mut entry.value, empty(&entry.place));
                    entry.value = match (entry.key.as_str(), value.content) {
                        ("space", content) => open_dotted(Node { place: value.place, content }, "", problems),
                        ("settings", Content::Sequence(items)) => {
                            let items = items.into_iter().map(|item| open_dotted(item, "", problems)).collect();
                            Node { place: value.place, content: Content::Sequence(items) }
                        }
                        (_, content) => Node { place: value.place, content },
                    };
                }
                Node { place: node.place, content: Content::Mapping(entries) }
            }
            ("include" | "exclude", Content::Sequence(items)) => {
                let items = items.into_iter().map(|item| open_dotted(item, "", problems)).collect();
                Node { place: node.place, content: Content::Sequence(items) }
            }
            ("runs", Content::Sequence(mut items)) => {
                for item in &mut items {
                    if let Content::Mapping(entries) = &mut item.content {
                        for entry in entries.iter_mut().filter(|entry| entry.key == "set") {
                            let value = std::mem::replace(&mut entry.value, empty(&entry.place));
                            entry.value = open_dotted(value, "", problems);
                        }
                    }
                }
                Node { place: node.place, content: Content::Sequence(items) }
            }
            (_, content) => Node { place: node.place, content },
        }
    }

    fn build(&mut self, path: &Path, mut tree: Node, known_problems: usize) -> Option<Experiment> {
        let problems = &mut self.problems;
        let mut corpora = own_corpora::listed(&tree, &self.names.corpora, problems);
        corpora.extend(self.given.clone());
        own_corpora::lift(&mut tree, &self.names.corpora, &mut corpora, problems);
        let mut embeddings = own_embeddings::listed(&tree, &self.names.embeddings, problems);
        embeddings.extend(self.given_embeddings.clone());
        own_embeddings::lift(&mut tree, &self.names.embeddings, &mut embeddings, problems);
        let lexicons = own_lexicons::listed(&tree, &self.names.lexicons, problems);
        if let Some(given) = &self.search {
            match tree.get_mut("search") {
                Some(section) => *section = overlay(std::mem::replace(section, empty(&given.place)), given.clone()),
                None => {
                    let what = "the experiment has no `search`".to_owned();
                    problems.push(Problem::new(
                        Fault::Shape { what },
                        &given.place,
                        "leave the argument out, or add a `search` to the file",
                    ));
                }
            }
        }
        let tree = &tree;
        let name = sections::name(tree, path, problems);
        let title = sections::text(tree, "title", problems);
        let description = sections::text(tree, "description", problems);
        let mut names = self.names.clone();
        names.corpora.extend(corpora.keys().cloned());
        names.lexicons.extend(lexicons.keys().cloned());
        names.embeddings.extend(embeddings.keys().cloned());
        let report = report_section::report(tree, &names, problems);
        let baseline = sections::baseline(tree, problems);
        if let Some(overrides) = &self.overrides {
            check(overrides, "", &names, problems);
        }
        let imported = sections::imports(tree, problems);
        let mut imports = Vec::new();
        for (file, place) in &imported {
            imports.extend(self.experiment(file, Some(place)));
        }
        let had_problems = self.problems.len() > known_problems;
        let drawn = search::read(tree, &names, had_problems, &mut self.problems);
        let expansion = Expansion {
            tree,
            names: &names,
            corpora: &corpora,
            overrides: self.overrides.as_ref(),
            seeds: self.seeds.as_ref().or(tree.get("seeds")),
            search: drawn.as_ref(),
            has_imports: !imported.is_empty(),
            had_problems: self.problems.len() > known_problems,
        };
        let runs = expand(&expansion, &mut self.problems);
        let mut claims = None;
        if self.problems.len() == known_problems {
            let all: Vec<&PlannedRun> = runs.iter().chain(imports.iter().flat_map(Experiment::all_runs)).collect();
            // An argument may take from the runs what the file has a label for.
            let labels_too = self.overrides.is_none();
            report_section::held_against_runs(tree, &report, &all, labels_too, &mut self.problems);
            claims = tree.get("claims").and_then(|node| of_experiment(node, OwnRuns { runs: all }, &mut self.problems));
        }
        if self.problems.len() > known_problems {
            return None;
        }
        let search = drawn.map(|drawn| drawn.search);
        Some(Experiment { name: name?, title, description, runs, search, report, claims, baseline, corpora, embeddings, lexicons, imports })
    }
}

/// The text of an experiment file; `Err` says why not.
fn read_text(path: &Path) -> Result<String, String> {
    let facts = std::fs::metadata(path).map_err(|error| plain_reason(&error))?;
    if !facts.is_file() {
        return Err("it is not a file; expected an experiment file such as experiments/quickstart.yaml".into());
    }
    if facts.len() > MAX_BYTES {
        return Err(format!("it has {} bytes; an experiment file has at most {MAX_BYTES}", facts.len()));
    }
    let bytes = std::fs::read(path).map_err(|error| plain_reason(&error))?;
    let text =
        String::from_utf8(bytes).map_err(|error| format!("not UTF-8 at byte {}; save it as UTF-8", error.utf8_error().valid_up_to()))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The reason without the operating system's number.
fn plain_reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".into(),
        std::io::ErrorKind::PermissionDenied => "reading it is not allowed".into(),
        _ => error.to_string(),
    }
}
