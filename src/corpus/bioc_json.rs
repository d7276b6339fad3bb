//! BioC JSON: the collection of [`super::bioc_xml`] spelt in JSON, as the BioC tools and PubTator's services write it.
//!
//! A file is a collection (an object with `documents`, or with `PubTator3`), a list of documents, or one document after
//! another. Passages, annotations, infons and relations mean what they mean in XML. `null` is the same as no field, numbers are ids and
//! offsets as well as texts are, and a list of ids is a composite concept; infons that say anything else are noted.

use super::bioc::{Annotation, Assembly, Faulty, Lines, infons_of_mention, infons_of_relation, locations_of, passages_of, words_of};
use super::document::{Document, Mention};
use super::error::{CorpusError, Fault, shown};
use super::json::{Object, scalar};
use super::reading::{Context, Notes, ReadOptions, What};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::io::{self, Write};

/// Reads all documents of `text`; `name` is the file's name for messages.
///
/// # Errors
/// [`CorpusError::Line`]: broken JSON, a missing field, a value of another kind, offsets that do not fit the text.
pub fn read(name: &str, text: &str) -> Result<Vec<Document>, CorpusError> {
    read_with(text, &mut Context { options: &ReadOptions::default(), name, notes: &mut Notes::default() })
}

pub(super) fn read_with(text: &str, context: &mut Context) -> Result<Vec<Document>, CorpusError> {
    let name = context.name;
    let mut reader = Reader { text, lines: Lines::of(text), documents: Vec::new(), context };
    match reader.read() {
        Ok(()) => Ok(reader.documents),
        Err((byte, fault)) => Err(CorpusError::line(name, reader.lines.at(byte), *fault)),
    }
}

struct Reader<'a, 'c, 'o> {
    text: &'a str,
    lines: Lines,
    documents: Vec<Document>,
    context: &'c mut Context<'o>,
}

/// The keys of annotations and relations that mean something here.
const ANNOTATION_KEYS: [&str; 6] = ["id", "infons", "text", "locations", "nodes", "relations"];

impl<'a> Reader<'a, '_, '_> {
    fn read(&mut self) -> Result<(), Faulty> {
        for value in serde_json::Deserializer::from_str(self.text).into_iter::<&'a RawValue>() {
            let value = value.map_err(|error| broken(self.text, 0, &error))?;
            if value.get().starts_with('[') {
                let items: Vec<&RawValue> =
                    serde_json::from_str(value.get()).map_err(|error| broken(self.text, self.place(value), &error))?;
                items.into_iter().try_for_each(|value| self.outer(value))?;
            } else {
                self.outer(value)?;
            }
        }
        Ok(())
    }

    /// A collection, or a document where it has no list of them.
    fn outer(&mut self, value: &'a RawValue) -> Result<(), Faulty> {
        let at = self.place(value);
        let collection = self.object(value, String::new())?;
        match ["documents", "PubTator3"].into_iter().find(|key| collection.get(key).is_some()) {
            Some(key) => {
                let documents = collection.list(key).map_err(|fault| (at, Box::new(fault)))?;
                documents.into_iter().try_for_each(|document| self.document(document))
            }
            // A collection of nothing is no document without an id.
            None if collection.get("passages").is_none() && ["source", "key", "date"].iter().all(|key| collection.get(key).is_some()) => {
                Ok(())
            }
            None => self.document(value),
        }
    }

    fn document(&mut self, value: &'a RawValue) -> Result<(), Faulty> {
        let at = self.place(value);
        let found = self.object(value, String::new())?;
        let fail = |fault| (at, Box::new(fault));
        let mut assembly = Assembly::default();
        assembly.id = found.name("id").map_err(fail)?.unwrap_or_default().trim().to_owned();
        if assembly.id.is_empty() {
            let nearest = found.nearest("id", &["infons", "passages", "annotations", "relations"]);
            return Err(fail(Fault::JsonMissing { element: "document".into(), field: "id", nearest }));
        }
        if found.get("passages").is_none() {
            let nearest = found.nearest("passages", &["id", "infons", "annotations", "relations"]);
            return Err(fail(Fault::JsonMissing { element: format!("document {}", shown(&assembly.id)), field: "passages", nearest }));
        }
        let mut relations = found.list("relations").map_err(fail)?;
        for (number, passage) in found.list("passages").map_err(fail)?.into_iter().enumerate() {
            assembly.passages.begin_passage();
            self.passage(passage, format!("passages[{number}]."), &mut assembly, &mut relations)?;
        }
        self.annotations(&found, &mut assembly)?;
        for (number, relation) in relations.into_iter().enumerate() {
            assembly.relation(self.annotation(relation, format!("relations[{number}]."))?);
        }
        self.documents.push(assembly.finish(at, &self.lines, self.context)?);
        Ok(())
    }

    /// A passage, or a sentence of one.
    fn passage(
        &mut self,
        value: &'a RawValue,
        path: String,
        assembly: &mut Assembly,
        relations: &mut Vec<&'a RawValue>,
    ) -> Result<(), Faulty> {
        let at = self.place(value);
        let found = self.object(value, path.clone())?;
        let fail = |fault| (at, Box::new(fault));
        if let Some(offset) = found.whole("offset").map_err(fail)? {
            assembly.passages.offset(offset);
        }
        if let Some(text) = found.text("text").map_err(fail)? {
            assembly.passages.text(text);
        }
        self.annotations(&found, assembly)?;
        relations.extend(found.list("relations").map_err(fail)?);
        for (number, sentence) in found.list("sentences").map_err(fail)?.into_iter().enumerate() {
            assembly.passages.begin_sentence();
            self.passage(sentence, format!("{path}sentences[{number}]."), assembly, relations)?;
        }
        Ok(())
    }

    fn annotations(&mut self, of: &Object<'a>, assembly: &mut Assembly) -> Result<(), Faulty> {
        for (number, annotation) in of.list("annotations").map_err(|fault| (0, Box::new(fault)))?.into_iter().enumerate() {
            let annotation = self.annotation(annotation, format!("{}[{number}].", of.path_of("annotations")))?;
            assembly.annotation(annotation, &self.lines, self.context)?;
        }
        Ok(())
    }

    fn annotation(&mut self, value: &'a RawValue, path: String) -> Result<Annotation, Faulty> {
        let at = self.place(value);
        let fail = |fault| (at, Box::new(fault));
        let found = self.object(value, path.clone())?;
        let mut annotation = Annotation::new(at);
        annotation.id = found.name("id").map_err(fail)?;
        annotation.text = found.text("text").map_err(fail)?;
        let infons = found.object("infons").map_err(fail)?;
        for key in infons.keys() {
            let Some(raw) = infons.get(key) else { continue };
            match scalar(raw.get()) {
                Some(text) => annotation.infons.push((key.to_owned(), text)),
                // The ids of a composite concept may be a list.
                None if ["MESH", "OMIM", "identifier"].iter().any(|name| key.eq_ignore_ascii_case(name)) => {
                    annotation.infons.extend(infons.names(key).map_err(fail)?.map(|ids| (key.to_owned(), ids)));
                }
                None if key.eq_ignore_ascii_case("type") => {
                    infons.name(key).map_err(fail)?;
                }
                None => self.context.note(What::Infon(key.to_owned()), self.lines.at(at)),
            }
        }
        for (number, location) in found.list("locations").map_err(fail)?.into_iter().enumerate() {
            let location_path = format!("{path}locations[{number}]");
            let at = self.place(location);
            let location = self.object(location, format!("{location_path}."))?;
            let number = |field: &'static str| {
                let missing = || Fault::JsonMissing { element: format!("location `{location_path}`"), field, nearest: None };
                location.whole(field).and_then(|found| found.ok_or_else(missing)).map_err(|fault| (at, Box::new(fault)))
            };
            annotation.location(number("offset")?, number("length")?);
        }
        for (number, node) in found.list("nodes").map_err(fail)?.into_iter().enumerate() {
            let node = self.object(node, format!("{path}nodes[{number}]."))?;
            let name = |key: &str| node.name(key).map(Option::unwrap_or_default).map_err(fail);
            annotation.nodes.push((name("refid")?, name("role")?));
        }
        for key in found.keys().filter(|key| !ANNOTATION_KEYS.contains(key)) {
            self.context.note(What::Key(key.to_owned()), self.lines.at(at));
        }
        Ok(annotation)
    }

    fn object(&self, value: &'a RawValue, path: String) -> Result<Object<'a>, Faulty> {
        Object::read(value.get(), path).map_err(|fault| (self.place(value), Box::new(fault)))
    }

    /// Byte offset of `value`, which is a part of the text.
    fn place(&self, value: &RawValue) -> usize {
        (value.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize)
    }
}

/// What serde_json says of the value that begins at byte `base` of `text`, with the byte of the line that it names.
fn broken(text: &str, base: usize, error: &serde_json::Error) -> Faulty {
    let line_starts = text[base..].match_indices('\n').map(|(at, _)| base + at + 1);
    let byte = std::iter::once(base).chain(line_starts).nth(error.line().saturating_sub(1)).unwrap_or(text.len());
    (byte, Box::new(Fault::json(error)))
}

#[derive(Serialize)]
struct CollectionOut<'a> {
    source: &'static str,
    date: &'static str,
    key: &'static str,
    infons: Map<String, Value>,
    documents: Vec<DocumentOut<'a>>,
}

#[derive(Serialize)]
struct DocumentOut<'a> {
    id: &'a str,
    infons: Map<String, Value>,
    passages: [PassageOut<'a>; 2],
    relations: Vec<RelationOut>,
}

#[derive(Serialize)]
struct PassageOut<'a> {
    infons: Map<String, Value>,
    offset: usize,
    text: &'a str,
    sentences: [(); 0],
    annotations: Vec<AnnotationOut<'a>>,
    relations: [(); 0],
}

#[derive(Serialize)]
struct AnnotationOut<'a> {
    id: String,
    infons: Map<String, Value>,
    locations: Vec<LocationOut>,
    text: Cow<'a, str>,
}

#[derive(Serialize)]
struct LocationOut {
    offset: usize,
    length: usize,
}

#[derive(Serialize)]
struct RelationOut {
    id: String,
    infons: Map<String, Value>,
    nodes: Vec<NodeOut>,
}

#[derive(Serialize)]
struct NodeOut {
    refid: String,
    role: String,
}

/// Writes `documents` as one collection, two passages a document. What [`read`] makes of it equals `documents`, but that white
/// space around ids of documents is gone.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(documents: &[Document], out: &mut dyn Write) -> io::Result<()> {
    let documents = documents.iter().map(document_out).collect();
    let collection = CollectionOut { source: "mermen", date: "", key: "PubTator.key", infons: Map::new(), documents };
    serde_json::to_writer_pretty(&mut *out, &collection)?;
    writeln!(out)
}

fn document_out(document: &Document) -> DocumentOut<'_> {
    let (of_title, of_abstract, boundary) = passages_of(document);
    let relations = document.relations.iter().enumerate().map(|(at, relation)| {
        let infons = infons_of_relation(relation).map(|(key, value)| (key, value.into())).collect();
        let nodes = relation.nodes.iter().map(|node| NodeOut { refid: node.mention.to_string(), role: node.role.clone() });
        RelationOut { id: format!("R{at}"), infons, nodes: nodes.collect() }
    });
    DocumentOut {
        id: &document.id,
        infons: Map::new(),
        passages: [
            passage_out("title", 0, &document.title, 0, of_title),
            passage_out("abstract", boundary, &document.abstract_text, of_title.len(), of_abstract),
        ],
        relations: relations.collect(),
    }
}

fn passage_out<'a>(kind: &str, offset: usize, text: &'a str, first_id: usize, mentions: &'a [Mention]) -> PassageOut<'a> {
    let annotations = (first_id..).zip(mentions).map(|(id, mention)| AnnotationOut {
        id: id.to_string(),
        infons: infons_of_mention(mention).map(|(key, value)| (key.to_owned(), value.into())).collect(),
        locations: locations_of(mention)
            .into_iter()
            .map(|(offset, end)| LocationOut { offset, length: end.saturating_sub(offset) })
            .collect(),
        text: words_of(mention),
    });
    let infons = Map::from_iter([("type".to_owned(), kind.into())]);
    PassageOut { infons, offset, text, sentences: [], annotations: annotations.collect(), relations: [] }
}

#[cfg(test)]
mod tests;
