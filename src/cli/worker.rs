//! `mermen worker`: the process that makes one run; started by `mermen run`, not by hand.

use super::device::Device;
use super::signals::Signals;
use crate::experiment::store::RunFolder;
use crate::experiment::training::Training;
use crate::experiment::worker::{Ending, work};
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Make the run of a prepared folder
#[derive(clap::Args)]
pub struct Args {
    /// The run's folder in the run store
    #[arg(long, value_name = "DIR")]
    run_dir: PathBuf,
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    #[arg(long, default_value = "cpu")]
    device: Device,
    /// Stop when standard input closes: who started us wants it, or is gone
    #[arg(long)]
    leash: bool,
}

pub fn run(args: Args) -> anyhow::Result<u8> {
    let place = args.device.available()?;
    let signals = Signals::listen(false)?;
    if args.leash {
        let stop = signals.stop.clone();
        std::thread::spawn(move || {
            // Nothing is ever sent: any end of the reading is the end of the leash.
            let _ = std::io::stdin().lock().read_to_end(&mut Vec::new());
            stop.store(true, Ordering::Relaxed);
        });
    }
    let runner = Training { data_dir: args.data_dir, place };
    let ending = work(&RunFolder::at(args.run_dir), &runner, &mut std::io::stdout(), &signals.stop)?;
    Ok(match ending {
        Ending::Done => 0,
        Ending::BadInput { .. } => 2,
        Ending::Failed { .. } => 3,
        Ending::Interrupted => signals.exit_code(),
    })
}
