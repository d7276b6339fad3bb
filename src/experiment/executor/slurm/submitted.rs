//! Waiting for tasks of array jobs.

use super::client::{self, SlurmError};
use super::output::Output;
use super::task_state::{Cause, TaskId, TaskState};
use crate::experiment::executor::local::last_line;
use crate::experiment::executor::{Executor, Job, Watch};
use crate::experiment::worker::{RunOutcome, WorkerLine};
use crate::run::record::RunState;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How soon a request to stop is noticed.
const STOP_PAUSE: Duration = Duration::from_millis(50);
/// Between two questions to Slurm: first, and at most, where nothing changes.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// A shared folder may show a file some moments late: so often must a task be missing from the queue, with its run not done, to have ended
/// without a result.
const MISSING_FOR_SURE: u32 = 3;

/// The task that makes a run.
#[derive(Clone, Debug)]
pub struct SubmittedTask {
    pub task: TaskId,
    /// Of its job.
    pub name: String,
    pub output: Output,
}

/// Runs that Slurm makes: jobs are the runs that were submitted, in their order.
#[derive(Clone, Debug)]
pub struct Submitted {
    pub tasks: Vec<SubmittedTask>,
    /// Runs that were in the queue already.
    pub found: usize,
}

impl Submitted {
    /// Numbers of the array jobs.
    pub fn jobs(&self) -> BTreeSet<u64> {
        self.tasks.iter().map(|submitted| submitted.task.0).collect()
    }

    fn names(&self) -> BTreeSet<&str> {
        self.tasks.iter().map(|submitted| submitted.name.as_str()).collect()
    }
}

/// One job on its way.
struct Followed<'a> {
    job: &'a Job,
    task: TaskId,
    output: Output,
    started: bool,
    /// The last outcome that its worker reported.
    reported: Option<RunOutcome>,
    missing: u32,
    outcome: Option<RunOutcome>,
}

impl Executor for Submitted {
    /// Asking it to stop leaves the jobs to Slurm.
    fn execute(&self, jobs: &[Job], watch: &mut dyn Watch, stop: &AtomicBool) -> Vec<RunOutcome> {
        let follow = |(job, submitted): (_, &SubmittedTask)| Followed {
            job,
            task: submitted.task,
            output: submitted.output.clone(),
            started: false,
            reported: None,
            missing: 0,
            outcome: None,
        };
        let mut followed: Vec<Followed> = jobs.iter().zip(&self.tasks).map(follow).collect();
        let names: Vec<&str> = self.names().into_iter().collect();
        let mut notes = Notes::default();
        let mut pause = FIRST_PAUSE;
        while !stop.load(Ordering::Relaxed) {
            let queue = client::queue(&names);
            notes.tell(&queue, watch);
            let changed = step(&mut followed, queue.ok().as_ref(), watch);
            if followed.iter().all(|one| one.outcome.is_some()) {
                break;
            }
            pause = if changed { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
            let mut waited = Duration::ZERO;
            while waited < pause && !stop.load(Ordering::Relaxed) {
                std::thread::sleep(STOP_PAUSE);
                waited += STOP_PAUSE;
            }
        }
        followed.into_iter().map(|one| one.outcome.unwrap_or(RunOutcome::Interrupted)).collect()
    }
}

/// Looks after every job once. `queue` is `None` where Slurm did not answer. Tells whether something happened.
fn step(followed: &mut [Followed], queue: Option<&BTreeMap<TaskId, TaskState>>, watch: &mut dyn Watch) -> bool {
    let mut changed = false;
    let mut gone = Vec::new();
    for (index, one) in followed.iter_mut().enumerate().filter(|(_, one)| one.outcome.is_none()) {
        let state = queue.and_then(|queue| queue.get(&one.task));
        let lines = one.output.new_lines();
        if !one.started && (state == Some(&TaskState::Running) || !lines.is_empty()) {
            one.started = true;
            changed = true;
            watch.started(index);
        }
        for line in lines {
            match line {
                WorkerLine::Ended(outcome) => one.reported = Some(outcome),
                line => {
                    one.reported = None;
                    watch.line(index, &line);
                }
            }
        }
        let over = queue.is_some() && state.is_none();
        one.missing = if over { one.missing + 1 } else { 0 };
        if over || one.reported == Some(RunOutcome::Done) {
            match one.result() {
                Some(outcome) => {
                    changed = true;
                    watch.ended(index, &outcome);
                    one.outcome = Some(outcome);
                }
                None if one.missing >= MISSING_FOR_SURE => gone.push(index),
                None => changed = true,
            }
        }
    }
    if !gone.is_empty() {
        let jobs: BTreeSet<u64> = gone.iter().map(|index| followed[*index].task.0).collect();
        let causes = client::causes(&jobs.into_iter().collect::<Vec<_>>());
        for index in gone {
            let one = &mut followed[index];
            let outcome = RunOutcome::Failed { why: unannounced(one.job, &one.output, causes.get(&one.task)) };
            watch.ended(index, &outcome);
            one.outcome = Some(outcome);
        }
        changed = true;
    }
    changed
}

impl Followed<'_> {
    /// The outcome that the run's record or its worker tells.
    fn result(&self) -> Option<RunOutcome> {
        match (self.job.folder.record(&self.job.id), &self.reported) {
            (Ok(Some(record)), _) if record.result.state == RunState::Done => Some(RunOutcome::Done),
            (_, Some(reported @ (RunOutcome::Failed { .. } | RunOutcome::BadInput { .. }))) => Some(reported.clone()),
            (Err(error), _) => Some(RunOutcome::Failed { why: error.to_string() }),
            _ => None,
        }
    }
}

/// Why a task ended that could not tell it.
fn unannounced(job: &Job, output: &Output, cause: Option<&Cause>) -> String {
    let log = job.folder.log_path();
    let mut why = match cause {
        Some(cause) => format!("Slurm says {}", cause.explained(output.out_of_memory().as_deref())),
        None => "its task is gone from Slurm's queue, and Slurm does not tell why; the same command goes on from its checkpoint".into(),
    };
    if let (Some("FAILED"), Some(line)) = (cause.map(|cause| cause.state.as_str()), last_line(&log)) {
        why += &format!("; it said last: {line}");
    }
    why + &format!(" (log: {}; Slurm's: {})", log.display(), output.path().display())
}

/// What was reported about all jobs, so that it is reported once.
#[derive(Default)]
struct Notes {
    silent: bool,
    waits_for: BTreeSet<String>,
}

impl Notes {
    fn tell(&mut self, queue: &Result<BTreeMap<TaskId, TaskState>, SlurmError>, watch: &mut dyn Watch) {
        let queue = match queue {
            Err(error) if !self.silent => {
                self.silent = true;
                return watch.note(&format!("{error}; asking again"));
            }
            Err(_) => return,
            Ok(queue) => queue,
        };
        if std::mem::take(&mut self.silent) {
            watch.note("Slurm answers again");
        }
        let mut waits_for = BTreeSet::new();
        let mut queued = 0;
        for state in queue.values() {
            if let TaskState::Queued { reason } = state {
                queued += 1;
                waits_for.insert(reason.clone());
            }
        }
        if waits_for != self.waits_for {
            if queued > 0 {
                let reasons = waits_for.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                watch.note(&format!("Slurm: {} running, {queued} queued ({reasons})", queue.len() - queued));
            }
            self.waits_for = waits_for;
        }
    }
}
