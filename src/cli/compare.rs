//! `mermen compare`: tests between two runs, or between two sets of runs.

use super::stored::{find, records};
use crate::report::compare::{self, Filter};
use crate::run::record::RunRecord;
use clap::ValueEnum;
use std::path::PathBuf;

/// Test whether two runs, or two sets of runs, differ over the documents of test (or dev)
///
/// Differences are the first side less the second. Two runs are two networks: what is found of them does not show how another
/// seed would do. A side of several runs is a method (one specification, several seeds): its mean is compared over documents and
/// seeds, with the difference that the runs could have shown and, for systems of the paper, how many runs it would take to see the
/// paper's difference.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mermen compare 3f2a91 77c04e
  mermen compare 3f2a91,c0ffee,0b5e55 77c04e,5ca1ab,1e57ed --dev
  mermen compare --where data.corpus=bc5cdr --where model.crf=true --first model.framework=mtl --second model.framework=pipeline")]
pub struct Args {
    /// Run id, or the first digits of one; several of one side are joined by commas
    #[arg(value_name = "RUN[,RUN]", required_unless_present = "only_first", conflicts_with_all = ["both", "only_first", "only_second"])]
    first: Option<String>,
    /// Run id, or the first digits of one; several of one side are joined by commas
    #[arg(value_name = "RUN[,RUN]", required_unless_present = "only_second")]
    second: Option<String>,
    /// A key of the specification that runs of both sides must have
    #[arg(long = "where", value_name = "KEY=VALUE", requires = "only_first")]
    both: Vec<String>,
    /// A key of the specification that runs of the first side must have
    #[arg(long = "first", value_name = "KEY=VALUE", requires = "only_second")]
    only_first: Vec<String>,
    /// A key of the specification that runs of the second side must have
    #[arg(long = "second", value_name = "KEY=VALUE", requires = "only_first")]
    only_second: Vec<String>,
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
    let first = side(&records, args.first.as_deref(), &[&args.both[..], &args.only_first].concat(), "first")?;
    let second = side(&records, args.second.as_deref(), &[&args.both[..], &args.only_second].concat(), "second")?;
    let comparison = compare::compare(&first, &second, args.dev)?;
    print!(
        "{}",
        match args.format {
            Format::Text => compare::text(&comparison),
            Format::Json => compare::json(&comparison)?,
        }
    );
    Ok(0)
}

/// The runs of a side, by their ids or by their keys.
fn side<'a>(
    records: &'a [RunRecord],
    ids: Option<&str>,
    filters: &[String],
    side: &'static str,
) -> anyhow::Result<Vec<&'a RunRecord>> {
    if let Some(ids) = ids {
        return ids.split(',').map(|id| find(records, id)).collect();
    }
    let filters: Vec<Filter> = filters.iter().map(|text| Filter::parse(text, records)).collect::<Result<_, _>>()?;
    Ok(compare::select(records, &filters, side)?)
}
