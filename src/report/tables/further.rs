//! Tables beyond the paper's: settings, other settings tried, cost, spread over seeds, and one system under every metric.

use super::{Column, Entry, Line, Panel, Table, figure};
use crate::evaluate::{Split, SplitScores};
use crate::report::cells::{Cell, Results};
use crate::report::measurement::{Measurement, kit_counts, processor_minutes, processor_speed};
use crate::report::setting::{differences, flat};
use crate::report::system::{PaperCorpus, Row, Vectors, framework_name};
use crate::run::record::{RunRecord, RunState};
use crate::run::spec::{RunSpec, Task};

fn plain(name: &str, caption: &str, stub: Vec<Column>, columns: Vec<Column>) -> Table {
    Table { name: name.to_owned(), caption: caption.to_owned(), stub, panels: vec![Panel::new("", columns)], ..Table::default() }
}

/// Every key of the setting that the paper's tables were run in, with the program's default.
pub(in crate::report) fn settings(results: &Results) -> Table {
    let mut table = plain(
        "settings",
        "The setting of the paper's tables, key by key",
        vec![Column::left("key")],
        vec![Column::left("value"), Column::left("default")],
    );
    let default = flat(&RunSpec::default());
    for (key, value) in flat(&results.setting) {
        if matches!(key.as_str(), "seed" | "data.corpus" | "embedding.name" | "model.framework" | "model.encoder" | "model.crf") {
            continue;
        }
        let usual = default.get(&key).cloned().unwrap_or_else(|| "-".to_owned());
        table.lines.push(Line::Row(vec![Entry::new(key), Entry::new(&value).best(value != usual), Entry::new(usual)]));
    }
    table.notes.push("Bold or *: differs from the default. Rows of the paper's tables vary framework, encoder, character features, CRF, vectors and dropout.".to_owned());
    table
}

/// Runs in other settings than that of the paper's tables, by what sets them apart.
pub(in crate::report) fn other_settings(results: &Results) -> Table {
    let mut table = plain(
        "other-settings",
        "Runs in other settings (F1 on dev, by which settings are chosen, and on test)",
        vec![Column::left("system and what differs"), Column::left("corpus"), Column::right("n")],
        ["dev mer", "dev men", "test mer", "test men"].map(Column::right).to_vec(),
    );
    let base = flat(&results.setting);
    for variant in super::variants::variants(&results.other) {
        let spec = &variant.runs[0].result.spec;
        let named = ["seed=", "data.corpus=", "model.framework=", "model.encoder=", "model.crf=", "model.char_cnn=", "train.threads="];
        let differs: Vec<String> = differences(&flat(spec), &base)
            .into_iter()
            .filter(|d| !named.iter().any(|n| d.starts_with(n)))
            .filter(|d| spec.model.char_cnn.is_some() || !d.starts_with("model.char_cnn"))
            .collect();
        let name = std::iter::once(variant.system.name().replace('+', " ")).chain(differs).collect::<Vec<_>>().join(" ");
        let mut row = vec![Entry::new(name), Entry::new(variant.corpus)];
        let done = variant.runs.iter().filter(|r| r.result.state == RunState::Done).count();
        row.push(Entry::new(done.to_string()));
        if done == 0 {
            let number = table.notes.len() + 1;
            table.notes.push(format!("[{number}] {}", super::variants::missing(&variant.runs, Split::Dev)));
            row.push(Entry::because(format!("no figure [{number}]"), 4));
        } else {
            for split in Split::ALL {
                for task in Task::ALL {
                    let f1 = Measurement::over(variant.runs.iter().copied(), |r| r.result.scores(split).map(|s| kit_counts(s, task).f1()));
                    row.push(f1.map_or_else(Entry::none, |m| Entry::new(figure(m.median))));
                }
            }
        }
        table.runs.extend(variant.runs.iter().map(|r| r.result.run_id.clone()));
        table.lines.push(Line::Row(row));
    }
    table
}

/// What each variant costs to train.
pub(in crate::report) fn cost(results: &Results) -> Table {
    let columns = || ["tokens/s", "minutes", "MiB"].map(Column::right).to_vec();
    let mut table = plain(
        "cost",
        "Cost of training a variant (median over its runs)",
        vec![Column::left("system"), Column::right("parameters")],
        columns(),
    );
    table.panels = PaperCorpus::ALL.iter().map(|c| Panel::new(c.title(), columns())).collect();
    let mut systems: Vec<_> = results.main.iter().map(|(row, _)| (row.system, row.vectors)).collect();
    systems.sort();
    systems.dedup();
    let mut group = "";
    for (system, vectors) in systems {
        let framework = framework_name(system.framework);
        if framework != group {
            table.lines.push(Line::Group(framework.to_owned()));
            group = framework;
        }
        let runs = |corpus| results.runs(Row { system, vectors, dropout: true, corpus });
        let parameters =
            PaperCorpus::ALL.iter().find_map(|c| Some(runs(*c).first()?.result.networks.iter().map(|n| n.parameters).sum::<u64>()));
        let name = if vectors == Vectors::Word2vec {
            system.network.name().to_owned()
        } else {
            format!("{} {}", system.network.name(), vectors.title())
        };
        let mut row = vec![Entry::new(name), parameters.map_or_else(Entry::none, |p| Entry::new(p.to_string()))];
        for corpus in PaperCorpus::ALL {
            let of = runs(corpus);
            let median = |value: fn(&RunRecord) -> Option<f64>| {
                Measurement::over(of.iter().copied().filter(|r| r.result.state == RunState::Done), value).map(|m| m.median)
            };
            let Some(memory) = median(|r| Some(r.measured.peak_memory_mib)) else {
                row.push(Entry::because("not run", 3));
                continue;
            };
            table.runs.extend(of.iter().map(|r| r.result.run_id.clone()));
            // Records from before processor time was measured have none.
            let measured = |value: Option<f64>, digits: usize| value.map_or_else(Entry::none, |v| Entry::new(format!("{v:.digits$}")));
            row.extend([measured(median(processor_speed), 0), measured(median(processor_minutes), 1), measured(Some(memory), 0)]);
        }
        table.lines.push(Line::Row(row));
    }
    let mut hosts: Vec<String> = results.main.iter().map(|(_, r)| format!("{} ({})", r.measured.device, r.measured.cpu_path)).collect();
    hosts.sort();
    hosts.dedup();
    table.notes.push(format!(
        "Trained on: {}. Parameters of a pipeline are those of both networks. Speed and minutes are of processor time: other processes shared the machine.",
        hosts.join(", ")
    ));
    table
}

/// How far seeds spread, for every cell of Table 2 with more than one.
pub(in crate::report) fn seeds(results: &Results, cells: &[Cell]) -> Table {
    let columns = ["n", "min", "median", "max", "mean", "sd"].map(Column::right).to_vec();
    let mut table = plain(
        "seeds",
        "Spread over seeds (F1 on test)",
        vec![Column::left("system"), Column::left("corpus"), Column::left("task")],
        columns,
    );
    let mut group = "";
    for cell in cells.iter().filter(|c| c.table == 2) {
        let (Some(ours), Some(system), Some(task)) = (&cell.ours, cell.system, cell.task) else { continue };
        if ours.n < 2 {
            continue;
        }
        let row = Row { system, vectors: Vectors::Word2vec, dropout: true, corpus: cell.corpus };
        let values: Vec<f64> = results
            .runs(row)
            .iter()
            .filter(|r| ours.runs.contains(&r.result.run_id))
            .filter_map(|r| Some(kit_counts(r.result.test.as_ref()?, task).f1()))
            .collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let deviation = (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (values.len() - 1) as f64).sqrt();
        table.runs.extend(ours.runs.iter().cloned());
        let framework = framework_name(system.framework);
        if framework != group {
            table.lines.push(Line::Group(framework.to_owned()));
            group = framework;
        }
        table.lines.push(Line::Row(vec![
            Entry::new(system.network.name()),
            Entry::new(cell.corpus.title()),
            Entry::new(if task == Task::Mer { "MER" } else { "MEN" }),
            Entry::new(ours.n.to_string()),
            Entry::new(figure(ours.min)),
            Entry::new(figure(ours.median)),
            Entry::new(figure(ours.max)),
            Entry::new(figure(mean)),
            Entry::new(figure(deviation)),
        ]));
    }
    table.runs.sort();
    table.runs.dedup();
    table
        .notes
        .push("sd: sample standard deviation. Rows with a single seed are left out: one seed says nothing of the spread.".to_owned());
    table
}

/// Our best system under every view of its predictions, beside the paper's best figure.
pub(in crate::report) fn forensics(results: &Results, cells: &[Cell]) -> Table {
    type View = fn(&SplitScores) -> f64;
    let views: [(&str, Option<View>, Option<View>); 6] = [
        ("kit (the tables' figure)", Some(|s| s.mention.kit.f1()), Some(|s| s.concept.kit.f1())),
        ("kit, predictions in all documents", Some(|s| s.mention.all_documents.f1()), Some(|s| s.concept.all_documents.f1())),
        ("span with its whole concept", None, Some(|s| s.mention_concept.f1())),
        ("token rows, strict entities", Some(|s| s.token.mer.f1()), Some(|s| s.token.men.f1())),
        ("token accuracy, O included", Some(|s| s.accuracy.mer), Some(|s| s.accuracy.men)),
        ("concepts seen in training only", None, Some(|s| s.seen_concepts.f1())),
    ];
    let columns = Task::ALL.map(|t| Column::right(if t == Task::Mer { "MER" } else { "MEN" })).to_vec();
    let mut table = plain(
        "metrics",
        "Our best system under every definition of the score, beside the paper's best (test)",
        vec![Column::left("view")],
        columns,
    );
    let columns = table.panels[0].columns.clone();
    table.panels = PaperCorpus::ALL.iter().map(|c| Panel::new(c.title(), columns.clone())).collect();
    let best = PaperCorpus::ALL.map(|corpus| best_on_dev(results, corpus));
    let mut paper = vec![Entry::new("the paper's best")];
    for corpus in PaperCorpus::ALL {
        for task in Task::ALL {
            let of = cells.iter().filter(|c| c.table == 2 && c.corpus == corpus && c.task == Some(task)).filter_map(|c| c.paper);
            paper.push(Entry::new(figure(of.fold(0.0, f64::max))));
        }
    }
    for (title, mer, men) in views {
        let mut row = vec![Entry::new(title)];
        for run in best {
            match run.and_then(|r| r.result.test.as_ref()) {
                Some(scores) => row.extend(
                    [mer, men].map(|view| view.map_or_else(|| Entry::because("no concepts", 1), |v| Entry::new(figure(v(scores))))),
                ),
                None => row.push(Entry::because("not run", 2)),
            }
        }
        table.lines.push(Line::Row(row));
    }
    table.lines.push(Line::Row(paper));
    for (corpus, run) in PaperCorpus::ALL.into_iter().zip(best) {
        if let Some(run) = run {
            let system = crate::report::system::System::of(&run.result.spec);
            table.runs.push(run.result.run_id.clone());
            table.notes.push(format!(
                "{}: {}, seed {}, best on dev (mean of both F1).",
                corpus.title(),
                system.name(),
                run.result.spec.seed
            ));
        }
    }
    table
}

fn best_on_dev<'a>(results: &Results<'a>, corpus: PaperCorpus) -> Option<&'a RunRecord> {
    let on_dev = |r: &RunRecord| r.result.dev.as_ref().map_or(0.0, |s| Task::ALL.iter().map(|t| kit_counts(s, *t).f1()).sum::<f64>());
    let runs = results.main.iter().filter(|(row, r)| row.corpus == corpus && r.result.state == RunState::Done && r.result.test.is_some());
    runs.map(|(_, r)| (on_dev(r), *r)).reduce(|a, b| if b.0 > a.0 { b } else { a }).map(|b| b.1)
}
