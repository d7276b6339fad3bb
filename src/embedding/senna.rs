//! Senna's pair of files: `words.lst`, one word a line, and `embeddings.txt`, the vectors in the same order.
//!
//! Senna's words are lower-case and its digits are all `0`; the look-up rule decides what a cased word finds.

use std::path::Path;

use super::error::{EmbeddingError, FilePosition};
use super::input::{Input, LineEnd};
use super::text::{line_limit, read_numbers};
use super::{Embedding, RowCollector};

pub(super) fn load(words: &Path, vectors: &Path, mut collector: RowCollector) -> Result<Embedding, EmbeddingError> {
    let expected_dimension = collector.embedding.dimension;
    let mut word_lines = Input::open(words)?;
    let mut vector_lines = Input::open(vectors)?;
    let (mut word, mut numbers) = (Vec::new(), Vec::new());
    let mut vector = vec![0.0; expected_dimension];
    let mut rows = 0;
    loop {
        let has_word = next_row(&mut word_lines, &mut word, expected_dimension)?;
        let has_vector = next_row(&mut vector_lines, &mut numbers, expected_dimension)?;
        let (Some(_), Some(end)) = (has_word, has_vector) else {
            let words_count = rows + count_rest(&mut word_lines, has_word, &mut word, expected_dimension)?;
            let vectors_count = rows + count_rest(&mut vector_lines, has_vector, &mut numbers, expected_dimension)?;
            if words_count != vectors_count {
                let (words, vectors) = (words.to_owned(), vectors.to_owned());
                return Err(EmbeddingError::SennaRows { words, words_count, vectors, vectors_count });
            }
            return Ok(collector.finish(words, rows));
        };
        rows += 1;
        let found = numbers.split(u8::is_ascii_whitespace).filter(|column| !column.is_empty()).count();
        if found != expected_dimension {
            return Err(wrong_columns(vectors, vector_lines.line, rows, found, expected_dimension, end));
        }
        if let Some(word) = collector.wants(word.trim_ascii()) {
            read_numbers(&numbers, &mut vector, vectors, FilePosition::Line(vector_lines.line), word)?;
            collector.keep(word, &vector, FilePosition::Line(word_lines.line));
        }
    }
}

/// The next line, read past empty ones.
fn next_row(input: &mut Input, line: &mut Vec<u8>, dimension: usize) -> Result<Option<LineEnd>, EmbeddingError> {
    loop {
        let end = input.next_line(line, line_limit(dimension), dimension)?;
        if end.is_none() || !line.trim_ascii().is_empty() {
            return Ok(end);
        }
    }
}

/// Rows from the one just read, if any, to the end of the file.
fn count_rest(input: &mut Input, current: Option<LineEnd>, line: &mut Vec<u8>, dimension: usize) -> Result<u64, EmbeddingError> {
    let mut current = current;
    let mut rows = 0;
    while current.is_some() {
        rows += 1;
        current = next_row(input, line, dimension)?;
    }
    Ok(rows)
}

fn wrong_columns(vectors: &Path, line: u64, row: u64, found: usize, expected: usize, end: LineEnd) -> EmbeddingError {
    let path = vectors.to_owned();
    if end == LineEnd::EndOfFile && found < expected {
        EmbeddingError::Truncated { path, place: FilePosition::Line(line), row, promised: None }
    } else if row == 1 {
        EmbeddingError::Dimension { path, place: FilePosition::Line(line), found, expected }
    } else {
        EmbeddingError::SennaColumns { path, line, found, expected }
    }
}
