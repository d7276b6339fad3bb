//! Which keys cannot matter for a run, and which values cannot go together.
//!
//! Keys that cannot matter are set to their defaults before a run is named by its content, so that two experiments that
//! differ only in such a key share the run.

use super::keys;
use super::spec::*;
use serde_json::Value;

/// A key, or a whole section, that has no effect on this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    pub path: &'static str,
    /// Completes "it has no effect: ...".
    pub because: &'static str,
}

pub fn idle(spec: &RunSpec) -> Vec<Idle> {
    let model = &spec.model;
    let feedback = Task::ALL.into_iter().any(|task| model.framework.feeds(task));
    let pipeline = model.framework == Framework::Pipeline;
    let idcnn = model.encoder == Encoder::Idcnn;
    let adam = spec.train.optimizer == OptimizerKind::Adam;
    let synchronous = spec.train.schedule == Schedule::Synchronous || pipeline;
    let no_dropout = spec.dropout.rate == 0.0;
    let rules: [(bool, &'static str, &'static [&'static str]); 9] = [
        (!feedback, "the framework has no feedback", &["model.feedback", "model.crf_feedback"]),
        (!model.crf, "`model.crf` is false", &["model.crf_feedback"]),
        (!idcnn, "the encoder is `bilstm`", &["model.idcnn"]),
        (idcnn, "the encoder is `idcnn`", &["model.layers", "model.hidden", "model.head.directions", "dropout.between_layers"]),
        (adam, "the optimizer is `adam`", &["train.momentum"]),
        (pipeline, "each network of a pipeline has one task", &["train.schedule"]),
        (synchronous, "the schedule is synchronous", &["train.epoch"]),
        (no_dropout, "`dropout.rate` is 0", &["dropout.characters", "dropout.input", "dropout.output", "dropout.between_layers"]),
        (model.char_cnn.is_none(), "`model.char_cnn` is null", &["dropout.characters"]),
    ];
    let mut found: Vec<Idle> = Vec::new();
    for (holds, because, paths) in rules {
        for path in paths.iter().filter(|_| holds) {
            if !found.iter().any(|idle| idle.path == *path) {
                found.push(Idle { path, because });
            }
        }
    }
    if !idcnn && model.layers == 1 && !found.iter().any(|idle| idle.path == "dropout.between_layers") {
        found.push(Idle { path: "dropout.between_layers", because: "the stack has one layer" });
    }
    found
}

/// The specification of the same run with every idle key at its default.
pub fn normalised(spec: &RunSpec) -> RunSpec {
    let (Ok(mut json), Ok(default)) = (serde_json::to_value(spec), serde_json::to_value(RunSpec::default())) else {
        return spec.clone();
    };
    for idle in idle(spec) {
        let pointer = pointer(idle.path);
        if let (Some(place), Some(value)) = (json.pointer_mut(&pointer), default.pointer(&pointer)) {
            *place = value.clone();
        }
    }
    let mut spec: RunSpec = serde_json::from_value(json).unwrap_or_else(|_| spec.clone());
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
            spec.data.train_on == TrainOn::TrainDev && spec.train.select != Select::Last,
            Conflict {
                path: "train.select",
                other: "data.train_on",
                fix: "dev is trained on, so it cannot choose the epoch: set `train.select: last`",
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
    let json = serde_json::to_value(spec).unwrap_or_default();
    json.pointer(&pointer(path)).map_or_else(String::new, plain_text)
}

fn plain_text(value: &Value) -> String {
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
    debug_assert!(keys::is_section(path) || keys::key(path).is_some() || path.starts_with("model.char_cnn"), "{path}");
    format!("/{}", path.replace('.', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::keys::{is_section, key};

    #[test]
    fn idle_paths_are_keys_or_sections() {
        let mut spec = RunSpec::default();
        spec.model.framework = Framework::Pipeline;
        spec.model.encoder = Encoder::Idcnn;
        spec.train.optimizer = OptimizerKind::Adam;
        spec.dropout.rate = 0.0;
        spec.model.char_cnn = None;
        for idle in idle(&spec) {
            assert!(is_section(idle.path) || key(idle.path).is_some(), "{}", idle.path);
        }
    }

    #[test]
    fn a_normalised_specification_is_its_own_normal_form() {
        for framework in [Framework::Pipeline, Framework::Mtl, Framework::MtlBothFeedback] {
            for encoder in [Encoder::Bilstm, Encoder::Idcnn] {
                let mut spec = RunSpec::default();
                spec.model.framework = framework;
                spec.model.encoder = encoder;
                spec.train.schedule = Schedule::Asynchronous;
                spec.train.epoch = EpochLength::Sentences;
                spec.model.feedback.value = FeedbackValue::LogProb;
                let once = normalised(&spec);
                assert_eq!(normalised(&once), once);
            }
        }
    }

    #[test]
    fn what_matters_is_kept() {
        let mut spec = RunSpec::default();
        spec.model.feedback.value = FeedbackValue::LogProb;
        spec.train.momentum = 0.5;
        assert_eq!(normalised(&spec), spec);
    }
}
