//! The shape of a network, in numbers.

use super::ops::heads::{FeedbackKind, PerTask};

/// Recognition, the first of a [`PerTask`].
pub const MER: usize = 0;
/// Normalization, the second.
pub const MEN: usize = 1;

/// Everything that decides which parameters a network has and how it computes.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    /// Rows of the word table, row 0 being the unknown word.
    pub words: usize,
    pub word_dimension: usize,
    /// Whether the word table is trained.
    pub train_words: bool,
    pub char_cnn: Option<CharCnn>,
    pub encoder: Encoder,
    /// Tags of each task; a single-task network has one task.
    pub tags: PerTask<Option<usize>>,
    /// Whether the head of this task gets the other one's output.
    pub feedback_into: PerTask<bool>,
    pub feedback_kind: FeedbackKind,
    /// Rounds in training and in prediction; `None` where training takes its feedback from a store: then prediction takes two.
    pub rounds: Option<usize>,
    pub heads: Heads,
    pub crf: bool,
    /// Feedback from the CRF's posterior marginals rather than from its emissions.
    pub crf_marginals: bool,
    pub dropout: Dropout,
    pub init: Init,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CharCnn {
    /// Rows of the character table, row 0 being the unknown character.
    pub characters: usize,
    pub dimension: usize,
    pub filters: usize,
    pub window: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encoder {
    /// `layers` Bi-LSTM layers of `hidden` units a direction.
    Bilstm { layers: usize, hidden: usize },
    /// One block of dilated convolutions, applied `iterations` times with the same parameters (Strubell et al. 2017).
    Idcnn { filters: usize, window: usize, dilations: Vec<usize>, iterations: usize },
}

impl Encoder {
    /// Width of v.
    pub fn output(&self) -> usize {
        match self {
            Encoder::Bilstm { hidden, .. } => 2 * hidden,
            Encoder::Idcnn { filters, .. } => *filters,
        }
    }
}

/// How a head turns its input into scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heads {
    Linear,
    /// A tanh layer of v's width before the linear one.
    Hidden,
    /// Each direction by itself, and the two log-softmaxes added.
    DirectionsSummed,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    pub rate: f64,
    pub characters: bool,
    pub input: bool,
    pub output: bool,
    pub between_layers: bool,
}

/// How parameters start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Init {
    /// Uniform ±sqrt(6 / (in + out)), biases 0, the LSTM's forget bias 1.
    Glorot,
    /// Uniform ±1/sqrt(fan in) with biases alike, and ±1/sqrt(h) in an LSTM.
    Pytorch,
}
