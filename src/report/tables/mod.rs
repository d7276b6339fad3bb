//! Tables as data, and their formats. A table is built once and then rendered for the terminal, Markdown, LaTeX, CSV and
//! the page, so that no two formats can disagree.

mod csv;
pub(super) mod further;
mod latex;
mod markdown;
mod model;
pub(super) mod paper;
pub(super) mod points;
pub(super) mod probes;
pub(super) mod memorization;
pub(super) mod rounding;
pub(super) mod splits;
mod terminal;
pub(super) mod variants;

pub use model::{Align, Column, Entry, Line, Notes, Panel, Table, difference, figure, range};

use super::ReportError;
use super::output::Output;

/// One file format of a table.
trait Exporter {
    fn extension(&self) -> &'static str;
    fn export(&self, table: &Table) -> Vec<u8>;
}

/// The table as it is printed: at most 80 columns where its columns allow, readable without colour.
pub(super) fn terminal(table: &Table) -> String {
    terminal::render(table, terminal::WIDTH)
}

pub(super) use latex::Latex;

/// Writes `tables/NAME.md`, `.tex` and `.csv`.
pub(super) fn write(table: &Table, output: &mut Output) -> Result<(), ReportError> {
    write_as(table, &Latex::default(), output)
}

/// The same with LaTeX of another width or size of type.
pub(super) fn write_as(table: &Table, latex: &Latex, output: &mut Output) -> Result<(), ReportError> {
    let exporters: [&dyn Exporter; 3] = [&markdown::Markdown, latex, &csv::Csv];
    for exporter in exporters {
        output.write(&format!("tables/{}.{}", table.name, exporter.extension()), &exporter.export(table))?;
    }
    Ok(())
}
