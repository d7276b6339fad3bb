//! `mermen export`: what runs left, in the formats of other tools.

mod records;
mod tensorboard;

/// Write run records for other tools
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    Records(records::Args),
    Tensorboard(tensorboard::Args),
}

pub fn run(args: Args) -> anyhow::Result<u8> {
    match args.what {
        What::Records(args) => records::run(args),
        What::Tensorboard(args) => tensorboard::run(args),
    }
}
