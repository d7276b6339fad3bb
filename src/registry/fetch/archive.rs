//! Wanted files out of what was downloaded: a zip, a gzip, a gzipped tar, or the file itself.
//!
//! Nothing is ever written under a name that an archive gives: wanted members go to names of our own. An archive with a name
//! that leads out of its folder is refused all the same, for it was made to do harm.

use super::error::{Failure, FetchError, Refusal};
use crate::corpus::is_tar;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The most that an archive is read to, however little of it is wanted.
const MOST_UNPACKED: u64 = 64 << 30;
const PIECE: usize = 1 << 16;
/// Members that a message names.
const MEMBERS_TOLD: usize = 8;

/// A file that is looked for by its name, in whatever folder of the archive.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub file_name: String,
    /// The most bytes that it may have.
    pub limit: u64,
}

/// Where each wanted file was unpacked to, if it was there; and the names that were there.
pub(super) struct Unpacked {
    pub files: Vec<Option<PathBuf>>,
    pub members: Vec<String>,
}

impl Unpacked {
    /// The first few names, for a message.
    pub fn told(&self) -> String {
        match self.members.len() {
            0 => "no files".into(),
            count if count > MEMBERS_TOLD => format!("{} and {} more", self.members[..MEMBERS_TOLD].join(", "), count - MEMBERS_TOLD),
            _ => self.members.join(", "),
        }
    }
}

/// Unpacks the wanted files of `source`, which its owner calls `called`, into the folder `into`.
pub(super) fn unpack(source: &Path, called: &str, wanted: &[Wanted], into: &Path) -> Result<Unpacked, Failure> {
    let mut file = File::open(source).map_err(Refusal::Read)?;
    let start = beginning(&mut file).map_err(Refusal::Read)?;
    file.seek(SeekFrom::Start(0)).map_err(Refusal::Read)?;
    let mut unpacker = Unpacker { wanted, into, unpacked: Unpacked { files: vec![None; wanted.len()], members: Vec::new() } };
    let itself = wanted.iter().position(|wanted| wanted.file_name == called);
    if let Some(index) = itself {
        unpacker.write(index, &mut file)?;
    } else if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        unpacker.zip(file)?;
    } else if start.starts_with(&[0x1f, 0x8b]) {
        unpacker.gzip(file)?;
    } else if is_web_page(&start) {
        return Err(Refusal::WebPage.into());
    } else if wanted.len() == 1 {
        unpacker.write(0, &mut file)?;
    } else {
        return Err(unpacker.no_archive());
    }
    Ok(unpacker.unpacked)
}

struct Unpacker<'a> {
    wanted: &'a [Wanted],
    into: &'a Path,
    unpacked: Unpacked,
}

impl Unpacker<'_> {
    fn zip(&mut self, file: File) -> Result<(), Failure> {
        let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
        let mut found = Vec::new();
        for at in 0..archive.len() {
            let member = archive.by_index_raw(at).map_err(damaged)?;
            let name = String::from_utf8_lossy(member.name_raw()).into_owned();
            found.extend(self.member(&name, member.is_symlink(), member.is_dir(), member.size())?.map(|index| (at, index)));
        }
        for (at, index) in found {
            let mut member = archive.by_index(at).map_err(damaged)?;
            self.write(index, &mut member)?;
        }
        Ok(())
    }

    fn gzip(&mut self, mut file: File) -> Result<(), Failure> {
        let start = beginning(&mut MultiGzDecoder::new(&mut file)).map_err(damaged)?;
        file.seek(SeekFrom::Start(0)).map_err(Refusal::Read)?;
        let mut inside = MultiGzDecoder::new(BufReader::new(file)).take(MOST_UNPACKED);
        if is_tar(&start) {
            return self.tar(inside);
        }
        if self.wanted.len() != 1 {
            return Err(self.no_archive());
        }
        self.write(0, &mut inside)
    }

    fn tar(&mut self, inside: impl Read) -> Result<(), Failure> {
        let mut archive = tar::Archive::new(inside);
        for member in archive.entries().map_err(damaged)? {
            let mut member = member.map_err(damaged)?;
            let name = String::from_utf8_lossy(&member.path_bytes()).into_owned();
            let kind = member.header().entry_type();
            let link = kind.is_symlink() || kind.is_hard_link();
            if let Some(index) = self.member(&name, link, !link && !kind.is_file(), member.size())? {
                self.write(index, &mut member)?;
            }
        }
        Ok(())
    }

    /// The wanted file that a member is, the first of its name.
    fn member(&mut self, name: &str, link: bool, folder: bool, size: u64) -> Result<Option<usize>, Failure> {
        if leads_out(name) {
            return Err(Refusal::Escape { member: name.to_owned() }.into());
        }
        if folder {
            return Ok(None);
        }
        let file_name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let index = self.wanted.iter().position(|wanted| wanted.file_name == file_name);
        let seen = self.unpacked.members.iter().any(|earlier| earlier == file_name);
        self.unpacked.members.push(file_name.to_owned());
        match index.filter(|_| !seen) {
            Some(_) if link => Err(Refusal::Link { member: name.to_owned() }.into()),
            Some(index) if size > self.wanted[index].limit => Err(self.too_big(index)),
            index => Ok(index),
        }
    }

    /// Writes a wanted file, up to its limit.
    fn write(&mut self, index: usize, from: &mut dyn Read) -> Result<(), Failure> {
        let path = self.into.join(index.to_string());
        let failed = |source| FetchError::Write { path: path.clone(), source };
        let mut out = File::create(&path).map_err(failed)?;
        let (mut written, mut piece) = (0, vec![0; PIECE]);
        loop {
            let read = match from.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(damaged(error).into()),
            };
            written += read as u64;
            if written > self.wanted[index].limit {
                return Err(self.too_big(index));
            }
            out.write_all(&piece[..read]).map_err(failed)?;
        }
        out.sync_all().map_err(failed)?;
        self.unpacked.files[index] = Some(path);
        Ok(())
    }

    fn too_big(&self, index: usize) -> Failure {
        let Wanted { file_name, limit } = self.wanted[index].clone();
        Refusal::TooBig { file: file_name, limit }.into()
    }

    fn no_archive(&self) -> Failure {
        let files: Vec<&str> = self.wanted.iter().map(|wanted| wanted.file_name.as_str()).collect();
        Refusal::NoArchive { files: files.join(", ") }.into()
    }
}

fn damaged(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Refusal {
    Refusal::Archive(error.into())
}

/// An absolute name, one with a drive, one with `..`, or one that ends early at a zero byte.
fn leads_out(name: &str) -> bool {
    let drive = name.as_bytes().get(1) == Some(&b':');
    drive || name.contains('\0') || name.starts_with(['/', '\\']) || name.split(['/', '\\']).any(|part| part == "..")
}

/// The first bytes, enough to see what kind of file it is.
fn beginning(from: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    from.take(512).read_to_end(&mut start)?;
    Ok(start)
}

fn is_web_page(start: &[u8]) -> bool {
    let text = String::from_utf8_lossy(start).trim_start().to_ascii_lowercase();
    text.starts_with("<!doctype html") || text.starts_with("<html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_out_are_known() {
        for name in ["/etc/passwd", "..", "a/../../b", "..\\b", "\\\\server\\share", "c:\\b", "C:b", "a\0b", "a/.."] {
            assert!(leads_out(name), "{name}");
        }
        for name in ["a", "a/b", "./a", "a..b", "...", "a/b..c/d", ""] {
            assert!(!leads_out(name), "{name}");
        }
    }

    fn unpack_bytes(bytes: &[u8], wanted: &[&str], limit: u64) -> Result<Vec<Option<String>>, String> {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source");
        std::fs::write(&source, bytes).unwrap();
        let wanted: Vec<Wanted> = wanted.iter().map(|name| Wanted { file_name: (*name).to_owned(), limit }).collect();
        match unpack(&source, "source.bin", &wanted, folder.path()) {
            Ok(unpacked) => {
                Ok(unpacked.files.iter().map(|path| Some(std::fs::read_to_string(path.as_ref()?).unwrap())).collect::<Vec<_>>())
            }
            Err(Failure::Refused(refusal)) => Err(refusal.to_string()),
            Err(Failure::Broken(error)) => panic!("{error}"),
        }
    }

    fn tgz(build: impl FnOnce(&mut tar::Builder<flate2::write::GzEncoder<Vec<u8>>>)) -> Vec<u8> {
        let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        build(&mut builder);
        builder.into_inner().unwrap().finish().unwrap()
    }

    fn header(name: &[u8], size: u64, kind: tar::EntryType) -> tar::Header {
        let mut header = tar::Header::new_ustar();
        // Written past the checks of the crate, as a hostile archive is.
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_size(size);
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_cksum();
        header
    }

    #[test]
    fn files_are_taken_from_any_folder_of_a_tar() {
        let bytes = tgz(|tar| {
            tar.append(&header(b"senna/hash/words.lst", 2, tar::EntryType::Regular), &b"a\n"[..]).unwrap();
            tar.append(&header(b"senna/hash/", 0, tar::EntryType::Directory), &b""[..]).unwrap();
            tar.append(&header(b"senna/embeddings/embeddings.txt", 4, tar::EntryType::Regular), &b"1 2\n"[..]).unwrap();
        });
        let both = unpack_bytes(&bytes, &["words.lst", "embeddings.txt"], 10).unwrap();
        assert_eq!(both, [Some("a\n".into()), Some("1 2\n".into())]);
        assert_eq!(unpack_bytes(&bytes, &["words.lst", "gone.txt"], 10).unwrap()[1], None);
        assert_eq!(
            unpack_bytes(&bytes, &["embeddings.txt"], 3).unwrap_err(),
            "embeddings.txt unpacks to more than 3 bytes, the most that is taken"
        );
    }

    #[test]
    fn a_hostile_tar_is_refused() {
        let escape = tgz(|tar| tar.append(&header(b"../../x", 0, tar::EntryType::Regular), &b""[..]).unwrap());
        assert!(unpack_bytes(&escape, &["y"], 9).unwrap_err().contains("`../../x` leads out of its folder"));
        let mut link = header(b"data/y", 0, tar::EntryType::Symlink);
        link.set_link_name("/etc/passwd").unwrap();
        link.set_cksum();
        let link = tgz(|tar| tar.append(&link, &b""[..]).unwrap());
        assert_eq!(unpack_bytes(&link, &["y"], 9).unwrap_err(), "the archive's member `data/y` is a link, expected a file");
    }

    #[test]
    fn what_is_no_archive_is_the_file_if_only_one_is_wanted() {
        assert_eq!(unpack_bytes(b"text", &["a.txt"], 9).unwrap(), [Some("text".into())]);
        assert!(unpack_bytes(b"text", &["a.txt", "b.txt"], 9).unwrap_err().contains("not a.txt, b.txt itself"));
        assert_eq!(unpack_bytes(b"\n<!DOCTYPE html><p>", &["a.txt"], 99).unwrap_err(), "it answered with a web page, not a file");
        assert_eq!(unpack_bytes(b"PK\x03\x04 and no more", &["a.txt"], 99).unwrap_err(), "the archive is damaged");
        assert_eq!(unpack_bytes(&[0x1f, 0x8b, 0, 0], &["a.txt"], 99).unwrap_err(), "the archive is damaged");
    }
}
