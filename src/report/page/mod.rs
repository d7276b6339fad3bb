//! `index.html`: everything on one page that needs no network, no script and no other file.

mod glossary;
pub(super) mod html;

use super::ReportError;
use super::cells::{Cell, Results};
use super::earlier;
use super::figures::Figure;
use super::findings::{self, Finding};
use super::inputs::{ClaimRow, Paper};
use super::publish::record_file_name;
use super::setting::flat;
use super::tables::Table;
use crate::run::record::RunState;
use html::table as table_html;
pub(crate) use html::{escape, grid as table_grid};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The page's style sheet, for pages that are to look like it.
pub fn style() -> &'static str {
    include_str!("style.css")
}

/// What the page shows, in order.
pub(super) struct Page<'a> {
    pub input: &'a Paper,
    pub results: &'a Results<'a>,
    pub cells: &'a [Cell],
    pub findings: &'a [Finding],
    pub tables: &'a [Table],
    pub further: &'a [Table],
    pub figures: &'a [Figure],
}

impl Page<'_> {
    pub fn html(&self) -> Result<String, ReportError> {
        let mut page = String::from(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>mermen: \
             results of the experiments</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n",
        );
        page.push_str(style());
        page.push_str(
            "</style>\n</head>\n<body class=\"with-contents\">\n<header>\n<h1>Joint recognition and normalization of medical entities, reproduced</h1>\n<p>The tables and claims of Zhao et al., \
             “A Neural Multi-Task Learning Framework to Jointly Model Medical Named Entity Recognition and Normalization” (AAAI 2019), beside the results of our runs. Every figure of \
             ours comes from a run record; a cell without one says why.</p>\n</header>\n",
        );
        self.contents(&mut page);
        page.push_str("<main>\n");
        self.findings(&mut page)?;
        self.summary(&mut page);
        self.claims(&mut page);
        page.push_str("<h2 id=\"tables\">The paper's tables</h2>\n");
        self.legend(&mut page);
        let links = self.links();
        for table in self.tables {
            table_html(&mut page, table, &links);
        }
        page.push_str("<h2 id=\"figures\">Figures</h2>\n");
        self.figures_where(&mut page, |figure| !findings::FIGURES.contains(&figure.name.as_str()))?;
        page.push_str("<h2 id=\"further\">Further tables</h2>\n");
        for table in self.further {
            table_html(&mut page, table, &links);
        }
        self.not_run(&mut page);
        self.records(&mut page, &links);
        let link = format!(", <a href=\"{}\">scores of protocol {}</a>", earlier::FILE, earlier::PROTOCOL);
        let earlier = if self.input.earlier.is_empty() { String::new() } else { link };
        let _ = write!(
            page,
            "</main>\n<footer>\n<p>Drawn by <code>mermen report</code> from the records alone. Data frames: <a href=\"frames/runs.csv\">runs</a>, <a href=\"frames/history.csv\">history</a>, <a href=\"frames/cells.csv\">cells</a>{earlier}.</p>\n</footer>\n</body>\n</html>\n"
        );
        Ok(page)
    }

    /// The sections, with the tables and figures of each; on wide screens it stays in view beside them.
    fn contents(&self, page: &mut String) {
        let of_tables = |tables: &[Table]| tables.iter().map(|table| (table.name.clone(), table.short_name())).collect::<Vec<_>>();
        let of_figures = |headlines: bool| {
            let shown = self.figures.iter().filter(|figure| findings::FIGURES.contains(&figure.name.as_str()) == headlines);
            shown.map(|figure| (figure.name.clone(), figure.title.clone())).collect::<Vec<_>>()
        };
        let sections = [
            ("findings", "Findings", of_figures(true)),
            ("claims", "Claims", Vec::new()),
            ("tables", "Tables", of_tables(self.tables)),
            ("figures", "Figures", of_figures(false)),
            ("further", "Further tables", of_tables(self.further)),
            ("not-run", "Not run", Vec::new()),
            ("records", "Records", Vec::new()),
        ];
        page.push_str("<nav aria-label=\"Contents\">\n<ul>\n");
        for (id, title, items) in sections {
            let _ = write!(page, "<li><a href=\"#{id}\">{title}</a>");
            if !items.is_empty() {
                page.push_str("\n<ul>\n");
                for (id, title) in items {
                    let _ = writeln!(page, "<li><a href=\"#{}\">{}</a></li>", escape(&id), escape(&title));
                }
                page.push_str("</ul>\n");
            }
            page.push_str("</li>\n");
        }
        page.push_str("</ul>\n</nav>\n");
    }

    /// What the columns of all tables mean, closed until it is wanted.
    fn legend(&self, page: &mut String) {
        page.push_str("<details class=\"legend\">\n<summary>What the columns mean</summary>\n<dl>\n");
        for (title, meanings) in glossary::legend(self.tables.iter().chain(self.further)) {
            let _ = write!(page, "<dt>{}</dt>", escape(title));
            let several = meanings.len() > 1;
            for (meaning, tables) in meanings {
                let tables = if several { format!(" ({})", tables.join(", ")) } else { String::new() };
                let _ = write!(page, "<dd>{}{}</dd>", escape(meaning), escape(&tables));
            }
            page.push('\n');
        }
        page.push_str("</dl>\n</details>\n");
    }

    /// Where each run's record lies, relative to the page.
    fn links(&self) -> BTreeMap<&str, String> {
        self.input.records.iter().map(|r| (r.result.run_id.as_str(), format!("records/{}", record_file_name(r)))).collect()
    }

    /// How much was run.
    fn summary(&self, page: &mut String) {
        let table2: Vec<&Cell> = self.cells.iter().filter(|c| c.table == 2 && c.paper.is_some() && c.system.is_some()).collect();
        let ours: Vec<&&Cell> = table2.iter().filter(|c| c.ours.is_some()).collect();
        let done = self.input.records.iter().filter(|r| r.result.state == RunState::Done).count();
        let failed = self.input.records.len() - done;
        let hours: f64 = self.input.records.iter().map(|r| r.measured.train_cpu_seconds).fold(0.0, |sum, seconds| sum + seconds) / 3600.0;
        let seeds = ours.iter().filter_map(|c| c.ours.as_ref()).map(|m| m.n);
        let (fewest, most) = (seeds.clone().min().unwrap_or(0), seeds.max().unwrap_or(0));
        let mut facts: Vec<(String, String)> = vec![
            ("Runs finished".into(), if failed == 0 { done.to_string() } else { format!("{done}, and {failed} failed") }),
            ("Cells of Table 2 run here (21 systems)".into(), format!("{} of {}", ours.len(), table2.len())),
            ("Seeds per cell".into(), if fewest == most { most.to_string() } else { format!("{fewest} to {most}") }),
            ("Hours of training (processor time)".into(), format!("{hours:.1}")),
        ];
        if !self.input.claims.is_empty() {
            let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
            for claim in &self.input.claims {
                *verdicts.entry(&claim.verdict).or_default() += 1;
            }
            let text: Vec<String> = verdicts.into_iter().map(|(verdict, n)| format!("{n} {verdict}")).collect();
            facts.push((format!("The paper's {} claims", self.input.claims.len()), text.join(", ")));
        }
        page.push_str("<dl class=\"facts\">\n");
        for (term, fact) in facts {
            let _ = writeln!(page, "<div><dt>{}</dt><dd>{}</dd></div>", escape(&term), escape(&fact));
        }
        page.push_str("</dl>\n<ul>\n");
        let stand_ins: BTreeSet<&str> =
            self.input.records.iter().map(|r| &r.result.data.embedding).filter(|e| e.stand_in).map(|e| e.name.as_str()).collect();
        for name in stand_ins {
            let _ = writeln!(
                page,
                "<li>The vectors <code>{}</code> are a stand-in for those of the paper: Table 4 says where they come from.</li>",
                escape(name)
            );
        }
        page.push_str("</ul>\n");
    }

    fn findings(&self, page: &mut String) -> Result<(), ReportError> {
        page.push_str("<h2 id=\"findings\">Findings</h2>\n<ol class=\"findings\">\n");
        let on_page = |anchor: &str| {
            let drawn = self.tables.iter().chain(self.further).any(|table| table.name == anchor);
            drawn || anchor == "claims" || self.figures.iter().any(|figure| figure.name == anchor)
        };
        for finding in self.findings {
            let _ = write!(page, "<li><strong>{}.</strong> {}", escape(finding.title), escape(&finding.text));
            for (anchor, name) in finding.see.iter().filter(|(anchor, _)| on_page(anchor)) {
                let _ = write!(page, " <a href=\"#{anchor}\">{}</a>", escape(name));
            }
            page.push_str("</li>\n");
        }
        page.push_str("</ol>\n");
        self.figures_where(page, |figure| findings::FIGURES.contains(&figure.name.as_str()))
    }

    /// The figures of which this holds, in their order.
    fn figures_where(&self, page: &mut String, shown: impl Fn(&Figure) -> bool) -> Result<(), ReportError> {
        page.push_str("<div class=\"figures\">\n");
        for figure in self.figures.iter().filter(|figure| shown(figure)) {
            page.push_str(&figure.html()?);
        }
        page.push_str("</div>\n");
        Ok(())
    }

    fn claims(&self, page: &mut String) {
        page.push_str("<h2 id=\"claims\">The paper's claims</h2>\n");
        let links = self.links();
        for (caption, rows) in
            [("Claims of the paper and what our runs say", &self.input.claims), ("The paper's own numbers, checked", &self.input.audit)]
        {
            if rows.is_empty() {
                continue;
            }
            claims_table(page, caption, rows, &links);
        }
        if self.input.claims.is_empty() && self.input.audit.is_empty() {
            page.push_str("<p>No claim was judged for this report.</p>\n");
        }
    }

    fn not_run(&self, page: &mut String) {
        page.push_str("<h2 id=\"not-run\">Not run</h2>\n");
        let mut reasons: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for cell in self.cells.iter().filter(|c| c.ours.is_none() && c.system.is_some()) {
            let place = format!("Table {}: {} {}, {}", cell.table, cell.group, cell.label(), cell.corpus.title());
            reasons.entry(cell.reason.as_deref().unwrap_or("not run")).or_default().insert(place);
        }
        if reasons.is_empty() {
            page.push_str("<p>Every row of the paper's neural systems was run.</p>\n");
        }
        for (reason, places) in reasons {
            let _ = writeln!(page, "<h3>{}</h3>\n<ul>", escape(reason));
            for place in places {
                let _ = writeln!(page, "<li>{}</li>", escape(&place));
            }
            page.push_str("</ul>\n");
        }
    }

    fn records(&self, page: &mut String, links: &BTreeMap<&str, String>) {
        let _ =
            writeln!(page, "<h2 id=\"records\">Records</h2>\n<details><summary>All {} records</summary>\n<ul>", self.input.records.len());
        let mut records: Vec<_> = self.input.records.iter().collect();
        records.sort_by_cached_key(|r| record_file_name(r));
        let default = flat(&self.results.setting);
        for record in records {
            let spec = flat(&record.result.spec);
            let state = if record.result.state == RunState::Done { "" } else { " (failed)" };
            let path = links.get(record.result.run_id.as_str()).map_or("", String::as_str);
            let rate = spec
                .get("dropout.rate")
                .filter(|r| default.get("dropout.rate") != Some(r))
                .map_or_else(String::new, |r| format!(" dropout {r}"));
            let _ = writeln!(
                page,
                "<li><a href=\"{}\">{}</a>{}{state}</li>",
                escape(path),
                escape(path.trim_start_matches("records/")),
                escape(&rate)
            );
        }
        page.push_str("</ul>\n</details>\n");
    }
}

/// Judged claims as a table.
pub(super) fn claims_table(page: &mut String, caption: &str, rows: &[ClaimRow], links: &BTreeMap<&str, String>) {
    let _ = write!(
        page,
        "<div class=\"scroll\" role=\"region\" aria-label=\"{0}\" tabindex=\"0\">\n<table>\n<caption><span>{0}</span></caption>\n<thead><tr>",
        escape(caption)
    );
    for column in ["claim", "where", "verdict", "because", "records"] {
        let _ = write!(page, "<th scope=\"col\" class=\"left\"{}>{column}</th>", html::hint("", column));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        let _ = claim_row(page, row, links);
    }
    page.push_str("</tbody>\n</table>\n</div>\n");
}

fn claim_row(page: &mut String, row: &ClaimRow, links: &BTreeMap<&str, String>) -> std::fmt::Result {
    write!(
        page,
        "<tr id=\"claim-{}\"><th scope=\"row\" class=\"claim\">{}</th><td class=\"left place\">{}</td><td class=\"left\"><strong>{}</strong></td><td class=\"wrap\">{}</td><td class=\"left\">",
        escape(&row.id),
        escape(&row.claim),
        escape(&row.place),
        escape(&row.verdict),
        escape(&row.because)
    )?;
    html::record_links(page, &row.runs, links);
    page.push_str("</td></tr>\n");
    Ok(())
}
