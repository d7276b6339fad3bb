//! Gold mentions in groups: what is found of each.

use super::Input;
use super::entity::Entity;
use super::lexicon::Lexicon;
use super::split::{PairedDocument, PairedSplit};
use crate::corpus::{OovSubset, oov_subset, tokenize};
use std::collections::BTreeSet;

/// A group of gold mentions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    pub name: String,
    pub mentions: u64,
    /// Found by MER with their span and type.
    pub recognised: u64,
    /// Mentions that have a concept.
    pub with_concept: u64,
    /// Different whole concept strings among them.
    pub concepts: u64,
    /// Found by MEN with their span and whole concept string.
    pub linked: u64,
    /// Given their concept by MEN on this span or one that overlaps it.
    pub right_concept: u64,
}

/// One group, with the concepts met so far.
#[derive(Default)]
struct Gathered<'a> {
    bucket: Bucket,
    concepts: BTreeSet<&'a str>,
}

impl<'a> Gathered<'a> {
    fn named(name: impl Into<String>) -> Self {
        Self { bucket: Bucket { name: name.into(), ..Bucket::default() }, ..Self::default() }
    }

    fn add(&mut self, page: &'a PairedDocument, g: usize) {
        let (gold, of) = (&page.gold[g], &mut self.bucket);
        of.mentions += 1;
        let mer = page.recognised.of_gold(g).map(|p| &page.mer[p]);
        of.recognised += u64::from(mer.is_some_and(|mer| mer.same_span(gold) && mer.entity_type == gold.entity_type));
        if let Some(concept) = &gold.concept {
            of.with_concept += 1;
            self.concepts.insert(concept);
            let men = page.linked.of_gold(g).map(|p| &page.men[p]).filter(|men| men.concept == gold.concept);
            of.right_concept += u64::from(men.is_some());
            of.linked += u64::from(men.is_some_and(|men| men.same_span(gold)));
        }
    }

    fn finished(self) -> Bucket {
        Bucket { concepts: self.concepts.len() as u64, ..self.bucket }
    }
}

/// How often training must annotate a concept for its mentions to be in a group: from, to.
const FREQUENCIES: [(&str, u64, u64); 5] =
    [("never", 0, 0), ("once", 1, 1), ("2 to 5 times", 2, 5), ("6 to 20 times", 6, 20), ("more often", 21, u64::MAX)];

/// One group for each range of how often training annotates the mention's whole concept string, and one for mentions that have none.
pub(super) fn by_frequency(split: &PairedSplit, lexicon: &Lexicon) -> Vec<Bucket> {
    let mut groups = FREQUENCIES.map(|(name, ..)| Gathered::named(name));
    let mut without = Gathered::named("no concept");
    each_gold(split, |page, g, gold| match &gold.concept {
        Some(concept) => {
            let times = lexicon.frequency(concept);
            let group = FREQUENCIES.iter().position(|(_, from, to)| (*from..=*to).contains(&times));
            groups[group.unwrap_or_default()].add(page, g);
        }
        None => without.add(page, g),
    });
    let mut buckets: Vec<Bucket> = groups.into_iter().map(Gathered::finished).collect();
    if without.bucket.mentions > 0 {
        buckets.push(without.finished());
    }
    buckets
}

/// One group for each subset of the OOV partition, by the words of the mention.
pub(super) fn by_subset(split: &PairedSplit, input: &Input) -> Vec<Bucket> {
    let Some(in_embedding) = input.in_embedding else { return Vec::new() };
    let name = |subset: OovSubset| format!("{subset:?}").to_uppercase();
    let mut groups = OovSubset::ALL.map(|subset| Gathered::named(name(subset)));
    each_gold(split, |page, g, gold| {
        let tokens = tokenize(&gold.surface);
        let words: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
        groups[oov_subset(&words, input.in_train, in_embedding) as usize].add(page, g);
    });
    groups.into_iter().map(Gathered::finished).collect()
}

fn each_gold<'a>(split: &'a PairedSplit, mut visit: impl FnMut(&'a PairedDocument, usize, &'a Entity)) {
    for page in &split.documents {
        page.gold.iter().enumerate().for_each(|(g, gold)| visit(page, g, gold));
    }
}
