//! An experiment of one's own, as its author meets it: rows, labels and columns as the file asks for them, own word vectors, own data in every
//! command, claims, a page; and what is said where the file asks for what there is not.

mod common;

use common::{mermen, said};
use std::path::Path;

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
    let report = "report:\n  tables: [scores]\n  figures: [sweep, bars]\n  metrics: [mention_precision, mention_recall, mention_f1]\n  decimals: 2\n  \
                  heading: Model\n  caption: Units & dropout.\n  size: page\n  font_size: 9\n  \
                  labels: {dropout.rate: {0.2: light, 0.5: heavy}, model.hidden: units}\n";
    write(folder, &format!("{matrix}{report}"));
    let (out, err) = said(&mermen(folder, &["run", "own.yaml"]), 0);
    assert!(err.contains("all runs are done"), "{err}");
    assert!(out.contains("Model") && out.contains("units=4 light") && out.contains("units=10 heavy"), "{out}");
    assert!(!out.contains("subsets of the OOV partition"), "{out}");
    let (out, _) = said(&mermen(folder, &["status", "own.yaml"]), 0);
    assert!(out.contains("units=10 heavy seed="), "{out}");
    let (out, _) = said(&mermen(folder, &["report", "own.yaml"]), 0);
    assert!(out.contains("units=4 light"), "{out}");
    let drawn = |file: &str| std::fs::read_to_string(folder.join("reports/own").join(file)).unwrap();
    let latex = drawn("tables/own-scores.tex");
    for part in ["\\begin{table*}[", "\\fontsize{9}{10.8}", "\\caption{Units \\& dropout.}", "Model & ", "units=10 heavy & "] {
        assert!(latex.contains(part), "`{part}` is not in:\n{latex}");
    }
    assert!(drawn("figures/own-bars.svg").contains("\nunits=10 light\n") && drawn("figures/own-sweep.svg").contains("<svg width=\"672\""));
    let svg_of_row = drawn("figures/own-bars.svg");
    let places = ["units=4 light", "units=4 heavy", "units=10 light", "units=10 heavy"].map(|row| svg_of_row.find(row).unwrap());
    assert!(places.is_sorted(), "the file's order");

    // The same rows, as a table for other programs: in the plan's order, with precision, recall, experiment and label.
    let (rows, _) = said(&mermen(folder, &["export", "records", "own.yaml", "--what", "runs", "--to", "jsonl"]), 0);
    let rows: Vec<serde_json::Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    let labels: Vec<&str> = rows.iter().map(|row| row["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["units=4 light", "units=4 heavy", "units=10 light", "units=10 heavy"]);
    for row in &rows {
        assert_eq!(row["experiment"], "own");
        for score in ["mention", "concept"].iter().flat_map(|of| ["precision", "recall", "f1"].map(|figure| format!("test_{of}_{figure}")))
        {
            assert!(row[&score].is_number(), "{score}: {row}");
        }
    }
    let mut by_score: Vec<(f64, &str)> =
        rows.iter().map(|row| (row["test_mention_f1"].as_f64().unwrap(), row["label"].as_str().unwrap())).collect();
    by_score.sort_by(|a, b| b.0.total_cmp(&a.0));
    write(folder, &format!("{matrix}{report}  order: score\n"));
    let (out, _) = said(&mermen(folder, &["report", "own.yaml"]), 0);
    let best = by_score[0].1;
    assert!(labels.iter().all(|label| out.find(best) <= out.find(label)), "{best} is the best of:\n{out}");

    // What is asked for and is not there.
    write(folder, &format!("{matrix}{}", report.replace("caption", "captoin")));
    let (_, err) = said(&mermen(folder, &["run", "own.yaml", "--dry-run"]), 2);
    assert!(err.contains("captoin") && err.contains("did you mean `caption`?") && err.contains("own.yaml:"), "{err}");
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

    // Other vectors under the same name are other runs.
    write(folder, OWN);
    said(&mermen(folder, &["run", "own.yaml"]), 0);
    said(&mermen(folder, &["run", "own.yaml"]), 0);
    assert_eq!(std::fs::read_dir(folder.join("runs")).unwrap().count(), 1);
    let vectors = std::fs::read_to_string(folder.join("vectors.txt")).unwrap();
    std::fs::write(folder.join("vectors.txt"), vectors.replacen("0.", "0.1", 1)).unwrap();
    let (out, _) = said(&mermen(folder, &["status", "own.yaml"]), 0);
    assert!(out.contains("1 to do"), "{out}");
    said(&mermen(folder, &["run", "own.yaml"]), 0);
    assert_eq!(std::fs::read_dir(folder.join("runs")).unwrap().count(), 2);
}

#[test]
fn own_data_is_counted_checked_and_explained() {
    let root = folder();
    let folder = root.path();
    write(folder, OWN);
    let (out, _) = said(&mermen(folder, &["data", "stats", "own.yaml"]), 0);
    assert!(out.starts_with("notes") && out.contains("Disease: mentions"), "{out}");
    let (out, _) = said(&mermen(folder, &["data", "stats", "dev.txt", "--format", "csv"]), 0);
    // One file is no training set: nothing is compared with it.
    assert!(out.contains("dev.txt,all,,documents,") && !out.contains("training"), "{out}");
    let (out, _) = said(&mermen(folder, &["data", "stats", "dev.txt"]), 0);
    let heading: Vec<&str> = out.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(heading, ["dev.txt", "all"], "{out}");
    let (out, _) = said(&mermen(folder, &["data", "verify", "own.yaml", "test.txt"]), 0);
    assert!(out.contains("ok        corpus notes of own.yaml (train: ") && out.contains("5 numbers each"), "{out}");
    // A record that is apart from its run's folder finds its corpus through the experiment file.
    said(&mermen(folder, &["run", "own.yaml"]), 0);
    let run = std::fs::read_dir(folder.join("runs")).unwrap().flatten().next().unwrap();
    let id = run.file_name().into_string().unwrap();
    let (whole, _) = said(&mermen(folder, &["explain", &id]), 0);
    assert!(whole.contains("Confused concepts"), "{whole}");
    std::fs::create_dir(folder.join("apart")).unwrap();
    for file in ["record.json", "record.pack", "gold.pack"] {
        std::fs::rename(run.path().join(file), folder.join("apart").join(file)).unwrap();
    }
    let apart = ["explain", &id, "--runs-dir", "apart"];
    assert_eq!(said(&mermen(folder, &[&apart[..], &["--spec", "own.yaml"]].concat()), 0).0, whole);
    let (kept, hint) = said(&mermen(folder, &apart), 0);
    assert!(kept.contains("What the record keeps") && hint.contains("--spec"), "{kept}{hint}");

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
    let (text, _) = said(&mermen(folder, &compare), 0);
    // Values are those that YAML reads, however they are written.
    let alike = [&compare[..], &["--where", "dropout.rate=.50", "--where", "train.epochs=1.0", "--where", "model.crf=False"]].concat();
    assert_eq!(said(&mermen(folder, &alike), 0).0, text);
    // Claims in a file of their own, over any key.
    let by_key = claims.replace("{label: shared}", "{framework: mtl, with: {dropout.rate: 0.50, train.epochs: 1}}");
    std::fs::write(folder.join("said.yaml"), by_key).unwrap();
    write(folder, &format!("{OWN}{runs}claims: said.yaml\n"));
    let (out, _) = said(&mermen(folder, &["claims", "own.yaml", "--all"]), 0);
    assert!(out.contains("sharing-helps"), "{out}");
    write(folder, &format!("{OWN}{runs}{}", claims.replace("label: shared}", "label: shraed}")));
    let (_, err) = said(&mermen(folder, &["claims", "own.yaml"]), 2);
    assert!(err.contains("did you mean `shared`?"), "{err}");
}
