//! What a user reads when a file of word vectors is bad: the file, the place, what stood there, what to do.

use std::collections::HashSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzEncoder;
use insta::assert_snapshot;
use mermen::embedding::{Source, load};

/// A folder of bad files, named `FOLDER` in the messages.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// The chain of messages of the error that loading gives, with every word of the tests wanted.
    fn message(&self, source: &Source, dimension: usize) -> String {
        let wanted: HashSet<String> = ["ataxia", "the", "of"].map(str::to_owned).into();
        let error = load(source, dimension, &wanted).unwrap_err();
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            message += &format!(": {error}");
            cause = error.source();
        }
        message.replace(&self.0.path().display().to_string(), "FOLDER")
    }

    fn text(&self, text: &str, dimension: usize) -> String {
        self.message(&Source::Text(self.file("vectors.txt", text)), dimension)
    }

    fn binary(&self, bytes: &[u8], dimension: usize) -> String {
        self.message(&Source::Word2vecBinary(self.file("vectors.bin", bytes)), dimension)
    }

    fn senna(&self, words: &str, vectors: &str, dimension: usize) -> String {
        let (words, vectors) = (self.file("words.lst", words), self.file("embeddings.txt", vectors));
        self.message(&Source::Senna { words, vectors }, dimension)
    }
}

fn row(word: &str, numbers: &[f32]) -> Vec<u8> {
    let mut bytes = format!("{word} ").into_bytes();
    numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes
}

fn binary(header: &str, rows: &[Vec<u8>]) -> Vec<u8> {
    [header.as_bytes(), &rows.concat()].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    std::io::Read::read_to_end(&mut GzEncoder::new(bytes, Compression::default()), &mut packed).unwrap();
    packed
}

#[test]
fn a_file_that_is_missing_empty_or_a_folder() {
    let folder = Folder::new();
    assert_snapshot!(folder.message(&Source::Text(folder.0.path().join("absent.txt")), 50), @r#"FOLDER/absent.txt: the embedding file cannot be opened; check the path and the data folder, or fetch the file first: No such file or directory (os error 2)"#);
    assert_snapshot!(folder.text("", 50), @r#"FOLDER/vectors.txt: the embedding file is empty; fetch it again"#);
    assert_snapshot!(folder.message(&Source::Word2vecBinary(folder.0.path().to_owned()), 50), @r#"FOLDER: the embedding file cannot be opened; check the path and the data folder, or fetch the file first: Is a directory (os error 21)"#);
}

#[test]
fn a_dimension_that_is_not_the_expected() {
    let folder = Folder::new();
    assert_snapshot!(folder.text("the 1 2 3\nof 1 2 3\n", 2), @r#"FOLDER/vectors.txt: line 1: the vectors have 3 dimensions where 2 were expected; set the embedding's dimension to 3 or name the file of 2 dimensions"#);
    assert_snapshot!(folder.text("2 3\nthe 1 2 3\nof 1 2 3\n", 2), @r#"FOLDER/vectors.txt: line 1: the vectors have 3 dimensions where 2 were expected; set the embedding's dimension to 3 or name the file of 2 dimensions"#);
    assert_snapshot!(folder.binary(&binary("1 3\n", &[row("the", &[1.0, 2.0, 3.0])]), 2), @r#"FOLDER/vectors.bin: line 1: the vectors have 3 dimensions where 2 were expected; set the embedding's dimension to 3 or name the file of 2 dimensions"#);
    assert_snapshot!(folder.senna("the\n", "1 2 3\n", 2), @r#"FOLDER/embeddings.txt: line 1: the vectors have 3 dimensions where 2 were expected; set the embedding's dimension to 3 or name the file of 2 dimensions"#);
    assert_snapshot!(folder.message(&Source::Random { dimension: 100 }, 50), @r#"random vectors of 100 dimensions where 50 were expected; set both the source's and the embedding's dimension to the same number"#);
    assert_snapshot!(folder.message(&Source::Random { dimension: 0 }, 0), @r#"an embedding of 0 dimensions was asked for; set its dimension to that of the vectors, 1 or more"#);
}

#[test]
fn a_line_of_the_wrong_number_of_columns_even_where_its_word_is_not_wanted() {
    let folder = Folder::new();
    assert_snapshot!(folder.text("the 1 2\nunwanted 1\nof 1 2\n", 2), @r#"FOLDER/vectors.txt: line 2: numbers after the word "unwanted": found 1, expected 2; repair or remove the line, or fetch the file again"#);
    assert_snapshot!(folder.text("the 1 2\nunwanted 1 2 3\nof 1 2\n", 2), @r#"FOLDER/vectors.txt: line 2: numbers after the word "unwanted": found 3, expected 2; repair or remove the line, or fetch the file again"#);
    assert_snapshot!(folder.senna("the\nof\n", "1 2\n1\n\n", 2), @r#"FOLDER/embeddings.txt: line 2: numbers found: 1, expected: 2; repair the line, or fetch the file again"#);
}

#[test]
fn a_bad_number() {
    let folder = Folder::new();
    assert_snapshot!(folder.text("the 1 2\nof 1 two\n", 2), @r#"FOLDER/vectors.txt: line 2: number 2 of the word "of" is "two", expected a finite decimal number; repair or remove the row, or fetch the file again"#);
    assert_snapshot!(folder.text("the 1 2\nof 1 NaN\n", 2), @r#"FOLDER/vectors.txt: line 2: number 2 of the word "of" is "NaN", expected a finite decimal number; repair or remove the row, or fetch the file again"#);
    assert_snapshot!(folder.binary(&binary("2 2\n", &[row("the", &[1.0, 2.0]), row("of", &[1.0, f32::INFINITY])]), 2), @r#"FOLDER/vectors.bin: byte 23: number 2 of the word "of" is "inf", expected a finite decimal number; repair or remove the row, or fetch the file again"#);
    assert_snapshot!(folder.senna("the\nof\n", "1 2\n1 0,5\n", 2), @r#"FOLDER/embeddings.txt: line 2: number 2 of the word "of" is "0,5", expected a finite decimal number; repair or remove the row, or fetch the file again"#);
}

#[test]
fn half_a_file() {
    let folder = Folder::new();
    assert_snapshot!(folder.text("the 1.25 2.5\nunwanted 1.2", 2), @r#"FOLDER/vectors.txt: line 2: the file ends in the middle of row 2; it is cut short: fetch it again and compare its size or digest"#);
    assert_snapshot!(folder.text("3 2\nthe 1.25 2.5\nunwanted 1.2", 2), @r#"FOLDER/vectors.txt: line 3: the file ends in the middle of row 2 of 3; it is cut short: fetch it again and compare its size or digest"#);
    assert_snapshot!(folder.text("3 2\nthe 1.25 2.5\n", 2), @r#"FOLDER/vectors.txt: rows promised by line 1: 3, rows in the file: 1; it is cut short, or rows were removed: fetch it again or correct the header"#);
    let whole = binary("2 2\n", &[row("unwanted", &[1.0, 2.0]), row("of", &[1.0, 2.0])]);
    assert_snapshot!(folder.binary(&whole[..whole.len() / 2], 2), @r#"FOLDER/vectors.bin: byte 16: the file ends in the middle of row 1 of 2; it is cut short: fetch it again and compare its size or digest"#);
    assert_snapshot!(folder.binary(&whole[..whole.len() - 10], 2), @r#"FOLDER/vectors.bin: byte 22: the file ends in the middle of row 2 of 2; it is cut short: fetch it again and compare its size or digest"#);
    let packed = gzip((0..2000).map(|n| format!("word{n} 1.25 2.5\n")).collect::<String>().as_bytes());
    let packed = folder.file("vectors.txt.gz", &packed[..packed.len() / 2]);
    assert_snapshot!(folder.message(&Source::Text(packed), 2), @r#"FOLDER/vectors.txt.gz: the compressed data ends early, after 16856 unpacked bytes; the file is cut short: fetch it again and compare its size or digest"#);
    assert_snapshot!(folder.senna("the\nof\nataxia\n", "1 2\n1 2\n", 2), @r#"FOLDER/words.lst: words: 3, but FOLDER/embeddings.txt: vectors: 2; line n of one belongs to line n of the other: fetch both files again"#);
    assert_snapshot!(folder.senna("the\n", "1 2\n1 2\n1 2\n", 2), @r#"FOLDER/words.lst: words: 1, but FOLDER/embeddings.txt: vectors: 3; line n of one belongs to line n of the other: fetch both files again"#);
}

#[test]
fn a_header_that_promises_another_count() {
    let folder = Folder::new();
    assert_snapshot!(folder.text("1 2\nthe 1 2\nof 1 2\n", 2), @r#"FOLDER/vectors.txt: rows promised by line 1: 1, but the file goes on at line 3; correct the header, or fetch the file again"#);
    assert_snapshot!(folder.binary(&binary("1 2\n", &[row("the", &[1.0, 2.0]), row("of", &[1.0, 2.0])]), 2), @r#"FOLDER/vectors.bin: rows promised by line 1: 1, but the file goes on at byte 16; correct the header, or fetch the file again"#);
}

#[test]
fn a_file_of_another_format() {
    let folder = Folder::new();
    assert_snapshot!(folder.binary(b"the 0.5 0.25\nof 1 2\n", 2), @r#"FOLDER/vectors.bin: line 1: found "the 0.5 0.25", expected word2vec's binary header of two whole numbers, rows and dimension; if the file is text, name its format `text`"#);
    let bytes = binary("2 2\n", &[row("the", &[1.0, 2.0]), row("of", &[1.0, 2.0])]);
    assert_snapshot!(folder.message(&Source::Text(folder.file("named-text.txt", bytes)), 2), @r#"FOLDER/named-text.txt: line 2: found bytes that no text has; if the file is word2vec's binary format, name its format `word2vec-binary`"#);
    assert_snapshot!(folder.text(&"x".repeat(1 << 20), 2), @r#"FOLDER/vectors.txt: line 1 is longer than 65664 bytes, which no row of 2 numbers is; check that this is a file of word vectors"#);
    assert_snapshot!(folder.binary(&binary("9 2\n", &[row("the", &[1.0, 2.0]), vec![b'x'; 1 << 20]]), 2), @r#"FOLDER/vectors.bin: byte 16: no blank ends the word of row 2 within 8192 bytes; the header's dimension does not fit the rows, or the file is damaged: fetch it again"#);
    let damaged: Vec<u8> =
        gzip(b"the 1 2\nof 1 2\n").into_iter().enumerate().map(|(at, byte)| if at > 10 { !byte } else { byte }).collect();
    assert_snapshot!(folder.message(&Source::Text(folder.file("damaged.gz", damaged)), 2), @r#"FOLDER/damaged.gz: line 1: the embedding file cannot be read on from here; if the disk is sound, the file is damaged: fetch it again: corrupt deflate stream"#);
}

#[test]
fn a_relative_path_is_named_as_given() {
    let error = load(&Source::Text(Path::new("no/such/vectors.txt").into()), 2, &HashSet::new()).unwrap_err();
    assert!(error.to_string().starts_with("no/such/vectors.txt: "), "{error}");
}
