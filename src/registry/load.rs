//! Files under the data folder to corpora and embedding sources.

use super::digest::{bytes_sha256, file_sha256};
use super::entries::{CorpusDefinition, EmbeddingDefinition, EmbeddingFormat, Registry, SplitName};
use super::error::RegistryError;
use crate::corpus::{
    Corpus, CorpusError, Document, Format, Normalisation, ReadOptions, TextMismatch, normalise, read_documents_with, source_bytes,
};
use crate::embedding::Source;
use std::path::{Path, PathBuf};

/// An embedding's files and what is to be said about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddingEntry {
    pub name: String,
    pub source: Source,
    /// Numbers a word.
    pub dimension: usize,
    /// Where the vectors come from, for reports.
    pub provenance: String,
    /// Whether they stand in for vectors that could not be had.
    pub stand_in: bool,
}

/// The corpus `name` with its documented normalisation applied.
///
/// # Errors
/// An unknown name (with the nearest one), a missing file (with how to get it), or a file that cannot be read as a corpus.
pub fn load_corpus(name: &str, data_dir: &Path) -> Result<Corpus, RegistryError> {
    let registry = Registry::built_in()?;
    let definition = registry.corpus(name)?;
    load_files(name, &corpus_files(definition, data_dir)?, None, definition.normalisation)
}

/// The corpus `name` as distributed: every type, id and repeated document as in the files.
///
/// # Errors
/// As [`load_corpus`].
pub fn load_corpus_raw(name: &str, data_dir: &Path) -> Result<Corpus, RegistryError> {
    let registry = Registry::built_in()?;
    load_files(name, &corpus_files(registry.corpus(name)?, data_dir)?, None, Normalisation::None)
}

/// A corpus from the files of its train, dev and test split, each in any format that [`crate::corpus::read`] knows, or in
/// `format` where one is given.
///
/// # Errors
/// A file that is missing or cannot be read as a corpus.
pub fn load_files(name: &str, files: &[PathBuf; 3], format: Option<Format>, rule: Normalisation) -> Result<Corpus, RegistryError> {
    let failed = |source| match source {
        CorpusError::Io { path, source } if source.kind() == std::io::ErrorKind::NotFound => {
            let how = "check the path in the corpus's entry".to_owned();
            RegistryError::Missing { kind: "corpus", name: name.to_owned(), path, how }
        }
        CorpusError::Io { path, source } => RegistryError::Io { path, source },
        source => RegistryError::Corpus { name: name.to_owned(), source },
    };
    let contents: Vec<Vec<u8>> = files.iter().map(|path| source_bytes(path, format)).collect::<Result<_, _>>().map_err(failed)?;
    let options = ReadOptions { format, ..ReadOptions::default() };
    let mut notes = Vec::new();
    let mut split = |at: usize| -> Result<Vec<Document>, RegistryError> {
        let (mut documents, noted) = read_documents_with(&files[at], &options).map_err(failed)?;
        notes.extend(noted.lines());
        let as_read = documents.len();
        normalise(&mut documents, rule);
        tracing::debug!(corpus = name, path = %files[at].display(), documents = documents.len(), as_read, "corpus file read");
        Ok(documents)
    };
    let (train, dev, test) = (split(0)?, split(1)?, split(2)?);
    let sha256 = bytes_sha256(contents.iter().map(Vec::as_slice));
    Ok(Corpus { name: name.to_owned(), train, dev, test, sha256, notes })
}

/// Published predictions of a system of others.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedPredictions {
    /// As Table 2 names the system.
    pub system: String,
    /// Where they come from, in words.
    pub title: String,
    pub split: SplitName,
    pub sha256: String,
    /// As the file has them, to be joined by id and normalised as their corpus is.
    pub documents: Vec<Document>,
}

/// The published predictions for a corpus that the data folder has, in the order of the registry.
///
/// # Errors
/// A file that is not the one that the registry means, or that cannot be read.
pub fn published_predictions(corpus: &str, data_dir: &Path) -> Result<Vec<PublishedPredictions>, RegistryError> {
    let registry = Registry::built_in()?;
    let options = ReadOptions { text_mismatch: TextMismatch::Score, ..ReadOptions::default() };
    let mut found = Vec::new();
    for entry in registry.predictions.iter().filter(|entry| entry.corpus == corpus) {
        let Some(path) = locate(&entry.path, data_dir, false) else { continue };
        let sha256 = file_sha256(&path).map_err(|source| RegistryError::Io { path: path.clone(), source })?;
        if sha256 != entry.sha256 {
            return Err(RegistryError::OtherFile { path, what: entry.title.clone(), found: sha256, expected: entry.sha256.clone() });
        }
        let read = read_documents_with(&path, &options);
        let (documents, _) = read.map_err(|source| RegistryError::Corpus { name: entry.name.clone(), source })?;
        let (system, title, split) = (entry.system.clone(), entry.title.clone(), entry.split);
        found.push(PublishedPredictions { system, title, split, sha256, documents });
    }
    Ok(found)
}

/// The files of a corpus's train, dev and test split.
///
/// # Errors
/// [`RegistryError::Missing`] for the first that is not there.
pub fn corpus_files(definition: &CorpusDefinition, data_dir: &Path) -> Result<[PathBuf; 3], RegistryError> {
    let file = |split: SplitName, path: &str, mirrors: &[String]| {
        locate(path, data_dir, definition.shipped).ok_or_else(|| {
            let from = mirrors.first().or(definition.home.first());
            let how = how_to_get(&format!("the {split} split"), &definition.name, from, !mirrors.is_empty(), definition.shipped);
            RegistryError::Missing { kind: "corpus", name: definition.name.clone(), path: data_dir.join(path), how }
        })
    };
    let [(train, a), (dev, b), (test, c)] = definition.splits();
    Ok([file(train, &a.path, &a.mirrors)?, file(dev, &b.path, &b.mirrors)?, file(test, &c.path, &c.mirrors)?])
}

fn how_to_get(what: &str, name: &str, from: Option<&String>, mirrored: bool, shipped: bool) -> String {
    let elsewhere = "or name the folder that has it with --data-dir or MERMEN_DATA";
    match from {
        _ if shipped => format!("{what} comes with mermen's source: run from its folder, or point --data-dir to its `data`"),
        Some(from) if mirrored => format!("get {what} from {from} (`mermen data get {name}` does it), {elsewhere}"),
        Some(from) => format!("get {what} from {from}, {elsewhere}"),
        None => format!("put {what} there, {elsewhere}"),
    }
}

/// The file `path` of the data folder, or, for what comes with the source, of `data/` in the current folder.
pub fn locate(path: &str, data_dir: &Path, shipped: bool) -> Option<PathBuf> {
    let here = data_dir.join(path);
    if here.is_file() {
        return Some(here);
    }
    Some(Path::new("data").join(path)).filter(|path| shipped && path.is_file())
}

/// The file of the lexicon `name`, checked to be there.
///
/// # Errors
/// An unknown name (with the nearest one), or a missing file (with how to get it).
pub fn lexicon_file(name: &str, data_dir: &Path) -> Result<PathBuf, RegistryError> {
    let registry = Registry::built_in()?;
    let entry = registry.lexicon(name)?;
    locate(&entry.path, data_dir, false).ok_or_else(|| {
        let from = entry.mirrors.first().or(entry.home.first());
        let how = how_to_get("the vocabulary", name, from, !entry.mirrors.is_empty(), false);
        RegistryError::Missing { kind: "lexicon", name: name.to_owned(), path: data_dir.join(&entry.path), how }
    })
}

/// The source of the embedding `name`, its files checked to be there.
///
/// # Errors
/// An unknown name (with the nearest one), or a missing file (with how to get it).
pub fn embedding_source(name: &str, data_dir: &Path) -> Result<EmbeddingEntry, RegistryError> {
    let registry = Registry::built_in()?;
    let entry = registry.embedding(name)?;
    let mut paths = Vec::with_capacity(entry.paths.len());
    for path in &entry.paths {
        let Some(found) = locate(path, data_dir, entry.shipped) else { break };
        paths.push(found);
    }
    let mut provenance = &entry.provenance;
    if let (Some(whole), true) = (&entry.whole, paths.len() < entry.paths.len())
        && let Some(found) = locate(&whole.path, data_dir, false)
    {
        (paths, provenance) = (vec![found], &whole.provenance);
    }
    if let Some(path) = entry.paths.get(paths.len()) {
        let from = entry.mirrors.first().or(entry.home.first());
        let how = how_to_get("the vectors", name, from, !entry.mirrors.is_empty(), entry.shipped);
        return Err(RegistryError::Missing { kind: "embedding", name: name.to_owned(), path: data_dir.join(path), how });
    }
    let (name, provenance) = (entry.name.clone(), provenance.clone());
    Ok(EmbeddingEntry { name, source: entry.source(&paths)?, dimension: entry.dimension, provenance, stand_in: entry.stand_in })
}

impl EmbeddingDefinition {
    /// The source that these files are in the entry's format.
    ///
    /// # Errors
    /// [`RegistryError::Definition`] for a number of files that the format does not have.
    pub fn source(&self, paths: &[PathBuf]) -> Result<Source, RegistryError> {
        match (self.format, paths) {
            (EmbeddingFormat::Word2vecBinary, [path]) => Ok(Source::Word2vecBinary(path.clone())),
            (EmbeddingFormat::Text, [path]) => Ok(Source::Text(path.clone())),
            (EmbeddingFormat::Senna, [words, vectors]) => Ok(Source::Senna { words: words.clone(), vectors: vectors.clone() }),
            (EmbeddingFormat::Random, []) => Ok(Source::Random { dimension: self.dimension }),
            (format, paths) => {
                let message = format!("embedding `{}` of format {format:?} has {} paths", self.name, paths.len());
                Err(RegistryError::Definition(serde::de::Error::custom(message)))
            }
        }
    }
}
