//! BioC JSON: the collection of [`super::bioc_xml`] spelt in JSON, as the BioC tools and PubTator's services write it.
//!
//! A file is a collection (an object with `documents`, or with `PubTator3`), a list of documents, or one document after
//! another. Passages, annotations, infons and relations mean what they mean in XML; offsets count characters. Of infons, texts
//! and numbers are read; `null`, lists and objects, which some services put there, say nothing.

use super::bioc::{Annotation, Assembly, Faulty, infons_of_mention, infons_of_relation, line_of, passages_of};
use super::document::{Document, Mention};
use super::error::{CorpusError, Fault};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::io::{self, Write};

/// A collection, or a document where it has neither list.
#[derive(Deserialize)]
struct Outer<'a> {
    #[serde(borrow, alias = "PubTator3")]
    documents: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct DocumentIn<'a> {
    id: Option<Value>,
    #[serde(borrow, default)]
    passages: Vec<PassageIn<'a>>,
    #[serde(borrow, default)]
    relations: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct PassageIn<'a> {
    offset: Option<usize>,
    text: Option<String>,
    #[serde(borrow, default)]
    sentences: Vec<PassageIn<'a>>,
    #[serde(borrow, default)]
    annotations: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    relations: Vec<&'a RawValue>,
}

/// An annotation, or a relation, which has neither text nor locations.
#[derive(Deserialize)]
struct AnnotationIn {
    #[serde(default)]
    infons: Map<String, Value>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    locations: Vec<LocationIn>,
}

#[derive(Deserialize)]
struct LocationIn {
    offset: usize,
    length: usize,
}

/// Reads all documents of `text`; `name` is the file's name for messages.
///
/// # Errors
/// [`CorpusError::Line`]: broken JSON, a missing field, a value of another kind, offsets that do not fit the text.
pub fn read(name: &str, text: &str) -> Result<Vec<Document>, CorpusError> {
    let mut reader = Reader { text, documents: Vec::new() };
    reader.read().map_err(|(byte, fault)| CorpusError::line(name, line_of(text, byte), *fault))?;
    Ok(reader.documents)
}

struct Reader<'a> {
    text: &'a str,
    documents: Vec<Document>,
}

impl<'a> Reader<'a> {
    fn read(&mut self) -> Result<(), Faulty> {
        for value in serde_json::Deserializer::from_str(self.text).into_iter::<&'a RawValue>() {
            let value = value.map_err(|error| broken(self.text, 0, &error))?;
            if value.get().starts_with('[') {
                for value in self.parse::<Vec<&RawValue>>(value)? {
                    self.outer(value)?;
                }
            } else {
                self.outer(value)?;
            }
        }
        Ok(())
    }

    fn outer(&mut self, value: &'a RawValue) -> Result<(), Faulty> {
        match self.parse::<Outer>(value)?.documents {
            Some(documents) => documents.into_iter().try_for_each(|document| self.document(document)),
            None => self.document(value),
        }
    }

    fn document(&mut self, value: &'a RawValue) -> Result<(), Faulty> {
        let found: DocumentIn = self.parse(value)?;
        let mut assembly = Assembly::default();
        assembly.id = found.id.as_ref().and_then(scalar).unwrap_or_default().trim().to_owned();
        let mut relations = found.relations;
        for passage in found.passages {
            assembly.passages.begin_passage();
            self.passage(passage, &mut assembly, &mut relations)?;
        }
        for relation in relations {
            assembly.relation(self.annotation(relation)?);
        }
        self.documents.push(assembly.finish(self.place(value))?);
        Ok(())
    }

    /// A passage, or a sentence of one.
    fn passage(&self, found: PassageIn<'a>, assembly: &mut Assembly, relations: &mut Vec<&'a RawValue>) -> Result<(), Faulty> {
        if let Some(offset) = found.offset {
            assembly.passages.offset(offset);
        }
        if let Some(text) = found.text {
            assembly.passages.text(text);
        }
        for annotation in found.annotations {
            assembly.annotation(self.annotation(annotation)?)?;
        }
        relations.extend(found.relations);
        for sentence in found.sentences {
            assembly.passages.begin_sentence();
            self.passage(sentence, assembly, relations)?;
        }
        Ok(())
    }

    fn annotation(&self, value: &'a RawValue) -> Result<Annotation, Faulty> {
        let found: AnnotationIn = self.parse(value)?;
        let mut annotation = Annotation::new(self.place(value));
        annotation.infons = found.infons.into_iter().filter_map(|(key, value)| Some((key, scalar(&value)?))).collect();
        annotation.text = found.text;
        for location in found.locations {
            annotation.location(location.offset, location.length);
        }
        Ok(annotation)
    }

    fn parse<T: Deserialize<'a>>(&self, value: &'a RawValue) -> Result<T, Faulty> {
        serde_json::from_str(value.get()).map_err(|error| broken(self.text, self.place(value), &error))
    }

    /// Byte offset of `value`, which is a part of the text.
    fn place(&self, value: &RawValue) -> usize {
        (value.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize)
    }
}

/// The text of a text or a number.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
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
    locations: [LocationOut; 1],
    text: &'a str,
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
    nodes: [(); 0],
}

/// Writes `documents` as one collection, two passages a document. What [`read`] makes of it equals `documents`, but that white
/// space around ids of documents is gone.
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
        RelationOut { id: format!("R{at}"), infons, nodes: [] }
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
        locations: [LocationOut { offset: mention.start, length: mention.end - mention.start }],
        text: &mention.text,
    });
    let infons = Map::from_iter([("type".to_owned(), kind.into())]);
    PassageOut { infons, offset, text, sentences: [], annotations: annotations.collect(), relations: [] }
}

#[cfg(test)]
mod tests;
