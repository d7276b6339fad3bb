use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::io::Write;

fn read_as(format: Option<InputFormat>, bytes: &[u8]) -> Vec<Result<Document, String>> {
    let documents = Documents::new("in", Box::new(Cursor::new(bytes.to_vec())), format).unwrap();
    documents.map(|read| read.map_err(|error| error.to_string())).collect()
}

fn read(text: &str) -> Vec<Result<Document, String>> {
    read_as(None, text.as_bytes())
}

/// Id, title and abstract of each document, or what is wrong with it.
fn told(read: Vec<Result<Document, String>>) -> String {
    let line = |read: Result<Document, String>| match read {
        Ok(found) => format!("{}: {} / {}\n", found.id, found.title, found.abstract_text),
        Err(error) => format!("! {error}\n"),
    };
    read.into_iter().map(line).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const PUBTATOR: &str = "1|t|Gout\n1|a|Rare.\n1\t0\t4\tGout\tDisease\tD006073\n\n2|t|Ache\n2|a|\n";

#[test]
fn annotations_are_dropped() {
    let found = read(PUBTATOR);
    let document = |id: &str, title: &str, abstract_text: &str| {
        Ok(Document { id: id.into(), title: title.into(), abstract_text: abstract_text.into(), ..Document::default() })
    };
    assert_eq!(found, [document("1", "Gout", "Rare."), document("2", "Ache", "")]);
}

#[test]
fn a_broken_document_of_pubtator_is_told_with_its_line_and_the_next_is_read() {
    let text = "stray\n7|t|A\n7|a|B\n7\t0\t9\tA\tDisease\n\n8|t|Fine\n8|a|Too\n9|t|X\n8|a|Y\n10\t0\t1\tA\tDisease\n11|t|Last\n11|a|One\n";
    insta::assert_snapshot!(told(read_as(Some(InputFormat::PubTator), text.as_bytes())));
}

#[test]
fn a_document_that_is_not_utf8_is_told_with_its_line() {
    let mut bytes = b"1|t|A\n1|a|B \xff C\n".to_vec();
    bytes.extend(b"2|t|D\n2|a|E\n");
    insta::assert_snapshot!(told(read_as(None, &bytes)), @r"
    ! in:2: document 1: these bytes are not UTF-8; convert the file to UTF-8 first (for instance with iconv)
    2: D / E
    ");
}

#[test]
fn paragraphs_are_documents_and_their_offsets_begin_with_them() {
    let text = "\u{feff}Gout hurts.\r\nOften.\r\n\r\n \n\nNo ache\ttoday.";
    insta::assert_snapshot!(told(read(text)), @r"
    1: Gout hurts.  Often. / 
    2: No ache today. /
    ");
    assert_eq!(read(""), []);
    assert_eq!(read("\n\n"), []);
}

#[test]
fn json_lines_are_read_line_by_line() {
    let text = "{\"id\":\"1\",\"title\":\"Gout\"}\n{\"id\":\"2\",\"titel\n\n{\"id\":\"3\",\"title\":\"A\",\"abstract\":\"B\"}\n";
    insta::assert_snapshot!(told(read(text)), @r"
    1: Gout / 
    ! in:2: document 2: unexpected JSON: EOF while parsing a string; check the file with a JSON validator and against the format's fields
    3: A / B
    ");
}

const PUBMED: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" "https://dtd.nlm.nih.gov/x.dtd">
<PubmedArticleSet>
<PubmedArticle>
  <MedlineCitation Status="MEDLINE" Owner="NLM">
    <PMID Version="1">101</PMID>
    <Article PubModel="Print"><Journal><Title>J Invented</Title></Journal>
      <ArticleTitle>Gout with <i>HGPRT</i> &lt; 1&#x25;:
        a study.</ArticleTitle>
      <Abstract>
        <AbstractText Label="OBJECTIVE" NlmCategory="OBJECTIVE">To see H<sub>2</sub>O.</AbstractText>
        <AbstractText Label="UNLABELLED">Seen &amp; noted.</AbstractText>
        <AbstractText Label="EMPTY"/>
        <AbstractText>No label.</AbstractText>
        <CopyrightInformation>Nobody.</CopyrightInformation>
      </Abstract>
    </Article>
    <OtherAbstract Type="Publisher" Language="fre"><AbstractText>En autre langue.</AbstractText></OtherAbstract>
    <CommentsCorrectionsList><CommentsCorrections><PMID Version="1">99</PMID></CommentsCorrections></CommentsCorrectionsList>
  </MedlineCitation>
  <PubmedData><ArticleIdList><ArticleId IdType="pubmed">101</ArticleId></ArticleIdList></PubmedData>
</PubmedArticle>
<PubmedArticle><MedlineCitation><PMID>102</PMID><Article>
  <ArticleTitle>Broken &nbsp; one.</ArticleTitle></Article></MedlineCitation></PubmedArticle>
<PubmedArticle><MedlineCitation><PMID>103</PMID><Article>
  <ArticleTitle>Ache</ArticleTtile></Article></MedlineCitation></PubmedArticle>
<PubmedArticle><MedlineCitation><Article><ArticleTitle>No id.</ArticleTitle></Article></MedlineCitation></PubmedArticle>
<PubmedBookArticle><BookDocument><PMID Version="1">104</PMID><Book><BookTitle>Reviews</BookTitle></Book>
  <ArticleTitle>Rare gout</ArticleTitle><Abstract><AbstractText>Known.</AbstractText></Abstract></BookDocument></PubmedBookArticle>
<DeleteCitation><PMID Version="1">55</PMID></DeleteCitation>
<PubmedArticle><MedlineCitation><PMID>105</PMID><Article>
  <ArticleTitle>Only a title.</ArticleTitle></Article></MedlineCitation></PubmedArticle>
<PubmedArticle><MedlineCitation><PMID>106</PMID><Article><ArticleTitle>Cut"#;

#[test]
fn pubmed_articles_are_read_and_each_broken_one_is_told() {
    insta::assert_snapshot!(told(read(PUBMED)));
}

#[test]
fn the_older_set_of_citations_is_read_too() {
    let text = "<MedlineCitationSet>\n<MedlineCitation>\n<PMID>1</PMID><Article><ArticleTitle>A</ArticleTitle></Article></MedlineCitation></MedlineCitationSet>";
    assert_eq!(told(read(text)), "1: A / \n");
}

#[test]
fn bioc_documents_are_read_and_each_broken_one_is_told() {
    let document = |id: &str, text: &str| {
        format!("<document>\n<id>{id}</id>\n<passage><offset>0</offset><text>{text}</text></passage>\n</document>\n")
    };
    let all = ["1", "2", "3"].map(|id| document(id, if id == "2" { "A &broken; B" } else { "Gout" })).concat();
    let text =
        format!("<?xml version='1.0'?>\n<!DOCTYPE collection SYSTEM 'BioC.dtd'>\n<collection><source/>\n{all}<document/></collection>");
    insta::assert_snapshot!(told(read(&text)), @r"
    1: Gout / 
    ! in:10: document 2: the entity `&broken;` is not one of XML's own five; entities of a DTD are never expanded: write the character itself
    3: Gout / 
    ! in:16: document: the document has no <id>; add one
    ");
}

#[test]
fn gzip_is_unpacked_and_one_cut_short_ends_the_reading() {
    // Members one behind the other, as `cat a.gz b.gz` makes them.
    let (first, second) = PUBTATOR.split_at(20);
    let packed = [gzip(first.as_bytes()), gzip(second.as_bytes())].concat();
    assert_eq!(read_as(None, &packed), read(PUBTATOR));

    let many: String = (0..3000).map(|id| format!("{id}|t|Title {}\n{id}|a|Text\n\n", id * 7919)).collect();
    let packed = gzip(many.as_bytes());
    let mut found = read_as(None, &packed[..packed.len() / 2]);
    let last = found.pop().unwrap().unwrap_err();
    assert!(found.len() > 500 && found.iter().all(Result::is_ok));
    assert!(last.contains("cannot be read on from here"), "{last}");
}

#[test]
fn formats_that_are_none_of_these_are_told() {
    let told =
        |bytes: &[u8]| Documents::new("in", Box::new(Cursor::new(bytes.to_vec())), None).map(|d| d.format()).map_err(|e| e.to_string());
    insta::assert_snapshot!(told(b"<html>\n").unwrap_err(), @"in: found XML that is neither a `<collection>` (BioC) nor a `<PubmedArticleSet>` (PubMed); expected PubTator, PubMed XML, BioC XML, JSON Lines or plain text: convert the file with `mermen data convert`, or name its format with `--format-in`");
    for bytes in [&b"{\n  \"documents\": []\n}"[..], b"{\"source\":\"\",\"documents\":[]}", b"ab\0cd"] {
        assert!(told(bytes).is_err());
    }
    assert_eq!(told(b"Some text."), Ok(InputFormat::Text));
    assert!(Documents::open(Path::new("gone.txt"), None).is_err_and(|error| error.to_string().contains("gone.txt")));
    assert!(Documents::open(Path::new("."), None).is_err());
}

proptest! {
    /// Nothing makes the readers panic, and they come to an end.
    #[test]
    fn any_bytes_can_be_given_to_any_reader(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "<PubmedArticle>", "</PubmedArticle>", "<PMID>", "</PMID>", "1", "<ArticleTitle>", "</ArticleTitle>", "<document>", "</document>",
            "<id>", "</id>", "<AbstractText Label=\"X\">", "</AbstractText>", "&amp;", "&x;", "|t|", "|a|", "\n", "\t", "é", "{\"id\":\"1\"}", "<", ">", "/>", "\"",
        ]), 0..40)
    ) {
        let text = pieces.concat();
        for format in InputFormat::ALL {
            let found = read_as(Some(format), text.as_bytes());
            prop_assert!(found.len() <= text.len());
        }
    }

    #[test]
    fn what_pubtator_writes_is_read_back(texts in prop::collection::vec(("[a-zé]{0,8}", "[a-zé |]{0,12}"), 0..6)) {
        let given: Vec<Document> = texts
            .into_iter()
            .enumerate()
            .map(|(id, (title, abstract_text))| Document { id: id.to_string(), title, abstract_text, ..Document::default() })
            .collect();
        let mut bytes = Vec::new();
        pubtator::write(&given, &mut bytes).unwrap();
        let found: Vec<Document> = read_as(Some(InputFormat::PubTator), &bytes).into_iter().map(Result::unwrap).collect();
        prop_assert_eq!(found, given);
    }
}
