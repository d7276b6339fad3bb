//! JSON Lines: one document a line, for scripts.
//!
//! ```text
//! {"id":"123","title":"Gout","abstract":"Rare.","mentions":[{"start":0,"end":4,"text":"Gout","type":"Disease","concept":"D006073"}]}
//! ```
//!
//! A mention may have `individual`, a document `relations` (`kind` and `arguments`); what a document lacks is left out. Offsets
//! count characters over title, one blank and abstract. Fields of other names are passed over when read.

use super::document::{CharIndex, Document, Mention, Relation};
use super::error::{CorpusError, Fault, shown};
use super::pubtator::check_offsets;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::io::{self, Write};

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    title: Cow<'a, str>,
    #[serde(borrow, default, rename = "abstract")]
    abstract_text: Cow<'a, str>,
    #[serde(borrow, default)]
    mentions: Vec<MentionOf<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    relations: Vec<RelationOf<'a>>,
}

#[derive(Serialize, Deserialize)]
struct MentionOf<'a> {
    start: usize,
    end: usize,
    #[serde(borrow)]
    text: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    entity_type: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    concept: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    individual: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
struct RelationOf<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    arguments: Vec<String>,
}

/// Whether `line` is a whole JSON object with an `id` that is no collection or document of BioC; how the format is recognised.
pub(super) fn looks_like(line: &str) -> bool {
    #[derive(Deserialize)]
    struct Fields {
        id: Option<IgnoredAny>,
        passages: Option<IgnoredAny>,
        documents: Option<IgnoredAny>,
    }
    let fields: Result<Fields, _> = serde_json::from_str(line);
    fields.is_ok_and(|fields| fields.id.is_some() && fields.passages.is_none() && fields.documents.is_none())
}

/// Reads all documents of `text`; `name` is the file's name for messages.
///
/// # Errors
/// [`CorpusError::Line`]: a line that is no JSON object with these fields, offsets that do not fit the text.
pub fn read(name: &str, text: &str) -> Result<Vec<Document>, CorpusError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(at, line)| document(line).map_err(|fault| CorpusError::line(name, at + 1, fault))).collect()
}

fn document(line: &str) -> Result<Document, Fault> {
    let found: Line = serde_json::from_str(line).map_err(|error| Fault::json(&error))?;
    if found.id.trim().is_empty() {
        return Err(Fault::EmptyField { field: "document id", of: "document" });
    }
    let mentions = found.mentions.into_iter().map(|mention| Mention {
        start: mention.start,
        end: mention.end,
        text: mention.text.into_owned(),
        entity_type: mention.entity_type.into_owned(),
        concept: mention.concept.map(Cow::into_owned),
        individual: mention.individual.map(Cow::into_owned),
    });
    let relations = found.relations.into_iter().map(|found| Relation { kind: found.kind.into_owned(), arguments: found.arguments });
    let document = Document {
        id: found.id.into_owned(),
        title: found.title.into_owned(),
        abstract_text: found.abstract_text.into_owned(),
        mentions: mentions.collect(),
        relations: relations.collect(),
    };
    let text = document.text();
    let index = CharIndex::new(&text);
    for mention in &document.mentions {
        if mention.start >= mention.end {
            return Err(Fault::EmptySpan { mention: shown(&mention.text), start: mention.start, end: mention.end });
        }
        if mention.entity_type.trim().is_empty() {
            return Err(Fault::EmptyField { field: "type", of: "mention" });
        }
        if !document.is_textless() {
            check_offsets(&document.id, mention, &index)?;
        }
    }
    Ok(document)
}

/// Writes a line for each of `documents`; what [`read`] makes of it equals `documents`.
pub fn write(documents: &[Document], out: &mut dyn Write) -> io::Result<()> {
    for document in documents {
        let mentions = document.mentions.iter().map(|mention| MentionOf {
            start: mention.start,
            end: mention.end,
            text: mention.text.as_str().into(),
            entity_type: mention.entity_type.as_str().into(),
            concept: mention.concept.as_deref().map(Cow::Borrowed),
            individual: mention.individual.as_deref().map(Cow::Borrowed),
        });
        let relations = document.relations.iter();
        let line = Line {
            id: document.id.as_str().into(),
            title: document.title.as_str().into(),
            abstract_text: document.abstract_text.as_str().into(),
            mentions: mentions.collect(),
            relations: relations.map(|found| RelationOf { kind: found.kind.as_str().into(), arguments: found.arguments.clone() }).collect(),
        };
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
