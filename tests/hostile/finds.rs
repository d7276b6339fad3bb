//! What fuzzing found, kept: `finds/TARGET/*` are files that once made a reader panic, hang or lie.

use super::read;
use mermen::corpus::{Format, parse_documents, write_stream};
use mermen::embedding::{Source, load};
use mermen::experiment::spec_file::{self, Names};
use mermen::predict::model_file;
use mermen::run::store::read_record;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

fn files(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/finds").join(target);
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| (entry.path(), fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn every_reader_answers_to_what_was_found() {
    let formats = [
        ("pubtator", Format::PubTator),
        ("bioc_xml", Format::BiocXml),
        ("bioc_json", Format::BiocJson),
        ("conll", Format::Conll),
        ("brat", Format::Brat),
        ("jsonl", Format::JsonLines),
    ];
    let wanted = HashSet::from(["gout".to_owned()]);
    for (target, format) in formats {
        for (path, bytes) in files(target) {
            // What is read is kept whole by JSON Lines.
            if let Ok(documents) = read(format, &bytes) {
                let mut kept = Vec::new();
                write_stream(Format::JsonLines, &documents, &mut kept).unwrap();
                assert_eq!(read(Format::JsonLines, &kept).unwrap(), documents, "{}", path.display());
            }
        }
    }
    files("detect").iter().for_each(|(_, bytes)| drop(parse_documents("x", bytes)));
    files("glove").iter().for_each(|(path, _)| drop(load(&Source::Text(path.clone()), 2, &wanted)));
    files("word2vec").iter().for_each(|(path, _)| drop(load(&Source::Word2vecBinary(path.clone()), 2, &wanted)));
    files("spec").iter().for_each(|(path, _)| drop(spec_file::load(path, &Names::default(), &[])));
    files("record").iter().for_each(|(path, _)| drop(read_record(path, None)));
    for (path, _) in files("model_file") {
        // Signed as a forger would. What is read as a model can be written and read again.
        if let Ok(model) = model_file::read(&path) {
            let copy = tempfile::NamedTempFile::new().unwrap();
            model_file::write(copy.path(), &model).unwrap();
            model_file::read(copy.path()).unwrap();
        }
    }
}
