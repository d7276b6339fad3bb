//! Which epoch's parameters are kept, and in which files.

use super::dataset::Dataset;
use super::network::{NetworkSpec, architecture, network_specs};
use super::{TrainError, checkpoint};
use crate::corpus::{PerTask, Task};
use crate::nn::buffers::Context;
use crate::nn::{Backend, Tagger};
use crate::run::spec::{RunSpec, Select};
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::path::Path;

/// By which dev score an epoch is chosen, and for which tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    Last,
    /// (mention F1 + concept F1) / 2
    Mean,
    Task(Task),
}

impl Selection {
    pub fn score(self, mention: f64, concept: f64) -> f64 {
        match self {
            // Whatever it scores, it is taken; JSON, which keeps this number, has no infinity.
            Selection::Last => 0.0,
            Selection::Mean => (mention + concept) / 2.0,
            Selection::Task(Task::Mer) => mention,
            Selection::Task(Task::Men) => concept,
        }
    }

    /// Name of the file with the chosen parameters of a network, in the run's work folder.
    pub fn file(self, network: NetworkSpec) -> String {
        let chosen = match self {
            Selection::Last => "last",
            Selection::Mean => "best",
            Selection::Task(Task::Mer) => "best-mer",
            Selection::Task(Task::Men) => "best-men",
        };
        format!("{}.{chosen}.safetensors", network.name)
    }

    pub fn is_for(self, task: Task) -> bool {
        !matches!(self, Selection::Task(own) if own != task)
    }
}

/// The choices that a network is kept by.
pub fn selections(select: Select, network: NetworkSpec) -> Vec<Selection> {
    match (select, network.tasks) {
        (Select::Last, _) => vec![Selection::Last],
        (_, PerTask { mer: true, men: false }) => vec![Selection::Task(Task::Mer)],
        (_, PerTask { mer: false, men: true }) => vec![Selection::Task(Task::Men)],
        (Select::BestDev, _) => vec![Selection::Mean],
        (Select::BestDevPerTask, _) => vec![Selection::Task(Task::Mer), Selection::Task(Task::Men)],
    }
}

/// A network with chosen parameters, as a run that is done has it in its work folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectedCheckpoint {
    pub network: NetworkSpec,
    /// Tasks for which this network's output is the run's.
    pub answers: PerTask<bool>,
    /// Name of the file with its parameters.
    pub file: String,
}

impl SelectedCheckpoint {
    /// The network with its parameters.
    ///
    /// # Errors
    /// [`TrainError`]: parameters that cannot be read, or that are another network's.
    pub fn load<D: Backend>(
        &self,
        device: &Context<D>,
        spec: &RunSpec,
        dataset: &Dataset,
        workdir: &Path,
    ) -> Result<Tagger<D>, TrainError> {
        // Every number that is drawn here is overwritten by what was learned.
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
        let mut tagger = Tagger::new(device, architecture(spec, self.network, dataset.sizes()), dataset.vectors.clone(), &mut rng)?;
        checkpoint::load_parameters(&workdir.join(&self.file), &mut tagger)?;
        Ok(tagger)
    }
}

/// The networks of a run that is done: together they answer for both tasks, each once.
pub fn selected_checkpoints(spec: &RunSpec) -> Vec<SelectedCheckpoint> {
    let of_network = |network: NetworkSpec| {
        let chosen = selections(spec.train.select, network).into_iter();
        chosen.map(move |selection| SelectedCheckpoint {
            network,
            answers: PerTask::of(|task| network.tasks[task] && selection.is_for(task)),
            file: selection.file(network),
        })
    };
    network_specs(spec.model.framework).into_iter().flat_map(of_network).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::spec::Framework;

    #[test]
    fn each_task_is_answered_for_once() {
        for framework in [Framework::Pipeline, Framework::Mtl, Framework::MtlBothFeedback] {
            for select in [Select::BestDev, Select::Last, Select::BestDevPerTask] {
                let mut spec = RunSpec::default();
                (spec.model.framework, spec.train.select) = (framework, select);
                let selected = selected_checkpoints(&spec);
                for task in Task::ALL {
                    assert_eq!(selected.iter().filter(|network| network.answers[task]).count(), 1, "{framework:?} {select:?}");
                }
            }
        }
        let mut spec = RunSpec::default();
        spec.train.select = Select::BestDevPerTask;
        let files: Vec<String> = selected_checkpoints(&spec).into_iter().map(|network| network.file).collect();
        assert_eq!(files, ["both.best-mer.safetensors", "both.best-men.safetensors"]);
    }
}
