//! The arguments that name an experiment, and what they stand for.

use crate::experiment::lookup::RegistryData;
use crate::experiment::plan::{Plan, PlanEntry};
use crate::experiment::spec_file::{Experiment, Names, load};
use crate::registry;
use crate::run::custom_corpus::CustomCorpus;
use crate::run::custom_lexicon::CustomLexicon;
use crate::run::record::{RunRecord, RunState};
use crate::run::spec::SystemKind;
use crate::run::store::{RunRequest, Store, StoreError};
use std::collections::BTreeMap;
use std::path::PathBuf;

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
    lexicons: BTreeMap<String, CustomLexicon>,
}

impl SpecArgs {
    /// # Errors
    /// When the file is wrong, its data is damaged, or a stored record is.
    pub fn read(&self) -> anyhow::Result<ExperimentContext> {
        let (corpora, embeddings, lexicons) = (registry::corpus_names(), registry::embedding_names(), registry::lexicon_names());
        let names = Names { corpora, embeddings, lexicons, tables: None, figures: None };
        let experiment = load(&self.spec, &names, &self.set)?;
        let (corpora, lexicons) = (experiment.all_corpora(), experiment.all_lexicons());
        let store = Store::new(&self.runs_dir, self.reports_dir.join("records"));
        let data = RegistryData::new(&self.data_dir, corpora.clone()).with_lexicons(lexicons.clone());
        let plan = Plan::new(&experiment, &data, &store)?;
        Ok(ExperimentContext { experiment, plan, store, corpora, lexicons })
    }
}

impl ExperimentContext {
    /// The request for each run that is to be done, with its name; the longest first.
    pub fn requests(&self) -> Vec<(RunRequest, String)> {
        let request = |entry: &PlanEntry| {
            let corpus = self.corpora.get(&entry.spec.data.corpus).cloned();
            let lexicon = self.lexicons.get(&entry.spec.options.lexicon.vocabulary).filter(|_| entry.spec.system == SystemKind::Lexicon);
            Some(RunRequest::new(entry.spec.clone(), entry.digests.clone()?, corpus).with_lexicon(lexicon.cloned()))
        };
        let entries = self.plan.longest_first().into_iter();
        entries.filter_map(|entry| Some((request(entry)?, entry.names.first()?.clone()))).collect()
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
