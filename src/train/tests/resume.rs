//! One specification, one result: whatever interrupts the run.

use super::*;
use crate::run::spec::{EpochLength, OptimizerKind, Rounds, Schedule, Select};
use safetensors::tensor::{SafeTensors, TensorView};

fn asynchronous(rounds: Rounds) -> RunSpec {
    let mut spec = small();
    spec.data.limit = Some(3);
    spec.train.batch = 4;
    spec.train.schedule = Schedule::Asynchronous;
    spec.train.epoch = EpochLength::Sentences;
    spec.model.feedback.rounds = rounds;
    spec
}

/// The run undisturbed, stopped after every few steps, stopped twice in one place, and killed after it had checkpoints.
fn is_the_same_however_interrupted(spec: &RunSpec) {
    let folder = || tempfile::tempdir().unwrap();
    let undisturbed = folder();
    let want = finish(spec, undisturbed.path());

    let stopped = folder();
    let mut steps = [1, 0, 2, 0, 4].into_iter().chain(std::iter::repeat(3));
    let mut stops = 0;
    let got = loop {
        match train_for(spec, stopped.path(), steps.next().unwrap(), End::Stop) {
            Some(result) => break result,
            None => stops += 1,
        }
    };
    assert!(stops >= 4, "{stops} stops");
    assert_eq!(got, want);
    same_files("stopped", stopped.path(), undisturbed.path());

    // Killed before there is a checkpoint, and again and again after the first epoch's; stopped between.
    let killed = folder();
    let steps = |epochs: usize| want.networks.len() * epochs; // at least one step an epoch
    for (left, end) in [(1, End::Kill), (steps(1) + 8, End::Kill), (3, End::Stop), (2, End::Kill), (7, End::Kill), (0, End::Kill)] {
        if train_for(spec, killed.path(), left, end).is_some() {
            break;
        }
    }
    assert_eq!(finish(spec, killed.path()), want);
    same_files("killed", killed.path(), undisturbed.path());

    // Killed when all was done but the record: the run is taken up again, to say the same.
    assert_eq!(finish(spec, killed.path()), want);
    same_files("done again", killed.path(), undisturbed.path());
}

#[test]
fn synchronous_sgd() {
    is_the_same_however_interrupted(&small());
}

#[test]
fn adam() {
    let mut spec = small();
    spec.train.optimizer = OptimizerKind::Adam;
    spec.train.learning_rate = 0.01;
    is_the_same_however_interrupted(&spec);
}

#[test]
fn asynchronous_with_store() {
    is_the_same_however_interrupted(&asynchronous(Rounds::Store));
}

#[test]
fn asynchronous_with_rounds() {
    is_the_same_however_interrupted(&asynchronous(Rounds::Count(2)));
}

#[test]
fn pipeline() {
    let mut spec = with_framework(Framework::Pipeline);
    spec.data.limit = Some(4);
    is_the_same_however_interrupted(&spec);
}

#[test]
fn crf() {
    let mut spec = small();
    spec.model.crf = true;
    spec.data.limit = Some(4);
    is_the_same_however_interrupted(&spec);
}

#[test]
fn dilated_convolutions() {
    let mut spec = small();
    spec.model.encoder = crate::run::spec::Encoder::Idcnn;
    spec.model.idcnn.filters = 8;
    spec.dropout.between_layers = true;
    spec.data.limit = Some(4);
    is_the_same_however_interrupted(&spec);
}

/// Each network of a pipeline ends when its own score has not improved for so many epochs: its history is the beginning of the one that
/// it has without patience, and the kept epoch is the best of that beginning.
#[test]
fn patience() {
    for framework in [Framework::Pipeline, Framework::MtlBothFeedback] {
        let mut spec = with_framework(framework);
        spec.data.limit = Some(4);
        spec.train.epochs = 12;
        spec.train.learning_rate = 0.1;
        let whole = finish(&spec, tempfile::tempdir().unwrap().path());
        spec.train.patience = Some(2);
        let patient = finish(&spec, tempfile::tempdir().unwrap().path());
        let mut ended_early = 0;
        for (whole, patient) in whole.networks.iter().zip(&patient.networks) {
            assert_eq!(whole.epochs.len(), 12);
            let scores = whole.epochs.iter().map(|epoch| match (epoch.dev_f1.mer, epoch.dev_f1.men) {
                (Some(mention), Some(concept)) => (mention + concept) / 2.0,
                (one, other) => one.or(other).unwrap(),
            });
            let (mut best, mut kept, mut made) = (f64::NEG_INFINITY, 0, 0);
            for (epoch, score) in (1..).zip(scores) {
                made = epoch;
                if score > best {
                    (best, kept) = (score, epoch);
                } else if epoch - kept == 2 {
                    break;
                }
            }
            assert_eq!(patient.epochs[..], whole.epochs[..made]);
            assert_eq!(patient.selected_epochs, [kept as u64]);
            ended_early += usize::from(made < 12);
        }
        assert!(ended_early > 0, "{framework:?}: nothing ended early");
        is_the_same_however_interrupted(&spec);
    }
}

/// A frozen table, no characters, a rate that falls, and the last epoch's parameters.
#[test]
fn the_last_epoch() {
    let mut spec = small();
    spec.train.select = Select::Last;
    spec.train.lr_decay = crate::run::spec::LrDecay::Inverse;
    spec.train.epochs = 3;
    spec.embedding.trainable = false;
    spec.model.char_cnn = None;
    spec.data.limit = Some(4);
    is_the_same_however_interrupted(&spec);
}

#[test]
fn each_task_s_best_epoch() {
    let mut spec = small();
    spec.train.select = Select::BestDevPerTask;
    spec.data.limit = Some(4);
    is_the_same_however_interrupted(&spec);
}

#[test]
fn the_seed_decides_every_byte_and_another_seed_others() {
    let [one, again, other] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    let mut spec = small();
    assert_eq!(finish(&spec, one.path()), finish(&spec, again.path()));
    same_files("the same seed", again.path(), one.path());
    spec.seed = 2;
    finish(&spec, other.path());
    let parameters = |folder: &tempfile::TempDir| std::fs::read(folder.path().join("both.best.safetensors")).unwrap();
    assert!(parameters(&other) != parameters(&one));
}

#[test]
fn two_threads_give_the_result_of_one() {
    for crf in [false, true] {
        let mut spec = small();
        spec.model.crf = crf;
        spec.data.limit = Some(4);
        let [one, two] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
        let first = finish(&spec, one.path());
        spec.train.threads = 2;
        let second = finish(&spec, two.path());
        assert_eq!(second, first);
        same_files("two threads", two.path(), one.path());
    }
}

/// Training goes on with another network's file: the names and sizes are checked against the network, and nothing is taken.
#[test]
fn a_checkpoint_of_another_network_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut spec = small();
    spec.data.limit = Some(2);
    spec.train.epochs = 1;
    finish(&spec, folder.path());
    spec.model.hidden = Hidden::Units(7);
    let error = train(&spec, folder.path(), &mut super::super::Silent, &AtomicBool::new(false)).err().unwrap();
    let said = error.to_string();
    assert!(said.contains("lstm.0.forward.input") && said.contains("belongs to another network"), "{said}");

    let path = folder.path().join("both.checkpoint.safetensors");
    let file = std::fs::read(&path).unwrap();
    std::fs::write(&path, &file[..file.len() / 2]).unwrap();
    let error = train(&spec, folder.path(), &mut super::super::Silent, &AtomicBool::new(false)).err().unwrap();
    assert!(matches!(&error, TrainError::Damaged { path: named, .. } if *named == path), "{error}");
}

/// The checkpoint with one value of its `progress` replaced.
fn forged(file: &[u8], key: &str, value: serde_json::Value) -> Vec<u8> {
    let (_, header) = SafeTensors::read_metadata(file).unwrap();
    let mut metadata = header.metadata().clone().unwrap();
    let mut progress: serde_json::Value = serde_json::from_str(&metadata["progress"]).unwrap();
    assert!(progress.get(key).is_some(), "{key}");
    progress[key] = value;
    metadata.insert("progress".into(), progress.to_string());
    safetensors::serialize(SafeTensors::deserialize(file).unwrap().tensors(), Some(metadata)).unwrap()
}

/// Whoever forges a checkpoint gets no panic out of it, and no file that is not the run's is read or removed for its sake.
#[test]
fn a_checkpoint_that_no_training_came_to_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let outside = root.path().join("outside");
    std::fs::write(&outside, b"somebody's own").unwrap();
    let work = root.path().join("work");
    std::fs::create_dir(&work).unwrap();
    let spec = asynchronous(Rounds::Store);
    assert!(train_for(&spec, &work, 3, End::Stop).is_none());
    let path = work.join("both.checkpoint.safetensors");
    let file = std::fs::read(&path).unwrap();
    for (key, value, part) in [
        ("best", serde_json::json!([]), "best epochs, expected 1"),
        ("step", serde_json::json!(1_000_000), "stands at step 1000000 of an epoch of"),
        ("feedback_store", serde_json::json!("../outside"), "names the feedback store `../outside`, expected `both.feedback.0.3`"),
        ("optimizer_steps", serde_json::json!([1]), "it counts the steps of 1 parameters"),
        ("optimizer_steps", serde_json::json!(vec![0; 64]), "it counts the steps of 64 parameters"),
        ("epochs", serde_json::json!("none"), "invalid type"),
        ("sums", serde_json::json!({}), "missing field"),
    ] {
        std::fs::write(&path, forged(&file, key, value)).unwrap();
        let error = train(&spec, &work, &mut super::super::Silent, &AtomicBool::new(false)).err().unwrap();
        assert!(matches!(&error, TrainError::Damaged { path: named, .. } if *named == path), "{key}: {error}");
        assert!(error.to_string().contains(part), "{key}: {error}");
        assert_eq!(std::fs::read(&outside).unwrap(), b"somebody's own");
    }
    // A row of the word table that claims to have seen more steps than there were.
    let tensors = SafeTensors::deserialize(&file).unwrap();
    let name = "optimizer.words.caught_up";
    let seen = tensors.tensor(name).unwrap();
    let more = vec![0xff; seen.data().len()];
    let forged: Vec<_> = tensors
        .tensors()
        .into_iter()
        .map(
            |(own, view)| {
                if own == name { (own, TensorView::new(seen.dtype(), seen.shape().to_vec(), &more).unwrap()) } else { (own, view) }
            },
        )
        .collect();
    let (_, header) = SafeTensors::read_metadata(&file).unwrap();
    std::fs::write(&path, safetensors::serialize(forged, header.metadata().clone()).unwrap()).unwrap();
    let error = train(&spec, &work, &mut super::super::Silent, &AtomicBool::new(false)).err().unwrap();
    assert!(error.to_string().contains("counts more steps than were made"), "{error}");
}
