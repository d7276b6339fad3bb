//! The process that makes one run: it owns the run's folder, reports on its standard output in JSON lines, and leaves a
//! record, or a checkpoint to go on from.

use crate::run::identity::short;
use crate::run::pack::PackError;
use crate::run::predictions::Predictions;
use crate::run::record::{DataFacts, EmbeddingFacts, LexiconFacts, Measured, PROTOCOL, PredictionFacts, RunRecord, RunResult, RunState};
use crate::run::store::{EpochProgress, RunFolder, RunRequest, StoreError};
use crate::train::{Progress, ScoredEpoch, TrainedRun};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What a run failed of, whichever module says so.
pub type BoxedError = Box<dyn std::error::Error + Send + Sync>;

/// Why training did not end well.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// The data cannot be used: nothing was lost, and nothing will change until the user mends it.
    #[error("the run's data cannot be used")]
    BadInput(#[source] BoxedError),
    #[error("the run failed")]
    Failed(#[source] BoxedError),
}

/// What a runner gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Finished {
    Done(Box<TrainedRun>, Measured),
    /// Stopped on request; the next call goes on.
    Interrupted,
}

/// Whatever makes a run from its request. `work` is for checkpoints and predictions; with what an interrupted call left there, the
/// next call goes on and comes to the same result.
pub trait Runner {
    /// # Errors
    /// [`RunnerError`].
    fn run(&self, request: &RunRequest, work: &Path, progress: &mut dyn Progress, stop: &AtomicBool) -> Result<Finished, RunnerError>;
}

/// One line of a worker's standard output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum WorkerLine {
    Epoch { network: String, epoch: usize, of: usize, done: usize, sentences: usize, text: String },
    Say { line: String },
    Ended(RunOutcome),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum RunOutcome {
    Done,
    /// Stopped on request, or never started because of one; the next call goes on.
    Interrupted,
    Failed {
        why: String,
    },
    BadInput {
        why: String,
    },
}

/// How much a worker reports of its epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Every batch: for who sits before it.
    Batches,
    /// Their begin and end: for a file.
    Epochs,
}

/// How often a worker looks whether the run's other owner is gone.
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// Makes the run of this folder. Its owner in another process is waited for; what that one has finished is not made again.
///
/// # Errors
/// When the folder cannot be read or written.
pub fn work(
    folder: &RunFolder,
    runner: &dyn Runner,
    detail: Detail,
    out: &mut dyn Write,
    stop: &AtomicBool,
) -> Result<RunOutcome, StoreError> {
    let mut lines = Lines { detail, out, folder, of: BTreeMap::new(), since: Instant::now() };
    let outcome = match folder.request()? {
        Some(request) => make(folder, &request, runner, &mut lines, stop)?,
        None => RunOutcome::BadInput { why: format!("{} is missing: start runs with `mermen run`", folder.request_path().display()) },
    };
    lines.send(&WorkerLine::Ended(outcome.clone()));
    Ok(outcome)
}

fn make(
    folder: &RunFolder,
    request: &RunRequest,
    runner: &dyn Runner,
    lines: &mut Lines,
    stop: &AtomicBool,
) -> Result<RunOutcome, StoreError> {
    let _span = tracing::info_span!("run", id = short(&request.run_id)).entered();
    let mut told = false;
    let _lock = loop {
        if let Some(lock) = folder.lock()? {
            tracing::debug!(folder = %folder.path().display(), "the run's lock is ours");
            break lock;
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(RunOutcome::Interrupted);
        }
        if !told {
            tracing::debug!(folder = %folder.path().display(), "another process has the run's lock");
            lines.say("another process makes this run: waiting for it");
            told = true;
        }
        std::thread::sleep(LOCK_PAUSE);
    };
    if folder.record(&request.run_id)?.is_some_and(|record| record.result.state == RunState::Done) {
        tracing::info!("made by another process meanwhile");
        return Ok(RunOutcome::Done);
    }
    let corpus = request.spec.data.corpus.as_str();
    tracing::info!(corpus, embedding = request.spec.embedding.name, seed = request.spec.seed, "the run begins");
    let outcome = train(folder, request, runner, lines, stop)?;
    match &outcome {
        RunOutcome::Done => tracing::info!("the run is done"),
        RunOutcome::Interrupted => tracing::info!("the run is interrupted"),
        RunOutcome::Failed { why } => tracing::error!(why, "the run failed"),
        RunOutcome::BadInput { why } => tracing::error!(why, "the run's input is bad"),
    }
    Ok(outcome)
}

fn train(
    folder: &RunFolder,
    request: &RunRequest,
    runner: &dyn Runner,
    lines: &mut Lines,
    stop: &AtomicBool,
) -> Result<RunOutcome, StoreError> {
    match runner.run(request, &folder.work_path(), lines, stop) {
        Ok(Finished::Interrupted) => Ok(RunOutcome::Interrupted),
        Ok(Finished::Done(trained, measured)) => {
            if trained.data.digests() != request.digests {
                return Ok(RunOutcome::BadInput {
                    why: "the corpus, the embedding or the vocabulary changed after the run was planned: start it again".into(),
                });
            }
            match record(request, *trained, measured) {
                Ok(record) => {
                    folder.write_record(&record)?;
                    Ok(RunOutcome::Done)
                }
                Err(error) => {
                    let why = format!("its predictions cannot be packed: {error}");
                    folder.write_record(&failed(request, &why))?;
                    Ok(RunOutcome::Failed { why })
                }
            }
        }
        Err(RunnerError::BadInput(error)) => Ok(RunOutcome::BadInput { why: chain(&*error) }),
        Err(RunnerError::Failed(error)) => {
            let why = chain(&*error);
            folder.write_record(&failed(request, &why))?;
            Ok(RunOutcome::Failed { why })
        }
    }
}

/// The record of a run that is done.
fn record(request: &RunRequest, trained: TrainedRun, measured: Measured) -> Result<RunRecord, PackError> {
    let gold = Arc::new(trained.gold);
    let predictions = Predictions::new(&request.run_id, gold, &trained.dev_predictions, &trained.test_predictions)?;
    let result = RunResult {
        protocol: PROTOCOL,
        run_id: request.run_id.clone(),
        spec: request.spec.clone(),
        state: RunState::Done,
        data: trained.data,
        networks: trained.networks,
        facts: trained.facts,
        predictions: Some(PredictionFacts { sha256: predictions.sha256().to_owned(), gold: predictions.gold().sha256().to_owned() }),
        dev: trained.dev,
        test: trained.test,
        dev_ceilings: Some(trained.dev_ceilings),
        test_ceilings: Some(trained.test_ceilings),
    };
    Ok(RunRecord { result, measured, predictions: Some(Arc::new(predictions)) })
}

/// The record of a run that failed: it is held to the data that it was planned with.
fn failed(request: &RunRequest, why: &str) -> RunRecord {
    let embedding = EmbeddingFacts { sha256: request.digests.embedding.clone(), ..EmbeddingFacts::default() };
    let lexicon = (!request.digests.lexicon.is_empty()).then(|| LexiconFacts {
        name: request.spec.options.lexicon.vocabulary.clone(),
        sha256: request.digests.lexicon.clone(),
        ..LexiconFacts::default()
    });
    let state = RunState::Failed { why: why.to_owned() };
    let mut record = RunRecord::unscored(&request.run_id, request.spec.clone(), state);
    record.result.data = DataFacts { corpus_sha256: request.digests.corpus.clone(), embedding, lexicon, ..DataFacts::default() };
    record
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += ": ";
        text += &error.to_string();
        cause = error.source();
    }
    text
}

/// Writes JSON lines. A reader that is gone is no reason to lose the run.
struct Lines<'a> {
    detail: Detail,
    out: &'a mut dyn Write,
    folder: &'a RunFolder,
    /// Epochs of each network.
    of: BTreeMap<String, u64>,
    /// The end of the last epoch that was scored.
    since: Instant,
}

impl Lines<'_> {
    fn send(&mut self, line: &WorkerLine) {
        if let Ok(text) = serde_json::to_string(line) {
            let _ = writeln!(self.out, "{text}").and_then(|()| self.out.flush());
        }
    }
}

impl Progress for Lines<'_> {
    fn epoch(&mut self, network: &str, epoch: usize, of: usize, done: usize, sentences: usize, text: &str) {
        self.of.insert(network.to_owned(), of as u64);
        if self.detail == Detail::Epochs && done != 0 && done != sentences {
            return;
        }
        self.send(&WorkerLine::Epoch { network: network.into(), epoch, of, done, sentences, text: text.into() });
    }

    fn say(&mut self, line: &str) {
        // Where events go to the run's log it has the same from them; in JSON no plain line may stand among them.
        if tracing::enabled!(target: "mermen::talk", tracing::Level::INFO) {
            tracing::info!(target: "mermen::talk", "{line}");
        } else if !tracing::enabled!(tracing::Level::INFO) {
            self.folder.log(line);
        }
        self.send(&WorkerLine::Say { line: line.into() });
    }

    fn scored(&mut self, network: &str, epoch: &ScoredEpoch) {
        let now = Instant::now();
        let progress = EpochProgress {
            network: network.to_owned(),
            of: self.of.get(network).copied().unwrap_or(epoch.record.epoch),
            record: epoch.record.rounded(),
            dev_mention: epoch.dev_mention,
            dev_concept: epoch.dev_concept,
            seconds: now.duration_since(self.since).as_secs_f64(),
        };
        self.since = now;
        // Who asks how far the run is gets no answer; the run itself needs none.
        if let Err(error) = self.folder.add_progress(&progress) {
            tracing::warn!(%error, "the run's progress is not written down");
        }
    }
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;
