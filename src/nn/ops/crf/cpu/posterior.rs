//! The forward-backward algorithm over a packed batch.
//!
//! It runs in probability space, scaled (Rabiner 1989, section V.A): each step's sums over tags are one product of the sentences still
//! running with e^A, which costs a multiply-add where log space would cost an exponential. Every factor is kept at most 1: a token's
//! weights are divided by the largest, e^A by its largest, a forward row sums to 1, a backward row has maximum 1. What falls below the
//! smallest normal number is lost, so each step's mass z = sum_ij alpha_i e^A_ij delta_j tells whether that can matter: all that was lost
//! there is less than K^2 times that smallest number. A sentence in which some z falls below [`FAITHFUL`] is computed in log space.

use super::counts::add_expected_counts;
use super::gold::ChainGradients;
use super::log_space::LogSpace;
use super::{Chain, rows};
use crate::nn::Packing;
use crate::nn::buffers::Scratch;
use crate::nn::isa::Isa;
use crate::nn::ops::product::{Initial, Mat, Panels};

/// Least mass of a step that is trusted: 18 decimal orders above the smallest normal number, of which K^2 <= 10^7 take 7.
const FAITHFUL: f32 = 1e-20;

/// What the distribution over tag sequences of each sentence says, kept for the gradient.
#[derive(Debug)]
pub struct Posterior {
    tags: usize,
    /// log sum over all tag sequences of e^score, a value for each sentence; negative infinity where every sequence is forbidden.
    pub log_partition: Vec<f64>,
    /// P(y_t = k), tokens x K; each row sums to 1 (to 0 where every sequence is forbidden).
    pub marginals: Vec<f32>,
    /// For each row past the first step, the forward mass of the tags before it, over that transition's total mass: tokens x K.
    before: Vec<f32>,
    /// For each row past the first step, the backward mass of the tags at it: tokens x K.
    after: Vec<f32>,
    /// e^(A - max A), K x K
    weights: Vec<f32>,
    /// Expected transition counts of the sentences computed in log space, K x K, if there are any.
    log_space: Option<Vec<f32>>,
}

/// Sums over all tag sequences of every sentence of the batch. `emissions`: one row of K scores for each of the batch's rows.
pub fn forward_backward(isa: Isa, scratch: &Scratch, chain: Chain, packing: &Packing, emissions: &[f32]) -> Posterior {
    let k = chain.tags;
    assert_eq!(emissions.len(), packing.tokens() * k, "emissions of {} tokens for {k} tags", packing.tokens());
    let mut pass = Pass::new(isa, scratch, chain, packing, emissions);
    pass.forward();
    pass.backward();
    pass.finish()
}

/// The state of one pass over a batch.
struct Pass<'a> {
    isa: Isa,
    scratch: &'a Scratch,
    chain: Chain<'a>,
    packing: &'a Packing,
    emissions: &'a [f32],
    /// max A
    shift: f32,
    /// `alpha` becomes `before`, `token_weights` becomes `after`, row by row on the way back.
    alpha: Vec<f32>,
    token_weights: Vec<f32>,
    out: Posterior,
    /// Sentences whose scaled sums cannot be trusted.
    unfaithful: Vec<bool>,
}

impl<'a> Pass<'a> {
    fn new(isa: Isa, scratch: &'a Scratch, chain: Chain<'a>, packing: &'a Packing, emissions: &'a [f32]) -> Self {
        let k = chain.tags;
        let top = rows::row_maximum(isa, chain.transitions);
        let shift = if top == f32::NEG_INFINITY { 0.0 } else { top };
        let mut weights = Vec::new();
        if packing.steps() > 1 {
            weights = scratch.any(k * k);
            rows::exponentiate_into(isa, chain.transitions, shift, &mut weights);
        }
        Self {
            isa,
            scratch,
            chain,
            packing,
            emissions,
            shift,
            alpha: scratch.any(emissions.len()),
            token_weights: scratch.any(emissions.len()),
            out: Posterior {
                tags: k,
                log_partition: vec![0.0; packing.sentences()],
                marginals: scratch.any(emissions.len()),
                before: Vec::new(),
                after: Vec::new(),
                weights,
                log_space: None,
            },
            unfaithful: vec![false; packing.sentences()],
        }
    }

    /// Memory for e^A in the order of the products; nothing where no sentence has a second token.
    fn panels(&self) -> Panels {
        let k = self.chain.tags;
        Panels::in_memory(self.scratch.at_least(if self.packing.steps() > 1 { Panels::len(k, k) } else { 0 }))
    }

    /// Row for row: alpha_t = (alpha_(t-1) e^A) o w_t, divided by its sum, with w_t the token's weights; start and end scores count as
    /// parts of the first and the last token's.
    fn forward(&mut self) {
        let (isa, k, packing) = (self.isa, self.chain.tags, self.packing);
        let mut panels = self.panels();
        if packing.steps() > 1 {
            panels.pack(isa, Mat::new(&self.out.weights, k, k, k));
        }
        for t in 0..packing.steps() {
            if t > 0 {
                let (done, rest) = self.alpha.split_at_mut(packing.offset(t) * k);
                let before = Mat::new(&done[packing.offset(t - 1) * k..], packing.active(t), k, k);
                panels.multiply(isa, Initial::Zero, before, rest, k);
            }
            for r in 0..packing.active(t) {
                let row = packing.row(r, t) * k..(packing.row(r, t) + 1) * k;
                let (alpha, weights) = (&mut self.alpha[row.clone()], &mut self.token_weights[row.clone()]);
                weights.copy_from_slice(&self.emissions[row]);
                if t == 0 {
                    rows::add_row(isa, weights, self.chain.start);
                }
                if r >= packing.active(t + 1) {
                    rows::add_row(isa, weights, self.chain.end);
                }
                let mut log_scale = f64::from(rows::exponentiate(isa, weights));
                let mass = if t == 0 {
                    alpha.copy_from_slice(weights);
                    rows::sum(isa, alpha)
                } else {
                    log_scale += f64::from(self.shift);
                    rows::multiply_and_sum(isa, alpha, weights)
                };
                if faithful(mass) {
                    rows::scale(isa, alpha, 1.0 / mass);
                    self.out.log_partition[r] += log_scale + libm::log(f64::from(mass));
                } else {
                    alpha.fill(0.0);
                    self.unfaithful[r] = true;
                }
            }
        }
        self.scratch.give(panels.into_memory());
    }

    /// Row for row: beta_(t-1) = (w_t o beta_t) e^A^T, divided by its maximum.
    fn backward(&mut self) {
        let (isa, k, packing) = (self.isa, self.chain.tags, self.packing);
        let mut panels = self.panels();
        if packing.steps() > 1 {
            panels.pack(isa, Mat::new(&self.out.weights, k, k, k).t());
        }
        let mut beta = self.scratch.any(packing.sentences() * k);
        for t in (0..packing.steps()).rev() {
            let (running, here) = (packing.active(t + 1), packing.offset(t) * k);
            let ended = here + running * k..here + packing.active(t) * k;
            self.out.marginals[ended.clone()].copy_from_slice(&self.alpha[ended]);
            if running == 0 {
                continue;
            }
            let next = packing.offset(t + 1) * k;
            panels.multiply(isa, Initial::Zero, Mat::new(&self.token_weights[next..], running, k, k), &mut beta, k);
            let (alpha, before) = self.alpha.split_at_mut(next);
            for (r, beta) in beta.chunks_exact(k).take(running).enumerate() {
                let (own, following) = (here + r * k..here + (r + 1) * k, r * k..(r + 1) * k);
                let (mass, top) = (rows::dot(isa, &alpha[own.clone()], beta), rows::row_maximum(isa, beta));
                if faithful(mass) {
                    let (marginal, weights) = (&mut self.out.marginals[own.clone()], &mut self.token_weights[own.clone()]);
                    rows::join(isa, &alpha[own], beta, 1.0 / mass, 1.0 / top, &mut before[following], marginal, weights);
                } else {
                    self.token_weights[own].fill(0.0);
                    self.unfaithful[r] = true;
                }
            }
        }
        self.scratch.give(panels.into_memory());
        self.scratch.give(beta);
    }

    fn finish(mut self) -> Posterior {
        let (k, packing) = (self.chain.tags, self.packing);
        let mut chain = None;
        for r in (0..packing.sentences()).filter(|r| self.unfaithful[*r]) {
            for row in packing.rows(r) {
                self.alpha[row * k..(row + 1) * k].fill(0.0);
                self.token_weights[row * k..(row + 1) * k].fill(0.0);
            }
            let chain = chain.get_or_insert_with(|| LogSpace::new(self.isa, self.chain));
            let counts = self.out.log_space.get_or_insert_with(|| vec![0.0; k * k]);
            self.out.log_partition[r] = chain.sentence(packing, r, self.emissions, &mut self.out.marginals, counts);
        }
        // The first step has no transition before it: its rows are left out of the counts.
        self.out.before = self.alpha;
        self.out.after = self.token_weights;
        self.out
    }
}

/// False for NaN too.
fn faithful(mass: f32) -> bool {
    (FAITHFUL..f32::INFINITY).contains(&mass)
}

impl Posterior {
    /// Gives the memory back that [`forward_backward`] took.
    pub fn give(self, scratch: &Scratch) {
        [self.marginals, self.before, self.after, self.weights].into_iter().for_each(|v| scratch.give(v));
    }

    /// gradients += scale * gradient of the sum of all log-partitions.
    pub fn add_gradients(&self, isa: Isa, scratch: &Scratch, scale: f32, packing: &Packing, gradients: &mut ChainGradients) {
        let k = self.tags;
        rows::add_scaled(isa, gradients.emissions, scale, &self.marginals);
        for t in 0..packing.steps() {
            for r in 0..packing.active(t) {
                let marginal = &self.marginals[packing.row(r, t) * k..][..k];
                if t == 0 {
                    rows::add_scaled(isa, gradients.start, scale, marginal);
                }
                if r >= packing.active(t + 1) {
                    rows::add_scaled(isa, gradients.end, scale, marginal);
                }
            }
        }
        let first = packing.sentences() * k;
        if self.before.len() > first {
            add_expected_counts(isa, scratch, scale, &self.before[first..], &self.after[first..], &self.weights, gradients.transitions, k);
        }
        if let Some(counts) = &self.log_space {
            rows::add_scaled(isa, gradients.transitions, scale, counts);
        }
    }
}
