//! How a file is to be read, and what a reader did with it that its user should know.

use super::conll::Columns;
use super::error::shown;
use super::formats::Format;
use super::offsets::OffsetUnit;
use std::fmt;

/// How to read a file. The default is what training data is read with: strict, every mention checked against its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Told by the content where there is none.
    pub format: Option<Format>,
    /// What to do with annotations whose text differs from the document's.
    pub text_mismatch: TextMismatch,
    /// What the columns of CoNLL are; detected from their content where there is none.
    pub columns: Option<Columns>,
    /// Keys of JSON Lines that have another name than the format's.
    pub keys: Keys,
    /// Annotations are not wanted: that a file has them where no reader looks for them is no error.
    pub drops_annotations: bool,
}

impl ReadOptions {
    /// The format to read in: columns are CoNLL's alone.
    pub(super) fn named_format(&self) -> Option<Format> {
        self.format.or(self.columns.as_ref().map(|_| Format::Conll))
    }
}

/// The keys that hold a document's id and text in JSON Lines, where they are not `id`, `title` and `abstract`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// The key of the id.
    pub id: Option<String>,
    /// The whole text, or, beside a `title`, what stands for the abstract.
    pub text: Option<String>,
}

/// What becomes of an annotation whose text is not the document's at its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextMismatch {
    /// One that differs in spelling only (hyphens, Greek letters, accents, case: services that normalise their texts write such) takes
    /// the document's text, and is noted; any other refuses the file.
    #[default]
    Respelt,
    /// It takes the document's text; one that lies outside the text is dropped. Noted.
    Keep,
    /// It is dropped, and noted.
    Drop,
    /// The file is refused.
    Refuse,
    /// Everything is kept as it stands, spans that are empty or outside the text too, and noted: the evaluation kit looks at offsets,
    /// types and ids, and at nothing else.
    Score,
}

impl TextMismatch {
    /// Those that a user chooses from; [`TextMismatch::Score`] is the scorer's own.
    pub const CHOICES: [TextMismatch; 4] = [TextMismatch::Respelt, TextMismatch::Keep, TextMismatch::Drop, TextMismatch::Refuse];

    /// The name on command lines.
    pub fn name(self) -> &'static str {
        match self {
            TextMismatch::Respelt => "respelt",
            TextMismatch::Keep => "keep",
            TextMismatch::Drop => "drop",
            TextMismatch::Refuse => "refuse",
            TextMismatch::Score => "score",
        }
    }
}

/// A thing that a reader did, or skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Annotations whose text is the document's in another spelling.
    Respelt,
    /// Annotations whose text is not the document's.
    OtherText,
    /// The same, dropped on request.
    DroppedText,
    /// Annotations outside the text.
    OutsideText,
    /// The same, dropped on request.
    DroppedOutside,
    /// Annotations whose span is empty or reversed.
    EmptySpan,
    /// The same, dropped on request.
    DroppedEmpty,
    /// Annotations that have no text of their own.
    NoText,
    /// Documents whose offsets count something else than characters.
    Offsets(OffsetUnit),
    /// Documents of brat whose offsets count line ends of Windows as two characters, or a byte order mark as one.
    CountedLineEnds,
    /// The same, of a byte order mark.
    CountedMark,
    /// Documents whose text and annotations stood apart.
    Joined,
    /// Lines that are neither text nor annotation.
    NoAnnotation,
    /// Notes of annotators that were taken for concepts, and those that were not.
    NotesAsConcepts,
    /// Notes that were not taken for concepts.
    Notes,
    /// Events, attributes and the like of brat, by what they are.
    PassedOver(&'static str),
    /// Relations without a kind, which got one.
    RelationWithoutKind,
    /// Nodes of relations that are of no mention.
    UnknownNode,
    /// Infons of annotations, and keys of JSON, that the reader has no use for.
    Infon(String),
    /// A key of JSON that the reader ignores.
    Key(String),
    /// What the columns were taken for.
    Columns(String),
}

/// A [`What`] with the times it happened and where it did first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What happened.
    pub what: What,
    /// How often.
    pub count: usize,
    /// A file with line, or a document.
    pub first: String,
}

/// What a reader did with a file beyond taking it as it stands, in the order in which it happened first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes(Vec<Note>);

/// More different keys than this are no keys but data.
const MOST_NOTES: usize = 60;

impl Notes {
    pub(super) fn add(&mut self, what: What, first: impl FnOnce() -> String) {
        if let Some(note) = self.0.iter_mut().find(|note| note.what == what) {
            note.count += 1;
        } else if self.0.len() < MOST_NOTES {
            self.0.push(Note { what, count: 1, first: first() });
        }
    }

    /// The notes, in the order in which each happened first.
    pub fn iter(&self) -> impl Iterator<Item = &Note> {
        self.0.iter()
    }

    /// Whether nothing was noted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts the lines of a part of the file `name` in the whole file: so many stand before it.
    #[cfg(feature = "network")] // `predict` alone reads documents one by one
    pub(crate) fn moved_down(&mut self, name: &str, lines: usize) {
        for note in &mut self.0 {
            let line = note.first.strip_prefix(name).and_then(|rest| rest.strip_prefix(':')).and_then(|line| line.parse::<usize>().ok());
            if let Some(line) = line {
                note.first = format!("{name}:{}", line + lines);
            }
        }
    }

    /// Adds what was noted of another file.
    pub fn append(&mut self, more: Notes) {
        for note in more.0 {
            match self.0.iter_mut().find(|known| known.what == note.what) {
                Some(known) => known.count += note.count,
                None => self.0.push(note),
            }
        }
    }

    /// A line for each.
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().map(Note::to_string).collect()
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Note { what, count, first } = self;
        let said = match what {
            What::Respelt => "annotation(s) spell their text otherwise than the document; the document's text was taken",
            What::OtherText => "annotation(s) have another text than the document at their place; they count where their offsets say",
            What::DroppedText => "annotation(s) have another text than the document at their place, and were dropped",
            What::OutsideText => "annotation(s) lie outside the document's text; they count where their offsets say",
            What::DroppedOutside => "annotation(s) lie outside the document's text, and were dropped",
            What::EmptySpan => "annotation(s) have an empty or reversed span; they count where their offsets say",
            What::DroppedEmpty => "annotation(s) have an empty or reversed span, and were dropped",
            What::NoText => "annotation(s) have no text of their own; the document's was taken",
            What::Offsets(OffsetUnit::Bytes) => "document(s) have offsets that count bytes; they were turned into characters",
            What::Offsets(OffsetUnit::Utf16) => "document(s) have offsets that count UTF-16 units; they were turned into characters",
            What::Offsets(OffsetUnit::Characters) => "document(s) have offsets that count characters",
            What::CountedLineEnds => {
                "document(s) have offsets that count a line end of Windows (CRLF) as two characters; they were turned into one"
            }
            What::CountedMark => "document(s) have offsets that count the byte order mark; it was taken off them",
            What::Joined => "document(s) have their parts in several places of the file; they were joined by id",
            What::NoAnnotation => "line(s) are neither text nor annotation, and were skipped",
            What::NotesAsConcepts => "note(s) of annotators hold concept ids, and were taken for the concepts of their mentions",
            What::Notes => "note(s) were skipped",
            What::RelationWithoutKind => "relation(s) say no kind; each was called `Relation`",
            What::UnknownNode => "node(s) of relations are of no mention of the document, and were skipped",
            What::PassedOver(kind) => return write!(f, "{count} {kind} were skipped (first: {first})"),
            What::Infon(key) => return write!(f, "the infon `{}` of {count} annotation(s) was skipped (first: {first})", shown(key)),
            What::Key(key) => return write!(f, "the key `{}` was skipped {count} time(s) (first: {first})", shown(key)),
            What::Columns(columns) => return write!(f, "columns taken as {columns}"),
        };
        write!(f, "{count} {said} (first: {first})")
    }
}

/// What a reader needs beside the text: the options, the file's name, and where its notes go.
pub(super) struct Context<'a> {
    pub options: &'a ReadOptions,
    /// The file, for messages.
    pub name: &'a str,
    pub notes: &'a mut Notes,
}

impl Context<'_> {
    /// Notes what happened on a line, counted from one.
    pub fn note(&mut self, what: What, line: usize) {
        let name = self.name;
        self.notes.add(what, || format!("{name}:{line}"));
    }

    /// Whether the file is read to be scored.
    pub fn scores(&self) -> bool {
        self.options.text_mismatch == TextMismatch::Score
    }
}
