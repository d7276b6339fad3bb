//! `mermen worker`: the process that makes one run; started by `mermen run`, not by hand.

use super::device::{Device, DeviceError};
use super::signals::Signals;
use crate::experiment::lookup::{embedding_sha256, load_corpus};
use crate::experiment::record::Measured;
use crate::experiment::store::{RunFolder, Task};
use crate::experiment::worker::{Ending, Outcome, Progress, Runner, RunnerError, work};
use crate::nn::Runtime;
use crate::nn::ops::isa::Isa;
use crate::registry::{self, RegistryError};
use crate::train::{Inputs, train_run};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

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
    let device = args.device.available()?;
    let signals = Signals::listen(false)?;
    if args.leash {
        let stop = signals.stop.clone();
        std::thread::spawn(move || {
            // Nothing is ever sent: any end of the reading is the end of the leash.
            let _ = std::io::stdin().lock().read_to_end(&mut Vec::new());
            stop.store(true, Ordering::Relaxed);
        });
    }
    let runner = Training { data_dir: args.data_dir, device };
    let ending = work(&RunFolder::at(args.run_dir), &runner, &mut std::io::stdout(), &signals.stop)?;
    Ok(match ending {
        Ending::Done => 0,
        Ending::BadInput { .. } => 2,
        Ending::Failed { .. } => 3,
        Ending::Interrupted => signals.exit_code(),
    })
}

/// Training, as a runner of tasks.
struct Training {
    data_dir: PathBuf,
    device: Device,
}

impl Runner for Training {
    fn run(&self, task: &Task, work: &Path, progress: &mut dyn Progress, stop: &AtomicBool) -> Result<Outcome, RunnerError> {
        let bad = |error: RegistryError| RunnerError::BadInput(error.into());
        let corpus = load_corpus(&task.spec.data.corpus, task.corpus.as_ref(), &self.data_dir).map_err(bad)?;
        let embedding = registry::embedding_source(&task.spec.embedding.name, &self.data_dir).map_err(bad)?;
        let embedding_sha256 = embedding_sha256(&embedding.source).map_err(bad)?;
        let inputs = Inputs { corpus, embedding, embedding_sha256 };
        let trained = match self.device {
            Device::Cpu => train_run(&Runtime::cpu(task.spec.train.threads), &task.spec, inputs, work, progress, stop),
            Device::Cuda(_) => return Err(RunnerError::BadInput(DeviceError::NotBuilt(self.device).into())),
        };
        let outcome = trained.map_err(|error| match error.is_bad_input() {
            true => RunnerError::BadInput(error.into()),
            false => RunnerError::Failed(error.into()),
        })?;
        Ok(match outcome {
            Outcome::Done(result, measured) => Outcome::Done(result, self.machine(measured)),
            Outcome::Interrupted => Outcome::Interrupted,
        })
    }
}

impl Training {
    /// Adds what only the process knows to what training measured.
    fn machine(&self, measured: Measured) -> Measured {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Measured {
            version: env!("CARGO_PKG_VERSION").into(),
            git_revision: option_env!("MERMEN_GIT_REVISION").map(str::to_owned),
            finished_at: now.map_or(0, |d| d.as_secs()),
            device: self.device.to_string(),
            cpu_path: Isa::detect().name().into(),
            host: host(),
            peak_memory_mib: peak_memory_mib(),
            ..measured
        }
    }
}

/// The processor's name, where the system tells it.
fn host() -> String {
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':')).map(|(_, name)| name.trim().to_owned());
    model.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// Most memory this process held, in MiB; 0 where the system does not tell.
fn peak_memory_mib() -> f64 {
    let told = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = told.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}
