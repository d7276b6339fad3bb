//! What an operation needs from a device beside dfdx's own tensors: buffers that its kernels can read and write, and the context that
//! they run in. The operations stand on this; [`Backend`](super::Backend), a device with all of them, stands on the operations.

#[cfg(feature = "cuda")]
mod cuda;

use super::isa::Isa;
use dfdx::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

#[cfg(feature = "cuda")]
pub use cuda::check as check_gpu;

/// Values on a device, as dfdx stores them: on the CPU it is a `Vec<f32>` underneath.
pub type Buffer<D> = <D as Storage<f32>>::Vec;

/// Activations: one row per token.
pub type Rows<D, T = NoneTape> = Tensor<(usize, usize), f32, D, T>;

/// Result of a forward pass: its values, and what the backward pass needs if there will be one.
pub type Forward<D, S> = (Buffer<D>, Option<S>);

/// Moves values between tensors, buffers and the host.
pub trait Buffers: Storage<f32> + TensorFromVec<f32> + CopySlice<f32> + ZerosTensor<f32> {
    /// What the kernels of this device keep between calls.
    type Workspace: 'static;

    /// A copy of a tensor's values.
    fn read(run: &Context<Self>, tensor: &Rows<Self>) -> Result<Buffer<Self>, Self::Err>;

    /// A tensor that owns the buffer's values.
    fn tensor(run: &Context<Self>, buffer: Buffer<Self>, shape: (usize, usize)) -> Result<Rows<Self>, Self::Err>;

    /// Values from the host.
    fn upload(run: &Context<Self>, values: Vec<f32>) -> Result<Buffer<Self>, Self::Err>;

    /// Values to the host.
    fn download(run: &Context<Self>, buffer: &Buffer<Self>) -> Result<Vec<f32>, Self::Err>;

    /// Overwrites a buffer of the same length with values from the host.
    fn overwrite(run: &Context<Self>, buffer: &mut Buffer<Self>, values: &[f32]) -> Result<(), Self::Err>;

    /// Takes a buffer that is no longer needed, for its memory to be used again.
    fn give(_: &Context<Self>, buffer: Buffer<Self>) {
        drop(buffer);
    }
}

/// A device that could not do what an operation asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the device refused an operation: {0}")]
    Device(String),
    #[error("the GPU's memory is full: lower `train.batch`, run fewer jobs on it at a time, or use `--device cpu` ({0})")]
    OutOfMemory(String),
    #[error("a parameter is still held by a tape: run the backward pass, or drop it, before parameters change")]
    ParameterInUse,
    #[error("parameter `{name}` has {found} values where the network has {expected}: the file belongs to another network")]
    ParameterSize { name: String, found: usize, expected: usize },
    #[error("parameter `{0}` is missing: the file belongs to another network")]
    ParameterMissing(String),
}

impl Error {
    /// dfdx's device errors can only be shown, so their kind is detected from their message: the names that the driver and cuBLAS give.
    pub(crate) fn device(error: impl std::fmt::Display) -> Self {
        let text = error.to_string();
        match ["CUDA_ERROR_OUT_OF_MEMORY", "CUBLAS_STATUS_ALLOC_FAILED"].iter().any(|name| text.contains(name)) {
            true => Error::OutOfMemory(text),
            false => Error::Device(text),
        }
    }
}

/// A device and its kernels' context; cheap to clone.
pub struct Context<D: Buffers>(Rc<(D, D::Workspace)>);

impl<D: Buffers> Clone for Context<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<D: Buffers> Context<D> {
    pub fn with_workspace(device: D, workspace: D::Workspace) -> Self {
        Self(Rc::new((device, workspace)))
    }

    pub fn device(&self) -> &D {
        &self.0.0
    }

    pub fn workspace(&self) -> &D::Workspace {
        &self.0.1
    }

    /// A buffer of zeros.
    pub fn zeros(&self, len: usize) -> Result<Buffer<D>, D::Err> {
        self.device().try_alloc_len(len)
    }
}

impl Context<Cpu> {
    /// The CPU, with the best instructions it has.
    ///
    /// `threads` is 1 or 2; results do not depend on it.
    pub fn cpu(threads: usize) -> Self {
        Self::cpu_with(Isa::detect(), threads)
    }

    /// The CPU on a given path; results do not depend on it. A path on which fused multiply-add is computed in software is named in the log,
    /// once.
    pub fn cpu_with(isa: Isa, threads: usize) -> Self {
        static SLOW: std::sync::Once = std::sync::Once::new();
        if isa.emulates_fma() {
            SLOW.call_once(|| {
                tracing::warn!(
                    path = isa.name(),
                    "fused multiply-add is computed in software: training takes many times as long, with the same results"
                );
            });
        }
        Self::with_workspace(Cpu::default(), CpuWorkspace { isa, threads, scratch: Scratch::default() })
    }
}

/// What the CPU kernels are given: instructions, threads and memory.
#[derive(Debug)]
pub struct CpuWorkspace {
    pub isa: Isa,
    pub threads: usize,
    pub scratch: Scratch,
}

impl CpuWorkspace {
    /// Runs both, on two threads where the run has them.
    pub fn join<A: Send, B: Send>(&self, a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
        if self.threads < 2 {
            return (a(), b());
        }
        std::thread::scope(|scope| {
            let b = scope.spawn(b);
            let a = a();
            match b.join() {
                Ok(b) => (a, b),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }
}

/// Memory that kernels use again from step to step, so that a training step allocates nothing of size once it is warm.
#[derive(Debug, Default)]
pub struct Scratch(RefCell<Vec<Vec<f32>>>);

impl Scratch {
    /// `len` values, all zero.
    pub fn zeros(&self, len: usize) -> Vec<f32> {
        let mut v = self.best(len);
        v.clear();
        v.resize(len, 0.0);
        v
    }

    /// `len` values left over from earlier uses: for results that are written whole.
    pub fn any(&self, len: usize) -> Vec<f32> {
        let mut v = self.at_least(len);
        v.truncate(len);
        v
    }

    /// `len` values or more, left over from earlier uses: for a kernel that takes what it needs of them.
    pub fn at_least(&self, len: usize) -> Vec<f32> {
        let mut v = self.best(len);
        if v.len() < len {
            // so that growing copies nothing
            v.clear();
            v.resize(len, 0.0);
        }
        v
    }

    /// Gives memory back.
    pub fn give(&self, v: Vec<f32>) {
        if v.capacity() > 0 {
            self.0.borrow_mut().push(v);
        }
    }

    /// The piece that holds `len` values of which the fewest must be filled, and of such the smallest; else the largest there is (which
    /// grows), else a new one.
    fn best(&self, len: usize) -> Vec<f32> {
        let mut pieces = self.0.borrow_mut();
        let cost = |i: &usize| (len.saturating_sub(pieces[*i].len()), pieces[*i].capacity());
        let fit = (0..pieces.len()).filter(|i| pieces[*i].capacity() >= len).min_by_key(cost);
        match fit.or_else(|| (0..pieces.len()).max_by_key(|i| pieces[*i].capacity())) {
            Some(i) => pieces.swap_remove(i),
            None => Vec::with_capacity(len),
        }
    }
}

impl Buffers for Cpu {
    type Workspace = CpuWorkspace;

    fn read(run: &Context<Self>, tensor: &Rows<Self>) -> Result<Buffer<Self>, Self::Err> {
        let mut buffer = run.zeros(0)?;
        *buffer = run.workspace().scratch.any(tensor.shape().0 * tensor.shape().1);
        tensor.copy_into(&mut buffer);
        Ok(buffer)
    }

    fn tensor(run: &Context<Self>, mut buffer: Buffer<Self>, shape: (usize, usize)) -> Result<Rows<Self>, Self::Err> {
        run.device().try_tensor_from_vec(std::mem::take(&mut *buffer), shape)
    }

    fn upload(run: &Context<Self>, values: Vec<f32>) -> Result<Buffer<Self>, Self::Err> {
        let mut buffer = run.zeros(0)?;
        *buffer = values;
        Ok(buffer)
    }

    fn download(_: &Context<Self>, buffer: &Buffer<Self>) -> Result<Vec<f32>, Self::Err> {
        Ok(buffer.to_vec())
    }

    fn overwrite(_: &Context<Self>, buffer: &mut Buffer<Self>, values: &[f32]) -> Result<(), Self::Err> {
        buffer.copy_from_slice(values);
        Ok(())
    }

    fn give(run: &Context<Self>, mut buffer: Buffer<Self>) {
        run.workspace().scratch.give(std::mem::take(&mut *buffer));
    }
}
