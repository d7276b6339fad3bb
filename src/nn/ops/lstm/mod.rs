//! One bidirectional LSTM layer over a packed batch, as one tape entry.
//!
//! With gates i, f, g, o (input, forget, candidate, output; PyTorch's order) and x_t the input:
//! `z_t = x_t Wx + h_prev Wh + b`, `c_t = σ(z_f) c_prev + σ(z_i) tanh(z_g)`, `h_t = σ(z_o) tanh(c_t)`;
//! the result is v_t = h_forward,t ∘ h_backward,t (the paper's F_θ).

mod cpu;
#[cfg(any(test, feature = "cuda"))]
mod cuda;
#[cfg(test)]
mod tests;

use crate::nn::Packing;
use crate::nn::buffers::{Buffer, Buffers, Context, Forward, Rows};
use crate::nn::parameter::{Parameter, SavedParameter, slot, with_gradients};
use dfdx::prelude::*;
use std::rc::Rc;

/// The parameters of one direction: `input` is in x 4h, `recurrent` h x 4h, `bias` 1 x 4h, gates side by side.
pub struct Direction<'p, D: Buffers> {
    pub input: &'p Parameter<D>,
    pub recurrent: &'p Parameter<D>,
    pub bias: &'p Parameter<D>,
}

/// Sizes of a layer.
#[derive(Clone, Copy, Debug)]
pub struct LayerShape {
    pub input: usize,
    /// Width per direction.
    pub hidden: usize,
}

/// Values of one direction's parameters, for a kernel.
pub struct Weights<'a, D: Buffers> {
    pub input: &'a Buffer<D>,
    pub recurrent: &'a Buffer<D>,
    pub bias: &'a Buffer<D>,
}

/// Gradients of one direction's parameters, for a kernel to add to.
pub struct WeightGradients<'a, D: Buffers> {
    pub input: &'a mut Buffer<D>,
    pub recurrent: &'a mut Buffer<D>,
    pub bias: &'a mut Buffer<D>,
}

/// The layer's kernel.
pub trait LstmKernel: Buffers {
    /// What the forward pass leaves for the backward pass.
    type Saved: 'static;

    /// Gives v, tokens x 2h, and with `keep` what the backward pass needs.
    fn lstm_forward(
        run: &Context<Self>,
        shape: LayerShape,
        packing: &Packing,
        x: Buffer<Self>,
        weights: [Weights<Self>; 2],
        keep: bool,
    ) -> Result<Forward<Self, Self::Saved>, Self::Err>;

    /// Adds to the gradients of x and of the parameters.
    #[allow(clippy::too_many_arguments)]
    fn lstm_backward(
        run: &Context<Self>,
        shape: LayerShape,
        packing: &Packing,
        weights: [Weights<Self>; 2],
        saved: Self::Saved,
        gv: &Buffer<Self>,
        gx: &mut Buffer<Self>,
        gradients: [WeightGradients<Self>; 2],
    ) -> Result<(), Self::Err>;
}

/// v = Bi-LSTM(x): x is tokens x in, v is tokens x 2h.
pub fn bilstm<D: LstmKernel, T: Tape<f32, D>>(
    run: &Context<D>,
    x: Rows<D, T>,
    packing: &Rc<Packing>,
    directions: [Direction<D>; 2],
) -> Result<Rows<D, T>, D::Err> {
    let (x, mut tape) = x.split_tape();
    let shape = LayerShape { input: x.shape().1, hidden: directions[0].recurrent.rows };
    let held = directions.map(|d| [d.input.save_for_backward(), d.recurrent.save_for_backward(), d.bias.save_for_backward()]);
    let (v, saved) = D::lstm_forward(run, shape, packing, D::read(run, &x)?, weights(&held), T::OWNS_TAPE)?;
    let v = D::tensor(run, v, (packing.tokens(), 2 * shape.hidden))?;
    if let Some(saved) = saved {
        let (gv, gx) = (slot(&v), slot(&x));
        let (run, packing) = (run.clone(), packing.clone());
        tape.add_backward_op(move |gradients| {
            let [[fi, fr, fb], [bi, br, bb]] = &held;
            let slots = [&gv, &gx, &fi.slot, &fr.slot, &fb.slot, &bi.slot, &br.slot, &bb.slot];
            with_gradients(&run, gradients, slots, |[gv, gx, fi, fr, fb, bi, br, bb]| {
                let forward = WeightGradients { input: fi, recurrent: fr, bias: fb };
                let backward = WeightGradients { input: bi, recurrent: br, bias: bb };
                D::lstm_backward(&run, shape, &packing, weights(&held), saved, gv, gx, [forward, backward])
            })
        });
    }
    Ok(v.put_tape(tape))
}

fn weights<D: Buffers>(held: &[[SavedParameter<D>; 3]; 2]) -> [Weights<'_, D>; 2] {
    [0, 1].map(|q| Weights { input: held[q][0].value(), recurrent: held[q][1].value(), bias: held[q][2].value() })
}
