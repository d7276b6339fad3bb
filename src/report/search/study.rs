//! What a search asked for, and what came of it.

use crate::experiment::spec_file::{Experiment, PlannedRun, Scale, SearchKey};
use crate::report::system::framework_name;
use crate::run::record::{RunRecord, RunState};
use crate::run::spec::RunSpec;
use serde::{Deserialize, Serialize};

/// The trials that the search of an experiment asks for: enough to find them among records again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchPlan {
    pub name: String,
    pub title: String,
    pub keys: Vec<PlannedKey>,
    pub trials: Vec<PlannedTrial>,
}

/// A key that is drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedKey {
    pub path: String,
    pub scale: Scale,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedTrial {
    /// What the matrix varies beside the corpus: the side of the comparison.
    pub side: String,
    /// Number of the setting in its search, from 1.
    pub number: usize,
    /// Each drawn key with its value.
    pub setting: Vec<(String, String)>,
    pub spec: RunSpec,
}

impl SearchPlan {
    /// The searches of an experiment and of its imports.
    pub fn of(experiment: &Experiment) -> Vec<SearchPlan> {
        let own = experiment.search.as_ref().map(|search| SearchPlan {
            name: experiment.name.clone(),
            title: experiment.title.clone().unwrap_or_else(|| experiment.name.clone()),
            keys: search.keys.iter().map(|SearchKey { path, scale }| PlannedKey { path: path.clone(), scale: *scale }).collect(),
            trials: experiment
                .runs
                .iter()
                .filter_map(|run| {
                    let number = run.setting()?;
                    let setting = search.settings.get(number - 1)?.values.clone();
                    Some(PlannedTrial { side: side(run), number, setting, spec: run.spec.clone() })
                })
                .collect(),
        });
        own.into_iter().chain(experiment.imports.iter().flat_map(Self::of)).collect()
    }
}

/// The matrix keys of a run without corpus and setting; a framework alone is named as the paper names it.
fn side(run: &PlannedRun) -> String {
    let labels: Vec<(String, String)> =
        run.labels.iter().filter(|(key, _)| !matches!(key.as_str(), "setting" | "data.corpus" | "seed")).cloned().collect();
    match &labels[..] {
        [] => framework_name(run.spec.model.framework).to_owned(),
        [(key, _)] if key == "model.framework" => framework_name(run.spec.model.framework).to_owned(),
        _ => PlannedRun { labels, spec: run.spec.clone() }.name(),
    }
}

/// Trials of one or more searches over the same keys, with their dev scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    pub name: String,
    pub title: String,
    pub keys: Vec<PlannedKey>,
    /// In the order of the matrix.
    pub sides: Vec<String>,
    pub corpora: Vec<String>,
    pub settings: Vec<Setting>,
}

/// One setting, and what each side made of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    pub number: usize,
    pub values: Vec<(String, String)>,
    /// By corpus, then side; one entry a seed.
    pub trials: Vec<Vec<Vec<Trial>>>,
    /// The specification of a trial, without what its side sets: for the next experiment.
    pub spec: RunSpec,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    pub seed: u64,
    pub outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Done {
        run: String,
        dev: DevScores,
        epochs: u64,
    },
    /// A trial that ended in an error (a loss that is not finite, for one) counts as one that found nothing.
    Failed {
        run: String,
        why: String,
    },
    NotRun,
}

/// F1 on dev as the kit counts: mentions of MER, concepts of MEN.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DevScores {
    pub mention: f64,
    pub concept: f64,
}

impl DevScores {
    /// The score that epochs and settings are chosen by.
    pub fn mean(self) -> f64 {
        (self.mention + self.concept) / 2.0
    }
}

/// One of the scores of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Mean,
    Mention,
    Concept,
}

impl Measure {
    pub const ALL: [Self; 3] = [Self::Mention, Self::Concept, Self::Mean];

    pub fn of(self, scores: DevScores) -> f64 {
        match self {
            Self::Mean => scores.mean(),
            Self::Mention => scores.mention,
            Self::Concept => scores.concept,
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Mean => "Mean of both",
            Self::Mention => "Recognition",
            Self::Concept => "Normalization",
        }
    }
}

impl Study {
    /// One study for each set of plans that draw the same keys, such as a search and its second stage on another corpus.
    pub fn all(plans: &[SearchPlan], records: &[&RunRecord]) -> Vec<Study> {
        let keys = |plan: &SearchPlan| {
            let mut keys: Vec<String> = plan.keys.iter().map(|key| key.path.clone()).collect();
            keys.sort();
            keys
        };
        let mut groups: Vec<Vec<SearchPlan>> = Vec::new();
        // `search` before `search-bc5cdr`: the first stage numbers the settings and names the study.
        let mut plans: Vec<&SearchPlan> = plans.iter().collect();
        plans.sort_by_key(|plan| (plan.name.len(), &plan.name));
        for plan in plans {
            match groups.iter_mut().find(|group| keys(&group[0]) == keys(plan)) {
                Some(group) => group.push(plan.clone()),
                None => groups.push(vec![plan.clone()]),
            }
        }
        groups.iter().filter_map(|group| Self::new(group, records)).collect()
    }

    /// The trials of these plans among the records, settings that are equal taken together. `None` where the plans have no trial.
    pub fn new(plans: &[SearchPlan], records: &[&RunRecord]) -> Option<Study> {
        let first = plans.first()?;
        let mut study = Study {
            name: first.name.clone(),
            title: first.title.clone(),
            keys: Vec::new(),
            sides: Vec::new(),
            corpora: Vec::new(),
            settings: Vec::new(),
        };
        for plan in plans {
            for key in &plan.keys {
                match study.keys.iter_mut().find(|known| known.path == key.path) {
                    // Listed values say less of how values lie than the range that they were drawn from.
                    Some(known) if known.scale == Scale::Choice => known.scale = key.scale,
                    Some(_) => {}
                    None => study.keys.push(key.clone()),
                }
            }
            for trial in &plan.trials {
                push_new(&mut study.sides, &trial.side);
                push_new(&mut study.corpora, &trial.spec.data.corpus);
            }
        }
        let empty = vec![vec![Vec::new(); study.sides.len()]; study.corpora.len()];
        for trial in plans.iter().flat_map(|plan| &plan.trials) {
            let mut values = trial.setting.clone();
            values.sort();
            let at = study.settings.iter().position(|known| known.values == values).unwrap_or_else(|| {
                let (taken, number) = (study.settings.iter().any(|known| known.number == trial.number), trial.number);
                let number = if taken { study.settings.iter().map(|known| known.number).max().unwrap_or(0) + 1 } else { number };
                study.settings.push(Setting { number, values, trials: empty.clone(), spec: trial.spec.clone() });
                study.settings.len() - 1
            });
            let side = study.sides.iter().position(|side| *side == trial.side)?;
            let corpus = study.corpora.iter().position(|corpus| *corpus == trial.spec.data.corpus)?;
            let outcome = records.iter().find(|record| record.result.spec == trial.spec).map_or(Outcome::NotRun, |record| outcome(record));
            study.settings[at].trials[corpus][side].push(Trial { seed: trial.spec.seed, outcome });
        }
        (!study.settings.is_empty()).then_some(study)
    }

    /// Settings by the mean over sides and corpora, the best first; those that some side has not made come last, by number.
    pub fn ranked(&self) -> Vec<&Setting> {
        let mut settings: Vec<&Setting> = self.settings.iter().collect();
        let rank = |setting: &Setting| setting.overall(Measure::Mean).unwrap_or(-1.0);
        settings.sort_by(|a, b| rank(b).total_cmp(&rank(a)).then(a.number.cmp(&b.number)));
        settings
    }

    /// The scores of a side on a corpus, one a setting that was made.
    pub fn scores(&self, corpus: usize, side: usize, measure: Measure) -> Vec<f64> {
        self.settings.iter().filter_map(|setting| setting.score(corpus, side, measure)).collect()
    }

    /// Ids of the runs that are shown.
    pub fn runs(&self) -> Vec<String> {
        let trials = self.settings.iter().flat_map(|setting| setting.trials.iter().flatten().flatten());
        trials
            .filter_map(|trial| match &trial.outcome {
                Outcome::Done { run, .. } | Outcome::Failed { run, .. } => Some(run.clone()),
                Outcome::NotRun => None,
            })
            .collect()
    }
}

impl Setting {
    /// Mean over seeds; `None` where no seed was run. A failed trial counts as 0.
    pub fn score(&self, corpus: usize, side: usize, measure: Measure) -> Option<f64> {
        let scores: Vec<f64> = self.trials[corpus][side]
            .iter()
            .filter_map(|trial| match &trial.outcome {
                Outcome::Done { dev, .. } => Some(measure.of(*dev)),
                Outcome::Failed { .. } => Some(0.0),
                Outcome::NotRun => None,
            })
            .collect();
        (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
    }

    /// Mean over corpora and sides, each counted alike; `None` where one of them was not made.
    pub fn overall(&self, measure: Measure) -> Option<f64> {
        let scores: Option<Vec<f64>> = self
            .trials
            .iter()
            .enumerate()
            .flat_map(|(corpus, sides)| (0..sides.len()).map(move |side| self.score(corpus, side, measure)))
            .collect();
        scores.filter(|scores| !scores.is_empty()).map(|scores| scores.iter().sum::<f64>() / scores.len() as f64)
    }

    pub fn value(&self, path: &str) -> Option<&str> {
        self.values.iter().find(|(key, _)| key == path).map(|(_, value)| value.as_str())
    }
}

fn push_new(list: &mut Vec<String>, name: &str) {
    if !list.iter().any(|known| known == name) {
        list.push(name.to_owned());
    }
}

fn outcome(record: &RunRecord) -> Outcome {
    let run = record.result.run_id.clone();
    match (&record.result.state, &record.result.dev) {
        (RunState::Failed { why }, _) => Outcome::Failed { run, why: why.clone() },
        (RunState::Done, Some(dev)) => Outcome::Done {
            run,
            dev: DevScores { mention: dev.mention.kit.f1(), concept: dev.concept.kit.f1() },
            epochs: record.result.networks.iter().map(|network| network.epochs.len() as u64).max().unwrap_or(0),
        },
        (RunState::Done, None) => Outcome::NotRun,
    }
}
