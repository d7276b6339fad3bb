//! Mentions as a table (TSV): a row for each, under a line of headings. Offsets count characters.

use crate::predict::Annotated;
use std::io::{self, Write};

pub const HEADINGS: [&str; 9] = ["document", "start", "end", "text", "type", "concept", "name", "confidence", "concept_confidence"];

fn row(fields: &[&str], out: &mut dyn Write) -> io::Result<()> {
    // A tab or the end of a line would end the field.
    let plain = |field: &&str| field.replace(['\t', '\n', '\r'], " ");
    writeln!(out, "{}", fields.iter().map(plain).collect::<Vec<_>>().join("\t"))
}

pub fn write_begin(out: &mut dyn Write) -> io::Result<()> {
    row(&HEADINGS, out)
}

pub fn write(annotated: &Annotated, out: &mut dyn Write) -> io::Result<()> {
    for annotation in &annotated.annotations {
        let shown = |confidence: f32| format!("{confidence:.4}");
        row(
            &[
                &annotated.document.id,
                &annotation.start.to_string(),
                &annotation.end.to_string(),
                &annotation.text,
                &annotation.entity_type,
                annotation.concept.as_deref().unwrap_or(""),
                annotation.name.as_deref().unwrap_or(""),
                &shown(annotation.mention_confidence),
                &annotation.concept_confidence.map(shown).unwrap_or_default(),
            ],
            out,
        )?;
    }
    Ok(())
}

/// Rows below the headings; `None` where a row has another number of fields.
pub fn rows(text: &str) -> Option<u64> {
    let mut lines = text.lines();
    let is_whole = |line: &str| line.split('\t').count() == HEADINGS.len();
    if lines.next().is_none_or(|line| line.split('\t').ne(HEADINGS)) {
        return None;
    }
    lines.map(|line| is_whole(line).then_some(())).try_fold(0, |rows, row| row.map(|()| rows + 1))
}
