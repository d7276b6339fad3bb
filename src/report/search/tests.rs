//! The report of a search, on made-up records.

use super::study::{Measure, SearchPlan, Study};
use super::{best_setting, figures, next_experiment, tables};
use crate::experiment::spec_file::{Experiment, Names, load};
use crate::report::synthetic;
use crate::report::tables::{Line, terminal};
use crate::run::record::{RunRecord, RunState};
use crate::run::spec::Framework;

const FILE: &str = "\
name: found
title: A search
defaults: {data.corpus: ncbi-disease}
matrix: {model.framework: [pipeline, mtl]}
search:
  samples: 5
  seed: 1
  space:
    model.layers: {int: [1, 3]}
    train.choice:
      - {optimizer: adam, learning_rate: {log_uniform: [0.0005, 0.005]}}
      - {optimizer: sgd, learning_rate: {log_uniform: [0.005, 0.05]}, momentum: {uniform: [0.5, 0.95]}}
seeds: [1]
";

fn read(files: &[(&str, &str)]) -> Experiment {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let corpora = ["ncbi-disease", "bc5cdr"].map(String::from).into();
    let names = Names { corpora, embeddings: vec!["word2vec-50".into()], ..Names::default() };
    load(&folder.path().join(files[0].0), &names, &[]).unwrap()
}

/// A finished run of each planned one, with dev counts that give the F1 that is wanted: of 100 gold items so many are found, and as many
/// others are claimed as are missed.
fn records(experiment: &Experiment, found: impl Fn(Framework, usize) -> (u64, u64)) -> Vec<RunRecord> {
    experiment
        .runs
        .iter()
        .map(|run| {
            let mut record = synthetic::record(run.spec.clone());
            let (mention, concept) = found(run.spec.model.framework, run.setting().unwrap());
            let counts = |tp| crate::evaluate::Counts { tp, fp: 100 - tp, fn_: 100 - tp };
            let dev = record.result.dev.as_mut().unwrap();
            (dev.mention.kit, dev.concept.kit) = (counts(mention), counts(concept));
            record
        })
        .collect()
}

/// Setting 2 is best on the mean of both sides, 4 for the pipeline alone.
fn scores(framework: Framework, setting: usize) -> (u64, u64) {
    match (framework, setting) {
        (Framework::Pipeline, 4) => (90, 80),
        (_, 4) => (70, 40),
        (Framework::Pipeline, 2) => (84, 70),
        (_, 2) => (86, 72),
        (_, n) => (80, 50 + n as u64),
    }
}

fn study_of(experiment: &Experiment, records: &[RunRecord]) -> Study {
    Study::new(&SearchPlan::of(experiment), &records.iter().collect::<Vec<_>>()).unwrap()
}

/// The tables of a search on made-up records.
pub(in crate::report) fn drawn() -> [crate::report::tables::Table; 2] {
    let experiment = read(&[("found.yaml", FILE)]);
    super::tables(&study_of(&experiment, &records(&experiment, scores)))
}

#[test]
fn tables_and_fragments_of_a_search() {
    let experiment = read(&[("found.yaml", FILE)]);
    let records = records(&experiment, scores);
    let study = study_of(&experiment, &records);
    assert_eq!((study.sides.len(), study.settings.len(), study.runs().len()), (2, 5, 10));
    let ranks: Vec<usize> = study.ranked().iter().map(|setting| setting.number).collect();
    assert_eq!(ranks[0], 2);
    assert_eq!(study.settings[1].overall(Measure::Mean), Some((0.84 + 0.70 + 0.86 + 0.72) / 4.0));
    let mut shown = terminal(&tables::trials(&study)) + "\n" + &terminal(&tables::expected_best(&study)) + "\n";
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    shown += &best_setting(&study).unwrap();
    shown += "\n";
    let next = next_experiment(&study, "found-bc5cdr", "found.yaml", 1, Some("bc5cdr")).unwrap();
    shown += &next;
    insta::assert_snapshot!(shown);

    // The file that comes out is an experiment, and taken together with the first one it is ranked over both corpora.
    let second = read(&[("found-bc5cdr.yaml", &next), ("found.yaml", FILE)]);
    assert_eq!(second.runs.len(), 2 * 2);
    assert!(second.runs.iter().all(|run| run.spec.data.corpus == "bc5cdr"));
    let more = self::records(&second, |framework, setting| scores(framework, if setting == 1 { 2 } else { 4 }));
    let plans: Vec<SearchPlan> = [&experiment, &second].into_iter().flat_map(SearchPlan::of).collect();
    let all: Vec<&RunRecord> = records.iter().chain(&more).collect();
    let both = Study::new(&plans, &all).unwrap();
    assert_eq!((both.corpora.len(), both.settings.len()), (2, 5));
    assert_eq!(both.settings.iter().filter(|setting| setting.overall(Measure::Mean).is_some()).count(), 2);
    assert!(best_setting(&both).unwrap().contains("setting 2 of 2"));
}

#[test]
fn what_was_not_run_or_failed_is_said_and_is_no_best() {
    let experiment = read(&[("found.yaml", FILE)]);
    let mut records = records(&experiment, scores);
    records.truncate(8);
    records[1].result.state = RunState::Failed { why: "the loss is not finite at step 3".into() };
    let study = study_of(&experiment, &records);
    let table = tables::trials(&study);
    let text = terminal(&table);
    assert!(text.contains("not run") && text.contains("failed"), "{text}");
    assert_eq!(table.lines.iter().filter(|line| matches!(line, Line::Row(_))).count(), 5);
    // The failed trial counts as one that found nothing.
    assert_eq!(study.scores(0, 0, Measure::Mean).iter().filter(|score| **score == 0.0).count(), 1);
    assert_eq!(study.settings.iter().filter(|setting| setting.overall(Measure::Mean).is_some()).count(), 3);
    let none = study_of(&experiment, &[]);
    assert!(best_setting(&none).is_none() && next_experiment(&none, "a", "b.yaml", 3, None).is_none());
    assert!(figures::of(&none).is_empty());
    assert!(terminal(&tables::trials(&none)).contains("not run"));
}

#[test]
fn a_plan_is_read_back_as_it_was_written() {
    let plan = &SearchPlan::of(&read(&[("found.yaml", FILE)]))[0];
    let text = serde_json::to_string(plan).unwrap();
    assert_eq!(serde_json::from_str::<SearchPlan>(&text).unwrap(), *plan);
}

#[test]
fn figures_have_a_mark_a_trial_and_no_text_over_another() {
    let experiment = read(&[("found.yaml", FILE)]);
    let records = records(&experiment, scores);
    for figure in figures::of(&study_of(&experiment, &records)) {
        assert!(figure.svg().unwrap().contains("</svg>"));
        let boxes = figure.drawing.text_boxes();
        for (i, (a, text)) in boxes.iter().enumerate() {
            assert!(a.0 >= 0.0 && a.2 <= figure.drawing.width && a.3 <= figure.drawing.height, "{text} leaves {}", figure.name);
            for (b, other) in &boxes[..i] {
                let apart = a.2 <= b.0 || b.2 <= a.0 || a.3 <= b.1 || b.3 <= a.1;
                assert!(apart, "`{text}` lies over `{other}` in {}", figure.name);
            }
        }
    }
}
