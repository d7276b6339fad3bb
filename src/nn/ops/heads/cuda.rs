//! The heads on a GPU: the products and sums of the CPU's, one after the other, with nothing brought to the host but the loss.

use super::{Feedback, FeedbackFrom, HeadShape, Pair};
use crate::nn::gpu::Argument::{Float, In, Int, Out};
use crate::nn::gpu::{Gpu, Grid, Matrix, Target, rows};
use crate::run::spec::FeedbackValue;

/// One head's parameters: Wa; Wb and U; the bias; the tanh layer's output matrix and bias.
pub struct Values<'a, G: Gpu> {
    pub direct: &'a G::Values,
    pub feedback: Option<(&'a G::Values, &'a G::Values)>,
    pub bias: &'a G::Values,
    pub hidden: Option<(&'a G::Values, &'a G::Values)>,
}

/// Their gradients.
pub struct ValueGradients<'a, G: Gpu> {
    pub direct: &'a mut G::Values,
    pub feedback: Option<(&'a mut G::Values, &'a mut G::Values)>,
    pub bias: &'a mut G::Values,
    pub hidden: Option<(&'a mut G::Values, &'a mut G::Values)>,
}

/// Left by the forward pass.
pub struct Saved<G: Gpu> {
    /// tokens x 2h
    v: G::Values,
    tokens: usize,
    tasks: Pair<TaskSaved<G>>,
}

struct TaskSaved<G: Gpu> {
    /// Wa + Wb: 2h x W
    summed: Option<G::Values>,
    /// The feedback of the last round: tokens x |L of the other task|.
    feedback: Option<G::Values>,
    /// The tanh layer's values: tokens x W.
    hidden: Option<G::Values>,
    /// With two parts, each one's log-softmax, tokens x L; then, with any number, the gradients of the linear scores.
    parts: Vec<G::Values>,
}

impl<G: Gpu> Default for TaskSaved<G> {
    fn default() -> Self {
        Self { summed: None, feedback: None, hidden: None, parts: Vec::new() }
    }
}

/// One head during the rounds.
struct Working<'a, G: Gpu> {
    shape: HeadShape,
    tokens: usize,
    /// bias + v (Wa + Wb), one a part: tokens x W
    base: Vec<G::Values>,
    /// U Wb, one a part: |L of the other task| x W
    map: Vec<G::Values>,
    hidden: Option<(&'a G::Values, &'a G::Values)>,
}

/// The feedback that a head gets in a round.
enum Incoming<G: Gpu> {
    /// The same value for every tag of every token.
    Constant(f32),
    Values(G::Values),
}

/// Scores of each head, tokens x |L|, and what the backward pass needs.
pub type Scores<G> = (Pair<Option<<G as Gpu>::Values>>, Saved<G>);

/// Runs all rounds and gives the last one's scores.
pub fn forward<G: Gpu>(
    gpu: &G,
    shapes: Pair<Option<HeadShape>>,
    tokens: usize,
    v: G::Values,
    values: Pair<Option<Values<G>>>,
    feedback: &Feedback,
) -> Result<Scores<G>, G::Error> {
    let mut saved = Saved { v, tokens, tasks: [TaskSaved::default(), TaskSaved::default()] };
    let mut heads: Pair<Option<Working<G>>> = [None, None];
    for (task, values) in values.into_iter().enumerate() {
        if let (Some(shape), Some(values)) = (shapes[task], values) {
            let (head, summed) = Working::new(gpu, shape, tokens, &saved.v, values)?;
            heads[task] = Some(head);
            saved.tasks[task].summed = Some(summed);
        }
    }
    let wants = shapes.map(|s| s.is_some_and(|s| s.feedback.is_some()));
    let (rounds, mut incoming) = match &feedback.from {
        FeedbackFrom::Rounds(n) => {
            let uniform = |s: Option<HeadShape>| Incoming::Constant(s.and_then(|s| s.feedback).map_or(0.0, |l| 1.0 / l as f32));
            ((*n).max(1), shapes.map(uniform))
        }
        FeedbackFrom::Given { mer, men } => (1, [Incoming::Values(gpu.upload(men.clone())?), Incoming::Values(gpu.upload(mer.clone())?)]),
    };
    for round in 0..rounds - 1 {
        // A head computes in this round only what the other one will read; without feedback of its own it says the same again.
        let mut outputs = [None, None];
        for (task, output) in outputs.iter_mut().enumerate() {
            let Some(head) = heads[task].as_ref().filter(|_| wants[1 - task] && (round == 0 || wants[task])) else { continue };
            let (mut parts, _) = head.linear(gpu, &incoming[task])?;
            let mut y = head.combine(gpu, &mut parts)?;
            head.to_feedback(gpu, feedback.kind, &mut y)?;
            *output = Some(y);
        }
        let [mer, men] = outputs;
        for (task, y) in [(1, mer), (0, men)] {
            if let Some(y) = y {
                incoming[task] = Incoming::Values(y);
            }
        }
    }
    let mut scores = [None, None];
    for (task, incoming) in incoming.into_iter().enumerate() {
        let Some(head) = heads[task].take() else { continue };
        let own = &mut saved.tasks[task];
        let (mut parts, hidden) = head.linear(gpu, &incoming)?;
        scores[task] = Some(head.combine(gpu, &mut parts)?);
        (own.parts, own.hidden) = (parts, hidden);
        if let (true, Some(given)) = (wants[task], head.shape.feedback) {
            own.feedback = Some(match incoming {
                Incoming::Values(y) => y,
                Incoming::Constant(c) => constant(gpu, c, tokens * given)?,
            });
        }
    }
    Ok((scores, saved))
}

/// From scores, in place: their log-softmax over the tags, unless they are two parts' already.
pub fn log_probabilities<G: Gpu>(gpu: &G, shape: HeadShape, scores: &mut G::Values, tokens: usize) -> Result<(), G::Error> {
    if shape.parts == 1 { rows::log_softmax(gpu, scores, tokens, shape.tags) } else { Ok(()) }
}

/// Sum over the tokens of -log p(gold); keeps the gradient with respect to each part's linear scores.
pub fn negative_log_likelihood<G: Gpu>(
    gpu: &G,
    shape: HeadShape,
    task: usize,
    saved: &mut Saved<G>,
    scores: &mut G::Values,
    gold: &[u32],
) -> Result<f64, G::Error> {
    let parts = &mut saved.tasks[task].parts;
    if shape.parts == 1 {
        *parts = vec![std::mem::replace(scores, gpu.zeros(1)?)];
    }
    // A log-softmax is its own scores up to a constant, so one function serves both cases.
    let mut loss = 0.0;
    for part in parts {
        loss += rows::nll_gradient(gpu, part, gold, shape.tags)?;
    }
    Ok(loss)
}

/// Turns a gradient of the scores into that of each part's linear scores.
pub fn scores_backward<G: Gpu>(gpu: &G, shape: HeadShape, task: usize, saved: &mut Saved<G>, gradient: &G::Values) -> Result<(), G::Error> {
    let (tokens, parts) = (saved.tokens, &mut saved.tasks[task].parts);
    if shape.parts == 1 {
        *parts = vec![gpu.copy(gradient)?];
        return Ok(());
    }
    for part in parts {
        rows::log_softmax_backward(gpu, part, gradient, tokens, shape.tags)?;
    }
    Ok(())
}

/// Adds to the gradients of v and of one head's parameters.
#[allow(clippy::too_many_arguments)]
pub fn head_backward<G: Gpu>(
    gpu: &G,
    shape: HeadShape,
    task: usize,
    saved: &mut Saved<G>,
    values: Values<G>,
    factor: f32,
    gv: &mut G::Values,
    gradients: ValueGradients<G>,
) -> Result<(), G::Error> {
    let Saved { v, tokens: n, tasks } = saved;
    let (n, own) = (*n, std::mem::take(&mut tasks[task]));
    let ValueGradients { direct, bias, mut feedback, hidden } = gradients;
    let (w, part, stride) = (shape.width(), shape.input / shape.parts, shape.input);
    let mut parts = own.parts;
    if factor != 1.0 {
        for g in &mut parts {
            rows::scale(gpu, g, factor, n * shape.tags)?;
        }
    }
    if let (Some((matrix, _)), Some((g_matrix, g_bias)), Some(z)) = (values.hidden, hidden, &own.hidden) {
        for outer in &mut parts {
            let g = Matrix::new(outer, n, shape.tags);
            rows::add_product(gpu, Matrix::new(z, n, w).t(), g, g_matrix)?;
            rows::add_column_sums(gpu, (g_bias, 0), (outer, 0), n, shape.tags)?;
            let mut inner = rows::product(gpu, g, Matrix::new(matrix, w, shape.tags).t())?;
            gpu.launch("tanh_backward", Grid::Each(n * w), &mut [Out(&mut inner), In(z), Int(n * w)])?;
            *outer = inner;
        }
    }
    for (q, g) in parts.iter().enumerate() {
        // The rows of Wa and Wb, and the columns of v and U, that belong to this part.
        let (first, columns) = (q * part * w, q * part);
        let g_all = Matrix::new(g, n, w);
        let own_v = Matrix::new(v, n, part).from(columns).stride(stride);
        gpu.multiply(true, own_v.t(), g_all, Target { values: direct, first, row_stride: w })?;
        if let (Some((g_b, g_u)), Some((b, u)), Some(given), Some(y)) = (&mut feedback, values.feedback, shape.feedback, &own.feedback) {
            gpu.multiply(true, own_v.t(), g_all, Target { values: g_b, first, row_stride: w })?;
            // K = yᵀ g is small: |L of the other task| x W.
            let k = rows::product(gpu, Matrix::new(y, n, given).t(), g_all)?;
            let k = Matrix::new(&k, given, w);
            let own_u = Matrix::new(u, given, part).from(columns).stride(stride);
            gpu.multiply(true, own_u.t(), k, Target { values: g_b, first, row_stride: w })?;
            gpu.multiply(true, k, Matrix::new(b, part, w).from(first).t(), Target { values: g_u, first: columns, row_stride: stride })?;
        }
        rows::add_column_sums(gpu, (bias, q * w), (g, 0), n, w)?;
        if let Some(summed) = &own.summed {
            let weights = Matrix::new(summed, part, w).from(first).t();
            gpu.multiply(true, g_all, weights, Target { values: gv, first: columns, row_stride: stride })?;
        }
    }
    Ok(())
}

fn constant<G: Gpu>(gpu: &G, value: f32, len: usize) -> Result<G::Values, G::Error> {
    let mut values = gpu.zeros(len)?;
    gpu.launch("fill", Grid::Each(len), &mut [Out(&mut values), Float(value), Int(len)])?;
    Ok(values)
}

impl<'a, G: Gpu> Working<'a, G> {
    /// The head, and Wa + Wb.
    fn new(gpu: &G, shape: HeadShape, tokens: usize, v: &G::Values, values: Values<'a, G>) -> Result<(Self, G::Values), G::Error> {
        let (w, part, stride) = (shape.width(), shape.input / shape.parts, shape.input);
        let mut summed = gpu.copy(values.direct)?;
        if let Some((b, _)) = values.feedback {
            rows::add(gpu, &mut summed, b, shape.input * w)?;
        }
        let (mut base, mut map) = (Vec::new(), Vec::new());
        for q in 0..shape.parts {
            let (first, columns) = (q * part * w, q * part);
            let mut own = rows::repeated(gpu, values.bias, q * w, tokens, w)?;
            let own_v = Matrix::new(v, tokens, part).from(columns).stride(stride);
            rows::add_product(gpu, own_v, Matrix::new(&summed, part, w).from(first), &mut own)?;
            base.push(own);
            if let (Some((b, u)), Some(given)) = (values.feedback, shape.feedback) {
                let own_u = Matrix::new(u, given, part).from(columns).stride(stride);
                map.push(rows::product(gpu, own_u, Matrix::new(b, part, w).from(first))?);
            }
        }
        Ok((Self { shape, tokens, base, map, hidden: values.hidden }, summed))
    }

    /// The linear scores of each part, tokens x L, given the feedback; and the tanh layer's values, if there is one.
    #[allow(clippy::type_complexity)]
    fn linear(&self, gpu: &G, incoming: &Incoming<G>) -> Result<(Vec<G::Values>, Option<G::Values>), G::Error> {
        let (n, w) = (self.tokens, self.shape.width());
        let mut parts = Vec::with_capacity(self.shape.parts);
        for (q, base) in self.base.iter().enumerate() {
            let mut own = gpu.copy(base)?;
            if let (Some(map), Some(given)) = (self.map.get(q), self.shape.feedback) {
                match incoming {
                    Incoming::Values(y) => rows::add_product(gpu, Matrix::new(y, n, given), Matrix::new(map, given, w), &mut own)?,
                    Incoming::Constant(c) => {
                        let mut sum = gpu.zeros(w)?;
                        rows::add_column_sums(gpu, (&mut sum, 0), (map, 0), given, w)?;
                        rows::add_to_rows(gpu, &mut own, &sum, *c, n, w)?;
                    }
                }
            }
            parts.push(own);
        }
        let Some((matrix, bias)) = self.hidden else { return Ok((parts, None)) };
        let (mut hidden, l) = (None, self.shape.tags);
        for part in &mut parts {
            gpu.launch("tanh_values", Grid::Each(n * w), &mut [Out(part), Int(n * w)])?;
            let mut own = rows::repeated(gpu, bias, 0, n, l)?;
            rows::add_product(gpu, Matrix::new(part, n, w), Matrix::new(matrix, w, l), &mut own)?;
            hidden = Some(std::mem::replace(part, own));
        }
        Ok((parts, hidden))
    }

    /// The scores of all parts together: one part's own, taken from `parts`; of two the sum of the log-softmaxes, which stay in `parts`.
    fn combine(&self, gpu: &G, parts: &mut Vec<G::Values>) -> Result<G::Values, G::Error> {
        let (n, tags) = (self.tokens, self.shape.tags);
        if self.shape.parts == 1
            && let Some(only) = parts.pop()
        {
            return Ok(only);
        }
        let mut sum = gpu.zeros(n * tags)?;
        for part in parts {
            rows::log_softmax(gpu, part, n, tags)?;
            rows::add(gpu, &mut sum, part, n * tags)?;
        }
        Ok(sum)
    }

    /// Scores to what the other head is given, in place.
    fn to_feedback(&self, gpu: &G, kind: FeedbackValue, scores: &mut G::Values) -> Result<(), G::Error> {
        match kind {
            FeedbackValue::Probability => rows::softmax(gpu, scores, self.tokens, self.shape.tags),
            FeedbackValue::LogProbability => log_probabilities(gpu, self.shape, scores, self.tokens),
        }
    }
}

#[cfg(feature = "cuda")]
mod device {
    use super::super::{Feedback, HeadGradients, HeadShape, HeadValues, HeadsForward, HeadsKernel, Pair};
    use super::{Saved, ValueGradients, Values};
    use crate::nn::buffers::{Buffer, Buffers, Context};
    use crate::nn::gpu::CudaGpu;
    use dfdx::prelude::{Cuda, Storage};

    fn lend(v: HeadValues<Cuda>) -> Values<CudaGpu> {
        Values { direct: v.direct, feedback: v.feedback, bias: v.bias, hidden: v.hidden }
    }

    impl HeadsKernel for Cuda {
        type Saved = Saved<CudaGpu>;

        fn heads_forward(
            run: &Context<Self>,
            shapes: Pair<Option<HeadShape>>,
            tokens: usize,
            v: Buffer<Self>,
            values: Pair<Option<HeadValues<Self>>>,
            feedback: &Feedback,
        ) -> Result<HeadsForward<Self>, Self::Err> {
            let values = values.map(|v| v.map(lend));
            let (scores, saved) = super::forward(run.workspace(), shapes, tokens, v, values, feedback)?;
            Ok(HeadsForward { scores, saved })
        }

        fn log_probabilities(run: &Context<Self>, shape: HeadShape, scores: &mut Buffer<Self>) -> Result<(), Self::Err> {
            let tokens = run.device().len(scores) / shape.tags;
            super::log_probabilities(run.workspace(), shape, scores, tokens)
        }

        fn negative_log_likelihood(
            run: &Context<Self>,
            shape: HeadShape,
            task: usize,
            saved: &mut Self::Saved,
            scores: &mut Buffer<Self>,
            gold: &[u32],
        ) -> Result<f64, Self::Err> {
            super::negative_log_likelihood(run.workspace(), shape, task, saved, scores, gold)
        }

        fn scores_backward(
            run: &Context<Self>,
            shape: HeadShape,
            task: usize,
            saved: &mut Self::Saved,
            gradient: &Buffer<Self>,
        ) -> Result<(), Self::Err> {
            super::scores_backward(run.workspace(), shape, task, saved, gradient)
        }

        fn head_backward(
            run: &Context<Self>,
            shape: HeadShape,
            task: usize,
            saved: &mut Self::Saved,
            values: HeadValues<Self>,
            factor: f32,
            gv: &mut Buffer<Self>,
            g: HeadGradients<Self>,
        ) -> Result<(), Self::Err> {
            let gradients = ValueGradients { direct: g.direct, feedback: g.feedback, bias: g.bias, hidden: g.hidden };
            super::head_backward(run.workspace(), shape, task, saved, lend(values), factor, gv, gradients)
        }

        fn first(run: &Context<Self>, buffer: &Buffer<Self>) -> Result<f32, Self::Err> {
            Ok(Self::download(run, buffer)?[0])
        }
    }
}

#[cfg(test)]
mod tests;
