//! Lines of a stream put together to documents: a line each, paragraphs, or blocks that begin with a line of their own kind.

use super::{Frame, InputError, LONGEST};
use std::io::{self, BufRead, Read};

/// Why no further frame can be had.
#[derive(Debug)]
pub enum Stopped {
    Unreadable {
        line: usize,
        source: io::Error,
    },
    /// The document that begins on this line has no end.
    TooLong {
        line: usize,
    },
}

impl Stopped {
    pub fn into_error(self, name: &str) -> InputError {
        let name = name.to_owned();
        match self {
            Stopped::Unreadable { line, source } => InputError::Read { name, line, source },
            Stopped::TooLong { line } => InputError::TooLong { name, line, limit: LONGEST >> 20 },
        }
    }
}

/// Line ends in `bytes`.
pub fn line_ends(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b'\n').count()
}

pub struct Lines {
    input: Box<dyn BufRead + Send>,
    /// Lines read so far.
    read: usize,
    /// A line that was read and belongs to the next frame.
    kept: Option<Frame>,
}

impl Lines {
    pub fn new(input: Box<dyn BufRead + Send>) -> Self {
        Self { input, read: 0, kept: None }
    }

    /// The next line with its end.
    fn next(&mut self) -> Result<Option<Frame>, Stopped> {
        if let Some(kept) = self.kept.take() {
            return Ok(Some(kept));
        }
        let line = self.read + 1;
        let mut bytes = Vec::new();
        let taken = self.input.by_ref().take(LONGEST as u64).read_until(b'\n', &mut bytes);
        match taken.map_err(|source| Stopped::Unreadable { line, source })? {
            0 => Ok(None),
            LONGEST => Err(Stopped::TooLong { line }),
            _ => {
                self.read = line;
                Ok(Some(Frame { line, bytes }))
            }
        }
    }

    /// The next line that is not blank.
    pub fn line(&mut self) -> Result<Option<Frame>, Stopped> {
        while let Some(frame) = self.next()? {
            if !is_blank(&frame.bytes) {
                return Ok(Some(frame));
            }
        }
        Ok(None)
    }

    /// The next lines up to a blank one.
    pub fn paragraph(&mut self) -> Result<Option<Frame>, Stopped> {
        let Some(mut frame) = self.line()? else { return Ok(None) };
        while let Some(next) = self.next()? {
            if is_blank(&next.bytes) {
                break;
            }
            frame.append(next)?;
        }
        Ok(Some(frame))
    }

    /// The next lines up to one that `begins` a document.
    pub fn block(&mut self, begins: impl Fn(&str) -> bool) -> Result<Option<Frame>, Stopped> {
        let Some(mut frame) = self.line()? else { return Ok(None) };
        while let Some(next) = self.next()? {
            // What matters stands before any byte that is no UTF-8.
            if begins(&String::from_utf8_lossy(&next.bytes)) {
                self.kept = Some(next);
                break;
            }
            frame.append(next)?;
        }
        Ok(Some(frame))
    }
}

impl Frame {
    fn append(&mut self, next: Frame) -> Result<(), Stopped> {
        self.bytes.extend(next.bytes);
        if self.bytes.len() > LONGEST { Err(Stopped::TooLong { line: self.line }) } else { Ok(()) }
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}
