//! brat standoff: a folder with, for each document, its text in `ID.txt` and its annotations in `ID.ann`.
//!
//! ```text
//! T1 <TAB> Disease 0 4 <TAB> Gout
//! T2 <TAB> Disease 0 5;16 20 <TAB> Renal loss
//! N1 <TAB> Reference T1 MESH:D006073 <TAB> Gout
//! #1 <TAB> IndividualMentions T2 <TAB> Renal loss
//! ```
//!
//! **Text**: the first line is the title, what follows the abstract; offsets count characters over the whole file, where the line
//! end is the blank of [`Document::text`]. An `.ann` file without text holds annotations only; a `.txt` file without annotations
//! is no document.
//!
//! **Entities** (`T`) are mentions; of a discontinuous one the span from the first to the last character is kept, as from BioC.
//! **Normalisations** (`N`) are its concepts, joined by `|` where there are several. The format asks for a database before
//! each id: an id that has none is written with `id:`, which reading takes off again. Relations, events and attributes are
//! between mentions, for which documents have no place: they are passed over, and relations of documents are not written.
//!
//! **Names**: characters that a file name cannot hold are percent-encoded; a repeated id gets `~2`, `~3` and so on behind
//! it, which reading takes off. A folder has no order of its own: documents are read in the order of their names.

use super::document::{CharIndex, Document, Mention};
use super::error::{CorpusError, Fault, shown};
use super::input;
use super::pubtator::one_line;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

mod file_name;
use file_name::{document_id, file_stem};

/// The database of ids that name none.
const NO_DATABASE: &str = "id:";
/// The note that holds [`Mention::individual`].
const INDIVIDUAL: &str = "IndividualMentions";

/// Reads the documents of a folder, or the one document of a `.txt` or `.ann` file.
///
/// # Errors
/// A file that cannot be read, is not UTF-8, or has a broken line.
pub fn read_path(path: &Path) -> Result<Vec<Document>, CorpusError> {
    annotation_files(path)?.iter().map(|annotations| read_pair(annotations)).collect()
}

/// The `.ann` files that `path` stands for, in the order of their documents.
pub(super) fn annotation_files(path: &Path) -> Result<Vec<PathBuf>, CorpusError> {
    if !path.is_dir() {
        return Ok(vec![path.with_extension("ann")]);
    }
    let failed = |source| CorpusError::Io { path: path.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        if file.extension().is_some_and(|extension| extension == "ann") {
            // Two names may stand for one id; neither file is left out for that.
            found.push((document_id(&stem(&file)), file));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, file)| file).collect())
}

/// The document of an `.ann` file and, where there is one, the `.txt` file beside it.
fn read_pair(annotations: &Path) -> Result<Document, CorpusError> {
    let text_of = |path: &Path| -> Result<String, CorpusError> {
        let bytes = input::read(path)?;
        Ok(super::formats::utf8(&path.display().to_string(), &bytes)?.to_owned())
    };
    let beside = annotations.with_extension("txt");
    let text = if beside.is_file() { Some(text_of(&beside)?) } else { None };
    read(&annotations.display().to_string(), &document_id(&stem(annotations)).0, text.as_deref(), &text_of(annotations)?)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The id of the document whose `.ann` file is called `name`.
pub(super) fn id_of_file(name: &str) -> String {
    document_id(&stem(Path::new(name))).0
}

/// Whether `line` begins an `.ann` file: `T1`, a TAB, a type and offsets.
pub(super) fn looks_like(line: &str) -> bool {
    let mut fields = line.splitn(3, '\t');
    let is_entity = fields.next().is_some_and(|id| id.strip_prefix('T').is_some_and(|number| number.parse::<u64>().is_ok()));
    is_entity && fields.next().is_some_and(|field| places(field).is_ok())
}

/// Reads one document: its `text`, where there is one, and its `annotations`; `name` is the annotations' file for messages.
///
/// # Errors
/// [`CorpusError::Line`]: a line that is none of the format's, an entity that is not there, offsets that do not fit the text.
pub fn read(name: &str, id: &str, text: Option<&str>, annotations: &str) -> Result<Document, CorpusError> {
    let mut document = Document { id: id.to_owned(), ..Document::default() };
    if let Some(text) = text {
        // A carriage return counts as a character, so it becomes one.
        let text = text.replace('\r', " ");
        let (title, rest) = text.split_once('\n').unwrap_or((&text, ""));
        (document.title, document.abstract_text) = (title.to_owned(), rest.strip_suffix('\n').unwrap_or(rest).to_owned());
    }
    let whole = document.text();
    let index = text.map(|_| CharIndex::new(&whole));
    let mut reader = Reader { document, entities: HashMap::new(), about: Vec::new() };
    for (at, line) in annotations.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        reader.line(at + 1, line, index.as_ref()).map_err(|fault| CorpusError::line(name, at + 1, fault))?;
    }
    reader.finish().map_err(|(line, fault)| CorpusError::line(name, line, fault))
}

/// What a line says about an entity that may stand further down.
struct About<'a> {
    line: usize,
    entity: &'a str,
    said: Said<'a>,
}

enum Said<'a> {
    Concept(&'a str),
    Individual(&'a str),
}

struct Reader<'a> {
    document: Document,
    /// Index of the mention of each `T` id.
    entities: HashMap<&'a str, usize>,
    about: Vec<About<'a>>,
}

impl<'a> Reader<'a> {
    fn line(&mut self, at: usize, line: &'a str, text: Option<&CharIndex>) -> Result<(), Fault> {
        let fields: Vec<&str> = line.splitn(3, '\t').collect();
        match line.as_bytes().first() {
            None => {}
            Some(b'T') => self.entity(&fields, text)?,
            Some(b'N') => {
                let malformed = || Fault::Malformed {
                    what: "normalisation",
                    found: shown(line),
                    expected: "`N1`, a TAB, and `Reference T1 MESH:D006073`",
                };
                let mut words = fields.get(1).ok_or_else(malformed)?.splitn(3, ' ').skip(1);
                let (entity, reference) = words.next().zip(words.next()).ok_or_else(malformed)?;
                let said = Said::Concept(reference.strip_prefix(NO_DATABASE).unwrap_or(reference));
                self.about.push(About { line: at, entity, said });
            }
            Some(b'#') => {
                if let [_, about, note] = fields[..]
                    && let Some((INDIVIDUAL, entity)) = about.split_once(' ')
                {
                    self.about.push(About { line: at, entity, said: Said::Individual(note) });
                }
            }
            Some(b'R' | b'E' | b'A' | b'M' | b'*') => {}
            Some(_) if line.trim().is_empty() => {}
            Some(_) => {
                let expected = "a line that begins with `T` (entity), `N` (normalisation), `#` (note), or `R`, `E`, `A`, `M`, `*`";
                return Err(Fault::Malformed { what: "annotation of brat", found: shown(line), expected });
            }
        }
        Ok(())
    }

    fn entity(&mut self, fields: &[&'a str], text: Option<&CharIndex>) -> Result<(), Fault> {
        let [id, place, words] = fields[..] else {
            return Err(Fault::MissingField { found: fields.len(), expected: "an entity has three (id, type and offsets, text)" });
        };
        let (entity_type, places) = places(place)?;
        for &(start, end) in &places {
            if start >= end {
                return Err(Fault::EmptySpan { mention: shown(words), start, end });
            }
        }
        let start = places.iter().map(|place| place.0).min().unwrap_or_default();
        let end = places.iter().map(|place| place.1).max().unwrap_or_default();
        let mut mention = Mention { start, end, entity_type: entity_type.to_owned(), text: words.to_owned(), ..Mention::default() };
        if let Some(text) = text {
            let document = || shown(&self.document.id);
            let pieces: Option<Vec<&str>> = places.iter().map(|&(start, end)| text.slice(start, end)).collect();
            let Some(pieces) = pieces else {
                return Err(Fault::OffsetPastText { document: document(), mention: shown(words), start, end, length: text.len() });
            };
            let found = pieces.join(" ");
            if one_line(&found).trim() != one_line(words).trim() {
                return Err(Fault::TextDiffers { document: document(), start, end, found: shown(&found), expected: shown(words) });
            }
            text.slice(start, end).unwrap_or_default().clone_into(&mut mention.text);
        }
        self.entities.insert(id, self.document.mentions.len());
        self.document.mentions.push(mention);
        Ok(())
    }

    fn finish(mut self) -> Result<Document, (usize, Fault)> {
        for About { line, entity, said } in self.about {
            // Normalisations may be of events, which are no mentions.
            if !entity.starts_with('T') {
                continue;
            }
            let Some(&at) = self.entities.get(entity) else {
                return Err((line, Fault::UnknownEntity { id: shown(entity) }));
            };
            let mention = &mut self.document.mentions[at];
            match (said, &mut mention.concept) {
                (Said::Concept(id), Some(concept)) => {
                    concept.push('|');
                    concept.push_str(id);
                }
                (Said::Concept(id), none) => *none = Some(id.to_owned()),
                (Said::Individual(note), _) => mention.individual = Some(note.to_owned()),
            }
        }
        Ok(self.document)
    }
}

/// First character and one past the last.
type Stretch = (usize, usize);

/// The type and the stretches of `Disease 0 5;16 20`.
fn places(field: &str) -> Result<(&str, Vec<Stretch>), Fault> {
    let malformed =
        || Fault::Malformed { what: "type with offsets", found: shown(field), expected: "such as `Disease 0 4` or `Disease 0 5;16 20`" };
    let (entity_type, offsets) = field.split_once(' ').filter(|(entity_type, _)| !entity_type.is_empty()).ok_or_else(malformed)?;
    let place = |part: &str| part.split_once(' ').and_then(|(start, end)| Some((start.parse().ok()?, end.parse().ok()?)));
    let places: Option<Vec<_>> = offsets.split(';').map(place).collect();
    Ok((entity_type, places.ok_or_else(malformed)?))
}

/// Writes two files a document into `folder`, which is there; a document without text gets its `.ann` only.
///
/// What [`read_path`] makes of it has every mention, with white space in types turned into `_` and that around ids gone.
pub fn write_folder(documents: &[Document], folder: &Path) -> io::Result<()> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for document in documents {
        let time = times.entry(&document.id).or_default();
        *time += 1;
        write_pair(document, *time, &|_| Remarks::default(), folder)?;
    }
    Ok(())
}

/// What may be said of a mention beside its type and its concept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// The name of the concept, in its joints if it has several ids; the mention's text stands for it where there is none.
    pub name: Option<String>,
    /// A note for annotators.
    pub note: Option<String>,
}

/// Writes the two files of one document into `folder`, beside those of documents with the same id; `remarks` are of the mention with
/// that index.
pub fn write_document(document: &Document, remarks: &dyn Fn(usize) -> Remarks, folder: &Path) -> io::Result<()> {
    let is_free = |time: &usize| !folder.join(format!("{}.ann", file_stem(&document.id, *time))).exists();
    write_pair(document, (1..).find(is_free).unwrap_or(1), remarks, folder)
}

fn write_pair(document: &Document, time: usize, remarks: &dyn Fn(usize) -> Remarks, folder: &Path) -> io::Result<()> {
    let path = |extension: &str| folder.join(format!("{}.{extension}", file_stem(&document.id, time)));
    if !document.is_textless() {
        fs::write(path("txt"), format!("{}\n{}", one_line(&document.title), document.abstract_text))?;
    }
    let mut out = BufWriter::new(File::create(path("ann"))?);
    write_remarked(document, remarks, &mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(())
}

/// Writes the lines of the document's `.ann` file.
pub fn write_annotations(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    write_remarked(document, &|_| Remarks::default(), out)
}

fn write_remarked(document: &Document, remarks: &dyn Fn(usize) -> Remarks, out: &mut dyn Write) -> io::Result<()> {
    let text = document.text();
    let index = CharIndex::new(&text);
    let (mut normalisations, mut notes) = (0, 0);
    for (number, mention) in (1..).zip(&document.mentions) {
        let entity_type = mention.entity_type.replace(char::is_whitespace, "_");
        let in_text = (!document.is_textless()).then(|| index.slice(mention.start, mention.end)).flatten();
        let words = one_line(in_text.unwrap_or(&mention.text));
        writeln!(out, "T{number}\t{entity_type} {} {}\t{words}", mention.start, mention.end)?;
        let Remarks { name, note } = remarks(number - 1);
        let concepts = mention.concept.iter().flat_map(|concept| concept.split('|')).map(str::trim);
        let mut names = name.iter().flat_map(|name| name.split('|'));
        for concept in concepts.filter(|concept| !concept.is_empty()) {
            normalisations += 1;
            let database = if concept.contains(':') { "" } else { NO_DATABASE };
            let called = names.next().map_or_else(|| words.clone(), one_line);
            writeln!(out, "N{normalisations}\tReference T{number} {database}{concept}\t{called}")?;
        }
        if let Some(note) = note {
            notes += 1;
            writeln!(out, "#{notes}\tAnnotatorNotes T{number}\t{}", one_line(&note))?;
        }
        if let Some(individual) = &mention.individual {
            notes += 1;
            writeln!(out, "#{notes}\t{INDIVIDUAL} T{number}\t{}", one_line(individual))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
