//! Concept identifiers as the BioCreative V CDR kit reads them from an annotation's sixth field.

use crate::corpus::{Document, Mention, kit_ids_in};
use std::collections::HashSet;

/// The identifiers of a mention: [`kit_ids`](crate::corpus::ConceptIds::kit_ids) of its concept field, borrowed from the mention.
pub fn concepts_of(mention: &Mention) -> impl Iterator<Item = &str> {
    kit_ids_in(mention.concept.as_deref().unwrap_or_default())
}

/// The whole concept string in one spelling (`D1|OMIM:2`): the identifiers in the order they are written. `None` where the
/// mention has no concept.
pub fn concept_string(mention: &Mention) -> Option<String> {
    let parts: Vec<&str> = concepts_of(mention).collect();
    (!parts.is_empty()).then(|| parts.join("|"))
}

/// Concepts that occur in some documents: what a closed tag set can know of.
#[derive(Clone, Debug, Default)]
pub struct ConceptSet(HashSet<String>);

impl ConceptSet {
    /// Every identifier of the mentions of the given types.
    pub fn of(documents: &[Document], entity_types: &[String]) -> Self {
        let mentions = documents.iter().flat_map(|document| &document.mentions);
        let wanted = mentions.filter(|mention| entity_types.contains(&mention.entity_type));
        Self(wanted.flat_map(concepts_of).map(str::to_owned).collect())
    }

    /// Every identifier of these concept fields.
    pub fn of_fields<'a>(fields: impl IntoIterator<Item = &'a str>) -> Self {
        Self(fields.into_iter().flat_map(kit_ids_in).map(str::to_owned).collect())
    }

    /// `concept` as [`concepts_of`] gives it.
    pub fn contains(&self, concept: &str) -> bool {
        self.0.contains(concept)
    }

    /// Number of identifiers.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no identifier.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(concept: Option<&str>) -> Mention {
        super::super::fixtures::mention(0, 1, "Disease", concept)
    }

    #[test]
    fn a_field_is_trimmed_split_on_bars_and_prefixed() {
        let parts = |field: &str| concepts_of(&with(Some(field))).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(parts(" D001 "), ["D001"]);
        assert_eq!(parts("MESH:D001|D001"), ["D001", "D001"]);
        assert_eq!(parts("D001|OMIM:7||-1|C03+D04"), ["D001", "OMIM:7", "C03+D04"]);
        assert_eq!(parts("-1"), [""; 0]);
        // The kit trims the field, not its parts; a prefixed `-1` is an identifier to it.
        assert_eq!(parts("D001| D002"), ["D001", " D002"]);
        assert_eq!(parts("MESH:OMIM:7|OMIM:7|MESH:"), ["MESH:OMIM:7", "OMIM:7", "MESH:"]);
        assert_eq!(concepts_of(&with(None)).count(), 0);
    }

    #[test]
    fn a_whole_string_has_one_spelling() {
        assert_eq!(concept_string(&with(Some("MESH:D2|D1 "))).as_deref(), Some("D2|D1"));
        assert_eq!(concept_string(&with(Some("-1"))), None);
        assert_eq!(concept_string(&with(None)), None);
    }

    #[test]
    fn a_set_holds_the_concepts_of_the_wanted_types() {
        let documents = super::super::fixtures::documents(&[("1", &[(0, 1, "Disease", Some("D1|D2")), (2, 3, "Chemical", Some("D3"))])]);
        let set = ConceptSet::of(&documents, &["Disease".into()]);
        assert!(set.contains("D1") && set.contains("D2") && !set.contains("D3"));
        assert_eq!((set.len(), set.is_empty()), (2, false));
        assert!(ConceptSet::of(&documents, &["Species".into()]).is_empty());
    }
}
