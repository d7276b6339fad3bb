//! Concepts of a vocabulary in a corpus: which annotated ids they are, how often training has them, and which of its ids a concept is
//! written with.

use super::found::mentions;
use crate::corpus::{ConceptIds, Document, Mention};
use crate::evaluate::Counts;
use crate::lexicon::{Lexicon, id_key};
use std::collections::{BTreeMap, BTreeSet};

/// What training says of the vocabulary's concepts.
#[derive(Clone, Debug, Default)]
pub struct WrittenIds {
    /// The id that training writes most often, and all its mentions.
    of_concept: BTreeMap<usize, (String, usize)>,
}

impl WrittenIds {
    pub fn learn(lexicon: &Lexicon, train: &[Document], entity_types: &[String]) -> Self {
        let mut counts: BTreeMap<usize, BTreeMap<&str, usize>> = BTreeMap::new();
        for mention in train.iter().flat_map(|document| mentions(document, entity_types)) {
            for id in ids(mention) {
                if let Some(concept) = lexicon.find(id) {
                    *counts.entry(concept).or_default().entry(id_key(id)).or_default() += 1;
                }
            }
        }
        let most = |(concept, ids): (usize, BTreeMap<&str, usize>)| {
            let all = ids.values().sum();
            // Of ids written equally often, the first in the alphabet.
            let most = ids.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)))?.0;
            Some((concept, (most.to_owned(), all)))
        };
        Self { of_concept: counts.into_iter().filter_map(most).collect() }
    }

    /// The id that the corpus writes for a concept: training's, else the vocabulary's canonical one without `MESH:`.
    pub fn write<'a>(&'a self, lexicon: &'a Lexicon, concept: usize) -> &'a str {
        match self.of_concept.get(&concept) {
            Some((id, _)) => id,
            None => id_key(&lexicon.concept(concept).id),
        }
    }

    /// Mentions that training has of a concept.
    pub fn count(&self, concept: usize) -> usize {
        self.of_concept.get(&concept).map_or(0, |(_, count)| *count)
    }
}

/// The single ids of a mention.
pub fn ids(mention: &Mention) -> impl Iterator<Item = &str> {
    mention.concept.iter().flat_map(ConceptIds::single_ids)
}

/// DNorm's own metric: pairs of (document, concept), any id of a concept of the vocabulary being the concept, ids joined by `+` or `|` apart.
/// Ids that the vocabulary lacks stand for themselves; `-1` counts for nothing. Every document counts.
pub fn primary_id_counts(lexicon: &Lexicon, gold: &[Document], predicted: &[Document], entity_types: &[String]) -> Counts {
    let pairs = |documents: &[Document]| -> BTreeSet<(String, String)> {
        let of = |document: &Document| -> Vec<(String, String)> {
            let ids = mentions(document, entity_types).flat_map(ids);
            let primary = |id: &str| lexicon.find(id).map_or(id_key(id), |concept| id_key(&lexicon.concept(concept).id)).to_owned();
            ids.map(|id| (document.id.clone(), primary(id))).collect()
        };
        documents.iter().flat_map(of).collect()
    };
    let (gold, predicted) = (pairs(gold), pairs(predicted));
    let tp = gold.intersection(&predicted).count() as u64;
    Counts { tp, fp: predicted.len() as u64 - tp, fn_: gold.len() as u64 - tp }
}

#[cfg(test)]
pub mod fixtures {
    use crate::corpus::{Document, Mention};
    use crate::lexicon::{Concept, Lexicon, NameKind};

    /// Concepts of (id, other ids, names).
    pub fn lexicon(concepts: &[(&str, &[&str], &[&str])]) -> Lexicon {
        let concept = |(id, other, names): &(&str, &[&str], &[&str])| {
            let mut concept = Concept { id: (*id).into(), alternative: other.iter().map(|&id| id.into()).collect(), ..Concept::default() };
            for (at, name) in names.iter().enumerate() {
                concept.add_name(name, if at == 0 { NameKind::Preferred } else { NameKind::Exact });
            }
            concept
        };
        Lexicon::new(concepts.iter().map(concept).collect())
    }

    /// A document whose title is `Title` and whose mentions stand in brackets with their concept behind a bar: `a [rash|D1] on`.
    pub fn document(id: &str, marked: &str) -> Document {
        let mut text = String::new();
        let mut mentions = Vec::new();
        let mut rest = marked;
        while let Some(open) = rest.find('[') {
            text.push_str(&rest[..open]);
            let close = open + rest[open..].find(']').expect("a mention ends");
            let (surface, concept) = rest[open + 1..close].split_once('|').expect("a concept follows a bar");
            let start = "Title ".len() + text.chars().count();
            text.push_str(surface);
            mentions.push(Mention {
                start,
                end: start + surface.chars().count(),
                text: surface.into(),
                entity_type: "Disease".into(),
                concept: (!concept.is_empty()).then(|| concept.into()),
                ..Mention::default()
            });
            rest = &rest[close + 1..];
        }
        text.push_str(rest);
        Document { id: id.into(), title: "Title".into(), abstract_text: text, mentions, ..Document::default() }
    }

    pub fn disease() -> Vec<String> {
        vec!["Disease".into()]
    }
}

#[cfg(test)]
mod tests {
    use super::fixtures::{disease, document, lexicon};
    use super::*;

    #[test]
    fn a_concept_is_written_as_training_writes_it() {
        let lexicon = lexicon(&[("MESH:D1", &["OMIM:7"], &["gout"]), ("MESH:D2", &[], &["ache"]), ("MESH:D3", &[], &["rash"])]);
        let train = [document("1", "[gout|OMIM:7] and [gout|D1|OMIM:7] or [ache|D2+D1] is [odd|X9]")];
        let ids = WrittenIds::learn(&lexicon, &train, &disease());
        assert_eq!([0, 1, 2].map(|at| ids.write(&lexicon, at)), ["D1", "D2", "D3"]);
        assert_eq!([0, 1, 2].map(|at| ids.count(at)), [4, 1, 0]);
    }

    #[test]
    fn all_ids_of_a_concept_are_one_in_its_metric() {
        let lexicon = lexicon(&[("MESH:D1", &["OMIM:7"], &["gout"]), ("MESH:D2", &[], &["ache"])]);
        let gold = [document("1", "[gout|OMIM:7] and [ache|D2+X9], [none|-1]"), document("2", "[gout|D1]")];
        let predicted = [document("1", "[gout|MESH:D1] and [ache|D2|D3]"), document("2", "no")];
        let counts = primary_id_counts(&lexicon, &gold, &predicted, &disease());
        assert_eq!((counts.tp, counts.fp, counts.fn_), (2, 1, 2));
    }
}
