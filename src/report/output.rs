//! Files are written under another name and renamed, so that a reader never meets half of one.

use super::ReportError;
use crate::atomic_file::write_atomically;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder that a report is written to, and the list of what was written.
pub(super) struct Output {
    root: PathBuf,
    pub files: Vec<PathBuf>,
}

impl Output {
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), files: Vec::new() }
    }

    /// Writes `bytes` to `name` (a path relative to the report folder). A file that already holds them is left alone.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), ReportError> {
        let path = self.root.join(name);
        write_whole(&path, bytes)?;
        self.files.push(path);
        Ok(())
    }
}

pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let failed = |source| ReportError::Write { path: path.to_owned(), source };
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    write_atomically(path, bytes).map_err(failed)
}
