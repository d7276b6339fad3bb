//! `mermen claims`: what the runs say to the paper's claims.

use super::experiment_context::names;
use super::say;
use super::stored::found;
use crate::baseline::Systems;
use crate::experiment::claims_file::{self, ClaimsFile};
use crate::experiment::spec_file::{Names, load};
use crate::report::claims::{self, ClaimsReport, ReadingSetting, Verdict};
use crate::report::{row_of, setting};
use crate::run::record::RunRecord;
use crate::run::store::StoreError;
use anyhow::bail;
use clap::ValueEnum;
use std::path::{Path, PathBuf};

/// Judge each claim of the paper by the runs made so far, and audit the paper's own numbers; or the claims of an experiment of your own
///
/// Needs no corpus and no model: run records are enough. Each claim is judged under every reading of the paper that the
/// claims file names; a verdict is robust where they agree. Claims that no run speaks to are "not run". docs/claims.md explains
/// how a verdict is reached.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mermen claims
  mermen claims --all
  mermen claims own.yaml                the claims that own.yaml makes about its runs
  mermen claims --strict --format junit > claims.xml")]
pub struct Args {
    /// Experiment file whose own `claims` are judged by its runs, without the audit of the paper
    #[arg(value_name = "SPEC", conflicts_with = "claims")]
    spec: Option<PathBuf>,
    /// File that states the claims
    #[arg(long, value_name = "FILE", default_value = "experiments/claims.yaml")]
    claims: PathBuf,
    /// Folders with run records, searched to any depth
    #[arg(long, value_name = "DIR", default_values = ["runs", "reports/records"])]
    runs_dir: Vec<PathBuf>,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Show every comparison in the text too
    #[arg(long)]
    all: bool,
    /// Exit 1 unless every claim is supported
    #[arg(long)]
    strict: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
    /// A test case a claim, for a build server
    Junit,
}

/// Exit code 0; with `--strict` 1 where a claim is not supported.
pub fn run(args: Args, systems: &Systems) -> anyhow::Result<u8> {
    let names = names(systems);
    let report = match &args.spec {
        Some(spec) => own(spec, &args.runs_dir, &names)?,
        None => {
            let file = claims_file::read(&args.claims)?;
            let records = records(&args.runs_dir)?;
            claims::judge(&file, &records, &readings(&file, &records, &names)?)
        }
    };
    print!(
        "{}",
        match args.format {
            Format::Text => claims::text(&report, args.all),
            Format::Markdown => claims::markdown(&report),
            Format::Json => claims::json(&report)?,
            Format::Junit => claims::junit(&report),
        }
    );
    let all_supported = report.count(Verdict::Supported) == report.claims.len();
    Ok(u8::from(args.strict && !all_supported))
}

/// The claims that an experiment file makes, judged by the records of its runs.
fn own(spec: &Path, runs_dirs: &[PathBuf], names: &Names) -> anyhow::Result<ClaimsReport> {
    let experiment = load(spec, names, &[])?;
    let Some(file) = &experiment.claims else {
        bail!("{} makes no claims: write them under `claims`, or name a file of claims there (docs/claims.md)", spec.display());
    };
    let (runs, records) = (experiment.all_runs(), records(runs_dirs)?);
    let of_experiment = records.iter().filter(|record| runs.iter().any(|run| run.spec == record.result.spec));
    judge_own(file, &of_experiment.cloned().collect::<Vec<_>>(), names)
}

/// Judges an experiment's own claims by the records of its runs.
///
/// # Errors
/// As [`readings`].
pub(super) fn judge_own(file: &ClaimsFile, records: &[RunRecord], names: &Names) -> anyhow::Result<ClaimsReport> {
    Ok(claims::judge_own(file, records, &readings(file, records, names)?))
}

/// The setting of each reading: that of most runs of its experiment that stand in the paper's tables.
///
/// # Errors
/// An experiment file that is wrong. One that is not there is a reading that is not run.
pub(super) fn readings(file: &ClaimsFile, records: &[RunRecord], names: &Names) -> anyhow::Result<Vec<ReadingSetting>> {
    let mut readings = Vec::new();
    for reading in &file.readings {
        let setting = match &reading.experiment {
            None => Ok(setting::commonest(records.iter().map(|record| &record.result.spec)).unwrap_or_default()),
            Some(path) if !path.exists() => Err(format!("there is no {}", path.display())),
            Some(path) => {
                let experiment = load(path, names, &[])?;
                let runs = experiment.all_runs();
                let of_paper = runs.iter().map(|run| &run.spec).filter(|spec| row_of(spec).is_some());
                setting::commonest(of_paper).ok_or_else(|| format!("{} has no run of the paper's tables", path.display()))
            }
        };
        readings.push(ReadingSetting { name: reading.name.clone(), beside: reading.beside, setting });
    }
    Ok(readings)
}

/// Without a single record there is still the audit to show.
fn records(folders: &[PathBuf]) -> Result<Vec<RunRecord>, StoreError> {
    let records = found(folders)?;
    if records.is_empty() {
        say("no run records yet: every claim about runs is \"not run\"");
    }
    Ok(records)
}
