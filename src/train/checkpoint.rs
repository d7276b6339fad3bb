//! Parameters and training state on disk, as safetensors.

use super::TrainError;
use super::optimizer::{Optimizer, Saved};
use crate::atomic_file;
use crate::corpus::{PerTask, task};
use crate::nn::Backend;
use crate::nn::parameter::Parameters;
use crate::nn::{self, Tagger};
use crate::run::record::EpochRecord;
use rand_xoshiro::Xoshiro256PlusPlus;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;

/// Where a network's training stands: with the parameters and the optimizer's state, all that is needed to go on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Epochs completed.
    pub epochs: Vec<EpochRecord>,
    /// Steps of the running epoch that are done.
    pub step: usize,
    /// The generator of the order, as it stood when the running epoch began.
    pub order: Xoshiro256PlusPlus,
    /// The generator of dropout and unknown words, as it stands.
    pub noise: Xoshiro256PlusPlus,
    /// Sums over the running epoch.
    pub sums: Sums,
    /// Best dev score and its epoch, overall or by task.
    pub best: Vec<Option<(f64, u64)>>,
    pub optimizer_steps: Vec<u64>,
    /// Name of the saved feedback store, if the run has one.
    pub feedback_store: Option<String>,
    /// Tokens trained on.
    pub tokens: u64,
}

/// What a clock and the accidents of a run say. It lies in a file of its own, so that a checkpoint's bytes are decided by the
/// specification alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// How often the training was taken up again.
    pub resumed: u64,
    /// In training, and in scoring dev.
    pub train_seconds: f64,
    /// Processor time of training.
    #[serde(default)]
    pub train_cpu_seconds: f64,
    pub evaluate_seconds: f64,
}

impl Spent {
    /// Adds training that began at these two clocks' starts.
    pub fn add_training(&mut self, wall: std::time::Instant, cpu: cpu_time::ProcessTime) {
        self.train_seconds += wall.elapsed().as_secs_f64();
        self.train_cpu_seconds += cpu.elapsed().as_secs_f64();
    }

    pub fn save(&self, path: &Path) -> Result<(), TrainError> {
        let json = serde_json::to_vec(self).map_err(|e| TrainError::Damaged { path: path.to_owned(), why: e.to_string() })?;
        write_whole(path, &json)
    }

    /// Nothing spent where there is no file.
    pub fn load(path: &Path) -> Result<Self, TrainError> {
        let Some(file) = read(path)? else { return Ok(Self::default()) };
        serde_json::from_slice(&file).map_err(|e| TrainError::Damaged { path: path.to_owned(), why: e.to_string() })
    }
}

/// Sums over an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sums {
    #[serde(with = "task::pair")]
    pub loss: PerTask<f64>,
    #[serde(with = "task::pair")]
    pub tokens: PerTask<u64>,
    pub clipped: u64,
}

/// Writes parameters, optimizer and progress; the file is whole or not there.
pub fn save<D: Backend>(path: &Path, tagger: &Tagger<D>, optimizer: &Optimizer<D>, progress: &Progress) -> Result<(), TrainError> {
    let state = optimizer.save(tagger.parameters())?;
    let mut tensors = parameter_tensors(tagger.parameters())?;
    for (name, values) in &state.values {
        tensors.push((name.clone(), Dtype::F32, vec![values.len()], bytes(values)));
    }
    for (name, counters) in &state.counters {
        tensors.push((name.clone(), Dtype::U64, vec![counters.len()], counters.iter().flat_map(|c| c.to_le_bytes()).collect()));
    }
    let progress = Progress { optimizer_steps: state.steps, ..progress.clone() };
    let json = serde_json::to_string(&progress).map_err(|e| TrainError::Damaged { path: path.to_owned(), why: e.to_string() })?;
    write(path, tensors, HashMap::from([("progress".to_owned(), json)]))
}

/// The reverse of [`save`]; `None` where there is no file.
pub fn load<D: Backend>(path: &Path, tagger: &mut Tagger<D>, optimizer: &mut Optimizer<D>) -> Result<Option<Progress>, TrainError> {
    let Some(file) = read(path)? else { return Ok(None) };
    let damaged = |why: String| TrainError::Damaged { path: path.to_owned(), why };
    let (_, metadata) = SafeTensors::read_metadata(&file).map_err(|e| damaged(e.to_string()))?;
    let json = metadata.metadata().as_ref().and_then(|m| m.get("progress")).ok_or_else(|| damaged("no `progress` in its header".into()))?;
    let progress: Progress = serde_json::from_str(json).map_err(|e| damaged(e.to_string()))?;
    let tensors = SafeTensors::deserialize(&file).map_err(|e| damaged(e.to_string()))?;
    read_parameters(&tensors, tagger.parameters_mut())?;
    let mut saved = Saved { steps: progress.optimizer_steps.clone(), ..Saved::default() };
    let layout = optimizer.save(tagger.parameters())?;
    if saved.steps.len() != layout.steps.len() {
        return Err(damaged(format!("it counts the steps of {} parameters, expected {}", saved.steps.len(), layout.steps.len())));
    }
    for (name, _) in layout.values {
        let view = tensors.tensor(&name).map_err(|_| nn::Error::ParameterMissing(name.clone()))?;
        if view.dtype() != Dtype::F32 {
            return Err(damaged(format!("`{name}` holds {:?} where numbers of 32 bits are expected", view.dtype())));
        }
        saved.values.push((name, floats(view.data())));
    }
    for (name, expected) in layout.counters {
        let view = tensors.tensor(&name).map_err(|_| nn::Error::ParameterMissing(name.clone()))?;
        let counters: Vec<u64> = view.data().chunks_exact(8).map(|b| u64::from_le_bytes(std::array::from_fn(|i| b[i]))).collect();
        if counters.len() != expected.len() {
            return Err(nn::Error::ParameterSize { name, found: counters.len(), expected: expected.len() }.into());
        }
        // A row of a table cannot have seen more steps than the table made.
        let owner = tagger.parameters().iter().position(|p| name == Optimizer::<D>::caught_up_name(&p.name));
        let made = owner.and_then(|at| progress.optimizer_steps.get(at)).copied().unwrap_or_default();
        if counters.iter().any(|seen| *seen > made) {
            return Err(damaged(format!("`{name}` counts more steps than were made")));
        }
        saved.counters.push((name, counters));
    }
    optimizer.load(tagger.parameters(), &saved)?;
    Ok(Some(progress))
}

/// Writes the parameters alone.
pub fn save_parameters<D: Backend>(path: &Path, tagger: &Tagger<D>) -> Result<(), TrainError> {
    write(path, parameter_tensors(tagger.parameters())?, HashMap::new())
}

/// Reads parameters into a network of the same shape.
pub fn load_parameters<D: Backend>(path: &Path, tagger: &mut Tagger<D>) -> Result<(), TrainError> {
    let file = read(path)?.ok_or_else(|| TrainError::Damaged { path: path.to_owned(), why: "the file is gone".into() })?;
    let tensors = SafeTensors::deserialize(&file).map_err(|e| TrainError::Damaged { path: path.to_owned(), why: e.to_string() })?;
    read_parameters(&tensors, tagger.parameters_mut())
}

type NamedTensor = (String, Dtype, Vec<usize>, Vec<u8>);

fn parameter_tensors<D: Backend>(parameters: &Parameters<D>) -> Result<Vec<NamedTensor>, TrainError> {
    let mut tensors = Vec::new();
    for p in parameters.iter() {
        let values = D::download(parameters.run(), p.value()).map_err(nn::Error::device)?;
        tensors.push((p.name.clone(), Dtype::F32, vec![p.rows, p.columns], bytes(&values)));
    }
    Ok(tensors)
}

fn read_parameters<D: Backend>(tensors: &SafeTensors, parameters: &mut Parameters<D>) -> Result<(), TrainError> {
    let run = parameters.run().clone();
    for p in parameters.iter_mut() {
        let view = tensors.tensor(&p.name).map_err(|_| nn::Error::ParameterMissing(p.name.clone()))?;
        if view.dtype() != Dtype::F32 || view.shape() != [p.rows, p.columns] {
            let found = view.shape().iter().product();
            return Err(nn::Error::ParameterSize { name: p.name.clone(), found, expected: p.len() }.into());
        }
        D::overwrite(&run, p.value_mut()?, &floats(view.data())).map_err(nn::Error::device)?;
    }
    Ok(())
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, TrainError> {
    match std::fs::read(path) {
        Ok(file) => Ok(Some(file)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(TrainError::Io { path: path.to_owned(), source }),
    }
}

/// Under a temporary name in the same folder, synced, then renamed.
fn write(path: &Path, mut tensors: Vec<NamedTensor>, metadata: HashMap<String, String>) -> Result<(), TrainError> {
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    let damaged = |e: safetensors::SafeTensorError| TrainError::Damaged { path: path.to_owned(), why: e.to_string() };
    let mut views = Vec::with_capacity(tensors.len());
    for (name, dtype, shape, data) in &tensors {
        views.push((name.as_str(), TensorView::new(*dtype, shape.clone(), data).map_err(damaged)?));
    }
    let metadata = (!metadata.is_empty()).then_some(metadata);
    let file = safetensors::serialize(views, metadata).map_err(damaged)?;
    write_whole(path, &file)
}

/// Writes a whole file or nothing.
///
/// # Errors
/// [`TrainError::Io`].
pub fn write_whole(path: &Path, contents: &[u8]) -> Result<(), TrainError> {
    atomic_file::write_atomically(path, contents).map_err(|source| TrainError::Io { path: path.to_owned(), source })?;
    tracing::debug!(path = %path.display(), bytes = contents.len(), "written");
    Ok(())
}
