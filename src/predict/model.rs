//! A trained model as prediction uses it.

use super::word_rows::WordRows;
use crate::nn::ops::heads::PerTask;
use crate::run::record::DataFacts;
use crate::run::spec::RunSpec;
use crate::train::{ConceptTypes, Decoder, NetworkSpec, Sizes};

/// Trained networks, and how words become their input and their output mentions.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub origin: Origin,
    pub spec: RunSpec,
    pub words: WordRows,
    /// Every character of training, in order.
    pub alphabet: Vec<char>,
    pub decoder: Decoder,
    pub concept_types: ConceptTypes,
    /// Together they answer for both tasks, each once.
    pub networks: Vec<Network>,
}

/// Where a model comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origin {
    pub run_id: String,
    pub data: DataFacts,
    /// Version of the program that put the model together.
    pub mermen: String,
}

/// One network's parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// That of the run's file of parameters, without its end.
    pub name: String,
    pub spec: NetworkSpec,
    /// Tasks for which its output is the model's.
    pub answers: PerTask<bool>,
    pub parameters: Vec<Matrix>,
}

/// A parameter, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    pub name: String,
    pub rows: usize,
    pub columns: usize,
    pub values: Vec<f32>,
}

/// The parameter that holds a network's word vectors.
pub const WORD_TABLE: &str = "words";

impl Model {
    /// The sizes of a network whose word table has `words` rows.
    pub fn sizes(&self, words: usize) -> Sizes {
        Sizes {
            words,
            word_dimension: self.words.dimension,
            characters: self.alphabet.len() + 1,
            tags: self.decoder.tag_sets.each_ref().map(|set| set.len()),
        }
    }
}
