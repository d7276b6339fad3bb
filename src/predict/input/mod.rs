//! Text to documents, one after the other: whatever the length of the input, no more of it is in memory than one document.
//!
//! A document that cannot be read is one error among the documents, and reading goes on behind it. What ends the reading is told apart by
//! [`InputError::is_of_one_document`]. Annotations of the input are read, as far as the format's reader wants them right, and dropped.

mod elements;
mod error;
mod lines;
mod pubmed;
mod several;
#[cfg(test)]
mod tests;

pub use error::InputError;
pub use several::Inputs;

use crate::corpus::{CorpusError, Document, Format, Keys, Notes, ReadOptions, jsonl, packed_as, parse_documents_with, pubtator};
use elements::Elements;
use flate2::bufread::MultiGzDecoder;
use lines::Lines;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

/// A format that text is read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputFormat {
    /// Each paragraph (lines that are not blank, up to a blank line) is a document; they are called 1, 2, 3 and so on. Offsets count
    /// characters from the paragraph's first, line ends as they stand.
    Text,
    /// PubTator.
    PubTator,
    /// PubMed's `PubmedArticleSet`, as the baseline and update files hold it: of each article the PMID, title and abstract.
    PubmedXml,
    /// BioC XML.
    BiocXml,
    /// As `mermen data convert --to jsonl` writes it.
    JsonLines,
}

impl InputFormat {
    /// Every format.
    pub const ALL: [InputFormat; 5] =
        [InputFormat::Text, InputFormat::PubTator, InputFormat::PubmedXml, InputFormat::BiocXml, InputFormat::JsonLines];

    /// The name on command lines.
    pub fn name(self) -> &'static str {
        match self {
            InputFormat::Text => "text",
            InputFormat::PubTator => "pubtator",
            InputFormat::PubmedXml => "pubmed-xml",
            InputFormat::BiocXml => "bioc-xml",
            InputFormat::JsonLines => "jsonl",
        }
    }
}

/// No document, paragraph or line may be longer than this, in bytes: without a bound a file of another kind would fill the memory.
const LONGEST: usize = 64 << 20;
/// How much of the input is looked at to tell its format.
const HEAD: usize = 1 << 13;
const BUFFER: usize = 1 << 17;

/// Bytes from anywhere.
pub type Source = Box<dyn Read + Send>;

/// The documents of one input.
pub struct Documents {
    format: InputFormat,
    framed: Framed,
    /// Stands for the input in messages.
    name: String,
    /// Paragraphs so far.
    count: usize,
    /// Nothing more can be read.
    ended: bool,
    options: ReadOptions,
    notes: Notes,
}

enum Framed {
    Lines(Lines),
    Elements(Elements),
}

/// The bytes of one document, with the line on which they begin.
struct Frame {
    line: usize,
    bytes: Vec<u8>,
}

impl Documents {
    /// The documents of a file.
    ///
    /// # Errors
    /// As [`Documents::new`], and a file that cannot be opened.
    pub fn open(path: &Path, format: Option<InputFormat>) -> Result<Self, InputError> {
        let file = File::open(path).and_then(|file| match file.metadata()?.is_dir() {
            true => Err(std::io::Error::from(std::io::ErrorKind::IsADirectory)),
            false => Ok(file),
        });
        let file = file.map_err(|source| InputError::Open { path: path.to_owned(), source })?;
        Self::new(&path.display().to_string(), Box::new(file), format)
    }

    /// The documents of `source`, plain or gzip, in `format`, or in the one that its beginning tells; `name` stands for it in messages.
    ///
    /// # Errors
    /// A source that cannot be read, or whose format is none of these.
    pub fn new(name: &str, source: Source, format: Option<InputFormat>) -> Result<Self, InputError> {
        let unreadable = |source| InputError::Read { name: name.to_owned(), line: 1, source };
        let mut source: Box<dyn BufRead + Send> = Box::new(BufReader::with_capacity(BUFFER, source));
        if source.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]) {
            source = Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(source)));
        }
        let mut head = Vec::with_capacity(HEAD);
        source.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(unreadable)?;
        if head.starts_with(b"\xef\xbb\xbf") {
            head.drain(..3);
        }
        if let Some((what, fix)) = packed_as(&head) {
            return Err(InputError::Packed { name: name.to_owned(), what, fix });
        }
        let format = match format {
            Some(format) => format,
            None => detect(&head).map_err(|found| InputError::UnknownFormat { name: name.to_owned(), found })?,
        };
        let all: Box<dyn BufRead + Send> = Box::new(Cursor::new(head).chain(source));
        let framed = match format {
            InputFormat::PubmedXml => Framed::Elements(Elements::new(all, pubmed::DOCUMENTS)),
            InputFormat::BiocXml => Framed::Elements(Elements::new(all, &["document"])),
            _ => Framed::Lines(Lines::new(all)),
        };
        Ok(Self {
            format,
            framed,
            name: name.to_owned(),
            count: 0,
            ended: false,
            options: ReadOptions { drops_annotations: true, ..ReadOptions::default() },
            notes: Notes::default(),
        })
    }

    /// The format that is read.
    pub fn format(&self) -> InputFormat {
        self.format
    }

    /// Says what keys of JSON Lines are called.
    pub fn set_keys(&mut self, keys: Keys) {
        self.options.keys = keys;
    }

    /// What the reader noted of the documents so far.
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    fn frame(&mut self) -> Result<Option<Frame>, lines::Stopped> {
        match (&mut self.framed, self.format) {
            (Framed::Elements(elements), _) => elements.next(),
            (Framed::Lines(lines), InputFormat::PubTator) => lines.block(pubtator::begins_document),
            (Framed::Lines(lines), InputFormat::JsonLines) => lines.line(),
            (Framed::Lines(lines), _) => lines.paragraph(),
        }
    }

    fn document(&mut self, frame: &Frame) -> Result<Document, InputError> {
        let text = std::str::from_utf8(&frame.bytes).map_err(|error| {
            let before = &frame.bytes[..error.valid_up_to()];
            let line = frame.line + lines::line_ends(before);
            let found = String::from_utf8_lossy(&frame.bytes);
            self.fault(
                line,
                id_of(self.format, &found),
                "these bytes are not UTF-8; convert the file to UTF-8 first (for instance with iconv)",
            )
        })?;
        let id = || id_of(self.format, text);
        let mut document = match self.format {
            InputFormat::Text => {
                self.count += 1;
                return Ok(Document::of_text(self.count.to_string(), text.trim_end()));
            }
            InputFormat::PubmedXml => pubmed::read(text).map_err(|(line, why)| self.fault(frame.line + line, id(), &why))?,
            InputFormat::PubTator => self.read(Format::PubTator, &pubtator::own_lines(text), frame, id())?,
            InputFormat::JsonLines => self.read(Format::JsonLines, text, frame, id())?,
            // The element by itself is not yet a file of the format.
            InputFormat::BiocXml => self.read(Format::BiocXml, &format!("<collection>{text}</collection>"), frame, id())?,
        };
        if document.is_textless() {
            return Err(self.fault(frame.line, Some(document.id), "it has annotations but no text; nothing can be recognised in it"));
        }
        document.mentions.clear();
        document.relations.clear();
        Ok(document)
    }

    /// The one document of a frame; lines counted in the whole input.
    fn read(&mut self, format: Format, text: &str, frame: &Frame, id: Option<String>) -> Result<Document, InputError> {
        self.options.format = Some(format);
        let read = parse_documents_with(&self.name, text.as_bytes(), &self.options).map(|(documents, mut notes)| {
            notes.moved_down(&self.name, frame.line - 1);
            self.notes.append(notes);
            documents
        });
        match read {
            Ok(documents) => documents.into_iter().next().ok_or_else(|| self.fault(frame.line, id, "there is no document in it")),
            Err(CorpusError::Line { line, fault, .. }) => Err(self.fault(frame.line + line - 1, id, &fault.to_string())),
            Err(error) => Err(self.fault(frame.line, id, &error.to_string())),
        }
    }

    fn fault(&self, line: usize, id: Option<String>, why: &str) -> InputError {
        InputError::Document { name: self.name.clone(), line, id, why: why.to_owned() }
    }
}

impl Iterator for Documents {
    type Item = Result<Document, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.frame() {
            Ok(Some(frame)) => Some(self.document(&frame)),
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(stopped) => {
                self.ended = true;
                Some(Err(stopped.into_error(&self.name)))
            }
        }
    }
}

/// What a document calls itself, as far as its broken text tells.
fn id_of(format: InputFormat, text: &str) -> Option<String> {
    let between = |start: &str, end: &str| {
        let from = text.find(start)? + start.len();
        let rest = &text[from..];
        let rest = if start.ends_with('>') || start.ends_with('"') { rest } else { &rest[rest.find('>')? + 1..] };
        Some(&rest[..rest.find(end)?])
    };
    let named = match format {
        // A number, or blanks around the colon.
        InputFormat::JsonLines => jsonl::id_of(text, "id"),
        _ => None,
    };
    if named.is_some() {
        return named;
    }
    let id = match format {
        InputFormat::Text => None,
        InputFormat::PubTator => text.split(['|', '\t', '\n']).next(),
        InputFormat::PubmedXml => between("<PMID", "<"),
        InputFormat::BiocXml => between("<id>", "<"),
        InputFormat::JsonLines => between("\"id\":\"", "\""),
    };
    id.map(str::trim).filter(|id| !id.is_empty() && id.len() <= 60).map(str::to_owned)
}

/// The format that the first bytes tell; what was found where it is none of these.
fn detect(head: &[u8]) -> Result<InputFormat, String> {
    let text = String::from_utf8_lossy(head);
    let Some(line) = text.lines().find(|line| !line.trim().is_empty()) else { return Ok(InputFormat::Text) };
    if line.contains('\0') {
        return Err("bytes that are not text".into());
    }
    if line.trim_start().starts_with('<') {
        let has = |name: &str| text.contains(&format!("<{name}"));
        return match () {
            () if has("collection") => Ok(InputFormat::BiocXml),
            () if pubmed::DOCUMENTS.iter().any(|name| has(name)) || has("MedlineCitationSet") => Ok(InputFormat::PubmedXml),
            () => Err("XML that is neither a `<collection>` (BioC) nor a `<PubmedArticleSet>` (PubMed)".into()),
        };
    }
    if line.starts_with('{') {
        // A collection of BioC may be one long line.
        let bioc = line.trim() == "{" || ["\"documents\"", "\"passages\""].iter().any(|field| line.contains(field));
        return if bioc { Err("JSON that is not JSON Lines".into()) } else { Ok(InputFormat::JsonLines) };
    }
    Ok(if pubtator::looks_like_text_line(line) { InputFormat::PubTator } else { InputFormat::Text })
}
