//! Every kind of head against the CPU's, forward and backward, through the loss and through the scores.

use super::super::{HeadGradients, HeadValues, HeadsForward, HeadsKernel};
use super::*;
use crate::nn::buffers::{Buffer, Buffers, Context};
use crate::nn::gpu::emulated::{EmulatedGpu, emulated};
use crate::nn::ops::closeness::{close, numbers};
use dfdx::prelude::Cpu;
use std::convert::Infallible;

const TAGS: Pair<usize> = [3, 140];
const INPUT: usize = 6;
const TOKENS: usize = 9;

/// What is tested: two heads, and what their backward pass starts from.
struct Case {
    name: &'static str,
    shapes: Pair<Option<HeadShape>>,
    feedback: Feedback,
    /// From the gold tags' loss, rather than from a gradient of the scores.
    by_loss: bool,
}

impl Case {
    /// Values of one head in the order direct, bias, Wb, U, hidden matrix, hidden bias; and everything empty that the head lacks.
    fn parameters(&self, task: usize) -> [Vec<f32>; 6] {
        let Some(s) = self.shapes[task] else { return Default::default() };
        let (w, given, hidden) = (s.width(), s.feedback.unwrap_or(0), s.hidden.unwrap_or(0));
        let wb = if given > 0 { INPUT * w } else { 0 };
        let bias = if hidden > 0 { s.tags } else { 0 };
        let lens = [INPUT * w, s.parts * w, wb, given * INPUT, hidden * s.tags, bias];
        std::array::from_fn(|i| numbers((10 * task + i) as u32 + 1, lens[i]))
    }

    fn gold(&self, task: usize) -> Vec<u32> {
        (0..TOKENS).map(|n| (n * 7 % TAGS[task]) as u32).collect()
    }

    fn v(&self) -> Vec<f32> {
        numbers(50, TOKENS * INPUT)
    }

    fn score_gradient(&self, task: usize) -> Vec<f32> {
        numbers(60 + task as u32, TOKENS * TAGS[task])
    }
}

/// The loss or nothing, the scores, then gradients: of v and of each head's parameters.
type Results = (Vec<f64>, Vec<Vec<f32>>);

fn on_cpu(case: &Case) -> Results {
    let run = Context::cpu(1);
    let upload = |v: Vec<f32>| Cpu::upload(&run, v).unwrap();
    let parameters = [0, 1].map(|task| case.parameters(task).map(upload));
    let mut gradients = [0, 1].map(|task| case.parameters(task).map(upload));
    let values = |task: usize| {
        let [direct, bias, wb, u, matrix, hidden_bias] = &parameters[task];
        case.shapes[task].map(|s| HeadValues::<Cpu> {
            direct,
            bias,
            feedback: s.feedback.map(|_| (wb, u)),
            hidden: s.hidden.map(|_| (matrix, hidden_bias)),
        })
    };
    let forward = Cpu::heads_forward(&run, case.shapes, TOKENS, upload(case.v()), [0, 1].map(values), &case.feedback).unwrap();
    let HeadsForward { scores, mut saved } = forward;
    let (mut losses, mut all, mut gv) = (Vec::new(), Vec::new(), upload(case.v()));
    for (task, scores) in scores.into_iter().enumerate() {
        let (Some(mut scores), Some(shape)) = (scores, case.shapes[task]) else { continue };
        all.push(scores.to_vec());
        let mut log = upload(scores.to_vec());
        Cpu::log_probabilities(&run, shape, &mut log).unwrap();
        all.push(log.to_vec());
        if case.by_loss {
            losses.push(Cpu::negative_log_likelihood(&run, shape, task, &mut saved, &mut scores, &case.gold(task)).unwrap());
        } else {
            Cpu::scores_backward(&run, shape, task, &mut saved, &upload(case.score_gradient(task))).unwrap();
        }
        let [direct, bias, wb, u, matrix, hidden_bias] = &mut gradients[task];
        let own = HeadGradients::<Cpu> {
            direct,
            bias,
            feedback: shape.feedback.map(|_| (wb, u)),
            hidden: shape.hidden.map(|_| (matrix, hidden_bias)),
        };
        Cpu::head_backward(&run, shape, task, &mut saved, values(task).unwrap(), 0.5, &mut gv, own).unwrap();
    }
    let of_parameters = gradients.into_iter().flatten().map(|b: Buffer<Cpu>| b.to_vec());
    all.push(gv.to_vec());
    all.extend(of_parameters);
    (losses, all)
}

fn on_gpu(gpu: &EmulatedGpu, case: &Case) -> Result<Results, Infallible> {
    let upload = |v: Vec<f32>| gpu.upload(v).unwrap_or_else(|never| match never {});
    let parameters = [0, 1].map(|task| case.parameters(task).map(upload));
    let mut gradients = [0, 1].map(|task| case.parameters(task).map(upload));
    let values = |task: usize| {
        let [direct, bias, wb, u, matrix, hidden_bias] = &parameters[task];
        case.shapes[task].map(|s| Values::<EmulatedGpu> {
            direct,
            bias,
            feedback: s.feedback.map(|_| (wb, u)),
            hidden: s.hidden.map(|_| (matrix, hidden_bias)),
        })
    };
    let (scores, mut saved) = forward(gpu, case.shapes, TOKENS, upload(case.v()), [0, 1].map(values), &case.feedback)?;
    let (mut losses, mut all, mut gv) = (Vec::new(), Vec::new(), upload(case.v()));
    for (task, scores) in scores.into_iter().enumerate() {
        let (Some(mut scores), Some(shape)) = (scores, case.shapes[task]) else { continue };
        all.push(gpu.download(&scores)?);
        let mut log = gpu.copy(&scores)?;
        log_probabilities(gpu, shape, &mut log, TOKENS)?;
        all.push(gpu.download(&log)?);
        if case.by_loss {
            losses.push(negative_log_likelihood(gpu, shape, task, &mut saved, &mut scores, &case.gold(task))?);
        } else {
            scores_backward(gpu, shape, task, &mut saved, &upload(case.score_gradient(task)))?;
        }
        let [direct, bias, wb, u, matrix, hidden_bias] = &mut gradients[task];
        let own = ValueGradients::<EmulatedGpu> {
            direct,
            bias,
            feedback: shape.feedback.map(|_| (wb, u)),
            hidden: shape.hidden.map(|_| (matrix, hidden_bias)),
        };
        let Some(values) = values(task) else { continue };
        head_backward(gpu, shape, task, &mut saved, values, 0.5, &mut gv, own)?;
    }
    all.push(gpu.download(&gv)?);
    for gradient in gradients.iter().flatten() {
        all.push(gpu.download(gradient)?);
    }
    Ok((losses, all))
}

fn shape(task: usize, feedback: bool) -> HeadShape {
    HeadShape { input: INPUT, tags: TAGS[task], feedback: feedback.then_some(TAGS[1 - task]), hidden: None, parts: 1 }
}

#[test]
fn every_kind_of_head_equals_the_cpu_s() {
    let rounds = |n, kind| Feedback { kind, from: FeedbackFrom::Rounds(n) };
    let given = |kind| {
        let [mer, men] = TAGS.map(|tags| numbers(tags as u32, TOKENS * tags));
        Feedback { kind, from: FeedbackFrom::Given { mer, men } }
    };
    let (log, prob) = (FeedbackValue::LogProbability, FeedbackValue::Probability);
    let both = [Some(shape(0, true)), Some(shape(1, true))];
    let neither = [Some(shape(0, false)), Some(shape(1, false))];
    let hidden = both.map(|s| s.map(|s| HeadShape { hidden: Some(5), ..s }));
    let summed = both.map(|s| s.map(|s| HeadShape { parts: 2, ..s }));
    let kinds = [
        ("one task", [None, Some(shape(1, false))], rounds(1, prob)),
        ("no feedback", neither, rounds(1, prob)),
        ("both", both, rounds(2, prob)),
        ("log-probabilities, three rounds", both, rounds(3, log)),
        ("into MER", [both[0], neither[1]], rounds(3, prob)),
        ("into MEN", [neither[0], both[1]], rounds(2, log)),
        ("given", both, given(prob)),
        ("hidden layer", hidden, rounds(2, prob)),
        ("directions summed", summed, rounds(2, prob)),
        ("directions summed, log-probabilities", summed, rounds(3, log)),
    ];
    for (name, shapes, feedback) in kinds {
        for by_loss in [true, false] {
            let case = Case { name, shapes, feedback: feedback.clone(), by_loss };
            let Some((losses, got)) = emulated(|gpu| on_gpu(gpu, &case)) else { return };
            let (want_losses, want) = on_cpu(&case);
            assert_eq!(losses.len(), want_losses.len(), "{name}");
            for (got, want) in losses.iter().zip(&want_losses) {
                assert!((got - want).abs() < 1e-5 * (1.0 + want.abs()), "{name}: loss {got}, not {want}");
            }
            assert_eq!(got.len(), want.len());
            for (i, (got, want)) in got.iter().zip(&want).enumerate() {
                close(&format!("{}, by loss {by_loss}: {i}", case.name), got, want, 1e-4);
            }
        }
    }
}
