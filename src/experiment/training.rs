//! The runner that trains: data found by name, training on a device, and the facts of this machine for the record.

use super::lookup::{embedding_sha256, load_corpus, load_embedding_entry, load_lexicon};
use super::tracking::Tracked;
use super::worker::{BoxedError, Finished, Runner, RunnerError};
use crate::baseline::{LexiconInputs, System, SystemError, SystemInputs, Systems, run_lexicon, run_system};
use crate::lexicon::Lexicon;
#[cfg(not(feature = "cuda"))]
use crate::nn::device_location::DeviceLocationError;
use crate::nn::isa::Isa;
use crate::nn::{Backend, Context, DeviceLocation};
use crate::registry::RegistryError;
use crate::run::record::{Measured, PROTOCOL, ProbeRecord};
use crate::run::spec::SystemKind;
use crate::run::store::{RunRequest, Store};
use crate::train::{Inputs, Outcome, Progress, Timing, probe_run, train_run};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{SystemTime, UNIX_EPOCH};

/// Trains with data of this folder.
#[derive(Clone, Debug)]
pub struct Training<'a> {
    /// What systems there are beside networks.
    pub systems: &'a Systems,
    pub data_dir: PathBuf,
    pub device: DeviceLocation,
    /// Which kernels the CPU runs; results do not depend on it.
    pub isa: Isa,
    /// The run's own folder of TensorBoard event files, if it is to have one.
    pub tensorboard: Option<PathBuf>,
    /// Where runs are that a specification names.
    pub store: Store,
}

impl Runner for Training<'_> {
    fn run(&self, request: &RunRequest, work: &Path, progress: &mut dyn Progress, stop: &AtomicBool) -> Result<Finished, RunnerError> {
        match (self.systems.get(request.spec.system), request.spec.system) {
            (Some(system), _) => self.run_other(system, request, progress),
            (None, SystemKind::Own(name)) => Err(bad_input(SystemError::NotRegistered { name })),
            (None, _) => self.run_network(request, work, progress, stop),
        }
    }
}

impl Training<'_> {
    fn run_other(&self, system: &dyn System, request: &RunRequest, progress: &mut dyn Progress) -> Result<Finished, RunnerError> {
        let corpus = load_corpus(&request.spec.data.corpus, request.corpus.as_ref(), &self.data_dir).map_err(bad_input)?;
        let lexicon = request.spec.system.has_vocabulary().then(|| self.vocabulary(request)).transpose()?;
        let inputs = SystemInputs { corpus, store: &self.store, lexicon };
        let (trained, timing) = run_system(system, &request.spec, inputs, progress).map_err(|error| sorted(error.is_bad_input(), error))?;
        Ok(Finished::Done(Box::new(trained), self.measured(timing)))
    }

    /// A run of networks, whose mentions `system: lexicon` links to a vocabulary.
    fn run_network(
        &self,
        request: &RunRequest,
        work: &Path,
        progress: &mut dyn Progress,
        stop: &AtomicBool,
    ) -> Result<Finished, RunnerError> {
        let mut tracked = self.tensorboard.as_ref().map(|folder| Tracked::new(&mut *progress, folder));
        let progress: &mut dyn Progress = match &mut tracked {
            Some(tracked) => tracked,
            None => progress,
        };
        let outcome = match self.device {
            DeviceLocation::Cpu => {
                let device = Context::cpu_with(self.isa, request.spec.train.threads);
                self.train_on(&device, request, work, progress, stop)
            }
            #[cfg(feature = "cuda")]
            DeviceLocation::Cuda(ordinal) => {
                let device = Context::cuda(ordinal).map_err(|error| RunnerError::Failed(error.into()))?;
                self.train_on(&device, request, work, progress, stop)
            }
            #[cfg(not(feature = "cuda"))]
            DeviceLocation::Cuda(_) => Err(bad_input(DeviceLocationError::NotBuilt(self.device))),
        };
        Ok(match outcome? {
            Outcome::Done(trained, timing) => Finished::Done(trained, self.measured(timing)),
            Outcome::Interrupted => Finished::Interrupted,
        })
    }

    fn train_on<D: Backend>(
        &self,
        device: &Context<D>,
        request: &RunRequest,
        work: &Path,
        progress: &mut dyn Progress,
        stop: &AtomicBool,
    ) -> Result<Outcome, RunnerError> {
        let vocabulary = (request.spec.system == SystemKind::Lexicon).then(|| self.vocabulary(request)).transpose()?;
        let inputs = self.inputs(request).map_err(bad_input)?;
        let Some(vocabulary) = vocabulary else {
            return train_run(device, &request.spec, inputs, work, progress, stop).map_err(|error| sorted(error.is_bad_input(), error));
        };
        let inputs = LexiconInputs { inputs, vocabulary, digests: &request.digests, store: &self.store };
        run_lexicon(device, &request.spec, inputs, work, progress, stop).map_err(|error| sorted(error.is_bad_input(), error))
    }

    fn vocabulary(&self, request: &RunRequest) -> Result<Lexicon, RunnerError> {
        load_lexicon(&request.spec.options.lexicon.vocabulary, request.lexicon.as_ref(), &self.data_dir).map_err(bad_input)
    }

    /// What this machine says of a run that ends now.
    fn measured(&self, timing: Timing) -> Measured {
        Measured {
            version: env!("CARGO_PKG_VERSION").into(),
            git_revision: option_env!("MERMEN_GIT_REVISION").map(String::from),
            finished_at: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            device: self.device.to_string(),
            cpu_path: self.isa.name().into(),
            host: host(),
            train_seconds: timing.train_seconds,
            train_cpu_seconds: timing.train_cpu_seconds,
            train_tokens_per_second: timing.tokens as f64 / timing.train_seconds.max(1e-9),
            evaluate_seconds: timing.evaluate_seconds,
            peak_memory_mib: peak_memory_mib(),
            resumed: timing.resumed,
        }
    }

    /// The probes of a run that was made in this folder.
    ///
    /// # Errors
    /// Bad input where the data or the run's parameters are not there.
    pub fn probe(&self, request: &RunRequest, work: &Path) -> Result<ProbeRecord, RunnerError> {
        let inputs = self.inputs(request).map_err(bad_input)?;
        let device = Context::cpu_with(self.isa, request.spec.train.threads);
        let [dev, test] = probe_run(&device, &request.spec, inputs, work).map_err(|error| sorted(error.is_bad_input(), error))?;
        let memorization = Some([dev.memorization, test.memorization]);
        Ok(ProbeRecord { protocol: PROTOCOL, run_id: request.run_id.clone(), dev: dev.probes, test: test.probes, memorization })
    }

    fn inputs(&self, request: &RunRequest) -> Result<Inputs, RegistryError> {
        let corpus = load_corpus(&request.spec.data.corpus, request.corpus.as_ref(), &self.data_dir)?;
        let embedding = load_embedding_entry(&request.spec.embedding.name, request.embedding.as_ref(), &self.data_dir)?;
        let embedding_sha256 = embedding_sha256(&embedding.source)?;
        Ok(Inputs { corpus, embedding, embedding_sha256 })
    }
}

fn bad_input(error: impl Into<BoxedError>) -> RunnerError {
    RunnerError::BadInput(error.into())
}

fn sorted(is_bad_input: bool, error: impl Into<BoxedError>) -> RunnerError {
    if is_bad_input { bad_input(error) } else { RunnerError::Failed(error.into()) }
}

/// What kind of machine this is, without its name: `linux x86_64, 2 cores, ...`.
fn host() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim()));
    let model = model.map(|model| format!(", {model}")).unwrap_or_default();
    format!("{} {}, {cores} cores{model}", std::env::consts::OS, std::env::consts::ARCH)
}

/// The most memory that this process has held at once, as far as the system tells; else 0.
fn peak_memory_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    peak.unwrap_or(0.0) / 1024.0
}
