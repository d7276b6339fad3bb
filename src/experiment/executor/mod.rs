//! Ways to make the runs of a plan: in processes of this machine, or elsewhere.

mod local;
pub mod slurm;

pub use local::Local;

use super::worker::{RunOutcome, WorkerLine};
use crate::run::store::RunFolder;
use std::sync::atomic::AtomicBool;

/// One run to be made; its folder is prepared (`RunFolder::prepare`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub id: String,
    /// What the experiment calls it.
    pub name: String,
    pub folder: RunFolder,
}

/// Sees runs come and go. Jobs are named by their index.
pub trait Watch {
    fn started(&mut self, job: usize);
    fn line(&mut self, job: usize, line: &WorkerLine);
    fn ended(&mut self, job: usize, outcome: &RunOutcome);
    /// A line about all of them.
    fn note(&mut self, _line: &str) {}
}

/// Makes runs. One that fails takes no other with it.
pub trait Executor {
    /// Returns when all jobs have ended, or, after `stop` was set, when those that had begun have written their checkpoints (at once
    /// where they do not live by this process): how each job ended, in their order.
    fn execute(&self, jobs: &[Job], watch: &mut dyn Watch, stop: &AtomicBool) -> Vec<RunOutcome>;
}
