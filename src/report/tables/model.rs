//! What a table is, whatever it is printed as.

/// A table: columns that name the row, then panels of columns that belong together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// File stem.
    pub name: String,
    /// `Table 2`, or empty.
    pub label: String,
    pub caption: String,
    /// The columns that name a row; a terminal or page that breaks the table repeats them.
    pub stub: Vec<Column>,
    pub panels: Vec<Panel>,
    pub lines: Vec<Line>,
    /// What stands under the table: definitions, sources, reasons too long for a cell.
    pub notes: Vec<String>,
    /// Ids of the runs behind the figures.
    pub runs: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// `NCBI recognition`; may be empty.
    pub title: String,
    pub columns: Vec<Column>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub title: String,
    pub align: Align,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A heading over the rows that follow.
    Group(String),
    /// Entries of the stub, then of every panel; spans add up to the columns.
    Row(Vec<Entry>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub text: String,
    /// The best of its column: bold, or starred where there is no bold.
    pub best: bool,
    /// Columns it covers, within one panel. More than one where a reason stands for figures.
    pub span: usize,
    /// It says why there is no figure.
    pub reason: bool,
}

impl Column {
    pub fn left(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Left }
    }

    pub fn right(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Right }
    }
}

impl Panel {
    pub fn new(title: impl Into<String>, columns: Vec<Column>) -> Self {
        Self { title: title.into(), columns }
    }
}

impl Entry {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), best: false, span: 1, reason: false }
    }

    pub fn best(mut self, best: bool) -> Self {
        self.best = best;
        self
    }

    /// Why `span` cells have no figure, in few words.
    pub fn because(reason: impl Into<String>, span: usize) -> Self {
        Self { text: reason.into(), best: false, span, reason: true }
    }

    /// Nothing to say here, as the paper prints it.
    pub fn none() -> Self {
        Self::new("-")
    }
}

/// The table's notes while its rows are built: long reasons move here and leave a number behind.
#[derive(Default)]
pub struct Notes(Vec<String>);

impl Notes {
    /// Characters a reason may have in the cells it stands for.
    const LONGEST: usize = 30;

    pub fn reason(&mut self, reason: &str, span: usize) -> Entry {
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = if reason.chars().count() <= Self::LONGEST {
            reason
        } else {
            let number = self.number(&reason);
            let head = reason.split(':').next().filter(|h| h.chars().count() <= 20).unwrap_or("no figure");
            format!("{head} [{number}]")
        };
        Entry::because(text, span)
    }

    /// The number of a note, which is added unless it is there already.
    pub fn number(&mut self, note: &str) -> usize {
        match self.0.iter().position(|n| n == note) {
            Some(i) => i + 1,
            None => {
                self.0.push(note.to_owned());
                self.0.len()
            }
        }
    }

    pub fn finish(self, general: impl IntoIterator<Item = String>) -> Vec<String> {
        let numbered = self.0.into_iter().enumerate().map(|(i, n)| format!("[{}] {n}", i + 1));
        general.into_iter().chain(numbered).collect()
    }
}

impl Table {
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.stub.iter().chain(self.panels.iter().flat_map(|p| &p.columns))
    }

    /// `Table 2. Caption`
    pub fn heading(&self) -> String {
        if self.label.is_empty() { self.caption.clone() } else { format!("{}. {}", self.label, self.caption) }
    }

    /// `Table 2`, or the caption up to its first colon or bracket.
    pub fn short_name(&self) -> String {
        let caption = self.caption.split([':', '(', ';']).next().unwrap_or_default().trim();
        if self.label.is_empty() { caption.to_owned() } else { self.label.clone() }
    }

    /// A row's entries cut into those of the stub and those of each panel.
    pub fn cut<'a>(&self, entries: &'a [Entry]) -> Vec<&'a [Entry]> {
        let mut rest = entries;
        std::iter::once(self.stub.len())
            .chain(self.panels.iter().map(|p| p.columns.len()))
            .map(|columns| {
                let mut covered = 0;
                let starts_within = |e: &&Entry| {
                    let fits = covered < columns;
                    covered += e.span;
                    fits
                };
                let (block, after) = rest.split_at(rest.iter().take_while(starts_within).count());
                rest = after;
                block
            })
            .collect()
    }

    /// Rows' entries must fill the columns exactly: every renderer relies on it.
    pub(super) fn is_whole(&self) -> bool {
        let columns = self.columns().count();
        self.lines.iter().all(|l| match l {
            Line::Group(_) => true,
            Line::Row(entries) => entries.iter().map(|e| e.span).sum::<usize>() == columns,
        })
    }
}

/// A share or F1 as the paper prints it: `0.8743`.
pub fn figure(value: f64) -> String {
    format!("{value:.4}")
}

/// Ours minus the paper's, with its sign. Differences are taken of the printed figures.
pub fn difference(ours: f64, paper: f64) -> String {
    let ten_thousandths = (ours * 1e4).round() as i64 - (paper * 1e4).round() as i64;
    match ten_thousandths {
        0 => "0.0000".to_owned(),
        d => format!("{}{:.4}", if d < 0 { "-" } else { "+" }, d.unsigned_abs() as f64 / 1e4),
    }
}

/// `0.8612–0.8867`
pub fn range((low, high): (f64, f64)) -> String {
    format!("{low:.4}–{high:.4}")
}
