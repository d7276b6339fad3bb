//! Where normalization's points go: kinds of errors, and what a threshold on MEN's confidence gives.

use super::{Column, Entry, Line, Panel, Table, figure};
use crate::evaluate::{Counts, Gold, Losses, Split, above, best_threshold, losses};
use crate::report::cells::Results;
use crate::report::system::{FRAMEWORKS, Network, PaperCorpus, Row, System, Vectors, framework_name};
use crate::run::record::RunRecord;
use crate::run::spec::Framework;

/// The finished runs of each framework with the paper's best network, corpus by corpus; of the vectors those of the setting.
fn rows<'a>(results: &Results<'a>) -> Vec<(PaperCorpus, Framework, Vec<&'a RunRecord>)> {
    let vectors = Vectors::of(&results.setting.embedding.name).unwrap_or(Vectors::Word2vec);
    let mut found = Vec::new();
    for corpus in PaperCorpus::ALL {
        for framework in FRAMEWORKS {
            let system = System { framework, network: Network::BilstmCnnsCrf };
            let runs = results.runs(Row { system, vectors, dropout: true, corpus });
            let runs: Vec<&RunRecord> = runs.into_iter().filter(|run| run.predictions.is_some()).collect();
            if !runs.is_empty() {
                found.push((corpus, framework, runs));
            }
        }
    }
    found
}

fn table(name: &str, caption: &str, panels: Vec<Panel>) -> Table {
    Table {
        name: name.to_owned(),
        caption: format!("{caption} ({})", Network::BilstmCnnsCrf.name()),
        stub: vec![Column::left("framework"), Column::right("n")],
        panels,
        ..Table::default()
    }
}

/// Builds the lines of a table, a group a corpus; `None` for a run whose predictions cannot be read leaves it out.
fn fill<T>(table: &mut Table, results: &Results, of_run: impl Fn(&RunRecord) -> Option<T>, entries: impl Fn(&[T]) -> Vec<Entry>) {
    let mut group = None;
    for (corpus, framework, runs) in rows(results) {
        let values: Vec<T> = runs.iter().filter_map(|run| of_run(run)).collect();
        if values.is_empty() {
            continue;
        }
        if group != Some(corpus) {
            table.lines.push(Line::Group(corpus.title().to_owned()));
            group = Some(corpus);
        }
        let stub = [Entry::new(framework_name(framework)), Entry::new(values.len().to_string())];
        table.lines.push(Line::Row(stub.into_iter().chain(entries(&values)).collect()));
        table.runs.extend(runs.iter().map(|run| run.result.run_id.clone()));
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Kinds of right and wrong concepts on test, mean over seeds.
pub(in crate::report) fn kinds(results: &Results) -> Table {
    let right = |titles: &[&str]| titles.iter().map(|title| Column::right(*title)).collect::<Vec<_>>();
    let mut table = table(
        "points",
        "Where normalization's points go: concepts of documents on test, as the kit counts them",
        vec![
            Panel::new("concepts", right(&["P", "R", "F1", "R seen"])),
            Panel::new("right", right(&["found"])),
            Panel::new("wrong", right(&["concept", "boundary", "nothing"])),
            Panel::new("missed", right(&["unseen", "other", "silent"])),
            Panel::new("mentions", right(&["cut %"])),
        ],
    );
    let of_run = |run: &RunRecord| -> Option<Losses> {
        let predictions = run.predictions.as_ref()?;
        let split = predictions.split(Split::Test).ok()?;
        Some(losses(&split.gold.documents, &split.predicted.men, split.entity_types, &predictions.training_concepts()))
    };
    let entries = |found: &[Losses]| {
        let of = |value: fn(&Losses) -> f64| mean(found.iter().map(value));
        let count = |value: fn(&Losses) -> u64| Entry::new(format!("{:.0}", mean(found.iter().map(|losses| value(losses) as f64))));
        let share = |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        let seen = mean(found.iter().map(|l| share(l.found, l.found + l.silent + l.confused)));
        vec![
            Entry::new(figure(of(|l| l.counts().precision()))),
            Entry::new(figure(of(|l| l.counts().recall()))),
            Entry::new(figure(of(|l| l.counts().f1()))),
            Entry::new(figure(seen)),
            count(|l| l.found),
            count(|l| l.other_concept),
            count(|l| l.other_boundaries),
            count(|l| l.no_mention),
            count(|l| l.unseen),
            count(|l| l.confused),
            count(|l| l.silent),
            Entry::new(format!("{:.1}", 100.0 * mean(found.iter().map(|l| share(l.cut, l.mentions))))),
        ]
    };
    fill(&mut table, results, of_run, entries);
    table.notes.push(
        "Mean over n seeds. R seen: recall of the gold concepts that training has. Wrong: concepts that the document does not have, said at the \
         span of a gold mention (concept), over a part of one or more than it (boundary), elsewhere (nothing). Missed: concepts that training \
         lacks (unseen); others of which a mention has another concept (other), or none has any (silent). Cut: gold mentions over which MEN \
         says two mentions or more."
            .to_owned(),
    );
    table
}

/// What a run gives with every mention of MEN, and with those above the threshold that is best on its dev set.
struct Thresholded {
    threshold: f64,
    dev: [Counts; 2],
    test: [Counts; 2],
}

/// Normalization with a threshold on MEN's confidence, chosen on dev.
pub(in crate::report) fn threshold(results: &Results) -> Table {
    let right = |titles: &[&str]| titles.iter().map(|title| Column::right(*title)).collect::<Vec<_>>();
    let mut table = table(
        "threshold",
        "A threshold on the confidence of normalization, chosen on dev",
        vec![
            Panel::new("dev", right(&["F1", "with", "threshold"])),
            Panel::new("test", right(&["P", "R", "F1"])),
            Panel::new("test, with it", right(&["P", "R", "F1"])),
        ],
    );
    let of_run = |run: &RunRecord| -> Option<Thresholded> {
        let predictions = run.predictions.as_ref()?;
        let (dev, test) = (predictions.split(Split::Dev).ok()?, predictions.split(Split::Test).ok()?);
        if dev.predicted.confidence.is_empty() || test.predicted.confidence.is_empty() {
            return None;
        }
        let gold = |split: &crate::run::predictions::ScoredSplit| Gold::new(&split.gold.documents, split.entity_types);
        let (threshold, with) = best_threshold(&gold(&dev), &dev.predicted.men, &dev.predicted.confidence);
        let kept = above(&test.predicted.men, &test.predicted.confidence, threshold);
        let on_test = gold(&test);
        Some(Thresholded {
            threshold: f64::from(threshold) / 255.0,
            dev: [gold(&dev).concepts(&dev.predicted.men).kit, with],
            test: [on_test.concepts(&test.predicted.men).kit, on_test.concepts(&kept).kit],
        })
    };
    let entries = |found: &[Thresholded]| {
        let of = |value: &dyn Fn(&Thresholded) -> f64| mean(found.iter().map(value));
        let mut entries = vec![
            Entry::new(figure(of(&|t| t.dev[0].f1()))),
            Entry::new(figure(of(&|t| t.dev[1].f1()))),
            Entry::new(format!("{:.2}", of(&|t| t.threshold))),
        ];
        for with in 0..2 {
            entries.extend([
                Entry::new(figure(of(&|t| t.test[with].precision()))),
                Entry::new(figure(of(&|t| t.test[with].recall()))),
                Entry::new(figure(of(&|t| t.test[with].f1()))),
            ]);
        }
        entries
    };
    fill(&mut table, results, of_run, entries);
    table.notes.push(
        "Mean over n seeds. A mention of MEN counts where its confidence (the mean over its tokens of the tag's probability, with a CRF the \
         posterior marginal) reaches the threshold, which each run takes from its own dev set."
            .to_owned(),
    );
    table
}
