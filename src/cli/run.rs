//! `mermen run`: makes the runs of an experiment that are not made yet, and draws its table.

use super::asked::{Asked, SpecArgs};
use super::device::Device;
use super::signals::Signals;
use super::{print, progress, say};
use crate::experiment::executor::{Executor, Job, Local};
use crate::experiment::plan::{Plan, Standing};
use crate::experiment::worker::Ending;
use crate::report;
use std::path::Path;

/// Run an experiment: what is done already is not run again
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    asked: SpecArgs,
    /// Runs at a time [default: cores / threads of a run; on a GPU 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=4096))]
    jobs: Option<u64>,
    /// `cpu` or `cuda:N`
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    device: Device,
    /// Print the plan and do nothing
    #[arg(long)]
    dry_run: bool,
}

/// Nothing of the experiment can be run here.
#[derive(Debug, thiserror::Error)]
#[error("no run of `{experiment}` can be made here:\n  - {}", reasons.join("\n  - "))]
struct NothingToRun {
    experiment: String,
    reasons: Vec<String>,
}

pub fn run(args: Args) -> anyhow::Result<u8> {
    let device = args.device.available()?;
    let asked = args.asked.read()?;
    let jobs = match (args.jobs, device) {
        (Some(jobs), _) => jobs as usize,
        (None, Device::Cpu) => jobs_by_cores(&asked.plan),
        // Runs would share the one GPU, and its memory.
        (None, Device::Cuda(_)) => 1,
    };
    if args.dry_run {
        print(&asked.plan.table(jobs));
        return Ok(0);
    }
    let reasons = asked.plan.reasons();
    if asked.plan.entries.iter().all(|entry| matches!(entry.standing, Standing::NotRun(_))) && !reasons.is_empty() {
        let reasons = reasons.into_iter().map(String::from).collect();
        return Err(NothingToRun { experiment: asked.experiment.name, reasons }.into());
    }
    for reason in reasons {
        say(&format!("not run: {reason}"));
    }

    let signals = Signals::listen(true)?;
    let endings = make_runs(&asked, &args.asked, device, jobs, &signals)?;
    if signals.stopped() {
        say("interrupted: the same command goes on where this one stopped");
        return Ok(signals.exit_code());
    }
    draw(&asked, &args.asked.reports_dir)?;
    let failed = endings.iter().filter(|ending| matches!(ending, Ending::Failed { .. })).count();
    let bad = endings.iter().filter(|ending| matches!(ending, Ending::BadInput { .. })).count();
    if failed + bad > 0 {
        say(&format!("error: {} of {} runs failed; the same command tries them again", failed + bad, endings.len()));
    }
    Ok(if failed > 0 { 3 } else if bad > 0 { 2 } else { 0 })
}

/// Cores over threads of the widest run, at least 1.
fn jobs_by_cores(plan: &Plan) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = plan.to_do().map(|entry| entry.spec.train.threads).max().unwrap_or(1);
    (cores / threads.max(1)).max(1)
}

fn make_runs(asked: &Asked, args: &SpecArgs, device: Device, jobs: usize, signals: &Signals) -> anyhow::Result<Vec<Ending>> {
    let mut to_do = Vec::new();
    for (task, name) in asked.tasks() {
        let folder = asked.store.folder(&task.run_id);
        folder.prepare(&task)?;
        to_do.push(Job { id: task.run_id, name, folder });
    }
    if to_do.is_empty() {
        let not_run = if asked.plan.reasons().is_empty() { "" } else { " that can be made here" };
        say(&format!("{}: all runs{not_run} are done; drawing the report", asked.experiment.name));
        return Ok(Vec::new());
    }
    say(&format!("{}: {}; at most {jobs} at a time", asked.experiment.name, asked.plan.summary()));
    let executor = Local {
        program: std::env::current_exe()?,
        arguments: vec!["--data-dir".into(), std::path::absolute(&args.data_dir)?.into(), "--device".into(), device.to_string().into()],
        jobs,
    };
    let mut watch = progress::watch(&to_do);
    Ok(executor.execute(&to_do, &mut *watch, &signals.stop))
}

/// The experiment's table on standard output, and its files in the reports' folder. Without any record there is nothing to draw.
fn draw(asked: &Asked, reports_dir: &Path) -> anyhow::Result<()> {
    let records = asked.records()?;
    if records.is_empty() {
        return Ok(());
    }
    let out = reports_dir.join(&asked.experiment.name);
    let title = asked.experiment.title.as_ref().unwrap_or(&asked.experiment.name);
    let drawn = report::experiment(&records.iter().collect::<Vec<_>>(), title, &out)?;
    print(&drawn.terminal_table);
    say(&format!("{} files in {}", drawn.files.len(), out.display()));
    Ok(())
}
