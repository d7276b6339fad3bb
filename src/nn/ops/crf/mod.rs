//! A linear-chain CRF over a packed batch (Lafferty et al. 2001): its loss as one tape entry, its posterior marginals, its best tags.
//!
//! With emissions e (tokens x K), transitions A (from x to), start scores s and end scores z, a sentence's tag sequence y has the score
//! `s[y_1] + sum_t e_t[y_t] + sum_t A[y_(t-1), y_t] + z[y_T]`. The loss is `log sum_y' e^score(y') - score(y)`, summed over the batch's
//! sentences; its gradient is the expected minus the observed number of times that each score counts.

pub mod cpu;
#[cfg(any(test, feature = "cuda"))]
mod cuda;
#[cfg(test)]
mod tests;

use crate::nn::Packing;
use crate::nn::buffers::{Buffer, Buffers, Context, Rows};
use crate::nn::parameter::{Parameter, SavedParameter, slot, with_gradients};
use dfdx::prelude::*;
use std::rc::Rc;

/// The parameters of a chain over K tags: `transitions` is K x K (row = the tag left, column = the tag entered), `start` and `end` are
/// 1 x K. Negative infinity forbids.
#[derive(Clone, Copy)]
pub struct Crf<'p, D: Buffers> {
    pub transitions: &'p Parameter<D>,
    pub start: &'p Parameter<D>,
    pub end: &'p Parameter<D>,
}

/// Values of a chain's parameters, for a kernel.
pub struct CrfValues<'a, D: Buffers> {
    pub transitions: &'a Buffer<D>,
    pub start: &'a Buffer<D>,
    pub end: &'a Buffer<D>,
}

/// Gradients of the scores, for a kernel to add to.
pub struct CrfGradients<'a, D: Buffers> {
    pub emissions: &'a mut Buffer<D>,
    pub transitions: &'a mut Buffer<D>,
    pub start: &'a mut Buffer<D>,
    pub end: &'a mut Buffer<D>,
}

/// The kernels of the chain.
pub trait CrfKernel: Buffers {
    /// What the loss leaves for its gradient.
    type Saved: 'static;

    /// The loss, summed over the sentences: not finite if a sentence's gold tags, or all of its tag sequences, are forbidden.
    fn crf_loss(
        run: &Context<Self>,
        packing: &Packing,
        emissions: Buffer<Self>,
        values: CrfValues<Self>,
        gold: &[u32],
    ) -> Result<(f64, Self::Saved), Self::Err>;

    /// Adds `factor` times the loss's gradients.
    fn crf_backward(
        run: &Context<Self>,
        packing: &Packing,
        gold: &[u32],
        saved: Self::Saved,
        factor: f32,
        gradients: CrfGradients<Self>,
    ) -> Result<(), Self::Err>;

    /// P(y_t = k): tokens x K, each row summing to 1.
    fn crf_marginals(
        run: &Context<Self>,
        packing: &Packing,
        emissions: Buffer<Self>,
        values: CrfValues<Self>,
    ) -> Result<Vec<f32>, Self::Err>;

    /// The tags of the best sequence of each sentence, one a token. Of equally good tags the lowest is taken, from the last token
    /// backwards.
    fn crf_viterbi(run: &Context<Self>, packing: &Packing, emissions: Buffer<Self>, values: CrfValues<Self>)
    -> Result<Vec<u32>, Self::Err>;
}

impl<'p, D: Buffers> Crf<'p, D> {
    fn values(&self) -> CrfValues<'p, D> {
        CrfValues { transitions: self.transitions.value(), start: self.start.value(), end: self.end.value() }
    }
}

/// `weight` times the loss of the tags `gold` (one a row of `emissions`, which is tokens x K), on the tape, and the loss itself, both
/// summed over the batch's sentences.
#[allow(clippy::type_complexity)]
pub fn loss<D: CrfKernel, T: Tape<f32, D>>(
    run: &Context<D>,
    emissions: Rows<D, T>,
    packing: &Rc<Packing>,
    crf: &Crf<D>,
    gold: &Rc<Vec<u32>>,
    weight: f32,
) -> Result<(Tensor<Rank0, f32, D, T>, f64), D::Err> {
    let (emissions, mut tape) = emissions.split_tape();
    let (value, saved) = D::crf_loss(run, packing, D::read(run, &emissions)?, crf.values(), gold)?;
    let loss: Tensor<Rank0, f32, D> = run.device().try_tensor_from_vec(vec![(f64::from(weight) * value) as f32], ())?;
    if T::OWNS_TAPE {
        let (ge, gl) = (slot(&emissions), slot(&loss));
        let held: [SavedParameter<D>; 3] =
            [crf.transitions.save_for_backward(), crf.start.save_for_backward(), crf.end.save_for_backward()];
        let (run, packing, gold) = (run.clone(), packing.clone(), gold.clone());
        tape.add_backward_op(move |gradients| {
            let reaching = D::download(&run, gl(gradients)?)?[0];
            let [transitions, start, end] = &held;
            with_gradients(&run, gradients, [&ge, &transitions.slot, &start.slot, &end.slot], |[emissions, transitions, start, end]| {
                let gradients = CrfGradients { emissions, transitions, start, end };
                D::crf_backward(&run, &packing, &gold, saved, reaching * weight, gradients)
            })
        });
    }
    Ok((loss.put_tape(tape), value))
}

/// P(y_t = k) over the tag sequences of each sentence: tokens x K.
pub fn marginals<D: CrfKernel>(run: &Context<D>, emissions: &Rows<D>, packing: &Packing, crf: &Crf<D>) -> Result<Vec<f32>, D::Err> {
    D::crf_marginals(run, packing, D::read(run, emissions)?, crf.values())
}

/// The best tag sequences, one tag a token.
pub fn viterbi<D: CrfKernel>(run: &Context<D>, emissions: &Rows<D>, packing: &Packing, crf: &Crf<D>) -> Result<Vec<u32>, D::Err> {
    D::crf_viterbi(run, packing, D::read(run, emissions)?, crf.values())
}
