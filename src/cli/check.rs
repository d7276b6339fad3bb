//! `mermen check`: whether scores have moved since the baseline was made.

use crate::experiment::record::{PROTOCOL, RunRecord, RunState};
use crate::experiment::spec_file::{self, Experiment, Names};
use crate::experiment::store::write_atomically;
use crate::registry;
use crate::report::drift::{self, Baseline, BaselineError, Options, Standing};
use crate::report::{ReportError, load_records};
use anyhow::{Context, bail};
use clap::ValueEnum;
use std::path::{Path, PathBuf};

/// Compare the scores of an experiment with a baseline
///
/// Scores are compared where specification, data and metric definition are those of the baseline. Exit code 0: within
/// tolerance; 1: scores have moved; 2: they cannot be compared, or the baseline is malformed; 3: a run failed.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Experiment file
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// Scores to compare with (CSV)
    #[arg(long, value_name = "FILE", default_value = "reports/baseline/drift.csv")]
    baseline: PathBuf,
    /// Make the baseline anew from the runs, keep its tolerances, and print what changed
    #[arg(long)]
    update: bool,
    /// Gains and new scores fail too
    #[arg(long)]
    strict: bool,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Folders with run records, searched to any depth
    #[arg(long, value_name = "DIR", default_values = ["runs", "reports/records"])]
    runs_dir: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
    Junit,
}

/// Exit code as above; what is wrong with spec, baseline or records is an error (2).
pub fn run(args: Args) -> anyhow::Result<u8> {
    let names = Names { corpora: registry::corpus_names(), embeddings: registry::embedding_names(), tables: None, figures: None };
    let experiment = spec_file::load(&args.spec, &names, &[])?;
    let stored = match load_records(&args.runs_dir) {
        Err(ReportError::NoRecords(_)) => Vec::new(),
        other => other?,
    };
    let records = records_of(&experiment, &stored);
    let asked = distinct(&experiment);
    if records.len() < asked {
        bail!(
            "{} of the {asked} runs of {} are not made: make them with `mermen run {}`",
            asked - records.len(),
            args.spec.display(),
            args.spec.display()
        );
    }
    if args.update { update(&args, &records) } else { check(&args, &records) }
}

fn check(args: &Args, records: &[RunRecord]) -> anyhow::Result<u8> {
    let report = drift::check(records, &Baseline::read(&args.baseline)?, Options { strict: args.strict });
    print!(
        "{}",
        match args.format {
            Format::Text => drift::text(&report),
            Format::Markdown => drift::markdown(&report),
            Format::Json => drift::json(&report)?,
            Format::Junit => drift::junit(&report),
        }
    );
    Ok(report.exit_code())
}

fn update(args: &Args, records: &[RunRecord]) -> anyhow::Result<u8> {
    let failed = drift::check(records, &Baseline::default(), Options::default());
    if failed.count(Standing::RunFailed) > 0 {
        eprint!("{}", drift::text(&failed));
        eprintln!("the baseline is left as it was: a run failed");
        return Ok(failed.exit_code());
    }
    let old = match Baseline::read(&args.baseline) {
        Err(BaselineError::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Baseline::default(),
        other => other?,
    };
    let new = Baseline::of(records, Some(&old));
    write(&args.baseline, &new.to_csv())?;
    let changes = drift::changes(&old, &new);
    for change in &changes {
        println!("{change}");
    }
    println!("{}: {} scores, {} changed", args.baseline.display(), new.rows.len(), changes.len());
    Ok(0)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let failed = || format!("cannot write the baseline {}: check that its folder may be written to and that the disk has room", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(failed)?;
    }
    write_atomically(path, text.as_bytes()).with_context(failed)
}

/// The records of the experiment's runs, in its order, each once; a run without a record is left out.
fn records_of(experiment: &Experiment, stored: &[RunRecord]) -> Vec<RunRecord> {
    let mut records: Vec<RunRecord> = Vec::new();
    for run in experiment.all_runs() {
        let mut fits: Vec<&RunRecord> =
            stored.iter().filter(|record| record.result.spec == run.spec && record.result.protocol == PROTOCOL).collect();
        // A run that failed and was made again counts as made.
        fits.sort_by_key(|record| record.result.state != RunState::Done);
        if let Some(record) = fits.first()
            && !records.iter().any(|known| known.result.run_id == record.result.run_id)
        {
            records.push((*record).clone());
        }
    }
    records
}

fn distinct(experiment: &Experiment) -> usize {
    let mut specs = Vec::new();
    for run in experiment.all_runs() {
        if !specs.contains(&&run.spec) {
            specs.push(&run.spec);
        }
    }
    specs.len()
}
