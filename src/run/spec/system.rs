//! Which system makes a run, and the options of those that are not neural taggers.

use super::section::*;
use crate::choice::choices;
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
    }
}

impl SystemKind {
    pub const ALL: [Self; 2] = [Self::Neural, Self::Memorizer];

    /// As tables name the system; a neural one is named by its network.
    pub fn title(self) -> &'static str {
        match self {
            Self::Neural => "neural",
            Self::Memorizer => "Memorizer (own spans)",
        }
    }

    /// Whether its results depend on the seed.
    pub fn is_random(self) -> bool {
        match self {
            Self::Neural => true,
            Self::Memorizer => false,
        }
    }
}

/// Sections that are about the network alone: their keys have no effect in a run of another system.
pub const NEURAL_SECTIONS: [&str; 6] = ["tags.", "vocabulary.", "embedding.", "model.", "dropout.", "train."];

section! {
    /// options of systems other than the network, a section each
    struct OptionsSpec in "options." {
        /// options of `system: memorizer`
        memorizer: MemorizerOptions = MemorizerOptions::default() => section { MemorizerOptions }
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
