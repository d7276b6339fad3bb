//! One table split x score: how high the same networks score when the corpus is cut otherwise and when their predictions are scored
//! otherwise, beside the paper's figures.

use super::{Column, Entry, Line, Notes, Panel, Table, figure};
use crate::evaluate::{NormalizationView, Split, ViewInput};
use crate::report::cells::Results;
use crate::report::measurement::Score;
use crate::report::paper_tables::PaperTable;
use crate::report::system::{Network, PaperCorpus, System, framework_name};
use crate::run::record::{RunRecord, RunState};
use crate::run::relevance::normalised;
use crate::run::spec::{DataSplit, Framework, RunSpec, Select, Task, TrainOn};

/// How near a figure is to the paper's where it is marked.
const NEAR: f64 = 0.02;

/// A way of cutting the corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Cut {
    Official,
    Documents,
    Sentences,
    /// Trained on all three official splits.
    All,
}

impl Cut {
    const ALL: [Self; 4] = [Self::Official, Self::Documents, Self::Sentences, Self::All];

    fn of(spec: &RunSpec) -> Option<Self> {
        match (spec.data.split, spec.data.train_on) {
            (DataSplit::Official, TrainOn::Train) => Some(Self::Official),
            (DataSplit::Documents, TrainOn::Train) => Some(Self::Documents),
            (DataSplit::Sentences, TrainOn::Train) => Some(Self::Sentences),
            (DataSplit::Official, TrainOn::All) => Some(Self::All),
            _ => None,
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Documents => "documents",
            Self::Sentences => "sentences",
            Self::All => "all",
        }
    }
}

/// The specification without how the corpus is cut and what follows from it.
fn base(spec: &RunSpec) -> RunSpec {
    let default = RunSpec::default();
    let mut base = spec.clone();
    base.seed = 0;
    base.data.split = DataSplit::Official;
    base.data.split_seed = default.data.split_seed;
    base.data.train_on = TrainOn::Train;
    base.train.select = Select::BestDev;
    base.train.epochs = default.train.epochs;
    base.train.patience = None;
    normalised(&base)
}

/// The runs of one framework on one corpus that differ in nothing but seed and cut, of several such sets the largest.
fn comparable<'a>(results: &Results<'a>, framework: Framework, corpus: PaperCorpus) -> Vec<(Cut, &'a RunRecord)> {
    let of: Vec<(Cut, RunSpec, &RunRecord)> = results
        .main
        .iter()
        .map(|(_, record)| *record)
        .chain(results.other.iter().copied())
        .filter(|record| record.result.state == RunState::Done && record.predictions.is_some())
        .filter(|record| {
            let spec = &record.result.spec;
            System::of(spec) == System { framework, network: Network::BilstmCnnsCrf }
                && PaperCorpus::of(&spec.data.corpus) == Some(corpus)
                && spec.data.limit.is_none()
        })
        .filter_map(|record| Some((Cut::of(&record.result.spec)?, base(&record.result.spec), record)))
        .collect();
    let cut_again = of.iter().filter(|(cut, _, _)| *cut != Cut::Official);
    let sizes = cut_again.map(|(_, base, _)| (of.iter().filter(|(_, other, _)| other == base).count(), base));
    // The first of the largest.
    let Some((_, chosen)) = sizes.fold(None, |best: Option<(usize, &RunSpec)>, next| match best {
        Some(best) if best.0 >= next.0 => Some(best),
        _ => Some(next),
    }) else {
        return Vec::new();
    };
    let mut runs: Vec<(Cut, &RunRecord)> =
        of.iter().filter(|(_, base, _)| base == chosen).map(|(cut, _, record)| (*cut, *record)).collect();
    runs.sort_by(|a, b| (a.1.result.spec.seed, &a.1.result.run_id).cmp(&(b.1.result.spec.seed, &b.1.result.run_id)));
    runs
}

/// Median F1 on test of each score, recognition first; `None` without a run.
fn scores(runs: &[&RunRecord]) -> Option<Vec<f64>> {
    let of_run = |run: &&RunRecord| -> Option<Vec<f64>> {
        let predictions = run.predictions.as_ref()?;
        let (split, training) = (predictions.split(Split::Test).ok()?, predictions.training_concepts());
        let input = ViewInput {
            entity_types: split.entity_types,
            gold: &split.gold.documents,
            sentences: &split.gold.sentences,
            men: &split.predicted.men,
            training: &training,
        };
        let recognition = run.result.test.as_ref()?.mention.kit.f1();
        Some(std::iter::once(recognition).chain(NormalizationView::ALL.map(|view| view.counts(&input).f1())).collect())
    };
    let found: Vec<Vec<f64>> = runs.iter().filter_map(of_run).collect();
    let columns = found.first()?.len();
    let median = |column: usize| {
        let mut values: Vec<f64> = found.iter().map(|row| row[column]).collect();
        values.sort_by(f64::total_cmp);
        (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0
    };
    Some((0..columns).map(median).collect())
}

/// Concepts by the kit on test, median over the runs, for each way of cutting the corpus that was run: official first.
pub(in crate::report) fn concept_f1(results: &Results, framework: Framework, corpus: PaperCorpus) -> Vec<(Cut, f64)> {
    let runs = comparable(results, framework, corpus);
    let of_cut = |cut: Cut| {
        let found: Vec<&RunRecord> = runs.iter().filter(|(of, _)| *of == cut).map(|(_, run)| *run).collect();
        Some((cut, Score::over(&found, Split::Test, Task::Men)?.f1.median))
    };
    Cut::ALL.into_iter().filter_map(of_cut).collect()
}

/// The table; without lines where no run cuts a corpus again.
pub(in crate::report) fn table(results: &Results) -> Table {
    let mut table = Table {
        name: "splits".to_owned(),
        caption: format!("F1 on test by split and by way of scoring ({})", Network::BilstmCnnsCrf.name()),
        stub: vec![Column::left("score")],
        ..Table::default()
    };
    let titles: Vec<&str> = std::iter::once("mentions (kit)").chain(NormalizationView::ALL.iter().map(|view| view.title())).collect();
    let mut rows: Vec<Vec<Entry>> = titles.iter().map(|title| vec![Entry::new(*title)]).collect();
    let mut counts = vec![Entry::new("runs")];
    let (mut notes, mut anything) = (Notes::default(), false);
    for corpus in PaperCorpus::ALL {
        for framework in [Framework::Pipeline, Framework::MtlBothFeedback] {
            let runs = comparable(results, framework, corpus);
            anything |= !runs.is_empty();
            let group = framework_name(framework);
            let network = Network::BilstmCnnsCrf.name();
            let paper = |task: Task| {
                PaperTable::Main.figure(&[("group", group), ("system", network), ("corpus", corpus.key()), ("task", task.key())], "f1")
            };
            let papers = [paper(Task::Mer), paper(Task::Men)];
            let mut columns = Vec::new();
            for cut in Cut::ALL {
                let of_cut: Vec<&RunRecord> = runs.iter().filter(|(of, _)| *of == cut).map(|(_, run)| *run).collect();
                columns.push(Column::right(cut.title()));
                counts.push(Entry::new(of_cut.len().to_string()));
                table.runs.extend(of_cut.iter().map(|run| run.result.run_id.clone()));
                let scores = scores(&of_cut);
                for (i, row) in rows.iter_mut().enumerate() {
                    let near = |score: f64| papers[usize::from(i > 0)].is_some_and(|paper: f64| (score - paper).abs() <= NEAR);
                    row.push(match &scores {
                        Some(scores) => Entry::new(figure(scores[i])).best(near(scores[i])),
                        None => notes.reason("not run", 1),
                    });
                }
            }
            columns.push(Column::right("paper"));
            counts.push(Entry::none());
            for (i, row) in rows.iter_mut().enumerate() {
                row.push(papers[usize::from(i > 0)].map_or_else(Entry::none, |paper| Entry::new(figure(paper))));
            }
            table.panels.push(Panel::new(format!("{}, {group}", corpus.title()), columns));
        }
    }
    if !anything {
        return table;
    }
    let mut rows = rows.into_iter().map(Line::Row);
    table.lines.push(Line::Row(counts));
    table.lines.push(Line::Group("Recognition".to_owned()));
    table.lines.extend(rows.next());
    table.lines.push(Line::Group("Normalization, the same predictions".to_owned()));
    table.lines.extend(rows);
    table.notes = notes.finish([
        "Median over the runs, each with its own seed of training and of the cut. Documents, sentences: the pooled corpus cut again, with the \
         sizes of the official splits; sentences are documents of their own then. All: trained on training, dev and test of the official \
         splits, scored on test. Bold or *: within two points of the paper's figure."
            .to_owned(),
        "ID-P: the paper prints such a tag. conlleval takes what follows a tag's first hyphen for its type, seqeval before 1.0 what follows the \
         last: of mentions with several tokens neither compares the concept then, and conlleval does not see most others. This says what gives \
         figures of which height, not how any figure was made."
            .to_owned(),
    ]);
    table
}
