//! Two more views of any experiment, in the shapes of the paper's Tables 5 and 7: how far the two tasks disagree on boundaries, and
//! scores on the subsets of the OOV partition.

use super::experiment::{missing, variants};
use super::{Column, Entry, Line, Notes, Panel, Table, figure};
use crate::corpus::{OovSubset, Task};
use crate::evaluate::significance::Spread;
use crate::evaluate::{Split, SplitScores};
use crate::run::record::RunRecord;

/// Boundary inconsistency of every variant on test, the median over its seeds.
pub(in crate::report) fn boundary(records: &[&RunRecord]) -> Table {
    let panel = Panel::new("Boundary inconsistency", vec![Column::right("spans"), Column::right("tokens")]);
    let note = "With A the spans of recognition and B those of normalization: |A symmetric-difference B| / |A union B|; tokens: the same \
                of the tokens inside. Median over n seeds.";
    table(records, "boundary", "Boundaries on which the two tasks disagree", vec![panel], note, |scores| {
        vec![Some(scores.boundary.spans()), Some(scores.boundary.tokens())]
    })
}

/// F1 of every variant on each subset, the median over its seeds.
pub(in crate::report) fn subsets(records: &[&RunRecord]) -> Table {
    let name = |s: OovSubset| serde_json::to_value(s).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    let size = |subset: OovSubset| {
        let mut sizes: Vec<u64> =
            records.iter().filter_map(|r| Some(r.result.test.as_ref()?.oov.iter().find(|s| s.subset == subset)?.mentions)).collect();
        sizes.dedup();
        if let [one] = sizes[..] { format!("{} ({one})", name(subset)) } else { name(subset) }
    };
    let panels = OovSubset::ALL.iter().map(|s| Panel::new(size(*s), vec![Column::right("MER"), Column::right("MEN")])).collect();
    let note = "IV: every word in training and with a vector; OOTV: some word not in training; OOEV: some word without a vector; OOBV: \
                both. In brackets: gold mentions. F1, median over n seeds.";
    table(records, "subsets", "Scores on the subsets of the OOV partition", panels, note, |scores| {
        OovSubset::ALL
            .iter()
            .flat_map(|subset| {
                let own = scores.oov.iter().find(|s| s.subset == *subset);
                Task::ALL.map(|task| own.map(|s| s.counts[task].f1()))
            })
            .collect()
    })
}

fn table(
    records: &[&RunRecord],
    name: &str,
    caption: &str,
    panels: Vec<Panel>,
    note: &str,
    values: impl Fn(&SplitScores) -> Vec<Option<f64>>,
) -> Table {
    let columns = panels.iter().map(|p| p.columns.len()).sum();
    let mut notes = Notes::default();
    let mut lines = Vec::new();
    let mut heading = String::new();
    for variant in variants(records) {
        let group = format!("{}: {}", variant.corpus, variant.framework());
        if group != heading {
            lines.push(Line::Group(group.clone()));
            heading = group;
        }
        let rows: Vec<Vec<Option<f64>>> = variant.runs.iter().filter_map(|r| r.result.test.as_ref()).map(&values).collect();
        let mut row = vec![Entry::new(variant.label()), Entry::new(rows.len().to_string())];
        if rows.is_empty() {
            row.push(notes.reason(&missing(&variant.runs, Split::Test), columns));
        } else {
            row.extend((0..columns).map(|c| {
                let column: Vec<f64> = rows.iter().filter_map(|r| r[c]).collect();
                Spread::of(&column).map_or_else(Entry::none, |s| Entry::new(figure(s.median)))
            }));
        }
        lines.push(Line::Row(row));
    }
    Table {
        runs: records.iter().map(|r| r.result.run_id.clone()).collect(),
        name: name.to_owned(),
        label: String::new(),
        caption: caption.to_owned(),
        stub: vec![Column::left("system"), Column::right("n")],
        panels,
        lines,
        notes: notes.finish([note.to_owned()]),
    }
}
