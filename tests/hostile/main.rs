//! Files that mean harm, or were damaged so that they seem to: a clear error or the right reading, in bounded memory and time.

mod finds;
mod size;
mod text;

use mermen::corpus::{CorpusError, Document, Format, parse_documents_as};

/// A document with a mention, and what each format writes of it.
fn example() -> (Vec<Document>, Vec<(Format, String)>) {
    let pubtator = "1|t|Gout in β-thalassæmia\n1|a|Gout is rare. So is fever.\n1\t0\t4\tGout\tDisease\tD006073\n";
    let documents = mermen::corpus::pubtator::read("example", pubtator).unwrap();
    let written = Format::ALL.map(|format| {
        let mut bytes = Vec::new();
        mermen::corpus::write_stream(format, &documents, &mut bytes).unwrap();
        (format, String::from_utf8(bytes).unwrap())
    });
    (documents, written.into())
}

fn read(format: Format, bytes: &[u8]) -> Result<Vec<Document>, CorpusError> {
    parse_documents_as("x", bytes, Some(format))
}
