//! Invented documents for the tests of this module.

use crate::corpus::{Document, Mention};

/// Start, end, type, concept.
pub type Annotation<'a> = (usize, usize, &'a str, Option<&'a str>);

/// Every document reads `a0 a1 a2 ...` in two-letter words, so that word i stands at 3i..3i+2.
pub fn documents(of: &[(&str, &[Annotation])]) -> Vec<Document> {
    of.iter().map(|(id, annotations)| document(id, annotations)).collect()
}

pub fn document(id: &str, annotations: &[Annotation]) -> Document {
    let words: Vec<String> = (0..30).map(|i| format!("{}{}", char::from(b'a' + i / 10), i % 10)).collect();
    Document {
        id: id.into(),
        title: words[..5].join(" "),
        abstract_text: words[5..].join(" "),
        mentions: annotations.iter().map(|&(start, end, entity_type, concept)| mention(start, end, entity_type, concept)).collect(),
        ..Document::default()
    }
}

pub fn mention(start: usize, end: usize, entity_type: &str, concept: Option<&str>) -> Mention {
    Mention { start, end, text: String::new(), entity_type: entity_type.into(), concept: concept.map(Into::into), ..Mention::default() }
}
