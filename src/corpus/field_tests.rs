//! What files from elsewhere hold, in every format that can hold it: what is read, what is noted, what is refused.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::io::Write;
use std::path::Path;

const WITH_OFFSETS: [Format; 4] = [Format::PubTator, Format::BiocXml, Format::BiocJson, Format::JsonLines];
const IN_ONE_FILE: [Format; 5] = [Format::PubTator, Format::BiocXml, Format::BiocJson, Format::JsonLines, Format::Conll];

fn mention(start: usize, end: usize, text: &str) -> Mention {
    Mention { start, end, text: text.into(), entity_type: "Disease".into(), concept: Some("D1".into()), ..Mention::default() }
}

fn document(id: &str, title: &str, abstract_text: &str, mentions: Vec<Mention>) -> Document {
    Document { id: id.into(), title: title.into(), abstract_text: abstract_text.into(), mentions, ..Document::default() }
}

/// Two documents, with letters outside ASCII and outside the first plane before their mentions.
fn documents() -> Vec<Document> {
    vec![
        document("1", "β-gout 𝛽 in men", "Gout hurts.", vec![mention(2, 6, "gout"), mention(16, 20, "Gout")]),
        document("2", "Asthma.", "Sjögren’s came.", vec![mention(0, 6, "Asthma"), mention(8, 17, "Sjögren’s")]),
    ]
}

fn written(format: Format, documents: &[Document]) -> Vec<u8> {
    let mut out = Vec::new();
    write_stream(format, documents, &mut out).unwrap();
    out
}

fn read(format: Format, bytes: &[u8]) -> Result<(Vec<Document>, Notes), CorpusError> {
    parse_documents_with("x", bytes, &ReadOptions { format: Some(format), ..ReadOptions::default() })
}

fn read_so(format: Format, bytes: &[u8], text_mismatch: TextMismatch) -> Result<(Vec<Document>, Notes), CorpusError> {
    parse_documents_with("x", bytes, &ReadOptions { format: Some(format), text_mismatch, ..ReadOptions::default() })
}

fn whats(notes: &Notes) -> Vec<(What, usize)> {
    notes.iter().map(|note| (note.what.clone(), note.count)).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The files of a brat folder.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).unwrap());
    folder
}

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

#[test]
fn parts_of_a_document_are_joined_in_whatever_order_they_stand() {
    let expected = documents();
    let lines = String::from_utf8(written(Format::PubTator, &expected)).unwrap();
    let lines: Vec<&str> = lines.lines().filter(|line| !line.is_empty()).collect();
    let pick = |is: fn(&str) -> bool| lines.iter().copied().filter(|line| is(line)).collect::<Vec<_>>();
    let (titles, abstracts) = (pick(|line| line.contains("|t|")), pick(|line| line.contains("|a|")));
    let texts = pick(|line| line.contains("|t|") || line.contains("|a|"));
    let annotations = pick(|line| !line.contains('|'));
    for (order, joint) in [
        ([&texts[..], &annotations[..]].concat(), "\n"),
        ([&texts[..], &annotations[..]].concat(), "\n\n"),
        ([&annotations[..], &texts[..]].concat(), "\n"),
        ([&titles[..], &abstracts[..], &annotations[..]].concat(), "\n"),
        ([&abstracts[..], &annotations[..], &titles[..]].concat(), "\n"),
    ] {
        let (read, notes) = read(Format::PubTator, order.join(joint).as_bytes()).unwrap();
        let mut sorted = read.clone();
        sorted.sort_by(|a, b| a.id.cmp(&b.id));
        assert_eq!(sorted, expected, "{order:?}");
        assert_eq!(whats(&notes).iter().map(|(what, _)| what).collect::<Vec<_>>(), [&What::Joined], "{order:?}");
    }
    // Lines without text that go from one document to the next and back are two documents, whose order is that of the first lines.
    let textless = "1\t0\t4\tGout\tDisease\n2\t0\t6\tAsthma\tDisease\n1\t5\t9\tache\tDisease\n";
    let (read_back, notes) = read(Format::PubTator, textless.as_bytes()).unwrap();
    assert_eq!(read_back.iter().map(|document| document.mentions.len()).collect::<Vec<_>>(), [2, 1]);
    assert!(notes.is_empty());
    // An id that stands nowhere else is an error still.
    assert!(read(Format::PubTator, b"1|t|Gout\n1|a|\n7\t0\t4\tGout\tDisease\n").is_err());
}

fn discontinuous() -> Vec<Document> {
    let mut documents = vec![document("1", "Lung and colorectal cancers.", "Both are.", vec![])];
    let whole = |start, fragments: &[Fragment]| Mention {
        fragments: fragments.to_vec(),
        ..mention(start, 27, &"Lung and colorectal cancers"[start..])
    };
    documents[0].mentions = vec![whole(0, &[(0, 4), (20, 27)]), whole(9, &[])];
    let nodes = [("Arg1", 0), ("Arg2", 1)].map(|(role, mention)| RelationNode { role: role.into(), mention }).to_vec();
    documents[0].relations = vec![Relation { kind: "Near".into(), arguments: vec![], nodes }];
    documents
}

#[test]
fn fragments_and_nodes_of_relations_are_kept_where_a_format_holds_them_and_counted_elsewhere() {
    let documents = discontinuous();
    let root = folder(&[]);
    for format in Format::ALL {
        let there = write_documents(format, &documents, &root.path().join(format.name())).unwrap();
        let loss = ConversionLoss::between(&documents, &there);
        match format {
            Format::PubTator => assert_eq!((loss.fragments, loss.relations, loss.mentions), (1, 1, 0)),
            // The longer of two that overlap is kept.
            Format::Conll => assert_eq!((loss.fragments, loss.relations, loss.mentions), (1, 1, 1)),
            _ => assert_eq!(there, documents, "{format}"),
        }
    }
    let said = ConversionLoss { fragments: 2, ..ConversionLoss::default() }.to_string();
    assert_eq!(said, "2 discontinuous mention(s), of which each became one span");
}

#[test]
fn fragments_in_another_order_and_those_that_a_line_end_parts_are_read_as_what_they_are() {
    let text = "Brain, gastric and intestinal contents\nwere studied in renal\nfailure.";
    let annotations =
        "T1\tAnatomy 30 38;7 14\tcontents gastric\nT2\tDisease 55 60;61 68\trenal failure\nN1\tReference T2 MESH:D051437\tx\n";
    let document = brat::read("f.ann", "f", Some(text), annotations).unwrap();
    let found: Vec<_> = document.mentions.iter().map(|m| (m.start, m.end, m.fragments.clone())).collect();
    assert_eq!(found, [(7, 38, vec![(7, 14), (30, 38)]), (55, 68, vec![])]);
    assert_eq!(document.mentions[1].concept.as_deref(), Some("MESH:D051437"));
}

#[test]
fn notes_that_are_ids_are_concepts_and_what_else_is_skipped_is_counted() {
    let text = "Gout.\nRenal failure is rare.";
    let noted = |more: &str| {
        let annotations = format!("T1\tDISO 0 4\tGout\nT2\tDISO 6 19\tRenal failure\n{more}");
        let folder = folder(&[("u.txt", text), ("u.ann", &annotations)]);
        let (documents, notes) = read_documents_with(folder.path(), &ReadOptions::default()).unwrap();
        let concepts: Vec<_> = documents[0].mentions.iter().map(|mention| mention.concept.clone()).collect();
        (concepts, whats(&notes))
    };
    let some = |id: &str| Some(ConceptIds::from(id));
    let codes = "#1\tAnnotatorNotes T1\tC0018099\n#2\tAnnotatorNotes T2\tC0035078 C0022660\n";
    assert_eq!(noted(codes), (vec![some("C0018099"), some("C0035078|C0022660")], vec![(What::NotesAsConcepts, 2)]));
    assert_eq!(noted(&format!("{codes}#3\tAnnotatorNotes T2\tsee page 12\n")), (vec![None, None], vec![(What::Notes, 3)]));
    assert_eq!(noted(&format!("{codes}N1\tReference T1 MESH:D1\tGout\n")), (vec![some("MESH:D1"), None], vec![(What::Notes, 2)]));
    let (_, others) = noted("E1\tDISO:T1\nA1\tNegation T1\n*\tEquiv T1 T2\nR1\tIs Arg1:E1 Arg2:T2\n");
    assert_eq!(others.len(), 4, "{others:?}");
}

#[test]
fn a_relation_without_a_kind_gets_one_and_no_format_writes_an_empty_field() {
    let xml = "<collection><document><id>1</id><passage><offset>0</offset><text>Gout</text></passage>\
               <relation id='R1'><infon key='Chemical'>D9</infon><infon key='Disease'>D1</infon></relation></document></collection>";
    let (documents, notes) = read(Format::BiocXml, xml.as_bytes()).unwrap();
    assert_eq!((documents[0].relations[0].kind.as_str(), whats(&notes)), ("Relation", vec![(What::RelationWithoutKind, 1)]));
    let text = String::from_utf8(written(Format::PubTator, &documents)).unwrap();
    assert!(text.contains("1\tRelation\tD9\tD1\n"), "{text}");
    let said = read(Format::JsonLines, b"{\"id\":\"1\",\"title\":\"A\",\"relations\":[{\"kind\":\"\",\"arguments\":[]}]}")
        .unwrap_err()
        .to_string();
    assert!(said.contains("the kind is empty"), "{said}");
}

#[test]
fn null_is_no_field_numbers_are_ids_and_anything_else_is_told_with_the_fields_name() {
    let line = "{\"id\":102,\"title\":\"Gout.\",\"abstract\":null,\"relations\":null,\"mentions\":[{\"start\":\"0\",\"end\":4,\"text\":null,\
                \"type\":\"Disease\",\"concept\":[\"D1\",2],\"individual\":null}]}";
    let bioc = "{\"id\":102,\"infons\":null,\"relations\":null,\"passages\":[{\"offset\":\"0\",\"text\":\"Gout.\",\"sentences\":null,\"annotations\":[{\"id\":7,\
                \"infons\":{\"type\":\"Disease\",\"identifier\":[\"D1\",2],\"name\":null},\"text\":null,\"locations\":[{\"offset\":0,\"length\":\"4\"}]}]},{\"text\":null}]}";
    for (format, text) in [(Format::JsonLines, line), (Format::BiocJson, bioc)] {
        let (documents, notes) = read(format, text.as_bytes()).unwrap();
        let expected = Mention { concept: Some("D1|2".into()), ..mention(0, 4, "Gout") };
        assert_eq!((documents[0].id.as_str(), &documents[0].mentions), ("102", &vec![expected]), "{format}");
        assert_eq!(whats(&notes), [(What::NoText, 1)]);
    }
    for (format, from, to, field) in [
        (Format::JsonLines, "\"abstract\":null", "\"abstract\":7", "`abstract` is the number 7; expected a text"),
        (Format::JsonLines, "\"title\":\"Gout.\"", "\"title\":[\"Gout.\"]", "`title` is a list; expected a text"),
        (Format::JsonLines, "102", "{}", "`id` is an object"),
        (Format::JsonLines, "\"0\"", "1.5", "`mentions[0].start` is the number 1.5"),
        (Format::JsonLines, "\"end\":4", "\"ende\":4", "the mention `mentions[0]` has no `end`; it has `ende`"),
        (Format::JsonLines, "\"type\":\"Disease\"", "\"type\":null", "the mention `mentions[0]` has no `type`"),
        (Format::JsonLines, "[\"D1\",2]", "[null]", "`mentions[0].concept` is null"),
        (Format::JsonLines, "\"id\"", "\"pmid\"", "has no `id`, but `pmid`: name it with --id-key pmid"),
        (Format::BiocJson, "\"text\":\"Gout.\"", "\"text\":5", "`passages[0].text` is the number 5; expected a text"),
        (Format::BiocJson, "\"offset\":\"0\"", "\"offset\":-1", "`passages[0].offset` is the number -1"),
        (Format::BiocJson, "\"4\"", "\"four\"", "`passages[0].annotations[0].locations[0].length` is the text \"four\""),
        (Format::BiocJson, "\"id\":102", "\"pmid\":102", "the document has no `id`; it has `pmid`"),
        (Format::BiocJson, "\"type\":\"Disease\"", "\"type\":null", "has no infon with the key `type`"),
    ] {
        let text = if format == Format::JsonLines { line } else { bioc };
        assert!(text.contains(from), "{from}");
        let said = read(format, text.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
        assert!(said.starts_with("x:1: ") && said.contains(field), "{said}");
    }
}

#[test]
fn a_text_under_another_key_is_no_empty_document() {
    let read_with = |text: &str, keys: Keys| {
        parse_documents_with("x", text.as_bytes(), &ReadOptions { format: Some(Format::JsonLines), keys, ..ReadOptions::default() })
    };
    let said = |text: &str| read_with(text, Keys::default()).unwrap_err().to_string();
    assert!(
        said("{\"id\":\"1\",\"text\":\"Gout hurts.\"}")
            .contains("under the key `text`, not under `title` and `abstract`: name it with --text-key text")
    );
    assert!(said("{\"id\":\"1\",\"title\":\"Gout\",\"body\":\"It hurts.\"}").contains("--text-key body"));
    assert!(said("{\"id\":\"1\",\"passage_of_ours\":\"Gout hurts.\"}").contains("--text-key passage_of_ours"));
    assert!(
        read_with("{\"id\":\"1\",\"title\":\"Gout\",\"journal\":\"J\",\"year\":7}", Keys::default())
            .is_ok_and(|(_, notes)| notes.iter().count() == 2)
    );
    let entities = "{\"id\":\"1\",\"title\":\"Gout\",\"entities\":[{\"start\":0,\"end\":4}]}";
    assert!(said(entities).contains("has its annotations under the key `entities`, not under `mentions`"));
    let keys = Keys { id: Some("pmid".into()), text: Some("text".into()) };
    let mentioned = "\"mentions\":[{\"start\":6,\"end\":10,\"text\":\"gout\",\"type\":\"D\"}]";
    let (documents, notes) = read_with(
        &format!("{{\"pmid\":7,\"text\":\"A man.\\ngout\",{mentioned}}}").replace(":6", ":7").replace(":10", ":11"),
        keys.clone(),
    )
    .unwrap();
    assert_eq!((documents[0].id.as_str(), documents[0].title.as_str(), documents[0].abstract_text.as_str()), ("7", "A man.", "gout"));
    assert!(notes.is_empty());
    let (documents, _) = read_with("{\"pmid\":7,\"title\":\"A man.\",\"text\":\"Gout.\"}", keys.clone()).unwrap();
    assert_eq!(documents[0].text(), "A man. Gout.");
    let none = read_with("{\"pmid\":7,\"txt\":\"Gout.\"}", keys).unwrap_err().to_string();
    assert!(none.contains("no text under the key `text`; its keys are `pmid`, `txt`"), "{none}");
}

#[test]
fn columns_are_what_they_hold_or_what_they_are_called() {
    let read_with = |text: &str, columns: Option<&str>| {
        let columns = columns.map(|names| names.parse().unwrap());
        parse_documents_with("x", text.as_bytes(), &ReadOptions { format: Some(Format::Conll), columns, ..ReadOptions::default() })
    };
    let two = "Gout\tB-Disease\tB-Disease\nhurts\tO\tB-Chemical\n";
    let said = read_with(two, None).unwrap_err().to_string();
    assert!(said.starts_with("x:1: column 3 holds tags, such as `B-Disease`") && said.contains("--columns token,gold,pred"), "{said}");
    let said = read_with("Gout\tB-Disease\tNN\nhurts\tO\tVB\n", None).unwrap_err().to_string();
    assert!(
        said.starts_with("x:2: column 3 holds `VB` on `hurts`, which is not in a mention") && said.contains("--columns token,tag,_"),
        "{said}"
    );
    let types = |columns: &str| {
        let (documents, notes) = read_with(two, Some(columns)).unwrap();
        assert_eq!(notes.iter().count(), 1);
        documents[0].mentions.iter().map(|mention| (mention.text.clone(), mention.entity_type.clone())).collect::<Vec<_>>()
    };
    let found = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
    assert_eq!(types("token,gold,pred"), found(&[("Gout", "Disease")]));
    assert_eq!(types("token,_,tag"), found(&[("Gout", "Disease"), ("hurts", "Chemical")]));
    let predicted: Columns = "token,gold,pred".parse().unwrap();
    let options = ReadOptions { columns: Some(predicted.predicted()), ..ReadOptions::default() };
    assert_eq!(parse_documents_with("x", two.as_bytes(), &options).unwrap().0[0].mentions.len(), 2);
    // Columns parted by blanks, as CoNLL-2003 has them, where they are named.
    let (documents, _) = read_with("-DOCSTART- -X- -X- O\n\nGout NN I-NP I-Disease\nhurts VB O O\n", Some("token,_,_,tag")).unwrap();
    assert_eq!((documents[0].text().as_str(), documents[0].mentions.len()), ("Gout hurts ", 1));
    let (_, notes) = read_with("Gout\tB-Disease\tD1\nhurts\tO\t_\n", None).unwrap();
    assert_eq!(notes.lines(), ["columns taken as 1 token, 2 tag, 3 concept"]);
}

/// Characters that some format has no place for, or a meaning of its own.
const ODD: &str = "[a-z\u{0}\u{1}\u{b}\u{c}\u{1f}\u{7f}\u{85}\u{a0}\u{2028}\u{feff}\u{fffe}\u{ffff}\t\n\r|#<&\"'\\\\;: é𝛽-]{0,12}";

fn odd_document() -> impl Strategy<Value = Document> {
    let word = || ODD.prop_map(|odd: String| format!("a{odd}"));
    let spans = prop::collection::vec((0_usize..12, 1_usize..9, word(), proptest::option::of(word())), 0..4);
    let relations = prop::collection::vec((word(), prop::collection::vec(ODD, 0..3)), 0..2);
    (word(), ODD, ODD, spans, relations).prop_map(|(id, title, abstract_text, spans, relations)| {
        let mut document = Document { id, title: format!("x{title}"), abstract_text, ..Document::default() };
        let text: Vec<char> = document.text().chars().collect();
        for (start, length, entity_type, concept) in spans {
            let visible = |c: &char| !c.is_whitespace() && !c.is_control();
            if start + length <= text.len() && text[start..start + length].iter().any(visible) {
                let words = text[start..start + length].iter().collect();
                document.mentions.push(Mention {
                    start,
                    end: start + length,
                    text: words,
                    entity_type,
                    concept: concept.map(Into::into),
                    ..Mention::default()
                });
            }
        }
        document.relations = relations.into_iter().map(|(kind, arguments)| Relation { kind, arguments, nodes: Vec::new() }).collect();
        document
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever stands in a document, what is written of it can be read, with all documents and, but for CoNLL, all mentions in their places.
    #[test]
    fn every_format_reads_what_it_writes(documents in prop::collection::vec(odd_document(), 1..4)) {
        let root = folder(&[]);
        for format in Format::ALL {
            let path = root.path().join(format.name());
            let back = match write_documents(format, &documents, &path) {
                Ok(back) => back,
                Err(error) => return Err(TestCaseError::fail(format!("{format}: {error}: {:?}", std::error::Error::source(&error).map(ToString::to_string)))),
            };
            prop_assert!(path.exists());
            prop_assert_eq!(back.len(), documents.len(), "{}", format);
            if matches!(format, Format::Conll | Format::Brat) {
                continue;
            }
            for (back, document) in back.iter().zip(&documents) {
                let places = |document: &Document| document.mentions.iter().map(|m| (m.start, m.end)).collect::<Vec<_>>();
                prop_assert_eq!(places(back), places(document), "{}", format);
                prop_assert_eq!(back.text().chars().count(), document.text().chars().count(), "{}", format);
            }
        }
    }
}

#[test]
fn what_could_not_be_read_again_gets_no_name() {
    let root = folder(&[]);
    let path = root.path().join("x.pubtator");
    // A mention that is not of its text: the writers keep to what they are given.
    let documents = [document("1", "Gout", "", vec![mention(0, 4, "Ague")])];
    for format in WITH_OFFSETS {
        let error = write_documents(format, &documents, &path).unwrap_err();
        assert!(matches!(&error, WriteError::Unreadable { .. }), "{error}");
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
    }
    assert!(write_documents(Format::Conll, &documents, Path::new("no/such/folder/x")).is_err());
}
