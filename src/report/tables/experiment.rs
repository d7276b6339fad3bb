//! The table of any experiment: one row per system, recognition and normalization side by side.

use super::{Column, Entry, Line, Notes, Panel, Table, figure, range};
use crate::evaluate::Split;
use crate::report::measurement::Score;
use crate::report::setting::flat;
use crate::report::system::{System, framework_name};
use crate::run::record::{RunRecord, RunState};
use crate::run::spec::{RunSpec, Task};
use std::collections::BTreeMap;

/// Runs that differ in nothing but their seed.
pub(in crate::report) struct Variant<'a> {
    pub corpus: &'a str,
    pub system: System,
    /// Keys in which it differs from most of the experiment, as `key=value`, beyond those that its name tells.
    pub differs: Vec<String>,
    pub runs: Vec<&'a RunRecord>,
}

impl Variant<'_> {
    pub fn label(&self) -> String {
        std::iter::once(self.system.network.name().to_owned()).chain(self.differs.iter().cloned()).collect::<Vec<_>>().join(" ")
    }

    pub fn framework(&self) -> &'static str {
        framework_name(self.system.framework)
    }
}

/// Keys that a row's name and its heading tell already.
fn named(key: &str) -> bool {
    matches!(key, "data.corpus" | "model.framework" | "model.encoder" | "model.crf" | "model.char_cnn" | "seed")
}

/// The runs as variants, in the order of corpora, Table 2's systems, then differing keys.
pub(in crate::report) fn variants<'a>(records: &[&'a RunRecord]) -> Vec<Variant<'a>> {
    let mut groups: Vec<(RunSpec, Vec<&RunRecord>)> = Vec::new();
    for record in records {
        let mut spec = record.result.spec.clone();
        spec.seed = 0;
        match groups.iter_mut().find(|g| g.0 == spec) {
            Some(group) => group.1.push(record),
            None => groups.push((spec, vec![record])),
        }
    }
    let keys: Vec<BTreeMap<String, String>> = groups.iter().map(|g| flat(&g.0)).collect();
    let usual = usual(&keys);
    let mut variants: Vec<Variant> = groups
        .into_iter()
        .zip(&keys)
        .map(|((_, mut runs), keys)| {
            runs.sort_by(|a, b| (a.result.spec.seed, &a.result.run_id).cmp(&(b.result.spec.seed, &b.result.run_id)));
            let differs = keys.iter().filter(|(k, v)| !named(k) && usual.get(*k).is_some_and(|u| u != *v)).map(|(k, v)| format!("{k}={v}"));
            Variant { corpus: &runs[0].result.spec.data.corpus, system: System::of(&runs[0].result.spec), differs: differs.collect(), runs }
        })
        .collect();
    variants.sort_by(|a, b| (a.corpus, a.system, &a.differs).cmp(&(b.corpus, b.system, &b.differs)));
    variants
}

/// Each key's commonest value; of equals the first in order.
fn usual(groups: &[BTreeMap<String, String>]) -> BTreeMap<String, String> {
    let mut counts: BTreeMap<&String, BTreeMap<&String, usize>> = BTreeMap::new();
    for (key, value) in groups.iter().flatten() {
        *counts.entry(key).or_default().entry(value).or_default() += 1;
    }
    counts
        .into_iter()
        .filter_map(|(key, values)| {
            let best = values.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)))?;
            Some((key.clone(), best.0.clone()))
        })
        .collect()
}

/// F1 of both tasks for every variant, with the 95 % interval, the ceiling and the number of seeds.
pub(in crate::report) fn table(records: &[&RunRecord], title: &str) -> Table {
    let split = if records.iter().any(|r| r.result.test.is_some()) { Split::Test } else { Split::Dev };
    let variants = variants(records);
    let mut notes = Notes::default();
    let scored: Vec<[Option<Score>; 2]> = variants.iter().map(|v| Task::ALL.map(|t| Score::over(&v.runs, split, t))).collect();
    let mut lines = Vec::new();
    let mut heading = String::new();
    let corpora: std::collections::BTreeSet<&str> = variants.iter().map(|v| v.corpus).collect();
    for (variant, scores) in variants.iter().zip(&scored) {
        let framework = variant.framework();
        let group = if corpora.len() > 1 { format!("{}: {framework}", variant.corpus) } else { framework.to_owned() };
        if group != heading {
            lines.push(Line::Group(group.clone()));
            heading = group;
        }
        let n = scores.iter().flatten().map(|s| s.f1.n).max().unwrap_or(0);
        let mut row = vec![Entry::new(variant.label()), Entry::new(n.to_string())];
        for (task, score) in scores.iter().enumerate() {
            let columns = 2 + task;
            match score {
                Some(score) => {
                    let best = is_best(score, task, &variants, &scored, variant.corpus);
                    row.push(Entry::new(figure(score.f1.median)).best(best));
                    row.push(score.interval.map_or_else(Entry::none, |i| Entry::new(range(i))));
                    if task == 1 {
                        row.push(score.ceiling.map_or_else(Entry::none, |c| Entry::new(figure(c))));
                    }
                }
                None => row.push(notes.reason(&missing(&variant.runs, split), columns)),
            }
        }
        lines.push(Line::Row(row));
    }
    let split_name = split.name();
    let corpus = corpora.into_iter().collect::<Vec<_>>().join(", ");
    let runs = records.iter().map(|r| r.result.run_id.clone()).collect();
    Table {
        runs,
        name: "experiment".to_owned(),
        label: String::new(),
        caption: format!("{title}: F1 on the {split_name} split of {corpus}"),
        stub: vec![Column::left("system"), Column::right("n")],
        panels: vec![
            Panel::new(Task::Mer.title(), vec![Column::right("F1"), Column::right("95 %")]),
            Panel::new(Task::Men.title(), vec![Column::right("F1"), Column::right("95 %"), Column::right("ceiling")]),
        ],
        lines,
        notes: notes.finish([
            "F1: median over n seeds, as the BioCreative V CDR kit counts (mentions of MER; concepts of MEN). 95 %: document bootstrap \
             of the median over seeds. Ceiling: F1 that the concepts seen in training allow. Bold or *: best."
                .to_owned(),
        ]),
    }
}

fn is_best(score: &Score, task: usize, variants: &[Variant], scored: &[[Option<Score>; 2]], corpus: &str) -> bool {
    let of_corpus: Vec<f64> = variants
        .iter()
        .zip(scored)
        .filter(|(v, _)| v.corpus == corpus)
        .filter_map(|(_, s)| s[task].as_ref())
        .map(|s| s.f1.median)
        .collect();
    of_corpus.len() > 1 && figure(score.f1.median) == figure(of_corpus.into_iter().fold(0.0, f64::max))
}

/// Why runs that exist give no figure.
pub(in crate::report) fn missing(runs: &[&RunRecord], split: Split) -> String {
    let failed = runs.iter().find_map(|r| match &r.result.state {
        RunState::Failed { why } => Some(format!("failed: {why}")),
        RunState::Done => None,
    });
    failed.unwrap_or_else(|| {
        if runs.is_empty() {
            "not run".to_owned()
        } else if split == Split::Test {
            "not scored on test".to_owned()
        } else {
            "not scored on dev".to_owned()
        }
    })
}
