//! Annotated documents to a file, a folder or a stream, one after the other.
//!
//! A file or folder gets its name when it is whole: after an error its path holds what it held before.

mod destination;
mod document;
mod jsonl;
#[cfg(test)]
mod tests;

pub use destination::Destination;

use super::Annotated;
use crate::corpus::{bioc_xml, brat, pubtator};
use destination::Target;
use std::io;
use std::path::PathBuf;

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
}

impl OutputFormat {
    pub const ALL: [OutputFormat; 4] = [OutputFormat::PubTator, OutputFormat::BiocXml, OutputFormat::Brat, OutputFormat::JsonLines];

    /// The name on command lines.
    pub fn name(self) -> &'static str {
        match self {
            OutputFormat::PubTator => "pubtator",
            OutputFormat::BiocXml => "bioc-xml",
            OutputFormat::Brat => "brat",
            OutputFormat::JsonLines => "jsonl",
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    #[error("cannot write {what}; check that its folder is there, its permissions and the space left")]
    Io {
        what: String,
        #[source]
        source: io::Error,
    },
    #[error("`{}` is there already and is no empty folder; brat's files go into a folder of their own: name a new one", path.display())]
    Occupied { path: PathBuf },
    #[error("brat's files cannot go to standard output; name a folder with --output")]
    BratToStream,
}

impl OutputError {
    /// Nobody reads on: `mermen predict ... | head`.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, OutputError::Io { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Writes annotated documents.
pub struct Output {
    format: OutputFormat,
    target: Target,
}

impl Output {
    /// # Errors
    /// A destination that cannot be written to.
    pub fn new(format: OutputFormat, destination: Destination) -> Result<Self, OutputError> {
        let mut output = Self { format, target: Target::open(format, destination)? };
        if format == OutputFormat::BiocXml {
            output.target.stream(|out| bioc_xml::write_begin(out))?;
        }
        Ok(output)
    }

    /// # Errors
    /// A destination that cannot be written to.
    pub fn write(&mut self, annotated: &Annotated) -> Result<(), OutputError> {
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

    /// Ends the output and gives it its name.
    ///
    /// # Errors
    /// A destination that cannot be written to.
    pub fn finish(mut self) -> Result<(), OutputError> {
        if self.format == OutputFormat::BiocXml {
            self.target.stream(|out| bioc_xml::write_end(out))?;
        }
        self.target.finish()
    }
}
