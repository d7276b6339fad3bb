//! Names of corpora, embeddings and lexicons to files under the data folder.
//!
//! The entries are `data/registry.yaml`, compiled in: where each file lies, where it comes from, its digest and its expected
//! counts; [`fetch`] downloads them. Specifications and commands name corpora and embeddings as this module does.

mod digest;
mod entries;
mod error;
#[cfg(feature = "program")]
pub mod fetch;
mod files;
mod load;

pub use digest::{bytes_sha256, file_sha256};
pub use entries::{
    CorpusDefinition, EmbeddingDefinition, EmbeddingFormat, LexiconDefinition, PredictionsDefinition, Registry, SplitDefinition, SplitName,
    WholeFile,
};
pub use error::RegistryError;
pub use files::{FileStatus, KnownFile, Mismatch, documents_sha256};
pub use load::{
    EmbeddingEntry, PublishedPredictions, corpus_files, embedding_source, lexicon_file, load_corpus, load_corpus_raw, load_files, locate,
    published_predictions,
};

/// The names that [`load_corpus`] knows, in the order of the registry.
pub fn corpus_names() -> Vec<String> {
    Registry::built_in().map(|registry| registry.corpora.into_iter().map(|entry| entry.name).collect()).unwrap_or_default()
}

/// The names that [`embedding_source`] knows, in the order of the registry.
pub fn embedding_names() -> Vec<String> {
    Registry::built_in().map(|registry| registry.embeddings.into_iter().map(|entry| entry.name).collect()).unwrap_or_default()
}

/// The names that [`lexicon_file`] knows, in the order of the registry.
pub fn lexicon_names() -> Vec<String> {
    Registry::built_in().map(|registry| registry.lexicons.into_iter().map(|entry| entry.name).collect()).unwrap_or_default()
}

/// The folder of real data for tests: `$MERMEN_DATA`, else `shared/data` beside the crate. `None`, after saying so, where there
/// is none: the test then has nothing to check.
pub fn test_data_dir() -> Option<std::path::PathBuf> {
    let beside = || std::env::var_os("CARGO_MANIFEST_DIR").map(|root| std::path::Path::new(&root).join("../shared/data"));
    let found = std::env::var_os("MERMEN_DATA").map(std::path::PathBuf::from).or_else(beside).filter(|dir| dir.join("corpora").is_dir());
    if found.is_none() {
        println!("skipped: no real data (set MERMEN_DATA)");
    }
    found
}

#[cfg(test)]
mod tests;
