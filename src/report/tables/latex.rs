//! Tables as LaTeX. Needs the packages `booktabs` and `graphicx`, and an engine that reads UTF-8 (any of this decade).

use super::Exporter;
use super::model::{Align, Column, Entry, Line, Table};
use std::ops::Range;

/// Characters that fit the width of a page at this size.
const WIDEST: usize = 132;

/// How a table is set.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::report) struct Latex {
    /// As wide as one column of a page with two, and not as the page.
    pub column: bool,
    /// In points; `\footnotesize` where there is none.
    pub font_size: Option<f64>,
}

impl Latex {
    fn environment(&self) -> &'static str {
        if self.column { "table" } else { "table*" }
    }

    fn width(&self) -> &'static str {
        if self.column { "\\columnwidth" } else { "\\textwidth" }
    }

    /// Characters that fit the width.
    fn widest(&self) -> usize {
        let share = if self.column { 0.48 } else { 1.0 };
        // `\footnotesize` has 8 points in a document of 10.
        (WIDEST as f64 * share * 8.0 / self.font_size.unwrap_or(8.0)) as usize
    }

    /// With lines a fifth higher than the type.
    fn size(&self) -> String {
        let own = |size: f64| format!("\\fontsize{{{size}}}{{{}}}\\selectfont", (size * 12.0).round() / 10.0);
        self.font_size.map_or_else(|| "\\footnotesize".to_owned(), own)
    }
}

impl Exporter for Latex {
    fn extension(&self) -> &'static str {
        "tex"
    }

    fn export(&self, table: &Table) -> Vec<u8> {
        let mut text =
            format!("% Needs \\usepackage{{booktabs,graphicx}}.\n\\begin{{{}}}[tbp]\n\\centering\n{}\n", self.environment(), self.size());
        // The standard classes leave no space below a caption.
        text.push_str(&format!("\\caption{{{}}}\n\\label{{tab:{}}}\n\\smallskip\n", escape(&table.caption), table.name));
        for (i, panels) in parts(table, self.widest()).into_iter().enumerate() {
            if i > 0 {
                text.push_str("\\par\\medskip\n");
            }
            tabular(&mut text, table, panels, self.width());
        }
        if !table.notes.is_empty() {
            let notes: Vec<String> = table.notes.iter().map(|n| escape(n)).collect();
            text.push_str(&format!(
                "\\par\\smallskip\n\\begin{{minipage}}{{{}}}\\scriptsize {}\\end{{minipage}}\n",
                self.width(),
                notes.join("\\par\n")
            ));
        }
        text.push_str(&format!("\\end{{{}}}\n", self.environment()));
        text.into_bytes()
    }
}

/// Panels that stand side by side; the parts stand under each other.
fn parts(table: &Table, widest: usize) -> Vec<Range<usize>> {
    let widths = widths(table);
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut used = 0;
    for (i, width) in widths.iter().enumerate().skip(1) {
        match parts.last_mut() {
            Some(part) if widths[0] + used + width <= widest => {
                part.end = i;
                used += width;
            }
            _ => {
                parts.push(i - 1..i);
                used = *width;
            }
        }
    }
    if parts.is_empty() { std::iter::once(0..0).collect() } else { parts }
}

/// Characters across the stub and across each panel, the gaps between columns counted as two.
fn widths(table: &Table) -> Vec<usize> {
    let columns: Vec<&[Column]> = std::iter::once(table.stub.as_slice()).chain(table.panels.iter().map(|p| p.columns.as_slice())).collect();
    let mut widths: Vec<Vec<usize>> = columns.iter().map(|c| c.iter().map(|c| c.title.chars().count()).collect()).collect();
    for line in &table.lines {
        let Line::Row(entries) = line else { continue };
        for (block, entries) in table.cut(entries).into_iter().enumerate() {
            let mut at = 0;
            for entry in entries {
                if entry.span == 1 {
                    widths[block][at] = widths[block][at].max(entry.text.chars().count());
                }
                at += entry.span;
            }
        }
    }
    widths.into_iter().map(|block| block.iter().map(|w| w + 2).sum()).collect()
}

fn tabular(text: &mut String, table: &Table, range: Range<usize>, width: &str) {
    let panels = &table.panels[range.clone()];
    let columns: Vec<&Column> = table.stub.iter().chain(panels.iter().flat_map(|p| &p.columns)).collect();
    let grouped = table.lines.iter().any(|l| matches!(l, Line::Group(_)));
    let layout: String = columns.iter().map(|c| if c.align == Align::Left { 'l' } else { 'r' }).collect();
    // Scaled down only where it is wider than the text.
    text.push_str(&format!("\\resizebox{{\\ifdim\\width>{width}{width}\\else\\width\\fi}}{{!}}{{%\n"));
    text.push_str(&format!("\\begin{{tabular}}{{@{{}}{layout}@{{}}}}\n\\toprule\n"));
    if panels.iter().any(|p| !p.title.is_empty()) {
        let stub = std::iter::repeat_n(String::new(), table.stub.len());
        let titles = panels.iter().map(|p| format!("\\multicolumn{{{}}}{{c}}{{{}}}", p.columns.len(), escape(&p.title)));
        text.push_str(&format!("{} \\\\\n", stub.chain(titles).collect::<Vec<_>>().join(" & ")));
        let mut from = table.stub.len() + 1;
        for panel in panels {
            let to = from + panel.columns.len() - 1;
            if !panel.title.is_empty() {
                // The last one ends where the table does.
                let trimmed = if to == columns.len() { "l" } else { "lr" };
                text.push_str(&format!("\\cmidrule({trimmed}){{{from}-{to}}}"));
            }
            from = to + 1;
        }
        text.push('\n');
    }
    let titles: Vec<String> = columns.iter().map(|c| escape(&c.title)).collect();
    text.push_str(&format!("{} \\\\\n\\midrule\n", titles.join(" & ")));
    for (i, line) in table.lines.iter().enumerate() {
        match line {
            Line::Group(title) => {
                let space = if i == 0 { "" } else { "\\addlinespace\n" };
                text.push_str(&format!("{space}\\multicolumn{{{}}}{{@{{}}l}}{{\\textit{{{}}}}} \\\\\n", columns.len(), escape(title)));
            }
            Line::Row(entries) => {
                let blocks = table.cut(entries);
                let shown = blocks[0].iter().chain(blocks[range.start + 1..range.end + 1].iter().copied().flatten());
                let cells: Vec<String> = shown.enumerate().map(|(j, e)| cell(e, j == 0 && grouped)).collect();
                text.push_str(&format!("{} \\\\\n", cells.join(" & ")));
            }
        }
    }
    text.push_str("\\bottomrule\n\\end{tabular}}\n");
}

fn cell(entry: &Entry, set_in: bool) -> String {
    let inner = number(&escape(&entry.text));
    let inner = if entry.best { format!("\\textbf{{{inner}}}") } else { inner };
    match (entry.span, set_in) {
        (1, true) => format!("\\quad {inner}"),
        (1, false) => inner,
        (span, _) => format!("\\multicolumn{{{span}}}{{l}}{{\\textit{{{inner}}}}}"),
    }
}

/// A minus sign in front of a figure.
fn number(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => format!("$-${rest}"),
        _ => text.to_owned(),
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', c]),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            '\\' => escaped.push_str("\\textbackslash{}"),
            '<' => escaped.push_str("\\textless{}"),
            '>' => escaped.push_str("\\textgreater{}"),
            '|' => escaped.push_str("\\textbar{}"),
            '"' => escaped.push_str("''"),
            '[' | ']' => escaped.extend(['{', c, '}']),
            '–' => escaped.push_str("--"),
            '·' => escaped.push_str("\\textperiodcentered{}"),
            '×' => escaped.push_str("$\\times$"),
            '±' => escaped.push_str("$\\pm$"),
            '≤' => escaped.push_str("$\\le$"),
            '△' => escaped.push_str("$\\triangle$"),
            '∪' => escaped.push_str("$\\cup$"),
            '→' => escaped.push_str("$\\rightarrow$"),
            '…' => escaped.push_str("\\dots{}"),
            '\n' => escaped.push(' '),
            c if c.is_ascii() => escaped.push(c),
            // Latin letters with marks are known to the fonts; anything else is not sure to be.
            c if ('\u{c0}'..='\u{17f}').contains(&c) => escaped.push(c),
            _ => escaped.push('?'),
        }
    }
    escaped
}
