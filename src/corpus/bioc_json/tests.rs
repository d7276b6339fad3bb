use super::*;

const KIT_STYLE: &str = r#"{"source": "PubTator", "date": "", "key": "BioC.key", "infons": {}, "documents": [
{"id": "7", "infons": {}, "passages": [
{"offset": 0, "infons": {"type": "title"}, "text": "Renal & hépatic loss", "sentences": [], "relations": [], "annotations": [
 {"id": "0", "infons": {"type": "Disease", "CompositeRole": "CompositeMention", "MESH": "D1|D2", "valid": true, "name": null},
  "locations": [{"offset": 0, "length": 20}], "text": "Renal & hépatic loss"},
 {"id": "1", "infons": {"type": "Disease", "CompositeRole": "IndividualMention", "MESH": "D1"},
  "locations": [{"offset": 0, "length": 5}, {"offset": 16, "length": 4}], "text": "Renal loss"}]},
{"offset": 21, "infons": {"type": "abstract"}, "text": "4'-X.", "annotations": [
 {"id": "2", "infons": {"type": "Chemical", "OMIM": 12, "score": 0.5}, "locations": [{"offset": 21, "length": 4}], "text": "4'-X"}]}],
"relations": [{"id": "R0", "infons": {"relation": "CID", "Chemical": "D9", "Disease": "D1"}, "nodes": []}]}]}
"#;

const SAME_IN_PUBTATOR: &str = "7|t|Renal & hépatic loss\n7|a|4'-X.\n7\t0\t20\tRenal & hépatic loss\tDisease\tD1|D2\tRenal loss\n\
                                7\t21\t25\t4'-X\tChemical\tOMIM:12\t0.5\n7\tCID\tD9\tD1\n";

#[test]
fn json_says_what_xml_and_pubtator_say() {
    let expected = crate::corpus::pubtator::read("x", SAME_IN_PUBTATOR).unwrap();
    assert_eq!(read("x", KIT_STYLE).unwrap(), expected);
    let mut xml = Vec::new();
    crate::corpus::bioc_xml::write(&expected, &mut xml).unwrap();
    assert_eq!(crate::corpus::parse_documents("x", &xml).unwrap(), expected);
}

/// Collections, lists of documents, one document after another, and PubTator 3's own name for the list.
#[test]
fn every_way_to_put_documents_together_is_read() {
    let document = |id: &str| format!("{{\"_id\": \"x\", \"id\": {id}, \"passages\": [{{\"offset\": 0, \"text\": \"Gout\"}}]}}");
    let (one, two) = (document("\"1\""), document("2"));
    let listed = format!("[{one},\n{two}]");
    for text in [format!("{{\"documents\": {listed}}}"), format!("{{\"PubTator3\": {listed}}}"), listed, format!("{one}\n{two}\n")] {
        let ids: Vec<String> = read("x", &text).unwrap().into_iter().map(|document| document.id).collect();
        assert_eq!(ids, ["1", "2"], "{text}");
    }
}

#[test]
fn sentences_hold_text_and_annotations() {
    let text = r#"{"id": "1", "passages": [{"offset": 0, "text": "Gout"}, {"offset": 5, "sentences": [{"offset": 5, "text": "One."},
        {"offset": 10, "text": "Two.", "annotations": [{"infons": {"type": "Disease"}, "locations": [{"offset": 10, "length": 3}], "text": "Two"}]}]}]}"#;
    let documents = read("x", text).unwrap();
    assert_eq!((documents[0].text().as_str(), documents[0].mentions[0].start), ("Gout One. Two.", 10));
}

#[test]
fn broken_files_are_told_with_their_place_and_the_fix() {
    let document = |annotation: &str| {
        format!(
            "{{\"documents\": [\n{{\"id\": \"1\", \"passages\": [\n{{\"offset\": 0, \"text\": \"Gout\", \"annotations\": [\n{annotation}]}}]}}]}}"
        )
    };
    let annotation = |infons: &str, locations: &str| {
        document(&format!("{{\"infons\": {{{infons}}},\n\"locations\": [{locations}], \"text\": \"Gout\"}}"))
    };
    let kind = "\"type\": \"Disease\"";
    let broken = [
        annotation(kind, "{\"offset\": 3, \"length\": 9}"),
        annotation(kind, "{\"offset\": 1, \"length\": 3}"),
        annotation(kind, "{\"offset\": 0, \"length\": 0}"),
        annotation(kind, "{\"offset\": \"a\", \"length\": 3}"),
        annotation(kind, "{\"offset\": 0}"),
        annotation(kind, ""),
        annotation("", "{\"offset\": 0, \"length\": 4}"),
        document("7"),
        "{\"documents\": [\n{\"passages\": []}]}".to_owned(),
        "{\"documents\": [\n{\"id\": \"1\",}]}".to_owned(),
        "{\"documents\": [\n".to_owned(),
        "\"documents\"".to_owned(),
    ];
    let messages: Vec<String> = broken.iter().map(|text| read("x.json", text).unwrap_err().to_string()).collect();
    insta::assert_snapshot!(messages.join("\n"));
}
