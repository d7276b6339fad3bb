//! How much of a score is rounding: the same runs under two protocols, whose results differ by the order of sums alone.

use super::{Column, Entry, Line, Panel, Table, figure};
use crate::evaluate::Split;
use crate::evaluate::significance::Spread;
use crate::report::cells::Results;
use crate::report::earlier::{EarlierRun, PROTOCOL, Specification};
use crate::report::measurement::kit_counts;
use crate::report::setting::flat;
use crate::report::system::PaperCorpus;
use crate::run::record::RunRecord;
use crate::run::spec::Task;

/// A run of the earlier protocol beside the same specification run again.
type Pair<'a> = (&'a EarlierRun, &'a RunRecord);

/// How far F1 on test moves between the protocols, beside how far it moves between seeds of the same runs; empty where no scores of the
/// earlier protocol are kept.
pub(in crate::report) fn table(results: &Results) -> Table {
    let columns = || ["n", "median", "largest"].map(Column::right).to_vec();
    let mut table = Table {
        name: "rounding".to_owned(),
        caption: format!("Rounding: how far F1 on test moves between protocol {PROTOCOL} and this one, and between seeds"),
        stub: vec![Column::left("corpus")],
        panels: vec![Panel::new("the same run", columns()), Panel::new("another seed", columns())],
        ..Table::default()
    };
    if results.input.earlier.is_empty() {
        return table;
    }
    let pairs = pairs(results);
    for task in Task::ALL {
        table.lines.push(Line::Group(task.title().to_owned()));
        for corpus in PaperCorpus::ALL.map(Some).into_iter().chain([None]) {
            let of: Vec<Pair> = pairs.iter().copied().filter(|(_, run)| corpus.is_none_or(|c| of_corpus(run, c))).collect();
            let mut row = vec![Entry::new(corpus.map_or("both", PaperCorpus::title))];
            row.extend(movement(&of.iter().filter_map(|pair| between_protocols(pair, task)).collect::<Vec<_>>(), "not run"));
            row.extend(movement(&between_seeds(&of, task), if of.is_empty() { "not run" } else { "one seed each" }));
            table.lines.push(Line::Row(row));
        }
    }
    table.runs.extend(pairs.iter().map(|(_, run)| run.result.run_id.clone()));
    table.runs.sort();
    table.runs.dedup();
    table.notes.push(format!(
        "The same run: |F1 now - F1 under protocol {PROTOCOL}| of runs with one specification and one seed; the two protocols sum in \
         another order, and nothing else differs. Another seed: |difference of F1| of every two of these runs that differ in their seed alone. \
         {} of the {} runs of protocol {PROTOCOL} were made again.",
        pairs.len(),
        results.input.earlier.len()
    ));
    table
}

fn pairs<'a>(results: &Results<'a>) -> Vec<Pair<'a>> {
    let now: Vec<_> = results.input.records.iter().filter_map(|record| Some((Specification::of(record)?, record))).collect();
    let again = |earlier: &'a EarlierRun| now.iter().find(|(specification, _)| earlier.is_again(specification)).map(|(_, record)| *record);
    results.input.earlier.iter().filter_map(|earlier| Some((earlier, again(earlier)?))).collect()
}

fn of_corpus(run: &RunRecord, corpus: PaperCorpus) -> bool {
    PaperCorpus::of(&run.result.spec.data.corpus) == Some(corpus)
}

fn now(run: &RunRecord, task: Task) -> Option<f64> {
    run.result.scores(Split::Test).map(|scores| kit_counts(scores, task).f1())
}

fn between_protocols((earlier, run): &Pair, task: Task) -> Option<f64> {
    Some((now(run, task)? - earlier.test_f1(task)?).abs())
}

fn between_seeds(pairs: &[Pair], task: Task) -> Vec<f64> {
    let but_for_the_seed = |run: &RunRecord| {
        let mut keys = flat(&run.result.spec);
        keys.remove("seed");
        keys
    };
    let runs: Vec<_> = pairs.iter().filter_map(|(_, run)| Some((but_for_the_seed(run), now(run, task)?))).collect();
    let mut moved = Vec::new();
    for (i, (keys, f1)) in runs.iter().enumerate() {
        moved.extend(runs[..i].iter().filter(|(other, _)| other == keys).map(|(_, other)| (f1 - other).abs()));
    }
    moved
}

fn movement(values: &[f64], none: &str) -> Vec<Entry> {
    match Spread::of(values) {
        Some(spread) => vec![Entry::new(values.len().to_string()), Entry::new(figure(spread.median)), Entry::new(figure(spread.max))],
        None => vec![Entry::because(none, 3)],
    }
}
