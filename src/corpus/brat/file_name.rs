//! Ids of documents to names of files and back.

use std::fmt::Write;

/// Characters that some file system does not allow in a name, and those with which names are made here.
const NOT_IN_NAMES: &[char] = &['/', '\\', ':', '*', '?', '"', '<', '>', '|', '%', '~'];

/// The name, without extension, of the `time`-th document (from one) that is called `id`.
pub fn file_stem(id: &str, time: usize) -> String {
    let mut stem = String::with_capacity(id.len());
    let mut buffer = [0; 4];
    for (at, c) in id.char_indices() {
        if c.is_control() || NOT_IN_NAMES.contains(&c) || (at == 0 && c == '.') {
            for byte in c.encode_utf8(&mut buffer).bytes() {
                let _ = write!(stem, "%{byte:02X}");
            }
        } else {
            stem.push(c);
        }
    }
    if time > 1 {
        let _ = write!(stem, "~{time}");
    }
    stem
}

/// The id and the time that [`file_stem`] made `stem` of; the stem itself where it is of elsewhere.
pub fn document_id(stem: &str) -> (String, usize) {
    let (encoded, time) = match stem.rsplit_once('~').and_then(|(id, time)| Some((id, time.parse().ok()?))) {
        Some((id, time)) if time > 1 => (id, time),
        _ => (stem, 1),
    };
    (decoded(encoded).unwrap_or_else(|| encoded.to_owned()), time)
}

fn decoded(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let [first, after @ ..] = rest {
        if *first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_id_makes_a_name_and_comes_back() {
        for (id, time, stem) in [
            ("123", 1, "123"),
            ("123", 2, "123~2"),
            ("10.1/x", 1, "10.1%2Fx"),
            (".hidden", 3, "%2Ehidden~3"),
            ("a%b~2", 1, "a%25b%7E2"),
            ("β", 1, "β"),
        ] {
            assert_eq!(file_stem(id, time), stem);
            assert_eq!(document_id(stem), (id.to_owned(), time));
        }
        assert_eq!(document_id("50%"), ("50%".to_owned(), 1));
    }
}
