//! The report of any experiment: tables, figures and a page, as its file asks for them.

mod figures;
mod page;
mod rows;
mod scores;
#[cfg(test)]
pub(in crate::report) mod tests;
mod views;

pub use rows::Outcome;
pub(in crate::report) use scores::heading;

use super::Drawn;
use super::ReportError;
use super::claims::ClaimsReport;
use super::output::Output;
use super::search::{self, Study};
use super::tables::{self, Latex, Table};
use crate::experiment::spec_file::{Experiment, PrintWidth, TableKind};
use crate::run::record::RunRecord;
use rows::Rows;
use std::path::Path;

/// What an experiment's report is drawn from.
pub struct ExperimentReport<'a> {
    pub experiment: &'a Experiment,
    /// Every run that it asks for, once, in its order.
    pub outcomes: &'a [Outcome],
    /// Its own claims, judged.
    pub claims: Option<&'a ClaimsReport>,
}

/// The name of an experiment's table or figure, which no other experiment's has: files and LaTeX labels bear it.
fn table_name(experiment: &str, name: &str) -> String {
    format!("{experiment}-{name}")
}

impl ExperimentReport<'_> {
    /// The experiment's title, or its name.
    pub fn title(&self) -> &str {
        self.experiment.title.as_deref().unwrap_or(&self.experiment.name)
    }

    /// The records, in the order of the experiment.
    pub fn records(&self) -> Vec<&RunRecord> {
        self.outcomes.iter().filter_map(|outcome| outcome.record.as_ref()).collect()
    }

    /// Draws the report into the folder `out`: tables (Markdown, LaTeX, CSV), figures (SVG, PNG, PDF), data frames and `index.html`. Equal
    /// input gives equal bytes.
    ///
    /// # Errors
    /// No record, or a file that cannot be written.
    pub fn draw(&self, out: &Path) -> Result<Drawn, ReportError> {
        let records = self.records();
        if records.is_empty() {
            return Err(ReportError::NoRecords(Vec::new()));
        }
        let (section, name, title) = (&self.experiment.report, self.experiment.name.as_str(), self.title());
        let mut output = Output::new(out);
        let rows = Rows::of(self.outcomes, section);
        let drawn = |kind: &TableKind| match kind {
            TableKind::Scores => scores::table(&rows, section, name, title),
            TableKind::Boundary => views::boundary(&rows, section, name),
            TableKind::Subsets => views::subsets(&rows, section, name),
        };
        let all = [TableKind::Scores, TableKind::Boundary, TableKind::Subsets];
        let mut tables: Vec<Table> = section.tables.as_deref().unwrap_or(&all).iter().map(drawn).collect();
        let mut figures = figures::figures(&rows, section, name, title);
        let mut terminal_table = tables.iter().map(tables::terminal).collect::<Vec<_>>().join("\n");
        // The section says nothing of the tables of a search.
        let of_search = Latex::default();
        let own_tables = tables.len();
        if let Some(study) = Study::new(&search::SearchPlan::of(self.experiment), &records) {
            let trials = search::tables(&study);
            terminal_table += &trials.iter().map(|table| format!("\n{}", tables::terminal(table))).collect::<String>();
            tables.extend(trials);
            figures.extend(search::figures(&study));
            if let Some(best) = search::best_setting(&study) {
                output.write("best-setting.yaml", best.as_bytes())?;
            }
        }
        let latex = Latex { column: section.size == Some(PrintWidth::Column), font_size: section.font_size };
        for (n, table) in tables.iter().enumerate() {
            tables::write_as(table, if n < own_tables { &latex } else { &of_search }, &mut output)?;
        }
        for figure in &figures {
            figure.write(&mut output)?;
        }
        let page = page::Page { report: self, rows: &rows, tables: &tables, figures: &figures };
        output.write("index.html", page.html()?.as_bytes())?;
        Ok(Drawn { terminal_table, files: output.files })
    }
}
