//! An article of PubMed XML: its PMID, its title and its abstract.
//!
//! The sections of a structured abstract follow each other with one blank between, each behind its label and a colon, as PubMed shows them
//! (`METHODS: We ...`; no label for `UNLABELLED`). Inline markup (`<i>`, `<sub>`, formulas) leaves its text. White space, line ends among it,
//! becomes one blank. Abstracts in other languages, copyright lines and everything else are skipped.

use crate::corpus::Document;
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};

/// The elements that are documents.
pub const DOCUMENTS: &[&str] = &["PubmedArticle", "PubmedBookArticle", "MedlineCitation"];

/// Line within the element, from 0, and what is wrong there.
type Fault = (usize, String);

/// Reads one element of [`DOCUMENTS`].
pub fn read(element: &str) -> Result<Document, Fault> {
    let mut xml = Reader::from_str(element);
    let mut article = Article::default();
    let mut depth = 0_usize;
    loop {
        let at = xml.buffer_position() as usize;
        let fault = |why: String| (element[..at.min(element.len())].matches('\n').count(), why);
        match xml.read_event().map_err(|error| fault(format!("broken XML: {error}; check the file with an XML validator")))? {
            Event::Eof if depth > 0 => return Err(fault("the input ends within this document".into())),
            Event::Eof => break,
            Event::Start(start) => {
                article.start(&start).map_err(fault)?;
                depth += 1;
            }
            Event::End(end) => {
                article.end(end.name().as_ref());
                depth = depth.saturating_sub(1);
            }
            Event::Text(text) => article.text(&text.xml10_content()),
            Event::CData(text) => article.text(&text),
            Event::GeneralRef(reference) => {
                let unknown = || fault(format!("the entity `&{};` is not one of XML's own five: write the character itself", &*reference));
                match reference.resolve_char_ref().map_err(|_| unknown())? {
                    Some(character) => article.text(character.encode_utf8(&mut [0; 4])),
                    None => article.text(resolve_xml_entity(&reference).ok_or_else(unknown)?),
                }
            }
            _ => {}
        }
    }
    let Article { id, title, sections, .. } = article;
    let id = id.filter(|id| !id.is_empty()).ok_or((0, "it has no <PMID>; every article needs one".to_owned()))?;
    let sections: Vec<String> = sections.into_iter().filter(|section| !section.is_empty()).collect();
    Ok(Document { id, title: title.unwrap_or_default(), abstract_text: sections.join(" "), ..Document::default() })
}

/// Which text is being gathered.
#[derive(Clone, Copy, PartialEq)]
enum Field {
    Id,
    Title,
    Section,
}

#[derive(Default)]
struct Article {
    id: Option<String>,
    title: Option<String>,
    sections: Vec<String>,
    open: Option<Field>,
    /// Within an `<OtherAbstract>`, which has sections of the same name.
    other_abstract: bool,
    label: Option<String>,
    content: String,
}

impl Article {
    fn start(&mut self, element: &BytesStart) -> Result<(), String> {
        let field = match element.name().as_ref() {
            // Further PMIDs are those of comments and corrections.
            "PMID" if self.id.is_none() => Field::Id,
            "ArticleTitle" | "BookTitle" if self.open.is_none() => Field::Title,
            "AbstractText" if self.open.is_none() && !self.other_abstract => Field::Section,
            "OtherAbstract" => {
                self.other_abstract = true;
                return Ok(());
            }
            _ => return Ok(()),
        };
        self.label = None;
        if field == Field::Section {
            let label = element.try_get_attribute("Label").map_err(|error| format!("broken XML: {error}"))?;
            if let Some(label) = label {
                let label = quick_xml::escape::unescape(&label.value).map_err(|error| format!("broken XML: {error}"))?;
                self.label = Some(one_blank(&label)).filter(|label| !label.is_empty() && label != "UNLABELLED");
            }
        }
        self.open = Some(field);
        self.content.clear();
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if self.open.is_some() {
            self.content.push_str(text);
        }
    }

    fn end(&mut self, name: &str) {
        let text = || one_blank(&self.content);
        match (name, self.open) {
            ("PMID", Some(Field::Id)) => self.id = Some(text()),
            // The title of a chapter stands behind that of its book.
            ("ArticleTitle", Some(Field::Title)) => self.title = Some(text()),
            ("BookTitle", Some(Field::Title)) => self.title = self.title.take().or(Some(text())),
            ("AbstractText", Some(Field::Section)) => {
                let text = text();
                let labelled = self.label.take().filter(|_| !text.is_empty()).map(|label| format!("{label}: {text}"));
                self.sections.push(labelled.unwrap_or(text));
            }
            ("OtherAbstract", _) => self.other_abstract = false,
            _ => return,
        }
        self.open = None;
    }
}

/// `text` with white space as one blank between words, and none around.
fn one_blank(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
