//! A data folder, a registry whose mirrors are servers of the test, and what is downloaded in it.

use mermen::registry::{bytes_sha256, documents_sha256};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use zip::write::SimpleFileOptions;

pub const DOCUMENT: &str = "1|t|Nobel fever in mice\n1|a|Mice had nobel fever.\n1\t0\t11\tNobel fever\tDisease\tX01\n\n";

/// Text that does not compress to nothing, enough of it for several packets.
pub fn words() -> Vec<u8> {
    let mut state = 1u64;
    let mut text = String::new();
    while text.len() < 400_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text += &format!("{:x}\n", state >> 20);
    }
    text.into_bytes()
}

pub fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    zipped_by(zip::CompressionMethod::Deflated, members)
}

pub fn zipped_by(method: zip::CompressionMethod, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A data folder and a registry with a corpus `toy` of three files and a lexicon `words` of one, each with these mirrors.
pub struct Project {
    pub root: tempfile::TempDir,
}

impl Project {
    pub fn new(mirrors: &[String]) -> Self {
        let project = Self { root: tempfile::tempdir().unwrap() };
        let split = |name: &str| {
            let (sha256, documents) =
                (bytes_sha256([DOCUMENT.as_bytes()]), mermen::corpus::parse_documents("x", DOCUMENT.as_bytes()).unwrap());
            format!(
                "    {name}: {{path: corpora/toy/{name}.txt, sha256: {sha256}, documents_sha256: {}, bytes: {}, documents: 1, mentions: {{Disease: 1}}, mirrors: {mirrors:?}}}\n",
                documents_sha256(&documents),
                DOCUMENT.len(),
            )
        };
        let registry = format!(
            "corpora:\n  - name: toy\n    title: a toy\n    licence: none\n    normalisation: identifiers\n    home: [https://toy.example/]\n{}{}{}embeddings: []\nlexicons:\n  - {{name: words, title: words, path: lexicons/words.tsv, sha256: {}, mirrors: {mirrors:?}}}\n",
            split("train"),
            split("dev"),
            split("test"),
            bytes_sha256([words().as_slice()]),
        );
        std::fs::write(project.root.path().join("registry.yaml"), registry).unwrap();
        project
    }

    pub fn data(&self) -> PathBuf {
        self.root.path().join("D")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mermen"));
        command.args(["data", "get", "--registry", "registry.yaml", "--data-dir", "D"]).args(arguments).current_dir(self.root.path());
        for proxy in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "MERMEN_DATA"] {
            command.env_remove(proxy);
        }
        command
    }

    /// Exit code and standard error; standard output is for results, of which there are none.
    pub fn get(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        assert!(stdout.is_empty());
        (status.code(), String::from_utf8(stderr).unwrap())
    }

    /// Every file in the data folder, by its path there.
    pub fn files(&self) -> Vec<String> {
        fn walk(folder: &Path, root: &Path, out: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    walk(&path, root, out);
                } else {
                    out.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
                }
            }
        }
        let mut out = Vec::new();
        walk(&self.data(), &self.data(), &mut out);
        out.sort();
        out
    }

    pub fn words_are_whole(&self) {
        assert_eq!(self.files(), ["lexicons/words.tsv"]);
        assert!(std::fs::read(self.data().join("lexicons/words.tsv")).unwrap() == words());
        assert!(!self.data().join(".downloads").exists());
    }

    /// The one part of a download that is there, and nothing else but its note.
    pub fn only_a_part(&self) -> u64 {
        let files = self.files();
        assert_eq!(files.len(), 2, "{files:?}");
        assert!(files[0].starts_with(".downloads/words.tsv-") && files[0].ends_with(".part"), "{files:?}");
        std::fs::metadata(self.data().join(&files[0])).unwrap().len()
    }
}

pub const TOY: [&str; 3] = ["corpora/toy/dev.txt", "corpora/toy/test.txt", "corpora/toy/train.txt"];

pub fn toy_zip() -> Vec<u8> {
    let document = DOCUMENT.as_bytes();
    zipped(&[("Toy/README", b"hello"), ("Toy/a/train.txt", document), ("Toy/a/dev.txt", document), ("Toy/a/test.txt", document)])
}
