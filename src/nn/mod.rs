//! The network, on dfdx. This room knows indices and tensors, not documents or files.

pub mod architecture;
pub mod backend;
mod encoder;
#[cfg(any(test, feature = "cuda"))]
pub mod gpu;
mod idcnn;
pub mod init;
pub mod ops;
mod packing;
pub mod parameter;
pub mod parts;
pub mod place;
pub mod tagger;
#[cfg(test)]
mod tests;

pub use architecture::Architecture;
pub use backend::{Device, Error, Runtime};
pub use packing::Packing;
pub use place::Place;
pub use tagger::{Batch, Tagger};
