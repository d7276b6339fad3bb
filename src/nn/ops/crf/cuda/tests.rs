//! The chain against the CPU's: loss, gradients, marginals and best tags, with scores of every range.

use super::super::{CrfGradients, CrfKernel, CrfValues};
use super::*;
use crate::nn::buffers::{Buffers, Context};
use crate::nn::gpu::emulated::{EmulatedGpu, emulated};
use crate::nn::ops::closeness::{close, numbers};
use dfdx::prelude::Cpu;
use std::convert::Infallible;

const FORBIDDEN: f32 = f32::NEG_INFINITY;

struct Case {
    name: &'static str,
    tags: usize,
    packing: Packing,
    /// Transitions, start, end, emissions.
    scores: [Vec<f32>; 4],
    gold: Vec<u32>,
}

impl Case {
    /// Scores within ±0.8 times `range`.
    fn new(name: &'static str, tags: usize, lengths: &[usize], range: f32) -> Self {
        let packing = Packing::new(lengths);
        let lens = [tags * tags, tags, tags, packing.tokens() * tags];
        let scores = [0, 1, 2, 3].map(|i| numbers(tags as u32 + i as u32, lens[i]).iter().map(|v| v * range).collect());
        let gold = (0..packing.tokens()).map(|n| (n * 7 % tags) as u32).collect();
        Self { name, tags, packing, scores, gold }
    }

    /// Changes the scores.
    fn with(mut self, change: impl FnOnce(&mut [Vec<f32>; 4])) -> Self {
        change(&mut self.scores);
        self
    }
}

fn cases() -> Vec<Case> {
    let mixed = &[6, 4, 4, 1][..];
    vec![
        Case::new("mixed lengths", 5, mixed, 1.0),
        Case::new("one token", 3, &[1], 1.0),
        Case::new("one tag", 1, &[3, 2], 1.0),
        Case::new("many tags", 150, &[4, 3, 1], 3.0),
        Case::new("wide range", 7, mixed, 30.0),
        // Here e^A and the tokens' weights leave the range of probabilities for some of the sentences.
        Case::new("computed on the host", 4, mixed, 300.0),
        Case::new("forbidden transitions", 4, mixed, 1.0).with(|[transitions, ..]| {
            [1, 6, 11].into_iter().for_each(|i| transitions[i] = FORBIDDEN);
        }),
        Case::new("a sentence without any sequence", 3, &[3, 3, 1], 1.0).with(|[_, _, _, emissions]| emissions[3..6].fill(FORBIDDEN)),
        Case::new("all forbidden", 2, &[2, 1], 1.0).with(|[transitions, ..]| transitions.fill(FORBIDDEN)),
    ]
}

/// The loss, and its gradients times 0.5 added to the scores themselves.
fn on_gpu(gpu: &EmulatedGpu, case: &Case) -> Result<(f64, Vec<Vec<f32>>), Infallible> {
    let upload = |v: &Vec<f32>| gpu.upload(v.clone()).unwrap_or_else(|never| match never {});
    let [transitions, start, end, emissions] = &case.scores.each_ref().map(upload);
    let chain = Scores { transitions, start, end };
    let (loss, saved) = loss(gpu, &case.packing, emissions, case.tags, &chain, &case.gold)?;
    let mut gradients = case.scores.each_ref().map(upload);
    let [transitions, start, end, emissions] = &mut gradients;
    backward(gpu, &case.packing, &case.gold, saved, 0.5, ScoreGradients { emissions, transitions, start, end })?;
    Ok((loss, gradients.iter().map(|g| gpu.download(g)).collect::<Result<_, _>>()?))
}

fn on_cpu(case: &Case) -> (f64, Vec<Vec<f32>>) {
    let run = Context::cpu(1);
    let upload = |v: &Vec<f32>| Cpu::upload(&run, v.clone()).unwrap();
    let [transitions, start, end, emissions] = case.scores.each_ref().map(upload);
    let values = CrfValues::<Cpu> { transitions: &transitions, start: &start, end: &end };
    let (loss, saved) = Cpu::crf_loss(&run, &case.packing, emissions, values, &case.gold).unwrap();
    let mut gradients = case.scores.each_ref().map(upload);
    let [transitions, start, end, emissions] = &mut gradients;
    let lent = CrfGradients::<Cpu> { emissions, transitions, start, end };
    Cpu::crf_backward(&run, &case.packing, &case.gold, saved, 0.5, lent).unwrap();
    (loss, gradients.iter().map(|g| g.to_vec()).collect())
}

/// As `close`, where a value that is not finite wants the same.
#[track_caller]
fn alike(what: &str, got: &[f32], want: &[f32], tolerance: f32) {
    assert_eq!(got.len(), want.len(), "{what}");
    let (got, want): (Vec<f32>, Vec<f32>) = got.iter().zip(want).filter(|(g, w)| g.to_bits() != w.to_bits()).unzip();
    close(what, &got, &want, tolerance);
}

#[test]
fn loss_and_gradients_equal_the_cpu_s() {
    for case in cases() {
        let Some((loss, gradients)) = emulated(|gpu| on_gpu(gpu, &case).map(|(loss, g)| (loss.to_bits(), g))) else { return };
        let (loss, (want, wanted)) = (f64::from_bits(loss), on_cpu(&case));
        let near = (loss - want).abs() < 1e-5 * (1.0 + want.abs());
        assert!(near || loss.to_bits() == want.to_bits() || loss.is_nan() && want.is_nan(), "{}: loss {loss}, not {want}", case.name);
        for ((what, got), want) in ["transitions", "start", "end", "emissions"].iter().zip(gradients).zip(wanted) {
            alike(&format!("{}: {what}", case.name), &got, &want, 2e-5);
        }
    }
}

#[test]
fn marginals_and_best_tags_equal_the_cpu_s() {
    let run = Context::cpu(1);
    for case in cases() {
        let found = emulated(|gpu| {
            let upload = |v: &Vec<f32>| gpu.upload(v.clone()).unwrap_or_else(|never| match never {});
            let [transitions, start, end, emissions] = &case.scores.each_ref().map(upload);
            let chain = Scores { transitions, start, end };
            let marginals = marginals(gpu, &case.packing, emissions, case.tags, &chain)?;
            Ok((marginals, viterbi(gpu, &case.packing, emissions, case.tags, &chain)?))
        });
        let Some((marginals, tags)) = found else { return };
        let upload = |v: &Vec<f32>| Cpu::upload(&run, v.clone()).unwrap();
        let [transitions, start, end, _] = &case.scores.each_ref().map(upload);
        let values = || CrfValues::<Cpu> { transitions, start, end };
        let want = Cpu::crf_marginals(&run, &case.packing, upload(&case.scores[3]), values()).unwrap();
        alike(case.name, &marginals, &want, 1e-5);
        // Sums of two scores and their maxima: the same to the last bit.
        assert_eq!(tags, Cpu::crf_viterbi(&run, &case.packing, upload(&case.scores[3]), values()).unwrap(), "{}", case.name);
    }
}

#[test]
fn some_case_is_computed_on_the_host_and_some_is_not() {
    let elsewhere = |case: &Case| {
        emulated(|gpu| {
            let upload = |v: &Vec<f32>| gpu.upload(v.clone()).unwrap_or_else(|never| match never {});
            let [transitions, start, end, emissions] = &case.scores.each_ref().map(upload);
            let chain = Scores { transitions, start, end };
            Ok(loss(gpu, &case.packing, emissions, case.tags, &chain, &case.gold)?.1.elsewhere.is_some())
        })
    };
    for case in cases() {
        let wanted = ["computed on the host", "a sentence without any sequence", "all forbidden"].contains(&case.name);
        assert!(elsewhere(&case).is_none_or(|found| found == wanted), "{}", case.name);
    }
}
