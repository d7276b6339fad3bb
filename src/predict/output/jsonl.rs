//! JSON Lines: what `corpus::jsonl` reads, with confidences and names.

use crate::predict::{Annotated, Annotation};
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    title: &'a str,
    #[serde(rename = "abstract")]
    abstract_text: &'a str,
    mentions: Vec<MentionOf<'a>>,
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
    name: Option<&'a str>,
    confidence: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    concept_confidence: Option<f64>,
}

impl<'a> From<&'a Annotation> for MentionOf<'a> {
    fn from(annotation: &'a Annotation) -> Self {
        Self {
            start: annotation.start,
            end: annotation.end,
            text: &annotation.text,
            entity_type: &annotation.entity_type,
            concept: annotation.concept.as_deref(),
            name: annotation.name.as_deref(),
            confidence: rounded(annotation.mention_confidence),
            concept_confidence: annotation.concept_confidence.map(rounded),
        }
    }
}

/// To four digits, as the other formats show it.
fn rounded(confidence: f32) -> f64 {
    (f64::from(confidence) * 1e4).round() / 1e4
}

pub fn write(annotated: &Annotated, out: &mut dyn Write) -> io::Result<()> {
    let document = &annotated.document;
    let line = Line {
        id: &document.id,
        title: &document.title,
        abstract_text: &document.abstract_text,
        mentions: annotated.annotations.iter().map(MentionOf::from).collect(),
    };
    serde_json::to_writer(&mut *out, &line)?;
    writeln!(out)
}
