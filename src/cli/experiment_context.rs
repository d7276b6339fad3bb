//! The arguments that name an experiment, and what they stand for.

use super::claims::judge_own;
use super::say;
use crate::baseline::Systems;
use crate::experiment::lookup::RegistryData;
use crate::experiment::plan::{Plan, PlanEntry, RunStatus};
use crate::experiment::spec_file::{Experiment, Names, load};
use crate::registry;
use crate::report::experiment::{ExperimentReport, Outcome};
use crate::run::custom_corpus::CustomCorpus;
use crate::run::custom_embedding::CustomEmbedding;
use crate::run::custom_lexicon::CustomLexicon;
use crate::run::record::{RunRecord, RunState};
use crate::run::store::{RunRequest, Store, StoreError};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct SpecArgs {
    /// The experiment file
    #[arg(value_name = "SPEC")]
    pub spec: PathBuf,
    /// Folder of corpora and embeddings
    #[arg(long, env = "MERMEN_DATA", default_value = "data", value_name = "DIR")]
    pub data_dir: PathBuf,
    /// Folder of the run store
    #[arg(long, default_value = "runs", value_name = "DIR")]
    pub runs_dir: PathBuf,
    /// Folder of reports; published records are in its `records`
    #[arg(long, default_value = "reports", value_name = "DIR")]
    pub reports_dir: PathBuf,
    /// Lay a value over every run, as in `train.epochs=3`; may be given more than once
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

/// An experiment, its plan, and the store that its runs are in.
pub struct ExperimentContext {
    pub experiment: Experiment,
    pub plan: Plan,
    pub store: Store,
    corpora: BTreeMap<String, CustomCorpus>,
    embeddings: BTreeMap<String, CustomEmbedding>,
    lexicons: BTreeMap<String, CustomLexicon>,
    /// What experiment files may name.
    names: Names,
}

/// What experiment files may name beside what they define: data of the registry, systems of the program.
pub fn names(systems: &Systems) -> Names {
    Names {
        corpora: registry::corpus_names(),
        embeddings: registry::embedding_names(),
        lexicons: registry::lexicon_names(),
        systems: systems.names(),
    }
}

impl SpecArgs {
    /// # Errors
    /// When the file is wrong, its data is damaged, or a stored record is.
    pub fn read(&self, systems: &Systems) -> anyhow::Result<ExperimentContext> {
        let names = names(systems);
        let experiment = load(&self.spec, &names, &self.set)?;
        let (corpora, embeddings, lexicons) = (experiment.all_corpora(), experiment.all_embeddings(), experiment.all_lexicons());
        let data = RegistryData::new(&self.data_dir, corpora.clone()).with_embeddings(embeddings.clone()).with_lexicons(lexicons.clone());
        let store = Store::new(&self.runs_dir, self.reports_dir.join("records"));
        let plan = Plan::new(&experiment, &data, &store)?;
        Ok(ExperimentContext { experiment, plan, store, corpora, embeddings, lexicons, names })
    }
}

impl ExperimentContext {
    /// The request for each run that is to be done, with its name; the longest first.
    pub fn requests(&self) -> Vec<(RunRequest, String)> {
        let request = |entry: &PlanEntry| {
            let corpus = self.corpora.get(&entry.spec.data.corpus).cloned();
            let embedding = self.embeddings.get(&entry.spec.embedding.name).cloned();
            let lexicon = self.lexicons.get(&entry.spec.options.lexicon.vocabulary).filter(|_| entry.spec.system.has_vocabulary());
            let request = RunRequest::new(entry.spec.clone(), entry.digests.clone()?, corpus);
            Some(request.with_embedding(embedding).with_lexicon(lexicon.cloned()))
        };
        let entries = self.plan.longest_first().into_iter();
        entries.filter_map(|entry| Some((request(entry)?, entry.names.first()?.clone()))).collect()
    }

    /// A file of word vectors that the experiment brings and a run lacks.
    ///
    /// # Errors
    /// The first such file: nothing of an experiment is made without the files that it names itself.
    pub fn own_vectors_are_here(&self) -> anyhow::Result<()> {
        for entry in &self.plan.entries {
            let own = self.embeddings.get(&entry.spec.embedding.name);
            if let (RunStatus::NotRun(why), Some(own)) = (&entry.status, own)
                && !own.file.exists()
            {
                anyhow::bail!("{why}");
            }
        }
        Ok(())
    }

    /// What became of each run, in the order of the plan.
    ///
    /// # Errors
    /// When a record is damaged.
    pub fn outcomes(&self) -> Result<Vec<Outcome>, StoreError> {
        let runs = self.experiment.all_runs();
        let outcome = |entry: &PlanEntry| {
            let label = runs.iter().filter(|run| run.spec == entry.spec).find_map(|run| run.label()).map(str::to_owned);
            let why = if let RunStatus::NotRun(why) = &entry.status { why.clone() } else { String::new() };
            let record = entry.id.as_ref().map(|id| self.store.record(id)).transpose()?.flatten();
            Ok(Outcome { spec: entry.spec.clone(), label, record, why })
        };
        self.plan.entries.iter().map(outcome).collect()
    }

    /// The experiment's table for standard output; its tables, figures and page are drawn into the folder `REPORTS/NAME`. `None` where no run
    /// is done: there is nothing to draw.
    ///
    /// # Errors
    /// A damaged record, or a file that cannot be written.
    pub fn draw(&self, reports: &Path) -> anyhow::Result<Option<String>> {
        let outcomes = self.outcomes()?;
        if !outcomes.iter().filter_map(|outcome| outcome.record.as_ref()).any(|record| record.result.state == RunState::Done) {
            return Ok(None);
        }
        let out = reports.join(&self.experiment.name);
        let records: Vec<RunRecord> = outcomes.iter().filter_map(|outcome| outcome.record.clone()).collect();
        let claims = self.experiment.claims.as_ref().map(|file| judge_own(file, &records, &self.names)).transpose()?;
        let drawn = ExperimentReport { experiment: &self.experiment, outcomes: &outcomes, claims: claims.as_ref() }.draw(&out)?;
        say(&format!("{} files in {}; open {}", drawn.files.len(), out.display(), out.join("index.html").display()));
        Ok(Some(drawn.terminal_table))
    }

    /// Records of the runs that are done, in the order of the plan.
    ///
    /// # Errors
    /// When a record is damaged.
    pub fn records(&self) -> Result<Vec<RunRecord>, StoreError> {
        let mut records = Vec::new();
        for id in self.plan.entries.iter().filter_map(|entry| entry.id.as_ref()) {
            records.extend(self.store.record(id)?.filter(|record| record.result.state == RunState::Done));
        }
        Ok(records)
    }
}
