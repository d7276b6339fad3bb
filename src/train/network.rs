//! From a run's specification to a network's architecture.

use super::optimizer::Rule;
use crate::nn::Architecture;
use crate::nn::architecture::{CharCnn, Dropout, Encoder, Heads, Init, MEN, MER};
use crate::nn::ops::heads::{FeedbackKind, PerTask};
use crate::run::spec::{
    self, CrfFeedback, FeedbackValue, Framework, HeadDirections, HeadLayers, OptimizerKind, Rounds, RunSpec, Task, UnknownWords,
};

/// One network of a run: which tasks it has, and its name in files and records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub name: &'static str,
    pub tasks: PerTask<bool>,
}

/// The networks of a framework, in the order in which they are trained.
pub fn parts(framework: Framework) -> Vec<Part> {
    match framework {
        Framework::Pipeline => vec![Part { name: "mer", tasks: [true, false] }, Part { name: "men", tasks: [false, true] }],
        _ => vec![Part { name: "both", tasks: [true, true] }],
    }
}

/// What of a network's shape the data decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Rows of the word table, the unknown word's among them.
    pub words: usize,
    pub word_dimension: usize,
    /// Rows of the character table, the unknown character's among them.
    pub characters: usize,
    pub tags: PerTask<usize>,
}

/// The architecture of one network.
pub fn architecture(spec: &RunSpec, part: Part, sizes: Sizes) -> Architecture {
    let model = &spec.model;
    let both = part.tasks == [true, true];
    Architecture {
        words: sizes.words,
        word_dimension: sizes.word_dimension,
        train_words: spec.embedding.trainable,
        char_cnn: model.char_cnn.as_ref().map(|c| CharCnn {
            characters: sizes.characters,
            dimension: c.dim,
            filters: c.filters,
            window: c.window,
        }),
        encoder: match model.encoder {
            spec::Encoder::Bilstm => Encoder::Bilstm { layers: model.layers, hidden: model.hidden.units(sizes.word_dimension) },
            spec::Encoder::Idcnn => Encoder::Idcnn {
                filters: model.idcnn.filters,
                window: model.idcnn.window,
                dilations: model.idcnn.dilations.clone(),
                iterations: model.idcnn.iterations,
            },
        },
        tags: [MER, MEN].map(|task| part.tasks[task].then(|| sizes.tags[task])),
        feedback_into: Task::ALL.map(|task| both && model.framework.feeds(task)),
        feedback_kind: match model.feedback.value {
            FeedbackValue::LogProb => FeedbackKind::LogProbability,
            FeedbackValue::Prob => FeedbackKind::Probability,
        },
        rounds: match model.feedback.rounds {
            Rounds::Count(n) => Some(n),
            Rounds::Store => None,
        },
        heads: match (model.head.directions, model.head.layers) {
            (HeadDirections::Sum, _) => Heads::DirectionsSummed,
            (HeadDirections::Concat, HeadLayers::Hidden) => Heads::Hidden,
            (HeadDirections::Concat, HeadLayers::Linear) => Heads::Linear,
        },
        crf: model.crf,
        crf_marginals: model.crf_feedback == CrfFeedback::Marginals,
        dropout: Dropout {
            rate: spec.dropout.rate,
            characters: spec.dropout.characters,
            input: spec.dropout.input,
            output: spec.dropout.output,
            between_layers: spec.dropout.between_layers,
        },
        init: match model.init {
            spec::Init::Glorot => Init::Glorot,
            spec::Init::Pytorch => Init::Pytorch,
        },
    }
}

/// The optimizer's rule.
pub fn rule(spec: &RunSpec) -> Rule {
    match spec.train.optimizer {
        OptimizerKind::Sgd => Rule::Sgd { momentum: spec.train.momentum as f32 },
        OptimizerKind::Adam => Rule::Adam,
    }
}

/// Whether words seen once are replaced by the unknown word in training.
pub fn replaces_singletons(spec: &RunSpec) -> bool {
    spec.vocabulary.unknown == UnknownWords::Singletons
}
