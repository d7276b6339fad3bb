use super::*;
use crate::report::synthetic::{record, spec};
use crate::run::spec::Framework;

fn run(framework: Framework) -> RunRecord {
    record(spec("ncbi-disease", framework, true, false, 1))
}

fn runs(framework: Framework, seeds: impl Iterator<Item = u64>) -> Vec<RunRecord> {
    seeds.map(|seed| record(spec("ncbi-disease", framework, true, false, seed))).collect()
}

fn refs(records: &[RunRecord]) -> Vec<&RunRecord> {
    records.iter().collect()
}

#[test]
fn a_run_does_not_differ_from_itself() {
    let same = compare(&[&run(Framework::Mtl)], &[&run(Framework::Mtl)], false).expect("comparable");
    assert!(same.networks.iter().all(|test| test.difference == 0.0 && test.p == Some(1.0) && (test.low, test.high) == (0.0, 0.0)));
    assert!(same.differs_in.is_empty() && same.methods.is_empty() && same.power.is_empty());
}

#[test]
fn turning_the_sides_round_turns_the_signs() {
    let (a, b) = (runs(Framework::MtlBothFeedback, 1..=3), runs(Framework::Pipeline, 1..=3));
    let there = compare(&refs(&a), &refs(&b), false).expect("comparable");
    let back = compare(&refs(&b), &refs(&a), false).expect("comparable");
    for (there, back) in there.networks.iter().zip(&back.networks).chain(there.methods.iter().zip(&back.methods)) {
        assert!(
            (there.difference + back.difference).abs() < 1e-12 && (there.p.unwrap() - back.p.unwrap()).abs() < 1e-9,
            "{there:?} {back:?}"
        );
    }
    assert_eq!(there.differs_in, ["model.framework=pipeline"]);
}

/// Fault 2: seeds widen what documents alone say.
#[test]
fn seeds_are_part_of_the_doubt_about_methods() {
    let mut a = runs(Framework::MtlBothFeedback, 1..=3);
    let b = runs(Framework::Pipeline, 1..=4);
    let test = a[0].result.test.as_mut().unwrap();
    for document in &mut test.documents {
        document.mention = Counts { tp: 1, fp: 5, fn_: 5 };
    }
    let found = compare(&refs(&a), &refs(&b), false).expect("comparable");
    let f1 = |tests: &[Tested]| tests.iter().find(|test| test.level == "mention" && test.score == "f1").cloned().unwrap();
    let (methods, networks) = (f1(&found.methods), f1(&found.networks));
    assert!(methods.high - methods.low > 5.0 * (networks.high - networks.low), "{methods:?} {networks:?}");
    assert!(networks.p.is_none() && methods.p.unwrap() > 0.2);
    // Table 2, NCBI, recognition: .8743 and .8246.
    assert!((found.power[0].power.paper.unwrap() - (0.8743 - 0.8246)).abs() < 1e-12);
    assert!(found.power[0].epsilon_min.is_none());
    let five =
        compare(&refs(&runs(Framework::MtlBothFeedback, 1..=5)), &refs(&runs(Framework::Pipeline, 1..=5)), true).expect("comparable");
    assert!(five.power.iter().all(|level| level.epsilon_min.is_some()));
}

#[test]
fn what_cannot_be_compared_is_an_error() {
    let (good, mut other) = (run(Framework::Mtl), run(Framework::Pipeline));
    other.result.data.corpus_sha256 = "another".into();
    assert!(matches!(compare(&[&good], &[&other], false), Err(CompareError::Documents { .. })));
    other.result.test = None;
    assert!(matches!(compare(&[&good], &[&other], false), Err(CompareError::NoScores { split: "test", .. })));
    other.result.state = RunState::Failed { why: "the loss is not finite".into() };
    assert!(matches!(compare(&[&other], &[&good], true), Err(CompareError::Failed { .. })));
    let pipeline = run(Framework::Pipeline);
    let mixed = compare(&[&good, &pipeline], &[&pipeline], false).unwrap_err();
    assert!(mixed.to_string().contains("model.framework=pipeline") && mixed.to_string().contains("first side"), "{mixed}");
    let (one, two) = (runs(Framework::Mtl, 1..=2), runs(Framework::Mtl, 2..=3));
    assert!(matches!(compare(&refs(&one), &refs(&two), false), Err(CompareError::OnBothSides { .. })));
    assert!(matches!(compare(&[], &refs(&two), false), Err(CompareError::NoRuns { side: "first", .. })));
    assert!(matches!(compare(&[&good, &good], &[&pipeline], false), Err(CompareError::SeveralMethods { .. })));
}

#[test]
fn sides_are_found_by_their_keys() {
    let records = [runs(Framework::Mtl, 1..=3), runs(Framework::Pipeline, 1..=2)].concat();
    let filters = |texts: &[&str]| texts.iter().map(|text| Filter::parse(text, &records)).collect::<Result<Vec<_>, _>>();
    let found = select(&records, &filters(&["model.framework=mtl", "data.corpus=ncbi-disease"]).unwrap(), "first").unwrap();
    assert_eq!(found.iter().map(|run| run.result.spec.seed).collect::<Vec<_>>(), [1, 2, 3]);
    // As YAML reads them: the number, and what is true, and not their letters.
    for alike in
        ["dropout.rate=0.50", "dropout.rate=.5", "dropout.rate=5e-1", "train.batch=16.0", "model.crf=False", "data.entity_types=[Disease]"]
    {
        assert_eq!(select(&records, &filters(&[alike]).unwrap(), "first").unwrap().len(), records.len(), "{alike}");
    }
    for other in ["dropout.rate=0.51", "dropout.rate=half", "model.crf=true", "data.entity_types=[Chemical]"] {
        assert!(select(&records, &filters(&[other]).unwrap(), "first").is_err(), "{other}");
    }
    let none = select(&records, &filters(&["model.framework=mtl-men-feedback"]).unwrap(), "second").unwrap_err();
    assert_eq!(none.to_string(), "the second side has no run: model.framework is one of mtl, pipeline");
    let unknown = filters(&["model.framwork=mtl"]).unwrap_err();
    assert_eq!(unknown.to_string(), "no key `model.framwork` in a run's specification; the nearest is `model.framework`");
    assert!(matches!(filters(&["mtl"]), Err(CompareError::NotAFilter { .. })));
}

#[test]
fn it_prints_within_80_columns() {
    for seeds in [1, 3, 5] {
        let (a, b) = (runs(Framework::MtlBothFeedback, 1..=seeds), runs(Framework::Pipeline, 1..=seeds));
        let comparison = compare(&refs(&a), &refs(&b), false).expect("comparable");
        let text = text(&comparison);
        let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80 && !line.contains("could have seen")).collect();
        assert!(wide.is_empty(), "{wide:?}");
        assert_eq!(text.contains("other seeds would give"), seeds == 1);
        assert!(json(&comparison).expect("JSON").contains("\"level\": \"concept\""));
    }
}
