//! `mermen export model` and `mermen predict`, seen from outside, on the corpus that comes with the source.

use flate2::Compression;
use flate2::write::GzEncoder;
use mermen::corpus::{self, Document, pubtator};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

const EXPERIMENT: &str = "\
name: tiny
defaults:
  data: {corpus: mini}
  embedding.name: mini-20
  model: {layers: 1, hidden: 16}
  train: {epochs: 4, batch: 4, optimizer: adam, learning_rate: 0.01}
";

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

fn mermen(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mermen"));
    command.args(arguments).current_dir(folder).env_remove("MERMEN_DATA");
    command
}

/// Exit code, standard output, standard error.
fn outcome(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn call(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    outcome(mermen(folder, arguments).output().unwrap())
}

/// With this on standard input.
fn call_with(folder: &Path, arguments: &[&str], input: &[u8]) -> (Option<i32>, String, String) {
    let piped = || Stdio::piped();
    let mut child = mermen(folder, arguments).stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writing = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    outcome(output)
}

/// A folder with one trained run and its model file `m.mermen`, made once for all tests.
fn trained() -> &'static Path {
    static TRAINED: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = TRAINED.get_or_init(|| {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("tiny.yaml"), EXPERIMENT).unwrap();
        let data = data().display().to_string();
        let (code, _, err) = call(root.path(), &["run", "tiny.yaml", "--data-dir", &data]);
        assert_eq!(code, Some(0), "{err}");
        let (code, out, err) = call(root.path(), &["export", "model", &run_id(root.path()), "--output", "m.mermen", "--data-dir", &data]);
        assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
        assert!(err.starts_with("m.mermen: run ") && err.contains("of mini"), "{err}");
        root
    });
    made.path()
}

fn run_id(root: &Path) -> String {
    std::fs::read_dir(root.join("runs")).unwrap().flatten().next().unwrap().file_name().into_string().unwrap()
}

/// The test documents, as PubTator without annotations.
fn test_text() -> String {
    let mut documents = corpus::read(data().join("mini/test.PubTator.txt")).unwrap();
    documents.iter_mut().for_each(|document| {
        document.mentions.clear();
        document.relations.clear();
    });
    written(&documents)
}

fn written(documents: &[Document]) -> String {
    let mut text = Vec::new();
    pubtator::write(documents, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn predict_with<'a>(model: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["predict", "--model", model], more].concat()
}

#[test]
fn predictions_are_those_of_the_run_and_are_scored() {
    let root = trained();
    std::fs::write(root.join("scored.txt"), test_text()).unwrap();
    let (code, out, err) = call(root, &predict_with("m.mermen", &["--input", "scored.txt", "--output", "scored.pred", "--threads", "2"]));
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert!(err.contains("document(s) read as pubtator: "), "{err}");
    let spans = |path: &Path| -> Vec<(String, usize, usize)> {
        let documents = corpus::read(path).unwrap();
        documents.iter().flat_map(|d| d.mentions.iter().map(|m| (d.id.clone(), m.start, m.end))).collect()
    };
    let own = root.join("runs").join(run_id(root)).join("work/test.mer.pubtator");
    assert_eq!(spans(&root.join("scored.pred")), spans(&own));
    let gold = data().join("mini/test.PubTator.txt").display().to_string();
    let (code, table, err) = call(root, &["evaluate", "--gold", &gold, "--pred", "scored.pred"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(table.contains("mention"), "{table}");
}

#[test]
fn a_run_and_its_model_file_say_the_same() {
    let root = trained();
    let data = data().display().to_string();
    let with = |model: &str| call_with(root, &predict_with(model, &["--data-dir", &data]), test_text().as_bytes()).1;
    let from_file = with("m.mermen");
    let id = run_id(root);
    assert!(from_file.contains("\tDisease\t"));
    assert!(with(&id[..6]) == from_file && with(&format!("runs/{id}")) == from_file);
}

#[test]
fn every_format_comes_in_and_goes_out_with_the_same_mentions() {
    let root = trained();
    let text = test_text();
    std::fs::write(root.join("plain.txt"), &text).unwrap();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    std::fs::write(root.join("packed.gz"), packed.finish().unwrap()).unwrap();
    for (input, format) in [("in.xml", "bioc-xml"), ("in.jsonl", "jsonl")] {
        assert_eq!(call(root, &["data", "convert", "plain.txt", input, "--to", format]).0, Some(0));
    }
    let expected = call(root, &predict_with("m.mermen", &["--input", "plain.txt"])).1;
    for input in ["packed.gz", "in.xml", "in.jsonl"] {
        assert!(call(root, &predict_with("m.mermen", &["--input", input])).1 == expected, "{input}");
    }
    std::fs::write(root.join("expected.txt"), &expected).unwrap();
    let places = |path: &Path| -> Vec<(String, usize, usize, String)> {
        let documents = corpus::read(path).unwrap();
        let of = |d: &Document| -> Vec<_> { d.mentions.iter().map(|m| (d.id.clone(), m.start, m.end, m.text.clone())).collect() };
        documents.iter().flat_map(of).collect()
    };
    let mut expected = places(&root.join("expected.txt"));
    expected.sort();
    for to in ["bioc-xml", "jsonl", "brat"] {
        let output = format!("out-{to}");
        let (code, _, err) = call(root, &predict_with("m.mermen", &["--input", "plain.txt", "--output", &output, "--to", to]));
        assert_eq!(code, Some(0), "{err}");
        let mut found = places(&root.join(&output));
        found.sort();
        assert!(found == expected, "{to}");
    }
}

/// A folder, a pattern and a file are one input after the other; the output's name says its format.
#[test]
fn several_inputs_are_one_output_and_nothing_readable_is_a_failure() {
    let root = trained();
    std::fs::create_dir_all(root.join("notes")).unwrap();
    let documents = corpus::read(data().join("mini/test.PubTator.txt")).unwrap();
    for (name, document) in [("b", &documents[1]), ("a", &documents[0])] {
        std::fs::write(root.join(format!("notes/{name}.txt")), document.text()).unwrap();
    }
    std::fs::write(root.join("notes/.hidden"), "Not this.").unwrap();
    let of_folder = call(root, &predict_with("m.mermen", &["--input", "notes", "--output", "found.tsv"]));
    assert_eq!(of_folder.0, Some(0), "{}", of_folder.2);
    let table = std::fs::read_to_string(root.join("found.tsv")).unwrap();
    assert!(
        table.starts_with("document\tstart\tend\ttext\t")
            && table.lines().skip(1).all(|row| row.starts_with("a.1\t") || row.starts_with("b.1\t"))
    );
    assert!(of_folder.2.contains("2 document(s) read as text") && !of_folder.2.contains("per second"), "{}", of_folder.2);
    let of_pattern = call(root, &predict_with("m.mermen", &["--input", "notes/*.txt", "--to", "tsv"]));
    assert!(of_pattern.1 == table, "a pattern that no shell has opened");
    let page = call(root, &predict_with("m.mermen", &["--input", "notes/a.txt", "notes/b.txt", "--output", "look.html"]));
    assert_eq!(page.0, Some(0), "{}", page.2);
    assert!(std::fs::read_to_string(root.join("look.html")).unwrap().contains("<h2>b.1</h2>"));

    std::fs::create_dir_all(root.join("broken")).unwrap();
    std::fs::write(root.join("broken/one.jsonl"), "{\"id\": \n").unwrap();
    std::fs::write(root.join("broken/two.jsonl"), "{\"id\": 3\n").unwrap();
    let (code, _, err) = call(root, &predict_with("m.mermen", &["--input", "broken", "--format-in", "jsonl", "--to", "jsonl"]));
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("no document could be read") && err.contains("one.jsonl") && err.contains("two.jsonl"), "{err}");
    let (code, _, err) = call(root, &predict_with("m.mermen", &["--input", "nothing/*.txt"]));
    assert!(code == Some(2) && err.contains("no file fits the pattern `nothing/*.txt`"), "{err}");
}

#[test]
fn plain_text_and_pubmed_are_annotated_with_names() {
    let root = trained();
    let documents = corpus::read(data().join("mini/test.PubTator.txt")).unwrap();
    let text: String = documents.iter().map(|document| format!("{}\n\n", document.text())).collect();
    let (code, out, err) = call_with(root, &predict_with("m.mermen", &["--to", "jsonl"]), text.as_bytes());
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("read as text"), "{err}");
    assert_eq!(out.lines().count(), documents.len());
    assert!(out.starts_with("{\"id\":\"1\""), "{out}");
    let concept = out.split("\"concept\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();

    std::fs::write(root.join("names.tsv"), format!("# id\tname\n{concept}\tInvented name\n")).unwrap();
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let article = |(id, document): (usize, &Document)| {
        format!(
            "<PubmedArticle><MedlineCitation><PMID>{id}</PMID><Article><ArticleTitle>{}</ArticleTitle><Abstract><AbstractText>{}</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>\n",
            escaped(&document.title),
            escaped(&document.abstract_text)
        )
    };
    let set: String = documents.iter().enumerate().map(article).collect();
    let set = format!("<?xml version=\"1.0\"?>\n<PubmedArticleSet>\n{set}</PubmedArticleSet>\n");
    let (code, out, err) = call_with(root, &predict_with("m.mermen", &["--to", "jsonl", "--names", "names.tsv"]), set.as_bytes());
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("read as pubmed-xml") && !err.contains("skipped"), "{err}");
    assert!(out.contains("\"name\":\"Invented name\",\"confidence\":"), "{out}");
}

#[test]
fn threads_do_not_change_the_output() {
    let root = trained();
    let text = test_text().repeat(4);
    let with = |threads: &str| call_with(root, &predict_with("m.mermen", &["--threads", threads]), text.as_bytes()).1;
    let one = with("1");
    assert!(one.len() > 1000 && with("2") == one && with("5") == one);
}

#[test]
fn broken_documents_are_skipped_and_strict_stops_at_them() {
    let root = trained();
    let text = format!("{}b|t|One\nb|a|Two\nb\t0\t99\tOne\tDisease\n\nc|t|Three\nc|a|Four\n", test_text());
    let (code, out, err) = call_with(root, &predict_with("m.mermen", &[]), text.as_bytes());
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("c|t|Three") && !out.contains("b|t|One"));
    assert!(err.starts_with("skipped: standard input:") && err.contains("document b: offsets 0..99"), "{err}");
    assert!(err.trim_end().ends_with("; 1 skipped"), "{err}");

    let (code, _, err) = call_with(root, &predict_with("m.mermen", &["--strict", "--output", "strict.txt"]), text.as_bytes());
    assert_eq!(code, Some(2), "{err}");
    assert!(err.starts_with("error: standard input:") && err.contains("document b"), "{err}");
    assert!(!root.join("strict.txt").exists(), "nothing half-written");
}

#[test]
fn wrong_usage_and_bad_files_exit_2_and_say_what_to_do() {
    let root = trained();
    let model = std::fs::read(root.join("m.mermen")).unwrap();
    std::fs::write(root.join("cut.mermen"), &model[..model.len() / 2]).unwrap();
    let format = br#"\"format\":1,"#;
    let at = model.windows(format.len()).position(|window| window == format).unwrap();
    let mut newer = model.clone();
    newer[at + format.len() - 2] = b'9';
    std::fs::write(root.join("newer.mermen"), newer).unwrap();
    std::fs::write(root.join("page.html"), "<html></html>").unwrap();
    std::fs::write(root.join("in.txt"), "1|t|A\n1|a|B\n").unwrap();
    let from = |model: &'static str| ["predict", "--model", model, "--input", "in.txt"];
    let mut told = Vec::new();
    for arguments in [
        &from("newer.mermen")[..],
        &from("cut.mermen"),
        &from("in.txt"),
        &from("ffffff"),
        &["predict", "--model", "m.mermen", "--input", "gone.txt"],
        &["predict", "--model", "m.mermen", "--input", "page.html"],
        &["predict", "--model", "m.mermen", "--input", "in.txt", "--output", "none/out.txt"],
        &["predict", "--model", "m.mermen", "--input", "in.txt", "--to", "brat"],
        &["predict", "--model", "m.mermen", "--input", "in.txt", "--names", "in.txt"],
        &["predict", "--model", "m.mermen", "--input", "in.txt", "--reconcile", "unoin"],
        &["export", "model", "gone", "--output", "x"],
    ] {
        let (code, out, err) = call(root, arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
        // The name of a temporary folder is another one each time.
        let lines: Vec<&str> = err.lines().map(|line| line.split(" at path ").next().unwrap_or(line)).collect();
        told.push(lines.join("\n").replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    }
    insta::assert_snapshot!("bad_files", told.join("\n"));
}
