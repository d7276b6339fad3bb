//! What the program says and how it exits, seen from outside.

mod common;

use common::mermen;
use std::path::Path;

/// Exit code, standard output, standard error.
fn outcome(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = mermen(folder, arguments);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

const DOCUMENT: &str = "1|t|Nobel fever in mice\n1|a|Mice had nobel fever.\n1\t0\t11\tNobel fever\tDisease\tX01\n";

/// A folder with a corpus of one document a split, and an experiment on it that needs no vectors.
fn project() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for split in ["train", "dev", "test"] {
        std::fs::write(root.path().join(format!("{split}.txt")), DOCUMENT).unwrap();
    }
    let experiment = "\
name: tiny
corpora:
  tiny: {train: train.txt, dev: dev.txt, test: test.txt}
defaults: {data.corpus: tiny, embedding.name: random-50}
matrix:
  model.framework: [mtl, mtl-both-feedback]
  embedding.name: [random-50, senna-50]
";
    std::fs::write(root.path().join("tiny.yaml"), experiment).unwrap();
    root
}

fn files_in(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[test]
fn help_and_version_go_to_standard_output() {
    let root = tempfile::tempdir().unwrap();
    let (code, out, err) = outcome(root.path(), &["--help"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("run") && out.contains("status") && !out.contains("worker"), "{out}");
    let (code, out, _) = outcome(root.path(), &["--version"]);
    assert_eq!((code, out.trim_end()), (Some(0), concat!("mermen ", env!("CARGO_PKG_VERSION"))));
    let (code, out, _) = outcome(root.path(), &["run", "--help"]);
    assert_eq!(code, Some(0));
    for flag in ["--data-dir", "--runs-dir", "--jobs", "--device", "--set", "--engine", "--dry-run", "MERMEN_DATA"] {
        assert!(out.contains(flag), "{flag}: {out}");
    }
}

#[test]
fn wrong_usage_exits_2_and_names_what_is_near() {
    let root = project();
    for (arguments, part) in [
        (&["runn", "tiny.yaml"][..], "'run'"),
        (&["run"], "SPEC"),
        (&["run", "tiny.yaml", "--job", "2"], "--jobs"),
        (&["run", "tiny.yaml", "--jobs", "0"], "expected a whole number from 1 to 4096"),
        (&["run", "tiny.yaml", "--device", "gpu"], "expected `cpu` or `cuda:N`"),
        (&["run", "tiny.yaml", "--device", "cuda:0"], "use `--device cpu`"),
        (&["run", "gone.yaml"], "cannot read gone.yaml: there is no such file"),
        (&["run", "tiny.yaml", "--set", "model.hiden=3"], "did you mean `model.hidden`?"),
        (&["run", "tiny.yaml", "--set", "model.hidden=-3"], "expected `embedding` or a whole number from 1 to 4096"),
        (&["status", "gone.yaml"], "there is no such file"),
    ] {
        let (code, out, err) = outcome(root.path(), arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
        assert!(err.contains("error: ") && err.contains(part), "{arguments:?}: {err}");
    }
    assert_eq!(files_in(root.path()), 4, "nothing is written");
}

#[test]
fn an_error_of_the_file_is_shown_with_its_place() {
    let root = project();
    std::fs::write(root.path().join("x.yaml"), "defaults:\n  model:\n    hiden: 100\n").unwrap();
    let (code, _, err) = outcome(root.path(), &["run", "x.yaml"]);
    assert_eq!(code, Some(2));
    assert_eq!(err, "error: unknown key `model.hiden` (x.yaml:3:5)\n  |\n3 |     hiden: 100\n  |     ^^^^^ did you mean `hidden`?\n");
}

#[test]
fn a_dry_run_prints_the_plan_and_writes_nothing() {
    let root = project();
    let (code, out, err) = outcome(root.path(), &["run", "tiny.yaml", "--dry-run", "--jobs", "2"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(out.lines().last(), Some("4 runs: 0 done, 2 to do, 2 not run"));
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    assert!(out.contains("senna-50"), "{out}");
    assert_eq!(files_in(root.path()), 4);
    let (code, out, _) = outcome(root.path(), &["status", "tiny.yaml"]);
    assert_eq!((code, out.lines().last()), (Some(0), Some("4 runs: 0 done, 2 to do, 2 not run")));
}

#[test]
fn an_experiment_without_any_data_is_bad_input() {
    let root = project();
    let (code, out, err) = outcome(root.path(), &["run", "tiny.yaml", "--set", "data.corpus=ncbi-disease"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("corpus `ncbi-disease`") && err.contains("--data-dir"), "{err}");
    std::fs::remove_file(root.path().join("dev.txt")).unwrap();
    let (code, _, err) = outcome(root.path(), &["run", "tiny.yaml"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("dev.txt"), "{err}");
    assert_eq!(files_in(root.path()), 3);
}

#[test]
fn a_damaged_corpus_is_bad_input_with_its_line() {
    let root = project();
    std::fs::write(root.path().join("dev.txt"), "1|t|Short\n1|a|text\n1\t0\t99\tShort\tDisease\tX01\n").unwrap();
    let (code, _, err) = outcome(root.path(), &["run", "tiny.yaml"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("dev.txt") && err.contains("99"), "{err}");
    assert_eq!(files_in(root.path()), 4);
}

#[test]
fn a_store_that_cannot_be_written_fails_the_runs_and_names_the_path() {
    let root = project();
    std::fs::write(root.path().join("runs"), "a file instead of the folder").unwrap();
    let (code, _, err) = outcome(root.path(), &["run", "tiny.yaml"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("cannot write runs/") || err.contains("cannot read runs/"), "{err}");
}

#[test]
fn a_corpus_is_converted_whole_or_not_at_all() {
    let root = project();
    let convert = |arguments: &[&str]| outcome(root.path(), &[&["data", "convert"], arguments].concat());
    let read = |name: &str| std::fs::read_to_string(root.path().join(name)).unwrap();
    for (input, output, to) in [
        ("train.txt", "a.xml", "bioc-xml"),
        ("a.xml", "a.json", "bioc-json"),
        ("a.json", "a.conll", "conll"),
        ("a.conll", "folder", "brat"),
        ("folder", "a.jsonl", "jsonl"),
    ] {
        let (code, out, err) = convert(&[input, output, "--to", to]);
        assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
        let note = if input == "a.conll" { "note: columns taken as 1 token, 2 tag, 3 concept\n" } else { "" };
        assert_eq!(err, format!("{note}{output}: 1 document(s), 1 mention(s) as {to}\n"));
    }
    let (code, _, err) = convert(&["a.jsonl", "back.txt", "--from", "jsonl"]);
    assert_eq!((code, read("back.txt").trim_end()), (Some(0), DOCUMENT.trim_end()), "{err}");

    std::fs::write(root.path().join("cid.txt"), format!("{DOCUMENT}1\tCID\tX01\tX02\n")).unwrap();
    let (_, _, err) = convert(&["cid.txt", "cid.conll"]);
    assert!(err.ends_with("not kept, since conll has no place for them: 1 relation(s)\n"), "{err}");

    let files = files_in(root.path());
    let conll = read("a.conll");
    std::fs::write(root.path().join("train.txt"), "1|t|Short\n1|a|text\n1\t0\t99\tShort\tDisease\tX01\n").unwrap();
    for (arguments, part) in [
        (&["train.txt", "a.conll"][..], "train.txt:3: offsets 0..99"),
        (&["dev.txt", "a.conll", "--from", "jsonl"], "dev.txt:1: unexpected JSON"),
        (&["dev.txt", "folder", "--to", "brat"], "name a new one"),
        (&["dev.txt", "a.doc"], "give --to with one of pubtator"),
        (&["dev.txt", "a.doc", "--to", "conl"], "did you mean `conll`?"),
        (&["gone.txt", "a.conll"], "cannot read `gone.txt`"),
    ] {
        let (code, _, err) = convert(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {err}");
        assert!(err.contains(part), "{arguments:?}: {err}");
    }
    assert_eq!((files_in(root.path()), read("a.conll")), (files, conll), "nothing is written");
}

#[test]
fn a_worker_without_a_task_says_how_runs_are_started() {
    let root = project();
    let (code, out, _) = outcome(root.path(), &["worker", "--run-dir", ".", "--data-dir", "."]);
    assert_eq!(code, Some(2));
    assert!(out.contains("mermen run"), "{out}");
}
