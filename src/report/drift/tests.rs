//! What a user of `mermen check` may rely on. Records are made up.

use super::*;
use crate::evaluate::Counts;
use crate::report::claims::tests::snapshot;
use crate::report::synthetic::{record, spec};
use crate::run::spec::Framework;
use proptest::prelude::*;

/// Two runs with few scores that are easy on the eye.
fn records() -> Vec<RunRecord> {
    [Framework::Pipeline, Framework::MtlBothFeedback]
        .map(|framework| {
            let mut record = record(spec("ncbi-disease", framework, true, false, 1));
            record.result.dev = None;
            record.measured.version = "0.1.0".into();
            record.measured.cpu_path = "avx2".into();
            let test = record.result.test.as_mut().expect("scores");
            test.oov.clear();
            test.mention.kit = Counts { tp: 40, fp: 40, fn_: 60 };
            record
        })
        .to_vec()
}

fn at(status: DriftStatus, report: &DriftReport) -> Vec<&str> {
    report.rows.iter().filter(|row| row.status == status).map(|row| row.metric.as_str()).collect()
}

fn after(change: impl Fn(&mut Vec<RunRecord>), options: Options) -> DriftReport {
    let baseline = Baseline::of(&records(), None);
    let mut now = records();
    change(&mut now);
    check(&now, &baseline, options)
}

fn mentions(records: &mut [RunRecord], counts: Counts) {
    records[1].result.test.as_mut().expect("scores").mention.kit = counts;
}

const WORSE: Counts = Counts { tp: 38, fp: 40, fn_: 62 };
const BETTER: Counts = Counts { tp: 44, fp: 40, fn_: 56 };

#[test]
fn the_same_records_are_within() {
    let report = after(|_| {}, Options::default());
    assert_eq!((report.exit_code(), report.count(DriftStatus::Within)), (0, report.rows.len()));
    assert!(report.told.is_empty() && !report.rows.is_empty());
}

#[test]
fn a_score_that_moved_is_drift_however_little() {
    let report = after(|now| mentions(now, WORSE), Options::default());
    assert_eq!(report.exit_code(), 1);
    assert_eq!(at(DriftStatus::Drift, &report), ["mention_precision", "mention_recall", "mention_f1"]);
    for by in [0.001, -0.001] {
        let mut moved = Baseline::of(&records(), None);
        moved.rows.iter_mut().find(|row| row.metric == "mention_f1").expect("a score").value += by;
        assert_eq!(check(&records(), &moved, Options::default()).exit_code(), 1, "{by}");
    }
}

#[test]
fn a_gain_fails_unless_gains_are_allowed() {
    let change = |now: &mut Vec<RunRecord>| mentions(now, BETTER);
    let gains = Options { allow_gains: true, ..Options::default() };
    let report = after(change, Options::default());
    assert_eq!((report.exit_code(), report.count(DriftStatus::Gain)), (1, 3));
    assert_eq!(after(change, gains).exit_code(), 0);
    // Less inconsistency is a gain, more of it drift.
    let boundary = |spans: u64| move |now: &mut Vec<RunRecord>| now[0].result.test.as_mut().expect("scores").boundary.spans_in_one = spans;
    assert_eq!(at(DriftStatus::Gain, &after(boundary(0), gains)), ["boundary_spans"]);
    let all = records()[0].result.test.as_ref().expect("scores").boundary.spans_in_any;
    assert_eq!(at(DriftStatus::Drift, &after(boundary(all), gains)), ["boundary_spans"]);
    assert_eq!(after(boundary(all), gains).exit_code(), 1);
}

#[test]
fn missing_scores_fail_and_new_ones_unless_they_are_allowed() {
    let allowed = Options { allow_new: true, ..Options::default() };
    let report = after(|now| drop(now.remove(0)), allowed);
    assert_eq!((report.exit_code(), report.count(DriftStatus::Missing)), (1, 18));
    let add = |now: &mut Vec<RunRecord>| now.push(record(spec("bc5cdr", Framework::Mtl, true, false, 1)));
    let report = after(add, Options::default());
    assert_eq!(report.exit_code(), 1);
    assert!(text(&report).contains("FAIL  new") && text(&report).contains("--allow-new"), "{}", text(&report));
    assert_eq!(after(add, allowed).exit_code(), 0);
    // A baseline that lost a row, the run being the same.
    let mut baseline = Baseline::of(&records(), None);
    baseline.rows.pop();
    assert_eq!(check(&records(), &baseline, Options::default()).exit_code(), 1);
}

#[test]
fn another_spec_data_or_definition_cannot_be_compared() {
    let lr = after(|now| now[1].result.spec.train.learning_rate *= 2.0, Options::default());
    assert_eq!((lr.exit_code(), lr.count(DriftStatus::CannotCompare)), (2, 18));
    let corpus = after(|now| now[1].result.data.corpus_sha256 = "another".into(), Options::default());
    assert_eq!((corpus.exit_code(), corpus.count(DriftStatus::CannotCompare)), (2, 18));
    let vectors = after(|now| now[1].result.data.embedding.sha256 = "another".into(), Options::default());
    assert_eq!(vectors.exit_code(), 2);
    let mut baseline = Baseline::of(&records(), None);
    baseline.rows[0].metric_digest = "0123456789ab".into();
    let definition = check(&records(), &baseline, Options::default());
    assert_eq!((definition.exit_code(), definition.count(DriftStatus::CannotCompare)), (2, 1));
}

#[test]
fn a_failed_run_outweighs_all_else() {
    let report = after(
        |now| {
            now[0].result.spec.train.epochs += 1;
            now[1].result.state = RunState::Failed { why: "the loss of epoch 2 is not finite".into() };
            now[1].result.test = None;
        },
        Options::default(),
    );
    assert_eq!((report.exit_code(), report.count(DriftStatus::RunFailed), report.count(DriftStatus::Missing)), (3, 1, 0));
}

#[test]
fn version_cpu_path_and_threads_are_reported_and_move_nothing() {
    let change = |now: &mut Vec<RunRecord>| {
        now[0].measured.version = "0.2.0".into();
        now[0].measured.cpu_path = "portable".into();
        now[0].result.spec.train.threads = 4;
    };
    let report = after(change, Options::default());
    assert_eq!(report.exit_code(), 0);
    assert_eq!(report.told.len(), 3, "{:?}", report.told);
    let moved = |now: &mut Vec<RunRecord>| {
        change(now);
        now[0].result.test.as_mut().expect("scores").mention.kit.tp -= 1;
    };
    assert_eq!(after(moved, Options::default()).exit_code(), 1, "another instruction set forgives nothing");
}

#[test]
fn another_protocol_cannot_be_compared() {
    let report = after(|now| now[0].result.protocol -= 1, Options::default());
    assert_eq!((report.exit_code(), report.count(DriftStatus::CannotCompare)), (2, 18));
    assert!(text(&report).contains("another protocol (2 in the baseline, 1 now)"), "{}", text(&report));
}

/// A GPU rounds otherwise, and training carries that on; what moved by more than that is drift all the same.
#[test]
fn a_run_on_a_gpu_has_a_stated_tolerance_and_is_named() {
    let moved = |device: &str, share: u64| {
        let lost = |now: &mut Vec<RunRecord>| {
            now[0].measured.device = device.into();
            let kit = &mut now[0].result.test.as_mut().expect("scores").mention.kit;
            let lost = (kit.tp + kit.fn_) * share / 100;
            (kit.tp, kit.fn_) = (kit.tp - lost, kit.fn_ + lost);
        };
        after(lost, Options::default())
    };
    assert_eq!([moved("cpu", 1), moved("cuda:0", 5), moved("cuda:0", 30)].map(|report| report.exit_code()), [1, 0, 1]);
    let named = "Bi-LSTM-CNNs word2vec-50 seed=1 on ncbi-disease was made on cuda:0: the tolerance is that of GPUs";
    assert!(moved("cuda:0", 0).told.iter().any(|line| line == named), "{:?}", moved("cuda:0", 0).told);
    // The other way round: a baseline made on a GPU, a run on a CPU.
    let mut on_gpu = records();
    on_gpu[0].measured.device = "cuda:0".into();
    let report = check(&records(), &Baseline::of(&on_gpu, None), Options::default());
    assert!(report.rows.iter().any(|row| row.tolerance > Some(0.0)) && report.rows.iter().any(|row| row.tolerance == Some(0.0)));
}

#[test]
fn a_row_may_have_a_tolerance_of_its_own_and_keeps_it() {
    let mut baseline = Baseline::of(&records(), None);
    for row in &mut baseline.rows {
        row.tolerance_abs = Some(0.0);
        row.tolerance_rel = Some(0.1);
    }
    let mut now = records();
    mentions(&mut now, WORSE);
    assert_eq!(check(&now, &baseline, Options::default()).exit_code(), 0);
    let updated = Baseline::of(&now, Some(&baseline));
    assert!(updated.rows.iter().all(|row| row.tolerance_rel == Some(0.1)));
    let told = changes(&baseline, &updated);
    assert_eq!((told.changed, told.added, told.removed, told.lines.len()), (3, 0, 0, 3));
    assert_eq!(changes(&updated, &updated), Changes { same: updated.rows.len(), ..Changes::default() });
}

#[test]
fn a_new_baseline_has_added_scores_and_no_changed_ones() {
    let new = Baseline::of(&records(), None);
    let told = changes(&Baseline::default(), &new);
    assert_eq!(told.lines.len(), 2, "a line for each run: {:?}", told.lines);
    assert!(told.lines[0].starts_with("added    ") && told.lines[0].contains("scores of Bi-LSTM-CNNs word2vec-50 seed=1 on ncbi-disease"));
    let n = new.rows.len();
    assert_eq!(told.summary(), format!("{n} scores: {n} added"));
    let mut renewed = records();
    renewed[0].measured.version = "0.3.0".into();
    let told = changes(&new, &Baseline::of(&renewed, None));
    assert_eq!((told.changed, told.renewed, told.renewed + told.same, told.lines.len()), (0, n / 2, n, 1));
}

#[test]
fn another_specification_is_named_by_its_keys_where_the_old_one_is_known() {
    let mut now = records();
    now[1].result.spec.train.epochs = 9;
    now[1].result.spec.train.batch = 3;
    let baseline = Baseline::of(&records(), None);
    let notes = |report: &DriftReport| report.rows.iter().map(|row| row.note.clone()).find(|note| !note.is_empty()).expect("a note");
    let told = notes(&check(&now, &baseline, Options::default()));
    let default = spec("mini", Framework::Mtl, true, true, 1).train;
    let keys = format!("(train.batch: {} in the baseline, 3 now; train.epochs: {} in the baseline, 9 now)", default.batch, default.epochs);
    assert!(told.contains(&keys), "{told}");
    // Of a baseline from before specifications were kept, a record that is still there tells.
    let mut bare = Baseline::parse("drift.csv", &baseline.to_csv()).expect("good");
    assert!(notes(&check(&now, &bare, Options::default())).contains(&bare.rows[bare.rows.len() - 1].spec_hash));
    bare.learn(&records());
    assert!(notes(&check(&now, &bare, Options::default())).contains(&keys));
}

#[test]
fn a_baseline_knows_its_experiment() {
    let of_ours = Baseline::of(&records(), None);
    let theirs = Baseline::of(&[record(spec("mini", Framework::Mtl, true, false, 4))], None);
    assert!(!of_ours.is_of_another("mine", &of_ours) && !Baseline::default().is_of_another("mine", &of_ours));
    assert!(theirs.is_of_another("mine", &of_ours), "it says no name, and shares no run");
    let mut named = of_ours.clone();
    named.about.experiment = Some("mine".into());
    assert!(named.is_of_another("other", &of_ours) && !named.is_of_another("mine", &theirs));
}

#[test]
fn runs_that_share_a_name_are_told_apart_by_their_keys() {
    let mut two = records();
    two[1] = two[0].clone();
    two[1].result.spec.train.batch = 99;
    let baseline = Baseline::of(&two, None);
    let names: std::collections::BTreeSet<&str> = baseline.rows.iter().map(|row| row.system.as_str()).collect();
    assert_eq!(
        names.into_iter().collect::<Vec<_>>(),
        ["Bi-LSTM-CNNs word2vec-50 seed=1 train.batch=16", "Bi-LSTM-CNNs word2vec-50 seed=1 train.batch=99"]
    );
}

#[test]
fn every_format_reads_well() {
    let report = after(
        |now| {
            mentions(now, WORSE);
            now[0].result.spec.train.learning_rate = 0.5;
            now[0].measured.version = "0.2.0".into();
            now.push(record(spec("a|b<c", Framework::Mtl, true, false, 1)));
            now[2].result.state = RunState::Failed { why: "the loss is not finite\nin epoch 2 <\u{1}>".into() };
        },
        Options::default(),
    );
    let few = DriftReport {
        rows: report.rows.into_iter().filter(|row| !row.metric.contains("token") && !row.metric.contains("concept")).collect(),
        ..report
    };
    snapshot("drift__text", &text(&few));
    snapshot("drift__markdown", &markdown(&few));
    snapshot("drift__junit", &junit(&few));
    snapshot("drift__github", &github(&few, "reports/baseline/drift.csv"));
    let parsed: serde_json::Value = serde_json::from_str(&json(&few).expect("JSON")).expect("JSON");
    assert_eq!(parsed["exit_code"], 3);
    assert_eq!(parsed["rows"].as_array().expect("rows").len(), few.rows.len());
}

#[test]
fn junit_is_well_formed() {
    let report = after(|now| mentions(now, WORSE), Options::default());
    let xml = junit(&report);
    let mut reader = quick_xml::Reader::from_str(&xml);
    let mut cases = 0;
    loop {
        match reader.read_event().expect("XML") {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(element) | quick_xml::events::Event::Empty(element)
                if element.name() == quick_xml::name::QName("testcase") =>
            {
                cases += 1
            }
            _ => {}
        }
    }
    assert_eq!(cases, report.rows.len());
}

#[test]
fn malformed_baselines_name_line_finding_and_remedy() {
    let good = Baseline::of(&records(), None).to_csv();
    let lines: Vec<&str> = good.lines().collect();
    let with = |line: &str| format!("{}\n{}\n{line}\n", lines[0], lines[1]);
    let changed = |at: usize, to: &str| {
        let mut fields: Vec<&str> = lines[2].split(',').collect();
        fields[at] = to;
        with(&fields.join(","))
    };
    let cases = [
        ("nothing", String::new()),
        ("another header", good.replacen("tolerance_abs", "tolerance", 1)),
        ("too few fields", with("a,b,c")),
        ("no system", changed(0, "")),
        ("no split", changed(3, "train")),
        ("no metric", changed(4, "mention_f2")),
        ("no number", changed(5, "high")),
        ("not finite", changed(5, "NaN")),
        ("a negative tolerance", changed(6, "-1")),
        ("no protocol", changed(11, "one")),
        ("no device", changed(13, "")),
        ("a score twice", with(lines[1])),
    ];
    let shown: String = cases
        .iter()
        .map(|(name, text)| match Baseline::parse("drift.csv", text) {
            Ok(baseline) => format!("{name}: accepted, {} rows\n", baseline.rows.len()),
            Err(error) => format!("{name}: {error}\n"),
        })
        .collect();
    snapshot("drift__malformed", &shown);
}

#[test]
fn the_file_is_what_was_written() {
    let baseline = Baseline::of(&records(), None);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("drift.csv");
    std::fs::write(&file, baseline.to_csv()).expect("written");
    assert_eq!(Baseline::read(&file).expect("good").rows, baseline.rows);
    std::fs::write(BaselineSpecs::path(&file), baseline.about.to_json()).expect("written");
    assert_eq!(Baseline::read(&file).expect("good"), baseline);
    std::fs::write(BaselineSpecs::path(&file), "{\n\"specs\": 3}").expect("written");
    assert!(Baseline::read(&file).expect_err("malformed").to_string().contains("drift.specs.json, line 2"));
    assert!(matches!(Baseline::read(std::path::Path::new("no/such/drift.csv")), Err(BaselineError::Read { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn a_baseline_of_records_is_clean_against_them(seeds in prop::collection::btree_set(0u64..1000, 1..6), tp in 0u64..50, fp in 0u64..50) {
        let mut records: Vec<RunRecord> = seeds.iter().map(|seed| record(spec("mini", Framework::Mtl, seed % 2 == 0, false, *seed))).collect();
        records[0].result.test.as_mut().expect("scores").concept.kit = Counts { tp, fp, fn_: 7 };
        let written = Baseline::of(&records, None).to_csv();
        let report = check(&records, &Baseline::parse("drift.csv", &written).expect("good"), Options::default());
        prop_assert_eq!(report.exit_code(), 0);
        records.reverse();
        prop_assert_eq!(Baseline::of(&records, None).to_csv(), written);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(system|,|\n|\"|[0-9.]|x){0,60}") {
        let header = Baseline::default().to_csv();
        let _ = Baseline::parse("drift.csv", &text);
        let _ = Baseline::parse("drift.csv", &format!("{header}{text}"));
    }
}
