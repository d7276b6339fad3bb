//! What an experiment file may rely on: its rows, names, columns and figures.

use super::*;
use crate::experiment::spec_file::{Names, load};
use crate::report::figures::Figure;
use crate::report::synthetic;
use crate::report::tables::{Line, terminal};

/// An experiment from its text, with a made-up record for each run for which `made` says so.
fn experiment(text: &str, made: impl Fn(&Outcome) -> bool) -> (Experiment, Vec<Outcome>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.yaml");
    std::fs::write(&path, text).unwrap();
    let names = Names {
        corpora: vec!["mini".into(), "ncbi-disease".into()],
        embeddings: vec!["mini-20".into(), "word2vec-50".into()],
        ..Names::default()
    };
    let experiment = load(&path, &names, &[]).unwrap_or_else(|errors| panic!("{errors}"));
    let outcomes: Vec<Outcome> = experiment
        .all_runs()
        .into_iter()
        .map(|run| {
            let label = run.label().map(str::to_owned);
            let mut outcome = Outcome { spec: run.spec.clone(), label, record: None, why: String::new() };
            outcome.record = made(&outcome).then(|| synthetic::record(run.spec.clone()));
            outcome
        })
        .collect();
    (experiment, outcomes)
}

const DATA: &str = "defaults:\n  data: {corpus: mini}\n  embedding: {name: mini-20}\n  train: {epochs: 4}\n";

fn scores_of(text: &str) -> Table {
    let (experiment, outcomes) = experiment(text, |_| true);
    let rows = Rows::of(&outcomes, &experiment.report);
    scores::table(&rows, &experiment.report, &experiment.name, "Mine")
}

/// The tables of an experiment, with every metric there is, on made-up records.
pub(in crate::report) fn drawn() -> [Table; 3] {
    let metrics: Vec<&str> = crate::evaluate::metric::METRICS.iter().map(|metric| metric.name).collect();
    let text =
        format!("{DATA}matrix: {{model.crf: [false, true]}}\nseeds: [1]\nreport: {{metrics: [{}], intervals: true}}\n", metrics.join(", "));
    let (experiment, outcomes) = experiment(&text, |_| true);
    let rows = Rows::of(&outcomes, &experiment.report);
    let (section, name) = (&experiment.report, experiment.name.as_str());
    [scores::table(&rows, section, name, "Mine"), views::boundary(&rows, section, name), views::subsets(&rows, section, name)]
}

/// The first cell of each row, headings in brackets.
fn names(table: &Table) -> Vec<String> {
    let name = |line: &Line| match line {
        Line::Group(title) => format!("[{title}]"),
        Line::Row(entries) => entries[0].text.clone(),
    };
    table.lines.iter().map(name).collect()
}

#[test]
fn each_row_of_a_matrix_names_both_values_in_the_order_of_the_file() {
    let table = scores_of(&format!("{DATA}matrix:\n  model.hidden: [50, 100]\n  dropout.rate: [0.2, 0.5]\nseeds: [1, 2]\n"));
    let expected = [(50, 0.2), (50, 0.5), (100, 0.2), (100, 0.5)].map(|(h, r)| format!("model.hidden={h} dropout.rate={r}"));
    assert_eq!(names(&table), expected);
    assert_eq!(
        table.caption, "Mine: F1 on the test split of mini. All rows: MTL-MEN&MER_feedback+Bi-LSTM-CNNs, mini-20 vectors, train.epochs=4",
        "the values that all rows share stand in the caption"
    );
    let backwards = scores_of(&format!("{DATA}matrix:\n  model.hidden: [100, 50]\n"));
    assert_eq!(names(&backwards), ["model.hidden=100", "model.hidden=50"]);
}

#[test]
fn frameworks_are_headings_where_their_rows_stand_together_and_part_of_the_name_where_not() {
    let inner = "  model.framework: [pipeline, mtl]\n";
    let outer = "  model.crf: [false, true]\n";
    let together = scores_of(&format!("{DATA}matrix:\n{inner}{outer}"));
    assert_eq!(names(&together), ["[pipeline]", "Bi-LSTM-CNNs", "Bi-LSTM-CNNs-CRF", "[MTL]", "Bi-LSTM-CNNs", "Bi-LSTM-CNNs-CRF"]);
    let mixed = scores_of(&format!("{DATA}matrix:\n{outer}{inner}"));
    assert_eq!(names(&mixed), ["pipeline+Bi-LSTM-CNNs", "MTL+Bi-LSTM-CNNs", "pipeline+Bi-LSTM-CNNs-CRF", "MTL+Bi-LSTM-CNNs-CRF"]);
    let alone = scores_of(&format!("{DATA}matrix:\n{inner}"));
    assert_eq!(names(&alone), ["pipeline", "MTL"]);
    let corpora = scores_of(&format!("{DATA}matrix:\n  data.corpus: [mini, ncbi-disease]\n{inner}"));
    assert_eq!(names(&corpora), ["[mini]", "pipeline", "MTL", "[ncbi-disease]", "pipeline", "MTL"]);
}

#[test]
fn labels_of_runs_and_values_name_rows() {
    let of_values = scores_of(&format!(
        "{DATA}matrix:\n  dropout.rate: [0, 0.5]\n  model.crf: [false, true]\n  model.hidden: [50]\n\
         report:\n  labels:\n    dropout.rate: {{0: \"no dropout\", 0.50: dropout}}\n    model.crf: {{true: +CRF, false: \"\"}}\n"
    ));
    assert_eq!(names(&of_values), ["no dropout", "+CRF no dropout", "dropout", "+CRF dropout"]);
    let of_key = scores_of(&format!("{DATA}matrix:\n  dropout.rate: [0, 0.5]\nreport: {{labels: {{dropout.rate: rate}}}}\n"));
    assert_eq!(names(&of_key), ["rate=0", "rate=0.5"]);
    let of_runs = scores_of(&format!(
        "{DATA}runs:\n  - {{label: Zeta, set: {{model.framework: mtl}}}}\n  - {{label: \"Alpha & co\"}}\nreport: {{heading: Method, caption: Both.}}\n"
    ));
    assert_eq!(names(&of_runs), ["Zeta", "Alpha & co"]);
    assert_eq!((of_runs.stub[0].title.as_str(), of_runs.caption.as_str()), ("Method", "Both."));
}

#[test]
fn metrics_order_and_decimals_are_those_of_the_file() {
    let table = scores_of(&format!(
        "{DATA}matrix: {{model.framework: [mtl-both-feedback, pipeline, mtl]}}\n\
         report: {{metrics: [mention_precision, mention_recall, mention_f1, concept_f1, unseen_concepts_f1, boundary_spans], decimals: 2, order: score}}\n"
    ));
    let columns: Vec<(String, Vec<String>)> =
        table.panels.iter().map(|panel| (panel.title.clone(), panel.columns.iter().map(|column| column.title.clone()).collect())).collect();
    let expected = [("Recognition", vec!["P", "R", "F1"]), ("Normalization", vec!["F1", "F1 unseen"]), ("Inconsistency", vec!["spans"])];
    assert_eq!(columns, expected.map(|(title, columns)| (title.to_owned(), columns.into_iter().map(String::from).collect())));
    let first: Vec<f64> = table
        .lines
        .iter()
        .filter_map(|line| if let Line::Row(entries) = line { Some(entries[2].text.parse().unwrap()) } else { None })
        .collect();
    assert!(first.len() == 3 && first.windows(2).all(|pair| pair[0] >= pair[1]), "{first:?}");
    let Line::Row(entries) = &table.lines[0] else { panic!("a row") };
    assert!(entries[2..].iter().all(|entry| entry.text.split('.').nth(1).map(str::len) == Some(2)), "{entries:?}");
}

#[test]
fn a_row_that_is_not_run_says_so_and_an_empty_subset_is_a_dash() {
    let text = format!("{DATA}matrix: {{model.framework: [pipeline, mtl]}}\nseeds: [1, 2]\n");
    let (experiment, mut outcomes) = experiment(&text, |_| true);
    outcomes.last_mut().unwrap().record = None;
    outcomes[2].record = None;
    outcomes[2].why = "no vectors".into();
    for outcome in &mut outcomes {
        let scores = outcome.record.as_mut().and_then(|record| record.result.test.as_mut());
        for subset in scores.into_iter().flat_map(|scores| &mut scores.oov).filter(|s| s.subset == crate::corpus::OovSubset::Oobv) {
            subset.mentions = 0;
            (subset.counts.mer, subset.counts.men) = Default::default();
        }
    }
    let rows = Rows::of(&outcomes, &experiment.report);
    let text = [
        scores::table(&rows, &experiment.report, "mine", "Mine"),
        views::boundary(&rows, &experiment.report, "mine"),
        views::subsets(&rows, &experiment.report, "mine"),
    ]
    .iter()
    .map(terminal)
    .collect::<Vec<_>>()
    .join("\n");
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn an_experiment_prints_within_80_columns() {
    let records = synthetic::quickstart();
    let outcome =
        |record: &RunRecord| Outcome { spec: record.result.spec.clone(), label: None, record: Some(record.clone()), why: String::new() };
    let outcomes: Vec<Outcome> = records.iter().map(outcome).collect();
    let section = Default::default();
    let text = terminal(&scores::table(&Rows::of(&outcomes, &section), &section, "quickstart", "Quickstart"));
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

/// Labels, a size and a size of type, in every format.
#[test]
fn a_table_of_scores_in_every_file_format() {
    let text = format!(
        "{DATA}runs:\n  - {{label: \"50% & more\", set: {{model.hidden: 50}}}}\n  - {{label: plain_one}}\n\
         report: {{metrics: [mention_f1, concept_f1], intervals: true, size: column, font_size: 9, decimals: 3}}\n"
    );
    let (experiment, outcomes) = experiment(&text, |_| true);
    let folder = tempfile::tempdir().unwrap();
    let drawn = ExperimentReport { experiment: &experiment, outcomes: &outcomes, claims: None }.draw(folder.path()).unwrap();
    let texts: Vec<String> = ["md", "tex", "csv"]
        .iter()
        .map(|kind| std::fs::read_to_string(folder.path().join(format!("tables/mine-scores.{kind}"))).unwrap())
        .collect();
    insta::assert_snapshot!(texts.join("\n----\n"));
    assert!(drawn.files.iter().all(|file| file.is_file()));
}

fn figures_of(text: &str) -> Vec<Figure> {
    let (experiment, outcomes) = experiment(text, |_| true);
    figures::figures(&Rows::of(&outcomes, &experiment.report), &experiment.report, &experiment.name, "Mine")
}

#[test]
fn figures_fit_their_size_and_their_texts_do_not_overlap() {
    let matrix =
        "matrix:\n  model.hidden: [50, 100, 200]\n  dropout.rate: [0.2, 0.5]\n  model.framework: [mtl, mtl-both-feedback]\nseeds: [1, 2]\n";
    let all = "[learning-curves, bars, sweep, heat-map]";
    let mut kept = Vec::new();
    for (size, font, wide) in [("column", 7.0, 317.0), ("page", 9.0, 672.0), ("page", 6.0, 672.0)] {
        let figures = figures_of(&format!("{DATA}{matrix}report: {{figures: {all}, size: {size}, font_size: {font}}}\n"));
        let names: Vec<&str> = figures.iter().map(|figure| figure.name.as_str()).collect();
        assert_eq!(names, ["mine-learning-curves", "mine-bars", "mine-sweep", "mine-heat-map"]);
        for figure in &figures {
            assert!((figure.drawing.width - wide).abs() < 1e-9, "{} is {} wide", figure.name, figure.drawing.width);
            crate::report::tests::assert_texts_are_apart(figure);
            let smallest = figure.drawing.text_sizes().fold(f64::MAX, f64::min);
            // Figures in bars are a pixel smaller than text.
            assert!((smallest * 0.75 - font).abs() <= font / 8.0, "{}: text of {} points", figure.name, smallest * 0.75);
        }
        kept.extend(figures.into_iter().map(|figure| Figure { name: format!("{size}-{font}-{}", figure.name), ..figure }));
    }
    if let Some(keep) = std::env::var_os("MERMEN_KEEP_DRAWN") {
        let mut output = Output::new(Path::new(&keep));
        kept.iter().for_each(|figure| figure.write(&mut output).unwrap());
    }
}

/// Names are wrapped, inside a word too where that is longer than a line, and lose no letter; so are titles of panels.
#[test]
fn long_names_are_whole_and_stay_apart() {
    let names = [
        "a shared encoder with feedback from normalization to recognition",
        "https://example.org/a/name/without/any/blank/that/could/be/broken/in/two",
    ];
    let metrics = "metrics: [mention_f1, concept_f1, seen_concepts_f1, unseen_concepts_f1]";
    for size in ["column", "page"] {
        let labels = format!("labels: {{model.framework: {{mtl: \"{}\", mtl-both-feedback: \"{}\"}}}}", names[0], names[1]);
        let matrix = "matrix:\n  model.hidden: [50, 100]\n  dropout.rate: [0.2, 0.5]\n  model.framework: [mtl, mtl-both-feedback]\n";
        let figures = figures_of(&format!(
            "{DATA}{matrix}report: {{figures: [learning-curves, bars, sweep, heat-map], size: {size}, {metrics}, {labels}}}\n"
        ));
        assert_eq!(figures.len(), 4);
        for figure in &figures {
            crate::report::tests::assert_texts_are_apart(figure);
            let drawn: String = figure.drawing.text_boxes().into_iter().map(|(_, text)| text.replace(' ', "")).collect();
            for name in names.iter().map(|name| name.replace(' ', "")).chain(["F1unseen".to_owned()]) {
                let shown = drawn.contains(&name) || (name == "F1unseen" && figure.name.ends_with("curves"));
                assert!(shown, "{} in {size} lacks `{name}`: {drawn}", figure.name);
            }
        }
    }
}

#[test]
fn without_a_choice_the_figures_are_those_that_fit() {
    let names = |matrix: &str| figures_of(&format!("{DATA}{matrix}")).into_iter().map(|figure| figure.name).collect::<Vec<_>>();
    assert_eq!(names(""), ["mine-learning-curves"]);
    assert_eq!(names("matrix: {model.crf: [true, false]}\n"), ["mine-learning-curves", "mine-bars"]);
    assert_eq!(names("matrix: {model.hidden: [50, 100]}\n"), ["mine-learning-curves", "mine-bars", "mine-sweep"]);
    assert_eq!(
        names("matrix: {model.hidden: [50, 100], dropout.rate: [0.1, 0.2]}\n"),
        ["mine-learning-curves", "mine-bars", "mine-heat-map"]
    );
    assert!(names("matrix: {model.crf: [true, false]}\nreport: {figures: []}\n").is_empty());
}

/// The PDF holds the font and a page of the figure's size, and is the same twice.
#[test]
fn a_pdf_embeds_its_font() {
    let figure = figures_of(&format!("{DATA}matrix: {{model.crf: [true, false]}}\nreport: {{figures: [bars]}}\n")).remove(0);
    let bytes = figure.pdf().unwrap();
    assert_eq!(bytes, figure.pdf().unwrap());
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.starts_with("%PDF-") && text.trim_end().ends_with("%%EOF"));
    for part in ["/FontFile2", "/ToUnicode", "MERMEN+DejaVuSans-Bold", &format!("/MediaBox [0 0 {}", (figure.drawing.width * 0.75) as f32)]
    {
        assert!(text.contains(part), "{part}");
    }
    assert!(bytes.len() < 60_000, "{} bytes: the font is cut down to what is used", bytes.len());
}

#[test]
fn an_experiment_is_drawn_the_same_twice() {
    let text = format!("{DATA}matrix: {{model.framework: [mtl, pipeline], model.hidden: [50, 100]}}\nseeds: [1, 2]\n");
    let (experiment, outcomes) = experiment(&text, |_| true);
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let report = ExperimentReport { experiment: &experiment, outcomes: &outcomes, claims: None };
    let drawn = folders.each_ref().map(|f| report.draw(f.path()).unwrap());
    assert_eq!(drawn[0].files.len(), drawn[1].files.len());
    for (a, b) in drawn[0].files.iter().zip(&drawn[1].files) {
        assert_eq!(std::fs::read(a).unwrap(), std::fs::read(b).unwrap(), "{}", a.display());
    }
    let page = std::fs::read_to_string(folders[0].path().join("index.html")).unwrap();
    for link in page.split("href=\"").skip(1).filter_map(|l| l.split('"').next()).filter(|l| !l.starts_with(['#', 'd'])) {
        assert!(folders[0].path().join(link).exists(), "{link} is missing");
    }
    assert!(!page.contains("<script") && !page.contains("src="));
    if let Some(keep) = std::env::var_os("MERMEN_KEEP_DRAWN") {
        report.draw(&Path::new(&keep).join("experiment")).unwrap();
    }
}
