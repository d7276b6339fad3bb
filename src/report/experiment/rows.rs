//! The rows of an experiment's tables and figures: which there are, in which order, and what they are called.

use crate::evaluate::Split;
use crate::evaluate::metric::{self, Better, Metric};
use crate::experiment::spec_file::{ReportSection, RowOrder};
use crate::report::measurement::Measurement;
use crate::report::system::{Network, System, framework_name};
use crate::run::record::{RunRecord, RunState};
use crate::run::relevance::{normalised, pointer};
use crate::run::spec::{RunSpec, SystemKind};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A run that an experiment asks for, and what became of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub spec: RunSpec,
    /// The label that the experiment file gives it.
    pub label: Option<String>,
    pub record: Option<RunRecord>,
    /// Why there is no record.
    pub why: String,
}

/// Runs that differ in nothing but their seed.
pub(in crate::report) struct Row<'a> {
    /// What tells it from the rows of its group.
    pub name: String,
    /// The heading over it and its neighbours; empty where rows have none.
    pub group: String,
    pub corpus: &'a str,
    pub spec: &'a RunSpec,
    pub runs: Vec<&'a RunRecord>,
    /// Seeds that the experiment asks for.
    pub planned: usize,
    /// Why there is no figure, where there is none.
    pub why: String,
}

pub(in crate::report) struct Rows<'a> {
    pub rows: Vec<Row<'a>>,
    pub split: Split,
    /// What all rows have in common, beside the defaults: `MTL+Bi-LSTM-CNNs`, `train.epochs=30`, ...
    pub shared: Vec<String>,
    /// Corpora, each once, in the order of the rows.
    pub corpora: Vec<String>,
}

impl Row<'_> {
    /// Its name with its heading.
    pub fn full_name(&self) -> String {
        [self.group.as_str(), &self.name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    pub fn measure(&self, split: Split, metric: &Metric) -> Option<Measurement> {
        let done = self.runs.iter().copied().filter(|run| run.result.state == RunState::Done);
        Measurement::over(done, |run| run.result.scores(split).and_then(metric.of))
    }
}

/// Keys that the name of the network tells.
const OF_NETWORK: [&str; 4] = ["system", "model.encoder", "model.char_cnn", "model.crf"];
/// Keys that never name a row.
const NEVER: [&str; 2] = ["seed", "train.threads"];

/// The values of a specification by key, an absent optional section as `null`, a present one as `{}`.
fn values_of(spec: &RunSpec) -> BTreeMap<String, Value> {
    fn walk(path: &str, value: &Value, into: &mut BTreeMap<String, Value>) {
        let Value::Object(members) = value else { return drop(into.insert(path.to_owned(), value.clone())) };
        if crate::run::keys::is_optional_section(path) {
            into.insert(path.to_owned(), Value::Object(Default::default()));
        }
        for (name, member) in members {
            walk(&if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, member, into);
        }
    }
    let mut values = BTreeMap::new();
    walk("", &spec.values(), &mut values);
    values
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(_) => "on".to_owned(),
        // 0.0 is 0 in a table.
        Value::Number(number) if number.is_f64() => number.as_f64().unwrap_or_default().to_string(),
        other => other.to_string(),
    }
}

/// How rows are told apart.
struct Naming<'a> {
    section: &'a ReportSection,
    /// Paths of the keys in which rows differ, in the order of the list of keys.
    differing: Vec<String>,
    grouped: Grouped,
}

#[derive(Clone, Copy, PartialEq)]
struct Grouped {
    corpus: bool,
    framework: bool,
}

impl Naming<'_> {
    fn differs(&self, path: &str) -> bool {
        self.differing.iter().any(|key| key == path)
    }

    fn value(&self, spec: &RunSpec, path: &str) -> Option<String> {
        let values = spec.values();
        let value = values.pointer(&pointer(path))?;
        let label = self.section.value_label(path, value).map(str::to_owned);
        Some(label.unwrap_or_else(|| format!("{}={}", self.section.key_name(path), text(value))))
    }

    fn label(&self, spec: &RunSpec, path: &str) -> Option<String> {
        let values = spec.values();
        values.pointer(&pointer(path)).and_then(|value| self.section.value_label(path, value)).map(str::to_owned)
    }

    fn framework(&self, spec: &RunSpec) -> String {
        self.label(spec, "model.framework").unwrap_or_else(|| framework_name(spec.model.framework).to_owned())
    }

    fn corpus(&self, spec: &RunSpec) -> String {
        self.label(spec, "data.corpus").unwrap_or_else(|| spec.data.corpus.clone())
    }

    fn group(&self, spec: &RunSpec) -> String {
        let corpus = self.grouped.corpus.then(|| self.corpus(spec));
        let framework = (self.grouped.framework).then(|| self.framework(spec));
        corpus.into_iter().chain(framework).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
    }

    fn name(&self, spec: &RunSpec) -> String {
        let mut parts: Vec<String> = Vec::new();
        let network = System::of(spec).network;
        let framework = self.differs("model.framework") && !self.grouped.framework && spec.system == SystemKind::Neural;
        if self.differs("data.corpus") && !self.grouped.corpus {
            parts.push(self.corpus(spec));
        }
        let other = matches!(network, Network::Other(_));
        let of_network: Vec<&str> = OF_NETWORK.into_iter().filter(|path| self.differs(path)).collect();
        if of_network.iter().any(|path| self.section.labels_values_of(path)) && !other {
            parts.extend(framework.then(|| self.framework(spec)));
            parts.extend(of_network.into_iter().filter_map(|path| self.value(spec, path)));
        } else if of_network.is_empty() && framework {
            parts.push(self.framework(spec));
        } else if !of_network.is_empty() {
            let plus = if framework { format!("{}+", self.framework(spec)) } else { String::new() };
            parts.push(format!("{plus}{}", network.name()));
        }
        let named = |path: &&String| !OF_NETWORK.contains(&path.as_str()) && !matches!(path.as_str(), "data.corpus" | "model.framework");
        parts.extend(self.differing.iter().filter(named).filter_map(|path| self.value(spec, path)));
        parts.retain(|part| !part.is_empty());
        if parts.is_empty() { network.name().to_owned() } else { parts.join(" ") }
    }
}

impl<'a> Rows<'a> {
    pub fn of(outcomes: &'a [Outcome], section: &'a ReportSection) -> Self {
        let mut grouped: Vec<(RunSpec, Option<&str>, Vec<&'a Outcome>)> = Vec::new();
        for outcome in outcomes {
            let mut key = outcome.spec.clone();
            key.seed = 0;
            match grouped.iter_mut().find(|(known, ..)| *known == key) {
                Some((_, label, of)) => {
                    *label = label.or(outcome.label.as_deref());
                    of.push(outcome);
                }
                None => grouped.push((key, outcome.label.as_deref(), vec![outcome])),
            }
        }
        let scored = |split: Split| outcomes.iter().filter_map(|o| o.record.as_ref()).any(|record| record.result.scores(split).is_some());
        let split = if scored(Split::Test) || !scored(Split::Dev) { Split::Test } else { Split::Dev };
        if section.order == Some(RowOrder::Score) {
            let first = section.metrics.first().copied().unwrap_or("mention_f1");
            if let Some(metric) = metric::by_name(first) {
                best_first(&mut grouped, split, metric);
            }
        }

        let specs: Vec<&RunSpec> = grouped.iter().map(|(_, _, of)| &of[0].spec).collect();
        let values: Vec<BTreeMap<String, Value>> = specs.iter().map(|spec| values_of(spec)).collect();
        let differing = differing(&values);
        let naming = Naming { section, grouped: headings(&specs, &differing), differing };
        let all_labelled = grouped.iter().all(|(_, label, _)| label.is_some());
        let rows = grouped
            .iter()
            .map(|(_, label, of)| {
                let spec = &of[0].spec;
                let mut runs: Vec<&RunRecord> = of.iter().filter_map(|outcome| outcome.record.as_ref()).collect();
                runs.sort_by_key(|run| (run.result.spec.seed, run.result.run_id.clone()));
                let failed = of.iter().filter_map(|outcome| outcome.record.as_ref()).find_map(|record| match &record.result.state {
                    RunState::Failed { why } => Some(format!("failed: {why}")),
                    RunState::Done => None,
                });
                let missing = of.iter().find(|outcome| outcome.record.is_none() && !outcome.why.is_empty());
                let why = failed.or(missing.map(|outcome| format!("not run: {}", outcome.why))).unwrap_or_else(|| "not run".to_owned());
                Row {
                    name: label.map_or_else(|| naming.name(spec), str::to_owned),
                    // A label says it all.
                    group: if all_labelled { String::new() } else { naming.group(spec) },
                    corpus: &spec.data.corpus,
                    spec,
                    runs,
                    planned: of.len(),
                    why,
                }
            })
            .collect();
        let mut corpora: Vec<String> = Vec::new();
        for spec in &specs {
            let name = naming.corpus(spec);
            if !corpora.contains(&name) {
                corpora.push(name);
            }
        }
        let shared = specs.first().map(|spec| shared(spec, &values[0], &naming)).unwrap_or_default();
        Self { rows, split, shared, corpora }
    }

    /// Whether rows stand under headings.
    pub fn has_groups(&self) -> bool {
        self.rows.iter().any(|row| !row.group.is_empty())
    }

    /// The rows by what tells them apart beside these keys, with its name, in the order of the rows.
    pub fn without(&self, paths: &[&str], section: &ReportSection) -> Vec<(String, Vec<&Row<'a>>)> {
        let Some(first) = self.rows.first().map(|row| row.spec.values()) else { return Vec::new() };
        let stripped = |spec: &RunSpec| {
            let mut values = spec.values();
            for path in paths {
                if let (Some(slot), Some(value)) = (values.pointer_mut(&pointer(path)), first.pointer(&pointer(path))) {
                    *slot = value.clone();
                }
            }
            let spec = RunSpec::from_values(values).unwrap_or_else(|_| spec.clone());
            normalised(&RunSpec { seed: 0, ..spec })
        };
        let mut groups: Vec<(RunSpec, Vec<&Row<'a>>)> = Vec::new();
        for row in &self.rows {
            let spec = stripped(row.spec);
            match groups.iter_mut().find(|(known, _)| *known == spec) {
                Some((_, of)) => of.push(row),
                None => groups.push((spec, vec![row])),
            }
        }
        let values: Vec<BTreeMap<String, Value>> = groups.iter().map(|(spec, _)| values_of(spec)).collect();
        let naming = Naming { section, differing: differing(&values), grouped: Grouped { corpus: false, framework: false } };
        groups.into_iter().map(|(spec, of)| (naming.name(&spec), of)).collect()
    }

    pub fn run_ids(&self) -> Vec<String> {
        self.rows.iter().flat_map(|row| &row.runs).map(|run| run.result.run_id.clone()).collect()
    }

    pub fn split_name(&self) -> &'static str {
        self.split.name()
    }
}

/// The best first; rows without a score come last, in their order.
fn best_first(rows: &mut [(RunSpec, Option<&str>, Vec<&Outcome>)], split: Split, metric: &Metric) {
    let score = |of: &[&Outcome]| {
        let records = of.iter().filter_map(|outcome| outcome.record.as_ref()).filter(|record| record.result.state == RunState::Done);
        let median = Measurement::over(records, |record| record.result.scores(split).and_then(metric.of))?.median;
        Some(if metric.better == Better::Higher { -median } else { median })
    };
    rows.sort_by(|a, b| match (score(&a.2), score(&b.2)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    });
}

/// The keys of which two rows have different values, in the order of the list of keys. A key that only some rows have (because it belongs to a
/// part of the network that the others leave out) differs where two of those that have it differ.
fn differing(rows: &[BTreeMap<String, Value>]) -> Vec<String> {
    let paths: BTreeSet<&String> = rows.iter().flat_map(BTreeMap::keys).filter(|path| !NEVER.contains(&path.as_str())).collect();
    let differs = |path: &&String| {
        let mut of = rows.iter().filter_map(|values| values.get(*path));
        let first = of.next();
        of.any(|value| Some(value) != first)
    };
    let place = |path: &str| crate::run::keys::KEYS.iter().position(|key| key.path == path || key.path.starts_with(&format!("{path}.")));
    let mut found: Vec<String> = paths.into_iter().filter(differs).cloned().collect();
    found.sort_by_key(|path| place(path));
    found
}

/// Corpus and framework stand as headings where the rows of each stand together.
fn headings(specs: &[&RunSpec], differing: &[String]) -> Grouped {
    let differs = |path: &str| differing.iter().any(|key| key == path);
    let together = |of: &dyn Fn(&RunSpec) -> String| {
        let keys: Vec<String> = specs.iter().map(|spec| of(spec)).collect();
        let blocks = keys.chunk_by(|a, b| a == b).count();
        blocks == keys.iter().collect::<BTreeSet<_>>().len() && blocks < keys.len()
    };
    let corpus = differs("data.corpus") && together(&|spec| spec.data.corpus.clone());
    let of_framework = |spec: &RunSpec| {
        let framework = format!("{:?} {:?}", spec.system, spec.model.framework);
        if corpus { format!("{} {framework}", spec.data.corpus) } else { framework }
    };
    // Where nothing else tells rows apart, the framework names them.
    let others = differing.iter().any(|key| !matches!(key.as_str(), "data.corpus" | "model.framework"));
    let framework = differs("model.framework") && others && (corpus || !differs("data.corpus")) && together(&of_framework);
    Grouped { corpus, framework }
}

/// What the rows have in common, where it is not the default: system, vectors, keys.
fn shared(spec: &RunSpec, values: &BTreeMap<String, Value>, naming: &Naming) -> Vec<String> {
    let system = System::of(spec);
    let of_network = OF_NETWORK.iter().any(|path| naming.differs(path));
    let name = match (naming.differs("model.framework"), of_network) {
        (false, false) => Some(system.name()),
        (true, false) => Some(system.network.name().to_owned()),
        (false, true) if spec.system == SystemKind::Neural => Some(framework_name(spec.model.framework).to_owned()),
        _ => None,
    };
    let vectors = (!naming.differs("embedding.name") && spec.system == SystemKind::Neural)
        .then(|| naming.label(spec, "embedding.name").unwrap_or_else(|| format!("{} vectors", spec.embedding.name)));
    let default = values_of(&RunSpec::default());
    let told = ["data.corpus", "embedding.name", "model.framework"];
    let own = |(path, value): &(&String, &Value)| {
        !naming.differs(path)
            && !NEVER.contains(&path.as_str())
            && !OF_NETWORK.contains(&path.as_str())
            && !told.contains(&path.as_str())
            && default.get(*path) != Some(*value)
    };
    name.into_iter().chain(vectors).chain(values.iter().filter(own).filter_map(|(path, _)| naming.value(spec, path))).collect()
}
