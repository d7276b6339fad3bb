//! What a reader of the claims report may rely on. Records are made up.

use super::*;
use crate::evaluate::Counts;
use crate::experiment::claims_file::{self, ClaimsFile};
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
    for (index, document) in test.documents.iter_mut().enumerate() {
        let tp = (found + (index as u64 + seed) % 2).min(10);
        document.concept = Counts { tp, fp: 1, fn_: 10 - tp };
    }
    record
}

fn judged(file: &ClaimsFile, records: &[RunRecord]) -> ClaimsReport {
    let setting = commonest(records.iter().map(|record| &record.result.spec)).unwrap_or_default();
    judge(file, records, &setting)
}

fn verdict(lines: &str, records: &[RunRecord]) -> (Verdict, String) {
    let report = judged(&one(lines), records);
    (report.claims[0].verdict, report.claims[0].cells[0].because.clone())
}

#[test]
fn without_records_every_claim_about_runs_is_not_run() {
    let report = judged(&committed(), &[]);
    for claim in &report.claims {
        let expected = if claim.kind == "counted" { Verdict::Contradicted } else { Verdict::NotRun };
        assert_eq!(claim.verdict, expected, "{}", claim.id);
        assert!(claim.cells.iter().all(|cell| !cell.because.is_empty()), "{}", claim.id);
    }
}

#[test]
fn a_clear_difference_is_supported_and_its_reverse_contradicted() {
    let runs = |mtl, pipeline| vec![run(Framework::Mtl, mtl, 1), run(Framework::Pipeline, pipeline, 1)];
    assert_eq!(verdict(MTL_BEATS_PIPELINE, &runs(8, 5)).0, Verdict::Supported);
    assert_eq!(verdict(MTL_BEATS_PIPELINE, &runs(5, 8)).0, Verdict::Contradicted);
    assert_eq!(verdict(MTL_BEATS_PIPELINE, &runs(6, 6)), (Verdict::Inconclusive, "no difference, not significant".into()));
}

#[test]
fn seeds_that_disagree_leave_a_claim_open() {
    let mut records: Vec<RunRecord> = [(9, 1), (9, 2), (4, 3)].map(|(found, seed)| run(Framework::Mtl, found, seed)).to_vec();
    records.extend([(5, 1), (5, 2), (8, 3)].map(|(found, seed)| run(Framework::Pipeline, found, seed)));
    let (verdict, because) = verdict(MTL_BEATS_PIPELINE, &records);
    assert_eq!(verdict, Verdict::Inconclusive, "{because}");
    assert!(because.contains("pairs of seeds"), "{because}");
}

#[test]
fn equality_holds_for_the_same_run_and_falls_for_a_far_one() {
    let lines = MTL_BEATS_PIPELINE.replace("higher", "equal\n    margin: 1");
    assert_eq!(verdict(&lines, &[run(Framework::Mtl, 7, 1), run(Framework::Pipeline, 7, 1)]).0, Verdict::Supported);
    assert_eq!(verdict(&lines, &[run(Framework::Mtl, 9, 1), run(Framework::Pipeline, 4, 1)]).0, Verdict::Contradicted);
}

#[test]
fn what_cannot_be_compared_says_why() {
    let good = [run(Framework::Mtl, 8, 1), run(Framework::Pipeline, 5, 1)];
    let because = |change: fn(&mut RunRecord)| {
        let mut records = good.clone();
        change(&mut records[1]);
        let report = judge(&one(MTL_BEATS_PIPELINE), &records, &good[0].result.spec);
        assert_eq!(report.claims[0].verdict, Verdict::NotRun);
        report.claims[0].cells[0].because.clone()
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
fn keys_to_ignore_may_differ() {
    let mut records = [run(Framework::Mtl, 8, 1), run(Framework::Pipeline, 5, 1)];
    records[1].result.spec.train.batch = 1;
    let setting = records[0].result.spec.clone();
    let ignoring = format!("{MTL_BEATS_PIPELINE}    ignoring: [train.batch]\n");
    assert_eq!(judge(&one(MTL_BEATS_PIPELINE), &records, &setting).claims[0].verdict, Verdict::NotRun);
    assert_eq!(judge(&one(&ignoring), &records, &setting).claims[0].verdict, Verdict::Supported);
}

#[test]
fn more_runs_on_one_side_do_not_weigh_more() {
    let mut records = vec![run(Framework::Mtl, 6, 1), run(Framework::Pipeline, 6, 1)];
    let alone = judged(&one(MTL_BEATS_PIPELINE), &records).claims[0].cells[0].clone();
    records.push(run(Framework::Mtl, 9, 2));
    let with_another = judged(&one(MTL_BEATS_PIPELINE), &records).claims[0].cells[0].clone();
    assert_eq!(alone, with_another);
}

/// A whole store of made-up runs: every row of Table 2, two seeds, both corpora.
fn store() -> Vec<RunRecord> {
    let mut records = Vec::new();
    for corpus in ["ncbi-disease", "bc5cdr"] {
        for framework in crate::report::system::FRAMEWORKS {
            for (characters, crf) in [(false, false), (false, true), (true, false), (true, true)] {
                records.extend([1, 2].map(|seed| record(spec(corpus, framework, characters, crf, seed))));
            }
        }
    }
    records
}

#[test]
fn the_report_is_the_same_bytes_whatever_the_order_of_records() {
    let file = committed();
    let small = ClaimsFile {
        claims: file.claims.into_iter().filter(|claim| claim.id.contains("feedback") || claim.kind.name() == "larger-gain").collect(),
    };
    let mut records = store();
    records.retain(|record| record.result.spec.model.char_cnn.is_some());
    let setting = RunSpec::default();
    let there = json(&judge(&small, &records, &setting)).expect("JSON");
    records.reverse();
    assert_eq!(there, json(&judge(&small, &records, &setting)).expect("JSON"));
}

#[test]
fn the_report_reads_well() {
    let mut file = committed();
    file.claims.retain(|claim| {
        [
            "beats-previous-systems",
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
    let mut report = judge(&file, &store(), &RunSpec::default());
    report.audit.truncate(2);
    snapshot("claims__text", &text(&report, true));
    snapshot("claims__markdown", &markdown(&report));
}
