//! `mermen export`: what runs gave, in the formats of other tools.

mod model;
mod network;
mod records;
mod tensorboard;

use crate::baseline::Systems;

/// Export what runs gave, for use elsewhere
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    Model(model::Args),
    Network(network::Args),
    Records(records::Args),
    Tensorboard(tensorboard::Args),
}

/// # Errors
/// Those of the subcommand.
pub fn run(args: Args, systems: &Systems) -> anyhow::Result<u8> {
    match args.what {
        What::Model(args) => model::run(&args),
        What::Network(args) => network::run(&args, systems),
        What::Records(args) => records::run(args, systems),
        What::Tensorboard(args) => tensorboard::run(args, systems),
    }
}
