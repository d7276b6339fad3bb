//! Vectors as text, one row a line: GloVe's files as they are, word2vec's with their header `rows dimension`.
//!
//! Columns are parted by blanks or tabs; blanks at a line's end (word2vec writes one) and empty lines mean nothing. The last columns are the
//! vector, as many as it has dimensions; what stands before is the word, blanks in it or not (GloVe's 840B file has `. . .`).

use std::path::Path;

use super::error::{EmbeddingError, FilePosition};
use super::input::{Input, LineEnd};
use super::{Embedding, RowCollector};

/// No writer uses more bytes for one number of 32 bits.
const NUMBER_LIMIT: usize = 64;
const WORD_LIMIT: usize = 1 << 16;

/// The longest line that a row of so many numbers can be.
pub(super) fn line_limit(dimension: usize) -> usize {
    WORD_LIMIT + dimension.saturating_mul(NUMBER_LIMIT)
}

pub(super) fn load(path: &Path, mut collector: RowCollector) -> Result<Embedding, EmbeddingError> {
    let expected_dimension = collector.embedding.dimension;
    let mut input = Input::open(path)?;
    let mut vector = vec![0.0; expected_dimension];
    let mut promised = None;
    let mut rows = 0;
    let mut line = Vec::new();
    while let Some(end) = input.next_line(&mut line, line_limit(expected_dimension), expected_dimension)? {
        let row = line.trim_ascii_end();
        if row.is_empty() {
            continue;
        }
        if input.line == 1
            && let Some((count, dimension)) = header(row)
        {
            if dimension != expected_dimension {
                let place = FilePosition::Line(1);
                return Err(EmbeddingError::Dimension { path: path.to_owned(), place, found: dimension, expected: expected_dimension });
            }
            promised = Some(count);
            continue;
        }
        if promised == Some(rows) {
            return Err(EmbeddingError::TooManyRows { path: path.to_owned(), promised: rows, place: FilePosition::Line(input.line) });
        }
        rows += 1;
        let Some(word_end) = end_of_word(row, expected_dimension) else {
            return Err(wrong_columns(row, end, &input, rows, promised, expected_dimension));
        };
        if row[..word_end].iter().any(u8::is_ascii_whitespace) {
            collector.has_blanks(&row[..word_end], FilePosition::Line(input.line));
        }
        // The first row is always read: a file of another kind is found out at once.
        let word = collector.wants(&row[..word_end]);
        if word.is_none() && rows > 1 {
            continue;
        }
        let place = FilePosition::Line(input.line);
        let shown = word.map_or_else(|| String::from_utf8_lossy(&row[..word_end]), Into::into);
        let found = read_numbers(&row[word_end..], &mut vector, path, place, &shown)?;
        if found != expected_dimension {
            return Err(wrong_columns(row, end, &input, rows, promised, expected_dimension));
        }
        if let Some(word) = word {
            collector.keep(word, &vector, place);
        }
    }
    if let Some(promised) = promised
        && rows < promised
    {
        return Err(EmbeddingError::TooFewRows { path: path.to_owned(), promised, found: rows });
    }
    Ok(collector.finish(path, rows))
}

/// word2vec's header: two whole numbers and nothing else. (A row of one dimension for a word of digits would look so too.)
pub(super) fn header(row: &[u8]) -> Option<(u64, usize)> {
    let mut columns = std::str::from_utf8(row).ok()?.split_ascii_whitespace();
    let (rows, dimension) = (columns.next()?.parse().ok()?, columns.next()?.parse().ok()?);
    columns.next().is_none().then_some((rows, dimension))
}

/// Where the word of a row ends that so many numbers follow; `None` where there is no word, or what would be one holds numbers only behind
/// its first column: that is a row of another dimension. Counting blanks is enough for nearly every line and needs no look at the columns,
/// which is most of the time that a long file takes.
fn end_of_word(row: &[u8], dimension: usize) -> Option<usize> {
    let first_end = || row.iter().position(u8::is_ascii_whitespace);
    if row.iter().filter(|byte| **byte == b' ').count() == dimension && row[0] != b' ' && !row.windows(2).any(|pair| pair == b"  ") {
        return first_end();
    }
    let columns = count_columns(row);
    if columns <= dimension {
        return None;
    }
    // From the end: past as many columns as there are numbers, then past the blanks before them.
    let mut end = row.len();
    for _ in 0..dimension {
        end = row[..end].trim_ascii_end().iter().rposition(u8::is_ascii_whitespace)? + 1;
    }
    let word = row[..end].trim_ascii_end();
    let is_number = |column: &[u8]| std::str::from_utf8(column).is_ok_and(|column| column.parse::<f32>().is_ok());
    let more_columns = word.split(u8::is_ascii_whitespace).filter(|column| !column.is_empty()).skip(1);
    if columns > dimension + 1 && more_columns.into_iter().any(is_number) {
        return None;
    }
    (!word.is_empty()).then_some(word.len())
}

pub(super) fn count_columns(row: &[u8]) -> usize {
    row.split(u8::is_ascii_whitespace).filter(|column| !column.is_empty()).count()
}

/// Reads the columns into `vector` and gives how many there are, which may be more or fewer than it takes.
pub(super) fn read_numbers(
    columns: &[u8],
    vector: &mut [f32],
    path: &Path,
    place: FilePosition,
    word: &str,
) -> Result<usize, EmbeddingError> {
    let mut found = 0;
    for column in columns.split(u8::is_ascii_whitespace).filter(|column| !column.is_empty()) {
        found += 1;
        let number = std::str::from_utf8(column).ok().and_then(|column| column.parse::<f32>().ok()).filter(|number| number.is_finite());
        match (number, vector.get_mut(found - 1)) {
            (Some(number), Some(slot)) => *slot = number,
            (Some(_), None) => {}
            (None, _) if !is_text(columns) => return Err(EmbeddingError::NotText { path: path.to_owned(), place }),
            (None, _) => {
                let text = String::from_utf8_lossy(column).chars().take(40).collect();
                return Err(EmbeddingError::Number { path: path.to_owned(), place, word: word.to_owned(), column: found, found: text });
            }
        }
    }
    Ok(found)
}

/// Control characters stand in no text: they betray a binary file.
pub(super) fn is_text(row: &[u8]) -> bool {
    !row.iter().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace())
}

/// Why a row has not the columns it should have: another dimension, no text at all, a file cut short, or a bad line.
fn wrong_columns(row: &[u8], end: LineEnd, input: &Input, rows: u64, promised: Option<u64>, expected: usize) -> EmbeddingError {
    let path = input.path.clone();
    let found = count_columns(row).saturating_sub(1);
    if !is_text(row) {
        return EmbeddingError::NotText { path, place: FilePosition::Line(input.line) };
    }
    if end == LineEnd::EndOfFile && found < expected {
        return EmbeddingError::Truncated { path, place: FilePosition::Line(input.line), row: rows, promised };
    }
    if rows == 1 && promised.is_none() && found > 0 {
        return EmbeddingError::Dimension { path, place: FilePosition::Line(input.line), found, expected };
    }
    let word = row.split(u8::is_ascii_whitespace).find(|column| !column.is_empty()).unwrap_or_default();
    let word = String::from_utf8_lossy(word).chars().take(40).collect();
    EmbeddingError::Columns { path, line: input.line, word, found, expected }
}
