//! A mention in its sentence.

use super::EXAMPLES;
use super::entity::Entity;
use super::split::PairedDocument;
use crate::corpus::CharIndex;

/// Whose mention it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Gold,
    Mer,
    Men,
}

impl Who {
    pub fn name(self) -> &'static str {
        match self {
            Who::Gold => "gold",
            Who::Mer => "MER",
            Who::Men => "MEN",
        }
    }
}

/// A mention in the text of an [`Example`]: characters `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub who: Who,
    pub start: usize,
    pub end: usize,
}

/// A sentence with mentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    pub document: String,
    /// The sentences that hold the mentions, as they stand in the text.
    pub text: String,
    pub marks: Vec<Mark>,
}

/// Adds the mentions as an example, if another one fits.
pub(super) fn keep(examples: &mut Vec<Example>, page: &PairedDocument, mentions: &[(Who, &Entity)]) {
    if examples.len() < EXAMPLES {
        examples.extend(example(page, mentions));
    }
}

/// `None` for mentions that lie outside the text.
fn example(page: &PairedDocument, mentions: &[(Who, &Entity)]) -> Option<Example> {
    let first = mentions.iter().map(|(_, entity)| entity.start).min()?;
    let last = mentions.iter().map(|(_, entity)| entity.end).max()?;
    // A mention may begin in one sentence and end in another.
    let start = page.sentences.iter().map(|(start, _)| *start).rfind(|start| *start <= first).unwrap_or(first);
    let end = page.sentences.iter().map(|(_, end)| *end).find(|end| *end >= last).unwrap_or(last);
    let text = CharIndex::new(&page.text).slice(start, end)?.to_owned();
    let marks = mentions.iter().map(|(who, entity)| Mark { who: *who, start: entity.start - start, end: entity.end - start }).collect();
    Some(Example { document: page.id.to_owned(), text, marks })
}
