//! Lines over the values of a numeric key.

use super::{Point, Sheet, distinct, fitting, metric_name, metrics, number, panel_title, point, titles};
use crate::report::experiment::rows::{Row, Rows};
use crate::report::figures::axes::{Axes, Key, KeyKind, SMALL, TEXT, Ticks, keys};
use crate::report::figures::drawing::{Anchor, Drawing};
use crate::report::figures::palette::{MUTED, SERIES};
use crate::report::figures::{COLUMN, Figure, PAGE, text_width};

/// One line for each system, over the values of one key; `None` where no line would have two points.
pub(super) fn sweep(rows: &Rows, sheet: &Sheet, path: &str) -> Option<Figure> {
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
    let (titles, more) = titles(metrics.iter().map(|metric| metric_name(metric)), each, TEXT);
    for (i, of_metric) in drawn.iter().enumerate() {
        let (column, band) = (i % across, i / across);
        let top = below + SMALL + 24.0 + more + band as f64 * (tall + more + 48.0);
        let from = left + (each + gap) * column as f64;
        let axes = Axes { left: from, right: from + each, top, bottom: top + tall, x: (ends.0 - margin, ends.1 + margin), y };
        panel_title(&mut drawing, (axes.left, axes.top - 6.0), &titles[i], TEXT);
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
        for (n, line) in of_metric.iter().enumerate() {
            let (color, mark) = SERIES[n % SERIES.len()];
            // Side by side, so that the whiskers of one value do not cover each other.
            let aside = (n as f64 - (of_metric.len() as f64 - 1.0) / 2.0) * 2.5;
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
