#![allow(unused_imports, unused_macros)] // what these files offer to the kernels that are not here
//! The kernels of the program, from its own files.

pub mod nn;
