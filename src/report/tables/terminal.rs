//! Tables on a terminal: box drawing, no colour. A table too wide is broken between panels, and each part repeats the
//! columns that name the row.

use super::model::{Align, Column, Entry, Line, Panel, Table};

pub(super) const WIDTH: usize = 80;
/// Columns that the first stub column may take before it is wrapped.
const STUB: usize = 30;
const NARROWEST: usize = 12;

pub(super) fn render(table: &Table, width: usize) -> String {
    debug_assert!(table.is_whole(), "rows of {} do not fill its columns", table.name);
    let mut text = wrap(&table.heading(), width, 0).join("\n");
    text.push('\n');
    for part in parts(table, width) {
        text.push('\n');
        part.render(&mut text);
    }
    for note in &table.notes {
        for line in wrap(note, width, 0) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// Some of the panels, side by side.
struct TableSlice<'a> {
    stub: &'a [Column],
    panels: &'a [Panel],
    /// Each line's stub entries and the entries of every panel of this part.
    lines: Vec<SliceLine<'a>>,
    /// Widths of the stub's columns, then of each panel's.
    widths: Vec<Vec<usize>>,
}

enum SliceLine<'a> {
    Group(&'a str),
    Row(Vec<&'a [Entry]>),
}

fn parts(table: &Table, width: usize) -> Vec<TableSlice<'_>> {
    let mut parts = Vec::new();
    let mut from = 0;
    while from < table.panels.len() || parts.is_empty() {
        let mut to = table.panels.len();
        let mut part = TableSlice::new(table, from, to);
        while part.width() > width && to > from + 1 {
            to -= 1;
            part = TableSlice::new(table, from, to);
        }
        part.narrow_names(width);
        parts.push(part);
        from = to.max(from + 1);
    }
    parts
}

impl<'a> TableSlice<'a> {
    fn new(table: &'a Table, from: usize, to: usize) -> Self {
        let to = to.min(table.panels.len());
        let panels = &table.panels[from.min(to)..to];
        let lines: Vec<SliceLine> = table
            .lines
            .iter()
            .map(|line| match line {
                Line::Group(title) => SliceLine::Group(title),
                Line::Row(entries) => {
                    let mut cut = table.cut(entries);
                    let stub = cut.remove(0);
                    SliceLine::Row(std::iter::once(stub).chain(cut.drain(from.min(to)..to)).collect())
                }
            })
            .collect();
        let blocks = std::iter::once(("", table.stub.as_slice())).chain(panels.iter().map(|p| (p.title.as_str(), p.columns.as_slice())));
        let widths = blocks
            .enumerate()
            .map(|(block, (title, columns))| {
                let entries = lines.iter().filter_map(|l| if let SliceLine::Row(blocks) = l { Some(blocks[block]) } else { None });
                column_widths(title, columns, entries, block == 0)
            })
            .collect();
        Self { stub: &table.stub, panels, lines, widths }
    }

    fn block_width(&self, block: usize) -> usize {
        self.widths[block].iter().sum::<usize>() + 2 * (self.widths[block].len().max(1) - 1)
    }

    /// Names are wrapped where that makes the part fit.
    fn narrow_names(&mut self, width: usize) {
        let excess = self.width().saturating_sub(width);
        if let Some(names) = self.widths[0].first_mut() {
            *names = (*names).min(names.saturating_sub(excess).max(NARROWEST));
        }
    }

    fn width(&self) -> usize {
        (0..self.widths.len()).map(|b| self.block_width(b) + 3).sum::<usize>() + 1
    }

    fn rule(&self, left: char, middle: char, right: char, text: &mut String) {
        text.push(left);
        for block in 0..self.widths.len() {
            if block > 0 {
                text.push(middle);
            }
            text.extend(std::iter::repeat_n('─', self.block_width(block) + 2));
        }
        text.push(right);
        text.push('\n');
    }

    fn render(&self, text: &mut String) {
        self.rule('┌', '┬', '┐', text);
        if self.panels.iter().any(|p| !p.title.is_empty()) {
            text.push('│');
            for block in 0..self.widths.len() {
                let title = if block == 0 { "" } else { &self.panels[block - 1].title };
                text.push_str(&format!(" {:^1$} │", title, self.block_width(block)));
            }
            text.push('\n');
        }
        text.push('│');
        for (block, widths) in self.widths.iter().enumerate() {
            let columns = if block == 0 { self.stub } else { &self.panels[block - 1].columns };
            let cells: Vec<String> = columns.iter().zip(widths).map(|(c, w)| pad(&c.title, *w, c.align)).collect();
            text.push_str(&format!(" {} │", cells.join("  ")));
        }
        text.push('\n');
        self.rule('├', '┼', '┤', text);
        let grouped = self.lines.iter().any(|l| matches!(l, SliceLine::Group(_)));
        for line in &self.lines {
            match line {
                SliceLine::Group(title) => {
                    let wide = self.width() - 4;
                    for line in wrap(title, wide, 0) {
                        text.push_str(&format!("│ {line:<wide$} │\n"));
                    }
                }
                SliceLine::Row(blocks) => self.row(blocks, grouped, text),
            }
        }
        self.rule('└', '┴', '┘', text);
    }

    fn row(&self, blocks: &[&[Entry]], grouped: bool, text: &mut String) {
        let indent = if grouped { "  " } else { "" };
        let wrapped: Vec<String> = match blocks[0].first() {
            Some(first) => {
                let width = self.widths[0][0] - indent.len();
                wrap(&first.text, width, 2).into_iter().map(|line| format!("{indent}{line}")).collect()
            }
            None => vec![String::new()],
        };
        for (i, name) in wrapped.iter().enumerate() {
            text.push('│');
            for (block, entries) in blocks.iter().enumerate() {
                let columns = if block == 0 { self.stub } else { &self.panels[block - 1].columns };
                let mut cells = Vec::new();
                let mut at = 0;
                for (j, entry) in entries.iter().enumerate() {
                    let widths = &self.widths[block][at..at + entry.span];
                    let width = widths.iter().sum::<usize>() + 2 * (entry.span - 1);
                    let align = if entry.span > 1 { Align::Left } else { columns[at].align };
                    cells.push(match (i, block, j) {
                        (_, 0, 0) => pad(name, width, Align::Left),
                        (0, _, _) => pad(&mark(entry, columns[at].align), width, align),
                        _ => " ".repeat(width),
                    });
                    at += entry.span;
                }
                text.push_str(&format!(" {} │", cells.join("  ")));
            }
            text.push('\n');
        }
    }
}

fn column_widths<'a>(title: &str, columns: &[Column], rows: impl Iterator<Item = &'a [Entry]>, stub: bool) -> Vec<usize> {
    let mut widths: Vec<usize> = columns.iter().map(|c| chars(&c.title)).collect();
    let mut wide = vec![(chars(title), 0, columns.len())];
    for entries in rows {
        let mut at = 0;
        for entry in entries {
            let own = chars(&mark(entry, columns[at].align)) + if stub && at == 0 { 2 } else { 0 };
            if entry.span == 1 {
                widths[at] = widths[at].max(if stub && at == 0 { own.min(STUB) } else { own });
            } else {
                wide.push((own, at, entry.span));
            }
            at += entry.span;
        }
    }
    for (own, at, span) in wide.into_iter().filter(|w| w.2 > 0) {
        let has = widths[at..at + span].iter().sum::<usize>() + 2 * (span - 1);
        widths[at + span - 1] += own.saturating_sub(has);
    }
    widths
}

/// Without colour or bold, the best of a column carries a star; the others of a right-aligned column leave space for it
/// through their alignment.
fn mark(entry: &Entry, align: Align) -> String {
    match (entry.best, align) {
        (true, Align::Right) => format!("*{}", entry.text),
        (true, Align::Left) => format!("{}*", entry.text),
        (false, _) => entry.text.clone(),
    }
}

fn pad(text: &str, width: usize, align: Align) -> String {
    match align {
        Align::Left => format!("{text:<width$}"),
        Align::Right => format!("{text:>width$}"),
    }
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

/// Lines of at most `width` characters, broken at blanks, and a longer word where the line ends. All but the first are set in by `hang`.
fn wrap(text: &str, width: usize, hang: usize) -> Vec<String> {
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    let next = |line: &mut String, lines: &mut Vec<String>| lines.push(std::mem::replace(line, " ".repeat(hang)));
    for word in text.split_whitespace() {
        if used > 0 && used + 1 + chars(word) > width {
            next(&mut line, &mut lines);
            used = hang;
        } else if !line.trim_start().is_empty() {
            line.push(' ');
            used += 1;
        }
        for letter in word.chars() {
            if used >= width && !line.trim_start().is_empty() {
                next(&mut line, &mut lines);
                used = hang;
            }
            line.push(letter);
            used += 1;
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_names_fit_and_lose_no_letter() {
        assert_eq!(wrap("from recognition to normalization", 16, 2), ["from recognition", "  to", "  normalization"]);
        assert_eq!(wrap("see https://example.org/name", 10, 2), ["see", "  https://", "  example.", "  org/name"]);
        assert_eq!(wrap("", 10, 2), [""]);
    }
}
