//! `mermen data convert`: a corpus from one format into another.

use crate::cli::reading::{ColumnArgs, KeyArgs, text_mismatch};
use crate::cli::say;
use crate::corpus::{ConversionLoss, Document, Format, ReadOptions, TextMismatch, bioc_xml, read_documents_with, write_documents};
use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// Formats: pubtator, bioc-xml, bioc-json, conll, brat (a folder of .txt and .ann files), jsonl. What the output cannot hold
/// is counted on standard error.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  mermen data convert CDR_TestSet.PubTator.txt test.conll
  mermen data convert corpus.xml annotated --to brat
  mermen data convert tagged.tsv tagged.PubTator.txt --from conll --to pubtator")]
pub struct Args {
    /// File to read, or folder of brat's files
    #[arg(value_name = "INPUT")]
    input: PathBuf,
    /// File to write, or for brat a new folder; it gets its name when it is whole
    #[arg(value_name = "OUTPUT")]
    output: PathBuf,
    /// Format of the input [default: detected from its content]
    #[arg(long, value_name = "F")]
    from: Option<Format>,
    /// Format of the output [default: by its file name: .xml, .json, .jsonl, .conll, .iob, .tsv, .txt, .pubtator]
    #[arg(long, value_name = "F")]
    to: Option<Format>,
    /// What becomes of an annotation whose text is not the document's at its place: respelt (one in another spelling takes the document's
    /// text, any other refuses the file), keep (it takes the document's text), drop (it is left out), refuse
    #[arg(long, value_name = "CHOICE", default_value = TextMismatch::default().name(), value_parser = text_mismatch(), hide_possible_values = true)]
    text_mismatch: TextMismatch,
    #[command(flatten)]
    columns: ColumnArgs,
    #[command(flatten)]
    keys: KeyArgs,
}

/// Converts, and says what the output, as it is read back, does not have of the input.
///
/// # Errors
/// An input that cannot be read, an output that cannot be written or whose format is not known.
pub fn run(args: &Args) -> anyhow::Result<u8> {
    let to = match args.to {
        Some(format) => format,
        None => format_of_name(&args.output).with_context(|| {
            let names = Format::ALL.map(Format::name).join(", ");
            format!("the name `{}` does not imply a format; give --to with one of {names}", args.output.display())
        })?,
    };
    let columns = args.columns.columns.clone();
    let options = ReadOptions { format: args.from, text_mismatch: args.text_mismatch, columns, keys: args.keys.keys(), ..ReadOptions::default() };
    let (documents, notes) = read_documents_with(&args.input, &options)?;
    notes.lines().iter().for_each(|line| say(&format!("note: {line}")));
    let written = write_documents(to, &documents, &args.output)?;
    let mentions: usize = documents.iter().map(|document| document.mentions.len()).sum();
    say(&format!("{}: {} document(s), {mentions} mention(s) as {to}", args.output.display(), documents.len()));
    let loss = ConversionLoss::between(&documents, &written);
    if !loss.is_nothing() {
        say(&format!("not kept, since {to} has no place for them: {loss}"));
    }
    let replaced = if to == Format::BiocXml { forbidden_in_xml(&documents) } else { 0 };
    if replaced > 0 {
        say(&format!("note: {replaced} character(s) that XML forbids were each replaced by U+FFFD"));
    }
    Ok(0)
}

/// Characters of ids and texts that XML has no way to write.
fn forbidden_in_xml(documents: &[Document]) -> usize {
    documents.iter().map(bioc_xml::forbidden_in).sum()
}

/// The format that a file's name implies.
fn format_of_name(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "xml" => Some(Format::BiocXml),
        "json" => Some(Format::BiocJson),
        "jsonl" | "ndjson" => Some(Format::JsonLines),
        "conll" | "iob" | "iob2" | "tsv" => Some(Format::Conll),
        "txt" | "pubtator" => Some(Format::PubTator),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
