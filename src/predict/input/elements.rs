//! The elements of an XML stream that are documents, each cut out whole.
//!
//! What is broken within one element so stays there. An element's end is looked for by its tag alone: in the files of BioC and PubMed no
//! such tag stands within a comment or a CDATA section.

use super::lines::{Stopped, line_ends};
use super::{Frame, LONGEST};
use std::io::{BufRead, Read};

pub struct Elements {
    input: Box<dyn BufRead + Send>,
    names: &'static [&'static str],
    /// Line ends read so far.
    read: usize,
}

impl Elements {
    /// Elements of one of these names; one within another of them is no document of its own.
    pub fn new(input: Box<dyn BufRead + Send>, names: &'static [&'static str]) -> Self {
        Self { input, names, read: 0 }
    }

    /// The next element. One that the input's end cuts off is given as far as it goes.
    pub fn next(&mut self) -> Result<Option<Frame>, Stopped> {
        let mut piece = Vec::new();
        let (name, mut frame) = loop {
            piece.clear();
            if !self.tag(&mut piece, self.read + 1)? {
                return Ok(None);
            }
            let Some(start) = piece.iter().rposition(|&byte| byte == b'<') else { continue };
            let tag = &piece[start + 1..];
            if let Some(name) = self.names.iter().find(|name| is_named(tag, name)) {
                let line = self.read + 1 - line_ends(tag);
                let frame = Frame { line, bytes: piece.split_off(start) };
                if frame.bytes.ends_with(b"/>") {
                    return Ok(Some(frame));
                }
                break (*name, frame);
            }
        };
        loop {
            let before = frame.bytes.len();
            if !self.tag(&mut frame.bytes, frame.line)? {
                return Ok(Some(frame));
            }
            let added = &frame.bytes[before..];
            let ends = added.iter().rposition(|&byte| byte == b'<').is_some_and(|at| {
                let tag = &added[at + 1..];
                tag.first() == Some(&b'/') && is_named(&tag[1..], name)
            });
            if ends {
                return Ok(Some(frame));
            }
        }
    }

    /// Appends what stands up to the end of the next tag; `false` at the end of the input. `line` is where the document began.
    fn tag(&mut self, bytes: &mut Vec<u8>, line: usize) -> Result<bool, Stopped> {
        let (before, left) = (bytes.len(), LONGEST.saturating_sub(bytes.len()));
        let taken = self.input.by_ref().take(left as u64).read_until(b'>', bytes);
        let taken = taken.map_err(|source| Stopped::Unreadable { line: self.read + 1, source })?;
        if taken == left {
            return Err(Stopped::TooLong { line });
        }
        self.read += line_ends(&bytes[before..]);
        Ok(taken > 0)
    }
}

/// Whether a tag, given without its `<`, has this name.
fn is_named(tag: &[u8], name: &str) -> bool {
    tag.strip_prefix(name.as_bytes())
        .is_some_and(|rest| rest.first().is_some_and(|byte| matches!(byte, b'>' | b'/') || byte.is_ascii_whitespace()))
}
