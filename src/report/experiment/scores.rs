//! The table of scores: one row for each row of the experiment, one column for each metric.

use super::rows::{Row, Rows};
use super::table_name;
use crate::evaluate::metric::{self, Better, METRICS, Metric};
use crate::evaluate::{Counts, DocumentCounts, Split};
use crate::experiment::spec_file::ReportSection;
use crate::report::measurement::{Score, interval_of};
use crate::report::tables::{Column, Entry, Line, Notes, Panel, Table};
use crate::run::record::RunState;
use crate::run::spec::Task;

/// Decimals of a score where the experiment file does not say.
pub(super) const DECIMALS: usize = 4;

/// A score of one cell.
#[derive(Clone, Debug, Default)]
struct Value {
    /// `None` where the metric is of nothing.
    median: Option<f64>,
    interval: Option<(f64, f64)>,
    ceiling: Option<f64>,
    scored: bool,
}

/// One metric of the table.
struct Shown {
    metric: &'static Metric,
    interval: bool,
    ceiling: bool,
}

impl Shown {
    fn columns(&self) -> usize {
        1 + usize::from(self.interval) + usize::from(self.ceiling)
    }
}

/// The panel that a metric stands in, and the heading of its column.
pub(in crate::report) fn heading(metric: &str) -> (&'static str, String) {
    let (mer, men) = (Task::Mer.title(), Task::Men.title());
    let (panel, title) = match metric {
        "mention_precision" => (mer, "P"),
        "mention_recall" => (mer, "R"),
        "mention_f1" => (mer, "F1"),
        "concept_precision" => (men, "P"),
        "concept_recall" => (men, "R"),
        "concept_f1" => (men, "F1"),
        "mention_all_documents_f1" => (mer, "F1 all docs"),
        "concept_all_documents_f1" => (men, "F1 all docs"),
        "mention_concept_f1" => (men, "F1 span+id"),
        "token_mer_f1" => (mer, "F1 tokens"),
        "token_men_f1" => (men, "F1 tokens"),
        "accuracy_mer" => (mer, "accuracy"),
        "accuracy_men" => (men, "accuracy"),
        "boundary_spans" => ("Inconsistency", "spans"),
        "boundary_tokens" => ("Inconsistency", "tokens"),
        "seen_concepts_f1" => (men, "F1 seen"),
        "unseen_concepts_f1" => (men, "F1 unseen"),
        "unaligned_mentions" => ("", "unaligned"),
        other => match other.split('_').collect::<Vec<_>>()[..] {
            [subset, task, "f1"] => return (if task == "mer" { mer } else { men }, format!("F1 {}", subset.to_uppercase())),
            _ => ("", other),
        },
    };
    (panel, title.to_owned())
}

/// A figure of counts, such as F1.
type Figure = fn(&Counts) -> f64;

/// The task and the figure of the metrics that each document has counts of.
pub(super) fn by_document(metric: &str) -> Option<(Task, Figure)> {
    let (task, figure) = metric.split_once('_')?;
    let task = match task {
        "mention" => Task::Mer,
        "concept" => Task::Men,
        _ => return None,
    };
    Some((
        task,
        match figure {
            "precision" => Counts::precision,
            "recall" => Counts::recall,
            "f1" => Counts::f1,
            _ => return None,
        },
    ))
}

fn shown(section: &ReportSection) -> Vec<Shown> {
    let chosen = !section.metrics.is_empty();
    let names: &[&str] = if chosen { &section.metrics } else { &["mention_f1", "concept_f1"] };
    let intervals = section.intervals.unwrap_or(!chosen);
    let of = |name: &&str| METRICS.iter().find(|metric| metric.name == *name);
    names
        .iter()
        .filter_map(of)
        .map(|metric| Shown {
            metric,
            interval: intervals && by_document(metric.name).is_some(),
            ceiling: !chosen && metric.name == "concept_f1",
        })
        .collect()
}

fn value(row: &Row, split: Split, shown: &Shown) -> Value {
    let Some(measured) = row.measure(split, shown.metric) else { return Value::default() };
    let done = || row.runs.iter().copied().filter(|run| run.result.state == RunState::Done);
    if done().filter_map(|run| run.result.scores(split)).all(|scores| metric::is_of_nothing(shown.metric.name, scores)) {
        return Value { scored: true, ..Value::default() };
    }
    let interval = by_document(shown.metric.name).filter(|_| shown.interval).and_then(|(task, figure)| {
        let documents: Vec<&[DocumentCounts]> = done().filter_map(|run| Some(&run.result.scores(split)?.documents[..])).collect();
        interval_of(&documents, task, figure)
    });
    let ceiling = shown.ceiling.then(|| Score::over(&done().collect::<Vec<_>>(), split, Task::Men)?.ceiling).flatten();
    Value { median: Some(measured.median), interval, ceiling, scored: true }
}

pub(super) fn table(rows: &Rows, section: &ReportSection, experiment: &str, title: &str) -> Table {
    let decimals = section.decimals.unwrap_or(DECIMALS);
    let figure =
        |metric: &Metric, value: f64| if metric.name == "unaligned_mentions" { format!("{value}") } else { format!("{value:.decimals$}") };
    let shown = shown(section);
    let values: Vec<Vec<Value>> = rows.rows.iter().map(|row| shown.iter().map(|s| value(row, rows.split, s)).collect()).collect();

    let mut panels: Vec<Panel> = Vec::new();
    for one in &shown {
        let (panel, title) = heading(one.metric.name);
        if panels.last().is_none_or(|last| last.title != panel) {
            panels.push(Panel::new(panel, Vec::new()));
        }
        if let Some(last) = panels.last_mut() {
            last.columns.push(Column::right(title));
            last.columns.extend(one.interval.then(|| Column::right("95 %")));
            last.columns.extend(one.ceiling.then(|| Column::right("ceiling")));
        }
    }

    let mut notes = Notes::default();
    let mut lines = Vec::new();
    let mut heading = "";
    for (at, row) in rows.rows.iter().enumerate() {
        if row.group != heading {
            heading = &row.group;
            lines.push(Line::Group(row.group.clone()));
        }
        let scored = row.runs.iter().filter(|run| run.result.scores(rows.split).is_some()).count();
        let n = if scored == row.planned { scored.to_string() } else { format!("{scored} of {}", row.planned) };
        let mut cells = vec![Entry::new(&row.name), Entry::new(n)];
        if values[at].iter().all(|value| !value.scored) {
            // A reason stands within one panel.
            for panel in &panels {
                cells.push(notes.reason(&row.why, panel.columns.len()));
            }
        } else {
            for (j, one) in shown.iter().enumerate() {
                let own = &values[at][j];
                let text = own.median.map(|median| figure(one.metric, median));
                let best = text.as_ref().is_some_and(|text| {
                    let of_corpus = rows.rows.iter().zip(&values).filter(|(other, _)| other.corpus == row.corpus);
                    let all: Vec<f64> = of_corpus.filter_map(|(_, values)| values[j].median).collect();
                    let best = match one.metric.better {
                        Better::Higher => all.iter().copied().fold(f64::MIN, f64::max),
                        Better::Lower => all.iter().copied().fold(f64::MAX, f64::min),
                    };
                    all.len() > 1 && *text == figure(one.metric, best)
                });
                cells.push(text.map_or_else(Entry::none, |text| Entry::new(text).best(best)));
                if one.interval {
                    cells.push(
                        own.interval.map_or_else(Entry::none, |(low, high)| Entry::new(format!("{low:.decimals$}–{high:.decimals$}"))),
                    );
                }
                if one.ceiling {
                    cells.push(own.ceiling.map_or_else(Entry::none, |ceiling| Entry::new(figure(one.metric, ceiling))));
                }
            }
        }
        debug_assert_eq!(cells.iter().map(|cell| cell.span).sum::<usize>(), 2 + shown.iter().map(Shown::columns).sum::<usize>());
        lines.push(Line::Row(cells));
    }

    Table {
        runs: rows.run_ids(),
        name: table_name(experiment, "scores"),
        label: String::new(),
        caption: section.caption.clone().unwrap_or_else(|| caption(rows, &shown, title)),
        stub: vec![Column::left(section.heading.as_deref().unwrap_or("system")), Column::right("n")],
        panels,
        lines,
        notes: notes.finish([definitions(&shown)]),
    }
}

fn caption(rows: &Rows, shown: &[Shown], title: &str) -> String {
    let what = if shown.iter().all(|one| one.metric.name.ends_with("_f1")) { "F1" } else { "scores" };
    let caption = format!("{title}: {what} on the {} split of {}", rows.split_name(), rows.corpora.join(", "));
    if rows.shared.is_empty() { caption } else { format!("{caption}. All rows: {}", rows.shared.join(", ")) }
}

/// What the columns of this table are.
fn definitions(shown: &[Shown]) -> String {
    let has = |names: &[&str]| shown.iter().any(|one| names.contains(&one.metric.name));
    let mut parts = vec!["Median over n seeds".to_owned()];
    if has(&["mention_precision", "mention_recall", "mention_f1", "concept_precision", "concept_recall", "concept_f1"]) {
        parts[0] += ", as the BioCreative V CDR kit counts (mentions of MER; concepts of MEN)";
    }
    if shown.iter().any(|one| one.interval) {
        parts.push("95 %: document bootstrap of the median over seeds".to_owned());
    }
    if shown.iter().any(|one| one.ceiling) {
        parts.push("Ceiling: F1 that the concepts seen in training allow".to_owned());
    }
    if has(&["seen_concepts_f1", "unseen_concepts_f1"]) {
        parts.push("Seen, unseen: concepts that training has, and others".to_owned());
    }
    if has(&["boundary_spans", "boundary_tokens"]) {
        parts.push("Inconsistency: share of spans (tokens inside) of either task that the other lacks".to_owned());
    }
    parts.push("Bold or *: best".to_owned());
    parts.join(". ") + "."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_heading_of_its_own() {
        let mut headings: Vec<(&str, String)> = METRICS.iter().map(|metric| heading(metric.name)).collect();
        assert!(headings.iter().all(|(_, title)| !title.contains('_') && title.chars().count() <= 12), "{headings:?}");
        headings.sort();
        headings.dedup();
        assert_eq!(headings.len(), METRICS.len());
    }
}
