//! A corpus of one's own, in several formats, from an experiment file to scores.

use serde_json::Value;
use std::path::Path;
use std::process::Command;

fn mermen(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_mermen")).args(arguments).current_dir(folder).env_remove("MERMEN_DATA").output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A folder with the corpus `mini` as `mine/train.EXTENSION` and so on.
fn project(extension: &str) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("mine")).unwrap();
    for split in ["train", "dev", "test"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/mini/{split}.PubTator.txt"));
        let to = format!("mine/{split}.{extension}");
        let (code, err) = mermen(root.path(), &["data", "convert", from.to_str().unwrap(), &to]);
        assert_eq!(code, Some(0), "{err}");
    }
    root
}

const REST: &str = "  embedding: {name: random-50}
  model: {framework: mtl, layers: 1, hidden: 8}
  train: {epochs: 1, batch: 16, optimizer: adam, learning_rate: 0.01}
";

/// Data facts and test scores of the one run.
fn made(root: &Path, spec: &str) -> Value {
    std::fs::write(root.join("own.yaml"), spec).unwrap();
    let (code, err) = mermen(root, &["run", "own.yaml"]);
    assert_eq!(code, Some(0), "{err}");
    let run = std::fs::read_dir(root.join("runs")).unwrap().flatten().next().unwrap();
    let record: Value = serde_json::from_slice(&std::fs::read(run.path().join("record.json")).unwrap()).unwrap();
    let result = &record["result"];
    assert_eq!(result["spec"]["data"]["corpus"], "mine");
    serde_json::json!([
        result["spec"]["data"]["entity_types"],
        result["data"]["tokens_train"],
        result["data"]["men_tags"],
        result["networks"],
        result["test"]
    ])
}

#[test]
fn the_same_corpus_gives_the_same_run_in_any_format() {
    let mut outcomes = Vec::new();
    for (extension, format) in [("txt", "pubtator"), ("xml", "bioc-xml"), ("json", "bioc-json"), ("jsonl", "auto"), ("conll", "conll")] {
        let root = project(extension);
        let corpus = format!(
            "{{name: mine, train: mine/train.{extension}, dev: mine/dev.{extension}, test: mine/test.{extension}, format: {format}, entity_types: [Disease], normalise_ids: false}}"
        );
        outcomes.push((extension, made(root.path(), &format!("defaults:\n  data:\n    corpus: {corpus}\n{REST}"))));
    }
    let (_, first) = &outcomes[0];
    assert!(first[1].as_u64().unwrap() > 1000, "{first}");
    for (extension, outcome) in &outcomes {
        assert!(outcome == first, "{extension}: {outcome}\n{first}");
    }
}

#[test]
fn a_corpus_is_defined_by_name_too_and_says_which_types_its_runs_recognise() {
    let root = project("jsonl");
    let of_type = |types: &str| {
        format!(
            "corpora:\n  mine: {{train: mine/train.jsonl, dev: mine/dev.jsonl, test: mine/test.jsonl, entity_types: {types}}}\ndefaults:\n  data.corpus: mine\n{REST}"
        )
    };
    let outcome = made(root.path(), &of_type("[Disease]"));
    assert_eq!(outcome[0], serde_json::json!(["Disease"]));
    std::fs::write(root.path().join("own.yaml"), of_type("[disease]")).unwrap();
    let (code, err) = mermen(root.path(), &["run", "own.yaml"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("the corpus `mine` has no mention of type disease to train on; it has ") && err.contains(" Disease"), "{err}");
    // What the run itself says goes before what its corpus says.
    let (code, err) = mermen(root.path(), &["run", "own.yaml", "--dry-run", "--set", "data.entity_types=[Disease]"]);
    assert_eq!(code, Some(0), "{err}");
}

#[test]
fn a_format_that_the_file_is_not_of_is_told_with_its_place() {
    let root = project("jsonl");
    let spec = format!(
        "defaults:\n  data.corpus: {{name: mine, train: mine/train.jsonl, dev: mine/dev.jsonl, test: mine/test.jsonl, format: pubtator}}\n{REST}"
    );
    std::fs::write(root.path().join("own.yaml"), spec).unwrap();
    let (code, err) = mermen(root.path(), &["run", "own.yaml"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("mine/train.jsonl:1: "), "{err}");
}

/// Sentences dealt out again are documents of their own, from training to `explain`; a leak has to be declared.
#[test]
fn a_corpus_is_cut_again() {
    let root = project("jsonl");
    let spec = |data: &str, train: &str| {
        let corpus = "{name: mine, train: mine/train.jsonl, dev: mine/dev.jsonl, test: mine/test.jsonl}";
        format!("defaults:\n  data: {{corpus: {corpus}, {data}}}\n{}", REST.replace("epochs: 1", &format!("epochs: 1{train}")))
    };
    let record = |spec: &str| -> Value {
        let _ = std::fs::remove_dir_all(root.path().join("runs"));
        std::fs::write(root.path().join("own.yaml"), spec).unwrap();
        let (code, err) = mermen(root.path(), &["run", "own.yaml"]);
        assert_eq!(code, Some(0), "{err}");
        let run = std::fs::read_dir(root.path().join("runs")).unwrap().flatten().next().unwrap();
        let (code, err) = mermen(root.path(), &["explain", run.path().to_str().unwrap()]);
        assert_eq!(code, Some(0), "{err}");
        serde_json::from_slice(&std::fs::read(run.path().join("record.json")).unwrap()).unwrap()
    };
    let cut = record(&spec("split: sentences, split_seed: 3", ""));
    let data = &cut["result"]["data"];
    let split = |data: &Value, name: &str| data["split"][name].as_u64().unwrap_or_else(|| panic!("{name}: {data}"));
    // Every document of training is one sentence.
    assert_eq!(data["sentences_train"].as_u64(), Some(split(data, "train")), "{data}");
    assert!(split(data, "dev") > 100 && split(data, "test") > 100, "{data}");
    let all = record(&spec("split: sentences, split_seed: 3, train_on: all", ", select: last"));
    let whole: u64 = ["train", "dev", "test"].into_iter().map(|name| split(data, name)).sum();
    assert_eq!(all["result"]["data"]["sentences_train"].as_u64(), Some(whole));
    let own = record(&spec("train_on: train", ""));
    assert!(own["result"]["data"].get("split").is_none() && own["result"]["spec"]["data"].get("split").is_none(), "{own}");

    std::fs::write(root.path().join("own.yaml"), spec("train_on: all", "")).unwrap();
    let (code, err) = mermen(root.path(), &["run", "own.yaml"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("`train.select: best-dev` cannot go with `data.train_on: all`"), "{err}");
    std::fs::write(root.path().join("own.yaml"), spec("split_seed: 3", "")).unwrap();
    let (code, err) = mermen(root.path(), &["run", "own.yaml"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("`data.split_seed: 3` has no effect in any run") && err.contains("`data.split` is `official`"), "{err}");
}
