//! Runs on the corpus that comes with the source: made once, drawn again, and the same after any end.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const EXPERIMENT: &str = "\
name: tiny
defaults: {data.corpus: mini, embedding.name: mini-20, train.epochs: 3, train.batch: 8, train.optimizer: adam, train.learning_rate: 0.005}
matrix: {model.framework: [mtl, mtl-both-feedback]}
";

fn mermen(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mermen"));
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    command.args(arguments).arg("--data-dir").arg(data).current_dir(folder).env_remove("MERMEN_DATA");
    command
}

fn project() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("tiny.yaml"), EXPERIMENT).unwrap();
    root
}

fn run(folder: &Path) -> Output {
    let output = mermen(folder, &["run", "tiny.yaml", "--jobs", "2"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// The `result` part of each record, by its run's folder.
fn results(folder: &Path) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder.join("runs")).unwrap().flatten() {
        if let Ok(text) = std::fs::read_to_string(entry.path().join("record.json")) {
            let record: Value = serde_json::from_str(&text).unwrap();
            found.insert(entry.file_name().into_string().unwrap(), record["result"].clone());
        }
    }
    found
}

/// Starts the experiment and returns once some run has said so many lines.
fn begun(folder: &Path, lines: usize) -> Child {
    let mut child = mermen(folder, &["run", "tiny.yaml", "--jobs", "2"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    assert_eq!(said.by_ref().take(lines).flatten().count(), lines);
    // Keeps reading, so that the program never waits for us.
    std::thread::spawn(move || said.for_each(drop));
    child
}

#[test]
fn a_second_call_says_that_all_runs_are_done_and_draws_again() {
    let root = project();
    let first = run(root.path());
    assert_eq!(results(root.path()).len(), 2);
    assert!(root.path().join("reports/tiny").is_dir());
    let second = run(root.path());
    assert!(String::from_utf8_lossy(&second.stderr).contains("tiny: all runs are done"));
    assert_eq!(first.stdout, second.stdout);
    assert!(!first.stdout.is_empty());
    let status = mermen(root.path(), &["status", "tiny.yaml"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&status.stdout).lines().last(), Some("2 runs: 2 done, 0 to do, 0 not run"));
}

#[test]
fn a_killed_call_is_taken_up_again_with_the_same_results() {
    let undisturbed = project();
    run(undisturbed.path());
    let disturbed = project();
    for lines in [2, 3, 4] {
        let mut child = begun(disturbed.path(), lines);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // Workers of the killed calls may still be finishing their batch: their runs are waited for.
    run(disturbed.path());
    assert_eq!(results(disturbed.path()), results(undisturbed.path()));
}

#[test]
fn a_request_to_end_is_granted_with_its_exit_code_and_loses_nothing() {
    let undisturbed = project();
    run(undisturbed.path());
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let disturbed = project();
        let mut child = begun(disturbed.path(), 3);
        let sent = Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", signal, &child.id().to_string()]).status().unwrap();
        let ended = child.wait().unwrap().code();
        // Runs this small may be over before the signal arrives.
        assert!(
            ended == Some(code) || (ended == Some(0) && results(disturbed.path()).len() == 2) || !sent.success(),
            "{signal}: {ended:?}"
        );
        run(disturbed.path());
        assert_eq!(results(disturbed.path()), results(undisturbed.path()), "{signal}");
    }
}

#[test]
fn two_calls_on_one_store_make_each_run_once() {
    let root = project();
    let calls: Vec<Child> = (0..2)
        .map(|_| mermen(root.path(), &["run", "tiny.yaml", "--jobs", "2"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
        .collect();
    for mut call in calls {
        assert_eq!(call.wait().unwrap().code(), Some(0));
    }
    let undisturbed = project();
    run(undisturbed.path());
    assert_eq!(results(root.path()), results(undisturbed.path()));
}

#[test]
fn half_an_embedding_file_is_bad_input_and_a_mended_one_is_taken() {
    let root = project();
    let data = root.path().join("data/mini");
    std::fs::create_dir_all(&data).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mini");
    for file in std::fs::read_dir(source).unwrap().flatten() {
        std::fs::copy(file.path(), data.join(file.file_name())).unwrap();
    }
    let whole = std::fs::read(data.join("embedding.txt")).unwrap();
    let cut = whole.len() / 2;
    std::fs::write(data.join("embedding.txt"), &whole[..cut]).unwrap();
    let call = || {
        Command::new(env!("CARGO_BIN_EXE_mermen"))
            .args(["run", "tiny.yaml", "--data-dir", "data"])
            .current_dir(root.path())
            .output()
            .unwrap()
    };
    let output = call();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("embedding.txt"), "{said}");
    assert!(results(root.path()).is_empty());
    std::fs::write(data.join("embedding.txt"), &whole).unwrap();
    assert_eq!(call().status.code(), Some(0));
}
