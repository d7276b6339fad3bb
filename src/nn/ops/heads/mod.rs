//! The two heads with explicit feedback, as one tape entry.
//!
//! The paper's f(v ∘ (v + yU)) with a linear f is `v (Wa + Wb) + y (U Wb) + bias`, where Wa and Wb are the halves of f's matrix: the
//! feedback is one additive term. So v's product is computed once, and each further round costs only |L_MEN| x |L_MER| a token. The
//! parameters stay the literal Wa, Wb and U, because the path of gradient descent depends on them.
//!
//! Rounds: y of round 0 is 1/|L|; round i computes every head from the other head's y of round i - 1, which takes no gradient; the last
//! round gives the scores.

mod cpu;
#[cfg(any(test, feature = "cuda"))]
mod cuda;
#[cfg(test)]
mod tests;

use crate::nn::buffers::{Buffer, Buffers, Context, Rows};
use crate::nn::parameter::{GradientSlot, Parameter, SavedParameter, slot, with_gradient_list};
use crate::run::spec::FeedbackValue;
use dfdx::prelude::*;
use std::rc::Rc;

/// The parameters of one head over L tags, W its first layer's width (L, or that of the hidden layer).
pub struct Head<'p, D: Buffers> {
    /// Wa: 2h x W
    pub direct: &'p Parameter<D>,
    /// Wb: 2h x W, and U: L of the other task x 2h
    pub feedback: Option<(&'p Parameter<D>, &'p Parameter<D>)>,
    /// parts x W
    pub bias: &'p Parameter<D>,
    /// A tanh layer between: its output matrix W x L and bias 1 x L.
    pub hidden: Option<(&'p Parameter<D>, &'p Parameter<D>)>,
}

/// Where a head's feedback comes from.
#[derive(Clone, Debug)]
pub enum FeedbackFrom {
    /// So many rounds, from y = 1/|L|.
    Rounds(usize),
    /// One round from these values: tokens x |L| of the task that gives feedback (MER's for the MEN head, and the reverse).
    Given { mer: Vec<f32>, men: Vec<f32> },
}

/// How the heads are computed.
#[derive(Clone, Debug)]
pub struct Feedback {
    pub kind: FeedbackValue,
    pub from: FeedbackFrom,
}

/// What the kernels have of each head, in the order of [`Task::ALL`](crate::corpus::Task::ALL); a network's own is a
/// [`PerTask`](crate::corpus::PerTask).
pub type Pair<T> = [T; 2];

/// Gold tags, one a token, and what the loss is multiplied by (the task's weight, and 1 / tokens for a mean); 0 leaves the task's
/// parameters without gradient.
#[derive(Clone, Debug)]
pub struct Gold {
    pub tags: Rc<Vec<u32>>,
    pub weight: f32,
}

/// Sizes of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadShape {
    /// Width of v.
    pub input: usize,
    pub tags: usize,
    /// Tags of the other task, where there is feedback.
    pub feedback: Option<usize>,
    /// Width of the tanh layer, if there is one.
    pub hidden: Option<usize>,
    /// 1: v whole; 2: each direction scored by itself and the two log-softmaxes added.
    pub parts: usize,
}

impl HeadShape {
    /// Width of the first layer.
    pub fn width(&self) -> usize {
        self.hidden.unwrap_or(self.tags)
    }
}

/// Values (or gradients) of one head's parameters, for a kernel.
pub struct HeadValues<'a, D: Buffers> {
    pub direct: &'a Buffer<D>,
    pub feedback: Option<(&'a Buffer<D>, &'a Buffer<D>)>,
    pub bias: &'a Buffer<D>,
    pub hidden: Option<(&'a Buffer<D>, &'a Buffer<D>)>,
}

/// The gradients of one head's parameters: direct, bias, feedback (Wb, U), hidden (matrix, bias).
pub struct HeadGradients<'a, D: Buffers> {
    pub direct: &'a mut Buffer<D>,
    pub bias: &'a mut Buffer<D>,
    pub feedback: Option<(&'a mut Buffer<D>, &'a mut Buffer<D>)>,
    pub hidden: Option<(&'a mut Buffer<D>, &'a mut Buffer<D>)>,
}

/// What a forward pass of the heads gives.
pub struct HeadsForward<D: HeadsKernel> {
    /// tokens x |L|: with one part the linear scores (the CRF's emissions), with two the sum of the log-softmaxes. A head that was not
    /// asked for has none.
    pub scores: Pair<Option<Buffer<D>>>,
    pub saved: D::Saved,
}

/// The kernels of the heads.
pub trait HeadsKernel: Buffers {
    /// What the forward pass leaves for the backward pass.
    type Saved: 'static;

    /// Runs all rounds and gives the last one's scores.
    fn heads_forward(
        run: &Context<Self>,
        shapes: Pair<Option<HeadShape>>,
        tokens: usize,
        v: Buffer<Self>,
        values: Pair<Option<HeadValues<Self>>>,
        feedback: &Feedback,
    ) -> Result<HeadsForward<Self>, Self::Err>;

    /// From scores, in place: their log-softmax over the tags (two parts are summed log-softmaxes already and stay as they are).
    fn log_probabilities(run: &Context<Self>, shape: HeadShape, scores: &mut Buffer<Self>) -> Result<(), Self::Err>;

    /// Sum over the tokens of -log p(gold); leaves in `scores` the gradient with respect to each part's linear scores.
    fn negative_log_likelihood(
        run: &Context<Self>,
        shape: HeadShape,
        task: usize,
        saved: &mut Self::Saved,
        scores: &mut Buffer<Self>,
        gold: &[u32],
    ) -> Result<f64, Self::Err>;

    /// Turns a gradient of the scores into that of each part's linear scores, for use by `head_backward`.
    fn scores_backward(
        run: &Context<Self>,
        shape: HeadShape,
        task: usize,
        saved: &mut Self::Saved,
        gradient: &Buffer<Self>,
    ) -> Result<(), Self::Err>;

    /// Adds to the gradients of v and of one head's parameters, the gradient of the linear scores (kept in `saved`) times `factor`.
    #[allow(clippy::too_many_arguments)]
    fn head_backward(
        run: &Context<Self>,
        shape: HeadShape,
        task: usize,
        saved: &mut Self::Saved,
        values: HeadValues<Self>,
        factor: f32,
        gv: &mut Buffer<Self>,
        gradients: HeadGradients<Self>,
    ) -> Result<(), Self::Err>;

    /// Takes back what a forward pass left that no backward pass follows.
    fn give_saved(_: &Context<Self>, saved: Self::Saved) {
        drop(saved);
    }

    /// The tag with the greatest value in each row of `tags` values (the first of equals).
    fn best_tags(run: &Context<Self>, tags: usize, values: &Buffer<Self>) -> Result<Vec<u32>, Self::Err> {
        Ok(Self::download(run, values)?.chunks_exact(tags.max(1)).map(argmax).collect())
    }

    /// The first value of a buffer: the gradient that reaches a loss.
    fn first(run: &Context<Self>, buffer: &Buffer<Self>) -> Result<f32, Self::Err>;
}

struct SavedHead<D: Buffers> {
    shape: HeadShape,
    direct: SavedParameter<D>,
    bias: SavedParameter<D>,
    feedback: Option<[SavedParameter<D>; 2]>,
    hidden: Option<[SavedParameter<D>; 2]>,
}

impl<D: HeadsKernel> SavedHead<D> {
    fn new(head: Head<D>) -> Self {
        let shape = HeadShape {
            input: head.direct.rows,
            tags: head.hidden.map_or(head.direct.columns, |(w, _)| w.columns),
            feedback: head.feedback.map(|(_, u)| u.rows),
            hidden: head.hidden.map(|(w, _)| w.rows),
            parts: head.bias.rows,
        };
        let pair = |p: Option<(&Parameter<D>, &Parameter<D>)>| p.map(|(a, b)| [a.save_for_backward(), b.save_for_backward()]);
        Self {
            shape,
            direct: head.direct.save_for_backward(),
            bias: head.bias.save_for_backward(),
            feedback: pair(head.feedback),
            hidden: pair(head.hidden),
        }
    }

    fn values(&self) -> HeadValues<'_, D> {
        fn pair<D: Buffers>(held: &Option<[SavedParameter<D>; 2]>) -> Option<(&Buffer<D>, &Buffer<D>)> {
            held.as_ref().map(|[a, b]| (a.value(), b.value()))
        }
        HeadValues { direct: self.direct.value(), bias: self.bias.value(), feedback: pair(&self.feedback), hidden: pair(&self.hidden) }
    }

    fn backward(
        &self,
        run: &Context<D>,
        task: usize,
        saved: &mut D::Saved,
        factor: f32,
        gradients: &mut Gradients<f32, D>,
        gv: &GradientSlot<D>,
    ) -> Result<(), D::Err> {
        let mut slots = vec![gv, &self.direct.slot, &self.bias.slot];
        slots.extend(self.feedback.iter().chain(&self.hidden).flatten().map(|held| &held.slot));
        with_gradient_list(run, gradients, &slots, |taken| {
            let mut rest = taken.iter_mut();
            let mut next = || rest.next().expect("one buffer a slot");
            let gv = next();
            let gradients = HeadGradients {
                direct: next(),
                bias: next(),
                feedback: self.feedback.as_ref().map(|_| (next(), next())),
                hidden: self.hidden.as_ref().map(|_| (next(), next())),
            };
            D::head_backward(run, self.shape, task, saved, self.values(), factor, gv, gradients)
        })
    }
}

/// Losses of both tasks.
pub struct Losses<D: Buffers, T: Tape<f32, D>> {
    /// The weighted sum, on the tape.
    pub total: Tensor<Rank0, f32, D, T>,
    /// Sum over tokens of -log p(gold), unweighted; `None` for a task without a head or with weight 0.
    pub tasks: Pair<Option<f64>>,
    /// tokens x |L| of each head: what feedback would pass on, if asked for.
    pub outputs: Pair<Option<Vec<f32>>>,
}

/// Log-softmax and loss of the heads' last round, fused with the heads: v is tokens x 2h.
pub fn losses<D: HeadsKernel, T: Tape<f32, D>>(
    run: &Context<D>,
    v: Rows<D, T>,
    heads: Pair<Option<Head<D>>>,
    feedback: &Feedback,
    gold: Pair<Option<Gold>>,
    want_outputs: bool,
) -> Result<Losses<D, T>, D::Err> {
    let (v, mut tape) = v.split_tape();
    let tokens = v.shape().0;
    let held = heads.map(|h| h.map(SavedHead::new));
    let forward = D::heads_forward(run, shapes(&held), tokens, D::read(run, &v)?, values(&held), feedback)?;
    let HeadsForward { scores, mut saved } = forward;
    let (mut tasks, mut outputs, mut total) = ([None, None], [None, None], 0.0);
    for (task, scores) in scores.into_iter().enumerate() {
        let (Some(mut scores), Some(head), Some(gold)) = (scores, &held[task], &gold[task]) else { continue };
        if want_outputs {
            let mut copy = D::upload(run, D::download(run, &scores)?)?;
            D::log_probabilities(run, head.shape, &mut copy)?;
            outputs[task] = Some(as_feedback(feedback.kind, head.shape.tags, D::download(run, &copy)?));
        }
        if gold.weight != 0.0 {
            let loss = D::negative_log_likelihood(run, head.shape, task, &mut saved, &mut scores, &gold.tags)?;
            total += f64::from(gold.weight) * loss;
            tasks[task] = Some(loss);
        }
    }
    let loss: Tensor<Rank0, f32, D> = run.device().try_tensor_from_vec(vec![total as f32], ())?;
    if T::OWNS_TAPE {
        let (gv, gl, run) = (slot(&v), slot(&loss), run.clone());
        tape.add_backward_op(move |gradients| {
            let reaching = D::first(&run, gl(gradients)?)?;
            for task in 0..2 {
                if let (Some(head), Some(gold)) = (&held[task], &gold[task])
                    && gold.weight != 0.0
                {
                    head.backward(&run, task, &mut saved, reaching * gold.weight, gradients, &gv)?;
                }
            }
            Ok(())
        });
    }
    Ok(Losses { total: loss.put_tape(tape), tasks, outputs })
}

/// The heads' scores as tensors, tokens x |L| (for a CRF, or for prediction), and the tape to go on with.
#[allow(clippy::type_complexity)]
pub fn scores<D: HeadsKernel, T: Tape<f32, D>>(
    run: &Context<D>,
    v: Rows<D, T>,
    heads: Pair<Option<Head<D>>>,
    feedback: &Feedback,
) -> Result<(Pair<Option<Rows<D>>>, T), D::Err> {
    let (v, mut tape) = v.split_tape();
    let tokens = v.shape().0;
    let held = heads.map(|h| h.map(SavedHead::new));
    let HeadsForward { scores, mut saved } = D::heads_forward(run, shapes(&held), tokens, D::read(run, &v)?, values(&held), feedback)?;
    let mut tensors = [None, None];
    for (task, scores) in scores.into_iter().enumerate() {
        if let (Some(scores), Some(head)) = (scores, &held[task]) {
            tensors[task] = Some(D::tensor(run, scores, (tokens, head.shape.tags))?);
        }
    }
    if T::OWNS_TAPE {
        let slots = tensors.each_ref().map(|t: &Option<Rows<D>>| t.as_ref().map(slot));
        let (gv, run) = (slot(&v), run.clone());
        tape.add_backward_op(move |gradients| {
            for task in 0..2 {
                if let (Some(head), Some(gradient)) = (&held[task], &slots[task]) {
                    D::scores_backward(&run, head.shape, task, &mut saved, gradient(gradients)?)?;
                    head.backward(&run, task, &mut saved, 1.0, gradients, &gv)?;
                }
            }
            Ok(())
        });
    } else {
        D::give_saved(run, saved);
    }
    Ok((tensors, tape))
}

/// Rows of log-probabilities over `tags` tags as the value that feedback passes on. As probabilities they are normalised, which a sum of
/// two parts' log-probabilities is not.
pub fn as_feedback(kind: FeedbackValue, tags: usize, mut log_probabilities: Vec<f32>) -> Vec<f32> {
    if kind == FeedbackValue::Probability {
        for row in log_probabilities.chunks_exact_mut(tags.max(1)) {
            let greatest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            row.iter_mut().for_each(|v| *v = libm::expf(*v - greatest));
            let sum: f32 = row.iter().sum();
            row.iter_mut().for_each(|v| *v /= sum);
        }
    }
    log_probabilities
}

fn shapes<D: HeadsKernel>(held: &Pair<Option<SavedHead<D>>>) -> Pair<Option<HeadShape>> {
    held.each_ref().map(|h| h.as_ref().map(|h| h.shape))
}

fn values<D: HeadsKernel>(held: &Pair<Option<SavedHead<D>>>) -> Pair<Option<HeadValues<'_, D>>> {
    held.each_ref().map(|h| h.as_ref().map(SavedHead::values))
}

/// Tags with the greatest score (the first of equals), and with `probabilities` the log-probabilities, tokens x |L|.
#[allow(clippy::type_complexity)]
pub fn decode<D: HeadsKernel>(
    run: &Context<D>,
    scores: &Rows<D>,
    parts: usize,
    probabilities: bool,
) -> Result<(Vec<u32>, Option<Vec<f32>>), D::Err> {
    let (_, tags) = *scores.shape();
    let mut buffer = D::read(run, scores)?;
    if probabilities {
        let shape = HeadShape { input: 0, tags, feedback: None, hidden: None, parts };
        D::log_probabilities(run, shape, &mut buffer)?;
    }
    let best = D::best_tags(run, tags, &buffer)?;
    let values = if probabilities { Some(D::download(run, &buffer)?) } else { None };
    D::give(run, buffer);
    Ok((best, values))
}

/// Index of the greatest value, the first of equals.
fn argmax(row: &[f32]) -> u32 {
    let mut best = 0;
    for (i, v) in row.iter().enumerate() {
        if *v > row[best] {
            best = i;
        }
    }
    best as u32
}
