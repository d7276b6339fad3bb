//! The texts of passages laid out as title, one blank, abstract.
//!
//! What a passage's offset counts is not agreed on: the evaluation kit's files count the characters of the escaped text
//! (`&apos;` for six) while their annotations count those of the text itself; full-text files leave gaps; some programs count bytes. So
//! several layouts are offered, and the annotations decide. No layout has more blanks than the passages' offsets state.

use crate::corpus::offsets::{Layout, OffsetUnit, UNITS};

/// More blanks than this between two passages are a broken offset, not a gap.
const WIDEST_GAP: usize = 10_000;
/// More blanks than this in all are no document: a small file may not ask for much memory.
const WIDEST_GAPS: usize = 100_000;

#[derive(Default)]
pub struct Passages {
    begun: usize,
    pieces: Vec<Piece>,
    offset: Option<usize>,
}

/// The text of a passage, or of one of its sentences.
struct Piece {
    in_abstract: bool,
    offset: Option<usize>,
    text: String,
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

    pub fn text(&mut self, text: String) {
        self.pieces.push(Piece { in_abstract: self.begun > 1, offset: self.offset.take(), text });
    }

    /// All ways to lay the pieces out, the likeliest first: one blank between any two, whatever their offsets say, then each at its offset;
    /// in characters, bytes and units of UTF-16.
    pub fn layouts(&self) -> impl Iterator<Item = Layout> + '_ {
        let units = if self.pieces.iter().all(|piece| piece.text.is_ascii()) { &UNITS[..1] } else { &UNITS[..] };
        let packed = units.iter().map(|&unit| Layout { unit, ..self.packed() });
        packed.chain(units.iter().filter_map(|&unit| {
            let (title, abstract_text) = self.at_offsets(unit)?;
            Some(Layout { title, abstract_text, unit })
        }))
    }

    /// Title and abstract with one blank between any two pieces, whatever their offsets say.
    fn packed(&self) -> Layout {
        let part = |in_abstract| {
            let texts: Vec<&str> =
                self.pieces.iter().filter(|piece| piece.in_abstract == in_abstract).map(|piece| piece.text.as_str()).collect();
            texts.join(" ")
        };
        Layout { title: part(false), abstract_text: part(true), unit: OffsetUnit::Characters }
    }

    /// Title and abstract with each piece at its offset, which counts in `unit`, gaps filled with blanks; `None` where an offset is missing,
    /// lies before the end of the piece before it, or leaves gaps too wide to be meant.
    fn at_offsets(&self, unit: OffsetUnit) -> Option<(String, String)> {
        let (mut title, mut abstract_text) = (String::new(), String::new());
        let (mut end, mut gaps) = (0, 0);
        let mut before_abstract = true;
        for piece in &self.pieces {
            if piece.in_abstract && before_abstract {
                before_abstract = false;
                end += 1;
            }
            let gap = piece.offset?.checked_sub(end).filter(|&gap| gap <= WIDEST_GAP)?;
            gaps += gap;
            if gaps > WIDEST_GAPS {
                return None;
            }
            let part = if piece.in_abstract { &mut abstract_text } else { &mut title };
            part.extend(std::iter::repeat_n(' ', gap));
            part.push_str(&piece.text);
            end += gap + unit.length(&piece.text);
        }
        Some((title, abstract_text))
    }
}
