use super::*;
use crate::corpus::{self, Document};
use crate::predict::Annotation;
use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;

fn annotated() -> Vec<Annotated> {
    let document = Document { id: "7".into(), title: "β-gout & ache".into(), abstract_text: "Gout.".into(), ..Document::default() };
    let gout = |start: usize, text: &str, concept: bool| Annotation {
        start,
        end: start + text.chars().count(),
        text: text.into(),
        entity_type: "Disease".into(),
        concept: concept.then(|| "MESH:D006073|OMIM:1".into()),
        name: concept.then(|| "Gout|Rare gout".into()),
        mention_confidence: 0.98765,
        concept_confidence: concept.then_some(0.5),
        source: None,
        candidates: Vec::new(),
    };
    let second =
        Annotated { document: Document { id: "7".into(), title: "None".into(), ..Document::default() }, annotations: vec![], tokens: 1 };
    vec![Annotated { document, annotations: vec![gout(0, "β-gout", true), gout(14, "Gout", false)], tokens: 7 }, second]
}

/// A stream whose bytes can be looked at.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn streamed(format: OutputFormat) -> String {
    let shared = Shared::default();
    let mut output = Output::new(format, Destination::Stream(Box::new(shared.clone()))).unwrap();
    annotated().iter().for_each(|annotated| output.write(annotated).unwrap());
    output.finish().unwrap();
    String::from_utf8(shared.0.take()).unwrap()
}

#[test]
fn each_format_by_example() {
    let formats = [OutputFormat::PubTator, OutputFormat::BiocXml, OutputFormat::JsonLines];
    insta::assert_snapshot!(formats.map(streamed).join("-----\n"));
}

#[test]
fn brat_gets_a_folder_and_repeated_ids_files_of_their_own() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("out");
    let mut output = Output::new(OutputFormat::Brat, Destination::Path(path.clone())).unwrap();
    annotated().iter().for_each(|annotated| output.write(annotated).unwrap());
    output.finish().unwrap();
    insta::assert_snapshot!(std::fs::read_to_string(path.join("7.ann")).unwrap());
    assert_eq!(std::fs::read_to_string(path.join("7~2.ann")).unwrap(), "");
    let read = corpus::read(&path).unwrap();
    assert_eq!((read.len(), read[0].mentions[0].concept.as_deref()), (2, Some("MESH:D006073|OMIM:1")));
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1);
    let occupied = Output::new(OutputFormat::Brat, Destination::Path(path)).err().unwrap();
    assert!(matches!(occupied, OutputError::Occupied { .. }));
    let stream = Output::new(OutputFormat::Brat, Destination::Stream(Box::new(Shared::default()))).err().unwrap();
    assert!(matches!(stream, OutputError::BratToStream));
}

#[test]
fn every_format_is_read_back_with_its_mentions() {
    let root = tempfile::tempdir().unwrap();
    // A table of mentions and a page are no formats of a corpus.
    for format in OutputFormat::ALL.into_iter().filter(|format| !matches!(format, OutputFormat::Tsv | OutputFormat::Html)) {
        let path = root.path().join(format.name());
        let mut output = Output::new(format, Destination::Path(path.clone())).unwrap();
        annotated().iter().for_each(|annotated| output.write(annotated).unwrap());
        assert!(!path.exists(), "{}: nothing half-written", format.name());
        output.finish().unwrap();
        let read = corpus::read(&path).unwrap();
        let spans: Vec<(usize, usize)> = read[0].mentions.iter().map(|mention| (mention.start, mention.end)).collect();
        assert_eq!((read.len(), spans), (2, vec![(0, 6), (14, 18)]), "{}", format.name());
        assert_eq!(read[0].text(), "β-gout & ache Gout.", "{}", format.name());
    }
}

#[test]
fn a_table_has_a_row_for_each_mention_and_a_page_marks_it() {
    let table = streamed(OutputFormat::Tsv);
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows[0], table::HEADINGS);
    assert_eq!(rows[1], ["7", "0", "6", "β-gout", "Disease", "MESH:D006073|OMIM:1", "Gout|Rare gout", "0.9876", "0.5000"]);
    assert_eq!(rows[2], ["7", "14", "18", "Gout", "Disease", "", "", "0.9876", ""]);
    assert_eq!((rows.len(), table::rows(&table), table::rows("id\n")), (3, Some(2), None));

    let page = streamed(OutputFormat::Html);
    assert!(page.contains(">β-gout<small>MESH:D006073|OMIM:1</small></mark> &amp; ache</p>"), "{page}");
    assert!(page.contains("Gout<small>no concept</small></mark>.</p>") && page.contains("<p class=\"title\">None</p>"), "{page}");
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("http"));
    assert_eq!((preview::documents(&page), preview::documents(&page[..page.len() / 2])), (Some(2), None));

    let root = tempfile::tempdir().unwrap();
    for (name, format) in [("a.tsv", OutputFormat::Tsv), ("a.HTML", OutputFormat::Html)] {
        assert_eq!(OutputFormat::of_name(Path::new(name)), Some(format));
        let path = root.path().join(name);
        let mut output = Output::new(format, Destination::Path(path.clone())).unwrap();
        annotated().iter().for_each(|annotated| output.write(annotated).unwrap());
        output.finish().unwrap();
        assert!(std::fs::read_to_string(&path).unwrap() == streamed(format));
    }
}

#[test]
fn an_output_that_is_not_finished_leaves_what_was_there() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("out.txt");
    std::fs::write(&path, "old").unwrap();
    let mut output = Output::new(OutputFormat::PubTator, Destination::Path(path.clone())).unwrap();
    output.write(&annotated()[0]).unwrap();
    drop(output);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1);
}
