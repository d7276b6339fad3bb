//! An experiment file (YAML) to the runs that it asks for.
//!
//! ```yaml
//! name: dropout                  # names the output folder; the file's name where it is left out
//! extends: defaults.yaml         # keys of that file, under those of this one
//! defaults:                      # what all runs have
//!   data: { corpus: ncbi-disease }
//!   train.epochs: 20             # a dotted key is the same as nesting
//! matrix:                        # every combination is a run
//!   model.framework: [pipeline, mtl]
//!   dropout.rate: [0, 0.5]
//! exclude:                       # but those where all of these hold
//!   - { model.framework: pipeline, dropout.rate: 0 }
//! search:                        # each of those with each of so many settings, drawn at random
//!   samples: 16
//!   seed: 1
//!   space: { train.learning_rate: { log_uniform: [0.0005, 0.005] } }
//! include:                       # and these
//!   - { model.framework: mtl-both-feedback, model.crf: true }
//! seeds: [1, 2, 3]               # each run with each seed
//! report: { tables: [scores], metrics: [mention_f1, concept_f1] }
//! ```
//!
//! `runs: [{label, set}]` lists runs one by one instead of a matrix; `imports` joins other experiments' runs;
//! `corpora` defines corpora beside those of the registry, and so does a mapping instead of `data.corpus`; `embeddings` does so with word
//! vectors, and so does `embedding: {name, file, format, dimension}` where a run names them.
//! `lexicons` defines vocabularies: `lexicons: {mine: {files: [medic, mine.obo], edits: names.tsv}}`. Every problem is reported with its place,
//! all at once.

mod check;
mod expand;
mod file;
mod merge;
mod own;
mod own_corpora;
mod own_embeddings;
mod own_lexicons;
mod problem;
mod report_section;
mod search;
mod sections;
mod source;
pub(super) mod tree;

#[cfg(test)]
mod tests;

use expand::same;
#[cfg(test)]
pub(super) use file::TOP;
#[cfg(test)]
pub(super) use own_corpora::CORPUS_KEYS;
#[cfg(test)]
pub(super) use own_embeddings::EMBEDDING_KEYS;
pub(super) use own_embeddings::MOST_DIMENSIONS;
#[cfg(test)]
pub(super) use own_lexicons::LEXICON_KEYS;
pub use problem::{Fault, Problem, SpecErrors, nearest};
#[cfg(test)]
pub(super) use report_section::REPORT_KEYS;
pub(super) use report_section::{DECIMALS, FONT_SIZES};
pub use report_section::{FigureKind, KeyLabels, PrintWidth, ReportSection, RowOrder, TableKind, numeric_axes};
pub(super) use search::{KEYS as KEYS_OF_SEARCH, MAX_SAMPLES};
pub use search::{Scale, Search, SearchKey, Setting};
pub use source::{Location, Source};

use super::claims_file::ClaimsFile;
use crate::run::custom_corpus::CustomCorpus;
use crate::run::custom_embedding::CustomEmbedding;
use crate::run::custom_lexicon::CustomLexicon;
use crate::run::spec::RunSpec;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Names that an experiment may use, from other modules.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub corpora: Vec<String>,
    pub embeddings: Vec<String>,
    pub lexicons: Vec<String>,
    /// Systems that the program registers beside its own.
    pub systems: Vec<String>,
}

/// A read and checked experiment file.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    pub name: String,
    pub title: Option<String>,
    pub description: Option<String>,
    /// The experiment's own runs, in the file's order: the first axis of the matrix varies slowest, the seed fastest.
    pub runs: Vec<PlannedRun>,
    /// The settings that the matrix is crossed with, where they are drawn at random.
    pub search: Option<Search>,
    pub report: ReportSection,
    /// Claims of its own, about its runs.
    pub claims: Option<ClaimsFile>,
    /// The file of scores that `mermen check` compares with, where the experiment file names one.
    pub baseline: Option<PathBuf>,
    /// The corpora that the file defines.
    pub corpora: BTreeMap<String, CustomCorpus>,
    /// The word vectors that the file brings.
    pub embeddings: BTreeMap<String, CustomEmbedding>,
    /// The vocabularies that it defines.
    pub lexicons: BTreeMap<String, CustomLexicon>,
    /// Experiments whose runs belong to this one too.
    pub imports: Vec<Experiment>,
}

impl Experiment {
    /// Own runs, then those of the imports.
    pub fn all_runs(&self) -> Vec<&PlannedRun> {
        self.runs.iter().chain(self.imports.iter().flat_map(Experiment::all_runs)).collect()
    }

    /// The own search and those of the imports.
    pub fn searches(&self) -> Vec<&Search> {
        self.search.iter().chain(self.imports.iter().flat_map(Experiment::searches)).collect()
    }

    /// Own corpora and those of the imports.
    pub fn all_corpora(&self) -> BTreeMap<String, CustomCorpus> {
        let mut all = self.corpora.clone();
        for import in &self.imports {
            all.extend(import.all_corpora());
        }
        all
    }

    /// Own word vectors and those of the imports.
    pub fn all_embeddings(&self) -> BTreeMap<String, CustomEmbedding> {
        let mut all = self.embeddings.clone();
        for import in &self.imports {
            all.extend(import.all_embeddings());
        }
        all
    }

    /// Own vocabularies and those of the imports.
    pub fn all_lexicons(&self) -> BTreeMap<String, CustomLexicon> {
        let mut all = self.lexicons.clone();
        for import in &self.imports {
            all.extend(import.all_lexicons());
        }
        all
    }
}

/// One run that an experiment asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedRun {
    /// What tells the run from its neighbours: matrix keys with their values, `setting` with its number, or `label`.
    pub labels: Vec<(String, String)>,
    /// Checked, the seed set, keys that cannot matter at their defaults.
    pub spec: RunSpec,
}

impl PlannedRun {
    pub fn seed(&self) -> u64 {
        self.spec.seed
    }

    /// The number of its setting, from 1, where a search made it.
    pub fn setting(&self) -> Option<usize> {
        self.labels.iter().find(|(key, _)| key == "setting").and_then(|(_, number)| number.parse().ok())
    }

    /// The label that the file gives it, where it is one of `runs`.
    pub fn label(&self) -> Option<&str> {
        self.labels.iter().find(|(key, _)| key == "label").map(|(_, label)| label.as_str())
    }

    /// The labels in one line, without the seed; empty for an experiment of one run.
    pub fn name(&self) -> String {
        let part = |(key, value): &(String, String)| match key.as_str() {
            "label" => value.clone(),
            _ => format!("{}={value}", key.rsplit('.').next().unwrap_or(key)),
        };
        self.labels.iter().filter(|(key, _)| key != "seed").map(part).collect::<Vec<_>>().join(" ")
    }
}

/// Reads an experiment file, what it extends and what it imports. `overrides` are `key=value` arguments, laid over every
/// run last.
///
/// # Errors
/// Everything that is wrong with the files and the arguments, each with its place.
pub fn load(path: &Path, names: &Names, overrides: &[String]) -> Result<Experiment, SpecErrors> {
    file::Reader::new(names, overrides).load(path)
}
