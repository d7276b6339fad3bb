//! Documents for tests.

use crate::corpus::{ConceptIds, Document, Mention};

/// A document whose mentions are between `[` and `|CONCEPT]`.
pub fn document(id: &str, marked: &str) -> Document {
    let (mut title, mut mentions) = (String::new(), Vec::new());
    let mut rest = marked;
    while let Some((before, after)) = rest.split_once('[') {
        title += before;
        let (inside, after) = after.split_once(']').unwrap();
        let (text, concept) = inside.split_once('|').unwrap();
        let (start, end) = (title.chars().count(), title.chars().count() + text.chars().count());
        let (text, entity_type, concept) = (text.to_owned(), "Disease".to_owned(), Some(ConceptIds::from(concept)));
        title += &text;
        mentions.push(Mention { start, end, text, entity_type, concept, ..Mention::default() });
        rest = after;
    }
    title += rest;
    Document { id: id.into(), title, mentions, ..Document::default() }
}
