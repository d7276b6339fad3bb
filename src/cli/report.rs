//! `mermen report`: publishes finished records and redraws every table, figure and the page.

use crate::report::{self, Paper, ReportError};
use anyhow::Context;
use std::path::PathBuf;

/// Publish finished runs and redraw every table, figure and the page.
///
/// Needs no corpus, no vectors and no training: what was published is enough to draw everything again, byte for byte.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  mermen report                       publish what is in runs/, redraw reports/\n  mermen report --out /tmp/reports    redraw elsewhere")]
pub struct Args {
    /// Folder of the run store, whose finished records are published first.
    #[arg(long, value_name = "DIR", default_value = "runs")]
    runs_dir: PathBuf,
    /// Folder of the report: published records are read from and written to its `records`.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
}

/// # Errors
/// A record that does not parse, a file that cannot be written, or no record at all.
pub fn run(args: Args) -> anyhow::Result<u8> {
    let published = args.out.join("records");
    match report::load_records(std::slice::from_ref(&args.runs_dir)) {
        Ok(records) => {
            let new = report::publish::publish(&records, &published).context("cannot publish the finished runs")?;
            eprintln!("{} runs in {}, {new} of them newly published", records.len(), args.runs_dir.display());
        }
        // A fresh clone has no run store; what is published is enough.
        Err(ReportError::NoRecords(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let input = Paper::load(&args.out)?;
    if input.records.is_empty() {
        return Err(ReportError::NoRecords(vec![args.runs_dir, published]).into());
    }
    let drawn = report::paper(&input, &args.out)?;
    print!("{}", drawn.terminal_table);
    eprintln!("{} files drawn from {} records; open {}", drawn.files.len(), input.records.len(), args.out.join("index.html").display());
    Ok(0)
}
