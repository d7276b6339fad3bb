//! What is to be done: the runs of an experiment, shared ones once, with their state and an estimate of their time.

use super::cost::{DataSize, minutes};
use super::spec_file::Experiment;
use crate::run::identity::{DataDigests, run_id, short};
use crate::run::spec::RunSpec;
use crate::run::store::{PastRuns, StoreError};
use std::fmt::Write;
use std::sync::Arc;

/// What the plan must know of a run's data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataOfRun {
    pub digests: DataDigests,
    pub size: DataSize,
}

/// Why the data of a run cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LookupError {
    /// It is not on this machine: the words say how to get it. Its runs are left out.
    #[error("{0}")]
    NotHere(String),
    /// It is here, and wrong: nothing is run before that is mended.
    #[error("the data of a run cannot be used")]
    Damaged(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

/// Finds the data of a run.
pub trait DataLookup {
    /// # Errors
    /// As `LookupError` tells.
    fn look_up(&self, spec: &RunSpec) -> Result<DataOfRun, LookupError>;
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("the run store cannot be used")]
    Store(#[from] StoreError),
    #[error("the experiment's data cannot be used")]
    Data(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub entries: Vec<PlanEntry>,
    /// Runs that the experiment asks for, shared ones counted each time.
    pub planned: usize,
}

/// One run to be made, however often the experiment asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanEntry {
    /// 64 hex digits; `None` where the data that is part of it cannot be had.
    pub id: Option<String>,
    /// Of the data that is here.
    pub digests: Option<DataDigests>,
    pub spec: RunSpec,
    /// What the experiment calls it, with its seed; more than one name where runs are shared.
    pub names: Vec<String>,
    pub status: RunStatus,
    /// Of one core.
    pub minutes: f64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunStatus {
    Done,
    ToDo,
    /// Why it cannot be run here.
    NotRun(String),
}

impl Plan {
    /// # Errors
    /// When a stored record cannot be read, or data is damaged.
    pub fn new(experiment: &Experiment, data: &dyn DataLookup, past: &dyn PastRuns) -> Result<Plan, PlanError> {
        let planned = experiment.all_runs();
        let mut entries: Vec<PlanEntry> = Vec::new();
        for run in &planned {
            let name = format!("{} seed={}", experiment.report.run_name(run), run.seed()).trim_start().to_owned();
            // Equal specifications of one experiment have equal data, and so equal ids.
            if let Some(entry) = entries.iter_mut().find(|entry| entry.spec == run.spec) {
                if !entry.names.contains(&name) {
                    entry.names.push(name);
                }
                continue;
            }
            let (id, digests, status, minutes) = match data.look_up(&run.spec) {
                Ok(found) => {
                    let id = run_id(&run.spec, &found.digests);
                    let status = if past.is_done(&id)? { RunStatus::Done } else { RunStatus::ToDo };
                    let minutes = minutes(&run.spec, &found.size);
                    (Some(id), Some(found.digests), status, minutes)
                }
                Err(LookupError::Damaged(error)) => return Err(PlanError::Data(error)),
                Err(LookupError::NotHere(why)) => match past.published_like(&run.spec)? {
                    Some(id) => (Some(id), None, RunStatus::Done, 0.0),
                    None => (None, None, RunStatus::NotRun(why), 0.0),
                },
            };
            entries.push(PlanEntry { id, digests, spec: run.spec.clone(), names: vec![name], status, minutes });
        }
        Ok(Plan { entries, planned: planned.len() })
    }

    pub fn to_do(&self) -> impl Iterator<Item = &PlanEntry> {
        self.entries.iter().filter(|entry| entry.status == RunStatus::ToDo)
    }

    /// The runs that are to be done, the longest first: the last ones to be begun are then short, and no place waits long for another.
    pub fn longest_first(&self) -> Vec<&PlanEntry> {
        let mut entries: Vec<&PlanEntry> = self.to_do().collect();
        entries.sort_by(|a, b| b.minutes.total_cmp(&a.minutes));
        entries
    }

    /// Distinct reasons for runs that cannot be run here, in the plan's order.
    pub fn reasons(&self) -> Vec<&str> {
        let mut reasons = Vec::new();
        for entry in &self.entries {
            if let RunStatus::NotRun(why) = &entry.status
                && !reasons.contains(&why.as_str())
            {
                reasons.push(why.as_str());
            }
        }
        reasons
    }

    /// `N runs: D done, R to do, X not run`.
    pub fn summary(&self) -> String {
        let count = |wanted: fn(&RunStatus) -> bool| self.entries.iter().filter(|entry| wanted(&entry.status)).count();
        format!(
            "{} runs: {} done, {} to do, {} not run",
            self.entries.len(),
            count(|s| *s == RunStatus::Done),
            count(|s| *s == RunStatus::ToDo),
            count(|s| matches!(s, RunStatus::NotRun(_)))
        )
    }

    /// The plan as text of at most 80 columns; the last line is `summary`.
    pub fn table(&self, jobs: usize) -> String {
        const NAME_AT: usize = 33;
        let mut out = String::from("run           minutes  state    what\n");
        for entry in &self.entries {
            let id = entry.id.as_deref().map_or("-", short);
            let state = match &entry.status {
                RunStatus::Done => "done",
                RunStatus::ToDo => "to do",
                RunStatus::NotRun(_) => "not run",
            };
            let minutes = if entry.status == RunStatus::ToDo { format!("{:.1}", entry.minutes) } else { "-".into() };
            let mut lines = Vec::new();
            for (i, name) in entry.names.iter().enumerate() {
                let name = if i == 0 { name.clone() } else { format!("also: {name}") };
                lines.extend(wrapped(&name, 80 - NAME_AT));
            }
            for (i, line) in lines.iter().enumerate() {
                let start = if i == 0 { format!("{id:<12}  {minutes:>7}  {state:<7}") } else { String::new() };
                let _ = writeln!(out, "{}", format!("{start:<NAME_AT$}{line}").trim_end());
            }
        }
        let reasons = self.reasons();
        if !reasons.is_empty() {
            out.push_str("\nnot run, because:\n");
        }
        for reason in reasons {
            for (i, line) in wrapped(reason, 76).iter().enumerate() {
                let _ = writeln!(out, "{}{line}", if i == 0 { "  - " } else { "    " });
            }
        }
        out.push('\n');
        let shared = self.planned - self.entries.len();
        if shared > 0 {
            let _ = writeln!(out, "{} runs were asked for; {shared} of them are the same as others", self.planned);
        }
        let minutes: f64 = self.to_do().map(|entry| entry.minutes).sum();
        if minutes > 0.0 {
            let _ = writeln!(out, "about {} in all, {} with {jobs} at a time", spoken(minutes), spoken(self.minutes_with(jobs)));
        }
        out + &self.summary() + "\n"
    }

    /// Minutes until the last run is done, with so many at a time: each, the longest first, goes to the first free place.
    pub fn minutes_with(&self, jobs: usize) -> f64 {
        let mut places = vec![0.0f64; jobs.max(1)];
        for entry in self.longest_first() {
            if let Some(first_free) = places.iter_mut().min_by(|a, b| a.total_cmp(b)) {
                *first_free += entry.minutes;
            }
        }
        places.into_iter().fold(0.0, f64::max)
    }
}

fn spoken(minutes: f64) -> String {
    if minutes < 1.0 {
        format!("{:.0} s", (minutes * 60.0).ceil())
    } else if minutes < 120.0 {
        format!("{minutes:.0} min")
    } else {
        format!("{:.1} h", minutes / 60.0)
    }
}

/// Lines of at most `width` characters, broken at blanks; a longer word is cut.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let mut rest: Vec<char> = word.chars().collect();
        while !rest.is_empty() {
            let taken = rest.len().min(width);
            let piece: String = rest.drain(..taken).collect();
            match lines.last_mut() {
                Some(line) if line.is_empty() => line.push_str(&piece),
                Some(line) if line.chars().count() + 1 + taken <= width => {
                    line.push(' ');
                    line.push_str(&piece);
                }
                _ => lines.push(piece),
            }
        }
    }
    lines
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
