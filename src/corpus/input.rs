//! The bytes of a corpus's file, unpacked, up to the size that memory allows.

use super::error::CorpusError;
use flate2::bufread::MultiGzDecoder;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Bytes that one file may have, unpacked; a split of BC5CDR has about one million. Reading takes at worst some eleven times as much
/// memory, for a file that is one line of characters outside ASCII.
pub const FILE_LIMIT: u64 = 256 << 20;

/// The whole file as it stands. What has no end, such as a device, is read up to the limit.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, CorpusError> {
    let failed = |source| CorpusError::Io { path: path.to_owned(), source };
    let too_long = || CorpusError::TooLong { path: path.to_owned(), limit: FILE_LIMIT };
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    if length > FILE_LIMIT {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length as usize).map_err(|_| failed(io::Error::from(io::ErrorKind::OutOfMemory)))?;
    file.take(FILE_LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > FILE_LIMIT { Err(too_long()) } else { Ok(bytes) }
}

const GZIP: &[u8] = &[0x1f, 0x8b];

/// What other than gzip and UTF-8 a file may begin with, what that is, and what to do about it.
const OTHERS: [(&[u8], &str, &str); 7] = [
    (b"PK\x03\x04", "a zip archive", "unpack it first, or take a corpus of the registry from it with `mermen data get NAME --from FILE`"),
    (b"BZh", "packed with bzip2", "unpack it first (bunzip2), or pack it with gzip"),
    (b"\xfd7zXZ\0", "packed with xz", "unpack it first (unxz), or pack it with gzip"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", "unpack it first (unzstd), or pack it with gzip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"),
    (b"\xff\xfe", "UTF-16", "convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)"),
    (b"\xfe\xff", "UTF-16", "convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)"),
];

/// `bytes`, or what they unpack to where they are gzip's, of any number of members; `name` stands for the file in messages.
pub(super) fn unpacked<'a>(name: &str, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, CorpusError> {
    if bytes.starts_with(GZIP) {
        let mut plain = Vec::new();
        let read = MultiGzDecoder::new(bytes).take(FILE_LIMIT + 1).read_to_end(&mut plain);
        return match read {
            Ok(_) if plain.len() as u64 > FILE_LIMIT => Err(CorpusError::TooLong { path: name.into(), limit: FILE_LIMIT }),
            Ok(_) => match known(name, &plain) {
                Some(error) => Err(error),
                None => Ok(Cow::Owned(plain)),
            },
            Err(error) => Err(CorpusError::Gzip { file: name.to_owned(), unpacked: plain.len(), why: error.to_string() }),
        };
    }
    known(name, bytes).map_or(Ok(Cow::Borrowed(bytes)), Err)
}

/// The error for a file that is packed otherwise.
fn known(name: &str, bytes: &[u8]) -> Option<CorpusError> {
    let (what, fix) = packed_as(bytes)?;
    Some(CorpusError::Packed { file: name.to_owned(), what, fix })
}

/// What no reader unpacks, by its first bytes, and what to do about it.
pub(crate) fn packed_as(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    if is_tar(bytes) {
        return Some(("a tar archive", "unpack it first, and name one of its files or its folder"));
    }
    OTHERS.iter().find(|(start, ..)| bytes.starts_with(start)).map(|&(_, what, fix)| (what, fix))
}

/// By the mark and the checksum of its first header: a text may have the mark's letters at that place.
pub(crate) fn is_tar(bytes: &[u8]) -> bool {
    const CHECKSUM: std::ops::Range<usize> = 148..156;
    let Some(header) = bytes.get(..512).filter(|header| header[257..].starts_with(b"ustar")) else { return false };
    let counted = header.iter().enumerate().map(|(at, byte)| u32::from(if CHECKSUM.contains(&at) { b' ' } else { *byte })).sum::<u32>();
    let written = std::str::from_utf8(&header[CHECKSUM]).unwrap_or_default().trim_matches(|c: char| c == '\0' || c == ' ');
    u32::from_str_radix(written, 8) == Ok(counted)
}
