//! `mermen run`: makes the runs of an experiment that are not made yet, and draws its table.

use super::experiment_context::{ExperimentContext, SpecArgs};
use super::cpu_path::CpuPath;
use super::device::Device;
use super::engine::{Engine, EngineArgs, print_script};
use super::signals::Signals;
use super::{log, print, progress, say};
use crate::baseline::Systems;
use crate::experiment::executor::{Executor, Job, Local};
use crate::experiment::plan::{Plan, RunStatus};
use crate::experiment::worker::RunOutcome;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Run an experiment: what is done already is not run again
#[derive(clap::Args)]
#[command(after_help = "Examples:
  mermen run experiments/quickstart.yaml
  mermen run experiments/table2.yaml --data-dir data --jobs 2
  mermen run experiments/smoke.yaml --set model.hidden=100 --set seeds=[1,2,3]
  mermen run experiments/table2.yaml --dry-run")]
pub struct Args {
    #[command(flatten)]
    experiment: SpecArgs,
    /// Runs at a time on this machine [default: cores / threads of a run; on a GPU 1]
    #[arg(long, value_name = "N", value_parser = parse_jobs)]
    jobs: Option<usize>,
    /// `cpu` or `cuda:N`
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    device: Device,
    #[command(flatten)]
    cpu_path: CpuPath,
    #[command(flatten)]
    engine: EngineArgs,
    /// Write each run's curves as it is made, for `tensorboard --logdir DIR`; those of runs that are done already are written by
    /// `mermen export tensorboard`
    #[arg(long, value_name = "DIR")]
    tensorboard: Option<PathBuf>,
    /// Print the plan, or with `--engine slurm` the batch script, and do nothing
    #[arg(long)]
    dry_run: bool,
}

fn parse_jobs(text: &str) -> Result<usize, &'static str> {
    text.parse().ok().filter(|jobs| (1..=4096).contains(jobs)).ok_or("expected a whole number from 1 to 4096")
}

/// Nothing of the experiment can be run here.
#[derive(Debug, thiserror::Error)]
#[error("no run of `{experiment}` can be made here:\n  - {}", reasons.join("\n  - "))]
struct NothingToRun {
    experiment: String,
    reasons: Vec<String>,
}

pub fn run(args: Args, systems: &Systems) -> anyhow::Result<u8> {
    args.engine.check(args.jobs.is_some())?;
    // A task of Slurm looks for its device where it runs: the machine that submits it may have none.
    let device = if args.engine.engine == Engine::Local { args.device.available()? } else { args.device };
    if args.engine.engine == Engine::Local {
        args.cpu_path.isa()?;
    }
    let context = args.experiment.read(systems)?;
    context.own_vectors_are_here()?;
    let jobs = match (args.jobs, device) {
        (Some(jobs), _) => jobs,
        (None, Device::Cpu) => jobs_by_cores(&context.plan),
        // Runs would share the one GPU, and its memory.
        (None, Device::Cuda(_)) => 1,
    };
    // What is wrong with its arguments is told before anything is written.
    let worker = worker_arguments(&args.experiment, device, &args.cpu_path, args.tensorboard.as_deref())?;
    let slurm = (args.engine.engine == Engine::Slurm).then(|| args.engine.slurm(&context, &args.experiment, worker.clone())).transpose()?;
    tracing::info!(experiment = context.experiment.name, plan = context.plan.summary(), jobs, "planned");
    if args.dry_run {
        let Some(slurm) = slurm else {
            let settings: String = context.experiment.searches().iter().map(|search| search.table(80) + "\n").collect();
            print(&(settings + &context.plan.table(jobs)));
            return Ok(0);
        };
        say(&context.plan.table(args.engine.array_limit.map_or(context.plan.to_do().count(), |limit| limit as usize)));
        return print_script(&slurm, &context);
    }
    let reasons = context.plan.reasons();
    if context.plan.entries.iter().all(|entry| matches!(entry.status, RunStatus::NotRun(_))) && !reasons.is_empty() {
        let reasons = reasons.into_iter().map(String::from).collect();
        return Err(NothingToRun { experiment: context.experiment.name, reasons }.into());
    }
    for reason in reasons {
        say(&format!("not run: {reason}"));
    }

    let signals = Signals::listen(true)?;
    let outcomes = match slurm {
        None => make_runs(&context, worker, jobs, &signals)?,
        Some(slurm) => match args.engine.make_runs(&slurm, &prepare(&context)?, &signals)? {
            None => return Ok(0),
            Some(_) if signals.stopped() => return Ok(signals.exit_code()),
            Some(outcomes) => outcomes,
        },
    };
    if signals.stopped() {
        say("interrupted: the same command goes on where this one stopped");
        return Ok(signals.exit_code());
    }
    if let Some(table) = context.draw(&args.experiment.reports_dir)? {
        print(&table);
    }
    let failed = outcomes.iter().filter(|outcome| matches!(outcome, RunOutcome::Failed { .. })).count();
    let bad = outcomes.iter().filter(|outcome| matches!(outcome, RunOutcome::BadInput { .. })).count();
    if failed + bad > 0 {
        say(&format!("error: {} of {} runs failed; the same command tries them again", failed + bad, outcomes.len()));
    }
    Ok(if failed > 0 { 3 } else if bad > 0 { 2 } else { 0 })
}

/// Cores over threads of the widest run, at least 1.
pub(super) fn jobs_by_cores(plan: &Plan) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = plan.to_do().map(|entry| entry.spec.train.threads).max().unwrap_or(1);
    (cores / threads.max(1)).max(1)
}

/// The runs that are to be made, with their folders. If there is none, that is reported.
fn prepare(context: &ExperimentContext) -> anyhow::Result<Vec<Job>> {
    let mut to_do = Vec::new();
    for (request, name) in context.requests() {
        let folder = context.store.folder(&request.run_id);
        folder.prepare(&request)?;
        to_do.push(Job { id: request.run_id, name, folder });
    }
    if to_do.is_empty() {
        let not_run = if context.plan.reasons().is_empty() { "" } else { " that can be made here" };
        say(&format!("{}: all runs{not_run} are done; drawing the report", context.experiment.name));
    }
    Ok(to_do)
}

/// Arguments of a worker beside its run's folder.
pub(super) fn worker_arguments(args: &SpecArgs, device: Device, cpu_path: &CpuPath, tensorboard: Option<&Path>) -> anyhow::Result<Vec<OsString>> {
    let mut arguments: Vec<OsString> =
        vec!["--data-dir".into(), std::path::absolute(&args.data_dir)?.into(), "--device".into(), device.to_string().into()];
    arguments.extend(["--records-dir".into(), std::path::absolute(args.reports_dir.join("records"))?.into()]);
    arguments.extend(cpu_path.arguments());
    if let Some(folder) = tensorboard {
        arguments.extend(["--tensorboard".into(), std::path::absolute(folder)?.into()]);
    }
    arguments.extend(log::arguments());
    Ok(arguments)
}

/// Makes the runs that are to do, so many at a time.
pub(super) fn make_runs(context: &ExperimentContext, worker: Vec<OsString>, jobs: usize, signals: &Signals) -> anyhow::Result<Vec<RunOutcome>> {
    let to_do = prepare(context)?;
    if to_do.is_empty() {
        return Ok(Vec::new());
    }
    say(&format!("{}: {}; at most {jobs} at a time", context.experiment.name, context.plan.summary()));
    let executor = Local { program: std::env::current_exe()?, arguments: worker, jobs };
    let mut watch = progress::watch(&to_do);
    Ok(executor.execute(&to_do, &mut *watch, &signals.stop))
}
