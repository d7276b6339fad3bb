//! `mermen export`: what runs gave, for use elsewhere.

mod model;

use clap::Subcommand;

/// Export what runs gave, for use elsewhere
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Write a run's model into one file, with which `mermen predict` needs neither the run nor its data
    Model(model::Args),
}

/// # Errors
/// Those of the subcommand.
pub fn run(args: Args) -> anyhow::Result<u8> {
    match args.command {
        Command::Model(args) => model::run(&args),
    }
}
