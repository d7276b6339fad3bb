//! `index.html` of an experiment: its tables, figures, claims and runs on one page that needs no network, no script and no other file.

use super::ExperimentReport;
use super::rows::Rows;
use crate::report::figures::Figure;
use crate::report::page::html::{escape, records, table as table_html};
use crate::report::page::{claims_table, style};
use crate::report::tables::Table;
use crate::report::{ReportError, claims};
use crate::run::identity::short;
use crate::run::record::RunState;
use std::collections::BTreeMap;
use std::fmt::Write;

pub(super) struct Page<'a> {
    pub report: &'a ExperimentReport<'a>,
    pub rows: &'a Rows<'a>,
    pub tables: &'a [Table],
    pub figures: &'a [Figure],
}

impl Page<'_> {
    pub fn html(&self) -> Result<String, ReportError> {
        let title = escape(self.report.title());
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n",
            style()
        );
        if let Some(description) = &self.report.experiment.description {
            let _ = writeln!(page, "<p>{}</p>", escape(description));
        }
        let claims = self.report.claims.map(claims::rows).map(|(claims, _)| claims).filter(|claims| !claims.is_empty());
        let mut sections = vec![("summary", "Summary")];
        sections.extend(claims.is_some().then_some(("claims", "Claims")));
        sections.extend((!self.tables.is_empty()).then_some(("tables", "Tables")));
        sections.extend((!self.figures.is_empty()).then_some(("figures", "Figures")));
        sections.push(("runs", "Runs"));
        let links: String = sections.iter().map(|(id, name)| format!("<li><a href=\"#{id}\">{name}</a></li>")).collect();
        let _ = write!(page, "<nav aria-label=\"Sections\"><ul>{links}</ul></nav>\n</header>\n<main>\n");
        self.summary(&mut page);
        let no_links = BTreeMap::new();
        if let Some(claims) = &claims {
            page.push_str("<h2 id=\"claims\">Claims</h2>\n");
            claims_table(&mut page, "Claims of this experiment and what its runs say", claims, &no_links);
        }
        if !self.tables.is_empty() {
            page.push_str("<h2 id=\"tables\">Tables</h2>\n");
        }
        for table in self.tables {
            table_html(&mut page, table, &no_links);
        }
        if !self.figures.is_empty() {
            page.push_str("<h2 id=\"figures\">Figures</h2>\n<div class=\"figures\">\n");
            for figure in self.figures {
                page.push_str(&figure.html()?);
            }
            page.push_str("</div>\n");
        }
        self.runs(&mut page);
        page.push_str("</main>\n<footer>\n<p>Drawn by <code>mermen report</code> from the records of the runs alone.</p>\n</footer>\n</body>\n</html>\n");
        Ok(page)
    }

    fn summary(&self, page: &mut String) {
        let outcomes = self.report.outcomes;
        let done = self.report.records().into_iter().filter(|record| record.result.state == RunState::Done);
        let hours = done.clone().map(|record| record.measured.train_cpu_seconds).fold(0.0, |sum, seconds| sum + seconds) / 3600.0;
        let facts = [
            ("Runs finished", format!("{} of {}", done.count(), outcomes.len())),
            ("Rows of the tables", self.rows.rows.len().to_string()),
            ("Corpus", self.rows.corpora.join(", ")),
            ("Hours of training (processor time)", format!("{hours:.2}")),
        ];
        page.push_str("<h2 id=\"summary\">Summary</h2>\n<dl class=\"facts\">\n");
        for (term, fact) in facts {
            let _ = writeln!(page, "<div><dt>{term}</dt><dd>{}</dd></div>", escape(&fact));
        }
        page.push_str("</dl>\n");
        if !self.rows.shared.is_empty() {
            let shared = self.rows.shared.iter().map(|part| format!("<code>{}</code>", escape(part))).collect::<Vec<_>>().join(", ");
            let _ = writeln!(page, "<p>All runs: {shared}; what is not named has its default.</p>");
        }
    }

    fn runs(&self, page: &mut String) {
        let _ = writeln!(page, "<h2 id=\"runs\">Runs</h2>\n<details><summary>{}</summary>\n<ul>", records(self.report.records().len()));
        for row in &self.rows.rows {
            let name = escape(&row.full_name());
            for run in &row.runs {
                let state = match &run.result.state {
                    RunState::Done => String::new(),
                    RunState::Failed { why } => format!(" failed: {}", escape(why)),
                };
                let _ = writeln!(page, "<li><code>{}</code> {name}, seed {}{state}</li>", short(&run.result.run_id), run.result.spec.seed);
            }
            if row.runs.len() < row.planned {
                let _ = writeln!(page, "<li>{name}: {} of {} seeds: {}</li>", row.planned - row.runs.len(), row.planned, escape(&row.why));
            }
        }
        page.push_str("</ul>\n</details>\n");
    }
}
