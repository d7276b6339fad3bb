#[path = "../../../../../src/nn/ops/math.rs"]
pub mod math;
#[path = "../../../../../src/nn/ops/panel/mod.rs"]
pub mod panel;
