//! What can be wrong with a file of vectors, where, and what to do about it.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// A place in a file: lines count from 1, bytes from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilePosition {
    Line(u64),
    Byte(u64),
}

impl fmt::Display for FilePosition {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Byte(byte) => write!(f, "byte {byte}"),
        }
    }
}

/// An embedding that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddingError {
    #[error("{}: the embedding file cannot be opened; check the path and the data folder, or fetch the file first", .path.display())]
    Open { path: PathBuf, source: io::Error },

    #[error("{}: {place}: the embedding file cannot be read on from here; if the disk is sound, the file is damaged: fetch it again", .path.display())]
    Read { path: PathBuf, place: FilePosition, source: io::Error },

    #[error("{}: the embedding file is empty; fetch it again", .path.display())]
    Empty { path: PathBuf },

    #[error("an embedding of 0 dimensions was asked for; set its dimension to that of the vectors, 1 or more")]
    NoDimensions,

    #[error("{}: {place}: the vectors have {found} dimensions where {expected} were expected; set the embedding's dimension to {found} or name the file of {expected} dimensions", .path.display())]
    Dimension { path: PathBuf, place: FilePosition, found: usize, expected: usize },

    #[error(
        "random vectors of {found} dimensions where {expected} were expected; set both the source's and the embedding's dimension to the same number"
    )]
    RandomDimension { found: usize, expected: usize },

    #[error("{}: line {line}: numbers after the word {word:?}: found {found}, expected {expected}; repair or remove the line, or fetch the file again", .path.display())]
    Columns { path: PathBuf, line: u64, word: String, found: usize, expected: usize },

    #[error("{}: line {line}: numbers found: {found}, expected: {expected}; repair the line, or fetch the file again", .path.display())]
    SennaColumns { path: PathBuf, line: u64, found: usize, expected: usize },

    #[error("{}: {place}: number {column} of the word {word:?} is {found:?}, expected a finite decimal number; repair or remove the row, or fetch the file again", .path.display())]
    Number { path: PathBuf, place: FilePosition, word: String, column: usize, found: String },

    #[error("{}: {place}: the file ends in the middle of row {row}{}; it is cut short: fetch it again and compare its size or digest", .path.display(), of_rows(.promised))]
    Truncated { path: PathBuf, place: FilePosition, row: u64, promised: Option<u64> },

    #[error("{}: the compressed data ends early, after {unpacked} unpacked bytes; the file is cut short: fetch it again and compare its size or digest", .path.display())]
    TruncatedGzip { path: PathBuf, unpacked: u64 },

    #[error("{}: rows promised by line 1: {promised}, rows in the file: {found}; it is cut short, or rows were removed: fetch it again or correct the header", .path.display())]
    TooFewRows { path: PathBuf, promised: u64, found: u64 },

    #[error("{}: rows promised by line 1: {promised}, but the file goes on at {place}; correct the header, or fetch the file again", .path.display())]
    TooManyRows { path: PathBuf, promised: u64, place: FilePosition },

    #[error("{}: line 1: found {found:?}, expected word2vec's binary header of two whole numbers, rows and dimension; if the file is text, name its format `text`", .path.display())]
    Header { path: PathBuf, found: String },

    #[error("{}: {place}: found bytes that no text has; if the file is word2vec's binary format, name its format `word2vec-binary`", .path.display())]
    NotText { path: PathBuf, place: FilePosition },

    #[error("{}: line {line} is longer than {limit} bytes, which no row of {dimension} numbers is; check that this is a file of word vectors", .path.display())]
    LineTooLong { path: PathBuf, line: u64, limit: usize, dimension: usize },

    #[error("{}: byte {byte}: no blank ends the word of row {row} within {limit} bytes; the header's dimension does not fit the rows, or the file is damaged: fetch it again", .path.display())]
    WordTooLong { path: PathBuf, byte: u64, row: u64, limit: usize },

    #[error("{}: words: {words_count}, but {}: vectors: {vectors_count}; line n of one belongs to line n of the other: fetch both files again", .words.display(), .vectors.display())]
    SennaRows { words: PathBuf, words_count: u64, vectors: PathBuf, vectors_count: u64 },
}

fn of_rows(rows: &Option<u64>) -> String {
    rows.map(|rows| format!(" of {rows}")).unwrap_or_default()
}
