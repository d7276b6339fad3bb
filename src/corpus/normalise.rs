//! The documented rules by which a corpus as distributed becomes one that can be compared with predictions.

use super::{Composite, Document, NoConcept};
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
            *concept = with_prefix(concept);
        }
    }
}

/// The concept string trimmed, each of its `|`-separated parts trimmed and, where it has no prefix, given `MESH:`. Empty parts
/// and `-1` stay as they are. `+` joins one part (the kit's rule), so `D1+D2` becomes `MESH:D1+D2`.
pub fn with_prefix(concept: &str) -> String {
    let prefixed =
        |part: &str| if part.is_empty() || part == "-1" || part.contains(':') { part.to_owned() } else { format!("MESH:{part}") };
    concept.split('|').map(|part| prefixed(part.trim())).collect::<Vec<_>>().join("|")
}

/// The single ids in a concept string: split on `|` and `+`, trimmed, without prefix `MESH:`, and without those that say that
/// there is none (empty and `-1`).
pub fn concept_parts(concept: &str) -> impl Iterator<Item = &str> {
    concept
        .split(['|', '+'])
        .map(|part| part.trim())
        .map(|part| part.strip_prefix("MESH:").unwrap_or(part))
        .filter(|part| !part.is_empty() && *part != "-1")
}

/// The label that normalization's tags carry for a mention of `concept`, or `None` where its tokens are outside.
pub fn concept_label(concept: Option<&str>, no_concept: NoConcept, composite: Composite) -> Option<String> {
    let concept = concept.map(str::trim).filter(|concept| !concept.is_empty() && *concept != "-1");
    match (concept, composite) {
        (None, _) => (no_concept == NoConcept::Tag).then(|| "-1".to_owned()),
        (Some(concept), Composite::Whole) => Some(concept.to_owned()),
        (Some(concept), Composite::First) => Some(concept.split(['|', '+']).next().unwrap_or(concept).trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Mention;

    #[test]
    fn ids_are_trimmed_and_prefixed_by_the_kits_rule() {
        assert_eq!(with_prefix(" D008661"), "MESH:D008661");
        assert_eq!(with_prefix("D003110|D009369"), "MESH:D003110|MESH:D009369");
        assert_eq!(with_prefix("D004829+D003294"), "MESH:D004829+D003294");
        assert_eq!(with_prefix("OMIM:312080| C1"), "OMIM:312080|MESH:C1");
        assert_eq!(with_prefix("MESH:D1"), "MESH:D1");
        assert_eq!(with_prefix("-1"), "-1");
        assert_eq!(with_prefix(""), "");
        assert_eq!(concept_parts(" MESH:D1|OMIM:2+D3 |-1|").collect::<Vec<_>>(), ["D1", "OMIM:2", "D3"]);
    }

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
        assert_eq!(concept_label(Some("MESH:D1|MESH:D2"), Outside, Whole).as_deref(), Some("MESH:D1|MESH:D2"));
        assert_eq!(concept_label(Some("MESH:D1|MESH:D2"), Outside, First).as_deref(), Some("MESH:D1"));
        assert_eq!(concept_label(Some("-1"), Outside, Whole), None);
        assert_eq!(concept_label(Some("-1"), Tag, First).as_deref(), Some("-1"));
        assert_eq!(concept_label(None, Outside, Whole), None);
    }
}
