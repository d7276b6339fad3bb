//! PubTator, the format of NCBI Disease, BC5CDR and the evaluation kit.
//!
//! ```text
//! 123|t|Title
//! 123|a|Abstract
//! 123 <TAB> start <TAB> end <TAB> text <TAB> type [<TAB> concept [<TAB> individual mentions, or a score]]
//! 123 <TAB> CID <TAB> argument <TAB> argument
//! ```
//!
//! Text lines are those whose id is followed by `|t|`, `|T|`, `|a|` or `|A|`. Blank lines may stand anywhere; a title line
//! begins a new document, even of an id seen before. Parts of a document that stand apart - all texts first and all annotations behind
//! them, as in two files joined - are put together by their id. A document may lack its text lines (predictions that hold no corpus
//! text); offsets are then not checked. Reading and writing back keeps every document, mention and relation with all
//! fields as they stand; what may change is blank lines, the order of relations among mentions, and line ends.

use super::concept_ids::ConceptIds;
use super::document::{Document, Mention, Relation};
use super::error::{CorpusError, Fault, shown};
use super::offsets::{Given, Layout, lay_out};
use super::reading::{Context, Notes, ReadOptions, What};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

/// Reads all documents of `text`; `name` is the file's name for messages.
///
/// # Errors
/// [`CorpusError::Line`] with the line, what was found there, what was expected, and the fix.
pub fn read(name: &str, text: &str) -> Result<Vec<Document>, CorpusError> {
    read_with(text, &mut Context { options: &ReadOptions::default(), name, notes: &mut Notes::default() })
}

pub(super) fn read_with(text: &str, context: &mut Context) -> Result<Vec<Document>, CorpusError> {
    let name = context.name;
    let mut reader = Reader { context, blocks: Vec::new(), abstracts: Vec::new(), open: false };
    let mut read = || {
        for (at, line) in text.split('\n').enumerate() {
            reader.line(at + 1, line.strip_suffix('\r').unwrap_or(line))?;
        }
        Ok(())
    };
    read().and_then(|()| reader.finish()).map_err(|(line, fault)| CorpusError::line(name, line, fault))
}

/// The parts of a text line, `id|t|text`: id, whether it is the title, text.
fn text_line(line: &str) -> Option<(&str, bool, &str)> {
    let (id, rest) = line.split_once('|')?;
    let title = match rest.as_bytes() {
        [b't' | b'T', b'|', ..] => true,
        [b'a' | b'A', b'|', ..] => false,
        _ => return None,
    };
    (!id.contains('\t')).then(|| (id, title, &rest[2..]))
}

/// Whether `line` begins as a text line does; how the format is recognised.
pub(crate) fn looks_like_text_line(line: &str) -> bool {
    text_line(line).is_some_and(|(id, _, _)| !id.is_empty() && !id.contains(char::is_whitespace))
}

/// Whether `line` is a title line, with which a document begins.
#[cfg(feature = "network")] // `predict` alone reads documents one by one
pub(crate) fn begins_document(line: &str) -> bool {
    text_line(line).is_some_and(|(_, title, _)| title)
}

/// The lines of `block`, which begins with a title line, without the annotations of other documents, whose texts stand elsewhere; blank lines
/// stand for them.
#[cfg(feature = "network")] // `predict` alone reads documents one by one
pub(crate) fn own_lines(block: &str) -> String {
    let own = block.lines().next().and_then(text_line).map(|(id, ..)| id);
    let is_own = |line: &&str| own.is_none() || text_line(line).is_some() || line.split('\t').next() == own || !line.contains('\t');
    block.split_inclusive('\n').map(|line| if is_own(&line) { line } else { "\n" }).collect()
}

/// Whether `line` looks like an annotation: at least five fields, the second and third all digits.
pub(crate) fn looks_like_annotation(line: &str) -> bool {
    let fields: Vec<&str> = line.splitn(6, '\t').collect();
    fields.len() >= 5 && is_number(fields[1]) && is_number(fields[2])
}

fn is_number(field: &str) -> bool {
    !field.is_empty() && field.bytes().all(|b| b.is_ascii_digit())
}

/// A document, or a part of one, while its lines are read.
struct Block {
    document: Document,
    title: bool,
    abstract_text: bool,
    /// A blank line has been seen since the last line.
    blank_before: bool,
    given: Vec<Given>,
    /// Line of the first annotation or relation.
    first: Option<usize>,
    /// The document among whose lines it stands without a blank line between.
    among: Option<String>,
}

impl Block {
    fn new(id: &str) -> Self {
        let document = Document { id: id.to_owned(), ..Document::default() };
        Block { document, title: false, abstract_text: false, blank_before: false, given: Vec::new(), first: None, among: None }
    }
}

/// The blocks with a title of one id, and up to which of them abstracts and annotations were looked for.
#[derive(Default)]
struct Places {
    blocks: Vec<usize>,
    looked: [usize; 2],
}

#[derive(Clone, Copy)]
enum BlockPart {
    Abstract,
    Annotations,
}

impl Places {
    /// The first block that lacks a part. What once had it has it ever after, so each block is looked at once.
    fn next_where(&mut self, part: BlockPart, lacks: impl Fn(usize) -> bool) -> Option<usize> {
        let looked = &mut self.looked[part as usize];
        while let Some(&at) = self.blocks.get(*looked) {
            if lacks(at) {
                return Some(at);
            }
            *looked += 1;
        }
        None
    }
}

/// An abstract that does not stand behind its title.
struct LooseAbstract {
    line: usize,
    id: String,
    text: String,
    among: Option<String>,
}

struct Reader<'c, 'o> {
    context: &'c mut Context<'o>,
    blocks: Vec<Block>,
    abstracts: Vec<LooseAbstract>,
    /// Whether the last of `blocks` goes on.
    open: bool,
}

type Faulty = (usize, Fault);

impl Reader<'_, '_> {
    fn line(&mut self, at: usize, line: &str) -> Result<(), Faulty> {
        if line.trim().is_empty() {
            if let Some(block) = self.block() {
                block.blank_before = true;
            }
            return Ok(());
        }
        match text_line(line) {
            Some((id, true, text)) => self.title(at, id, text),
            Some((id, false, text)) => self.abstract_text(at, id, text),
            None => self.annotation(at, line),
        }
    }

    /// The block whose lines are being read.
    fn block(&mut self) -> Option<&mut Block> {
        self.blocks.last_mut().filter(|_| self.open)
    }

    fn title(&mut self, at: usize, id: &str, text: &str) -> Result<(), Faulty> {
        if id.trim().is_empty() {
            return Err((at, Fault::EmptyField { field: "document id", of: "text line" }));
        }
        let strict = !self.context.scores();
        if let Some(block) = self.block()
            && strict
            && block.document.id == id
            && block.title
            && !block.abstract_text
            && block.first.is_none()
            && !block.blank_before
        {
            return Err((at, Fault::SecondTextLine { document: shown(id), part: "title" }));
        }
        let mut block = Block::new(id);
        block.document.title = text.to_owned();
        block.title = true;
        self.blocks.push(block);
        self.open = true;
        Ok(())
    }

    fn abstract_text(&mut self, at: usize, id: &str, text: &str) -> Result<(), Faulty> {
        let strict = !self.context.scores();
        let mut among = None;
        if let Some(block) = self.block() {
            if block.document.id != id {
                among = Some(block.document.id.clone()).filter(|_| block.title);
            } else if block.abstract_text && strict {
                return Err((at, Fault::SecondTextLine { document: shown(id), part: "abstract" }));
            } else if block.title && !block.abstract_text {
                text.clone_into(&mut block.document.abstract_text);
                block.abstract_text = true;
                block.blank_before = false;
                return Ok(());
            }
        }
        self.abstracts.push(LooseAbstract { line: at, id: id.to_owned(), text: text.to_owned(), among });
        Ok(())
    }

    fn annotation(&mut self, at: usize, line: &str) -> Result<(), Faulty> {
        let fields: Vec<&str> = line.splitn(7, '\t').collect();
        let parsed = match fields.len() {
            0 | 1 => {
                let expected =
                    "an annotation has at least five (id, start, end, text, type) and a text line begins with `id|t|` or `id|a|`";
                Err(Fault::MissingField { found: fields.len(), expected })
            }
            _ if fields[0].trim().is_empty() => Err(Fault::EmptyField { field: "document id", of: "annotation" }),
            _ => parse_annotation(line, &fields),
        };
        let parsed = match parsed {
            Ok(parsed) => parsed,
            // The kit takes lines with two numbers for annotations, and looks at no other.
            Err(_) if self.context.scores() => {
                self.context.note(What::NoAnnotation, at);
                return Ok(());
            }
            Err(fault) => return Err((at, fault)),
        };
        let block = self.block_of(fields[0]);
        block.first.get_or_insert(at);
        match parsed {
            Annotation::Mention(mention) => block.given.push(Given::new(mention, at)),
            Annotation::Relation(relation) => block.document.relations.push(relation),
        }
        Ok(())
    }

    /// The open block if the line is one of its own, or a new one without text.
    fn block_of(&mut self, id: &str) -> &mut Block {
        let among = match self.block() {
            Some(block) if block.document.id == id => None,
            Some(block) => Some(Some(block.document.id.clone()).filter(|_| block.title && !block.blank_before)),
            None => Some(None),
        };
        if let Some(among) = among {
            self.blocks.push(Block { among, ..Block::new(id) });
            self.open = true;
        }
        let at = self.blocks.len() - 1;
        let block = &mut self.blocks[at];
        block.blank_before = false;
        block
    }

    /// The documents: parts that stand apart joined by their ids, mentions checked against the text.
    fn finish(mut self) -> Result<Vec<Document>, Faulty> {
        let mut with_text: HashMap<String, Places> = HashMap::new();
        for (at, block) in self.blocks.iter().enumerate().filter(|(_, block)| block.title) {
            with_text.entry(block.document.id.clone()).or_default().blocks.push(at);
        }
        let mut joined: BTreeMap<usize, usize> = BTreeMap::new();
        for LooseAbstract { line, id, text, among } in std::mem::take(&mut self.abstracts) {
            match with_text.get_mut(&id).and_then(|places| places.next_where(BlockPart::Abstract, |at| !self.blocks[at].abstract_text)) {
                Some(at) => {
                    let block = &mut self.blocks[at];
                    (block.document.abstract_text, block.abstract_text) = (text, true);
                    joined.entry(at).or_insert(line);
                }
                // The kit reads no text.
                None if self.context.scores() => {}
                None => {
                    let fault = match among {
                        Some(other) => Fault::OtherDocument { found: shown(&id), expected: shown(&other) },
                        None => Fault::AbstractWithoutTitle { document: shown(&id) },
                    };
                    return Err((line, fault));
                }
            }
        }
        let mut textless: HashMap<String, usize> = HashMap::new();
        for at in 0..self.blocks.len() {
            if self.blocks[at].title {
                continue;
            }
            let id = &self.blocks[at].document.id;
            // Of several documents with one id each gets its own annotations, in order.
            let own = with_text.get_mut(id).and_then(|places| {
                places.next_where(BlockPart::Annotations, |at| self.blocks[at].first.is_none()).or(places.blocks.first().copied())
            });
            let target = match (own, &self.blocks[at].among) {
                (Some(own), _) => own,
                (None, Some(other)) if !self.context.scores() => {
                    let fault = Fault::OtherDocument { found: shown(id), expected: shown(other) };
                    return Err((self.blocks[at].first.unwrap_or_default(), fault));
                }
                (None, _) => *textless.entry(id.clone()).or_insert(at),
            };
            if target == at {
                continue;
            }
            let part = std::mem::replace(&mut self.blocks[at], Block::new(""));
            let block = &mut self.blocks[target];
            if block.title {
                joined.entry(target).or_insert(part.first.unwrap_or_default());
            }
            block.first = block.first.or(part.first);
            block.given.extend(part.given);
            block.document.relations.extend(part.document.relations);
        }
        joined.values().for_each(|&line| self.context.note(What::Joined, line));
        let mut documents = Vec::with_capacity(self.blocks.len());
        for Block { mut document, given, .. } in self.blocks {
            if document.id.is_empty() {
                continue;
            }
            let (title, abstract_text) = (std::mem::take(&mut document.title), std::mem::take(&mut document.abstract_text));
            lay_out(&mut document, given, Layout::in_units(&title, &abstract_text), self.context)?;
            documents.push(document);
        }
        Ok(documents)
    }
}

enum Annotation {
    Mention(Mention),
    Relation(Relation),
}

fn parse_annotation(line: &str, fields: &[&str]) -> Result<Annotation, Fault> {
    // A relation's second field is a word, such as `CID`; a broken offset such as `12x` or `-3` is not taken for one.
    if fields[1].starts_with(|c: char| c.is_alphabetic()) {
        if fields.len() < 3 {
            return Err(Fault::MissingField { found: fields.len(), expected: "a relation has at least three (id, kind, argument)" });
        }
        let arguments = line.split('\t').skip(2).map(str::to_owned).collect();
        return Ok(Annotation::Relation(Relation { kind: fields[1].to_owned(), arguments, nodes: Vec::new() }));
    }
    if fields.len() < 5 {
        let expected = "an annotation has at least five (id, start, end, text, type)";
        return Err(Fault::MissingField { found: fields.len(), expected });
    }
    let (start, end) = (offset(fields[1], "second field (start)")?, offset(fields[2], "third field (end)")?);
    if fields[4].trim().is_empty() {
        return Err(Fault::EmptyField { field: "fifth field (type)", of: "annotation" });
    }
    Ok(Annotation::Mention(Mention {
        start,
        end,
        text: fields[3].to_owned(),
        entity_type: fields[4].to_owned(),
        concept: fields.get(5).map(|field| ConceptIds::from(*field)),
        individual: fields.get(6).map(|field| (*field).to_owned()),
        fragments: Vec::new(),
    }))
}

fn offset(field: &str, name: &'static str) -> Result<usize, Fault> {
    let bad = || Fault::BadNumber { field: name, found: shown(field) };
    if is_number(field) { field.parse().map_err(|_| bad()) } else { Err(bad()) }
}

/// `text` with each line end and TAB, which the format cannot hold, turned into a blank: offsets stay right.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(['\n', '\r', '\t']) { text.replace(['\n', '\r', '\t'], " ").into() } else { text.into() }
}

/// The kind of a relation as a line of the format can say it; `None` where it would be read as an offset, or as nothing.
fn written_kind(relation: &Relation) -> Option<Cow<'_, str>> {
    let kind = one_line(&relation.kind);
    (kind.starts_with(|c: char| c.is_alphabetic()) && !relation.arguments.is_empty() && relation.nodes.is_empty()).then_some(kind)
}

/// `id` without what ends an id in a text line.
fn written_id(id: &str) -> Cow<'_, str> {
    if id.contains(['|', '\n', '\r', '\t']) { id.replace(['|', '\n', '\r', '\t'], "_").into() } else { id.into() }
}

/// Writes `documents` with a blank line after each; no `|t|` and `|a|` lines for documents that have annotations but no
/// text. The format has no place for relations between mentions, and none for fragments.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(documents: &[Document], out: &mut dyn Write) -> io::Result<()> {
    for document in documents {
        let id = written_id(&document.id);
        if !document.is_textless() {
            writeln!(out, "{id}|t|{}", one_line(&document.title))?;
            writeln!(out, "{id}|a|{}", one_line(&document.abstract_text))?;
        }
        for mention in &document.mentions {
            let (text, entity_type) = (one_line(&mention.text), one_line(&mention.entity_type));
            write!(out, "{id}\t{}\t{}\t{text}\t{entity_type}", mention.start, mention.end)?;
            // A seventh field without a sixth would be read back as the sixth.
            let concept = mention.concept.as_deref().or(mention.individual.as_ref().map(|_| ""));
            if let Some(concept) = concept {
                write!(out, "\t{}", one_line(concept))?;
            }
            if let Some(individual) = &mention.individual {
                // What stands behind the seventh field was read as part of it.
                write!(out, "\t{}", individual.replace(['\n', '\r'], " "))?;
            }
            writeln!(out)?;
        }
        for relation in &document.relations {
            if let Some(kind) = written_kind(relation) {
                let arguments: Vec<Cow<str>> = relation.arguments.iter().map(|argument| one_line(argument)).collect();
                writeln!(out, "{id}\t{kind}\t{}", arguments.join("\t"))?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
