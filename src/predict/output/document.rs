//! Annotations as mentions of a document, for the writers of corpora.

use crate::corpus::brat::Remarks;
use crate::corpus::{Document, Mention};
use crate::lexicon::Scored;
use crate::predict::{Annotated, Annotation};

/// The document with its annotations as mentions. `no_concept` stands where there is no concept; `scored` puts the mention's confidence
/// into the seventh field.
pub fn with_mentions(annotated: &Annotated, no_concept: Option<&str>, scored: bool) -> Document {
    let mention = |annotation: &Annotation| Mention {
        start: annotation.start,
        end: annotation.end,
        text: annotation.text.clone(),
        entity_type: annotation.entity_type.clone(),
        concept: annotation.concept.as_deref().or(no_concept).map(Into::into),
        individual: scored.then(|| shown(annotation.mention_confidence)),
        ..Mention::default()
    };
    Document { mentions: annotated.annotations.iter().map(mention).collect(), ..annotated.document.clone() }
}

/// What BioC has beside type, concept and score.
pub fn infons(annotation: &Annotation) -> Vec<(&'static str, String)> {
    let concept = annotation.concept_confidence.map(|confidence| ("concept_score", shown(confidence)));
    let name = annotation.name.clone().map(|name| ("name", name));
    let source = annotation.source.map(|source| ("source", source.word().to_owned()));
    let shown_candidate = |candidate: &Scored| {
        let parts =
            [candidate.concept(), shown(candidate.probability as f32), candidate.source.word().to_owned(), candidate.names.join("|")];
        parts.join(" ").trim_end().to_owned()
    };
    let candidates: Vec<String> = annotation.candidates.iter().map(shown_candidate).collect();
    let candidates = (!candidates.is_empty()).then(|| ("candidates", candidates.join("; ")));
    concept.into_iter().chain(name).chain(source).chain(candidates).collect()
}

/// What brat has beside type and concept.
pub fn remarks(annotation: &Annotation) -> Remarks {
    let concept = annotation.concept_confidence.map(|confidence| format!(", concept {}", shown(confidence))).unwrap_or_default();
    Remarks { name: annotation.name.clone(), note: Some(format!("confidence {}{concept}", shown(annotation.mention_confidence))) }
}

/// Four digits behind the point: more would tell of the machine, not of the mention.
fn shown(confidence: f32) -> String {
    format!("{confidence:.4}")
}
