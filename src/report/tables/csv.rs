//! Tables as CSV: one header line, one line a row, the heading of a group repeated in front of its rows.

use super::Exporter;
use super::model::{Line, Table};

pub(super) struct Csv;

impl Exporter for Csv {
    fn extension(&self) -> &'static str {
        "csv"
    }

    fn export(&self, table: &Table) -> Vec<u8> {
        let grouped = table.lines.iter().any(|l| matches!(l, Line::Group(_)));
        let titles = table.stub.iter().map(|c| c.title.clone()).chain(table.panels.iter().flat_map(|p| {
            p.columns.iter().map(|c| if p.title.is_empty() { c.title.clone() } else { format!("{}: {}", p.title, c.title) })
        }));
        let mut rows = vec![grouped.then(|| "group".to_owned()).into_iter().chain(titles).collect::<Vec<_>>()];
        let mut group = String::new();
        for line in &table.lines {
            match line {
                Line::Group(title) => group.clone_from(title),
                Line::Row(entries) => {
                    let cells =
                        entries.iter().flat_map(|e| std::iter::once(e.text.clone()).chain(std::iter::repeat_n(String::new(), e.span - 1)));
                    rows.push(grouped.then(|| group.clone()).into_iter().chain(cells).collect());
                }
            }
        }
        lines(&rows)
    }
}

/// Fields quoted where they must be, lines ended by LF.
fn lines(rows: &[Vec<String>]) -> Vec<u8> {
    let mut writer = ::csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows {
        // A Vec takes whatever is written to it.
        let _ = writer.write_record(row);
    }
    writer.into_inner().unwrap_or_default()
}
