//! Data by name: from its mirrors, or from a copy, into the data folder.
//!
//! ```text
//! data/.downloads/NAME-1a2b3c4d.part        what has come of an address so far; locked by the process that downloads it
//!                 NAME-1a2b3c4d.part.json   its address, validator and length: what is needed to go on
//!                 NAME-1a2b3c4d.unpacked/   wanted files, until they are known to be right
//! ```
//!
//! A file gets its own name by a rename, after its digest and counts were held to the registry's: under its name it is whole
//! or not there. Only fixed names are written to, whatever an archive calls its members.

mod archive;
mod error;
mod http;
mod partial;

pub use error::{FetchError, Refusal, Tried};
pub use http::{Answer, ContentRange, Online, Web};

use super::files::{FileStatus, KnownFile};
use super::{Registry, RegistryError};
use crate::embedding;
use archive::{Unpacked, Wanted, unpack};
use error::Failure;
use partial::{Partial, file_name};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Hears how a download goes.
pub trait Progress {
    /// An answer begins to come, `have` bytes of it being here already.
    fn began(&mut self, url: &str, have: u64, total: Option<u64>);
    /// So many bytes are here.
    fn came(&mut self, have: u64);
    /// A line worth telling once.
    fn say(&mut self, line: &str);
}

/// What became of a name's files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// Put in place by this call.
    pub placed: Vec<PathBuf>,
    /// There before.
    pub present: Vec<PathBuf>,
}

/// The data folder and what is to be put into it.
pub struct Fetch<'a> {
    pub registry: &'a Registry,
    pub data_dir: &'a Path,
    pub web: &'a dyn Web,
}

/// The most that a file of unknown size may unpack to.
const MOST_BYTES: u64 = 2 << 30;
/// Folders deep that a copy is looked for in a folder.
const DEPTH: usize = 5;

impl Fetch<'_> {
    /// Gets the files of `name` that are not there, or not right, from their mirrors, or from a copy: an archive, a file, or a
    /// folder that has either.
    ///
    /// # Errors
    /// An unknown name; no mirror, or none that gives the right files; a copy that does not; a folder that cannot be written.
    pub fn get(&self, name: &str, from: Option<&Path>, progress: &mut dyn Progress) -> Result<Fetched, FetchError> {
        let files = self.registry.files();
        let files: Vec<&KnownFile> = files.iter().filter(|file| file.name == name).collect();
        if files.is_empty() && self.registry.embedding(name).is_err() {
            let names: BTreeSet<String> = self.registry.files().into_iter().map(|file| file.name).collect();
            return Err(RegistryError::unknown("corpus, embedding or lexicon", name, names.into_iter().collect()).into());
        }
        let (mut fetched, mut wanted) = (Fetched::default(), Vec::new());
        for file in files {
            match file.find(self.data_dir) {
                None => wanted.push(file),
                Some(path) => match file.check(&path) {
                    Ok(_) => fetched.present.push(path),
                    Err(why) => {
                        progress.say(&format!("{} is not the right file ({why}): getting it again", path.display()));
                        wanted.push(file);
                    }
                },
            }
        }
        if wanted.is_empty() {
            return Ok(fetched);
        }
        let folder = self.data_dir.join(".downloads");
        fs::create_dir_all(&folder).map_err(|source| FetchError::Write { path: folder.clone(), source })?;
        let ended = match from {
            Some(from) => {
                let offered: Vec<KnownFile> = wanted.into_iter().map(|file| offered(file, from)).collect();
                self.copy(&folder, from, &offered.iter().collect::<Vec<_>>(), progress)
            }
            None => self.download_all(&folder, &wanted, progress),
        };
        // Stays where a part of a download is in it.
        let _ = fs::remove_dir(&folder);
        fetched.placed = ended?;
        Ok(fetched)
    }

    /// Files with the same mirrors come in the same archive.
    fn download_all(&self, folder: &Path, wanted: &[&KnownFile], progress: &mut dyn Progress) -> Result<Vec<PathBuf>, FetchError> {
        let mut groups: Vec<Vec<&KnownFile>> = Vec::new();
        for file in wanted {
            match groups.iter_mut().find(|group| group[0].mirrors == file.mirrors) {
                Some(group) => group.push(file),
                None => groups.push(vec![file]),
            }
        }
        let mut placed = Vec::new();
        for group in groups {
            placed.extend(self.download(folder, &group, progress)?);
        }
        Ok(placed)
    }

    /// One archive, from the first mirror that gives the right files.
    fn download(&self, folder: &Path, group: &[&KnownFile], progress: &mut dyn Progress) -> Result<Vec<PathBuf>, FetchError> {
        let first = group[0];
        let (kind, name, files) = (first.kind, first.name.clone(), names(group));
        if first.mirrors.is_empty() {
            return Err(FetchError::NoMirror { kind, name, files, how: by_hand(first) });
        }
        let mut tried = Vec::new();
        for url in &first.mirrors {
            match self.try_mirror(folder, url, group, progress) {
                Ok(placed) => return Ok(placed),
                Err(Failure::Broken(error)) => return Err(error),
                Err(Failure::Refused(why)) => {
                    tracing::debug!(url, %why, "the mirror is skipped");
                    tried.push(Tried { url: url.clone(), why });
                }
            }
        }
        Err(FetchError::NoneGave { kind, name, files, tried, how: by_hand(first) })
    }

    fn try_mirror(&self, folder: &Path, url: &str, group: &[&KnownFile], progress: &mut dyn Progress) -> Result<Vec<PathBuf>, Failure> {
        let mut part = Partial::open(folder, url)?;
        loop {
            if let Err(failure) = part.complete(self.web, progress) {
                part.discard_if_empty();
                return Err(failure);
            }
            tracing::debug!(url, path = %part.path().display(), "downloaded");
            match self.take(part.path(), file_name(url), group, progress) {
                Err(Failure::Refused(_)) if part.taken_up() => {
                    progress.say(&format!("{url}: what an earlier call began does not fit: downloading it from the start"));
                    part.restart()?;
                }
                Err(Failure::Broken(error)) => return Err(error.into()),
                ended => {
                    part.discard();
                    return ended;
                }
            }
        }
    }

    /// Unpacks every file of the group, holds each to the registry, and puts them in place.
    fn take(&self, source: &Path, called: &str, group: &[&KnownFile], progress: &mut dyn Progress) -> Result<Vec<PathBuf>, Failure> {
        let staging = Staging::new(source.with_extension("unpacked"))?;
        let unpacked = unpack(source, called, &wanted(group), &staging.path)?;
        let mut found = Vec::new();
        for (file, path) in group.iter().zip(&unpacked.files) {
            let missing = || Refusal::NoMember { file: base_name(file.target()).to_owned(), has: unpacked.told() };
            found.push((*file, path.clone().ok_or_else(missing)?));
        }
        self.check(&found, progress)?;
        Ok(self.place(&found)?)
    }

    /// Holds each file to the registry; vectors that have no digest are read.
    fn check(&self, found: &[(&KnownFile, PathBuf)], progress: &mut dyn Progress) -> Result<(), Refusal> {
        for (file, path) in found {
            let status = file.check_candidate(path).map_err(|why| Refusal::Wrong { file: base_name(file.target()).to_owned(), why })?;
            match status {
                FileStatus::SameBytes => {}
                FileStatus::SameDocuments => progress.say(&format!("{}: other line ends, the same documents", file.target())),
                FileStatus::NoDigest if file.kind == "embedding" => self.check_vectors(&file.name, found, progress)?,
                FileStatus::NoDigest => progress.say(&format!("{}: the registry has no digest to hold it to", file.target())),
            }
        }
        Ok(())
    }

    fn check_vectors(&self, name: &str, found: &[(&KnownFile, PathBuf)], progress: &mut dyn Progress) -> Result<(), Refusal> {
        let unreadable = |error: RegistryError| Refusal::Archive(error.into());
        let entry = self.registry.embedding(name).map_err(unreadable)?;
        let files = self.registry.files();
        let own = files.iter().filter(|file| file.kind == "embedding" && file.name == name);
        let path = |file: &KnownFile| match found.iter().find(|(known, _)| known.path == file.path) {
            Some((_, staged)) => Some(staged.clone()),
            None => file.find(self.data_dir),
        };
        // Where one of a pair is not here yet, the pair is read when it is.
        let Some(paths) = own.map(path).collect::<Option<Vec<_>>>() else { return Ok(()) };
        let source = entry.source(&paths).map_err(unreadable)?;
        let (rows, notes) = embedding::check(&source, entry.dimension).map_err(Refusal::Vectors)?;
        progress.say(&format!("{name}: {rows} rows"));
        for note in notes {
            // The file is not in its place yet, where the user will look for it.
            let named = paths.iter().fold(note, |note, path| note.replace(&format!("{}: ", path.display()), ""));
            progress.say(&format!("note: {name}: {named}"));
        }
        Ok(())
    }

    /// Gives each file its own name.
    fn place(&self, found: &[(&KnownFile, PathBuf)]) -> Result<Vec<PathBuf>, FetchError> {
        let mut placed = Vec::new();
        for (file, staged) in found {
            let path = self.data_dir.join(file.target());
            put(staged, &path).map_err(|source| FetchError::Write { path: path.clone(), source })?;
            tracing::debug!(path = %path.display(), "put in place");
            placed.push(path);
        }
        Ok(placed)
    }

    /// Takes what `from` has. What it lacks is reported after the rest is in place.
    fn copy(&self, folder: &Path, from: &Path, group: &[&KnownFile], progress: &mut dyn Progress) -> Result<Vec<PathBuf>, FetchError> {
        let facts = fs::metadata(from).map_err(|source| FetchError::Copy {
            path: from.to_owned(),
            files: names(group),
            why: Refusal::Read(source),
        })?;
        let sources: Vec<PathBuf> = match facts.is_dir() {
            true => copies(from, group),
            false => vec![from.to_owned()],
        };
        let mut placed = Vec::new();
        let mut missing: Vec<&KnownFile> = group.to_vec();
        for source in sources {
            let called = source.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let taken = self.take_some(folder, &source, &called, &missing, progress);
            let files = match taken {
                Ok(files) => files,
                Err(Failure::Broken(error)) => return Err(error),
                Err(Failure::Refused(why)) => return Err(FetchError::Copy { path: source, files: names(&missing), why }),
            };
            missing.retain(|file| !files.contains(&self.data_dir.join(file.target())));
            placed.extend(files);
            if missing.is_empty() {
                return Ok(placed);
            }
        }
        let archives: BTreeSet<&str> = missing.iter().flat_map(|file| &file.mirrors).map(|url| file_name(url)).collect();
        let archives = archives.into_iter().collect::<Vec<_>>().join(", ");
        let archives = if archives.is_empty() { "an archive of them".to_owned() } else { archives };
        Err(FetchError::Lacking { path: from.to_owned(), files: names(&missing), archives })
    }

    /// Takes those of the group that a copy has.
    fn take_some(
        &self,
        folder: &Path,
        source: &Path,
        called: &str,
        group: &[&KnownFile],
        progress: &mut dyn Progress,
    ) -> Result<Vec<PathBuf>, Failure> {
        let staging = Staging::new(folder.join(format!("copy-{}.unpacked", std::process::id())))?;
        let Unpacked { files, .. } = unpack(source, called, &wanted(group), &staging.path)?;
        let found: Vec<(&KnownFile, PathBuf)> = group.iter().zip(files).filter_map(|(file, path)| Some((*file, path?))).collect();
        self.check(&found, progress)?;
        Ok(self.place(&found)?)
    }
}

/// The file itself where a copy of it is given, else what serves instead.
fn offered(file: &KnownFile, from: &Path) -> KnownFile {
    let itself = KnownFile { instead: None, mirrors: Vec::new(), ..file.clone() };
    let given = from.file_name().is_some_and(|name| name == base_name(&file.path)) || !copies(from, &[&itself]).is_empty();
    if given { itself } else { file.clone() }
}

/// Files of a folder that are wanted, or archives that mirrors call so, each at the place nearest to the top.
fn copies(folder: &Path, group: &[&KnownFile]) -> Vec<PathBuf> {
    let mut levels = vec![folder.to_owned()];
    let mut files = Vec::new();
    for _ in 0..DEPTH {
        let mut below = Vec::new();
        for folder in levels {
            let mut entries: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
            entries.sort();
            // Links to folders are not followed: they may lead round in a circle.
            let (folders, plain): (Vec<_>, Vec<_>) = entries.into_iter().partition(|path| path.is_dir());
            below.extend(folders.into_iter().filter(|path| !path.is_symlink()));
            files.extend(plain);
        }
        levels = below;
    }
    let called = |path: &Path, name: &str| path.file_name().is_some_and(|found| found == name);
    let wanted = group.iter().map(|file| base_name(file.target()));
    let archives: BTreeSet<&str> = group.iter().flat_map(|file| &file.mirrors).map(|url| file_name(url)).collect();
    wanted.chain(archives).filter_map(|name| files.iter().find(|path| called(path, name)).cloned()).collect()
}

fn wanted(group: &[&KnownFile]) -> Vec<Wanted> {
    // Other line ends may double a text's empty lines, and no more.
    let limit = |file: &KnownFile| file.bytes.map_or(MOST_BYTES, |bytes| bytes.saturating_mul(2));
    group.iter().map(|file| Wanted { file_name: base_name(file.target()).to_owned(), limit: limit(file) }).collect()
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn names(group: &[&KnownFile]) -> String {
    group.iter().map(|file| base_name(file.target())).collect::<Vec<_>>().join(", ")
}

fn by_hand(file: &KnownFile) -> String {
    if file.shipped {
        return "it comes with mermen's source: run from its folder, or point --data-dir to its `data`".into();
    }
    let home = if file.home.is_empty() { String::new() } else { format!(" (it comes from {})", file.home.join(", ")) };
    format!("get it by hand{home} and name the file or its folder with --from")
}

/// A folder for unpacked files; gone when they are placed or refused.
struct Staging {
    path: PathBuf,
}

impl Staging {
    fn new(path: PathBuf) -> Result<Self, FetchError> {
        // A killed call may have left one.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).map_err(|source| FetchError::Write { path: path.clone(), source })?;
        Ok(Self { path })
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Renames a finished file to its place; where that lies on another disk, by way of a temporary file beside it.
fn put(staged: &Path, path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    match fs::rename(staged, path) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let mut beside = tempfile::NamedTempFile::new_in(folder)?;
            io::copy(&mut File::open(staged)?, &mut beside)?;
            beside.as_file().sync_all()?;
            beside.persist(path).map_err(|error| error.error)?;
        }
        ended => ended?,
    }
    File::open(folder)?.sync_all()
}
