//! Which system makes a run, and the options of those that are not neural taggers.

use super::section::*;
use crate::choice::choices;
use crate::lexicon::Stage;
use crate::run::keys::Kind;
use crate::run::relevance::Inactive;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

choices! {
    #[derive(PartialOrd, Ord)]
    pub enum SystemKind {
        /// the paper's taggers: every other section of the specification is about them
        Neural = "neural",
        /// training's strings, looked up: what is reached without any generalisation
        Memorizer = "memorizer",
        /// the mentions of a network's recognition, linked to the concepts of a vocabulary
        Lexicon = "lexicon",
    }
}

impl SystemKind {
    pub const ALL: [Self; 3] = [Self::Neural, Self::Memorizer, Self::Lexicon];

    /// As tables name the system; a neural one is named by its network.
    pub fn title(self) -> &'static str {
        match self {
            Self::Neural => "neural",
            Self::Memorizer => "Memorizer (own spans)",
            Self::Lexicon => "Lexicon",
        }
    }

    /// Whether a network is part of it, so that the sections about the network have an effect.
    pub fn has_network(self) -> bool {
        matches!(self, Self::Neural | Self::Lexicon)
    }

    /// Whether its results depend on the seed.
    pub fn is_random(self) -> bool {
        match self {
            Self::Neural | Self::Lexicon => true,
            Self::Memorizer => false,
        }
    }
}

/// Sections that are about the network alone: their keys have no effect in a run of a system without one.
pub const NEURAL_SECTIONS: [&str; 6] = ["tags.", "vocabulary.", "embedding.", "model.", "dropout.", "train."];

section! {
    /// options of systems other than the network, a section each
    struct OptionsSpec in "options." {
        /// options of `system: memorizer`
        memorizer: MemorizerOptions = MemorizerOptions::default() => section { MemorizerOptions }
        /// options of `system: lexicon`
        lexicon: LexiconOptions = LexiconOptions::default() => section { LexiconOptions }
    }
}

section! {
    /// options of `system: memorizer`
    struct MemorizerOptions in "options.memorizer." {
        /// where its mentions come from: `own` is the longest match of training's strings, a run's id stands for what MER of that run predicts
        spans: Spans = Spans::Own => key {
            Kind::WordOrRun("own"), why: "with a tagger's spans it is the floor of normalization alone", since(4, "\"own\""), inactive(&[NO_MEMORIZER])
        }
    }
}

section! {
    /// options of `system: lexicon`
    struct LexiconOptions in "options.lexicon." {
        /// vocabulary that mentions are linked to: a name of the registry, or one that the experiment file defines under `lexicons`
        vocabulary: String = "medic".into() => key {
            Kind::Lexicon, why: "a corpus is annotated with one state of its vocabulary", since(5, "\"medic\""), inactive(&[NO_LEXICON])
        }
        /// how far linking goes
        stage: Stage = Stage::Ranker => key {
            Kind::OneOf(Stage::CHOICES), why: "what each part is worth", since(5, "\"ranker\""), inactive(&[NO_LEXICON])
        }
        /// whether a mention of several concepts (`breast and ovarian cancer`) is taken apart
        composites: bool = true => key {
            Kind::Bool, why: "what it is worth", since(5, "true"), inactive(&[NO_LEXICON, NO_RANKER])
        }
        /// whether the probability that MEN gives a concept over the mention is weighed in; how much is found on dev
        men_probability: bool = false => key {
            Kind::Bool, why: "whether the paper's normalization adds to a vocabulary", since(5, "false"), inactive(&[NO_LEXICON, NO_RANKER])
        }
    }
}

const NO_LEXICON: Inactive = Inactive { when: |spec| spec.system != SystemKind::Lexicon, because: "`system` is not `lexicon`" };
const NO_RANKER: Inactive =
    Inactive { when: |spec| spec.options.lexicon.stage != Stage::Ranker, because: "`options.lexicon.stage` is not `ranker`" };
const NO_MEMORIZER: Inactive = Inactive { when: |spec| spec.system != SystemKind::Memorizer, because: "`system` is not `memorizer`" };

/// Where the mentions of a system come from that does not need to find its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Spans {
    #[default]
    Own,
    /// The mentions that MER of a run predicts: its id, or the twelve digits of it that name folders and files.
    OfRun(String),
}

impl Serialize for Spans {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Own => "own",
            Self::OfRun(id) => id,
        })
    }
}

impl<'de> Deserialize<'de> for Spans {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(if text == "own" { Self::Own } else { Self::OfRun(text) })
    }
}
