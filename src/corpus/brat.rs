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
//! end is the blank of [`Document::text`]. A line end of Windows (CRLF) counts as one character, as brat's server counts it, unless the
//! annotations fit only where it counts as two; a byte order mark likewise as none. An `.ann` file without text holds annotations only; a
//! `.txt` file without annotations is no document.
//!
//! **Entities** (`T`) are mentions; a discontinuous one is the span from the first to the last character, and keeps its fragments, but those
//! that only a line end parts are one. **Normalisations** (`N`) are its concepts, joined by `|` where there are several. The format asks for
//! a database before each id: an id that has none is written with `id:`, which reading takes off again. Corpora such as Mantra GSC and QUAERO
//! keep ids in **notes** of annotators (`#`): where a file has no normalisation, a note that is nothing but ids is the concept; other notes
//! are skipped and noted. **Relations** (`R`) are between mentions. Events, attributes and equivalences are skipped and noted.
//!
//! **Names**: characters that a file name cannot hold are percent-encoded; a repeated id gets `~2`, `~3` and so on behind
//! it, which reading takes off. A folder has no order of its own: documents are read in the order of their names.

use super::document::{CharIndex, Document, Fragment, Mention, Relation, RelationNode};
use super::error::{CorpusError, Fault, shown};
use super::input;
use super::offsets::{Given, Layout, all_fit, lay_out};
use super::reading::{Context, Notes, ReadOptions, What};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

mod file_name;
mod write;
use file_name::document_id;
pub use write::{Remarks, write_annotations, write_document, write_folder};

/// The database of ids that name none.
const NO_DATABASE: &str = "id:";
/// The note that holds [`Mention::individual`].
const INDIVIDUAL: &str = "IndividualMentions";

/// Reads the documents of a folder, or the one document of a `.txt` or `.ann` file.
///
/// # Errors
/// A file that cannot be read, is not UTF-8, or has a broken line.
pub fn read_path(path: &Path) -> Result<Vec<Document>, CorpusError> {
    read_path_with(path, &ReadOptions::default(), &mut Notes::default())
}

/// Calls `each` with every document of a folder, one after the other.
///
/// # Errors
/// As [`read_path`].
#[cfg(feature = "network")] // `predict` alone reads documents one by one
pub(crate) fn for_each(path: &Path, mut each: impl FnMut(Document)) -> Result<(), CorpusError> {
    let (options, mut notes) = (ReadOptions::default(), Notes::default());
    annotation_files(path)?.iter().try_for_each(|annotations| read_pair(annotations, &options, &mut notes).map(&mut each))
}

pub(super) fn read_path_with(path: &Path, options: &ReadOptions, notes: &mut Notes) -> Result<Vec<Document>, CorpusError> {
    annotation_files(path)?.iter().map(|annotations| read_pair(annotations, options, notes)).collect()
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
fn read_pair(annotations: &Path, options: &ReadOptions, notes: &mut Notes) -> Result<Document, CorpusError> {
    let text_of = |path: &Path| -> Result<String, CorpusError> {
        let name = path.display().to_string();
        let bytes = input::read(path)?;
        let bytes = input::unpacked(&name, &bytes)?;
        let text = std::str::from_utf8(&bytes).map_err(|error| super::formats::not_utf8(&name, &bytes, error))?;
        Ok(text.to_owned())
    };
    let beside = annotations.with_extension("txt");
    let text = if beside.is_file() { Some(text_of(&beside)?) } else { None };
    let name = annotations.display().to_string();
    let id = document_id(&stem(annotations)).0;
    let lines = text_of(annotations)?;
    read_with(&id, text.as_deref(), &super::formats::plain_lines(&lines), &mut Context { options, name: &name, notes })
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
    read_with(id, text, annotations, &mut Context { options: &ReadOptions::default(), name, notes: &mut Notes::default() })
}

pub(super) fn read_with(id: &str, text: Option<&str>, annotations: &str, context: &mut Context) -> Result<Document, CorpusError> {
    let document = Document { id: id.to_owned(), ..Document::default() };
    let mut reader =
        Reader { document, given: Vec::new(), entities: HashMap::new(), about: Vec::new(), relations: Vec::new(), notes: Vec::new() };
    let mut lines = || {
        for (at, line) in annotations.split('\n').enumerate() {
            let line = line.strip_suffix('\r').unwrap_or(line);
            reader.line(at + 1, line, context).map_err(|fault| (at + 1, fault))?;
        }
        Ok(())
    };
    let read = lines().and_then(|()| reader.finish(text, context));
    read.map_err(|(line, fault)| CorpusError::line(context.name, line, fault))
}

/// How the text of a file is counted: the text, what its offsets lack to be those of the text, and what to note of it.
struct Counted {
    text: String,
    shift: usize,
    notes: Vec<What>,
}

/// The ways to count a text, the usual one first.
fn ways_to_count(text: &str) -> Vec<Counted> {
    let (marked, text) = text.strip_prefix('\u{feff}').map_or((false, text), |text| (true, text));
    // A carriage return by itself ends a line as well.
    let as_one = text.replace("\r\n", "\n").replace('\r', "\n");
    let as_two = text.contains("\r\n").then(|| text.replace("\r\n", " \n").replace('\r', "\n"));
    let mut ways = Vec::new();
    for shift in if marked { vec![0, 1] } else { vec![0] } {
        for (text, two) in [(Some(&as_one), false), (as_two.as_ref(), true)] {
            let Some(text) = text else { continue };
            let mut notes = Vec::new();
            notes.extend((shift > 0).then_some(What::CountedMark));
            notes.extend(two.then_some(What::CountedLineEnds));
            ways.push(Counted { text: text.clone(), shift, notes });
        }
    }
    ways
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

/// A note of an annotator on an entity.
struct AnnotatorNote<'a> {
    line: usize,
    entity: &'a str,
    text: &'a str,
}

struct RelationLine<'a> {
    line: usize,
    kind: &'a str,
    /// Role and entity.
    nodes: Vec<(&'a str, &'a str)>,
}

struct Reader<'a> {
    document: Document,
    given: Vec<Given>,
    /// Index in `given` of each `T` id.
    entities: HashMap<&'a str, usize>,
    about: Vec<About<'a>>,
    relations: Vec<RelationLine<'a>>,
    notes: Vec<AnnotatorNote<'a>>,
}

type Faulty = (usize, Fault);

impl<'a> Reader<'a> {
    fn line(&mut self, at: usize, line: &'a str, context: &mut Context) -> Result<(), Fault> {
        let fields: Vec<&str> = line.splitn(3, '\t').collect();
        match line.as_bytes().first() {
            None => {}
            Some(b'T') => self.entity(at, &fields)?,
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
            Some(b'#') => match (&fields[..], fields.get(1).and_then(|about| about.split_once(' '))) {
                ([_, _, note], Some((INDIVIDUAL, entity))) => self.about.push(About { line: at, entity, said: Said::Individual(note) }),
                ([_, _, text], Some((_, entity))) => self.notes.push(AnnotatorNote { line: at, entity: entity.trim(), text: text.trim() }),
                _ => context.note(What::Notes, at),
            },
            Some(b'R') => self.relation(at, line, &fields)?,
            Some(b'E') => context.note(What::PassedOver("event(s)"), at),
            Some(b'A' | b'M') => context.note(What::PassedOver("attribute(s)"), at),
            Some(b'*') => context.note(What::PassedOver("equivalence(s)"), at),
            Some(_) if line.trim().is_empty() => {}
            Some(_) => {
                let expected = "a line that begins with `T` (entity), `N` (normalisation), `#` (note), or `R`, `E`, `A`, `M`, `*`";
                return Err(Fault::Malformed { what: "annotation of brat", found: shown(line), expected });
            }
        }
        Ok(())
    }

    fn entity(&mut self, line: usize, fields: &[&'a str]) -> Result<(), Fault> {
        let [id, place, words] = fields[..] else {
            return Err(Fault::MissingField { found: fields.len(), expected: "an entity has three (id, type and offsets, text)" });
        };
        let (entity_type, stretches) = places(place)?;
        for &(start, end) in &stretches {
            if start >= end && stretches.len() > 1 {
                return Err(Fault::EmptySpan { mention: shown(words), start, end });
            }
        }
        let start = stretches.iter().map(|place| place.0).min().unwrap_or_default();
        let end = stretches.iter().map(|place| place.1).max().unwrap_or_default();
        let mention = Mention { start, end, entity_type: entity_type.to_owned(), text: words.to_owned(), ..Mention::default() };
        self.entities.insert(id, self.given.len());
        self.given.push(Given { stretches: if stretches.len() > 1 { stretches } else { Vec::new() }, ..Given::new(mention, line) });
        Ok(())
    }

    fn relation(&mut self, at: usize, line: &'a str, fields: &[&'a str]) -> Result<(), Fault> {
        let malformed = || Fault::Malformed { what: "relation", found: shown(line), expected: "`R1`, a TAB, and `Kind Arg1:T1 Arg2:T2`" };
        let mut words = fields.get(1).ok_or_else(malformed)?.split_whitespace();
        let kind = words.next().ok_or_else(malformed)?;
        let nodes: Option<Vec<_>> = words.map(|word| word.split_once(':')).collect();
        self.relations.push(RelationLine { line: at, kind, nodes: nodes.ok_or_else(malformed)? });
        Ok(())
    }

    fn finish(mut self, text: Option<&str>, context: &mut Context) -> Result<Document, Faulty> {
        let has_text = text.is_some();
        let mut ways = ways_to_count(text.unwrap_or_default());
        let chosen = if has_text { chosen(&self.given, &ways) } else { 0 };
        let Counted { text, shift, notes } = ways.swap_remove(chosen);
        let name = context.name;
        notes.into_iter().for_each(|what| context.notes.add(what, || name.to_owned()));
        for given in &mut self.given {
            given.mention.start = given.mention.start.saturating_sub(shift);
            given.mention.end = given.mention.end.saturating_sub(shift);
            given.stretches.iter_mut().for_each(|stretch| *stretch = (stretch.0.saturating_sub(shift), stretch.1.saturating_sub(shift)));
        }
        let (title, rest) = text.split_once('\n').unwrap_or((&text, ""));
        // The line end that ends the file belongs to the text only where an annotation reaches it.
        let ended = rest.strip_suffix('\n').map(|_| Layout::in_units(title, rest));
        let layouts = Layout::in_units(title, rest.strip_suffix('\n').unwrap_or(rest)).chain(ended.into_iter().flatten());
        let kept = lay_out(&mut self.document, self.given, layouts, context)?;
        if has_text && !context.scores() {
            let whole = self.document.text();
            let index = CharIndex::new(&whole);
            for mention in &mut self.document.mentions {
                // brat writes a line end within an annotation's text as a blank.
                index.slice(mention.start, mention.end).unwrap_or_default().clone_into(&mut mention.text);
            }
        }
        // Index of an entity among the mentions; `None` where it was dropped.
        let entities = &self.entities;
        let mention_of = |entity: &str, line: usize| -> Result<Option<usize>, Faulty> {
            let at = entities.get(entity).ok_or_else(|| (line, Fault::UnknownEntity { id: shown(entity) }))?;
            Ok(kept[*at])
        };
        let normalised = self.about.iter().any(|about| matches!(about.said, Said::Concept(_)));
        for About { line, entity, said } in self.about {
            // Normalisations may be of events, which are no mentions.
            if !entity.starts_with('T') {
                context.note(What::PassedOver("normalisation(s) of events or relations"), line);
                continue;
            }
            let Some(at) = mention_of(entity, line)? else { continue };
            match said {
                Said::Concept(id) => add_concept(&mut self.document.mentions[at], id),
                Said::Individual(note) => self.document.mentions[at].individual = Some(note.to_owned()),
            }
        }
        let of_entities = |note: &&AnnotatorNote| note.entity.starts_with('T');
        let are_ids = !normalised && self.notes.iter().filter(of_entities).all(|note| ids_of_note(note.text).is_some());
        for note in &self.notes {
            let at = if of_entities(&note) { mention_of(note.entity, note.line)? } else { None };
            match (ids_of_note(note.text).filter(|_| are_ids), at) {
                (Some(ids), Some(at)) => {
                    context.note(What::NotesAsConcepts, note.line);
                    ids.iter().for_each(|id| add_concept(&mut self.document.mentions[at], id));
                }
                _ => context.note(What::Notes, note.line),
            }
        }
        for RelationLine { line, kind, nodes } in self.relations {
            let mut relation = Relation { kind: kind.to_owned(), ..Relation::default() };
            for (role, entity) in nodes {
                // An argument may be an event or a relation, which are no mentions.
                match if entity.starts_with('T') { mention_of(entity, line)? } else { None } {
                    Some(mention) => relation.nodes.push(RelationNode { role: role.to_owned(), mention }),
                    None => context.note(What::UnknownNode, line),
                }
            }
            self.document.relations.push(relation);
        }
        Ok(self.document)
    }
}

/// The way to count that all of `given` fit; the first where none is.
fn chosen(given: &[Given], ways: &[Counted]) -> usize {
    if ways.len() == 1 { 0 } else { ways.iter().position(|way| all_fit(given, &way.text, way.shift)).unwrap_or_default() }
}

fn add_concept(mention: &mut Mention, id: &str) {
    match &mut mention.concept {
        Some(concept) => concept.push(id),
        none => *none = Some(id.into()),
    }
}

/// The ids that a note is made of: `C0018099`, `MESH:D006073, MESH:D001249`; `None` where it says anything else.
fn ids_of_note(note: &str) -> Option<Vec<&str>> {
    let is_id = |word: &&str| {
        let (database, id) = word.rsplit_once(':').unwrap_or(("", word));
        let digits = id.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let letters = id.len() - digits.len();
        let is_number = digits.len() >= 2 && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '_'));
        is_number
            && letters <= 6
            && database.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
            && (letters > 0 || !database.is_empty())
    };
    let words: Vec<&str> =
        note.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|')).filter(|word| !word.is_empty()).collect();
    (!words.is_empty() && words.iter().all(is_id)).then_some(words)
}

/// The type and the stretches of `Disease 0 5;16 20`.
fn places(field: &str) -> Result<(&str, Vec<Fragment>), Fault> {
    let malformed =
        || Fault::Malformed { what: "type with offsets", found: shown(field), expected: "such as `Disease 0 4` or `Disease 0 5;16 20`" };
    let (entity_type, offsets) = field.split_once(' ').filter(|(entity_type, _)| !entity_type.trim().is_empty()).ok_or_else(malformed)?;
    let place = |part: &str| part.split_once(' ').and_then(|(start, end)| Some((start.parse().ok()?, end.parse().ok()?)));
    let places: Option<Vec<_>> = offsets.split(';').map(place).collect();
    Ok((entity_type, places.ok_or_else(malformed)?))
}

#[cfg(test)]
mod tests;
