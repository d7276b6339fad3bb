//! What a run reads: corpus, tags, vocabulary, vectors.

use super::{Composite, Lookup, MenScheme, MerScheme, NoConcept};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataSpec {
    /// Name in the registry: `ncbi-disease`, `bc5cdr`, `mini`, or that of a corpus the experiment file defines.
    pub corpus: String,
    /// Types that are recognised; mentions of other types are dropped. NCBI's four types count as `Disease`.
    pub entity_types: Vec<String>,
    /// What the network is trained on. With `train+dev` early selection needs `train.select: last`.
    pub train_on: TrainOn,
    /// Use only the first so many documents of each split; for trials.
    pub limit: Option<usize>,
}

impl Default for DataSpec {
    fn default() -> Self {
        Self { corpus: "ncbi-disease".into(), entity_types: vec!["Disease".into()], train_on: TrainOn::Train, limit: None }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrainOn {
    #[serde(rename = "train")]
    Train,
    #[serde(rename = "train+dev")]
    TrainDev,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TagSpec {
    pub mer: MerScheme,
    pub men: MenScheme,
    pub no_concept: NoConcept,
    pub composite: Composite,
}

impl Default for TagSpec {
    fn default() -> Self {
        Self { mer: MerScheme::Iob2, men: MenScheme::Bare, no_concept: NoConcept::Outside, composite: Composite::Whole }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VocabularySpec {
    /// Whether a word unseen in training uses its pre-trained vector or the unknown vector.
    pub test_words: TestWords,
    pub unknown: UnknownWords,
}

impl Default for VocabularySpec {
    fn default() -> Self {
        Self { test_words: TestWords::Pretrained, unknown: UnknownWords::Singletons }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestWords {
    Pretrained,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownWords {
    /// One trained vector, learned by replacing words seen once in training with probability 0.5.
    Singletons,
    /// One random vector that is never trained.
    Fixed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EmbeddingSpec {
    /// Name in the registry: `word2vec-50`, `glove-100`, `senna-50`, `random-100`, `mini-20`, ...
    pub name: String,
    pub trainable: bool,
    pub lookup: Lookup,
}

impl Default for EmbeddingSpec {
    fn default() -> Self {
        Self { name: "word2vec-50".into(), trainable: true, lookup: Lookup::ExactThenLower }
    }
}
