//! Parts of documents, fragments, relations, fields and columns.

use super::*;

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
