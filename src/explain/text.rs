//! An explanation for the terminal: at most 80 columns, readable without colour.

use super::Example;
use super::layout::{Listing, Section};
use crate::report::tables::{Align, Column, Entry, Line, Table};
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

fn draw(text: &mut String, Listing { table, examples, more }: &Listing) {
    text.push_str(&wrapped(&table.caption, WIDTH));
    if table.lines.is_empty() {
        text.push_str("  none\n");
        return;
    }
    let widths = widths(table);
    let titles: Vec<&str> = table.stub.iter().map(|column| column.title.as_str()).collect();
    let head = line(&table.stub, &widths, &titles);
    let _ = writeln!(text, "{head}\n{}", widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join("  "));
    for (entries, examples) in rows(table).zip(examples) {
        let cells: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
        let _ = writeln!(text, "{}", line(&table.stub, &widths, &cells));
        if let Some(example) = examples.first() {
            in_context(text, example);
        }
    }
    if *more > 0 {
        let _ = writeln!(text, "and {more} more");
    }
}

fn rows(table: &Table) -> impl Iterator<Item = &[Entry]> {
    table.lines.iter().filter_map(|line| if let Line::Row(entries) = line { Some(entries.as_slice()) } else { None })
}

/// Numbers get the width that they need; texts share what is left of the line, the widest giving way first.
fn widths(table: &Table) -> Vec<usize> {
    let longest = |i: usize| {
        let cells = rows(table).filter_map(|entries| entries.get(i)).map(|entry| entry.text.chars().count());
        cells.chain([table.stub[i].title.chars().count()]).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..table.stub.len()).map(longest).collect();
    while widths.iter().sum::<usize>() + 2 * (widths.len().saturating_sub(1)) > WIDTH {
        let texts = (0..widths.len()).filter(|i| table.stub[*i].align == Align::Left);
        match texts.max_by_key(|i| widths[*i]) {
            Some(widest) if widths[widest] > 8 => widths[widest] -= 1,
            _ => break,
        }
    }
    widths
}

fn line(columns: &[Column], widths: &[usize], cells: &[&str]) -> String {
    let cell = |((column, width), cell): ((&Column, &usize), &&str)| {
        let cell = cut(cell, *width);
        if column.align == Align::Right { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
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
