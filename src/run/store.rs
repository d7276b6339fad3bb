//! The run store: one folder a run, in which nothing is ever half written.
//!
//! ```text
//! runs/<12 hex digits>/lock          held by the process that makes the run; the lock dies with it
//!                      spec.json     what is to be run
//!                      record.json   the result, written last: a run with a record is over
//!                      work/         checkpoints and predictions, the business of training
//!                      probes.json   what `mermen probe` found
//!                      log           what the run's process said
//! reports/records/*_<12 hex digits>.json   published records: these runs count as done on any machine
//! ```

use super::custom_corpus::CustomCorpus;
use super::identity::{DataDigests, run_id, short};
use super::record::{PROTOCOL, ProbeRecord, RunRecord, RunState};
use super::spec::RunSpec;
use crate::atomic_file::{UNFINISHED, write_atomically};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot write {}; is the disk full, or the folder read-only?", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} is damaged; remove it, and the run is made again", path.display())]
    Damaged { path: PathBuf, source: serde_json::Error },
    #[error("{} is of protocol {found}, this program makes protocol {PROTOCOL}; remove it, and the run is made again", path.display())]
    Protocol { path: PathBuf, found: u32 },
    #[error("{} says it is of run {found}, expected {expected}; it was moved or changed by hand: remove it", path.display())]
    WrongRun { path: PathBuf, found: String, expected: String },
}

/// Runs that were made before.
pub trait PastRuns {
    fn is_done(&self, id: &str) -> Result<bool, StoreError>;
    /// The id of a published run of this specification, for a machine that lacks its data.
    fn published_like(&self, spec: &RunSpec) -> Result<Option<String>, StoreError>;
}

/// The folders of runs and of published records.
#[derive(Clone, Debug)]
pub struct Store {
    runs: PathBuf,
    published: PathBuf,
}

/// What a run's process is to do: `spec.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    pub protocol: u32,
    pub run_id: String,
    pub spec: RunSpec,
    /// The definition of the run's corpus where the experiment file has it.
    pub corpus: Option<CustomCorpus>,
}

impl Store {
    pub fn new(runs: impl Into<PathBuf>, published: impl Into<PathBuf>) -> Self {
        Self { runs: runs.into(), published: published.into() }
    }

    pub fn folder(&self, id: &str) -> RunFolder {
        RunFolder { path: self.runs.join(short(id)) }
    }

    /// The record of a run: its own, or the published one.
    ///
    /// # Errors
    /// When a file is there but cannot be read, is damaged, or belongs to another run.
    pub fn record(&self, id: &str) -> Result<Option<RunRecord>, StoreError> {
        match read_record(&self.folder(id).record_path(), Some(id))? {
            Some(record) if record.result.state == RunState::Done => Ok(Some(record)),
            own => {
                let published = self.published(id)?;
                if published.is_some() {
                    tracing::debug!(run = short(id), "a published record stands for the run");
                }
                Ok(published.or(own))
            }
        }
    }

    /// The published record whose file's name ends with the run's short id.
    fn published(&self, id: &str) -> Result<Option<RunRecord>, StoreError> {
        let named = |path: &Path| path.file_stem().is_some_and(|stem| stem.to_string_lossy().rsplit('_').next() == Some(short(id)));
        match json_files(&self.published)?.iter().find(|path| named(path)) {
            Some(path) => read_record(path, Some(id)),
            None => Ok(None),
        }
    }
}

impl PastRuns for Store {
    fn is_done(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.record(id)?.is_some_and(|record| record.result.state == RunState::Done))
    }

    fn published_like(&self, spec: &RunSpec) -> Result<Option<String>, StoreError> {
        for path in json_files(&self.published)? {
            match read_record(&path, None) {
                Ok(Some(record)) if record.result.spec == *spec && record.result.state == RunState::Done => {
                    return Ok(Some(record.result.run_id));
                }
                // A record of another protocol is history, not a result of this program.
                Ok(_) | Err(StoreError::Protocol { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

fn json_files(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let unreadable = |source| StoreError::Read { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(unreadable)?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Reads a record and holds it to its own hash, and to `expected` where that is given. `None` where there is no file.
///
/// # Errors
/// As `Store::record`.
pub fn read_record(path: &Path, expected: Option<&str>) -> Result<Option<RunRecord>, StoreError> {
    let Some(record) = read_json::<RunRecord>(path)? else { return Ok(None) };
    let result = &record.result;
    if result.protocol != PROTOCOL {
        return Err(StoreError::Protocol { path: path.to_owned(), found: result.protocol });
    }
    let digests = DataDigests { corpus: result.data.corpus_sha256.clone(), embedding: result.data.embedding.sha256.clone() };
    let own = run_id(&result.spec, &digests);
    // A run that failed has no digests to be held to.
    let hashed = if matches!(result.state, RunState::Failed { .. }) { &result.run_id } else { &own };
    let expected = expected.unwrap_or(hashed);
    if result.run_id != expected || hashed != expected {
        return Err(StoreError::WrongRun { path: path.to_owned(), found: short(hashed).to_owned(), expected: short(expected).to_owned() });
    }
    Ok(Some(record))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StoreError> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::Read { path: path.to_owned(), source }),
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|source| StoreError::Damaged { path: path.to_owned(), source }),
    }
}

/// One run's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn record_path(&self) -> PathBuf {
        self.path.join("record.json")
    }

    pub fn task_path(&self) -> PathBuf {
        self.path.join("spec.json")
    }

    /// What `mermen probe` found, where it was run.
    pub fn probes_path(&self) -> PathBuf {
        self.path.join("probes.json")
    }

    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn probes(&self) -> Result<Option<ProbeRecord>, StoreError> {
        read_json(&self.probes_path())
    }

    /// # Errors
    /// When the file cannot be written.
    pub fn write_probes(&self, probes: &ProbeRecord) -> Result<(), StoreError> {
        write_json(&self.probes_path(), probes)
    }

    pub fn log_path(&self) -> PathBuf {
        self.path.join("log")
    }

    /// For checkpoints and predictions.
    pub fn work_path(&self) -> PathBuf {
        self.path.join("work")
    }

    /// Makes the folder and says in it what is to be run. An equal task is left as it is.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn prepare(&self, task: &Task) -> Result<(), StoreError> {
        let work = self.work_path();
        fs::create_dir_all(&work).map_err(|source| StoreError::Write { path: work, source })?;
        match self.task() {
            Ok(Some(present)) if present == *task => Ok(()),
            _ => write_json(&self.task_path(), task),
        }
    }

    /// # Errors
    /// When `spec.json` cannot be read or is damaged.
    pub fn task(&self) -> Result<Option<Task>, StoreError> {
        read_json(&self.task_path())
    }

    /// # Errors
    /// As `read_record`.
    pub fn record(&self, id: &str) -> Result<Option<RunRecord>, StoreError> {
        read_record(&self.record_path(), Some(id))
    }

    /// # Errors
    /// When the folder cannot be written to.
    pub fn write_record(&self, record: &RunRecord) -> Result<(), StoreError> {
        write_json(&self.record_path(), record)?;
        tracing::debug!(path = %self.record_path().display(), "record written");
        Ok(())
    }

    /// Takes the run for this process, unless another one has it (`None`).
    ///
    /// # Errors
    /// When the lock file cannot be made.
    pub fn lock(&self) -> Result<Option<RunLock>, StoreError> {
        let path = self.path.join("lock");
        let failed = |source| StoreError::Write { path: path.clone(), source };
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {
                self.remove_leftovers();
                Ok(Some(RunLock { _file: file }))
            }
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Whether a living process holds the run. A folder that cannot be asked is not being run.
    pub fn is_locked(&self) -> bool {
        File::open(self.path.join("lock")).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Whether there is a checkpoint to go on from.
    pub fn has_work(&self) -> bool {
        fs::read_dir(self.work_path()).is_ok_and(|mut entries| entries.next().is_some())
    }

    /// Temporary files of a process that was killed while it wrote; only the owner of the lock may call this.
    fn remove_leftovers(&self) {
        for folder in [self.path.clone(), self.work_path()] {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name();
                if name.to_string_lossy().starts_with(UNFINISHED) {
                    // Best effort: a leftover costs room on the disk and nothing else.
                    let _ = fs::remove_file(entry.path());
                }
            }
        }
    }
}

/// The right to make a run, until it is dropped or its process ends in any way.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), StoreError> {
    let failed = |source| StoreError::Write { path: path.to_owned(), source };
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| failed(error.into()))?;
    bytes.push(b'\n');
    write_atomically(path, &bytes).map_err(failed)
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
