//! `mermen compare`: paired tests between two runs.

use crate::run::record::RunRecord;
use crate::report::{compare, load_records};
use anyhow::bail;
use clap::ValueEnum;
use std::path::PathBuf;

/// Test whether two runs differ: paired tests over the documents of test (or dev)
///
/// Differences are the first run less the second. p is of an approximate randomization test with 10,000 shuffles, the
/// interval of a paired bootstrap with 2,000 resamples. Two single runs say nothing of how another seed would do: for that,
/// see `mermen claims`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mermen compare 3f2a91 77c04e
  mermen compare 3f2a91 77c04e --dev")]
pub struct Args {
    /// Run id, or the first digits of one
    #[arg(value_name = "RUN")]
    first: String,
    /// Run id, or the first digits of one
    #[arg(value_name = "RUN")]
    second: String,
    /// Folders with run records, searched to any depth
    #[arg(long, value_name = "DIR", default_values = ["runs", "reports/records"])]
    runs_dir: Vec<PathBuf>,
    /// Compare scores on dev
    #[arg(long)]
    dev: bool,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Exit code 0, whether they differ or not.
pub fn run(args: Args) -> anyhow::Result<u8> {
    let records = load_records(&args.runs_dir)?;
    let comparison = compare::compare(find(&records, &args.first)?, find(&records, &args.second)?, args.dev)?;
    print!(
        "{}",
        match args.format {
            Format::Text => compare::text(&comparison),
            Format::Json => compare::json(&comparison)?,
        }
    );
    Ok(0)
}

/// The one run whose id starts so.
pub(super) fn find<'a>(records: &'a [RunRecord], id: &str) -> anyhow::Result<&'a RunRecord> {
    let found: Vec<&RunRecord> = records.iter().filter(|record| !id.is_empty() && record.result.run_id.starts_with(id)).collect();
    match found[..] {
        [one] => Ok(one),
        [] => {
            let near = records
                .iter()
                .map(|record| &record.result.run_id)
                .max_by(|a, b| strsim::jaro_winkler(a, id).total_cmp(&strsim::jaro_winkler(b, id)));
            let near: String = near.map(|near| near.chars().take(12).collect()).unwrap_or_default();
            bail!("no run `{id}` among {} records; the nearest is `{near}`: run ids name the folders of the run store", records.len())
        }
        _ => bail!("`{id}` fits {} runs: give more digits of the id", found.len()),
    }
}
