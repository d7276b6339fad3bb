//! Dev F1 of both tasks by epoch, one small panel per system.

use super::axes::{Axes, Key, KeyKind, SMALL, TITLE, Ticks, keys, lines};
use super::drawing::{Anchor, Drawing};
use super::palette::{BLUE, INK, MUTED, Mark, VERMILLION};
use super::{COLUMN, Figure, PAGE};
use crate::run::record::{EpochRecord, RunRecord};
use std::collections::BTreeMap;

/// The runs of one panel.
pub(in crate::report) struct CurvePanel<'a> {
    pub title: String,
    /// Under the title: the network and what sets it apart.
    pub subtitle: String,
    pub runs: Vec<&'a RunRecord>,
}

type Curve = Vec<(f64, f64)>;

/// `None` where no run has an epoch with a dev score.
pub(in crate::report) fn learning_curves(name: &str, title: &str, panels: &[CurvePanel]) -> Option<Figure> {
    curves_in(name, title, panels, None)
}

/// The same in a width of so many pixels; without one it is that of a column or of the page, as the panels need.
pub(in crate::report) fn curves_in(name: &str, title: &str, panels: &[CurvePanel], width: Option<f64>) -> Option<Figure> {
    let curves: Vec<[Vec<Curve>; 2]> =
        panels.iter().map(|p| [curves(&p.runs, |e| e.dev_f1.mer), curves(&p.runs, |e| e.dev_f1.men)]).collect();
    let points: Vec<(f64, f64)> = curves.iter().flatten().flatten().flatten().copied().collect();
    if points.is_empty() {
        return None;
    }
    let last = points.iter().map(|p| p.0).fold(1.0, f64::max);
    let low = points.iter().map(|p| p.1).fold(1.0, f64::min);
    // An axis needs an extent, also where nothing is learned yet and every score is 0.
    let high = points.iter().map(|p| p.1).fold(0.1, f64::max);
    let x = (if last > 1.0 { 1.0 } else { 0.0 }, last);
    let y_ticks = Ticks::over((low.min(high - 0.05), high), 5);
    let y = y_ticks.widen_share((low.min(high - 0.05).max(0.0), high));

    let (width, across) = match (width, panels.len()) {
        (Some(width), n) => (width, n.min(((width - 30.0) / 124.0).floor().max(1.0) as usize)),
        (None, 1) => (COLUMN, 1),
        (None, 2) => (COLUMN, 2),
        (None, 3 | 6) => (PAGE, 3),
        (None, 4) => (PAGE, 4),
        (None, n) => (PAGE, n.min(5)),
    };
    let down = panels.len().div_ceil(across);
    let (left, gap) = (34.0, 14.0);
    let each = (width - left - 10.0 - gap * (across - 1) as f64) / across as f64;
    let tall = (each * 0.8).clamp(90.0, 150.0);
    let mut head = Drawing::new(width, 0.0);
    head.bold((6.0, 15.0), title, TITLE, INK, Anchor::Start);
    let top = keys(
        &mut head,
        (6.0, 22.0),
        width - 6.0,
        &[
            Key { text: "Recognition", color: BLUE, kind: KeyKind::Line(Mark::Disc) },
            Key { text: "Normalization", color: VERMILLION, kind: KeyKind::Dashed(Mark::Square) },
        ],
    );
    head.text((6.0, top + SMALL), "F1 on dev", SMALL, MUTED, Anchor::Start);
    // Bold letters are about a tenth wider.
    let titles: Vec<Vec<String>> = panels.iter().map(|p| lines(&p.title, each / 1.13)).collect();
    let subtitles: Vec<Vec<String>> = panels.iter().map(|p| lines(&p.subtitle, each)).collect();
    let bold_lines = titles.iter().map(Vec::len).max().unwrap_or(0);
    let title_lines = bold_lines + subtitles.iter().map(Vec::len).max().unwrap_or(0);
    let pitch = tall + 13.0 * title_lines as f64 + 26.0;
    let mut drawing = Drawing::new(width, top + SMALL + 4.0 + pitch * down as f64 + 16.0);
    drawing.shapes = head.shapes;
    let x_ticks = Ticks::whole(x, if each < 130.0 { 3 } else { 5 });
    for (i, panel) in curves.iter().enumerate() {
        let (column, row) = (i % across, i / across);
        let axes_left = left + (each + gap) * column as f64;
        let axes_top = top + SMALL + 4.0 + pitch * row as f64 + 13.0 * title_lines as f64 + 4.0;
        let axes = Axes { left: axes_left, top: axes_top, right: axes_left + each, bottom: axes_top + tall, x, y };
        axes.y_grid(&mut drawing, &y_ticks, column == 0);
        axes.base_line(&mut drawing);
        axes.x_ticks(&mut drawing, &x_ticks, true);
        let title_top = axes.top - 6.0 - 13.0 * (title_lines - 1) as f64;
        let line_at = |line: usize| (axes.left, title_top + 13.0 * line as f64);
        for (j, line) in titles[i].iter().enumerate() {
            drawing.bold(line_at(bold_lines - titles[i].len() + j), line.as_str(), SMALL, INK, Anchor::Start);
        }
        for (j, line) in subtitles[i].iter().enumerate() {
            drawing.text(line_at(bold_lines + j), line.as_str(), SMALL, MUTED, Anchor::Start);
        }
        let [mentions, concepts] = panel;
        for (curves, color, mark, dashed) in [(concepts, VERMILLION, Mark::Square, true), (mentions, BLUE, Mark::Disc, false)] {
            if curves.len() > 1 {
                for curve in curves {
                    drawing.line(curve.iter().map(|p| axes.at(p.0, p.1)).collect(), color.alpha(0.35), 0.7);
                }
            }
            let middle: Curve = median(curves);
            let points: Vec<(f64, f64)> = middle.iter().map(|p| axes.at(p.0, p.1)).collect();
            if dashed {
                drawing.dashed(&points, color, 1.6, (5.0, 2.5));
            } else {
                drawing.line(points.clone(), color, 1.6);
            }
            // Marks often enough to tell the curves apart in grey, seldom enough to leave them curves.
            let every = points.len().div_ceil(7).max(1);
            for point in points.iter().rev().step_by(every) {
                drawing.mark(*point, mark, 2.4, color);
            }
        }
    }
    drawing.text(((left + width - 10.0) / 2.0, drawing.height - 5.0), "epoch", SMALL, MUTED, Anchor::Middle);
    let description = format!(
        "F1 on the dev split after each of {last} epochs for {}; thick lines are medians over seeds, thin lines single runs.",
        panels.iter().map(|p| format!("{} {}", p.title, p.subtitle)).collect::<Vec<_>>().join(", ")
    );
    Some(Figure { name: name.to_owned(), title: title.to_owned(), description, drawing })
}

/// One curve per run: a pipeline's two networks give one task each.
fn curves(runs: &[&RunRecord], score: impl Fn(&EpochRecord) -> Option<f64>) -> Vec<Curve> {
    runs.iter()
        .map(|r| r.result.networks.iter().flat_map(|n| &n.epochs).filter_map(|e| Some((e.epoch as f64, score(e)?))).collect::<Curve>())
        .filter(|c| !c.is_empty())
        .collect()
}

fn median(curves: &[Curve]) -> Curve {
    let mut by_epoch: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (epoch, score) in curves.iter().flatten() {
        by_epoch.entry(*epoch as u64).or_default().push(*score);
    }
    by_epoch
        .into_iter()
        .map(|(epoch, mut scores)| {
            scores.sort_by(f64::total_cmp);
            (epoch as f64, (scores[(scores.len() - 1) / 2] + scores[scores.len() / 2]) / 2.0)
        })
        .collect()
}
