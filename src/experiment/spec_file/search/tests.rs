//! The promises of `search`.

use crate::experiment::spec_file::tests::{load_files, load_text};
use crate::experiment::spec_file::{Experiment, Scale};
use crate::run::spec::{Framework, Hidden, OptimizerKind, RunSpec};
use std::collections::BTreeSet;

const SPACE: &str = "    model.layers: {int: [1, 3]}
    model.hidden: {int: [50, 200]}
    dropout.rate: {uniform: [0, 0.6]}
    train:
      batch: {choice: [8, 16, 32]}
      choice:
        - {optimizer: adam, learning_rate: {log_uniform: [0.0005, 0.005]}}
        - {optimizer: sgd, learning_rate: {log_uniform: [0.005, 0.05]}}
";

fn searched(samples: usize, seed: u64, above: &str) -> Experiment {
    load_text(&format!("{above}search:\n  samples: {samples}\n  seed: {seed}\n  space:\n{SPACE}")).unwrap()
}

fn specs(experiment: &Experiment) -> Vec<&RunSpec> {
    experiment.runs.iter().map(|run| &run.spec).collect()
}

#[test]
fn each_side_of_the_matrix_meets_the_same_settings() {
    let experiment = searched(16, 1, "matrix: {model.framework: [pipeline, mtl, mtl-both-feedback]}\nseeds: [1]\n");
    assert_eq!(experiment.runs.len(), 48);
    let of = |framework: Framework| {
        let own = specs(&experiment).into_iter().filter(move |spec| spec.model.framework == framework);
        own.map(|spec| RunSpec { model: crate::run::spec::ModelSpec { framework: Framework::Mtl, ..spec.model.clone() }, ..spec.clone() })
            .collect::<Vec<_>>()
    };
    assert_eq!(of(Framework::Pipeline), of(Framework::Mtl));
    assert_eq!(of(Framework::Pipeline), of(Framework::MtlBothFeedback));
    assert_eq!(experiment.runs[17].name(), "framework=mtl setting=2");
    let labels: BTreeSet<String> = experiment.runs.iter().map(|run| run.name()).collect();
    assert_eq!(labels.len(), 48);
}

#[test]
fn settings_lie_in_their_space_and_what_depends_on_the_optimizer_follows_it() {
    let experiment = searched(200, 7, "");
    let mut optimizers = BTreeSet::new();
    for spec in specs(&experiment) {
        assert!((1..=3).contains(&spec.model.layers) && [8, 16, 32].contains(&spec.train.batch));
        assert!(matches!(spec.model.hidden, Hidden::Units(50..=200)) && (0.0..=0.6).contains(&spec.dropout.rate));
        let rate = spec.train.learning_rate;
        let range = if spec.train.optimizer == OptimizerKind::Adam { 0.0005..=0.005 } else { 0.005..=0.05 };
        assert!(range.contains(&rate), "{rate}");
        assert_eq!(format!("{rate:.2e}").parse::<f64>().unwrap(), rate);
        optimizers.insert(format!("{:?}", spec.train.optimizer));
    }
    assert_eq!(optimizers.len(), 2);
    let settings: BTreeSet<String> = experiment.search.unwrap().settings.iter().map(|setting| format!("{setting:?}")).collect();
    assert_eq!(settings.len(), 200);
}

#[test]
fn more_samples_keep_the_first_ones_and_another_seed_gives_others() {
    let (few, more, other) = (searched(16, 1, ""), searched(24, 1, ""), searched(16, 2, ""));
    assert_eq!(specs(&few), specs(&more)[..16]);
    assert!(specs(&few).iter().zip(specs(&other)).all(|(a, b)| **a != *b));
}

#[test]
fn a_key_that_is_added_and_another_order_change_no_other_key() {
    let of = |space: &str| load_text(&format!("search: {{samples: 8, seed: 3, space: {{{space}}}}}\n")).unwrap();
    let (one, two) = (of("model.hidden: {int: [50, 200]}"), of("dropout.rate: {uniform: [0, 0.6]}, model: {hidden: {int: [50, 200]}}"));
    let hidden = |experiment: &Experiment| experiment.runs.iter().map(|run| run.spec.model.hidden).collect::<Vec<_>>();
    assert_eq!(hidden(&one), hidden(&two));
}

/// What is drawn is pinned: another generator would make other runs of every published search.
#[test]
fn the_settings_of_a_seed_are_pinned_and_a_run_is_the_one_that_is_written_by_hand() {
    let experiment = searched(6, 1, "");
    let search = experiment.search.as_ref().unwrap();
    insta::assert_snapshot!(search.table(80));
    for (run, setting) in experiment.runs.iter().zip(&search.settings) {
        let defaults: String = setting.values.iter().map(|(path, value)| format!("  {path}: {value}\n")).collect();
        let by_hand = load_text(&format!("defaults:\n{defaults}")).unwrap();
        assert_eq!(run.spec, by_hand.runs[0].spec);
    }
    let scales: Vec<(&str, Scale)> = search.keys.iter().map(|key| (key.path.as_str(), key.scale)).collect();
    assert_eq!(
        scales,
        [
            ("model.layers", Scale::Linear),
            ("model.hidden", Scale::Linear),
            ("dropout.rate", Scale::Linear),
            ("train.batch", Scale::Choice),
            ("train.optimizer", Scale::Choice),
            ("train.learning_rate", Scale::Logarithmic)
        ]
    );
}

#[test]
fn a_small_space_is_drawn_to_its_last_setting() {
    let experiment =
        load_text("search: {samples: 6, seed: 1, space: {model.layers: {int: [1, 3]}, model.crf: {choice: [false, true]}}}\n").unwrap();
    let settings: BTreeSet<(usize, bool)> = specs(&experiment).iter().map(|spec| (spec.model.layers, spec.model.crf)).collect();
    assert_eq!(settings.len(), 6);
}

#[test]
fn a_section_may_be_left_out_and_alternatives_may_span_sections() {
    let text = "\
search:
  samples: 30
  seed: 1
  space:
    model.char_cnn.choice: [null, {}, {filters: {int: [20, 40]}}]
    choice:
      - {dropout.rate: 0, train.epochs: 10}
      - {dropout.rate: {uniform: [0.1, 0.5]}, train: {epochs: 40, choice: [{clip_norm: null}, {clip_norm: {log_uniform: [1, 10]}}]}}
";
    let experiment = load_text(text).unwrap();
    let filters: BTreeSet<Option<usize>> =
        specs(&experiment).iter().map(|spec| spec.model.char_cnn.as_ref().map(|cnn| cnn.filters)).collect();
    assert!(filters.contains(&None) && filters.contains(&Some(30)) && filters.len() > 4);
    for spec in specs(&experiment) {
        assert_eq!(spec.dropout.rate == 0.0, spec.train.epochs == 10);
    }
    let of = |wanted: fn(&RunSpec) -> bool| specs(&experiment).iter().filter(|spec| wanted(spec)).count();
    assert!(of(|spec| spec.train.epochs == 40 && spec.train.clip_norm.is_none()) > 0);
    assert!(of(|spec| spec.train.epochs == 40 && spec.train.clip_norm.is_some()) > 0);
}

#[test]
fn what_the_matrix_excludes_and_includes_goes_with_a_search() {
    let text = "\
matrix: {model.framework: [pipeline, mtl]}
search: {samples: 3, seed: 1, space: {model.layers: {int: [1, 3]}}}
exclude: [{model.framework: pipeline, model.layers: 3}]
include: [{model.crf: true}]
seeds: [1, 2]
";
    let experiment = load_text(text).unwrap();
    assert_eq!(experiment.runs.len(), (2 * 3 - 1 + 1) * 2);
}

#[test]
fn a_file_draws_a_key_of_its_base_in_its_own_way_and_arguments_change_samples_and_seed() {
    let base = format!("search:\n  samples: 4\n  seed: 1\n  space:\n{SPACE}");
    let file = "extends: base.yaml\nsearch: {samples: 5, space: {dropout.rate: {choice: [0.25]}, train.choice: [{optimizer: adam}, {optimizer: sgd}]}}\n";
    let load = |arguments: &[&str]| load_files(&[("base.yaml", &base), ("x.yaml", file)], arguments).unwrap();
    let experiment = load(&[]);
    assert_eq!(experiment.runs.len(), 5);
    assert!(
        specs(&experiment)
            .iter()
            .all(|spec| spec.dropout.rate == 0.25 && spec.train.learning_rate == RunSpec::default().train.learning_rate)
    );
    assert_eq!(load(&["search.samples=2"]).runs[..], experiment.runs[..2]);
    assert_ne!(load(&["search.seed=2"]).runs, experiment.runs);
    let fixed = load(&["model.layers=2"]);
    assert!(specs(&fixed).iter().all(|spec| spec.model.layers == 2));
}

#[test]
fn listed_settings_are_crossed_with_the_matrix_and_replace_those_that_a_base_draws() {
    let base = format!("matrix: {{model.framework: [pipeline, mtl]}}\nsearch:\n  samples: 4\n  seed: 1\n  space:\n{SPACE}");
    let file = "extends: base.yaml\nsearch: {settings: [{model.layers: 2, dropout: {rate: 0.25}}, {model.layers: 1}]}\n";
    let experiment = load_files(&[("base.yaml", &base), ("x.yaml", file)], &[]).unwrap();
    let found: Vec<(Framework, usize, f64)> =
        specs(&experiment).iter().map(|spec| (spec.model.framework, spec.model.layers, spec.dropout.rate)).collect();
    let (pipeline, mtl) = (Framework::Pipeline, Framework::Mtl);
    assert_eq!(found, [(pipeline, 2, 0.25), (pipeline, 1, 0.5), (mtl, 2, 0.25), (mtl, 1, 0.5)]);
    let search = experiment.search.unwrap();
    assert_eq!(search.table(80), "settings:\n   1  model.layers=2  dropout.rate=0.25\n   2  model.layers=1\n");
    let again = "extends: listed.yaml\nsearch: {samples: 3, seed: 1, space: {model.layers: {int: [1, 3]}}}\n";
    let drawn = load_files(&[("base.yaml", &base), ("listed.yaml", file), ("x.yaml", again)], &[]).unwrap();
    assert_eq!(drawn.search.unwrap().settings.len(), 3);
}

/// Every message that a search can earn, in one place to read.
#[test]
fn messages() {
    let search = |space: &str| format!("search:\n  samples: 4\n  seed: 1\n  space:\n    {space}\n");
    let cases: Vec<(&str, String)> = vec![
        ("no mapping", "search: 3\n".into()),
        ("nothing in it", "search: {}\n".into()),
        ("misspelt key of the section", "search: {sample: 4}\n".into()),
        ("no samples", "search: {samples: 0, seed: 1, space: {model.layers: {int: [1, 3]}}}\n".into()),
        ("seed of another kind", "search: {samples: 1, seed: -1, space: {model.layers: {int: [1, 3]}}}\n".into()),
        ("empty space", search("{}")),
        ("unknown key", search("model.hiden: {int: [50, 200]}")),
        ("unknown distribution", search("dropout.rate: {unifrom: [0, 0.6]}")),
        ("two distributions", search("dropout.rate: {uniform: [0, 0.6], choice: [0.5]}")),
        ("a value", search("model.hidden: 100")),
        ("a list", search("model.hidden: [100, 200]")),
        ("real for a whole number", search("model.layers: {uniform: [1, 3]}")),
        ("whole for a real number", search("dropout.rate: {int: [0, 1]}")),
        ("range of words", search("train.optimizer: {uniform: [0, 1]}")),
        ("reversed range", search("dropout.rate: {uniform: [0.6, 0.1]}")),
        ("empty range", search("model.layers: {int: [2, 2]}")),
        ("range of three", search("model.layers: {int: [1, 2, 3]}")),
        ("range of no numbers", search("model.hidden: {int: [embedding, 100]}")),
        ("logarithm of zero", search("train.task_weights.men: {log_uniform: [0, 4]}")),
        ("end outside the key's bounds", search("dropout.rate: {uniform: [0, 1.5]}")),
        ("whole end outside the key's bounds", search("model.layers: {int: [0, 3]}")),
        ("value outside the key's bounds", search("train.batch: {choice: [8, 0]}")),
        ("misspelt word", search("model.framework: {choice: [mtl, pipline]}")),
        ("empty choice", search("model.crf: {choice: []}")),
        ("value twice", search("train.batch: {choice: [8, 8]}")),
        ("range for a section", search("train: {uniform: [0, 1]}")),
        ("value for a section", search("train: 5")),
        ("one alternative", search("train.choice: [{optimizer: adam}]")),
        ("alternative twice", search("train.choice: [{optimizer: adam}, {optimizer: adam}]")),
        ("null for a section that has to be there", search("train.choice: [null, {optimizer: adam}]")),
        ("bad value in an alternative", search("train.choice: [{optimizer: adam}, {optimizer: sdg}]")),
        ("key in an alternative and beside it", search("train: {learning_rate: {uniform: [0.1, 0.2]}, choice: [{optimizer: adam, learning_rate: 0.001}, {optimizer: sgd}]}")),
        ("key twice", search("train: {batch: {choice: [8]}, batch: {choice: [4]}}")),
        ("key in the matrix too", format!("matrix: {{model.crf: [true]}}\n{}", search("model.crf: {choice: [true, false]}\n    model.layers: {int: [1, 3]}"))),
        ("section of it in the matrix", format!("matrix: {{model.char_cnn: [null, {{}}]}}\n{}", search("model.char_cnn.filters: {int: [20, 60]}"))),
        ("runs beside it", format!("runs: [{{label: a}}]\n{}", search("model.layers: {int: [1, 9]}"))),
        ("fewer settings than samples", search("model.layers: {int: [1, 3]}")),
        ("fewer settings once rounded", search("dropout.rate: {uniform: [0.5, 0.501]}")),
        ("too many runs", "matrix: {train.batch: [1, 2, 3]}\nsearch: {samples: 4000, seed: 1, space: {dropout.rate: {uniform: [0, 0.9]}, model.hidden: {int: [1, 999]}}}\n".into()),
        ("values that cannot go together", search("model: {encoder: {choice: [idcnn]}, idcnn.window: {int: [3, 10]}}")),
        ("no settings listed", "search: {settings: []}\n".into()),
        ("setting that is not a mapping", "search: {settings: [3]}\n".into()),
        ("setting twice", "search: {settings: [{model.layers: 1}, {model: {layers: 1}}]}\n".into()),
        ("bad value in a setting", "search: {settings: [{model.layers: 0}]}\n".into()),
        ("settings listed and drawn", "search: {settings: [{model.layers: 1}], samples: 3}\n".into()),
        ("listed key in the matrix too", "matrix: {model.layers: [1, 2]}\nsearch: {settings: [{model.layers: 1}]}\n".into()),
        ("seed drawn and given", format!("seeds: [1]\n{}", search("seed: {int: [0, 99]}"))),
    ];
    let mut shown = String::new();
    for (what, text) in cases {
        let message = load_text(&text).expect_err(what);
        shown += &format!("## {what}\nerror: {message}\n\n");
    }
    let message = load_files(&[("x.yaml", "name: x\n")], &["search.samples=4"]).unwrap_err();
    shown += &format!("## argument: no search in the file\nerror: {message}\n\n");
    let message = load_files(&[("x.yaml", "name: x\n")], &["search.sample=4"]).unwrap_err();
    shown += &format!("## argument: misspelt\nerror: {message}\n");
    insta::assert_snapshot!(shown);
}
