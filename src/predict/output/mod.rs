//! Annotated documents to a file, a folder or a stream, one after the other.
//!
//! A file or folder gets its name when it is whole: after an error its path holds what it held before.

mod destination;
mod document;
mod jsonl;
mod preview;
mod table;
#[cfg(test)]
mod tests;

pub use destination::Destination;

use super::Annotated;
use super::input::{Documents, InputError, InputFormat};
use crate::corpus::{bioc_xml, brat, pubtator};
use destination::Target;
use std::io;
use std::path::{Path, PathBuf};

/// A format that annotated documents are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// `-1` for no concept; the seventh field is the mention's confidence. There is no place for names.
    PubTator,
    /// Infons `score` (the mention's confidence), `concept_score` and `name`.
    BiocXml,
    /// A folder of `.txt` and `.ann` files; a normalisation ends with the concept's name, a note has the confidences.
    Brat,
    /// One object a line, with `confidence`, `concept_confidence` and `name` of each mention.
    JsonLines,
    /// A row for each mention, under a line of headings; a document without mentions has none.
    Tsv,
    /// A page with the mentions marked in each document, to look at.
    Html,
}

impl OutputFormat {
    /// Every format.
    pub const ALL: [OutputFormat; 6] =
        [OutputFormat::PubTator, OutputFormat::BiocXml, OutputFormat::Brat, OutputFormat::JsonLines, OutputFormat::Tsv, OutputFormat::Html];

    /// The name on command lines.
    pub fn name(self) -> &'static str {
        match self {
            OutputFormat::PubTator => "pubtator",
            OutputFormat::BiocXml => "bioc-xml",
            OutputFormat::Brat => "brat",
            OutputFormat::JsonLines => "jsonl",
            OutputFormat::Tsv => "tsv",
            OutputFormat::Html => "html",
        }
    }

    /// The format that a file's name implies.
    pub fn of_name(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "xml" => Some(OutputFormat::BiocXml),
            "jsonl" | "ndjson" => Some(OutputFormat::JsonLines),
            "tsv" => Some(OutputFormat::Tsv),
            "html" | "htm" => Some(OutputFormat::Html),
            "txt" | "pubtator" => Some(OutputFormat::PubTator),
            _ => None,
        }
    }
}

/// Why annotations cannot be written.
#[allow(missing_docs)] // the message of a variant says what it and its fields are
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    #[error("cannot write {what}; check that its folder is there, its permissions and the space left")]
    Io {
        what: String,
        #[source]
        source: io::Error,
    },
    #[error("`{}` exists already and is not an empty folder; brat's files go into a folder of their own: name a new one", path.display())]
    Occupied { path: PathBuf },
    #[error("`{}` is not written: it could not be read again; choose another format with --to, or look at the document that the cause names", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: Box<InputError>,
    },
    #[error("brat's files cannot go to standard output; name a folder with --output")]
    BratToStream,
}

impl OutputError {
    /// Nobody reads on: `mermen predict ... | head`.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, OutputError::Io { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Whether so many documents can be read from `path`.
fn read_back(format: OutputFormat, path: &Path, written: u64, mentions: u64) -> Result<(), InputError> {
    let name = path.display().to_string();
    let fault = |why: String| InputError::Document { name: name.clone(), line: 1, id: None, why };
    let mut read = 0;
    let format = match format {
        OutputFormat::PubTator => InputFormat::PubTator,
        OutputFormat::BiocXml => InputFormat::BiocXml,
        OutputFormat::JsonLines => InputFormat::JsonLines,
        OutputFormat::Brat => {
            brat::for_each(path, |_| read += 1).map_err(|error| fault(error.to_string()))?;
            return counted(read, written, &fault);
        }
        OutputFormat::Tsv | OutputFormat::Html => {
            let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
            let (found, expected) =
                if format == OutputFormat::Tsv { (table::rows(&text), mentions) } else { (preview::documents(&text), written) };
            return found.map_or_else(|| Err(fault("it is cut short".into())), |found| counted(found, expected, &fault));
        }
    };
    for document in Documents::open(path, Some(format))? {
        document?;
        read += 1;
    }
    counted(read, written, &fault)
}

fn counted(read: u64, written: u64, fault: &dyn Fn(String) -> InputError) -> Result<(), InputError> {
    if read == written { Ok(()) } else { Err(fault(format!("{read} document(s) can be read of {written} that were written"))) }
}

/// Writes annotated documents.
pub struct Output {
    format: OutputFormat,
    target: Target,
    written: u64,
    mentions: u64,
    replaced: u64,
}

impl Output {
    /// # Errors
    /// A destination that cannot be written to.
    pub fn new(format: OutputFormat, destination: Destination) -> Result<Self, OutputError> {
        let mut output = Self { format, target: Target::open(format, destination)?, written: 0, mentions: 0, replaced: 0 };
        match format {
            OutputFormat::BiocXml => output.target.stream(|out| bioc_xml::write_begin(out))?,
            OutputFormat::Tsv => output.target.stream(|out| table::write_begin(out))?,
            OutputFormat::Html => output.target.stream(|out| preview::write_begin(out))?,
            OutputFormat::PubTator | OutputFormat::JsonLines | OutputFormat::Brat => {}
        }
        Ok(output)
    }

    /// # Errors
    /// A destination that cannot be written to.
    pub fn write(&mut self, annotated: &Annotated) -> Result<(), OutputError> {
        self.written += 1;
        self.mentions += annotated.annotations.len() as u64;
        if self.format == OutputFormat::BiocXml {
            self.replaced += bioc_xml::forbidden_in(&annotated.document) as u64;
        }
        match self.format {
            OutputFormat::PubTator => {
                let documents = [document::with_mentions(annotated, Some("-1"), true)];
                self.target.stream(|out| pubtator::write(&documents, out))
            }
            OutputFormat::BiocXml => {
                let document = document::with_mentions(annotated, Some("-1"), true);
                self.target.stream(|out| bioc_xml::write_document(&document, &|at| document::infons(&annotated.annotations[at]), out))
            }
            OutputFormat::JsonLines => self.target.stream(|out| jsonl::write(annotated, out)),
            OutputFormat::Tsv => self.target.stream(|out| table::write(annotated, out)),
            OutputFormat::Html => self.target.stream(|out| preview::write(annotated, out)),
            OutputFormat::Brat => {
                let document = document::with_mentions(annotated, None, false);
                self.target.folder(|folder| brat::write_document(&document, &|at| document::remarks(&annotated.annotations[at]), folder))
            }
        }
    }

    /// Hands on what is held back, so that a reader of the stream has it.
    ///
    /// # Errors
    /// A destination that cannot be written to.
    pub fn flush(&mut self) -> Result<(), OutputError> {
        self.target.stream(|out| out.flush())
    }

    /// Characters that XML forbids, each replaced by U+FFFD.
    pub fn replaced(&self) -> u64 {
        self.replaced
    }

    /// Ends the output. A file or folder is read back, and then gets its name.
    ///
    /// # Errors
    /// A destination that cannot be written to; an output that cannot be read.
    pub fn finish(mut self) -> Result<(), OutputError> {
        if self.format == OutputFormat::BiocXml {
            self.target.stream(|out| bioc_xml::write_end(out))?;
        }
        if self.format == OutputFormat::Html {
            self.target.stream(|out| preview::write_end(out))?;
        }
        let (format, written, mentions) = (self.format, self.written, self.mentions);
        self.target.finish(|path| read_back(format, path, written, mentions))
    }
}
