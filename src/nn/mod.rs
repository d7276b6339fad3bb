//! The network, on dfdx. This module works on indices and tensors, not on documents or files.

pub mod architecture;
pub mod backend;
pub mod buffers;
pub mod device_location;
pub(crate) mod encoder;
#[cfg(any(test, feature = "cuda"))]
pub mod gpu;
mod idcnn;
pub mod init;
pub mod isa;
pub mod ops;
mod packing;
pub mod parameter;
pub mod tagger;
#[cfg(test)]
mod tests;

pub use architecture::Architecture;
pub use backend::Backend;
pub use buffers::{Context, Error};
pub use device_location::DeviceLocation;
pub use packing::Packing;
pub use tagger::{Batch, Tagger};
