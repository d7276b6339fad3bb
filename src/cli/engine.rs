//! `--engine local|slurm`: who makes the runs.

use super::experiment_context::{ExperimentContext, SpecArgs};
use super::signals::Signals;
use super::{progress, say};
use crate::experiment::executor::slurm::{Slurm, Submitted, sbatch_arguments};
use crate::experiment::executor::{Executor, Job};
use crate::experiment::worker::RunOutcome;
use std::ffi::OsString;
use std::io::Write;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// Processes of this machine
    Local,
    /// Array jobs of a Slurm cluster
    Slurm,
}

#[derive(clap::Args)]
pub struct EngineArgs {
    /// Who makes the runs
    #[arg(long, value_enum, default_value = "local", value_name = "ENGINE")]
    pub engine: Engine,
    /// Further arguments of sbatch, as in `--slurm-args "--partition=long --time=8:00:00 --mem=1G"`
    #[arg(long, value_name = "ARGS", allow_hyphen_values = true)]
    slurm_args: Vec<String>,
    /// Tasks of an array job at a time [default: as many as the cluster lets]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub array_limit: Option<u32>,
    /// Submit to Slurm and do not wait
    #[arg(long)]
    detach: bool,
}

/// An argument that the engine does not take.
#[derive(Debug, thiserror::Error)]
#[error("{argument} is not for `--engine {engine}`: {fix}")]
pub struct WrongEngine {
    argument: &'static str,
    engine: &'static str,
    fix: &'static str,
}

impl EngineArgs {
    /// # Errors
    /// When an argument belongs to the other engine.
    pub fn check(&self, jobs_given: bool) -> Result<(), WrongEngine> {
        let given =
            [("--slurm-args", !self.slurm_args.is_empty()), ("--array-limit", self.array_limit.is_some()), ("--detach", self.detach)];
        match self.engine {
            Engine::Local => match given.iter().find(|(_, given)| *given) {
                Some((argument, _)) => Err(WrongEngine { argument, engine: "local", fix: "add `--engine slurm`, or leave it out" }),
                None => Ok(()),
            },
            Engine::Slurm if jobs_given => {
                Err(WrongEngine { argument: "--jobs", engine: "slurm", fix: "say with --array-limit how many tasks may run at a time" })
            }
            Engine::Slurm => Ok(()),
        }
    }

    /// # Errors
    /// When `--slurm-args` or the run store's path are wrong, or the system does not tell where this program and its folder are.
    pub fn slurm(&self, context: &ExperimentContext, args: &SpecArgs, worker: Vec<OsString>) -> anyhow::Result<Slurm> {
        let slurm = Slurm {
            program: std::env::current_exe()?,
            arguments: worker,
            directory: std::env::current_dir()?,
            runs: std::path::absolute(&args.runs_dir)?,
            experiment: context.experiment.name.clone(),
            sbatch_arguments: sbatch_arguments(&self.slurm_args)?,
            array_limit: self.array_limit,
            threads: context.plan.to_do().map(|entry| entry.spec.train.threads).max().unwrap_or(1),
        };
        slurm.check()?;
        Ok(slurm)
    }

    /// Submits the runs, and waits for them; `None` where it shall not be waited.
    ///
    /// # Errors
    /// As `Slurm::submit`.
    pub fn make_runs(&self, slurm: &Slurm, jobs: &[Job], signals: &Signals) -> anyhow::Result<Option<Vec<RunOutcome>>> {
        if jobs.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let submitted = slurm.submit(jobs)?;
        say(&described(slurm, &submitted));
        let numbers = numbers(&submitted);
        if self.detach {
            say(&format!(
                "not waiting: `mermen status` shows their progress, the same command without --detach waits, `scancel {numbers}` ends them"
            ));
            return Ok(None);
        }
        let outcomes = submitted.execute(jobs, &mut *progress::watch(jobs), &signals.stop);
        if signals.stopped() {
            say(&format!(
                "interrupted: the runs go on in Slurm; the same command waits for them again, `mermen status` shows their progress, `scancel {numbers}` ends them"
            ));
        }
        Ok(Some(outcomes))
    }
}

/// The script of the runs that are to do, on standard output.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_script(slurm: &Slurm, context: &ExperimentContext) -> anyhow::Result<u8> {
    let job = |(request, name): (crate::run::store::RunRequest, String)| Job {
        folder: context.store.folder(&request.run_id),
        id: request.run_id,
        name,
    };
    let jobs: Vec<Job> = context.requests().into_iter().map(job).collect();
    if !jobs.is_empty() {
        std::io::stdout().lock().write_all(&slurm.script(&jobs)?)?;
    }
    Ok(0)
}

fn described(slurm: &Slurm, submitted: &Submitted) -> String {
    let new = submitted.tasks.len() - submitted.found;
    let in_queue = format!("{} were in Slurm's queue already", submitted.found);
    let what = match (new, submitted.found) {
        (0, _) => in_queue,
        (_, 0) => format!("{new} submitted to Slurm"),
        _ => format!("{new} submitted to Slurm, {in_queue}"),
    };
    format!("{}: {} runs: {what} (array job {})", slurm.experiment, submitted.tasks.len(), numbers(submitted))
}

fn numbers(submitted: &Submitted) -> String {
    submitted.jobs().iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
}
