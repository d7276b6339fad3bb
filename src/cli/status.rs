//! `mermen status`: how far an experiment is.

use super::experiment_context::{ExperimentContext, SpecArgs};
use super::{print, say};
use crate::experiment::executor::slurm::{JobStatus, TaskId, job_statuses};
use crate::run::identity::short;
use crate::experiment::plan::{PlanEntry, RunStatus};
use crate::run::record::RunState;
use crate::run::store::StoreError;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Tell which runs of an experiment are done, at work, queued, begun or failed, and why
#[derive(clap::Args)]
#[command(after_help = "Examples:
  mermen status experiments/table2.yaml --data-dir data")]
pub struct Args {
    #[command(flatten)]
    experiment: SpecArgs,
}

pub fn run(args: Args) -> anyhow::Result<u8> {
    let context = args.experiment.read()?;
    let in_slurm = in_slurm(&context, &args.experiment);
    let mut text = String::from("run           state    what\n");
    for entry in &context.plan.entries {
        let (state, detail) = state(&context, entry, &in_slurm)?;
        let id = entry.id.as_deref().map_or("-", short);
        let name = entry.names.first().map_or("", String::as_str);
        let _ = writeln!(text, "{id:<12}  {state:<7}  {name}");
        for line in detail {
            let _ = writeln!(text, "{:23}{line}", "");
        }
    }
    print(&(text + &context.plan.summary() + "\n"));
    Ok(0)
}

/// What Slurm says of runs that were submitted to it. Where it cannot be asked, the rest comes from the store.
fn in_slurm(context: &ExperimentContext, args: &SpecArgs) -> BTreeMap<String, JobStatus> {
    let ids: Vec<&str> = context.plan.to_do().filter_map(|entry| entry.id.as_deref()).collect();
    let job_statuses = std::path::absolute(&args.runs_dir).map_err(anyhow::Error::from).and_then(|runs| Ok(job_statuses(&runs, &ids)?));
    job_statuses.unwrap_or_else(|error| {
        say(&format!("what was submitted to Slurm is not known: {error}"));
        BTreeMap::new()
    })
}

/// A word, and lines with more.
fn state(
    context: &ExperimentContext,
    entry: &PlanEntry,
    in_slurm: &BTreeMap<String, JobStatus>,
) -> Result<(&'static str, Vec<String>), StoreError> {
    let id = match (&entry.status, &entry.id) {
        (RunStatus::Done, _) => return Ok(("done", Vec::new())),
        (RunStatus::NotRun(why), _) => return Ok(("not run", vec![why.clone()])),
        (RunStatus::ToDo, None) => return Ok(("to do", Vec::new())),
        (RunStatus::ToDo, Some(id)) => id,
    };
    let folder = context.store.folder(id);
    let log = format!("log: {}", folder.log_path().display());
    let slurm_task = |(job, index): &TaskId| format!("Slurm task {job}_{index}");
    match in_slurm.get(id) {
        Some(JobStatus::Running { task }) => return Ok(("running", vec![slurm_task(task), log])),
        Some(JobStatus::Queued { task, reason }) => return Ok(("queued", vec![format!("{}, waiting: {reason}", slurm_task(task)), log])),
        _ => {}
    }
    if folder.is_locked() {
        return Ok(("running", vec![log]));
    }
    let failed = folder.record(id)?.map(|record| record.result.state);
    Ok(match (failed, in_slurm.get(id)) {
        (Some(RunState::Failed { why }), _) => ("failed", vec![why, log]),
        (_, Some(JobStatus::Ended { task, why, output })) => {
            ("failed", vec![format!("{}: {why}", slurm_task(task)), log, format!("Slurm's: {}", output.display())])
        }
        _ if folder.has_work() => ("begun", vec!["interrupted; `mermen run` goes on from its checkpoint".into(), log]),
        _ => ("to do", Vec::new()),
    })
}
