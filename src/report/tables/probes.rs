//! What trained networks make of their feedback.

use super::{Column, Entry, Line, Panel, Table, figure};
use crate::evaluate::Counts;
use crate::evaluate::significance::Spread;
use crate::report::cells::Results;
use crate::report::system::{FRAMEWORKS, Network, PaperCorpus, Row, System, Vectors, framework_name};
use crate::run::record::{Probe, ProbeRecord, ProbedFeedback, RunRecord};
use crate::run::spec::Framework;

/// F1 on test with the feedback replaced, median over the seeds that were probed.
pub(in crate::report) fn table(results: &Results) -> Table {
    let columns = || ["MER", "MEN", "MER from MEN", "n"].map(Column::right).to_vec();
    let mut table = Table {
        name: "probes".to_owned(),
        caption: "What trained networks make of their feedback: F1 on test when it is replaced, by inference only".to_owned(),
        stub: vec![Column::left("what the last round reads")],
        panels: PaperCorpus::ALL.iter().map(|c| Panel::new(c.title(), columns())).collect(),
        ..Table::default()
    };
    for (dropout, network) in [true, false].into_iter().flat_map(|dropout| Network::PAPER.map(|network| (dropout, network))) {
        for framework in FRAMEWORKS {
            let system = System { framework, network };
            let runs = PaperCorpus::ALL.map(|corpus| results.runs(Row { system, vectors: Vectors::Word2vec, dropout, corpus }));
            if runs.iter().flatten().all(|run| probes(results, run).is_empty()) {
                continue;
            }
            table.lines.push(Line::Group(format!("{}, {}", group(framework, dropout), network.name())));
            for feedback in ProbedFeedback::ALL {
                let own: Vec<Vec<&Probe>> = runs
                    .iter()
                    .map(|runs| runs.iter().flat_map(|run| probes(results, run)).filter(|p| p.feedback == feedback).collect())
                    .collect();
                if own.iter().all(Vec::is_empty) {
                    continue;
                }
                let mut row = vec![Entry::new(feedback.title())];
                for probes in &own {
                    if probes.is_empty() {
                        row.push(Entry::because("not probed", 4));
                        continue;
                    }
                    let of = |counts: fn(&Probe) -> Counts| median(probes.iter().map(|p| counts(p).f1()));
                    row.extend([of(|p| p.mention), of(|p| p.concept), of(|p| p.mention_from_men)]);
                    row.push(Entry::new(probes.len().to_string()));
                }
                table.lines.push(Line::Row(row));
            }
            table.runs.extend(runs.iter().flatten().filter(|run| !probes(results, run).is_empty()).map(|run| run.result.run_id.clone()));
        }
    }
    table.notes.push(
        "Uniform: 1/|L| for every tag. Gold: the right tags, as certain; a concept that training lacks is outside. Another sentence's: the \
         values that belong to a sentence of near length. MER from MEN: spans of the normalization output, scored as mentions."
            .to_owned(),
    );
    table
}

/// The framework, and that dropout was off where it was.
pub(super) fn group(framework: Framework, dropout: bool) -> String {
    format!("{}{}", framework_name(framework), if dropout { "" } else { " without dropout" })
}

fn probes<'a>(results: &Results<'a>, run: &RunRecord) -> Vec<&'a Probe> {
    of_run(results, run).iter().flat_map(|p| &p.test).collect()
}

/// What was published of a run's probes.
pub(super) fn of_run<'a>(results: &Results<'a>, run: &RunRecord) -> Option<&'a ProbeRecord> {
    results.input.probes.iter().find(|p| p.run_id == run.result.run_id && p.protocol == run.result.protocol)
}

/// The median of F1 or shares over runs.
pub(super) fn median(values: impl Iterator<Item = f64>) -> Entry {
    Spread::of(&values.collect::<Vec<_>>()).map_or_else(Entry::none, |s| Entry::new(figure(s.median)))
}
