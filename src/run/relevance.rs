//! Which keys have no effect in a run, and which values cannot go together.
//!
//! A key without effect is set to its first default before a run is named by its content, so that two experiments that differ only
//! in such a key share the run.

use super::keys::{self, KEYS};
use super::spec::*;
use serde_json::Value;

/// When a key has no effect.
#[derive(Clone, Copy, Debug)]
pub struct Inactive {
    pub when: fn(&RunSpec) -> bool,
    /// Completes "it has no effect: ...".
    pub because: &'static str,
}

pub const NO_FEEDBACK: Inactive =
    Inactive { when: |spec| !Task::ALL.into_iter().any(|task| spec.model.framework.feeds(task)), because: "the framework has no feedback" };
pub const NO_CRF: Inactive = Inactive { when: |spec| !spec.model.crf, because: "`model.crf` is false" };
pub const BILSTM: Inactive = Inactive { when: |spec| spec.model.encoder == Encoder::Bilstm, because: "the encoder is `bilstm`" };
pub const IDCNN: Inactive = Inactive { when: |spec| spec.model.encoder == Encoder::Idcnn, because: "the encoder is `idcnn`" };
pub const ONE_LAYER: Inactive = Inactive { when: |spec| spec.model.layers == 1, because: "the stack has one layer" };
pub const ADAM: Inactive = Inactive { when: |spec| spec.train.optimizer == OptimizerKind::Adam, because: "the optimizer is `adam`" };
pub const PIPELINE: Inactive =
    Inactive { when: |spec| spec.model.framework == Framework::Pipeline, because: "each network of a pipeline has one task" };
pub const SYNCHRONOUS: Inactive =
    Inactive { when: |spec| spec.train.schedule == Schedule::Synchronous, because: "the schedule is synchronous" };
pub const SUMMED: Inactive = Inactive {
    when: |spec| spec.model.encoder == Encoder::Bilstm && spec.model.head.directions == HeadDirections::Sum,
    because: "`model.head.directions` is `sum`, and each direction has one linear layer",
};
pub const NO_DROPOUT: Inactive = Inactive { when: |spec| spec.dropout.rate == 0.0, because: "`dropout.rate` is 0" };
pub const NO_CHARACTERS: Inactive = Inactive { when: |spec| spec.model.char_cnn.is_none(), because: "`model.char_cnn` is null" };

pub const NO_CHANCE: Inactive = Inactive { when: |spec| !spec.system.is_random(), because: "the system draws nothing at random" };

/// Why a key of the network's sections has no effect in a run of another system.
const OTHER_SYSTEM: &str = "`system` is not `neural`";

/// A key that has no effect in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InactiveKey {
    pub path: &'static str,
    /// Completes "it has no effect: ...".
    pub because: &'static str,
}

/// The keys that have no effect in this run, in the order of the table.
pub fn inactive_keys(spec: &RunSpec) -> Vec<InactiveKey> {
    let of_network = |key: &keys::Key| NEURAL_SECTIONS.iter().any(|section| key.path.starts_with(section));
    let reason = |key: &keys::Key| (!spec.system.has_network() && of_network(key)).then_some(OTHER_SYSTEM);
    let reason = |key: &keys::Key| reason(key).or_else(|| key.inactive.iter().find(|rule| (rule.when)(spec)).map(|rule| rule.because));
    KEYS.iter().filter_map(|key| reason(key).map(|because| InactiveKey { path: key.path, because })).collect()
}

/// The specification of the same run with every key without effect at its first default.
pub fn normalised(spec: &RunSpec) -> RunSpec {
    let (mut values, first) = (spec.values(), first_values());
    for inactive in inactive_keys(spec) {
        let pointer = pointer(inactive.path);
        // Keys of a section that is null are not there.
        if let (Some(place), Some(value)) = (values.pointer_mut(&pointer), first.pointer(&pointer)) {
            *place = value.clone();
        }
    }
    // What a specification said and first values are read again without fail; bounds were checked where it came from.
    let mut spec = RunSpec::from_own_values(values).unwrap_or_else(|_| spec.clone());
    // A single-task network is selected by its own task in either case.
    if spec.model.framework == Framework::Pipeline && spec.train.select == Select::BestDevPerTask {
        spec.train.select = Select::BestDev;
    }
    spec
}

/// Two values that cannot go together, the one to blame first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub path: &'static str,
    pub other: &'static str,
    pub fix: &'static str,
}

/// Conflicts of a normalised specification.
pub fn conflicts(spec: &RunSpec) -> Vec<Conflict> {
    let rules = [
        (
            spec.system.has_network() && spec.data.train_on != TrainOn::Train && spec.train.select != Select::Last,
            Conflict {
                path: "train.select",
                other: "data.train_on",
                fix: "dev is trained on, so it cannot choose the epoch: set `train.select: last`",
            },
        ),
        (
            spec.system == SystemKind::Lexicon && spec.data.train_on != TrainOn::Train,
            Conflict {
                path: "data.train_on",
                other: "system",
                fix: "the least probability of a link is found on dev, which must not be trained on: set `data.train_on: train`",
            },
        ),
        (
            spec.model.feedback.rounds == Rounds::Store && spec.train.schedule == Schedule::Synchronous,
            Conflict {
                path: "model.feedback.rounds",
                other: "train.schedule",
                fix: "the store belongs to the asynchronous protocol: set `train.schedule: asynchronous`, or a number of rounds",
            },
        ),
        (
            spec.train.task_weights == TaskWeights { mer: 0.0, men: 0.0 },
            Conflict { path: "train.task_weights.men", other: "train.task_weights.mer", fix: "with both weights 0 nothing is learned" },
        ),
        (
            spec.model.encoder == Encoder::Idcnn && spec.model.idcnn.window.is_multiple_of(2),
            Conflict { path: "model.idcnn.window", other: "model.encoder", fix: "an odd window keeps the sentence's length: take 3 or 5" },
        ),
    ];
    rules.into_iter().filter(|(holds, _)| *holds).map(|(_, conflict)| conflict).collect()
}

/// A key's value in a resolved specification, as it would be written in a file.
pub fn value_text(spec: &RunSpec, path: &str) -> String {
    spec.values().pointer(&pointer(path)).map_or_else(String::new, plain_text)
}

/// A value as YAML would show it in a line.
pub fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(map) => {
            format!("{{{}}}", map.iter().map(|(key, value)| format!("{key}: {}", plain_text(value))).collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(plain_text).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// A dotted path as a JSON pointer.
pub fn pointer(path: &str) -> String {
    debug_assert!(keys::is_section(path) || keys::key(path).is_some(), "{path}");
    format!("/{}", path.replace('.', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::keys::any_spec;
    use proptest::prelude::*;

    #[test]
    fn a_normalised_specification_is_its_own_normal_form() {
        for framework in [Framework::Pipeline, Framework::Mtl, Framework::MtlBothFeedback] {
            for encoder in [Encoder::Bilstm, Encoder::Idcnn] {
                let mut spec = RunSpec::default();
                spec.model.framework = framework;
                spec.model.encoder = encoder;
                spec.train.schedule = Schedule::Asynchronous;
                spec.train.epoch = EpochLength::Sentences;
                spec.model.feedback.value = FeedbackValue::LogProbability;
                let once = normalised(&spec);
                assert_eq!(normalised(&once), once);
            }
        }
    }

    proptest! {
        /// What makes a key inactive may itself be inactive: once is enough all the same, and what is active stays.
        #[test]
        fn normalising_once_is_enough(choose in proptest::collection::vec(0usize..100, KEYS.len())) {
            let spec = any_spec(&choose);
            let once = normalised(&spec);
            prop_assert_eq!(&normalised(&once), &once);
            let (before, after, inactive) = (spec.values(), once.values(), inactive_keys(&spec));
            for key in KEYS.iter().filter(|key| key.path != "train.select") {
                let pointer = pointer(key.path);
                if !inactive.iter().any(|other| other.path == key.path) {
                    prop_assert_eq!(before.pointer(&pointer), after.pointer(&pointer), "{}", key.path);
                } else if after.pointer(&pointer).is_some() {
                    prop_assert_eq!(after.pointer(&pointer), first_values().pointer(&pointer), "{}", key.path);
                }
            }
        }
    }

    #[test]
    fn what_matters_is_kept() {
        let mut spec = RunSpec::default();
        spec.model.feedback.value = FeedbackValue::LogProbability;
        spec.train.momentum = 0.5;
        assert_eq!(normalised(&spec), spec);
    }
}
