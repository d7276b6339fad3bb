//! CoNLL columns: a token a line, then a TAB and its tag; a blank line after each sentence.
//!
//! ```text
//! # newdoc id = 123
//! # text = Gout is rare.
//! Gout <TAB> B-Disease [<TAB> D006073]
//! is   <TAB> O         [<TAB> _]
//! ```
//!
//! **Tags** are IOB2; an `I-` that continues nothing begins a mention, as conlleval has it. A **third column**, where there is
//! one, holds the mention's concept on each of its tokens (that of the first is read), `_` where it has none and outside. One that holds
//! something else - tags, parts of speech - is refused, not taken for concepts; [`Columns`] says what other columns are.
//!
//! **Documents** begin at a line `# newdoc id = 123` (CoNLL-U's), `# id = 123`, or `-DOCSTART-`, which may be followed by the id
//! in brackets; without an id a document is called by its number from 1, and a file without such lines is one document. The
//! abstract begins at the line `# newpar`; without one, the first sentence is the title. Other lines that begin with `# ` and
//! have no TAB are comments. The format cannot hold relations and individual mentions.
//!
//! **Text** is that of the sentence's `# text = ` line, in which the tokens must follow each other, white space apart; without
//! one it is the tokens with one blank between any two. One blank stands between sentences.
//!
//! **Writing** splits tokens where a mention begins or ends within one, and joins sentences that a mention goes across. So all
//! mentions of the text can be said but those that overlap a longer one, go from the title into the abstract, or hold no visible
//! character; a `# text` line before each sentence keeps offsets.

mod columns;
pub use columns::{Columns, ColumnsError};

use super::align::align_document;
use super::concept_ids::ConceptIds;
use super::document::{CharIndex, Document, Mention};
use super::error::{CorpusError, Fault, shown};
use super::pubtator::one_line;
use super::reading::{Context, Notes, ReadOptions, What};
use super::sentence::{Sentence, sentences};
use super::tag_scheme::{MerScheme, TagSpan, decode_mer, encode_mer};
use super::tag_set::OUTSIDE;
use super::tokenize::Token;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// What stands in the third column where there is no concept.
const NO_CONCEPT: &str = "_";

type Faulty = (usize, Fault);

/// Reads all documents of `text`; `name` is the file's name for messages.
///
/// # Errors
/// [`CorpusError::Line`]: a line of other columns, a tag that is none, a third column that is none of concepts, a token that is not in its
/// sentence's text.
pub fn read(name: &str, text: &str) -> Result<Vec<Document>, CorpusError> {
    read_with(text, &mut Context { options: &ReadOptions::default(), name, notes: &mut Notes::default() })
}

pub(super) fn read_with(text: &str, context: &mut Context) -> Result<Vec<Document>, CorpusError> {
    let mut reader = Reader { columns: context.options.columns.clone(), ..Reader::default() };
    reader.named = reader.columns.is_some();
    let mut step = || {
        for (at, line) in text.split('\n').enumerate() {
            reader.line(at + 1, line.strip_suffix('\r').unwrap_or(line))?;
        }
        reader.close_document()
    };
    step().map_err(|(line, fault)| CorpusError::line(context.name, line, fault))?;
    if let Some(columns) = reader.columns.filter(|columns| columns.len() > 2) {
        context.notes.add(What::Columns(columns.to_string()), || context.name.to_owned());
    }
    Ok(reader.documents)
}

/// Whether `line` begins a CoNLL file; how the format is recognised.
pub(super) fn looks_like(line: &str) -> bool {
    let comment = ["# newdoc", "# newpar", "# id =", "# text =", "# sent_id"].iter().any(|start| line.starts_with(start));
    let columns: Vec<&str> = line.splitn(4, '\t').collect();
    comment || line.starts_with("-DOCSTART-") || (matches!(columns.len(), 2 | 3) && !columns[0].is_empty() && is_tag(columns[1]))
}

fn is_tag(tag: &str) -> bool {
    tag == OUTSIDE || tag.strip_prefix("B-").or(tag.strip_prefix("I-")).is_some_and(|label| !label.trim().is_empty())
}

struct TokenLine<'a> {
    line: usize,
    token: &'a str,
    tag: &'a str,
    concept: Option<&'a str>,
}

#[derive(Default)]
struct SentenceLines<'a> {
    text: Option<&'a str>,
    tokens: Vec<TokenLine<'a>>,
}

#[derive(Default)]
struct DocumentLines<'a> {
    id: String,
    sentences: Vec<SentenceLines<'a>>,
    /// How many sentences stand before `# newpar`.
    of_title: Option<usize>,
}

#[derive(Default)]
struct Reader<'a> {
    documents: Vec<Document>,
    document: Option<DocumentLines<'a>>,
    sentence: SentenceLines<'a>,
    /// Those that were named, or those of the first token's line.
    columns: Option<Columns>,
    named: bool,
}

impl<'a> Reader<'a> {
    fn line(&mut self, at: usize, line: &'a str) -> Result<(), Faulty> {
        if line.trim().is_empty() {
            self.close_sentence();
            return Ok(());
        }
        if let Some(rest) = line.strip_prefix("-DOCSTART-") {
            let id = rest.trim().strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(id, _)| id);
            return self.open_document(at, id);
        }
        match line.strip_prefix("# ") {
            Some(comment) if !line.contains('\t') => self.comment(at, comment),
            _ => self.token(at, line),
        }
    }

    fn comment(&mut self, at: usize, comment: &'a str) -> Result<(), Faulty> {
        let (key, value) = comment.split_once('=').map_or((comment.trim(), None), |(key, value)| (key.trim(), Some(value)));
        match (key, value) {
            ("newdoc id" | "id", Some(id)) => self.open_document(at, Some(id)),
            ("newdoc", None) => self.open_document(at, None),
            ("newpar" | "newpar id", _) => {
                self.close_sentence();
                let document = self.document();
                document.of_title.get_or_insert(document.sentences.len());
                Ok(())
            }
            ("text", Some(text)) => {
                self.close_sentence();
                self.sentence.text = Some(text.strip_prefix(' ').unwrap_or(text));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn token(&mut self, at: usize, line: &'a str) -> Result<(), Faulty> {
        // Columns that are named may be parted by blanks, as older files have it.
        let fields: Vec<&str> = match line.contains('\t') || !self.named {
            true => line.split('\t').collect(),
            false => line.split_whitespace().collect(),
        };
        let found = fields.len();
        if !self.named && !matches!(found, 2 | 3) {
            let expected = "a token has two or three (token, tag, concept), or as many as --columns names";
            return Err((at, Fault::MissingField { found, expected }));
        }
        let columns = self.columns.get_or_insert_with(|| Columns::usual(found));
        if columns.len() != found {
            return Err((at, Fault::OtherColumns { found, expected: columns.len() }));
        }
        let (token, tag) = (fields[columns.token()], fields[columns.tag()]);
        if token.trim().is_empty() {
            return Err((at, Fault::EmptyField { field: "column of tokens", of: "line" }));
        }
        if !is_tag(tag) {
            return Err((at, Fault::BadTag { found: shown(tag), column: columns.tag() + 1 }));
        }
        let concept = columns.concept().map(|column| fields[column]).filter(|concept| ![NO_CONCEPT, OUTSIDE].contains(concept));
        if let Some(concept) = concept
            && !self.named
        {
            if concept.starts_with("B-") || concept.starts_with("I-") {
                return Err((at, Fault::SecondTags { found: shown(concept) }));
            }
            let says_nothing = ["", "-", "*", "-1", "NIL", "None", "none", "nil"].contains(&concept.trim());
            if tag == OUTSIDE && !says_nothing {
                return Err((at, Fault::ConceptOutside { found: shown(concept), token: shown(token) }));
            }
        }
        self.sentence.tokens.push(TokenLine { line: at, token, tag, concept });
        Ok(())
    }

    /// The open document; a new one, called by its number, where none is.
    fn document(&mut self) -> &mut DocumentLines<'a> {
        let number = self.documents.len() + 1;
        self.document.get_or_insert_with(|| DocumentLines { id: number.to_string(), ..DocumentLines::default() })
    }

    fn open_document(&mut self, at: usize, id: Option<&str>) -> Result<(), Faulty> {
        self.close_document()?;
        let document = self.document();
        if let Some(id) = id {
            id.trim().clone_into(&mut document.id);
        }
        if document.id.is_empty() {
            return Err((at, Fault::EmptyField { field: "document id", of: "document" }));
        }
        Ok(())
    }

    fn close_sentence(&mut self) {
        let sentence = std::mem::take(&mut self.sentence);
        if !sentence.tokens.is_empty() {
            self.document().sentences.push(sentence);
        }
    }

    fn close_document(&mut self) -> Result<(), Faulty> {
        self.close_sentence();
        if let Some(document) = self.document.take() {
            self.documents.push(document.laid_out()?);
        }
        Ok(())
    }
}

impl DocumentLines<'_> {
    fn laid_out(self) -> Result<Document, Faulty> {
        let of_title = self.of_title.unwrap_or(self.sentences.len().min(1));
        let mut document = Document { id: self.id, ..Document::default() };
        let mut base = 0;
        for (at, sentence) in self.sentences.iter().enumerate() {
            let part = if at < of_title { &mut document.title } else { &mut document.abstract_text };
            if at > 0 && at != of_title {
                part.push(' ');
            }
            // One blank before each sentence but the first, which between title and abstract no part holds; before an abstract
            // without title as well.
            base += usize::from(at > 0 || of_title == 0);
            let (text, places) = sentence.laid_out()?;
            sentence.mentions(base, &text, &places, &mut document.mentions);
            base += text.chars().count();
            part.push_str(&text);
        }
        Ok(document)
    }
}

impl SentenceLines<'_> {
    /// The sentence's text and where in it each token is, in characters.
    fn laid_out(&self) -> Result<(String, Vec<(usize, usize)>), Faulty> {
        let mut places = Vec::with_capacity(self.tokens.len());
        let Some(text) = self.text else {
            let words: Vec<&str> = self.tokens.iter().map(|token| token.token).collect();
            let mut start = 0;
            for word in &words {
                let end = start + word.chars().count();
                places.push((start, end));
                start = end + 1;
            }
            return Ok((words.join(" "), places));
        };
        let (mut rest, mut at) = (text, 0);
        for token in &self.tokens {
            let begun = rest.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
            at += rest[..rest.len() - begun.len()].chars().count();
            let missing = || (token.line, Fault::TokenNotInText { token: shown(token.token) });
            rest = begun.strip_prefix(token.token).ok_or_else(missing)?;
            let end = at + token.token.chars().count();
            places.push((at, end));
            at = end;
        }
        Ok((text.to_owned(), places))
    }

    fn mentions(&self, base: usize, text: &str, places: &[(usize, usize)], into: &mut Vec<Mention>) {
        let tags: Vec<&str> = self.tokens.iter().map(|token| token.tag).collect();
        let index = CharIndex::new(text);
        into.extend(decode_mer(&tags, MerScheme::Iob2).into_iter().map(|span| {
            let (start, end) = (places[span.start].0, places[span.end - 1].1);
            Mention {
                start: base + start,
                end: base + end,
                text: index.slice(start, end).unwrap_or_default().to_owned(),
                entity_type: span.label,
                concept: self.tokens[span.start].concept.map(ConceptIds::from),
                individual: None,
                fragments: Vec::new(),
            }
        }));
    }
}

/// Writes `documents`; three columns where any of their mentions has a concept, else two.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(documents: &[Document], out: &mut dyn Write) -> io::Result<()> {
    let with_concepts = documents.iter().flat_map(|document| &document.mentions).any(|mention| mention.concept.is_some());
    for document in documents {
        writeln!(out, "# newdoc id = {}", one_line(&document.id))?;
        let text = document.text();
        let index = CharIndex::new(&text);
        let boundary = document.title.chars().count() + 1;
        let sentences = sentences_for(document, boundary);
        let aligned = align_document(&sentences, &trimmed(&document.mentions, &sentences));
        let of_title = sentences.partition_point(|sentence| sentence.tokens[0].start < boundary);
        for (at, sentence) in sentences.iter().enumerate() {
            if at == of_title {
                writeln!(out, "# newpar")?;
            }
            let from = if at == 0 || at == of_title { if at < of_title { 0 } else { boundary } } else { sentence.tokens[0].start };
            let to = match sentences.get(at + 1) {
                Some(next) if at + 1 != of_title => next.tokens[0].start - 1,
                Some(_) => boundary - 1,
                None if at < of_title => boundary - 1,
                None => index.len(),
            };
            writeln!(out, "# text = {}", one_line(index.slice(from, to).unwrap_or_default()))?;
            let spans: Vec<TagSpan> = aligned[at]
                .spans
                .iter()
                .map(|span| TagSpan { start: span.start, end: span.end, label: label(&document.mentions[span.mention]) })
                .collect();
            let mut concepts = vec![Cow::Borrowed(NO_CONCEPT); sentence.tokens.len()];
            for span in &aligned[at].spans {
                let concept = document.mentions[span.mention].concept.as_deref().unwrap_or(NO_CONCEPT);
                concepts[span.start..span.end].fill(one_line(concept));
            }
            let tags = encode_mer(&spans, sentence.tokens.len(), MerScheme::Iob2);
            for ((token, tag), concept) in sentence.tokens.iter().zip(&tags).zip(concepts) {
                write!(out, "{}\t{tag}", token.text)?;
                if with_concepts {
                    write!(out, "\t{concept}")?;
                }
                writeln!(out)?;
            }
            writeln!(out)?;
        }
        if of_title == sentences.len() {
            writeln!(out, "# newpar\n")?;
        }
    }
    Ok(())
}

/// A mention's type as a tag can hold it.
fn label(mention: &Mention) -> String {
    one_line(&mention.entity_type).into_owned()
}

/// The document's sentences, tokens split where a mention begins or ends within one, sentences of a part joined where a mention
/// goes across their boundary.
fn sentences_for(document: &Document, boundary: usize) -> Vec<Sentence> {
    let cuts: BTreeSet<usize> = document.mentions.iter().flat_map(|mention| [mention.start, mention.end]).collect();
    // Mentions by their beginning, each with the furthest end so far.
    let mut reach: Vec<(usize, usize)> = document.mentions.iter().map(|mention| (mention.start, mention.end)).collect();
    reach.sort_unstable();
    let mut furthest = 0;
    for (_, end) in &mut reach {
        furthest = furthest.max(*end);
        *end = furthest;
    }
    let is_crossed = |at: usize| reach[..reach.partition_point(|(start, _)| *start < at)].last().is_some_and(|(_, end)| at < *end);
    let mut joined: Vec<Sentence> = Vec::new();
    for mut sentence in sentences(0, document) {
        sentence.tokens = sentence.tokens.into_iter().flat_map(|token| split(token, &cuts)).collect();
        let begin = sentence.tokens[0].start;
        let crossed = begin != boundary && is_crossed(begin);
        match joined.last_mut() {
            Some(last) if crossed && (last.tokens[0].start < boundary) == (begin < boundary) => last.tokens.append(&mut sentence.tokens),
            _ => joined.push(sentence),
        }
    }
    joined
}

fn split(token: Token, cuts: &BTreeSet<usize>) -> Vec<Token> {
    let mut starts: Vec<usize> = vec![token.start];
    starts.extend(cuts.range(token.start + 1..token.end.max(token.start + 1)));
    if starts.len() == 1 {
        return vec![token];
    }
    let ends = starts[1..].iter().copied().chain([token.end]);
    let part = |(&start, end): (&usize, usize)| {
        let text = token.text.chars().skip(start - token.start).take(end - start).collect();
        Token { start, end, text }
    };
    starts.iter().zip(ends).map(part).collect()
}

/// The mentions' places without the white space at their ends.
fn trimmed(mentions: &[Mention], sentences: &[Sentence]) -> Vec<Mention> {
    let tokens: Vec<&Token> = sentences.iter().flat_map(|sentence| &sentence.tokens).collect();
    let place = |mention: &Mention| {
        let first = tokens.partition_point(|token| token.start < mention.start);
        let last = tokens.partition_point(|token| token.end <= mention.end);
        let (start, end) = if first < last { (tokens[first].start, tokens[last - 1].end) } else { (mention.start, mention.start) };
        Mention { start, end, ..Mention::default() }
    };
    mentions.iter().map(place).collect()
}

#[cfg(test)]
mod tests;
