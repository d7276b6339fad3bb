//! The report of a random search: its trials, the expected best by the number of trials, what each key does to the dev score, and the
//! best setting to paste. Only dev scores are read.

mod figures;
mod fragment;
mod study;
mod tables;

#[cfg(test)]
pub(in crate::report) mod tests;

pub use fragment::{best_setting, next_experiment};
pub use study::{SearchPlan, Study};

use super::figures::Figure;
use super::output::Output;
use super::tables::Table;
use super::{Drawn, ReportError, tables as formats};
use std::path::Path;

/// The tables of a search: its trials, the best setting first, and the expected best by the number of trials.
pub(super) fn tables(study: &Study) -> [Table; 2] {
    [tables::trials(study), tables::expected_best(study)]
}

/// The figures of a search, two a corpus: the expected best, and the dev score against the value of each key.
pub(super) fn figures(study: &Study) -> Vec<Figure> {
    figures::of(study)
}

/// Draws the report of a search into the folder `out`: the tables `NAME-trials` and `NAME-expected-best` (Markdown, LaTeX, CSV), the
/// figures `NAME-expected-best` and `NAME-keys` (SVG, PNG), and `best-setting.yaml`.
///
/// # Errors
/// A figure that cannot be drawn, or a file that cannot be written.
pub fn draw(study: &Study, out: &Path) -> Result<Drawn, ReportError> {
    let mut output = Output::new(out);
    let tables = tables(study);
    for table in &tables {
        formats::write(table, &mut output)?;
    }
    for figure in figures::of(study) {
        figure.write(&mut output)?;
    }
    if let Some(best) = best_setting(study) {
        output.write("best-setting.yaml", best.as_bytes())?;
    }
    let terminal_table = tables.iter().map(formats::terminal).collect::<Vec<_>>().join("\n");
    Ok(Drawn { terminal_table, files: output.files })
}
