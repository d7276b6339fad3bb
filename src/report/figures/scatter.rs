//! The paper's F1 against ours: one mark a cell of Table 2.

use super::axes::{Axes, Key, KeyKind, SMALL, TITLE, Ticks, keys};
use super::drawing::{Anchor, Drawing};
use super::palette::{GREEN, INK, MUTED, SERIES};
use super::{COLUMN, Figure};
use crate::report::cells::{Cell, corpora_and_tasks};

/// Cells of Table 2 with both figures; none of ours leaves an empty plot that says so.
pub(in crate::report) fn paper_against_ours(cells: &[Cell]) -> Figure {
    let of: Vec<(&Cell, f64, f64)> =
        cells.iter().filter(|c| c.table == 2 && c.system.is_some()).filter_map(|c| Some((c, c.paper?, c.ours.as_ref()?.median))).collect();
    // Space for the marks; without any, the part of the axis where the paper's figures lie.
    let low = of.iter().map(|c| c.1.min(c.2)).fold(0.85f64, f64::min) - 0.006;
    let high = of.iter().map(|c| c.1.max(c.2)).fold(0.9f64, f64::max) + 0.006;
    let ticks = Ticks::over((low, high), 5);
    let range = ticks.widen_share((low, high));

    let mut drawing = Drawing::new(COLUMN, 0.0);
    drawing.bold((6.0, 15.0), "The paper against ours", TITLE, INK, Anchor::Start);
    let names: Vec<String> = corpora_and_tasks().map(|(c, t)| format!("{} {}", c.title(), t.title().to_lowercase())).collect();
    let series: Vec<Key> = names.iter().zip(SERIES).map(|(text, (color, mark))| Key { text, color, kind: KeyKind::Mark(mark) }).collect();
    let below = keys(&mut drawing, (6.0, 22.0), COLUMN - 6.0, &series);
    drawing.text((6.0, below + SMALL), "ours (median F1)", SMALL, MUTED, Anchor::Start);
    let (left, right) = (36.0, COLUMN - 12.0);
    let top = below + SMALL + 10.0;
    let axes = Axes { left, right, top, bottom: top + (right - left), x: range, y: range };
    drawing.height = axes.bottom + 34.0;
    axes.y_grid(&mut drawing, &ticks, true);
    axes.x_grid(&mut drawing, &ticks);
    drawing.dashed(&[axes.at(range.0, range.0), axes.at(range.1, range.1)], MUTED, 1.0, (4.0, 3.0));
    for (i, (corpus, task)) in corpora_and_tasks().enumerate() {
        let (color, mark) = SERIES[i];
        for (cell, paper, ours) in of.iter().filter(|c| c.0.corpus == corpus && c.0.task == Some(task)) {
            if let Some((low, high)) = cell.interval {
                let ends = [axes.at(*paper, low.max(range.0)), axes.at(*paper, high.min(range.1))];
                drawing.line(ends.to_vec(), color.alpha(0.35), 0.8);
            }
            drawing.mark(axes.at(*paper, *ours), mark, 3.0, color);
        }
    }
    if of.is_empty() {
        drawing.text(
            (0.5 * (left + right), 0.5 * (axes.top + axes.bottom)),
            "no cell of Table 2 has both figures",
            SMALL,
            GREEN,
            Anchor::Middle,
        );
    }
    drawing.text((right, axes.bottom + 28.0), "paper (F1)", SMALL, MUTED, Anchor::End);
    let above = of.iter().filter(|c| c.2 > c.1).count();
    Figure {
        name: "paper-against-ours".to_owned(),
        title: "The paper's F1 against ours".to_owned(),
        description: format!(
            "One mark for each of {} cells of Table 2 with both figures: {above} lie above the dashed line of equality. Vertical lines are 95 % intervals by document bootstrap.",
            of.len()
        ),
        drawing,
    }
}
