//! The network.

use super::section::*;
use crate::choice::choices;
use crate::corpus::Task;
use crate::run::keys::ValueKind;
use crate::run::relevance::{BILSTM, IDCNN, NO_CRF, NO_FEEDBACK, SUMMED};
use serde::{Deserialize, Serialize};

section! {
    /// the network
    struct ModelSpec in "model." {
        /// what the two tasks share and feed to each other
        framework: Framework = Framework::MtlBothFeedback => key { ValueKind::OneOf(Framework::CHOICES), why: "the row groups of Table 2" }
        /// network between the words and the heads
        encoder: Encoder = Encoder::Bilstm => key { ValueKind::OneOf(Encoder::CHOICES), why: "Table 2 has a row with IDCNN" }
        /// layers of the stacked Bi-LSTM
        layers: usize = 3 => key { ValueKind::Int(1, 16), why: "printed: the k of k-layer functions is 3", inactive(&[IDCNN]) }
        /// width of the LSTM per direction; `embedding` is the dimension of the word vectors
        hidden: Hidden = Hidden::Embedding => key {
            ValueKind::WordOrInt("embedding", 1, 4096), why: "\"the same dimension for the hidden layers\"", inactive(&[IDCNN])
        }
        /// the convolution over characters; `null` leaves it out
        char_cnn: Option<CharCnnSpec> = Some(CharCnnSpec::default()) => optional { CharCnnSpec }
        /// iterated dilated convolutions, where `model.encoder` is `idcnn`
        idcnn: IdcnnSpec = IdcnnSpec::default() => section { IdcnnSpec }
        /// a linear-chain CRF over each head's emissions
        crf: bool = false => key { ValueKind::Bool, why: "rows of Table 2" }
        /// what a head with a CRF feeds to the other
        crf_feedback: CrfFeedback = CrfFeedback::Emissions => key {
            ValueKind::OneOf(CrfFeedback::CHOICES), why: "open", inactive(&[NO_FEEDBACK, NO_CRF])
        }
        /// the layers over the encoder, one head a task
        head: HeadSpec = HeadSpec::default() => section { HeadSpec }
        /// what the heads feed to each other
        feedback: FeedbackSpec = FeedbackSpec::default() => section { FeedbackSpec }
        /// how parameters start
        init: Init = Init::Glorot => key { ValueKind::OneOf(Init::CHOICES), why: "open" }
    }
}

choices! {
    /// The row groups of Table 2.
    #[derive(PartialOrd, Ord)]
    pub enum Framework {
        /// two separate single-task networks
        Pipeline = "pipeline",
        /// shared encoder, two heads, no feedback
        Mtl = "mtl",
        /// feedback MEN → MER only (the paper's MTL-MEN_feedback)
        MtlMenFeedback = "mtl-men-feedback",
        /// feedback MER → MEN only (the paper's MTL-MER_feedback)
        MtlMerFeedback = "mtl-mer-feedback",
        /// both directions (the paper's MTL-MEN&MER_feedback)
        MtlBothFeedback = "mtl-both-feedback",
    }

    pub enum Encoder {
        /// stacked Bi-LSTM
        Bilstm = "bilstm",
        /// iterated dilated convolutions (Strubell et al. 2017)
        Idcnn = "idcnn",
    }

    pub enum CrfFeedback {
        /// softmax (or log-softmax) of the emissions
        Emissions = "emissions",
        /// posterior marginals of the CRF
        Marginals = "marginals",
    }

    pub enum HeadLayers {
        /// a linear layer
        Linear = "linear",
        /// a tanh layer of the encoder's output width before the linear one
        Hidden = "hidden",
    }

    pub enum HeadDirections {
        /// concatenated
        Concat = "concat",
        /// each direction decoded by its own linear and log-softmax layer, and the two added
        Sum = "sum",
    }

    pub enum FeedbackValue {
        /// log-probabilities of the tags
        LogProbability = "log_prob",
        /// probabilities of the tags
        Probability = "prob",
    }

    pub enum Init {
        /// uniform ±sqrt(6/(in+out)), biases 0, forget bias 1
        Glorot = "glorot",
        /// uniform ±1/sqrt(fan in), biases alike, as PyTorch starts its layers
        Pytorch = "pytorch",
    }
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

/// "The same dimension for the hidden layers": the embedding's dimension, or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hidden {
    Embedding,
    #[serde(untagged)]
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

section! {
    /// the convolution over characters
    struct CharCnnSpec in "model.char_cnn." {
        /// dimension of a character's vector
        dim: usize = 30 => key { ValueKind::Int(1, 1024), why: "printed" }
        /// filters of the convolution over characters
        filters: usize = 30 => key { ValueKind::Int(1, 1024), why: "open: the paper cites Chiu & Nichols and Ma & Hovy" }
        /// characters that a filter sees
        window: usize = 3 => key { ValueKind::Int(1, 15), why: "open, as the filters" }
    }
}

section! {
    /// iterated dilated convolutions (Strubell et al. 2017): one block of dilated layers, applied `iterations` times with the same
    /// parameters
    struct IdcnnSpec in "model.idcnn." {
        /// filters of a dilated layer
        filters: usize = 200 => key { ValueKind::Int(1, 4096), why: "open: the paper cites Strubell et al.", inactive(&[BILSTM]) }
        /// tokens that a filter sees, an odd number
        window: usize = 3 => key { ValueKind::Int(1, 15), why: "as Strubell et al.", inactive(&[BILSTM]) }
        /// dilation of each layer of the block
        dilations: Vec<usize> = vec![1, 2, 1] => key { ValueKind::Ints(1, 256), why: "as Strubell et al.", inactive(&[BILSTM]) }
        /// how often the block is applied
        iterations: usize = 3 => key { ValueKind::Int(1, 64), why: "as Strubell et al.", inactive(&[BILSTM]) }
    }
}

section! {
    /// the layers over the encoder, one head a task
    struct HeadSpec in "model.head." {
        /// layers of a head
        layers: HeadLayers = HeadLayers::Linear => key { ValueKind::OneOf(HeadLayers::CHOICES), why: "open: \"classification function\"", inactive(&[SUMMED]) }
        /// how the two directions meet in a head
        directions: HeadDirections = HeadDirections::Concat => key {
            ValueKind::OneOf(HeadDirections::CHOICES), why: "two sentences of the paper disagree", inactive(&[IDCNN])
        }
    }
}

section! {
    /// what the heads feed to each other
    struct FeedbackSpec in "model.feedback." {
        /// what a head feeds to the other
        value: FeedbackValue = FeedbackValue::Probability => key {
            ValueKind::OneOf(FeedbackValue::CHOICES),
            why: "the text says log-probabilities and starts them at 1/L, a probability",
            inactive(&[NO_FEEDBACK])
        }
        /// how often the heads are computed, each round from the other head's output of the round before; `store`: from its last
        /// output in training (prediction then takes 2 rounds)
        rounds: Rounds = Rounds::Count(2) => key {
            ValueKind::WordOrInt("store", 1, 8), why: "nothing is said about inference", inactive(&[NO_FEEDBACK])
        }
    }
}

/// How often the heads are computed, each round from the other head's detached output of the round before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rounds {
    /// The asynchronous protocol's last-seen output of the other task for this sentence.
    Store,
    #[serde(untagged)]
    Count(usize),
}
