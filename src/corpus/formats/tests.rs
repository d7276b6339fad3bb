use super::*;
use crate::corpus::{Mention, Relation, synthetic};
use proptest::prelude::*;

#[test]
fn formats_are_told_by_content() {
    assert_eq!(detect("\n\n12|t|A title\n"), Some(Format::PubTator));
    assert_eq!(detect("12\t0\t4\tgout\tDisease\tD006073\n"), Some(Format::PubTator));
    assert_eq!(detect("<?xml version='1.0'?>"), Some(Format::BiocXml));
    assert_eq!(detect("{\"documents\": []}"), Some(Format::BiocJson));
    assert_eq!(detect("{\"id\": \"1\", \"passages\": []}"), Some(Format::BiocJson));
    assert_eq!(detect("{\n  \"source\": \"x\","), Some(Format::BiocJson));
    assert_eq!(detect("{\"id\": \"1\", \"title\": \"A title\"}"), Some(Format::JsonLines));
    assert_eq!(detect("-DOCSTART- -X- -X- O\n"), Some(Format::Conll));
    assert_eq!(detect("# newdoc id = 1\n"), Some(Format::Conll));
    assert_eq!(detect("Gout\tB-Disease\tD006073\n"), Some(Format::Conll));
    assert_eq!(detect("T1\tDisease 0 4\tGout\n"), Some(Format::Brat));
    assert_eq!(detect("some prose | with a bar"), None);
    assert_eq!(detect("some\tprose"), None);
    assert_eq!(detect(""), None);
}

#[test]
fn byte_order_mark_and_crlf_are_no_obstacle() {
    let text = "\u{feff}\r\n1|t|Gout\r\n1|a|Rare.\r\n1\t0\t4\tGout\tDisease\tD006073\r\n\r\n";
    let documents = parse_documents("x", text.as_bytes()).unwrap();
    assert_eq!(documents[0].abstract_text, "Rare.");
    assert_eq!(documents[0].mentions[0].concept.as_deref(), Some("D006073"));
    let text = "\u{feff}# newdoc id = 1\r\nGout\tB-Disease\tD006073\r\n\r\nRare\tO\t_\r\n";
    assert_eq!(parse_documents("x", text.as_bytes()).unwrap()[0].mentions, documents[0].mentions);
}

#[test]
fn empty_files_hold_nothing_and_others_are_refused_with_a_fix() {
    assert_eq!(parse_documents("x", b" \n").unwrap(), vec![]);
    let error = parse_documents("x.txt", b"Hello there\n").unwrap_err().to_string();
    assert!(error.starts_with("x.txt: the format is not recognised: found `Hello there`"), "{error}");
    let error = parse_documents("x.txt", b"1|t|G\n1|a|\xff").unwrap_err().to_string();
    assert!(error.starts_with("x.txt:2: byte 10 of the file is not UTF-8"), "{error}");
}

#[test]
fn a_format_that_is_named_is_read_whatever_the_content_looks_like() {
    let jsonl = b"{\"id\": \"1\", \"title\": \"Gout\", \"passages\": \"a field of somebody's own\"}\n";
    assert_eq!(parse_documents_as("x", jsonl, Some(Format::JsonLines)).unwrap()[0].id, "1");
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
        if format != Format::PubTator {
            assert!(parse_documents_as("x", b"1|t|Gout\n1|a|Rare.\n", Some(format)).is_err(), "{format}");
        }
    }
    insta::assert_snapshot!("biocxml".parse::<Format>().unwrap_err(), @"there is no format `biocxml`; did you mean `bioc-xml`? expected one of pubtator, bioc-xml, bioc-json, conll, brat, jsonl");
}

/// Writes `documents` as `format` and reads them back, the format detected from the content.
fn back(format: Format, documents: &[Document]) -> Vec<Document> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("written");
    write_documents(format, documents, &path).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    if !documents.is_empty() {
        assert_eq!(crate::corpus::read(&path).unwrap(), read_documents_as(&path, Some(format)).unwrap(), "{format}");
    }
    read_documents_as(&path, Some(format)).unwrap()
}

/// `documents` through `first`, then `second`, then PubTator.
#[track_caller]
fn assert_kept(documents: &[Document], first: Format, second: Format, with_relations: bool) {
    let there = back(second, &back(first, documents));
    let after = back(Format::PubTator, &there);
    let mut lost = ConversionLoss::between(documents, &after);
    if !with_relations {
        (lost.relations, lost.individual) = (0, 0);
    }
    assert!(lost.is_nothing(), "{first}, {second}: {lost}");
    let mut added = ConversionLoss::between(&after, documents);
    (added.relations, added.individual) = (0, 0);
    assert!(added.is_nothing(), "{first}, {second}: {added} more than there were");
}

/// Formats that can hold everything that a document has.
const WHOLE: [Format; 4] = [Format::PubTator, Format::BiocXml, Format::BiocJson, Format::JsonLines];

#[test]
fn a_generated_corpus_through_every_pair_of_formats_keeps_all_mentions_and_concepts() {
    let corpus = synthetic::generate(7);
    let documents = parse_documents("dev", corpus.dev.as_bytes()).unwrap();
    assert!(documents.iter().any(|document| !document.text().is_ascii()), "text outside ASCII is tried");
    for first in Format::ALL {
        for second in Format::ALL {
            assert_kept(&documents, first, second, WHOLE.contains(&first) && WHOLE.contains(&second));
        }
    }
}

/// The folder of the real data, if there is one.
fn real_data() -> Option<PathBuf> {
    let here = std::env::var_os("MERMEN_DATA").map(PathBuf::from);
    here.or_else(|| Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"))).filter(|folder| folder.is_dir())
}

#[test]
fn the_real_corpora_go_through_every_format_and_back() {
    let Some(folder) = real_data() else {
        println!("skipped: no real data (set MERMEN_DATA)");
        return;
    };
    let ncbi = ["train", "develop", "test"].map(|split| format!("corpora/ncbi-disease/NCBI{split}set_corpus.txt"));
    let bc5cdr = ["Training", "Development", "Test"].map(|split| format!("corpora/bc5cdr/CDR_{split}Set.PubTator.txt"));
    for file in ncbi.iter().chain(&bc5cdr) {
        let path = folder.join(file);
        if !path.is_file() {
            println!("skipped: {file} is not there");
            continue;
        }
        let documents = crate::corpus::read(&path).unwrap();
        for format in Format::ALL {
            let mut lost = ConversionLoss::between(&documents, &back(format, &documents));
            if format == Format::Brat {
                lost.relations = 0;
            }
            if format == Format::Conll {
                (lost.relations, lost.individual) = (0, 0);
            }
            assert!(lost.is_nothing(), "{file} as {format}: {lost}");
        }
    }
}

#[test]
fn a_failed_writing_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("full");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("mine.txt"), "mine").unwrap();
    assert!(matches!(write_documents(Format::Brat, &[], &path), Err(WriteError::Occupied { .. })));
    assert!(matches!(write_documents(Format::Conll, &[], &path), Err(WriteError::Io { .. })));
    assert!(write_documents(Format::PubTator, &[], &folder.path().join("no/such")).is_err());
    let documents = [Document { id: "1".into(), title: "Gout".into(), ..Document::default() }];
    let long = write_within(11, Format::PubTator, &documents, &path.join("mine.txt")).unwrap_err();
    assert!(matches!(long, WriteError::TooLong { limit: 11, .. }), "what is written can be read again: {long}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(std::fs::read_to_string(path.join("mine.txt")).unwrap(), "mine");
}

#[test]
fn the_digest_of_a_folder_is_of_its_pairs_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("brat");
    let documents = [Document { id: "1".into(), title: "Gout".into(), ..Document::default() }];
    write_documents(Format::Brat, &documents, &path).unwrap();
    let before = source_bytes(&path, None).unwrap();
    std::fs::write(path.join("annotation.conf"), "[entities]").unwrap();
    assert_eq!(source_bytes(&path, None).unwrap(), before);
    std::fs::write(path.join("1.txt"), "Ague").unwrap();
    assert_ne!(source_bytes(&path, None).unwrap(), before);
}

/// A document of words, some outside ASCII, with mentions of one to three words that do not overlap.
pub(in crate::corpus) fn arbitrary_document() -> impl Strategy<Value = Document> {
    let word = "[a-zé\u{1F9E0}βA-Z0-9]{1,8}[,.\"|-]?";
    let concept = prop::sample::select(vec!["D1", " D2", "-1", "D1|D2", "D1+D3", "OMIM:4|MESH:D5", "MESH:D6+OMIM:7"]);
    let mention =
        (0_usize..3, 1_usize..4, proptest::option::of(concept), proptest::option::of("[a-z]{1,4}[|][a-z]{1,4}"), "[A-Z][a-z]{0,6}");
    let relations = prop::collection::vec(("[A-Z]{2,4}", prop::collection::vec("[A-Z0-9]{1,6}", 1..4)), 0..3);
    let words = |range| prop::collection::vec(word, range);
    ("[a-zé0-9./~%]{1,8}", words(1..6), words(0..12), prop::collection::vec(mention, 0..5), relations).prop_map(
        |(id, title, abstract_words, mentions, relations)| {
            let of_title = title.len();
            let (title, abstract_text) = (title.join(" "), abstract_words.join(" "));
            let mut document = Document { id, title, abstract_text, ..Document::default() };
            let text = document.text();
            let mut places = Vec::new();
            let mut at = 0;
            for word in text.split(' ') {
                let length = word.chars().count();
                places.push((at, at + length));
                at += length + 1;
            }
            let mut next = 0;
            for (gap, words, concept, individual, entity_type) in mentions {
                let (first, last) = (next + gap, next + gap + words - 1);
                if last < places.len() && places[last].1 > places[last].0 && (first >= of_title || last < of_title) {
                    let (start, end) = (places[first].0, places[last].1);
                    let words = text.chars().skip(start).take(end - start).collect();
                    let concept = concept.map(str::to_owned);
                    let individual = individual.filter(|_| concept.is_some());
                    document.mentions.push(Mention {
                        start,
                        end,
                        text: words,
                        entity_type,
                        concept: concept.map(Into::into),
                        individual,
                        fragments: Vec::new(),
                    });
                }
                next = last + 1;
            }
            document.relations = relations.into_iter().map(|(kind, arguments)| Relation { kind, arguments, nodes: Vec::new() }).collect();
            document
        },
    )
}

/// The document as formats that lack some fields, or that trim ids, give it back.
fn plain(document: &Document, individual: bool) -> Document {
    let mut document = document.clone();
    document.relations.clear();
    for mention in &mut document.mentions {
        mention.concept = mention.concept.as_deref().map(|concept| concept.trim().into());
        if !individual {
            mention.individual = None;
        }
    }
    document
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whole_formats_give_equal_documents_back(documents in prop::collection::vec(arbitrary_document(), 0..4)) {
        for format in WHOLE {
            prop_assert_eq!(&back(format, &documents), &documents, "{}", format);
        }
    }

    #[test]
    fn conll_gives_the_same_text_and_mentions_back(documents in prop::collection::vec(arbitrary_document(), 0..4)) {
        let expected: Vec<Document> = documents.iter().map(|document| plain(document, false)).collect();
        let found: Vec<Document> = back(Format::Conll, &documents).iter().map(|document| plain(document, false)).collect();
        prop_assert_eq!(found, expected);
    }

    /// A folder has no order, so the documents are compared by id.
    #[test]
    fn brat_gives_the_same_documents_back(documents in prop::collection::vec(arbitrary_document(), 0..4)) {
        let mut expected: Vec<Document> = documents.iter().map(|document| plain(document, true)).collect();
        expected.sort_by(|a, b| a.id.cmp(&b.id));
        prop_assert_eq!(back(Format::Brat, &documents), expected);
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "([{}\\[\\]\"a-z:,]{0,8}|[T#N][0-9]\t[A-Z][a-z]{0,3} [0-9] [0-9];?\t?[a-z é]{0,5}|(# (text|newdoc id) = )?[a-zé]{0,4}\t?[OBI]?-?[A-Z]?|\n){0,8}") {
        for format in Format::ALL {
            let _ = parse_documents_as("x", text.as_bytes(), Some(format));
        }
        let _ = brat::read("x", "1", Some(&text), &text);
    }
}
