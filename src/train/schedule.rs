//! Which task and which sentences each step of an epoch takes.

use super::batches::{below, shuffled, with_replacement};
use super::dataset::Encoded;
use super::network::NetworkSpec;
use crate::corpus::{PerTask, Task};
use crate::run::spec::{EpochLength, LrDecay, Sampling, Schedule, TrainSpec};
use rand_core::Rng;
use std::collections::VecDeque;

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The only task that learns; `None` is both (or the only one there is).
    pub task: Option<Task>,
    /// Sentences, the longest first.
    pub members: Vec<u32>,
}

/// The steps of an epoch.
///
/// Synchronous: each sentence once, for all tasks. Asynchronous (the paper's protocol): each step draws a task, then a batch of that
/// task's own pass over the sentences; 2N draws a epoch, or N.
pub fn epoch(rng: &mut impl Rng, spec: &TrainSpec, network: NetworkSpec, sentences: &[Encoded]) -> Vec<Planned> {
    let pass = |rng: &mut _| match spec.sampling {
        Sampling::Shuffled => shuffled(rng, sentences, spec.batch),
        Sampling::WithReplacement => with_replacement(rng, sentences, spec.batch),
    };
    let both = network.tasks.values().all(|has| *has);
    if spec.schedule == Schedule::Synchronous || !both {
        return pass(rng).into_iter().map(|members| Planned { task: None, members }).collect();
    }
    let first = pass(rng);
    let steps = match spec.epoch {
        EpochLength::TasksTimesSentences => 2 * first.len(),
        EpochLength::Sentences => first.len(),
    };
    let mut waiting = PerTask { mer: VecDeque::from(first), men: VecDeque::from(pass(rng)) };
    let mut planned = Vec::with_capacity(steps);
    for _ in 0..steps {
        let task = Task::ALL[below(rng, 2)];
        if waiting[task].is_empty() {
            waiting[task] = pass(rng).into();
        }
        if let Some(members) = waiting[task].pop_front() {
            planned.push(Planned { task: Some(task), members });
        }
    }
    planned
}

/// The learning rate of an epoch, counted from 0.
pub fn learning_rate(spec: &TrainSpec, epoch: usize) -> f64 {
    match spec.lr_decay {
        LrDecay::None => spec.learning_rate,
        LrDecay::Inverse => spec.learning_rate / (1.0 + 0.05 * epoch as f64),
    }
}
