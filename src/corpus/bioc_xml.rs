//! BioC XML, the other format of the evaluation kit.
//!
//! The first passage of a document is its title, all others are its abstract, with one blank between any two. Where the
//! annotations do not fit that text, passages are laid out at the offsets they give, gaps filled with blanks. Passages may hold
//! their text in sentences.
//!
//! An annotation's infon `type` is the mention's type. Its concept is the infon `MESH` (as it stands), `OMIM` (given that
//! prefix) or `identifier` (as it stands). Of discontinuous locations the span from the first to the last is kept.
//! Annotations with `CompositeRole` `IndividualMention` are no mentions but the `individual` field of the composite before them, as
//! in PubTator; an infon `score` fills the same field in predictions.
//!
//! Entities of a document type definition are never expanded: a reference to one is an error.

use super::document::{CharIndex, Document, Mention, Relation};
use super::error::{CorpusError, Fault, shown};
use super::pubtator::check_offsets;
use layout::Passages;
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};

mod layout;
mod write;
pub use write::write;

/// Reads all documents of `text`; `name` is the file's name for messages.
///
/// # Errors
/// [`CorpusError::Line`]: broken XML, a missing element, a bad number, offsets that do not fit the text.
pub fn read(name: &str, text: &str) -> Result<Vec<Document>, CorpusError> {
    let mut xml = Reader::from_str(text);
    let mut state = State::default();
    loop {
        let at = xml.buffer_position() as usize;
        let step = match xml.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => state.event(event, at).map_err(|(at, fault)| (at, *fault)),
            Err(error) => Err((xml.error_position() as usize, Fault::Xml(error.to_string()))),
        };
        step.map_err(|(at, fault)| CorpusError::line(name, line_of(text, at), fault))?;
    }
    match state.path.last() {
        None => Ok(state.documents),
        Some(open) => {
            let fault = Fault::Xml(format!("`<{open}>` is never closed: the file ends too early"));
            Err(CorpusError::line(name, line_of(text, text.len()), fault))
        }
    }
}

fn line_of(text: &str, byte: usize) -> usize {
    text.as_bytes()[..byte.min(text.len())].iter().filter(|&&b| b == b'\n').count() + 1
}

/// A fault with its byte offset; boxed, since it is rare and large.
type Faulty = (usize, Box<Fault>);

/// An annotation or relation while it is read.
#[derive(Default)]
struct Annotation {
    at: usize,
    /// Key and value, in order.
    infons: Vec<(String, String)>,
    /// First and past-the-last character, over all locations.
    span: Option<(usize, usize)>,
    locations: usize,
    text: String,
}

#[derive(Default)]
struct State {
    documents: Vec<Document>,
    /// Names of the open elements.
    path: Vec<String>,
    document: Document,
    passages: Passages,
    /// Byte offset of each mention, and whether its text can be compared with the document's.
    places: Vec<(usize, bool)>,
    annotation: Annotation,
    /// Key of the infon being read.
    key: String,
    /// Text of the element being read.
    content: String,
}

impl State {
    fn event(&mut self, event: Event, at: usize) -> Result<(), Faulty> {
        match event {
            Event::Start(element) => self.start(&element, at),
            Event::Empty(element) => {
                self.start(&element, at)?;
                self.end(at)
            }
            Event::End(_) => self.end(at),
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
        let attribute = |name: &str| -> Result<String, Faulty> {
            let missing = || {
                fail(Fault::MissingElement {
                    element: format!("element <{}>", shown(element.name().as_ref())),
                    wanted: format!("attribute `{name}`"),
                })
            };
            let found = element.try_get_attribute(name).map_err(|error| fail(Fault::Xml(error.to_string())))?;
            match found {
                Some(value) => quick_xml::escape::unescape(&value.value)
                    .map(|text| text.into_owned())
                    .map_err(|error| fail(Fault::Xml(error.to_string()))),
                None => Err(missing()),
            }
        };
        let name = element.name().as_ref().to_owned();
        self.content.clear();
        match name.as_str() {
            "document" => {
                self.document = Document::default();
                self.passages = Passages::default();
                self.places.clear();
            }
            "passage" => self.passages.begin_passage(),
            "sentence" => self.passages.begin_sentence(),
            "annotation" | "relation" => self.annotation = Annotation { at, ..Annotation::default() },
            "infon" => self.key = attribute("key")?,
            "location" => {
                let number = |field: &'static str| -> Result<usize, Faulty> {
                    let value = attribute(field)?;
                    value.trim().parse().map_err(|_| fail(Fault::BadNumber { field, found: shown(&value) }))
                };
                let (offset, length) = (number("offset")?, number("length")?);
                let end = offset.saturating_add(length);
                let span = self.annotation.span.map_or((offset, end), |(from, to)| (from.min(offset), to.max(end)));
                self.annotation.span = Some(span);
                self.annotation.locations += 1;
            }
            _ => {}
        }
        self.path.push(name);
        Ok(())
    }

    fn end(&mut self, at: usize) -> Result<(), Faulty> {
        let Some(name) = self.path.pop() else { return Ok(()) };
        let content = std::mem::take(&mut self.content);
        let within = self.path.last().map_or("", String::as_str);
        match (name.as_str(), within) {
            ("id", "document") => self.document.id = content.trim().to_owned(),
            ("offset", "passage" | "sentence") => {
                let number =
                    content.trim().parse().map_err(|_| (at, Box::new(Fault::BadNumber { field: "offset", found: shown(&content) })))?;
                self.passages.offset(number);
            }
            ("text", "passage" | "sentence") => self.passages.text(content),
            ("text", "annotation") => self.annotation.text = content,
            ("infon", "annotation" | "relation") => self.annotation.infons.push((std::mem::take(&mut self.key), content)),
            ("annotation", _) => self.close_annotation()?,
            ("relation", _) => self.close_relation(),
            ("document", _) => self.close_document(at)?,
            _ => {}
        }
        Ok(())
    }

    fn close_annotation(&mut self) -> Result<(), Faulty> {
        let annotation = std::mem::take(&mut self.annotation);
        let at = annotation.at;
        let value = |key: &str| annotation.infons.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
        if value("CompositeRole") == Some("IndividualMention") {
            let individual = self.document.mentions.last_mut().map(|mention| mention.individual.get_or_insert_default());
            if let Some(parts) = individual {
                if !parts.is_empty() {
                    parts.push('|');
                }
                parts.push_str(&annotation.text);
                return Ok(());
            }
        }
        let missing = |wanted: &str| {
            (at, Box::new(Fault::MissingElement { element: format!("annotation of `{}`", shown(&annotation.text)), wanted: wanted.into() }))
        };
        let entity_type = value("type").ok_or_else(|| missing("infon with the key `type`"))?.to_owned();
        let (start, end) = annotation.span.ok_or_else(|| missing("location"))?;
        if start >= end {
            return Err((at, Box::new(Fault::EmptySpan { mention: shown(&annotation.text), start, end })));
        }
        let prefixed = |ids: &str| ids.split('|').map(|id| format!("OMIM:{}", id.trim())).collect::<Vec<_>>().join("|");
        let named: Vec<String> = annotation
            .infons
            .iter()
            .filter_map(|(key, value)| match key.as_str() {
                "MESH" | "identifier" => Some(value.clone()),
                "OMIM" => Some(if value.contains(':') { value.clone() } else { prefixed(value) }),
                _ => None,
            })
            .collect();
        let mention = Mention {
            start,
            end,
            entity_type,
            concept: (!named.is_empty()).then(|| named.join("|")),
            individual: value("individual").or(value("score")).map(str::to_owned),
            text: annotation.text,
        };
        self.document.mentions.push(mention);
        self.places.push((at, annotation.locations == 1));
        Ok(())
    }

    fn close_relation(&mut self) {
        let mut relation = Relation::default();
        for (key, value) in std::mem::take(&mut self.annotation).infons {
            if key == "relation" { relation.kind = value } else { relation.arguments.push(value) }
        }
        self.document.relations.push(relation);
    }

    fn close_document(&mut self, at: usize) -> Result<(), Faulty> {
        let mut document = std::mem::take(&mut self.document);
        if document.id.is_empty() {
            return Err((at, Box::new(Fault::MissingElement { element: "document".into(), wanted: "<id>".into() })));
        }
        let passages = std::mem::take(&mut self.passages);
        (document.title, document.abstract_text) = passages.packed();
        if let Err(faulty) = self.check_mentions(&mut document) {
            let Some(texts) = passages.at_offsets() else { return Err(faulty) };
            (document.title, document.abstract_text) = texts;
            self.check_mentions(&mut document).map_err(|_| faulty)?;
        }
        self.documents.push(document);
        Ok(())
    }

    /// Checks all mentions against the text; one of several locations gets the text of its whole span.
    fn check_mentions(&self, document: &mut Document) -> Result<(), Faulty> {
        if document.is_textless() {
            return Ok(());
        }
        let text = document.text();
        let index = CharIndex::new(&text);
        for (mention, &(at, whole)) in document.mentions.iter_mut().zip(&self.places) {
            if !whole && let Some(found) = index.slice(mention.start, mention.end) {
                found.clone_into(&mut mention.text);
            }
            check_offsets(&document.id, mention, &index).map_err(|fault| (at, Box::new(fault)))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
