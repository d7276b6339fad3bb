//! Figures: each is laid out once as a [`Drawing`] in CSS pixels (96 to the inch) and painted by Plotters as SVG and as PNG.

pub(super) mod axes;
pub(super) mod bars;
pub(super) mod categories;
pub(super) mod drawing;
pub(super) mod heights;
pub(super) mod learning_curves;
pub(super) mod network;
mod paint;
mod pdf;
pub(super) mod palette;
pub(super) mod performance;
pub(super) mod scatter;

pub(super) use drawing::Drawing;
pub use paint::escape;
pub(super) use paint::text_width;

use super::ReportError;
use super::cells::{Cell, Results};
use super::output::Output;
use super::setting::in_setting;
use super::system::{FRAMEWORKS, Network, PaperCorpus, Row, System, Vectors, framework_name, row_of};
use crate::run::record::RunRecord;
use crate::run::spec::Framework;

/// Widths that papers print figures at: one column (3.3 in) and the page (7 in).
pub(super) const COLUMN: f64 = 317.0;
pub(super) const PAGE: f64 = 672.0;

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
    /// Writes `figures/NAME.svg`, `.png` and `.pdf`.
    pub fn write(&self, output: &mut Output) -> Result<(), ReportError> {
        self.write_as(&format!("figures/{}", self.name), output)
    }

    /// Writes `STEM.svg`, `.png` and, for LaTeX, `.pdf`.
    pub fn write_as(&self, stem: &str, output: &mut Output) -> Result<(), ReportError> {
        output.write(&format!("{stem}.svg"), self.svg()?.as_bytes())?;
        output.write(&format!("{stem}.png"), &self.png()?)?;
        output.write(&format!("{stem}.pdf"), &self.pdf()?)
    }

    /// As it stands on a page: the drawing, what it shows, and links to its files.
    pub fn html(&self) -> Result<String, ReportError> {
        let name = escape(&self.name);
        let links: String = ["svg", "png", "pdf"]
            .iter()
            .map(|extension| format!(" <a href=\"figures/{name}.{extension}\">{}</a>", extension.to_uppercase()))
            .collect();
        Ok(format!(
            "<figure id=\"{name}\">\n<div class=\"scroll\" role=\"region\" aria-label=\"{}\" tabindex=\"0\">\n{}</div>\n<figcaption>{}{links}</figcaption>\n</figure>\n",
            escape(&self.title),
            self.inline_svg()?,
            escape(&self.description)
        ))
    }

    /// The SVG as the page shows it: without its white ground, in the page's ink.
    fn inline_svg(&self) -> Result<String, ReportError> {
        let svg = self.svg()?;
        let without_ground: String =
            svg.split_inclusive('\n').filter(|l| !(l.starts_with("<rect x=\"0\" y=\"0\"") && l.contains("#FFFFFF"))).collect();
        let page = palette::PAGE_INKS.iter().fold(without_ground, |svg, (color, ink)| svg.replace(&color.hex(), ink));
        Ok(page)
    }

    pub fn svg(&self) -> Result<String, ReportError> {
        paint::svg(&self.drawing, &self.title, &self.description).map_err(|why| self.failed(why))
    }

    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        paint::png(&self.drawing).map_err(|why| self.failed(why))
    }

    /// A page of the figure's size, its font embedded.
    pub fn pdf(&self) -> Result<Vec<u8>, ReportError> {
        pdf::pdf(&self.drawing, &self.title).map_err(|why| self.failed(why))
    }

    fn failed(&self, why: String) -> ReportError {
        ReportError::Figure { figure: self.name.clone(), why }
    }
}

/// All figures of the paper's report.
pub(super) fn of_paper(results: &Results, cells: &[Cell]) -> Vec<Figure> {
    let mut figures = vec![
        scatter::paper_against_ours(cells),
        categories::boundary(cells),
        bars::table2(cells, PaperCorpus::Ncbi),
        bars::table2(cells, PaperCorpus::Bc5cdr),
        categories::dropout(cells),
        categories::embeddings(cells),
        categories::subsets(cells),
    ];
    figures.extend(heights::normalization(results, cells));
    for corpus in PaperCorpus::ALL {
        figures.extend(headline_curves(results, corpus));
    }
    figures.extend(longer_curves(results));
    figures.extend(bars::speed(results));
    figures.extend(richest_network(results));
    figures
}

/// Learning curves of what was trained for more epochs than the tables' runs, all else equal: what those leave unlearned.
fn longer_curves(results: &Results) -> Option<Figure> {
    let epochs = results.setting.train.epochs;
    let is_longer = |run: &&&RunRecord| {
        let mut spec = run.result.spec.clone();
        let longer = spec.train.epochs > epochs;
        spec.train.epochs = epochs;
        longer && in_setting(&spec, &results.setting)
    };
    let mut panels: Vec<learning_curves::CurvePanel> = Vec::new();
    for run in results.other.iter().filter(is_longer) {
        let Some(row) = row_of(&run.result.spec) else { continue };
        let title = format!("{}, {}", framework_name(row.system.framework), row.corpus.title());
        let subtitle = row.system.network.name().to_owned();
        match panels.iter_mut().find(|panel| (&panel.title, &panel.subtitle) == (&title, &subtitle)) {
            Some(panel) => panel.runs.push(run),
            None => panels.push(learning_curves::CurvePanel { title, subtitle, runs: vec![run] }),
        }
    }
    learning_curves::learning_curves("learning-curves-longer", &format!("More than {epochs} epochs"), &panels)
}

/// The network with both feedbacks, as it was run: with a CRF where that was.
fn richest_network(results: &Results) -> Option<Figure> {
    let framework = Framework::MtlBothFeedback;
    let of = |network, corpus| Row { system: System { framework, network }, vectors: Vectors::Word2vec, dropout: true, corpus };
    let networks = [Network::BilstmCnnsCrf, Network::BilstmCnns];
    let mut rows = networks.into_iter().flat_map(|network| PaperCorpus::ALL.map(|corpus| of(network, corpus)));
    let run = rows.find_map(|row| results.runs(row).first().copied())?;
    Some(network::network(&run.result.spec))
}

/// Learning curves of every framework with one network: the first of these that most frameworks were run with.
fn headline_curves(results: &Results, corpus: PaperCorpus) -> Option<Figure> {
    let panels = |network: Network| -> Vec<learning_curves::CurvePanel> {
        let of = |framework| Row { system: System { framework, network }, vectors: Vectors::Word2vec, dropout: true, corpus };
        FRAMEWORKS
            .into_iter()
            .map(|f| (f, results.runs(of(f))))
            .filter(|(_, runs)| !runs.is_empty())
            .map(|(f, runs)| learning_curves::CurvePanel { title: framework_name(f).to_owned(), subtitle: network.name().to_owned(), runs })
            .collect()
    };
    let choices = [Network::BilstmCnns, Network::BilstmCnnsCrf, Network::Bilstm, Network::BilstmCrf].map(panels);
    let most = choices.iter().map(Vec::len).max()?;
    let chosen = choices.into_iter().find(|c| c.len() == most)?;
    learning_curves::learning_curves(
        &format!("learning-curves-{}", corpus.key()),
        &format!("Learning curves on {}", corpus.title()),
        &chosen,
    )
}
