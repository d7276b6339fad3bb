//! What can be wrong when data is asked for by name.

use crate::corpus::CorpusError;
use crate::embedding::EmbeddingError;
use std::path::PathBuf;

/// Why a corpus or an embedding cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    #[error("there is no {kind} named `{name}`{}; known are: {}", nearest.as_ref().map(|name| format!(", did you mean `{name}`?")).unwrap_or_default(), known.join(", "))]
    Unknown { kind: &'static str, name: String, nearest: Option<String>, known: Vec<String> },
    #[error(
        "{kind} `{name}`: the file `{}` is missing; {how}", path.display()
    )]
    Missing { kind: &'static str, name: String, path: PathBuf, how: String },
    #[error(
        "the vectors `{name}` in `{}` have {found} numbers a word, and the experiment file says {expected}: correct `embedding.dimension`, or \
         leave it out", path.display()
    )]
    Dimension { name: String, path: PathBuf, found: usize, expected: usize },
    #[error("the vectors `{name}` cannot be used")]
    Embedding {
        name: String,
        #[source]
        source: EmbeddingError,
    },
    #[error("cannot read `{}`; check its permissions", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the corpus `{name}` has no mention of type {} to train on; it has {found}: say `data.entity_types`", wanted.join(", "))]
    NoMentions { name: String, wanted: Vec<String>, found: String },
    #[error("the {split} split of the corpus `{name}` has no mention of type {} to be scored on; it has {found}: say `data.entity_types`, or take other files", wanted.join(", "))]
    NoMentionsInSplit { name: String, split: &'static str, wanted: Vec<String>, found: String },
    #[error(
        "document {document} in the {split} split of the corpus `{name}` has annotations and no text: it cannot be trained on or scored; put its text \
         into the same file, before or behind the annotations"
    )]
    NoText { name: String, split: &'static str, document: String },
    #[error("the corpus `{name}` cannot be read")]
    Corpus {
        name: String,
        #[source]
        source: CorpusError,
    },
    #[error("`{}` is not the file of {what}: its SHA-256 is {found}, expected {expected}; get it again, or remove it", path.display())]
    OtherFile { path: PathBuf, what: String, found: String, expected: String },
    #[error("the registry compiled into this program is broken; please report it")]
    Definition(#[source] serde_yaml::Error),
    #[error("`{}` is not a registry; a registry has the form of data/registry.yaml", path.display())]
    DefinitionFile {
        path: PathBuf,
        #[source]
        source: serde_yaml::Error,
    },
}

impl RegistryError {
    pub fn unknown(kind: &'static str, name: &str, known: Vec<String>) -> Self {
        let nearest = known
            .iter()
            .map(|candidate| (strsim::jaro_winkler(&name.to_lowercase(), candidate), candidate))
            .filter(|&(likeness, _)| likeness > 0.75)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, candidate)| candidate.clone());
        RegistryError::Unknown { kind, name: name.to_owned(), nearest, known }
    }
}
