use super::*;
use crate::lexicon::NameKind;
use std::io::Write as _;

fn read(text: &str) -> Lexicon {
    parse_lexicon("f", text).expect("a sound vocabulary")
}

fn error(text: &str) -> String {
    parse_lexicon("f", text).expect_err("a broken vocabulary").to_string()
}

fn names(lexicon: &Lexicon, at: usize) -> Vec<(&str, NameKind)> {
    lexicon.concept(at).names.iter().map(|name| (name.text.as_str(), name.kind)).collect()
}

const EXACT: NameKind = NameKind::Exact;
const PREFERRED: NameKind = NameKind::Preferred;

#[test]
fn ctd_as_distributed_and_as_copied() {
    let distributed = "# CTD\n# Fields:\n# DiseaseName\tDiseaseID\tAltDiseaseIDs\tDefinition\tParentIDs\tTreeNumbers\tParentTreeNumbers\tSynonyms\tSlimMappings\n#\n\
                       Stone Rash\tMESH:D1\tOMIM:7|OMIM:8\t\tMESH:D9\tC1\t\tLithic Rash|Rash, Stone\t\n";
    let copied =
        "# id\tname\talt_ids(|)\tsynonyms(|)\tparent_ids(|)\tslim\nMESH:D1\tStone Rash\tOMIM:7|OMIM:8\tLithic Rash|Rash, Stone\tMESH:D9\n";
    for text in [distributed, copied] {
        assert_eq!(detect(text), Some(LexiconFormat::Ctd));
        let lexicon = read(text);
        assert_eq!(names(&lexicon, 0), [("Stone Rash", PREFERRED), ("Lithic Rash", EXACT), ("Rash, Stone", EXACT)]);
        let concept = lexicon.concept(0);
        assert_eq!((concept.alternative.join(" "), concept.parents.join(" ")), ("OMIM:7 OMIM:8".into(), "MESH:D9".into()));
    }
    assert_eq!(read(distributed).digest(), read(copied).digest());
}

#[test]
fn biosyn_lines() {
    let lexicon = read("D1||Stone Rash|Lithic Rash\nC2|175|X:3||Blue Ache\n\n214||Ache 2\n");
    assert_eq!(lexicon.concepts().iter().map(|concept| concept.id.as_str()).collect::<Vec<_>>(), ["MESH:D1", "MESH:C2", "OMIM:214"]);
    assert_eq!(lexicon.concept(1).alternative, ["OMIM:175", "X:3"]);
    assert_eq!(names(&lexicon, 0), [("Stone Rash", PREFERRED), ("Lithic Rash", EXACT)]);
}

#[test]
fn obo_terms_with_scopes_and_without_the_obsolete() {
    let text = "format-version: 1.2\nontology: x\n\n[Term]\nid: X:1\nname: stone rash ! a remark\nalt_id: X:01\nsynonym: \"lithic \\\"rash\\\"\" EXACT [PMID:1, \"a\"]\n\
                synonym: \"rash\" BROAD []\nsynonym: \"rash of stones\" []\nsynonym: \"small stone rash\" NARROW layperson [] {a=\"b\"}\nxref: MSH:D1 {source=\"x\"}\n\
                is_a: X:9 ! ache\n\n[Term]\nid: X:2\nname: obsolete ache\nis_obsolete: true\n\n[Typedef]\nid: part_of\n";
    assert_eq!(detect(text), Some(LexiconFormat::Obo));
    let lexicon = read(text);
    assert_eq!(lexicon.len(), 1);
    assert_eq!(
        names(&lexicon, 0),
        [
            ("stone rash", PREFERRED),
            ("lithic \"rash\"", EXACT),
            ("rash", NameKind::Broad),
            ("rash of stones", NameKind::Related),
            ("small stone rash", NameKind::Narrow)
        ]
    );
    assert_eq!(["X:1", "X:01", "MESH:D1", "D1"].map(|id| lexicon.find(id)), [Some(0); 4]);
    assert_eq!(lexicon.concept(0).parents, ["X:9"]);
}

#[test]
fn a_table_and_json_lines_of_ones_own_say_the_same() {
    let table = "name\tid\tsynonyms\nStone Rash\tX:1\tLithic Rash|Rash, Stone\nAche\tX:2\n";
    let lines = "{\"id\": \"X:1\", \"name\": \"Stone Rash\", \"synonyms\": [\"Lithic Rash\", \"Rash, Stone\"]}\n\n{\"id\": \"X:2\", \"name\": \"Ache\"}\n";
    assert_eq!((detect(table), detect(lines)), (Some(LexiconFormat::Tsv), Some(LexiconFormat::JsonLines)));
    assert_eq!(read(table).digest(), read(lines).digest());
    assert_eq!(read(table).name_count(), 4);
}

#[test]
fn faults_name_the_line_and_the_fix() {
    insta::assert_snapshot!(
        [
            error(""),
            error("rash;ache\n"),
            error("id\tname\n"),
            error("id\tname\nX:1\n"),
            error("id\tname\nX:1\tache\textra\n"),
            error("id\tname\n\nX:1\t \n"),
            error("id\tname\nMESH:D1\tache\nX:2\trash\nD1\tpain\n"),
            error("D1||ache\nD2|rash\n"),
            error("|||ache\n"),
            error("D1||\n"),
            error("{\"id\": \"X:1\"}\n"),
            error("{\"id\": \"X:1\", \"name\": \"ache\", \"synonym\": []}\n"),
            error("[Term]\nname: ache\n"),
            error("[Term]\nid: X:1\n\n[Term]\n"),
            error("[Term]\nid: X:1\nname: ache\nsynonym: ache EXACT []\n"),
            error("[Term]\nid: X:1\nname: ache\nsynonym: \"pain\" EXCAT []\n"),
            error("[Term]\nid X1\n"),
        ]
        .join("\n")
    );
}

#[test]
fn a_packed_file_is_unpacked_and_bytes_that_are_no_text_are_placed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("v.tsv.gz");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"id\tname\nX:1\tache\n").unwrap();
    std::fs::write(&path, packed.finish().unwrap()).unwrap();
    assert_eq!(read_lexicon(&path).unwrap().concept(0).name(), "ache");
    std::fs::write(&path, b"id\tname\nX:1\tach\xe9\n").unwrap();
    let message = read_lexicon(&path).unwrap_err().to_string();
    assert!(message.contains("v.tsv.gz:2: byte 15 of the file is not UTF-8"), "{message}");
    let message = read_lexicon(&dir.path().join("none")).unwrap_err().to_string();
    assert!(message.contains("cannot read") && message.contains("none"), "{message}");
}

#[test]
fn several_files_are_joined() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    std::fs::write(&a, "D1||Stone Rash\n").unwrap();
    std::fs::write(&b, "id\tname\tsynonyms\nMESH:D1\tRash of Stones\tstony rash\nX:1\tache\n").unwrap();
    let joined = read_lexicons(&[a, b]).unwrap();
    assert_eq!((joined.len(), joined.concept(0).names.len()), (2, 3));
}

#[test]
fn names_are_added_and_banned() {
    let lexicon = || read("id\tname\tsynonyms\nX:1\tstone rash\tlithic rash|SR\nX:2\tache\tSR\n");
    let edited = apply_edits(lexicon(), "e", "# mine\nadd\tX:1\trash of stones\nban\tX:1\tLithic Rash\nban\t*\tsr\n").unwrap();
    assert_eq!(names(&edited, 0), [("stone rash", PREFERRED), ("rash of stones", EXACT)]);
    assert_eq!(names(&edited, 1), [("ache", PREFERRED)]);
    let error = |text: &str| apply_edits(lexicon(), "e", text).unwrap_err().to_string();
    insta::assert_snapshot!(
        [
            error("add\tX:1\n"),
            error("remove\tX:1\tache\n"),
            error("add\tX:3\tpain\n"),
            error("ban\tX:1\tlithik rash\n"),
            error("ban\tX:1\tpain\n"),
            error("add\tX:1\t\n"),
        ]
        .join("\n")
    );
}

/// The counts of `shared/design/data.md`, by `cut` and `awk` on the files.
#[test]
fn both_editions_of_medic_are_read_whole() {
    let Some(data) = crate::registry::test_data_dir() else { return };
    for (file, concepts, names) in [("medic.tsv", 11_885, 77_055), ("medic.biosyn_06Jul2012.txt", 11_915, 76_236)] {
        let path = data.join("medic").join(file);
        if !path.is_file() {
            println!("skipped: no {file}");
            continue;
        }
        let lexicon = read_lexicon(&path).unwrap();
        println!("{file}: {} concepts, {} names", lexicon.len(), lexicon.name_count());
        assert_eq!(lexicon.len(), concepts);
        // Names written twice in a line are one.
        assert!((names - lexicon.name_count() as i64).abs() < 500, "{}", lexicon.name_count());
        for concept in lexicon.concepts() {
            assert!(lexicon.find(&concept.id).is_some_and(|at| lexicon.concept(at).id == concept.id));
        }
    }
}
