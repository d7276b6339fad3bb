//! From a run's specification to a network's architecture.

use super::optimizer::UpdateRule;
use crate::corpus::PerTask;
use crate::nn::Architecture;
use crate::run::spec::{Framework, OptimizerKind, RunSpec, UnknownWords};

/// One network of a run: which tasks it has, and its name in files and records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkSpec {
    pub name: &'static str,
    pub tasks: PerTask<bool>,
}

/// The networks of a framework, in the order in which they are trained.
pub fn network_specs(framework: Framework) -> Vec<NetworkSpec> {
    match framework {
        Framework::Pipeline => vec![
            NetworkSpec { name: "mer", tasks: PerTask { mer: true, men: false } },
            NetworkSpec { name: "men", tasks: PerTask { mer: false, men: true } },
        ],
        _ => vec![NetworkSpec { name: "both", tasks: PerTask { mer: true, men: true } }],
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
pub fn architecture(spec: &RunSpec, network: NetworkSpec, sizes: Sizes) -> Architecture {
    Architecture {
        words: sizes.words,
        word_dimension: sizes.word_dimension,
        characters: sizes.characters,
        tags: PerTask::of(|task| network.tasks[task].then(|| sizes.tags[task])),
        train_words: spec.embedding.trainable,
        model: spec.model.clone(),
        dropout: spec.dropout.clone(),
    }
}

/// The optimizer's rule.
pub fn rule(spec: &RunSpec) -> UpdateRule {
    match spec.train.optimizer {
        OptimizerKind::Sgd => UpdateRule::Sgd { momentum: spec.train.momentum as f32 },
        OptimizerKind::Adam => UpdateRule::Adam,
    }
}

/// Whether words seen once are replaced by the unknown word in training.
pub fn replaces_singletons(spec: &RunSpec) -> bool {
    spec.vocabulary.unknown == UnknownWords::Singletons
}
