//! What a run leaves is shown and handed on: its errors in context, its curves, its record as a table.

mod common;

use common::{good, with_data as mermen};
use std::path::Path;

const EXPERIMENT: &str = "\
name: tiny
defaults: {data.corpus: mini, embedding.name: mini-20, model.layers: 1, train.epochs: 2, train.batch: 8, train.optimizer: adam, train.learning_rate: 0.005}
";

/// What is said on standard error, and the exit code.
fn said(folder: &Path, arguments: &[&str]) -> (String, Option<i32>) {
    let output = mermen(folder, arguments);
    (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code())
}

fn event_files(folder: &Path) -> usize {
    let runs = std::fs::read_dir(folder).unwrap().flatten();
    runs.flat_map(|run| std::fs::read_dir(run.path()).unwrap().flatten())
        .filter(|file| file.file_name().to_string_lossy().contains("tfevents"))
        .count()
}

#[test]
fn a_finished_run_is_explained_and_exported() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    std::fs::write(root.join("tiny.yaml"), EXPERIMENT).unwrap();
    good(root, &["run", "tiny.yaml", "--tensorboard", "live"]);
    assert_eq!(event_files(&root.join("live")), 1);
    let run = std::fs::read_dir(root.join("runs")).unwrap().flatten().next().unwrap().file_name().into_string().unwrap();

    let text = good(root, &["explain", &run[..6], "--html", "errors.html", "--top", "3"]);
    assert!(text.contains(&run) && text.contains("Confused concepts of MEN") && text.contains("   gold  "), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let page = std::fs::read_to_string(root.join("errors.html")).unwrap();
    assert!(page.contains("<mark class=\"gold"));
    assert_ne!(good(root, &["explain", &run, "--split", "dev"]), text);

    // A published record has its predictions; without the corpus there is what the record keeps.
    let (own, published) = (root.join("runs").join(&run), root.join("reports/records"));
    std::fs::create_dir_all(&published).unwrap();
    std::fs::rename(own.join("record.json"), published.join("record.json")).unwrap();
    let (why, code) = said(root, &["explain", &run]);
    assert!(code == Some(2) && why.contains("record.json is missing: the run is not finished"), "{why}");
    std::fs::remove_file(own.join("spec.json")).unwrap();
    let (why, code) = said(root, &["explain", &run]);
    assert!(code == Some(2) && why.contains("record.pack is missing"), "{why}");
    for pack in ["record.pack", "gold.pack"] {
        std::fs::rename(own.join(pack), published.join(pack)).unwrap();
    }
    std::fs::remove_dir_all(root.join("runs")).unwrap();
    assert_eq!(good(root, &["explain", &run, "--top", "3"]), text);
    assert!(good(root, &["explain", &run, "--data-dir", "nowhere"]).contains("What the record keeps"));
    let (why, code) = said(root, &["explain", "ffff"]);
    assert!(code == Some(2) && why.contains("no run `ffff`") && why.contains(&run), "{why}");

    // Records are found where they were published.
    let rows = good(root, &["export", "records", "--to", "jsonl", "--what", "history"]);
    assert_eq!(rows.lines().count(), 2);
    assert_eq!(good(root, &["export", "records", "tiny.yaml", &run[..8], "--to", "csv"]).lines().count(), 2);
    good(root, &["export", "records", "--to", "parquet", "--output", "runs.parquet"]);
    assert!(std::fs::read(root.join("runs.parquet")).unwrap().starts_with(b"PAR1"));
    good(root, &["export", "tensorboard", "--output", "curves"]);
    assert_eq!(event_files(&root.join("curves")), 1);
}
