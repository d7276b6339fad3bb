use super::*;

#[test]
fn the_outputs_name_tells_its_format() {
    for (name, format) in [
        ("a.PubTator.txt", Some(Format::PubTator)),
        ("a.XML", Some(Format::BiocXml)),
        ("a.json", Some(Format::BiocJson)),
        ("a.jsonl", Some(Format::JsonLines)),
        ("a.tsv", Some(Format::Conll)),
        ("folder", None),
        ("a.doc", None),
    ] {
        assert_eq!(format_of_name(Path::new(name)), format, "{name}");
    }
}
