//! A file of vectors as a stream that knows where it is: plain or gzip, told apart by the first bytes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::error::{EmbeddingError, FilePosition};

const BUFFER: usize = 1 << 18;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Lines and bytes of one file, with the place of the next.
pub(super) struct Input {
    pub(super) path: PathBuf,
    stream: Box<dyn BufRead>,
    gzip: bool,
    /// Unpacked bytes read so far.
    pub(super) offset: u64,
    /// Lines read so far.
    pub(super) line: u64,
}

/// How a line ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LineEnd {
    Newline,
    EndOfFile,
}

impl Input {
    pub(super) fn open(path: &Path) -> Result<Self, EmbeddingError> {
        let cannot_open = |source| EmbeddingError::Open { path: path.to_owned(), source };
        let file = File::open(path).map_err(cannot_open)?;
        let mut file = BufReader::with_capacity(BUFFER, file);
        let start = file.fill_buf().map_err(cannot_open)?;
        if start.is_empty() {
            return Err(EmbeddingError::Empty { path: path.to_owned() });
        }
        let gzip = start.starts_with(&GZIP);
        let stream: Box<dyn BufRead> =
            if gzip { Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file))) } else { Box::new(file) };
        Ok(Self { path: path.to_owned(), stream, gzip, offset: 0, line: 0 })
    }

    /// Puts the next line, without its end (`\n` or `\r\n`), into `line`; `None` at the end of the file. A line longer
    /// than `limit` bytes is an error, so that a file with no line ends does not fill the memory.
    pub(super) fn next_line(&mut self, line: &mut Vec<u8>, limit: usize, dimension: usize) -> Result<Option<LineEnd>, EmbeddingError> {
        line.clear();
        let read = self.stream.by_ref().take(limit as u64 + 1).read_until(b'\n', line);
        let read = read.map_err(|source| self.cannot_read(source, FilePosition::Line(self.line + 1)))?;
        if read == 0 {
            return Ok(None);
        }
        self.offset += read as u64;
        self.line += 1;
        let end = if line.pop_if(|last| *last == b'\n').is_some() { LineEnd::Newline } else { LineEnd::EndOfFile };
        if end == LineEnd::EndOfFile && read > limit {
            return Err(EmbeddingError::LineTooLong { path: self.path.clone(), line: self.line, limit, dimension });
        }
        line.pop_if(|last| *last == b'\r');
        if self.line == 1 && line.starts_with(b"\xef\xbb\xbf") {
            line.drain(..3);
        }
        Ok(Some(end))
    }

    /// Puts the bytes before the next `end`, which is read but not put, into `bytes`; gives whether `end` was found
    /// within `limit` bytes. Bytes are missing at the end of the file only.
    pub(super) fn read_until(&mut self, end: u8, limit: usize, bytes: &mut Vec<u8>) -> Result<bool, EmbeddingError> {
        bytes.clear();
        let read = self.stream.by_ref().take(limit as u64 + 1).read_until(end, bytes);
        self.offset += read.map_err(|source| self.cannot_read(source, FilePosition::Byte(self.offset)))? as u64;
        Ok(bytes.pop_if(|last| *last == end).is_some())
    }

    /// Fills `bytes`; `false` where the file ends before.
    pub(super) fn read_full(&mut self, bytes: &mut [u8]) -> Result<bool, EmbeddingError> {
        let mut filled = 0;
        while filled < bytes.len() {
            match self.stream.read(&mut bytes[filled..]) {
                Ok(0) => return Ok(false),
                Ok(read) => {
                    filled += read;
                    self.offset += read as u64;
                }
                Err(source) if source.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(self.cannot_read(source, FilePosition::Byte(self.offset))),
            }
        }
        Ok(true)
    }

    fn cannot_read(&self, source: io::Error, place: FilePosition) -> EmbeddingError {
        if self.gzip && source.kind() == io::ErrorKind::UnexpectedEof {
            return EmbeddingError::TruncatedGzip { path: self.path.clone(), unpacked: self.offset };
        }
        EmbeddingError::Read { path: self.path.clone(), place, source }
    }
}
