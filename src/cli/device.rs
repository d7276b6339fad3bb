//! `--device cpu|cuda:N`.

pub use crate::nn::DeviceLocation as Device;
