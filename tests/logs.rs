//! What the program tells of itself where it is asked to.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

const EXPERIMENT: &str = "\
name: tiny
defaults: {data.corpus: mini, embedding.name: mini-20, data.limit: 8, model.layers: 1, model.hidden: 8, train.epochs: 2, train.batch: 8}
";

/// Runs the experiment in a folder of its own, which is handed on.
fn run(arguments: &[&str]) -> (tempfile::TempDir, Output) {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("tiny.yaml"), EXPERIMENT).unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mermen"));
    command.args(["run", "tiny.yaml", "--data-dir"]).arg(data).args(arguments).current_dir(root.path()).env_remove("MERMEN_DATA");
    let output = command.output().unwrap();
    (root, output)
}

/// The log of the run's own process.
fn log_of_run(root: &Path) -> String {
    let run = std::fs::read_dir(root.join("runs")).unwrap().flatten().next().unwrap();
    std::fs::read_to_string(run.path().join("log")).unwrap()
}

/// Each line as the object that it has to be.
fn events(text: &str) -> Vec<Value> {
    let event = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for field in ["timestamp", "level", "target", "message"] {
            assert!(event[field].is_string(), "{field}: {line}");
        }
        event
    };
    text.lines().map(event).collect()
}

#[test]
fn json_logs_are_one_object_a_line_and_leave_the_results_as_they_are() {
    let (plain_root, plain) = run(&[]);
    let (root, logged) = run(&["-vv", "--log", "json"]);
    let err = String::from_utf8(logged.stderr).unwrap();
    assert_eq!((plain.status.code(), logged.status.code()), (Some(0), Some(0)), "{err}");
    assert_eq!(String::from_utf8(plain.stdout).unwrap(), String::from_utf8(logged.stdout).unwrap());
    assert!(!String::from_utf8(plain.stderr).unwrap().contains("INFO"));
    let epochs = log_of_run(plain_root.path());
    assert!(
        epochs.lines().all(|line| line.starts_with("run: ")) && epochs.contains("run: both 2/2: "),
        "its epochs and nothing else: {epochs}"
    );

    let own = events(&err);
    let targets: BTreeSet<&str> = own.iter().filter_map(|event| event["target"].as_str()).collect();
    assert!(targets.contains("mermen::talk") && targets.len() > 1, "{targets:?}");

    // The run's own process logs in the same way.
    let events = events(&log_of_run(root.path()));
    let said = |message: &str| events.iter().filter(|event| event["message"] == message).collect::<Vec<_>>();
    let epochs = said("epoch over");
    assert_eq!(epochs.len(), 2);
    let spans = epochs[1]["spans"].as_array().unwrap();
    assert_eq!((&spans[0]["name"], &spans[1]["name"], &spans[1]["epoch"]), (&"run".into(), &"epoch".into(), &2.into()), "{spans:?}");
    assert!(epochs[1]["dev_mention_f1"].is_number());
    for message in ["the run's lock is ours", "corpus file read", "vectors read", "the run is done", "record written"] {
        assert!(!said(message).is_empty(), "{message}");
    }
}

#[test]
fn text_logs_are_lines_beside_the_talk_and_errors_are_events_too() {
    let (root, output) = run(&["-v"]);
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.contains(" INFO ") && err.contains("done: ") && !err.contains("DEBUG"), "{err}");
    let log = log_of_run(root.path());
    assert!(log.contains("epoch over") && log.contains("run{id=") && !log.contains("DEBUG"), "{log}");

    let (_, output) = run(&["--log", "json", "--set", "model.hiden=3"]);
    let events = events(&String::from_utf8(output.stderr).unwrap());
    assert_eq!((output.status.code(), events.len()), (Some(2), 1));
    assert_eq!((&events[0]["level"], &events[0]["target"]), (&"ERROR".into(), &"mermen::talk".into()));
    assert!(events[0]["message"].as_str().unwrap().contains("did you mean `model.hidden`?"));
}
