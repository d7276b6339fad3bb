//! The optimizer's kernels: they change parameters in place and leave the gradients at zero for the next step.

mod cpu;

use crate::nn::backend::{Buffer, Buffers, Runtime};

/// Momentum SGD as PyTorch has it: v = momentum v + g, p -= rate v.
#[derive(Clone, Copy, Debug)]
pub struct SgdStep {
    pub rate: f32,
    pub momentum: f32,
    /// What gradients are multiplied by first (the clipping).
    pub scale: f32,
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

/// Rows of a table, each `width` values.
#[derive(Clone, Copy, Debug)]
pub struct TableRows<'a> {
    pub width: usize,
    /// Distinct.
    pub rows: &'a [u32],
}

/// The kernels of the optimizers.
pub trait OptimizerKernel: Buffers {
    /// Sum of squares of a whole gradient.
    fn square_norm(run: &Runtime<Self>, gradient: &Buffer<Self>) -> Result<f64, Self::Err>;

    /// Sum of squares of some rows of a gradient.
    fn square_norm_rows(run: &Runtime<Self>, gradient: &Buffer<Self>, rows: TableRows) -> Result<f64, Self::Err>;

    /// One step over a whole parameter; zeroes the gradient.
    fn sgd(
        run: &Runtime<Self>,
        step: SgdStep,
        parameter: &mut Buffer<Self>,
        velocity: &mut Buffer<Self>,
        gradient: &mut Buffer<Self>,
    ) -> Result<(), Self::Err>;

    /// One step over some rows, the others left as they are; zeroes those rows' gradient.
    fn sgd_rows(
        run: &Runtime<Self>,
        step: SgdStep,
        rows: TableRows,
        parameter: &mut Buffer<Self>,
        velocity: &mut Buffer<Self>,
        gradient: &mut Buffer<Self>,
    ) -> Result<(), Self::Err>;

    /// Catches up with the steps that rows have missed: row i of `rows` goes through `missed[i]` steps of zero gradient at once,
    /// v = momentum^k v, p -= rate v (momentum + ... + momentum^k), the sum in closed form.
    fn sgd_catch_up(
        run: &Runtime<Self>,
        step: SgdStep,
        rows: TableRows,
        missed: &[u64],
        parameter: &mut Buffer<Self>,
        velocity: &mut Buffer<Self>,
    ) -> Result<(), Self::Err>;

    /// One step over a whole parameter; zeroes the gradient.
    fn adam(
        run: &Runtime<Self>,
        step: AdamStep,
        parameter: &mut Buffer<Self>,
        moments: [&mut Buffer<Self>; 2],
        gradient: &mut Buffer<Self>,
    ) -> Result<(), Self::Err>;
}
