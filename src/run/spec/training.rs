//! How it is trained.

use super::section::*;
use crate::choice::choices;
use crate::run::keys::{Interval, ValueKind};
use crate::run::relevance::{ADAM, IDCNN, Inactive, NO_CHARACTERS, NO_DROPOUT, ONE_LAYER, PIPELINE, SYNCHRONOUS};

section! {
    /// where values are dropped in training
    struct DropoutSpec in "dropout." {
        /// probability of dropping a value
        rate: f64 = 0.5 => key { ValueKind::Float(Interval::below(0.0, 1.0)), why: "printed; 0 is no dropout (Table 3)" }
        /// dropout on the character vectors, before the convolution
        characters: bool = true => key { ValueKind::Bool, why: "printed", inactive(&[NO_DROPOUT, NO_CHARACTERS]) }
        /// dropout on the encoder's input
        input: bool = true => key { ValueKind::Bool, why: "printed", inactive(&[NO_DROPOUT]) }
        /// dropout on the encoder's output
        output: bool = true => key { ValueKind::Bool, why: "printed", inactive(&[NO_DROPOUT]) }
        /// dropout between the layers of the stack
        between_layers: bool = false => key {
            ValueKind::Bool, why: "open: \"input and output vectors of Bi-LSTM\"", inactive(&[IDCNN, NO_DROPOUT, ONE_LAYER])
        }
    }
}

const NO_SELECTION: Inactive =
    Inactive { when: |spec| spec.train.select == Select::Last, because: "`train.select` is `last`, so that no score on dev is followed" };
const TOO_PATIENT: Inactive = Inactive {
    when: |spec| spec.train.patience.is_some_and(|patience| patience + 1 >= spec.train.epochs),
    because: "so many epochs cannot pass without a better one before `train.epochs` are over",
};

section! {
    /// optimization and its schedule
    struct TrainSpec in "train." {
        /// optimizer
        optimizer: OptimizerKind = OptimizerKind::Sgd => key {
            ValueKind::OneOf(OptimizerKind::CHOICES), why: "SGD is printed; whether its figures can be reached at all asks for others"
        }
        /// step size at the start
        learning_rate: f64 = 0.001 => key { ValueKind::Float(Interval::above(0.0, 10.0)), why: "printed, for batches of one" }
        /// momentum of SGD
        momentum: f64 = 0.9 => key { ValueKind::Float(Interval::below(0.0, 1.0)), why: "printed", inactive(&[ADAM]) }
        /// how the step size falls
        lr_decay: LrDecay = LrDecay::None => key { ValueKind::OneOf(LrDecay::CHOICES), why: "open: \"initial learning rate\"" }
        /// epochs
        epochs: usize = 20 => key { ValueKind::Int(1, 10_000), why: "printed" }
        /// sentences per step
        batch: usize = 16 => key { ValueKind::Int(1, 4096), why: "1 is printed; larger ones cost less" }
        /// whether a step takes both losses or one task's
        schedule: Schedule = Schedule::Synchronous => key {
            ValueKind::OneOf(Schedule::CHOICES), why: "the paper says that they do not differ", inactive(&[PIPELINE])
        }
        /// draws of an asynchronous epoch
        epoch: EpochLength = EpochLength::TasksTimesSentences => key {
            ValueKind::OneOf(EpochLength::CHOICES), why: "open", inactive(&[PIPELINE, SYNCHRONOUS])
        }
        /// how sentences are drawn
        sampling: Sampling = Sampling::Shuffled => key { ValueKind::OneOf(Sampling::CHOICES), why: "open: \"choose a random\"" }
        /// epoch whose parameters are scored
        select: Select = Select::BestDev => key { ValueKind::OneOf(Select::CHOICES), why: "open" }
        /// epochs without a better score on dev after which a network's training ends; `null`: it makes all its epochs
        patience: Option<usize> = None => key {
            ValueKind::IntOrNull(1, 10_000),
            why: "ours: settings differ in how many epochs they need",
            since(2, "null"),
            inactive(&[NO_SELECTION, TOO_PATIENT])
        }
        /// weights of the two losses
        task_weights: TaskWeights = TaskWeights::default() => section { TaskWeights }
        /// how a batch's losses become one
        loss_reduction: LossReduction = LossReduction::Sum => key { ValueKind::OneOf(LossReduction::CHOICES), why: "open" }
        /// gradient norm above which a step is scaled down; `null` is off
        clip_norm: Option<f64> = Some(5.0) => key { ValueKind::FloatOrNull(Interval::above(0.0, 1e6)), why: "open" }
        /// threads of one run
        threads: usize = 1 => key { ValueKind::Int(1, 2), why: "part of the specification because it may move rounding" }
    }
}

section! {
    /// weights of the two losses
    struct TaskWeights in "train.task_weights." {
        /// weight of recognition's loss
        mer: f64 = 1.0 => key { ValueKind::Float(Interval::closed(0.0, 1000.0)), why: "open" }
        /// weight of normalization's loss
        men: f64 = 1.0 => key { ValueKind::Float(Interval::closed(0.0, 1000.0)), why: "open" }
    }
}

choices! {
    pub enum OptimizerKind {
        /// stochastic gradient descent with momentum
        Sgd = "sgd",
        /// Adam with its usual constants
        Adam = "adam",
    }

    pub enum LrDecay {
        /// it does not
        None = "none",
        /// rate / (1 + 0.05 epoch)
        Inverse = "inverse",
    }

    pub enum Schedule {
        /// both losses on one batch
        Synchronous = "synchronous",
        /// each step draws a task, then a batch of that task
        Asynchronous = "asynchronous",
    }

    /// Steps of an asynchronous epoch (a synchronous one visits each sentence once).
    pub enum EpochLength {
        /// 2N draws: each task's N sentences once on average
        TasksTimesSentences = "tasks-times-sentences",
        /// N draws
        Sentences = "sentences",
    }

    pub enum Sampling {
        /// without replacement
        Shuffled = "shuffled",
        /// each draw by itself
        WithReplacement = "with-replacement",
    }

    pub enum Select {
        /// the best (mention F1 + concept F1) / 2 on dev; a single-task network by its own task's F1
        BestDev = "best-dev",
        /// the last one
        Last = "last",
        /// each task from its own best epoch
        BestDevPerTask = "best-dev-per-task",
    }

    pub enum LossReduction {
        /// over tokens and sentences
        Sum = "sum",
        /// the sum over the tokens of the batch
        MeanTokens = "mean-tokens",
        /// the sum over its sentences
        MeanSentences = "mean-sentences",
    }
}
