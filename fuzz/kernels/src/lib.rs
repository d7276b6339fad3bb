//! The kernels of the program, from its own files.

pub mod nn;
