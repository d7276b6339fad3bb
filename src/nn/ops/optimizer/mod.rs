//! The optimizer's kernels: they change parameters in place and leave the gradients at zero for the next step.

mod cpu;
#[cfg(any(test, feature = "cuda"))]
mod cuda;

use crate::nn::buffers::{Buffer, Buffers, Context};

/// Momentum SGD as PyTorch has it: v = momentum v + g, p -= rate v.
#[derive(Clone, Copy, Debug)]
pub struct SgdStep {
    pub rate: f32,
    pub momentum: f32,
    /// What gradients are multiplied by first (the clipping).
    pub scale: f32,
}

impl SgdStep {
    /// How far a value moves along its velocity in `missed` steps without gradient, and what is left of the velocity.
    pub fn coasted(&self, missed: u64) -> (f32, f32) {
        let momentum = f64::from(self.momentum);
        let decay = libm::pow(momentum, missed as f64);
        let travelled = f64::from(self.rate) * momentum * (1.0 - decay) / (1.0 - momentum);
        (travelled as f32, decay as f32)
    }
}

/// Adam (Kingma & Ba 2015) with the bias corrections of step `t` worked in.
#[derive(Clone, Copy, Debug)]
pub struct AdamStep {
    pub rate: f32,
    pub beta1: f32,
    pub beta2: f32,
    pub epsilon: f32,
    pub scale: f32,
    /// From 1.
    pub t: u64,
}

impl AdamStep {
    /// 1 - beta^t of each moment.
    pub fn corrections(&self) -> [f32; 2] {
        [self.beta1, self.beta2].map(|b| (1.0 - libm::pow(f64::from(b), self.t as f64)) as f32)
    }
}

/// Rows of a table, each `width` values.
#[derive(Clone, Copy, Debug)]
pub struct TableRows<'a> {
    pub width: usize,
    /// Distinct.
    pub rows: &'a [u32],
}

/// The kernels of the optimizers.
pub trait OptimizerKernel: Buffers {
    /// A sum of squares in the making: it may stay on the device until it is asked for.
    type Squares;

    fn no_squares(run: &Context<Self>) -> Result<Self::Squares, Self::Err>;

    /// Adds the squares of a whole gradient.
    fn add_squares(run: &Context<Self>, sum: &mut Self::Squares, gradient: &Buffer<Self>) -> Result<(), Self::Err>;

    /// Adds the squares of some rows of a gradient.
    fn add_squares_of_rows(run: &Context<Self>, sum: &mut Self::Squares, gradient: &Buffer<Self>, rows: TableRows)
    -> Result<(), Self::Err>;

    fn total(run: &Context<Self>, sum: Self::Squares) -> Result<f64, Self::Err>;

    /// One step over a whole parameter; zeroes the gradient.
    fn sgd(
        run: &Context<Self>,
        step: SgdStep,
        parameter: &mut Buffer<Self>,
        velocity: &mut Buffer<Self>,
        gradient: &mut Buffer<Self>,
    ) -> Result<(), Self::Err>;

    /// One step over some rows, the others left as they are; zeroes those rows' gradient.
    fn sgd_rows(
        run: &Context<Self>,
        step: SgdStep,
        rows: TableRows,
        parameter: &mut Buffer<Self>,
        velocity: &mut Buffer<Self>,
        gradient: &mut Buffer<Self>,
    ) -> Result<(), Self::Err>;

    /// Catches up with the steps that rows have missed: row i of `rows` goes through `missed[i]` steps of zero gradient at once,
    /// v = momentum^k v, p -= rate v (momentum + ... + momentum^k), the sum in closed form.
    fn sgd_catch_up(
        run: &Context<Self>,
        step: SgdStep,
        rows: TableRows,
        missed: &[u64],
        parameter: &mut Buffer<Self>,
        velocity: &mut Buffer<Self>,
    ) -> Result<(), Self::Err>;

    /// One step over a whole parameter; zeroes the gradient.
    fn adam(
        run: &Context<Self>,
        step: AdamStep,
        parameter: &mut Buffer<Self>,
        moments: [&mut Buffer<Self>; 2],
        gradient: &mut Buffer<Self>,
    ) -> Result<(), Self::Err>;
}
