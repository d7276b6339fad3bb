//! What a closed tag set allows at best, and the floor that any normalizer must beat.

use super::{Ceilings, ConceptSet, Gold};
use crate::corpus::{Document, Mention};
use std::collections::{HashMap, HashSet};

/// Ceilings and floor of `split` for a system that knows the concepts and strings of `train`, over the mentions of the given types.
///
/// Concept ceiling: every gold (document, concept) pair whose concept occurs in training is found, nothing else predicted.
/// Oracle tagger: the gold tag where that whole concept string was seen in training, else O. Memorizer: the gold spans, each
/// with the concept string that training has most often for its surface ([`SurfaceDictionary`]). The last two are scored by the kit.
pub fn ceilings(train: &[Document], split: &[Document], entity_types: &[String]) -> Ceilings {
    let gold = Gold::new(split, entity_types);
    let known = ConceptSet::of(train, entity_types);
    let (seen, unseen) = gold.concepts_by_training(&[], &known);

    let tags: HashSet<&str> = mentions_of(train, entity_types).map(tag).collect();
    let oracle = retag(split, |mention| tags.contains(tag(mention)).then(|| tag(mention).to_owned()));
    let dictionary = SurfaceDictionary::of(train, entity_types);
    let memorized = retag(split, |mention| dictionary.concept_of(&mention.text).map(str::to_owned));

    Ceilings {
        concepts: seen.fn_ + unseen.fn_,
        concepts_seen: seen.fn_,
        oracle_tagger: gold.concepts(&oracle).kit,
        memorizer: gold.concepts(&memorized).kit,
    }
}

/// The concept string as a tagger has it: the whole field.
fn tag(mention: &Mention) -> &str {
    mention.concept.as_deref().unwrap_or_default().trim()
}

pub(super) fn mentions_of<'a>(documents: &'a [Document], entity_types: &'a [String]) -> impl Iterator<Item = &'a Mention> {
    documents.iter().flat_map(|document| &document.mentions).filter(|mention| entity_types.contains(&mention.entity_type))
}

fn retag(documents: &[Document], concept: impl Fn(&Mention) -> Option<String>) -> Vec<Document> {
    let mut documents = documents.to_vec();
    for mention in documents.iter_mut().flat_map(|document| &mut document.mentions) {
        mention.concept = concept(mention).map(Into::into);
    }
    documents
}

/// Surface strings of training mentions, in lower case, each with the concept string it has most often (of equals, the one met
/// first).
#[derive(Clone, Debug, Default)]
pub struct SurfaceDictionary(HashMap<String, String>);

impl SurfaceDictionary {
    /// The strings of these types in the documents.
    pub fn of(documents: &[Document], entity_types: &[String]) -> Self {
        let mut counts: HashMap<String, Vec<(&str, usize)>> = HashMap::new();
        for mention in mentions_of(documents, entity_types) {
            let concepts = counts.entry(mention.text.to_lowercase()).or_default();
            match concepts.iter_mut().find(|(concept, _)| *concept == tag(mention)) {
                Some((_, count)) => *count += 1,
                None => concepts.push((tag(mention), 1)),
            }
        }
        let most_often = |concepts: Vec<(&str, usize)>| {
            // `max_by_key` gives the last of equals: reversed, that is the one met first.
            concepts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(concept, _)| concept.to_owned())
        };
        Self(counts.into_iter().filter_map(|(surface, concepts)| Some((surface, most_often(concepts)?))).collect())
    }

    /// Number of surfaces.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no surface.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The concept string of a surface, in whatever case; `None` where training lacks it. It may be `-1` or empty: no concept.
    pub fn concept_of(&self, surface: &str) -> Option<&str> {
        self.0.get(&surface.to_lowercase()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Counts;
    use super::super::fixtures::documents;
    use super::*;

    const D: &str = "Disease";

    fn written(of: &[(&str, &[(&str, &str)])]) -> Vec<Document> {
        let mut documents: Vec<Document> = of.iter().map(|(id, _)| documents(&[(id, &[])]).remove(0)).collect();
        for (document, (_, mentions)) in documents.iter_mut().zip(of) {
            let mention = |(i, (text, concept)): (usize, &(&str, &str))| Mention {
                start: 3 * i,
                end: 3 * i + 2,
                text: (*text).into(),
                entity_type: D.into(),
                concept: Some((*concept).into()),
                ..Mention::default()
            };
            document.mentions = mentions.iter().enumerate().map(mention).collect();
        }
        documents
    }

    #[test]
    fn each_by_its_definition() {
        let train = written(&[("1", &[("Bone ache", "D1"), ("BA", "D2"), ("BA", "D3"), ("BA", "D3"), ("ache", "D4|D5"), ("old", "-1")])]);
        let split =
            written(&[("7", &[("bone ache", "D1"), ("ba", "D2"), ("x", "D4"), ("y", "D6")]), ("8", &[("z", "D4|D5"), ("old", "D3")])]);
        let found = ceilings(&train, &split, &[D.into()]);
        // Pairs: D1 D2 D4 D6, D4 D5 D3: all seen but D6. The tagger lacks the bare tag D4. The memorizer gives D1 and D3 in the
        // first document and nothing in the second.
        assert_eq!((found.concepts, found.concepts_seen), (7, 6));
        assert_eq!(found.oracle_tagger, Counts { tp: 5, fp: 0, fn_: 2 });
        assert_eq!(found.memorizer, Counts { tp: 1, fp: 1, fn_: 6 });
    }

    #[test]
    fn of_equally_frequent_concepts_the_first_met_is_recalled() {
        let dictionary = SurfaceDictionary::of(&written(&[("1", &[("ba", "D3"), ("BA", "D2"), ("Ba", "D2"), ("bA", "D3")])]), &[D.into()]);
        assert_eq!(dictionary.concept_of("ba"), Some("D3"));
        assert_eq!(dictionary.concept_of("bb"), None);
        assert_eq!(SurfaceDictionary::of(&written(&[("1", &[("ba", "D3")])]), &["Chemical".into()]).concept_of("ba"), None);
    }
}
