//! Two more views of any experiment, in the shapes of the paper's Tables 5 and 7: how far the two tasks disagree on boundaries, and
//! scores on the subsets of the OOV partition.

use super::rows::Rows;
use super::scores::DECIMALS;
use super::table_name;
use crate::corpus::OovSubset;
use crate::evaluate::SplitScores;
use crate::evaluate::significance::Spread;
use crate::experiment::spec_file::ReportSection;
use crate::report::cells::subset_name;
use crate::report::tables::{Column, Entry, Line, Notes, Panel, Table};
use crate::run::spec::Task;

/// What tells one view from the other.
struct View {
    name: &'static str,
    caption: String,
    panels: Vec<Panel>,
    note: &'static str,
}

/// Boundary inconsistency of every row, the median over its seeds.
pub(super) fn boundary(rows: &Rows, section: &ReportSection, experiment: &str) -> Table {
    let view = View {
        name: "boundary",
        caption: format!("Boundaries on which the two tasks disagree, {} split of {}", rows.split_name(), rows.corpora.join(", ")),
        panels: vec![Panel::new("Boundary inconsistency", vec![Column::right("spans"), Column::right("tokens")])],
        note: "With A the spans of recognition and B those of normalization: |A symmetric-difference B| / |A union B|; tokens: the same \
               of the tokens inside. Median over n seeds; -: no span.",
    };
    table(rows, section, experiment, view, |scores| {
        let known = |value: f64, of: u64| (of > 0).then_some(value);
        let boundary = &scores.boundary;
        vec![known(boundary.spans(), boundary.spans_in_any), known(boundary.tokens(), boundary.tokens_in_any)]
    })
}

/// F1 of every row on each subset, the median over its seeds.
pub(super) fn subsets(rows: &Rows, section: &ReportSection, experiment: &str) -> Table {
    let size = |subset: OovSubset| {
        let scores = rows.rows.iter().flat_map(|row| &row.runs).filter_map(|run| run.result.scores(rows.split));
        let mut sizes: Vec<u64> = scores.filter_map(|scores| Some(scores.oov.iter().find(|s| s.subset == subset)?.mentions)).collect();
        sizes.dedup();
        if let [one] = sizes[..] { format!("{} ({one})", subset_name(subset)) } else { subset_name(subset).to_owned() }
    };
    let view = View {
        name: "subsets",
        caption: format!("Scores on the subsets of the OOV partition, {} split of {}", rows.split_name(), rows.corpora.join(", ")),
        panels: OovSubset::ALL.iter().map(|s| Panel::new(size(*s), vec![Column::right("MER"), Column::right("MEN")])).collect(),
        note: "IV: every word in training and with a vector; OOTV: some word not in training; OOEV: some word without a vector; OOBV: \
               both. In brackets: gold mentions. F1, median over n seeds; -: no gold mention.",
    };
    table(rows, section, experiment, view, |scores| {
        let of_subset = |subset: &OovSubset| {
            let own = scores.oov.iter().find(|s| s.subset == *subset).filter(|own| own.mentions > 0);
            Task::ALL.map(|task| own.map(|s| s.counts[task].f1()))
        };
        OovSubset::ALL.iter().flat_map(of_subset).collect()
    })
}

fn table(rows: &Rows, section: &ReportSection, experiment: &str, view: View, values: impl Fn(&SplitScores) -> Vec<Option<f64>>) -> Table {
    let decimals = section.decimals.unwrap_or(DECIMALS);
    let columns: usize = view.panels.iter().map(|p| p.columns.len()).sum();
    let mut notes = Notes::default();
    let mut lines = Vec::new();
    let mut heading = "";
    for row in &rows.rows {
        if row.group != heading {
            heading = &row.group;
            lines.push(Line::Group(row.group.clone()));
        }
        let scored: Vec<Vec<Option<f64>>> = row.runs.iter().filter_map(|run| run.result.scores(rows.split)).map(&values).collect();
        let mut cells = vec![Entry::new(&row.name), Entry::new(scored.len().to_string())];
        if scored.is_empty() {
            cells.extend(view.panels.iter().map(|panel| notes.reason(&row.why, panel.columns.len())));
        } else {
            cells.extend((0..columns).map(|c| {
                let column: Vec<f64> = scored.iter().filter_map(|r| r[c]).collect();
                Spread::of(&column).map_or_else(Entry::none, |s| Entry::new(format!("{:.decimals$}", s.median)))
            }));
        }
        lines.push(Line::Row(cells));
    }
    Table {
        runs: rows.run_ids(),
        name: table_name(experiment, view.name),
        label: String::new(),
        caption: view.caption,
        stub: vec![Column::left(section.heading.as_deref().unwrap_or("system")), Column::right("n")],
        panels: view.panels,
        lines,
        notes: notes.finish([view.note.to_owned()]),
    }
}
