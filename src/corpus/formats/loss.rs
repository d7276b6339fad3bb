//! What a conversion could not keep, found by reading what was written.

use crate::corpus::{ConceptIds, Document, Mention, Relation, bioc_xml};
use std::collections::HashMap;
use std::fmt;

/// Counts of what one list of documents has and another has not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConversionLoss {
    /// Documents.
    pub documents: usize,
    /// Of a document, type and text (white space apart).
    pub mentions: usize,
    /// Mentions, not counted above, whose concept differs (white space around ids apart).
    pub concepts: usize,
    /// Mentions, not counted above, whose seventh field (individual mentions, or a score) differs.
    pub individual: usize,
    /// Discontinuous mentions, their span not counted above, whose fragments are gone.
    pub fragments: usize,
    /// Relations.
    pub relations: usize,
}

impl ConversionLoss {
    /// What of `before` is not in `after`. Where mentions are is not compared: a format may lay out the text again.
    pub fn between(before: &[Document], after: &[Document]) -> Self {
        let missing = |parts: fn(&Document) -> Vec<String>| missing(before, after, parts);
        let mentions = missing(|document| document.mentions.iter().map(named).collect());
        let with_concepts = missing(|document| document.mentions.iter().map(with_concept).collect());
        let whole = missing(|document| document.mentions.iter().map(whole).collect());
        ConversionLoss {
            documents: missing(|_| vec![String::new()]),
            mentions,
            concepts: with_concepts.saturating_sub(mentions),
            individual: whole.saturating_sub(with_concepts),
            fragments: missing(|document| document.mentions.iter().map(with_fragments).collect()).saturating_sub(mentions),
            relations: missing(|document| document.relations.iter().map(|relation| of_relation(document, relation)).collect()),
        }
    }

    /// Whether nothing was lost.
    pub fn is_nothing(&self) -> bool {
        *self == ConversionLoss::default()
    }
}

/// `12 relations, 3 mentions`; `nothing`.
impl fmt::Display for ConversionLoss {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let counts = [
            (self.documents, "document(s)"),
            (self.mentions, "mention(s)"),
            (self.concepts, "concept(s) of mentions"),
            (self.individual, "list(s) of individual mentions"),
            (self.fragments, "discontinuous mention(s), of which each became one span"),
            (self.relations, "relation(s)"),
        ];
        let parts: Vec<String> = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        f.write_str(if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }.as_str())
    }
}

/// How many of the parts of `before` have no equal in `after`; each part of `after` stands for one.
fn missing(before: &[Document], after: &[Document], parts: fn(&Document) -> Vec<String>) -> usize {
    let keys = |documents: &[Document]| -> Vec<String> {
        let of_document = |document: &Document| parts(document).into_iter().map(|part| format!("{}\n{part}", document.id.trim())).collect();
        documents.iter().flat_map(|document| -> Vec<String> { of_document(document) }).collect()
    };
    let mut left: HashMap<String, usize> = HashMap::new();
    for key in keys(after) {
        *left.entry(key).or_default() += 1;
    }
    let mut missing = 0;
    for key in keys(before) {
        match left.get_mut(&key) {
            Some(count) if *count > 0 => *count -= 1,
            _ => missing += 1,
        }
    }
    missing
}

/// Type and text; what XML forbids is taken for what it is replaced by, which is reported separately.
fn named(mention: &Mention) -> String {
    let type_words: Vec<&str> = mention.entity_type.split_whitespace().collect();
    let words: Vec<&str> = mention.text.split_whitespace().collect();
    let plain = |c: char| if bioc_xml::is_forbidden(c) { bioc_xml::REPLACEMENT } else { c };
    format!("{}\t{}", type_words.join("_"), words.join(" ")).chars().map(plain).collect()
}

fn with_concept(mention: &Mention) -> String {
    let parts = mention.concept.iter().flat_map(ConceptIds::parts);
    format!("{}\t{}", named(mention), parts.collect::<Vec<_>>().join("|"))
}

/// The fragments with their places in the mention.
fn with_fragments(mention: &Mention) -> String {
    let fragments = mention.fragments.iter().map(|(start, end)| format!("{}-{}", start - mention.start, end - mention.start));
    format!("{}\t{}", named(mention), fragments.collect::<Vec<_>>().join(";"))
}

fn of_relation(document: &Document, relation: &Relation) -> String {
    // brat has a role for every node.
    let role = |place: usize, role: &str| if role.is_empty() { format!("Arg{}", place + 1) } else { role.to_owned() };
    let name = |mention: usize| document.mentions.get(mention).map(named).unwrap_or_default();
    let nodes = relation.nodes.iter().enumerate().map(|(place, node)| format!("{}:{}", role(place, &node.role), name(node.mention)));
    format!("{}\t{:?}\t{:?}", relation.kind, relation.arguments, nodes.collect::<Vec<_>>())
}

fn whole(mention: &Mention) -> String {
    format!("{}\t{}", with_concept(mention), mention.individual.as_deref().unwrap_or("").trim())
}
