//! The network.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelSpec {
    pub framework: Framework,
    pub encoder: Encoder,
    /// Layers of the stacked Bi-LSTM (the paper's k).
    pub layers: usize,
    /// Width of the LSTM per direction.
    pub hidden: Hidden,
    /// Absent (`null`) leaves the character features out ("Bi-LSTM" rows of Table 2).
    pub char_cnn: Option<CharCnnSpec>,
    pub idcnn: IdcnnSpec,
    pub crf: bool,
    pub crf_feedback: CrfFeedback,
    pub head: HeadSpec,
    pub feedback: FeedbackSpec,
    pub init: Init,
}

impl Default for ModelSpec {
    fn default() -> Self {
        Self {
            framework: Framework::MtlBothFeedback,
            encoder: Encoder::Bilstm,
            layers: 3,
            hidden: Hidden::Embedding,
            char_cnn: Some(CharCnnSpec::default()),
            idcnn: IdcnnSpec::default(),
            crf: false,
            crf_feedback: CrfFeedback::Emissions,
            head: HeadSpec::default(),
            feedback: FeedbackSpec::default(),
            init: Init::Glorot,
        }
    }
}

/// The row groups of Table 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Framework {
    /// Two separate single-task networks.
    Pipeline,
    /// Shared encoder, two heads, no feedback.
    Mtl,
    /// Feedback MEN -> MER only ("MTL-MEN_feedback").
    MtlMenFeedback,
    /// Feedback MER -> MEN only ("MTL-MER_feedback").
    MtlMerFeedback,
    /// Both directions ("MTL-MEN&MER_feedback").
    MtlBothFeedback,
}

impl Framework {
    /// Whether `task` is given what the other one says.
    pub fn feeds(self, task: Task) -> bool {
        match task {
            Task::Mer => matches!(self, Self::MtlMenFeedback | Self::MtlBothFeedback),
            Task::Men => matches!(self, Self::MtlMerFeedback | Self::MtlBothFeedback),
        }
    }
}

/// Medical named entity recognition, and normalization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Task {
    Mer,
    Men,
}

impl Task {
    pub const ALL: [Self; 2] = [Self::Mer, Self::Men];

    /// As it stands in `data/paper/*.csv` and in claims files.
    pub fn key(self) -> &'static str {
        match self {
            Self::Mer => "mer",
            Self::Men => "men",
        }
    }

    /// The paper's column title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Mer => "Recognition",
            Self::Men => "Normalization",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoder {
    Bilstm,
    Idcnn,
}

/// "The same dimension for the hidden layers": the embedding's dimension, or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    Embedding,
    Units(usize),
}

impl Hidden {
    /// Width per direction for an embedding of `dimension`.
    pub fn units(self, dimension: usize) -> usize {
        match self {
            Hidden::Embedding => dimension,
            Hidden::Units(n) => n,
        }
    }
}

impl Serialize for Hidden {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Hidden::Embedding => s.serialize_str("embedding"),
            Hidden::Units(n) => s.serialize_u64(*n as u64),
        }
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl serde::de::Visitor<'_> for V {
            type Value = Hidden;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("`embedding` or a whole number of units from 1 to 4096")
            }
            fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<Hidden, E> {
                if v == "embedding" { Ok(Hidden::Embedding) } else { Err(E::invalid_value(serde::de::Unexpected::Str(v), &self)) }
            }
            fn visit_u64<E: serde::de::Error>(self, v: u64) -> Result<Hidden, E> {
                if (1..=4096).contains(&v) {
                    Ok(Hidden::Units(v as usize))
                } else {
                    Err(E::invalid_value(serde::de::Unexpected::Unsigned(v), &self))
                }
            }
            fn visit_i64<E: serde::de::Error>(self, v: i64) -> Result<Hidden, E> {
                u64::try_from(v).map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(v), &self)).and_then(|v| self.visit_u64(v))
            }
        }
        d.deserialize_any(V)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CharCnnSpec {
    /// Dimension of a character's vector.
    pub dim: usize,
    pub filters: usize,
    /// Characters a filter sees.
    pub window: usize,
}

impl Default for CharCnnSpec {
    fn default() -> Self {
        Self { dim: 30, filters: 30, window: 3 }
    }
}

/// Iterated dilated convolutions (Strubell et al. 2017): one block of dilated layers, applied `iterations` times with the
/// same parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdcnnSpec {
    pub filters: usize,
    pub window: usize,
    pub dilations: Vec<usize>,
    pub iterations: usize,
}

impl Default for IdcnnSpec {
    fn default() -> Self {
        Self { filters: 200, window: 3, dilations: vec![1, 2, 1], iterations: 3 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CrfFeedback {
    /// log-softmax (or softmax) of the emissions.
    Emissions,
    /// Posterior marginals of the CRF.
    Marginals,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HeadSpec {
    pub layers: HeadLayers,
    pub directions: HeadDirections,
}

impl Default for HeadSpec {
    fn default() -> Self {
        Self { layers: HeadLayers::Linear, directions: HeadDirections::Concat }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeadLayers {
    Linear,
    /// One tanh layer of the encoder's output width before the linear one.
    Hidden,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeadDirections {
    Concat,
    /// Each direction decoded by its own linear and log-softmax layer, and the two added.
    Sum,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeedbackSpec {
    pub value: FeedbackValue,
    pub rounds: Rounds,
}

impl Default for FeedbackSpec {
    fn default() -> Self {
        Self { value: FeedbackValue::Prob, rounds: Rounds::Count(2) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackValue {
    LogProb,
    Prob,
}

/// How often the heads are computed, each round from the other head's detached output of the round before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounds {
    Count(usize),
    /// The asynchronous protocol's last-seen output of the other task for this sentence.
    Store,
}

impl Serialize for Rounds {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Rounds::Store => s.serialize_str("store"),
            Rounds::Count(n) => s.serialize_u64(*n as u64),
        }
    }
}

impl<'de> Deserialize<'de> for Rounds {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl serde::de::Visitor<'_> for V {
            type Value = Rounds;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("`store` or a number of rounds from 1 to 8")
            }
            fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<Rounds, E> {
                if v == "store" { Ok(Rounds::Store) } else { Err(E::invalid_value(serde::de::Unexpected::Str(v), &self)) }
            }
            fn visit_u64<E: serde::de::Error>(self, v: u64) -> Result<Rounds, E> {
                if (1..=8).contains(&v) {
                    Ok(Rounds::Count(v as usize))
                } else {
                    Err(E::invalid_value(serde::de::Unexpected::Unsigned(v), &self))
                }
            }
            fn visit_i64<E: serde::de::Error>(self, v: i64) -> Result<Rounds, E> {
                u64::try_from(v).map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(v), &self)).and_then(|v| self.visit_u64(v))
            }
        }
        d.deserialize_any(V)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// Uniform ±sqrt(6/(in+out)), forget bias 1.
    Glorot,
    /// Uniform ±1/sqrt(fan), as PyTorch starts its layers.
    Pytorch,
}
