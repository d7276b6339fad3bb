//! Files that are too long, lines that never end, and more documents than anybody has.

use super::read;
use flate2::Compression;
use flate2::write::GzEncoder;
use mermen::corpus::{Document, FILE_LIMIT, Format, Mention, parse_documents, read_documents_as, sentences, write_stream};
use mermen::embedding::{Source, load};
use mermen::experiment::spec_file::{self, Names};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

const GIB: u64 = 1 << 30;

/// A file of 1 GiB without a line end; it takes no disk space.
fn one_endless_line(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    File::create(&path).unwrap().set_len(GIB).unwrap();
    path
}

#[test]
fn a_line_of_a_gigabyte_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = one_endless_line(folder.path(), "endless");
    let wanted = HashSet::from(["gout".to_owned()]);
    for format in [None].into_iter().chain(Format::ALL.map(Some)) {
        if format == Some(Format::Brat) {
            continue; // its file is called .ann
        }
        let said = read_documents_as(&path, format).unwrap_err().to_string();
        assert!(said.contains("endless` has more than 256 MiB"), "{said}");
    }
    let said = load(&Source::Text(path.clone()), 50, &wanted).unwrap_err().to_string();
    assert!(said.contains("line 1 is longer than"), "{said}");
    let said = load(&Source::Word2vecBinary(path.clone()), 50, &wanted).unwrap_err().to_string();
    assert!(said.contains("line 1"), "{said}");
    let said = spec_file::load(&path, &Names::default(), &[]).unwrap_err().to_string();
    assert!(said.contains("has at most"), "{said}");
    // What has no length is read up to the limit, not for ever.
    let said = mermen::corpus::read(Path::new("/dev/zero")).unwrap_err().to_string();
    assert!(said.contains("/dev/zero` has more than 256 MiB"), "{said}");
}

/// 1 GiB of zeros is 1 MiB packed.
#[test]
fn a_packed_file_that_never_ends_is_read_no_further_than_a_row_can_be() {
    let folder = tempfile::tempdir().unwrap();
    for (name, byte, said) in [("zeros.gz", 0, "longer than"), ("letters.gz", b'a', "longer than"), ("blanks.gz", b' ', "longer than")] {
        let path = folder.path().join(name);
        let mut packed = GzEncoder::new(File::create(&path).unwrap(), Compression::fast());
        let block = vec![byte; 1 << 20];
        for _ in 0..64 {
            packed.write_all(&block).unwrap();
        }
        packed.finish().unwrap();
        let error = load(&Source::Text(path), 50, &HashSet::new()).unwrap_err().to_string();
        assert!(error.contains(said), "{name}: {error}");
    }
}

/// The program in 2 GiB of address space: a file of 32 MiB in one line, outside ASCII, and one that asks for blanks without end.
#[test]
fn memory_is_bounded_by_a_multiple_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let line = "β æ ".repeat(((32 << 20) / 6) as usize);
    fs::write(folder.path().join("long.txt"), format!("1|t|{line}\n1|a|\n")).unwrap();
    let mut gaps = String::from("<collection><document><id>1</id>");
    for passage in 0..20_000 {
        gaps += &format!("<passage><offset>{}</offset><text>a</text></passage>", passage * 10_000);
    }
    gaps += "<passage><annotation><infon key='type'>X</infon><location offset='50000' length='1'/><text>a</text></annotation></passage>";
    gaps += "</document></collection>";
    fs::write(folder.path().join("gaps.xml"), gaps).unwrap();
    let convert = |from: &str, to: &str| {
        let script = format!("ulimit -v {}; exec \"$0\" data convert {from} {to}", 2 << 20);
        let output = Command::new("sh").args(["-c", &script, env!("CARGO_BIN_EXE_mermen")]).current_dir(folder.path()).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(convert("long.txt", "long.jsonl").0, Some(0));
    let (code, said) = convert("gaps.xml", "gaps.jsonl");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("gaps.xml:1:") && said.contains("go past the text"), "{said}");
}

/// `MERMEN_DOCUMENTS` says how many (50,000 where it is not set).
#[test]
fn very_many_tiny_documents_are_read() {
    let count: usize = std::env::var("MERMEN_DOCUMENTS").map_or(50_000, |n| n.parse().unwrap());
    let documents = (1..=count).map(|id| Document {
        id: id.to_string(),
        title: "Gout".to_owned(),
        abstract_text: "A.".to_owned(),
        mentions: vec![Mention {
            end: 4,
            text: "Gout".into(),
            entity_type: "Disease".into(),
            concept: Some("D1".into()),
            ..Mention::default()
        }],
        ..Document::default()
    });
    let documents: Vec<Document> = documents.collect();
    for format in Format::ALL {
        if format == Format::Brat {
            continue; // a pair of files a document
        }
        let mut bytes = Vec::new();
        write_stream(format, &documents, &mut bytes).unwrap();
        assert!(bytes.len() as u64 <= FILE_LIMIT, "{format}: {} bytes", bytes.len());
        let again = read(format, &bytes).unwrap();
        assert_eq!(again.len(), count, "{format}");
        assert!(again.last().is_some_and(|last| last.mentions[0].start == 0 && last.title == "Gout"), "{format}");
    }
}

/// One document of a hundred thousand sentences and mentions: no step may compare each with each.
#[test]
fn a_very_long_document_is_read_and_written_in_time() {
    const MENTIONS: usize = 100_000;
    let mut document = Document { id: "1".into(), title: "Gout".into(), ..Document::default() };
    for _ in 0..MENTIONS {
        let start = 5 + document.abstract_text.len();
        document.abstract_text += "Fever. ";
        let mention = Mention { start, end: start + 5, text: "Fever".into(), entity_type: "Disease".into(), ..Mention::default() };
        document.mentions.push(Mention { concept: Some("D1".into()), ..mention });
    }
    assert_eq!(sentences(0, &document).len(), 1 + MENTIONS);
    let documents = [document];
    for format in Format::ALL {
        let mut bytes = Vec::new();
        write_stream(format, &documents, &mut bytes).unwrap();
        if format == Format::Brat {
            continue;
        }
        let again = read(format, &bytes).unwrap();
        assert_eq!(again[0].mentions.len(), MENTIONS, "{format}");
    }
    let notes: String = (0..MENTIONS).map(|n| format!("N{n}\tReference T1 MESH:D{n}\tGout\n")).collect();
    let concept = parse_documents("x.ann", format!("T1\tDisease 0 4\tGout\n{notes}").as_bytes()).unwrap()[0].mentions[0].concept.clone();
    assert_eq!(concept.map(|concept| concept.split('|').count()), Some(MENTIONS));
}
