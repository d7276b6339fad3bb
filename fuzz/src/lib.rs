//! What the targets have in common: what must hold of any bytes that a reader takes.

use mermen::corpus::{
    Document, Format, Normalisation, ReadOptions, TextMismatch, align_document, normalise, parse_documents_as, parse_documents_with, sentences,
    write_stream,
};
use mermen::evaluate::{Gold, differences, joined_by_id};
use std::cell::RefCell;
use std::fs;
use std::path::Path;

/// Any bytes are an error or documents. Documents can be split, aligned, normalised, written as every format, and read again; JSON Lines
/// keeps all of them.
pub fn documents(bytes: &[u8], format: Option<Format>) {
    match parse_documents_as("fuzz", bytes, format) {
        Ok(documents) => all_can_be_done_with(documents),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    // What is scored may lie anywhere; it is counted and noted, and nothing more is done with it.
    let options = ReadOptions { format, text_mismatch: TextMismatch::Score, ..ReadOptions::default() };
    if let Ok((documents, notes)) = parse_documents_with("fuzz", bytes, &options) {
        let documents = joined_by_id(documents);
        let gold = Gold::new(&documents, &["Disease".to_owned()]);
        gold.mentions(&documents);
        gold.concepts(&documents);
        differences(&documents, &documents);
        notes.lines();
    }
}

fn all_can_be_done_with(mut documents: Vec<Document>) {
    for (at, document) in documents.iter().enumerate() {
        let sentences = sentences(at, document);
        let aligned = align_document(&sentences, &document.mentions);
        let laid: usize = aligned.iter().map(|aligned| aligned.spans.len() + aligned.unaligned.len()).sum();
        assert_eq!(laid, document.mentions.len(), "each mention is aligned, or said not to be, once");
    }
    for format in Format::ALL {
        let mut written = Vec::new();
        write_stream(format, &documents, &mut written).expect("memory can be written to");
        if format == Format::Brat {
            continue;
        }
        let again = parse_documents_as("again", &written, Some(format));
        if format == Format::JsonLines {
            assert_eq!(again.expect("what was written can be read"), documents);
        } else if format != Format::Conll {
            // A concept that looks like a tag is written as a column of CoNLL that is refused when it is read.
            assert!(again.is_ok(), "{format}: {:?}", again.err());
        }
    }
    normalise(&mut documents, Normalisation::Ncbi);
}

/// Calls `read` with the path of a file of these bytes; the file is in memory where the system has such a folder.
pub fn in_a_file<T>(bytes: &[u8], read: impl FnOnce(&Path) -> T) -> T {
    thread_local! {
        static FOLDER: RefCell<Option<tempfile::TempDir>> = const { RefCell::new(None) };
    }
    FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(|| {
            let memory = Path::new("/dev/shm");
            let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
            made.expect("a temporary folder")
        });
        let path = folder.path().join("fuzz.yaml");
        fs::write(&path, bytes).expect("a temporary file");
        read(&path)
    })
}
