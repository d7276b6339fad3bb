//! An explanation as headed tables, before it is text or HTML.

use super::{
    BoundaryChange, BoundaryErrors, BoundaryKind, Bucket, ConceptName, Disagreement, Example, Explanation, Normalization, Recognition,
    Surface,
};
use crate::report::tables::{Column, Entry, Line, Table};

/// A heading with its tables.
pub struct Section {
    /// For links within the page.
    pub(super) id: &'static str,
    pub(super) heading: &'static str,
    /// What is to be seen here, in a sentence or two.
    pub(super) lead: String,
    pub(super) tables: Vec<Listing>,
}

/// A table whose rows may have sentences under them.
pub(super) struct Listing {
    pub table: Table,
    /// Of each row.
    pub examples: Vec<Vec<Example>>,
    /// Rows that there are beside these.
    pub more: usize,
}

/// Cells, one per column (the first names the row), and the sentences under them.
pub(super) struct Row {
    pub cells: Vec<String>,
    pub examples: Vec<Example>,
}

impl Listing {
    pub fn new(caption: impl Into<String>, columns: Vec<Column>, rows: Vec<Row>, more: usize) -> Self {
        let (cells, examples): (Vec<_>, Vec<_>) = rows.into_iter().map(|row| (row.cells, row.examples)).unzip();
        let lines = cells.into_iter().map(|cells| Line::Row(cells.into_iter().map(Entry::new).collect()));
        Self { table: Table { caption: caption.into(), stub: columns, lines: lines.collect(), ..Table::default() }, examples, more }
    }
}

pub(super) fn text(title: &str) -> Column {
    Column::left(title)
}

pub(super) fn number(title: &str) -> Column {
    Column::right(title)
}

/// The first `top` of `items` as rows.
pub(super) fn listed<T>(caption: &str, columns: Vec<Column>, items: &[T], top: usize, row: impl Fn(&T) -> Row) -> Listing {
    Listing::new(caption, columns, items.iter().take(top).map(row).collect(), items.len().saturating_sub(top))
}

pub(super) fn plain(cells: Vec<String>) -> Row {
    Row { cells, examples: Vec::new() }
}

pub(super) fn share(part: u64, whole: u64) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.1}%", 100.0 * part as f64 / whole as f64) }
}

impl ConceptName {
    /// `D003866 depressive disorder`
    fn shown(&self) -> String {
        let shown = format!("{} {}", self.id, self.name);
        if self.id.is_empty() { "no concept".to_owned() } else { shown.trim_end().to_owned() }
    }
}

/// The whole explanation as tables, at most `top` rows of each list.
pub fn sections(of: &Explanation, top: usize) -> Vec<Section> {
    vec![
        overview(of),
        boundaries(&of.recognition, top),
        strings(&of.recognition, top),
        confusions(&of.normalization, top),
        unseen(&of.normalization, top),
        buckets(of),
        disagreements(of),
    ]
}

fn overview(of: &Explanation) -> Section {
    let (r, n) = (&of.recognition, &of.normalization);
    let wrong_boundaries: u64 = r.boundaries.iter().map(|errors| errors.count).sum();
    let row = |name: &str, count: u64, gold: Option<u64>, predicted: Option<u64>| {
        let of = |whole: Option<u64>| whole.map_or_else(String::new, |whole| share(count, whole));
        plain(vec![name.to_owned(), count.to_string(), of(gold), of(predicted)])
    };
    let columns = || vec![text("outcome"), number("mentions"), number("of gold"), number("of predicted")];
    let mer = [
        row("right", r.right, Some(r.gold), Some(r.predicted)),
        row("wrong boundaries", wrong_boundaries, Some(r.gold), Some(r.predicted)),
        row("wrong type", r.wrong_type, Some(r.gold), Some(r.predicted)),
        row("missed", r.missed, Some(r.gold), None),
        row("spurious", r.spurious, None, Some(r.predicted)),
    ];
    let men = [
        row("right", n.right, Some(n.gold), Some(n.predicted)),
        row("right concept, other boundaries", n.near, Some(n.gold), Some(n.predicted)),
        row("another concept", n.confused, Some(n.gold), Some(n.predicted)),
        row("missed", n.missed, Some(n.gold), None),
        row("on a gold mention without concept", n.without_gold_concept, None, Some(n.predicted)),
        row("spurious", n.spurious, None, Some(n.predicted)),
    ];
    let table = |caption: String, rows: Vec<Row>| Listing::new(caption, columns(), rows, 0);
    Section {
        id: "overview",
        heading: "Overview",
        lead: format!("{} documents. A mention counts once, by the prediction that comes closest to it.", of.documents),
        tables: vec![
            table(format!("Recognition (MER): {} gold mentions, {} predicted", r.gold, r.predicted), mer.into()),
            table(format!("Normalization (MEN): {} gold mentions with a concept, {} predicted", n.gold, n.predicted), men.into()),
        ],
    }
}

fn boundaries(of: &Recognition, top: usize) -> Section {
    let kinds = of
        .boundaries
        .iter()
        .map(|errors| Row { cells: vec![kind_name(errors.kind).to_owned(), errors.count.to_string()], examples: errors.examples.clone() });
    let columns = vec![text("the prediction is"), number("mentions")];
    let mut tables = vec![Listing::new("Boundary errors", columns, kinds.collect(), 0)];
    tables.extend(of.boundaries.iter().filter(|errors| !errors.words.is_empty()).map(|errors| words(errors, top)));
    Section {
        id: "boundaries",
        heading: "Boundary errors of MER",
        lead: "A predicted span overlaps a gold one of its type without being equal.".to_owned(),
        tables,
    }
}

fn words(errors: &BoundaryErrors, top: usize) -> Listing {
    let caption = format!("Words that make it {}", kind_name(errors.kind));
    listed(&caption, vec![text("words"), text("which were"), number("times")], &errors.words, top, |(change, words, times)| {
        let change = match change {
            BoundaryChange::AddedBefore => "added before",
            BoundaryChange::AddedAfter => "added after",
            BoundaryChange::LostBefore => "lost at the start",
            BoundaryChange::LostAfter => "lost at the end",
        };
        plain(vec![words.clone(), change.to_owned(), times.to_string()])
    })
}

fn kind_name(kind: BoundaryKind) -> &'static str {
    match kind {
        BoundaryKind::TooLong => "too long",
        BoundaryKind::TooShort => "too short",
        BoundaryKind::Shifted => "shifted",
    }
}

fn strings(of: &Recognition, top: usize) -> Section {
    let table = |caption: &str, times: &str, strings: &[Surface]| {
        let columns = vec![text("mention"), number(times), number("gold"), number("in training")];
        listed(caption, columns, strings, top, |s| Row {
            cells: vec![s.text.clone(), s.count.to_string(), s.gold.to_string(), s.in_train.to_string()],
            examples: s.examples.clone(),
        })
    };
    Section {
        id: "strings",
        heading: "Missed and spurious mentions of MER",
        lead: "By string, letters in lower case: how often it was missed or made up, how often the split annotates it, and how often \
               training does."
            .to_owned(),
        tables: vec![
            table(&format!("Missed: {} mentions, {} strings", of.missed, of.missed_strings.len()), "missed", &of.missed_strings),
            table(&format!("Spurious: {} mentions, {} strings", of.spurious, of.spurious_strings.len()), "spurious", &of.spurious_strings),
        ],
    }
}

fn confusions(of: &Normalization, top: usize) -> Section {
    let caption = format!("Confusions: {} mentions, {} pairs of concepts", of.confused, of.confusions.len());
    let columns = vec![text("gold"), text("predicted"), number("times"), number("gold in training")];
    let table = listed(&caption, columns, &of.confusions, top, |c| Row {
        cells: vec![c.gold.shown(), c.predicted.shown(), c.count.to_string(), c.gold.in_train.to_string()],
        examples: c.examples.clone(),
    });
    Section {
        id: "confusions",
        heading: "Confused concepts of MEN",
        lead: "A concept is shown with the string that names it most often. The last column tells how often training annotates gold's \
               concept: where it is 0, a closed tag set cannot be right."
            .to_owned(),
        tables: vec![table],
    }
}

fn unseen(of: &Normalization, top: usize) -> Section {
    let mentions: u64 = of.unseen.iter().map(|unseen| unseen.mentions).sum();
    let caption = format!("Concepts that training does not have: {} with {mentions} mentions", of.unseen.len());
    let columns = vec![text("concept"), number("mentions"), number("found by MER"), number("left out by MEN"), text("most often given")];
    let table = listed(&caption, columns, &of.unseen, top, |u| Row {
        cells: vec![
            u.concept.shown(),
            u.mentions.to_string(),
            u.recognised.to_string(),
            u.left_out.to_string(),
            u.instead.as_ref().map_or_else(|| "-".to_owned(), |(concept, times)| format!("{} ({times})", concept.shown())),
        ],
        examples: u.examples.clone(),
    });
    Section {
        id: "unseen",
        heading: "Unseen concepts",
        lead: format!("They are {} of the gold mentions with a concept.", share(mentions, of.gold)),
        tables: vec![table],
    }
}

fn buckets(of: &Explanation) -> Section {
    let table = |caption: &str, first: &str, buckets: &[Bucket]| {
        let columns =
            vec![text(first), number("mentions"), number("concepts"), number("MER recall"), number("MEN recall"), number("right concept")];
        listed(caption, columns, buckets, usize::MAX, |s| {
            plain(vec![
                s.name.clone(),
                s.mentions.to_string(),
                s.concepts.to_string(),
                share(s.recognised, s.mentions),
                share(s.linked, s.with_concept),
                share(s.right_concept, s.with_concept),
            ])
        })
    };
    Section {
        id: "known",
        heading: "By what training knows",
        lead: "Recall over gold mentions. MER: span and type; MEN: span and whole concept string; right concept: on the span or one that \
               overlaps it."
            .to_owned(),
        tables: [
            table("By how often training annotates the concept", "in training", &of.by_frequency),
            table("By whether training and the embedding know the words", "words", &of.by_subset),
        ]
        .into_iter()
        .filter(|listing| !listing.table.lines.is_empty())
        .collect(),
    }
}

fn disagreements(of: &Explanation) -> Section {
    let d = &of.disagreements;
    let row = |name: &str, of: &Disagreement| Row {
        cells: [name.to_owned()].into_iter().chain([of.count, of.mer_right, of.men_right, of.neither].map(|n| n.to_string())).collect(),
        examples: of.examples.clone(),
    };
    let same = plain(vec![
        "the same span".to_owned(),
        d.same.to_string(),
        d.same_right.to_string(),
        d.same_right.to_string(),
        (d.same - d.same_right).to_string(),
    ]);
    Section {
        id: "disagreement",
        heading: "Where MER and MEN disagree",
        lead: "Spans of the two outputs, and whose are gold spans.".to_owned(),
        tables: vec![Listing::new(
            "Spans of MER and MEN",
            vec![text("they predict"), number("spans"), number("MER right"), number("MEN right"), number("neither")],
            vec![
                same,
                row("overlapping spans", &d.boundaries),
                row("a span of MER alone", &d.only_mer),
                row("a span of MEN alone", &d.only_men),
            ],
            0,
        )],
    }
}
