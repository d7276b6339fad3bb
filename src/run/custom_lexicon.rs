//! A vocabulary that an experiment file defines itself, beside those of the registry.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomLexicon {
    /// Joined in this order: ids and names of the first before those of the next.
    pub parts: Vec<LexiconPart>,
    /// Names to add and to ban, already resolved against the folder of the experiment file.
    pub edits: Option<PathBuf>,
}

/// Where concepts come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LexiconPart {
    /// A vocabulary of the registry, by name.
    Registered(String),
    /// A file, already resolved against the folder of the experiment file.
    File(PathBuf),
}
