//! Documents to brat's pairs of files.

use super::file_name::file_stem;
use super::{INDIVIDUAL, NO_DATABASE};
use crate::corpus::bioc::{locations_of, words_of};
use crate::corpus::document::{CharIndex, Document};
use crate::corpus::pubtator::one_line;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// White space turned into `_`: types have none.
fn one_word(text: &str) -> String {
    text.replace(char::is_whitespace, "_")
}

/// Writes two files a document into `folder`, which is there; a document without text gets its `.ann` only.
///
/// What [`super::read_path`] makes of it has every mention, with white space in types turned into `_` and that around ids gone.
///
/// # Errors
/// When a file of the folder cannot be written.
pub fn write_folder(documents: &[Document], folder: &Path) -> io::Result<()> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for document in documents {
        let time = times.entry(&document.id).or_default();
        *time += 1;
        write_pair(document, *time, &|_| Remarks::default(), folder)?;
    }
    Ok(())
}

/// What may be said of a mention beside its type and its concept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// The name of the concept, in its joints if it has several ids; the mention's text stands for it where there is none.
    pub name: Option<String>,
    /// A note for annotators.
    pub note: Option<String>,
}

/// Writes the two files of one document into `folder`, beside those of documents with the same id; `remarks` are of the mention with
/// that index.
///
/// # Errors
/// When a file of the folder cannot be written.
pub fn write_document(document: &Document, remarks: &dyn Fn(usize) -> Remarks, folder: &Path) -> io::Result<()> {
    let is_free = |time: &usize| !folder.join(format!("{}.ann", file_stem(&document.id, *time))).exists();
    write_pair(document, (1..).find(is_free).unwrap_or(1), remarks, folder)
}

fn write_pair(document: &Document, time: usize, remarks: &dyn Fn(usize) -> Remarks, folder: &Path) -> io::Result<()> {
    let path = |extension: &str| folder.join(format!("{}.{extension}", file_stem(&document.id, time)));
    if !document.is_textless() {
        // A carriage return would be read as a part of a line end.
        fs::write(path("txt"), format!("{}\n{}", one_line(&document.title), document.abstract_text.replace('\r', " ")))?;
    }
    let mut out = BufWriter::new(File::create(path("ann"))?);
    write_remarked(document, remarks, &mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(())
}

/// Writes the lines of the document's `.ann` file.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_annotations(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    write_remarked(document, &|_| Remarks::default(), out)
}

fn write_remarked(document: &Document, remarks: &dyn Fn(usize) -> Remarks, out: &mut dyn Write) -> io::Result<()> {
    let text = document.text();
    let index = CharIndex::new(&text);
    let (mut normalisations, mut notes) = (0, 0);
    for (number, mention) in (1..).zip(&document.mentions) {
        let entity_type = one_word(&mention.entity_type);
        let in_text = (!document.is_textless()).then(|| index.slice(mention.start, mention.end)).flatten();
        let places: Vec<String> = locations_of(mention).iter().map(|(start, end)| format!("{start} {end}")).collect();
        let words = if mention.fragments.is_empty() { in_text.unwrap_or(&mention.text).into() } else { words_of(mention) };
        let words = one_line(&words);
        writeln!(out, "T{number}\t{entity_type} {}\t{words}", places.join(";"))?;
        let Remarks { name, note } = remarks(number - 1);
        let concepts = mention.concept.iter().flat_map(|concept| concept.split('|')).map(str::trim);
        let mut names = name.iter().flat_map(|name| name.split('|'));
        for concept in concepts.filter(|concept| !concept.is_empty()) {
            normalisations += 1;
            let database = if concept.contains(':') { "" } else { NO_DATABASE };
            let called = names.next().map_or_else(|| words.clone(), one_line);
            writeln!(out, "N{normalisations}\tReference T{number} {database}{}\t{called}", one_line(concept))?;
        }
        if let Some(note) = note {
            notes += 1;
            writeln!(out, "#{notes}\tAnnotatorNotes T{number}\t{}", one_line(&note))?;
        }
        if let Some(individual) = &mention.individual {
            notes += 1;
            writeln!(out, "#{notes}\t{INDIVIDUAL} T{number}\t{}", one_line(individual))?;
        }
    }
    // The format has relations between two mentions, and no others.
    let between_two = document.relations.iter().filter(|found| found.arguments.is_empty() && found.nodes.len() == 2);
    for (number, relation) in (1..).zip(between_two) {
        write!(out, "R{number}\t{}", one_word(&relation.kind))?;
        for (place, node) in (1..).zip(&relation.nodes) {
            let role = if node.role.trim().is_empty() { format!("Arg{place}") } else { one_word(&node.role).replace(':', "_") };
            write!(out, " {role}:T{}", node.mention + 1)?;
        }
        writeln!(out)?;
    }
    Ok(())
}
