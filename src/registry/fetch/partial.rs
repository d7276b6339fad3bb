//! A file on its way: what has come so far lies in the data folder under a name of its own, and the next call goes on there.

use super::Progress;
use super::error::{Failure, FetchError, Refusal};
use super::http::{Answer, Web, follow};
use crate::registry::bytes_sha256;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The most that is downloaded of one address.
const MOST_BYTES: u64 = 16 << 30;
/// How often a cut connection is taken up again, if it gave anything at all.
const RESUMPTIONS: usize = 8;
const PIECE: usize = 1 << 16;

/// What is known of the whole, beside the part that is here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Note {
    url: String,
    /// Entity tag or date: the rest must be of the same file.
    validator: Option<String>,
    /// Bytes of the whole.
    total: Option<u64>,
}

/// The part of an address's file that is here, locked for this process.
pub(super) struct Partial {
    path: PathBuf,
    note_path: PathBuf,
    file: File,
    note: Note,
    /// Whether an earlier call began it.
    taken_up: bool,
}

impl Partial {
    /// Opens the part of `url` in `folder`, or begins one.
    pub fn open(folder: &Path, url: &str) -> Result<Self, FetchError> {
        let name = part_name(url);
        let (path, note_path) = (folder.join(&name), folder.join(format!("{name}.json")));
        let failed = |source| FetchError::Write { path: path.clone(), source };
        let file = File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FetchError::Busy { path }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // A note that cannot be read is as good as none: the file is begun again.
        let note = fs::read(&note_path).ok().and_then(|bytes| serde_json::from_slice::<Note>(&bytes).ok());
        let note = note.filter(|note| note.url == url);
        let taken_up = note.is_some() && file.metadata().map_err(failed)?.len() > 0;
        let mut part = Self { path, note_path, file, note: note.unwrap_or_default(), taken_up };
        part.note.url = url.to_owned();
        if !taken_up {
            part.restart()?;
        }
        Ok(part)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether what is here was begun by an earlier call: if it turns out wrong, the whole is worth another try.
    pub fn taken_up(&self) -> bool {
        self.taken_up
    }

    /// Forgets what is here.
    pub fn restart(&mut self) -> Result<(), FetchError> {
        self.taken_up = false;
        (self.note.validator, self.note.total) = (None, None);
        self.file.set_len(0).map_err(|source| self.cannot_write(source))
    }

    /// Removes the part from the disk.
    pub fn discard(self) {
        // Best effort: what stays costs disk space and is found by the next call.
        let _ = fs::remove_file(&self.note_path);
        let _ = fs::remove_file(&self.path);
    }

    /// Removes a part that nothing has come of.
    pub fn discard_if_empty(self) {
        if self.have().is_ok_and(|have| have == 0) {
            self.discard();
        }
    }

    /// Downloads what is missing. A cut connection is taken up again as long as each one brings something.
    pub fn complete(&mut self, web: &dyn Web, progress: &mut dyn Progress) -> Result<(), Failure> {
        let mut left = RESUMPTIONS;
        loop {
            let before = self.have()?;
            match self.note.total {
                Some(total) if before == total && before > 0 => return Ok(()),
                Some(total) if before > total => self.restart()?,
                _ => {}
            }
            match self.attempt(web, progress) {
                Err(Failure::Refused(Refusal::Cut { .. })) if left > 0 && self.have()? > before => left -= 1,
                ended => return ended,
            }
        }
    }

    /// One request, for the rest where there is a part.
    fn attempt(&mut self, web: &dyn Web, progress: &mut dyn Progress) -> Result<(), Failure> {
        let have = self.have()?;
        let range = format!("bytes={have}-");
        let validator = self.note.validator.clone();
        let mut headers = Vec::new();
        if have > 0 {
            headers.push(("Range", range.as_str()));
            headers.extend(validator.as_deref().map(|validator| ("If-Range", validator)));
        }
        let answer = follow(web, &self.note.url, &headers)?;
        let total_in_range = answer.range.and_then(|range| range.total);
        let same_length = self.note.total.is_none() || total_in_range.is_none() || self.note.total == total_in_range;
        let start = match answer.status {
            200 => 0,
            206 if have > 0 && answer.range.and_then(|range| range.start) == Some(have) && same_length => have,
            // All of it is here, though nobody had said how long it is.
            416 if have > 0 && total_in_range == Some(have) => return Ok(()),
            // A rest that does not fit what is here: the file has changed.
            206 | 416 if have > 0 => {
                self.restart()?;
                return self.attempt(web, progress);
            }
            status => return Err(Refusal::Status { status }.into()),
        };
        let total = if start == 0 { answer.length } else { total_in_range.or(answer.length.map(|length| start + length)) };
        if let Some(bytes) = total.filter(|bytes| *bytes > MOST_BYTES) {
            return Err(Refusal::TooLong { bytes, limit: MOST_BYTES }.into());
        }
        if start == 0 {
            self.restart()?;
        }
        self.note.validator = answer.validator.clone().or(self.note.validator.take());
        self.note.total = total;
        self.write_note()?;
        progress.began(&self.note.url, start, total);
        self.receive(answer, start, web, progress)
    }

    fn receive(&mut self, mut answer: Answer, start: u64, web: &dyn Web, progress: &mut dyn Progress) -> Result<(), Failure> {
        self.file.seek(SeekFrom::Start(start)).map_err(|source| self.cannot_write(source))?;
        let of = self.note.total;
        let mut have = start;
        let mut piece = vec![0; PIECE];
        loop {
            let read = match answer.body.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    return Err(Refusal::Stalled { seconds: web.patience().as_secs_f64(), have, of }.into());
                }
                Err(_) => return Err(Refusal::Cut { have, of }.into()),
            };
            have += read as u64;
            let limit = of.unwrap_or(MOST_BYTES);
            if have > limit {
                self.restart()?;
                return Err(Refusal::TooLong { bytes: have, limit }.into());
            }
            self.file.write_all(&piece[..read]).map_err(|source| self.cannot_write(source))?;
            progress.came(have);
        }
        if of.is_some_and(|of| have < of) {
            return Err(Refusal::Cut { have, of }.into());
        }
        self.file.sync_all().map_err(|source| self.cannot_write(source))?;
        Ok(())
    }

    /// Bytes that are here.
    fn have(&self) -> Result<u64, FetchError> {
        self.file.metadata().map(|facts| facts.len()).map_err(|source| self.cannot_write(source))
    }

    fn write_note(&self) -> Result<(), FetchError> {
        let failed = |source| FetchError::Write { path: self.note_path.clone(), source };
        let bytes = serde_json::to_vec(&self.note).map_err(|error| failed(error.into()))?;
        fs::write(&self.note_path, bytes).map_err(failed)
    }

    fn cannot_write(&self, source: io::Error) -> FetchError {
        FetchError::Write { path: self.path.clone(), source }
    }
}

/// The last part of an address's path: what a mirror calls its file.
pub(super) fn file_name(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// The file's own name, and enough of the address's digest to tell mirrors apart.
fn part_name(url: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let name: String = file_name(url).chars().take(80).map(plain).collect();
    format!("{name}-{}.part", &bytes_sha256([url.as_bytes()])[..8])
}
