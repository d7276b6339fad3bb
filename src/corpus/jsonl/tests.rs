use super::*;

#[test]
fn a_line_is_a_document_and_fields_of_other_names_are_skipped() {
    let text = "{\"id\":\"1\",\"title\":\"β-Gout\",\"abstract\":\"Rare.\",\"mentions\":[{\"start\":2,\"end\":6,\"text\":\"Gout\",\
                \"type\":\"Disease\",\"concept\":\"D1|D2\"}]}\n";
    let documents = read("x", text).unwrap();
    assert_eq!((documents[0].mentions[0].start, documents[0].mentions[0].concept.as_deref()), (2, Some("D1|D2")));
    let mut out = Vec::new();
    write(&documents, &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), text);
    let more = text.replace("\"end\":6", "\"end\":6,\"confidence\":0.5").replace("\"id\"", "\"journal\":null,\"id\"");
    assert_eq!(read("x", &format!("\n{more}\n")).unwrap(), documents);
}

#[test]
fn broken_lines_are_told_with_their_place_and_the_fix() {
    let mention = |fields: &str| format!("{{\"id\":\"1\",\"title\":\"Gout\",\"mentions\":[{{{fields}}}]}}");
    let broken = [
        mention("\"start\":0,\"end\":9,\"text\":\"Gout\",\"type\":\"Disease\""),
        mention("\"start\":1,\"end\":4,\"text\":\"Gout\",\"type\":\"Disease\""),
        mention("\"start\":4,\"end\":4,\"text\":\"\",\"type\":\"Disease\""),
        mention("\"start\":0,\"end\":4,\"text\":\"Gout\",\"type\":\"\""),
        mention("\"start\":-1,\"end\":4,\"text\":\"Gout\",\"type\":\"Disease\""),
        mention("\"start\":0,\"end\":4,\"text\":\"Gout\""),
        "{\"id\":\" \"}".to_owned(),
        "{\"title\":\"Gout\"}".to_owned(),
        "{\"id\":\"1\"".to_owned(),
        "Gout".to_owned(),
    ];
    let messages = broken.iter().map(|line| read("x.jsonl", &format!("{{\"id\":\"0\"}}\n\n{line}\n")).unwrap_err().to_string());
    insta::assert_snapshot!(messages.collect::<Vec<_>>().join("\n"));
}
