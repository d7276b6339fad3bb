//! BioC XML, the other format of the evaluation kit.
//!
//! The first passage of a document is its title, all others are its abstract, with one blank between any two. Where the
//! annotations do not fit that text, passages are laid out at the offsets they give, gaps filled with blanks. Offsets count characters, or,
//! where all annotations fit so and not otherwise, bytes or units of UTF-16. Passages may hold their text in sentences.
//!
//! An annotation's infon `type` is the mention's type. Its concept is the infon `MESH` (as it stands), `OMIM` (given that
//! prefix) or `identifier` (as it stands). A mention of several locations is the span from the first to the last, and keeps them as its
//! fragments. A relation's nodes are the mentions that they refer to.
//! Annotations with `CompositeRole` `IndividualMention` are no mentions but the `individual` field of the composite before them, as
//! in PubTator; an infon `score` fills the same field in predictions.
//!
//! Entities of a document type definition are never expanded: a reference to one is an error.

use super::bioc::{Annotation, Assembly, Faulty, Lines};
use super::document::Document;
use super::error::{CorpusError, Fault, shown};
use super::reading::{Context, Notes, ReadOptions};
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};

mod write;
pub use write::{FurtherInfons, REPLACEMENT, forbidden_in, is_forbidden, write, write_begin, write_document, write_end};

/// Reads all documents of `text`; `name` is the file's name for messages.
///
/// # Errors
/// [`CorpusError::Line`]: broken XML, a missing element, a bad number, offsets that do not fit the text.
pub fn read(name: &str, text: &str) -> Result<Vec<Document>, CorpusError> {
    read_with(text, &mut Context { options: &ReadOptions::default(), name, notes: &mut Notes::default() })
}

pub(super) fn read_with(text: &str, context: &mut Context) -> Result<Vec<Document>, CorpusError> {
    let name = context.name;
    let lines = Lines::of(text);
    let mut xml = Reader::from_str(text);
    let mut state = State::default();
    loop {
        let at = xml.buffer_position() as usize;
        let step = match xml.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => state.event(event, at, &lines, context).map_err(|(at, fault)| (at, *fault)),
            Err(error) => Err((xml.error_position() as usize, Fault::xml(&error))),
        };
        step.map_err(|(at, fault)| CorpusError::line(name, lines.at(at), fault))?;
    }
    match state.path.last() {
        None if !text.trim_start().is_empty() && !text.trim_start().starts_with('<') => {
            let fault = Fault::MissingElement { element: "file".into(), wanted: "<collection> at its beginning".into() };
            Err(CorpusError::line(name, 1, fault))
        }
        None => Ok(state.documents),
        Some(open) => {
            let fault = Fault::Xml(format!("`<{}>` is never closed: the file ends too early", shown(open)));
            Err(CorpusError::line(name, lines.at(text.len()), fault))
        }
    }
}

#[derive(Default)]
struct State {
    documents: Vec<Document>,
    /// Names of the open elements.
    path: Vec<String>,
    assembly: Assembly,
    annotation: Annotation,
    /// Key of the infon being read.
    key: String,
    /// Text of the element being read.
    content: String,
}

impl State {
    fn event(&mut self, event: Event, at: usize, lines: &Lines, context: &mut Context) -> Result<(), Faulty> {
        match event {
            Event::Start(element) => self.start(&element, at),
            Event::Empty(element) => {
                self.start(&element, at)?;
                self.end(at, lines, context)
            }
            Event::End(_) => self.end(at, lines, context),
            Event::Text(text) => {
                self.content.push_str(&text.xml10_content());
                Ok(())
            }
            Event::CData(text) => {
                self.content.push_str(&text);
                Ok(())
            }
            Event::GeneralRef(reference) => {
                let bad = || (at, Box::new(Fault::Entity(shown(&reference))));
                match reference.resolve_char_ref().map_err(|_| bad())? {
                    Some(character) => self.content.push(character),
                    None => self.content.push_str(resolve_xml_entity(&reference).ok_or_else(bad)?),
                }
                Ok(())
            }
            // Declarations, comments and the document type say nothing about documents.
            _ => Ok(()),
        }
    }

    fn start(&mut self, element: &BytesStart, at: usize) -> Result<(), Faulty> {
        let fail = |fault| (at, Box::new(fault));
        let optional = |name: &str| -> Result<Option<String>, Faulty> {
            let found = element.try_get_attribute(name).map_err(|error| fail(Fault::xml(&error)))?;
            let unescaped = |value: &str| quick_xml::escape::unescape(value).map(|text| text.into_owned());
            found.map(|found| unescaped(&found.value).map_err(|error| fail(Fault::xml(&error)))).transpose()
        };
        let attribute = |name: &str| -> Result<String, Faulty> {
            let missing = || {
                fail(Fault::MissingElement {
                    element: format!("element <{}>", shown(element.name().as_ref())),
                    wanted: format!("attribute `{name}`"),
                })
            };
            optional(name)?.ok_or_else(missing)
        };
        let name = element.name().as_ref().to_owned();
        self.content.clear();
        match name.as_str() {
            "document" => self.assembly = Assembly::default(),
            "passage" => self.assembly.passages.begin_passage(),
            "sentence" => self.assembly.passages.begin_sentence(),
            "annotation" | "relation" => {
                self.annotation = Annotation::new(at);
                self.annotation.id = optional("id")?;
            }
            "node" => {
                let node = (optional("refid")?.unwrap_or_default(), optional("role")?.unwrap_or_default());
                self.annotation.nodes.push(node);
            }
            "infon" => self.key = attribute("key")?,
            "location" => {
                let number = |field: &'static str| -> Result<usize, Faulty> {
                    let value = attribute(field)?;
                    value.trim().parse().map_err(|_| fail(Fault::BadNumber { field, found: shown(&value) }))
                };
                let (offset, length) = (number("offset")?, number("length")?);
                self.annotation.location(offset, length);
            }
            _ => {}
        }
        self.path.push(name);
        Ok(())
    }

    fn end(&mut self, at: usize, lines: &Lines, context: &mut Context) -> Result<(), Faulty> {
        let Some(name) = self.path.pop() else { return Ok(()) };
        let content = std::mem::take(&mut self.content);
        let within = self.path.last().map_or("", String::as_str);
        match (name.as_str(), within) {
            ("id", "document") => self.assembly.id = content.trim().to_owned(),
            ("offset", "passage" | "sentence") => {
                let number =
                    content.trim().parse().map_err(|_| (at, Box::new(Fault::BadNumber { field: "offset", found: shown(&content) })))?;
                self.assembly.passages.offset(number);
            }
            ("text", "passage" | "sentence") => self.assembly.passages.text(content),
            ("text", "annotation") => self.annotation.text = Some(content),
            ("infon", "annotation" | "relation") => self.annotation.infons.push((std::mem::take(&mut self.key), content)),
            ("annotation", _) => self.assembly.annotation(std::mem::take(&mut self.annotation), lines, context)?,
            ("relation", _) => self.assembly.relation(std::mem::take(&mut self.annotation)),
            ("document", _) => self.documents.push(std::mem::take(&mut self.assembly).finish(at, lines, context)?),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
