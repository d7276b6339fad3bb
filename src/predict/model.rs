//! A trained model as prediction uses it.

use super::annotate::{Annotation, Annotator};
use super::model_file::{self, ModelFileError};
use super::names::Names;
use super::pipeline::PredictError;
use super::reconcile::MergeStrategy;
use super::word_rows::WordRows;
use crate::corpus::{Document, PerTask, TagSet};
use crate::lexicon::Linker;
use crate::nn::Context;
use crate::run::record::DataFacts;
use crate::run::spec::RunSpec;
use crate::train::{ConceptTypes, Decoder, NetworkSpec, Sizes};
use std::path::Path;
use std::sync::Arc;

/// Trained networks, and how words become their input and their output mentions.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The run that the model comes from.
    pub origin: Origin,
    /// The specification of that run.
    pub spec: RunSpec,
    /// The vectors of all words that the model knows.
    pub words: WordRows,
    /// Every character of training, in order.
    pub alphabet: Vec<char>,
    /// From tags to spans.
    pub decoder: Decoder,
    /// The entity type of each concept.
    pub concept_types: ConceptTypes,
    /// Together they answer for recognition once, and for normalization once or, where there is a linker, not at all.
    pub networks: Vec<Network>,
    /// Names the concepts of mentions out of a vocabulary, in a model of `system: lexicon`.
    pub linker: Option<Arc<Linker>>,
}

/// Where a model comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origin {
    /// Id of the run.
    pub run_id: String,
    /// Digests and facts of its data.
    pub data: DataFacts,
    /// Version of the program that put the model together.
    pub mermen: String,
}

/// One network's parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// That of the run's file of parameters, without its end.
    pub name: String,
    /// Which tasks it has.
    pub spec: NetworkSpec,
    /// Tasks for which its output is the model's.
    pub answers: PerTask<bool>,
    /// Every parameter of the network.
    pub parameters: Vec<Matrix>,
}

/// A parameter, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Its name in the network.
    pub name: String,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// Row by row.
    pub values: Vec<f32>,
}

/// The parameter that holds a network's word vectors.
pub const WORD_TABLE: &str = "words";

impl Model {
    /// Reads a model file, as `mermen export model` writes it. A run's folder is read by [`Model::of_run`].
    ///
    /// # Errors
    /// [`ModelFileError`]: a file that cannot be read, is not a model, is damaged, or is of a newer format.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ModelFileError> {
        model_file::read(path.as_ref())
    }

    /// Recognises the mentions of a text, on one thread: spans with type and concept, in the order of the text, without overlap. Offsets count
    /// characters of `text`.
    ///
    /// Where the two tasks disagree, the spans are those of recognition ([`MergeStrategy::Mer`]). Each call builds the networks; for many texts
    /// an [`Annotator`] builds them once, and [`predict`](super::predict) uses several threads.
    ///
    /// ```no_run
    /// let model = mermen::Model::load("ncbi.mermen")?;
    /// for mention in model.annotate("She has had episodic cortical ataxia since 1987.")? {
    ///     println!("{}..{} {}: {}", mention.start, mention.end, mention.text, mention.concept.as_deref().unwrap_or("no concept"));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PredictError::Model`] where the model lacks a parameter of its networks.
    pub fn annotate(&self, text: &str) -> Result<Vec<Annotation>, PredictError> {
        let names = Names::default();
        let mut annotator = Annotator::new(&Context::cpu(1), self, MergeStrategy::default(), &names)?;
        let annotated = annotator.annotate(vec![Document::of_text("text", text)])?;
        Ok(annotated.into_iter().flat_map(|document| document.annotations).collect())
    }

    /// Whether one of its networks is for normalization.
    pub fn has_normalization(&self) -> bool {
        self.networks.iter().any(|network| network.answers.men)
    }

    /// The sizes of a network whose word table has `words` rows.
    pub fn sizes(&self, words: usize) -> Sizes {
        Sizes {
            words,
            word_dimension: self.words.dimension,
            characters: self.alphabet.len() + 1,
            tags: self.decoder.tag_sets.as_ref().map(TagSet::len),
        }
    }
}
