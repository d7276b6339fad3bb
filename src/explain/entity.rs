//! A mention as explanations compare it.

/// A mention, gold or predicted. Each (span, type) is there once a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entity {
    /// Characters of the document's text.
    pub start: usize,
    pub end: usize,
    pub entity_type: String,
    /// In the one spelling of `evaluate::concept_string`.
    pub concept: Option<String>,
    /// The text from `start` to `end`.
    pub surface: String,
}

impl Entity {
    pub fn same_span(&self, other: &Entity) -> bool {
        (self.start, self.end) == (other.start, other.end)
    }

    /// The surface as lists count it: letters in lower case.
    pub fn key(&self) -> String {
        self.surface.to_lowercase()
    }
}
