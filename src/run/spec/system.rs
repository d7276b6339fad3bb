//! Which system makes a run, and the options of those that are not neural taggers.

use super::section::*;
use crate::choice::choices;
use crate::lexicon::Stage;
use crate::run::keys::{Interval, ValueKind};
use crate::run::relevance::Inactive;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

choices! {
    #[derive(PartialOrd, Ord)]
    pub enum SystemKind {
        /// the paper's taggers: every other section of the specification is about them
        Neural = "neural",
        /// training's strings, looked up: what is reached without any generalisation
        Memorizer = "memorizer",
        /// the mentions of a network's recognition, linked to the concepts of a vocabulary
        Lexicon = "lexicon",
        /// a dictionary of names and training's strings, matched leftmost-longest, in the manner of LeadMine
        LeadMine = "leadmine",
        /// a conditional random field, and concepts by pairwise learning to rank
        DNorm = "dnorm",
        /// mentions and concepts at once by a semi-Markov model, trained by MIRA
        TaggerOne = "taggerone",
        /// mentions and concepts by one sequence of actions, found with a beam
        Transition = "transition",
        else
        /// A system that a program of the user's own registers ([`crate::baseline::Systems`]): it has no network, reads no vocabulary, and its
        /// results may depend on the seed.
        Own(OwnSystem),
    }
}

impl SystemKind {
    /// As tables name the system; a neural one is named by its network.
    pub fn title(&self) -> &str {
        match self {
            Self::Own(name) => name.as_str(),
            Self::Neural => "neural",
            Self::Memorizer => "Memorizer (own spans)",
            Self::Lexicon => "Lexicon",
            Self::LeadMine => "LeadMine",
            Self::DNorm => "DNorm",
            Self::TaggerOne => "TaggerOne",
            Self::Transition => "Transition-based Model",
        }
    }

    /// Whether a network is part of it, so that the sections about the network have an effect.
    pub fn has_network(self) -> bool {
        matches!(self, Self::Neural | Self::Lexicon)
    }

    /// Whether it names concepts out of a vocabulary (`options.lexicon.vocabulary`).
    pub fn has_vocabulary(self) -> bool {
        match self {
            Self::Lexicon | Self::LeadMine | Self::DNorm | Self::TaggerOne | Self::Transition => true,
            Self::Neural | Self::Memorizer | Self::Own(_) => false,
        }
    }

    /// Whether its results depend on the seed.
    pub fn is_random(self) -> bool {
        match self {
            Self::Neural | Self::Lexicon | Self::DNorm | Self::TaggerOne | Self::Transition | Self::Own(_) => true,
            Self::Memorizer | Self::LeadMine => false,
        }
    }
}

/// The name under which a program of the user's own registers a system: up to [`OwnSystem::MOST`] lower-case letters, digits and hyphens, the
/// first a letter; never a word of [`SystemKind::CHOICES`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OwnSystem {
    /// The name, then zeros.
    bytes: [u8; Self::MOST],
}

/// Why a name is not one for a system.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OwnSystemError {
    #[error("`{name}` cannot name a system: take 1 to {} lower-case letters, digits and hyphens, the first a letter", OwnSystem::MOST)]
    BadName { name: String },
    #[error("`{name}` is a system that the program has already: take another name")]
    Taken { name: String },
}

impl OwnSystem {
    /// Most characters of a name.
    pub const MOST: usize = 40;

    /// # Errors
    /// [`OwnSystemError`].
    pub fn new(name: &str) -> Result<Self, OwnSystemError> {
        let well_formed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.len() > Self::MOST || !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.bytes().all(well_formed) {
            return Err(OwnSystemError::BadName { name: name.to_owned() });
        }
        if SystemKind::CHOICES.iter().any(|choice| choice.word == name) {
            return Err(OwnSystemError::Taken { name: name.to_owned() });
        }
        let mut bytes = [0; Self::MOST];
        bytes[..name.len()].copy_from_slice(name.as_bytes());
        Ok(Self { bytes })
    }

    pub fn as_str(&self) -> &str {
        let end = self.bytes.iter().position(|&byte| byte == 0).unwrap_or(Self::MOST);
        // Only ASCII was taken.
        std::str::from_utf8(&self.bytes[..end]).unwrap_or_default()
    }
}

impl fmt::Display for OwnSystem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for OwnSystem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Serialize for OwnSystem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for OwnSystem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Sections that are about the network alone: their keys have no effect in a run of a system without one.
pub const NEURAL_SECTIONS: [&str; 6] = ["tags.", "vocabulary.", "embedding.", "model.", "dropout.", "train."];

section! {
    /// options of systems other than the network, a section each
    struct OptionsSpec in "options." {
        /// options of `system: memorizer`
        memorizer: MemorizerOptions = MemorizerOptions::default() => section { MemorizerOptions }
        /// the vocabulary of every system that reads one, and options of `system: lexicon`
        lexicon: LexiconOptions = LexiconOptions::default() => section { LexiconOptions }
        /// options of `system: leadmine`
        leadmine: LeadMineOptions = LeadMineOptions::default() => section { LeadMineOptions }
        /// options of `system: dnorm`
        dnorm: DNormOptions = DNormOptions::default() => section { DNormOptions }
        /// options of `system: taggerone`
        taggerone: TaggerOneOptions = TaggerOneOptions::default() => section { TaggerOneOptions }
        /// options of `system: transition`
        transition: TransitionOptions = TransitionOptions::default() => section { TransitionOptions }
    }
}

section! {
    /// options of `system: memorizer`
    struct MemorizerOptions in "options.memorizer." {
        /// where its mentions come from: `own` is the longest match of training's strings, a run's id stands for what MER of that run predicts
        spans: Spans = Spans::Own => key {
            ValueKind::WordOrRun("own"), why: "with a tagger's spans it is the floor of normalization alone", since(4, "\"own\""), inactive(&[NO_MEMORIZER])
        }
    }
}

section! {
    /// the vocabulary of every system that reads one, and options of `system: lexicon`
    struct LexiconOptions in "options.lexicon." {
        /// vocabulary that mentions are linked to: a name of the registry, or one that the experiment file defines under `lexicons`
        vocabulary: String = "medic".into() => key {
            ValueKind::Lexicon, why: "a corpus is annotated with one state of its vocabulary", since(5, "\"medic\""), inactive(&[NO_VOCABULARY])
        }
        /// how far linking goes
        stage: Stage = Stage::Ranker => key {
            ValueKind::OneOf(Stage::CHOICES), why: "what each part is worth", since(5, "\"ranker\""), inactive(&[NO_LEXICON])
        }
        /// whether a mention of several concepts (`breast and ovarian cancer`) is taken apart
        composites: bool = true => key {
            ValueKind::Bool, why: "what it is worth", since(5, "true"), inactive(&[NO_LEXICON, NO_RANKER])
        }
        /// whether names of the vocabulary and strings of training are mentions too where the network finds none; which of them is found on dev
        dictionary_mentions: bool = false => key {
            ValueKind::Bool, why: "a network misses names that a dictionary has", since(6, "false"), inactive(&[NO_LEXICON, NO_RANKER])
        }
        /// whether the probability that MEN gives a concept over the mention is weighed in; how much is found on dev
        men_probability: bool = false => key {
            ValueKind::Bool, why: "whether the paper's normalization adds to a vocabulary", since(5, "false"), inactive(&[NO_LEXICON, NO_RANKER])
        }
    }
}

section! {
    /// options of `system: leadmine`
    struct LeadMineOptions in "options.leadmine." {
        /// strings that training annotates in a smaller share of the places where they stand are left out of the dictionary
        least_precision: f64 = 0.5 => key {
            ValueKind::Float(Interval::closed(0.0, 1.0)), why: "stands for its authors' work on the dictionary by hand", since(5, "0.5"), inactive(&[NO_LEADMINE])
        }
    }
}

section! {
    /// options of `system: dnorm`
    struct DNormOptions in "options.dnorm." {
        /// variance of the Gaussian prior of the conditional random field
        variance: f64 = 1.0 => key {
            ValueKind::Float(Interval::above(0.0, 1e6)), why: "BANNER takes Mallet's", since(5, "1.0"), inactive(&[NO_DNORM])
        }
        /// most iterations of L-BFGS
        iterations: usize = 200 => key { ValueKind::Int(1, 10_000), why: "dev ends training before", since(5, "200"), inactive(&[NO_DNORM]) }
        /// learning rate of the ranking
        rate: f64 = 1e-4 => key { ValueKind::Float(Interval::above(0.0, 1.0)), why: "as in its code", since(5, "0.0001"), inactive(&[NO_DNORM]) }
        /// most passes of the ranking over training
        passes: usize = 50 => key { ValueKind::Int(0, 10_000), why: "as in its code", since(5, "50"), inactive(&[NO_DNORM]) }
    }
}

section! {
    /// options of `system: taggerone`
    struct TaggerOneOptions in "options.taggerone." {
        /// most passes over training
        passes: usize = 100 => key { ValueKind::Int(1, 10_000), why: "as printed", since(5, "100"), inactive(&[NO_TAGGERONE]) }
        /// passes without a better score on dev after which training ends
        patience: usize = 5 => key { ValueKind::Int(1, 10_000), why: "as printed", since(5, "5"), inactive(&[NO_TAGGERONE]) }
        /// cost of a violated constraint: the most that a step goes along one
        slack: f64 = 10.0 => key { ValueKind::Float(Interval::above(0.0, 1e6)), why: "as in its code", since(5, "10.0"), inactive(&[NO_TAGGERONE]) }
    }
}

section! {
    /// options of `system: transition`
    struct TransitionOptions in "options.transition." {
        /// partial labellings that are kept at each word
        beam: usize = 16 => key { ValueKind::Int(1, 10_000), why: "as printed", since(5, "16"), inactive(&[NO_TRANSITION]) }
        /// passes over training; dev chooses one of them
        iterations: usize = 10 => key { ValueKind::Int(1, 10_000), why: "as in its code", since(5, "10"), inactive(&[NO_TRANSITION]) }
    }
}

const NO_LEXICON: Inactive = Inactive { when: |spec| spec.system != SystemKind::Lexicon, because: "`system` is not `lexicon`" };
const NO_RANKER: Inactive =
    Inactive { when: |spec| spec.options.lexicon.stage != Stage::Ranker, because: "`options.lexicon.stage` is not `ranker`" };
const NO_VOCABULARY: Inactive = Inactive { when: |spec| !spec.system.has_vocabulary(), because: "the system reads no vocabulary" };
const NO_LEADMINE: Inactive = Inactive { when: |spec| spec.system != SystemKind::LeadMine, because: "`system` is not `leadmine`" };
const NO_DNORM: Inactive = Inactive { when: |spec| spec.system != SystemKind::DNorm, because: "`system` is not `dnorm`" };
const NO_TAGGERONE: Inactive = Inactive { when: |spec| spec.system != SystemKind::TaggerOne, because: "`system` is not `taggerone`" };
const NO_TRANSITION: Inactive = Inactive { when: |spec| spec.system != SystemKind::Transition, because: "`system` is not `transition`" };
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_word_that_is_not_in_the_list_names_a_system_of_another_program() {
        let read = |word: &str| serde_json::from_value::<SystemKind>(json!(word)).ok();
        assert_eq!(read("dnorm"), Some(SystemKind::DNorm));
        let own = SystemKind::Own(OwnSystem::new("my-system-2").unwrap());
        assert_eq!(read("my-system-2"), Some(own));
        assert_eq!(serde_json::to_value(own).unwrap(), json!("my-system-2"));
        assert_eq!((own.title(), own.has_network(), own.has_vocabulary(), own.is_random()), ("my-system-2", false, false, true));
        let longest = "a".repeat(OwnSystem::MOST);
        assert_eq!(OwnSystem::new(&longest).unwrap().as_str(), longest);
        for bad in ["", "-a", "2a", "a b", "A", "\u{e9}", "a\0", &"a".repeat(OwnSystem::MOST + 1)] {
            assert_eq!(OwnSystem::new(bad), Err(OwnSystemError::BadName { name: bad.into() }));
            assert_eq!(read(bad), None);
        }
        assert_eq!(OwnSystem::new("neural"), Err(OwnSystemError::Taken { name: "neural".into() }));
    }
}
