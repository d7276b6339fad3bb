//! Bytes, line ends, offsets and spellings.

use super::*;

#[test]
fn gzip_of_several_members_is_read_in_every_format() {
    let documents = documents();
    for format in IN_ONE_FILE {
        let bytes = written(format, &documents);
        let (first, second) = bytes.split_at(bytes.len() / 2);
        let packed = [gzip(first), gzip(second)].concat();
        assert_eq!(parse_documents("x.gz", &packed).unwrap(), documents, "{format}");
        let cut = parse_documents("x.gz", &packed[..packed.len() - 9]).unwrap_err().to_string();
        assert!(cut.starts_with("x.gz: its gzip data cannot be unpacked after "), "{cut}");
    }
    let root = folder(&[]);
    write_documents(Format::Brat, &documents, &root.path().join("brat")).unwrap();
    for name in ["1.ann", "1.txt", "2.ann", "2.txt"] {
        let path = root.path().join("brat").join(name);
        std::fs::write(&path, gzip(&std::fs::read(&path).unwrap())).unwrap();
    }
    assert_eq!(crate::corpus::read(root.path().join("brat")).unwrap(), documents);
}

#[test]
fn what_is_packed_otherwise_or_utf16_is_called_by_its_name() {
    let said = |bytes: &[u8]| parse_documents("x", bytes).unwrap_err().to_string();
    let utf16: Vec<u8> = "\u{feff}1|t|Gout\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(said(&utf16).starts_with("x: the file is UTF-16; convert it to UTF-8"));
    assert!(said(b"PK\x03\x04...").starts_with("x: the file is a zip archive; unpack it first"));
    assert!(said(b"\xfd7zXZ\0.").contains("unxz"));
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    // The sum of the header's bytes, its own field counted as eight blanks, in octal digits.
    tar[148..156].copy_from_slice(format!("{:06o}\0 ", b"ustar".iter().map(|byte| u32::from(*byte)).sum::<u32>() + 8 * 32).as_bytes());
    assert!(said(&gzip(&tar)).starts_with("x: the file is a tar archive"));
    let text = format!("1|t|{}ustar is a word here{}\n", "x".repeat(253), " and so on".repeat(30));
    assert_eq!(&text[257..262], "ustar");
    assert_eq!(parse_documents("x", text.as_bytes()).unwrap().len(), 1);
}

#[test]
fn line_ends_and_marks_change_nothing_in_any_format() {
    let documents = documents();
    for format in IN_ONE_FILE {
        let text = String::from_utf8(written(format, &documents)).unwrap();
        let one = |at: usize| String::from_utf8(written(format, &documents[at..=at])).unwrap();
        let (first, second) = (one(0), one(1));
        let mut ways = vec![text.replace('\n', "\r\n"), format!("\u{feff}{text}"), format!("\u{feff}{}", text.replace('\n', "\r\n"))];
        // Files joined, each with its mark; a carriage return by itself, where lines matter.
        ways.push(format!("\u{feff}{first}\u{feff}{second}"));
        if !matches!(format, Format::BiocXml | Format::BiocJson) {
            ways.push(text.replace('\n', "\r"));
        }
        for way in ways {
            let read = parse_documents("x", way.as_bytes()).unwrap_or_else(|error| panic!("{format}: {error}\n{way:?}"));
            assert_eq!(read, documents, "{format}: {way:?}");
        }
    }
}

const NOTE: &str = "Gout in a man.\r\nHe had gout and asthma.\r\nAsthma went.";

#[test]
fn brat_counts_a_line_end_of_windows_as_one_character_or_as_two_as_its_annotations_fit() {
    let as_one = "T1\tDisease 0 4\tGout\nT2\tDisease 22 26\tgout\nT3\tDisease 31 37\tasthma\nT4\tDisease 39 45\tAsthma\n";
    let as_two = "T1\tDisease 0 4\tGout\nT2\tDisease 23 27\tgout\nT3\tDisease 32 38\tasthma\nT4\tDisease 41 47\tAsthma\n";
    let shifted = "T1\tDisease 1 5\tGout\nT2\tDisease 23 27\tgout\nT3\tDisease 32 38\tasthma\nT4\tDisease 40 46\tAsthma\n";
    let noted = |text: &str, annotations: &str| {
        let folder = folder(&[("n.txt", text), ("n.ann", &annotations.replace('\n', "\r\n"))]);
        let (documents, notes) = read_documents_with(folder.path(), &ReadOptions::default()).unwrap();
        let words: Vec<String> = documents[0].mentions.iter().map(|mention| mention.text.clone()).collect();
        assert_eq!(words, ["Gout", "gout", "asthma", "Asthma"]);
        let text: Vec<char> = documents[0].text().chars().collect();
        assert!(documents[0].mentions.iter().all(|m| text[m.start..m.end].iter().collect::<String>() == m.text));
        notes.iter().map(|note| note.what.clone()).collect::<Vec<_>>()
    };
    assert_eq!(noted(NOTE, as_one), []);
    assert_eq!(noted(&NOTE.replace("\r\n", "\r"), as_one), []);
    assert_eq!(noted(NOTE, as_two), [What::CountedLineEnds]);
    let marked = format!("\u{feff}{NOTE}");
    assert_eq!(noted(&marked, as_one), []);
    assert_eq!(noted(&marked, shifted), [What::CountedMark]);
}

/// The documents with offsets that count in `unit`.
fn in_unit(documents: &[Document], unit: OffsetUnit) -> Vec<Document> {
    let mut documents = documents.to_vec();
    for document in &mut documents {
        let text: Vec<char> = document.text().chars().collect();
        let at = |place: usize| unit.length(&text[..place].iter().collect::<String>());
        for mention in &mut document.mentions {
            (mention.start, mention.end) = (at(mention.start), at(mention.end));
        }
    }
    documents
}

#[test]
fn offsets_in_bytes_or_utf16_units_are_recognised_and_the_text_stays_as_it_is() {
    let documents = documents();
    for unit in [OffsetUnit::Bytes, OffsetUnit::Utf16] {
        let counted = in_unit(&documents, unit);
        assert_ne!(counted, documents);
        for format in WITH_OFFSETS {
            let (read, notes) = read(format, &written(format, &counted)).unwrap();
            assert_eq!(read, documents, "{format} {unit:?}");
            assert!(notes.iter().any(|note| note.what == What::Offsets(unit)), "{format}: {notes:?}");
        }
        let lines: String =
            counted[0].mentions.iter().enumerate().map(|(at, m)| format!("T{at}\tDisease {} {}\t{}\n", m.start, m.end, m.text)).collect();
        let folder = folder(&[("1.txt", "β-gout 𝛽 in men\nGout hurts."), ("1.ann", &lines)]);
        let (read, notes) = read_documents_with(folder.path(), &ReadOptions::default()).unwrap();
        assert_eq!((read[0].mentions[1].start, notes.iter().next().unwrap().what.clone()), (16, What::Offsets(unit)));
    }
    // Passages whose offsets count bytes state no gap: nothing is padded. One annotation that fits in no unit refuses the file.
    let xml = |start: usize, words: &str| {
        format!(
            "<collection><document><id>1</id><passage><offset>0</offset><text>β-gout</text></passage><passage><offset>8</offset><text>Gout hurts.</text>\
             <annotation><infon key='type'>D</infon><location offset='8' length='4'/><text>Gout</text></annotation>\
             <annotation><infon key='type'>D</infon><location offset='{start}' length='5'/><text>{words}</text></annotation></passage></document></collection>"
        )
    };
    let (documents, notes) = read(Format::BiocXml, xml(13, "hurts").as_bytes()).unwrap();
    assert_eq!((documents[0].text().as_str(), documents[0].mentions[0].start), ("β-gout Gout hurts.", 7));
    assert_eq!(whats(&notes), [(What::Offsets(OffsetUnit::Bytes), 1)]);
    let said = read(Format::BiocXml, xml(11, "hurts").as_bytes()).unwrap_err().to_string();
    assert!(said.contains("but the annotation says"), "{said}");
}

/// A document whose mention has the text of `words`, laid out by hand since writers keep to the text.
fn with_words(format: Format, words: &str, end: usize) -> Vec<u8> {
    let text = match format {
        Format::PubTator => format!("1|t|SARS‐CoV‐2 and TNF‐α.\n1|a|It is.\n1\t0\t{end}\t{words}\tDisease\tD1\n"),
        Format::JsonLines => format!(
            "{{\"id\":\"1\",\"title\":\"SARS‐CoV‐2 and TNF‐α.\",\"abstract\":\"It is.\",\"mentions\":[{{\"start\":0,\"end\":{end},\"text\":\"{words}\",\"type\":\"Disease\"}}]}}"
        ),
        Format::BiocJson => format!(
            "{{\"id\":\"1\",\"passages\":[{{\"offset\":0,\"text\":\"SARS‐CoV‐2 and TNF‐α.\",\"annotations\":[{{\"text\":\"{words}\",\"infons\":{{\"type\":\"Disease\"}},\
             \"locations\":[{{\"offset\":0,\"length\":{end}}}]}}]}},{{\"offset\":22,\"text\":\"It is.\"}}]}}"
        ),
        _ => format!(
            "<collection><document><id>1</id><passage><offset>0</offset><text>SARS‐CoV‐2 and TNF‐α.</text><annotation><infon key='type'>Disease</infon>\
             <location offset='0' length='{end}'/><text>{words}</text></annotation></passage><passage><offset>22</offset><text>It is.</text></passage></document></collection>"
        ),
    };
    text.into_bytes()
}

#[test]
fn another_spelling_takes_the_documents_text_and_another_text_is_for_the_user_to_decide() {
    for format in WITH_OFFSETS {
        let respelt = with_words(format, "SARS CoV 2", 10);
        let (documents, notes) = read(format, &respelt).unwrap();
        assert_eq!((documents[0].mentions[0].text.as_str(), whats(&notes)), ("SARS‐CoV‐2", vec![(What::Respelt, 1)]), "{format}");
        assert!(read_so(format, &respelt, TextMismatch::Refuse).is_err());

        let other = with_words(format, "influenza", 10);
        let said = read(format, &other).unwrap_err().to_string();
        for part in ["document 1", "`SARS‐CoV‐2`", "`influenza`", "--text-mismatch keep", "`drop`"] {
            assert!(said.contains(part), "{format}: {said}");
        }
        let (documents, notes) = read_so(format, &other, TextMismatch::Keep).unwrap();
        assert_eq!((documents[0].mentions[0].text.as_str(), whats(&notes)), ("SARS‐CoV‐2", vec![(What::OtherText, 1)]));
        let (documents, notes) = read_so(format, &other, TextMismatch::Drop).unwrap();
        assert_eq!((documents[0].mentions.len(), whats(&notes)), (0, vec![(What::DroppedText, 1)]));

        let outside = with_words(format, "influenza", 99);
        assert!(read(format, &outside).unwrap_err().to_string().contains("go past the text of document 1"));
        for choice in [TextMismatch::Keep, TextMismatch::Drop] {
            let (documents, notes) = read_so(format, &outside, choice).unwrap();
            assert_eq!((documents[0].mentions.len(), whats(&notes)), (0, vec![(What::DroppedOutside, 1)]));
        }
    }
}

/// The kit looks at offsets, types and ids alone.
#[test]
fn what_is_scored_is_kept_as_it_stands_and_noted() {
    for format in WITH_OFFSETS {
        for (words, end, what) in [("influenza", 10, What::OtherText), ("x", 99, What::OutsideText), ("", 0, What::EmptySpan)] {
            let bytes = with_words(format, words, end);
            assert!(read(format, &bytes).is_err());
            let (documents, notes) = read_so(format, &bytes, TextMismatch::Score).unwrap();
            assert_eq!((documents[0].mentions[0].start, documents[0].mentions[0].end), (0, end), "{format}");
            assert_eq!(whats(&notes), [(what, 1)], "{format}");
            assert!(notes.lines()[0].contains("first: x:"), "{notes:?}");
        }
    }
    let reversed = "1|t|Gout\n1|a|\n1\t4\t0\tGout\tDisease\tD1\nstray\n1\t0x\t4\tGout\tDisease\n9\t0\t4\tGout\tDisease\n1|t|Again\n";
    let (documents, notes) = read_so(Format::PubTator, reversed.as_bytes(), TextMismatch::Score).unwrap();
    assert_eq!(documents.iter().map(|document| document.id.as_str()).collect::<Vec<_>>(), ["1", "9", "1"]);
    assert_eq!(whats(&notes), [(What::NoAnnotation, 2), (What::EmptySpan, 1)]);
}
