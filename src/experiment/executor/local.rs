//! One process a run, so many at a time: a crash, or a run that the system kills for its memory, takes one run, not the batch.

use super::{Executor, Job, Watch};
use crate::experiment::worker::{RunOutcome, WorkerLine};
use crate::run::store::LOGGED;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How soon a request to stop is passed on.
const STOP_PAUSE: Duration = Duration::from_millis(50);

#[derive(Clone, Debug)]
pub struct Local {
    /// This very program.
    pub program: PathBuf,
    /// Arguments that follow `worker --run-dir DIR`.
    pub arguments: Vec<OsString>,
    /// Runs at a time, at least 1.
    pub jobs: usize,
}

/// A worker at work. Its standard input carries nothing: that it closes, by us or because we died, asks the worker to stop.
struct Running {
    child: Child,
    leash: Option<ChildStdin>,
    reader: JoinHandle<()>,
    outcome: Option<RunOutcome>,
}

enum Heard {
    Line(WorkerLine),
    /// The worker closed its standard output.
    Closed,
}

impl Executor for Local {
    fn execute(&self, jobs: &[Job], watch: &mut dyn Watch, stop: &AtomicBool) -> Vec<RunOutcome> {
        let (sender, receiver) = channel();
        let mut outcomes = vec![RunOutcome::Interrupted; jobs.len()];
        let mut running = BTreeMap::new();
        let mut next = 0;
        loop {
            while running.len() < self.jobs.max(1) && next < jobs.len() && !stop.load(Ordering::Relaxed) {
                match self.start(next, &jobs[next], &sender) {
                    Ok(worker) => {
                        running.insert(next, worker);
                        watch.started(next);
                    }
                    Err(error) => {
                        let why = format!("its process cannot be started: {error}");
                        outcomes[next] = RunOutcome::Failed { why };
                        watch.ended(next, &outcomes[next]);
                    }
                }
                next += 1;
            }
            if running.is_empty() {
                return outcomes;
            }
            if stop.load(Ordering::Relaxed) {
                running.values_mut().for_each(|worker: &mut Running| worker.leash = None);
            }
            if let Some((job, outcome)) = listen(&receiver, jobs, &mut running, watch, stop) {
                watch.ended(job, &outcome);
                outcomes[job] = outcome;
            }
        }
    }
}

impl Local {
    fn start(&self, index: usize, job: &Job, sender: &Sender<(usize, Heard)>) -> io::Result<Running> {
        let log = File::options().create(true).append(true).open(job.folder.log_path())?;
        let mut child = Command::new(&self.program)
            .args(["worker", "--leash", "--run-dir"])
            .arg(job.folder.path())
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let leash = child.stdin.take();
        let stdout = child.stdout.take();
        let sender = sender.clone();
        let reader = std::thread::spawn(move || {
            for line in stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines()) {
                let Ok(line) = line else { break };
                // What is no line of ours was printed by something that the worker uses.
                let line = serde_json::from_str(&line).unwrap_or(WorkerLine::Say { line });
                if sender.send((index, Heard::Line(line))).is_err() {
                    return;
                }
            }
            let _ = sender.send((index, Heard::Closed));
        });
        Ok(Running { child, leash, reader, outcome: None })
    }
}

/// Waits a moment for a worker's next line. Gives a job that has ended.
fn listen(
    receiver: &Receiver<(usize, Heard)>,
    jobs: &[Job],
    running: &mut BTreeMap<usize, Running>,
    watch: &mut dyn Watch,
    stop: &AtomicBool,
) -> Option<(usize, RunOutcome)> {
    let (job, heard) = match receiver.recv_timeout(STOP_PAUSE) {
        Ok(heard) => heard,
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
    };
    match heard {
        Heard::Line(WorkerLine::Ended(outcome)) => {
            running.get_mut(&job)?.outcome = Some(outcome);
            None
        }
        Heard::Line(line) => {
            watch.line(job, &line);
            None
        }
        Heard::Closed => {
            let Running { mut child, leash, reader, outcome } = running.remove(&job)?;
            drop(leash);
            let status = child.wait();
            let _ = reader.join();
            Some((job, outcome.unwrap_or_else(|| unannounced(status, &jobs[job], stop.load(Ordering::Relaxed)))))
        }
    }
}

/// The outcome of a worker that could not tell it.
fn unannounced(status: io::Result<ExitStatus>, job: &Job, stopping: bool) -> RunOutcome {
    const SIGINT: i32 = 2;
    const SIGKILL: i32 = 9;
    const SIGTERM: i32 = 15;
    let log = job.folder.log_path();
    let why = match status {
        Err(error) => format!("its process was lost: {error}"),
        Ok(status) => match (status.signal(), status.code()) {
            (Some(SIGINT | SIGTERM), _) if stopping => return RunOutcome::Interrupted,
            (Some(SIGKILL), _) => {
                "its process was killed (signal 9), as the system does when memory runs out; the next call goes on".into()
            }
            (Some(signal), _) => format!("its process was killed by signal {signal}; the next call goes on; its log is {}", log.display()),
            (None, code) => {
                let code = code.map_or("no exit code".into(), |code| format!("exit code {code}"));
                match last_line(&log) {
                    Some(line) => format!("its process ended with {code}: {line} (log: {})", log.display()),
                    None => format!("its process ended with {code}; its log {} is empty", log.display()),
                }
            }
        },
    };
    RunOutcome::Failed { why }
}

/// The last line of a log that says something.
pub(super) fn last_line(log: &std::path::Path) -> Option<String> {
    let text = std::fs::read(log).ok()?;
    let text = String::from_utf8_lossy(&text[text.len().saturating_sub(4096)..]).into_owned();
    text.lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with("note:") && !line.starts_with(LOGGED.trim_end()))
        .map(str::to_owned)
}

#[cfg(test)]
#[path = "local_tests.rs"]
mod tests;
