//! Runs through Slurm: with commands that play Slurm, everywhere; and on a cluster of one node that the test starts itself.

mod cluster;
mod fakes;
mod real;

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const TINY: &str = "\
name: tiny
defaults: {data.corpus: mini, embedding.name: mini-20, train.epochs: 3, train.batch: 8, train.optimizer: adam, train.learning_rate: 0.005}
matrix: {model.framework: [mtl, mtl-both-feedback]}
";

/// A folder, its name with blanks and a quote, with an experiment in it.
struct Project {
    _root: tempfile::TempDir,
    folder: PathBuf,
    /// What is set for the program.
    environment: Vec<(String, PathBuf)>,
}

impl Project {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("the lab's runs");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("tiny.yaml"), TINY).unwrap();
        Self { _root: root, folder, environment: Vec::new() }
    }

    fn mermen(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mermen"));
        command.args(arguments).current_dir(&self.folder).env_remove("MERMEN_DATA");
        if matches!(arguments[0], "run" | "status") {
            command.arg("--data-dir").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("data"));
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Exit code, standard output, standard error.
    fn outcome(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        outcome(&self.mermen(arguments).output().unwrap())
    }

    /// Starts a call whose words are read at its end.
    fn begun(&self, arguments: &[&str]) -> Child {
        self.mermen(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The `result` part of each record, by its run's folder, as bytes.
    fn results(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for entry in std::fs::read_dir(self.folder.join("runs")).unwrap().flatten() {
            if let Ok(text) = std::fs::read_to_string(entry.path().join("record.json")) {
                let record: Value = serde_json::from_str(&text).unwrap();
                found.insert(entry.file_name().into_string().unwrap(), record["result"].to_string());
            }
        }
        found
    }

    /// How often runs were taken up from a checkpoint, all together.
    fn resumed(&self) -> u64 {
        let record = |run: &String| -> Value {
            serde_json::from_str(&std::fs::read_to_string(self.folder.join("runs").join(run).join("record.json")).unwrap()).unwrap()
        };
        self.results().keys().map(|run| record(run)["measured"]["resumed"].as_u64().unwrap()).sum()
    }

    fn submission(&self, name: &str) -> PathBuf {
        self.folder.join("runs/slurm").join(name)
    }
}

fn outcome(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Results of the same experiment, made without Slurm.
fn local(arguments: &[&str]) -> BTreeMap<String, String> {
    let project = Project::new();
    let (code, _, err) = project.outcome(&[&["run", "--jobs", "2"], arguments].concat());
    assert_eq!(code, Some(0), "{err}");
    project.results()
}

/// Waits until something holds. What never holds fails the test after minutes.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("never came: {what}");
}

fn interrupt(child: &Child) {
    let sent = Command::new("sh").args(["-c", "kill -s INT \"$0\"", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}
