//! One run's folder in the store.

use super::read::{GOLD, Reader};
use super::{RECORD, StoreError, read_json, write, write_json, write_record};
use crate::atomic_file::UNFINISHED;
use crate::run::custom_corpus::CustomCorpus;
use crate::run::custom_embedding::CustomEmbedding;
use crate::run::custom_lexicon::CustomLexicon;
use crate::run::identity::{DataDigests, run_id, short};
use crate::run::record::{PROTOCOL, ProbeRecord, RunRecord};
use crate::run::spec::RunSpec;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// The request for one run, which its process reads: `spec.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    pub protocol: u32,
    pub run_id: String,
    pub spec: RunSpec,
    /// Of the data that was planned with.
    pub digests: DataDigests,
    /// The definition of the run's corpus where the experiment file has it.
    pub corpus: Option<CustomCorpus>,
    /// The same of its word vectors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding: Option<CustomEmbedding>,
    /// That of its vocabulary, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lexicon: Option<CustomLexicon>,
}

impl RunRequest {
    /// The request for a run, named by its specification and its data.
    pub fn new(spec: RunSpec, digests: DataDigests, corpus: Option<CustomCorpus>) -> Self {
        Self { protocol: PROTOCOL, run_id: run_id(&spec, &digests), spec, digests, corpus, embedding: None, lexicon: None }
    }

    /// With word vectors of the experiment file.
    pub fn with_embedding(self, embedding: Option<CustomEmbedding>) -> Self {
        Self { embedding, ..self }
    }

    /// With the definition of its vocabulary.
    pub fn with_lexicon(self, lexicon: Option<CustomLexicon>) -> Self {
        Self { lexicon, ..self }
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
        self.path.join(RECORD)
    }

    pub fn request_path(&self) -> PathBuf {
        self.path.join("spec.json")
    }

    /// What `mermen probe` found, where it was run.
    pub fn probes_path(&self) -> PathBuf {
        self.path.join("probes.json")
    }

    /// The probes of this run; those of another protocol are none.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, or belongs to another run.
    pub fn probes(&self, id: &str) -> Result<Option<ProbeRecord>, StoreError> {
        let path = self.probes_path();
        match read_json::<ProbeRecord>(&path)?.filter(|probes| probes.protocol == PROTOCOL) {
            Some(probes) if probes.run_id != id => {
                Err(StoreError::WrongRun { path, found: short(&probes.run_id).to_owned(), expected: short(id).to_owned() })
            }
            probes => Ok(probes),
        }
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

    /// Makes the folder and says in it what is to be run. An equal request is left as it is.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn prepare(&self, request: &RunRequest) -> Result<(), StoreError> {
        let work = self.work_path();
        fs::create_dir_all(&work).map_err(|source| StoreError::Write { path: work, source })?;
        match self.request() {
            Ok(Some(present)) if present == *request => Ok(()),
            _ => write_json(&self.request_path(), request),
        }
    }

    /// What is to be run, held to its own hash.
    ///
    /// # Errors
    /// When `spec.json` cannot be read, is damaged, of another protocol, or not of the run that it names.
    pub fn request(&self) -> Result<Option<RunRequest>, StoreError> {
        let path = self.request_path();
        let Some(request) = read_json::<RunRequest>(&path)? else { return Ok(None) };
        if request.protocol != PROTOCOL {
            return Err(StoreError::Protocol { path, found: request.protocol });
        }
        let hashed = run_id(&request.spec, &request.digests);
        if hashed != request.run_id {
            return Err(StoreError::WrongRun { path, found: short(&hashed).to_owned(), expected: short(&request.run_id).to_owned() });
        }
        Ok(Some(request))
    }

    /// # Errors
    /// As [`super::read_record`].
    pub fn record(&self, id: &str) -> Result<Option<RunRecord>, StoreError> {
        Reader::default().read(&self.record_path(), Some(id))
    }

    /// Writes the gold table, the predictions and, last, the record.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn write_record(&self, record: &RunRecord) -> Result<(), StoreError> {
        if let Some(predictions) = &record.predictions {
            write(&self.path.join(GOLD), &predictions.gold().pack().0)?;
        }
        write_record(&self.record_path(), record)?;
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
                    // Best effort: a leftover costs disk space and nothing else.
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
