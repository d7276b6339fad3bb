//! word2vec's binary format: `rows dimension\n`, then for each row the word, one blank, `dimension` little-endian `f32`s
//! and, from most writers, a line end.

use std::path::Path;

use super::error::{EmbeddingError, FilePosition};
use super::input::Input;
use super::{Embedding, RowCollector};

/// Two numbers of 64 bits fit.
const HEADER_LIMIT: usize = 64;
/// word2vec itself writes at most 100 bytes per word; others write URLs.
const WORD_LIMIT: usize = 8192;

pub(super) fn load(path: &Path, mut collector: RowCollector) -> Result<Embedding, EmbeddingError> {
    let expected_dimension = collector.embedding.dimension;
    let mut input = Input::open(path)?;
    let (rows, dimension) = header(&mut input)?;
    if dimension != expected_dimension {
        return Err(EmbeddingError::Dimension {
            path: path.to_owned(),
            place: FilePosition::Line(1),
            found: dimension,
            expected: expected_dimension,
        });
    }
    let mut word = Vec::new();
    let mut bytes = vec![0; dimension * size_of::<f32>()];
    let mut vector = vec![0.0; dimension];
    for row in 1..=rows {
        let start = input.offset;
        let cut_short =
            |byte| EmbeddingError::Truncated { path: path.to_owned(), place: FilePosition::Byte(byte), row, promised: Some(rows) };
        if !input.read_until(b' ', WORD_LIMIT, &mut word)? {
            return Err(if word.len() > WORD_LIMIT {
                EmbeddingError::WordTooLong { path: path.to_owned(), byte: start, row, limit: WORD_LIMIT }
            } else {
                cut_short(input.offset)
            });
        }
        let numbers_start = input.offset;
        if !input.read_full(&mut bytes)? {
            return Err(cut_short(input.offset));
        }
        let Some(word) = collector.wants(word.trim_ascii_start()) else { continue };
        for (column, (number, bytes)) in vector.iter_mut().zip(bytes.as_chunks().0).enumerate() {
            *number = f32::from_le_bytes(*bytes);
            if !number.is_finite() {
                let place = FilePosition::Byte(numbers_start + (column * size_of::<f32>()) as u64);
                let (word, found) = (word.to_owned(), number.to_string());
                return Err(EmbeddingError::Number { path: path.to_owned(), place, word, column: column + 1, found });
            }
        }
        collector.keep(word, &vector, FilePosition::Byte(start));
    }
    nothing_follows(&mut input, rows)?;
    Ok(collector.finish(path, rows))
}

fn header(input: &mut Input) -> Result<(u64, usize), EmbeddingError> {
    let mut line = Vec::new();
    let complete = input.read_until(b'\n', HEADER_LIMIT, &mut line)?;
    let text = String::from_utf8_lossy(&line);
    let numbers: Vec<&str> = text.split_ascii_whitespace().collect();
    if complete
        && let [rows, dimension] = numbers[..]
        && let (Ok(rows), Ok(dimension)) = (rows.parse(), dimension.parse::<u32>())
        && dimension > 0
    {
        return Ok((rows, dimension as usize));
    }
    Err(EmbeddingError::Header { path: input.path.clone(), found: text.chars().take(40).collect() })
}

/// After the last row there may be line ends only.
fn nothing_follows(input: &mut Input, promised: u64) -> Result<(), EmbeddingError> {
    let mut byte = [0];
    while input.read_full(&mut byte)? {
        if !byte[0].is_ascii_whitespace() {
            let place = FilePosition::Byte(input.offset - 1);
            return Err(EmbeddingError::TooManyRows { path: input.path.clone(), promised, place });
        }
    }
    Ok(())
}
