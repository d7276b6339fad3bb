//! Cells over the values of two numeric keys.

use super::{DECIMALS, Sheet, WHITE, distinct, fitting, metric_name, metrics, number, panel_title, point, titles};
use crate::report::experiment::rows::{Row, Rows};
use crate::report::figures::axes::SMALL;
use crate::report::figures::drawing::{Anchor, Drawing};
use crate::report::figures::palette::{Color, GRID, MUTED};
use crate::report::figures::{Figure, PAGE, text_width};

/// Column, line and value of a cell.
type HeatCell = (usize, usize, f64);

/// A cell for each pair of values of two keys; a panel for each metric and each system that other keys tell apart.
pub(super) fn heat_map(rows: &Rows, sheet: &Sheet, across_key: &str, down_key: &str) -> Option<Figure> {
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
    let (titles, more) = titles(panels.iter().map(|(title, _)| title.clone()), each - labels, SMALL);
    for (i, (title, (_, cells))) in titles.iter().zip(&panels).enumerate() {
        let (column, band) = (i % across, i / across);
        let (left, top) = (6.0 + labels + (each + 12.0) * column as f64, head + 39.0 + more + band as f64 * (tall + more + 58.0));
        panel_title(&mut drawing, (left, top - 6.0), title, SMALL);
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
