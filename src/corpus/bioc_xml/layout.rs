//! The texts of passages, each at its offset, laid out as title, one blank, abstract.

use crate::corpus::Fault;

/// More blanks than this between two passages are a broken offset, not a gap.
const WIDEST_GAP: usize = 10_000;

#[derive(Default)]
pub struct Passages {
    begun: usize,
    title: String,
    abstract_text: String,
    /// Characters laid out so far, the blank between title and abstract among them once it is there.
    end: usize,
    in_abstract: bool,
    offset: Option<usize>,
}

impl Passages {
    pub fn begin_passage(&mut self) {
        self.begun += 1;
        self.offset = None;
    }

    pub fn begin_sentence(&mut self) {
        self.offset = None;
    }

    pub fn offset(&mut self, offset: usize) {
        self.offset = Some(offset);
    }

    /// Lays `text` at the offset given last, or right after what is there (for the abstract, after one blank).
    pub fn text(&mut self, document: &str, text: &str) -> Result<(), Fault> {
        if self.begun > 1 && !self.in_abstract {
            self.in_abstract = true;
            self.end += 1;
        }
        let offset = self.offset.take().unwrap_or(self.end);
        let Some(gap) = offset.checked_sub(self.end) else {
            return Err(Fault::PassageOverlap { document: document.to_owned(), offset, end: self.end });
        };
        if gap > WIDEST_GAP {
            return Err(Fault::PassageGap { document: document.to_owned(), offset, gap });
        }
        let part = if self.in_abstract { &mut self.abstract_text } else { &mut self.title };
        part.extend(std::iter::repeat_n(' ', gap));
        part.push_str(text);
        self.end = offset + text.chars().count();
        Ok(())
    }

    /// Title and abstract.
    pub fn into_texts(self) -> (String, String) {
        (self.title, self.abstract_text)
    }
}
