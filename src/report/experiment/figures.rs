//! Figures of any experiment: learning curves, bars with intervals, a line over a numeric key, a heat map over two.

use super::rows::{Row, Rows};
use super::scores::{DECIMALS, heading};
use super::table_name;
use crate::evaluate::Split;
use crate::evaluate::metric::{METRICS, Metric, is_of_nothing};
use crate::experiment::spec_file::{FigureKind, PrintWidth, ReportSection, numeric_axes};
use crate::report::figures::axes::{Axes, Key, KeyKind, SMALL, TITLE, Ticks, keys};
use crate::report::figures::drawing::{Anchor, Drawing};
use crate::report::figures::learning_curves::{CurvePanel, curves_in, lines};
use crate::report::figures::palette::{BLUE, Color, GRID, INK, MUTED, SERIES};
use crate::report::figures::{COLUMN, Figure, PAGE, text_width};
use crate::report::measurement::interval_of;
use crate::run::record::RunState;
use crate::run::relevance::pointer;
use crate::run::spec::RunSpec;

/// Size of text in points where the experiment file does not say.
const POINTS: f64 = SMALL * 0.75;
/// Panels that a figure of bars or lines has at most: more metrics than that make a table.
const MOST: usize = 6;

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
        figures.extend(bars(rows, &sheet));
    }
    if chosen(FigureKind::Sweep) && (axes.len() == 1 || asked(FigureKind::Sweep)) {
        // Of several the one with most values.
        let values = |path: &&str| std::cmp::Reverse(distinct(rows, path).len());
        figures.extend(axes.iter().copied().min_by_key(values).and_then(|path| sweep(rows, &sheet, path)));
    }
    if chosen(FigureKind::HeatMap)
        && (axes.len() == 2 || asked(FigureKind::HeatMap))
        && let [across, down, ..] = axes[..]
    {
        figures.extend(heat_map(rows, &sheet, across, down));
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

const BAR: f64 = 10.0;
/// From one line of a name to the next.
const LINE: f64 = 11.0;
const WHITE: Color = Color::new(0xff, 0xff, 0xff);

/// A bar a row from 0, with its interval and its figure.
fn bars(rows: &Rows, sheet: &Sheet) -> Option<Figure> {
    let metrics = metrics(sheet.section);
    let decimals = sheet.section.decimals.unwrap_or(DECIMALS);
    let points: Vec<Vec<Option<Point>>> =
        rows.rows.iter().map(|row| metrics.iter().map(|metric| point(row, rows.split, metric)).collect()).collect();
    if points.iter().flatten().all(Option::is_none) {
        return None;
    }
    let width = sheet.width(PAGE);
    let mut drawing = Drawing::new(width, 0.0);
    let below = sheet.head(&mut drawing, width) + 15.0;
    drawing.text((6.0, below), format!("{} split; median over seeds, 95 % interval", rows.split_name()), SMALL, MUTED, Anchor::Start);
    let names = rows.rows.iter().map(|row| text_width(&row.name, SMALL)).fold(0.0, f64::max);
    let left = (names + 14.0).min(width * 0.36);
    let named: Vec<Vec<String>> = rows.rows.iter().map(|row| lines(&row.name, left - 12.0)).collect();
    let most_lines = named.iter().map(Vec::len).max().unwrap_or(1) as f64;
    // As many panels side by side as keep a bar readable.
    let across = (((width - left) / 110.0).floor().max(1.0) as usize).min(metrics.len());
    let gap = 28.0;
    let each = (width - left - 12.0 - gap * (across - 1) as f64) / across as f64;
    let groups = if rows.has_groups() { rows.rows.chunk_by(|a, b| a.group == b.group).count() } else { 0 };
    let (pitch, head) = ((BAR + 5.0).max(LINE * most_lines + 3.0), 15.0);
    let tall = rows.rows.len() as f64 * pitch + groups as f64 * head;
    let down = metrics.len().div_ceil(across);
    let ticks = Ticks::over((0.0, 1.0), if each < 130.0 { 2 } else { 5 });
    for band in 0..down {
        let top = below + 24.0 + band as f64 * (tall + 48.0);
        let of_band: Vec<usize> = (band * across..metrics.len().min((band + 1) * across)).collect();
        let panels: Vec<Axes> = (0..of_band.len())
            .map(|n| {
                let from = left + (each + gap) * n as f64;
                Axes { left: from, right: from + each, top, bottom: top + tall, x: (0.0, 1.0), y: (0.0, 1.0) }
            })
            .collect();
        for (axes, metric) in panels.iter().zip(&of_band) {
            axes.panel_title(&mut drawing, &metric_name(metrics[*metric]));
            axes.x_grid(&mut drawing, &ticks);
        }
        let mut y = top;
        let mut group = "";
        for ((row, points), name) in rows.rows.iter().zip(&points).zip(&named) {
            if row.group != group {
                group = &row.group;
                drawing.bold((6.0, y + 11.0), fitting(group, left - 12.0), SMALL, INK, Anchor::Start);
                y += head;
            }
            // The lines of a name stand around the middle of its bar.
            let first = y + 0.5 * pitch + 0.35 * SMALL - 0.5 * LINE * (name.len() - 1) as f64;
            for (n, line) in name.iter().enumerate() {
                let line = fitting(line.trim_end(), left - 12.0);
                drawing.text((left - 6.0, first + LINE * n as f64), line, SMALL, INK, Anchor::End);
            }
            for (axes, metric) in panels.iter().zip(&of_band) {
                bar(&mut drawing, axes, y + 0.5 * (pitch - BAR), points[*metric], decimals);
            }
            y += pitch;
        }
        drawing.height = top + tall + 24.0;
    }
    let description = format!(
        "Bars for {} rows: {}, each the median over seeds on the {} split with its 95 % interval.",
        rows.rows.len(),
        metrics.iter().map(|metric| metric_name(metric)).collect::<Vec<_>>().join(", "),
        rows.split_name()
    );
    Some(sheet.finish("bars", description, drawing))
}

fn bar(drawing: &mut Drawing, axes: &Axes, y: f64, point: Option<Point>, decimals: usize) {
    let Some((value, interval)) = point else {
        return drawing.text((axes.left + 3.0, y + 0.86 * BAR), "-", SMALL, MUTED, Anchor::Start);
    };
    let end = axes.at_x(value.clamp(0.0, 1.0));
    drawing.rectangle((axes.left, y), (end, y + BAR), BLUE);
    let figure = format!("{value:.decimals$}");
    let inside = end - axes.left > text_width(&figure, SMALL - 1.0) + 8.0;
    let (x, ink) = if inside { (axes.left + 3.0, WHITE) } else { (end.max(interval.map_or(end, |i| axes.at_x(i.1.min(1.0)))) + 4.0, INK) };
    drawing.text((x, y + 0.84 * BAR), figure, SMALL - 1.0, ink, Anchor::Start);
    if let Some((low, high)) = interval {
        let (low, high, middle) = (axes.at_x(low.max(0.0)), axes.at_x(high.min(1.0)), y + 0.5 * BAR);
        drawing.line(vec![(low, middle), (high, middle)], INK, 1.0);
        for x in [low, high] {
            drawing.line(vec![(x, middle - 2.5), (x, middle + 2.5)], INK, 1.0);
        }
    }
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

/// One line for each system, over the values of one key; `None` where no line would have two points.
fn sweep(rows: &Rows, sheet: &Sheet, path: &str) -> Option<Figure> {
    let metrics = metrics(sheet.section);
    let values = distinct(rows, path);
    let series: Vec<(String, Vec<(f64, &Row)>)> = rows
        .without(&[path], sheet.section)
        .into_iter()
        .map(|(name, of)| {
            let mut points: Vec<(f64, &Row)> = of.into_iter().filter_map(|row| Some((number(row.spec, path)?, row))).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            (name, points)
        })
        .filter(|(_, points)| points.len() > 1)
        .collect();
    let drawn: Vec<Vec<Vec<(f64, Point)>>> = metrics
        .iter()
        .map(|metric| {
            let line = |(_, points): &(String, Vec<(f64, &Row)>)| {
                points.iter().filter_map(|(x, row)| Some((*x, point(row, rows.split, metric)?))).collect::<Vec<_>>()
            };
            series.iter().map(line).collect()
        })
        .collect();
    let all: Vec<Point> = drawn.iter().flatten().flatten().map(|(_, point)| *point).collect();
    if all.is_empty() {
        return None;
    }
    let low = all.iter().map(|(v, i)| i.map_or(*v, |i| i.0)).fold(f64::MAX, f64::min);
    let high = all.iter().map(|(v, i)| i.map_or(*v, |i| i.1)).fold(low + 0.02, f64::max);
    let y_ticks = Ticks::over((low, high), 5);
    let y = y_ticks.widen((low, high));
    // Values that span more than a factor of 20 are shown by their order of magnitude.
    let log = values[0] > 0.0 && values[values.len() - 1] / values[0] > 20.0;
    let scale = |x: f64| if log { libm::log10(x) } else { x };
    let ends = (scale(values[0]), scale(values[values.len() - 1]));
    let margin = 0.06 * (ends.1 - ends.0);

    let width = sheet.width(if metrics.len() > 1 { PAGE } else { COLUMN });
    let mut drawing = Drawing::new(width, 0.0);
    let title = sheet.head(&mut drawing, width);
    let named: Vec<Key> = series
        .iter()
        .enumerate()
        .map(|(n, (name, _))| {
            let (color, mark) = SERIES[n % SERIES.len()];
            Key { text: name, color, kind: KeyKind::Line(mark) }
        })
        .collect();
    let below = if named.len() > 1 { keys(&mut drawing, (6.0, title + 7.0), width - 6.0, &named) } else { title + 7.0 };
    drawing.text(
        (6.0, below + SMALL),
        format!("{} split, median over seeds, 95 % interval", rows.split_name()),
        SMALL,
        MUTED,
        Anchor::Start,
    );
    let (left, gap) = (36.0, 16.0);
    let across = (((width - left) / 120.0).floor().max(1.0) as usize).min(metrics.len());
    let each = (width - left - 10.0 - gap * (across - 1) as f64) / across as f64;
    let tall = (0.7 * each).clamp(90.0, 170.0);
    for (i, metric) in metrics.iter().enumerate() {
        let (column, band) = (i % across, i / across);
        let top = below + SMALL + 24.0 + band as f64 * (tall + 48.0);
        let from = left + (each + gap) * column as f64;
        let axes = Axes { left: from, right: from + each, top, bottom: top + tall, x: (ends.0 - margin, ends.1 + margin), y };
        axes.panel_title(&mut drawing, &metric_name(metric));
        axes.y_grid(&mut drawing, &y_ticks, column == 0);
        axes.base_line(&mut drawing);
        let mut free = f64::MIN;
        for value in &values {
            let (x, label) = (axes.at_x(scale(*value)), value.to_string());
            let half = text_width(&label, SMALL) / 2.0;
            drawing.line(vec![(x, axes.bottom), (x, axes.bottom + 3.0)], MUTED, 0.8);
            if x - half > free {
                drawing.text((x, axes.bottom + 4.0 + SMALL), label, SMALL, MUTED, Anchor::Middle);
                free = x + half + 3.0;
            }
        }
        for (n, line) in drawn[i].iter().enumerate() {
            let (color, mark) = SERIES[n % SERIES.len()];
            // Side by side, so that the whiskers of one value do not cover each other.
            let aside = (n as f64 - (drawn[i].len() as f64 - 1.0) / 2.0) * 2.5;
            let at = |(x, (value, _)): &(f64, Point)| (axes.at_x(scale(*x)) + aside, axes.at_y(*value));
            drawing.line(line.iter().map(at).collect(), color, 1.4);
            for one in line {
                let (x, y) = at(one);
                if let Some((low, high)) = one.1.1 {
                    drawing.line(vec![(x, axes.at_y(low)), (x, axes.at_y(high))], color, 1.0);
                    for y in [axes.at_y(low), axes.at_y(high)] {
                        drawing.line(vec![(x - 2.0, y), (x + 2.0, y)], color, 1.0);
                    }
                }
                drawing.mark((x, y), mark, 2.8, color);
            }
        }
        let name = fitting(sheet.section.key_name(path), each);
        drawing.text(((axes.left + axes.right) / 2.0, axes.bottom + 17.0 + SMALL), name, SMALL, MUTED, Anchor::Middle);
        drawing.height = axes.bottom + 34.0;
    }
    let description = format!(
        "{} over {} values of {path}, {} on the {} split, with 95 % intervals.",
        metrics.iter().map(|metric| metric_name(metric)).collect::<Vec<_>>().join(" and "),
        values.len(),
        if series.len() == 1 { "one line".to_owned() } else { format!("{} lines", series.len()) },
        rows.split_name()
    );
    Some(sheet.finish("sweep", description, drawing))
}

/// Column, line and value of a cell.
type HeatCell = (usize, usize, f64);

/// A cell for each pair of values of two keys; a panel for each metric and each system that other keys tell apart.
fn heat_map(rows: &Rows, sheet: &Sheet, across_key: &str, down_key: &str) -> Option<Figure> {
    let metrics = metrics(sheet.section);
    let decimals = sheet.section.decimals.unwrap_or(DECIMALS);
    let (columns, lines) = (distinct(rows, across_key), distinct(rows, down_key));
    let systems = rows.without(&[across_key, down_key], sheet.section);
    let mut panels: Vec<(String, Vec<HeatCell>)> = Vec::new();
    for (name, of) in &systems {
        for metric in &metrics {
            let cell = |row: &&Row| {
                let (x, y) = (number(row.spec, across_key)?, number(row.spec, down_key)?);
                let place = |values: &[f64], value: f64| values.iter().position(|known| *known == value);
                Some((place(&columns, x)?, place(&lines, y)?, point(row, rows.split, metric)?.0))
            };
            let title = if systems.len() > 1 { format!("{name}: {}", metric_name(metric)) } else { metric_name(metric) };
            panels.push((title, of.iter().filter_map(cell).collect()));
        }
    }
    let all: Vec<f64> = panels.iter().flat_map(|(_, cells)| cells.iter().map(|cell| cell.2)).collect();
    let (low, high) = (all.iter().copied().fold(f64::MAX, f64::min), all.iter().copied().fold(f64::MIN, f64::max));
    if all.is_empty() {
        return None;
    }
    let width = sheet.width(PAGE);
    let mut drawing = Drawing::new(width, 0.0);
    let head = sheet.head(&mut drawing, width);
    let what = format!("{} split, median over seeds; down: {}", rows.split_name(), sheet.section.key_name(down_key));
    drawing.text((6.0, head + 15.0), fitting(&what, width - 12.0), SMALL, MUTED, Anchor::Start);
    let labels = lines.iter().map(|value| text_width(&value.to_string(), SMALL)).fold(0.0, f64::max) + 12.0;
    let widest = text_width(&format!("{high:.decimals$}"), SMALL - 1.0) + 6.0;
    let natural = labels + widest * columns.len() as f64;
    let across = (((width - 6.0) / (natural + 12.0)).floor().max(1.0) as usize).min(panels.len()).min(metrics.len().max(2));
    let each = (width - 12.0 - 12.0 * (across - 1) as f64) / across as f64;
    let (cell_width, cell_height) = ((each - labels) / columns.len() as f64, 20.0);
    let tall = cell_height * lines.len() as f64;
    for (i, (title, cells)) in panels.iter().enumerate() {
        let (column, band) = (i % across, i / across);
        let (left, top) = (6.0 + labels + (each + 12.0) * column as f64, head + 39.0 + band as f64 * (tall + 58.0));
        drawing.bold((left, top - 6.0), fitting(title, (each - labels) / 1.13), SMALL, INK, Anchor::Start);
        for (j, value) in lines.iter().enumerate() {
            let y = top + cell_height * (j as f64 + 0.5) + 0.35 * SMALL;
            drawing.text((left - 5.0, y), value.to_string(), SMALL, MUTED, Anchor::End);
        }
        for (x, value) in columns.iter().enumerate() {
            let middle = left + cell_width * (x as f64 + 0.5);
            drawing.text((middle, top + tall + 3.0 + SMALL), fitting(&value.to_string(), cell_width), SMALL, MUTED, Anchor::Middle);
            for y in 0..lines.len() {
                let corner = (left + cell_width * x as f64 + 0.5, top + cell_height * y as f64 + 0.5);
                let end = (corner.0 + cell_width - 1.0, corner.1 + cell_height - 1.0);
                let place = ((corner.0 + end.0) / 2.0, (corner.1 + end.1) / 2.0 + 0.35 * (SMALL - 1.0));
                match cells.iter().find(|cell| (cell.0, cell.1) == (x, y)) {
                    Some((.., value)) => {
                        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
                        drawing.rectangle(corner, end, shade(share));
                        let ink = if share > 0.55 { WHITE } else { DARK };
                        drawing.text(place, format!("{value:.decimals$}"), SMALL - 1.0, ink, Anchor::Middle);
                    }
                    None => {
                        drawing.line(vec![corner, (end.0, corner.1), end, (corner.0, end.1), corner], GRID, 0.6);
                        drawing.text(place, "-", SMALL - 1.0, MUTED, Anchor::Middle);
                    }
                }
            }
        }
        let name = fitting(sheet.section.key_name(across_key), each - labels);
        drawing.text((left + (each - labels) / 2.0, top + tall + 15.0 + SMALL), name, SMALL, MUTED, Anchor::Middle);
        drawing.height = top + tall + 34.0;
    }
    let description = format!(
        "Scores on the {} split for {} values of {across_key} and {} of {down_key}, from {low:.decimals$} (light) to {high:.decimals$} (dark).",
        rows.split_name(),
        columns.len(),
        lines.len()
    );
    Some(sheet.finish("heat-map", description, drawing))
}

/// Text on light cells, on either ground of the page.
const DARK: Color = Color::new(0x11, 0x11, 0x11);

/// From a light to a dark blue.
fn shade(share: f64) -> Color {
    let between = |light: u8, dark: u8| (f64::from(light) + (f64::from(dark) - f64::from(light)) * share).round() as u8;
    Color::new(between(0xe8, 0x00), between(0xf1, 0x52), between(0xf8, 0x85))
}
