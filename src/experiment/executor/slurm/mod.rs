//! Array jobs of a Slurm cluster, over a run store that all its nodes share.
//!
//! A task is the same worker that the local engine starts, on its run's folder; results and checkpoints meet in the store. Calls find
//! tasks of earlier calls again, and submit what no task makes.

mod arguments;
mod client;
mod output;
mod script;
mod submission;
mod submitted;
mod task_state;

pub use arguments::sbatch_arguments;
pub use client::SlurmError;
pub use submitted::Submitted;
pub use task_state::TaskId;

use super::Job;
use client::{causes, queue};
use output::Output;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use submission::Submission;
use submitted::SubmittedTask;
use task_state::TaskState;

/// Before its time is up, a task is warned; Slurm may be a minute early with it.
const WARNING_SECONDS: u64 = 60;
/// Of one array: what Slurm allows where its administrator did not say otherwise (`MaxArraySize` is 1001, one more than the most).
const MOST_TASKS: usize = 1000;

/// How runs are to be submitted. All paths are absolute.
#[derive(Clone, Debug)]
pub struct Slurm {
    /// This very program.
    pub program: PathBuf,
    /// Arguments that follow `worker --run-dir DIR`.
    pub arguments: Vec<OsString>,
    /// Where the command was given: relative paths of the experiment begin there.
    pub directory: PathBuf,
    /// The folder of the run store.
    pub runs: PathBuf,
    /// The experiment's name.
    pub experiment: String,
    /// Further arguments of `sbatch` (`sbatch_arguments`).
    pub sbatch_arguments: Vec<String>,
    /// Tasks of an array at a time.
    pub array_limit: Option<u32>,
    /// Cores of a task.
    pub threads: usize,
}

impl Slurm {
    /// The script that would be submitted for these jobs, or for the first thousand of them.
    ///
    /// # Errors
    /// When Slurm could not write its logs where the run store is.
    pub fn script(&self, jobs: &[Job]) -> Result<Vec<u8>, SlurmError> {
        self.check()?;
        let jobs: Vec<&Job> = jobs.iter().take(MOST_TASKS).collect();
        Ok(script::script(self, &Submission::next(&self.runs, &self.experiment, &jobs)))
    }

    /// Slurm reads `%` and `\` in the folder of a log as patterns.
    ///
    /// # Errors
    /// When the path of the run store has one of them.
    pub fn check(&self) -> Result<(), SlurmError> {
        let plain = !self.runs.as_os_str().as_encoded_bytes().iter().any(|byte| b"%\\\n".contains(byte));
        if plain { Ok(()) } else { Err(SlurmError::Path(self.runs.clone())) }
    }

    /// Finds the tasks that make these runs already, and submits the rest.
    ///
    /// # Errors
    /// When Slurm is not here, does not answer or refuses, or the run store cannot be used.
    pub fn submit(&self, jobs: &[Job]) -> Result<Submitted, SlurmError> {
        self.check()?;
        let _held = submission::hold(&self.runs)?;
        let ids: Vec<&str> = jobs.iter().map(|job| job.id.as_str()).collect();
        let (submissions, queue) = alive(&self.runs, &ids, true)?;
        let found = |job: &Job| {
            let (submission, task) = tasks(&submissions, &job.id).find(|(_, task)| queue.contains_key(task))?;
            Some(SubmittedTask { task, name: submission.name.clone(), output: Output::from_end(submission.output(task.1)) })
        };
        let mut submitted: Vec<Option<SubmittedTask>> = jobs.iter().map(found).collect();
        let found = submitted.iter().flatten().count();
        let new: Vec<usize> = (0..jobs.len()).filter(|index| submitted[*index].is_none()).collect();
        for part in new.chunks(MOST_TASKS) {
            let submission = self.submit_array(&part.iter().map(|index| &jobs[*index]).collect::<Vec<_>>())?;
            for (task, index) in part.iter().enumerate() {
                let output = Output::from_start(submission.output(task));
                submitted[*index] = submission.job.map(|job| SubmittedTask { task: (job, task), name: submission.name.clone(), output });
            }
        }
        Ok(Submitted { tasks: submitted.into_iter().flatten().collect(), found })
    }

    fn submit_array(&self, jobs: &[&Job]) -> Result<Submission, SlurmError> {
        let mut submission = Submission::next(&self.runs, &self.experiment, jobs);
        submission.write(&script::script(self, &submission), jobs)?;
        match client::submit(&submission.folder, &self.sbatch_arguments, submission::SCRIPT) {
            Ok(job) => submission.taken(job)?,
            Err(error) => {
                if matches!(error, SlurmError::NotHere { .. } | SlurmError::Refused { .. }) {
                    // Nothing came of it. Where it cannot be removed, it is skipped by later calls.
                    let _ = std::fs::remove_dir_all(&submission.folder);
                }
                return Err(error);
            }
        }
        Ok(submission)
    }
}

/// What Slurm says of a run that is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobStatus {
    Queued {
        task: TaskId,
        reason: String,
    },
    Running {
        task: TaskId,
    },
    /// Without a result; `why` says how it ended, `output` is the file with what Slurm said of it.
    Ended {
        task: TaskId,
        why: String,
        output: PathBuf,
    },
}

/// Asks Slurm about runs that were submitted from this store; of others it knows nothing.
///
/// # Errors
/// When some were, and Slurm is not here or does not answer; or the store cannot be read.
pub fn job_statuses(runs: &Path, ids: &[&str]) -> Result<BTreeMap<String, JobStatus>, SlurmError> {
    let (submissions, queue) = alive(runs, ids, false)?;
    let mut job_statuses = BTreeMap::new();
    let mut ended = Vec::new();
    for id in ids {
        match tasks(&submissions, id).find_map(|(_, task)| Some((task, queue.get(&task)?))) {
            Some((task, TaskState::Running)) => {
                job_statuses.insert((*id).to_owned(), JobStatus::Running { task });
            }
            Some((task, TaskState::Queued { reason })) => {
                job_statuses.insert((*id).to_owned(), JobStatus::Queued { task, reason: reason.clone() });
            }
            None => ended.extend(tasks(&submissions, id).next().map(|(submission, task)| (*id, submission, task))),
        }
    }
    let mut jobs: Vec<u64> = ended.iter().map(|(_, _, task)| task.0).collect();
    jobs.sort_unstable();
    jobs.dedup();
    let causes = causes(&jobs);
    for (id, submission, task) in ended {
        if let Some(cause) = causes.get(&task) {
            let output = Output::from_start(submission.output(task.1));
            let why = cause.explained(output.out_of_memory().as_deref());
            let status = JobStatus::Ended { task, why, output: output.path().to_owned() };
            job_statuses.insert(id.to_owned(), status);
        }
    }
    Ok(job_statuses)
}

/// Submissions that have one of these runs, and their tasks that wait or run. A submission whose job was not noted, because the call ended in
/// that moment, is found by its name, and noted with `mend`.
fn alive(runs: &Path, ids: &[&str], mend: bool) -> Result<(Vec<Submission>, BTreeMap<TaskId, TaskState>), SlurmError> {
    let mut submissions = submission::read_all(runs)?;
    submissions.retain(|submission| ids.iter().any(|id| submission.task_of(id).is_some()));
    let mut queue_of_all = BTreeMap::new();
    for submission in submissions.iter_mut().filter(|submission| submission.job.is_none()) {
        let queue = queue(&[&submission.name])?;
        if let Some((job, _)) = queue.keys().next() {
            if mend {
                submission.taken(*job)?;
            }
            submission.job = Some(*job);
        }
        queue_of_all.extend(queue);
    }
    let names: Vec<&str> = submissions.iter().filter(|s| s.job.is_some()).map(|s| s.name.as_str()).collect();
    queue_of_all.extend(queue(&names)?);
    Ok((submissions, queue_of_all))
}

/// Tasks that were to make a run, the newest first.
fn tasks<'a>(submissions: &'a [Submission], id: &'a str) -> impl Iterator<Item = (&'a Submission, TaskId)> {
    submissions.iter().rev().filter_map(move |submission| Some((submission, (submission.job?, submission.task_of(id)?))))
}
