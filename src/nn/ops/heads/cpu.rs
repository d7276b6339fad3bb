//! The heads on the CPU.

use super::{Feedback, FeedbackFrom, HeadGradients, HeadShape, HeadValues, HeadsForward, HeadsKernel, Pair};
use crate::nn::buffers::{Buffer, Context, CpuWorkspace};
use crate::nn::isa::for_each_isa;
use crate::nn::ops::math::tanh;
use crate::nn::ops::multiply;
use crate::nn::ops::product::{Initial, Mat, Panels};
use crate::nn::ops::softmax::{log_softmax, nll_gradient, softmax};
use crate::run::spec::FeedbackValue;
use dfdx::prelude::Cpu;

/// Rows of a gradient that are computed before they are added where they belong, so that they stay in the second-level cache.
const ROWS: usize = 32;

/// Left by the forward pass.
pub struct Saved {
    /// tokens x 2h
    v: Vec<f32>,
    tokens: usize,
    tasks: Pair<TaskSaved>,
}

#[derive(Default)]
struct TaskSaved {
    /// Wa + Wb: 2h x W
    summed: Vec<f32>,
    /// The feedback of the last round: tokens x |L of the other task|.
    feedback: Vec<f32>,
    /// The tanh layer's values: tokens x W.
    hidden: Vec<f32>,
    /// With two parts, each one's log-softmax, tokens x L; then, with any number, the gradients of the linear scores.
    parts: Vec<Vec<f32>>,
}

/// One head during the rounds.
struct Working<'a> {
    shape: HeadShape,
    /// bias + v (Wa + Wb), one a part: tokens x W
    base: Vec<Vec<f32>>,
    /// U Wb, one a part: |L of the other task| x W
    map: Vec<Vec<f32>>,
    hidden: Option<(&'a [f32], &'a [f32])>,
}

/// The feedback that a head gets in a round.
enum Incoming {
    /// The same value for every tag of every token.
    Constant(f32),
    Values(Vec<f32>),
}

impl HeadsKernel for Cpu {
    type Saved = Saved;

    fn heads_forward(
        run: &Context<Self>,
        shapes: Pair<Option<HeadShape>>,
        tokens: usize,
        mut v: Buffer<Self>,
        values: Pair<Option<HeadValues<Self>>>,
        feedback: &Feedback,
    ) -> Result<HeadsForward<Self>, Self::Err> {
        let workspace = run.workspace();
        let v = std::mem::take(&mut *v);
        let mut saved = Saved { v, tokens, tasks: Default::default() };
        let mut heads: Pair<Option<Working>> = [None, None];
        for (task, values) in values.into_iter().enumerate() {
            if let (Some(shape), Some(values)) = (shapes[task], values) {
                heads[task] = Some(Working::new(workspace, shape, tokens, &saved.v, values, &mut saved.tasks[task].summed));
            }
        }
        let wants = shapes.map(|s| s.is_some_and(|s| s.feedback.is_some()));
        let (rounds, mut incoming) = match &feedback.from {
            FeedbackFrom::Rounds(n) => {
                let uniform = |s: Option<HeadShape>| Incoming::Constant(s.and_then(|s| s.feedback).map_or(0.0, |l| 1.0 / l as f32));
                ((*n).max(1), shapes.map(uniform))
            }
            FeedbackFrom::Given { mer, men } => (1, [Incoming::Values(men.clone()), Incoming::Values(mer.clone())]),
        };
        for round in 0..rounds - 1 {
            // A head computes in this round only what the other one will read; without feedback of its own it says the same again.
            let outputs = [0, 1].map(|task| {
                let head = heads[task].as_ref()?;
                (wants[1 - task] && (round == 0 || wants[task])).then(|| {
                    let mut parts = head.linear(workspace, &incoming[task], tokens, &mut Vec::new());
                    let mut y = combine(workspace, head.shape, &mut parts);
                    give_all(workspace, parts);
                    to_feedback(workspace, feedback.kind, head.shape, &mut y);
                    y
                })
            });
            let [mer, men] = outputs;
            for (task, y) in [(1, mer), (0, men)] {
                if let Some(y) = y
                    && let Incoming::Values(old) = std::mem::replace(&mut incoming[task], Incoming::Values(y))
                {
                    workspace.scratch.give(old);
                }
            }
        }
        let mut scores = [None, None];
        for (task, incoming) in incoming.into_iter().enumerate() {
            let Some(head) = heads[task].take() else { continue };
            let own = &mut saved.tasks[task];
            let mut parts = head.linear(workspace, &incoming, tokens, &mut own.hidden);
            let mut buffer = run.zeros(0)?;
            *buffer = combine(workspace, head.shape, &mut parts);
            scores[task] = Some(buffer);
            own.parts = parts;
            if let (true, Some(given)) = (wants[task], head.shape.feedback) {
                own.feedback = match incoming {
                    Incoming::Values(y) => y,
                    Incoming::Constant(c) => {
                        let mut y = workspace.scratch.any(tokens * given);
                        y.fill(c);
                        y
                    }
                };
            }
            give_all(workspace, head.base);
            give_all(workspace, head.map);
        }
        Ok(HeadsForward { scores, saved })
    }

    fn log_probabilities(run: &Context<Self>, shape: HeadShape, scores: &mut Buffer<Self>) -> Result<(), Self::Err> {
        if shape.parts == 1 {
            log_softmax(run.workspace().isa, shape.tags, scores);
        }
        Ok(())
    }

    fn negative_log_likelihood(
        run: &Context<Self>,
        shape: HeadShape,
        task: usize,
        saved: &mut Saved,
        scores: &mut Buffer<Self>,
        gold: &[u32],
    ) -> Result<f64, Self::Err> {
        let parts = &mut saved.tasks[task].parts;
        if shape.parts == 1 {
            *parts = vec![std::mem::take(&mut **scores)];
        }
        // A log-softmax is its own scores up to a constant, so one function serves both cases.
        Ok(parts.iter_mut().map(|part| nll_gradient(run.workspace().isa, shape.tags, part, gold)).sum())
    }

    fn scores_backward(
        run: &Context<Self>,
        shape: HeadShape,
        task: usize,
        saved: &mut Saved,
        gradient: &Buffer<Self>,
    ) -> Result<(), Self::Err> {
        let parts = &mut saved.tasks[task].parts;
        if shape.parts == 1 {
            let mut copy = run.workspace().scratch.any(gradient.len());
            copy.copy_from_slice(gradient);
            *parts = vec![copy];
        } else {
            parts.iter_mut().for_each(|part| log_softmax_backward(run.workspace().isa, shape.tags, part, gradient));
        }
        Ok(())
    }

    fn head_backward(
        run: &Context<Self>,
        shape: HeadShape,
        task: usize,
        saved: &mut Saved,
        values: HeadValues<Self>,
        factor: f32,
        gv: &mut Buffer<Self>,
        gradients: HeadGradients<Self>,
    ) -> Result<(), Self::Err> {
        let workspace = run.workspace();
        let Saved { v, tokens: n, tasks } = saved;
        let (n, own) = (*n, std::mem::take(&mut tasks[task]));
        if n == 0 {
            return Ok(());
        }
        let HeadGradients { direct, bias, mut feedback, hidden } = gradients;
        let (w, part) = (shape.width(), shape.input / shape.parts);
        let mut parts = own.parts;
        if factor != 1.0 {
            parts.iter_mut().flatten().for_each(|g| *g *= factor);
        }
        if let (Some((matrix, _)), Some((g_matrix, g_bias))) = (values.hidden, hidden) {
            let outer = parts.pop().unwrap_or_default();
            let g = Mat::new(&outer, n, shape.tags, shape.tags);
            multiply(workspace, Initial::Result, Mat::new(&own.hidden, n, w, w).t(), g, g_matrix, shape.tags);
            add_rows(&outer, g_bias);
            let mut inner = workspace.scratch.any(n * w);
            multiply(workspace, Initial::Zero, g, Mat::new(matrix, w, shape.tags, shape.tags).t(), &mut inner, w);
            inner.iter_mut().zip(&own.hidden).for_each(|(g, z)| *g *= 1.0 - z * z);
            workspace.scratch.give(outer);
            parts.push(inner);
        }
        let mut product = workspace.scratch.any(ROWS.min(part) * w);
        for (q, g) in parts.iter().enumerate() {
            let rows = q * part * w..(q + 1) * part * w;
            let g_mat = Mat::new(g, n, w, w);
            let mut panels = Panels::in_memory(workspace.scratch.at_least(Panels::len(n, w)));
            panels.pack(workspace.isa, g_mat);
            for from in (0..part).step_by(ROWS) {
                let count = ROWS.min(part - from);
                let left = Mat::new(&v[q * part + from..], n, count, shape.input).t();
                panels.multiply(workspace.isa, Initial::Zero, left, &mut product, w);
                let place = (q * part + from) * w..(q * part + from + count) * w;
                match &mut feedback {
                    Some((g_b, _)) => add_to_both(workspace.isa, &product, &mut direct[place.clone()], &mut g_b[place]),
                    None => direct[place].iter_mut().zip(&product).for_each(|(d, p)| *d += p),
                }
            }
            workspace.scratch.give(panels.into_memory());
            if let (Some((g_b, g_u)), Some((b, u)), Some(given)) = (&mut feedback, values.feedback, shape.feedback) {
                // K = yᵀ g is small: |L of the other task| x W.
                let mut k = workspace.scratch.any(given * w);
                multiply(workspace, Initial::Zero, Mat::new(&own.feedback, n, given, given).t(), g_mat, &mut k, w);
                let k_mat = Mat::new(&k, given, w, w);
                multiply(
                    workspace,
                    Initial::Result,
                    Mat::new(&u[q * part..], given, part, shape.input).t(),
                    k_mat,
                    &mut g_b[rows.clone()],
                    w,
                );
                multiply(workspace, Initial::Result, k_mat, Mat::new(&b[rows.clone()], part, w, w).t(), &mut g_u[q * part..], shape.input);
                workspace.scratch.give(k);
            }
            add_rows(g, &mut bias[q * w..(q + 1) * w]);
            multiply(workspace, Initial::Result, g_mat, Mat::new(&own.summed[rows], part, w, w).t(), &mut gv[q * part..], shape.input);
        }
        [product, own.summed, own.feedback, own.hidden].into_iter().for_each(|m| workspace.scratch.give(m));
        give_all(workspace, parts);
        Ok(())
    }

    fn give_saved(run: &Context<Self>, saved: Saved) {
        let scratch = &run.workspace().scratch;
        scratch.give(saved.v);
        for task in saved.tasks {
            [task.summed, task.feedback, task.hidden].into_iter().chain(task.parts).for_each(|memory| scratch.give(memory));
        }
    }

    fn best_tags(run: &Context<Self>, tags: usize, values: &Buffer<Self>) -> Result<Vec<u32>, Self::Err> {
        let mut best = vec![0; values.len() / tags.max(1)];
        greatest_of_rows(run.workspace().isa, tags, values, &mut best);
        Ok(best)
    }

    fn first(_: &Context<Self>, buffer: &Buffer<Self>) -> Result<f32, Self::Err> {
        Ok(buffer[0])
    }
}

impl<'a> Working<'a> {
    fn new(workspace: &CpuWorkspace, shape: HeadShape, n: usize, v: &[f32], values: HeadValues<'a, Cpu>, summed: &mut Vec<f32>) -> Self {
        let (w, part) = (shape.width(), shape.input / shape.parts);
        *summed = workspace.scratch.any(shape.input * w);
        summed.copy_from_slice(values.direct);
        if let Some((b, _)) = values.feedback {
            summed.iter_mut().zip(&b[..]).for_each(|(s, b)| *s += b);
        }
        let (mut base, mut map) = (Vec::new(), Vec::new());
        for q in 0..shape.parts {
            let rows = q * part * w..(q + 1) * part * w;
            let mut own = workspace.scratch.any(n * w);
            if n > 0 {
                let bias = Initial::Rows { data: &values.bias[q * w..(q + 1) * w], stride: 0 };
                let (v, summed) = (Mat::new(&v[q * part..], n, part, shape.input), Mat::new(&summed[rows.clone()], part, w, w));
                multiply(workspace, bias, v, summed, &mut own, w);
            }
            base.push(own);
            if let (Some((b, u)), Some(given)) = (values.feedback, shape.feedback) {
                let mut m = workspace.scratch.any(given * w);
                multiply(
                    workspace,
                    Initial::Zero,
                    Mat::new(&u[q * part..], given, part, shape.input),
                    Mat::new(&b[rows], part, w, w),
                    &mut m,
                    w,
                );
                map.push(m);
            }
        }
        Self { shape, base, map, hidden: values.hidden.map(|(m, b)| (&m[..], &b[..])) }
    }

    /// The linear scores of each part, tokens x L, given the feedback; leaves the tanh layer's values in `hidden`.
    fn linear(&self, workspace: &CpuWorkspace, incoming: &Incoming, n: usize, hidden: &mut Vec<f32>) -> Vec<Vec<f32>> {
        let w = self.shape.width();
        let mut parts = Vec::with_capacity(self.shape.parts);
        for (q, base) in self.base.iter().enumerate() {
            let mut own = workspace.scratch.any(n * w);
            match (self.map.get(q), self.shape.feedback, incoming) {
                (Some(map), Some(given), Incoming::Values(y)) => {
                    let begin = Initial::Rows { data: base, stride: w };
                    multiply(workspace, begin, Mat::new(y, n, given, given), Mat::new(map, given, w, w), &mut own, w);
                }
                (Some(map), Some(_), Incoming::Constant(c)) => {
                    let mut sum = workspace.scratch.zeros(w);
                    add_rows(map, &mut sum);
                    for (own, base) in own.chunks_exact_mut(w).zip(base.chunks_exact(w)) {
                        own.iter_mut().zip(base).zip(&sum).for_each(|((e, b), s)| *e = b + c * s);
                    }
                    workspace.scratch.give(sum);
                }
                _ => own.copy_from_slice(base),
            }
            parts.push(own);
        }
        if let Some((matrix, bias)) = self.hidden {
            let l = self.shape.tags;
            let mut z = parts.pop().unwrap_or_default();
            squash(workspace.isa, &mut z);
            let mut own = workspace.scratch.any(n * l);
            let bias = Initial::Rows { data: bias, stride: 0 };
            multiply(workspace, bias, Mat::new(&z, n, w, w), Mat::new(matrix, w, l, l), &mut own, l);
            workspace.scratch.give(std::mem::replace(hidden, z));
            parts.push(own);
        }
        parts
    }
}

/// The scores of all parts together: one part's own, taken from `parts`; of two the sum of the log-softmaxes, which stay in `parts`.
fn combine(workspace: &CpuWorkspace, shape: HeadShape, parts: &mut Vec<Vec<f32>>) -> Vec<f32> {
    if shape.parts == 1 {
        return parts.pop().unwrap_or_default();
    }
    parts.iter_mut().for_each(|part| log_softmax(workspace.isa, shape.tags, part));
    let mut sum = workspace.scratch.zeros(parts[0].len());
    parts.iter().for_each(|part| sum.iter_mut().zip(part).for_each(|(s, p)| *s += p));
    sum
}

/// Scores to what the other head is given, in place.
fn to_feedback(workspace: &CpuWorkspace, kind: FeedbackValue, shape: HeadShape, scores: &mut [f32]) {
    match kind {
        FeedbackValue::Probability => softmax(workspace.isa, shape.tags, scores),
        FeedbackValue::LogProbability if shape.parts == 1 => log_softmax(workspace.isa, shape.tags, scores),
        FeedbackValue::LogProbability => {}
    }
}

fn give_all(workspace: &CpuWorkspace, memory: Vec<Vec<f32>>) {
    memory.into_iter().for_each(|m| workspace.scratch.give(m));
}

/// sum += each row of `rows`
fn add_rows(rows: &[f32], sum: &mut [f32]) {
    for row in rows.chunks_exact(sum.len()) {
        sum.iter_mut().zip(row).for_each(|(s, r)| *s += r);
    }
}

for_each_isa! {
    /// a += p, b += p
    fn add_to_both<F>(p: &[f32], a: &mut [f32], b: &mut [f32]) {
        for ((p, a), b) in p.iter().zip(a).zip(b) {
            *a += p;
            *b += p;
        }
    }

    /// The place of each row's greatest value, the first of equals; NaN is greater than nothing.
    fn greatest_of_rows<F>(k: usize, rows: &[f32], best: &mut [u32]) {
        for (row, best) in rows.chunks_exact(k.max(1)).zip(best) {
            let mut lanes = [f32::NEG_INFINITY; 16];
            let chunks = row.chunks_exact(16);
            let rest = chunks.remainder();
            for chunk in chunks {
                for (lane, v) in lanes.iter_mut().zip(chunk) { *lane = if v > lane { *v } else { *lane }; }
            }
            let top = lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |top, v| if *v > top { *v } else { top });
            *best = row.iter().position(|v| *v == top).unwrap_or(0) as u32;
        }
    }

    /// Each value to its tanh.
    fn squash<F>(values: &mut [f32]) {
        for v in values { *v = tanh::<F>(*v); }
    }

    /// `rows` holds log-softmaxes (k wide) and is left with the gradient of their linear scores: d - softmax * sum(d).
    fn log_softmax_backward<F>(k: usize, rows: &mut [f32], gradient: &[f32]) {
        for (row, d) in rows.chunks_exact_mut(k).zip(gradient.chunks_exact(k)) {
            let total: f32 = d.iter().sum();
            for j in 0..k {
                row[j] = d[j] - crate::nn::ops::math::exp::<F>(row[j]) * total;
            }
        }
    }
}
