//! What a run leaves for its record: with packed predictions and the gold table its scores can be had again, without the corpus.

use super::{finish, small};
use crate::corpus::OovSubset;
use crate::evaluate::{Split, SplitScores};
use crate::run::gold::GoldTable;
use crate::run::predictions::{Packed, Predictions};
use crate::run::spec::{Framework, Hidden, MenScheme, MerScheme, OptimizerKind, RunSpec, Select};
use crate::train::TrainedRun;
use std::sync::Arc;

/// As it is read back from its two files.
fn packed(run: &TrainedRun) -> Predictions {
    let predictions = Predictions::new("run", Arc::new(run.gold.clone()), &run.dev_predictions, &run.test_predictions).unwrap();
    let gold = GoldTable::unpack(&run.gold.pack().0).unwrap();
    Packed::open(&predictions.pack().0).unwrap().against(Arc::new(gold)).unwrap()
}

/// The scores less those that need text or token rows.
fn derivable(scores: &SplitScores) -> SplitScores {
    let mut scores = scores.clone();
    (scores.token, scores.accuracy, scores.unaligned_mentions) = Default::default();
    for subset in &mut scores.oov {
        (subset.mentions, subset.unique_strings, subset.unique_pairs) = (0, 0, 0);
    }
    scores
}

fn specs() -> Vec<RunSpec> {
    let mut all = Vec::new();
    for (framework, crf, select) in [
        (Framework::MtlBothFeedback, false, Select::BestDev),
        (Framework::Pipeline, true, Select::Last),
        (Framework::Mtl, true, Select::BestDevPerTask),
    ] {
        let mut spec = small();
        (spec.model.framework, spec.model.crf, spec.train.select) = (framework, crf, select);
        (spec.data.limit, spec.train.epochs) = (Some(20), 6);
        if crf {
            (spec.tags.mer, spec.tags.men) = (MerScheme::Bioes, MenScheme::Iob2);
            spec.data.entity_types = vec!["Disease".into(), "Chemical".into()];
        }
        all.push(spec);
    }
    all
}

#[test]
fn every_score_that_needs_no_text_comes_from_the_packed_predictions() {
    for spec in specs() {
        let folder = tempfile::tempdir().unwrap();
        let run = finish(&spec, folder.path());
        let predictions = packed(&run);
        for (split, scores) in Split::ALL.into_iter().zip([&run.dev, &run.test]) {
            let stored = predictions.split(split).unwrap();
            let found = stored.scores(&predictions.training_concepts());
            assert_eq!(found, derivable(scores.as_ref().unwrap()), "{} {spec:?}", split.name());
            assert!(found.mention.kit.tp > 0 && found.oov.iter().any(|of| of.subset == OovSubset::Iv && of.counts.mer.tp > 0));
            let mentions = || stored.predicted.men.iter().map(|document| document.mentions.len());
            assert!(mentions().eq(stored.predicted.confidence.iter().map(Vec::len)));
        }
    }
}

/// Against the probabilities themselves: the mean over a mention's tokens, in 256 steps.
#[test]
fn a_network_that_is_sure_says_so() {
    let mut spec = small();
    (spec.data.limit, spec.train.epochs, spec.train.learning_rate) = (Some(20), 20, 0.01);
    (spec.train.optimizer, spec.train.select, spec.model.hidden) = (OptimizerKind::Adam, Select::Last, Hidden::Units(20));
    let folder = tempfile::tempdir().unwrap();
    let run = finish(&spec, folder.path());
    let of_mentions: Vec<u8> = run.dev_predictions.confidence.concat();
    assert!(of_mentions.iter().any(|confidence| *confidence > 128), "{of_mentions:?}");
    assert!(of_mentions.iter().any(|confidence| *confidence < 128), "{of_mentions:?}");
}
