//! What can be wrong with a text that is to be annotated.

// The message of a variant says what it and its fields are.
#![allow(missing_docs)]

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("cannot read `{}`; check the path and its permissions", path.display())]
    Open {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{name}:{line}: the input cannot be read on from here; a compressed file may be cut short: fetch it again")]
    Read {
        name: String,
        line: usize,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "{name}: found {found}; expected PubTator, PubMed XML, BioC XML, JSON Lines or plain text: convert the file with \
         `mermen data convert`, or name its format with `--format-in`"
    )]
    UnknownFormat { name: String, found: String },
    #[error("{name}: the input is {what}; {fix}")]
    Packed { name: String, what: &'static str, fix: &'static str },
    #[error("{name}:{line}: no end of the document that begins here within {limit} MiB; is the format right? name it with `--format-in`")]
    TooLong { name: String, line: usize, limit: usize },
    #[error("{name}:{line}: document{}: {why}", id.as_ref().map(|id| format!(" {id}")).unwrap_or_default())]
    Document {
        name: String,
        /// Counted from one.
        line: usize,
        /// Where the document could be read that far.
        id: Option<String>,
        why: String,
    },
}

impl InputError {
    /// Whether the documents behind this one can be read all the same.
    pub fn is_of_one_document(&self) -> bool {
        matches!(self, InputError::Document { .. })
    }
}
