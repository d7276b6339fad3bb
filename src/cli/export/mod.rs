//! `mermen export`: what runs gave, in the formats of other tools.

mod model;
mod network;
mod records;
mod tensorboard;

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
pub fn run(args: Args) -> anyhow::Result<u8> {
    match args.what {
        What::Model(args) => model::run(&args),
        What::Network(args) => network::run(&args),
        What::Records(args) => records::run(args),
        What::Tensorboard(args) => tensorboard::run(args),
    }
}
