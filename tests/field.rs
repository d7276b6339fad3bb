//! Files from elsewhere through the program: what it answers, what it says of them, and that it says anything at all.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

struct Said {
    code: i32,
    out: String,
    err: String,
}

fn mermen(folder: &Path, line: &str) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mermen"));
    let output = command.args(line.split_whitespace()).current_dir(folder).env_remove("MERMEN_DATA").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

const GOLD: &str = "1|t|Gout hurts.\n1|a|A man.\n1\t0\t4\tGout\tDisease\tD1\n\n2|t|Gout again.\n2|a|A man.\n2\t0\t4\tGout\tDisease\tD1\n\n\
                    3|t|Asthma.\n3|a|A man.\n3\t0\t6\tAsthma\tDisease\tD2\n";

/// Counts as the kit has them (mention TP, FP, FN), and a word of the note.
#[test]
fn the_scorer_scores_what_the_kit_scores_and_tells_what_it_does_not_say() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("gold"), GOLD).unwrap();
    let textless = |lines: &str| lines.replace(' ', "\t");
    for (name, predicted, counts, told) in [
        ("good", GOLD.to_owned(), [3, 0, 0], ""),
        ("empty", String::new(), [0, 0, 3], "3 of the gold documents are not in the predictions"),
        ("cut", GOLD[..GOLD.find("2|t|").unwrap()].to_owned(), [1, 0, 2], "2 of the gold documents are not in the predictions"),
        ("stranger", GOLD.replace("3|", "9|").replace("3\t0", "9\t0"), [2, 0, 1], "1 of the predicted documents are not in gold"),
        ("shifted", GOLD.replace("3\t0\t6", "3\t1\t7"), [2, 1, 1], "1 annotation(s) have another text than the document at their place"),
        ("past", GOLD.replace("3\t0\t6", "3\t0\t99"), [2, 1, 1], "1 annotation(s) lie outside the document's text"),
        ("reversed", GOLD.replace("3\t0\t6", "3\t6\t0"), [2, 1, 1], "1 annotation(s) have an empty or reversed span"),
        ("empty span", GOLD.replace("3\t0\t6", "3\t0\t0"), [2, 1, 1], "1 annotation(s) have an empty or reversed span"),
        ("no number", GOLD.replace("3\t0\t6", "3\t0x\t6"), [2, 0, 1], "1 line(s) are neither text nor annotation"),
        (
            "spelling",
            GOLD.replace("\tDisease\tD2", "\tDISEASE\tD2"),
            [2, 0, 1],
            "the type `DISEASE`, which no mention of gold has; did you mean gold's `Disease`?",
        ),
        ("blank", GOLD.replace("\tDisease\tD2", "\tDisease \tD2"), [2, 0, 1], "the type `Disease `"),
        ("text", GOLD.replace("A man.\n3", "A  man.\n3"), [3, 0, 0], "the text of 1 predicted document(s) is not gold's"),
        ("blocks", format!("{GOLD}\n{GOLD}"), [3, 0, 0], ""),
        (
            "alternating",
            textless("1 0 4 Gout Disease D1\n2 0 4 Gout Disease D1\n1 0 4 Gout Disease D1\n3 0 6 Asthma Disease D2\n2 5 9 x Disease D1\n"),
            [3, 1, 0],
            "1 predicted mention(s) have another text than gold",
        ),
        ("interleaved", GOLD.replace("\n\n", "\n").replace("3|a|A man.\n", "3|a|A man.\n1\t5\t9\thurt\tDisease\tD1\n"), [3, 1, 0], ""),
    ] {
        fs::write(folder.path().join("pred"), &predicted).unwrap();
        // The corpus's rule on repeated documents is for gold: predictions in several blocks are counted whole.
        for more in ["", " --corpus ncbi-disease"] {
            if !more.is_empty() && ["spelling", "blank"].contains(&name) {
                continue; // the rule makes one type of all
            }
            let said = mermen(folder.path(), &format!("evaluate --gold gold --pred pred --format json{more}"));
            assert_eq!(said.code, 0, "{name}: {}", said.err);
            let found: Value = serde_json::from_str(&said.out).unwrap();
            let mention = &found["mention"];
            assert_eq!([&mention["tp"], &mention["fp"], &mention["fn"]].map(|count| count.as_u64().unwrap()), counts, "{name}{more}");
            let notes: Vec<&str> = found["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap()).collect();
            assert!(notes.iter().all(|note| said.err.contains(&format!("note: {note}\n"))), "{}", said.err);
            assert!(notes.iter().any(|note| note.contains(told)) || told.is_empty(), "{name}: {notes:?}");
            if name == "good" || name == "blocks" {
                assert!(notes.is_empty(), "{name}: {notes:?}");
            }
        }
        let strict = mermen(folder.path(), "evaluate --gold gold --pred pred --strict");
        assert_eq!(strict.code, if told.is_empty() { 0 } else { 2 }, "{name}: {}", strict.err);
        assert_eq!(strict.out.is_empty(), !told.is_empty());
    }
}

#[test]
fn columns_of_one_file_are_gold_and_predictions() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("both"), "Gout B-Disease B-Disease\nand O O\nasthma B-Disease O\n".replace(' ', "\t")).unwrap();
    let refused = mermen(folder.path(), "evaluate --gold both --pred both");
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("--columns token,gold,pred"), "{}", refused.err);
    let said = mermen(folder.path(), "evaluate --gold both --pred both --columns token,gold,pred --format json");
    let found: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&found["mention"]["tp"], &found["mention"]["fn"]), (&1.into(), &1.into()));
    assert!(said.err.contains("columns taken as 1 token, 2 gold (skipped), 3 pred (read as the tags)"), "{}", said.err);
}

#[test]
fn a_conversion_says_what_it_read_and_what_it_could_not_keep() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("n.txt", "Lung and other cancers.\nRare.");
    write("n.ann", "T1\tD 0 4;15 22\tLung cancers\n#1\tAnnotatorNotes T1\tsure\nA1\tNegation T1\n");
    let said = mermen(folder.path(), "data convert n.ann n.pubtator");
    assert_eq!(said.code, 0, "{}", said.err);
    for told in [
        "1 note(s) were skipped",
        "1 attribute(s) were skipped",
        "not kept, since pubtator has no place for them: 1 discontinuous mention(s)",
    ] {
        assert!(said.err.contains(told), "{}", said.err);
    }
    assert!(fs::read_to_string(folder.path().join("n.pubtator")).unwrap().contains("n\t0\t22\tLung and other cancers\tD\n"));

    write(
        "odd.jsonl",
        "{\"id\":\"1\",\"title\":\"Go\\u0000ut\\u000b\",\"abstract\":\"x\",\"mentions\":[{\"start\":0,\"end\":5,\"text\":\"Go\\u0000ut\",\"type\":\"D\"}],\"source\":\"y\"}\n",
    );
    let said = mermen(folder.path(), "data convert odd.jsonl odd.xml");
    assert!(said.err.contains("2 character(s) that XML forbids were each replaced by U+FFFD"), "{}", said.err);
    assert!(
        said.err.contains("the key `source` was skipped 1 time(s) (first: odd.jsonl:1)") && !said.err.contains("not kept"),
        "{}",
        said.err
    );
    let back = mermen(folder.path(), "data convert odd.xml back.jsonl");
    assert_eq!(back.code, 0, "{}", back.err);

    write("other.jsonl", "{\"id\":\"1\",\"title\":\"Gout\",\"mentions\":[{\"start\":0,\"end\":4,\"text\":\"Ague\",\"type\":\"D\"}]}\n");
    let refused = mermen(folder.path(), "data convert other.jsonl other.txt");
    assert!(refused.code == 2 && refused.err.contains("--text-mismatch keep"), "{}", refused.err);
    assert!(!folder.path().join("other.txt").exists());
    let kept = mermen(folder.path(), "data convert other.jsonl other.txt --text-mismatch keep");
    assert!(kept.code == 0 && kept.err.contains("1 annotation(s) have another text"), "{}", kept.err);
}

#[test]
fn nothing_is_trained_on_documents_without_text_or_splits_without_mentions() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("good", GOLD);
    write("bare", "1\t0\t4\tGout\tDisease\tD1\n");
    write("none", "1|t|Gout hurts.\n1|a|A man.\n");
    write("crossing", "1|t|Gouts hurt.\n1|a|A man.\n1\t0\t4\tGout\tDisease\tD1\n");
    for (train, dev, told) in [
        ("bare", "good", "document 1 in the train split of the corpus `mine` has annotations and no text"),
        ("good", "bare", "document 1 in the dev split"),
        ("none", "good", "has no mention of type Disease to train on"),
        ("good", "none", "the dev split of the corpus `mine` has no mention of type Disease"),
        ("crossing", "good", "1 fit no tokens"),
    ] {
        let corpus = format!("{{name: mine, train: {train}, dev: {dev}, test: good}}");
        let rest = "embedding: {name: random-50}\n  model: {framework: mtl, layers: 1, hidden: 4}\n  train: {epochs: 1}";
        write("own.yaml", &format!("defaults:\n  data:\n    corpus: {corpus}\n  {rest}\n"));
        let said = mermen(folder.path(), "run own.yaml");
        assert!(said.code != 0 && said.err.contains(told) && !said.err.contains("  done:"), "{train} {dev}: {} {}", said.code, said.err);
    }
}
