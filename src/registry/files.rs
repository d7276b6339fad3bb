//! The files behind the registry's names, and whether one on the disk is the right one.

use super::digest::{bytes_sha256, file_sha256};
use super::entries::{EmbeddingDefinition, Registry, SplitDefinition};
use super::load::locate;
use crate::corpus::{self, CorpusError, Document, Normalisation, normalise, pubtator};
use std::io;
use std::path::{Path, PathBuf};

/// A file that the registry knows.
#[derive(Clone, Debug, Default)]
pub struct KnownFile {
    /// `corpus`, `embedding`, `lexicon` or `predictions`.
    pub kind: &'static str,
    /// Of the entry that the file belongs to.
    pub name: String,
    /// Relative to the data folder.
    pub path: String,
    /// A file that serves as well, and the one that the mirrors have; relative too.
    pub instead: Option<String>,
    /// Comes with the source.
    pub shipped: bool,
    /// SHA-256, where known.
    pub sha256: Option<String>,
    /// Size in bytes, where known.
    pub bytes: Option<u64>,
    /// What a corpus's file holds.
    pub split: Option<(SplitDefinition, Normalisation)>,
    pub mirrors: Vec<String>,
    /// Pages that tell where the file comes from.
    pub home: Vec<String>,
}

/// How well a file is known to be the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileStatus {
    /// Its digest is that of the registry.
    SameBytes,
    /// A corpus whose documents are those of the registry's file, written with other line ends or blank lines.
    SameDocuments,
    /// The registry has no digest to hold it to.
    NoDigest,
}

/// Why a file is not the one that the registry means.
#[derive(Debug, thiserror::Error)]
pub enum Mismatch {
    #[error("its SHA-256 is {found}, expected {expected}")]
    Digest { found: String, expected: String },
    #[error("it has {found} {what}, expected {expected}")]
    Count { what: String, found: usize, expected: usize },
    #[error("it cannot be read as a corpus")]
    Corpus(#[source] CorpusError),
    #[error("it cannot be read")]
    Read(#[source] io::Error),
}

impl Registry {
    /// Every file of every entry, in the order of the registry.
    pub fn files(&self) -> Vec<KnownFile> {
        let corpora = self.corpora.iter().flat_map(|entry| {
            entry.splits().map(|(_, split)| KnownFile {
                kind: "corpus",
                name: entry.name.clone(),
                path: split.path.clone(),
                shipped: entry.shipped,
                sha256: split.sha256.clone(),
                bytes: split.bytes,
                split: Some((split.clone(), entry.normalisation)),
                mirrors: split.mirrors.clone(),
                home: entry.home.clone(),
                ..KnownFile::default()
            })
        });
        let lexicons = self.lexicons.iter().map(|entry| KnownFile {
            kind: "lexicon",
            name: entry.name.clone(),
            path: entry.path.clone(),
            sha256: Some(entry.sha256.clone()),
            bytes: entry.bytes,
            mirrors: entry.mirrors.clone(),
            home: entry.home.clone(),
            ..KnownFile::default()
        });
        let predictions = self.predictions.iter().map(|entry| KnownFile {
            kind: "predictions",
            name: entry.name.clone(),
            path: entry.path.clone(),
            sha256: Some(entry.sha256.clone()),
            bytes: entry.bytes,
            mirrors: entry.mirrors.clone(),
            home: entry.home.clone(),
            ..KnownFile::default()
        });
        corpora.chain(self.embeddings.iter().flat_map(EmbeddingDefinition::files)).chain(lexicons).chain(predictions).collect()
    }
}

impl EmbeddingDefinition {
    fn files(&self) -> impl Iterator<Item = KnownFile> + '_ {
        self.paths.iter().enumerate().map(|(at, path)| KnownFile {
            kind: "embedding",
            name: self.name.clone(),
            path: path.clone(),
            instead: self.whole.as_ref().map(|whole| whole.path.clone()),
            shipped: self.shipped,
            sha256: self.sha256.get(at).cloned(),
            mirrors: self.mirrors.clone(),
            home: self.home.clone(),
            ..KnownFile::default()
        })
    }
}

impl KnownFile {
    /// The file on the disk; the one that serves instead where the first is not there.
    pub fn find(&self, data_dir: &Path) -> Option<PathBuf> {
        let instead = || locate(self.instead.as_ref()?, data_dir, false);
        locate(&self.path, data_dir, self.shipped).or_else(instead)
    }

    /// Where a download is put, relative to the data folder.
    pub fn target(&self) -> &str {
        self.instead.as_ref().unwrap_or(&self.path)
    }

    /// Holds the file at `path`, as [`KnownFile::find`] gives it, to the registry's digest and counts.
    ///
    /// # Errors
    /// What was found and what was expected.
    pub fn check(&self, path: &Path) -> Result<FileStatus, Mismatch> {
        let is_instead = self.instead.as_ref().is_some_and(|instead| path.ends_with(instead));
        self.check_against(path, self.sha256.as_ref().filter(|_| !is_instead))
    }

    /// The same for a file that is to become the [`KnownFile::target`].
    pub fn check_candidate(&self, path: &Path) -> Result<FileStatus, Mismatch> {
        self.check_against(path, self.sha256.as_ref().filter(|_| self.instead.is_none()))
    }

    fn check_against(&self, path: &Path, expected: Option<&String>) -> Result<FileStatus, Mismatch> {
        let Some((split, rule)) = &self.split else { return check_digest(path, expected) };
        let status = check_digest(path, expected);
        if status.is_err() && split.documents_sha256.is_none() {
            return status;
        }
        let documents = corpus::read(path).map_err(Mismatch::Corpus);
        let documents = match (status, documents) {
            (Ok(status), documents) => return check_counts(&documents?, split, *rule).map(|()| status),
            (Err(mismatch), Err(_)) => return Err(mismatch),
            (Err(mismatch), Ok(documents)) if split.documents_sha256 != Some(documents_sha256(&documents)) => return Err(mismatch),
            (Err(_), Ok(documents)) => documents,
        };
        check_counts(&documents, split, *rule).map(|()| FileStatus::SameDocuments)
    }
}

fn check_digest(path: &Path, expected: Option<&String>) -> Result<FileStatus, Mismatch> {
    let Some(expected) = expected else { return Ok(FileStatus::NoDigest) };
    let found = file_sha256(path).map_err(Mismatch::Read)?;
    if found == *expected { Ok(FileStatus::SameBytes) } else { Err(Mismatch::Digest { found, expected: expected.clone() }) }
}

/// Documents, then mentions by type, against those of the registry.
fn check_counts(documents: &[Document], split: &SplitDefinition, rule: Normalisation) -> Result<(), Mismatch> {
    let differs = |what: String, found: usize, expected: usize| match found == expected {
        true => Ok(()),
        false => Err(Mismatch::Count { what, found, expected }),
    };
    if let Some(expected) = split.documents {
        differs("documents".into(), documents.len(), expected)?;
    }
    let mut mentions = Vec::new();
    for document in documents {
        // One by one, so that repeated documents, which the rule may drop, are counted.
        let mut alone = vec![document.clone()];
        normalise(&mut alone, rule);
        mentions.extend(alone.into_iter().flat_map(|document| document.mentions));
    }
    for (entity_type, expected) in &split.mentions {
        let found = mentions.iter().filter(|mention| mention.entity_type == *entity_type).count();
        differs(format!("mentions of type {entity_type}"), found, *expected)?;
    }
    Ok(())
}

/// SHA-256 of the documents as written in PubTator: the same for every file that holds the same documents.
pub fn documents_sha256(documents: &[Document]) -> String {
    let mut text = Vec::new();
    // A vector takes all that is written.
    let _ = pubtator::write(documents, &mut text);
    bytes_sha256([text.as_slice()])
}
