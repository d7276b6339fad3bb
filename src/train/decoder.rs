//! The heads' tags back to spans and to entity types: the same for a run's scores and for any other text.

use crate::corpus::{Document, MenScheme, MerScheme, PerTask, TagSet, TagSpan, Task, decode_men, decode_mer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The tags of both heads and what they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoder {
    pub tag_sets: PerTask<TagSet>,
    pub mer_scheme: MerScheme,
    pub men_scheme: MenScheme,
}

impl Decoder {
    /// The spans that a head's tags (one a token) say: of types for MER, of concepts for MEN.
    ///
    /// # Panics
    /// Where a tag is not of the head's set: a bug of the caller.
    pub fn spans(&self, task: Task, tags: &[u32]) -> Vec<TagSpan> {
        let names: Vec<&str> = tags.iter().map(|tag| self.tag_sets[task].name(*tag as usize)).collect();
        match task {
            Task::Mer => decode_mer(&names, self.mer_scheme),
            Task::Men => decode_men(&names, self.men_scheme),
        }
    }
}

/// The type that training annotates each concept with most often, for what MEN finds: its tags say no type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConceptTypes {
    types: BTreeMap<String, String>,
    /// The run's first type, for every other concept.
    fallback: String,
}

impl ConceptTypes {
    /// Counted over training documents; a run of one type needs no counting.
    pub fn new(train: &[Document], entity_types: &[String]) -> Self {
        let fallback = entity_types.first().cloned().unwrap_or_default();
        let mut counts: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
        if entity_types.len() > 1 {
            for mention in train.iter().flat_map(|d| &d.mentions) {
                if let Some(concept) = &mention.concept {
                    *counts.entry(concept.trim().to_owned()).or_default().entry(&mention.entity_type).or_default() += 1;
                }
            }
        }
        let types =
            counts.into_iter().filter_map(|(concept, of)| Some((concept, of.into_iter().max_by_key(|(_, n)| *n)?.0.to_owned()))).collect();
        Self { types, fallback }
    }

    pub fn of(&self, concept: &str) -> &str {
        self.types.get(concept).unwrap_or(&self.fallback)
    }
}
