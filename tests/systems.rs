//! Systems that are not neural taggers, from an experiment file to a table: `system: memorizer` beside networks.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const EXPERIMENT: &str = "\
name: systems
defaults: {data.corpus: mini, embedding.name: mini-20, model.layers: 1, model.hidden: 16, train.epochs: 3, train.batch: 4, train.optimizer: adam, train.learning_rate: 0.01}
matrix: {system: [neural, memorizer]}
seeds: [1, 2]
";

fn mermen(folder: &Path, arguments: &[&str]) -> Output {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    Command::new(env!("CARGO_BIN_EXE_mermen")).args(arguments).current_dir(folder).env("MERMEN_DATA", data).output().unwrap()
}

#[track_caller]
fn good(folder: &Path, arguments: &[&str]) -> String {
    let output = mermen(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn bad(folder: &Path, arguments: &[&str]) -> String {
    let output = mermen(folder, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

/// (run, system, seed) of every record.
fn runs(folder: &Path) -> Vec<serde_json::Value> {
    let rows = good(folder, &["export", "records", "--to", "jsonl"]);
    rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_memorizer_is_a_run_like_any_other() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    fs::write(root.join("systems.yaml"), EXPERIMENT).unwrap();
    // It draws nothing at random: its two seeds are one run.
    let plan = good(root, &["run", "systems.yaml", "--dry-run"]);
    assert!(plan.contains("3 runs: 0 done, 3 to do, 0 not run"), "{plan}");
    let table = good(root, &["run", "systems.yaml"]);
    assert!(table.contains("Memorizer (own spans)") && table.contains("Bi-LSTM-CNNs"), "{table}");

    let all = runs(root);
    assert_eq!(all.len(), 3);
    let memorizer = all.iter().find(|run| run["system"] == "Memorizer (own spans)").unwrap();
    let neural = all.iter().find(|run| run["system"] != "Memorizer (own spans)").unwrap();
    assert!(memorizer["test_mention_f1"].as_f64().unwrap() > 0.4 && memorizer["test_concept_f1"].as_f64().unwrap() > 0.3, "{memorizer}");
    let id = |run: &serde_json::Value| run["run"].as_str().unwrap()[..12].to_owned();
    let shown = good(root, &["records", "show", &id(memorizer)]);
    assert!(
        shown.contains("system=memorizer") && shown.contains("strings") && shown.lines().all(|line| line.chars().count() <= 80),
        "{shown}"
    );
    // Its predictions are its record's, its errors are explained, and it compares with networks.
    assert!(good(root, &["explain", &id(memorizer)]).contains("Confused concepts of MEN"));
    assert!(good(root, &["compare", &id(memorizer), &id(neural)]).contains("second has system=neural"));
    assert!(bad(root, &["predict", "--model", &id(memorizer), "--input", "systems.yaml", "--output", "-"]).contains("no network"));

    // With the mentions of a network's MER it finds what that one finds, and gives them training's concepts.
    let spans = format!("options.memorizer.spans={}", id(neural));
    fs::write(root.join("given.yaml"), "name: given\ndefaults: {data.corpus: mini, system: memorizer}\nseeds: [1]\n").unwrap();
    good(root, &["run", "given.yaml", "--set", &spans]);
    let given = runs(root).into_iter().find(|run| run["options.memorizer.spans"] == id(neural).as_str()).unwrap();
    for count in ["test_mention_tp", "test_mention_fp", "dev_mention_fn"] {
        assert_eq!(given[count], neural[count], "{count}");
    }
    assert_ne!(given["test_concept_tp"], neural["test_concept_tp"]);
    good(root, &["records", "verify"]);
}

#[test]
fn what_a_system_cannot_use_is_said() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    fs::write(root.join("given.yaml"), "name: given\ndefaults: {data.corpus: mini, system: memorizer}\n").unwrap();
    let why = bad(root, &["run", "given.yaml", "--set", "options.memorizer.spans=0123456789ab"]);
    assert!(why.contains("no record of the run `0123456789ab` that `options.memorizer.spans` names"), "{why}");
    let why = bad(root, &["run", "given.yaml", "--set", "options.memorizer.spans=mine"]);
    assert!(why.contains("expected `own` or the id of a run"), "{why}");
    let why = bad(root, &["run", "given.yaml", "--set", "system=memoriser"]);
    assert!(why.contains("did you mean `memorizer`?"), "{why}");
    fs::write(root.join("vain.yaml"), "name: vain\ndefaults: {data.corpus: mini, system: memorizer, train.epochs: 3}\n").unwrap();
    let why = bad(root, &["run", "vain.yaml"]);
    assert!(why.contains("train.epochs") && why.contains("`system` is not `neural`"), "{why}");
    // The network's specification does not name what it does without.
    fs::write(root.join("plain.yaml"), "name: plain\ndefaults: {data.corpus: mini, embedding.name: mini-20, options.memorizer.spans: own, data.limit: 4, train.epochs: 1}\n").unwrap();
    good(root, &["run", "plain.yaml"]);
    let folder = fs::read_dir(root.join("runs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.join("record.json").is_file())
        .unwrap();
    let task = fs::read_to_string(folder.join("spec.json")).unwrap();
    assert!(!task.contains("system") && !task.contains("options"), "{task}");
}
