//! Records through the program: whoever reads one holds it to its specification, its data and its predictions.

mod common;

use common::{good, with_data as mermen};
use std::fs;
use std::path::{Path, PathBuf};

const EXPERIMENT: &str = "\
name: tiny
defaults: {data.corpus: mini, embedding.name: mini-20, model.layers: 1, model.hidden: 16,
  train.epochs: 2, train.batch: 4, train.optimizer: adam, train.learning_rate: 0.01}
seeds: [1, 2]
";

/// A folder with an experiment of two runs that are made, a baseline, and a text; the ids of the runs.
fn made() -> (tempfile::TempDir, [String; 2]) {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("tiny.yaml"), EXPERIMENT).unwrap();
    fs::write(root.path().join("text.txt"), "Gout is painful.\n").unwrap();
    good(root.path(), &["run", "tiny.yaml"]);
    good(root.path(), &["check", "tiny.yaml", "--baseline", "baseline.csv", "--update"]);
    let mut runs: Vec<String> =
        fs::read_dir(root.path().join("runs")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    runs.sort();
    (root, [runs.remove(0), runs.remove(0)])
}

/// The command lines that read records; those that need a run's own folder, and those that a published record is enough for.
fn readers<'a>(one: &'a str, other: &'a str, claims: &'a str) -> [Vec<Vec<&'a str>>; 2] {
    let own = vec![
        vec!["probe", "tiny.yaml"],
        vec!["predict", "--model", one, "--input", "text.txt", "--output", "-"],
        vec!["export", "model", one, "--output", "model.safetensors"],
    ];
    let any = vec![
        vec!["run", "tiny.yaml", "--dry-run"],
        vec!["run", "tiny.yaml"],
        vec!["status", "tiny.yaml"],
        vec!["check", "tiny.yaml", "--baseline", "baseline.csv", "--no-run"],
        vec!["report", "--claims", claims],
        vec!["claims", "--claims", claims],
        vec!["compare", one, other],
        vec!["explain", one],
        vec!["export", "records", "--to", "csv"],
        vec!["export", "tensorboard", "--output", "curves"],
        vec!["records", "show", one],
        vec!["records", "verify"],
    ];
    [own, any]
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from}");
    fs::write(path, text.replace(from, to)).unwrap();
}

#[track_caller]
fn refused(folder: &Path, arguments: &[&str], file: &str, why: &str) {
    let output = mermen(folder, arguments);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
    assert!(text.contains(file) && text.contains(why), "{arguments:?} names `{file}` and says `{why}`:\n{text}");
    assert!(text.lines().filter(|line| line.starts_with("error:")).count() == 1, "{text}");
}

#[test]
fn a_record_with_one_digit_changed_is_refused_by_every_reader() {
    let (root, [one, other]) = made();
    let root = root.path();
    let claims = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/claims.yaml");
    let [own, any] = readers(&one, &other, claims.to_str().unwrap());
    assert!(good(root, &["records", "verify"]).starts_with("2 records are as they were written, 2 of them with predictions"));
    let record = root.join("runs").join(&one).join("record.json");
    let whole = fs::read_to_string(&record).unwrap();

    // A digit of the specification.
    replace(&record, "\"epochs\": 2,", "\"epochs\": 3,");
    for arguments in own.iter().chain(&any) {
        refused(root, arguments, "record.json", "changed by hand");
    }
    // A digit of a score.
    let at = whole.find("\"kit\": { \"tp\": ").unwrap() + "\"kit\": { \"tp\": ".len();
    fs::write(&record, format!("{}9{}", &whole[..at], &whole[at..])).unwrap();
    for arguments in own.iter().chain(&any) {
        refused(root, arguments, "record.json", "not those of its predictions");
    }

    // The same of a published record, where the run is not.
    fs::write(&record, &whole).unwrap();
    let published = publish(root, &one);
    good(root, &["records", "show", &one]);
    replace(&published, "\"epochs\": 2,", "\"epochs\": 3,");
    for arguments in &any {
        refused(root, arguments, &format!("_{one}.json"), "changed by hand");
    }
    // A pack that ends too early, and none.
    fs::write(&published, &whole).unwrap();
    let pack = published.with_extension("pack");
    let bytes = fs::read(&pack).unwrap();
    fs::write(&pack, &bytes[..bytes.len() - 40]).unwrap();
    for arguments in &any {
        refused(root, arguments, &format!("_{one}.pack"), "cut short");
    }
    fs::remove_file(&pack).unwrap();
    for arguments in &any {
        refused(root, arguments, &format!("_{one}.pack"), "missing");
    }
}

/// Moves a run to where published records are: what `mermen report` does with runs on the paper's corpora.
fn publish(root: &Path, run: &str) -> PathBuf {
    let (own, published, gold) = (root.join("runs").join(run), root.join("reports/records"), root.join("reports/inputs/gold"));
    fs::create_dir_all(&published).unwrap();
    fs::create_dir_all(&gold).unwrap();
    let record = published.join(format!("mini_seed1_{run}.json"));
    fs::rename(own.join("record.json"), &record).unwrap();
    fs::rename(own.join("record.pack"), record.with_extension("pack")).unwrap();
    let text = fs::read_to_string(&record).unwrap();
    let digest = text.split("\"gold\": \"").nth(1).unwrap();
    fs::rename(own.join("gold.pack"), gold.join(format!("mini_{}.pack", &digest[..12]))).unwrap();
    fs::remove_dir_all(own).unwrap();
    record
}

#[test]
fn a_task_with_one_digit_changed_is_not_run() {
    let (root, [one, _]) = made();
    let folder = root.path().join("runs").join(&one);
    fs::remove_file(folder.join("record.json")).unwrap();
    replace(&folder.join("spec.json"), "\"epochs\": 2,", "\"epochs\": 3,");
    refused(root.path(), &["worker", "--run-dir", folder.to_str().unwrap(), "--data-dir", "."], "spec.json", "changed by hand");
}

#[test]
fn a_record_is_shown_for_a_person() {
    let (root, [one, _]) = made();
    let text = good(root.path(), &["records", "show", &one[..5]]);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    for part in [&one[..], "mentions (MER)", "predicted mentions", "(quartiles)", "train.epochs=2", "epochs, kept"] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
}
