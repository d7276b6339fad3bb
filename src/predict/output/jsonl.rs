//! JSON Lines: what `corpus::jsonl` reads, with confidences and names.

use crate::lexicon::{Scored, Source};
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
    /// What decided for the concept, where it is out of a vocabulary.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<CandidateOf<'a>>,
}

/// A concept that the mention may mean.
#[derive(Serialize)]
struct CandidateOf<'a> {
    /// `-1` for none.
    concept: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    confidence: f64,
    source: &'a Source,
}

impl<'a> From<&'a Scored> for CandidateOf<'a> {
    fn from(scored: &'a Scored) -> Self {
        Self {
            concept: scored.concept(),
            name: (!scored.names.is_empty()).then(|| scored.names.join("|")),
            confidence: rounded(scored.probability as f32),
            source: &scored.source,
        }
    }
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
            source: annotation.source,
            candidates: annotation.candidates.iter().map(CandidateOf::from).collect(),
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
