//! `mermen export network`: what an experiment's networks look like.

use crate::baseline::Systems;
use crate::cli::experiment_context::SpecArgs;
use crate::cli::print;
use crate::report::networks;
use std::fmt::Write;
use std::path::PathBuf;

/// Draw the networks of an experiment, from its file alone
///
/// SVG, PNG and PDF, a column of a paper wide: encoder, heads, feedback and dropout as the specification has them. Runs whose networks look
/// the same are drawn once. Nothing is trained.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  mermen export network experiments/table5.yaml --output networks\n  mermen export network experiments/literal.yaml --set model.crf=true --output networks")]
pub struct Args {
    #[command(flatten)]
    experiment: SpecArgs,
    /// Folder to write to
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
}

/// # Errors
/// An experiment file that is wrong, a folder that cannot be written to.
pub fn run(args: &Args, systems: &Systems) -> anyhow::Result<u8> {
    let context = args.experiment.read(systems)?;
    let mut written = String::new();
    for path in networks(context.plan.entries.iter().map(|entry| &entry.spec), &args.output)? {
        writeln!(written, "{}", path.display())?;
    }
    print(&written);
    Ok(0)
}
