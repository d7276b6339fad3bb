//! How it is trained.

use serde::{Deserialize, Serialize};

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
