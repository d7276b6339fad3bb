use super::*;

const KIT_STYLE: &str = r#"<?xml version='1.0' encoding='UTF-8'?><!DOCTYPE collection SYSTEM 'BioC.dtd'>
<collection><source>PubTator</source><date>0/0/0</date><key>PubTator.key</key>
<document><id>7</id>
<passage><infon key="type">title</infon><offset>0</offset><text>Renal &amp; hepatic loss</text>
<annotation id='0'><infon key="type">Disease</infon><infon key="CompositeRole">CompositeMention</infon><infon key="MESH">D1|D2</infon>
<location offset='0' length='20' /><text>Renal &amp; hepatic loss</text></annotation>
<annotation id='1'><infon key="type">Disease</infon><infon key="CompositeRole">IndividualMention</infon><infon key="MESH">D1</infon>
<location offset='0' length='5' /><location offset='16' length='4' /><text>Renal loss</text></annotation>
<annotation id='2'><infon key="type">Disease</infon><infon key="CompositeRole">IndividualMention</infon><infon key="MESH">D2</infon>
<location offset='8' length='12' /><text>hepatic loss</text></annotation>
</passage>
<passage><infon key="type">abstract</infon><offset>21</offset><text>4&apos;-X.</text>
<annotation id='3'><infon key="type">Chemical</infon><infon key="OMIM">12</infon><infon key="score">0.5</infon>
<location offset='21' length='4' /><text>4&#39;-X</text></annotation>
</passage>
<relation id='R0'><infon key="relation">CID</infon><infon key="Chemical">D9</infon><infon key="Disease">D1</infon></relation>
</document></collection>
"#;

#[test]
fn the_kits_layout_gives_what_pubtator_gives() {
    let pubtator = "7|t|Renal & hepatic loss\n7|a|4'-X.\n7\t0\t20\tRenal & hepatic loss\tDisease\tD1|D2\tRenal loss|hepatic loss\n\
                    7\t21\t25\t4'-X\tChemical\tOMIM:12\t0.5\n7\tCID\tD9\tD1\n";
    assert_eq!(read("x", KIT_STYLE).unwrap(), crate::corpus::pubtator::read("x", pubtator).unwrap());
}

fn document(passages: &str, start: usize, word: &str) -> Result<Vec<Document>, CorpusError> {
    let infon = "<infon key='type'>Disease</infon>";
    let annotation = format!("<annotation>{infon}<location offset='{start}' length='3'/><text>{word}</text></annotation>");
    read("x", &format!("<collection><document><id>1</id>{passages}<passage>{annotation}</passage></document></collection>"))
}

#[test]
fn passages_are_packed_or_laid_out_at_their_offsets_as_the_annotations_fit() {
    let passages = "<passage><offset>0</offset><text>Gout</text></passage><passage><offset>7</offset>\
                    <sentence><offset>7</offset><text>One.</text></sentence><sentence><offset>12</offset><text>Two.</text></sentence></passage>";
    assert_eq!(document(passages, 10, "Two").unwrap()[0].text(), "Gout One. Two.");
    assert_eq!(document(passages, 12, "Two").unwrap()[0].text(), "Gout   One. Two.");
    assert!(document(passages, 11, "Two").is_err());
    let overlapping = "<passage><offset>0</offset><text>Gout</text></passage><passage><offset>2</offset><text>One.</text></passage>";
    assert!(document(overlapping, 2, "One").is_err());
    let far = "<passage><offset>0</offset><text>Gout</text></passage><passage><offset>99999999999</offset><text>One.</text></passage>";
    assert!(document(far, 99_999_999_999, "One").is_err());
}

/// The kit's files: the abstract's passage is at 8, counted over the escaped title.
#[test]
fn passage_offsets_that_count_escaped_characters_are_no_obstacle() {
    let passages = "<passage><offset>0</offset><text>4&apos;</text></passage><passage><offset>8</offset><text>One.</text></passage>";
    assert_eq!(document(passages, 3, "One").unwrap()[0].text(), "4' One.");
}

#[track_caller]
fn message(body: &str) -> String {
    read("x.xml", &format!("<collection>\n<document>\n{body}</document></collection>")).unwrap_err().to_string()
}

#[test]
fn broken_files_are_told_with_their_place_and_the_fix() {
    let passage = "<id>1</id><passage><offset>0</offset><text>Gout</text>\n";
    let annotated = |inner: &str| message(&format!("{passage}<annotation>{inner}<text>Gout</text></annotation></passage>"));
    let kind = "<infon key='type'>Disease</infon>";
    assert!(
        annotated(&format!("{kind}<location offset='3' length='9'/>")).starts_with("x.xml:4: offsets 3..12 of `Gout` go past the text")
    );
    assert!(annotated(&format!("{kind}<location offset='1' length='3'/>")).starts_with("x.xml:4: document 1 has `out` at 1..4"));
    assert!(annotated(&format!("{kind}<location offset='a' length='3'/>")).starts_with("x.xml:4: `a` is not a number in the offset"));
    assert!(annotated(&format!("{kind}<location offset='0'/>")).starts_with("x.xml:4: the element <location> has no attribute `length`"));
    assert!(annotated(kind).starts_with("x.xml:4: the annotation of `Gout` has no location"));
    assert!(
        annotated("<location offset='0' length='4'/>").starts_with("x.xml:4: the annotation of `Gout` has no infon with the key `type`")
    );
    assert!(message("<passage></passage>").starts_with("x.xml:3: the document has no <id>"));
    assert!(message("<id>1</id></passage>").contains("broken XML"));
    assert!(read("x", "<collection><document>").unwrap_err().to_string().contains("`<document>` is never closed"));
}

#[test]
fn entities_of_a_document_type_are_never_expanded() {
    let bomb = "<!DOCTYPE c [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>\n<collection><document><id>1</id>\n<passage><text>&b;</text>";
    let error = read("x", bomb).unwrap_err().to_string();
    assert!(error.starts_with("x:3: the entity `&b;` is not one of XML's own five"), "{error}");
}

#[test]
fn deep_nesting_is_no_deep_recursion() {
    let deep = "<a>".repeat(200_000);
    assert!(read("x", &deep).is_err());
}
