//! What files from elsewhere hold, in every format that can hold it: what is read, what is noted, what is refused.

mod structures;
mod texts;

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::io::Write;
use std::path::Path;

const WITH_OFFSETS: [Format; 4] = [Format::PubTator, Format::BiocXml, Format::BiocJson, Format::JsonLines];
const IN_ONE_FILE: [Format; 5] = [Format::PubTator, Format::BiocXml, Format::BiocJson, Format::JsonLines, Format::Conll];

fn mention(start: usize, end: usize, text: &str) -> Mention {
    Mention { start, end, text: text.into(), entity_type: "Disease".into(), concept: Some("D1".into()), ..Mention::default() }
}

fn document(id: &str, title: &str, abstract_text: &str, mentions: Vec<Mention>) -> Document {
    Document { id: id.into(), title: title.into(), abstract_text: abstract_text.into(), mentions, ..Document::default() }
}

/// Two documents, with letters outside ASCII and outside the first plane before their mentions.
fn documents() -> Vec<Document> {
    vec![
        document("1", "β-gout 𝛽 in men", "Gout hurts.", vec![mention(2, 6, "gout"), mention(16, 20, "Gout")]),
        document("2", "Asthma.", "Sjögren’s came.", vec![mention(0, 6, "Asthma"), mention(8, 17, "Sjögren’s")]),
    ]
}

fn written(format: Format, documents: &[Document]) -> Vec<u8> {
    let mut out = Vec::new();
    write_stream(format, documents, &mut out).unwrap();
    out
}

fn read(format: Format, bytes: &[u8]) -> Result<(Vec<Document>, Notes), CorpusError> {
    parse_documents_with("x", bytes, &ReadOptions { format: Some(format), ..ReadOptions::default() })
}

fn read_so(format: Format, bytes: &[u8], text_mismatch: TextMismatch) -> Result<(Vec<Document>, Notes), CorpusError> {
    parse_documents_with("x", bytes, &ReadOptions { format: Some(format), text_mismatch, ..ReadOptions::default() })
}

fn whats(notes: &Notes) -> Vec<(What, usize)> {
    notes.iter().map(|note| (note.what.clone(), note.count)).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The files of a brat folder.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).unwrap());
    folder
}
