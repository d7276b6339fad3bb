//! Readers of vocabularies: CTD's TSV, BioSyn's lines, OBO, TSV and JSON Lines, packed with gzip or not; and of files of edits.

mod biosyn;
mod edits;
mod jsonl;
mod obo;
mod table;

use super::{Concept, Lexicon, LexiconError, LexiconFault};
use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

pub use edits::{apply_edits, read_edits};

/// Bytes that a vocabulary may have, unpacked; MONDO as OBO has some 50 million.
pub const FILE_LIMIT: u64 = 512 << 20;

/// The formats of a vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LexiconFormat {
    /// CTD's `CTD_diseases.tsv` (comment lines, a heading after `# Fields:`), or a table of the same columns under other headings.
    Ctd,
    /// A concept a line, `id|other id||name|synonym`, as BioSyn's dictionaries are; an id of digits alone is OMIM's.
    BioSyn,
    /// `[Term]` stanzas of the OBO Flat File Format 1.4: Disease Ontology, HPO, MONDO.
    Obo,
    /// A heading `id<TAB>name<TAB>synonyms`, synonyms separated by `|`; optional columns `alternative_ids` and `parents`.
    Tsv,
    /// An object a line: `id`, `name`, and optionally `synonyms`, `alternative_ids`, `parents`.
    JsonLines,
}

impl fmt::Display for LexiconFormat {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            LexiconFormat::Ctd => "CTD TSV",
            LexiconFormat::BioSyn => "BioSyn lines",
            LexiconFormat::Obo => "OBO",
            LexiconFormat::Tsv => "TSV",
            LexiconFormat::JsonLines => "JSON Lines",
        })
    }
}

/// Reads a vocabulary, its format recognised by its first lines.
///
/// # Errors
/// A file that cannot be read, is in no known format, or has a broken line; with the line and what to do.
pub fn read_lexicon(path: &Path) -> Result<Lexicon, LexiconError> {
    parse_lexicon(&path.display().to_string(), &read_text(path)?)
}

/// Reads several vocabularies and joins them, the first one's ids and names before those of the next ([`Lexicon::joined`]).
///
/// # Errors
/// As [`read_lexicon`], for the first file that has a fault.
pub fn read_lexicons<P: AsRef<Path>>(paths: &[P]) -> Result<Lexicon, LexiconError> {
    let mut joined = Lexicon::default();
    for path in paths {
        let next = read_lexicon(path.as_ref())?;
        joined = if joined.is_empty() { next } else { joined.joined(next) };
    }
    Ok(joined)
}

/// As [`read_lexicon`], for a text that is in memory; `file` is what messages call it.
///
/// # Errors
/// As [`read_lexicon`].
pub fn parse_lexicon(file: &str, text: &str) -> Result<Lexicon, LexiconError> {
    let format = detect(text).ok_or_else(|| {
        let first = text.lines().find(|line| !line.trim().is_empty());
        let found = first.map_or("an empty file".to_owned(), |line| format!("`{}`", crate::corpus::shown(line)));
        LexiconError::UnknownFormat { file: file.to_owned(), found }
    })?;
    let read = match format {
        LexiconFormat::Ctd | LexiconFormat::Tsv => table::parse(text),
        LexiconFormat::BioSyn => biosyn::parse(text),
        LexiconFormat::Obo => obo::parse(text),
        LexiconFormat::JsonLines => jsonl::parse(text),
    };
    let read = read.map_err(|(line, fault)| LexiconError::line(file, line, fault))?;
    if read.is_empty() {
        return Err(LexiconError::Empty { file: file.to_owned() });
    }
    let mut lines: HashMap<&str, usize> = HashMap::with_capacity(read.len());
    for (line, concept) in &read {
        if let Some(first) = lines.insert(super::id_key(&concept.id), *line) {
            let fault = LexiconFault::RepeatedConcept { id: crate::corpus::shown(&concept.id), first };
            return Err(LexiconError::line(file, *line, fault));
        }
    }
    Ok(Lexicon::new(read.into_iter().map(|(_, concept)| concept).collect()))
}

/// The format that the first lines of `text` are in.
pub fn detect(text: &str) -> Option<LexiconFormat> {
    let mut lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).take(100);
    let first = lines.next()?.trim_start_matches('\u{feff}');
    if first.starts_with('{') {
        return Some(LexiconFormat::JsonLines);
    }
    if first.starts_with("format-version:") || first.starts_with("[Term]") {
        return Some(LexiconFormat::Obo);
    }
    let head = || std::iter::once(first).chain(lines.clone());
    if first.starts_with('#') && head().any(table::is_heading) {
        return Some(LexiconFormat::Ctd);
    }
    if table::is_heading(first) {
        return Some(LexiconFormat::Tsv);
    }
    if head().any(|line| line == "[Term]") {
        return Some(LexiconFormat::Obo);
    }
    (first.contains("||") && !first.contains('\t')).then_some(LexiconFormat::BioSyn)
}

/// A concept with the line that it stands in.
type Placed = (usize, Concept);

/// A line and what is wrong with it.
type Faulty = (usize, LexiconFault);

/// The text of a file, unpacked where it begins as gzip does.
pub(super) fn read_text(path: &Path) -> Result<String, LexiconError> {
    let failed = |source| LexiconError::Io { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(FILE_LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut unpacked = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).take(FILE_LIMIT + 1).read_to_end(&mut unpacked).map_err(failed)?;
        bytes = unpacked;
    }
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(LexiconError::TooLong { path: path.to_owned(), limit: FILE_LIMIT });
    }
    String::from_utf8(bytes).map_err(|error| {
        let byte = error.utf8_error().valid_up_to();
        LexiconError::encoding(&path.display().to_string(), error.as_bytes(), byte)
    })
}

#[cfg(test)]
mod tests;
