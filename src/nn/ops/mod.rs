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
pub mod panel;
mod softmax;
