//! Figures of any experiment: learning curves, bars with intervals, a line over a numeric key, a heat map over two.

mod bars;
mod heat_map;
mod sweep;

use super::rows::{Row, Rows};
use super::scores::{DECIMALS, heading};
use super::table_name;
use crate::evaluate::Split;
use crate::evaluate::metric::{METRICS, Metric, is_of_nothing};
use crate::experiment::spec_file::{FigureKind, PrintWidth, ReportSection, numeric_axes};
use crate::report::figures::axes::{SMALL, TITLE, lines};
use crate::report::figures::drawing::{Anchor, Drawing};
use crate::report::figures::learning_curves::{CurvePanel, curves_in};
use crate::report::figures::palette::{Color, INK};
use crate::report::figures::{COLUMN, Figure, PAGE, text_width};
use crate::report::measurement::interval_of;
use crate::run::record::RunState;
use crate::run::relevance::pointer;
use crate::run::spec::RunSpec;

/// Size of text in points where the experiment file does not say.
const POINTS: f64 = SMALL * 0.75;
/// Panels that a figure of bars or lines has at most: more metrics than that make a table.
const MOST: usize = 6;
/// From one line of a name to the next.
const LINE: f64 = 11.0;
/// From one line of a panel's title to the next.
const TITLE_LINE: f64 = 12.0;
const WHITE: Color = Color::new(0xff, 0xff, 0xff);

/// How an experiment's figures are laid out: in a space in which text has its usual size, which is then scaled to the width on paper.
struct Sheet<'a> {
    section: &'a ReportSection,
    experiment: &'a str,
    title: &'a str,
    scale: f64,
}

impl Sheet<'_> {
    /// The width to lay out in.
    fn width(&self, otherwise: f64) -> f64 {
        let width = match self.section.size {
            Some(PrintWidth::Column) => COLUMN,
            Some(PrintWidth::Page) => PAGE,
            None => otherwise,
        };
        width / self.scale
    }

    /// The title, in as many lines as it needs; gives the y below it.
    fn head(&self, drawing: &mut Drawing, width: f64) -> f64 {
        // Bold letters are about a tenth wider.
        let lines = lines(self.title, (width - 12.0) / (1.13 * TITLE / SMALL));
        for (n, line) in lines.iter().enumerate() {
            drawing.bold((6.0, 15.0 + 14.0 * n as f64), line.trim_end(), TITLE, INK, Anchor::Start);
        }
        15.0 + 14.0 * (lines.len() - 1) as f64
    }

    fn finish(&self, name: &str, description: String, drawing: Drawing) -> Figure {
        let drawing = drawing.scaled(self.scale);
        Figure { name: table_name(self.experiment, name), title: self.title.to_owned(), description, drawing }
    }
}

/// A score of a row with its interval.
type Point = (f64, Option<(f64, f64)>);

/// The metrics that figures show: F1 of both tasks, or those of the table that are an F1, or all of them where none is.
fn metrics(section: &ReportSection) -> Vec<&'static Metric> {
    let mut names: Vec<&str> = if section.metrics.is_empty() { vec!["mention_f1", "concept_f1"] } else { section.metrics.clone() };
    if names.iter().any(|name| name.ends_with("_f1")) {
        names.retain(|name| name.ends_with("_f1"));
    }
    let shown = |name: &&str| METRICS.iter().find(|metric| metric.name == *name && metric.name != "unaligned_mentions");
    names.iter().filter_map(shown).take(MOST).collect()
}

/// A figure's name for a metric: `Recognition F1`.
fn metric_name(metric: &Metric) -> String {
    let (panel, title) = heading(metric.name);
    format!("{panel} {title}").trim().to_owned()
}

fn point(row: &Row, split: Split, metric: &'static Metric) -> Option<Point> {
    let measured = row.measure(split, metric)?;
    let done = || row.runs.iter().copied().filter(|run| run.result.state == RunState::Done);
    if done().filter_map(|run| run.result.scores(split)).all(|scores| is_of_nothing(metric.name, scores)) {
        return None;
    }
    let interval = super::scores::by_document(metric.name).and_then(|(task, figure)| {
        let documents: Vec<_> = done().filter_map(|run| Some(&run.result.scores(split)?.documents[..])).collect();
        interval_of(&documents, task, figure)
    });
    let spread = (measured.n > 1).then_some((measured.min, measured.max));
    Some((measured.median, interval.or(spread)))
}

/// The figures that the experiment file asks for, else all for which there is something to draw.
pub(super) fn figures(rows: &Rows, section: &ReportSection, experiment: &str, title: &str) -> Vec<Figure> {
    let sheet = Sheet { section, experiment, title, scale: section.font_size.map_or(1.0, |points| points / POINTS) };
    let chosen = |kind: FigureKind| section.figures.as_ref().is_none_or(|figures| figures.contains(&kind));
    let asked = |kind: FigureKind| section.figures.as_ref().is_some_and(|figures| figures.contains(&kind));
    let axes = numeric_axes(rows.rows.iter().map(|row| row.spec));
    let mut figures = Vec::new();
    if chosen(FigureKind::LearningCurves) {
        figures.extend(learning_curves(rows, &sheet));
    }
    if chosen(FigureKind::Bars) && (rows.rows.len() > 1 || asked(FigureKind::Bars)) {
        figures.extend(bars::bars(rows, &sheet));
    }
    if chosen(FigureKind::Sweep) && (axes.len() == 1 || asked(FigureKind::Sweep)) {
        // Of several the one with most values.
        let values = |path: &&str| std::cmp::Reverse(distinct(rows, path).len());
        figures.extend(axes.iter().copied().min_by_key(values).and_then(|path| sweep::sweep(rows, &sheet, path)));
    }
    if chosen(FigureKind::HeatMap)
        && (axes.len() == 2 || asked(FigureKind::HeatMap))
        && let [across, down, ..] = axes[..]
    {
        figures.extend(heat_map::heat_map(rows, &sheet, across, down));
    }
    figures
}

fn learning_curves(rows: &Rows, sheet: &Sheet) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut corpora: Vec<&str> = rows.rows.iter().map(|row| row.corpus).collect();
    corpora.sort_unstable();
    corpora.dedup();
    for corpus in &corpora {
        let of_corpus = || rows.rows.iter().filter(|row| row.corpus == *corpus);
        let panels: Vec<CurvePanel> = of_corpus()
            .map(|row| match row.group.as_str() {
                "" => CurvePanel { title: row.name.clone(), subtitle: String::new(), runs: row.runs.clone() },
                group => CurvePanel { title: group.to_owned(), subtitle: row.name.clone(), runs: row.runs.clone() },
            })
            .collect();
        let width = sheet.section.size.map(|_| sheet.width(PAGE)).or((sheet.scale != 1.0).then(|| sheet.width(PAGE)));
        let name = if corpora.len() == 1 { "learning-curves".to_owned() } else { format!("learning-curves-{corpus}") };
        if let Some(figure) = curves_in(&name, &format!("Learning curves on {corpus}"), &panels, width) {
            figures.push(Figure { title: figure.title, ..sheet.finish(&name, figure.description, figure.drawing) });
        }
    }
    figures
}

/// The titles of panels that are `each` wide, in lines, and how much higher than one line the highest is.
fn titles(titles: impl Iterator<Item = String>, each: f64, size: f64) -> (Vec<Vec<String>>, f64) {
    // Bold letters are about a tenth wider.
    let titles: Vec<Vec<String>> = titles.map(|title| lines(&title, each / (1.13 * size / SMALL))).collect();
    let most = titles.iter().map(Vec::len).max().unwrap_or(1);
    (titles, TITLE_LINE * (most - 1) as f64)
}

/// A panel's title, its last line at `(x, y)`.
fn panel_title(drawing: &mut Drawing, (x, y): (f64, f64), title: &[String], size: f64) {
    for (n, line) in title.iter().enumerate() {
        let above = TITLE_LINE * (title.len() - 1 - n) as f64;
        drawing.bold((x, y - above), line.trim_end(), size, INK, Anchor::Start);
    }
}

/// Text that fits `width`, cut with an ellipsis where it is longer.
fn fitting(text: &str, width: f64) -> String {
    if text_width(text, SMALL) <= width {
        return text.to_owned();
    }
    let mut cut: Vec<char> = text.chars().collect();
    while cut.len() > 1 && text_width(&(cut.iter().collect::<String>() + "…"), SMALL) > width {
        cut.pop();
    }
    cut.into_iter().collect::<String>().trim_end().to_owned() + "…"
}

/// The value of a numeric key.
fn number(spec: &RunSpec, path: &str) -> Option<f64> {
    spec.values().pointer(&pointer(path)).and_then(serde_json::Value::as_f64)
}

/// The values of a key among the rows, in order.
fn distinct(rows: &Rows, path: &str) -> Vec<f64> {
    let mut values: Vec<f64> = rows.rows.iter().filter_map(|row| number(row.spec, path)).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}
