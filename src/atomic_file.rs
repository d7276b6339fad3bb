//! Files and folders that are whole or not there: what every module that writes results writes them with.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// How the names of files begin that are not finished. What a killed process leaves under such a name may be removed by whoever
/// owns the folder.
pub const UNFINISHED: &str = ".unfinished-";

/// Writes a file so that at every moment, whatever becomes of the process or the machine, its path holds the old content or the
/// new: a temporary file beside it is written, synced and renamed, and the folder synced.
///
/// # Errors
/// When any of these steps fails. Where it was the last, the new content has its name already, and only a crash of the machine may
/// yet undo that; in every other case the old content is still there, and the temporary file gone.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).permissions(ordinary()).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

/// Those of any new file, less what the user's umask takes away; a temporary file would be its owner's alone.
fn ordinary() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o666)
}

/// A place beside `path` to write what `path` is to hold, a file or a folder. Dropped before [`AtomicOutput::commit`], it leaves nothing
/// behind, and `path` holds what it held before.
pub struct AtomicOutput {
    path: PathBuf,
    folder: TempDir,
}

impl AtomicOutput {
    /// # Errors
    /// When the folder of `path` is not there or cannot be written to.
    pub fn new(path: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(folder_of(path))?;
        Ok(Self { path: path.to_owned(), folder })
    }

    /// Where to write: a file or a folder made here has the permissions of any other, which the temporary folder has not.
    pub fn temporary_path(&self) -> PathBuf {
        self.folder.path().join("output")
    }

    /// Where it will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives what was written its name.
    ///
    /// # Errors
    /// When it cannot be renamed, for instance over a folder that is not empty.
    pub fn commit(&self) -> io::Result<()> {
        fs::rename(self.temporary_path(), &self.path)
    }
}

/// The folder that `path` is in.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_new_content_takes_the_place_of_the_old_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.json");
        for content in [&b"old"[..], b"", b"new"] {
            write_atomically(&path, content).unwrap();
            assert_eq!(fs::read(&path).unwrap(), content);
        }
        assert_eq!(names(folder.path()), ["record.json"]);
        // As any other file: readable by those whom the folder lets in.
        let plain = folder.path().join("plain");
        fs::write(&plain, b"").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&plain));
    }

    #[test]
    fn a_failed_write_leaves_the_old_content_and_no_leftover() {
        let folder = tempfile::tempdir().unwrap();
        // A folder instead of the file: the rename cannot succeed.
        let taken = folder.path().join("taken");
        fs::create_dir_all(taken.join("inside")).unwrap();
        assert!(write_atomically(&taken, b"new").is_err());
        assert_eq!(names(folder.path()), ["taken"]);
        assert!(taken.join("inside").is_dir());
        assert_eq!(write_atomically(&folder.path().join("gone/file"), b"new").unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
