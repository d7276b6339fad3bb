//! What a reader of reports may rely on.

use super::*;

fn quickstart_table() -> tables::Table {
    let records = synthetic::quickstart();
    tables::experiment::table(&records.iter().collect::<Vec<_>>(), "Quickstart")
}

#[test]
fn an_experiment_prints_within_80_columns() {
    let text = tables::terminal(&quickstart_table());
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn an_experiment_is_drawn_the_same_twice() {
    let records = synthetic::quickstart();
    let refs: Vec<_> = records.iter().collect();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let drawn = folders.each_ref().map(|f| experiment(&refs, "Quickstart", f.path()).unwrap());
    assert_eq!(drawn[0].files.len(), drawn[1].files.len());
    for (a, b) in drawn[0].files.iter().zip(&drawn[1].files) {
        assert_eq!(std::fs::read(a).unwrap(), std::fs::read(b).unwrap(), "{}", a.display());
    }
    if let Some(keep) = std::env::var_os("MERMEN_KEEP_DRAWN") {
        experiment(&refs, "Quickstart", Path::new(&keep)).unwrap();
    }
}

fn paper_input() -> Paper {
    let mut senna = synthetic::spec("ncbi-disease", crate::experiment::spec::Framework::MtlBothFeedback, true, false, 1);
    senna.embedding.name = "senna-50".into();
    Paper { records: synthetic::paper(), not_run: vec![NotRun { spec: senna, reason: "vectors not available".into() }], ..Paper::default() }
}

#[test]
fn the_paper_is_drawn_the_same_twice() {
    let input = paper_input();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let drawn = folders.each_ref().map(|f| paper(&input, f.path()).unwrap());
    assert!(drawn[0].files.len() > 50);
    for (a, b) in drawn[0].files.iter().zip(&drawn[1].files) {
        assert_eq!(std::fs::read(a).unwrap(), std::fs::read(b).unwrap(), "{}", a.display());
    }
    if let Some(keep) = std::env::var_os("MERMEN_KEEP_DRAWN") {
        let keep = Path::new(&keep).join("paper");
        publish::publish(&input.records, &keep.join("records")).unwrap();
        paper(&input, &keep).unwrap();
    }
}
