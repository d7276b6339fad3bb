//! What the two spellings of BioC, XML and JSON, have in common: how passages, annotations and relations make a document, and
//! which infons say what.

use super::document::{CharIndex, Document, Mention, Relation};
use super::error::{Fault, shown};
use super::pubtator::check_offsets;
use layout::Passages;

mod layout;

/// A fault with its byte offset; boxed, since it is rare and large.
pub(super) type Faulty = (usize, Box<Fault>);

/// The line, from one, of a byte of `text`.
pub(super) fn line_of(text: &str, byte: usize) -> usize {
    text.as_bytes()[..byte.min(text.len())].iter().filter(|&&b| b == b'\n').count() + 1
}

/// An annotation or relation as the file has it.
#[derive(Default)]
pub(super) struct Annotation {
    /// Byte offset in the file.
    pub at: usize,
    /// Key and value, in order.
    pub infons: Vec<(String, String)>,
    /// First and past-the-last character, over all locations.
    span: Option<(usize, usize)>,
    locations: usize,
    pub text: String,
}

impl Annotation {
    pub fn new(at: usize) -> Self {
        Self { at, ..Self::default() }
    }

    pub fn location(&mut self, offset: usize, length: usize) {
        let end = offset.saturating_add(length);
        self.span = Some(self.span.map_or((offset, end), |(from, to)| (from.min(offset), to.max(end))));
        self.locations += 1;
    }
}

/// A document while its parts are read.
#[derive(Default)]
pub(super) struct Assembly {
    pub id: String,
    pub passages: Passages,
    mentions: Vec<Mention>,
    relations: Vec<Relation>,
    /// Byte offset of each mention, and whether its text can be compared with the document's.
    places: Vec<(usize, bool)>,
}

impl Assembly {
    /// Keeps the annotation as a mention, or as an individual mention of the composite before it.
    pub fn annotation(&mut self, annotation: Annotation) -> Result<(), Faulty> {
        let at = annotation.at;
        let value = |key: &str| annotation.infons.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
        if value("CompositeRole") == Some("IndividualMention") {
            let individual = self.mentions.last_mut().map(|mention| mention.individual.get_or_insert_default());
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
        self.mentions.push(mention);
        self.places.push((at, annotation.locations == 1));
        Ok(())
    }

    /// Keeps the relation: its kind is the infon `relation`, every other infon is an argument.
    pub fn relation(&mut self, annotation: Annotation) {
        let mut relation = Relation::default();
        for (key, value) in annotation.infons {
            if key == "relation" { relation.kind = value } else { relation.arguments.push(value) }
        }
        self.relations.push(relation);
    }

    /// The document, its mentions checked against its text; `at` is its byte offset.
    pub fn finish(self, at: usize) -> Result<Document, Faulty> {
        if self.id.is_empty() {
            return Err((at, Box::new(Fault::MissingElement { element: "document".into(), wanted: "<id>".into() })));
        }
        let Assembly { id, passages, mentions, relations, places } = self;
        let (title, abstract_text) = passages.packed();
        let mut document = Document { id, title, abstract_text, mentions, relations };
        if let Err(faulty) = check_mentions(&mut document, &places) {
            let Some(texts) = passages.at_offsets() else { return Err(faulty) };
            (document.title, document.abstract_text) = texts;
            check_mentions(&mut document, &places).map_err(|_| faulty)?;
        }
        Ok(document)
    }
}

/// Checks all mentions against the text; one of several locations gets the text of its whole span.
fn check_mentions(document: &mut Document, places: &[(usize, bool)]) -> Result<(), Faulty> {
    if document.is_textless() {
        return Ok(());
    }
    let text = document.text();
    let index = CharIndex::new(&text);
    for (mention, &(at, whole)) in document.mentions.iter_mut().zip(places) {
        if !whole && let Some(found) = index.slice(mention.start, mention.end) {
            found.clone_into(&mut mention.text);
        }
        check_offsets(&document.id, mention, &index).map_err(|fault| (at, Box::new(fault)))?;
    }
    Ok(())
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
