//! Figures: each is laid out once as a [`Drawing`] in CSS pixels (96 to the inch) and painted by Plotters as SVG and as PNG.

mod axes;
mod drawing;
pub(super) mod learning_curves;
mod paint;
mod palette;

pub(super) use drawing::Drawing;

use super::ReportError;
use super::output::Output;

/// Widths that papers print figures at: one column (3.3 in) and the page (7 in).
const COLUMN: f64 = 317.0;
const PAGE: f64 = 672.0;

/// A drawing with the words that a reader who cannot see it gets.
pub(super) struct Figure {
    /// File stem.
    pub name: String,
    pub title: String,
    /// What is drawn and what it shows, in a sentence or two.
    pub description: String,
    pub drawing: Drawing,
}

impl Figure {
    /// Writes `figures/NAME.svg` and `.png`.
    pub fn write(&self, output: &mut Output) -> Result<(), ReportError> {
        output.write(&format!("figures/{}.svg", self.name), self.svg()?.as_bytes())?;
        output.write(&format!("figures/{}.png", self.name), &self.png()?)
    }

    pub fn svg(&self) -> Result<String, ReportError> {
        paint::svg(&self.drawing, &self.title, &self.description).map_err(|why| self.failed(why))
    }

    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        paint::png(&self.drawing).map_err(|why| self.failed(why))
    }

    fn failed(&self, why: String) -> ReportError {
        ReportError::Figure { figure: self.name.clone(), why }
    }
}
