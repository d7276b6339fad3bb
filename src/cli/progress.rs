//! Runs on the screen: bars on a terminal, plain lines elsewhere. All of it goes to standard error.

use super::say;
use crate::experiment::executor::{Job, Watch};
use crate::experiment::worker::{RunOutcome, WorkerLine};
use crate::run::identity::short;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::BTreeMap;

/// What shows these jobs best where standard error goes.
pub fn watch(jobs: &[Job]) -> Box<dyn Watch + '_> {
    if super::log::bars_fit() { Box::new(Bars::new(jobs)) } else { Box::new(Lines { jobs }) }
}

/// The lines that runs say: one an epoch.
struct Lines<'a> {
    jobs: &'a [Job],
}

impl Watch for Lines<'_> {
    fn started(&mut self, job: usize) {
        say(&format!("{}  started: {}", short(&self.jobs[job].id), self.jobs[job].name));
    }

    fn line(&mut self, job: usize, line: &WorkerLine) {
        // Training says each epoch's losses and scores; how far it is within one is for bars.
        if let WorkerLine::Say { line } = line {
            say(&format!("{}  {line}", short(&self.jobs[job].id)));
        }
    }

    fn ended(&mut self, job: usize, outcome: &RunOutcome) {
        say(&ended_text(&self.jobs[job], outcome));
    }

    fn note(&mut self, line: &str) {
        say(line);
    }
}

/// A bar for each run at work, and one for all.
struct Bars<'a> {
    jobs: &'a [Job],
    screen: MultiProgress,
    all: ProgressBar,
    running: BTreeMap<usize, ProgressBar>,
}

impl<'a> Bars<'a> {
    fn new(jobs: &'a [Job]) -> Self {
        let screen = MultiProgress::new();
        let all = screen.add(ProgressBar::new(jobs.len() as u64).with_style(style("{pos}/{len} runs  {bar:30}  {elapsed}")));
        all.tick();
        Self { jobs, screen, all, running: BTreeMap::new() }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Watch for Bars<'_> {
    fn started(&mut self, job: usize) {
        let bar = ProgressBar::new(1).with_style(style("{prefix}  {bar:20}  {wide_msg}"));
        let bar = self.screen.insert_before(&self.all, bar);
        bar.set_prefix(short(&self.jobs[job].id).to_owned());
        bar.set_message(self.jobs[job].name.clone());
        self.running.insert(job, bar);
    }

    fn line(&mut self, job: usize, line: &WorkerLine) {
        let Some(bar) = self.running.get(&job) else { return };
        match line {
            WorkerLine::Epoch { network, epoch, of, done, sentences, text } => {
                bar.set_length((of * sentences) as u64);
                bar.set_position((epoch.saturating_sub(1) * sentences + done) as u64);
                bar.set_message(format!("{}  ({})", epoch_text(network, *epoch, *of, text), self.jobs[job].name));
            }
            // Above the bars, so that it stays.
            WorkerLine::Say { line } if line.starts_with("note: ") => {
                let _ = self.screen.println(format!("{}  {line}", short(&self.jobs[job].id)));
            }
            WorkerLine::Say { line } => bar.set_message(line.clone()),
            WorkerLine::Ended(_) => {}
        }
    }

    fn ended(&mut self, job: usize, outcome: &RunOutcome) {
        if let Some(bar) = self.running.remove(&job) {
            bar.finish_and_clear();
        }
        // Above the bars, so that it stays. On a closed screen nothing is lost but the line.
        let _ = self.screen.println(ended_text(&self.jobs[job], outcome));
        self.all.inc(1);
        if self.all.position() == self.jobs.len() as u64 {
            self.all.finish_and_clear();
        }
    }

    fn note(&mut self, line: &str) {
        let _ = self.screen.println(line);
    }
}

fn epoch_text(network: &str, epoch: usize, of: usize, text: &str) -> String {
    let network = if network == "both" { String::new() } else { format!("{network} ") };
    format!("{network}epoch {epoch}/{of}  {text}")
}

fn ended_text(job: &Job, outcome: &RunOutcome) -> String {
    let id = short(&job.id);
    match outcome {
        RunOutcome::Done => format!("{id}  done: {}", job.name),
        RunOutcome::Interrupted => format!("{id}  interrupted; the next call goes on from its checkpoint"),
        RunOutcome::Failed { why } => format!("{id}  FAILED: {why}"),
        RunOutcome::BadInput { why } => format!("{id}  BAD INPUT: {why}"),
    }
}
