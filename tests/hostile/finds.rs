//! What fuzzing found, kept: `finds/TARGET/*` are files that once made a reader panic, hang or lie.

use super::read;
use mermen::corpus::{Format, parse_documents};
use mermen::embedding::{Source, load};
use mermen::experiment::spec_file::{self, Names};
use mermen::experiment::store::read_record;
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
        files(target).iter().for_each(|(_, bytes)| drop(read(format, bytes)));
    }
    files("detect").iter().for_each(|(_, bytes)| drop(parse_documents("x", bytes)));
    files("glove").iter().for_each(|(path, _)| drop(load(&Source::Text(path.clone()), 2, &wanted)));
    files("word2vec").iter().for_each(|(path, _)| drop(load(&Source::Word2vecBinary(path.clone()), 2, &wanted)));
    files("spec").iter().for_each(|(path, _)| drop(spec_file::load(path, &Names::default(), &[])));
    files("record").iter().for_each(|(path, _)| drop(read_record(path, None)));
}
