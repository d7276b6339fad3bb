//! Word vectors that an experiment file brings itself, beside those of the registry.

use crate::choice::choices;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

choices! {
    /// How a file of vectors is written.
    pub enum EmbeddingFormat {
        /// detected from the file's first lines
        Auto = "auto",
        /// a word and its numbers on each line, with or without a first line `rows dimension`; gzipped or not
        Text = "text",
        /// as `text`: GloVe's files have no first line of their own
        Glove = "glove",
        /// word2vec's binary format
        Word2vecBinary = "word2vec-binary",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomEmbedding {
    /// Already resolved against the folder of the experiment file.
    pub file: PathBuf,
    pub format: EmbeddingFormat,
    /// Numbers a word; `None`: as the file has them.
    pub dimension: Option<usize>,
}
