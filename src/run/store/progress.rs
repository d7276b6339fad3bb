//! How far a run is, as its own worker wrote it down: a line for each epoch that was scored, in `progress.jsonl` of the run's folder.

use super::{RunFolder, StoreError};
use crate::evaluate::Counts;
use crate::run::record::EpochRecord;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

/// An epoch of a network that has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochProgress {
    /// `mer`, `men` or `both`.
    pub network: String,
    /// Epochs that the network has at most.
    pub of: u64,
    pub record: EpochRecord,
    pub dev_mention: Option<Counts>,
    pub dev_concept: Option<Counts>,
    /// From the end of the epoch before it, or from the worker's start: wall clock.
    pub seconds: f64,
}

impl RunFolder {
    pub fn progress_path(&self) -> PathBuf {
        self.path().join("progress.jsonl")
    }

    /// Adds an epoch.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add_progress(&self, epoch: &EpochProgress) -> Result<(), StoreError> {
        let path = self.progress_path();
        let failed = |source| StoreError::Write { path: path.clone(), source };
        let line = serde_json::to_string(epoch).map_err(|error| failed(error.into()))? + "\n";
        let mut file = File::options().create(true).append(true).open(&path).map_err(failed)?;
        // One write: a reader never meets half of a line, but for the last one of a process that was killed in it.
        file.write_all(line.as_bytes()).map_err(failed)
    }

    /// The epochs so far, in order; of an epoch that was made again (after a worker was killed) the last. What cannot be read as one is left out:
    /// nothing depends on it.
    pub fn progress(&self) -> Vec<EpochProgress> {
        let text = fs::read_to_string(self.progress_path()).unwrap_or_default();
        let mut epochs: Vec<EpochProgress> = Vec::new();
        for epoch in text.lines().filter_map(|line| serde_json::from_str::<EpochProgress>(line).ok()) {
            epochs.retain(|known| known.network != epoch.network || known.record.epoch < epoch.record.epoch);
            epochs.push(epoch);
        }
        epochs
    }

    /// Adds a line to the run's log. A log that cannot be written to costs no run.
    pub fn log(&self, line: &str) {
        let file = File::options().create(true).append(true).open(self.log_path());
        let _ = file.and_then(|mut file| file.write_all(format!("{LOGGED}{line}\n").as_bytes()));
    }
}

/// Begins the lines that a run's worker writes about its training: what else stands in the log was said by the process itself.
pub const LOGGED: &str = "run: ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_made_again_replace_what_came_after_them() {
        let root = tempfile::tempdir().unwrap();
        let folder = RunFolder::at(root.path());
        assert!(folder.progress().is_empty());
        let epoch = |network: &str, epoch: u64, seconds: f64| {
            let record = EpochRecord { epoch, ..EpochRecord::default() };
            folder
                .add_progress(&EpochProgress { network: network.into(), of: 9, record, dev_mention: None, dev_concept: None, seconds })
                .unwrap();
        };
        (1..=3).for_each(|n| epoch("mer", n, 1.0));
        epoch("men", 1, 1.0);
        epoch("mer", 2, 5.0);
        // A process that was killed while it wrote.
        fs::OpenOptions::new().append(true).open(folder.progress_path()).unwrap().write_all(b"{\"network\":").unwrap();
        let found: Vec<(String, u64, f64)> = folder.progress().into_iter().map(|e| (e.network, e.record.epoch, e.seconds)).collect();
        assert_eq!(found, [("mer".into(), 1, 1.0), ("men".into(), 1, 1.0), ("mer".into(), 2, 5.0)]);
        folder.log("both 1/3");
        assert_eq!(fs::read_to_string(folder.log_path()).unwrap(), "run: both 1/3\n");
    }
}
