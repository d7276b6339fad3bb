//! What a corpus is made of: documents with mentions and relations, and the splits of a corpus.

use super::ConceptIds;

/// One title with its abstract and everything annotated on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// PMID, or whatever the source calls it. A corpus may hold the same id twice (NCBI Disease does).
    pub id: String,
    /// The title; may be empty.
    pub title: String,
    /// The abstract; may be empty.
    pub abstract_text: String,
    /// In the order of the file.
    pub mentions: Vec<Mention>,
    /// Lines about the document as a whole, such as BC5CDR's chemical-induced diseases; kept for writing.
    pub relations: Vec<Relation>,
}

impl Document {
    /// A document that is one text, without annotations. Line ends and TABs become blanks, which formats cannot hold; offsets in the document
    /// are offsets in `text`, in characters.
    pub fn of_text(id: impl Into<String>, text: &str) -> Self {
        Self { id: id.into(), title: text.replace(['\n', '\r', '\t'], " "), ..Self::default() }
    }

    /// Title, one blank, abstract: the text that every offset counts in.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.title.len() + 1 + self.abstract_text.len());
        text.push_str(&self.title);
        text.push(' ');
        text.push_str(&self.abstract_text);
        text
    }

    /// Whether the document carries annotations only, as prediction files without text do: its offsets cannot be checked.
    pub fn is_textless(&self) -> bool {
        self.title.is_empty() && self.abstract_text.is_empty() && !(self.mentions.is_empty() && self.relations.is_empty())
    }
}

/// A stretch of text that names an entity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mention {
    /// First character, counted over [`Document::text`].
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// As the source gives it; may differ from the document's text in spelling.
    pub text: String,
    /// Such as `Disease`.
    pub entity_type: String,
    /// The sixth PubTator field as it stands; `None` where the line has no such field.
    pub concept: Option<ConceptIds>,
    /// The seventh field as it stands: in BC5CDR the individual mentions of a composite one, in predictions a score.
    pub individual: Option<String>,
    /// The stretches of a discontinuous mention, in order, from `start` to `end`; empty for any other. Only brat, BioC and JSON Lines
    /// hold them: recognition takes the whole span.
    pub fragments: Vec<Fragment>,
}

/// First character and one past the last.
pub type Fragment = (usize, usize);

/// A relation of one document: between concepts, as PubTator's lines whose second field is a word such as `CID`, or between mentions, as
/// BioC and brat have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    /// Begins with a letter.
    pub kind: String,
    /// Concept ids, where the relation is between concepts.
    pub arguments: Vec<String>,
    /// Mentions, where the relation is between mentions.
    pub nodes: Vec<RelationNode>,
}

/// A mention that takes part in a relation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelationNode {
    /// What it is in the relation, such as `Arg1`; may be empty.
    pub role: String,
    /// Index among the document's mentions.
    pub mention: usize,
}

/// A corpus in its three splits.
#[derive(Clone, Debug, PartialEq)]
pub struct Corpus {
    /// As the registry or the experiment file names it.
    pub name: String,
    /// The training split.
    pub train: Vec<Document>,
    /// The development split.
    pub dev: Vec<Document>,
    /// The test split.
    pub test: Vec<Document>,
    /// SHA-256, in hexadecimal, over the bytes of the files in split order.
    pub sha256: String,
    /// What reading the files did that their user should know.
    pub notes: Vec<String>,
}

/// Character offsets of a text turned into byte offsets: built once a document, each look-up is constant time.
#[derive(Clone, Debug)]
pub struct CharIndex<'a> {
    text: &'a str,
    /// Byte offset of each character; empty where the text is ASCII and the two are the same.
    bytes: Vec<usize>,
    len: usize,
}

impl<'a> CharIndex<'a> {
    /// Builds the index of a text.
    pub fn new(text: &'a str) -> Self {
        if text.is_ascii() {
            return Self { text, bytes: Vec::new(), len: text.len() };
        }
        let bytes: Vec<usize> = text.char_indices().map(|(byte, _)| byte).collect();
        Self { text, len: bytes.len(), bytes }
    }

    /// Characters in the text.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Byte offset of character `at`; the length in bytes for `at == len()`, `None` past that.
    pub fn byte(&self, at: usize) -> Option<usize> {
        match at.cmp(&self.len) {
            std::cmp::Ordering::Less if self.bytes.is_empty() => Some(at),
            std::cmp::Ordering::Less => Some(self.bytes[at]),
            std::cmp::Ordering::Equal => Some(self.text.len()),
            std::cmp::Ordering::Greater => None,
        }
    }

    /// Characters `start..end`; `None` where they are not within the text.
    pub fn slice(&self, start: usize, end: usize) -> Option<&'a str> {
        if start > end {
            return None;
        }
        self.text.get(self.byte(start)?..self.byte(end)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_characters_not_bytes() {
        let index = CharIndex::new("β-thalassæmia ok");
        assert_eq!(index.slice(0, 13), Some("β-thalassæmia"));
        assert_eq!(index.slice(14, 16), Some("ok"));
        assert_eq!(index.slice(14, 17), None);
        assert_eq!(index.slice(3, 2), None);
        assert_eq!(CharIndex::new("ascii").slice(1, 3), Some("sc"));
        assert_eq!(CharIndex::new("").slice(0, 0), Some(""));
    }
}
