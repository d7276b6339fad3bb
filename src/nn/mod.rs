//! The network, on dfdx. This room knows indices and tensors, not documents or files.

pub mod backend;
pub mod ops;
mod packing;
pub mod parameter;

pub use packing::Packing;
