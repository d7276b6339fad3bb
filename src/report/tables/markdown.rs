//! Tables as GitHub Markdown, padded so that the source can be read too.

use super::Exporter;
use super::model::{Align, Line, Table};

pub(super) struct Markdown;

impl Exporter for Markdown {
    fn extension(&self) -> &'static str {
        "md"
    }

    fn export(&self, table: &Table) -> Vec<u8> {
        let titles: Vec<String> = table
            .stub
            .iter()
            .map(|c| escape(&c.title))
            .chain(table.panels.iter().flat_map(|p| {
                p.columns
                    .iter()
                    .map(|c| if p.title.is_empty() { escape(&c.title) } else { format!("{}<br>{}", escape(&p.title), escape(&c.title)) })
            }))
            .collect();
        let mut rows = vec![titles];
        for line in &table.lines {
            rows.push(match line {
                Line::Group(title) => vec![format!("**{}**", escape(title))],
                Line::Row(entries) => entries
                    .iter()
                    .flat_map(|e| {
                        let text = if e.best { format!("**{}**", escape(&e.text)) } else { escape(&e.text) };
                        let text = if e.reason { format!("*{text}*") } else { text };
                        std::iter::once(text).chain(std::iter::repeat_n(String::new(), e.span - 1))
                    })
                    .collect(),
            });
        }
        let aligns: Vec<Align> = table.columns().map(|c| c.align).collect();
        for row in &mut rows {
            row.resize(aligns.len(), String::new());
        }
        let widths: Vec<usize> = (0..aligns.len()).map(|c| rows.iter().map(|r| r[c].chars().count()).max().unwrap_or(0).max(3)).collect();
        let mut text = format!("**{}**\n\n", escape(&table.heading()));
        for (i, row) in rows.iter().enumerate() {
            let cells = row.iter().zip(&widths).zip(&aligns).map(|((t, w), a)| match a {
                Align::Left => format!("{t:<w$}"),
                Align::Right => format!("{t:>w$}"),
            });
            text.push_str(&format!("| {} |\n", cells.collect::<Vec<_>>().join(" | ")));
            if i == 0 {
                let rules = widths.iter().zip(&aligns).map(|(w, a)| match a {
                    Align::Left => "-".repeat(*w),
                    Align::Right => format!("{}:", "-".repeat(w - 1)),
                });
                text.push_str(&format!("| {} |\n", rules.collect::<Vec<_>>().join(" | ")));
            }
        }
        for note in &table.notes {
            text.push_str(&format!("\n{}\n", escape(note)));
        }
        text.into_bytes()
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '*' | '_' | '[' | ']' | '`' | '\\' => escaped.extend(['\\', c]),
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '\n' => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
