//! A corpus that an experiment file defines itself, beside those of the registry.

use crate::corpus::Format;
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
    BiocJson,
    Conll,
    /// Each split is a folder, or one of a pair of files.
    Brat,
    Jsonl,
}

impl CorpusFormat {
    /// The format to read in; `None` where the content tells it.
    pub fn named(self) -> Option<Format> {
        match self {
            CorpusFormat::Auto => None,
            CorpusFormat::Pubtator => Some(Format::PubTator),
            CorpusFormat::BiocXml => Some(Format::BiocXml),
            CorpusFormat::BiocJson => Some(Format::BiocJson),
            CorpusFormat::Conll => Some(Format::Conll),
            CorpusFormat::Brat => Some(Format::Brat),
            CorpusFormat::Jsonl => Some(Format::JsonLines),
        }
    }
}

/// The names of the formats, as an experiment file writes them.
pub const FORMATS: [(&str, CorpusFormat); 7] = [
    ("auto", CorpusFormat::Auto),
    ("pubtator", CorpusFormat::Pubtator),
    ("bioc-xml", CorpusFormat::BiocXml),
    ("bioc-json", CorpusFormat::BiocJson),
    ("conll", CorpusFormat::Conll),
    ("brat", CorpusFormat::Brat),
    ("jsonl", CorpusFormat::Jsonl),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn experiment_files_and_the_command_line_call_formats_the_same() {
        for (name, format) in FORMATS {
            assert_eq!(serde_json::to_value(format).unwrap(), name);
            assert_eq!(format.named().map(Format::name), (format != CorpusFormat::Auto).then_some(name));
        }
        assert!(Format::ALL.iter().all(|format| FORMATS.iter().any(|(name, _)| *name == format.name())));
    }
}
