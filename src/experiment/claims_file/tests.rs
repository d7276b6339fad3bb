use super::*;
use crate::run::spec::{Framework, RunSpec, Schedule};
use std::collections::BTreeSet;
use std::path::Path;

fn committed() -> ClaimsFile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/claims.yaml");
    read(&path).unwrap_or_else(|errors| panic!("{errors}"))
}

/// A file of one claim whose lines a test changes.
fn with(lines: &str) -> String {
    format!("claims:\n  - id: cnn-helps\n    place: Table 2\n    phrase: some words\n    says: It helps.\n{lines}")
}

const GOOD: &str = "    kind: higher
    corpora: [mini]
    tasks: [mer]
    first: [{char_cnn: true}]
    second: [{char_cnn: false}]
";

fn complaint(text: &str) -> String {
    match parse("claims.yaml", text) {
        Ok(file) => format!("accepted: {file:?}"),
        Err(errors) => errors.to_string(),
    }
}

#[test]
fn the_committed_claims_are_read_and_complete() {
    let file = committed();
    let ids: BTreeSet<&str> = file.claims.iter().map(|claim| claim.id.as_str()).collect();
    assert_eq!(ids.len(), file.claims.len());
    for wanted in [
        "crf-changes-little",
        "cnn-helps",
        "mtl-beats-pipeline",
        "men-feedback-helps",
        "mer-feedback-helps",
        "mer-feedback-beats-men-feedback",
        "both-feedbacks-best",
        "dropout-helps",
        "pretrained-beats-random",
        "word2vec-beats-glove",
        "word2vec-beats-senna",
        "most-mentions-are-single-words",
        "both-feedbacks-lower-inconsistency",
        "gains-largest-in-embedding-vocabulary",
        "synchronous-equals-asynchronous",
    ] {
        assert!(ids.contains(wanted), "{wanted} is missing");
    }
    let names: Vec<&str> = file.readings.iter().map(|reading| reading.name.as_str()).collect();
    assert_eq!(names, ["architecture as printed", "best reading", "architecture as printed, each task its epoch"]);
    assert_eq!(
        file.readings[0].experiment.as_deref(),
        Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/paper.yaml").as_path())
    );
    assert!(file.readings[2].beside && !file.readings[0].beside);
    for change in file.claims.iter().flat_map(|claim| &claim.changed) {
        assert_eq!(change.date, "2026-11-28");
    }
}

#[test]
fn what_a_side_leaves_open_is_taken_from_the_setting_and_pinned_keys_must_hold() {
    let file = committed();
    let schedule = file.claims.iter().find(|claim| claim.id == "synchronous-equals-asynchronous").expect("claim");
    assert_eq!(schedule.first[0].schedule, Some(Schedule::Asynchronous));
    assert_eq!(schedule.second[0].schedule, Some(Schedule::Synchronous));
    let mut spec = RunSpec::default();
    spec.model.crf = true;
    let cell = schedule.across[0].over(&schedule.first[0]).over(&Systems::of_setting(&spec));
    assert_eq!((cell.framework, cell.char_cnn, cell.crf), (Some(Framework::MtlBothFeedback), Some(true), Some(true)));
    assert!(!cell.matches(&spec));
    spec.train.schedule = Schedule::Asynchronous;
    assert!(!cell.matches(&spec), "as many updates, and the last-seen output, are pinned");
    spec.train.epoch = crate::run::spec::EpochLength::Sentences;
    spec.model.feedback.rounds = crate::run::spec::Rounds::Store;
    assert!(cell.matches(&spec));
    spec.dropout.rate = 0.0;
    assert!(!cell.matches(&spec));
}

#[test]
fn a_file_without_readings_has_one() {
    let file = parse("folder/claims.yaml", &with(GOOD)).expect("good");
    assert_eq!((file.readings.len(), file.readings[0].experiment.clone()), (1, None));
    let text = format!("readings: [{{name: printed, experiment: a.yaml, beside: true}}]\n{}", with(GOOD));
    let file = parse("folder/claims.yaml", &text).expect("good");
    let expected = Reading { name: "printed".into(), experiment: Some("folder/a.yaml".into()), beside: true };
    assert_eq!(file.readings, [expected]);
}

#[test]
fn across_gives_every_combination() {
    let across = Across { framework: vec![Framework::Mtl, Framework::Pipeline], crf: vec![false, true], ..Across::default() };
    let all = across.combinations();
    assert_eq!(all.len(), 4);
    assert_eq!((all[1].framework, all[1].crf, all[1].char_cnn), (Some(Framework::Mtl), Some(true), None));
    assert_eq!(Across::default().combinations(), vec![Systems::default()]);
}

#[test]
fn points_become_shares() {
    let file = parse("c", &with(&GOOD.replace("higher", "equal\n    margin: 1.5"))).expect("good");
    assert_eq!(file.claims[0].kind, ClaimKind::Equal { margin: 0.015 });
}

#[test]
fn faults_name_place_finding_and_remedy() {
    let cases = [
        ("an unknown key", with(&GOOD.replace("corpora", "corpara"))),
        ("an unknown framework", with(&GOOD.replace("char_cnn: true", "framework: mtl-both-feedbak"))),
        ("an unknown key of a system", with(&GOOD.replace("char_cnn: true", "charcnn: true"))),
        ("no margin", with(&GOOD.replace("higher", "equal"))),
        ("a margin of no use", with(&format!("{GOOD}    margin: 1\n"))),
        ("a margin that is not a number", with(&GOOD.replace("higher", "equal\n    margin: much"))),
        ("an unknown kind", with(&GOOD.replace("higher", "highest"))),
        ("a key named twice", with(&format!("{GOOD}    across: {{char_cnn: [true]}}\n"))),
        ("a key that the spec has not", with(&format!("{GOOD}    ignoring: [train.bach]\n"))),
        ("a pinned key that the spec has not", with(&GOOD.replace("char_cnn: true", "char_cnn: true, with: {train.bach: 1}"))),
        ("a pinned value that the key does not take", with(&GOOD.replace("char_cnn: true", "char_cnn: true, with: {train.batch: many}"))),
        ("a reading without its experiment", format!("readings: [{{name: printed}}]\n{}", with(GOOD))),
        ("a change without a day", with(&format!("{GOOD}    changed: [{{date: yesterday, what: all, why: so}}]\n"))),
        ("an id used twice", format!("{}{}", with(GOOD), with(GOOD).trim_start_matches("claims:\n"))),
        ("one gain only", with(&GOOD.replace("higher", "larger-gain"))),
        ("no claims", "defaults: {crf: false}\n".to_owned()),
        ("an empty list", "claims: []\n".to_owned()),
        ("not a mapping", "- id: x\n".to_owned()),
        ("no YAML", "claims: [\n".to_owned()),
    ];
    let shown: String = cases.iter().map(|(name, text)| format!("## {name}\n{}\n\n", complaint(text))).collect();
    insta::assert_snapshot!(shown);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[a-z:\\-\\[\\]{} \n]{0,80}") {
        let _ = parse("claims.yaml", &text);
        let _ = parse("claims.yaml", &with(&text));
    }
}
