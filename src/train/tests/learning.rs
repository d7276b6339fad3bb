//! What training must reach, and how it fails.

use super::*;
use crate::run::record::EpochRecord;
use crate::run::spec::{Encoder, HeadDirections, LossReduction, OptimizerKind, Rounds, Schedule, Select};

fn losses(epoch: &EpochRecord) -> Vec<f64> {
    [epoch.loss.mer, epoch.loss.men].into_iter().flatten().collect()
}

/// Four epochs of every framework, CRF or not, and of the asynchronous protocol.
#[test]
fn the_loss_falls_for_every_framework() {
    let mut specs = Vec::new();
    for framework in [Framework::Pipeline, Framework::Mtl, Framework::MtlMenFeedback, Framework::MtlMerFeedback, Framework::MtlBothFeedback]
    {
        for crf in [false, true] {
            let mut spec = with_framework(framework);
            spec.model.crf = crf;
            specs.push(spec);
        }
    }
    let mut with = |change: &dyn Fn(&mut RunSpec)| {
        let mut spec = small();
        change(&mut spec);
        specs.push(spec);
    };
    with(&|spec| spec.train.schedule = Schedule::Asynchronous);
    with(&|spec| {
        spec.train.schedule = Schedule::Asynchronous;
        spec.model.feedback.rounds = Rounds::Store;
    });
    with(&|spec| spec.model.head.directions = HeadDirections::Sum);
    for crf in [false, true] {
        with(&|spec| {
            spec.model.encoder = Encoder::Idcnn;
            spec.model.idcnn.filters = 12;
            spec.model.crf = crf;
        });
        with(&|spec| {
            spec.model.char_cnn = None;
            spec.model.crf = crf;
        });
    }
    with(&|spec| spec.train.loss_reduction = LossReduction::MeanSentences);
    let mut missed = Vec::new();
    for mut spec in specs {
        spec.train.epochs = 4;
        spec.data.limit = Some(6);
        let folder = tempfile::tempdir().unwrap();
        let name = format!(
            "{:?}, {:?}, CRF {}, {:?}, {:?}",
            spec.model.framework, spec.model.encoder, spec.model.crf, spec.train.schedule, spec.model.feedback
        );
        for network in finish(&spec, folder.path()).networks {
            let [first, .., last] = &network.epochs[..] else { panic!("{name}: one epoch") };
            for (first, last) in losses(first).into_iter().zip(losses(last)) {
                if last > 0.95 * first {
                    missed.push(format!("{name}, network {}: the loss goes from {first} to {last}", network.tasks));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// The network can say all that a few documents (20 sentences and more) ask for: both tasks at 100 %, when it is scored on them.
#[test]
fn twenty_sentences_are_learned_by_heart() {
    let mut corpus = inputs().corpus;
    corpus.train.truncate(4);
    corpus.dev.clone_from(&corpus.train);
    corpus.test.clone_from(&corpus.train);
    for crf in [false, true] {
        let mut spec = small();
        spec.model.hidden = Hidden::Units(20);
        spec.model.crf = crf;
        spec.dropout.rate = 0.0;
        spec.vocabulary.unknown = crate::run::spec::UnknownWords::Fixed;
        spec.train.optimizer = OptimizerKind::Adam;
        spec.train.learning_rate = 0.01;
        spec.train.epochs = 40;
        spec.train.select = Select::Last;
        let folder = tempfile::tempdir().unwrap();
        let inputs = Inputs { corpus: corpus.clone(), ..inputs() };
        let stop = AtomicBool::new(false);
        let Outcome::Done(result, _) = train_run(&Context::cpu(1), &spec, inputs, folder.path(), &mut super::super::Silent, &stop).unwrap()
        else {
            panic!("interrupted by nobody")
        };
        assert!(result.data.sentences_train >= 20, "{} sentences", result.data.sentences_train);
        let scores = result.test.unwrap();
        assert_eq!((scores.accuracy.mer, scores.accuracy.men), (1.0, 1.0), "CRF {crf}: {:?}", result.networks[0].epochs.last());
        assert_eq!((scores.mention.kit.f1(), scores.token.mer.f1(), scores.token.men.f1()), (1.0, 1.0, 1.0), "CRF {crf}");
    }
}

#[test]
fn a_loss_that_is_not_finite_names_epoch_batch_and_sentences() {
    let mut spec = small();
    spec.train.learning_rate = 1e30;
    spec.train.clip_norm = None;
    let folder = tempfile::tempdir().unwrap();
    let error = train(&spec, folder.path(), &mut super::super::Silent, &AtomicBool::new(false)).err().unwrap();
    let said = error.to_string();
    let TrainError::NotFinite { network, value, epoch, batch, sentences, .. } = error else { panic!("{error}") };
    assert_eq!((network.as_str(), epoch), ("both", 1));
    assert!(!value.is_finite() && (2..=20).contains(&batch), "{said}");
    let documents = inputs().corpus.train;
    for name in sentences.split(", ") {
        let (document, number) = name.split_once(':').unwrap();
        assert!(documents[..8].iter().any(|d| d.id == document) && number.parse::<usize>().is_ok_and(|n| n >= 1), "{said}");
    }
    assert_eq!(sentences.split(", ").count(), 8);
    assert!(said.contains(&format!("epoch 1, batch {batch} (sentences {sentences})")) && said.contains("train.clip_norm"), "{said}");
}

/// A task of weight 0 is not learned, and says no loss.
#[test]
fn a_task_of_weight_0_stays_as_it_was() {
    let mut spec = small();
    spec.data.limit = Some(2);
    spec.train.task_weights.men = 0.0;
    spec.train.epochs = 1;
    let folder = tempfile::tempdir().unwrap();
    let epochs = finish(&spec, folder.path()).networks.remove(0).epochs;
    assert!(epochs[0].loss.mer.is_some_and(|loss| loss > 0.0), "{epochs:?}");
    assert!(epochs[0].loss.men.is_none_or(|loss| loss == 0.0), "{epochs:?}");
}
