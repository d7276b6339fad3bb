//! A split with gold, MER's and MEN's mentions side by side, document by document.

use super::Input;
use super::entity::Entity;
use super::pairing::{Pairing, pair};
use crate::corpus::{CharIndex, Document, Mention};
use crate::evaluate::concept_string;
use std::collections::BTreeMap;

/// A document of the split.
pub(super) struct PairedDocument<'a> {
    pub id: &'a str,
    pub text: String,
    /// First and last character of each sentence, in order.
    pub sentences: Vec<(usize, usize)>,
    pub gold: Vec<Entity>,
    pub mer: Vec<Entity>,
    pub men: Vec<Entity>,
    /// Gold beside MER, type by type.
    pub recognised: Pairing,
    /// Gold beside MEN, concept by concept.
    pub linked: Pairing,
}

pub(super) struct PairedSplit<'a> {
    pub documents: Vec<PairedDocument<'a>>,
}

impl<'a> PairedSplit<'a> {
    pub fn new(input: &Input<'a>) -> Self {
        let (mer, men) = (by_id(input.mer), by_id(input.men));
        let mut sentences: Vec<Vec<(usize, usize)>> = vec![Vec::new(); input.gold.len()];
        for sentence in input.sentences {
            if let (Some(of), Some(first), Some(last)) =
                (sentences.get_mut(sentence.document), sentence.tokens.first(), sentence.tokens.last())
            {
                of.push((first.start, last.end));
            }
        }
        let pages = input.gold.iter().zip(sentences).map(|(document, sentences)| {
            let text = document.text();
            let index = CharIndex::new(&text);
            let entities = |mentions: &mut dyn Iterator<Item = &Mention>| entities(mentions, input.entity_types, &index);
            let of = |documents: &BTreeMap<&str, Vec<&Mention>>| {
                entities(&mut documents.get(document.id.as_str()).into_iter().flatten().copied())
            };
            let gold = entities(&mut document.mentions.iter());
            let (mer, men) = (of(&mer), of(&men));
            let recognised = pair(&gold, &mer, |a, b| a.entity_type == b.entity_type);
            let linked = pair(&gold, &men, |a, b| a.concept == b.concept);
            PairedDocument { id: &document.id, sentences, gold, mer, men, recognised, linked, text }
        });
        Self { documents: pages.collect() }
    }
}

fn by_id(documents: &[Document]) -> BTreeMap<&str, Vec<&Mention>> {
    let mut found: BTreeMap<&str, Vec<&Mention>> = BTreeMap::new();
    for document in documents {
        found.entry(&document.id).or_default().extend(&document.mentions);
    }
    found
}

/// In the order of the text. Of two annotations of one span and type the one with a concept is kept.
fn entities(mentions: &mut dyn Iterator<Item = &Mention>, types: &[String], text: &CharIndex) -> Vec<Entity> {
    let wanted = mentions.filter(|mention| types.contains(&mention.entity_type));
    let mut found: Vec<Entity> = wanted
        .map(|mention| Entity {
            start: mention.start,
            end: mention.end,
            entity_type: mention.entity_type.clone(),
            concept: concept_string(mention),
            surface: text.slice(mention.start, mention.end).unwrap_or(&mention.text).to_owned(),
        })
        .collect();
    found.sort_by(|a, b| (a.start, a.end, &a.entity_type, a.concept.is_none()).cmp(&(b.start, b.end, &b.entity_type, b.concept.is_none())));
    found.dedup_by(|b, a| a.same_span(b) && a.entity_type == b.entity_type);
    found
}
