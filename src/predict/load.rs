//! A trained model out of a model file or a run's folder.

use super::model::{Matrix, Model, Network, Origin};
use super::model_file::{self, ModelFileError};
use super::word_rows::WordRows;
use crate::baseline::lexicon::LINKER_FILE;
use crate::embedding::EmbeddingError;
use crate::experiment::lookup::{embedding_sha256, load_corpus, load_embedding_entry};
use crate::lexicon::{LinkError, Linker};
use crate::nn::Backend;
use crate::nn::buffers::Context;
use crate::nn::{self, Tagger};
use crate::registry::RegistryError;
use crate::run::record::RunState;
use crate::run::spec::SystemKind;
use crate::run::store::{RunFolder, StoreError};
use crate::train::{ConceptTypes, Dataset, TrainError, architecture, checkpoint, selected_checkpoints};
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a model cannot be loaded.
#[allow(missing_docs)] // the message of a variant says what it and its fields are
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error(transparent)]
    File(#[from] ModelFileError),
    #[error(
        "there is no model `{name}`: it is neither a file nor a run's folder, and no run in {} has an id that begins so; export a run that is done \
         with `mermen export model`, or name its folder",
        runs_dir.display()
    )]
    Unknown { name: String, runs_dir: PathBuf },
    #[error("`{name}` fits {found} runs: give more digits of the id")]
    Ambiguous { name: String, found: usize },
    #[error("{} is not a run's folder: it has no spec.json", folder.display())]
    NoRun { folder: PathBuf },
    #[error("the run in {} is not done ({state}); `mermen run` makes it", folder.display())]
    NotDone { folder: PathBuf, state: String },
    #[error("the run in {} is of the system {system}, which is not a network and has no model", folder.display())]
    NotNeural { folder: PathBuf, system: String },
    #[error("the run in {} has lost its parameters: {file} is gone; remove the folder, and `mermen run` makes the run again", folder.display())]
    ParametersGone { folder: PathBuf, file: String },
    #[error("the linker of the run in {} cannot be used", folder.display())]
    Linker {
        folder: PathBuf,
        #[source]
        source: LinkError,
    },
    #[error(
        "the {what} `{name}` is not the one that the run was made with: its digest is {found}, the run's is {expected}; name the right data folder with --data-dir"
    )]
    OtherData { what: &'static str, name: String, found: String, expected: String },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the data that the run was made with cannot be read; a model file (`mermen export model`) needs none")]
    Data(#[from] RegistryError),
    #[error(transparent)]
    Embedding(#[from] EmbeddingError),
    #[error(transparent)]
    Training(#[from] TrainError),
    #[error(transparent)]
    Network(#[from] nn::Error),
}

impl Model {
    /// The model of a file, of a run's folder, or of the run in `runs_dir` whose id begins so; of a run, with its data in `data_dir`.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn open<D: Backend>(run: &Context<D>, name: &Path, runs_dir: &Path, data_dir: &Path) -> Result<Self, ModelError> {
        if name.is_file() {
            return Ok(model_file::read(name)?);
        }
        Self::of_run(run, &find_run(name, runs_dir)?, data_dir)
    }

    /// The model of a run that is done, with the corpus and the embedding that it was made with.
    ///
    /// # Errors
    /// [`ModelError`]: a run that is not done, parameters that are gone, data that changed.
    pub fn of_run<D: Backend>(run: &Context<D>, folder: &RunFolder, data_dir: &Path) -> Result<Self, ModelError> {
        let at = || folder.path().to_owned();
        let request = folder.request()?.ok_or_else(|| ModelError::NoRun { folder: at() })?;
        let result = match folder.record(&request.run_id)?.map(|record| record.result) {
            Some(result) if result.state == RunState::Done => result,
            Some(_) => return Err(ModelError::NotDone { folder: at(), state: "it failed".into() }),
            None => return Err(ModelError::NotDone { folder: at(), state: "it has no record.json".into() }),
        };
        let spec = result.spec;
        if !spec.system.has_network() {
            return Err(ModelError::NotNeural { folder: at(), system: spec.system.title().to_owned() });
        }
        let corpus = load_corpus(&spec.data.corpus, request.corpus.as_ref(), data_dir)?;
        same("corpus", &spec.data.corpus, &corpus.sha256, &result.data.corpus_sha256)?;
        let vectors = load_embedding_entry(&spec.embedding.name, request.embedding.as_ref(), data_dir)?;
        same("embedding", &spec.embedding.name, &embedding_sha256(&vectors.source)?, &result.data.embedding.sha256)?;
        let dataset = Dataset::new(&spec, corpus, &vectors)?;
        let gone = |file: &str| ModelError::ParametersGone { folder: at(), file: file.to_owned() };
        let linker = match spec.system {
            SystemKind::Lexicon => {
                let bytes = std::fs::read(folder.work_path().join(LINKER_FILE)).map_err(|_| gone(LINKER_FILE))?;
                let linker = Linker::from_bytes(&bytes).map_err(|source| ModelError::Linker { folder: at(), source })?;
                Some(Arc::new(linker))
            }
            _ => None,
        };
        let mut networks = Vec::new();
        for selected in selected_checkpoints(&spec) {
            let file = folder.work_path().join(&selected.file);
            // Linking may have done without normalization.
            if linker.is_some() && !selected.answers.mer && !file.is_file() {
                continue;
            }
            if !file.is_file() {
                return Err(gone(&selected.file));
            }
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(spec.seed);
            let mut tagger = Tagger::new(run, architecture(&spec, selected.network, dataset.sizes()), dataset.vectors.clone(), &mut rng)?;
            checkpoint::load_parameters(&file, &mut tagger)?;
            let name = selected.file.trim_end_matches(".safetensors").to_owned();
            networks.push(Network { name, spec: selected.network, answers: selected.answers, parameters: matrices(&tagger)? });
        }
        Ok(Self {
            origin: Origin { run_id: result.run_id, data: result.data, mermen: env!("CARGO_PKG_VERSION").to_owned() },
            words: WordRows::of_run(&spec, &dataset, &vectors.source)?,
            concept_types: ConceptTypes::new(&dataset.train.documents, &spec.data.entity_types),
            alphabet: dataset.alphabet,
            decoder: dataset.decoder,
            networks,
            linker,
            spec,
        })
    }
}

fn matrices<D: Backend>(tagger: &Tagger<D>) -> Result<Vec<Matrix>, nn::Error> {
    let parameters = tagger.parameters();
    let matrix = |p: &nn::parameter::Parameter<D>| -> Result<Matrix, nn::Error> {
        let values = D::download(parameters.run(), p.value()).map_err(nn::Error::device)?;
        Ok(Matrix { name: p.name.clone(), rows: p.rows, columns: p.columns, values })
    };
    parameters.iter().map(matrix).collect()
}

fn same(what: &'static str, name: &str, found: &str, expected: &str) -> Result<(), ModelError> {
    if found == expected {
        return Ok(());
    }
    let short = |digest: &str| digest.chars().take(12).collect::<String>();
    Err(ModelError::OtherData { what, name: name.to_owned(), found: short(found), expected: short(expected) })
}

/// The folder of a run: as named, or the one in `runs_dir` whose id begins so.
///
/// # Errors
/// When there is none, or several.
pub fn find_run(name: &Path, runs_dir: &Path) -> Result<RunFolder, ModelError> {
    if name.is_dir() {
        return Ok(RunFolder::at(name));
    }
    let id = name.to_string_lossy();
    let entries = std::fs::read_dir(runs_dir).into_iter().flatten().flatten();
    // Folders have the first digits of an id: one may be asked for by more of them, or by fewer.
    let fits = |folder: &str| !id.is_empty() && (folder.starts_with(&*id) || id.starts_with(folder) && id.len() == 64);
    let mut found: Vec<PathBuf> =
        entries.filter(|entry| fits(&entry.file_name().to_string_lossy())).map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    match found.len() {
        1 => Ok(RunFolder::at(found.remove(0))),
        0 => Err(ModelError::Unknown { name: id.into_owned(), runs_dir: runs_dir.to_owned() }),
        several => Err(ModelError::Ambiguous { name: id.into_owned(), found: several }),
    }
}
