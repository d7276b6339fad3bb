//! `mermen search`: what a random search found, by dev.

use super::experiment_context::SpecArgs;
use super::{print, say};
use crate::baseline::Systems;
use crate::report::search::{SearchPlan, Study, best_setting, draw, next_experiment};
use crate::run::record::RunRecord;
use anyhow::{Context, bail};
use std::path::PathBuf;

/// Show what a random search found: its trials, the expected best by the number of trials, the best setting
///
/// Reads dev scores of the runs that are done, never test scores. Files that search the same settings on several corpora are taken together:
/// settings are then ranked by their mean over sides and corpora.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  mermen search experiments/search.yaml
  mermen search experiments/search.yaml --best
  mermen search experiments/search.yaml --top 4 --corpus bc5cdr > experiments/search-bc5cdr.yaml
  mermen search experiments/search.yaml experiments/search-bc5cdr.yaml --best")]
pub struct Args {
    /// Experiment files with a `search`
    #[arg(value_name = "SPEC", required = true)]
    specs: Vec<PathBuf>,
    /// Folder of corpora and embeddings
    #[arg(long, env = "MERMEN_DATA", default_value = "data", value_name = "DIR")]
    data_dir: PathBuf,
    /// Folder of the run store
    #[arg(long, default_value = "runs", value_name = "DIR")]
    runs_dir: PathBuf,
    /// Folder of reports; tables and figures are drawn into its folder of the first experiment's name
    #[arg(long, default_value = "reports", value_name = "DIR")]
    reports_dir: PathBuf,
    /// Print the best setting as YAML, and draw nothing
    #[arg(long, conflicts_with = "top")]
    best: bool,
    /// Print an experiment file that makes, with every side, the settings among the N best of any side, and draw nothing
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    top: Option<u32>,
    /// Corpus of that file [default: that of SPEC]
    #[arg(long, value_name = "NAME", requires = "top")]
    corpus: Option<String>,
}

/// # Errors
/// An experiment file that is wrong or has no search, a damaged record, or no finished run where a setting is asked for.
pub fn run(args: Args, systems: &Systems) -> anyhow::Result<u8> {
    let (mut plans, mut records): (Vec<SearchPlan>, Vec<RunRecord>) = (Vec::new(), Vec::new());
    for spec in &args.specs {
        let spec_args = SpecArgs {
            spec: spec.clone(),
            data_dir: args.data_dir.clone(),
            runs_dir: args.runs_dir.clone(),
            reports_dir: args.reports_dir.clone(),
            set: Vec::new(),
        };
        let context = spec_args.read(systems)?;
        let own = SearchPlan::of(&context.experiment);
        if own.is_empty() {
            bail!("{} has no `search`: `mermen run` draws its report", spec.display());
        }
        plans.extend(own);
        records.extend(context.records()?);
    }
    let records: Vec<&RunRecord> = records.iter().collect();
    let study = Study::new(&plans, &records).context("the search has no trial")?;
    if args.best {
        let unfinished = "no setting was made by every side on every corpus yet: `mermen run` makes the search's runs";
        print(&best_setting(&study).context(unfinished)?);
    } else if let Some(top) = args.top {
        if let Some(corpus) = args.corpus.as_deref()
            && !crate::registry::corpus_names().iter().any(|name| name == corpus)
        {
            bail!("`{corpus}` is not a corpus of the registry; expected one of {}", crate::registry::corpus_names().join(", "));
        }
        let from = args.specs[0].file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("{}-{}", study.name, args.corpus.as_deref().unwrap_or("again"));
        let text = next_experiment(&study, &name, &from, top as usize, args.corpus.as_deref());
        print(&text.context("no run of the search is done yet: `mermen run` makes them")?);
    } else {
        let out = args.reports_dir.join(&study.name);
        let drawn = draw(&study, &out)?;
        print(&drawn.terminal_table);
        say(&format!("{} files in {}", drawn.files.len(), out.display()));
    }
    Ok(0)
}
