//! Documents to BioC XML, laid out as the evaluation kit's files are.

use crate::corpus::bioc::{infons_of_mention, infons_of_relation, passages_of};
use crate::corpus::{Document, Mention, Relation};
use quick_xml::escape::escape;
use std::io::{self, Write};

/// Writes `documents` as one collection, two passages a document. What [`super::read`] makes of it equals `documents`, but that
/// white space around ids is gone.
pub fn write(documents: &[Document], out: &mut dyn Write) -> io::Result<()> {
    write_begin(out)?;
    documents.iter().try_for_each(|document| write_document(document, &|_| Vec::new(), out))?;
    write_end(out)
}

/// Further infons (key and value) of the mention with this index.
pub type FurtherInfons<'a> = &'a dyn Fn(usize) -> Vec<(&'static str, String)>;

/// Begins a collection; any number of documents and [`write_end`] are to follow.
pub fn write_begin(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version='1.0' encoding='UTF-8'?><!DOCTYPE collection SYSTEM 'BioC.dtd'>")?;
    writeln!(out, "<collection>\n<source>PubTator</source>\n<date></date>\n<key>PubTator.key</key>")
}

/// Writes one document of a collection.
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
        writeln!(out, "<location offset='{}' length='{}' />", mention.start, mention.end - mention.start)?;
        writeln!(out, "<text>{}</text>\n</annotation>", text(&mention.text))?;
    }
    writeln!(out, "</passage>")
}

fn relation(out: &mut dyn Write, at: usize, relation: &Relation) -> io::Result<()> {
    writeln!(out, "<relation id='R{at}'>")?;
    for (key, value) in infons_of_relation(relation) {
        infon(out, &key, value)?;
    }
    writeln!(out, "</relation>")
}

fn infon(out: &mut dyn Write, key: &str, value: &str) -> io::Result<()> {
    writeln!(out, "<infon key=\"{key}\">{}</infon>", text(value))
}

/// Escaped; carriage returns and other control characters, which a reader may change, as character references.
fn text(content: &str) -> String {
    let escaped = escape(content);
    if !escaped.contains(|c: char| c.is_control() && c != '\n' && c != '\t') {
        return escaped.into_owned();
    }
    escaped.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { format!("&#{};", u32::from(c)) } else { c.to_string() }).collect()
}
