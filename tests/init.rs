//! `mermen init`: a folder laid out by the program alone, in which the main job runs.

mod common;

use common::mermen;
use std::process::Output;

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_experiments_run_in_an_empty_folder_and_a_second_call_changes_nothing() {
    let root = tempfile::tempdir().unwrap();
    let made = mermen(root.path(), &["init", "x"]);
    assert!(made.status.success(), "{}", stderr(&made));
    assert_eq!(String::from_utf8_lossy(&made.stdout), "cd x\nmermen run experiments/quickstart.yaml\n");
    let folder = root.path().join("x");

    for experiment in ["quickstart", "own", "drift"] {
        let file = format!("experiments/{experiment}.yaml");
        let planned = mermen(&folder, &["run", &file, "--dry-run"]);
        assert!(planned.status.success(), "{file}: {}", stderr(&planned));
    }
    let short = ["run", "experiments/own.yaml", "--set", "train.epochs=1", "--set", "seeds=[1]", "--set", "data.limit=4"];
    let ran = mermen(&folder, &short);
    assert!(ran.status.success(), "{}", stderr(&ran));
    assert!(folder.join("reports/own").is_dir());

    let again = mermen(&folder, &["init", "."]);
    assert!(again.status.success() && stderr(&again).starts_with("0 files written"), "{}", stderr(&again));
}

#[test]
fn a_file_with_other_content_is_never_replaced_and_nothing_is_written_beside_it() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("experiments")).unwrap();
    std::fs::write(root.path().join("experiments/own.yaml"), "mine").unwrap();
    let refused = mermen(root.path(), &["init", "."]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("experiments/own.yaml is there with other content"), "{}", stderr(&refused));
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1);
}

#[test]
fn manual_pages_have_every_command() {
    let root = tempfile::tempdir().unwrap();
    let written = mermen(root.path(), &["man", "--output", "man1"]);
    assert!(written.status.success(), "{}", stderr(&written));
    for page in ["mermen.1", "mermen-run.1", "mermen-data-convert.1"] {
        let text = std::fs::read_to_string(root.path().join("man1").join(page)).unwrap();
        assert!(text.starts_with(".ie") && text.contains(".SH NAME"), "{page}");
    }
    let printed = mermen(root.path(), &["man"]);
    assert!(printed.status.success() && String::from_utf8_lossy(&printed.stdout).contains(".TH mermen 1"));
}
