//! MEN's errors: concepts taken for others, and concepts that training never saw.

use super::context::{Example, Who, keep};
use super::lexicon::{ConceptName, Lexicon};
use super::split::PairedSplit;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// How MEN's mentions differ from the gold mentions that have a concept. `right + near + confused + missed` are all of these,
/// `right + near + confused + without_gold_concept + spurious` all predictions.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalization {
    pub gold: u64,
    pub predicted: u64,
    /// The same span and the same whole concept string.
    pub right: u64,
    /// The right concept on a span that overlaps gold's.
    pub near: u64,
    /// Another concept on the span or one that overlaps it.
    pub confused: u64,
    pub missed: u64,
    /// Predictions on a gold mention that has no concept.
    pub without_gold_concept: u64,
    pub spurious: u64,
    pub confusions: Vec<Confusion>,
    /// Gold concepts that training does not have, the most frequent first.
    pub unseen: Vec<UnseenConcept>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Confusion {
    pub gold: ConceptName,
    pub predicted: ConceptName,
    pub count: u64,
    pub examples: Vec<Example>,
}

/// A concept that a closed tag set cannot give.
#[derive(Clone, Debug, PartialEq)]
pub struct UnseenConcept {
    pub concept: ConceptName,
    pub mentions: u64,
    /// Mentions that MER finds all the same.
    pub recognised: u64,
    /// Mentions that get no concept from MEN.
    pub left_out: u64,
    /// What MEN gives most often instead, and how often.
    pub instead: Option<(ConceptName, u64)>,
    pub examples: Vec<Example>,
}

pub(super) fn normalization(split: &PairedSplit, lexicon: &Lexicon) -> Normalization {
    let mut found = Normalization {
        gold: 0,
        predicted: 0,
        right: 0,
        near: 0,
        confused: 0,
        missed: 0,
        without_gold_concept: 0,
        spurious: 0,
        confusions: Vec::new(),
        unseen: Vec::new(),
    };
    let mut confusions: BTreeMap<(&str, &str), (u64, Vec<Example>)> = BTreeMap::new();
    let mut unseen: BTreeMap<&str, Unseen> = BTreeMap::new();
    for page in &split.documents {
        found.predicted += page.men.len() as u64;
        found.spurious += page.linked.spurious.len() as u64;
        for (g, gold) in page.gold.iter().enumerate() {
            let predicted = page.linked.of_gold(g).map(|p| &page.men[p]);
            let Some(concept) = gold.concept.as_deref() else {
                found.without_gold_concept += u64::from(predicted.is_some());
                continue;
            };
            found.gold += 1;
            let given = predicted.and_then(|predicted| predicted.concept.as_deref());
            match (predicted, given) {
                (Some(predicted), Some(given)) if given == concept => {
                    *if gold.same_span(predicted) { &mut found.right } else { &mut found.near } += 1;
                }
                (Some(predicted), _) => {
                    found.confused += 1;
                    let (count, examples) = confusions.entry((concept, given.unwrap_or_default())).or_default();
                    *count += 1;
                    keep(examples, page, &[(Who::Gold, gold), (Who::Men, predicted)]);
                }
                (None, _) => found.missed += 1,
            }
            if lexicon.frequency(concept) == 0 {
                let unseen = unseen.entry(concept).or_default();
                unseen.mentions += 1;
                let recognised = page.recognised.of_gold(g).is_some_and(|p| page.mer[p].same_span(gold));
                unseen.recognised += u64::from(recognised);
                match given {
                    Some(given) => *unseen.instead.entry(given).or_default() += 1,
                    None => unseen.left_out += 1,
                }
                keep(&mut unseen.examples, page, &[(Who::Gold, gold)]);
            }
        }
    }
    found.confusions = confusions
        .into_iter()
        .map(|((gold, predicted), (count, examples))| Confusion {
            gold: lexicon.name(gold),
            predicted: lexicon.name(predicted),
            count,
            examples,
        })
        .collect();
    found.confusions.sort_by_key(|confusion| Reverse(confusion.count));
    found.unseen = unseen.into_iter().map(|(concept, of)| of.named(concept, lexicon)).collect();
    found.unseen.sort_by_key(|unseen| Reverse(unseen.mentions));
    found
}

#[derive(Default)]
struct Unseen<'a> {
    mentions: u64,
    recognised: u64,
    left_out: u64,
    instead: BTreeMap<&'a str, u64>,
    examples: Vec<Example>,
}

impl Unseen<'_> {
    fn named(self, concept: &str, lexicon: &Lexicon) -> UnseenConcept {
        let most = self.instead.iter().rev().max_by_key(|(_, n)| **n);
        UnseenConcept {
            concept: lexicon.name(concept),
            mentions: self.mentions,
            recognised: self.recognised,
            left_out: self.left_out,
            instead: most.map(|(given, n)| (lexicon.name(given), *n)),
            examples: self.examples,
        }
    }
}
