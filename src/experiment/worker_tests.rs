use super::*;
use crate::evaluate::Ceilings;
use crate::run::gold::GoldTable;
use crate::run::identity::DataDigests;
use crate::run::predictions::SplitPredictions;
use crate::run::record::DataFacts;
use crate::run::spec::RunSpec;
use std::cell::Cell;

type Behaviour = fn(&RunRequest, &Path, &mut dyn Progress, &AtomicBool) -> Result<Finished, RunnerError>;

/// A runner that counts its calls and does as it is told.
struct Fake {
    calls: Cell<usize>,
    behaviour: Behaviour,
}

impl Fake {
    fn new(behaviour: Behaviour) -> Self {
        Self { calls: Cell::new(0), behaviour }
    }
}

impl Runner for Fake {
    fn run(&self, request: &RunRequest, work: &Path, progress: &mut dyn Progress, stop: &AtomicBool) -> Result<Finished, RunnerError> {
        self.calls.set(self.calls.get() + 1);
        (self.behaviour)(request, work, progress, stop)
    }
}

/// A run over no documents.
fn trained() -> TrainedRun {
    TrainedRun {
        data: DataFacts { corpus_sha256: "c".into(), ..DataFacts::default() },
        networks: Vec::new(),
        facts: Default::default(),
        dev: None,
        test: None,
        dev_ceilings: Ceilings::default(),
        test_ceilings: Ceilings::default(),
        gold: GoldTable::new(&[], &[], (&[], &[]), (&[], &[])),
        dev_predictions: SplitPredictions::default(),
        test_predictions: SplitPredictions::default(),
    }
}

fn done(_: &RunRequest, _: &Path, progress: &mut dyn Progress, _: &AtomicBool) -> Result<Finished, RunnerError> {
    progress.epoch("both", 1, 1, 10, 10, "dev F1 0.5");
    Ok(Finished::Done(Box::new(trained()), Measured::default()))
}

fn prepared() -> (tempfile::TempDir, RunFolder, RunRequest) {
    let root = tempfile::tempdir().unwrap();
    let spec = RunSpec::default();
    let request = RunRequest::new(spec, DataDigests { corpus: "c".into(), ..DataDigests::default() }, None);
    let folder = RunFolder::at(root.path().join("run"));
    folder.prepare(&request).unwrap();
    (root, folder, request)
}

fn run(folder: &RunFolder, runner: &Fake, stop: bool) -> (RunOutcome, Vec<WorkerLine>) {
    let mut out = Vec::new();
    let outcome = work(folder, runner, Detail::Batches, &mut out, &AtomicBool::new(stop)).unwrap();
    (outcome, String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn a_run_is_made_once() {
    let (_root, folder, request) = prepared();
    let runner = Fake::new(done);
    let (outcome, lines) = run(&folder, &runner, false);
    assert_eq!(outcome, RunOutcome::Done);
    assert_eq!(lines.last(), Some(&WorkerLine::Ended(RunOutcome::Done)));
    assert!(matches!(&lines[0], WorkerLine::Epoch { network, epoch: 1, .. } if network == "both"));
    assert_eq!(folder.record(&request.run_id).unwrap().unwrap().result.run_id, request.run_id);
    assert_eq!(run(&folder, &runner, false).0, RunOutcome::Done);
    assert_eq!(runner.calls.get(), 1);
}

#[test]
fn an_interrupted_run_leaves_no_record_and_is_made_by_the_next_call() {
    let (_root, folder, request) = prepared();
    let interrupted = Fake::new(|_, work, _, stop| {
        assert!(stop.load(Ordering::Relaxed));
        std::fs::write(work.join("checkpoint"), b"state").unwrap();
        Ok(Finished::Interrupted)
    });
    assert_eq!(run(&folder, &interrupted, true).0, RunOutcome::Interrupted);
    assert!(folder.has_work() && folder.record(&request.run_id).unwrap().is_none());
    assert_eq!(run(&folder, &Fake::new(done), false).0, RunOutcome::Done);
}

#[test]
fn a_failed_run_says_why_and_is_tried_again() {
    let (_root, folder, request) = prepared();
    let error = || RunnerError::Failed("loss is not finite in epoch 2, batch 7".into());
    let failing = Fake::new(|_, _, _, _| Err(RunnerError::Failed("loss is not finite in epoch 2, batch 7".into())));
    let why = error().to_string();
    assert_eq!(why, "the run failed");
    let (outcome, _) = run(&folder, &failing, false);
    assert_eq!(outcome, RunOutcome::Failed { why: "loss is not finite in epoch 2, batch 7".into() });
    assert!(matches!(folder.record(&request.run_id).unwrap().unwrap().result.state, RunState::Failed { .. }));
    assert_eq!(run(&folder, &Fake::new(done), false).0, RunOutcome::Done);
}

#[test]
fn bad_data_leaves_no_record() {
    let (_root, folder, request) = prepared();
    let bad = Fake::new(|_, _, _, _| Err(RunnerError::BadInput("vectors.bin: ends at byte 5000, inside row 17".into())));
    assert_eq!(run(&folder, &bad, false).0, RunOutcome::BadInput { why: "vectors.bin: ends at byte 5000, inside row 17".into() });
    assert_eq!(folder.record(&request.run_id).unwrap(), None);
}

#[test]
fn data_that_changed_under_the_run_is_no_result() {
    let (_root, folder, _) = prepared();
    let changed = Fake::new(|request, work, progress, stop| match done(request, work, progress, stop)? {
        Finished::Done(mut trained, measured) => {
            trained.data.corpus_sha256 = "other".into();
            Ok(Finished::Done(trained, measured))
        }
        other => Ok(other),
    });
    assert!(matches!(run(&folder, &changed, false).0, RunOutcome::BadInput { why } if why.contains("changed")));
}

#[test]
fn a_run_that_another_process_makes_is_waited_for() {
    let (_root, folder, _) = prepared();
    let lock = folder.lock().unwrap().unwrap();
    // Asked to stop while it waits.
    let runner = Fake::new(done);
    assert_eq!(run(&folder, &runner, true).0, RunOutcome::Interrupted);
    assert_eq!(runner.calls.get(), 0);
    // The other one finishes: its record is taken.
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| run(&folder, &Fake::new(|_, _, _, _| panic!("the run is done already")), false));
        run_locked(&folder);
        drop(lock);
        let (outcome, lines) = waiting.join().unwrap();
        assert_eq!(outcome, RunOutcome::Done);
        assert!(lines.len() <= 2, "{lines:?}");
    });
}

/// What the owner of the lock does at last.
fn run_locked(folder: &RunFolder) {
    let request = folder.request().unwrap().unwrap();
    folder.write_record(&record(&request, trained(), Measured::default()).unwrap()).unwrap();
}

#[test]
fn a_folder_without_a_task_and_one_of_another_protocol_are_told() {
    let root = tempfile::tempdir().unwrap();
    assert!(
        matches!(run(&RunFolder::at(root.path()), &Fake::new(done), false).0, RunOutcome::BadInput { why } if why.contains("spec.json is missing"))
    );
    let (_root, folder, request) = prepared();
    folder.prepare(&RunRequest { protocol: 0, ..request }).unwrap();
    assert!(matches!(
        work(&folder, &Fake::new(done), Detail::Batches, &mut Vec::new(), &AtomicBool::new(false)),
        Err(StoreError::Protocol { found: 0, .. })
    ));
}
