//! The data of runs, from the registry and from the experiment file's own corpora.

use super::cost::DataSize;
use super::custom_corpus::{CorpusFormat, CustomCorpus};
use super::identity::DataDigests;
use super::plan::{DataLookup, DataOfRun, LookupError};
use super::spec::RunSpec;
use crate::corpus::{Corpus, Document, Format, Normalisation, detect, tokenize};
use crate::embedding::Source;
use crate::registry::{self, RegistryError};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// Looks names up under a data folder; each corpus and embedding is read once.
pub struct RegistryData {
    data_dir: PathBuf,
    custom: BTreeMap<String, CustomCorpus>,
    corpora: RefCell<BTreeMap<String, Result<CorpusFacts, LookupError>>>,
    embeddings: RefCell<BTreeMap<String, Result<EmbeddingFacts, LookupError>>>,
}

#[derive(Clone, Debug)]
struct CorpusFacts {
    sha256: String,
    /// All but the tags and the dimension, which depend on the rest of the run.
    size: DataSize,
    /// Concepts of the training mentions, each with the type it is on.
    concepts: HashSet<(String, String)>,
}

#[derive(Clone, Debug)]
struct EmbeddingFacts {
    sha256: String,
    dimension: usize,
}

impl RegistryData {
    pub fn new(data_dir: impl Into<PathBuf>, custom: BTreeMap<String, CustomCorpus>) -> Self {
        Self { data_dir: data_dir.into(), custom, corpora: RefCell::default(), embeddings: RefCell::default() }
    }

    fn corpus(&self, name: &str) -> Result<CorpusFacts, LookupError> {
        let read = || Ok(corpus_facts(&load_corpus(name, self.custom.get(name), &self.data_dir)?));
        self.corpora.borrow_mut().entry(name.to_owned()).or_insert_with(|| read().map_err(lookup_error)).clone()
    }

    fn embedding(&self, name: &str) -> Result<EmbeddingFacts, LookupError> {
        let read = || {
            let entry = registry::embedding_source(name, &self.data_dir)?;
            Ok(EmbeddingFacts { sha256: embedding_sha256(&entry.source)?, dimension: entry.dimension })
        };
        self.embeddings.borrow_mut().entry(name.to_owned()).or_insert_with(|| read().map_err(lookup_error)).clone()
    }
}

impl DataLookup for RegistryData {
    fn look_up(&self, spec: &RunSpec) -> Result<DataOfRun, LookupError> {
        let corpus = self.corpus(&spec.data.corpus)?;
        let embedding = self.embedding(&spec.embedding.name)?;
        let wanted = corpus.concepts.iter().filter(|(entity_type, _)| spec.data.entity_types.contains(entity_type));
        let concepts: HashSet<&str> = wanted.map(|(_, concept)| concept.as_str()).collect();
        let size = DataSize { men_tags: concepts.len() as u64 + 1, dimension: embedding.dimension as u64, ..corpus.size };
        Ok(DataOfRun { digests: DataDigests { corpus: corpus.sha256, embedding: embedding.sha256 }, size })
    }
}

/// The corpus of a run: the experiment file's own, where it defines one of that name, else the registry's.
///
/// # Errors
/// As `registry::load_corpus`; further, a file that is not of the format that the experiment file names.
pub fn load_corpus(name: &str, custom: Option<&CustomCorpus>, data_dir: &Path) -> Result<Corpus, RegistryError> {
    let Some(custom) = custom else { return registry::load_corpus(name, data_dir) };
    let files = [custom.train.clone(), custom.dev.clone(), custom.test.clone()];
    let rule = if custom.normalise_ids { Normalisation::Identifiers } else { Normalisation::None };
    let corpus = registry::load_files(name, &files, rule)?;
    let wanted = match custom.format {
        CorpusFormat::Auto => return Ok(corpus),
        CorpusFormat::Pubtator => Format::PubTator,
        CorpusFormat::BiocXml => Format::BiocXml,
    };
    for path in &files {
        let text = std::fs::read_to_string(path).map_err(|source| RegistryError::Io { path: path.clone(), source })?;
        if detect(&text).is_some_and(|found| found != wanted) {
            let message = format!("it is no {wanted:?} file; say `format: auto`, or name its format");
            let source = std::io::Error::new(std::io::ErrorKind::InvalidData, message);
            return Err(RegistryError::Io { path: path.clone(), source });
        }
    }
    Ok(corpus)
}

/// Hex SHA-256 of an embedding's file; of the two files' digests where there are two; empty for random vectors.
///
/// # Errors
/// When a file cannot be read.
pub fn embedding_sha256(source: &Source) -> Result<String, RegistryError> {
    let digest = |path: &PathBuf| registry::file_sha256(path).map_err(|source| RegistryError::Io { path: path.clone(), source });
    match source {
        Source::Random { .. } => Ok(String::new()),
        Source::Word2vecBinary(path) | Source::Text(path) => digest(path),
        Source::Senna { words, vectors } => {
            let (words, vectors) = (digest(words)?, digest(vectors)?);
            Ok(registry::bytes_sha256([words.as_bytes(), vectors.as_bytes()]))
        }
    }
}

fn corpus_facts(corpus: &Corpus) -> CorpusFacts {
    let tokens = |documents: &[Document]| documents.iter().map(|document| tokenize(&document.text()).len() as u64).sum();
    let mentions = corpus.train.iter().flat_map(|document| &document.mentions);
    let concepts = mentions.filter_map(|mention| Some((mention.entity_type.clone(), mention.concept.clone()?))).collect();
    let size = DataSize {
        train_documents: corpus.train.len() as u64,
        train_tokens: tokens(&corpus.train),
        dev_tokens: tokens(&corpus.dev),
        test_tokens: tokens(&corpus.test),
        ..DataSize::default()
    };
    CorpusFacts { sha256: corpus.sha256.clone(), size, concepts }
}

/// A file that is not there leaves its runs out; one that is wrong stops everything.
fn lookup_error(error: RegistryError) -> LookupError {
    match error {
        RegistryError::Missing { .. } => LookupError::NotHere(error.to_string()),
        error => LookupError::Damaged(std::rc::Rc::new(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The corpus that comes with the source.
    fn data() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
    }

    fn mini() -> RunSpec {
        let mut spec = RunSpec::default();
        spec.data.corpus = "mini".into();
        spec.embedding.name = "mini-20".into();
        spec
    }

    #[test]
    fn the_shipped_corpus_is_found_and_measured() {
        let found = RegistryData::new(data(), BTreeMap::new()).look_up(&mini()).unwrap();
        assert_eq!((found.digests.corpus.len(), found.digests.embedding.len()), (64, 64));
        assert_eq!(found.size.dimension, 20);
        assert!(found.size.train_documents >= 60 && found.size.train_tokens > 1000 && found.size.men_tags > 10);
    }

    #[test]
    fn random_vectors_have_no_digest_and_missing_ones_say_how_to_get_them() {
        let lookup = RegistryData::new(data().join("mini"), BTreeMap::new());
        let mut spec = mini();
        spec.data.corpus = "mine".into();
        let file = |split: &str| data().join("mini").join(split);
        let first = std::fs::read_dir(data().join("mini")).unwrap().flatten().map(|entry| entry.path());
        let corpus = first.filter(|path| std::fs::read_to_string(path).is_ok_and(|text| detect(&text) == Some(Format::PubTator))).min().unwrap();
        let custom = CustomCorpus {
            train: corpus.clone(),
            dev: corpus.clone(),
            test: file("gone.txt"),
            format: CorpusFormat::BiocXml,
            entity_types: vec!["Disease".into()],
            normalise_ids: false,
        };
        let with = |custom: CustomCorpus, spec: &RunSpec| RegistryData::new(data(), BTreeMap::from([("mine".to_owned(), custom)])).look_up(spec);
        let missing = with(custom.clone(), &spec).unwrap_err();
        assert!(matches!(&missing, LookupError::NotHere(why) if why.contains("gone.txt")), "{missing}");
        let other_format = with(CustomCorpus { test: corpus.clone(), ..custom.clone() }, &spec).unwrap_err();
        assert!(matches!(other_format, LookupError::Damaged(_)));
        spec.embedding.name = "random-50".into();
        let found = with(CustomCorpus { test: corpus, format: CorpusFormat::Pubtator, ..custom }, &spec).unwrap();
        assert_eq!(found.digests.embedding, "");

        spec = mini();
        spec.embedding.name = "senna-50".into();
        assert!(matches!(lookup.look_up(&spec), Err(LookupError::NotHere(why)) if why.contains("senna-50")));
    }
}
