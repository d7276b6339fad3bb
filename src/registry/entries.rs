//! The entries of `data/registry.yaml`.

use super::RegistryError;
use crate::corpus::Normalisation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// Everything that the program knows by name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    pub corpora: Vec<CorpusDefinition>,
    pub embeddings: Vec<EmbeddingDefinition>,
    pub lexicons: Vec<LexiconDefinition>,
    #[serde(default)]
    pub predictions: Vec<PredictionsDefinition>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusDefinition {
    pub name: String,
    pub title: String,
    pub licence: String,
    /// What is done to the documents as distributed.
    pub normalisation: Normalisation,
    /// Comes with the source: looked for in `data/` too where the data folder has no such file.
    #[serde(default)]
    pub shipped: bool,
    /// Pages that tell where the corpus comes from.
    #[serde(default)]
    pub home: Vec<String>,
    pub train: SplitDefinition,
    pub dev: SplitDefinition,
    pub test: SplitDefinition,
}

impl CorpusDefinition {
    /// The three splits in order.
    pub fn splits(&self) -> [(SplitName, &SplitDefinition); 3] {
        [(SplitName::Train, &self.train), (SplitName::Dev, &self.dev), (SplitName::Test, &self.test)]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SplitName {
    Train,
    Dev,
    Test,
}

impl fmt::Display for SplitName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            SplitName::Train => "train",
            SplitName::Dev => "dev",
            SplitName::Test => "test",
        })
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitDefinition {
    /// Relative to the data folder.
    pub path: String,
    pub sha256: Option<String>,
    /// Documents in the file, repeated ones counted.
    pub documents: Option<usize>,
    /// Mentions in the file by type after normalisation of types.
    #[serde(default)]
    pub mentions: BTreeMap<String, usize>,
    /// SHA-256 of the documents, however the file writes its lines (`registry::documents_sha256`).
    pub documents_sha256: Option<String>,
    /// Size in bytes.
    pub bytes: Option<u64>,
    #[serde(default)]
    pub mirrors: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingDefinition {
    pub name: String,
    pub format: EmbeddingFormat,
    /// Numbers a word.
    pub dimension: usize,
    /// These vectors stand in for others that could not be had: every report must say so.
    #[serde(default)]
    pub stand_in: bool,
    #[serde(default)]
    pub shipped: bool,
    pub provenance: String,
    /// Relative to the data folder; Senna has two, random vectors none.
    #[serde(default)]
    pub paths: Vec<String>,
    /// One a path, where known.
    #[serde(default)]
    pub sha256: Vec<String>,
    /// What `paths` is a part of: read where the part is not there, and what the mirrors have.
    pub whole: Option<WholeFile>,
    #[serde(default)]
    pub home: Vec<String>,
    #[serde(default)]
    pub mirrors: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WholeFile {
    /// Relative to the data folder.
    pub path: String,
    pub provenance: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmbeddingFormat {
    Word2vecBinary,
    Text,
    Senna,
    Random,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LexiconDefinition {
    pub name: String,
    pub title: String,
    pub path: String,
    pub sha256: String,
    /// Size in bytes.
    pub bytes: Option<u64>,
    #[serde(default)]
    pub home: Vec<String>,
    #[serde(default)]
    pub mirrors: Vec<String>,
}

/// Predictions that others published for a split of a corpus.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PredictionsDefinition {
    pub name: String,
    /// The system, as Table 2 names it.
    pub system: String,
    /// In words, for reports.
    pub title: String,
    pub corpus: String,
    pub split: SplitName,
    pub path: String,
    pub sha256: String,
    /// Size in bytes.
    pub bytes: Option<u64>,
    #[serde(default)]
    pub home: Vec<String>,
    #[serde(default)]
    pub mirrors: Vec<String>,
}

impl Registry {
    /// The entries compiled in.
    ///
    /// # Errors
    /// [`RegistryError::Definition`], which a test rules out.
    pub fn built_in() -> Result<Self, RegistryError> {
        serde_yaml::from_str(include_str!("../../data/registry.yaml")).map_err(RegistryError::Definition)
    }

    /// Entries from a file instead of those compiled in.
    ///
    /// # Errors
    /// A file that cannot be read, or that is not of the form of `data/registry.yaml`.
    pub fn from_file(path: &Path) -> Result<Self, RegistryError> {
        let text = std::fs::read_to_string(path).map_err(|source| RegistryError::Io { path: path.to_owned(), source })?;
        serde_yaml::from_str(&text).map_err(|source| RegistryError::DefinitionFile { path: path.to_owned(), source })
    }

    /// # Errors
    /// [`RegistryError::Unknown`] with the nearest name.
    pub fn corpus(&self, name: &str) -> Result<&CorpusDefinition, RegistryError> {
        let found = self.corpora.iter().find(|entry| entry.name == name);
        found.ok_or_else(|| RegistryError::unknown("corpus", name, self.corpora.iter().map(|entry| entry.name.clone()).collect()))
    }

    /// # Errors
    /// [`RegistryError::Unknown`] with the nearest name.
    pub fn embedding(&self, name: &str) -> Result<&EmbeddingDefinition, RegistryError> {
        let found = self.embeddings.iter().find(|entry| entry.name == name);
        found.ok_or_else(|| RegistryError::unknown("embedding", name, self.embeddings.iter().map(|entry| entry.name.clone()).collect()))
    }

    /// # Errors
    /// [`RegistryError::Unknown`] with the nearest name.
    pub fn lexicon(&self, name: &str) -> Result<&LexiconDefinition, RegistryError> {
        let found = self.lexicons.iter().find(|entry| entry.name == name);
        found.ok_or_else(|| RegistryError::unknown("lexicon", name, self.lexicons.iter().map(|entry| entry.name.clone()).collect()))
    }
}
