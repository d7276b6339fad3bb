//! One dilated convolution over the tokens of each sentence, with a rectifier, as one tape entry (Strubell et al. 2017, section 4).
//!
//! `y_t = max(0, b + sum_k x_(t + (k - w/2) d) W_k)` for a window of w taps that are d tokens apart; beyond a sentence's ends x is 0.

mod cpu;
#[cfg(any(test, feature = "cuda"))]
mod cuda;
#[cfg(test)]
mod tests;

use crate::nn::Packing;
use crate::nn::buffers::{Buffer, Buffers, Context, Rows};
use crate::nn::parameter::{Parameter, slot, with_gradients};
use dfdx::prelude::*;
use std::rc::Rc;

/// A layer: `weights` is (window in) x out, one block of `in` rows a tap, the leftmost tap first; `bias` is 1 x out.
pub struct Dilated<'p, D: Buffers> {
    pub weights: &'p Parameter<D>,
    pub bias: &'p Parameter<D>,
    /// How many tokens the taps are apart.
    pub dilation: usize,
}

/// Sizes of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DilatedShape {
    pub input: usize,
    pub output: usize,
    pub window: usize,
    pub dilation: usize,
}

/// The kernels of the convolution.
pub trait DilatedKernel: Buffers {
    /// What the forward pass leaves for the backward pass.
    type Saved: 'static;

    /// Gives y, tokens x out, and with `keep` what the backward pass needs.
    #[allow(clippy::type_complexity)]
    fn dilated_forward(
        run: &Context<Self>,
        shape: DilatedShape,
        packing: &Packing,
        x: Buffer<Self>,
        weights: &Buffer<Self>,
        bias: &Buffer<Self>,
        keep: bool,
    ) -> Result<(Buffer<Self>, Option<Self::Saved>), Self::Err>;

    /// Adds to the gradients of x, the weights and the bias.
    #[allow(clippy::too_many_arguments)]
    fn dilated_backward(
        run: &Context<Self>,
        shape: DilatedShape,
        packing: &Packing,
        weights: &Buffer<Self>,
        saved: Self::Saved,
        gy: &Buffer<Self>,
        gx: &mut Buffer<Self>,
        gradients: [&mut Buffer<Self>; 2],
    ) -> Result<(), Self::Err>;
}

/// y = the layer's value of x: x is tokens x in, y is tokens x out.
///
/// # Panics
/// If the weights' rows are no multiple of x's width: a bug of the caller.
pub fn dilated<D: DilatedKernel, T: Tape<f32, D>>(
    run: &Context<D>,
    x: Rows<D, T>,
    packing: &Rc<Packing>,
    layer: Dilated<D>,
) -> Result<Rows<D, T>, D::Err> {
    let (x, mut tape) = x.split_tape();
    let (rows, input) = (layer.weights.rows, x.shape().1);
    assert!(input > 0 && rows % input == 0, "{rows} rows of weights for {input} values a token");
    let shape = DilatedShape { input, output: layer.weights.columns, window: rows / input, dilation: layer.dilation };
    let (weights, bias) = (layer.weights.save_for_backward(), layer.bias.save_for_backward());
    let (y, saved) = D::dilated_forward(run, shape, packing, D::read(run, &x)?, weights.value(), bias.value(), T::OWNS_TAPE)?;
    let y = D::tensor(run, y, (packing.tokens(), shape.output))?;
    if let Some(saved) = saved {
        let (gx, gy) = (slot(&x), slot(&y));
        let (run, packing) = (run.clone(), packing.clone());
        tape.add_backward_op(move |gradients| {
            with_gradients(&run, gradients, [&gy, &gx, &weights.slot, &bias.slot], |[gy, gx, gw, gb]| {
                D::dilated_backward(&run, shape, &packing, weights.value(), saved, gy, gx, [gw, gb])
            })
        });
    }
    Ok(y.put_tape(tape))
}
