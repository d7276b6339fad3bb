//! A bar a row and metric.

use super::{DECIMALS, LINE, Point, Sheet, WHITE, fitting, metric_name, metrics, panel_title, point, titles};
use crate::report::experiment::rows::Rows;
use crate::report::figures::axes::{Axes, SMALL, TEXT, Ticks, lines};
use crate::report::figures::drawing::{Anchor, Drawing};
use crate::report::figures::palette::{BLUE, INK, MUTED};
use crate::report::figures::{Figure, PAGE, text_width};

const BAR: f64 = 10.0;

/// A bar a row from 0, with its interval and its figure.
pub(super) fn bars(rows: &Rows, sheet: &Sheet) -> Option<Figure> {
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
    // As high as a row's name.
    let pitches: Vec<f64> = named.iter().map(|name| (BAR + 5.0).max(LINE * name.len() as f64 + 3.0)).collect();
    // As many panels side by side as keep a bar readable.
    let fit = (((width - left) / 110.0).floor().max(1.0) as usize).min(metrics.len());
    let down = metrics.len().div_ceil(fit);
    let across = metrics.len().div_ceil(down);
    let gap = 28.0;
    let each = (width - left - 12.0 - gap * (across - 1) as f64) / across as f64;
    let groups = if rows.has_groups() { rows.rows.chunk_by(|a, b| a.group == b.group).count() } else { 0 };
    let head = 15.0;
    let tall = pitches.iter().sum::<f64>() + groups as f64 * head;
    let (titles, more) = titles(metrics.iter().map(|metric| metric_name(metric)), each, TEXT);
    let ticks = Ticks::over((0.0, 1.0), if each < 130.0 { 2 } else { 5 });
    for band in 0..down {
        let top = below + 24.0 + more + band as f64 * (tall + more + 48.0);
        let of_band: Vec<usize> = (band * across..metrics.len().min((band + 1) * across)).collect();
        let panels: Vec<Axes> = (0..of_band.len())
            .map(|n| {
                let from = left + (each + gap) * n as f64;
                Axes { left: from, right: from + each, top, bottom: top + tall, x: (0.0, 1.0), y: (0.0, 1.0) }
            })
            .collect();
        for (axes, metric) in panels.iter().zip(&of_band) {
            panel_title(&mut drawing, (axes.left, axes.top - 6.0), &titles[*metric], TEXT);
            axes.x_grid(&mut drawing, &ticks);
        }
        let mut y = top;
        let mut group = "";
        for (((row, points), name), pitch) in rows.rows.iter().zip(&points).zip(&named).zip(&pitches) {
            if row.group != group {
                group = &row.group;
                drawing.bold((6.0, y + 11.0), fitting(group, left - 12.0), SMALL, INK, Anchor::Start);
                y += head;
            }
            // The lines of a name stand around the middle of its bar.
            let first = y + 0.5 * pitch + 0.35 * SMALL - 0.5 * LINE * (name.len() - 1) as f64;
            for (n, line) in name.iter().enumerate() {
                drawing.text((left - 6.0, first + LINE * n as f64), line.trim_end(), SMALL, INK, Anchor::End);
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
    // In the bar where neither its end nor the interval's lies on it.
    let free = interval.map_or(end, |interval| end.min(axes.at_x(interval.0.max(0.0))));
    let inside = free - axes.left > text_width(&figure, SMALL - 1.0) + 8.0;
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
