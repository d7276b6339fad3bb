//! What training and the split call their concepts.

use super::Input;
use crate::corpus::Document;
use crate::evaluate::concept_string;
use std::collections::BTreeMap;

/// A concept as a person can read it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConceptName {
    /// The whole concept string, `MESH:` left out: `D003866`, `D001|D002`.
    pub id: String,
    /// The string that names it most often, in training if it is there, else in the split; empty where neither has it. An
    /// abbreviation only where there is nothing else.
    pub name: String,
    /// Mentions in training with this whole string.
    pub in_train: u64,
}

/// Characters from which on a name is hardly an abbreviation.
const SPELT_OUT: usize = 6;

/// How often each concept and each string stands in training.
pub(super) struct Lexicon {
    train: BTreeMap<String, Names>,
    gold: BTreeMap<String, Names>,
    surfaces: BTreeMap<String, u64>,
}

type Names = BTreeMap<String, u64>;

impl Lexicon {
    pub fn new(input: &Input) -> Self {
        let mut surfaces = BTreeMap::new();
        for mention in wanted(input.train, input.entity_types) {
            *surfaces.entry(mention.text.to_lowercase()).or_default() += 1;
        }
        Self { train: names(input.train, input.entity_types), gold: names(input.gold, input.entity_types), surfaces }
    }

    /// Mentions of training with this whole concept string.
    pub fn frequency(&self, concept: &str) -> u64 {
        self.train.get(concept).map_or(0, |names| names.values().sum())
    }

    /// Mentions of training that read so, in lower case.
    pub fn mentions_of(&self, surface: &str) -> u64 {
        self.surfaces.get(surface).copied().unwrap_or(0)
    }

    pub fn name(&self, concept: &str) -> ConceptName {
        let names = self.train.get(concept).or_else(|| self.gold.get(concept));
        // Of equals the first in the alphabet.
        let most = names.and_then(|names| names.iter().rev().max_by_key(|(name, n)| (name.chars().count() >= SPELT_OUT, **n)));
        ConceptName {
            id: concept.to_owned(),
            name: most.map(|(name, _)| name.clone()).unwrap_or_default(),
            in_train: self.frequency(concept),
        }
    }
}

fn wanted<'a>(documents: &'a [Document], types: &'a [String]) -> impl Iterator<Item = &'a crate::corpus::Mention> {
    documents.iter().flat_map(|document| &document.mentions).filter(|mention| types.contains(&mention.entity_type))
}

fn names(documents: &[Document], types: &[String]) -> BTreeMap<String, Names> {
    let mut found: BTreeMap<String, Names> = BTreeMap::new();
    for mention in wanted(documents, types) {
        if let Some(concept) = concept_string(mention) {
            *found.entry(concept).or_default().entry(mention.text.to_lowercase()).or_default() += 1;
        }
    }
    found
}
