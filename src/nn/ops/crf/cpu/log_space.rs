//! The forward-backward algorithm of one sentence in log space: slow, and indifferent to the range of the scores.

use super::rows::{exp_or_zero, maximum};
use super::{Chain, rows};
use crate::nn::Packing;
use crate::nn::isa::{Isa, for_each_isa};

/// Sums for single sentences, with its buffers.
pub struct LogSpace<'a> {
    isa: Isa,
    chain: Chain<'a>,
    top: Vec<f32>,
}

impl<'a> LogSpace<'a> {
    pub fn new(isa: Isa, chain: Chain<'a>) -> Self {
        Self { isa, chain, top: vec![0.0; chain.tags] }
    }

    /// Returns the log-partition of sentence `r`; writes the marginals of its rows and adds its expected transition counts.
    pub fn sentence(&mut self, packing: &Packing, r: usize, emissions: &[f32], marginals: &mut [f32], counts: &mut [f32]) -> f64 {
        let (isa, k) = (self.isa, self.chain.tags);
        let place = |row: usize| row * k..(row + 1) * k;
        let sentence: Vec<usize> = packing.rows(r).collect();
        let mut scores: Vec<f32> = sentence.iter().flat_map(|row| &emissions[place(*row)]).copied().collect();
        let last = sentence.len() - 1;
        rows::add_row(isa, &mut scores[..k], self.chain.start);
        rows::add_row(isa, &mut scores[last * k..], self.chain.end);

        // alpha_t, each row less its maximum; the maxima make up the log-partition.
        let mut alpha = scores.clone();
        let mut log_partition = 0.0;
        for t in 0..=last {
            if t > 0 {
                let (done, rest) = alpha.split_at_mut(t * k);
                let entered = &mut rest[..k];
                log_sums_into(isa, self.chain.transitions, &done[(t - 1) * k..], &mut self.top, entered);
                rows::add_row(isa, entered, &scores[place(t)]);
            }
            log_partition += f64::from(rows::lower(isa, &mut alpha[place(t)]));
        }
        log_partition += f64::from(log_sum(&alpha[place(last)]));
        if log_partition == f64::NEG_INFINITY {
            sentence.iter().for_each(|row| marginals[place(*row)].fill(0.0));
            return log_partition;
        }

        let mut beta = vec![0.0; k];
        for t in (0..=last).rev() {
            let alpha = &alpha[place(t)];
            if t < last {
                // delta = scores o beta of the token to the right
                let delta = &mut scores[place(t + 1)];
                rows::add_row(isa, delta, &beta);
                log_sums_out_of(isa, self.chain.transitions, delta, &mut beta);
                let total = log_sum_of_both(alpha, &beta);
                add_pairs(isa, self.chain.transitions, alpha, delta, total, counts);
                rows::lower(isa, &mut beta);
            }
            let total = log_sum_of_both(alpha, &beta);
            for ((marginal, a), b) in marginals[place(sentence[t])].iter_mut().zip(alpha).zip(&beta) {
                *marginal = libm::expf(a + b - total);
            }
        }
        log_partition
    }
}

fn log_sum(row: &[f32]) -> f32 {
    let top = row.iter().copied().fold(f32::NEG_INFINITY, |m, x| if x > m { x } else { m });
    let shift = if top == f32::NEG_INFINITY { 0.0 } else { top };
    shift + libm::logf(row.iter().map(|x| libm::expf(x - shift)).sum::<f32>())
}

fn log_sum_of_both(a: &[f32], b: &[f32]) -> f32 {
    log_sum(&a.iter().zip(b).map(|(a, b)| a + b).collect::<Vec<_>>())
}

for_each_isa! {
    /// out_j = log sum_i e^(left_i + A_ij); `top` is a buffer for the maxima.
    fn log_sums_into<F>(transitions: &[f32], left: &[f32], top: &mut [f32], out: &mut [f32]) {
        let k = out.len();
        let top = &mut top[..k];
        top.fill(f32::NEG_INFINITY);
        for (row, left) in transitions.chunks_exact(k).zip(left) {
            for (top, x) in top.iter_mut().zip(row) {
                let score = left + x;
                *top = if score > *top { score } else { *top };
            }
        }
        for top in top.iter_mut() { *top = if *top == f32::NEG_INFINITY { 0.0 } else { *top }; }
        out.fill(0.0);
        for (row, left) in transitions.chunks_exact(k).zip(left) {
            for ((sum, top), x) in out.iter_mut().zip(top.iter()).zip(row) { *sum += exp_or_zero::<F>(left + x - top); }
        }
        for (sum, top) in out.iter_mut().zip(top.iter()) { *sum = top + libm::logf(*sum); }
    }

    /// out_i = log sum_j e^(A_ij + right_j)
    fn log_sums_out_of<F>(transitions: &[f32], right: &[f32], out: &mut [f32]) {
        let k = out.len();
        let mut scores = vec![0.0; k];
        for (out, row) in out.iter_mut().zip(transitions.chunks_exact(k)) {
            for ((score, x), right) in scores.iter_mut().zip(row).zip(right) { *score = x + right; }
            let top = maximum(&scores);
            let shift = if top == f32::NEG_INFINITY { 0.0 } else { top };
            for score in &mut scores { *score = exp_or_zero::<F>(*score - shift); }
            *out = shift + libm::logf(scores.iter().sum::<f32>());
        }
    }

    /// counts_ij += e^(left_i + A_ij + right_j - total)
    fn add_pairs<F>(transitions: &[f32], left: &[f32], right: &[f32], total: f32, counts: &mut [f32]) {
        let k = right.len();
        for ((counts, row), left) in counts.chunks_exact_mut(k).zip(transitions.chunks_exact(k)).zip(left) {
            let left = left - total;
            for ((count, x), right) in counts.iter_mut().zip(row).zip(right) { *count += exp_or_zero::<F>(left + x + right); }
        }
    }
}
