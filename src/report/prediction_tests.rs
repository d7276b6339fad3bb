//! Tables that are drawn from packed predictions: where the points go, and split by score.

use super::cells::Results;
use super::tables::{Line, Table, points, splits, terminal};
use super::{Paper, synthetic};
use crate::corpus::{Document, Mention};
use crate::evaluate::Split;
use crate::run::gold::GoldTable;
use crate::run::gold::tests::{mini, table};
use crate::run::predictions::{Predictions, SplitPredictions};
use crate::run::record::RunRecord;
use crate::run::spec::{DataSplit, Framework, RunSpec, Select, TrainOn};
use std::sync::Arc;

/// Every second gold mention is found; MEN gives each third of these another concept, and is unsure of it.
fn predicted(gold: &GoldTable, split: Split) -> SplitPredictions {
    let mut found = SplitPredictions::default();
    for document in &gold.split(split).documents {
        let mentions: Vec<&Mention> = document.mentions.iter().step_by(2).collect();
        let spans = mentions.iter().map(|mention| Mention { concept: None, ..(*mention).clone() }).collect();
        let wrong = |(i, mention): (usize, &&Mention)| {
            let concept = if i % 3 == 2 { Some("MESH:D999999".into()) } else { mention.concept.clone() };
            Mention { concept, ..(*mention).clone() }
        };
        let men: Vec<Mention> = mentions.iter().enumerate().map(wrong).collect();
        found.confidence.push((0..men.len()).map(|i| if i % 3 == 2 { 90 } else { 250 }).collect());
        found.mer.push(Document { id: document.id.clone(), mentions: spans, ..Document::default() });
        found.men.push(Document { id: document.id.clone(), mentions: men, ..Document::default() });
    }
    found
}

fn record(spec: RunSpec, gold: &Arc<GoldTable>) -> RunRecord {
    let mut record = synthetic::record(spec);
    let (dev, test) = (predicted(gold, Split::Dev), predicted(gold, Split::Test));
    record.predictions = Some(Arc::new(Predictions::new(&record.result.run_id, gold.clone(), &dev, &test).unwrap()));
    record
}

fn input() -> Paper {
    let gold = Arc::new(table(&mini(), &["Disease"]));
    let mut records = Vec::new();
    for framework in [Framework::Pipeline, Framework::MtlBothFeedback] {
        for seed in [1, 2] {
            let spec = synthetic::spec("ncbi-disease", framework, true, true, seed);
            records.push(record(spec.clone(), &gold));
            for split in [DataSplit::Documents, DataSplit::Sentences] {
                let mut cut = spec.clone();
                (cut.data.split, cut.data.split_seed) = (split, seed);
                records.push(record(cut, &gold));
            }
        }
        let mut leak = synthetic::spec("ncbi-disease", framework, true, true, 1);
        (leak.data.train_on, leak.train.select, leak.train.epochs) = (TrainOn::All, Select::Last, 30);
        records.push(record(leak, &gold));
    }
    // A trial in another setting, and a run without predictions: neither belongs to the table.
    let mut other = synthetic::spec("ncbi-disease", Framework::Pipeline, true, true, 1);
    other.train.batch = 1;
    records.push(record(other, &gold));
    records.push(synthetic::record(synthetic::spec("bc5cdr", Framework::Pipeline, true, true, 1)));
    let setting = synthetic::spec("ncbi-disease", Framework::MtlBothFeedback, true, true, 1);
    Paper { records, setting: Some(setting), ..Paper::default() }
}

fn rows(table: &Table) -> usize {
    table.lines.iter().filter(|line| matches!(line, Line::Row(_))).count()
}

#[test]
fn points_and_splits_are_drawn_from_predictions_alone() {
    let input = input();
    let results = Results::new(&input);
    let tables = [points::kinds(&results), points::threshold(&results), splits::table(&results)];
    assert_eq!(tables.each_ref().map(rows), [2, 2, 11]);
    // 2 x 2 official, 2 x 2 a cut, a leak for each framework; not the trial with another batch.
    assert_eq!(tables[2].runs.len(), 2 * (3 * 2 + 1));
    let text = tables.iter().map(terminal).collect::<Vec<_>>().join("\n");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn without_predictions_there_is_no_such_table() {
    let mut input = input();
    input.records.iter_mut().for_each(|record| record.predictions = None);
    let results = Results::new(&input);
    assert_eq!([points::kinds(&results), points::threshold(&results), splits::table(&results)].each_ref().map(rows), [0, 0, 0]);
}
