//! Run records to frames, tables, figures and the page. Nothing here knows models or corpora: reports are drawn from the
//! records alone, on any machine, byte for byte the same.

mod cells;
pub mod claims;
pub mod compare;
pub mod drift;
mod earlier;
mod error;
pub mod experiment;
pub mod export;
mod figures;
mod findings;
mod frames;
mod inputs;
mod measurement;
mod output;
pub(crate) mod page;
mod paper_tables;
pub mod publish;
pub mod search;
pub mod setting;
pub mod system;
pub(crate) mod tables;

pub use earlier::EarlierRun;
pub use error::ReportError;
pub use figures::performance::{CostCurve, CostPoint, draw_costs};
pub use inputs::{ClaimRow, CorpusCounts, NotRun, Paper, Rescored, note_corpora, note_plan, note_searches, publish_probes};
pub use system::row_of;

use crate::run::record::RunRecord;
use crate::run::spec::RunSpec;
use cells::{Cell, Results};
use figures::Figure;
use output::Output;
use search::Study;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tables::Table;

/// What a report left behind.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The table to print: at most 80 columns, readable without colour.
    pub terminal_table: String,
    /// Every file of the report, whether it changed or not.
    pub files: Vec<PathBuf>,
}

/// Draws the paper's report into the folder `out`: Tables 1 to 7 and what goes beyond them, all figures, the data frames and
/// `index.html`. Equal input gives equal bytes.
///
/// # Errors
/// A figure or frame that cannot be made, or a file that cannot be written.
pub fn paper(input: &Paper, out: &Path) -> Result<Drawn, ReportError> {
    let results = Results::new(input);
    let cells = results.cells();
    let mut output = Output::new(out);

    let records: Vec<&RunRecord> = input.records.iter().collect();
    frames::write("runs", frames::runs(&records)?, &mut output)?;
    frames::write("history", frames::history(&records)?, &mut output)?;
    frames::write("cells", frames::cells(&cells)?, &mut output)?;

    let tables = tables::paper::tables(&results, &cells);
    let mut further = further_tables(&results, &cells);
    further.retain(|t| !t.lines.is_empty());
    let mut figures = figures::of_paper(&results, &cells);
    for study in Study::all(&input.searches, &records) {
        further.extend(search::tables(&study));
        figures.extend(search::figures(&study));
        if let Some(best) = search::best_setting(&study) {
            output.write(&format!("searches/{}.yaml", study.name), best.as_bytes())?;
        }
    }
    for table in tables.iter().chain(&further) {
        tables::write(table, &mut output)?;
    }
    for figure in &figures {
        figure.write(&mut output)?;
    }

    let findings = findings::findings(&results, &cells);
    output.write("findings.md", findings::markdown(&findings).as_bytes())?;
    let page =
        page::Page { input, results: &results, cells: &cells, findings: &findings, tables: &tables, further: &further, figures: &figures };
    output.write("index.html", page.html()?.as_bytes())?;
    let terminal_table = tables.iter().filter(|t| t.name == "table2").map(tables::terminal).collect();
    Ok(Drawn { terminal_table, files: output.files })
}

/// The tables beside the paper's own, in order; some may have no line.
fn further_tables(results: &Results, cells: &[Cell]) -> Vec<Table> {
    vec![
        tables::paper::ceilings(results),
        tables::further::forensics(results, cells),
        tables::further::seeds(results, cells),
        tables::rounding::table(results),
        tables::points::kinds(results),
        tables::points::threshold(results),
        tables::splits::table(results),
        tables::probes::table(results),
        tables::memorization::table(results),
        tables::further::cost(results),
        tables::further::settings(results),
        tables::further::other_settings(results),
    ]
}

/// Draws the network of each specification into the folder `out` (SVG, PNG, PDF), equal ones once. The files bear the names of the framework and
/// the network, and where several would bear the same also the keys in which they differ.
///
/// # Errors
/// A file that cannot be written.
pub fn networks<'a>(specs: impl IntoIterator<Item = &'a RunSpec>, out: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let mut output = Output::new(out);
    let mut drawn: Vec<(&RunSpec, Figure)> = Vec::new();
    for spec in specs {
        let figure = figures::network::network(spec);
        if !drawn.iter().any(|(_, other)| other.drawing == figure.drawing) {
            drawn.push((spec, figure));
        }
    }
    let stems: Vec<String> = drawn.iter().map(|(spec, _)| publish::system_name(spec)).collect();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for (at, (spec, figure)) in drawn.iter().enumerate() {
        let namesakes = drawn.iter().zip(&stems).filter(|(_, stem)| **stem == stems[at]).map(|((other, _), _)| setting::flat(other));
        let name = publish::file_name(&stems[at], &setting::flat(spec), &namesakes.collect::<Vec<_>>());
        // Two that differ in nothing that a name can say are numbered.
        let count = taken.entry(name.clone()).and_modify(|n| *n += 1).or_insert(1);
        let name = if *count == 1 { name } else { format!("{name}-{count}") };
        figure.write_as(&name, &mut output)?;
    }
    Ok(output.files)
}

#[cfg(test)]
mod prediction_tests;
#[cfg(test)]
pub(crate) mod synthetic;
#[cfg(test)]
mod tests;
