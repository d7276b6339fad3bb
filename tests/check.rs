//! `mermen check` as a gate meets it: the runs it lacks are made, and its exit code says what became of the scores.

use std::path::Path;
use std::process::{Command, Output};

const EXPERIMENT: &str = "\
name: gate
defaults:
  data: {corpus: mini, limit: 12}
  embedding: {name: mini-20}
  model: {framework: mtl, layers: 1, hidden: 8, char_cnn: null}
  train: {epochs: 3, batch: 4, learning_rate: 0.05}
";

fn check(folder: &Path, arguments: &[&str]) -> Output {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mermen"));
    command.args(["check", "gate.yaml", "--baseline", "baseline.csv"]).args(arguments).arg("--data-dir").arg(data);
    command.current_dir(folder).env_remove("MERMEN_DATA").output().unwrap()
}

#[track_caller]
fn expect(output: &Output, code: i32, said: &str) {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(said), "`{said}` is not in:\n{text}");
}

/// The baseline with the value of the first row of `metric` changed.
fn moved(baseline: &str, metric: &str, change: impl Fn(f64) -> f64) -> String {
    let mut rows = csv::Reader::from_reader(baseline.as_bytes());
    let header = rows.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|h| h == name).unwrap();
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(&header).unwrap();
    let mut left = 1;
    for row in rows.records() {
        let row = row.unwrap();
        let hit = &row[column("metric")] == metric && left > 0;
        left -= usize::from(hit);
        let value = change(row[column("value")].parse().unwrap());
        out.write_record(
            row.iter().enumerate().map(|(i, field)| if hit && i == column("value") { value.to_string() } else { field.to_owned() }),
        )
        .unwrap();
    }
    assert_eq!(left, 0, "no row of `{metric}`");
    String::from_utf8(out.into_inner().unwrap()).unwrap()
}

#[test]
fn exit_codes_tell_drift_from_bad_input_from_failed_runs() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path();
    let baseline = folder.join("baseline.csv");
    std::fs::write(folder.join("gate.yaml"), EXPERIMENT).unwrap();

    expect(&check(folder, &[]), 2, "baseline.csv");
    assert!(!folder.join("runs").exists(), "no run is made for a baseline that is not there");
    expect(&check(folder, &["--update", "--no-run"]), 2, "1 of the 1 runs of gate.yaml are not made");
    expect(&check(folder, &["--update"]), 0, "baseline.csv");
    expect(&check(folder, &[]), 0, "");
    let made = std::fs::read_to_string(&baseline).unwrap();

    // In another run store the run is made again, with the same scores.
    expect(&check(folder, &["--runs-dir", "elsewhere"]), 0, "");
    assert!(folder.join("elsewhere").is_dir());

    // No score moves by itself: a thousandth is drift, in either direction.
    std::fs::write(&baseline, moved(&made, "accuracy_mer", |v| v + 0.001)).unwrap();
    expect(&check(folder, &[]), 1, "accuracy_mer");
    expect(&check(folder, &["--allow-gains"]), 1, "accuracy_mer");
    std::fs::write(&baseline, moved(&made, "accuracy_mer", |v| v - 0.001)).unwrap();
    expect(&check(folder, &[]), 1, "accuracy_mer");
    expect(&check(folder, &["--allow-gains"]), 0, "accuracy_mer");

    // A baseline that lost a row, and one that has a row too many.
    let (kept, last) = made.trim_end().rsplit_once('\n').unwrap();
    std::fs::write(&baseline, format!("{kept}\n")).unwrap();
    expect(&check(folder, &[]), 1, "not in the baseline");
    expect(&check(folder, &["--allow-new"]), 0, "not in the baseline");
    std::fs::write(&baseline, format!("{made}{}\n", last.replacen("seed=0", "seed=7", 1))).unwrap();
    expect(&check(folder, &["--allow-new"]), 1, "missing");

    std::fs::write(&baseline, made.replacen("test", "tset,", 1)).unwrap();
    expect(&check(folder, &[]), 2, "baseline.csv");

    // Another specification: nothing that can be compared.
    std::fs::write(&baseline, &made).unwrap();
    expect(&check(folder, &["--set", "train.epochs=2"]), 2, "spec");

    // A run that breaks down: log-probabilities fed back eight times, and steps that nothing holds.
    let wild = EXPERIMENT
        .replace("framework: mtl,", "framework: mtl-both-feedback, feedback: {value: log_prob, rounds: 8},")
        .replace("learning_rate: 0.05", "learning_rate: 10, clip_norm: null");
    std::fs::write(folder.join("gate.yaml"), wild).unwrap();
    expect(&check(folder, &[]), 3, "failed");
    assert_eq!(std::fs::read_to_string(&baseline).unwrap(), made);
}

/// `check` in a folder, with these arguments alone.
fn plain(folder: &Path, arguments: &[&str]) -> Output {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mermen"));
    command.arg("check").args(arguments).arg("--data-dir").arg(data);
    command.current_dir(folder).env_remove("MERMEN_DATA").output().unwrap()
}

/// Every file of a folder with its bytes.
fn files(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path) } else { vec![(path.clone(), std::fs::read(&path).unwrap())] }
        })
        .collect();
    found.sort();
    found
}

#[test]
fn a_baseline_is_the_one_that_the_experiment_names_and_no_other_is_replaced() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("gate.yaml", EXPERIMENT);
    write("drift.yaml", &format!("{}drift: {{baseline: reports/baseline/drift.csv}}\n", EXPERIMENT.replace("name: gate", "name: drift")));
    // The same runs under another name, and without a baseline.
    write("own.yaml", &EXPERIMENT.replace("name: gate", "name: own"));
    let made = plain(folder, &["drift.yaml", "--update"]);
    expect(&made, 0, "drift.csv: 52 scores: 52 added");
    assert!(!String::from_utf8_lossy(&made.stdout).contains("changed"));
    expect(&plain(folder, &["drift.yaml"]), 0, "52 within");
    expect(&plain(folder, &["drift.yaml", "--update"]), 0, "52 scores: 52 as before");

    let before = files(folder);
    expect(&plain(folder, &["own.yaml", "--update"]), 2, "own.yaml names no baseline");
    expect(&plain(folder, &["own.yaml"]), 2, "--baseline");
    let theirs = ["own.yaml", "--update", "--baseline", "reports/baseline/drift.csv"];
    expect(&plain(folder, &theirs), 2, "the baseline of the experiment `drift`, not of `own`");
    assert!(files(folder) == before, "nothing was written");

    // The keys of another specification are named.
    let changed = plain(folder, &["drift.yaml", "--set", "train.epochs=2"]);
    expect(&changed, 2, "train.epochs: 3 in the baseline, 2 now");
    let annotated = plain(folder, &["drift.yaml", "--set", "train.epochs=2", "--format", "github"]);
    expect(&annotated, 2, "::error file=");

    let replaced = [&theirs[..], &["--replace"]].concat();
    expect(&plain(folder, &replaced), 0, "52 added");
    expect(&plain(folder, &["drift.yaml", "--update"]), 2, "of the experiment `own`");
}

/// The project's own baseline knows the specification behind each of its rows.
#[test]
fn the_published_baseline_has_its_specifications_beside_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/baseline");
    let text = std::fs::read_to_string(folder.join("drift.specs.json")).unwrap();
    let about: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(about["experiment"], "drift");
    let mut rows = csv::Reader::from_path(folder.join("drift.csv")).unwrap();
    let column = rows.headers().unwrap().iter().position(|name| name == "spec_hash").unwrap();
    for row in rows.records() {
        let hash = row.unwrap()[column].to_owned();
        assert_eq!(about["specs"][&hash]["data.corpus"], "mini", "{hash}");
    }
}
