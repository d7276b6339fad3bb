//! A corpus that an experiment file defines itself, beside those of the registry.

use crate::corpus::Format;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
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

/// The format of a corpus's files, as an experiment file names it. In brat's format each split is a folder, or one of a pair of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorpusFormat(Option<Format>);

impl CorpusFormat {
    /// Detected from the content.
    pub const AUTO: Self = Self(None);

    pub const fn of(format: Format) -> Self {
        Self(Some(format))
    }

    /// Every format, [`Self::AUTO`] first.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::AUTO).chain(Format::ALL.map(Self::of))
    }

    /// The format to read in; `None` where it is detected.
    pub fn named(self) -> Option<Format> {
        self.0
    }

    /// As files write it.
    pub fn name(self) -> &'static str {
        self.0.map_or("auto", Format::name)
    }
}

impl Serialize for CorpusFormat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for CorpusFormat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let unknown = || D::Error::custom(format!("there is no format `{name}`"));
        Self::all().find(|format| format.name() == name).ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_written_and_read_by_its_name() {
        assert_eq!(CorpusFormat::all().count(), 1 + Format::ALL.len());
        for format in CorpusFormat::all() {
            assert_eq!(serde_json::to_value(format).unwrap(), format.name());
            assert_eq!(serde_json::from_value::<CorpusFormat>(format.name().into()).unwrap(), format);
        }
        assert!(serde_json::from_str::<CorpusFormat>("\"x\"").is_err());
    }
}
