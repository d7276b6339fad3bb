//! Tables as LaTeX. Needs the packages `booktabs` and `graphicx`, and an engine that reads UTF-8 (any of this decade).

use super::Exporter;
use super::model::{Align, Column, Line, Table};

pub(super) struct Latex;

impl Exporter for Latex {
    fn extension(&self) -> &'static str {
        "tex"
    }

    fn export(&self, table: &Table) -> Vec<u8> {
        let columns: Vec<&Column> = table.columns().collect();
        let grouped = table.lines.iter().any(|l| matches!(l, Line::Group(_)));
        let layout: String = columns.iter().map(|c| if c.align == Align::Left { 'l' } else { 'r' }).collect();
        let mut text = String::from("% Needs \\usepackage{booktabs,graphicx}.\n\\begin{table*}[tbp]\n\\centering\n\\footnotesize\n");
        text.push_str(&format!("\\caption{{{}}}\n\\label{{tab:{}}}\n", escape(&table.caption), table.name));
        // Scaled down only where it is wider than the text.
        text.push_str("\\resizebox{\\ifdim\\width>\\textwidth\\textwidth\\else\\width\\fi}{!}{%\n");
        text.push_str(&format!("\\begin{{tabular}}{{@{{}}{layout}@{{}}}}\n\\toprule\n"));
        if table.panels.iter().any(|p| !p.title.is_empty()) {
            let stub = std::iter::repeat_n(String::new(), table.stub.len());
            let panels = table.panels.iter().map(|p| format!("\\multicolumn{{{}}}{{c}}{{{}}}", p.columns.len(), escape(&p.title)));
            text.push_str(&format!("{} \\\\\n", stub.chain(panels).collect::<Vec<_>>().join(" & ")));
            let mut from = table.stub.len() + 1;
            for panel in &table.panels {
                let to = from + panel.columns.len() - 1;
                if !panel.title.is_empty() {
                    text.push_str(&format!("\\cmidrule(lr){{{from}-{to}}} "));
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
                    let cells: Vec<String> = entries
                        .iter()
                        .enumerate()
                        .map(|(j, e)| {
                            let inner = number(&escape(&e.text));
                            let inner = if e.best { format!("\\textbf{{{inner}}}") } else { inner };
                            match (e.span, j == 0 && grouped) {
                                (1, true) => format!("\\quad {inner}"),
                                (1, false) => inner,
                                (span, _) => format!("\\multicolumn{{{span}}}{{l}}{{\\textit{{{inner}}}}}"),
                            }
                        })
                        .collect();
                    text.push_str(&format!("{} \\\\\n", cells.join(" & ")));
                }
            }
        }
        text.push_str("\\bottomrule\n\\end{tabular}}\n");
        if !table.notes.is_empty() {
            let notes: Vec<String> = table.notes.iter().map(|n| escape(n)).collect();
            text.push_str(&format!(
                "\\par\\smallskip\n\\begin{{minipage}}{{\\textwidth}}\\scriptsize {}\\end{{minipage}}\n",
                notes.join("\\par\n")
            ));
        }
        text.push_str("\\end{table*}\n");
        text.into_bytes()
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
