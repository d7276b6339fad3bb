//! `mermen status`: how far an experiment is.

use super::experiment_context::{ExperimentContext, SpecArgs};
use super::signals::Signals;
use super::{print, say};
use crate::baseline::Systems;
use crate::experiment::executor::slurm::{JobStatus, TaskId, job_statuses};
use crate::run::identity::short;
use crate::experiment::plan::{PlanEntry, RunStatus};
use crate::run::record::RunState;
use crate::run::spec::Framework;
use crate::run::store::{EpochProgress, PastRuns, RunFolder, StoreError};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Tell which runs of an experiment are done, at work, queued, begun or failed, and why
#[derive(clap::Args)]
#[command(after_help = "Examples:
  mermen status experiments/table2.yaml --data-dir data
  mermen status own.yaml --follow       updated until all runs have ended")]
pub struct Args {
    #[command(flatten)]
    experiment: SpecArgs,
    /// Update it whenever it changes, until no run is at work or queued
    #[arg(long)]
    follow: bool,
}

/// How often `--follow` looks.
const PAUSE: Duration = Duration::from_millis(500);
/// Looks without a run at work after which `--follow` ends: between two runs there is a moment without one.
const QUIET: usize = 6;

pub fn run(args: Args, systems: &Systems) -> anyhow::Result<u8> {
    let context = args.experiment.read(systems)?;
    let in_slurm = in_slurm(&context, &args.experiment);
    if !args.follow {
        print(&table(&context, &in_slurm)?.0);
        return Ok(0);
    }
    let signals = Signals::listen(true)?;
    let mut shown = String::new();
    let (mut slurm, mut asked) = (in_slurm, Instant::now());
    let mut quiet = QUIET;
    loop {
        // Slurm is asked less often than the store.
        if !slurm.is_empty() && asked.elapsed() > PAUSE * 20 {
            (slurm, asked) = (self::in_slurm(&context, &args.experiment), Instant::now());
        }
        let (text, at_work) = table(&context, &slurm)?;
        if text != shown {
            // On a terminal over what was shown before; elsewhere below it.
            let clear = if std::io::stdout().is_terminal() { "\x1b[H\x1b[2J" } else { "" };
            print(&format!("{clear}{text}"));
            shown = text;
        }
        if signals.stopped() {
            return Ok(signals.exit_code());
        }
        quiet = if at_work { 0 } else { quiet + 1 };
        if quiet >= QUIET {
            return Ok(0);
        }
        std::thread::sleep(PAUSE);
    }
}

/// The table, and whether a run is at work or queued.
fn table(context: &ExperimentContext, in_slurm: &BTreeMap<String, JobStatus>) -> Result<(String, bool), StoreError> {
    let mut text = String::from("run           state    what\n");
    let (mut done, mut at_work, mut others) = (0, 0, 0);
    for entry in &context.plan.entries {
        let (state, detail) = state(context, entry, in_slurm)?;
        match state {
            "done" => done += 1,
            "running" | "queued" => at_work += 1,
            _ => others += 1,
        }
        let id = entry.id.as_deref().map_or("-", short);
        let name = entry.names.first().map_or("", String::as_str);
        let _ = writeln!(text, "{id:<12}  {state:<7}  {name}");
        for line in detail {
            let _ = writeln!(text, "{:23}{line}", "");
        }
    }
    // What was planned at the start of a follow is not what there is now.
    let now = context.plan.entries.iter().filter(|entry| entry.status == RunStatus::Done).count();
    let summary = if now == done { context.plan.summary() } else { format!("{done} done, {at_work} at work or queued, {others} others") };
    Ok((text + &summary + "\n", at_work > 0))
}

/// How far a run is: epoch, F1 on dev, about how long it has to go.
fn progress(folder: &RunFolder, entry: &PlanEntry) -> Option<String> {
    let epochs = folder.progress();
    let last = epochs.last()?;
    let network = if last.network == "both" { String::new() } else { format!("{}: ", last.network) };
    let mut text = format!("{network}epoch {} of {}", last.record.epoch, last.of);
    // Of a task whose network has ended before, its last score.
    let latest = |f1: fn(&EpochProgress) -> Option<f64>| epochs.iter().rev().find_map(f1);
    let scores = [("mentions", latest(|e| e.record.dev_f1.mer)), ("concepts", latest(|e| e.record.dev_f1.men))];
    let scores: Vec<String> = scores.iter().filter_map(|(task, f1)| Some(format!("{task} {:.4}", (*f1)?))).collect();
    if !scores.is_empty() {
        text += &format!("; dev F1: {}", scores.join(", "));
    }
    let networks = if entry.spec.model.framework == Framework::Pipeline { 2 } else { 1 };
    let left = (networks * last.of).saturating_sub(epochs.len() as u64);
    let recent: Vec<f64> = epochs.iter().rev().take(5).map(|epoch| epoch.seconds).collect();
    let each = recent.iter().fold(0.0, |sum, seconds| sum + seconds) / recent.len() as f64;
    Some(text + &format!("; {} left at most", duration(each * left as f64)))
}

/// `40 s`, `12 min`, `3.5 h`
fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
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
    if context.store.is_done(id)? {
        return Ok(("done", Vec::new()));
    }
    let log = format!("log: {}", folder.log_path().display());
    let with_progress = |mut lines: Vec<String>| {
        lines.extend(progress(&folder, entry));
        lines.push(log.clone());
        lines
    };
    let slurm_task = |(job, index): &TaskId| format!("Slurm task {job}_{index}");
    match in_slurm.get(id) {
        Some(JobStatus::Running { task }) => return Ok(("running", with_progress(vec![slurm_task(task)]))),
        Some(JobStatus::Queued { task, reason }) => return Ok(("queued", vec![format!("{}, waiting: {reason}", slurm_task(task)), log])),
        _ => {}
    }
    if folder.is_locked() {
        return Ok(("running", with_progress(Vec::new())));
    }
    let failed = folder.record(id)?.map(|record| record.result.state);
    Ok(match (failed, in_slurm.get(id)) {
        (Some(RunState::Failed { why }), _) => ("failed", vec![why, log]),
        (_, Some(JobStatus::Ended { task, why, output })) => {
            ("failed", vec![format!("{}: {why}", slurm_task(task)), log, format!("Slurm's: {}", output.display())])
        }
        _ if folder.has_work() => ("begun", with_progress(vec!["interrupted; `mermen run` goes on from its checkpoint".into()])),
        _ => ("to do", Vec::new()),
    })
}
