//! Every kind of message that a call can end with, as the user reads it: bad flags, bad files, bad data.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

const DOCUMENT: &str = "1|t|Nobel fever in mice\n1|a|Mice had nobel fever.\n1\t0\t11\tNobel fever\tDisease\tX01\n";
const CORPORA: &str =
    "corpora:\n  tiny: {train: good.txt, dev: good.txt, test: good.txt}\ndefaults: {data.corpus: tiny, embedding.name: random-50}\n";

/// Files that the calls find.
fn files(folder: &Path) {
    let experiment = |body: &str| format!("name: tiny\n{CORPORA}{body}");
    for (name, text) in [
        ("good.txt", DOCUMENT.to_owned()),
        ("prose.txt", "A letter to the editor.\n".to_owned()),
        ("other.txt", DOCUMENT.replace("1|", "2|").replace("1\t0", "2\t0")),
        ("past.txt", DOCUMENT.replace("\t0\t11", "\t0\t99")),
        ("shifted.txt", DOCUMENT.replace("\t0\t11", "\t1\t12")),
        ("backwards.txt", DOCUMENT.replace("\t0\t11", "\t11\t0")),
        ("number.txt", DOCUMENT.replace("\t0\t11", "\t0x\t11")),
        ("blanks.txt", DOCUMENT.replace('\t', " ")),
        ("mixed.txt", DOCUMENT.replace("\n1\t0", "\n7\t0")),
        ("late.txt", "1|a|No title.\n".to_owned()),
        ("cut.xml", "<collection><document><id>1</id>".to_owned()),
        ("entity.xml", "<collection><document><id>&me;</id></document></collection>".to_owned()),
        ("noid.xml", "<collection>\n<document></document></collection>".to_owned()),
        ("cut.json", "{\"documents\": [{\"id\": \"1\",\n".to_owned()),
        ("tag.conll", "Gout\tB-Disease\nis\tX-Disease\n".to_owned()),
        ("columns.conll", "Gout\tB-Disease\tD1\nis\tO\n".to_owned()),
        ("twice.conll", "Gout\tB-Disease\tB-Disease\n".to_owned()),
        ("key.jsonl", "{\"id\": \"1\", \"text\": \"Gout hurts.\"}\n".to_owned()),
        ("archive.zip", "PK\u{3}\u{4}".to_owned()),
        ("good.yaml", experiment("")),
        ("list.yaml", "- a\n- b\n".to_owned()),
        ("tab.yaml", experiment("matrix:\n\tmodel.crf: [true]\n")),
        ("key.yaml", experiment("matrx: {model.crf: [true]}\n")),
        ("value.yaml", experiment("matrix: {dropout.rate: [0.5, lots]}\n")),
        ("loop.yaml", "extends: loop.yaml\n".to_owned()),
        ("gone.yaml", "extends: nowhere.yaml\n".to_owned()),
        ("claims.yaml", "claims:\n  - id: a\n".to_owned()),
        ("drift.csv", "system,score\n".to_owned()),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    fs::write(folder.join("latin1.txt"), b"1|t|Thalass\xe6mia\n").unwrap();
    fs::create_dir(folder.join("empty")).unwrap();
    fs::create_dir_all(folder.join("broken/0123456789ab")).unwrap();
    fs::write(folder.join("broken/0123456789ab/record.json"), "{\"result\": {}, \"measured\":").unwrap();
}

#[test]
fn a_call_that_cannot_be_granted_says_where_what_and_how_to_mend_it() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let mut shown = String::new();
    for call in [
        "",
        "rum good.yaml",
        "run",
        "run good.yaml --job 2",
        "run good.yaml --jobs 0",
        "run good.yaml --jobs many",
        "run good.yaml --device gpu",
        "run good.yaml --device cuda:0",
        "run good.yaml --set model.hidden",
        "run good.yaml --set model.hidden=",
        "run good.yaml --set seeds=",
        "run good.yaml --set model.hiden=3",
        "run good.yaml --set train=3",
        "run good.yaml --set train.epochs=soon",
        "run good.yaml --set data.corpus=ncbi-desease",
        "run good.yaml --set data.corpus=ncbi-disease",
        "run good.yaml --set embedding.name=word2vec",
        "run nowhere.yaml",
        "run empty",
        "run list.yaml",
        "run tab.yaml",
        "run key.yaml",
        "run value.yaml",
        "run loop.yaml",
        "run gone.yaml",
        "run good.txt",
        "evaluate --gold good.txt",
        "evaluate --gold good.txt --pred nowhere.txt",
        "evaluate --gold good.txt --pred prose.txt",
        "evaluate --gold good.txt --pred past.txt --strict",
        "evaluate --gold good.txt --pred shifted.txt --strict",
        "evaluate --gold good.txt --pred backwards.txt --strict",
        "evaluate --gold good.txt --pred number.txt --strict",
        "evaluate --gold good.txt --pred blanks.txt --strict",
        "evaluate --gold good.txt --pred mixed.txt --strict",
        "evaluate --gold good.txt --pred late.txt --strict",
        "evaluate --gold good.txt --pred latin1.txt",
        "evaluate --gold good.txt --pred cut.xml",
        "evaluate --gold good.txt --pred entity.xml",
        "evaluate --gold good.txt --pred noid.xml",
        "evaluate --gold good.txt --pred cut.json",
        "evaluate --gold good.txt --pred tag.conll",
        "evaluate --gold good.txt --pred columns.conll",
        "evaluate --gold good.txt --pred empty",
        "evaluate --gold good.txt --pred other.txt --strict",
        "evaluate --gold good.txt --pred good.txt --corpus bc5cd",
        "evaluate --gold good.txt --pred good.txt --format yaml",
        "data stats bc5cd",
        "data stats bc5cdr",
        "data verify glove",
        "data convert good.txt good.doc",
        "data convert good.txt x.conll --from html",
        "data convert twice.conll x.jsonl",
        "data convert twice.conll x.jsonl --columns token,gld",
        "data convert key.jsonl x.conll",
        "data convert shifted.txt x.conll --text-mismatch kep",
        "data convert archive.zip x.conll",
        "report --runs-dir empty --claims nowhere.yaml --out out",
        "report --runs-dir broken --out out",
        "claims --runs-dir empty",
        "claims --runs-dir empty --claims claims.yaml",
        "compare 0123 4567 --runs-dir empty",
        "check good.yaml --baseline own.csv --runs-dir empty --no-run --update",
        "check good.yaml --baseline own.csv --runs-dir broken --no-run --update",
        "bench --mode fast",
        "bench --load nowhere.txt",
        "worker --run-dir empty --data-dir empty",
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mermen"));
        command.args(call.split_whitespace()).current_dir(folder.path());
        for variable in ["MERMEN_DATA", "COLUMNS"] {
            command.env_remove(variable);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("panicked"), "{call}: {said}");
        if call.starts_with("worker") {
            continue; // it talks to its parent, on standard output
        }
        // The usage that a call without arguments shows is the help's business.
        let said: String = if call.is_empty() { said.lines().take(1).collect() } else { said };
        writeln!(shown, "$ mermen {call}\n{}\n[exit {}]\n", said.trim_end(), output.status.code().unwrap()).unwrap();
    }
    assert!(!folder.path().join("out").exists() && !folder.path().join("runs").exists(), "nothing is written");
    insta::assert_snapshot!(shown);
}
