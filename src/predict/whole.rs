//! Files and folders that get their name when they are whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A place beside `path` to write what `path` is to hold. Dropped before it is put in place, it leaves nothing behind.
pub struct Unfinished {
    path: PathBuf,
    folder: TempDir,
}

impl Unfinished {
    pub fn new(path: &Path) -> io::Result<Self> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = tempfile::Builder::new().prefix(".unfinished-").tempdir_in(parent)?;
        Ok(Self { path: path.to_owned(), folder })
    }

    /// Where to write: a file or a folder made here has the permissions of any other, which the temporary folder has not.
    pub fn place(&self) -> PathBuf {
        self.folder.path().join("output")
    }

    /// Where it will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn finish(&self) -> io::Result<()> {
        fs::rename(self.place(), &self.path)
    }
}
