//! What can be wrong with a corpus file, always reported with the file and the line.

// The message of a variant says what it and its fields are.
#![allow(missing_docs)]

use std::path::PathBuf;

/// Why a corpus file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    #[error("cannot read `{}`; check the path and its permissions", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "`{}` has more than {} MiB, the most that is read of one file of a corpus; split it into several, or check that it is the file you meant",
        path.display(),
        limit >> 20
    )]
    TooLong { path: PathBuf, limit: u64 },
    #[error("{file}:{line}: byte {byte} of the file is not UTF-8; convert the file to UTF-8 first (for instance with iconv)")]
    Encoding { file: String, line: usize, byte: usize },
    #[error("{file}: the file is {what}; {fix}")]
    Packed { file: String, what: &'static str, fix: &'static str },
    #[error("{file}: its gzip data cannot be unpacked after {unpacked} bytes: {why}; the file is cut short or damaged: fetch it again")]
    Gzip { file: String, unpacked: usize, why: String },
    #[error(
        "{file}: the format is not recognised: found {found}, expected PubTator (a first line such as `123|t|Title`), BioC XML \
         (a `<collection>`), BioC JSON, JSON Lines (an object a line), CoNLL (a token, a TAB and a tag a line) or brat (a folder of \
         .txt and .ann files); convert the file to one of these, or name its format"
    )]
    UnknownFormat { file: String, found: String },
    #[error("{file}:{line}: {fault}")]
    Line {
        file: String,
        /// Counted from one.
        line: usize,
        fault: Box<Fault>,
    },
}

impl CorpusError {
    pub(crate) fn line(file: &str, line: usize, fault: Fault) -> Self {
        CorpusError::Line { file: file.to_owned(), line, fault: Box::new(fault) }
    }
}

/// What is wrong with one line or element, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error(
        "offsets {start}..{end} of `{mention}` go past the text of document {document}, which has {length} characters; \
         offsets count characters over title, one blank and abstract: correct them or the text"
    )]
    OffsetPastText { document: String, mention: String, start: usize, end: usize, length: usize },
    #[error(
        "start {start} is not before end {end} in the annotation of `{mention}`; the second field is the first character, the third one past the last"
    )]
    EmptySpan { mention: String, start: usize, end: usize },
    #[error(
        "document {document} has `{found}` at {start}..{end}, but the annotation says `{expected}`; correct the offsets (characters, not bytes, \
         over title, one blank and abstract) or the annotation's text, or say what becomes of such annotations: \
         `mermen data convert --text-mismatch keep` (the document's text) or `drop`"
    )]
    TextDiffers { document: String, start: usize, end: usize, found: String, expected: String },
    #[error("{found} TAB-separated field(s) where {expected}; fields are separated by one TAB, not by blanks")]
    MissingField { found: usize, expected: &'static str },
    #[error("`{found}` is not a number in the {field}; a whole number from 0 is expected there")]
    BadNumber { field: &'static str, found: String },
    #[error("the {field} is empty; every {of} needs one")]
    EmptyField { field: &'static str, of: &'static str },
    #[error(
        "this line is of document `{found}`, but is among the lines of document `{expected}`; put a blank line between documents, or correct the id"
    )]
    OtherDocument { found: String, expected: String },
    #[error("document `{document}` has a second {part} line; start a new document with a `|t|` line")]
    SecondTextLine { document: String, part: &'static str },
    #[error("the abstract line of document `{document}` has no title line before it; put `{document}|t|...` first")]
    AbstractWithoutTitle { document: String },
    #[error("broken XML: {0}; check the file with an XML validator")]
    Xml(String),
    #[error("the entity `&{0};` is not one of XML's own five; entities of a DTD are never expanded: write the character itself")]
    Entity(String),
    #[error("the {element} has no {wanted}; add one")]
    MissingElement { element: String, wanted: String },
    #[error("unexpected JSON: {0}; check the file with a JSON validator and against the format's fields")]
    Json(String),
    #[error("`{field}` is {found}; expected {expected}")]
    JsonValue { field: String, found: String, expected: &'static str },
    #[error("the {element} has no `{field}`{}", nearest.as_ref().map(|key| format!("; it has `{key}`")).unwrap_or_default())]
    JsonMissing { element: String, field: &'static str, nearest: Option<String> },
    #[error("document `{document}` has no `id`{}", nearest.as_ref().map_or_else(|| "; every document needs one".to_owned(), |key| format!(
        ", but `{key}`: name it with --id-key {key}, or rename it to `id`"
    )))]
    NoId { document: String, nearest: Option<String> },
    #[error(
        "document `{document}` has its text under the key `{key}`, not under `title` and `abstract`: name it with --text-key {key} (as an \
         option of `mermen data convert`, `evaluate` or `predict`), or rename it"
    )]
    TextKey { document: String, key: String },
    #[error("document `{document}` has its annotations under the key `{key}`, not under `mentions`: rename it")]
    MentionsKey { document: String, key: String },
    #[error("document `{document}` has no text under the key `{key}`; its keys are {found}")]
    NoTextKey { document: String, key: String, found: String },
    #[error("the stretches {found} are not in order within {start}..{end}; the first begins at `start`, the last ends at `end`")]
    Fragments { found: String, start: usize, end: usize },
    #[error(
        "`{found}` is not a tag; expected `O`, `B-` and a type, or `I-` and a type (IOB2), in column {column}; where the tags stand in another column, \
             name the columns: --columns token,_,tag"
    )]
    BadTag { found: String, column: usize },
    #[error(
        "column 3 holds tags, such as `{found}`, where concept ids are expected; name the columns: --columns token,gold,pred (as an option of \
         `mermen evaluate` or `mermen data convert`), or, if they are concept ids, --columns token,tag,concept"
    )]
    SecondTags { found: String },
    #[error(
        "column 3 holds `{found}` on `{token}`, which is not in a mention: it is not a column of concept ids; name the columns: \
         --columns token,tag,_ passes it over (as an option of `mermen evaluate` or `mermen data convert`)"
    )]
    ConceptOutside { found: String, token: String },
    #[error("{found} column(s), but {expected} are named, or are in the lines before; give every token of the file the same columns")]
    OtherColumns { found: usize, expected: usize },
    #[error("the token `{token}` does not follow in the sentence's `# text`; correct the token, or leave the `# text` line out")]
    TokenNotInText { token: String },
    #[error("`{found}` is not a valid {what}; expected {expected}")]
    Malformed { what: &'static str, found: String, expected: &'static str },
    #[error("`{id}` is not an entity of this file; a normalisation or note comes after the `{id}` line that it is about")]
    UnknownEntity { id: String },
}

impl Fault {
    /// What the XML reader says, which may hold names of any length and content.
    pub(crate) fn xml(error: &impl std::fmt::Display) -> Self {
        Fault::Xml(printable(&error.to_string(), 300))
    }

    /// What serde_json says, without its line and column, which are of a part of the file.
    pub(crate) fn json(error: &serde_json::Error) -> Self {
        let said = error.to_string();
        Fault::Json(printable(said.rfind(" at line ").map_or(said.as_str(), |at| &said[..at]), 300))
    }
}

/// Shows no more than the first 60 characters of what was found, so that a message stays one line.
pub(crate) fn shown(text: &str) -> String {
    printable(text, 60)
}

/// No more than the first `most` characters, those that would steer a terminal replaced.
fn printable(text: &str, most: usize) -> String {
    let mut short: String = text.chars().take(most).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(most).is_some() {
        short.push('…');
    }
    short
}
