//! Tables 1 to 7 in the paper's layout, each figure of the paper beside ours.

use super::{Column, Entry, Line, Notes, Panel, Table, difference, figure, range};
use crate::report::cells::{Cell, Results, RowKind, corpora_and_tasks};
use crate::report::measurement::concept_ceiling;
use crate::report::paper_tables::PaperTable;
use crate::report::system::{PaperCorpus, Vectors};
use crate::run::spec::Task;
use std::collections::BTreeSet;

const F1_NOTE: &str = "Paper: as printed. Ours: median F1 over n seeds as the BioCreative V CDR kit counts, type Disease; recognition is scored \
    on the mentions of MER alone, normalization on the concepts of MEN alone. Diff: ours minus the paper's. 95 %: document bootstrap of \
    the median over seeds. Ceiling: F1 that the concepts seen in training allow. Bold or *: best of the column.";

/// Tables 1 to 7.
pub(in crate::report) fn tables(results: &Results, cells: &[Cell]) -> Vec<Table> {
    let of = |number: u8| -> Vec<&Cell> { cells.iter().filter(|c| c.table == number).collect() };
    vec![
        table1(results),
        f1_table(
            &of(2),
            "table2",
            "Table 2",
            "F1 of recognition and normalization on two corpora",
            "system",
            [metrics(&of(2)), stand_in(results, &of(2))].concat(),
        ),
        f1_table(&of(3), "table3", "Table 3", "Results with and without dropout (F1)", "dropout", stand_in(results, &of(3))),
        table4(results, &of(4)),
        table5(&of(5), stand_in(results, &of(5))),
        table6(&of(6)),
        table7(results, &of(7)),
    ]
}

fn runs(cells: &[&Cell]) -> Vec<String> {
    let ids: BTreeSet<&String> = cells.iter().filter_map(|c| c.ours.as_ref()).flat_map(|m| &m.runs).collect();
    ids.into_iter().cloned().collect()
}

/// Says whose vectors stand in for the paper's, where they do.
fn stand_in(results: &Results, cells: &[&Cell]) -> Vec<String> {
    let vectors: BTreeSet<Vectors> = cells.iter().filter(|c| c.stand_in).filter_map(|c| c.vectors).collect();
    vectors
        .into_iter()
        .filter_map(|v| {
            let facts = PaperCorpus::ALL.iter().find_map(|c| results.any_run(*c, v)).map(|r| &r.result.data.embedding)?;
            Some(format!("Our {} vectors stand in for the paper's: {}.", v.title(), facts.provenance.trim_end_matches('.')))
        })
        .collect()
}

/// Rows in the order in which cells name them, under their groups.
fn rows<'a>(cells: &[&'a Cell]) -> Vec<(&'a str, String, Vec<&'a Cell>)> {
    let mut rows: Vec<(&str, String, Vec<&Cell>)> = Vec::new();
    for cell in cells {
        // One name may stand for runs, for what others published, and for a floor: a row each.
        let source = |cell: &Cell| (cell.kind == RowKind::Runs, cell.kind == RowKind::Floor);
        match rows.iter_mut().find(|r| r.0 == cell.group && r.1 == cell.name && source(r.2[0]) == source(cell)) {
            Some(row) => row.2.push(cell),
            None => rows.push((&cell.group, cell.name.clone(), vec![cell])),
        }
    }
    rows
}

/// Lines of the rows, with a heading for each group where there is more than one.
fn lines<'a>(cells: &[&'a Cell], mut row: impl FnMut(&str, &[&'a Cell]) -> Vec<Entry>) -> Vec<Line> {
    let rows = rows(cells);
    let grouped = rows.iter().any(|r| r.0 != rows[0].0);
    let mut lines = Vec::new();
    let mut heading = "";
    for (group, name, of_row) in &rows {
        if grouped && *group != heading {
            lines.push(Line::Group(if *group == "previous" { "previous systems".to_owned() } else { (*group).to_owned() }));
            heading = group;
        }
        lines.push(Line::Row(row(name, of_row)));
    }
    lines
}

fn is_best(cell: &Cell, cells: &[&Cell], value: impl Fn(&Cell) -> Option<f64>, most: bool) -> bool {
    let column =
        cells.iter().filter(|c| c.corpus == cell.corpus && c.task == cell.task && c.measure == cell.measure).filter_map(|c| value(c));
    let best = if most { column.fold(f64::MIN, f64::max) } else { column.fold(f64::MAX, f64::min) };
    value(cell).is_some_and(|v| figure(v) == figure(best))
}

fn paper_of(cell: &Cell) -> Option<f64> {
    cell.paper
}

fn ours_of(cell: &Cell) -> Option<f64> {
    cell.ours.as_ref().map(|m| m.median)
}

fn f1_panels() -> Vec<Panel> {
    corpora_and_tasks()
        .map(|(corpus, task)| {
            let mut columns = ["paper", "ours", "n", "diff", "95 %"].map(Column::right).to_vec();
            if task == Task::Men {
                columns.push(Column::right("ceiling"));
            }
            Panel::new(format!("{} {}", corpus.title(), task.title()), columns)
        })
        .collect()
}

/// Paper, ours, n, difference, interval and (normalization) ceiling.
fn f1_entries(cell: &Cell, cells: &[&Cell], notes: &mut Notes) -> Vec<Entry> {
    let mut entries = vec![cell.paper.map_or_else(Entry::none, |p| Entry::new(figure(p)).best(is_best(cell, cells, paper_of, true)))];
    let ceiling = usize::from(cell.task == Some(Task::Men));
    match (&cell.ours, &cell.reason) {
        (Some(ours), _) => {
            entries.push(Entry::new(figure(ours.median)).best(is_best(cell, cells, ours_of, true)));
            entries.push(Entry::new(ours.n.to_string()));
            entries.push(cell.paper.map_or_else(Entry::none, |p| Entry::new(difference(ours.median, p))));
            entries.push(cell.interval.map_or_else(Entry::none, |i| Entry::new(range(i))));
            if ceiling == 1 {
                entries.push(cell.ceiling.map_or_else(Entry::none, |c| Entry::new(figure(c))));
            }
        }
        (None, reason) => entries.push(notes.reason(reason.as_deref().unwrap_or("not run"), 4 + ceiling)),
    }
    entries
}

/// The four panels of one row; a panel without a cell is the memorizer's recognition.
fn f1_row(name: &str, row: &[&Cell], cells: &[&Cell], notes: &mut Notes) -> Vec<Entry> {
    let mut entries = vec![Entry::new(name)];
    for (corpus, task) in corpora_and_tasks() {
        match row.iter().find(|c| c.corpus == corpus && c.task == Some(task)) {
            Some(cell) => entries.extend(f1_entries(cell, cells, notes)),
            None => entries.extend([Entry::none(), notes.reason("normalization only", 4 + usize::from(task == Task::Men))]),
        }
    }
    entries
}

/// How the figures that the paper quotes of previous systems were measured (docs/previous.md).
const METRICS: [(&str, &str); 4] = [
    ("LeadMine", "concepts by the kit, as the challenge published them"),
    (
        "DNorm",
        "mentions, and pairs of document and concept with all ids of a concept taken as one, trained with dev (NCBI); the challenge's baseline (BC5CDR)",
    ),
    ("TaggerOne", "pairs of document and concept, all ids that its vocabulary lacks taken as one, some strings left out"),
    ("Transition-based Model", "strings within a sentence, wherever they stand in it, and standard names in place of ids"),
];

/// A note of the metrics of the previous systems that the paper quotes.
fn metrics(cells: &[&Cell]) -> Vec<String> {
    let quoted = |name: &str| cells.iter().any(|cell| cell.group == "previous" && cell.name == name && cell.paper.is_some());
    let notes: Vec<String> =
        METRICS.iter().filter(|(name, _)| quoted(name)).map(|(name, metric)| format!("{}: {metric}", name.replace(" Model", ""))).collect();
    if notes.is_empty() {
        return Vec::new();
    }
    vec![format!("The paper quotes previous systems in their authors' metrics. {}.", notes.join(". "))]
}

fn f1_table(cells: &[&Cell], name: &str, label: &str, caption: &str, stub: &str, more: Vec<String>) -> Table {
    let mut notes = Notes::default();
    let lines = lines(cells, |name, row| {
        let mut title = name.replace(" Model", "");
        if row.iter().any(|c| c.kind == RowKind::Rescored) {
            let number =
                notes.number("Our figures: the authors' published predictions, scored again by our kit; the paper's are those it quotes.");
            title = format!("{title} [{number}]");
        }
        if row.iter().any(|c| c.kind == RowKind::Floor) {
            let number = notes.number("Gold spans, looked up among training's strings: what a normalizer that only remembers reaches.");
            title = format!("Memorizer [{number}]");
        }
        f1_row(&title, row, cells, &mut notes)
    });
    Table {
        name: name.to_owned(),
        label: label.to_owned(),
        caption: caption.to_owned(),
        stub: vec![Column::left(stub)],
        panels: f1_panels(),
        lines,
        notes: notes.finish(std::iter::once(F1_NOTE.to_owned()).chain(more)),
        runs: runs(cells),
    }
}

fn table1(results: &Results) -> Table {
    type Count = fn(&crate::report::inputs::CorpusCounts) -> u64;
    let counted: [(&str, &str, Count); 4] = [
        ("Articles", "articles", |c| c.articles),
        ("Disease mentions", "disease_mentions", |c| c.disease_mentions),
        ("Chemical mentions", "chemical_mentions", |c| c.chemical_mentions),
        ("Concepts", "concepts", |c| c.concepts),
    ];
    let mut notes = Notes::default();
    let mut lines = Vec::new();
    for corpus in [PaperCorpus::Bc5cdr, PaperCorpus::Ncbi] {
        let ours = results.input.corpora.iter().find(|c| PaperCorpus::of(&c.corpus) == Some(corpus));
        let mut row = vec![Entry::new(corpus.title())];
        for (_, column, count) in counted {
            let paper: Option<u64> = PaperTable::Corpora.figure(&[("corpus", corpus.key())], column);
            row.push(paper.map_or_else(Entry::none, |p| Entry::new(p.to_string())));
            match ours.map(count) {
                Some(ours) => {
                    row.push(Entry::new(ours.to_string()));
                    row.push(paper.map_or_else(Entry::none, |p| Entry::new(signed(ours as i64 - p as i64))));
                }
                None => row.push(notes.reason("not counted", 2)),
            }
        }
        lines.push(Line::Row(row));
    }
    Table {
        name: "table1".to_owned(),
        label: "Table 1".to_owned(),
        caption: "Overall statistics of BC5CDR and NCBI".to_owned(),
        stub: vec![Column::left("corpus")],
        panels: counted.iter().map(|(title, ..)| Panel::new(*title, ["paper", "ours", "diff"].map(Column::right).to_vec())).collect(),
        lines,
        notes: notes
            .finish(["Ours: counted from the corpora as distributed, all splits together; concepts are unique identifiers.".to_owned()]),
        runs: Vec::new(),
    }
}

fn signed(difference: i64) -> String {
    if difference > 0 { format!("+{difference}") } else { difference.to_string() }
}

fn table4(results: &Results, cells: &[&Cell]) -> Table {
    let mut table = f1_table(cells, "table4", "Table 4", "Results with different choices of word embeddings (F1)", "embedding", Vec::new());
    table.stub.push(Column::right("dim"));
    let coverage =
        PaperCorpus::ALL.map(|c| Panel::new(format!("{} coverage", c.title()), vec![Column::right("types"), Column::right("tokens")]));
    table.panels.extend(coverage);
    let mut provenance = Vec::new();
    for (line, vectors) in table.lines.iter_mut().zip(Vectors::ALL) {
        let Line::Row(row) = line else { continue };
        row.insert(1, Entry::new(vectors.dimension().to_string()));
        for corpus in PaperCorpus::ALL {
            match results.any_run(corpus, vectors).map(|r| &r.result.data.embedding) {
                Some(facts) => {
                    row.push(Entry::new(percent(facts.types_found, facts.types)));
                    row.push(Entry::new(percent(facts.tokens_found, facts.tokens)));
                    if facts.stand_in && !row[0].text.ends_with("(stand-in)") {
                        row[0].text.push_str(" (stand-in)");
                    }
                    let source = format!("{}: {}.", row[0].text, facts.provenance.trim_end_matches('.'));
                    if !provenance.contains(&source) {
                        provenance.push(source);
                    }
                }
                None => row.push(Entry::because("no vectors", 2)),
            }
        }
    }
    table.notes.push("Coverage: share of the corpus' word types and tokens that have a vector.".to_owned());
    table.notes.extend(provenance);
    table
}

fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.1} %", 100.0 * part as f64 / whole as f64) }
}

fn table5(cells: &[&Cell], more: Vec<String>) -> Table {
    let mut notes = Notes::default();
    let lines = lines(cells, |name, row| {
        let mut entries = vec![Entry::new(name)];
        for corpus in PaperCorpus::ALL {
            let views: Vec<&&Cell> = row.iter().filter(|c| c.corpus == corpus).collect();
            let [spans, tokens] = views[..] else { continue };
            entries.push(spans.paper.map_or_else(Entry::none, |p| Entry::new(figure(p)).best(is_best(spans, cells, paper_of, false))));
            match (&spans.ours, &tokens.ours) {
                (Some(s), Some(t)) => entries.extend([
                    Entry::new(figure(s.median)).best(is_best(spans, cells, ours_of, false)),
                    Entry::new(s.n.to_string()),
                    spans.paper.map_or_else(Entry::none, |p| Entry::new(difference(s.median, p))),
                    Entry::new(figure(t.median)),
                ]),
                _ => entries.push(notes.reason(spans.reason.as_deref().unwrap_or("not run"), 4)),
            }
        }
        entries
    });
    let columns = || ["paper", "ours", "n", "diff", "tokens"].map(Column::right).to_vec();
    Table {
        name: "table5".to_owned(),
        label: "Table 5".to_owned(),
        caption: "Ratio of boundary inconsistency of MER and MEN on two test sets".to_owned(),
        stub: vec![Column::left("system")],
        panels: PaperCorpus::ALL.iter().map(|c| Panel::new(c.title(), columns())).collect(),
        lines,
        notes: notes.finish(
            std::iter::once(
                "The paper gives no formula. Ours: |A △ B| / |A ∪ B| with A the spans (document, start, end) of MER and B those of MEN; median over \
                 n seeds. Tokens: share of the tokens inside an entity of either that are inside one of only one. Bold or *: lowest."
                    .to_owned(),
            )
            .chain(more),
        ),
        runs: runs(cells),
    }
}

fn table6(cells: &[&Cell]) -> Table {
    let mut notes = Notes::default();
    let mut lines = lines(cells, |name, row| {
        let mut entries = vec![Entry::new(name)];
        for corpus in PaperCorpus::ALL {
            let ways: Vec<&&Cell> = row.iter().filter(|c| c.corpus == corpus).collect();
            entries.push(ways[0].paper.map_or_else(Entry::none, |p| Entry::new(format!("{p:.0}"))));
            if ways.iter().all(|c| c.ours.is_some()) {
                entries.extend(ways.iter().map(|c| ours_of(c).map_or_else(Entry::none, |v| Entry::new(format!("{v:.0}")))));
            } else {
                entries.push(notes.reason(ways[0].reason.as_deref().unwrap_or("not counted"), 3));
            }
        }
        entries
    });
    let mut sums = vec![Entry::new("sum")];
    for corpus in PaperCorpus::ALL {
        let of_corpus: Vec<&&Cell> = cells.iter().filter(|c| c.corpus == corpus).collect();
        let paper: f64 = of_corpus.iter().filter(|c| c.measure == "unique strings").filter_map(|c| c.paper).sum();
        sums.push(Entry::new(format!("{paper:.0}")));
        for measure in ["unique strings", "unique pairs", "mentions"] {
            let ours: Vec<f64> = of_corpus.iter().filter(|c| c.measure == measure).filter_map(|c| ours_of(c)).collect();
            sums.push(if ours.is_empty() { Entry::none() } else { Entry::new(format!("{:.0}", ours.iter().sum::<f64>())) });
        }
    }
    lines.push(Line::Row(sums));
    let columns = || ["paper", "strings", "pairs", "mentions"].map(Column::right).to_vec();
    Table {
        name: "table6".to_owned(),
        label: "Table 6".to_owned(),
        caption: "Statistics of the partition on each test set".to_owned(),
        stub: vec![Column::left("subset")],
        panels: PaperCorpus::ALL.iter().map(|c| Panel::new(c.title(), columns())).collect(),
        lines,
        notes: notes.finish([
            "The paper counts \"unique entities\". Ours, three ways: unique surface strings of test mentions, unique (string, concept) pairs, mentions. \
             IV: every word in training and embedding; OOTV: some word not in training; OOEV: some word not in the embedding; OOBV: both."
                .to_owned(),
        ]),
        runs: runs(cells),
    }
}

fn table7(results: &Results, cells: &[&Cell]) -> Table {
    let mut notes = Notes::default();
    let lines = lines(cells, |name, row| {
        let mut entries = vec![Entry::new(name)];
        for (corpus, task) in corpora_and_tasks() {
            let Some(cell) = row.iter().find(|c| c.corpus == corpus && c.task == Some(task)) else { continue };
            entries.push(cell.paper.map_or_else(Entry::none, |p| Entry::new(figure(p))));
            match (&cell.ours, results.subset_sum(cell)) {
                (Some(ours), Some(sum)) => entries.extend([
                    Entry::new(figure(ours.median)),
                    Entry::new(ours.n.to_string()),
                    cell.paper.map_or_else(Entry::none, |p| Entry::new(difference(ours.median, p))),
                    Entry::new(format!("{}/{}/{}", sum.tp, sum.fp, sum.fn_)),
                ]),
                _ => entries.push(notes.reason(cell.reason.as_deref().unwrap_or("not scored"), 4)),
            }
        }
        entries
    });
    let columns = || ["paper", "ours", "n", "diff", "tp/fp/fn"].map(Column::right).to_vec();
    Table {
        name: "table7".to_owned(),
        label: "Table 7".to_owned(),
        caption: "Performance on different subsets of entities (F1)".to_owned(),
        stub: vec![Column::left("subset")],
        panels: corpora_and_tasks().map(|(c, t)| Panel::new(format!("{} {}", c.title(), if t == Task::Mer { "MER" } else { "MEN" }), columns())).collect(),
        lines,
        notes: notes.finish([
            "Ours: recall over gold entities of the subset, precision over predicted entities whose words fall in it, F1 of the two; median over n \
             seeds, counts summed over them."
                .to_owned(),
        ]),
        runs: runs(cells),
    }
}

/// What a closed tag set allows at best on each test set, and the floor.
pub(in crate::report) fn ceilings(results: &Results) -> Table {
    let mut lines = Vec::new();
    let mut ids = Vec::new();
    for corpus in PaperCorpus::ALL {
        let mut row = vec![Entry::new(corpus.title())];
        match results.ceilings(corpus) {
            Some((run, c)) => {
                ids.push(run.result.run_id.clone());
                row.extend([
                    Entry::new(format!("{} of {}", c.concepts_seen, c.concepts)),
                    Entry::new(figure(concept_ceiling(c))),
                    Entry::new(figure(c.oracle_tagger.f1())),
                    Entry::new(figure(c.memorizer.f1())),
                ]);
            }
            None => row.push(Entry::because("not run", 4)),
        }
        lines.push(Line::Row(row));
    }
    Table {
        name: "ceilings".to_owned(),
        label: String::new(),
        caption: "What a closed set of concepts allows on test: best and floor of normalization (F1)".to_owned(),
        stub: vec![Column::left("corpus")],
        panels: vec![Panel::new(
            "",
            ["concepts seen", "ceiling", "oracle tagger", "memorizer"].map(Column::right).to_vec(),
        )],
        lines,
        notes: vec![
            "Concepts seen: gold (document, concept) pairs of test whose concept occurs in training. Ceiling: F1 with just these, 2R/(1+R). Oracle tagger: the \
             gold tag where that whole tag was seen in training, else O. Memorizer: training's strings looked up, given the gold spans."
                .to_owned(),
        ],
        runs: ids,
    }
}
