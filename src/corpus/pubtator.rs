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
//! begins a new document, even of an id seen before. A document may lack its text lines (predictions that hold no corpus
//! text); offsets are then not checked. Reading and writing back keeps every document, mention and relation with all
//! fields as they stand; what may change is blank lines, the order of relations among mentions, and line ends.

use super::document::{CharIndex, Document, Mention, Relation};
use super::error::{CorpusError, Fault, shown};
use std::borrow::Cow;
use std::io::{self, Write};

/// Reads all documents of `text`; `name` is the file's name for messages.
///
/// # Errors
/// [`CorpusError::Line`] with the line, what was found there, what was expected, and the fix.
pub fn read(name: &str, text: &str) -> Result<Vec<Document>, CorpusError> {
    let mut reader = Reader { documents: Vec::new(), block: None };
    for (at, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        reader.line(at + 1, line).map_err(|(line, fault)| CorpusError::line(name, line, fault))?;
    }
    reader.close().map_err(|(line, fault)| CorpusError::line(name, line, fault))?;
    Ok(reader.documents)
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
pub(crate) fn begins_document(line: &str) -> bool {
    text_line(line).is_some_and(|(_, title, _)| title)
}

/// Whether `line` looks like an annotation: at least five fields, the second and third all digits.
pub(crate) fn looks_like_annotation(line: &str) -> bool {
    let fields: Vec<&str> = line.splitn(6, '\t').collect();
    fields.len() >= 5 && is_number(fields[1]) && is_number(fields[2])
}

fn is_number(field: &str) -> bool {
    !field.is_empty() && field.bytes().all(|b| b.is_ascii_digit())
}

/// The document being read.
struct Block {
    document: Document,
    title: bool,
    abstract_text: bool,
    /// A blank line has been seen since the last line.
    blank_before: bool,
    /// Line of each mention, for messages.
    lines: Vec<usize>,
}

impl Block {
    fn new(id: &str) -> Self {
        let document = Document { id: id.to_owned(), ..Document::default() };
        Block { document, title: false, abstract_text: false, blank_before: false, lines: Vec::new() }
    }
}

struct Reader {
    documents: Vec<Document>,
    block: Option<Block>,
}

type Faulty = (usize, Fault);

impl Reader {
    fn line(&mut self, at: usize, line: &str) -> Result<(), Faulty> {
        if line.trim().is_empty() {
            if let Some(block) = &mut self.block {
                block.blank_before = true;
            }
            return Ok(());
        }
        match text_line(line) {
            Some((id, true, text)) => self.title(at, id, text),
            Some((id, false, text)) => self.abstract_text(id, text).map_err(|fault| (at, fault)),
            None => self.annotation(at, line),
        }
    }

    fn title(&mut self, at: usize, id: &str, text: &str) -> Result<(), Faulty> {
        if id.trim().is_empty() {
            return Err((at, Fault::EmptyField { field: "document id", of: "text line" }));
        }
        if let Some(block) = &self.block
            && block.document.id == id
            && block.title
            && !block.abstract_text
            && block.lines.is_empty()
            && !block.blank_before
        {
            return Err((at, Fault::SecondTextLine { document: shown(id), part: "title" }));
        }
        self.close()?;
        let mut block = Block::new(id);
        block.document.title = text.to_owned();
        block.title = true;
        self.block = Some(block);
        Ok(())
    }

    fn abstract_text(&mut self, id: &str, text: &str) -> Result<(), Fault> {
        let Some(block) = self.block.as_mut().filter(|block| block.title) else {
            return Err(Fault::AbstractWithoutTitle { document: shown(id) });
        };
        if block.document.id != id {
            return Err(Fault::OtherDocument { found: shown(id), expected: shown(&block.document.id) });
        }
        if block.abstract_text {
            return Err(Fault::SecondTextLine { document: shown(id), part: "abstract" });
        }
        if !block.lines.is_empty() || !block.document.relations.is_empty() {
            return Err(Fault::TextAfterAnnotations { document: shown(id) });
        }
        block.document.abstract_text = text.to_owned();
        block.abstract_text = true;
        block.blank_before = false;
        Ok(())
    }

    fn annotation(&mut self, at: usize, line: &str) -> Result<(), Faulty> {
        let fields: Vec<&str> = line.splitn(7, '\t').collect();
        if fields.len() < 2 {
            let expected = "an annotation has at least five (id, start, end, text, type) and a text line begins with `id|t|` or `id|a|`";
            return Err((at, Fault::MissingField { found: fields.len(), expected }));
        }
        if fields[0].trim().is_empty() {
            return Err((at, Fault::EmptyField { field: "document id", of: "annotation" }));
        }
        let block = self.block_of(at, fields[0])?;
        let line_of_mention = parse_annotation(line, &fields).map_err(|fault| (at, fault))?;
        match line_of_mention {
            Annotation::Mention(mention) => {
                block.document.mentions.push(mention);
                block.lines.push(at);
            }
            Annotation::Relation(relation) => block.document.relations.push(relation),
        }
        Ok(())
    }

    /// The open document if the line is one of its own, or a new document without text.
    fn block_of(&mut self, at: usize, id: &str) -> Result<&mut Block, Faulty> {
        let begins_another = match &self.block {
            None => true,
            Some(block) if block.document.id == id => false,
            Some(block) if block.title && !block.blank_before => {
                return Err((at, Fault::OtherDocument { found: shown(id), expected: shown(&block.document.id) }));
            }
            Some(_) => true,
        };
        if begins_another {
            self.close()?;
        }
        let block = self.block.get_or_insert_with(|| Block::new(id));
        block.blank_before = false;
        Ok(block)
    }

    /// Checks the open document's offsets against its text and keeps it.
    fn close(&mut self) -> Result<(), Faulty> {
        let Some(block) = self.block.take() else { return Ok(()) };
        if block.title {
            let text = block.document.text();
            let index = CharIndex::new(&text);
            for (mention, &line) in block.document.mentions.iter().zip(&block.lines) {
                check_offsets(&block.document.id, mention, &index).map_err(|fault| (line, fault))?;
            }
        }
        self.documents.push(block.document);
        Ok(())
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
        return Ok(Annotation::Relation(Relation { kind: fields[1].to_owned(), arguments }));
    }
    if fields.len() < 5 {
        let expected = "an annotation has at least five (id, start, end, text, type)";
        return Err(Fault::MissingField { found: fields.len(), expected });
    }
    let (start, end) = (offset(fields[1], "second field (start)")?, offset(fields[2], "third field (end)")?);
    if start >= end {
        return Err(Fault::EmptySpan { mention: shown(fields[3]), start, end });
    }
    if fields[4].trim().is_empty() {
        return Err(Fault::EmptyField { field: "fifth field (type)", of: "annotation" });
    }
    Ok(Annotation::Mention(Mention {
        start,
        end,
        text: fields[3].to_owned(),
        entity_type: fields[4].to_owned(),
        concept: fields.get(5).map(|field| (*field).to_owned()),
        individual: fields.get(6).map(|field| (*field).to_owned()),
    }))
}

fn offset(field: &str, name: &'static str) -> Result<usize, Fault> {
    let bad = || Fault::BadNumber { field: name, found: shown(field) };
    if is_number(field) { field.parse().map_err(|_| bad()) } else { Err(bad()) }
}

/// Checks that a mention lies in the text and that the text there is the mention's. Blanks around the annotation's text
/// are allowed: NCBI Disease has such a line.
pub(crate) fn check_offsets(document: &str, mention: &Mention, index: &CharIndex) -> Result<(), Fault> {
    let (start, end) = (mention.start, mention.end);
    let Some(found) = index.slice(start, end) else {
        let (document, mention) = (shown(document), shown(&mention.text));
        return Err(Fault::OffsetPastText { document, mention, start, end, length: index.len() });
    };
    if found != mention.text && found.trim() != mention.text.trim() {
        let (found, expected) = (shown(found), shown(&mention.text));
        return Err(Fault::TextDiffers { document: shown(document), start, end, found, expected });
    }
    Ok(())
}

/// `text` with each line end and TAB, which the format has no room for, turned into a blank: offsets stay right.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(['\n', '\r', '\t']) { text.replace(['\n', '\r', '\t'], " ").into() } else { text.into() }
}

/// Writes `documents` with a blank line after each; no `|t|` and `|a|` lines for documents that have annotations but no
/// text.
pub fn write(documents: &[Document], out: &mut dyn Write) -> io::Result<()> {
    for document in documents {
        let id = &document.id;
        if !document.is_textless() {
            writeln!(out, "{id}|t|{}", one_line(&document.title))?;
            writeln!(out, "{id}|a|{}", one_line(&document.abstract_text))?;
        }
        for mention in &document.mentions {
            write!(out, "{id}\t{}\t{}\t{}\t{}", mention.start, mention.end, one_line(&mention.text), mention.entity_type)?;
            // A seventh field without a sixth would be read back as the sixth.
            let concept = mention.concept.as_deref().or(mention.individual.as_ref().map(|_| ""));
            for field in [concept, mention.individual.as_deref()].into_iter().flatten() {
                write!(out, "\t{field}")?;
            }
            writeln!(out)?;
        }
        for relation in &document.relations {
            writeln!(out, "{id}\t{}\t{}", relation.kind, relation.arguments.join("\t"))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
