use super::*;
use proptest::prelude::*;

fn read_ok(text: &str) -> Vec<Document> {
    read("test.txt", text).unwrap()
}

fn written(documents: &[Document]) -> String {
    let mut out = Vec::new();
    write(documents, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[track_caller]
fn message(text: &str) -> String {
    read("test.txt", text).unwrap_err().to_string()
}

/// Every trap of the two corpora in invented text: a blank first line, blanks in an id and around a mention, quotes, composites
/// by `|` and `+`, the seventh field, `-1`, relations, a repeated id.
const TRAPS: &str = "\
\n7|t|Renal | hepatic loss with \"fits\" (A|t|B).
7|a|X was given.
7\t0\t20\tRenal | hepatic loss\tDisease\tD1|D2\trenal loss|hepatic loss
7\t26\t32\t\"fits\"  \tSpecificDisease\t D3+OMIM:4
7\t42\t43\tX\tChemical\t-1
7\t42\t43\tX\tChemical
7\tCID\tD9\tD1

7|t|Gout
7|a|
7\t0\t4\tGout\tModifier\t

";

#[test]
fn every_trap_is_read_and_written_back_as_it_stood() {
    let documents = read_ok(TRAPS);
    assert_eq!(documents.iter().map(|document| document.id.as_str()).collect::<Vec<_>>(), ["7", "7"]);
    let first = &documents[0];
    assert_eq!(first.title, "Renal | hepatic loss with \"fits\" (A|t|B).");
    assert_eq!(first.mentions[0].individual.as_deref(), Some("renal loss|hepatic loss"));
    assert_eq!(first.mentions[1].text, "\"fits\"  ");
    assert_eq!(first.mentions[1].concept.as_deref(), Some(" D3+OMIM:4"));
    assert_eq!((first.mentions[2].concept.as_deref(), first.mentions[3].concept.as_deref()), (Some("-1"), None));
    assert_eq!(first.relations, [Relation { kind: "CID".into(), arguments: vec!["D9".into(), "D1".into()], nodes: Vec::new() }]);
    assert_eq!(documents[1].mentions[0].concept.as_deref(), Some(""));
    assert_eq!(written(&documents), TRAPS[1..]);
}

#[test]
fn offsets_count_characters_and_text_letters_may_be_capital() {
    let documents = read_ok("1|T|β-Sjögren\n1|A|ok\n1\t2\t9\tSjögren\tDisease\n1\t10\t12\tok\tDisease\n");
    assert_eq!(documents[0].mentions.len(), 2);
}

#[test]
fn documents_may_lack_their_text() {
    let text = "1\t5\t9\t\tDisease\tD1\n1\t90\t95\t\tDisease\tD1\n\n2\t0\t4\t\tDisease\tD1\n\n";
    let documents = read_ok(text);
    assert_eq!((documents.len(), documents[0].mentions.len()), (2, 2));
    assert_eq!(written(&documents), text);
    assert_eq!(read_ok("1|t|Gout\n\n2\t0\t4\tGout\tDisease\n")[1].id, "2");
}

#[test]
fn a_broken_line_is_told_with_its_place_and_the_fix() {
    let text = "1|t|Gout in men\n1|a|It is rare.\n";
    let annotated = |line: &str| message(&format!("{text}{line}\n"));
    assert_eq!(
        annotated("1\t0\t99\tGout\tDisease\tD1"),
        "test.txt:3: offsets 0..99 of `Gout` go past the text of document 1, which has 23 characters; offsets count characters over title, \
         one blank and abstract: correct them or the text"
    );
    assert!(
        annotated("1\t1\t5\tGout\tDisease\tD1")
            .starts_with("test.txt:3: document 1 has `out ` at 1..5, but the annotation says `Gout`; correct")
    );
    assert!(annotated("1\t0\t4\tGout").starts_with("test.txt:3: 4 TAB-separated field(s) where an annotation has at least five"));
    assert!(annotated("1 0 4 Gout Disease").starts_with("test.txt:3: 1 TAB-separated field(s)"));
    assert!(annotated("1\t0\t4x\tGout\tDisease").starts_with("test.txt:3: `4x` is not a number in the third field (end)"));
    assert!(annotated("1\t-1\t4\tGout\tDisease").starts_with("test.txt:3: `-1` is not a number in the second field (start)"));
    assert!(annotated("1\t99999999999999999999999\t4\tGout\tDisease").contains("is not a number in the second field"));
    assert!(annotated("1\t4\t4\tGout\tDisease").starts_with("test.txt:3: start 4 is not before end 4"));
    assert!(annotated("1\t0\t4\tGout\t ").starts_with("test.txt:3: the fifth field (type) is empty"));
    assert!(
        annotated("2\t0\t4\tGout\tDisease").starts_with("test.txt:3: this line is of document `2`, but is among the lines of document `1`")
    );
    assert!(annotated("1\tCID").starts_with("test.txt:3: 2 TAB-separated field(s) where a relation has at least three"));
    assert!(annotated("1|a|More").starts_with("test.txt:3: document `1` has a second abstract line"));
    assert!(message("1|a|Text\n").starts_with("test.txt:1: the abstract line of document `1` has no title line"));
    assert!(message("1|t|Gout\n2|a|x\n").starts_with("test.txt:2: this line is of document `2`"));
    assert!(message("|t|Gout\n").starts_with("test.txt:1: the document id is empty"));
}

#[test]
fn line_ends_within_text_become_blanks_on_writing() {
    let document = Document { id: "1".into(), title: "Gout\nin".into(), abstract_text: "a\tb".into(), ..Document::default() };
    assert_eq!(written(&[document]), "1|t|Gout in\n1|a|a b\n\n");
}

/// A document whose mentions are stretches of its text.
fn arbitrary_document() -> impl Strategy<Value = Document> {
    let words = "[a-zé|\" .(βA-Z0-9-]{0,30}";
    let fields = (proptest::option::of("[A-Z0-9:|+ -]{0,12}"), proptest::option::of("[a-z| .0-9]{0,8}"), "[A-Z][A-Za-z]{0,8}");
    let spans = prop::collection::vec((0_usize..60, 1_usize..12, fields), 0..5);
    let relations = prop::collection::vec(("[A-Z]{2,4}", prop::collection::vec("[A-Z0-9]{1,6}", 1..4)), 0..3);
    ("[0-9]{1,8}", words, words, spans, relations).prop_map(|(id, title, abstract_text, spans, relations)| {
        let mut document = Document { id, title, abstract_text, ..Document::default() };
        let text: Vec<char> = document.text().chars().collect();
        for (start, length, (concept, individual, entity_type)) in spans {
            if start + length <= text.len() && !document.title.is_empty() {
                let mention = text[start..start + length].iter().collect();
                let individual = individual.filter(|_| concept.is_some());
                document.mentions.push(Mention {
                    start,
                    end: start + length,
                    text: mention,
                    entity_type,
                    concept: concept.map(Into::into),
                    individual,
                    fragments: Vec::new(),
                });
            }
        }
        if !document.title.is_empty() {
            document.relations = relations.into_iter().map(|(kind, arguments)| Relation { kind, arguments, nodes: Vec::new() }).collect();
        }
        document
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(documents in prop::collection::vec(arbitrary_document(), 0..4)) {
        prop_assert_eq!(read_ok(&written(&documents)), documents.clone());
    }

    #[test]
    fn bioc_xml_keeps_the_same_documents(documents in prop::collection::vec(arbitrary_document(), 0..4)) {
        let mut out = Vec::new();
        crate::corpus::bioc_xml::write(&documents, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        prop_assert_eq!(crate::corpus::bioc_xml::read("x", &text).unwrap(), documents.clone(), "{}", text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "([0-9]{0,2}[|t\ta0-9-]{0,6}[ -~\t|é]{0,10}\n){0,6}") {
        let _ = read("x", &text);
        let _ = crate::corpus::bioc_xml::read("x", &text);
    }
}
