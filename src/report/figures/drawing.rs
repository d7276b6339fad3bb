//! A figure as a list of shapes, before any backend has seen it.

use super::palette::{Color, Mark};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Anchor {
    Start,
    Middle,
    End,
}

/// Positions are CSS pixels from the upper left corner.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) enum Shape {
    Path { points: Vec<(f64, f64)>, color: Color, width: f64 },
    Polygon { points: Vec<(f64, f64)>, color: Color },
    Disc { center: (f64, f64), radius: f64, color: Color },
    Text { at: (f64, f64), text: String, size: f64, color: Color, anchor: Anchor, bold: bool },
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Drawing {
    pub width: f64,
    pub height: f64,
    pub shapes: Vec<Shape>,
}

impl Drawing {
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, shapes: Vec::new() }
    }

    pub fn line(&mut self, points: Vec<(f64, f64)>, color: Color, width: f64) {
        if points.len() > 1 {
            self.shapes.push(Shape::Path { points, color, width });
        }
    }

    /// Dashes of `on` pixels with gaps of `off`, running on over the corners.
    pub fn dashed(&mut self, points: &[(f64, f64)], color: Color, width: f64, (on, off): (f64, f64)) {
        let (mut dash, mut left, mut drawn): (Vec<(f64, f64)>, f64, bool) = (points.first().copied().into_iter().collect(), on, true);
        for pair in points.windows(2) {
            let (mut from, to) = (pair[0], pair[1]);
            loop {
                let length = libm::hypot(to.0 - from.0, to.1 - from.1);
                if length <= left {
                    left -= length;
                    if drawn {
                        dash.push(to);
                    }
                    break;
                }
                let share = left / length;
                from = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
                if drawn {
                    dash.push(from);
                    self.line(std::mem::take(&mut dash), color, width);
                } else {
                    dash = vec![from];
                }
                drawn = !drawn;
                left = if drawn { on } else { off };
            }
        }
        self.line(dash, color, width);
    }

    pub fn rectangle(&mut self, (x0, y0): (f64, f64), (x1, y1): (f64, f64), color: Color) {
        self.shapes.push(Shape::Polygon { points: vec![(x0, y0), (x1, y0), (x1, y1), (x0, y1)], color });
    }

    pub fn polygon(&mut self, points: Vec<(f64, f64)>, color: Color) {
        if points.len() > 2 {
            self.shapes.push(Shape::Polygon { points, color });
        }
    }

    /// Text whose baseline starts, is centred or ends at `at`.
    pub fn text(&mut self, at: (f64, f64), text: impl Into<String>, size: f64, color: Color, anchor: Anchor) {
        self.shapes.push(Shape::Text { at, text: text.into(), size, color, anchor, bold: false });
    }

    pub fn bold(&mut self, at: (f64, f64), text: impl Into<String>, size: f64, color: Color, anchor: Anchor) {
        self.shapes.push(Shape::Text { at, text: text.into(), size, color, anchor, bold: true });
    }

    /// A mark of `radius` around a point.
    pub fn mark(&mut self, (x, y): (f64, f64), mark: Mark, radius: f64, color: Color) {
        let r = radius;
        match mark {
            Mark::Disc => self.shapes.push(Shape::Disc { center: (x, y), radius: r, color }),
            Mark::Square => self.rectangle((x - 0.88 * r, y - 0.88 * r), (x + 0.88 * r, y + 0.88 * r), color),
            Mark::Triangle => {
                let points = vec![(x, y - 1.2 * r), (x + 1.1 * r, y + 0.8 * r), (x - 1.1 * r, y + 0.8 * r)];
                self.shapes.push(Shape::Polygon { points, color });
            }
            Mark::Diamond => {
                let points = vec![(x, y - 1.3 * r), (x + 1.3 * r, y), (x, y + 1.3 * r), (x - 1.3 * r, y)];
                self.shapes.push(Shape::Polygon { points, color });
            }
            Mark::Ring => {
                let turn = |i: usize| libm::sincos(i as f64 * std::f64::consts::TAU / 24.0);
                let points = (0..=24).map(|i| (x + 0.9 * r * turn(i).0, y + 0.9 * r * turn(i).1)).collect();
                self.line(points, color, 0.45 * r);
            }
            Mark::Cross => {
                self.line(vec![(x - r, y - r), (x + r, y + r)], color, 0.45 * r);
                self.line(vec![(x - r, y + r), (x + r, y - r)], color, 0.45 * r);
            }
        }
    }

    /// The same, so many times as large.
    pub fn scaled(mut self, scale: f64) -> Self {
        let times = |(x, y): (f64, f64)| (x * scale, y * scale);
        for shape in &mut self.shapes {
            match shape {
                Shape::Path { points, width, .. } => {
                    points.iter_mut().for_each(|point| *point = times(*point));
                    *width *= scale;
                }
                Shape::Polygon { points, .. } => points.iter_mut().for_each(|point| *point = times(*point)),
                Shape::Disc { center, radius, .. } => (*center, *radius) = (times(*center), *radius * scale),
                Shape::Text { at, size, .. } => (*at, *size) = (times(*at), *size * scale),
            }
        }
        (self.width, self.height) = (self.width * scale, self.height * scale);
        self
    }

    #[cfg(test)]
    pub fn text_sizes(&self) -> impl Iterator<Item = f64> {
        self.shapes.iter().filter_map(|shape| if let Shape::Text { size, .. } = shape { Some(*size) } else { None })
    }

    /// Left, top, right and bottom of the letters of every text.
    #[cfg(test)]
    pub fn text_boxes(&self) -> Vec<((f64, f64, f64, f64), String)> {
        let of = |shape: &Shape| {
            let Shape::Text { at, text, size, anchor, bold, .. } = shape else { return None };
            let width = super::paint::text_width(text, *size) * if *bold { 1.13 } else { 1.0 };
            let left = match anchor {
                Anchor::Start => at.0,
                Anchor::Middle => at.0 - width / 2.0,
                Anchor::End => at.0 - width,
            };
            Some(((left, at.1 - 0.72 * size, left + width, at.1), text.clone()))
        };
        self.shapes.iter().filter_map(of).collect()
    }
}
