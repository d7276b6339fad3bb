//! Documents to BioC XML, laid out as the evaluation kit's files are.

use crate::corpus::bioc::{infons_of_mention, infons_of_relation, locations_of, passages_of, words_of};
use crate::corpus::{Document, Mention, Relation};
use quick_xml::escape::escape;
use std::io::{self, Write};

/// Writes `documents` as one collection, two passages a document. What [`super::read`] makes of it equals `documents`, but that
/// white space around ids is gone.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(documents: &[Document], out: &mut dyn Write) -> io::Result<()> {
    write_begin(out)?;
    documents.iter().try_for_each(|document| write_document(document, &|_| Vec::new(), out))?;
    write_end(out)
}

/// Further infons (key and value) of the mention with this index.
pub type FurtherInfons<'a> = &'a dyn Fn(usize) -> Vec<(&'static str, String)>;

/// Begins a collection; any number of documents and [`write_end`] are to follow.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_begin(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version='1.0' encoding='UTF-8'?><!DOCTYPE collection SYSTEM 'BioC.dtd'>")?;
    writeln!(out, "<collection>\n<source>PubTator</source>\n<date></date>\n<key>PubTator.key</key>")
}

/// Writes one document of a collection.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_document(document: &Document, further: FurtherInfons, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<document>\n<id>{}</id>", text(&document.id))?;
    let (of_title, of_abstract, boundary) = passages_of(document);
    passage(out, "title", 0, &document.title, of_title.iter().enumerate(), further)?;
    passage(out, "abstract", boundary, &document.abstract_text, (of_title.len()..).zip(of_abstract), further)?;
    for (at, found) in document.relations.iter().enumerate() {
        relation(out, at, found)?;
    }
    writeln!(out, "</document>")
}

/// Ends a collection.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_end(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "</collection>")
}

fn passage<'a>(
    out: &mut dyn Write,
    kind: &str,
    offset: usize,
    content: &str,
    mentions: impl Iterator<Item = (usize, &'a Mention)>,
    further: FurtherInfons,
) -> io::Result<()> {
    writeln!(out, "<passage>")?;
    infon(out, "type", kind)?;
    writeln!(out, "<offset>{offset}</offset>\n<text>{}</text>", text(content))?;
    for (at, mention) in mentions {
        writeln!(out, "<annotation id='{at}'>")?;
        for (key, value) in infons_of_mention(mention) {
            infon(out, key, value)?;
        }
        for (key, value) in further(at) {
            infon(out, key, &value)?;
        }
        for (start, end) in locations_of(mention) {
            writeln!(out, "<location offset='{start}' length='{}' />", end.saturating_sub(start))?;
        }
        writeln!(out, "<text>{}</text>\n</annotation>", text(&words_of(mention)))?;
    }
    writeln!(out, "</passage>")
}

fn relation(out: &mut dyn Write, at: usize, relation: &Relation) -> io::Result<()> {
    writeln!(out, "<relation id='R{at}'>")?;
    for (key, value) in infons_of_relation(relation) {
        infon(out, &key, value)?;
    }
    for node in &relation.nodes {
        writeln!(out, "<node refid='{}' role='{}' />", node.mention, text(&node.role.replace(['\n', '\t'], " ")))?;
    }
    writeln!(out, "</relation>")
}

fn infon(out: &mut dyn Write, key: &str, value: &str) -> io::Result<()> {
    writeln!(out, "<infon key=\"{key}\">{}</infon>", text(value))
}

/// Whether XML 1.0 has no way to write a character, not even as a reference.
pub fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// How many characters of a document's id and text XML has no way to write.
pub fn forbidden_in(document: &Document) -> usize {
    let texts = [&document.id, &document.title, &document.abstract_text];
    texts.iter().flat_map(|text| text.chars()).filter(|c| is_forbidden(*c)).count()
}

/// Escaped; carriage returns and other control characters, which a reader may change, as character references. Each character that XML
/// forbids is replaced by one U+FFFD, so that offsets stay right.
fn text(content: &str) -> String {
    let escaped = escape(content);
    let plain = |c: char| (!c.is_control() || c == '\n' || c == '\t') && !is_forbidden(c);
    if escaped.chars().all(plain) {
        return escaped.into_owned();
    }
    let written = |c: char| match c {
        c if is_forbidden(c) => REPLACEMENT.to_string(),
        c if plain(c) => c.to_string(),
        c => format!("&#{};", u32::from(c)),
    };
    escaped.chars().map(written).collect()
}

/// What stands for a character that XML forbids.
pub const REPLACEMENT: char = '\u{fffd}';
