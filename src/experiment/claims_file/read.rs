//! YAML to claims. Every fault is collected with its place, so that one reading shows all that is wrong.

use super::fields::hint;
use super::{Across, Change, Claim, ClaimKind, ClaimsFile, Measure, Reading, Systems};
use crate::corpus::OovSubset;
use crate::experiment::spec_file::tree::{self, Content, Entry, Node};
use crate::experiment::spec_file::{Fault, PlannedRun, Problem, Source, SpecErrors};
use crate::run::keys;
use crate::run::relevance::pointer;
use crate::run::spec::{Encoder, Framework, RunSpec, Schedule, Task};
use serde_yaml::Value;
use std::path::Path;
use std::sync::Arc;

const CLAIM_KEYS: [&str; 21] = [
    "id", "place", "phrase", "says", "kind", "every", "measure", "margin", "by", "larger", "smaller", "fact", "above", "corpora", "tasks",
    "subsets", "first", "second", "across", "ignoring", "changed",
];
const SYSTEM_KEYS: [&str; 9] = ["label", "framework", "encoder", "char_cnn", "crf", "embedding", "dropout", "schedule", "with"];
const ACROSS_KEYS: [&str; 4] = ["framework", "char_cnn", "crf", "embedding"];
const FRAMEWORKS: [(&str, Framework); 5] = [
    ("pipeline", Framework::Pipeline),
    ("mtl", Framework::Mtl),
    ("mtl-men-feedback", Framework::MtlMenFeedback),
    ("mtl-mer-feedback", Framework::MtlMerFeedback),
    ("mtl-both-feedback", Framework::MtlBothFeedback),
];
const SCHEDULES: [(&str, Schedule); 2] = [("synchronous", Schedule::Synchronous), ("asynchronous", Schedule::Asynchronous)];
const KINDS: [&str; 7] = ["higher", "lower", "equal", "at-most", "exceeds", "larger-gain", "counted"];

/// Reads a claims file.
///
/// # Errors
/// Everything that is wrong with it: each with file, line and column, what was found and what was expected.
pub fn read(path: &Path) -> Result<ClaimsFile, SpecErrors> {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&name, &text),
        Err(error) => {
            let fault = Fault::Unreadable { file: name, why: error.to_string() };
            let hint = "name the file that states the claims, as in `--claims experiments/claims.yaml`".into();
            Err(SpecErrors(vec![Problem { fault, place: None, hint }]))
        }
    }
}

/// The same for a text; `name` is what errors call it.
pub fn parse(name: &str, text: &str) -> Result<ClaimsFile, SpecErrors> {
    let source = Arc::new(Source { name: name.to_owned(), text: text.to_owned(), argument: false });
    let mut problems = Vec::new();
    let root = tree::parse(text, &source, &mut problems);
    let mut reader = Reader { problems, own: None };
    let folder = Path::new(name).parent().unwrap_or(Path::new(""));
    let readings = root.as_ref().map(|root| reader.readings(root, folder)).unwrap_or_default();
    let claims = root.map(|root| reader.file(&root)).unwrap_or_default();
    if reader.problems.is_empty() { Ok(ClaimsFile { readings, claims }) } else { Err(SpecErrors(reader.problems)) }
}

/// What an experiment's own claims may leave out or name.
pub struct OwnRuns<'a> {
    pub runs: Vec<&'a PlannedRun>,
}

impl OwnRuns<'_> {
    fn corpora(&self) -> Vec<String> {
        let mut corpora: Vec<String> = Vec::new();
        for run in &self.runs {
            if !corpora.contains(&run.spec.data.corpus) {
                corpora.push(run.spec.data.corpus.clone());
            }
        }
        corpora
    }

    /// The keys in which the runs differ, but for those that every system names and the seed.
    fn differing(&self) -> Vec<&'static str> {
        let values: Vec<serde_json::Value> = self.runs.iter().map(|run| run.spec.values()).collect();
        let differs = |path: &&str| {
            let mut of = values.iter().filter_map(|values| values.pointer(&pointer(path)));
            let first = of.next();
            of.any(|value| Some(value) != first)
        };
        const NAMED: [&str; 7] =
            ["seed", "train.threads", "data.corpus", "model.framework", "model.encoder", "model.crf", "embedding.name"];
        keys::KEYS.iter().map(|key| key.path).filter(|path| !NAMED.contains(path)).filter(differs).collect()
    }
}

/// The claims of an experiment: a file's name, a list of claims, or what a claims file holds. Location and phrase may be left out; a claim that names no
/// corpus is about those of the experiment; a system may be named by the label of a run.
pub(in crate::experiment) fn of_experiment(node: &Node, own: OwnRuns, problems: &mut Vec<Problem>) -> Option<ClaimsFile> {
    let known = problems.len();
    let mut reader = Reader { problems: std::mem::take(problems), own: Some(own) };
    let found = reader.own_claims(node);
    *problems = reader.problems;
    found.filter(|_| problems.len() == known)
}

/// Reads claims, and keeps what is wrong with them.
pub(super) struct Reader<'a> {
    pub problems: Vec<Problem>,
    own: Option<OwnRuns<'a>>,
}

impl Reader<'_> {
    fn own_claims(&mut self, node: &Node) -> Option<ClaimsFile> {
        let mut root = node.clone();
        let mut folder = Path::new(&node.place.source.name).parent().unwrap_or(Path::new("")).to_owned();
        if let Content::Scalar(Value::String(file)) = &node.content {
            let path = folder.join(file);
            let text = match std::fs::read_to_string(&path) {
                Ok(text) => text,
                Err(error) => {
                    let missing = error.kind() == std::io::ErrorKind::NotFound;
                    let why = if missing { "there is no such file".to_owned() } else { error.to_string() };
                    let fault = Fault::Unreadable { file: path.display().to_string(), why };
                    let hint = "a path is relative to the file that names it".into();
                    self.problems.push(Problem { fault, place: Some(node.place.clone()), hint });
                    return None;
                }
            };
            let source = Arc::new(Source { name: path.display().to_string(), text, argument: false });
            root = tree::parse(&source.text, &source, &mut self.problems)?;
            folder = path.parent().unwrap_or(Path::new("")).to_owned();
        }
        if let Content::Sequence(_) = &root.content {
            let place = root.place.clone();
            let entry = Entry { key: "claims".into(), place: place.clone(), value: root };
            root = Node { place, content: Content::Mapping(vec![entry]) };
        }
        let readings = self.readings(&root, &folder);
        let claims = self.file(&root);
        Some(ClaimsFile { readings, claims })
    }

    /// A text that the claims of a paper must have.
    fn text_of_paper(&mut self, node: &Node, key: &str, what: &str) -> Option<String> {
        if self.own.is_some() && node.get(key).is_none() { Some(String::new()) } else { self.text(node, key, what) }
    }

    fn readings(&mut self, root: &Node, folder: &Path) -> Vec<Reading> {
        if root.get("readings").is_none() {
            return vec![Reading { name: "the setting of most runs".into(), experiment: None, beside: false }];
        }
        self.list(root, "readings", true, |reader, item| {
            reader.keys(item, "readings", &["name", "experiment", "beside"]);
            let name = reader.text(item, "name", "what the reading is called in reports");
            let experiment = reader.text(item, "experiment", "an experiment file beside this one, whose runs are in that setting");
            let beside = item.get("beside").and_then(|value| reader.flag(value, "beside")).unwrap_or(false);
            Some(Reading { name: name?, experiment: Some(folder.join(experiment?)), beside })
        })
    }

    fn file(&mut self, root: &Node) -> Vec<Claim> {
        self.keys(root, "", &["readings", "defaults", "claims"]);
        let defaults = root.get("defaults").map(|node| self.systems(node, "defaults")).unwrap_or_default();
        let Some(nodes) = self.required(root, "claims", "a list of claims") else { return Vec::new() };
        let mut claims: Vec<Claim> = Vec::new();
        for node in self.items(nodes, "claims") {
            if let Some(claim) = self.claim(node, &defaults) {
                if let Some(place) = claims.iter().any(|known| known.id == claim.id).then(|| &node.get("id").unwrap_or(node).place) {
                    let fault = Fault::GivenTwice { path: claim.id };
                    self.problems.push(Problem { fault, place: Some(place.clone()), hint: "give every claim an id of its own".into() });
                } else {
                    claims.push(claim);
                }
            }
        }
        claims
    }

    fn claim(&mut self, node: &Node, defaults: &Systems) -> Option<Claim> {
        self.keys(node, "", &CLAIM_KEYS);
        let id = self.text(node, "id", "a short name such as `cnn-helps`");
        let place = self.text_of_paper(node, "place", "the section and table of the paper");
        let phrase = self.text_of_paper(node, "phrase", "a few words of the paper to find the sentence by");
        let says = self.text(node, "says", "the claim in words of your own");
        let kind = self.kind(node);
        let every = node.get("every").and_then(|value| self.flag(value, "every")).unwrap_or(false);
        let measure = match node.get("measure") {
            None => Some(Measure::F1),
            Some(value) => {
                self.one_of(value, "measure", &[("f1", Measure::F1), ("boundary-inconsistency", Measure::BoundaryInconsistency)])
            }
        };
        let mut corpora = self.list(node, "corpora", self.own.is_none(), |reader, item| reader.scalar_text(item, "corpora"));
        if let (Some(own), true) = (&self.own, corpora.is_empty()) {
            corpora = own.corpora();
        }
        let (kind, measure) = (kind?, measure?);
        let counted = matches!(kind, ClaimKind::Counted { .. });
        let needs_tasks = !counted && measure == Measure::F1;
        let tasks =
            self.list(node, "tasks", needs_tasks, |reader, item| reader.one_of(item, "tasks", &[("mer", Task::Mer), ("men", Task::Men)]));
        let subsets = self.subsets(node, "subsets", false);
        let first = self.list(node, "first", !counted, |reader, item| Some(reader.systems(item, "first").over(defaults)));
        let needs_second = !counted && !matches!(kind, ClaimKind::Exceeds { .. });
        let second = self.list(node, "second", needs_second, |reader, item| Some(reader.systems(item, "second").over(defaults)));
        let across = node.get("across").map(|value| self.across(value)).unwrap_or_default();
        // A combination of `across` wins over the defaults; that a side names the same key is a fault.
        if let Some(value) = node.get("across") {
            for side in ["first", "second"] {
                for key in self.named_twice(node, side, value) {
                    let fault = Fault::GivenTwice { path: format!("across.{key}") };
                    let hint = format!("`{side}` names it too: leave it out of one of them");
                    self.problems.push(Problem { fault, place: Some(value.place.clone()), hint });
                }
            }
        }
        self.fitting(node, &kind, &tasks, &first);
        let ignoring = self.list(node, "ignoring", false, |reader, item| reader.spec_key(item));
        let across = across.combinations();
        let changed = self.list(node, "changed", false, Self::change);
        Some(Claim {
            id: id?,
            place: place?,
            phrase: phrase?,
            says: says?,
            kind,
            every,
            measure,
            corpora,
            tasks,
            subsets,
            first,
            second,
            across,
            ignoring,
            changed,
        })
    }

    fn kind(&mut self, node: &Node) -> Option<ClaimKind> {
        let value = self.required(node, "kind", "what is expected of the scores")?;
        let name = self.one_of(value, "kind", &KINDS.map(|kind| (kind, kind)))?;
        let own: &[&str] = match name {
            "equal" | "at-most" => &["margin"],
            "exceeds" => &["by"],
            "larger-gain" => &["larger", "smaller"],
            "counted" => &["fact", "above"],
            _ => &[],
        };
        for key in ["margin", "by", "larger", "smaller", "fact", "above"] {
            if let (Some(value), false) = (node.get(key), own.contains(&key)) {
                let fault = Fault::NoEffect { path: key.into(), value: value.describe() };
                let hint = format!("a claim of kind `{name}` has no such key: leave it out");
                self.problems.push(Problem { fault, place: Some(value.place.clone()), hint });
            }
        }
        Some(match name {
            "higher" => ClaimKind::Higher,
            "lower" => ClaimKind::Lower,
            "equal" => ClaimKind::Equal { margin: self.points(node, "margin", f64::EPSILON)? },
            "at-most" => ClaimKind::AtMost { margin: self.points(node, "margin", f64::EPSILON)? },
            "exceeds" => ClaimKind::Exceeds { by: self.points(node, "by", 0.0)? },
            "larger-gain" => {
                let wanted = node.get("larger").is_some() || node.get("smaller").is_some();
                ClaimKind::LargerGain { larger: self.subsets(node, "larger", wanted), smaller: self.subsets(node, "smaller", wanted) }
            }
            _ => {
                let fact = self.text(node, "fact", "a fact of data/paper/corpus_facts.csv");
                let above = self.number(node, "above", "the number that the fact must lie above");
                ClaimKind::Counted { fact: fact?, above: above? }
            }
        })
    }

    /// What one key's value asks of another's.
    fn fitting(&mut self, node: &Node, kind: &ClaimKind, tasks: &[Task], first: &[Systems]) {
        let by_task = matches!(kind, ClaimKind::LargerGain { larger, .. } if larger.is_empty());
        if by_task && (tasks.len() != 2 || first.len() != 2) && node.get("larger").is_none() {
            let what = "a `larger-gain` without subsets compares two gains".into();
            let hint = "give two `tasks` and two systems in `first`, or the subsets `larger` and `smaller`".into();
            self.problems.push(Problem { fault: Fault::Shape { what }, place: Some(node.place.clone()), hint });
        }
    }

    fn systems(&mut self, node: &Node, path: &str) -> Systems {
        self.keys(node, path, &SYSTEM_KEYS);
        if let Some(label) = node.get("label") {
            return self.labelled(node, label).unwrap_or_default();
        }
        Systems {
            label: None,
            framework: node.get("framework").and_then(|value| self.one_of(value, "framework", &FRAMEWORKS)),
            encoder: node
                .get("encoder")
                .and_then(|value| self.one_of(value, "encoder", &[("bilstm", Encoder::Bilstm), ("idcnn", Encoder::Idcnn)])),
            char_cnn: node.get("char_cnn").and_then(|value| self.flag(value, "char_cnn")),
            crf: node.get("crf").and_then(|value| self.flag(value, "crf")),
            embedding: node.get("embedding").and_then(|value| self.scalar_text(value, "embedding")),
            dropout: node.get("dropout").and_then(|value| self.flag(value, "dropout")),
            schedule: node.get("schedule").and_then(|value| self.one_of(value, "schedule", &SCHEDULES)),
            with: node.get("with").map(|value| self.with(value)).unwrap_or_default(),
        }
    }

    /// The runs that an experiment gives this label.
    fn labelled(&mut self, node: &Node, label: &Node) -> Option<Systems> {
        let name = self.scalar_text(label, "label")?;
        let Some(own) = &self.own else {
            self.bad(label, "label", "runs are named by their label in the claims of an experiment file alone".into());
            return None;
        };
        if let Content::Mapping(entries) = &node.content
            && let Some(other) = entries.iter().find(|entry| entry.key != "label")
        {
            let fault = Fault::NoEffect { path: other.key.clone(), value: other.value.describe() };
            let hint = "the label says which runs are meant: leave it out".into();
            self.problems.push(Problem { fault, place: Some(other.place.clone()), hint });
            return None;
        }
        let found = own.runs.iter().find(|run| run.label() == Some(&name)).map(|run| Systems::of_run(&name, &run.spec, &own.differing()));
        if found.is_none() {
            let mut labels: Vec<&str> = own.runs.iter().filter_map(|run| run.label()).collect();
            labels.dedup();
            let all = if labels.is_empty() {
                "a run of `runs`, which this experiment has not".to_owned()
            } else {
                format!("one of {}", labels.join(", "))
            };
            let hint = hint(&name, labels, &all);
            self.bad(label, "label", hint);
        }
        found
    }

    /// Dotted keys of the run spec with their values.
    fn with(&mut self, node: &Node) -> Vec<(String, serde_json::Value)> {
        let Content::Mapping(entries) = &node.content else {
            self.bad(node, "with", "expected keys of the run spec with their values, such as `{train.batch: 8}`".into());
            return Vec::new();
        };
        let mut with = Vec::new();
        for entry in entries {
            if keys::key(&entry.key).is_none() {
                let known = spec_keys("");
                let hint = hint(&entry.key, known.iter().map(String::as_str), "a key of the run spec, such as `train.batch`");
                let fault = Fault::UnknownKey { path: format!("with.{}", entry.key) };
                self.problems.push(Problem { fault, place: Some(entry.place.clone()), hint });
            } else if let Some(value) = in_spec(&entry.key, entry.value.to_json()) {
                with.push((entry.key.clone(), value));
            } else {
                self.bad(&entry.value, &format!("with.{}", entry.key), "expected a value that an experiment file could give it".into());
            }
        }
        with
    }

    fn change(&mut self, node: &Node) -> Option<Change> {
        self.keys(node, "changed", &["date", "what", "why"]);
        let date = self.text(node, "date", "the day of the change, such as `2026-11-28`");
        let what = self.text(node, "what", "what was changed");
        let why = self.text(node, "why", "the reason");
        let date = date?;
        let is_day = |date: &str| {
            let parts: Vec<&str> = date.split('-').collect();
            let of = |part: &str, digits: usize| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
            matches!(parts[..], [year, month, day] if of(year, 4) && of(month, 2) && of(day, 2))
        };
        if !is_day(&date) {
            let value = node.get("date").unwrap_or(node);
            self.bad(value, "changed.date", "expected a day such as `2026-11-28`".into());
            return None;
        }
        Some(Change { date, what: what?, why: why? })
    }

    fn across(&mut self, node: &Node) -> Across {
        self.keys(node, "across", &ACROSS_KEYS);
        Across {
            framework: self.list(node, "framework", false, |reader, item| reader.one_of(item, "framework", &FRAMEWORKS)),
            char_cnn: self.list(node, "char_cnn", false, |reader, item| reader.flag(item, "char_cnn")),
            crf: self.list(node, "crf", false, |reader, item| reader.flag(item, "crf")),
            embedding: self.list(node, "embedding", false, |reader, item| reader.scalar_text(item, "embedding")),
        }
    }

    fn named_twice<'a>(&mut self, node: &'a Node, side: &str, across: &'a Node) -> Vec<&'a str> {
        let (Some(Content::Sequence(sides)), Content::Mapping(entries)) = (node.get(side).map(|side| &side.content), &across.content)
        else {
            return Vec::new();
        };
        entries.iter().map(|entry| entry.key.as_str()).filter(|key| sides.iter().any(|side| side.get(key).is_some())).collect()
    }

    fn subsets(&mut self, node: &Node, key: &str, required: bool) -> Vec<OovSubset> {
        let names = [("IV", OovSubset::Iv), ("OOTV", OovSubset::Ootv), ("OOEV", OovSubset::Ooev), ("OOBV", OovSubset::Oobv)];
        self.list(node, key, required, |reader, item| reader.one_of(item, key, &names))
    }

    /// A dotted key of the run spec, or a group of them.
    fn spec_key(&mut self, node: &Node) -> Option<String> {
        let path = self.scalar_text(node, "ignoring")?;
        if keys::key(&path).is_some() || keys::is_section(&path) {
            return Some(path);
        }
        let known = spec_keys("");
        let hint = hint(&path, known.iter().map(String::as_str), "a key of the run spec, such as `train.batch`");
        self.bad(node, "ignoring", hint);
        None
    }

    // ---- leaves ---------------------------------------------------------------------------------------------------
}

/// A key's value as a run spec holds it; `None` where it takes no such value.
fn in_spec(key: &str, value: serde_json::Value) -> Option<serde_json::Value> {
    let mut values = RunSpec::default().values();
    *values.pointer_mut(&pointer(key))? = value;
    RunSpec::from_values(values).ok()?.values().pointer(&pointer(key)).cloned()
}

/// Every dotted key of the run spec under a group, the groups included.
fn spec_keys(group: &str) -> Vec<String> {
    let dotted = |name: &str| if group.is_empty() { name.to_owned() } else { format!("{group}.{name}") };
    keys::names_under(group).into_iter().map(dotted).flat_map(|path| [vec![path.clone()], spec_keys(&path)].concat()).collect()
}
