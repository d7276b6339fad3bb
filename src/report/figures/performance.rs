//! How the network's cost grows: speed (or time) and memory side by side, one line a kind of step.

use super::axes::{Axes, Key, KeyKind, SMALL, TITLE, Ticks, keys};
use super::drawing::{Anchor, Drawing};
use super::palette::{INK, MUTED, SERIES};
use super::{Figure, PAGE};
use crate::report::ReportError;
use crate::report::output::Output;
use std::path::{Path, PathBuf};

/// A line of the figure.
#[derive(Clone, Debug, PartialEq)]
pub struct CostCurve {
    pub name: String,
    pub points: Vec<CostPoint>,
}

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostPoint {
    /// Where it stands on the axis.
    pub at: f64,
    pub tokens: f64,
    pub seconds: f64,
    pub peak_mib: Option<f64>,
}

/// Draws `NAME.svg`, `.png` and `.pdf` into the folder `out` and gives their paths. The left panel has seconds with `seconds`, and tokens a
/// second without.
///
/// # Errors
/// A figure that cannot be drawn or written.
pub fn draw_costs(name: &str, label: &str, seconds: bool, curves: &[CostCurve], out: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let figure = costs(name, label, seconds, curves);
    let mut output = Output::new(out);
    figure.write_as(name, &mut output)?;
    Ok(output.files)
}

type Line = Vec<(f64, f64)>;

fn costs(name: &str, label: &str, seconds: bool, curves: &[CostCurve]) -> Figure {
    let title = format!("Cost against {label}");
    let mut drawing = Drawing::new(PAGE, 0.0);
    drawing.bold((6.0, 15.0), title.as_str(), TITLE, INK, Anchor::Start);
    let series: Vec<Key> =
        curves.iter().zip(SERIES).map(|(c, (color, mark))| Key { text: &c.name, color, kind: KeyKind::Line(mark) }).collect();
    let below = keys(&mut drawing, (6.0, 22.0), PAGE - 6.0, &series);
    let top = below + SMALL + 12.0;
    let (left, gap, tall) = (48.0, 60.0, 190.0);
    let each = (PAGE - left - 16.0 - gap) / 2.0;
    drawing.height = top + tall + 34.0;

    let speed = |p: &CostPoint| (p.at, if seconds { p.seconds } else { p.tokens / p.seconds });
    let speeds: Vec<Line> = curves.iter().map(|c| c.points.iter().map(speed).collect()).collect();
    let memory: Vec<Line> = curves.iter().map(|c| c.points.iter().filter_map(|p| Some((p.at, p.peak_mib?))).collect()).collect();
    let furthest = curves.iter().flat_map(|c| &c.points).map(|p| p.at).fold(1.0, f64::max);
    for (i, (quantity, lines)) in
        [(if seconds { "seconds" } else { "tokens per second" }, speeds), ("most memory held (MiB)", memory)].into_iter().enumerate()
    {
        let from = left + (each + gap) * i as f64;
        let high = lines.iter().flatten().map(|p| p.1).fold(0.0, f64::max).max(1e-3);
        let ticks = Ticks::over((0.0, high), 5);
        let axes = Axes { left: from, right: from + each, top, bottom: top + tall, x: (0.0, furthest), y: ticks.widen((0.0, high)) };
        drawing.text((from, top - 8.0), quantity, SMALL, MUTED, Anchor::Start);
        axes.y_grid(&mut drawing, &ticks, true);
        axes.base_line(&mut drawing);
        axes.x_ticks(&mut drawing, &Ticks::whole(axes.x, 5), true);
        drawing.text((axes.right, axes.bottom + 28.0), label, SMALL, MUTED, Anchor::End);
        for (line, (color, mark)) in lines.iter().zip(SERIES) {
            let points: Line = line.iter().map(|(x, y)| axes.at(*x, *y)).collect();
            drawing.line(points.clone(), color, 1.6);
            points.into_iter().for_each(|p| drawing.mark(p, mark, 2.8, color));
        }
    }
    let first = if seconds { "Seconds" } else { "Tokens a second" };
    Figure {
        name: name.to_owned(),
        description: format!(
            "{first} (left) and the most memory that the process held (right) against {label}, for {}.",
            curves.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ")
        ),
        title,
        drawing,
    }
}
