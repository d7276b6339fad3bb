//! Mentions that a system found, and what a run's scores need of them.

use super::SystemOutput;
use crate::corpus::{ConceptIds, Document, Mention};
use crate::evaluate::concept_string;

/// A mention that a system found, in characters over [`Document::text`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SystemMention {
    pub start: usize,
    pub end: usize,
    pub entity_type: String,
    /// As the sixth PubTator field; `None` or `-1`: no concept.
    pub concept: Option<ConceptIds>,
}

/// The output for `documents`, given what was found in each of them. All mentions are recognised; those with a concept are normalized.
pub fn output(documents: &[Document], found: &[Vec<SystemMention>]) -> SystemOutput {
    let of = |wanted: fn(&SystemMention) -> Option<Mention>| -> Vec<Document> {
        let rows = documents.iter().zip(found);
        rows.map(|(document, found)| Document {
            id: document.id.clone(),
            mentions: found.iter().filter_map(wanted).collect(),
            ..Document::default()
        })
        .collect()
    };
    SystemOutput { mer: of(|found| Some(bare(found, None))), men: of(normalized), confidence: Vec::new() }
}

fn bare(found: &SystemMention, concept: Option<ConceptIds>) -> Mention {
    Mention { start: found.start, end: found.end, entity_type: found.entity_type.clone(), concept, ..Mention::default() }
}

fn normalized(found: &SystemMention) -> Option<Mention> {
    let mention = bare(found, found.concept.clone());
    concept_string(&mention).is_some().then_some(mention)
}

/// Mentions of a run's types, with their concept field.
pub fn mentions<'a>(document: &'a Document, entity_types: &'a [String]) -> impl Iterator<Item = &'a Mention> {
    document.mentions.iter().filter(|mention| entity_types.contains(&mention.entity_type))
}

/// Of mentions that overlap the longest, of equally long ones the first; in the order of the text.
pub fn without_overlaps(mut found: Vec<SystemMention>) -> Vec<SystemMention> {
    found.sort_by(|a, b| (b.end - b.start).cmp(&(a.end - a.start)).then_with(|| a.cmp(b)));
    let mut kept: Vec<SystemMention> = Vec::with_capacity(found.len());
    for one in found {
        if kept.iter().all(|other| one.end <= other.start || other.end <= one.start) {
            kept.push(one);
        }
    }
    kept.sort();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(start: usize, end: usize, concept: Option<&str>) -> SystemMention {
        SystemMention { start, end, entity_type: "Disease".into(), concept: concept.map(Into::into) }
    }

    #[test]
    fn all_mentions_are_recognised_and_those_with_a_concept_are_normalized() {
        let documents = [Document { id: "7".into(), title: "a".into(), ..Document::default() }];
        let output = output(&documents, &[vec![found(0, 4, Some("D1")), found(5, 9, Some("-1")), found(10, 12, None)]]);
        let spans = |documents: &[Document]| documents[0].mentions.iter().map(|m| (m.start, m.concept.clone())).collect::<Vec<_>>();
        assert_eq!(spans(&output.mer), [(0, None), (5, None), (10, None)]);
        assert_eq!(spans(&output.men), [(0, Some("D1".into()))]);
        assert!(output.mer[0].id == "7" && output.mer[0].title.is_empty());
    }

    #[test]
    fn the_longest_of_overlapping_mentions_stays() {
        let kept = without_overlaps(vec![found(0, 4, None), found(2, 9, None), found(9, 11, None), found(9, 11, Some("D2"))]);
        assert_eq!(kept, [found(2, 9, None), found(9, 11, None)]);
    }
}
