//! The documented rules by which a corpus as distributed becomes one that can be compared with predictions.

use super::{Composite, ConceptIds, Document, NoConcept};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A corpus's rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// Nothing is changed.
    #[default]
    None,
    /// Concept ids are trimmed, and `MESH:` is put before each id that has no prefix, as the evaluation kit does (BC5CDR).
    Identifiers,
    /// As [`Normalisation::Identifiers`]; further, every type becomes `Disease` (SpecificDisease, DiseaseClass, Modifier and
    /// CompositeMention all count as such), and of documents with the same id only the first is kept.
    Ncbi,
}

/// Applies `rule` to `documents`.
pub fn normalise(documents: &mut Vec<Document>, rule: Normalisation) {
    if rule == Normalisation::None {
        return;
    }
    if rule == Normalisation::Ncbi {
        let mut seen = HashSet::new();
        documents.retain(|document| seen.insert(document.id.clone()));
    }
    for mention in documents.iter_mut().flat_map(|document| &mut document.mentions) {
        if rule == Normalisation::Ncbi {
            "Disease".clone_into(&mut mention.entity_type);
        }
        if let Some(concept) = &mut mention.concept {
            *concept = concept.with_prefix();
        }
    }
}

/// The label that normalization's tags carry for a mention of `concept`, or `None` where its tokens are outside.
pub fn concept_label(concept: Option<&ConceptIds>, no_concept: NoConcept, composite: Composite) -> Option<String> {
    match (concept.filter(|concept| !concept.is_none()), composite) {
        (None, _) => (no_concept == NoConcept::Tag).then(|| "-1".to_owned()),
        (Some(concept), Composite::Whole) => Some(concept.trim().to_owned()),
        (Some(concept), Composite::First) => Some(concept.first().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Mention;

    #[test]
    fn the_ncbi_rule_makes_one_type_and_keeps_the_first_of_each_id() {
        let document = |id: &str, entity_type: &str| Document {
            id: id.into(),
            mentions: vec![Mention { entity_type: entity_type.into(), concept: Some(" D1".into()), ..Mention::default() }],
            ..Document::default()
        };
        let given = vec![document("1", "Modifier"), document("2", "DiseaseClass"), document("1", "SpecificDisease")];
        let mut documents = given.clone();
        normalise(&mut documents, Normalisation::Ncbi);
        assert_eq!(documents.iter().map(|d| d.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(documents[1].mentions[0].entity_type, "Disease");
        assert_eq!(documents[1].mentions[0].concept.as_deref(), Some("MESH:D1"));

        let mut documents = given.clone();
        normalise(&mut documents, Normalisation::Identifiers);
        assert_eq!((documents.len(), documents[0].mentions[0].entity_type.as_str()), (3, "Modifier"));
        normalise(&mut documents, Normalisation::None);
        assert_eq!(documents.len(), 3);
    }

    #[test]
    fn labels_follow_the_keys_of_the_ledger() {
        use Composite::{First, Whole};
        use NoConcept::{Outside, Tag};
        assert_eq!(concept_label(Some(&"MESH:D1|MESH:D2".into()), Outside, Whole).as_deref(), Some("MESH:D1|MESH:D2"));
        assert_eq!(concept_label(Some(&"MESH:D1|MESH:D2".into()), Outside, First).as_deref(), Some("MESH:D1"));
        assert_eq!(concept_label(Some(&"-1".into()), Outside, Whole), None);
        assert_eq!(concept_label(Some(&"-1".into()), Tag, First).as_deref(), Some("-1"));
        assert_eq!(concept_label(None, Outside, Whole), None);
    }
}
