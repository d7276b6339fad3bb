#[path = "../../../../../src/nn/ops/math.rs"]
pub mod math;
#[path = "../../../../../src/nn/ops/product/mod.rs"]
pub mod product;
