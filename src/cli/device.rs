//! `--device cpu|cuda:N`.

pub use crate::nn::Place as Device;
