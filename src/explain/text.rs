//! An explanation for the terminal: at most 80 columns, readable without colour.

use super::Example;
use super::layout::{Column, ColumnKind, Row, Section, Table};
use std::fmt::Write;

const WIDTH: usize = 80;
/// Width of the document's id, or of whose mention is underlined.
const MARGIN: usize = 12;

/// `title` names the run and the split. Each row has at most one example.
pub fn text(sections: &[Section], title: &str) -> String {
    let mut text = wrapped(title, WIDTH);
    for section in sections {
        let _ = write!(text, "\n{}\n{}\n{}", section.heading, "=".repeat(section.heading.chars().count()), wrapped(&section.lead, WIDTH));
        for table in &section.tables {
            text.push('\n');
            draw(&mut text, table);
        }
    }
    text
}

fn draw(text: &mut String, table: &Table) {
    text.push_str(&wrapped(&table.caption, WIDTH));
    if table.rows.is_empty() {
        text.push_str("  none\n");
        return;
    }
    let widths = widths(table);
    let titles: Vec<String> = table.columns.iter().map(|column| column.title.to_owned()).collect();
    let head = line(&table.columns, &widths, &titles);
    let _ = writeln!(text, "{head}\n{}", widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join("  "));
    for Row { cells, examples } in &table.rows {
        let _ = writeln!(text, "{}", line(&table.columns, &widths, cells));
        if let Some(example) = examples.first() {
            in_context(text, example);
        }
    }
    if table.more > 0 {
        let _ = writeln!(text, "and {} more", table.more);
    }
}

/// Numbers get the width that they need; texts share what is left of the line, the widest giving way first.
fn widths(table: &Table) -> Vec<usize> {
    let longest = |i: usize| {
        let cells = table.rows.iter().filter_map(|row| row.cells.get(i)).map(|cell| cell.chars().count());
        cells.chain([table.columns[i].title.chars().count()]).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..table.columns.len()).map(longest).collect();
    while widths.iter().sum::<usize>() + 2 * (widths.len().saturating_sub(1)) > WIDTH {
        let texts = (0..widths.len()).filter(|i| table.columns[*i].kind == ColumnKind::Text);
        match texts.max_by_key(|i| widths[*i]) {
            Some(widest) if widths[widest] > 8 => widths[widest] -= 1,
            _ => break,
        }
    }
    widths
}

fn line(columns: &[Column], widths: &[usize], cells: &[String]) -> String {
    let cell = |((column, width), cell): ((&Column, &usize), &String)| {
        let cell = cut(cell, *width);
        if column.kind == ColumnKind::Number { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
    };
    let cells: Vec<String> = columns.iter().zip(widths).zip(cells).map(cell).collect();
    cells.join("  ").trim_end().to_owned()
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width { text.to_owned() } else { text.chars().take(width.saturating_sub(1)).chain(['…']).collect() }
}

/// The stretch of the sentence around the mentions, and a line under it for each of them.
fn in_context(text: &mut String, example: &Example) {
    let characters: Vec<char> = example.text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let space = WIDTH - MARGIN - 2;
    let first = example.marks.iter().map(|mark| mark.start).min().unwrap_or(0);
    let last = example.marks.iter().map(|mark| mark.end).max().unwrap_or(0);
    // As much before as after, unless the sentence begins or ends there.
    let spare = space.saturating_sub(last - first) / 2;
    let from = first.saturating_sub(spare).min(characters.len().saturating_sub(space));
    let to = (from + space).min(characters.len());
    let mut shown: String = characters[from..to].iter().collect();
    if from > 0 {
        shown = ['…'].into_iter().chain(shown.chars().skip(1)).collect();
    }
    if to < characters.len() {
        shown = cut(&(shown + " "), to - from);
    }
    let _ = writeln!(text, "{:>MARGIN$}  {}", cut(&example.document, MARGIN), shown.trim_end());
    for mark in &example.marks {
        let (start, end) = (mark.start.clamp(from, to), mark.end.clamp(from, to));
        let _ = writeln!(text, "{:>MARGIN$}  {}{}", mark.who.name(), " ".repeat(start - from), "~".repeat(end - start));
    }
}

/// Broken between words.
fn wrapped(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}
