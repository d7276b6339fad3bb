//! What the two spellings of BioC, XML and JSON, have in common: how passages, annotations and relations make a document, and
//! which infons say what.

use super::document::{Document, Fragment, Mention, Relation, RelationNode};
use super::error::{Fault, shown};
use super::offsets::{Given, lay_out};
use super::reading::{Context, What};
use layout::Passages;
use std::borrow::Cow;
use std::collections::HashMap;

mod layout;

/// A fault with its byte offset; boxed, since it is rare and large.
pub(super) type Faulty = (usize, Box<Fault>);

/// Lines of bytes of a text.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    /// The line, from one, of a byte.
    pub fn at(&self, byte: usize) -> usize {
        self.0.partition_point(|&end| end < byte) + 1
    }
}

/// An annotation or relation as the file has it.
#[derive(Default)]
pub(super) struct Annotation {
    /// Byte offset in the file.
    pub at: usize,
    pub id: Option<String>,
    /// Key and value, in order.
    pub infons: Vec<(String, String)>,
    /// First character and one past the last, in the order of the file.
    locations: Vec<Fragment>,
    /// None where the file has no such element.
    pub text: Option<String>,
    /// Of a relation: the id of an annotation and its role.
    pub nodes: Vec<(String, String)>,
}

impl Annotation {
    pub fn new(at: usize) -> Self {
        Self { at, ..Self::default() }
    }

    pub fn location(&mut self, offset: usize, length: usize) {
        self.locations.push((offset, offset.saturating_add(length)));
    }

    /// The value of the infon with this key, in whatever case.
    fn infon(&self, key: &str) -> Option<&str> {
        self.infons.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
    }
}

/// The keys of infons that a mention is made of.
const MENTION_KEYS: [&str; 7] = ["type", "MESH", "OMIM", "identifier", "CompositeRole", "individual", "score"];

/// What a relation is called that does not say of what kind it is.
const NO_KIND: &str = "Relation";

/// A document while its parts are read.
#[derive(Default)]
pub(super) struct Assembly {
    pub id: String,
    pub passages: Passages,
    given: Vec<Given>,
    /// The id of each of `given`, where it has one.
    ids: Vec<Option<String>>,
    relations: Vec<Annotation>,
}

impl Assembly {
    /// Keeps the annotation as a mention, or as an individual mention of the composite before it.
    pub fn annotation(&mut self, annotation: Annotation, lines: &Lines, context: &mut Context) -> Result<(), Faulty> {
        let at = annotation.at;
        let line = lines.at(at);
        let text = annotation.text.clone().unwrap_or_default();
        if annotation.infon("CompositeRole") == Some("IndividualMention")
            && let Some(composite) = self.given.last_mut()
        {
            let parts = composite.mention.individual.get_or_insert_default();
            if !parts.is_empty() {
                parts.push('|');
            }
            parts.push_str(&text);
            return Ok(());
        }
        let missing = |wanted: &str| {
            (at, Box::new(Fault::MissingElement { element: format!("annotation of `{}`", shown(&text)), wanted: wanted.into() }))
        };
        let entity_type = annotation.infon("type").filter(|name| !name.trim().is_empty());
        let entity_type = entity_type.ok_or_else(|| missing("infon with the key `type`"))?.to_owned();
        let start = annotation.locations.iter().map(|place| place.0).min().ok_or_else(|| missing("location"))?;
        let end = annotation.locations.iter().map(|place| place.1).max().unwrap_or_default();
        let prefixed = |ids: &str| ids.split('|').map(|id| format!("OMIM:{}", id.trim())).collect::<Vec<_>>().join("|");
        let mut named: Vec<String> = Vec::new();
        for (key, value) in &annotation.infons {
            match () {
                () if ["MESH", "identifier"].iter().any(|name| key.eq_ignore_ascii_case(name)) => named.push(value.clone()),
                () if key.eq_ignore_ascii_case("OMIM") => named.push(if value.contains(':') { value.clone() } else { prefixed(value) }),
                () if MENTION_KEYS.iter().any(|name| key.eq_ignore_ascii_case(name)) => {}
                () => context.note(What::Infon(key.clone()), line),
            }
        }
        let mention = Mention {
            start,
            end,
            entity_type,
            concept: (!named.is_empty()).then(|| named.join("|").into()),
            individual: annotation.infon("individual").or(annotation.infon("score")).map(str::to_owned),
            text,
            fragments: Vec::new(),
        };
        let stretches = if annotation.locations.len() > 1 { annotation.locations } else { Vec::new() };
        self.given.push(Given { mention, stretches, has_text: annotation.text.is_some(), line });
        self.ids.push(annotation.id);
        Ok(())
    }

    pub fn relation(&mut self, relation: Annotation) {
        self.relations.push(relation);
    }

    /// The document, its mentions checked against its text; `at` is its byte offset.
    pub fn finish(self, at: usize, lines: &Lines, context: &mut Context) -> Result<Document, Faulty> {
        if self.id.is_empty() {
            return Err((at, Box::new(Fault::MissingElement { element: "document".into(), wanted: "<id>".into() })));
        }
        let Assembly { id, passages, given, ids, relations } = self;
        let mut document = Document { id, ..Document::default() };
        let kept =
            lay_out(&mut document, given, passages.layouts(), context).map_err(|(line, fault)| (lines.begin(line), Box::new(fault)))?;
        let mention_of: HashMap<String, usize> = ids.into_iter().zip(kept).filter_map(|(id, mention)| Some((id?, mention?))).collect();
        for relation in relations {
            let line = lines.at(relation.at);
            document.relations.push(found_relation(relation, &mention_of, line, context));
        }
        Ok(document)
    }
}

impl Lines {
    /// A byte of a line.
    fn begin(&self, line: usize) -> usize {
        match line {
            0 | 1 => 0,
            _ => self.0.get(line - 2).map_or(usize::MAX, |end| end + 1),
        }
    }
}

/// A relation's kind is its infon `relation`, or `type`; every other infon is an argument, every node a mention.
fn found_relation(found: Annotation, mention_of: &HashMap<String, usize>, line: usize, context: &mut Context) -> Relation {
    let has = |key: &str| found.infon(key).is_some_and(|kind| kind.trim_start().starts_with(char::is_alphabetic));
    let kind_key = ["relation", "type"].into_iter().find(|key| has(key));
    let mut relation = Relation::default();
    for (key, value) in found.infons {
        match kind_key {
            Some(name) if relation.kind.is_empty() && key.eq_ignore_ascii_case(name) => value.trim_start().clone_into(&mut relation.kind),
            None if key.eq_ignore_ascii_case("relation") && value.trim().is_empty() => {}
            _ => relation.arguments.push(value),
        }
    }
    if relation.kind.is_empty() {
        context.note(What::RelationWithoutKind, line);
        NO_KIND.clone_into(&mut relation.kind);
    }
    for (id, role) in found.nodes {
        match mention_of.get(&id) {
            Some(&mention) => relation.nodes.push(RelationNode { role, mention }),
            None => context.note(What::UnknownNode, line),
        }
    }
    relation
}

/// The infons that say a mention's type, concept and individual mentions (or score).
pub(super) fn infons_of_mention(mention: &Mention) -> impl Iterator<Item = (&'static str, &str)> {
    let concept = mention.concept.as_deref().map(|concept| {
        let bare = !concept.is_empty() && !concept.contains(':');
        (if bare { "MESH" } else { "identifier" }, concept)
    });
    let individual = mention.individual.as_deref().map(|individual| {
        let is_score = individual.parse::<f64>().is_ok();
        (if is_score { "score" } else { "individual" }, individual)
    });
    [Some(("type", mention.entity_type.as_str())), concept, individual].into_iter().flatten()
}

/// Where a mention is: its fragments, or its span.
pub(super) fn locations_of(mention: &Mention) -> Vec<Fragment> {
    if mention.fragments.is_empty() { vec![(mention.start, mention.end)] } else { mention.fragments.clone() }
}

/// The text of a mention: of a discontinuous one that of its fragments, with blanks between.
pub(super) fn words_of(mention: &Mention) -> Cow<'_, str> {
    if mention.fragments.is_empty() {
        return Cow::Borrowed(&mention.text);
    }
    let chars: Vec<char> = mention.text.chars().collect();
    let piece = |&(start, end): &Fragment| {
        let within = |at: usize| at.saturating_sub(mention.start).min(chars.len());
        chars[within(start)..within(end).max(within(start))].iter().collect::<String>()
    };
    Cow::Owned(mention.fragments.iter().map(piece).collect::<Vec<_>>().join(" "))
}

/// The infons that say a relation.
pub(super) fn infons_of_relation(relation: &Relation) -> impl Iterator<Item = (String, &str)> {
    let pair = relation.kind == "CID" && relation.arguments.len() == 2;
    let key = move |place: usize| if pair { ["Chemical", "Disease"][place].to_owned() } else { format!("argument{place}") };
    let arguments = relation.arguments.iter().enumerate().map(move |(place, argument)| (key(place), argument.as_str()));
    std::iter::once(("relation".to_owned(), relation.kind.as_str())).chain(arguments)
}

/// The mentions of the title's and of the abstract's passage. They are kept in order: the title has those up to the first
/// that begins in the abstract. The third value is the abstract's first character.
pub(super) fn passages_of(document: &Document) -> (&[Mention], &[Mention], usize) {
    let boundary = document.title.chars().count() + 1;
    let of_title = document.mentions.iter().take_while(|mention| mention.start < boundary).count();
    let (title, abstract_text) = document.mentions.split_at(of_title);
    (title, abstract_text, boundary)
}
