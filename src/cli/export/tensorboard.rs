//! `mermen export tensorboard`: the curves of finished runs as event files.

use super::records::Chosen;
use crate::baseline::Systems;
use crate::cli::say;
use crate::run::record::RunState;
use crate::experiment::tracking::write_events;
use crate::report::publish::run_name;
use anyhow::Context;
use std::path::PathBuf;

/// Write the curves of finished runs as TensorBoard event files
///
/// A record keeps each epoch's losses, F1 on dev and learning rate, and at the end precision and recall too. `mermen run
/// --tensorboard DIR` writes more of each epoch, while the run is made.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  mermen export tensorboard --output curves && tensorboard --logdir curves\n  mermen export tensorboard 0123456789ab --output curves")]
pub struct Args {
    #[command(flatten)]
    chosen: Chosen,
    /// Folder to write to: each run has a folder in it
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
}

pub fn run(args: Args, systems: &Systems) -> anyhow::Result<u8> {
    let records = args.chosen.records(systems)?;
    let mut written = 0;
    for record in records.iter().filter(|record| record.result.state == RunState::Done) {
        let folder = args.output.join(run_name(&record.result.spec, &record.result.run_id));
        write_events(record, &folder).with_context(|| format!("cannot write in {}", folder.display()))?;
        written += 1;
    }
    let output = args.output.display();
    say(&format!("{written} runs in {output}; see them with `tensorboard --logdir {output}`"));
    Ok(0)
}
