//! What a linker is asked and what it answers.

use crate::choice::choices;
use crate::embedding::Embedding;
use crate::lexicon::TreeOptions;
use crate::lexicon::abbreviation::Detector;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

choices! {
    /// How far a linker goes; each stage has all that the one before has. The rows of the ablation.
    #[derive(PartialOrd, Ord)]
    pub enum Stage {
        /// the concept that training gives the string most often
        TrainingStrings = "training-strings",
        /// the same, with short forms that the document defines expanded
        Abbreviations = "abbreviations",
        /// else the concept that has the string as a name, by stems in any order
        ExactNames = "exact-names",
        /// else the concept whose name is nearest by tf-idf
        NearestName = "nearest-name",
        /// all candidates ranked by what training teaches
        Ranker = "ranker",
    }
}

impl Stage {
    /// Every stage, from the simplest.
    pub const ALL: [Stage; 5] = [Stage::TrainingStrings, Stage::Abbreviations, Stage::ExactNames, Stage::NearestName, Stage::Ranker];
}

/// How a linker is trained, and what it lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkOptions {
    /// Types of the mentions that are learned and linked.
    pub entity_types: Vec<String>,
    /// How abbreviations are found.
    pub detector: Detector,
    /// How far the pipeline goes.
    pub stage: Stage,
    /// Whether mentions of several concepts are taken apart.
    pub composites: bool,
    /// Whether the linker proposes mentions of its own: names of the vocabulary and strings of training. They are asked for by
    /// [`Linker::propose`](super::Linker::propose).
    #[serde(default)]
    pub dictionary_mentions: bool,
    /// Size and penalties of the ranker's trees.
    pub trees: TreeOptions,
    /// Candidates that a linked mention lists.
    pub listed: usize,
}

impl Default for LinkOptions {
    fn default() -> Self {
        LinkOptions {
            entity_types: vec!["Disease".to_owned()],
            detector: Detector::default(),
            stage: Stage::Ranker,
            composites: true,
            dictionary_mentions: false,
            trees: TreeOptions::default(),
            listed: 5,
        }
    }
}

/// What another system holds of the spans of one document; a feature of the ranker. A tagger's normalization head is one.
pub trait ConceptProbabilities {
    /// Concept strings with their probabilities for characters `start..end`.
    fn concepts(&self, start: usize, end: usize) -> &[(String, f32)];
}

impl ConceptProbabilities for BTreeMap<(usize, usize), Vec<(String, f32)>> {
    fn concepts(&self, start: usize, end: usize) -> &[(String, f32)] {
        self.get(&(start, end)).map_or(&[], Vec::as_slice)
    }
}

/// What a recogniser holds of a token, whatever it decides.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TokenProbability {
    /// First character of the token, and one past its last.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// That a mention begins with the token.
    pub begins: f32,
    /// That the token goes on with a mention.
    pub continues: f32,
}

/// What a linker may learn from beside its training documents.
#[derive(Clone, Copy, Default)]
pub struct Resources<'a> {
    /// Word vectors, so that words of one meaning are near.
    pub embedding: Option<&'a Embedding>,
    /// Probabilities for each training document, from a system that has not learned that document; or none at all.
    pub probabilities: &'a [&'a dyn ConceptProbabilities],
}

choices! {
    /// What decided for a concept.
    pub enum Source {
        /// nothing: the mention has no concept
        None = "none",
        /// training annotates this string with it
        Training = "training",
        /// it has the string as a name
        Name = "name",
        /// a name of it, or a string of training, is near
        NearName = "near-name",
        /// the mention names several concepts, each found for itself
        Parts = "parts",
        /// the tagger alone
        Tagger = "tagger",
    }
}

impl Source {
    /// As files write it.
    pub fn word(self) -> &'static str {
        Self::CHOICES[self as usize].word
    }
}

/// A concept that a mention may mean.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scored {
    /// Identifiers as the corpus writes them; none for "no concept".
    pub ids: Vec<String>,
    /// Preferred names of the concepts.
    pub names: Vec<String>,
    /// Calibrated on dev, from 0 to 1.
    pub probability: f64,
    /// What decided for it.
    pub source: Source,
    /// Through the long form of a short form of the document.
    pub expanded: bool,
}

impl Scored {
    /// The sixth PubTator field: identifiers joined by `|`, `-1` for none.
    pub fn concept(&self) -> String {
        if self.ids.is_empty() { "-1".to_owned() } else { self.ids.join("|") }
    }
}

/// A mention with its concept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Linked {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// Identifiers of the likeliest candidate that is a concept; empty where its probability is below the threshold.
    pub ids: Vec<String>,
    /// Of that candidate: in how many of a hundred such mentions it is right.
    pub probability: f64,
    /// What decided for the concept.
    pub source: Source,
    /// The likeliest candidates, best first; "no concept" is one of them.
    pub candidates: Vec<Scored>,
}

impl Linked {
    /// The likeliest candidate that is a concept, whatever its probability.
    pub fn best(&self) -> Option<&Scored> {
        self.candidates.iter().find(|candidate| !candidate.ids.is_empty())
    }

    /// The sixth PubTator field: identifiers joined by `|`, `-1` for none.
    pub fn concept(&self) -> String {
        if self.ids.is_empty() { "-1".to_owned() } else { self.ids.join("|") }
    }
}
