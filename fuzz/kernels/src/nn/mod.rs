#[path = "../../../../src/nn/isa.rs"]
pub mod isa;
pub mod ops;
