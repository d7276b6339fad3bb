//! Training's promises, held on the corpus that comes with the source.

mod asynchronous;
mod learning;
mod optimizer;
mod paths;
mod probe;
mod resume;
mod schedule;
mod stored;

use super::{Inputs, Outcome, Progress, TrainError, TrainedRun, train_run};
use crate::corpus::Corpus;
use crate::nn::Context;
use crate::registry::{embedding_source, load_corpus};
use crate::run::spec::{CharCnnSpec, DataSpec, EmbeddingSpec, Framework, Hidden, ModelSpec, RunSpec, TrainSpec};
use std::cell::OnceCell;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// A run of a second or less: 8 documents a split, tiny layers, two epochs, everything else as it is by default.
fn small() -> RunSpec {
    RunSpec {
        data: DataSpec { corpus: "mini".into(), limit: Some(8), ..DataSpec::default() },
        embedding: EmbeddingSpec { name: "mini-20".into(), ..EmbeddingSpec::default() },
        model: ModelSpec {
            layers: 2,
            hidden: Hidden::Units(6),
            char_cnn: Some(CharCnnSpec { dim: 4, filters: 5, window: 3 }),
            ..ModelSpec::default()
        },
        train: TrainSpec { epochs: 2, batch: 8, learning_rate: 0.02, ..TrainSpec::default() },
        seed: 1,
        ..RunSpec::default()
    }
}

fn with_framework(framework: Framework) -> RunSpec {
    let mut spec = small();
    spec.model.framework = framework;
    spec
}

fn data() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

thread_local! {
    static MINI: OnceCell<Corpus> = const { OnceCell::new() };
}

fn inputs() -> Inputs {
    let corpus = MINI.with(|mini| mini.get_or_init(|| load_corpus("mini", &data()).unwrap()).clone());
    Inputs { corpus, embedding: embedding_source("mini-20", &data()).unwrap(), embedding_sha256: String::new() }
}

/// Lets a run go on for so many steps.
struct Steps<'a> {
    left: usize,
    stop: &'a AtomicBool,
    then: End,
}

/// What befalls a run whose steps are used up.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// It is told to stop, and writes a checkpoint.
    Stop,
    /// It is killed, and does nothing more.
    Kill,
}

impl Progress for Steps<'_> {
    fn epoch(&mut self, _: &str, _: usize, _: usize, done: usize, sentences: usize, _: &str) {
        // Called before each step, and once more when all are done.
        if done == sentences {
            return;
        }
        if self.left == 0 {
            std::panic::resume_unwind(Box::new("killed"));
        }
        self.left -= 1;
        // Heard before the step that follows this one.
        if self.left == 0 && self.then == End::Stop {
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    fn say(&mut self, _: &str) {}
}

fn train(spec: &RunSpec, workdir: &Path, progress: &mut dyn Progress, stop: &AtomicBool) -> Result<Outcome, TrainError> {
    train_run(&Context::cpu(spec.train.threads), spec, inputs(), workdir, progress, stop)
}

/// Trains to the end, or goes on to it.
fn finish(spec: &RunSpec, workdir: &Path) -> TrainedRun {
    match train(spec, workdir, &mut super::Silent, &AtomicBool::new(false)).unwrap() {
        Outcome::Done(trained, _) => *trained,
        Outcome::Interrupted => panic!("interrupted by nobody"),
    }
}

/// Trains for so many steps (or to the end, if that is nearer): the result, if there is one.
fn train_for(spec: &RunSpec, workdir: &Path, steps: usize, then: End) -> Option<TrainedRun> {
    let stop = AtomicBool::new(steps == 0 && then == End::Stop);
    let run = || train(spec, workdir, &mut Steps { left: steps, stop: &stop, then }, &stop).unwrap();
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        Ok(Outcome::Done(trained, _)) => Some(*trained),
        Ok(Outcome::Interrupted) => None,
        Err(killed) => {
            assert!(killed.is::<&str>() && then == End::Kill, "the run panicked");
            None
        }
    }
}

/// Every file of a run's folder but those of the clock.
fn files(workdir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(workdir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .filter(|(name, _)| !name.ends_with(".spent.json"))
        .collect();
    files.sort();
    files
}

#[track_caller]
fn same_files(what: &str, got: &Path, want: &Path) {
    let (got, want) = (files(got), files(want));
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&got), names(&want), "{what}");
    for ((name, got), (_, want)) in got.iter().zip(&want) {
        assert!(got == want, "{what}: {name} has other bytes");
    }
}
