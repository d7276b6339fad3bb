//! `mermen claims`: what the runs say to the paper's claims.

use super::say;
use super::stored::found;
use crate::experiment::claims_file;
use crate::run::record::RunRecord;
use crate::report::claims::{self, Verdict};
use crate::report::setting;
use crate::run::store::StoreError;
use clap::ValueEnum;
use std::path::PathBuf;

/// Judge each claim of the paper by the runs made so far, and audit the paper's own numbers
///
/// Needs no corpus and no model: run records are enough. Claims that no run speaks to are "not run". docs/claims.md
/// explains how a verdict is reached.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mermen claims
  mermen claims --strict --format json")]
pub struct Args {
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
}

/// Exit code 0; with `--strict` 1 where a claim is not supported.
pub fn run(args: Args) -> anyhow::Result<u8> {
    let file = claims_file::read(&args.claims)?;
    let records = records(&args.runs_dir)?;
    let setting = setting::commonest(records.iter().map(|record| &record.result.spec)).unwrap_or_default();
    let report = claims::judge(&file, &records, &setting);
    print!(
        "{}",
        match args.format {
            Format::Text => claims::text(&report, args.all),
            Format::Markdown => claims::markdown(&report),
            Format::Json => claims::json(&report)?,
        }
    );
    let all_supported = report.count(Verdict::Supported) == report.claims.len();
    Ok(u8::from(args.strict && !all_supported))
}

/// Without a single record there is still the audit to show.
fn records(folders: &[PathBuf]) -> Result<Vec<RunRecord>, StoreError> {
    let records = found(folders)?;
    if records.is_empty() {
        say("no run records yet: every claim about runs is \"not run\"");
    }
    Ok(records)
}
