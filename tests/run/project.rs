//! A folder with an experiment of two small runs, and what the program makes of it.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;

const EXPERIMENT: &str = "\
name: tiny
defaults: {data.corpus: mini, embedding.name: mini-20, train.epochs: 3, train.batch: 8, train.optimizer: adam, train.learning_rate: 0.005}
matrix: {model.framework: [mtl, mtl-both-feedback]}
";

/// What the two runs come to when nothing disturbs them.
pub static UNDISTURBED: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let project = Project::new();
    project.run();
    project.results()
});

/// Exit code, standard output and standard error of a call.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

pub struct Project {
    folder: PathBuf,
    data: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

impl Project {
    pub fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let mut project = Self::at(temporary.path());
        project._temporary = Some(temporary);
        project
    }

    /// In a folder that somebody else looks after.
    pub fn at(folder: &Path) -> Self {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        let project = Self { folder: folder.to_owned(), data, _temporary: None };
        project.write("tiny.yaml", EXPERIMENT);
        project
    }

    /// With data of its own, in the folder's `data`.
    pub fn with_own_data(mut self) -> Self {
        let source = self.data.join("mini");
        let own = self.path("data/mini");
        fs::create_dir_all(&own).unwrap();
        for file in fs::read_dir(source).unwrap().flatten() {
            fs::copy(file.path(), own.join(file.file_name())).unwrap();
        }
        self.data = self.path("data");
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// A call of the program in the folder, without the caller's environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mermen"));
        command.args(arguments).current_dir(&self.folder).env_remove("MERMEN_DATA").env_remove("MERMEN_CPU");
        command
    }

    /// `mermen run` of the experiment with so many runs at a time, and more arguments.
    pub fn run_command(&self, jobs: usize, more: &[&str]) -> Command {
        let mut command = self.command(&["run", "tiny.yaml", "--jobs", &jobs.to_string()]);
        command.arg("--data-dir").arg(&self.data).args(more);
        command
    }

    pub fn call(&self, arguments: &[&str]) -> Said {
        self.command(arguments).output().unwrap().into()
    }

    /// A call that may end in any way.
    pub fn try_run(&self, more: &[&str]) -> Said {
        self.run_command(2, more).output().unwrap().into()
    }

    /// A call that must end well.
    #[track_caller]
    pub fn run(&self) -> Said {
        let said = self.try_run(&[]);
        assert_eq!(said.code, Some(0), "{}", said.err);
        said
    }

    /// Starts the experiment and returns once it has said so many lines.
    pub fn begun(&self, jobs: usize, lines: usize) -> Child {
        let mut child = self.run_command(jobs, &[]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        assert_eq!(said.by_ref().take(lines).flatten().count(), lines);
        // Keeps reading, so that the program never waits for us.
        std::thread::spawn(move || said.for_each(drop));
        child
    }

    /// The bytes of the `result` part of each record, by its run's folder.
    pub fn results(&self) -> BTreeMap<String, String> {
        self.parts(|record| record.result)
    }

    /// As [`Project::results`], what may differ between machines and moments.
    pub fn measured(&self) -> BTreeMap<String, String> {
        self.parts(|record| record.measured)
    }

    /// The bytes of every parameter file, by its path in the run store.
    pub fn parameters(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let runs = fs::read_dir(self.path("runs")).unwrap().flatten();
        let files = runs.flat_map(|run| fs::read_dir(run.path().join("work")).unwrap().flatten().collect::<Vec<_>>());
        let parameters = files.map(|file| file.path()).filter(|file| file.extension().is_some_and(|end| end == "safetensors"));
        parameters.map(|file| (file.strip_prefix(self.path("runs")).unwrap().to_owned(), fs::read(&file).unwrap())).collect()
    }

    fn parts(&self, part: impl Fn(Record) -> Box<RawValue>) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(self.path("runs")).into_iter().flatten().flatten() {
            if let Ok(text) = fs::read_to_string(entry.path().join("record.json")) {
                let record = serde_json::from_str(&text).unwrap();
                found.insert(entry.file_name().into_string().unwrap(), part(record).get().to_owned());
            }
        }
        found
    }
}

#[derive(Deserialize)]
struct Record {
    result: Box<RawValue>,
    measured: Box<RawValue>,
}
