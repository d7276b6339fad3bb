//! `mermen worker`: the process that makes one run; started by `mermen run`, not by hand.

use super::cpu_path::CpuPath;
use super::device::Device;
use super::signals::Signals;
use crate::baseline::Systems;
use crate::run::store::{RunFolder, Store};
use crate::experiment::training::Training;
use crate::experiment::worker::{Detail, RunOutcome, work};
use crate::report::publish::run_name;
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
    /// Folder of published records, for runs that a specification names
    #[arg(long, value_name = "DIR", default_value = "reports/records")]
    records_dir: PathBuf,
    #[arg(long, default_value = "cpu")]
    device: Device,
    #[command(flatten)]
    cpu_path: CpuPath,
    /// Stop when standard input closes: who started us wants it, or is gone
    #[arg(long)]
    leash: bool,
    /// Report epochs, not each batch: standard output is a file
    #[arg(long)]
    brief: bool,
    /// Folder under which the run has a folder of TensorBoard event files
    #[arg(long, value_name = "DIR")]
    tensorboard: Option<PathBuf>,
}

pub fn run(args: Args, systems: &Systems) -> anyhow::Result<u8> {
    let device = args.device.available()?;
    let isa = args.cpu_path.isa()?;
    let signals = Signals::listen(false)?;
    if args.leash {
        let stop = signals.stop.clone();
        std::thread::spawn(move || {
            // Nothing is ever sent: any end of the reading is the end of the leash.
            let _ = std::io::stdin().lock().read_to_end(&mut Vec::new());
            stop.store(true, Ordering::Relaxed);
        });
    }
    let folder = RunFolder::at(args.run_dir);
    let tensorboard = match (args.tensorboard, folder.request()?) {
        (Some(root), Some(request)) => Some(root.join(run_name(&request.spec, &request.run_id))),
        _ => None,
    };
    let runs = folder.path().parent().unwrap_or(std::path::Path::new("")).to_owned();
    let store = Store::new(runs, args.records_dir);
    let runner = Training { systems, data_dir: args.data_dir, device, isa, tensorboard, store };
    let detail = if args.brief { Detail::Epochs } else { Detail::Batches };
    let outcome = work(&folder, &runner, detail, &mut std::io::stdout(), &signals.stop)?;
    Ok(match outcome {
        RunOutcome::Done => 0,
        RunOutcome::BadInput { .. } => 2,
        RunOutcome::Failed { .. } => 3,
        RunOutcome::Interrupted => signals.exit_code(),
    })
}
