//! What a reader of the claims report may rely on. Records are made up.

use super::*;
use crate::evaluate::Counts;
use crate::experiment::claims_file::{self, ClaimKind, ClaimsFile};
use crate::report::setting::commonest;
use crate::report::synthetic::{record, spec};
use crate::run::record::{RunRecord, RunState};
use crate::run::spec::{Framework, RunSpec};

/// Snapshots hold figures of the paper, so they lie with the tests, not in the program.
pub(in crate::report) fn snapshot(name: &str, shown: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots");
    insta::with_settings!({ snapshot_path => path, prepend_module_to_snapshot => false }, { insta::assert_snapshot!(name, shown) });
}

fn committed() -> ClaimsFile {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/claims.yaml");
    claims_file::read(&path).unwrap_or_else(|errors| panic!("{errors}"))
}

fn one(lines: &str) -> ClaimsFile {
    let text = format!("claims:\n  - id: x\n    place: Table 2\n    phrase: some words\n    says: It helps.\n{lines}");
    claims_file::parse("claims.yaml", &text).unwrap_or_else(|errors| panic!("{errors}"))
}

const MTL_BEATS_PIPELINE: &str = "    kind: higher
    corpora: [ncbi-disease]
    tasks: [men]
    first: [{framework: mtl}]
    second: [{framework: pipeline}]
";

/// A run whose 40 documents have ten concepts each, of which `found` are found, more or less by `seed`.
fn run(framework: Framework, found: u64, seed: u64) -> RunRecord {
    let mut record = record(spec("ncbi-disease", framework, true, false, seed));
    let test = record.result.test.as_mut().expect("scores");
    test.documents.truncate(40);
    let mut all = Counts::default();
    for (index, document) in test.documents.iter_mut().enumerate() {
        let tp = (found + (index as u64 + seed) % 2).min(10);
        document.concept = Counts { tp, fp: 1, fn_: 10 - tp };
        all += document.concept;
    }
    test.concept.kit = all;
    record
}

fn runs(framework: Framework, found: [u64; 3]) -> Vec<RunRecord> {
    found.iter().zip(1..).map(|(found, seed)| run(framework, *found, seed)).collect()
}

fn sides(mtl: [u64; 3], pipeline: [u64; 3]) -> Vec<RunRecord> {
    [runs(Framework::Mtl, mtl), runs(Framework::Pipeline, pipeline)].concat()
}

fn reading(name: &str, setting: &RunSpec) -> ReadingSetting {
    ReadingSetting { name: name.to_owned(), beside: false, setting: Ok(setting.clone()) }
}

fn judged(file: &ClaimsFile, records: &[RunRecord]) -> ClaimsReport {
    let setting = commonest(records.iter().map(|record| &record.result.spec)).unwrap_or_default();
    judge(file, records, &[reading("one", &setting)])
}

fn judged_one(lines: &str, records: &[RunRecord]) -> JudgedReading {
    judged(&one(lines), records).claims[0].readings[0].clone()
}

fn verdict(lines: &str, records: &[RunRecord]) -> Verdict {
    judged_one(lines, records).verdict
}

#[test]
fn without_records_every_claim_about_runs_is_not_run() {
    let report = judged(&committed(), &[]);
    for claim in &report.claims {
        let expected = if claim.kind == "counted" { Verdict::Contradicted } else { Verdict::NotRun };
        assert_eq!(claim.verdict, expected, "{}", claim.id);
        assert!(claim.readings.iter().flat_map(|reading| &reading.cells).all(|cell| !cell.because.is_empty()), "{}", claim.id);
    }
}

#[test]
fn a_clear_difference_is_supported_and_its_reverse_contradicted() {
    assert_eq!(verdict(MTL_BEATS_PIPELINE, &sides([8, 8, 7], [5, 4, 5])), Verdict::Supported);
    assert_eq!(verdict(MTL_BEATS_PIPELINE, &sides([5, 4, 5], [8, 8, 7])), Verdict::Contradicted);
    assert_eq!(verdict(MTL_BEATS_PIPELINE, &sides([6, 6, 6], [6, 6, 6])), Verdict::Inconclusive);
}

/// Fault 2: documents alone would call this difference of 60 to 50 hits in 100 beyond doubt.
#[test]
fn seeds_that_disagree_leave_a_claim_open() {
    let reading = judged_one(MTL_BEATS_PIPELINE, &sides([9, 9, 4], [5, 5, 8]));
    assert_eq!(reading.verdict, Verdict::Inconclusive, "{reading:?}");
    let found = reading.cells[0].found.as_ref().expect("run");
    assert!(found.difference > 0.0 && found.inference.as_ref().is_some_and(|i| i.p > 0.2), "{found:?}");
    assert_eq!(found.seeds_agree, Some(6.0 / 9.0));
}

#[test]
fn one_network_a_side_says_nothing_of_methods() {
    let reading = judged_one(MTL_BEATS_PIPELINE, &[run(Framework::Mtl, 9, 1), run(Framework::Pipeline, 2, 1)]);
    assert_eq!((reading.verdict, reading.cells[0].because.as_str()), (Verdict::Inconclusive, "one network per side"));
    assert!(reading.pooled.is_none() && reading.cells[0].found.as_ref().is_some_and(|found| found.inference.is_none()));
    let mut two = sides([9, 9, 9], [2, 2, 2]);
    two.remove(5);
    assert_eq!(judged_one(MTL_BEATS_PIPELINE, &two).cells[0].because, "3 and 2 runs, where each side needs 3");
}

/// Fault 7: claims of equality look at seeds too.
#[test]
fn equality_holds_for_like_methods_falls_for_far_ones_and_stays_open_where_seeds_spread() {
    let lines = MTL_BEATS_PIPELINE.replace("higher", "equal\n    margin: 5");
    assert_eq!(verdict(&lines, &sides([7, 7, 7], [7, 7, 7])), Verdict::Supported);
    assert_eq!(verdict(&lines, &sides([9, 9, 8], [4, 4, 5])), Verdict::Contradicted);
    assert_eq!(verdict(&lines, &sides([9, 5, 7], [7, 5, 9])), Verdict::Inconclusive);
    let lines = MTL_BEATS_PIPELINE.replace("higher", "at-most\n    margin: 5");
    assert_eq!(verdict(&lines, &sides([4, 4, 5], [9, 9, 8])), Verdict::Supported);
    assert_eq!(verdict(&lines, &sides([9, 9, 8], [4, 4, 5])), Verdict::Contradicted);
}

/// Fault 3: one comparison of several sinks only what is said of every one.
#[test]
fn a_comparison_against_a_claim_contradicts_it_only_where_it_says_every() {
    let mut records = sides([8, 8, 8], [3, 3, 3]);
    records.extend(runs(Framework::MtlMerFeedback, [6, 6, 6]));
    records.extend(runs(Framework::MtlBothFeedback, [10, 10, 10]));
    let lines =
        MTL_BEATS_PIPELINE.replace("second: [{framework: pipeline}]", "second: [{framework: pipeline}, {framework: mtl-both-feedback}]");
    let mean = judged_one(&lines, &records);
    assert_eq!((mean.cells_for, mean.cells_against, mean.verdict), (1, 1, Verdict::Inconclusive), "{mean:?}");
    let every = lines.replace("kind: higher", "kind: higher\n    every: true");
    assert_eq!(verdict(&every, &records), Verdict::Contradicted);
    let agreeing = MTL_BEATS_PIPELINE.replace("[{framework: pipeline}]", "[{framework: pipeline}, {framework: mtl-mer-feedback}]");
    assert_eq!(verdict(&agreeing, &records), Verdict::Supported);
}

#[test]
fn readings_that_flip_are_said_to_depend_on_the_setting() {
    let mut records = sides([8, 8, 7], [4, 4, 5]);
    let printed = records[0].result.spec.clone();
    for mut other in sides([4, 4, 5], [8, 8, 7]) {
        other.result.spec.train.learning_rate *= 2.0;
        other.result.run_id = format!("{:x<64}", format!("{}{}", other.result.spec.seed, &other.result.run_id[..20]));
        records.push(other);
    }
    let best = records[6].result.spec.clone();
    let readings = [reading("printed", &printed), reading("best", &best)];
    let claim = judge(&one(MTL_BEATS_PIPELINE), &records, &readings).claims[0].clone();
    let verdicts: Vec<Verdict> = claim.readings.iter().map(|reading| reading.verdict).collect();
    assert_eq!(verdicts, [Verdict::Supported, Verdict::Contradicted]);
    assert_eq!((claim.verdict, claim.robustness), (Verdict::Inconclusive, Robustness::DependsOnReading));
    let twice = [reading("printed", &printed), reading("again", &printed)];
    assert_eq!(judge(&one(MTL_BEATS_PIPELINE), &records, &twice).claims[0].robustness, Robustness::Robust);
    let beside = ReadingSetting { beside: true, ..reading("best", &best) };
    assert_eq!(judge(&one(MTL_BEATS_PIPELINE), &records, &[reading("printed", &printed), beside]).claims[0].verdict, Verdict::Supported);
    let missing = ReadingSetting { name: "best".into(), beside: false, setting: Err("there is no best.yaml".into()) };
    let claim = judge(&one(MTL_BEATS_PIPELINE), &records, &[reading("printed", &printed), missing]).claims[0].clone();
    assert_eq!((claim.verdict, claim.robustness), (Verdict::Supported, Robustness::OneReading));
    assert_eq!(claim.readings[1].because, "there is no best.yaml");
}

#[test]
fn what_cannot_be_compared_says_why() {
    let good = sides([8, 8, 8], [5, 5, 5]);
    let because = |change: fn(&mut RunRecord)| {
        let mut records = good.clone();
        records[3..].iter_mut().for_each(change);
        let reading = judge(&one(MTL_BEATS_PIPELINE), &records, &[reading("one", &good[0].result.spec)]).claims[0].readings[0].clone();
        assert_eq!(reading.verdict, Verdict::NotRun);
        reading.cells[0].because.clone()
    };
    let shown = [
        because(|run| run.result.state = RunState::Failed { why: "the loss of epoch 3 is not finite".into() }),
        because(|run| run.result.test = None),
        because(|run| run.result.data.corpus_sha256 = "another".into()),
        because(|run| run.result.spec.train.learning_rate *= 2.0),
        because(|run| run.result.spec.data.corpus = "bc5cdr".into()),
    ];
    snapshot("claims__not_run", &shown.join("\n"));
}

#[test]
fn keys_to_ignore_may_differ_and_pinned_keys_must_be_as_pinned() {
    let mut records = sides([8, 8, 7], [4, 4, 5]);
    let setting = records[0].result.spec.clone();
    for record in &mut records[3..] {
        record.result.spec.train.batch = 1;
    }
    let of = |lines: &str, records: &[RunRecord]| judge(&one(lines), records, &[reading("one", &setting)]).claims[0].readings[0].clone();
    assert_eq!(of(MTL_BEATS_PIPELINE, &records).verdict, Verdict::NotRun);
    assert_eq!(of(&format!("{MTL_BEATS_PIPELINE}    ignoring: [train.batch]\n"), &records).verdict, Verdict::Supported);
    let pinned =
        |batch| MTL_BEATS_PIPELINE.replace("{framework: pipeline}", &format!("{{framework: pipeline, with: {{train.batch: {batch}}}}}"));
    assert_eq!(of(&pinned(1), &records).verdict, Verdict::Supported);
    assert_eq!(of(&pinned(2), &records).verdict, Verdict::NotRun);
    // Two specifications are no method.
    records[5].result.spec.train.batch = 2;
    let because = of(&format!("{MTL_BEATS_PIPELINE}    ignoring: [train.batch]\n"), &records).cells[0].because.clone();
    assert!(because.contains("two specifications") && because.contains("train.batch"), "{because}");
}

#[test]
fn the_papers_own_difference_stands_beside_what_could_have_been_seen() {
    let reading = judged_one(MTL_BEATS_PIPELINE, &sides([8, 8, 7], [4, 4, 5]));
    // Table 2, NCBI, normalization: .8435 for MTL+Bi-LSTM, .7934 for Bi-LSTM, which a claim without further keys speaks of.
    let power = reading.pooled.expect("pooled").power;
    assert!((power.paper.expect("printed") - (0.8435 - 0.7934)).abs() < 1e-12 && power.detectable > 0.0, "{power:?}");
    assert!(power.runs_for_paper.is_some() || power.documents_for_paper.is_some(), "{power:?}");
    let regime = reading.regime.expect("epochs");
    assert_eq!((reading.seeds, regime.kept_last), (Some((3, 3)), 0.0));
}

/// Faults 1 and 13, and what the paper's tables have.
#[test]
fn every_comparison_of_the_committed_claims_with_a_printed_figure_is_the_best_model_where_the_paper_has_one() {
    let file = committed();
    for claim in &file.claims {
        let of_tables = |numbers: &[&str]| numbers.iter().any(|number| claim.place.contains(number));
        let cells = cells::comparisons(claim, &claims_file::Systems::of_setting(&RunSpec::default()));
        if of_tables(&["Table 3", "Table 4", "Table 5", "Table 7"]) {
            assert!(cells.iter().all(|cell| cell.first.crf == Some(true) && cell.first.char_cnn == Some(true)), "{}", claim.id);
        }
        if !matches!(claim.kind, ClaimKind::Counted { .. }) && !claim.id.starts_with("synchronous") {
            let by = if let ClaimKind::Exceeds { by } = claim.kind { by } else { 0.0 };
            assert!(cells.iter().all(|cell| paper::difference(cell, by).is_some()), "{}: a figure of the paper is missing", claim.id);
        }
    }
    let asynchronous = file.claims.iter().find(|claim| claim.id.starts_with("synchronous")).expect("claim");
    let with = &asynchronous.first[0].with;
    assert_eq!(
        with.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>(),
        ["train.epoch=\"sentences\"", "model.feedback.rounds=\"store\""]
    );
}

/// A whole store of made-up runs: every row of Table 2, three seeds, both corpora.
fn store() -> Vec<RunRecord> {
    let mut records = Vec::new();
    for corpus in ["ncbi-disease", "bc5cdr"] {
        for framework in crate::report::system::FRAMEWORKS {
            for (characters, crf) in [(false, false), (false, true), (true, false), (true, true)] {
                records.extend([1, 2, 3].map(|seed| record(spec(corpus, framework, characters, crf, seed))));
            }
        }
    }
    records
}

#[test]
fn the_report_is_the_same_bytes_whatever_the_order_of_records_and_claims() {
    let file = committed();
    let mut small = file.clone();
    small.claims.retain(|claim| ["men-feedback-helps", "normalization-needs-more-support"].contains(&claim.id.as_str()));
    let mut records = store();
    records.retain(|record| record.result.spec.model.char_cnn.is_some() && record.result.spec.data.corpus == "bc5cdr");
    let setting = RunSpec::default();
    let readings = [reading("one", &setting)];
    let there = judge(&small, &records, &readings);
    records.reverse();
    assert_eq!(json(&there).expect("JSON"), json(&judge(&small, &records, &readings)).expect("JSON"));
    small.claims.reverse();
    let back = judge(&small, &records, &readings);
    // Holm's family is the same; so is every figure.
    assert_eq!(there.claims[0], back.claims[1]);
}

#[test]
fn the_report_reads_well() {
    let mut file = committed();
    file.claims.retain(|claim| {
        [
            "beats-previous-systems",
            "crf-changes-little",
            "normalization-needs-more-support",
            "mtl-lowers-inconsistency",
            "gains-largest-in-embedding-vocabulary",
            "synchronous-equals-asynchronous",
            "most-mentions-are-single-words",
        ]
        .contains(&claim.id.as_str())
    });
    for claim in &mut file.claims {
        claim.corpora.truncate(1);
        claim.across.truncate(1);
    }
    let setting = RunSpec::default();
    let missing = ReadingSetting { name: "best reading".into(), beside: false, setting: Err("there is no best.yaml".into()) };
    let mut report = judge(&file, &store(), &[reading("architecture as printed", &setting), missing]);
    report.audit.truncate(2);
    snapshot("claims__text", &text(&report, true));
    snapshot("claims__markdown", &markdown(&report));
    snapshot("claims__junit", &junit(&report));
}
