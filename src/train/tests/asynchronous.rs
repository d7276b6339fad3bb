//! A step of one task leaves the other's own parameters alone, to the bit.

use super::super::dataset::{Dataset, Stream, generator};
use super::super::network::network_specs;
use super::super::schedule;
use super::*;
use crate::corpus::PerTask;
use crate::run::spec::{OptimizerKind, Schedule};
use safetensors::SafeTensors;
use std::collections::BTreeMap;

/// The parameters of a checkpoint, without the optimizer's own values.
fn parameters(workdir: &Path) -> BTreeMap<String, Vec<u8>> {
    let file = std::fs::read(workdir.join("both.checkpoint.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&file).unwrap();
    let own = tensors.iter().filter(|(name, _)| !name.starts_with("optimizer."));
    own.map(|(name, view)| (name.to_owned(), view.data().to_vec())).collect()
}

/// Stopped after each step, with momentum (which a step of the other task must not spend) and with Adam (which would move a parameter
/// that has no gradient).
#[test]
fn a_step_of_one_task_leaves_the_other_head_bit_identical() {
    for (optimizer, crf) in [(OptimizerKind::Sgd, false), (OptimizerKind::Sgd, true), (OptimizerKind::Adam, false)] {
        let mut spec = small();
        spec.train.schedule = Schedule::Asynchronous;
        spec.train.optimizer = optimizer;
        spec.model.crf = crf;
        spec.data.limit = Some(2);
        let dataset = Dataset::new(&spec, inputs().corpus, &inputs().embedding).unwrap();
        let network = network_specs(spec.model.framework)[0];
        let steps = schedule::epoch(&mut generator(spec.seed, Stream::Order, 0), &spec.train, network, &dataset.train.encoded);
        let folder = tempfile::tempdir().unwrap();
        assert!(train_for(&spec, folder.path(), 0, End::Stop).is_none());
        let mut before = parameters(folder.path());
        let mut trained = PerTask { mer: 0, men: 0 };
        for (i, planned) in steps.iter().enumerate() {
            // The last step of an epoch goes on to the next.
            if i + 1 == steps.len() {
                break;
            }
            assert!(train_for(&spec, folder.path(), 1, End::Stop).is_none());
            let after = parameters(folder.path());
            let task = planned.task.unwrap();
            let (own, resting) = (format!("{}.", task.key()), format!("{}.", task.other().key()));
            for (name, value) in &after {
                let same = *value == before[name];
                assert!(!name.starts_with(&resting) || same, "{optimizer:?}: {name} changed in a step of {task:?}");
                assert!(!name.starts_with(&own) || !same, "{optimizer:?}: {name} did not change in a step of {task:?}");
            }
            assert!(after["lstm.0.forward.input"] != before["lstm.0.forward.input"]);
            trained[task] += 1;
            before = after;
        }
        assert!(trained.values().all(|n| *n >= 2), "{trained:?} steps of the tasks");
    }
}
