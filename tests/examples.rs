//! The programs of `examples/` do what they say. `cargo test` builds them; where a single test file is run they may be missing.

use std::path::{Path, PathBuf};
use std::process::Command;

fn program(name: &str) -> Option<PathBuf> {
    let here = std::env::current_exe().unwrap();
    let path = here.parent()?.parent()?.join("examples").join(name);
    if !path.is_file() {
        println!("skipped: {} is not built (`cargo build --release --examples`)", path.display());
        return None;
    }
    Some(path)
}

/// Runs an example in the root of the source, and gives its standard output.
fn run(name: &str, arguments: &[&Path]) -> Option<String> {
    let output = Command::new(program(name)?).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_corpus_is_converted_and_scored_against_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (gold, other) = (Path::new("data/mini/test.PubTator.txt"), folder.path().join("test.xml"));
    let Some(said) = run("convert", &[gold, Path::new("bioc-xml"), &other]) else { return };
    assert!(said.contains("documents in "), "{said}");
    let Some(said) = run("score", &[gold, &other]) else { return };
    let scores: Vec<&str> = said.lines().filter(|line| line.starts_with("  ")).collect();
    // Chemical and Disease, each with mentions and concepts.
    assert_eq!(scores.len(), 4, "{said}");
    assert!(scores.iter().all(|line| line.contains("F1 1.0000")), "{said}");
}

/// Runs a program in a folder on the small corpus, which has to end with this exit code: standard output and standard error.
#[track_caller]
fn in_folder(program: &Path, folder: &Path, code: i32, arguments: &[&str]) -> (String, String) {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let output = Command::new(program).args(arguments).current_dir(folder).env("MERMEN_DATA", data).output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {out}{err}");
    (out, err)
}

const MERMEN: &str = env!("CARGO_BIN_EXE_mermen");

/// The systems of the example are run, recorded, drawn, compared and checked as any other by the program that registers them; the plain program
/// reads their records, and trains none of them.
#[test]
fn systems_of_ones_own_are_runs_like_any_other() {
    let Some(own) = program("own_system") else { return };
    let plain = Path::new(MERMEN);
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/own_system.yaml");
    std::fs::copy(spec, root.join("own.yaml")).unwrap();

    let (table, _) = in_folder(&own, root, 0, &["run", "own.yaml"]);
    for row in ["Memorizer (own spans)", "suffixes-3", "suffixes-4", "suffixes-5"] {
        assert!(table.contains(row), "{row}: {table}");
    }
    assert!(in_folder(&own, root, 0, &["run", "own.yaml"]).1.contains("all runs are done"));

    let (rows, _) = in_folder(plain, root, 0, &["export", "records", "--to", "jsonl"]);
    let runs: Vec<serde_json::Value> = rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(runs.len(), 4);
    let of = |system: &str| runs.iter().find(|run| run["system"] == system).unwrap();
    let id = |system: &str| of(system)["run"].as_str().unwrap()[..12].to_owned();
    let precision = |system: &str| {
        let count = |name: &str| of(system)[format!("test_mention_{name}")].as_f64().unwrap();
        count("tp") / (count("tp") + count("fp"))
    };
    // They find something, and longer suffixes are surer.
    assert!(of("suffixes-4")["test_mention_tp"].as_u64().unwrap() > 0);
    assert!(precision("suffixes-5") > precision("suffixes-3"), "{rows}");

    // What the plain program does with these records.
    let (shown, _) = in_folder(plain, root, 0, &["records", "show", &id("suffixes-4")]);
    assert!(shown.contains("cannot train it") && shown.contains("system=suffixes-4") && shown.contains("suffixes"), "{shown}");
    assert!(!in_folder(&own, root, 0, &["records", "show", &id("suffixes-4")]).0.contains("cannot train it"));
    in_folder(plain, root, 0, &["records", "verify"]);
    assert!(in_folder(plain, root, 0, &["compare", &id("suffixes-4"), &id("suffixes-3")]).0.contains("system=suffixes-3"));
    assert!(in_folder(plain, root, 0, &["explain", &id("suffixes-4")]).0.contains("suffixes-4"));
    assert!(in_folder(plain, root, 2, &["predict", "--model", &id("suffixes-4"), "--input", "own.yaml"]).1.contains("not a network"));
    let (_, why) = in_folder(plain, root, 2, &["run", "own.yaml"]);
    assert!(why.contains("own.yaml:7:") && why.contains("known to the program that registers it"), "{why}");
    let (_, why) = in_folder(&own, root, 2, &["run", "own.yaml", "--set", "system=sufixes-4"]);
    assert!(why.contains("did you mean `suffixes-4`?"), "{why}");
    // A worker of the plain program on a run that another one planned.
    let folder = std::fs::read_dir(root.join("runs")).unwrap().map(|entry| entry.unwrap().path());
    let folder = folder.into_iter().find(|path| path.ends_with(id("suffixes-5"))).unwrap();
    std::fs::remove_file(folder.join("record.json")).unwrap();
    let (ended, _) = in_folder(plain, root, 2, &["worker", "--run-dir", folder.to_str().unwrap(), "--data-dir", "."]);
    assert!(ended.contains("this program has no system `suffixes-5` and cannot train it"), "{ended}");

    // Drift: the run that lost its record is made once more, with the scores that it had.
    let baseline = ["check", "own.yaml", "--baseline", "drift.csv"];
    in_folder(&own, root, 0, &[&baseline[..], &["--update"]].concat());
    std::fs::remove_dir_all(root.join("runs")).unwrap();
    in_folder(&own, root, 0, &baseline);
    assert!(in_folder(&own, root, 0, &["schema"]).0.contains("\"suffixes-4\""));
    assert!(!in_folder(plain, root, 0, &["schema"]).0.contains("suffixes"));
}

#[test]
fn a_text_is_annotated_with_an_exported_model() {
    let Some(annotate) = program("annotate") else { return };
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let spec = "\
name: small
defaults: {data.corpus: mini, embedding.name: mini-20, model: {framework: mtl, layers: 1, hidden: 16}, train: {epochs: 8, batch: 4, optimizer: adam, learning_rate: 0.01}}
";
    std::fs::write(root.join("small.yaml"), spec).unwrap();
    in_folder(Path::new(MERMEN), root, 0, &["run", "small.yaml"]);
    let run = std::fs::read_dir(root.join("runs")).unwrap().next().unwrap().unwrap().file_name();
    in_folder(Path::new(MERMEN), root, 0, &["export", "model", run.to_str().unwrap(), "--output", "small.mermen"]);
    let training = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mini/train.PubTator.txt")).unwrap();
    let text = training.lines().find_map(|line| line.split_once("|a|")).unwrap().1;
    let (said, _) = in_folder(&annotate, root, 0, &["small.mermen", text]);
    // `START..END  WORDS (TYPE): CONCEPT, CONFIDENCE`, of a text that it was trained on.
    let mentions: Vec<&str> = said.lines().collect();
    assert!(!mentions.is_empty(), "nothing found in: {text}");
    for mention in mentions {
        let (span, rest) = mention.split_once("  ").unwrap();
        let (start, end) = span.split_once("..").unwrap();
        let words: String = text.chars().take(end.parse().unwrap()).skip(start.parse().unwrap()).collect();
        assert!(rest.starts_with(&format!("{words} (")), "{mention}");
    }
    assert!(in_folder(&annotate, root, 1, &["nothing.mermen", text]).1.contains("nothing.mermen"));
}
