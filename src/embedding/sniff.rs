//! What a file of vectors is, from its first lines.

use super::Source;
use super::error::{EmbeddingError, FilePosition};
use super::input::Input;
use super::text::{count_columns, header, is_text, line_limit};
use std::path::Path;

/// Dimensions beyond which a first line is not taken for one of vectors.
const WIDEST: usize = 1 << 16;

/// The source that the file is, as its first lines tell it, and the numbers in a row. Text may be gzipped.
///
/// # Errors
/// A file that cannot be opened, is empty, or does not begin as one of vectors does.
pub fn sniff(path: &Path) -> Result<(Source, usize), EmbeddingError> {
    let mut input = Input::open(path)?;
    let mut line = Vec::new();
    input.next_line(&mut line, line_limit(WIDEST), WIDEST)?;
    let first = line.trim_ascii_end().to_vec();
    let text = |dimension| Ok((Source::Text(path.to_owned()), dimension));
    if let Some((rows, dimension)) = header(&first) {
        // Behind a header stand rows of text, or words with the bytes of their numbers.
        let row = input.next_line(&mut line, line_limit(dimension.min(WIDEST)), dimension);
        let is_row = row.is_ok_and(|end| end.is_none()) && rows == 0 || is_text(&line) && count_columns(line.trim_ascii_end()) > dimension;
        return if is_row { text(dimension) } else { Ok((Source::Word2vecBinary(path.to_owned()), dimension)) };
    }
    match count_columns(&first) {
        columns if columns > 1 && is_text(&first) => text(columns - 1),
        _ => Err(EmbeddingError::NotText { path: path.to_owned(), place: FilePosition::Line(1) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_first_lines_tell_format_and_dimension() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vectors");
        let told = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            sniff(&path)
                .map(|(source, dimension)| (matches!(source, Source::Word2vecBinary(_)), dimension))
                .map_err(|error| error.to_string())
        };
        assert_eq!(told(b"fever 0.1 0.2 0.3\npain 1 2 3\n"), Ok((false, 3)));
        assert_eq!(told(b"2 3\nfever 0.1 0.2 0.3 \npain 1 2 3\n"), Ok((false, 3)));
        let mut binary = b"1 2\nfever ".to_vec();
        binary.extend([0.5f32, -0.25].iter().flat_map(|number| number.to_le_bytes()));
        assert_eq!(told(&binary), Ok((true, 2)));
        assert!(told(b"").is_err() && told(b"word\n").is_err() && told(&[0, 1, 2, 3]).is_err());
    }
}
