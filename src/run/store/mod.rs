//! The run store: one folder a run, in which nothing is ever half written, and the published records. Whoever reads a record reads it here:
//! its protocol, its specification, its predictions and its scores are compared with each other each time.
//!
//! ```text
//! runs/<12 hex digits>/lock          held by the process that makes the run; the lock dies with it
//!                      spec.json     what is to be run
//!                      gold.pack     what the scored documents annotate, without text
//!                      record.pack   predictions on dev and test, packed against the gold table
//!                      record.json   the result, written last: a run with a record is over
//!                      work/         checkpoints and predictions, the business of training
//!                      probes.json   what `mermen probe` found
//!                      progress.jsonl  a line for each epoch that was scored
//!                      log           what the run's process said
//! reports/records/*_<12 hex digits>.{json,pack}   published records: these runs count as done on any machine
//! reports/inputs/gold/*_<12 hex digits>.pack      the gold tables that they share
//! ```

mod folder;
mod progress;
mod publish;
mod read;

pub use folder::{RunFolder, RunLock, RunRequest};
pub use progress::{EpochProgress, LOGGED};
pub use publish::publish;
pub use read::{StoredRecords, json_files, read_probes, read_record, read_records};

use super::identity::short;
use super::layout::pretty;
use super::pack::PackError;
use super::record::{PROTOCOL, ProbeRecord, RunRecord, RunState};
use super::spec::RunSpec;
use crate::atomic_file::write_atomically;
use crate::evaluate::Split;
use read::Reader;
use serde::{Serialize, de::DeserializeOwned};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

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
    #[error("{} cannot be read as a pack; copy it again, or remove it with its record, and the run is made again", path.display())]
    Pack { path: PathBuf, source: PackError },
    #[error("{} is missing: the predictions of the record beside it belong there", path.display())]
    NoPredictions { path: PathBuf },
    #[error("{} holds other predictions than {} names: one of the two was changed by hand", path.display(), record.display())]
    OtherPredictions { path: PathBuf, record: PathBuf },
    #[error(
        "the gold table {sha256} of {} is missing: it belongs in `gold.pack` beside it, or for published records in `inputs/gold`",
        record.display()
    )]
    NoGold { record: PathBuf, sha256: String },
    #[error("{}: the counts of {what} on {} are not those of its predictions: the record was changed by hand", path.display(), split.name())]
    Scores { path: PathBuf, split: Split, what: &'static str },
    #[error("{} and {} are of one run, {run_id}, and differ: one was changed by hand or made by another program; remove it", first.display(), second.display())]
    Conflict { run_id: String, first: PathBuf, second: PathBuf },
}

/// Runs that were made before.
pub trait PastRuns {
    /// # Errors
    /// When a record of the run cannot be read or trusted.
    fn is_done(&self, id: &str) -> Result<bool, StoreError>;
    /// The id of a published run of this specification, for a machine that lacks its data.
    ///
    /// # Errors
    /// When a published record cannot be read or trusted.
    fn published_like(&self, spec: &RunSpec) -> Result<Option<String>, StoreError>;
}

/// The name of a record in its run's folder.
const RECORD: &str = "record.json";

/// The folders of runs and of published records.
#[derive(Clone, Debug)]
pub struct Store {
    runs: PathBuf,
    published: PathBuf,
    /// Keeps what many records share.
    reader: Arc<Mutex<Reader>>,
    /// Ids and specifications of the published runs that are done, once they were asked for.
    known: Arc<OnceLock<Vec<(String, RunSpec)>>>,
}

impl Store {
    pub fn new(runs: impl Into<PathBuf>, published: impl Into<PathBuf>) -> Self {
        Self { runs: runs.into(), published: published.into(), reader: Arc::default(), known: Arc::default() }
    }

    pub fn folder(&self, id: &str) -> RunFolder {
        RunFolder::at(self.runs.join(short(id)))
    }

    /// The record of a run: its own, or the published one.
    ///
    /// # Errors
    /// When a file is there but cannot be read, is damaged, or belongs to another run.
    pub fn record(&self, id: &str) -> Result<Option<RunRecord>, StoreError> {
        match self.read(&self.folder(id).record_path(), Some(id))? {
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

    /// The record of the run whose id this is, or begins so with the digits that name folders.
    ///
    /// # Errors
    /// As [`Store::record`].
    pub fn named(&self, id: &str) -> Result<Option<RunRecord>, StoreError> {
        if id.len() > short(id).len() {
            return self.record(id);
        }
        let expect = |record: &RunRecord| short(&record.result.run_id) == id;
        if let Some(own) = self.read(&self.folder(id).record_path(), None)?.filter(expect)
            && own.result.state == RunState::Done
        {
            return Ok(Some(own));
        }
        match read::json_files(&self.published)?.iter().find(|path| read::id_in_name(path) == Some(id)) {
            Some(path) => Ok(self.read(path, None)?.filter(expect)),
            None => Ok(None),
        }
    }

    /// What `mermen probe` found of a run, where it was asked in this store.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, or belongs to another run.
    pub fn probes(&self, id: &str) -> Result<Option<ProbeRecord>, StoreError> {
        self.folder(id).probes(id)
    }

    fn read(&self, path: &Path, expected: Option<&str>) -> Result<Option<RunRecord>, StoreError> {
        // What a thread that panicked has left is whole: a table is kept or not.
        self.reader.lock().unwrap_or_else(PoisonError::into_inner).read(path, expected)
    }

    /// The published record whose file's name ends with the run's short id.
    fn published(&self, id: &str) -> Result<Option<RunRecord>, StoreError> {
        match read::json_files(&self.published)?.iter().find(|path| read::id_in_name(path) == Some(short(id))) {
            Some(path) => self.read(path, Some(id)),
            None => Ok(None),
        }
    }
}

impl PastRuns for Store {
    fn is_done(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.record(id)?.is_some_and(|record| record.result.state == RunState::Done))
    }

    fn published_like(&self, spec: &RunSpec) -> Result<Option<String>, StoreError> {
        if self.known.get().is_none() {
            let mut known = Vec::new();
            for path in read::json_files(&self.published)? {
                match self.read(&path, None) {
                    Ok(Some(record)) if record.result.state == RunState::Done => known.push((record.result.run_id, record.result.spec)),
                    // A record of another protocol is history, not a result of this program.
                    Ok(_) | Err(StoreError::Protocol { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            // Another thread may have come first, with the same.
            let _ = self.known.set(known);
        }
        Ok(self.known.get().into_iter().flatten().find(|(_, known)| known == spec).map(|(id, _)| id.clone()))
    }
}

fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::Read { path: path.to_owned(), source }),
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StoreError> {
    let Some(bytes) = read_bytes(path)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|source| StoreError::Damaged { path: path.to_owned(), source })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    write_atomically(path, bytes).map_err(|source| StoreError::Write { path: path.to_owned(), source })
}

fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), StoreError> {
    let text = pretty(value).map_err(|error| StoreError::Write { path: path.to_owned(), source: error.into() })?;
    write(path, text.as_bytes())
}

/// Writes a record and, first, its predictions beside it. The gold table is the caller's.
fn write_record(path: &Path, record: &RunRecord) -> Result<(), StoreError> {
    let Some(predictions) = &record.predictions else { return write_json(path, record) };
    write(&path.with_extension("pack"), &predictions.pack().0)?;
    let mut bare = record.clone();
    for scores in [&mut bare.result.dev, &mut bare.result.test].into_iter().flatten() {
        scores.documents.clear();
    }
    write_json(path, &bare)
}

#[cfg(test)]
mod tests;
