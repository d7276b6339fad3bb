//! Records and cells as Polars data frames, for whoever wants to draw something else.

use super::ReportError;
use super::cells::{Cell, subset_name};
use super::export::Known;
use super::measurement::concept_ceiling;
use super::output::Output;
use super::setting::flat;
use super::system::{System, framework_name, row_of};
use crate::evaluate::Counts;
use crate::run::record::{RunRecord, RunState};
use crate::run::store::EpochProgress;
use polars::prelude::{Column, CsvWriter, DataFrame, NamedFrom, SerWriter, Series};
use std::collections::BTreeSet;
use std::str::FromStr;

/// Columns under construction.
struct Columns {
    frame: &'static str,
    columns: Vec<Column>,
}

impl Columns {
    fn new(frame: &'static str) -> Self {
        Self { frame, columns: Vec::new() }
    }

    fn text<T>(&mut self, name: &str, rows: &[T], value: impl Fn(&T) -> Option<String>) {
        self.columns.push(Series::new(name.into(), rows.iter().map(value).collect::<Vec<Option<String>>>()).into());
    }

    fn number<T>(&mut self, name: &str, rows: &[T], value: impl Fn(&T) -> Option<f64>) {
        self.columns.push(Series::new(name.into(), rows.iter().map(value).collect::<Vec<Option<f64>>>()).into());
    }

    fn whole<T>(&mut self, name: &str, rows: &[T], value: impl Fn(&T) -> Option<u64>) {
        self.columns.push(Series::new(name.into(), rows.iter().map(value).collect::<Vec<Option<u64>>>()).into());
    }

    fn flag<T>(&mut self, name: &str, rows: &[T], value: impl Fn(&T) -> bool) {
        self.columns.push(Series::new(name.into(), rows.iter().map(value).collect::<Vec<bool>>()).into());
    }

    /// A key of a specification, as numbers or truth values where every run has one. `null` (a feature turned off) is none.
    fn key<T>(&mut self, name: &str, rows: &[T], value: impl for<'a> Fn(&'a T) -> Option<&'a str>) {
        let values: Vec<Option<&str>> = rows.iter().map(|row| value(row).filter(|text| *text != "null")).collect();
        let name = || name.into();
        let column = if let Some(whole) = all_as::<u64>(&values) {
            Series::new(name(), whole)
        } else if let Some(numbers) = all_as::<f64>(&values) {
            Series::new(name(), numbers)
        } else if let Some(flags) = all_as::<bool>(&values) {
            Series::new(name(), flags)
        } else {
            Series::new(name(), values)
        };
        self.columns.push(column.into());
    }

    fn finish(self) -> Result<DataFrame, ReportError> {
        let frame = self.frame;
        DataFrame::new_infer_height(self.columns).map_err(|source| ReportError::Frame { frame, source })
    }
}

/// The values, if each that is given is a `T`, and one is given.
fn all_as<T: FromStr>(values: &[Option<&str>]) -> Option<Vec<Option<T>>> {
    let parsed: Option<Vec<Option<T>>> =
        values.iter().map(|value| value.map(|text| text.parse().ok()).map_or(Some(None), |v| v.map(Some))).collect();
    parsed.filter(|values| values.iter().any(Option::is_some))
}

/// One row per run: where it stands in the paper's tables, every key of its spec, its scores and its cost.
pub(super) fn runs(records: &[&RunRecord]) -> Result<DataFrame, ReportError> {
    columns_of_runs(records).finish()
}

/// The same with precision and recall, and with what the experiments that were asked for call each run.
pub(super) fn runs_with(records: &[&RunRecord], known: &Known) -> Result<DataFrame, ReportError> {
    let mut c = columns_of_runs(records);
    for (part, scores) in [("dev", dev as ScoresOf), ("test", test as ScoresOf)] {
        for (view, counts) in VIEWS {
            c.number(&format!("{part}_{view}_precision"), records, |r| scores(r).map(|s| counts(s).precision()));
            c.number(&format!("{part}_{view}_recall"), records, |r| scores(r).map(|s| counts(s).recall()));
        }
    }
    if !known.names.is_empty() {
        let name = |r: &&RunRecord| known.names.get(&r.result.run_id);
        c.text("experiment", records, |r| name(r).map(|name| name.experiment.clone()));
        c.text("label", records, |r| name(r).map(|name| name.label.clone()));
    }
    c.finish()
}

fn columns_of_runs(records: &[&RunRecord]) -> Columns {
    let mut c = Columns::new("runs");
    c.text("run", records, |r| Some(r.result.run_id.clone()));
    c.text("state", records, |r| {
        Some(match &r.result.state {
            RunState::Done => "done".to_owned(),
            RunState::Failed { why } => format!("failed: {why}"),
        })
    });
    c.text("framework", records, |r| Some(framework_name(r.result.spec.model.framework).to_owned()));
    c.text("system", records, |r| Some(System::of(&r.result.spec).network.name().to_owned()));
    c.text("of_paper", records, |r| Some(if row_of(&r.result.spec).is_some() { "yes" } else { "no" }.to_owned()));
    let specs: Vec<_> = records.iter().map(|r| flat(&r.result.spec)).collect();
    let keys: BTreeSet<&String> = specs.iter().flat_map(|s| s.keys()).collect();
    for key in keys {
        // The column `system` is the system's name in tables.
        c.key(if key == "system" { "system_key" } else { key }, &specs, |s| s.get(key).map(String::as_str));
    }
    for (part, scores) in [("dev", dev as ScoresOf), ("test", test as ScoresOf)] {
        for (view, counts) in VIEWS {
            c.whole(&format!("{part}_{view}_tp"), records, |r| scores(r).map(|s| counts(s).tp));
            c.whole(&format!("{part}_{view}_fp"), records, |r| scores(r).map(|s| counts(s).fp));
            c.whole(&format!("{part}_{view}_fn"), records, |r| scores(r).map(|s| counts(s).fn_));
            c.number(&format!("{part}_{view}_f1"), records, |r| scores(r).map(|s| counts(s).f1()));
        }
        c.number(&format!("{part}_accuracy_mer"), records, |r| scores(r).map(|s| s.accuracy.mer));
        c.number(&format!("{part}_accuracy_men"), records, |r| scores(r).map(|s| s.accuracy.men));
        c.number(&format!("{part}_inconsistency_spans"), records, |r| scores(r).map(|s| s.boundary.spans()));
        c.number(&format!("{part}_inconsistency_tokens"), records, |r| scores(r).map(|s| s.boundary.tokens()));
    }
    c.number("test_ceiling", records, |r| r.result.test_ceilings.as_ref().map(concept_ceiling));
    c.flag("vectors_stand_in", records, |r| r.result.data.embedding.stand_in);
    c.whole("parameters", records, |r| Some(r.result.networks.iter().map(|n| n.parameters).sum()));
    c.number("train_seconds", records, |r| Some(r.measured.train_seconds));
    c.number("train_cpu_seconds", records, |r| Some(r.measured.train_cpu_seconds));
    c.number("train_tokens_per_second", records, |r| Some(r.measured.train_tokens_per_second));
    c.number("peak_memory_mib", records, |r| Some(r.measured.peak_memory_mib));
    c.text("device", records, |r| Some(r.measured.device.clone()));
    c.text("version", records, |r| Some(r.measured.version.clone()));
    c
}

type ScoresOf = for<'a> fn(&'a &RunRecord) -> Option<&'a crate::evaluate::SplitScores>;
type CountsOf = fn(&crate::evaluate::SplitScores) -> Counts;

fn dev<'a>(record: &'a &RunRecord) -> Option<&'a crate::evaluate::SplitScores> {
    record.result.dev.as_ref()
}

fn test<'a>(record: &'a &RunRecord) -> Option<&'a crate::evaluate::SplitScores> {
    record.result.test.as_ref()
}

const VIEWS: [(&str, CountsOf); 7] = [
    ("mention", |s| s.mention.kit),
    ("concept", |s| s.concept.kit),
    ("mention_all_documents", |s| s.mention.all_documents),
    ("concept_all_documents", |s| s.concept.all_documents),
    ("mention_concept", |s| s.mention_concept),
    ("token_mer", |s| s.token.mer),
    ("token_men", |s| s.token.men),
];

/// One row per run, network and epoch.
pub(super) fn history(records: &[&RunRecord]) -> Result<DataFrame, ReportError> {
    columns_of_history(records).finish()
}

/// The same with precision and recall on dev, of the epochs whose counts are known.
pub(super) fn history_with(records: &[&RunRecord], known: &Known) -> Result<DataFrame, ReportError> {
    let mut c = columns_of_history(records);
    let rows: Vec<(&RunRecord, &str, u64)> = records
        .iter()
        .flat_map(|r| r.result.networks.iter().flat_map(move |n| n.epochs.iter().map(move |e| (*r, n.tasks.as_str(), e.epoch))))
        .collect();
    type Of = fn(&EpochProgress) -> Option<Counts>;
    for (task, of) in [("mention", (|e| e.dev_mention) as Of), ("concept", |e| e.dev_concept)] {
        let counts = |row: &(&RunRecord, &str, u64)| {
            let epochs = known.progress.get(&row.0.result.run_id)?;
            of(epochs.iter().find(|epoch| epoch.network == row.1 && epoch.record.epoch == row.2)?)
        };
        c.number(&format!("dev_{task}_precision"), &rows, |row| counts(row).map(|counts| counts.precision()));
        c.number(&format!("dev_{task}_recall"), &rows, |row| counts(row).map(|counts| counts.recall()));
    }
    c.finish()
}

fn columns_of_history(records: &[&RunRecord]) -> Columns {
    let rows: Vec<_> =
        records.iter().flat_map(|r| r.result.networks.iter().flat_map(move |n| n.epochs.iter().map(move |e| (*r, n, e)))).collect();
    let mut c = Columns::new("history");
    c.text("run", &rows, |r| Some(r.0.result.run_id.clone()));
    c.text("corpus", &rows, |r| Some(r.0.result.spec.data.corpus.clone()));
    c.text("framework", &rows, |r| Some(framework_name(r.0.result.spec.model.framework).to_owned()));
    c.text("system", &rows, |r| Some(System::of(&r.0.result.spec).network.name().to_owned()));
    c.whole("seed", &rows, |r| Some(r.0.result.spec.seed));
    c.text("network", &rows, |r| Some(r.1.tasks.clone()));
    c.whole("epoch", &rows, |r| Some(r.2.epoch));
    c.flag("selected", &rows, |r| r.1.selected_epochs.contains(&r.2.epoch));
    c.number("learning_rate", &rows, |r| Some(r.2.learning_rate));
    c.number("loss_mer", &rows, |r| r.2.loss.mer);
    c.number("loss_men", &rows, |r| r.2.loss.men);
    c.number("clipped", &rows, |r| Some(r.2.clipped));
    c.number("dev_mention_f1", &rows, |r| r.2.dev_f1.mer);
    c.number("dev_concept_f1", &rows, |r| r.2.dev_f1.men);
    c
}

/// One row per run, split and score: the counts of every comparison that the record keeps, with precision, recall and F1.
pub(super) fn scores(records: &[&RunRecord]) -> Result<DataFrame, ReportError> {
    let mut rows: Vec<(&RunRecord, &str, String, Counts)> = Vec::new();
    for record in records {
        for (split, scores) in [("dev", &record.result.dev), ("test", &record.result.test)] {
            let Some(scores) = scores else { continue };
            let mut add = |score: String, counts: Counts| rows.push((record, split, score, counts));
            for (view, counts) in VIEWS {
                add(view.to_owned(), counts(scores));
            }
            add("concept_seen".to_owned(), scores.seen_concepts);
            add("concept_unseen".to_owned(), scores.unseen_concepts);
            for of in &scores.oov {
                let subset = subset_name(of.subset).to_lowercase();
                add(format!("mention_{subset}"), of.counts.mer);
                add(format!("mention_concept_{subset}"), of.counts.men);
            }
        }
    }
    let mut c = Columns::new("scores");
    c.text("run", &rows, |r| Some(r.0.result.run_id.clone()));
    c.text("corpus", &rows, |r| Some(r.0.result.spec.data.corpus.clone()));
    c.text("framework", &rows, |r| Some(framework_name(r.0.result.spec.model.framework).to_owned()));
    c.text("system", &rows, |r| Some(System::of(&r.0.result.spec).network.name().to_owned()));
    c.text("embedding", &rows, |r| Some(r.0.result.spec.embedding.name.clone()));
    c.whole("seed", &rows, |r| Some(r.0.result.spec.seed));
    c.text("split", &rows, |r| Some(r.1.to_owned()));
    c.text("score", &rows, |r| Some(r.2.clone()));
    c.whole("tp", &rows, |r| Some(r.3.tp));
    c.whole("fp", &rows, |r| Some(r.3.fp));
    c.whole("fn", &rows, |r| Some(r.3.fn_));
    c.number("precision", &rows, |r| Some(r.3.precision()));
    c.number("recall", &rows, |r| Some(r.3.recall()));
    c.number("f1", &rows, |r| Some(r.3.f1()));
    c.finish()
}

/// One row per cell of the paper's tables.
pub(super) fn cells(cells: &[Cell]) -> Result<DataFrame, ReportError> {
    let mut c = Columns::new("cells");
    c.whole("table", cells, |x| Some(u64::from(x.table)));
    c.text("group", cells, |x| Some(x.group.clone()));
    c.text("row", cells, |x| Some(x.label()));
    c.text("framework", cells, |x| x.system.map(|s| framework_name(s.framework).to_owned()));
    c.text("system", cells, |x| x.system.map(|s| s.network.name().to_owned()));
    c.text("embedding", cells, |x| x.vectors.map(|v| v.registry_name().to_owned()));
    c.flag("stand_in", cells, |x| x.stand_in);
    c.text("dropout", cells, |x| x.dropout.map(|d| d.to_string()));
    c.text("subset", cells, |x| x.subset.map(|s| subset_name(s).to_owned()));
    c.text("corpus", cells, |x| Some(x.corpus.key().to_owned()));
    c.text("task", cells, |x| x.task.map(|t| t.key().to_owned()));
    c.text("measure", cells, |x| Some(x.measure.to_owned()));
    c.number("paper", cells, |x| x.paper);
    c.number("ours", cells, |x| x.ours.as_ref().map(|m| m.median));
    c.whole("n", cells, |x| Some(x.ours.as_ref().map_or(0, |m| m.n as u64)));
    c.number("min", cells, |x| x.ours.as_ref().map(|m| m.min));
    c.number("max", cells, |x| x.ours.as_ref().map(|m| m.max));
    c.number("difference", cells, Cell::difference);
    c.number("low", cells, |x| x.interval.map(|i| i.0));
    c.number("high", cells, |x| x.interval.map(|i| i.1));
    c.number("ceiling", cells, |x| x.ceiling);
    c.text("reason", cells, |x| x.reason.clone());
    c.text("runs", cells, |x| x.ours.as_ref().map(|m| m.runs.join(" ")));
    c.finish()
}

/// Writes `frames/NAME.csv`.
pub(super) fn write(frame: &'static str, mut data: DataFrame, output: &mut Output) -> Result<(), ReportError> {
    let mut bytes = Vec::new();
    CsvWriter::new(&mut bytes).finish(&mut data).map_err(|source| ReportError::Frame { frame, source })?;
    output.write(&format!("frames/{frame}.csv"), &bytes)
}
