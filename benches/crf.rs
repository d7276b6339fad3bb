//! The chain over 670 tags, as the normalization task of the NCBI corpus has: `cargo bench --bench crf`. A batch has sentences of 10 to
//! 40 tokens. Divide the tokens by the time for tokens per second; 6 K^2 floating-point operations a token are the least that loss and gradients take.

use divan::counter::ItemsCount;
use mermen::nn::Packing;
use mermen::nn::backend::Scratch;
use mermen::nn::ops::crf::cpu::{Chain, ChainGradients, Viterbi, forward_backward, gold_scores, subtract_gold};
use mermen::nn::ops::isa::Isa;

const TAGS: usize = 670;

fn main() {
    divan::main();
}

/// Numbers in [-1, 1) without a pattern.
fn noise(seed: usize) -> f32 {
    let mut x = seed as u64 ^ 0x9E37_79B9_7F4A_7C15;
    for _ in 0..3 {
        x = (x ^ (x >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    }
    (x >> 40) as f32 / (1u64 << 23) as f32 - 1.0
}

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
        let lengths: Vec<usize> = (0..sentences).map(|r| if sentences == 1 { 25 } else { 40 - 30 * r / (sentences - 1) }).collect();
        let packing = Packing::new(&lengths);
        let gold: Vec<u32> = (0..packing.tokens()).map(|n| if n % 6 == 0 { (n * 7 % TAGS) as u32 } else { 0 }).collect();
        let mut emissions: Vec<f32> = (0..packing.tokens() * TAGS).map(noise).collect();
        gold.iter().enumerate().for_each(|(n, tag)| emissions[n * TAGS + *tag as usize] += peak);
        Self {
            packing,
            transitions: (0..TAGS * TAGS).map(|i| noise(i + 1_000_000)).collect(),
            ends: (0..TAGS).map(|i| noise(i + 2_000_000)).collect(),
            emissions,
            gold,
        }
    }

    fn chain(&self) -> Chain<'_> {
        Chain::new(&self.transitions, &self.ends, &self.ends)
    }
}

fn paths() -> Vec<&'static str> {
    Isa::available().into_iter().map(Isa::name).collect()
}

fn isa(name: &str) -> Isa {
    Isa::available().into_iter().find(|isa| isa.name() == name).unwrap_or(Isa::PORTABLE)
}

/// Loss and all gradients.
#[divan::bench(args = paths(), consts = [1, 4, 16, 32])]
fn loss_and_gradients<const SENTENCES: usize>(bencher: divan::Bencher, path: &str) {
    let (isa, scratch, batch) = (isa(path), Scratch::default(), Batch::new(SENTENCES, 0.0));
    let (mut ge, mut gt, mut gs, mut gz) = (vec![0.0; batch.emissions.len()], vec![0.0; TAGS * TAGS], vec![0.0; TAGS], vec![0.0; TAGS]);
    bencher.counter(ItemsCount::new(batch.packing.tokens())).bench_local(|| {
        let posterior = forward_backward(isa, &scratch, batch.chain(), &batch.packing, &batch.emissions);
        let gold = gold_scores(batch.chain(), &batch.packing, &batch.emissions, &batch.gold);
        let mut gradients = ChainGradients { emissions: &mut ge, transitions: &mut gt, start: &mut gs, end: &mut gz };
        posterior.add_gradients(isa, 1.0, &batch.packing, &mut gradients);
        subtract_gold(1.0, &batch.packing, &batch.gold, &mut gradients);
        let losses = (posterior.log_partition[0], gold[0]);
        posterior.give(&scratch);
        losses
    });
}

/// Log-partition and marginals.
#[divan::bench(args = paths(), consts = [1, 16])]
fn marginals<const SENTENCES: usize>(bencher: divan::Bencher, path: &str) {
    let (isa, scratch, batch) = (isa(path), Scratch::default(), Batch::new(SENTENCES, 0.0));
    bencher.counter(ItemsCount::new(batch.packing.tokens())).bench_local(|| {
        let posterior = forward_backward(isa, &scratch, batch.chain(), &batch.packing, &batch.emissions);
        posterior.give(&scratch);
    });
}

#[divan::bench(args = paths(), consts = [1, 32])]
fn decode_untrained<const SENTENCES: usize>(bencher: divan::Bencher, path: &str) {
    decode(bencher, path, &Batch::new(SENTENCES, 0.0));
}

#[divan::bench(args = paths(), consts = [1, 32])]
fn decode_trained<const SENTENCES: usize>(bencher: divan::Bencher, path: &str) {
    decode(bencher, path, &Batch::new(SENTENCES, 10.0));
}

fn decode(bencher: divan::Bencher, path: &str, batch: &Batch) {
    let viterbi = Viterbi::new(isa(path), batch.chain());
    bencher.counter(ItemsCount::new(batch.packing.tokens())).bench_local(|| viterbi.decode(&batch.packing, &batch.emissions));
}

/// Making a decoder ready: once a batch.
#[divan::bench(args = paths())]
fn prepare_decoder(bencher: divan::Bencher, path: &str) {
    let (isa, batch) = (isa(path), Batch::new(1, 0.0));
    bencher.bench_local(|| Viterbi::new(isa, batch.chain()));
}
