//! Which format a file is in, told by its content, never by its name.

use super::document::Document;
use super::error::{CorpusError, shown};
use super::{bioc_xml, pubtator};
use std::path::Path;

/// A format that documents can be read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    PubTator,
    BiocXml,
}

/// Reads all documents of the file at `path`.
///
/// # Errors
/// [`CorpusError::Io`] where the file cannot be read, else as [`parse_documents`].
pub fn read_documents(path: &Path) -> Result<Vec<Document>, CorpusError> {
    let bytes = std::fs::read(path).map_err(|source| CorpusError::Io { path: path.to_owned(), source })?;
    parse_documents(&path.display().to_string(), &bytes)
}

/// Reads all documents of `bytes`, UTF-8 with or without byte order mark, lines ended by LF or CRLF; `name` stands for the
/// file in messages. An empty file holds no documents.
///
/// # Errors
/// Bytes that are not UTF-8, a format that is not recognised, or the reader's error, each with its line.
pub fn parse_documents(name: &str, bytes: &[u8]) -> Result<Vec<Document>, CorpusError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let byte = error.valid_up_to();
        let line = bytes[..byte].iter().filter(|&&b| b == b'\n').count() + 1;
        CorpusError::Encoding { file: name.to_owned(), line, byte }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match detect(text) {
        Some(Format::PubTator) => pubtator::read(name, text),
        Some(Format::BiocXml) => bioc_xml::read(name, text),
        None => match text.lines().find(|line| !line.trim().is_empty()) {
            None => Ok(Vec::new()),
            Some(line) => Err(CorpusError::UnknownFormat { file: name.to_owned(), found: format!("`{}`", shown(line)) }),
        },
    }
}

/// The format of `text` by its first line that is not blank.
pub fn detect(text: &str) -> Option<Format> {
    let line = text.lines().find(|line| !line.trim().is_empty())?;
    if line.trim_start().starts_with('<') {
        return Some(Format::BiocXml);
    }
    (pubtator::looks_like_text_line(line) || pubtator::looks_like_annotation(line)).then_some(Format::PubTator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_content() {
        assert_eq!(detect("\n\n12|t|A title\n"), Some(Format::PubTator));
        assert_eq!(detect("12\t0\t4\tgout\tDisease\tD006073\n"), Some(Format::PubTator));
        assert_eq!(detect("<?xml version='1.0'?>"), Some(Format::BiocXml));
        assert_eq!(detect("some prose | with a bar"), None);
        assert_eq!(detect(""), None);
    }

    #[test]
    fn byte_order_mark_and_crlf_are_no_obstacle() {
        let text = "\u{feff}\r\n1|t|Gout\r\n1|a|Rare.\r\n1\t0\t4\tGout\tDisease\tD006073\r\n\r\n";
        let documents = parse_documents("x", text.as_bytes()).unwrap();
        assert_eq!(documents[0].abstract_text, "Rare.");
        assert_eq!(documents[0].mentions[0].concept.as_deref(), Some("D006073"));
    }

    #[test]
    fn empty_files_hold_nothing_and_others_are_refused_with_a_fix() {
        assert_eq!(parse_documents("x", b" \n").unwrap(), vec![]);
        let error = parse_documents("x.txt", b"Hello there\n").unwrap_err().to_string();
        assert!(error.starts_with("x.txt: the format is not recognised: found `Hello there`"), "{error}");
        let error = parse_documents("x.txt", b"1|t|G\n1|a|\xff").unwrap_err().to_string();
        assert!(error.starts_with("x.txt:2: byte 10 of the file is not UTF-8"), "{error}");
    }
}
