//! What a reader of reports may rely on.

use super::*;
use crate::evaluate::{Memorization, Recall};
use crate::run::record::{Probe, ProbeRecord, ProbedFeedback};
use crate::run::spec::Framework;
use crate::run::store::Store;

fn paper_input() -> Paper {
    let mut senna = synthetic::spec("ncbi-disease", crate::run::spec::Framework::MtlBothFeedback, true, false, 1);
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

fn paper_tables(input: &Paper) -> Vec<tables::Table> {
    let results = Results::new(input);
    let cells = results.cells();
    let mut all = tables::paper::tables(&results, &cells);
    all.extend(further_tables(&results, &cells));
    all.retain(|table| !table.lines.is_empty());
    all
}

#[test]
fn the_papers_tables_in_the_terminal() {
    let text = paper_tables(&paper_input()).iter().map(tables::terminal).collect::<Vec<_>>().join("\n");
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn table_4_in_every_file_format() {
    let folder = tempfile::tempdir().unwrap();
    let table = paper_tables(&paper_input()).into_iter().find(|t| t.name == "table4").unwrap();
    let mut output = Output::new(folder.path());
    tables::write(&table, &mut output).unwrap();
    let texts: Vec<String> = output.files.iter().map(|f| std::fs::read_to_string(f).unwrap()).collect();
    insta::assert_snapshot!(texts.join("\n----\n"));
}

#[test]
fn without_any_run_every_cell_says_why() {
    let input = Paper::default();
    let results = Results::new(&input);
    for cell in results.cells() {
        assert!(cell.ours.is_none() && cell.reason.is_some(), "{cell:?}");
    }
    paper(&input, tempfile::tempdir().unwrap().path()).unwrap();
}

#[test]
fn every_figure_of_the_paper_is_found() {
    let cells = Results::new(&Paper::default()).cells();
    let with_paper = |table: u8| cells.iter().filter(|c| c.table == table && c.paper.is_some()).count();
    // Rows of data/paper/table2_main.csv with a figure: 25 systems x 4, less the four that the paper prints as "-".
    assert_eq!(with_paper(2), 96);
    assert_eq!((with_paper(3), with_paper(4)), (8, 16));
    // Tables 5 and 6 stand beside two and three measures of ours.
    assert_eq!((with_paper(5), with_paper(6), with_paper(7)), (6 * 2, 8 * 3, 32));
}

#[test]
fn a_run_in_another_setting_enters_no_table_of_the_paper() {
    let mut input = paper_input();
    let before = Results::new(&input).cells();
    let mut other = synthetic::spec("bc5cdr", crate::run::spec::Framework::Mtl, true, true, 9);
    other.train.learning_rate = 0.1;
    let mut trial = synthetic::spec("bc5cdr", crate::run::spec::Framework::Mtl, true, true, 9);
    trial.data.limit = Some(10);
    input.records.extend([synthetic::record(other), synthetic::record(trial)]);
    assert_eq!(before, Results::new(&input).cells());
    assert_eq!(Results::new(&input).other.len(), 2);
}

#[test]
fn probes_of_published_runs_become_a_table() {
    let input = paper_input();
    let [runs, reports] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let probed = input
        .records
        .iter()
        .find(|r| {
            row_of(&r.result.spec)
                .is_some_and(|row| row.system.framework == Framework::MtlBothFeedback && row.system.network == system::Network::BilstmCnns)
        })
        .unwrap();
    let counts = |tp: u64| crate::evaluate::Counts { tp, fp: 100 - tp, fn_: 100 - tp };
    let probe = |feedback, tp| Probe { feedback, mention: counts(tp), concept: counts(tp - 30), mention_from_men: counts(tp - 20) };
    let test: Vec<Probe> = ProbedFeedback::ALL.into_iter().zip([80, 75, 85, 70]).map(|(feedback, tp)| probe(feedback, tp)).collect();
    let recall = |found, of| Recall { found, of };
    let on_test = Memorization { looked_up: counts(65), known: recall(70, 80), other: recall(5, 20) };
    let memorization = Some([Memorization::default(), on_test]);
    let record =
        ProbeRecord { protocol: probed.result.protocol, run_id: probed.result.run_id.clone(), dev: Vec::new(), test, memorization };
    let folder = runs.path().join(crate::run::identity::short(&record.run_id));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("probes.json"), serde_json::to_string(&record).unwrap()).unwrap();
    let store = Store::new(runs.path(), reports.path().join("records"));
    publish_probes(&store, &input.records, reports.path()).unwrap();
    assert_eq!(Paper::load(reports.path()).unwrap().probes, vec![record.clone()]);
    let input = Paper { probes: vec![record], ..input };
    let results = Results::new(&input);
    insta::assert_snapshot!(tables::terminal(&tables::probes::table(&results)));
    insta::assert_snapshot!("memorization_of_normalization_becomes_a_table", tables::terminal(&tables::memorization::table(&results)));
}

/// The table's rows as text, without the headings.
fn rows(table: &tables::Table) -> Vec<Vec<&str>> {
    let rows = table.lines.iter().filter_map(|line| match line {
        tables::Line::Row(entries) => Some(entries.iter().map(|entry| entry.text.as_str()).collect()),
        tables::Line::Group(_) => None,
    });
    rows.collect()
}

#[test]
fn how_far_scores_move_between_protocols_stands_beside_how_far_they_move_between_seeds() {
    let run = |corpus: &str, seed: u64| synthetic::record(synthetic::spec(corpus, Framework::Mtl, true, false, seed));
    let records = vec![run("ncbi-disease", 1), run("ncbi-disease", 2), run("ncbi-disease", 3), run("bc5cdr", 1)];
    let earlier = [
        earlier::moved(&records[0], [0.001, -0.02]),
        earlier::moved(&records[1], [-0.004, 0.0]),
        earlier::moved(&records[2], [0.002, 0.005]),
        earlier::moved(&records[3], [0.0125, 0.0]),
        // Not made again.
        earlier::moved(&run("bc5cdr", 2), [0.3, 0.3]),
    ];
    let input = Paper { records: records.clone(), earlier: earlier.to_vec(), ..Paper::default() };
    let results = Results::new(&input);
    let table = tables::rounding::table(&results);
    assert!(tables::terminal(&table).lines().all(|line| line.chars().count() <= 80));
    let f1 = |i: usize| records[i].result.test.as_ref().unwrap().mention.kit.f1();
    let mut seeds = [(f1(0) - f1(1)).abs(), (f1(0) - f1(2)).abs(), (f1(1) - f1(2)).abs()];
    seeds.sort_by(f64::total_cmp);
    let [median, largest] = [seeds[1], seeds[2]].map(tables::figure);
    let rows = rows(&table);
    assert_eq!(rows[0], ["NCBI", "3", "0.0020", "0.0040", "3", &median, &largest]);
    assert_eq!(rows[1], ["BC5CDR", "1", "0.0125", "0.0125", "one seed each"]);
    assert_eq!(rows[2], ["both", "4", "0.0030", "0.0125", "3", &median, &largest]);
    assert_eq!(rows[3][..4], ["NCBI", "3", "0.0050", "0.0200"]);
    assert!(table.notes[0].contains("4 of the 5 runs"), "{}", table.notes[0]);
    assert_eq!(table.runs.len(), 4);

    let none = Paper { earlier: earlier.to_vec(), ..Paper::default() };
    let table = tables::rounding::table(&Results::new(&none));
    assert!(rows_say_not_run(&table), "{table:?}");
    assert!(tables::rounding::table(&Results::new(&Paper::default())).lines.is_empty());
}

fn rows_say_not_run(table: &tables::Table) -> bool {
    let rows = rows(table);
    rows.len() == 6 && rows.iter().all(|row| row[1..] == ["not run", "not run"])
}

#[test]
fn published_records_redraw_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let input = paper_input();
    assert_eq!(publish::publish(&input.records, &folder.path().join("records")).unwrap(), input.records.len());
    assert_eq!(publish::publish(&input.records, &folder.path().join("records")).unwrap(), 0);
    note_plan(folder.path(), input.records.iter().map(|r| &r.result.spec), &input.not_run).unwrap();
    let again = Paper::load(folder.path()).unwrap();
    assert_eq!(again.not_run, input.not_run);
    let elsewhere = tempfile::tempdir().unwrap();
    paper(&again, folder.path()).unwrap();
    paper(&Paper { setting: again.setting.clone(), ..input }, elsewhere.path()).unwrap();
    for name in ["index.html", "tables/table2.tex", "frames/cells.csv", "figures/oov-subsets.png"] {
        assert_eq!(std::fs::read(folder.path().join(name)).unwrap(), std::fs::read(elsewhere.path().join(name)).unwrap(), "{name}");
    }
    let page = std::fs::read_to_string(folder.path().join("index.html")).unwrap();
    for link in page.split("href=\"").skip(1).filter_map(|l| l.split('"').next()).filter(|l| !l.starts_with(['#', 'd'])) {
        assert!(folder.path().join(link).exists(), "{link} is not a file");
    }
    assert!(!page.contains("<script") && !page.contains("src="));
}

#[test]
fn texts_of_a_figure_do_not_overlap() {
    let input = paper_input();
    let results = Results::new(&input);
    let cells = results.cells();
    for figure in figures::of_paper(&results, &cells) {
        assert_texts_are_apart(&figure);
    }
}

#[test]
fn what_was_trained_longer_has_its_own_curves() {
    let mut input = paper_input();
    let names = |input: &Paper| {
        let results = Results::new(input);
        let cells = results.cells();
        figures::of_paper(&results, &cells).into_iter().map(|figure| figure.name).collect::<Vec<_>>()
    };
    let longer = "learning-curves-longer".to_owned();
    assert!(!names(&input).contains(&longer));
    let mut spec = synthetic::spec("bc5cdr", Framework::Mtl, true, false, 1);
    spec.train.epochs *= 3;
    input.records.push(synthetic::record(spec.clone()));
    assert!(names(&input).contains(&longer));
    spec.train.learning_rate *= 2.0;
    *input.records.last_mut().unwrap() = synthetic::record(spec);
    assert!(!names(&input).contains(&longer), "all else must be equal");
}

pub(super) fn assert_texts_are_apart(figure: &figures::Figure) {
    let boxes = figure.drawing.text_boxes();
    for (i, (a, text)) in boxes.iter().enumerate() {
        assert!(a.0 >= 0.0 && a.2 <= figure.drawing.width && a.3 <= figure.drawing.height, "{}: `{text}` leaves the figure", figure.name);
        for (b, other) in &boxes[..i] {
            let apart = a.2 <= b.0 || b.2 <= a.0 || a.3 <= b.1 || b.3 <= a.1;
            assert!(apart, "{}: `{text}` lies on `{other}`", figure.name);
        }
    }
}

#[test]
fn a_network_is_drawn_from_its_specification_and_equal_ones_once() {
    let records = synthetic::paper();
    let specs: Vec<_> = records.iter().map(|record| &record.result.spec).collect();
    for spec in &specs {
        let figure = figures::network::network(spec);
        assert_texts_are_apart(&figure);
        let texts: Vec<String> = figure.drawing.text_boxes().into_iter().map(|(_, text)| text).collect();
        let has = |part: &str| texts.iter().any(|text| text.contains(part));
        let feedback = |from: &str| has(&format!("feedback from {from}"));
        let framework = spec.model.framework;
        assert_eq!(feedback("MEN to MER"), matches!(framework, Framework::MtlMenFeedback | Framework::MtlBothFeedback));
        assert_eq!(feedback("MER to MEN"), matches!(framework, Framework::MtlMerFeedback | Framework::MtlBothFeedback));
        assert_eq!((has("CRF"), has("softmax")), (spec.model.crf, !spec.model.crf));
        assert_eq!(has("filters of 3"), spec.model.char_cnn.is_some());
        assert_eq!(texts.iter().filter(|text| text.starts_with("Bi-LSTM ×")).count(), if framework == Framework::Pipeline { 2 } else { 0 });
    }
    let folder = tempfile::tempdir().unwrap();
    let files =
        networks(specs.iter().copied().filter(|spec| spec.embedding.name == "word2vec-50" && spec.dropout.rate > 0.0), folder.path())
            .unwrap();
    assert_eq!(files.len(), 3 * 20, "20 networks on both corpora, each as SVG, PNG and PDF: {files:?}");
    assert!(files.iter().all(|file| file.is_file()));
    assert!(folder.path().join("mtl-men-mer-feedback_bi-lstm-cnns-crf.svg").is_file());
    // Where the names of systems are one, the keys that differ tell the files apart.
    let mut wide = synthetic::spec("mini", Framework::Mtl, false, false, 1);
    let narrow = wide.clone();
    wide.model.hidden = crate::run::spec::Hidden::Units(300);
    let folder = tempfile::tempdir().unwrap();
    networks([&narrow, &wide], folder.path()).unwrap();
    assert!(
        folder.path().join("mtl_bi-lstm_hidden-300.svg").is_file(),
        "{:?}",
        std::fs::read_dir(folder.path()).unwrap().collect::<Vec<_>>()
    );
}
