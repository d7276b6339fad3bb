use super::*;

fn written(documents: &[Document]) -> String {
    let mut out = Vec::new();
    write(documents, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Start, end, text, type and concept of each mention.
fn mentions(document: &Document) -> Vec<(usize, usize, &str, &str, Option<&str>)> {
    let mentions = document.mentions.iter();
    mentions.map(|found| (found.start, found.end, found.text.as_str(), found.entity_type.as_str(), found.concept.as_deref())).collect()
}

#[test]
fn a_document_is_written_with_its_text_its_tags_and_its_concepts() {
    let text = "7|t|X-linked β-gout.\n7|a|We saw gout.  It was rare.\n\
                7\t0\t15\tX-linked β-gout\tDisease\tD1|D2\n7\t24\t28\tgout\tDisease\t-1\n7\t34\t37\twas\tVerb\n";
    let documents = crate::corpus::pubtator::read("x", text).unwrap();
    insta::assert_snapshot!(written(&documents));
    assert_eq!(read("x", &written(&documents)).unwrap(), documents);
}

#[test]
fn without_a_text_line_the_text_is_the_tokens_with_blanks_between() {
    let text =
        "-DOCSTART-\tO\n\nHepatitis\tB-Disease\nB\tI-Disease\n.\tO\n\nIt\tO\nis\tO\n\nβ\tI-Disease\n-DOCSTART- (x1) O\nGout\tB-Disease\n";
    let documents = read("x", text).unwrap();
    assert_eq!(documents.iter().map(|document| document.id.as_str()).collect::<Vec<_>>(), ["1", "x1"]);
    assert_eq!((documents[0].title.as_str(), documents[0].abstract_text.as_str()), ("Hepatitis B .", "It is β"));
    assert_eq!(mentions(&documents[0]), [(0, 11, "Hepatitis B", "Disease", None), (20, 21, "β", "Disease", None)]);
    assert_eq!(mentions(&documents[1]), [(0, 4, "Gout", "Disease", None)]);
    for document in &documents {
        let text: Vec<char> = document.text().chars().collect();
        assert!(document.mentions.iter().all(|mention| text[mention.start..mention.end].iter().collect::<String>() == mention.text));
    }
}

#[test]
fn a_file_without_document_lines_is_one_document_and_newpar_begins_its_abstract() {
    let documents = read("x", "# a comment\n#\tO\n\nOne\tO\n\n# newpar\n\nTwo\tB-A\n").unwrap();
    assert_eq!((documents.len(), documents[0].title.as_str(), documents[0].abstract_text.as_str()), (1, "# One", "Two"));
    assert_eq!(mentions(&documents[0]), [(6, 9, "Two", "A", None)]);
    let documents = read("x", "# id = 5\n# newpar\nTwo\tB-A\n").unwrap();
    assert_eq!((documents[0].id.as_str(), documents[0].text().as_str(), documents[0].mentions[0].start), ("5", " Two", 1));
}

/// A mention within a token, one over the end of a sentence, one with white space at its ends.
#[test]
fn tokens_are_split_and_sentences_joined_for_mentions() {
    let mention = |start, end, text: &str| Mention { start, end, text: text.into(), entity_type: "Disease".into(), ..Mention::default() };
    let document = Document {
        id: "1".into(),
        title: "Antigout drugs. They work".into(),
        abstract_text: "well  here".into(),
        mentions: vec![mention(4, 8, "gout"), mention(9, 20, "drugs. They"), mention(30, 36, "  here")],
        ..Document::default()
    };
    let back = read("x", &written(std::slice::from_ref(&document))).unwrap();
    assert_eq!(back[0].text(), document.text());
    let found: Vec<_> = back[0].mentions.iter().map(|mention| (mention.start, mention.text.as_str())).collect();
    assert_eq!(found, [(4, "gout"), (9, "drugs. They"), (32, "here")]);
}

#[test]
fn what_the_columns_cannot_say_is_left_out() {
    let text = "7|t|Breast cancer\n7|a|is\n7\t0\t13\tBreast cancer\tDisease\n7\t7\t13\tcancer\tDisease\n7\t7\t16\tcancer is\tDisease\n";
    let documents = crate::corpus::pubtator::read("x", text).unwrap();
    assert_eq!(mentions(&read("x", &written(&documents)).unwrap()[0]), [(0, 13, "Breast cancer", "Disease", None)]);
}

#[test]
fn broken_lines_are_told_with_their_place_and_the_fix() {
    let broken = [
        "Gout B-Disease",
        "Gout\tB-Disease\tD1\tx",
        "Gout\tB-Disease\tD1\nGout\tO",
        "Gout\tDisease",
        "Gout\tB-",
        "Gout\tE-Disease",
        " \tO",
        "# id = ",
        "# text = Gout is rare\nGout\tO\nwas\tO",
    ];
    let messages = broken.iter().map(|text| read("x.conll", &format!("# newdoc id = 1\n{text}\n")).unwrap_err().to_string());
    insta::assert_snapshot!(messages.collect::<Vec<_>>().join("\n"));
}
