//! The chain over the MEN tags.

use super::{TAGS, Table, Work, noise, packing};
use mermen::nn::Packing;
use mermen::nn::buffers::Scratch;
use mermen::nn::isa::Isa;
use mermen::nn::ops::crf::cpu::{Chain, ChainGradients, Viterbi, forward_backward, gold_scores, subtract_gold};

struct Batch {
    packing: Packing,
    transitions: Vec<f32>,
    ends: Vec<f32>,
    emissions: Vec<f32>,
    gold: Vec<u32>,
}

impl Batch {
    /// `peak` is added to each token's gold emission: 0 for an untrained network, 10 for a trained one.
    fn new(sentences: usize, peak: f32) -> Self {
        let packing = packing(sentences);
        let gold: Vec<u32> = (0..packing.tokens()).map(|n| if n % 6 == 0 { (n * 7 % TAGS) as u32 } else { 0 }).collect();
        let mut emissions = noise(packing.tokens() * TAGS, 1);
        gold.iter().enumerate().for_each(|(n, tag)| emissions[n * TAGS + *tag as usize] += peak);
        Self { packing, transitions: noise(TAGS * TAGS, 2), ends: noise(TAGS, 3), emissions, gold }
    }

    fn chain(&self) -> Chain<'_> {
        Chain::new(&self.transitions, &self.ends, &self.ends)
    }
}

pub fn rows(table: &mut Table) {
    for isa in Isa::available() {
        for sentences in [1, 4, 16, 32] {
            loss_and_gradients(table, isa, sentences);
        }
        for sentences in [1, 16] {
            let (scratch, batch) = (Scratch::default(), Batch::new(sentences, 0.0));
            let n = batch.packing.tokens();
            let name = format!("crf, marginals, B={sentences}, {n} tokens, {}", isa.name());
            table.row(
                &name,
                Work::Flops(4.0 * (n * TAGS * TAGS) as f64),
                || (),
                |()| {
                    forward_backward(isa, &scratch, batch.chain(), &batch.packing, &batch.emissions).give(&scratch);
                },
            );
        }
        for sentences in [1, 32] {
            for (what, peak) in [("untrained", 0.0), ("trained", 10.0)] {
                let batch = Batch::new(sentences, peak);
                let n = batch.packing.tokens();
                let viterbi = Viterbi::new(isa, batch.chain());
                let name = format!("crf, best tags, {what}, B={sentences}, {n} tokens, {}", isa.name());
                table.row(&name, Work::Tokens(n), || (), |()| viterbi.decode(&batch.packing, &batch.emissions));
            }
        }
        // Once an evaluation.
        let batch = Batch::new(1, 0.0);
        let bytes = Work::Bytes((4 * TAGS * TAGS) as f64);
        table.row(&format!("crf, making a decoder ready, {}", isa.name()), bytes, || (), |()| Viterbi::new(isa, batch.chain()));
    }
}

/// 6 K^2 floating-point operations a token are the least: forward, backward, and the expected counts of transitions.
fn loss_and_gradients(table: &mut Table, isa: Isa, sentences: usize) {
    let (scratch, batch) = (Scratch::default(), Batch::new(sentences, 0.0));
    let n = batch.packing.tokens();
    let (mut ge, mut gt, mut gs, mut gz) = (vec![0.0; n * TAGS], vec![0.0; TAGS * TAGS], vec![0.0; TAGS], vec![0.0; TAGS]);
    let name = format!("crf, loss and gradients, B={sentences}, {n} tokens, {}", isa.name());
    table.row(
        &name,
        Work::Flops(6.0 * (n * TAGS * TAGS) as f64),
        || (),
        |()| {
            let posterior = forward_backward(isa, &scratch, batch.chain(), &batch.packing, &batch.emissions);
            let gold = gold_scores(batch.chain(), &batch.packing, &batch.emissions, &batch.gold);
            let mut gradients = ChainGradients { emissions: &mut ge, transitions: &mut gt, start: &mut gs, end: &mut gz };
            posterior.add_gradients(isa, &scratch, 1.0, &batch.packing, &mut gradients);
            subtract_gold(1.0, &batch.packing, &batch.gold, &mut gradients);
            let losses = (posterior.log_partition[0], gold[0]);
            posterior.give(&scratch);
            losses
        },
    );
}
