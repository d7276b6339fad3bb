//! How much of normalization is memorization.

use super::probes::{group, median, of_run};
use super::{Column, Entry, Line, Panel, Table};
use crate::evaluate::Memorization;
use crate::report::cells::Results;
use crate::report::system::{FRAMEWORKS, Network, PaperCorpus, Row, System, Vectors};
use crate::run::record::RunRecord;

/// Normalization on test beside a look-up among training's strings, median over the seeds that were probed.
pub(in crate::report) fn table(results: &Results) -> Table {
    let columns = || ["MEN", "MER + look-up", "known", "other", "n"].map(Column::right).to_vec();
    let mut table = Table {
        name: "memorization".to_owned(),
        caption: "How much of normalization is memorization: a look-up for a normalizer, and recall by what training could tell".to_owned(),
        stub: vec![Column::left("system")],
        panels: PaperCorpus::ALL.iter().map(|c| Panel::new(c.title(), columns())).collect(),
        ..Table::default()
    };
    for (dropout, framework) in [true, false].into_iter().flat_map(|dropout| FRAMEWORKS.map(|framework| (dropout, framework))) {
        let mut lines = Vec::new();
        for network in Network::PAPER {
            let system = System { framework, network };
            let probed = PaperCorpus::ALL.map(|corpus| {
                let runs = results.runs(Row { system, vectors: Vectors::Word2vec, dropout, corpus });
                runs.into_iter()
                    .filter_map(|run| {
                        let [_, on_test] = of_run(results, run)?.memorization?;
                        Some((run, on_test))
                    })
                    .collect::<Vec<_>>()
            });
            if probed.iter().all(Vec::is_empty) {
                continue;
            }
            let mut row = vec![Entry::new(network.name())];
            probed.iter().for_each(|of_corpus| row.extend(entries(of_corpus)));
            lines.push(Line::Row(row));
            table.runs.extend(probed.iter().flatten().map(|(run, _)| run.result.run_id.clone()));
        }
        if !lines.is_empty() {
            table.lines.push(Line::Group(group(framework, dropout)));
            table.lines.append(&mut lines);
        }
    }
    table.notes.push(
        "MEN: F1 of normalization, as in Table 2. MER + look-up: the spans of recognition, each with the concept that training has most \
         often for its string. Known: the share of gold mentions found, span and concept, whose string training annotates with this very \
         concept; other: the same of all other mentions."
            .to_owned(),
    );
    table
}

fn entries(probed: &[(&RunRecord, Memorization)]) -> Vec<Entry> {
    if probed.is_empty() {
        return vec![Entry::because("not probed", 5)];
    }
    let of = |value: fn(&Memorization) -> f64| median(probed.iter().map(|(_, found)| value(found)));
    let men = median(probed.iter().filter_map(|(run, _)| Some(run.result.test.as_ref()?.concept.kit.f1())));
    let n = Entry::new(probed.len().to_string());
    vec![men, of(|f| f.looked_up.f1()), of(|f| f.known.share()), of(|f| f.other.share()), n]
}
