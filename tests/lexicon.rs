//! `mermen lexicon`, seen from outside.

use std::path::Path;
use std::process::Command;

/// Exit code, standard output, standard error.
fn mermen(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_mermen"))
        .arg("lexicon")
        .args(arguments)
        .current_dir(folder)
        .env_remove("MERMEN_DATA")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

const VOCABULARY: &str =
    "id\tname\tsynonyms\tparents\nX:1\tstone rash\tlithic rash|SR\t\nX:2\triver ache\tfluvial pain\tX:1\nX:3\twinter fever\t\tX:1\n";

fn folder() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("own.tsv"), VOCABULARY).unwrap();
    root
}

#[test]
fn a_mention_is_looked_up_in_a_vocabulary_of_ones_own() {
    let root = folder();
    let (code, out, err) = mermen(root.path(), &["lookup", "lithic rashes", "--lexicon", "own.tsv"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let first = out.lines().next().unwrap();
    assert!(first.contains("X:1") && first.contains("stone rash") && first.contains("its name `lithic rash`"), "{out}");
    let (code, out, _) = mermen(root.path(), &["lookup", "winter", "--lexicon", "own.tsv", "--format", "json", "--top", "1"]);
    let row: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &row["ids"][0], &row["by"], &row["source"]), (Some(0), &"X:3".into(), &"winter fever".into(), &"near-name".into()));
    let (code, out, err) = mermen(root.path(), &["lookup", "zzz", "--lexicon", "own.tsv"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("no concept has a name near to `zzz`"), "{err}");
}

#[test]
fn an_id_shows_its_concept_and_edits_change_it() {
    let root = folder();
    let (code, out, _) = mermen(root.path(), &["lookup", "X:2", "--lexicon", "own.tsv"]);
    assert_eq!((code, out.as_str()), (Some(0), "X:2  river ache\n  below       X:1  stone rash\n  exact       fluvial pain\n"));
    std::fs::write(root.path().join("edits.tsv"), "ban\tX:2\tfluvial pain\nadd\tX:2\tache of rivers\n").unwrap();
    let (_, out, _) = mermen(root.path(), &["lookup", "X:2", "--lexicon", "own.tsv", "--edits", "edits.tsv"]);
    assert!(out.contains("ache of rivers") && !out.contains("fluvial"), "{out}");
}

#[test]
fn short_forms_are_listed_and_scored() {
    let root = folder();
    std::fs::write(root.path().join("note.txt"), "The stone rash of rivers (SRR) is seldom. A (B) is not.").unwrap();
    let (code, out, err) = mermen(root.path(), &["abbreviations", "note.txt"]);
    assert_eq!((code, out.as_str(), err.as_str()), (Some(0), "note\tSRR\tstone rash of rivers\n", ""));
    std::fs::write(root.path().join("gold.tsv"), "note\tSRR\tstone rash of rivers\nnote\tQ\tquiet\nother\tO\tover\n").unwrap();
    let (_, out, _) = mermen(root.path(), &["abbreviations", "note.txt", "--gold", "gold.tsv"]);
    assert_eq!(out, "pairs found 1, expected 2, in both 1\nprecision 1.0000\nrecall    0.5000\n");
}

#[test]
fn bad_input_names_the_place_and_exits_2() {
    let root = folder();
    std::fs::write(root.path().join("broken.tsv"), "id\tname\nX:1\n").unwrap();
    let (code, _, err) = mermen(root.path(), &["lookup", "ache", "--lexicon", "broken.tsv"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("broken.tsv:2:"), "{err}");
    let (code, _, err) = mermen(root.path(), &["lookup", "ache", "--lexicon", "medik"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("did you mean `medic`"), "{err}");
    let (code, _, err) = mermen(root.path(), &["lookup", "ache"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("mermen data get medic"), "{err}");
}
