//! The network, on dfdx. This room knows indices and tensors, not documents or files.

pub mod ops;
mod packing;

pub use packing::Packing;
