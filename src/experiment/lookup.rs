//! The data of runs, from the registry and from the experiment file's own corpora.

use super::cost::DataSize;
use super::plan::{DataLookup, DataOfRun, LookupError};
use crate::corpus::{Corpus, Document, Normalisation, tokenize};
use crate::embedding::{EmbeddingError, Source, sniff};
use crate::lexicon::{Lexicon, LexiconError, LinkError, check_ids, read_edits, read_lexicon, read_lexicons};
use crate::registry::EmbeddingEntry;
use crate::registry::{self, RegistryError};
use crate::run::custom_corpus::CustomCorpus;
use crate::run::custom_embedding::{CustomEmbedding, EmbeddingFormat};
use crate::run::custom_lexicon::{CustomLexicon, LexiconPart};
use crate::run::identity::DataDigests;
use crate::run::spec::RunSpec;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Looks names up under a data folder; each corpus and embedding is read once.
pub struct RegistryData {
    data_dir: PathBuf,
    custom: BTreeMap<String, CustomCorpus>,
    custom_lexicons: BTreeMap<String, CustomLexicon>,
    own_embeddings: BTreeMap<String, CustomEmbedding>,
    corpora: RefCell<BTreeMap<String, Result<CorpusFacts, LookupError>>>,
    embeddings: RefCell<BTreeMap<String, Result<EmbeddingFacts, LookupError>>>,
    lexicons: RefCell<BTreeMap<String, Result<ReadLexicon, LookupError>>>,
}

#[derive(Clone, Debug)]
struct CorpusFacts {
    sha256: String,
    /// All but the tags and the dimension, which depend on the rest of the run.
    size: DataSize,
    /// Concepts of the training mentions, each with the type it is on.
    concepts: HashSet<(String, String)>,
    /// Mentions by type, of each split; `None` for a split without documents.
    mentions: [Option<BTreeMap<String, usize>>; 3],
}

#[derive(Clone, Debug, Default)]
struct EmbeddingFacts {
    sha256: String,
    dimension: usize,
}

impl RegistryData {
    pub fn new(data_dir: impl Into<PathBuf>, custom: BTreeMap<String, CustomCorpus>) -> Self {
        let (own_embeddings, custom_lexicons, corpora, embeddings, lexicons) = Default::default();
        Self { data_dir: data_dir.into(), custom, own_embeddings, custom_lexicons, corpora, embeddings, lexicons }
    }

    /// With vocabularies that the experiment file defines.
    pub fn with_lexicons(self, custom_lexicons: BTreeMap<String, CustomLexicon>) -> Self {
        Self { custom_lexicons, ..self }
    }

    /// With vectors that the experiment file brings.
    pub fn with_embeddings(self, own_embeddings: BTreeMap<String, CustomEmbedding>) -> Self {
        Self { own_embeddings, ..self }
    }

    fn corpus(&self, name: &str) -> Result<CorpusFacts, LookupError> {
        let read = || {
            let facts = corpus_facts(&load_corpus(name, self.custom.get(name), &self.data_dir)?);
            tracing::debug!(
                corpus = name,
                sha256 = facts.sha256,
                training_documents = facts.size.train_documents,
                "corpus read for the plan"
            );
            Ok(facts)
        };
        self.corpora.borrow_mut().entry(name.to_owned()).or_insert_with(|| read().map_err(lookup_error)).clone()
    }

    fn embedding(&self, name: &str) -> Result<EmbeddingFacts, LookupError> {
        let read = || {
            let entry = load_embedding_entry(name, self.own_embeddings.get(name), &self.data_dir)?;
            let facts = EmbeddingFacts { sha256: embedding_sha256(&entry.source)?, dimension: entry.dimension };
            tracing::debug!(embedding = name, sha256 = facts.sha256, "vectors found for the plan");
            Ok(facts)
        };
        self.embeddings.borrow_mut().entry(name.to_owned()).or_insert_with(|| read().map_err(lookup_error)).clone()
    }

    fn lexicon(&self, name: &str) -> Result<ReadLexicon, LookupError> {
        let read = || {
            let lexicon = load_lexicon(name, self.custom_lexicons.get(name), &self.data_dir).map_err(VocabularyError::standing)?;
            tracing::debug!(lexicon = name, concepts = lexicon.len(), "vocabulary read for the plan");
            Ok(ReadLexicon { sha256: lexicon.digest(), lexicon: Arc::new(lexicon) })
        };
        self.lexicons.borrow_mut().entry(name.to_owned()).or_insert_with(read).clone()
    }
}

impl DataLookup for RegistryData {
    fn look_up(&self, spec: &RunSpec) -> Result<DataOfRun, LookupError> {
        let corpus = self.corpus(&spec.data.corpus)?;
        // Systems without a network read no vectors.
        let embedding = if spec.system.has_network() { self.embedding(&spec.embedding.name)? } else { EmbeddingFacts::default() };
        for (split, mentions) in SPLITS.into_iter().zip(&corpus.mentions) {
            let Some(mentions) = mentions else { continue };
            if !spec.data.entity_types.iter().any(|entity_type| mentions.contains_key(entity_type)) {
                let counted: Vec<String> = mentions.iter().map(|(entity_type, count)| format!("{count} {entity_type}")).collect();
                let found = if counted.is_empty() { "none of any type".to_owned() } else { counted.join(", ") };
                let (name, wanted) = (spec.data.corpus.clone(), spec.data.entity_types.clone());
                return Err(lookup_error(match split {
                    "train" => RegistryError::NoMentions { name, wanted, found },
                    split => RegistryError::NoMentionsInSplit { name, split, wanted, found },
                }));
            }
        }
        let wanted = corpus.concepts.iter().filter(|(entity_type, _)| spec.data.entity_types.contains(entity_type));
        let concepts: HashSet<&str> = wanted.map(|(_, concept)| concept.as_str()).collect();
        let size = DataSize { men_tags: concepts.len() as u64 + 1, dimension: embedding.dimension as u64, ..corpus.size };
        let mut digests = DataDigests { corpus: corpus.sha256, embedding: embedding.sha256, lexicon: String::new() };
        if spec.system.has_vocabulary() {
            let read = self.lexicon(&spec.options.lexicon.vocabulary)?;
            let counted = corpus.mentions[0].iter().flatten().filter(|(entity_type, _)| spec.data.entity_types.contains(entity_type));
            check_ids(&read.lexicon, concepts.iter().copied(), counted.map(|(_, count)| count).sum()).map_err(|source| {
                let (corpus, vocabulary) = (spec.data.corpus.clone(), spec.options.lexicon.vocabulary.clone());
                LookupError::Damaged(Arc::new(VocabularyError::DoesNotFit { corpus, vocabulary, source }))
            })?;
            digests.lexicon = read.sha256;
        }
        Ok(DataOfRun { digests, size })
    }
}

/// The corpus of a run: the experiment file's own, where it defines one of that name, else the registry's.
///
/// # Errors
/// As `registry::load_corpus`; a file that is not of the format that the experiment file names is one that cannot be read.
pub fn load_corpus(name: &str, custom: Option<&CustomCorpus>, data_dir: &Path) -> Result<Corpus, RegistryError> {
    let corpus = match custom {
        None => registry::load_corpus(name, data_dir)?,
        Some(custom) => {
            let files = [custom.train.clone(), custom.dev.clone(), custom.test.clone()];
            let rule = if custom.normalise_ids { Normalisation::Identifiers } else { Normalisation::None };
            registry::load_files(name, &files, custom.format.named(), rule)?
        }
    };
    for (split, documents) in SPLITS.into_iter().zip([&corpus.train, &corpus.dev, &corpus.test]) {
        if let Some(document) = documents.iter().find(|document| document.is_textless()) {
            return Err(RegistryError::NoText { name: name.to_owned(), split, document: document.id.clone() });
        }
    }
    Ok(corpus)
}

/// The vectors of a run: the experiment file's own, where it brings some of that name, else the registry's.
///
/// # Errors
/// As `registry::embedding_source`; a file that does not begin as one of vectors does, or has another dimension than the experiment file says.
pub fn load_embedding_entry(name: &str, own: Option<&CustomEmbedding>, data_dir: &Path) -> Result<EmbeddingEntry, RegistryError> {
    let Some(own) = own else { return registry::embedding_source(name, data_dir) };
    let path = own.file.clone();
    let (told, found) = sniff(&path).map_err(|source| match source {
        EmbeddingError::Open { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            let how = "check the path, `file` of the embedding in the experiment file".to_owned();
            RegistryError::Missing { kind: "embedding", name: name.to_owned(), path: path.clone(), how }
        }
        source => RegistryError::Embedding { name: name.to_owned(), source },
    })?;
    if let Some(expected) = own.dimension.filter(|expected| *expected != found) {
        return Err(RegistryError::Dimension { name: name.to_owned(), path, found, expected });
    }
    let source = match own.format {
        EmbeddingFormat::Auto => told,
        EmbeddingFormat::Text | EmbeddingFormat::Glove => Source::Text(path.clone()),
        EmbeddingFormat::Word2vecBinary => Source::Word2vecBinary(path.clone()),
    };
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(EmbeddingEntry { name: name.to_owned(), source, dimension: found, provenance: format!("own file {file}"), stand_in: false })
}

const SPLITS: [&str; 3] = ["train", "dev", "test"];

/// A vocabulary with its digest.
#[derive(Clone, Debug)]
struct ReadLexicon {
    sha256: String,
    lexicon: Arc<Lexicon>,
}

/// Why a run's vocabulary cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VocabularyError {
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error("the vocabulary `{name}` cannot be used")]
    File {
        name: String,
        #[source]
        source: LexiconError,
    },
    #[error("the vocabulary `{vocabulary}` (`options.lexicon.vocabulary`) does not fit the corpus `{corpus}`")]
    DoesNotFit {
        corpus: String,
        vocabulary: String,
        #[source]
        source: LinkError,
    },
}

impl VocabularyError {
    /// A file that is not there leaves its runs out; one that is wrong stops everything.
    fn standing(self) -> LookupError {
        match &self {
            Self::Registry(RegistryError::Missing { .. }) => LookupError::NotHere(self.to_string()),
            Self::File { source: LexiconError::Io { source: io, .. }, .. } if io.kind() == std::io::ErrorKind::NotFound => {
                let Self::File { source, name } = self else { unreachable!("just matched") };
                LookupError::NotHere(format!("the vocabulary `{name}`: {source}"))
            }
            _ => LookupError::Damaged(Arc::new(self)),
        }
    }
}

/// The vocabulary of a run: the experiment file's own, where it defines one of that name, else the registry's.
///
/// # Errors
/// A name that is unknown, a file that is missing or has a broken line.
pub fn load_lexicon(name: &str, custom: Option<&CustomLexicon>, data_dir: &Path) -> Result<Lexicon, VocabularyError> {
    let fault = |source| VocabularyError::File { name: name.to_owned(), source };
    let Some(custom) = custom else {
        return read_lexicon(&registry::lexicon_file(name, data_dir)?).map_err(fault);
    };
    let mut paths = Vec::with_capacity(custom.parts.len());
    for part in &custom.parts {
        paths.push(match part {
            LexiconPart::Registered(name) => registry::lexicon_file(name, data_dir)?,
            LexiconPart::File(path) => path.clone(),
        });
    }
    let lexicon = read_lexicons(&paths).map_err(fault)?;
    match &custom.edits {
        Some(edits) => read_edits(lexicon, edits).map_err(fault),
        None => Ok(lexicon),
    }
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
    let concepts = mentions.filter_map(|mention| Some((mention.entity_type.clone(), mention.concept.clone()?.into()))).collect();
    let size = DataSize {
        train_documents: corpus.train.len() as u64,
        train_tokens: tokens(&corpus.train),
        dev_tokens: tokens(&corpus.dev),
        test_tokens: tokens(&corpus.test),
        ..DataSize::default()
    };
    let by_type = |documents: &[Document]| {
        let mut counts = BTreeMap::new();
        for mention in documents.iter().flat_map(|document| &document.mentions) {
            *counts.entry(mention.entity_type.clone()).or_insert(0) += 1;
        }
        (!documents.is_empty()).then_some(counts)
    };
    let mentions = [by_type(&corpus.train), by_type(&corpus.dev), by_type(&corpus.test)];
    CorpusFacts { sha256: corpus.sha256.clone(), size, concepts, mentions }
}

/// A file that is not there leaves its runs out; one that is wrong stops everything.
fn lookup_error(error: RegistryError) -> LookupError {
    match error {
        RegistryError::Missing { .. } => LookupError::NotHere(error.to_string()),
        error => LookupError::Damaged(Arc::new(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Format;
    use crate::run::custom_corpus::CorpusFormat;
    use std::fs;

    const DOCUMENT: &str = "1|t|Nobel fever in mice\n1|a|Mice had nobel fever and a Chemical.\n1\t0\t11\tNobel fever\tDisease\tX01\n1\t29\t40\tnobel fever\tDisease\tX01\n";

    /// A data folder with a corpus and vectors where the registry looks for `mini`, and files of a corpus of one's own.
    fn data() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let mini = root.path().join("mini");
        fs::create_dir(&mini).unwrap();
        for name in ["train.PubTator.txt", "dev.PubTator.txt", "test.PubTator.txt"] {
            fs::write(mini.join(name), DOCUMENT).unwrap();
        }
        fs::write(mini.join("embedding.txt"), "fever 0.1 0.2\n").unwrap();
        root
    }

    fn mini() -> RunSpec {
        let mut spec = RunSpec::default();
        spec.data.corpus = "mini".into();
        spec.embedding.name = "mini-20".into();
        spec
    }

    #[test]
    fn a_corpus_is_found_and_measured() {
        let root = data();
        let found = RegistryData::new(root.path(), BTreeMap::new()).look_up(&mini()).unwrap();
        assert_eq!((found.digests.corpus.len(), found.digests.embedding.len()), (64, 64));
        // Four tokens and eight, the full stop one of them; one concept and O.
        assert_eq!((found.size.train_documents, found.size.train_tokens, found.size.men_tags, found.size.dimension), (1, 12, 2, 20));
        let mut other = mini();
        other.embedding.name = "random-50".into();
        let other = RegistryData::new(root.path(), BTreeMap::new()).look_up(&other).unwrap();
        assert_eq!((other.digests.embedding.as_str(), other.size.dimension), ("", 50));
        fs::write(root.path().join("mini/embedding.txt"), "fever 0.1 0.3\n").unwrap();
        let changed = RegistryData::new(root.path(), BTreeMap::new()).look_up(&mini()).unwrap();
        assert_ne!(changed.digests, found.digests);
    }

    #[test]
    fn what_is_missing_leaves_runs_out_and_what_is_damaged_stops_them() {
        let root = data();
        let look_up = |spec: &RunSpec| RegistryData::new(root.path(), BTreeMap::new()).look_up(spec);
        let mut senna = mini();
        senna.embedding.name = "senna-50".into();
        assert!(matches!(look_up(&senna), Err(LookupError::NotHere(why)) if why.contains("senna-50")));
        fs::write(root.path().join("mini/dev.PubTator.txt"), "1|t|A\n1|a|B\n1\t0\t99\tA\tDisease\tX\n").unwrap();
        assert!(matches!(look_up(&mini()), Err(LookupError::Damaged(_))));
    }

    #[test]
    fn a_corpus_of_the_experiment_file_is_read_in_its_format() {
        let root = data();
        let file = |name: &str| root.path().join("mini").join(name);
        let corpus = CustomCorpus {
            train: file("train.PubTator.txt"),
            dev: file("dev.PubTator.txt"),
            test: file("test.PubTator.txt"),
            format: CorpusFormat::of(Format::PubTator),
            entity_types: vec!["Disease".into()],
            normalise_ids: true,
        };
        let mut spec = mini();
        spec.data.corpus = "mine".into();
        let look_up = |corpus: CustomCorpus| RegistryData::new(root.path(), BTreeMap::from([("mine".to_owned(), corpus)])).look_up(&spec);
        assert_eq!(look_up(corpus.clone()).unwrap().size.train_documents, 1);
        assert!(matches!(
            look_up(CustomCorpus { format: CorpusFormat::of(Format::BiocXml), ..corpus.clone() }),
            Err(LookupError::Damaged(_))
        ));
        let gone = look_up(CustomCorpus { test: file("gone.txt"), ..corpus }).unwrap_err();
        assert!(matches!(&gone, LookupError::NotHere(why) if why.contains("gone.txt")), "{gone}");
    }

    #[test]
    fn vectors_of_the_experiment_file_are_found_and_held_to_its_dimension() {
        let root = data();
        let file = root.path().join("own.txt");
        fs::write(&file, "fever 0.1 0.2 0.3\npain 0.4 0.5 0.6\n").unwrap();
        let own = CustomEmbedding { file: file.clone(), format: EmbeddingFormat::Glove, dimension: Some(3) };
        let mut spec = mini();
        spec.embedding.name = "own".into();
        let look_up = |own: &CustomEmbedding| {
            let data = RegistryData::new(root.path(), BTreeMap::new()).with_embeddings(BTreeMap::from([("own".to_owned(), own.clone())]));
            data.look_up(&spec)
        };
        let found = look_up(&own).unwrap();
        assert_eq!((found.size.dimension, found.digests.embedding.clone()), (3, registry::file_sha256(&file).unwrap()));
        assert_eq!(look_up(&CustomEmbedding { dimension: None, ..own.clone() }).unwrap(), found);
        let wrong = look_up(&CustomEmbedding { dimension: Some(25), ..own.clone() }).unwrap_err();
        let LookupError::Damaged(why) = &wrong else { panic!("{wrong}") };
        assert!(why.to_string().contains("3 numbers a word, and the experiment file says 25: correct `embedding.dimension`"), "{why}");
        let gone = look_up(&CustomEmbedding { file: root.path().join("gone.txt"), ..own }).unwrap_err();
        assert!(matches!(&gone, LookupError::NotHere(why) if why.contains("gone.txt") && why.contains("`file`")), "{gone}");
        // Other vectors make another run.
        fs::write(&file, "fever 0.1 0.2 0.4\n").unwrap();
        let own = CustomEmbedding { file, format: EmbeddingFormat::Auto, dimension: None };
        assert_ne!(look_up(&own).unwrap().digests, found.digests);
    }
}
