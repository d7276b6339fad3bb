//! What is published is what the program draws: anybody can make the committed report again, without corpora and without training.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program in the repository's root, with no run store.
fn mermen(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mermen"));
    command.args(arguments).current_dir(root()).env_remove("MERMEN_DATA").output().unwrap()
}

#[track_caller]
fn said(output: &Output, code: i32) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// Files of a folder by their path in it, drift's baseline and reports of single experiments left out.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(top: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => walk(top, &path, found),
                false => drop(found.insert(path.strip_prefix(top).unwrap().to_owned(), std::fs::read(&path).unwrap())),
            }
        }
    }
    let mut found = BTreeMap::new();
    for part in ["figures", "frames", "inputs", "performance", "records", "tables"] {
        if folder.join(part).exists() {
            walk(folder, &folder.join(part), &mut found);
        }
    }
    found.insert("index.html".into(), std::fs::read(folder.join("index.html")).unwrap());
    found
}

/// A copy of what the report is drawn from.
fn inputs() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    let sources = files(&root().join("reports")).into_iter();
    let parts = ["inputs", "performance", "records", "frames/protocol1_scores.csv"];
    for (name, bytes) in sources.filter(|(name, _)| parts.iter().any(|part| name.starts_with(part))) {
        let path = copy.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    copy
}

#[track_caller]
fn same(found: &Path) {
    let (found, published) = (files(found), files(&root().join("reports")));
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(&published));
    for (name, bytes) in &published {
        assert!(found[name] == *bytes, "{} is another: `mermen report` draws it again", name.display());
    }
}

#[test]
fn every_published_table_figure_and_page_is_drawn_again_byte_for_byte() {
    let copy = inputs();
    let nothing = copy.path().join("runs");
    let arguments = ["report", "--out", copy.path().to_str().unwrap(), "--runs-dir", nothing.to_str().unwrap()];
    assert!(said(&mermen(&arguments), 0).contains("Table 2"));
    same(copy.path());
}

/// Counts of the corpora, ceilings and scores of published predictions, which reports keep so that they can do without corpora.
#[test]
fn what_was_noted_of_the_corpora_is_what_they_give() {
    let data = std::env::var_os("MERMEN_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    if !data.join("corpora").exists() {
        return println!("skipped: no real data (set MERMEN_DATA)");
    }
    let copy = inputs();
    let (out, runs) = (copy.path().to_str().unwrap(), copy.path().join("runs"));
    let arguments =
        ["report", "experiments/paper.yaml", "--out", out, "--runs-dir", runs.to_str().unwrap(), "--data-dir", data.to_str().unwrap()];
    said(&mermen(&arguments), 0);
    same(copy.path());
    let verified = said(&mermen(&["data", "verify", "ncbi-disease", "bc5cdr", "--data-dir", data.to_str().unwrap()]), 0);
    assert_eq!(verified.lines().filter(|line| line.starts_with("ok")).count(), 6, "{verified}");
}

#[test]
fn claims_are_judged_from_the_published_records_and_strict_wants_all_of_them() {
    let nowhere = tempfile::tempdir().unwrap();
    let missing = nowhere.path().join("runs");
    let of = |more: &[&str]| {
        let arguments = ["claims", "--runs-dir", "reports/records", "--runs-dir", missing.to_str().unwrap()];
        mermen(&[&arguments, more].concat())
    };
    let published: BTreeMap<PathBuf, Vec<u8>> = files(&root().join("reports"));
    let page = String::from_utf8_lossy(&published[Path::new("index.html")]).into_owned();
    let text = said(&of(&[]), 0);
    for id in ["mtl-beats-pipeline", "mer-feedback-helps", "crf-changes-little"] {
        assert!(text.contains(id) && page.contains(id), "{id}");
    }
    assert_eq!(said(&of(&["--strict"]), 1), text);
}
