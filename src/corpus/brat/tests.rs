use super::*;

const TEXT: &str = "Renal and β-hépatic loss\nWe saw gout.\n";
const ANNOTATIONS: &str = "T1\tDisease 0 5;20 24\tRenal loss\nT2\tDisease 10 24\tβ-hépatic loss\n#1\tAnnotatorNotes T2\tcheck\nT3\tDisease 32 36\tgout\n\
N1\tReference T2 MESH:D1\tHepatic loss\nN2\tReference T2 id:D2\tloss\nN3\tReference T1 id:-1\tnone\nN4\tReference E1 GO:1\tx\nR1\tIs Arg1:T1 Arg2:T2\n\
E1\tLoss:T2\nA1\tNegation T1\n*\tEquiv T1 T2\n";

#[test]
fn entities_are_mentions_and_normalisations_their_concepts() {
    let document = read("7.ann", "7", Some(TEXT), ANNOTATIONS).unwrap();
    assert_eq!((document.title.as_str(), document.abstract_text.as_str()), ("Renal and β-hépatic loss", "We saw gout."));
    let found: Vec<_> = document.mentions.iter().map(|mention| (mention.text.as_str(), mention.concept.as_deref())).collect();
    assert_eq!(found, [("Renal and β-hépatic loss", Some("-1")), ("β-hépatic loss", Some("MESH:D1|D2")), ("gout", None)]);
}

#[test]
fn a_document_becomes_a_pair_of_files() {
    let text = "10.1/x|t|Renal | hepatic loss\n10.1/x|a|X.\n10.1/x\t0\t20\tRenal | hepatic loss\tDisease\t D1|OMIM:2\trenal loss|hepatic loss\n\
                10.1/x\t21\t22\tX\tChemical\t-1\n";
    let mut documents = crate::corpus::pubtator::read("x", text).unwrap();
    documents.push(documents[0].clone());
    let folder = tempfile::tempdir().unwrap();
    write_folder(&documents, folder.path()).unwrap();
    let content = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(content("10.1%2Fx.txt"), "Renal | hepatic loss\nX.");
    insta::assert_snapshot!(content("10.1%2Fx~2.ann"));
    let back = read_path(folder.path()).unwrap();
    assert_eq!(back.iter().map(|document| document.id.as_str()).collect::<Vec<_>>(), ["10.1/x", "10.1/x"]);
    assert_eq!(back[0].mentions[0].individual.as_deref(), Some("renal loss|hepatic loss"));
    let one = crate::corpus::read(folder.path().join("10.1%2Fx~2.ann")).unwrap();
    assert_eq!(one, back[1..]);
}

#[test]
fn annotations_without_text_and_line_ends_of_windows_are_read() {
    let document = read("7.ann", "7", None, "T1\tDisease 3 9\tgout\r\n").unwrap();
    assert_eq!((document.is_textless(), document.mentions[0].text.as_str()), (true, "gout"));
    let document = read("7.ann", "7", Some("Gout\r\nis rare\r\n"), "T1\tDisease 9 13\trare\r\n").unwrap();
    assert_eq!(document.text(), "Gout  is rare ");
}

#[test]
fn broken_lines_are_told_with_their_place_and_the_fix() {
    let broken = [
        "T2\tDisease 10 99\tloss",
        "T2\tDisease 10 14\tloss",
        "T2\tDisease 4 4\tloss",
        "T2\tDisease 4\tloss",
        "T2\tDisease 0 5,20 24\tloss",
        "T2\tDisease -1 24\tloss",
        "T2\tDisease 10 24",
        "T2 Disease 10 24 loss",
        "N1\tReference T9 MESH:D1\tloss",
        "N1\tReference T1",
        "10 24 Disease",
    ];
    let messages =
        broken.iter().map(|line| read("7.ann", "7", Some(TEXT), &format!("T1\tDisease 0 5\tRenal\n{line}\n")).unwrap_err().to_string());
    insta::assert_snapshot!(messages.collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_missing_file_is_named() {
    let error = crate::corpus::read_documents_as(Path::new("no/such.txt"), Some(crate::corpus::Format::Brat)).unwrap_err();
    assert!(error.to_string().starts_with("cannot read `no/such.ann`"), "{error}");
}
