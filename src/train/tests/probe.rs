//! Probes of trained runs.

use super::{finish, inputs, small, with_framework};
use crate::nn::Context;
use crate::run::record::{Probe, ProbedFeedback};
use crate::run::spec::{FeedbackValue, Framework, Rounds, RunSpec, Select};
use crate::train::{SplitProbes, TrainError, probe_run};
use std::path::Path;

fn probe(spec: &RunSpec, workdir: &Path) -> Result<[SplitProbes; 2], TrainError> {
    probe_run(&Context::cpu(1), spec, inputs(), workdir)
}

/// With its own feedback a probed run scores what its record says; with anything else every kind of feedback can be asked for.
#[test]
fn with_its_own_feedback_a_run_scores_what_its_record_says() {
    let both = with_framework(Framework::MtlBothFeedback);
    let mut crf = both.clone();
    crf.model.crf = true;
    let mut of_logs = both.clone();
    of_logs.model.feedback.value = FeedbackValue::LogProbability;
    of_logs.model.feedback.rounds = Rounds::Count(1);
    let mut two_selections = with_framework(Framework::MtlMenFeedback);
    two_selections.train.select = Select::BestDevPerTask;
    for (spec, conditions) in [
        (both, 4),
        (crf, 4),
        (of_logs, 4),
        (two_selections, 4),
        (with_framework(Framework::Pipeline), 1),
        (with_framework(Framework::Mtl), 1),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let result = finish(&spec, folder.path());
        let [dev, test] = probe(&spec, folder.path()).unwrap();
        for (found, scores) in [(dev, result.dev.unwrap()), (test, result.test.unwrap())] {
            let (known, other) = (found.memorization.known, found.memorization.other);
            let has_concept = scores.mention_concept.tp + scores.mention_concept.fn_;
            assert!(known.of + other.of <= has_concept && known.found + other.found <= scores.mention_concept.tp);
            assert!(known.of > 0, "strings of the small corpus come again");
            let probes = found.probes;
            let kinds: Vec<ProbedFeedback> = probes.iter().map(|p| p.feedback).collect();
            assert_eq!(kinds, ProbedFeedback::ALL[..conditions], "{:?}", spec.model.framework);
            assert_eq!(probes[0].mention, scores.mention.kit);
            assert_eq!(probes[0].concept, scores.concept.kit);
            let gold = |p: &Probe| p.mention.tp + p.mention.fn_;
            assert!(probes.iter().all(|p| gold(p) == gold(&probes[0])), "the gold mentions are the same under every feedback");
        }
    }
}

/// One round reads 1/|L|: uniform feedback is then its own.
#[test]
fn a_network_of_one_round_reads_uniform_feedback() {
    let mut spec = with_framework(Framework::MtlBothFeedback);
    spec.model.feedback.rounds = Rounds::Count(1);
    let folder = tempfile::tempdir().unwrap();
    finish(&spec, folder.path());
    let [dev, _] = probe(&spec, folder.path()).unwrap();
    for other in [1, 3] {
        let probes = &dev.probes;
        assert_eq!((probes[0].mention, probes[0].concept), (probes[other].mention, probes[other].concept));
    }
}

#[test]
fn without_the_parameters_there_is_no_probe() {
    let folder = tempfile::tempdir().unwrap();
    let error = probe(&small(), folder.path()).unwrap_err();
    assert!(error.is_bad_input());
    assert!(
        error.to_string().contains("both.best.safetensors is not there: a probe needs the folder in which the run was trained"),
        "{error}"
    );
}
