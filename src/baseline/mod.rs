//! Systems that are not neural taggers, or more than one: each trains on a run's training documents and predicts mentions with concepts, and is
//! scored and recorded as a neural run is.
//!
//! A new system is a word of the key `system` (`run::spec::SystemKind`), its options (a section of `run::spec::OptionsSpec`), an
//! implementation of [`System`] and a line of [`system`]. Its runs then appear in plans, records, tables and tests as any others do. A program of
//! the user's own registers systems without a change here ([`Systems`]).

mod concepts;
mod crf;
mod dnorm;
mod found;
mod lbfgs;
mod leadmine;
#[cfg(feature = "network")]
pub mod lexicon;
pub mod memorizer;
mod names;
mod recogniser;
#[cfg(feature = "network")]
mod run;
mod systems;
mod taggerone;
mod transition;
mod words;

#[cfg(feature = "network")]
pub use lexicon::{LexiconInputs, LexiconRunError, run_lexicon};
#[cfg(feature = "network")]
pub use run::{SystemInputs, run_system};
pub use systems::Systems;

use crate::corpus::Document;
use crate::evaluate::Split;
use crate::lexicon::Lexicon;
use crate::run::pack::PackError;
use crate::run::predictions::Predictions;
use crate::run::spec::{OwnSystem, RunSpec, SystemKind};
use std::collections::BTreeMap;

/// What a system may learn from.
pub struct TrainingData<'a> {
    pub spec: &'a RunSpec,
    /// With mentions of the run's types alone.
    pub train: &'a [Document],
    /// To decide when training ends; never to learn from.
    pub dev: &'a [Document],
    /// What another run predicts, where the specification names one.
    pub spans: Option<&'a Predictions>,
    /// The vocabulary of concepts, where the system reads one.
    pub lexicon: Option<&'a Lexicon>,
}

impl<'a> TrainingData<'a> {
    /// The vocabulary of a system that cannot do without.
    ///
    /// # Errors
    /// [`SystemError::NoLexicon`].
    pub fn lexicon(&self) -> Result<&'a Lexicon, SystemError> {
        self.lexicon.ok_or(SystemError::NoLexicon)
    }
}

/// The type of the mentions that the vocabulary's names are: MEDIC's are diseases; in a run without that type, its first one.
fn lexicon_type(entity_types: &[String]) -> &str {
    let disease = entity_types.iter().find(|name| *name == "Disease");
    disease.or(entity_types.first()).map_or("", String::as_str)
}

/// A system's output for a split: one document for each that it was given, in their order, without text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemOutput {
    /// Spans with type.
    pub mer: Vec<Document>,
    /// Spans with type and concept; a mention without a concept is left out.
    pub men: Vec<Document>,
    /// Confidence in each mention of `men`, in steps of 1/255, one row per document; empty where the system gives none.
    pub confidence: Vec<Vec<u8>>,
}

/// A way to make a run.
pub trait System: Sync {
    /// # Errors
    /// What keeps it from learning.
    fn train(&self, data: &TrainingData) -> Result<Box<dyn TrainedSystem>, SystemError>;
}

/// A system that has learned.
pub trait TrainedSystem {
    /// # Errors
    /// What keeps it from predicting.
    fn predict(&self, split: Split, documents: &[Document]) -> Result<SystemOutput, SystemError>;

    /// Figures of the system itself for its record: sizes, iterations, whatever no score says.
    fn facts(&self) -> BTreeMap<String, f64>;
}

/// Why a system cannot make a run.
#[derive(Debug, thiserror::Error)]
pub enum SystemError {
    #[error("the corpus `{corpus}` has no document to train on: check its train split and `data.limit`")]
    EmptyCorpus { corpus: String },
    #[error("there is no record of the run `{id}` that `{key}` names, in the run store or published: make that run first")]
    NoRun { key: &'static str, id: String },
    #[error("the run `{id}` that `{key}` names has no predictions: {why}")]
    NoPredictions { key: &'static str, id: String, why: &'static str },
    #[error(
        "the run `{id}` that `{key}` names was scored on other documents ({there}, here {here}): name one with the same `data` section"
    )]
    OtherDocuments { key: &'static str, id: String, there: String, here: String },
    #[error("the system names concepts of a vocabulary, and the run has none")]
    NoLexicon,
    #[error("this program has no system `{name}` and cannot train it: make the run with the program that registers the system")]
    NotRegistered { name: OwnSystem },
    #[error(transparent)]
    Store(#[from] crate::run::store::StoreError),
    #[error("the predictions of another run cannot be read")]
    Predictions(#[from] PackError),
    /// What only the system itself knows.
    #[error("the system failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl SystemError {
    /// Whether the fault lies in what the run was given.
    pub fn is_bad_input(&self) -> bool {
        !matches!(self, SystemError::Failed(_))
    }
}

/// The system of this name; `None` for the neural one, which `train` makes, for [`run_lexicon`], which begins with its networks, and for those
/// that another program registers ([`Systems`]).
pub fn system(kind: SystemKind) -> Option<&'static dyn System> {
    match kind {
        SystemKind::Neural | SystemKind::Lexicon | SystemKind::Own(_) => None,
        SystemKind::Memorizer => Some(&memorizer::MemorizerSystem),
        SystemKind::DNorm => Some(&dnorm::DNormSystem),
        SystemKind::LeadMine => Some(&leadmine::LeadMineSystem),
        SystemKind::TaggerOne => Some(&taggerone::TaggerOneSystem),
        SystemKind::Transition => Some(&transition::TransitionSystem),
    }
}
