//! The asynchronous protocol's memory: the output of each task last computed for each training sentence.
//!
//! A file of its own, half a float a value: a corpus of 136,000 tokens and 673 tags takes 183 MB.

use super::TrainError;
use crate::corpus::{PerTask, Task};
use half::f16;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Last-seen outputs, tokens x |L| of each task.
pub struct FeedbackStore {
    file: File,
    path: PathBuf,
    /// First token of each sentence.
    starts: Vec<u64>,
    tokens: u64,
    widths: PerTask<usize>,
}

impl FeedbackStore {
    /// A new store in which every value is 1 / |L|, for sentences of these lengths.
    pub fn create(path: &Path, lengths: impl Iterator<Item = usize>, widths: PerTask<usize>) -> Result<Self, TrainError> {
        let store = Self::over(File::options().read(true).write(true).create(true).truncate(true).open(path), path, lengths, widths)?;
        for (task, width) in widths {
            let row = encode(&vec![1.0 / width.max(1) as f32; width]);
            let block = row.repeat(256);
            let mut token = 0;
            while token < store.tokens {
                let n = (store.tokens - token).min(256) as usize;
                store.write_at(&block[..n * row.len()], store.offset(task, token))?;
                token += n as u64;
            }
        }
        Ok(store)
    }

    /// A store that was saved earlier, copied to `path`.
    pub fn restore(saved: &Path, path: &Path, lengths: impl Iterator<Item = usize>, widths: PerTask<usize>) -> Result<Self, TrainError> {
        std::fs::copy(saved, path).map_err(|source| TrainError::Io { path: saved.to_owned(), source })?;
        let store = Self::over(File::options().read(true).write(true).open(path), path, lengths, widths)?;
        let found = store.file.metadata().map_err(|source| TrainError::Io { path: path.to_owned(), source })?.len();
        let expected = store.tokens * widths.values().sum::<usize>() as u64 * 2;
        if found != expected {
            return Err(TrainError::StoreSize { path: saved.to_owned(), found, expected });
        }
        Ok(store)
    }

    /// A copy on disk that survives a crash.
    pub fn save(&self, to: &Path) -> Result<(), TrainError> {
        let io = |source| TrainError::Io { path: to.to_owned(), source };
        std::fs::copy(&self.path, to).map_err(io)?;
        File::open(to).and_then(|f| f.sync_all()).map_err(io)
    }

    /// Last output of `task` for a sentence of `n` tokens.
    pub fn read(&self, task: Task, sentence: u32, n: usize) -> Result<Vec<f32>, TrainError> {
        let mut bytes = vec![0; n * self.widths[task] * 2];
        let at = self.offset(task, self.starts[sentence as usize]);
        self.file.read_exact_at(&mut bytes, at).map_err(|source| TrainError::Io { path: self.path.clone(), source })?;
        Ok(bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect())
    }

    /// Replaces the output of `task` for a sentence.
    pub fn write(&self, task: Task, sentence: u32, values: &[f32]) -> Result<(), TrainError> {
        self.write_at(&encode(values), self.offset(task, self.starts[sentence as usize]))
    }

    fn over(
        file: std::io::Result<File>,
        path: &Path,
        lengths: impl Iterator<Item = usize>,
        widths: PerTask<usize>,
    ) -> Result<Self, TrainError> {
        let file = file.map_err(|source| TrainError::Io { path: path.to_owned(), source })?;
        let (mut starts, mut tokens) = (Vec::new(), 0);
        for n in lengths {
            starts.push(tokens);
            tokens += n as u64;
        }
        Ok(Self { file, path: path.to_owned(), starts, tokens, widths })
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> Result<(), TrainError> {
        self.file.write_all_at(bytes, at).map_err(|source| TrainError::Io { path: self.path.clone(), source })
    }

    fn offset(&self, task: Task, token: u64) -> u64 {
        let before = match task {
            Task::Mer => 0,
            Task::Men => self.tokens * self.widths.mer as u64,
        };
        2 * (before + token * self.widths[task] as u64)
    }
}

fn encode(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_uniform_and_keeps_what_is_written_through_a_save() {
        let folder = tempfile::tempdir().unwrap();
        let (path, saved) = (folder.path().join("a"), folder.path().join("b"));
        let lengths = [300, 2];
        let store = FeedbackStore::create(&path, lengths.into_iter(), PerTask { mer: 4, men: 2 }).unwrap();
        assert_eq!(store.read(Task::Mer, 1, 2).unwrap(), [0.25; 8]);
        store.write(Task::Men, 1, &[-10.0, 0.5, 0.125, 1.0]).unwrap();
        store.save(&saved).unwrap();
        store.write(Task::Men, 1, &[0.0; 4]).unwrap();
        let store = FeedbackStore::restore(&saved, &path, lengths.into_iter(), PerTask { mer: 4, men: 2 }).unwrap();
        assert_eq!(store.read(Task::Men, 1, 2).unwrap(), [-10.0, 0.5, 0.125, 1.0]);
        assert_eq!(store.read(Task::Men, 0, 300).unwrap(), [0.5; 600]);
        assert!(matches!(
            FeedbackStore::restore(&saved, &path, lengths.into_iter(), PerTask { mer: 4, men: 3 }),
            Err(TrainError::StoreSize { .. })
        ));
    }
}
