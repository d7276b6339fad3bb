//! A pair of linear axes on a drawing, and the keys above it.

use super::drawing::{Anchor, Drawing};
use super::palette::{Color, GRID, INK, MUTED, Mark};

/// Sizes of text in CSS pixels: 7.5 and 8.25 points where the figure is printed at its own width.
pub(in crate::report) const SMALL: f64 = 9.0;
pub(in crate::report) const TEXT: f64 = 10.0;
pub(in crate::report) const TITLE: f64 = 11.0;

#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct Axes {
    /// Edges of the plotting area in pixels.
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
    /// Values at left and right, bottom and top.
    pub x: (f64, f64),
    pub y: (f64, f64),
}

impl Axes {
    pub fn at_x(&self, value: f64) -> f64 {
        self.left + (value - self.x.0) / (self.x.1 - self.x.0) * (self.right - self.left)
    }

    pub fn at_y(&self, value: f64) -> f64 {
        self.bottom - (value - self.y.0) / (self.y.1 - self.y.0) * (self.bottom - self.top)
    }

    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.at_x(x), self.at_y(y))
    }

    /// Horizontal grid lines with their values at the left (labels only where `labelled`).
    pub fn y_grid(&self, drawing: &mut Drawing, ticks: &Ticks, labelled: bool) {
        for value in ticks.values(self.y) {
            let y = self.at_y(value);
            drawing.line(vec![(self.left, y), (self.right, y)], GRID, 0.6);
            if labelled {
                drawing.text((self.left - 4.0, y + 0.35 * SMALL), ticks.label(value), SMALL, MUTED, Anchor::End);
            }
        }
    }

    pub fn x_grid(&self, drawing: &mut Drawing, ticks: &Ticks) {
        for value in ticks.values(self.x) {
            let x = self.at_x(value);
            drawing.line(vec![(x, self.top), (x, self.bottom)], GRID, 0.6);
            drawing.text((x, self.bottom + 4.0 + SMALL), ticks.label(value), SMALL, MUTED, Anchor::Middle);
        }
    }

    /// Short strokes under the axis with their values.
    pub fn x_ticks(&self, drawing: &mut Drawing, ticks: &Ticks, labelled: bool) {
        for value in ticks.values(self.x) {
            let x = self.at_x(value);
            drawing.line(vec![(x, self.bottom), (x, self.bottom + 3.0)], MUTED, 0.8);
            if labelled {
                drawing.text((x, self.bottom + 4.0 + SMALL), ticks.label(value), SMALL, MUTED, Anchor::Middle);
            }
        }
    }

    pub fn base_line(&self, drawing: &mut Drawing) {
        drawing.line(vec![(self.left, self.bottom), (self.right, self.bottom)], MUTED, 0.8);
    }

    pub fn panel_title(&self, drawing: &mut Drawing, title: &str) {
        drawing.bold((self.left, self.top - 6.0), title, TEXT, INK, Anchor::Start);
    }
}

/// Round values for an axis.
#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct Ticks {
    step: f64,
    decimals: usize,
}

impl Ticks {
    /// The smallest step of 1, 2 or 5 times a power of ten that gives at most `most` steps over the range.
    pub fn over((low, high): (f64, f64), most: usize) -> Self {
        // A range of nothing has one step, not a million.
        let rough = if high - low > 1e-9 { (high - low) / most as f64 } else { 1.0 };
        let power = libm::pow(10.0, libm::log10(rough).floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= rough * (1.0 - 1e-9)).unwrap_or(10.0 * power);
        Self { step, decimals: (-(libm::log10(step) + 1e-9).floor()).max(0.0) as usize }
    }

    /// Whole steps of at least 1.
    pub fn whole(range: (f64, f64), most: usize) -> Self {
        let ticks = Self::over(range, most);
        if ticks.step < 1.0 { Self { step: 1.0, decimals: 0 } } else { ticks }
    }

    pub fn values(&self, (low, high): (f64, f64)) -> Vec<f64> {
        let first = (low / self.step - 1e-6).ceil() as i64;
        let last = (high / self.step + 1e-6).floor() as i64;
        (first..=last).map(|i| i as f64 * self.step).collect()
    }

    pub fn label(&self, value: f64) -> String {
        format!("{value:.*}", self.decimals)
    }

    /// As [`Self::widen`], for shares and scores such as F1: no axis of theirs goes beyond 0 or 1.
    pub fn widen_share(&self, range: (f64, f64)) -> (f64, f64) {
        let (low, high) = self.widen(range);
        (low.max(0.0), high.min(1.0))
    }

    /// The range widened to whole steps.
    pub fn widen(&self, (low, high): (f64, f64)) -> (f64, f64) {
        ((low / self.step + 1e-6).floor() * self.step, (high / self.step - 1e-6).ceil() * self.step)
    }
}

/// How a series looks in the key.
pub(in crate::report) struct Key<'a> {
    pub text: &'a str,
    pub color: Color,
    pub kind: KeyKind,
}

/// Lines of `text`, in small letters, that fit `width`: broken behind blanks and signs, and a word that is wider than a line where the line ends.
pub(in crate::report) fn lines(text: &str, width: f64) -> Vec<String> {
    let fits = |line: &str| super::paint::text_width(line, SMALL) <= width;
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split_inclusive([' ', '.', '=', '_', '&']) {
        if !line.is_empty() && !fits(&format!("{line}{word}")) {
            lines.push(std::mem::take(&mut line));
        }
        for letter in word.chars() {
            let longer = format!("{line}{letter}");
            if !line.is_empty() && !fits(longer.trim_end()) {
                lines.push(std::mem::replace(&mut line, letter.to_string()));
            } else {
                line = longer;
            }
        }
    }
    lines.push(line);
    lines
}

pub(in crate::report) enum KeyKind {
    Line(Mark),
    Dashed(Mark),
    Dashes,
    Mark(Mark),
    Bar,
}

/// A row of keys from `left`, wrapped at `right`; gives the y below it. Widths are measured, so that keys cannot overlap.
pub(in crate::report) fn keys(drawing: &mut Drawing, (left, top): (f64, f64), right: f64, keys: &[Key]) -> f64 {
    let (mut x, mut y) = (left, top + TEXT);
    for key in keys {
        let sample = match key.kind {
            KeyKind::Mark(_) | KeyKind::Bar => 9.0,
            _ => 22.0,
        };
        let text = lines(key.text, right - left - sample - 4.0);
        let width = sample + 4.0 + text.iter().map(|line| super::paint::text_width(line, SMALL)).fold(0.0, f64::max) + 14.0;
        if x > left && x + width - 14.0 > right {
            (x, y) = (left, y + 14.0);
        }
        let middle = y - 0.35 * SMALL;
        match key.kind {
            KeyKind::Line(mark) => {
                drawing.line(vec![(x, middle), (x + sample, middle)], key.color, 1.6);
                drawing.mark((x + sample / 2.0, middle), mark, 2.6, key.color);
            }
            KeyKind::Dashed(mark) => {
                drawing.dashed(&[(x, middle), (x + sample, middle)], key.color, 1.6, (5.0, 2.5));
                drawing.mark((x + sample / 2.0, middle), mark, 2.6, key.color);
            }
            KeyKind::Dashes => drawing.dashed(&[(x, middle), (x + sample, middle)], key.color, 1.2, (3.0, 2.0)),
            KeyKind::Mark(mark) => drawing.mark((x + 4.5, middle), mark, 3.2, key.color),
            KeyKind::Bar => drawing.rectangle((x, middle - 4.0), (x + 9.0, middle + 4.0), key.color),
        }
        for (below, line) in text.iter().enumerate() {
            y += if below > 0 { 12.0 } else { 0.0 };
            drawing.text((x + sample + 4.0, y), line.trim_end(), SMALL, INK, Anchor::Start);
        }
        x += width;
    }
    y + 6.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_of_scores_end_at_one() {
        let ticks = Ticks::over((0.0, 0.99), 5);
        assert_eq!(ticks.widen((0.0, 1.01)), (0.0, 1.2000000000000002));
        assert_eq!(ticks.widen_share((-0.02, 1.01)), (0.0, 1.0));
        assert_eq!(ticks.values((0.0, 1.0)).len(), 6);
    }

    #[test]
    fn lines_fit_and_lose_no_letter() {
        for text in ["model.hidden=50 dropout.rate=0.5", "Donaudampfschifffahrtsgesellschaft", "", "a b"] {
            for width in [1.0, 30.0, 60.0, 400.0] {
                let lines = lines(text, width);
                assert_eq!(lines.concat(), text);
                let fits = |line: &str| super::super::text_width(line.trim_end(), SMALL) <= width || line.trim_end().chars().count() <= 1;
                assert!(lines.iter().all(|line| fits(line)), "{lines:?}");
            }
        }
        assert_eq!(lines("a shared encoder", 50.0), ["a shared ", "encoder"]);
    }
}
