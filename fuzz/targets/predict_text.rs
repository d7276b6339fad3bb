#![no_main]

use libfuzzer_sys::fuzz_target;
use mermen::predict::input::{Documents, InputFormat};
use std::io::Cursor;

// The first byte chooses the format; above the last of them it is told from the bytes. A document has text and no annotations; reading ends.
fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let format = InputFormat::ALL.get(usize::from(*first) % (InputFormat::ALL.len() + 1)).copied();
    let Ok(documents) = Documents::new("fuzz", Box::new(Cursor::new(bytes.to_vec())), format) else { return };
    for (count, document) in documents.enumerate() {
        assert!(count <= bytes.len(), "more documents than bytes");
        match document {
            Ok(document) => assert!(document.mentions.is_empty() && document.relations.is_empty()),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
});
