//! JSON Lines: one document a line, for scripts.
//!
//! ```text
//! {"id":"123","title":"Gout","abstract":"Rare.","mentions":[{"start":0,"end":4,"text":"Gout","type":"Disease","concept":"D006073"}]}
//! ```
//!
//! A mention may have `individual` and `fragments` (`[[0,4],[9,13]]`, the stretches of a discontinuous one), a document `relations` (`kind`,
//! `arguments`, and `nodes` with `role` and the number of a `mention`); what a document lacks is left out, or `null`. Ids may be numbers,
//! concepts a list. Offsets count characters over title, one blank and abstract. Keys of other names are skipped and noted, but a
//! document whose text stands under one of them is an error: [`Keys`](super::Keys) says what they are called.

use super::document::{Document, Fragment, Mention, Relation, RelationNode};
use super::error::{CorpusError, Fault, shown};
use super::json::Object;
use super::offsets::{Given, Layout, lay_out};
use super::reading::{Context, Notes, ReadOptions, What};
use serde::Serialize;
use serde_json::value::RawValue;
use std::io::{self, Write};

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    title: &'a str,
    #[serde(rename = "abstract")]
    abstract_text: &'a str,
    mentions: Vec<MentionOf<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    relations: Vec<RelationOf<'a>>,
}

#[derive(Serialize)]
struct MentionOf<'a> {
    start: usize,
    end: usize,
    text: &'a str,
    #[serde(rename = "type")]
    entity_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    concept: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    individual: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    fragments: &'a [Fragment],
}

#[derive(Serialize)]
struct RelationOf<'a> {
    kind: &'a str,
    arguments: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nodes: Vec<NodeOf<'a>>,
}

#[derive(Serialize)]
struct NodeOf<'a> {
    role: &'a str,
    mention: usize,
}

/// Whether `line` is a whole JSON object that is no collection or document of BioC; how the format is recognised.
pub(super) fn looks_like(line: &str) -> bool {
    let bioc = ["passages", "documents", "PubTator3"];
    Object::read(line, String::new()).is_ok_and(|object| bioc.iter().all(|key| object.get(key).is_none()))
}

/// Reads all documents of `text`; `name` is the file's name for messages.
///
/// # Errors
/// [`CorpusError::Line`]: a line that is no JSON object with these fields, offsets that do not fit the text.
pub fn read(name: &str, text: &str) -> Result<Vec<Document>, CorpusError> {
    read_with(text, &mut Context { options: &ReadOptions::default(), name, notes: &mut Notes::default() })
}

pub(super) fn read_with(text: &str, context: &mut Context) -> Result<Vec<Document>, CorpusError> {
    let mut documents = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let read = document(line, at + 1, context);
        documents.push(read.map_err(|fault| CorpusError::line(context.name, at + 1, fault))?);
    }
    Ok(documents)
}

const DOCUMENT_KEYS: [&str; 5] = ["id", "title", "abstract", "mentions", "relations"];
const MENTION_KEYS: [&str; 7] = ["start", "end", "text", "type", "concept", "individual", "fragments"];
const RELATION_KEYS: [&str; 3] = ["kind", "arguments", "nodes"];

/// Keys under which texts of other makers stand.
const TEXT_KEYS: [&str; 12] = [
    "text",
    "body",
    "content",
    "contents",
    "sentence",
    "passage",
    "article",
    "full_text",
    "fulltext",
    "abstract_text",
    "abstracttext",
    "summary",
];

fn document(line: &str, at: usize, context: &mut Context) -> Result<Document, Fault> {
    let found = Object::read(line, String::new())?;
    let keys = &context.options.keys;
    let id_key = keys.id.as_deref().unwrap_or("id");
    let id = found.name(id_key)?.ok_or_else(|| {
        let nearest = found.nearest("id", &DOCUMENT_KEYS).or_else(|| found.nearest("pmid", &DOCUMENT_KEYS));
        Fault::NoId { document: shown(line).to_string(), nearest: nearest.filter(|_| keys.id.is_none()) }
    })?;
    if id.trim().is_empty() {
        return Err(Fault::EmptyField { field: "document id", of: "document" });
    }
    let (title, abstract_text) = texts(&found, &id, context)?;
    if !context.options.drops_annotations && found.get("mentions").is_none() {
        // A list of objects with offsets holds mentions, whatever it is called.
        let holds_mentions = |key: &&str| {
            found.get(key).is_some_and(|value| {
                value.get().starts_with('[') && ["\"start\"", "\"begin\"", "\"offset\""].iter().any(|word| value.get().contains(word))
            })
        };
        if let Some(key) = found.keys().filter(|key| !DOCUMENT_KEYS.contains(key)).find(holds_mentions) {
            return Err(Fault::MentionsKey { document: shown(&id), key: shown(key) });
        }
    }
    let mut document = Document { id, ..Document::default() };
    let mut given = Vec::new();
    for (number, raw) in found.list("mentions")?.into_iter().enumerate() {
        given.push(mention(raw, format!("mentions[{number}]."), at, context)?);
    }
    let mentions = given.len();
    let kept = lay_out(&mut document, given, Layout::in_units(&title, &abstract_text), context).map_err(|(_, fault)| fault)?;
    for (number, raw) in found.list("relations")?.into_iter().enumerate() {
        document.relations.push(relation(raw, format!("relations[{number}]."), mentions, &kept, at, context)?);
    }
    let text_key = context.options.keys.text.as_deref();
    for key in found.keys().filter(|key| !DOCUMENT_KEYS.contains(key) && *key != id_key && Some(*key) != text_key) {
        context.note(What::Key(key.to_owned()), at);
    }
    Ok(document)
}

/// Title and abstract.
fn texts(found: &Object, id: &str, context: &Context) -> Result<(String, String), Fault> {
    let title = found.text("title")?;
    if let Some(key) = &context.options.keys.text {
        let text = found.text(key)?.ok_or_else(|| {
            let keys = found.keys().map(|key| format!("`{}`", shown(key))).collect::<Vec<_>>().join(", ");
            Fault::NoTextKey { document: shown(id), key: shown(key), found: keys }
        })?;
        return Ok(match title {
            Some(title) if key != "title" => (title, text),
            // As in brat's files: the first line is the title, and its end the blank.
            _ => text.split_once('\n').map_or_else(|| (text.clone(), String::new()), |(title, rest)| (title.to_owned(), rest.to_owned())),
        });
    }
    let abstract_text = found.text("abstract")?;
    if abstract_text.is_none() {
        let is_text = |key: &&str| found.get(key).is_some_and(|value| value.get().starts_with('"') && value.get().len() > 2);
        let others = || found.keys().filter(|key| !DOCUMENT_KEYS.contains(key)).filter(is_text);
        let named = others().find(|key| TEXT_KEYS.contains(&key.to_lowercase().as_str()));
        // A document of no text at all has it under whatever key holds most.
        let longest = || others().max_by_key(|key| found.get(key).map_or(0, |value| value.get().len()));
        let is_bare = title.is_none() && found.list("mentions")?.is_empty();
        if let Some(key) = named.or_else(|| longest().filter(|_| is_bare)) {
            return Err(Fault::TextKey { document: shown(id), key: shown(key) });
        }
    }
    Ok((title.unwrap_or_default(), abstract_text.unwrap_or_default()))
}

fn mention(raw: &RawValue, path: String, at: usize, context: &mut Context) -> Result<Given, Fault> {
    let element = || format!("mention `{}`", path.trim_end_matches('.'));
    let found = Object::read(raw.get(), path.clone())?;
    let missing = |field: &'static str| Fault::JsonMissing { element: element(), field, nearest: found.nearest(field, &MENTION_KEYS) };
    let whole = |field: &'static str| found.whole(field)?.ok_or_else(|| missing(field));
    let (start, end) = (whole("start")?, whole("end")?);
    let entity_type = found.name("type")?.ok_or_else(|| missing("type"))?;
    if entity_type.trim().is_empty() {
        return Err(Fault::EmptyField { field: "type", of: "mention" });
    }
    let text = found.text("text")?;
    let (has_text, text) = (text.is_some(), text.unwrap_or_default());
    let (concept, individual) = (found.names("concept")?, found.name("individual")?);
    let mut stretches: Vec<Fragment> = Vec::new();
    for raw in found.list("fragments")? {
        let stretch: Option<Fragment> = serde_json::from_str(raw.get()).ok();
        let expected = "a list of stretches, such as [[0,4],[9,13]]";
        let value = || Fault::JsonValue { field: format!("{path}fragments"), found: format!("`{}`", shown(raw.get())), expected };
        stretches.push(stretch.ok_or_else(value)?);
    }
    let in_order = stretches.windows(2).all(|pair| pair[0].1 <= pair[1].0) && stretches.iter().all(|(from, to)| from < to);
    let whole = stretches.first().is_none_or(|first| first.0 == start) && stretches.last().is_none_or(|last| last.1 == end);
    if !in_order || !whole {
        return Err(Fault::Fragments { found: shown(&format!("{stretches:?}")), start, end });
    }
    for key in found.keys().filter(|key| !MENTION_KEYS.contains(key)) {
        context.note(What::Key(found.path_of(key).replace(|c: char| c.is_ascii_digit(), "")), at);
    }
    let mention = Mention { start, end, text, entity_type, concept: concept.map(Into::into), individual, fragments: Vec::new() };
    Ok(Given { mention, stretches, has_text, line: at })
}

fn relation(
    raw: &RawValue,
    path: String,
    mentions: usize,
    kept: &[Option<usize>],
    at: usize,
    context: &mut Context,
) -> Result<Relation, Fault> {
    let found = Object::read(raw.get(), path.clone())?;
    let element = || format!("relation `{}`", path.trim_end_matches('.'));
    let missing = |field: &'static str| Fault::JsonMissing { element: element(), field, nearest: found.nearest(field, &RELATION_KEYS) };
    let kind = found.name("kind")?.ok_or_else(|| missing("kind"))?;
    if kind.trim().is_empty() {
        return Err(Fault::EmptyField { field: "kind", of: "relation" });
    }
    let mut relation = Relation { kind, ..Relation::default() };
    for raw in found.list("arguments")? {
        let expected = "a list of texts or numbers";
        let value = || Fault::JsonValue { field: format!("{path}arguments"), found: format!("`{}`", shown(raw.get())), expected };
        relation.arguments.push(super::json::scalar(raw.get()).ok_or_else(value)?);
    }
    for (number, raw) in found.list("nodes")?.into_iter().enumerate() {
        let node = Object::read(raw.get(), format!("{path}nodes[{number}]."))?;
        let missing = || Fault::JsonMissing { element: format!("node `{path}nodes[{number}]`"), field: "mention", nearest: None };
        let mention = node.whole("mention")?.ok_or_else(missing)?;
        if mention >= mentions {
            let expected = "the number, from 0, of one of the document's mentions";
            return Err(Fault::JsonValue { field: node.path_of("mention"), found: format!("the number {mention}"), expected });
        }
        match kept.get(mention).copied().flatten() {
            Some(mention) => relation.nodes.push(RelationNode { role: node.name("role")?.unwrap_or_default(), mention }),
            None => context.note(What::UnknownNode, at),
        }
    }
    for key in found.keys().filter(|key| !RELATION_KEYS.contains(key)) {
        context.note(What::Key(found.path_of(key).replace(|c: char| c.is_ascii_digit(), "")), at);
    }
    Ok(relation)
}

/// Writes a line for each of `documents`; what [`read`] makes of it equals `documents`.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(documents: &[Document], out: &mut dyn Write) -> io::Result<()> {
    for document in documents {
        let mentions = document.mentions.iter().map(|mention| MentionOf {
            start: mention.start,
            end: mention.end,
            text: &mention.text,
            entity_type: &mention.entity_type,
            concept: mention.concept.as_deref(),
            individual: mention.individual.as_deref(),
            fragments: &mention.fragments,
        });
        let relations = document.relations.iter().map(|found| RelationOf {
            kind: &found.kind,
            arguments: &found.arguments,
            nodes: found.nodes.iter().map(|node| NodeOf { role: &node.role, mention: node.mention }).collect(),
        });
        let line = Line {
            id: &document.id,
            title: &document.title,
            abstract_text: &document.abstract_text,
            mentions: mentions.collect(),
            relations: relations.collect(),
        };
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)?;
    }
    Ok(())
}

/// The id of a line, as far as it can be read.
#[cfg(feature = "network")] // `predict` alone reads documents one by one
pub(crate) fn id_of(line: &str, key: &str) -> Option<String> {
    Object::read(line, String::new()).ok()?.name(key).ok().flatten()
}

#[cfg(test)]
mod tests;
