//! `mermen compare`: paired tests between two runs.

use super::stored::{find, records};
use crate::report::compare;
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
    let records = records(&args.runs_dir)?;
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
