//! Which format a file is in, detected from its content, never from its name; all formats read and written behind one function each.

use super::document::Document;
use super::error::{CorpusError, shown};
use super::input::FILE_LIMIT;
use super::reading::{Context, Notes, ReadOptions};
use super::{bioc_json, bioc_xml, brat, conll, input, jsonl, pubtator};
use crate::atomic_file::AtomicOutput;
use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

mod loss;
pub use loss::ConversionLoss;

/// A format that documents can be read from and written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// PubTator: title and abstract lines, annotations as tab-separated lines.
    PubTator,
    /// BioC XML.
    BiocXml,
    /// BioC JSON.
    BiocJson,
    /// CoNLL columns: a token a line, tags in IOB2 or IOB1.
    Conll,
    /// brat standoff: a folder of `.txt` and `.ann` files.
    Brat,
    /// JSON Lines: a document a line.
    JsonLines,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 6] = [Format::PubTator, Format::BiocXml, Format::BiocJson, Format::Conll, Format::Brat, Format::JsonLines];

    /// The name on command lines and in experiment files.
    pub fn name(self) -> &'static str {
        match self {
            Format::PubTator => "pubtator",
            Format::BiocXml => "bioc-xml",
            Format::BiocJson => "bioc-json",
            Format::Conll => "conll",
            Format::Brat => "brat",
            Format::JsonLines => "jsonl",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no format's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no format `{found}`; did you mean `{nearest}`? expected one of {}", Format::ALL.map(Format::name).join(", "))]
pub struct UnknownFormatName {
    /// The name that was given.
    pub found: String,
    /// The nearest valid name.
    pub nearest: &'static str,
}

impl FromStr for Format {
    type Err = UnknownFormatName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let nearness = |format: &Format| strsim::damerau_levenshtein(name, format.name());
        Format::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let nearest = Format::ALL.into_iter().min_by_key(nearness).map_or("", Format::name);
            UnknownFormatName { found: name.to_owned(), nearest }
        })
    }
}

/// Reads all documents of the file at `path`, or of the folder, which is brat's. The format is detected from the content; the file may be
/// gzip.
///
/// ```
/// let documents = mermen::corpus::read("data/mini/test.PubTator.txt")?;
/// let mention = &documents[0].mentions[0];
/// println!("{}: {} is {:?}", documents[0].id, mention.text, mention.concept);
/// # assert!(mention.concept.is_some());
/// # Ok::<(), mermen::corpus::CorpusError>(())
/// ```
///
/// # Errors
/// [`CorpusError::Io`] where the file cannot be read, else as [`parse_documents`].
pub fn read(path: impl AsRef<Path>) -> Result<Vec<Document>, CorpusError> {
    read_documents_as(path.as_ref(), None)
}

/// As [`read`], in `format` where one is given, whatever the content looks like. One `.ann` or `.txt` file of brat
/// stands for the pair.
///
/// # Errors
/// As [`read`].
pub fn read_documents_as(path: &Path, format: Option<Format>) -> Result<Vec<Document>, CorpusError> {
    read_documents_with(path, &ReadOptions { format, ..ReadOptions::default() }).map(|(documents, _)| documents)
}

/// As [`read`], in the way that the options say, with what the reader noted.
///
/// # Errors
/// As [`read`].
pub fn read_documents_with(path: &Path, options: &ReadOptions) -> Result<(Vec<Document>, Notes), CorpusError> {
    let name = path.display().to_string();
    let format = options.named_format();
    let mut notes = Notes::default();
    if path.is_dir() || format == Some(Format::Brat) {
        if !matches!(format, None | Some(Format::Brat)) {
            let source = io::Error::from(io::ErrorKind::IsADirectory);
            return Err(CorpusError::Io { path: path.to_owned(), source });
        }
        let documents = brat::read_path_with(path, options, &mut notes)?;
        if documents.is_empty() && format.is_none() {
            return Err(CorpusError::UnknownFormat { file: name, found: "a folder without .ann files".to_owned() });
        }
        return Ok((documents, notes));
    }
    let bytes = input::read(path)?;
    let unpacked = input::unpacked(&name, &bytes)?;
    if format.is_none() && detect(&plain_lines(utf8(&name, &unpacked)?)) == Some(Format::Brat) {
        let documents = brat::read_path_with(path, options, &mut notes)?;
        return Ok((documents, notes));
    }
    let documents = parse(&unpacked, &mut Context { options, name: &name, notes: &mut notes })?;
    Ok((documents, notes))
}

/// All bytes that a corpus's documents are read from: the file's, or of a folder (or one file of brat's pairs, where that is
/// the `format`) the names and bytes of all files of the pairs, for digests.
///
/// # Errors
/// A file that cannot be read.
pub fn source_bytes(path: &Path, format: Option<Format>) -> Result<Vec<u8>, CorpusError> {
    if !path.is_dir() && format != Some(Format::Brat) {
        return input::read(path);
    }
    let mut bytes = Vec::new();
    for annotations in brat::annotation_files(path)? {
        for file in [annotations.with_extension("txt"), annotations] {
            if file.is_file() {
                let content = input::read(&file)?;
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                bytes.extend(format!("{name}\0{}\0", content.len()).into_bytes());
                bytes.extend(content);
            }
        }
    }
    Ok(bytes)
}

/// Reads all documents of `bytes`, UTF-8 with or without byte order mark, plain or gzip, lines ended by LF, CRLF or CR; `name` stands for
/// the file in messages. An empty file holds no documents.
///
/// # Errors
/// Bytes that are not UTF-8, a format that is not recognised, or the reader's error, each with its line.
pub fn parse_documents(name: &str, bytes: &[u8]) -> Result<Vec<Document>, CorpusError> {
    parse_documents_as(name, bytes, None)
}

/// As [`parse_documents`], in `format` where one is given, whatever the content looks like. brat's is an `.ann` file, whose
/// document has no text here.
///
/// # Errors
/// As [`parse_documents`].
pub fn parse_documents_as(name: &str, bytes: &[u8], format: Option<Format>) -> Result<Vec<Document>, CorpusError> {
    parse_documents_with(name, bytes, &ReadOptions { format, ..ReadOptions::default() }).map(|(documents, _)| documents)
}

/// As [`parse_documents`], in the way that the options say, with what the reader noted.
///
/// # Errors
/// As [`parse_documents`].
pub fn parse_documents_with(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<(Vec<Document>, Notes), CorpusError> {
    let mut notes = Notes::default();
    let documents = parse(&input::unpacked(name, bytes)?, &mut Context { options, name, notes: &mut notes })?;
    Ok((documents, notes))
}

fn parse(bytes: &[u8], context: &mut Context) -> Result<Vec<Document>, CorpusError> {
    let name = context.name;
    let text = utf8(name, bytes)?;
    let lines = plain_lines(text);
    match context.options.named_format().or_else(|| detect(&lines)) {
        Some(Format::PubTator) => pubtator::read_with(&lines, context),
        Some(Format::BiocXml) => bioc_xml::read_with(&joined_without_marks(text, "<?xml"), context),
        Some(Format::BiocJson) => bioc_json::read_with(&joined_without_marks(text, "{"), context),
        Some(Format::Conll) => conll::read_with(&lines, context),
        Some(Format::Brat) => Ok(vec![brat::read_with(&brat::id_of_file(name), None, &lines, context)?]),
        Some(Format::JsonLines) => jsonl::read_with(&lines, context),
        None => match first_line(text) {
            None => Ok(Vec::new()),
            Some(line) => Err(CorpusError::UnknownFormat { file: name.to_owned(), found: format!("`{}`", shown(line)) }),
        },
    }
}

/// The text of `bytes` without byte order mark.
pub(super) fn utf8<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str, CorpusError> {
    let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(name, bytes, error))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

pub(super) fn not_utf8(name: &str, bytes: &[u8], error: std::str::Utf8Error) -> CorpusError {
    let byte = error.valid_up_to();
    let line = bytes[..byte].iter().filter(|&&b| b == b'\n').count() + 1;
    CorpusError::Encoding { file: name.to_owned(), line, byte }
}

/// `text` for a reader of lines: a carriage return ends a line where nothing else does, and the byte order marks of files that were joined
/// are gone from the beginnings of lines.
pub(super) fn plain_lines(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    if text.contains('\r') && !text.contains('\n') {
        text = text.replace('\r', "\n").into();
    }
    if text.starts_with('\u{feff}') || text.contains("\n\u{feff}") {
        // Before a TAB it is a token of CoNLL.
        let unmarked = |line: &'_ str| line.strip_prefix('\u{feff}').filter(|rest| !rest.starts_with('\t')).unwrap_or(line).to_owned();
        text = text.split_inclusive('\n').map(unmarked).collect::<String>().into();
    }
    text
}

/// `text` without the byte order marks of files that were joined; `begins` is how each file begins.
fn joined_without_marks<'a>(text: &'a str, begins: &str) -> Cow<'a, str> {
    let marked = format!("\u{feff}{begins}");
    if text.contains(&marked) { text.replace(&marked, begins).into() } else { text.into() }
}

fn first_line(text: &str) -> Option<&str> {
    text.lines().find(|line| !line.trim().is_empty())
}

/// The format of `text` by its first line that is not blank. An `.ann` file is recognised by its first entity.
pub fn detect(text: &str) -> Option<Format> {
    let line = first_line(text)?;
    if line.trim_start().starts_with('<') {
        Some(Format::BiocXml)
    } else if jsonl::looks_like(line) {
        Some(Format::JsonLines)
    } else if line.trim_start().starts_with(['{', '[']) {
        Some(Format::BiocJson)
    } else if pubtator::looks_like_text_line(line) || pubtator::looks_like_annotation(line) {
        Some(Format::PubTator)
    } else if conll::looks_like(line) {
        Some(Format::Conll)
    } else {
        brat::looks_like(line).then_some(Format::Brat)
    }
}

/// Why documents cannot be written.
#[allow(missing_docs)] // the message of a variant says what it and its fields are
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("cannot write `{}`; check that its folder is there, its permissions and the space left", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("`{}` exists already and is not an empty folder; brat's files go into a folder of their own: name a new one", path.display())]
    Occupied { path: PathBuf },
    #[error(
        "`{}` would have {bytes} bytes as {format}, more than the {limit} that are read of one file of a corpus; split the input and convert \
         its parts", path.display()
    )]
    TooLong { path: PathBuf, format: Format, bytes: u64, limit: u64 },
    #[error(
        "`{}` is not written: as {format} it could not be read again; choose another format, or mend the input where the cause says",
        path.display()
    )]
    Unreadable {
        path: PathBuf,
        format: Format,
        #[source]
        source: CorpusError,
    },
}

/// Writes `documents` as `format` to the file `path`, or, as brat, into the new or empty folder `path`, and gives them as they are read from
/// there. What is written gets its name when it is whole and was read back: after an error the path holds what it held before.
///
/// # Errors
/// [`WriteError`].
pub fn write_documents(format: Format, documents: &[Document], path: &Path) -> Result<Vec<Document>, WriteError> {
    write_within(FILE_LIMIT, format, documents, path)
}

fn write_within(limit: u64, format: Format, documents: &[Document], path: &Path) -> Result<Vec<Document>, WriteError> {
    let failed = |source| WriteError::Io { path: path.to_owned(), source };
    if format == Format::Brat && path.exists() && std::fs::read_dir(path).map_or(true, |mut entries| entries.next().is_some()) {
        return Err(WriteError::Occupied { path: path.to_owned() });
    }
    let output = AtomicOutput::new(path).map_err(failed)?;
    let inner = output.temporary_path();
    if format == Format::Brat {
        std::fs::create_dir(&inner).map_err(failed)?;
        brat::write_folder(documents, &inner).map_err(failed)?;
    } else {
        let mut out = BufWriter::new(std::fs::File::create(&inner).map_err(failed)?);
        write_stream(format, documents, &mut out).and_then(|()| out.flush()).and_then(|()| out.get_ref().sync_all()).map_err(failed)?;
        let bytes = out.get_ref().metadata().map_err(failed)?.len();
        if bytes > limit {
            return Err(WriteError::TooLong { path: path.to_owned(), format, bytes, limit });
        }
    }
    let read = read_documents_as(&inner, Some(format));
    let read = read.map_err(|source| WriteError::Unreadable { path: path.to_owned(), format, source })?;
    output.commit().map_err(failed)?;
    Ok(read)
}

/// Writes `documents` as `format` to `out`. brat's are the `.ann` lines of every document, without their text: use
/// [`write_documents`] for its folders.
///
/// # Errors
/// Those of `out`.
pub fn write_stream(format: Format, documents: &[Document], out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::PubTator => pubtator::write(documents, out),
        Format::BiocXml => bioc_xml::write(documents, out),
        Format::BiocJson => bioc_json::write(documents, out),
        Format::Conll => conll::write(documents, out),
        Format::JsonLines => jsonl::write(documents, out),
        Format::Brat => documents.iter().try_for_each(|document| brat::write_annotations(document, out)),
    }
}

#[cfg(test)]
mod tests;
