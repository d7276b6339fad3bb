//! Tables as HTML that a screen reader can walk.

use super::glossary::meaning;
pub use crate::report::figures::escape;
use crate::report::tables::{Align, Entry, Line, Table};
use crate::run::identity::short;
use std::collections::BTreeMap;
use std::fmt::Write;

pub(in crate::report) fn table(page: &mut String, table: &Table, links: &BTreeMap<&str, String>) {
    let name = escape(&table.name);
    let _ = writeln!(page, "<section id=\"{name}\">");
    grid(page, table, |_, _| ());
    for note in &table.notes {
        let _ = writeln!(page, "<p class=\"notes\">{}</p>", escape(note));
    }
    let _ = writeln!(
        page,
        "<p class=\"files\"><a href=\"tables/{name}.md\">Markdown</a> <a href=\"tables/{name}.tex\">LaTeX</a> <a href=\"tables/{name}.csv\">CSV</a></p>"
    );
    if !table.runs.is_empty() {
        let _ = writeln!(page, "<details><summary>{} behind this table</summary>\n<ul>", records(table.runs.len()));
        for run in &table.runs {
            let _ = match links.get(run.as_str()) {
                Some(path) => writeln!(page, "<li><a href=\"{}\">{}</a></li>", escape(path), escape(path.trim_start_matches("records/"))),
                None => writeln!(page, "<li><code>{}</code></li>", short(run)),
            };
        }
        page.push_str("</ul>\n</details>\n");
    }
    page.push_str("</section>\n");
}

/// The table alone, in a frame that scrolls; `under` may write rows below a row, whose number it is given.
pub fn grid(page: &mut String, table: &Table, under: impl Fn(&mut String, usize)) {
    let heading = escape(&table.heading());
    let _ = writeln!(
        page,
        "<div class=\"scroll\" role=\"region\" aria-label=\"{heading}\" tabindex=\"0\">\n<table>\n<caption><span>{heading}</span></caption>"
    );
    head(page, table);
    body(page, table, under);
    page.push_str("</table>\n</div>\n");
}

/// `1 record`, `2 records`
pub(in crate::report) fn records(n: usize) -> String {
    if n == 1 { "1 record".to_owned() } else { format!("{n} records") }
}

/// Numbered links to records, few enough to stand in a cell.
pub(in crate::report) fn record_links(page: &mut String, runs: &[String], links: &BTreeMap<&str, String>) {
    const MOST: usize = 6;
    let paths: Vec<&String> = runs.iter().filter_map(|r| links.get(r.as_str())).collect();
    for (i, path) in paths.iter().take(MOST).enumerate() {
        let _ = write!(
            page,
            "<a href=\"{}\" aria-label=\"record {}\">{}</a> ",
            escape(path),
            escape(path.trim_start_matches("records/")),
            i + 1
        );
    }
    if paths.len() > MOST {
        let _ = write!(page, "and {} more", paths.len() - MOST);
    }
}

fn head(page: &mut String, table: &Table) {
    let titled = table.panels.iter().any(|p| !p.title.is_empty());
    page.push_str("<thead>\n<tr>");
    for column in &table.stub {
        let rows = if titled { " rowspan=\"2\"" } else { "" };
        let hint = hint(&table.name, &column.title);
        let _ = write!(page, "<th scope=\"col\"{rows}{}{hint}>{}</th>", class(column.align, false), escape(&column.title));
    }
    if titled {
        for panel in &table.panels {
            let _ =
                write!(page, "<th scope=\"colgroup\" colspan=\"{}\" class=\"first\">{}</th>", panel.columns.len(), escape(&panel.title));
        }
        page.push_str("</tr>\n<tr>");
    }
    for panel in &table.panels {
        for (i, column) in panel.columns.iter().enumerate() {
            let hint = hint(&table.name, &column.title);
            let _ = write!(page, "<th scope=\"col\"{}{hint}>{}</th>", class(column.align, i == 0), escape(&column.title));
        }
    }
    page.push_str("</tr>\n</thead>\n");
}

/// What a column means, shown where the pointer rests on its heading; the page's legend says the same. Tables without a name are not the
/// report's, and their columns may mean something else.
pub(super) fn hint(table: &str, column: &str) -> String {
    let found = if table.is_empty() { None } else { meaning(table, column) };
    found.map(|meaning| format!(" title=\"{}\"", escape(meaning))).unwrap_or_default()
}

fn body(page: &mut String, table: &Table, under: impl Fn(&mut String, usize)) {
    let width = table.columns().count();
    page.push_str("<tbody>\n");
    let mut rows = 0;
    for (i, line) in table.lines.iter().enumerate() {
        match line {
            Line::Group(title) => {
                if i > 0 {
                    page.push_str("</tbody>\n<tbody>\n");
                }
                let _ = writeln!(page, "<tr><th scope=\"rowgroup\" colspan=\"{width}\">{}</th></tr>", escape(title));
            }
            Line::Row(entries) => {
                row(page, table, entries);
                under(page, rows);
                rows += 1;
            }
        }
    }
    page.push_str("</tbody>\n");
}

fn row(page: &mut String, table: &Table, entries: &[Entry]) {
    let aligns: Vec<(Align, bool)> = table
        .stub
        .iter()
        .map(|c| (c.align, false))
        .chain(table.panels.iter().flat_map(|p| p.columns.iter().enumerate().map(|(i, c)| (c.align, i == 0))))
        .collect();
    page.push_str("<tr>");
    let mut at = 0;
    for (i, entry) in entries.iter().enumerate() {
        let (align, first) = aligns[at];
        let text = escape(&entry.text);
        let text = if entry.best { format!("<strong>{text}</strong>") } else { text };
        let span = if entry.span > 1 { format!(" colspan=\"{}\"", entry.span) } else { String::new() };
        if i == 0 {
            let _ = write!(page, "<th scope=\"row\">{text}</th>");
        } else if entry.reason {
            let _ = write!(page, "<td{span} class=\"reason{}\">{text}</td>", if first { " first" } else { "" });
        } else {
            let _ = write!(page, "<td{span}{}>{text}</td>", class(align, first));
        }
        at += entry.span;
    }
    page.push_str("</tr>\n");
}

fn class(align: Align, first: bool) -> &'static str {
    match (align, first) {
        (Align::Left, true) => " class=\"left first\"",
        (Align::Left, false) => " class=\"left\"",
        (Align::Right, true) => " class=\"first\"",
        (Align::Right, false) => "",
    }
}
