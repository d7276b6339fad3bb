//! The shape of a network: what the specification says of it, and the sizes that the data gives it.

use crate::corpus::PerTask;
use crate::run::spec::{DropoutSpec, Encoder, HeadDirections, HeadLayers, ModelSpec, Rounds};

/// Everything that decides which parameters a network has and how it computes.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    /// Rows of the word table, row 0 being the unknown word.
    pub words: usize,
    pub word_dimension: usize,
    /// Rows of the character table, row 0 being the unknown character; of no account without a character CNN.
    pub characters: usize,
    /// Tags of each task; a single-task network has one task.
    pub tags: PerTask<Option<usize>>,
    /// Whether the word table is trained.
    pub train_words: bool,
    pub model: ModelSpec,
    pub dropout: DropoutSpec,
}

impl Architecture {
    /// Width of the LSTM per direction.
    pub fn hidden(&self) -> usize {
        self.model.hidden.units(self.word_dimension)
    }

    /// Width of v, the encoder's output.
    pub fn encoded(&self) -> usize {
        match self.model.encoder {
            Encoder::Bilstm => 2 * self.hidden(),
            Encoder::Idcnn => self.model.idcnn.filters,
        }
    }

    /// Whether the head of each task gets the other one's output: never in a network of one task.
    pub fn feedback_into(&self) -> PerTask<bool> {
        let both = self.tags.values().all(Option::is_some);
        PerTask::of(|task| both && self.model.framework.feeds(task))
    }

    pub fn has_feedback(&self) -> bool {
        self.feedback_into().values().any(|fed| *fed)
    }

    /// Rounds in training and in prediction; `None` where training takes its feedback from a store: then prediction takes two.
    pub fn rounds(&self) -> Option<usize> {
        match self.model.feedback.rounds {
            Rounds::Count(n) => Some(n),
            Rounds::Store => None,
        }
    }

    /// Whether each direction is decoded by itself, and the two log-softmaxes added.
    pub fn sums_directions(&self) -> bool {
        self.model.head.directions == HeadDirections::Sum
    }

    /// Whether a head has a tanh layer of v's width before its linear one; directions that are summed have none.
    pub fn has_hidden_layer(&self) -> bool {
        self.model.head.layers == HeadLayers::Hidden && !self.sums_directions()
    }
}
