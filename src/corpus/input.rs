//! The bytes of a corpus's file, and no more than memory has room for.

use super::error::CorpusError;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Bytes that one file may have; a split of BC5CDR has about one million. Reading takes at worst some eleven times as much memory, for
/// a file that is one line of characters outside ASCII.
pub const FILE_LIMIT: u64 = 256 << 20;

/// The whole file. What has no end, such as a device, is read up to the limit.
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
