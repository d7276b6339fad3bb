//! An experiment of one's own, as its author meets it: rows, labels and columns as the file asks for them, own word vectors, own data in every
//! command, claims, a page; and what is said where the file asks for what there is not.

use std::path::Path;
use std::process::{Command, Output};

fn mermen(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mermen"));
    command.args(arguments).current_dir(folder).env_remove("MERMEN_DATA").output().unwrap()
}

/// Standard output and standard error, after the exit code was held against the one that is expected.
#[track_caller]
fn said(output: &Output, code: i32) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    (out, err)
}

/// A folder with a corpus and word vectors of its own: the mini corpus under another name, and five numbers a word.
fn folder() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let mini = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mini");
    for split in ["train", "dev", "test"] {
        std::fs::copy(mini.join(format!("{split}.PubTator.txt")), root.path().join(format!("{split}.txt"))).unwrap();
    }
    let vectors: String = std::fs::read_to_string(mini.join("embedding.txt"))
        .unwrap()
        .lines()
        .filter(|line| line.split(' ').count() > 6)
        .map(|line| line.split(' ').take(6).collect::<Vec<_>>().join(" ") + "\n")
        .collect();
    std::fs::write(root.path().join("vectors.txt"), vectors).unwrap();
    root
}

const OWN: &str = "\
name: own
title: Own
corpora: {notes: {train: train.txt, dev: dev.txt, test: test.txt}}
defaults:
  data: {corpus: notes, limit: 10}
  embedding: {name: five, file: vectors.txt, format: glove, dimension: 5}
  model: {framework: mtl, layers: 1, hidden: 4, char_cnn: null}
  train: {epochs: 1, batch: 4}
";

fn write(folder: &Path, text: &str) {
    std::fs::write(folder.join("own.yaml"), text).unwrap();
}

#[test]
fn rows_columns_and_labels_are_those_of_the_file_and_changing_them_makes_no_run() {
    let root = folder();
    let folder = root.path();
    let matrix = format!("{OWN}matrix:\n  model.hidden: [4, 10]\n  dropout.rate: [0.2, 0.5]\n");
    write(folder, &matrix);
    let (out, _) = said(&mermen(folder, &["run", "own.yaml"]), 0);
    let place = |text: &str| out.find(text).unwrap_or_else(|| panic!("`{text}` is not in:\n{out}"));
    let unwrapped = out.replace("│", " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unwrapped.contains("model.hidden=4") && unwrapped.contains("dropout.rate=0.5"), "{out}");
    assert!(place("model.hidden=4") < place("model.hidden=10"), "4 before 10");
    assert!(out.contains("All rows:") && out.contains("train.epochs=1"), "{out}");
    for file in ["index.html", "tables/own-scores.tex", "figures/own-heat-map.pdf", "figures/own-learning-curves.png"] {
        assert!(folder.join("reports/own").join(file).is_file(), "{file}");
    }
    let latex = std::fs::read_to_string(folder.join("reports/own/tables/own-scores.tex")).unwrap();
    assert!(latex.contains("\\label{tab:own-scores}"), "{latex}");

    // Another look at the same runs: nothing is made.
    let report = "report:\n  tables: [scores]\n  figures: [sweep]\n  metrics: [mention_precision, mention_recall, mention_f1]\n  decimals: 2\n  \
                  heading: Model\n  labels: {dropout.rate: {0.2: light, 0.5: heavy}, model.hidden: units}\n";
    write(folder, &format!("{matrix}{report}"));
    let (out, err) = said(&mermen(folder, &["run", "own.yaml"]), 0);
    assert!(err.contains("all runs are done"), "{err}");
    assert!(out.contains("Model") && out.contains("units=4 light") && out.contains("units=10 heavy"), "{out}");
    assert!(!out.contains("subsets of the OOV partition"), "{out}");
    let (out, _) = said(&mermen(folder, &["status", "own.yaml"]), 0);
    assert!(out.contains("units=10 heavy seed="), "{out}");
    let (out, _) = said(&mermen(folder, &["report", "own.yaml"]), 0);
    assert!(out.contains("units=4 light"), "{out}");

    // What is asked for and is not there.
    write(folder, &format!("{OWN}report: {{tables: [nonsense]}}\n"));
    let (_, err) = said(&mermen(folder, &["run", "own.yaml", "--dry-run"]), 2);
    assert!(err.contains("own.yaml:9:19") && ["scores", "boundary", "subsets"].iter().all(|table| err.contains(table)), "{err}");
}

#[test]
fn vectors_that_do_not_fit_are_one_error_when_runs_are_planned() {
    let root = folder();
    let folder = root.path();
    write(folder, &OWN.replace("dimension: 5", "dimension: 25"));
    let (_, err) = said(&mermen(folder, &["run", "own.yaml", "--dry-run"]), 2);
    assert!(err.contains("5 numbers a word, and the experiment file says 25: correct `embedding.dimension`"), "{err}");
    write(folder, &OWN.replace("vectors.txt", "gone.txt"));
    let (_, err) = said(&mermen(folder, &["run", "own.yaml", "--dry-run"]), 2);
    assert!(err.contains("gone.txt") && err.contains("`file`") && err.matches("error").count() == 1, "{err}");
    write(folder, &OWN.replace("format: glove", "formt: glove"));
    let (_, err) = said(&mermen(folder, &["run", "own.yaml", "--dry-run"]), 2);
    assert!(err.contains("embedding.formt"), "{err}");
}

#[test]
fn own_data_is_counted_checked_and_explained() {
    let root = folder();
    let folder = root.path();
    write(folder, OWN);
    let (out, _) = said(&mermen(folder, &["data", "stats", "own.yaml"]), 0);
    assert!(out.starts_with("notes") && out.contains("Disease: mentions"), "{out}");
    let (out, _) = said(&mermen(folder, &["data", "stats", "dev.txt", "--format", "csv"]), 0);
    assert!(out.contains("dev.txt,train,,documents,"), "{out}");
    let (out, _) = said(&mermen(folder, &["data", "verify", "own.yaml", "test.txt"]), 0);
    assert!(out.contains("ok        corpus notes of own.yaml (train: ") && out.contains("5 numbers each"), "{out}");
    std::fs::write(folder.join("vectors.txt"), "fever 1 2 3 4 5\npain 1 2\n").unwrap();
    let (out, _) = said(&mermen(folder, &["data", "verify", "own.yaml"]), 1);
    assert!(out.contains("differs   embedding five of own.yaml") && out.contains("line 2"), "{out}");
    let (_, err) = said(&mermen(folder, &["data", "stats", "nots"]), 2);
    assert!(err.contains("nots"), "{err}");
}

/// Three seeds a side: a claim of its own is judged, and stands on the page; two labels are compared.
#[test]
fn own_claims_are_judged_without_the_papers_audit() {
    let root = folder();
    let folder = root.path();
    let runs = "runs:\n  - {label: shared, set: {model.framework: mtl}}\n  - {label: two networks, set: {model.framework: pipeline}}\nseeds: [1, 2, 3]\n";
    let claims = "claims:\n  - {id: sharing-helps, says: One network is better than two., kind: higher, tasks: [mer], first: [{label: shared}], \
                  second: [{label: two networks}]}\n";
    write(folder, &format!("{OWN}{runs}{claims}"));
    let (out, _) = said(&mermen(folder, &["run", "own.yaml"]), 0);
    assert!(out.find("shared").unwrap() < out.find("two networks").unwrap(), "{out}");
    let (out, _) = said(&mermen(folder, &["claims", "own.yaml", "--all"]), 0);
    assert!(out.contains("sharing-helps") && out.contains("two networks") && !out.contains("statements of the paper"), "{out}");
    let page = std::fs::read_to_string(folder.join("reports/own/index.html")).unwrap();
    assert!(page.contains("One network is better than two.") && page.contains("<h1>Own</h1>"));
    let compare = ["compare", "--where", "data.corpus=notes", "--first", "model.framework=mtl", "--second", "model.framework=pipeline"];
    said(&mermen(folder, &compare), 0);
    write(folder, &format!("{OWN}{runs}{}", claims.replace("label: shared}", "label: shraed}")));
    let (_, err) = said(&mermen(folder, &["claims", "own.yaml"]), 2);
    assert!(err.contains("did you mean `shared`?"), "{err}");
}
