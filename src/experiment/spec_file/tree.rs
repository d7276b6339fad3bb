//! YAML text to a tree in which every key and value knows its place.
//!
//! `saphyr-parser` gives the structure and the places, `serde_yaml` the value of each plain scalar. Aliases and merge keys
//! are resolved here, under limits, so that a file of a few lines can neither fill the memory nor overflow the stack.

use super::problem::{Fault, Problem};
use super::source::{Location, Source};
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use serde_yaml::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Levels of nesting that a file may have; the specification needs seven.
const MAX_DEPTH: usize = 32;
/// Values that a file may have once its aliases are resolved.
const MAX_NODES: usize = 100_000;

#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub place: Location,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    Mapping(Vec<Entry>),
    Sequence(Vec<Node>),
    /// Null, a boolean, a number or a text.
    Scalar(Value),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub key: String,
    pub place: Location,
    pub value: Node,
}

impl Node {
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.content {
            Content::Mapping(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value),
            _ => None,
        }
    }

    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        match &mut self.content {
            Content::Mapping(entries) => entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.value),
            _ => None,
        }
    }

    /// The node under a dotted path.
    pub fn find(&self, path: &str) -> Option<&Node> {
        path.split('.').try_fold(self, |node, key| node.get(key))
    }

    pub fn is_null(&self) -> bool {
        self.content == Content::Scalar(Value::Null)
    }

    /// What stands here, for a message: "-3", "the text `many`", "a list", ...
    pub fn describe(&self) -> String {
        match &self.content {
            Content::Mapping(_) => "a mapping".into(),
            Content::Sequence(_) => "a list".into(),
            Content::Scalar(Value::Null) => "nothing (null)".into(),
            Content::Scalar(Value::String(text)) => format!("the text `{}`", shortened(text)),
            Content::Scalar(Value::Number(number)) => number.to_string(),
            Content::Scalar(Value::Bool(flag)) => flag.to_string(),
            Content::Scalar(_) => "a value of no plain type".into(),
        }
    }

    pub fn to_json(&self) -> serde_json::Value {
        match &self.content {
            Content::Mapping(entries) => entries.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect(),
            Content::Sequence(items) => items.iter().map(Node::to_json).collect(),
            Content::Scalar(Value::Bool(flag)) => (*flag).into(),
            Content::Scalar(Value::String(text)) => text.as_str().into(),
            Content::Scalar(Value::Number(number)) => {
                if let Some(n) = number.as_u64() {
                    n.into()
                } else if let Some(n) = number.as_i64() {
                    n.into()
                } else {
                    number.as_f64().into()
                }
            }
            Content::Scalar(_) => serde_json::Value::Null,
        }
    }

    fn size(&self) -> usize {
        1 + self.children().map(Node::size).sum::<usize>()
    }

    fn depth(&self) -> usize {
        1 + self.children().map(Node::depth).max().unwrap_or(0)
    }

    fn children(&self) -> Box<dyn Iterator<Item = &Node> + '_> {
        match &self.content {
            Content::Mapping(entries) => Box::new(entries.iter().map(|entry| &entry.value)),
            Content::Sequence(items) => Box::new(items.iter()),
            Content::Scalar(_) => Box::new(std::iter::empty()),
        }
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 40 { text.to_owned() } else { text.chars().take(37).collect::<String>() + "..." }
}

/// Parses one document. `None` after a problem that leaves nothing to go on with; an empty text is a null at its start.
pub fn parse(text: &str, source: &Arc<Source>, problems: &mut Vec<Problem>) -> Option<Node> {
    let mut builder = Builder { source, problems, stack: Vec::new(), anchors: BTreeMap::new(), root: None, nodes: 0 };
    for event in Parser::new_from_str(text) {
        let outcome = match event {
            Ok((event, span)) => builder.take(event, span),
            Err(error) => {
                let mut place =
                    Location { source: source.clone(), line: error.marker().line(), column: error.marker().col() + 1, length: 1 };
                // What is missing at the end is shown behind the last line that has something.
                let last = source.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).last();
                if let Some((index, line)) = last.filter(|(index, _)| index + 1 < place.line) {
                    (place.line, place.column) = (index + 1, line.chars().count() + 1);
                }
                Err(boxed(Fault::Syntax { what: "not valid YAML".into() }, &place, error.info()))
            }
        };
        if let Err(problem) = outcome {
            builder.problems.push(*problem);
            return None;
        }
    }
    let start = Location { source: source.clone(), line: 1, column: 1, length: 1 };
    Some(builder.root.unwrap_or(Node { place: start, content: Content::Scalar(Value::Null) }))
}

struct Builder<'a> {
    source: &'a Arc<Source>,
    problems: &'a mut Vec<Problem>,
    stack: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    root: Option<Node>,
    nodes: usize,
}

/// A mapping or sequence whose end has not come yet.
struct Open {
    place: Location,
    anchor: usize,
    content: Content,
    /// A mapping's key that waits for its value.
    key: Option<(String, Location)>,
}

impl Builder<'_> {
    fn take(&mut self, event: Event, span: Span) -> Result<(), Box<Problem>> {
        let place = self.place(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if let Some(tag) = tag {
                    return Err(tagged(&tag.to_string(), &place));
                }
                let value = if style == ScalarStyle::Plain { plain(&text) } else { Value::String(text.into_owned()) };
                // A key stays the text that was written: `true:` and `1:` are names here.
                if let Some(Open { key: key @ None, content: Content::Mapping(_), .. }) = self.stack.last_mut() {
                    *key = Some((
                        match value {
                            Value::String(text) => text,
                            other => serde_yaml::to_string(&other).unwrap_or_default().trim_end().to_owned(),
                        },
                        place,
                    ));
                    return Ok(());
                }
                self.close(Node { place, content: Content::Scalar(value) }, anchor)
            }
            Event::SequenceStart(anchor, tag) => self.open(Content::Sequence(Vec::new()), anchor, tag.map(|tag| tag.to_string()), place),
            Event::MappingStart(anchor, tag) => self.open(Content::Mapping(Vec::new()), anchor, tag.map(|tag| tag.to_string()), place),
            Event::SequenceEnd | Event::MappingEnd => match self.stack.pop() {
                Some(Open { place, anchor, content, .. }) => {
                    let content = self.merge_keys(content)?;
                    self.close(Node { place, content }, anchor)
                }
                None => Ok(()),
            },
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => {
                    let node = node.clone();
                    self.nodes += node.size();
                    if self.nodes > MAX_NODES || self.stack.len() + node.depth() > MAX_DEPTH {
                        return Err(too_big(&place));
                    }
                    self.close(node, 0)
                }
                None => Err(boxed(Fault::Syntax { what: "an alias inside its own anchor".into() }, &place, "write the value out")),
            },
            Event::DocumentStart(_) if self.root.is_some() => Err(boxed(
                Fault::Syntax { what: "a second document in one file".into() },
                &place,
                "put it in a file of its own and name that under `imports`",
            )),
            _ => Ok(()),
        }
    }

    fn open(&mut self, content: Content, anchor: usize, tag: Option<String>, place: Location) -> Result<(), Box<Problem>> {
        if let Some(tag) = tag {
            return Err(tagged(&tag, &place));
        }
        if let Some(Open { key: None, content: Content::Mapping(_), .. }) = self.stack.last() {
            let what = "a key that is itself a list or mapping".into();
            return Err(boxed(Fault::Syntax { what }, &place, "expected a plain name as key"));
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_big(&place));
        }
        self.stack.push(Open { place, anchor, content, key: None });
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn close(&mut self, node: Node, anchor: usize) -> Result<(), Box<Problem>> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(too_big(&node.place));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.content {
            Content::Sequence(items) => items.push(node),
            Content::Mapping(entries) => match open.key.take() {
                Some((key, place)) => {
                    if let Some(first) = entries.iter().find(|entry| entry.key == key && key != "<<") {
                        let hint = format!("first given at {}", first.place);
                        self.problems.push(Problem::new(Fault::GivenTwice { path: key }, &place, hint));
                    } else {
                        entries.push(Entry { key, place, value: node });
                    }
                }
                None => {
                    let what = "an alias as key".into();
                    return Err(boxed(Fault::Syntax { what }, &node.place, "expected a plain name as key"));
                }
            },
            Content::Scalar(_) => {}
        }
        Ok(())
    }

    /// `<<: *base`: the keys of `base` that the mapping does not have itself.
    fn merge_keys(&mut self, content: Content) -> Result<Content, Box<Problem>> {
        let Content::Mapping(entries) = content else { return Ok(content) };
        let (merges, mut own): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(|entry| entry.key == "<<");
        for merge in merges {
            let bases = match merge.value.content {
                Content::Sequence(items) => items,
                _ => vec![merge.value],
            };
            for base in bases {
                let Content::Mapping(inherited) = base.content else {
                    let fault = Fault::BadValue { path: "<<".into(), found: base.describe() };
                    return Err(boxed(fault, &base.place, "expected an alias of a mapping, as in `<<: *base`"));
                };
                for entry in inherited {
                    if !own.iter().any(|present| present.key == entry.key) {
                        own.push(entry);
                    }
                }
            }
        }
        Ok(Content::Mapping(own))
    }

    fn place(&self, span: Span) -> Location {
        let same_line = span.start.line() == span.end.line();
        let length = if same_line { span.end.col().saturating_sub(span.start.col()).max(1) } else { 1 };
        Location { source: self.source.clone(), line: span.start.line().max(1), column: span.start.col() + 1, length }
    }
}

/// A plain scalar's value. What serde_yaml cannot take alone is a text.
pub(super) fn plain(text: &str) -> Value {
    match serde_yaml::from_str::<Value>(text) {
        Ok(value @ (Value::Null | Value::Bool(_) | Value::Number(_))) => value,
        _ => Value::String(text.to_owned()),
    }
}

fn tagged(tag: &str, place: &Location) -> Box<Problem> {
    boxed(Fault::Syntax { what: format!("a YAML tag `{tag}`") }, place, "experiment files have no tags: write the plain value")
}

fn too_big(place: &Location) -> Box<Problem> {
    let hint = format!("at most {MAX_DEPTH} levels and {MAX_NODES} values, aliases counted as what they stand for");
    boxed(Fault::Syntax { what: "the file is nested too deeply or has too many values".into() }, place, hint)
}

fn boxed(fault: Fault, place: &Location, hint: impl Into<String>) -> Box<Problem> {
    Box::new(Problem::new(fault, place, hint))
}
