//! Bytes that are no text, line ends of other systems, structures that never end.

use super::{example, read};
use mermen::corpus::{Format, parse_documents, sentences, tokenize};
use mermen::experiment::spec_file::{Names, load};
use std::fs;

#[test]
fn a_byte_order_mark_and_line_ends_of_windows_change_nothing() {
    let (_, written) = example();
    for (format, text) in written {
        let want = read(format, text.as_bytes()).unwrap();
        for other in [format!("\u{feff}{text}"), text.replace('\n', "\r\n"), format!("\u{feff}{}", text.replace('\n', "\r\n"))] {
            assert_eq!(read(format, other.as_bytes()).unwrap(), want, "{format}");
        }
    }
}

#[test]
fn bytes_that_are_not_utf8_are_named_by_line_and_byte() {
    let (_, written) = example();
    for (format, text) in written {
        for broken in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"] {
            let mut bytes = text.clone().into_bytes();
            let line = text.lines().count() + 1;
            bytes.extend(broken);
            let said = read(format, &bytes).unwrap_err().to_string();
            assert!(said.starts_with(&format!("x:{line}: byte {} of the file is not UTF-8", text.len())), "{format}: {said}");
        }
    }
}

/// NUL and other control characters are read as they stand, or refused; tokens lie where they lie.
#[test]
fn control_characters_are_no_obstacle() {
    let (_, written) = example();
    for c in ['\0', '\u{1}', '\u{b}', '\u{1b}', '\u{7f}', '\u{85}', '\u{2028}', '\u{fffe}'] {
        for (format, text) in &written {
            for at in text.char_indices().map(|(at, _)| at).step_by(7) {
                let changed = format!("{}{c}{}", &text[..at], &text[at..]);
                match read(*format, changed.as_bytes()) {
                    Ok(documents) => {
                        for (number, document) in documents.iter().enumerate() {
                            sentences(number, document);
                        }
                    }
                    Err(error) => assert!(!error.to_string().chars().any(char::is_control), "{format}: {error:?}"),
                }
            }
        }
        let tokens = tokenize(&format!("gout{c}fever"));
        assert!(tokens.iter().any(|token| token.text.starts_with("gout")) && tokens.iter().any(|token| token.text.ends_with("fever")));
    }
}

/// The "billion laughs": ten entities, each of ten of the one before.
#[test]
fn entities_of_a_document_type_are_not_expanded() {
    let mut bomb = String::from("<?xml version=\"1.0\"?>\n<!DOCTYPE collection [\n<!ENTITY lol0 \"lol\">\n");
    for level in 1..10 {
        bomb += &format!("<!ENTITY lol{level} \"{}\">\n", format!("&lol{};", level - 1).repeat(10));
    }
    bomb += "]>\n<collection><document><id>1</id><passage><offset>0</offset><text>&lol9;</text></passage></document></collection>";
    let said = parse_documents("x.xml", bomb.as_bytes()).unwrap_err().to_string();
    assert!(said.starts_with("x.xml:14: the entity `&lol9;`"), "{said}");
    let outside = "<!DOCTYPE c [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><collection><document><id>&e;</id></document></collection>";
    let said = parse_documents("x.xml", outside.as_bytes()).unwrap_err().to_string();
    assert!(said.contains("the entity `&e;`"), "{said}");
}

#[test]
fn no_depth_of_nesting_ends_the_program() {
    const DEPTH: usize = 200_000;
    let (open, close) = ("<passage>".repeat(DEPTH), "</passage>".repeat(DEPTH));
    let deep = format!("<collection><document><id>1</id>{open}<text>Gout</text>{close}</document></collection>");
    assert_eq!(read(Format::BiocXml, deep.as_bytes()).unwrap()[0].id, "1");
    assert!(read(Format::BiocXml, open.as_bytes()).unwrap_err().to_string().contains("never closed"));

    let lists = "[".repeat(DEPTH);
    let sentences = format!("{{\"id\":\"1\",\"passages\":[{}", "{\"sentences\":[".repeat(DEPTH));
    let infons = format!("{{\"id\":\"1\",\"passages\":[{{\"annotations\":[{{\"infons\":{}", "{\"a\":".repeat(DEPTH));
    let ignored = format!("{{\"id\":\"1\",\"unknown\":{}1{}}}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    for text in [&lists, &sentences, &infons, &ignored] {
        for format in [Format::BiocJson, Format::JsonLines] {
            if let Err(error) = read(format, text.as_bytes()) {
                assert!(error.to_string().len() < 1000);
            }
        }
    }

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deep.yaml");
    let aliases: String =
        (1..30).map(|level| format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", "))).collect();
    let blocks: String = (0..2000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    for text in
        [format!("name: {}", "[".repeat(DEPTH)), "{a: ".repeat(DEPTH), blocks, format!("a0: &a0 [1]\n{aliases}"), "- ".repeat(DEPTH)]
    {
        fs::write(&file, &text).unwrap();
        let said = load(&file, &Names::default(), &[]).unwrap_err().to_string();
        assert!(said.contains("deep.yaml:") && said.len() < 100_000, "{} characters: {:.300}", said.len(), said);
    }
}
