//! A corpus that an experiment file defines itself, beside those of the registry.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomCorpus {
    /// Files of the three splits, already resolved against the folder of the experiment file.
    pub train: PathBuf,
    pub dev: PathBuf,
    pub test: PathBuf,
    pub format: CorpusFormat,
    pub entity_types: Vec<String>,
    /// Ids are trimmed and get the prefix `MESH:` where they have none.
    pub normalise_ids: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CorpusFormat {
    /// Told by the file's content.
    Auto,
    Pubtator,
    BiocXml,
}

/// The names of the formats, as an experiment file writes them.
pub const FORMATS: [(&str, CorpusFormat); 3] =
    [("auto", CorpusFormat::Auto), ("pubtator", CorpusFormat::Pubtator), ("bioc-xml", CorpusFormat::BiocXml)];
