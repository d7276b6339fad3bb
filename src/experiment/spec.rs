//! The resolved specification of one run: every key of the ambiguity ledger, with its default.
//!
//! Here is the plain data that travels through the program; reading it from YAML, with positions, is the business of the
//! modules beside this one. `docs/ambiguities.md` says for each key why it is one.

use serde::{Deserialize, Serialize};

/// Everything that decides the result of one run but its seed's random numbers: two runs with equal `RunSpec`, data and
/// thread count give the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct RunSpec {
    pub data: DataSpec,
    pub tags: TagSpec,
    pub vocabulary: VocabularySpec,
    pub embedding: EmbeddingSpec,
    pub model: ModelSpec,
    pub dropout: DropoutSpec,
    pub train: TrainSpec,
    pub seed: u64,
}

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

pub use crate::corpus::{Composite, MenScheme, MerScheme, NoConcept};

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

pub use crate::embedding::Lookup;

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

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DropoutSpec {
    /// Probability of dropping a value; 0 turns dropout off (Table 3's "no").
    pub rate: f64,
    /// On the character vectors, before the convolution.
    pub characters: bool,
    /// On the input of the Bi-LSTM stack.
    pub input: bool,
    /// On the output of the stack.
    pub output: bool,
    /// Between the layers of the stack too.
    pub between_layers: bool,
}

impl Default for DropoutSpec {
    fn default() -> Self {
        Self { rate: 0.5, characters: true, input: true, output: true, between_layers: false }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainSpec {
    pub optimizer: OptimizerKind,
    pub learning_rate: f64,
    /// Momentum of SGD; unused by Adam.
    pub momentum: f64,
    pub lr_decay: LrDecay,
    pub epochs: usize,
    /// Sentences a step.
    pub batch: usize,
    pub schedule: Schedule,
    pub epoch: EpochLength,
    pub sampling: Sampling,
    pub select: Select,
    pub task_weights: TaskWeights,
    pub loss_reduction: LossReduction,
    /// Global gradient norm above which a step is scaled down; `null` is off.
    pub clip_norm: Option<f64>,
    /// Threads of one run: part of the spec because it may move rounding.
    pub threads: usize,
}

impl Default for TrainSpec {
    fn default() -> Self {
        Self {
            optimizer: OptimizerKind::Sgd,
            learning_rate: 0.001,
            momentum: 0.9,
            lr_decay: LrDecay::None,
            epochs: 20,
            batch: 16,
            schedule: Schedule::Synchronous,
            epoch: EpochLength::TasksTimesSentences,
            sampling: Sampling::Shuffled,
            select: Select::BestDev,
            task_weights: TaskWeights::default(),
            loss_reduction: LossReduction::Sum,
            clip_norm: Some(5.0),
            threads: 1,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptimizerKind {
    Sgd,
    Adam,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LrDecay {
    None,
    /// learning_rate / (1 + 0.05 epoch)
    Inverse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Both losses on one batch.
    Synchronous,
    /// Each step draws a task, then a batch of that task.
    Asynchronous,
}

/// Steps of an asynchronous epoch (a synchronous one visits each sentence once).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EpochLength {
    /// 2N draws: each task's N sentences once on average.
    TasksTimesSentences,
    /// N draws.
    Sentences,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sampling {
    /// Shuffled without replacement.
    Shuffled,
    WithReplacement,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Select {
    /// The epoch with the best dev (mention F1 + concept F1) / 2; a single-task network by its own task's F1.
    BestDev,
    Last,
    /// Each task from its own best epoch.
    BestDevPerTask,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TaskWeights {
    pub mer: f64,
    pub men: f64,
}

impl Default for TaskWeights {
    fn default() -> Self {
        Self { mer: 1.0, men: 1.0 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossReduction {
    Sum,
    MeanTokens,
    MeanSentences,
}
