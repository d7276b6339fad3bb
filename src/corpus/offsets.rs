//! Annotations laid onto the text that they are of: what their offsets count, and what becomes of those that do not fit.

use super::document::{CharIndex, Document, Fragment, Mention};
use super::error::{Fault, shown};
use super::reading::{Context, TextMismatch, What};
use super::spelling::{respelt, same_text};

/// What offsets count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetUnit {
    /// Unicode scalar values: what all formats of this project mean.
    Characters,
    /// Bytes of UTF-8: what programs in C, Go or Rust write.
    Bytes,
    /// Units of UTF-16: what programs in Java or JavaScript write, BioC's own library among them.
    Utf16,
}

impl OffsetUnit {
    /// How many of them a text has.
    pub fn length(self, text: &str) -> usize {
        match self {
            OffsetUnit::Characters => text.chars().count(),
            OffsetUnit::Bytes => text.len(),
            OffsetUnit::Utf16 => text.encode_utf16().count(),
        }
    }
}

/// Those that a file is tried with, in order.
pub(super) const UNITS: [OffsetUnit; 3] = [OffsetUnit::Characters, OffsetUnit::Bytes, OffsetUnit::Utf16];

/// An annotation as the file has it, its place not yet checked against the text.
#[derive(Clone, Debug)]
pub(super) struct Given {
    /// Offsets in the file's own unit, text as the file has it.
    pub mention: Mention,
    /// Stretches in the order of the file where there are several; [`Mention::fragments`] is filled here.
    pub stretches: Vec<Fragment>,
    /// False where the file gives no text for it.
    pub has_text: bool,
    /// Counted from one.
    pub line: usize,
}

impl Given {
    pub fn new(mention: Mention, line: usize) -> Self {
        Self { mention, stretches: Vec::new(), has_text: true, line }
    }

    /// Whether its span, or a stretch of it, holds nothing.
    fn is_empty(&self) -> bool {
        self.mention.start >= self.mention.end || self.stretches.iter().any(|(start, end)| start >= end)
    }
}

/// How an annotation and the text at its place go together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    Same,
    Respelt,
    Other,
    Outside,
    Empty,
}

/// A text that a document's annotations may be of.
pub(super) struct Layout {
    pub title: String,
    pub abstract_text: String,
    pub unit: OffsetUnit,
}

impl Layout {
    /// `title` and `abstract_text` with offsets in every unit in which they can differ.
    pub fn in_units<'a>(title: &'a str, abstract_text: &'a str) -> impl Iterator<Item = Self> + use<'a> {
        let ascii = title.is_ascii() && abstract_text.is_ascii();
        let units = if ascii { &UNITS[..1] } else { &UNITS[..] };
        units.iter().map(|&unit| Self { title: title.to_owned(), abstract_text: abstract_text.to_owned(), unit })
    }
}

/// Gives the document, which has no text yet, the first of the layouts that all of `given` fit, and these as its mentions; the index of
/// each of `given` among them, `None` for those that were dropped. Where none fits all, it is the layout that fits most, and the options
/// say what becomes of the others. There is at least one layout.
///
/// # Errors
/// The line and the fault of the first annotation that the options do not let pass.
pub(super) fn lay_out(
    document: &mut Document,
    given: Vec<Given>,
    layouts: impl Iterator<Item = Layout>,
    context: &mut Context,
) -> Result<Vec<Option<usize>>, (usize, Fault)> {
    let layout = chosen(&given, layouts, context);
    let id = document.id.clone();
    (document.title, document.abstract_text) = (layout.title, layout.abstract_text);
    let text = document.text();
    let textless = document.title.is_empty() && document.abstract_text.is_empty();
    if layout.unit != OffsetUnit::Characters {
        let name = context.name;
        context.notes.add(What::Offsets(layout.unit), || format!("document {} of {name}", shown(&id)));
    }
    let index = CharIndex::new(&text);
    let offsets = Offsets::new(&text, layout.unit);
    let mut kept = Vec::with_capacity(given.len());
    for one in given {
        let line = one.line;
        let placed = if textless { textless_mention(one, context) } else { mention(one, &index, &offsets, &id, context) };
        kept.push(placed.map_err(|fault| (line, fault))?.map(|mention| {
            document.mentions.push(mention);
            document.mentions.len() - 1
        }));
    }
    Ok(kept)
}

/// The layout that most of `given` fit; the first of equals.
fn chosen(given: &[Given], layouts: impl Iterator<Item = Layout>, context: &Context) -> Layout {
    // What is scored is scored by its offsets as they stand.
    let mut layouts = layouts.filter(|layout| layout.unit == OffsetUnit::Characters || !context.scores());
    let none = || Layout { title: String::new(), abstract_text: String::new(), unit: OffsetUnit::Characters };
    let first = layouts.next().unwrap_or_else(none);
    if given.is_empty() {
        return first;
    }
    let mut best_fit = fits(given, &first);
    let mut best = first;
    // One text in characters, where nothing is wrong or nothing else can be right, is looked at once.
    while best_fit.same < given.len() {
        let Some(layout) = layouts.next() else { break };
        let fit = fits(given, &layout);
        // Units other than characters are believed only where they explain everything.
        let whole = fit.alike == given.len();
        if (fit.alike, fit.same) > (best_fit.alike, best_fit.same) && (whole || layout.unit == OffsetUnit::Characters) {
            (best, best_fit) = (layout, fit);
        }
    }
    best
}

/// How many annotations have their very text in a layout, and how many have it in some spelling.
struct Fits {
    same: usize,
    alike: usize,
}

fn fits(given: &[Given], layout: &Layout) -> Fits {
    let mut text = String::with_capacity(layout.title.len() + 1 + layout.abstract_text.len());
    text.extend([&layout.title, " ", layout.abstract_text.as_str()]);
    let (index, offsets) = (CharIndex::new(&text), Offsets::new(&text, layout.unit));
    let mut found = Fits { same: 0, alike: 0 };
    for one in given {
        let fit = fit(one, &index, &offsets);
        found.same += usize::from(fit == Fit::Same);
        found.alike += usize::from(matches!(fit, Fit::Same | Fit::Respelt));
    }
    found
}

/// Whether all of `given` fit a text, in any unit, their offsets less `shift`.
pub(super) fn all_fit(given: &[Given], text: &str, shift: usize) -> bool {
    let index = CharIndex::new(text);
    let less = |at: usize| at.saturating_sub(shift);
    let shifted = |one: &Given| {
        let mut one = one.clone();
        (one.mention.start, one.mention.end) = (less(one.mention.start), less(one.mention.end));
        one.stretches.iter_mut().for_each(|stretch| *stretch = (less(stretch.0), less(stretch.1)));
        one
    };
    let given: Vec<Given> = given.iter().map(shifted).collect();
    UNITS.iter().any(|&unit| {
        let offsets = Offsets::new(text, unit);
        given.iter().all(|one| matches!(fit(one, &index, &offsets), Fit::Same | Fit::Respelt))
    })
}

/// An annotation of a document that has no text.
fn textless_mention(one: Given, context: &mut Context) -> Result<Option<Mention>, Fault> {
    let is_empty = one.is_empty();
    let Given { mut mention, stretches, line, .. } = one;
    if is_empty {
        return empty(mention, line, context);
    }
    mention.fragments = joined(stretches, |_| false);
    Ok(Some(mention))
}

fn mention(one: Given, index: &CharIndex, offsets: &Offsets, document: &str, context: &mut Context) -> Result<Option<Mention>, Fault> {
    let found = fit(&one, index, offsets);
    let Given { mut mention, stretches, has_text, line } = one;
    let choice = context.options.text_mismatch;
    let place = offsets.span(mention.start, mention.end);
    let here = place.and_then(|(start, end)| index.slice(start, end));
    match (found, choice) {
        (Fit::Empty, _) => return empty(mention, line, context),
        (Fit::Outside, TextMismatch::Score) => {
            context.note(What::OutsideText, line);
            return Ok(Some(mention));
        }
        (Fit::Outside, TextMismatch::Keep | TextMismatch::Drop) => {
            context.note(What::DroppedOutside, line);
            return Ok(None);
        }
        (Fit::Outside, _) => {
            let (document, name) = (shown(document), shown(&mention.text));
            let (start, end, length) = (mention.start, mention.end, index.len());
            return Err(Fault::OffsetPastText { document, mention: name, start, end, length });
        }
        (Fit::Other, TextMismatch::Drop) => {
            context.note(What::DroppedText, line);
            return Ok(None);
        }
        (Fit::Other, TextMismatch::Respelt | TextMismatch::Refuse) | (Fit::Respelt, TextMismatch::Refuse) => {
            let (start, end, document) = (mention.start, mention.end, shown(document));
            let (found, expected) = (shown(here.unwrap_or_default()), shown(&mention.text));
            return Err(Fault::TextDiffers { document, start, end, found, expected });
        }
        (Fit::Other, _) => context.note(What::OtherText, line),
        (Fit::Respelt, _) => context.note(What::Respelt, line),
        (Fit::Same, _) if !has_text => context.note(What::NoText, line),
        (Fit::Same, _) => {}
    }
    let Some((start, end)) = place else { return Ok(Some(mention)) };
    (mention.start, mention.end) = (start, end);
    let stretches = stretches.into_iter().filter_map(|(start, end)| offsets.span(start, end)).collect();
    mention.fragments = joined(stretches, |(from, to)| index.slice(from, to).is_some_and(|between| between.trim().is_empty()));
    // Blanks around the annotation's text are allowed, and stay: NCBI Disease has such a line.
    let as_it_stands = has_text && mention.fragments.is_empty() && found == Fit::Same && !mention.text.contains(['\n', '\r']);
    let scored_elsewhere = choice == TextMismatch::Score && found == Fit::Other;
    if !as_it_stands && !scored_elsewhere {
        here.unwrap_or_default().clone_into(&mut mention.text);
    }
    Ok(Some(mention))
}

fn empty(mention: Mention, line: usize, context: &mut Context) -> Result<Option<Mention>, Fault> {
    match context.options.text_mismatch {
        TextMismatch::Score => {
            context.note(What::EmptySpan, line);
            Ok(Some(mention))
        }
        TextMismatch::Keep | TextMismatch::Drop => {
            context.note(What::DroppedEmpty, line);
            Ok(None)
        }
        _ => Err(Fault::EmptySpan { mention: shown(&mention.text), start: mention.start, end: mention.end }),
    }
}

/// The stretches in the order of the text, those with nothing between them made one; none where one is left.
fn joined(mut stretches: Vec<Fragment>, nothing: impl Fn(Fragment) -> bool) -> Vec<Fragment> {
    stretches.sort_unstable();
    let mut fragments: Vec<Fragment> = Vec::with_capacity(stretches.len());
    for (start, end) in stretches {
        match fragments.last_mut() {
            Some(last) if start <= last.1 || nothing((last.1, start)) => last.1 = last.1.max(end),
            _ => fragments.push((start, end)),
        }
    }
    if fragments.len() > 1 { fragments } else { Vec::new() }
}

fn fit(one: &Given, index: &CharIndex, offsets: &Offsets) -> Fit {
    let Given { mention, stretches, has_text, .. } = one;
    if one.is_empty() {
        return Fit::Empty;
    }
    let slice = |start, end| offsets.span(start, end).and_then(|(start, end)| index.slice(start, end));
    let Some(found) = slice(mention.start, mention.end) else { return Fit::Outside };
    if !has_text || same_text(found, &mention.text) {
        return Fit::Same;
    }
    let pieces: Option<Vec<&str>> = stretches.iter().map(|&(start, end)| slice(start, end)).collect();
    let Some(pieces) = pieces else { return Fit::Outside };
    if pieces.len() > 1 {
        let in_text_order = {
            let mut sorted = stretches.clone();
            sorted.sort_unstable();
            sorted.iter().filter_map(|&(start, end)| slice(start, end)).collect::<Vec<_>>()
        };
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let is = |pieces: &[&str], between: &str| words(&pieces.join(between)) == words(&mention.text);
        if [" ", "", " ... "].iter().any(|between| is(&pieces, between) || is(&in_text_order, between)) {
            return Fit::Same;
        }
        if respelt(&pieces.join(" "), &mention.text) {
            return Fit::Respelt;
        }
    }
    if respelt(found, &mention.text) { Fit::Respelt } else { Fit::Other }
}

/// Offsets of one unit turned into characters of a text.
struct Offsets {
    /// The offset at which each character begins, and the text's length; empty where the unit is the character.
    begins: Vec<usize>,
}

impl Offsets {
    fn new(text: &str, unit: OffsetUnit) -> Self {
        let length = |c: char| match unit {
            OffsetUnit::Characters => 1,
            OffsetUnit::Bytes => c.len_utf8(),
            OffsetUnit::Utf16 => c.len_utf16(),
        };
        if unit == OffsetUnit::Characters {
            return Self { begins: Vec::new() };
        }
        let mut at = 0;
        let mut begins = vec![0];
        for c in text.chars() {
            at += length(c);
            begins.push(at);
        }
        Self { begins }
    }

    /// The characters of a span; `None` where an end lies within a character or past the text.
    fn span(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        if self.begins.is_empty() {
            return Some((start, end));
        }
        Some((self.begins.binary_search(&start).ok()?, self.begins.binary_search(&end).ok()?))
    }
}
