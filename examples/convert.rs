//! Reads a corpus in any format and writes it in another, with what the other format could not hold:
//!
//! `cargo run --release --no-default-features --example convert -- INPUT FORMAT OUTPUT`

use mermen::corpus::{ConversionLoss, Format, ReadOptions, read_documents_with, write_documents};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, format, output] = &arguments[..] else { return Err("usage: convert INPUT FORMAT OUTPUT".into()) };
    let format: Format = format.parse()?;
    let (documents, notes) = read_documents_with(Path::new(input), &ReadOptions::default())?;
    for note in notes.lines() {
        eprintln!("note: {note}");
    }
    // The file gets its name when it was read back: what was read back is what the output holds.
    let written = write_documents(format, &documents, Path::new(output))?;
    let loss = ConversionLoss::between(&documents, &written);
    if !loss.is_nothing() {
        eprintln!("not in {output}: {loss}");
    }
    println!("{} documents in {output}", written.len());
    Ok(())
}
