//! Every cell of Tables 2 to 7: the paper's figure, ours, and why where there is none.

use super::inputs::Paper;
use super::measurement::{Measurement, Score, concept_ceiling, document_interval};
use super::paper_tables::PaperTable;
use super::setting::{commonest, in_setting};
use super::system::{FRAMEWORKS, Network, PaperCorpus, Row, System, Vectors, framework_name, row_of};
use super::tables::variants::missing;
use crate::corpus::OovSubset;
use crate::evaluate::{BoundaryInconsistency, Ceilings, Split, SubsetScores};
use crate::run::record::{RunRecord, RunState};
use crate::run::spec::{DataSplit, Framework, RunSpec, SystemKind, Task, TrainOn};
use std::collections::BTreeSet;

pub(super) const SUBSETS: [OovSubset; 4] = [OovSubset::Iv, OovSubset::Ootv, OovSubset::Ooev, OovSubset::Oobv];

/// Systems of Tables 5 and 7, of which Table 7 has the first and the last.
pub(super) const ANALYSED: [Framework; 3] = [Framework::Pipeline, Framework::Mtl, Framework::MtlBothFeedback];

/// Where the figures of a row come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RowKind {
    /// Runs of this program.
    Runs,
    /// A system of others, as the paper quotes it.
    Quoted,
    /// A system of others, whose published predictions were scored here.
    Rescored,
    /// Training's strings looked up with gold spans.
    Floor,
}

/// A figure of the paper beside ours.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cell {
    pub table: u8,
    /// Part of Table 2, `embedding`, `dropout`, `subset`, ...
    pub group: String,
    pub name: String,
    pub kind: RowKind,
    /// `None` for systems of others.
    pub system: Option<System>,
    pub vectors: Option<Vectors>,
    pub dropout: Option<bool>,
    pub subset: Option<OovSubset>,
    pub corpus: PaperCorpus,
    pub task: Option<Task>,
    /// `f1`, `inconsistency of spans`, ...
    pub measure: &'static str,
    pub paper: Option<f64>,
    pub ours: Option<Measurement>,
    pub interval: Option<(f64, f64)>,
    pub ceiling: Option<f64>,
    /// Why there is no figure of ours.
    pub reason: Option<String>,
    /// Vectors stand in for the paper's.
    pub stand_in: bool,
}

impl Cell {
    /// The row's name, with where its figures come from.
    pub fn label(&self) -> String {
        match self.kind {
            RowKind::Runs | RowKind::Quoted => self.name.clone(),
            RowKind::Rescored => format!("{} (rescored)", self.name),
            RowKind::Floor => format!("{} (floor)", self.name),
        }
    }

    pub fn difference(&self) -> Option<f64> {
        Some(self.ours.as_ref()?.median - self.paper?)
    }
}

/// The paper's best normalization by one of its own systems.
pub(super) fn best_of_paper(cells: &[Cell], corpus: PaperCorpus) -> Option<f64> {
    let of = cells.iter().filter(|c| c.table == 2 && c.system.is_some() && c.corpus == corpus && c.task == Some(Task::Men));
    of.filter_map(|cell| cell.paper).max_by(f64::total_cmp)
}

/// The records that the paper's tables show, by row.
pub(super) struct Results<'a> {
    pub input: &'a Paper,
    pub setting: RunSpec,
    /// Runs in the setting, by row, then seed.
    pub main: Vec<(Row, &'a RunRecord)>,
    /// All others: ablations, trials.
    pub other: Vec<&'a RunRecord>,
}

impl<'a> Results<'a> {
    pub fn new(input: &'a Paper) -> Self {
        let on_paper_corpora = input.records.iter().map(|r| &r.result.spec).filter(|s| row_of(s).is_some());
        let setting = input.setting.clone().or_else(|| commonest(on_paper_corpora)).unwrap_or_default();
        let mut main = Vec::new();
        let mut other = Vec::new();
        for record in &input.records {
            match row_of(&record.result.spec).filter(|_| in_setting(&record.result.spec, &setting)) {
                Some(row) => main.push((row, record)),
                None => other.push(record),
            }
        }
        main.sort_by(|a, b| (a.0, a.1.result.spec.seed, &a.1.result.run_id).cmp(&(b.0, b.1.result.spec.seed, &b.1.result.run_id)));
        Self { input, setting, main, other }
    }

    pub fn runs(&self, row: Row) -> Vec<&'a RunRecord> {
        self.main.iter().filter(|(r, _)| *r == row).map(|(_, record)| *record).collect()
    }

    /// A finished run of a network on the corpus with the vectors, for what depends on these two alone.
    pub fn any_run(&self, corpus: PaperCorpus, vectors: Vectors) -> Option<&'a RunRecord> {
        let fits = |(row, record): &&(Row, &RunRecord)| {
            let neural = record.result.spec.system == SystemKind::Neural;
            neural
                && row.corpus == corpus
                && row.vectors == vectors
                && record.result.state == RunState::Done
                && record.result.test.is_some()
        };
        self.main.iter().find(fits).map(|(_, record)| *record)
    }

    /// What a closed set of concepts allows on a corpus, with the run whose record says it.
    pub fn ceilings(&self, corpus: PaperCorpus) -> Option<(&'a RunRecord, &'a Ceilings)> {
        let of_corpus = self.main.iter().map(|(_, run)| *run).filter(|run| PaperCorpus::of(&run.result.spec.data.corpus) == Some(corpus));
        of_corpus.filter_map(|run| Some((run, run.result.test_ceilings.as_ref()?))).next()
    }

    /// Of the finished networks that were trained and scored on the official splits, the one whose two F1 on dev have the highest sum.
    pub fn best_trial(&self, corpus: PaperCorpus) -> Option<&'a RunRecord> {
        let official = |run: &&RunRecord| {
            let data = &run.result.spec.data;
            run.result.spec.system == SystemKind::Neural
                && run.result.state == RunState::Done
                && run.result.test.is_some()
                && PaperCorpus::of(&data.corpus) == Some(corpus)
                && (data.split, data.train_on, data.limit) == (DataSplit::Official, TrainOn::Train, None)
        };
        let on_dev = |run: &RunRecord| run.result.dev.as_ref().map(|dev| dev.mention.kit.f1() + dev.concept.kit.f1());
        let all = self.main.iter().map(|(_, run)| *run).chain(self.other.iter().copied());
        let scored = all.filter(official).filter_map(|run| Some((on_dev(run)?, run)));
        let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.result.run_id.cmp(&a.1.result.run_id)));
        best.map(|(_, run)| run)
    }

    /// Why a row has no figure.
    fn reason(&self, row: Row) -> String {
        let runs = self.runs(row);
        let planned = self.input.not_run.iter().find(|n| row_of(&n.spec) == Some(row) && in_setting(&n.spec, &self.setting));
        match planned {
            Some(planned) if runs.is_empty() => format!("not run: {}", planned.reason),
            _ => missing(&runs, Split::Test),
        }
    }

    fn cell(&self, table: u8, row: Row, task: Task, group: String, name: String, paper: Option<f64>) -> Cell {
        let runs = self.runs(row);
        let score = Score::over(&runs, Split::Test, task);
        Cell {
            table,
            group,
            name,
            kind: RowKind::Runs,
            system: Some(row.system),
            vectors: Some(row.vectors),
            dropout: Some(row.dropout),
            subset: None,
            corpus: row.corpus,
            task: Some(task),
            measure: "f1",
            paper,
            reason: score.is_none().then(|| self.reason(row)),
            interval: score.as_ref().and_then(|s| s.interval),
            ceiling: score.as_ref().and_then(|s| s.ceiling),
            ours: score.map(|s| s.f1),
            stand_in: runs.iter().any(|r| r.result.data.embedding.stand_in),
        }
    }

    /// Tables 2 to 7, in the order of their rows.
    pub fn cells(&self) -> Vec<Cell> {
        let mut cells = self.table2();
        cells.extend(self.table3());
        cells.extend(self.table4());
        cells.extend(self.table5());
        cells.extend(self.table6());
        cells.extend(self.table7());
        cells
    }

    fn table2(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        for name in ["LeadMine", "DNorm", "TaggerOne", "Transition-based Model"] {
            // A system that this program makes too has a row of runs, beside what the paper quotes of it. Predictions that its authors published
            // have a row of their own.
            let own = self.other_systems().find(|system| system.network.name() == name);
            if let Some(own) = own {
                self.push_system(&mut cells, "previous", own);
            }
            if own.is_none() || self.input.rescored.iter().any(|rescored| rescored.system == name) {
                for (corpus, task) in corpora_and_tasks() {
                    cells.push(self.of_others(name, corpus, task));
                }
            }
        }
        let further: Vec<System> = self.other_systems().filter(|own| !cells.iter().any(|cell| cell.system == Some(*own))).collect();
        for own in further {
            self.push_system(&mut cells, "previous", own);
        }
        let idcnn = System { framework: Framework::Pipeline, network: Network::Idcnn };
        let with_characters = System { framework: Framework::Pipeline, network: Network::IdcnnCnns };
        self.push_system(&mut cells, "previous", idcnn);
        if self.main.iter().any(|(row, _)| row.system == with_characters) {
            self.push_system(&mut cells, "previous", with_characters);
        }
        for corpus in PaperCorpus::ALL {
            cells.push(self.memorizer(corpus));
        }
        for framework in FRAMEWORKS {
            for network in Network::PAPER {
                self.push_system(&mut cells, framework_name(framework), System { framework, network });
            }
        }
        cells
    }

    /// The systems other than networks of which there are runs.
    fn other_systems(&self) -> impl Iterator<Item = System> {
        let other = |(row, _): &(Row, &RunRecord)| matches!(row.system.network, Network::Other(_)).then_some(row.system);
        self.main.iter().filter_map(other).collect::<BTreeSet<System>>().into_iter()
    }

    fn push_system(&self, cells: &mut Vec<Cell>, group: &str, system: System) {
        for (corpus, task) in corpora_and_tasks() {
            let name = system.network.name();
            let paper =
                PaperTable::Main.figure(&[("group", group), ("system", name), ("corpus", corpus.key()), ("task", task.key())], "f1");
            let row = Row { system, vectors: Vectors::Word2vec, dropout: true, corpus };
            cells.push(self.cell(2, row, task, group.to_owned(), name.to_owned(), paper));
        }
    }

    fn of_others(&self, name: &str, corpus: PaperCorpus, task: Task) -> Cell {
        let paper = PaperTable::Main.figure(&[("system", name), ("corpus", corpus.key()), ("task", task.key())], "f1");
        let rescored = self.input.rescored.iter().find(|r| r.system == name && PaperCorpus::of(&r.corpus) == Some(corpus));
        let ours = rescored.map(|r| {
            let f1 = if task == Task::Mer { r.mention.f1() } else { r.concept.f1() };
            Measurement { median: f1, min: f1, max: f1, n: 1, runs: Vec::new() }
        });
        let reason = match (rescored, paper) {
            (Some(_), _) => None,
            (None, _) if name == "TaggerOne" => Some("not rescored: published predictions missing".to_owned()),
            (None, Some(_)) => Some("reported".to_owned()),
            (None, None) => Some("not reported".to_owned()),
        };
        Cell {
            table: 2,
            group: "previous".to_owned(),
            name: name.to_owned(),
            kind: if rescored.is_some() { RowKind::Rescored } else { RowKind::Quoted },
            system: None,
            vectors: None,
            dropout: None,
            subset: None,
            corpus,
            task: Some(task),
            measure: "f1",
            paper,
            ours,
            interval: rescored.and_then(|r| document_interval(&[&r.documents], task)),
            ceiling: None,
            reason,
            stand_in: false,
        }
    }

    /// The floor of any normalizer: training's strings looked up, with gold spans.
    fn memorizer(&self, corpus: PaperCorpus) -> Cell {
        let ceilings = self.any_run(corpus, Vectors::Word2vec).and_then(|r| r.result.test_ceilings.as_ref());
        let counts = ceilings.map(|c| c.memorizer);
        Cell {
            table: 2,
            group: "previous".to_owned(),
            name: "Memorizer".to_owned(),
            kind: RowKind::Floor,
            system: None,
            vectors: None,
            dropout: None,
            subset: None,
            corpus,
            task: Some(Task::Men),
            measure: "f1",
            paper: None,
            ours: counts.map(|c| Measurement { median: c.f1(), min: c.f1(), max: c.f1(), n: 1, runs: Vec::new() }),
            interval: None,
            ceiling: ceilings.map(concept_ceiling),
            reason: counts.is_none().then(|| "not run".to_owned()),
            stand_in: false,
        }
    }

    /// The paper's best model, of which Tables 3 and 4 vary one thing: their rows "Yes" and "Word2Vec" print the figures that Table 2 has
    /// for Bi-LSTM-CNNs-CRF (.8763 on BC5CDR; without a CRF .8762).
    fn headline(corpus: PaperCorpus) -> Row {
        let system = System { framework: Framework::MtlBothFeedback, network: Network::BilstmCnnsCrf };
        Row { system, vectors: Vectors::Word2vec, dropout: true, corpus }
    }

    fn table3(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        for (dropout, name) in [(false, "no"), (true, "yes")] {
            for (corpus, task) in corpora_and_tasks() {
                let paper = PaperTable::Dropout.figure(&[("dropout", name), ("corpus", corpus.key()), ("task", task.key())], "f1");
                let row = Row { dropout, ..Self::headline(corpus) };
                cells.push(self.cell(3, row, task, "dropout".to_owned(), name.to_owned(), paper));
            }
        }
        cells
    }

    fn table4(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        for vectors in Vectors::ALL {
            for (corpus, task) in corpora_and_tasks() {
                let paper =
                    PaperTable::Embeddings.figure(&[("embedding", vectors.key()), ("corpus", corpus.key()), ("task", task.key())], "f1");
                let row = Row { vectors, ..Self::headline(corpus) };
                cells.push(self.cell(4, row, task, "embedding".to_owned(), vectors.title().to_owned(), paper));
            }
        }
        cells
    }

    /// A row of Tables 5 and 7: the paper analyses Bi-LSTM-CNNs-CRF.
    fn analysed(framework: Framework, corpus: PaperCorpus) -> Row {
        Row { system: System { framework, network: Network::BilstmCnnsCrf }, ..Self::headline(corpus) }
    }

    fn table5(&self) -> Vec<Cell> {
        type View = fn(&BoundaryInconsistency) -> f64;
        let views: [(&'static str, View); 2] =
            [("inconsistency of spans", BoundaryInconsistency::spans), ("inconsistency of tokens", BoundaryInconsistency::tokens)];
        let mut cells = Vec::new();
        for framework in ANALYSED {
            let group = framework_name(framework);
            for corpus in PaperCorpus::ALL {
                let row = Self::analysed(framework, corpus);
                let paper = PaperTable::Boundary.figure(&[("group", group), ("corpus", corpus.key())], "ratio");
                for (measure, view) in views {
                    let mut cell = self.cell(5, row, Task::Mer, group.to_owned(), row.system.network.name().to_owned(), paper);
                    let runs = self.runs(row);
                    cell.ours = Measurement::over(done(&runs), |r| r.result.test.as_ref().map(|t| view(&t.boundary)));
                    (cell.task, cell.measure, cell.interval) = (None, measure, None);
                    cells.push(cell);
                }
            }
        }
        cells
    }

    fn table6(&self) -> Vec<Cell> {
        type Way = fn(&SubsetScores) -> u64;
        let ways: [(&'static str, Way); 3] =
            [("unique strings", |s| s.unique_strings), ("unique pairs", |s| s.unique_pairs), ("mentions", |s| s.mentions)];
        let mut cells = Vec::new();
        for subset in SUBSETS {
            for corpus in PaperCorpus::ALL {
                let paper = PaperTable::Subsets.figure(&[("subset", subset_name(subset)), ("corpus", corpus.key())], "unique_entities");
                let run = self.any_run(corpus, Vectors::Word2vec);
                for (measure, way) in ways {
                    let row = Self::headline(corpus);
                    let mut cell = self.cell(6, row, Task::Mer, "subset".to_owned(), subset_name(subset).to_owned(), paper);
                    let of_subset = |r: &RunRecord| r.result.test.as_ref()?.oov.iter().find(|s| s.subset == subset).map(|s| way(s) as f64);
                    cell.ours = Measurement::over(run, of_subset);
                    cell.reason = cell.ours.is_none().then(|| "no run to count from".to_owned());
                    (cell.system, cell.dropout, cell.subset, cell.task, cell.measure, cell.interval) =
                        (None, None, Some(subset), None, measure, None);
                    cells.push(cell);
                }
            }
        }
        cells
    }

    fn table7(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        for framework in [ANALYSED[0], ANALYSED[2]] {
            let group = framework_name(framework);
            for subset in SUBSETS {
                for (corpus, task) in corpora_and_tasks() {
                    let row = Self::analysed(framework, corpus);
                    let key = [("group", group), ("subset", subset_name(subset)), ("corpus", corpus.key()), ("task", task.key())];
                    let paper = PaperTable::SubsetF1.figure(&key, "f1");
                    let mut cell = self.cell(7, row, task, row.system.name(), subset_name(subset).to_owned(), paper);
                    let runs = self.runs(row);
                    cell.ours = Measurement::over(done(&runs), |r| subset_counts(r, subset, task).map(|c| c.f1()));
                    (cell.subset, cell.interval, cell.ceiling) = (Some(subset), None, None);
                    cells.push(cell);
                }
            }
        }
        cells
    }

    /// Counts behind a cell of Table 7, summed over its seeds.
    pub fn subset_sum(&self, cell: &Cell) -> Option<crate::evaluate::Counts> {
        let (system, subset, task) = (cell.system?, cell.subset?, cell.task?);
        let row = Self::analysed(system.framework, cell.corpus);
        let mut sum = crate::evaluate::Counts::default();
        for run in done(&self.runs(row)) {
            sum += subset_counts(run, subset, task)?;
        }
        Some(sum)
    }
}

fn subset_counts(record: &RunRecord, subset: OovSubset, task: Task) -> Option<crate::evaluate::Counts> {
    let scores = record.result.test.as_ref()?.oov.iter().find(|s| s.subset == subset)?;
    Some(scores.counts[task])
}

fn done<'a>(runs: &[&'a RunRecord]) -> impl Iterator<Item = &'a RunRecord> {
    runs.iter().copied().filter(|r| r.result.state == RunState::Done)
}

/// The paper's columns.
pub(super) fn corpora_and_tasks() -> impl Iterator<Item = (PaperCorpus, Task)> {
    PaperCorpus::ALL.into_iter().flat_map(|corpus| Task::ALL.map(|task| (corpus, task)))
}

pub(super) fn subset_name(subset: OovSubset) -> &'static str {
    match subset {
        OovSubset::Iv => "IV",
        OovSubset::Ootv => "OOTV",
        OovSubset::Ooev => "OOEV",
        OovSubset::Oobv => "OOBV",
    }
}
