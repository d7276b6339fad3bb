//! Where normalization loses its points: the kit's false positives and false negatives by what stands at their place, fragments, and what a
//! threshold on MEN's confidence gives.

use super::{ConceptSet, Counts, Gold, concepts_of};
use crate::corpus::{Document, Mention};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

/// Pairs of document and concept as the kit counts them, by kind, and gold mentions that were cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Gold concepts that are predicted.
    pub found: u64,
    /// Predicted with the span of a gold mention, which has another concept.
    pub other_concept: u64,
    /// Predicted over a part of a gold mention, or over more than it.
    pub other_boundaries: u64,
    /// Predicted where gold has no mention.
    pub no_mention: u64,
    /// Gold concepts that training lacks: no tag represents them.
    pub unseen: u64,
    /// Gold concepts that training has, all of whose mentions MEN leaves without any tag.
    pub silent: u64,
    /// The others: MEN says another concept at one of their mentions.
    pub confused: u64,
    /// Gold mentions over which MEN predicts two or more mentions.
    pub cut: u64,
    /// Gold mentions.
    pub mentions: u64,
}

impl Losses {
    /// The kit's counts, put together again.
    pub fn counts(&self) -> Counts {
        let fp = self.other_concept + self.other_boundaries + self.no_mention;
        Counts { tp: self.found, fp, fn_: self.unseen + self.silent + self.confused }
    }
}

impl AddAssign for Losses {
    fn add_assign(&mut self, other: Self) {
        self.found += other.found;
        self.other_concept += other.other_concept;
        self.other_boundaries += other.other_boundaries;
        self.no_mention += other.no_mention;
        self.unseen += other.unseen;
        self.silent += other.silent;
        self.confused += other.confused;
        self.cut += other.cut;
        self.mentions += other.mentions;
    }
}

/// The gold mentions of a document and those of MEN.
type Sides<'a> = (Vec<&'a Mention>, Vec<&'a Mention>);

/// The losses of MEN's output on a split.
pub fn losses(gold: &[Document], men: &[Document], entity_types: &[String], training: &ConceptSet) -> Losses {
    let mut documents: BTreeMap<(&str, &str), Sides> = BTreeMap::new();
    let typed = |document: &'_ Document, mention: &'_ Mention| entity_types.contains(&mention.entity_type) && !document.id.is_empty();
    for document in gold {
        for mention in document.mentions.iter().filter(|mention| typed(document, mention)) {
            documents.entry((&document.id, &mention.entity_type)).or_default().0.push(mention);
        }
    }
    for document in men {
        for mention in document.mentions.iter().filter(|mention| typed(document, mention)) {
            // The kit drops predictions in documents without a gold annotation.
            if let Some(found) = documents.get_mut(&(document.id.as_str(), mention.entity_type.as_str())) {
                found.1.push(mention);
            }
        }
    }
    let mut sum = Losses::default();
    for (gold, men) in documents.values() {
        sum += of_document(gold, men, training);
    }
    sum
}

fn of_document(gold: &[&Mention], men: &[&Mention], training: &ConceptSet) -> Losses {
    let overlap = |a: &Mention, b: &Mention| a.start < b.end && b.start < a.end;
    let mut sum = Losses { mentions: gold.len() as u64, ..Losses::default() };
    sum.cut = gold.iter().filter(|mention| men.iter().filter(|other| overlap(mention, other)).count() > 1).count() as u64;
    let concepts = |mentions: &[&Mention]| -> BTreeSet<String> {
        mentions.iter().flat_map(|mention| concepts_of(mention)).map(str::to_owned).collect()
    };
    let (wanted, said) = (concepts(gold), concepts(men));
    if wanted.is_empty() {
        return sum;
    }
    let with = |mentions: &[&Mention], concept: &str| -> Vec<(usize, usize)> {
        let has = |mention: &&&Mention| concepts_of(mention).any(|own| own == concept);
        mentions.iter().filter(has).map(|mention| (mention.start, mention.end)).collect()
    };
    for concept in &said {
        if wanted.contains(concept) {
            sum.found += 1;
            continue;
        }
        let places = with(men, concept);
        let exact = places.iter().any(|place| gold.iter().any(|mention| (mention.start, mention.end) == *place));
        let near = places.iter().any(|(start, end)| gold.iter().any(|mention| mention.start < *end && *start < mention.end));
        *if exact {
            &mut sum.other_concept
        } else if near {
            &mut sum.other_boundaries
        } else {
            &mut sum.no_mention
        } += 1;
    }
    for concept in wanted.difference(&said) {
        let spoken = with(gold, concept).iter().any(|(start, end)| men.iter().any(|mention| mention.start < *end && *start < mention.end));
        *if !training.contains(concept) {
            &mut sum.unseen
        } else if spoken {
            &mut sum.confused
        } else {
            &mut sum.silent
        } += 1;
    }
    sum
}

/// MEN's mentions whose confidence (255 stands for 1) is at least `threshold`.
pub fn above(men: &[Document], confidence: &[Vec<u8>], threshold: u8) -> Vec<Document> {
    let sure = |document: &Document, row: &Vec<u8>| {
        let mentions = document.mentions.iter().zip(row).filter(|(_, sure)| **sure >= threshold);
        Document { mentions: mentions.map(|(mention, _)| mention.clone()).collect(), ..document.clone() }
    };
    men.iter().zip(confidence).map(|(document, row)| sure(document, row)).collect()
}

/// The threshold on MEN's confidence that gives the highest concept F1 of the kit, the lowest of equals; 0 keeps every mention.
pub fn best_threshold(gold: &Gold, men: &[Document], confidence: &[Vec<u8>]) -> (u8, Counts) {
    let mut steps: Vec<u8> = confidence.iter().flatten().copied().chain([0]).collect();
    steps.sort_unstable();
    steps.dedup();
    let mut best = (0, gold.concepts(men).kit);
    for threshold in steps {
        let counts = gold.concepts(&above(men, confidence, threshold)).kit;
        if counts.f1() > best.1.f1() {
            best = (threshold, counts);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::documents;
    use super::*;
    use proptest::prelude::*;

    const D: &str = "Disease";

    #[test]
    fn each_loss_has_its_kind() {
        let train = documents(&[("0", &[(0, 2, D, Some("D1|D2|D3|D4"))])]);
        let gold = documents(&[
            ("1", &[(0, 5, D, Some("D1")), (6, 11, D, Some("D2")), (12, 14, D, Some("D9")), (18, 20, D, Some("D3"))]),
            ("2", &[(0, 5, D, Some("D4"))]),
            ("3", &[]),
        ]);
        let men = documents(&[
            // Right; another concept at D2's span; at D9's place a longer span; somewhere else; D3 is not spoken of.
            ("1", &[(0, 5, D, Some("D1")), (6, 11, D, Some("D5")), (12, 17, D, Some("D6")), (30, 32, D, Some("D7"))]),
            // D4's mention is cut in two, one of them right.
            ("2", &[(0, 2, D, Some("D4")), (3, 5, D, Some("D8"))]),
            ("3", &[(0, 2, D, Some("D1"))]),
        ]);
        let types = [D.to_owned()];
        let found = losses(&gold, &men, &types, &ConceptSet::of(&train, &types));
        let expected = Losses {
            found: 2,
            other_concept: 1,
            other_boundaries: 2,
            no_mention: 1,
            unseen: 1,
            silent: 1,
            confused: 1,
            cut: 1,
            mentions: 5,
        };
        assert_eq!(found, expected);
        assert_eq!(found.counts(), Gold::new(&gold, &types).concepts(&men).kit);
    }

    #[test]
    fn a_threshold_drops_what_is_unsure_and_only_where_that_helps() {
        let gold = documents(&[("1", &[(0, 2, D, Some("D1")), (3, 5, D, Some("D2"))])]);
        let men = documents(&[("1", &[(0, 2, D, Some("D1")), (3, 5, D, Some("D2")), (6, 8, D, Some("D3"))])]);
        let view = Gold::new(&gold, &[D.to_owned()]);
        assert_eq!(best_threshold(&view, &men, &[vec![200, 120, 80]]), (120, Counts { tp: 2, fp: 0, fn_: 0 }));
        assert_eq!(best_threshold(&view, &men, &[vec![80, 120, 200]]), (0, Counts { tp: 2, fp: 1, fn_: 0 }));
    }

    proptest! {
        /// Whatever is predicted, the kinds add up to what the kit counts.
        #[test]
        fn kinds_add_up_to_the_kit(gold in some_documents(), men in some_documents()) {
            let types = [D.to_owned()];
            let training = ConceptSet::of(&gold[..gold.len() / 2], &types);
            prop_assert_eq!(losses(&gold, &men, &types, &training).counts(), Gold::new(&gold, &types).concepts(&men).kit);
        }
    }

    fn some_documents() -> impl Strategy<Value = Vec<Document>> {
        let mention = (0..8_usize, 1..4_usize, prop::option::of("D[1-5](\\|D[1-5])?"));
        let mention = mention.prop_map(|(start, length, concept)| Mention {
            start,
            end: start + length,
            entity_type: D.into(),
            concept: concept.map(Into::into),
            ..Mention::default()
        });
        let document = (0..4_u8, prop::collection::vec(mention, 0..6));
        prop::collection::vec(document.prop_map(|(id, mentions)| Document { id: id.to_string(), mentions, ..Document::default() }), 1..6)
    }
}
