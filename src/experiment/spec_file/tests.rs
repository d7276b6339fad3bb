//! The promises of experiment files: what they mean, and what is said when they are wrong.

use super::*;
use crate::run::spec::{
    CrfFeedback, Encoder, FeedbackValue, Framework, HeadDirections, Hidden, MenScheme, Rounds, RunSpec, Sampling, Schedule, Select,
    UnknownWords,
};
use proptest::prelude::*;
use std::fs;

/// What the paper prints is in every run of the literal reading, and both sentences that disagree have one.
#[test]
fn the_literal_reading_is_literal() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let names = Names { corpora: vec!["ncbi-disease".into()], embeddings: vec!["word2vec-50".into()], ..Names::default() };
    let literal = load(&folder.join("literal.yaml"), &names, &[]).unwrap_or_else(|errors| panic!("{errors}"));
    for run in &literal.runs {
        let RunSpec { tags, vocabulary, model, train, .. } = &run.spec;
        assert_eq!((tags.men, vocabulary.unknown, model.feedback.rounds), (MenScheme::Part, UnknownWords::Fixed, Rounds::Store));
        assert_eq!((train.schedule, train.sampling, train.select), (Schedule::Asynchronous, Sampling::WithReplacement, Select::Last));
        assert_eq!((train.batch, train.learning_rate, train.momentum, train.epochs), (1, 0.001, 0.9, 20));
        assert_eq!((model.layers, model.crf, run.spec.dropout.rate), (3, true, 0.5));
    }
    let heads = |directions| literal.runs.iter().filter(|run| run.spec.model.head.directions == directions).count();
    assert!(heads(HeadDirections::Concat) > 0 && heads(HeadDirections::Concat) == heads(HeadDirections::Sum));
    assert!(literal.runs.iter().any(|run| run.spec.train.clip_norm.is_none()));
}

fn names() -> Names {
    Names {
        corpora: ["ncbi-disease", "bc5cdr", "mini"].map(String::from).into(),
        embeddings: ["word2vec-50", "glove-100", "senna-50", "random-100", "mini-20"].map(String::from).into(),
        lexicons: ["medic", "medic-2012"].map(String::from).into(),
        systems: vec!["suffixes-4".into()],
    }
}

/// Loads `x.yaml` from a folder that holds these files, and shows paths without the folder.
pub(super) fn load_files(files: &[(&str, &str)], overrides: &[&str]) -> Result<Experiment, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let overrides: Vec<String> = overrides.iter().map(|o| o.to_string()).collect();
    let strip = |text: String| text.replace(&format!("{}/", folder.path().display()), "");
    load(&folder.path().join("x.yaml"), &names(), &overrides).map_err(|errors| strip(errors.to_string()))
}

pub(super) fn load_text(text: &str) -> Result<Experiment, String> {
    load_files(&[("x.yaml", text)], &[])
}

fn only(experiment: &Experiment) -> &RunSpec {
    assert_eq!(experiment.runs.len(), 1);
    &experiment.runs[0].spec
}

#[test]
fn an_experiment_of_a_name_alone_is_one_run_of_the_defaults() {
    let experiment = load_text("name: plain\n").unwrap();
    assert_eq!(experiment.name, "plain");
    assert_eq!(*only(&experiment), RunSpec::default());
    assert_eq!(load_text("title: by its file's name\n").unwrap().name, "x");
}

#[test]
fn systems_that_the_program_registers_are_known_by_name() {
    let of = |name: &str| load_text(&format!("defaults: {{system: {name}}}\n"));
    assert_eq!(only(&of("suffixes-4").unwrap()).system.title(), "suffixes-4");
    for (name, hint) in [
        ("sufixes-4", "did you mean `suffixes-4`?"),
        ("neurl", "did you mean `neural`?"),
        ("zzz", "`transition`, `suffixes-4`; a system of your own is known to the program that registers it"),
        ("Not A Name", "; a system of your own is known to the program that registers it"),
    ] {
        let said = of(name).unwrap_err();
        assert!(said.contains(hint), "{name}: {said}");
    }
}

#[test]
fn nested_and_dotted_keys_are_the_same() {
    let nested = load_text("defaults:\n  model:\n    hidden: 100\n    feedback: {rounds: 3, value: log_prob}\n  seed: 7\n").unwrap();
    let dotted =
        load_text("defaults:\n  model.hidden: 100\n  model.feedback.rounds: 3\n  model:\n    feedback.value: log_prob\n  seed: 7\n")
            .unwrap();
    assert_eq!(nested, dotted);
    let spec = only(&nested);
    assert_eq!((spec.model.hidden, spec.model.feedback.rounds, spec.seed), (Hidden::Units(100), Rounds::Count(3), 7));
    assert_eq!(spec.model.feedback.value, FeedbackValue::LogProbability);
}

#[test]
fn anchors_and_merge_keys_are_resolved() {
    let text = "defaults: &d\n  dropout: &off {rate: 0.25, input: false}\nruns:\n  - {label: a, set: {dropout: *off}}\n  - {label: b, set: {dropout: {<<: *off, rate: 0.1}}}\n";
    let experiment = load_text(text).unwrap();
    let of = |i: usize| (experiment.runs[i].spec.dropout.rate, experiment.runs[i].spec.dropout.input);
    assert_eq!((of(0), of(1)), ((0.25, false), (0.1, false)));
}

#[test]
fn a_matrix_is_the_product_without_what_is_excluded_and_with_what_is_included() {
    let text = "\
matrix:
  model.framework: [pipeline, mtl, mtl-both-feedback]
  model: {crf: [false, true], char_cnn: [null, {filters: 20}]}
exclude:
  - {model.framework: mtl, model.crf: true}
include:
  - {model.encoder: idcnn}
seeds: [1, 2]
";
    let experiment = load_text(text).unwrap();
    assert_eq!(experiment.runs.len(), (3 * 2 * 2 - 2 + 1) * 2);
    let names: Vec<String> = experiment.runs.iter().map(|run| format!("{} / {}", run.name(), run.seed())).collect();
    insta::assert_snapshot!(names.join("\n"));
    assert_eq!(experiment.runs.last().unwrap().spec.model.encoder, Encoder::Idcnn);
}

#[test]
fn a_base_is_laid_under_the_file_that_extends_it() {
    let base = "name: base\ndefaults: {train: {epochs: 5, batch: 4}}\nmatrix: {model.crf: [false, true]}\nseeds: [1]\n";
    let file = "extends: base.yaml\ndefaults: {train.epochs: 7}\nseeds: [2, 3]\n";
    let experiment = load_files(&[("base.yaml", base), ("x.yaml", file)], &[]).unwrap();
    assert_eq!((experiment.name.as_str(), experiment.runs.len()), ("x", 4));
    assert!(experiment.runs.iter().all(|run| run.spec.train.epochs == 7 && run.spec.train.batch == 4));
}

#[test]
fn imports_join_the_runs_of_other_experiments() {
    let experiment = load_files(
        &[
            ("x.yaml", "imports: [one.yaml, two.yaml]\n"),
            ("one.yaml", "matrix: {dropout.rate: [0, 0.5]}\n"),
            ("two.yaml", "runs: [{label: only}]\ncorpora: {mine: {train: a.txt, dev: sub/b.txt, test: c.txt, normalise_ids: true}}\n"),
        ],
        &["train.epochs=2"],
    )
    .unwrap();
    assert_eq!((experiment.runs.len(), experiment.all_runs().len()), (0, 3));
    assert!(experiment.all_runs().iter().all(|run| run.spec.train.epochs == 2));
    let corpora = experiment.all_corpora();
    assert!(corpora["mine"].dev.ends_with("sub/b.txt") && corpora["mine"].normalise_ids);
}

#[test]
fn a_corpus_may_be_defined_where_it_is_used() {
    let text = "\
defaults: {data: {corpus: &mine {name: mine, train: a.txt, dev: b.txt, test: c.txt, entity_types: [Gene, Disease]}}}
matrix: {data.corpus: [*mine, mini, {name: other, train: d.txt, dev: d.txt, test: d.txt}]}
exclude: [{data.corpus: {name: other, train: d.txt, dev: d.txt, test: d.txt}}]
include: [{data: {corpus: *mine, entity_types: [Gene]}}]
";
    let experiment = load_text(text).unwrap();
    let data = |run: &PlannedRun| (run.spec.data.corpus.clone(), run.spec.data.entity_types.join(" "));
    let runs: Vec<(String, String)> = experiment.runs.iter().map(data).collect();
    let expected = [("mine", "Gene Disease"), ("mini", "Disease"), ("mine", "Gene")];
    assert_eq!(runs, expected.map(|(corpus, types)| (corpus.to_owned(), types.to_owned())));
    assert!(experiment.corpora["mine"].train.ends_with("a.txt") && experiment.corpora.len() == 2);

    let given = load_files(&[("x.yaml", "name: x\n")], &["data.corpus={name: mine, train: a, dev: b, test: c}"]).unwrap();
    assert_eq!((only(&given).data.corpus.as_str(), given.corpora["mine"].train.as_path()), ("mine", Path::new("a")));
}

#[test]
fn an_argument_is_laid_over_every_run_and_its_labels() {
    let experiment =
        load_files(&[("x.yaml", "matrix: {model.framework: [mtl, pipeline]}\n")], &["model.framework=mtl", "seeds=[4]"]).unwrap();
    assert_eq!(experiment.runs.iter().map(PlannedRun::name).collect::<Vec<_>>(), ["framework=mtl", "framework=mtl"]);
    assert!(experiment.runs.iter().all(|run| run.spec.model.framework == Framework::Mtl && run.seed() == 4));
}

#[test]
fn keys_that_cannot_matter_are_at_their_defaults() {
    let text = "defaults: {model.crf_feedback: marginals}\nmatrix: {model.crf: [false, true]}\n";
    let experiment = load_text(text).unwrap();
    let found: Vec<CrfFeedback> = experiment.runs.iter().map(|run| run.spec.model.crf_feedback).collect();
    assert_eq!(found, [CrfFeedback::Emissions, CrfFeedback::Marginals]);
}

/// Every message that an experiment file or `--set` can earn, in one place to read.
#[test]
fn messages() {
    let deep = format!("defaults: {}1{}\n", "[".repeat(100), "]".repeat(100));
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..8 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb += &format!("a{level}: &a{level} [{below}]\n");
    }
    let many: Vec<String> = (1..200).map(|n| n.to_string()).collect();
    let many = many.join(", ");
    let wide = format!("matrix:\n  model.hidden: [{many}]\n  train.epochs: [{many}]\n");
    let long = format!("defaults: {{{}model.hiden: 3}}\n", " ".repeat(200));
    let cases: Vec<(&str, &str, &[&str])> = vec![
        ("unknown key in a section", "defaults:\n  model:\n    hiden: 100\n", &[]),
        ("unknown key, right name in another section", "defaults:\n  train:\n    hidden: 100\n", &[]),
        ("unknown key, nothing near", "defaults:\n  dropout:\n    zzz: 1\n", &[]),
        ("unknown dotted key", "defaults: {model.feedback.round: 2}\n", &[]),
        ("unknown key at the top", "matrx: {model.crf: [true]}\n", &[]),
        ("key of a run at the top", "model: {crf: true}\n", &[]),
        ("negative width", "defaults:\n  model.hidden: -3\n", &[]),
        ("text for a number", "defaults:\n  model.hidden: many\n", &[]),
        ("dropout above 1", "defaults: {dropout: {rate: 1.5}}\n", &[]),
        ("dropout not a number", "defaults: {dropout: {rate: .nan}}\n", &[]),
        ("batch 0", "defaults:\n  train:\n    batch: 0\n", &[]),
        ("momentum above 1", "defaults: {train.momentum: 1.2}\n", &[]),
        ("learning rate 0", "defaults: {train.learning_rate: 0}\n", &[]),
        ("yes is not a truth value", "defaults: {model.crf: yes}\n", &[]),
        ("list for a value", "defaults: {train.epochs: [1, 2]}\n", &[]),
        ("mapping for a value", "defaults: {train.epochs: {n: 2}}\n", &[]),
        ("value for a section", "defaults: {train: 5}\n", &[]),
        ("nothing for a section", "defaults:\n  train:\n", &[]),
        ("misspelt choice", "defaults: {model.framework: mtl-both-feedbak}\n", &[]),
        ("unlike any choice", "defaults: {tags.mer: 9}\n", &[]),
        ("no entity types", "defaults: {data.entity_types: []}\n", &[]),
        ("an entity type twice", "defaults: {data.entity_types: [Disease, Disease]}\n", &[]),
        ("bad dilation", "defaults: {model: {encoder: idcnn, idcnn.dilations: [1, 0]}}\n", &[]),
        ("unknown corpus", "defaults: {data.corpus: ncbi-diseases}\n", &[]),
        ("unknown embedding", "defaults: {embedding: {name: glove-50}}\n", &[]),
        ("train+dev with early selection", "defaults:\n  data.train_on: train+dev\n", &[]),
        ("the same, chosen outright", "defaults:\n  data.train_on: train+dev\n  train.select: best-dev-per-task\n", &[]),
        ("store without asynchronous", "defaults:\n  model.feedback.rounds: store\n", &[]),
        ("marginals without crf", "defaults:\n  model.crf_feedback: marginals\n", &[]),
        ("momentum with adam", "defaults: {train: {optimizer: adam, momentum: 0.5}}\n", &[]),
        ("layers of an idcnn", "defaults: {model: {encoder: idcnn, layers: 2}}\n", &[]),
        ("even window of an idcnn", "defaults: {model: {encoder: idcnn, idcnn: {window: 4}}}\n", &[]),
        ("no task has weight", "defaults:\n  train.task_weights: {mer: 0, men: 0}\n", &[]),
        ("axis without list", "matrix:\n  model.crf: true\n", &[]),
        ("empty axis", "matrix:\n  model.crf: []\n", &[]),
        ("bad value in an axis", "matrix:\n  dropout.rate: [0, 0.5, 2]\n", &[]),
        ("value twice in an axis", "matrix:\n  dropout.rate: [0.5, 0.50]\n", &[]),
        ("misspelt axis", "matrix:\n  dropout.rates: [0.5]\n", &[]),
        ("exclude that matches nothing", "matrix: {model.crf: [false]}\nexclude:\n  - {model.crf: true}\n", &[]),
        ("exclude without matrix", "exclude:\n  - {model.crf: true}\n", &[]),
        ("runs and matrix", "matrix: {model.crf: [false]}\nruns: [{label: a}]\n", &[]),
        ("run without label", "runs:\n  - {set: {model.crf: true}}\n", &[]),
        ("label twice", "runs:\n  - {label: a}\n  - {label: a}\n", &[]),
        ("seed twice", "seeds: [1, 2, 1]\n", &[]),
        ("seeds not a list", "seeds: 3\n", &[]),
        ("seed and seeds", "defaults: {seed: 4}\nseeds: [1]\n", &[]),
        ("key twice", "defaults:\n  seed: 1\n  seed: 2\n", &[]),
        ("key twice, dotted and nested", "defaults:\n  model.crf: true\n  model: {crf: false}\n", &[]),
        ("unknown table", "report: {tables: [nonsense]}\n", &[]),
        ("misspelt table", "report: {tables: [score]}\n", &[]),
        ("unknown metric", "report: {metrics: [mention_fl]}\n", &[]),
        ("metric twice", "report: {metrics: [mention_f1, mention_f1]}\n", &[]),
        ("unknown order of rows", "report: {order: files}\n", &[]),
        ("decimals out of range", "report: {decimals: 0}\n", &[]),
        ("label of an unknown key", "report: {labels: {dropout.rat: {0.5: a}}}\n", &[]),
        ("label of a value that the key cannot have", "report: {labels: {dropout.rate: {2: a}}}\n", &[]),
        (
            "label of a value that no run has",
            "matrix: {dropout.rate: [0, 0.5]}\nreport: {labels: {dropout.rate: {0.50: a, 0.4: b}}}\n",
            &[],
        ),
        ("label that is no text", "report:\n  labels:\n    dropout:\n      rate: {0.5: 1}\n", &[]),
        ("figure over a numeric key that does not differ", "matrix: {model.crf: [true, false]}\nreport: {figures: [bars, sweep]}\n", &[]),
        ("figure over two keys where one differs", "matrix: {dropout.rate: [0, 0.5]}\nreport: {figures: [heat-map]}\n", &[]),
        (
            "claim of a label that no run has",
            "runs: [{label: wide}, {label: narrow}]\nclaims:\n  - {id: a, says: b, kind: higher, tasks: [mer], first: [{label: wied}], second: [{label: narrow}]}\n",
            &[],
        ),
        ("claim without its kind", "claims:\n  - {id: a, says: b, tasks: [mer], first: [{crf: true}], second: [{crf: false}]}\n", &[]),
        ("claims in a file that is missing", "claims: mine.yaml\n", &[]),
        ("vectors without a file", "embeddings:\n  mine: {dimension: 25}\n", &[]),
        ("vectors of an unknown format", "defaults: {embedding: {name: mine, file: a, format: golve}}\n", &[]),
        ("vectors with a file and no name", "defaults: {embedding: {file: a}}\n", &[]),
        ("vectors named as those of the registry", "defaults: {embedding: {name: mini-20, file: a}}\n", &[]),
        ("vectors of a dimension that is no number", "embeddings:\n  mine: {file: a, dimension: many}\n", &[]),
        ("vectors in two ways", "embeddings:\n  mine: {file: a}\ndefaults: {embedding: {name: mine, file: b}}\n", &[]),
        ("unknown key of drift", "drift: {basline: a.csv}\n", &[]),
        ("unknown report key", "report: {pictures: [a]}\n", &[]),
        ("corpus without test", "corpora:\n  mine: {train: a, dev: b}\n", &[]),
        ("corpus of an unknown format", "corpora:\n  mine: {train: a, dev: b, test: c, format: bioc}\n", &[]),
        ("corpus of the registry", "corpora:\n  mini: {train: a, dev: b, test: c}\n", &[]),
        ("corpus in its place without a name", "defaults: {data.corpus: {train: a, dev: b, test: c}}\n", &[]),
        ("corpus in its place without a split", "defaults:\n  data:\n    corpus: {name: mine, train: a, test: c}\n", &[]),
        ("corpus in its place, misspelt key", "matrix: {data.corpus: [{name: mine, train: a, dev: b, test: c, formt: conll}]}\n", &[]),
        (
            "corpus in two ways",
            "corpora:\n  mine: {train: a, dev: b, test: c}\ndefaults:\n  data.corpus: {name: mine, train: a, dev: b, test: d}\n",
            &[],
        ),
        ("corpus in its place, named as one of the registry", "defaults: {data.corpus: {name: mini, train: a, dev: b, test: c}}\n", &[]),
        ("name that is not a folder", "name: ../up\n", &[]),
        ("base that is not there", "extends: gone.yaml\n", &[]),
        ("base that is the file", "extends: x.yaml\n", &[]),
        ("not YAML", "defaults: {model: [\n", &[]),
        ("tab as indent", "defaults:\n\tmodel.crf: true\n", &[]),
        ("tag", "defaults: !include other.yaml\n", &[]),
        ("two documents", "name: a\n---\nname: b\n", &[]),
        ("empty", "", &[]),
        ("list at the top", "- name: a\n", &[]),
        ("list as key", "? [a, b]\n: 1\n", &[]),
        ("nested too deep", &deep, &[]),
        ("alias bomb", &bomb, &[]),
        ("too many runs", &wide, &[]),
        ("long line", &long, &[]),
        ("three at once", "defaults:\n  model.hiden: 1\n  train.batch: 0\nmatrix:\n  model.crf: [maybe]\n", &[]),
        ("argument: unknown key", "name: x\n", &["model.hiden=100"]),
        ("argument: section", "name: x\n", &["model=100"]),
        ("argument: bad value", "name: x\n", &["model.hidden=-3"]),
        ("argument: no value", "name: x\n", &["model.hidden"]),
        ("argument: not YAML", "name: x\n", &["model.hidden=[1"]),
        ("argument: no effect", "name: x\n", &["model.crf_feedback=marginals"]),
    ];
    let mut shown = String::new();
    for (what, text, overrides) in cases {
        let message = load_files(&[("x.yaml", text)], overrides).expect_err(what);
        shown += &format!("## {what}\nerror: {message}\n\n");
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn a_problem_in_a_base_is_shown_there() {
    let base = "defaults:\n  model: {hiden: 5}\n";
    insta::assert_snapshot!(load_files(&[("base.yaml", base), ("x.yaml", "extends: base.yaml\n")], &[]).unwrap_err());
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let shown = |path: &Path| load(path, &names(), &[]).unwrap_err().to_string().replace(&format!("{}", folder.path().display()), "DIR");
    assert_eq!(shown(&folder.path().join("gone.yaml")), "cannot read DIR/gone.yaml: there is no such file");
    assert!(shown(folder.path()).contains("it is not a file"));
    fs::write(folder.path().join("latin.yaml"), b"name: caf\xe9\n").unwrap();
    assert_eq!(shown(&folder.path().join("latin.yaml")), "cannot read DIR/latin.yaml: not UTF-8 at byte 9; save it as UTF-8");
    fs::write(folder.path().join("big.yaml"), vec![b'#'; 2 << 20]).unwrap();
    assert!(shown(&folder.path().join("big.yaml")).contains("at most 1048576"));
}

/// Defined under `embeddings`, beside the name, in a matrix and in an argument: the same vectors.
#[test]
fn vectors_of_ones_own_are_defined_where_it_suits() {
    let listed = "embeddings:\n  mine: {file: v.txt, format: glove, dimension: 25}\ndefaults: {embedding.name: mine}\n";
    let beside = "defaults:\n  embedding: {name: mine, file: v.txt, format: glove, dimension: 25}\n";
    let dotted = "defaults: {embedding.name: mine, embedding.file: v.txt, embedding.format: glove, embedding.dimension: 25}\n";
    let in_place = "defaults: {embedding.name: {name: mine, file: v.txt, format: glove, dimension: 25}}\n";
    let in_runs = "runs:\n  - {label: a, set: {embedding: {name: mine, file: v.txt, format: glove, dimension: 25}}}\n";
    let expected = load_text(listed).unwrap();
    assert_eq!((expected.embeddings["mine"].dimension, expected.runs[0].spec.embedding.name.as_str()), (Some(25), "mine"));
    for text in [beside, dotted, in_place, in_runs] {
        let found = load_text(text).unwrap();
        let [one, other] = [&expected, &found].map(|experiment| experiment.embeddings["mine"].clone());
        assert_eq!((one.format, one.dimension, one.file.file_name()), (other.format, other.dimension, other.file.file_name()), "{text}");
        assert_eq!(found.runs[0].spec, expected.runs[0].spec);
    }
    let matrix = load_text("matrix:\n  embedding.name: [mini-20, {name: mine, file: v.txt}]\n").unwrap();
    assert_eq!(matrix.runs.iter().map(|run| run.spec.embedding.name.as_str()).collect::<Vec<_>>(), ["mini-20", "mine"]);
    let argument = load_files(&[("x.yaml", "name: x\n")], &["embedding.name={name: mine, file: v.txt}"]).unwrap();
    assert_eq!(argument.embeddings.len(), 1);
}

#[test]
fn line_ends_and_a_byte_order_mark_do_not_matter() {
    let plain = load_text("defaults:\n  model.crf: true\n").unwrap();
    assert_eq!(load_text("\u{feff}defaults:\r\n  model.crf: true\r\n").unwrap(), plain);
}

proptest! {
    #[test]
    fn a_matrix_has_as_many_runs_as_the_product_of_its_lists(rates in 1usize..5, hidden in 1usize..5, epochs in 1usize..4, seeds in 1u64..4) {
        let list = |n: usize, value: fn(usize) -> String| (0..n).map(value).collect::<Vec<_>>().join(", ");
        let text = format!(
            "matrix:\n  dropout.rate: [{}]\n  model.hidden: [{}]\n  train.epochs: [{}]\nseeds: [{}]\n",
            list(rates, |i| format!("0.{}", i + 1)),
            list(hidden, |i| format!("{}", 10 * (i + 1))),
            list(epochs, |i| format!("{}", i + 1)),
            (0..seeds).map(|seed| seed.to_string()).collect::<Vec<_>>().join(", "),
        );
        let experiment = load_text(&text).unwrap();
        prop_assert_eq!(experiment.runs.len(), rates * hidden * epochs * seeds as usize);
        let mut distinct: Vec<String> = experiment.runs.iter().map(|run| serde_json::to_string(&run.spec).unwrap()).collect();
        distinct.sort();
        distinct.dedup();
        prop_assert_eq!(distinct.len(), experiment.runs.len());
    }

    /// Whatever the text, there is an experiment or a message, never a panic.
    #[test]
    fn no_text_panics(text in "([a-z]{1,8}(\\.[a-z]{1,5})?: ?|[-\\[\\]{}&*!|>'\"%@`,:?#\n\t \\\\]|<<: |\\PC|defaults:|matrix:|runs:|&a |\\*a|[0-9.e-]{1,4}|\n  ){0,40}") {
        let _ = load_text(&text);
    }

    /// The same of arguments.
    #[test]
    fn no_argument_panics(argument in "(model\\.hidden|seeds|train|dropout.rate|\\PC{0,5})=?\\PC{0,20}") {
        let _ = load_files(&[("x.yaml", "name: x\n")], &[&argument]);
    }
}
