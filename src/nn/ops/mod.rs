//! The operations that have kernels of their own, one folder each: `mod.rs` is the operation on the tape, `cpu.rs` its kernel.
//!
//! An operation is one entry on dfdx's tape whatever it does inside. Activations are dfdx tensors of shape (rows, features); a batch is
//! packed (see [`Packing`](super::Packing)), so that rows are tokens and there is no padding.

#[cfg(test)]
pub(crate) mod closeness;
pub mod crf;
pub mod dilated;
pub mod dropout;
pub mod features;
pub mod heads;
pub mod lstm;
pub mod math;
pub mod optimizer;
pub mod product;
mod softmax;

use super::buffers::CpuWorkspace;
use product::{Initial, Mat};

/// [`product::multiply`] with the workspace's instructions and memory.
fn multiply(workspace: &CpuWorkspace, initial: Initial, a: Mat, b: Mat, c: &mut [f32], stride: usize) {
    let mut memory = workspace.scratch.at_least(product::memory_for(a, b));
    product::multiply(workspace.isa, &mut memory, initial, a, b, c, stride);
    workspace.scratch.give(memory);
}
