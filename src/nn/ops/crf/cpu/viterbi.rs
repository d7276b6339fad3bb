//! The best tag sequence of every sentence of a packed batch (Viterbi 1967), exactly.
//!
//! Two things make it cheap. Back-pointers are not kept: the tag before is looked for again, only along the best sequence, which is K
//! sums a token instead of K^2 comparisons. And a tag i cannot be the one before, whatever follows, if even its best transition falls
//! short of another tag's worst: s_i + max_j A_ij < max_h (s_h + min_j A_hj). Rounding keeps order, so the test is exact in floating
//! point too; once emissions have learnt to tell tags apart it leaves a few of hundreds.

use super::{Chain, rows};
use crate::nn::Packing;
use crate::nn::ops::isa::{Isa, for_each_isa};
use crate::nn::ops::panel::{Panels, WIDTH};

/// A chain made ready for decoding; worth keeping for all batches of an evaluation.
#[derive(Debug)]
pub struct Viterbi {
    isa: Isa,
    start: Vec<f32>,
    end: Vec<f32>,
    panels: Panels,
    /// A^T, row-major
    entering: Vec<f32>,
    /// max_j A_ij
    best: Vec<f32>,
    /// min_j A_ij
    worst: Vec<f32>,
}

/// The best tag sequences.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The tag of each row of the batch. Of equally good tags the lowest is taken, from the last token backwards.
    pub tags: Vec<u32>,
    /// The score of each sentence's sequence; negative infinity where every sequence is forbidden.
    pub scores: Vec<f64>,
}

/// The tags that may stand before, with their scores.
#[derive(Debug, Clone, Default)]
struct Candidates {
    tags: Vec<u32>,
    scores: Vec<f32>,
}

impl Viterbi {
    pub fn new(isa: Isa, chain: Chain) -> Self {
        let k = chain.tags;
        let mut panels = Panels::default();
        panels.pack(chain.transitions, k, k);
        let mut entering = vec![0.0; k * k];
        for (i, row) in chain.transitions.chunks_exact(k).enumerate() {
            for (j, value) in row.iter().enumerate() {
                entering[j * k + i] = *value;
            }
        }
        let best = chain.transitions.chunks_exact(k).map(|row| rows::row_maximum(isa, row)).collect();
        let worst = chain.transitions.chunks_exact(k).map(|row| rows::row_minimum(isa, row)).collect();
        Self { isa, start: chain.start.to_vec(), end: chain.end.to_vec(), panels, entering, best, worst }
    }

    /// `emissions`: one row of K scores for each of the batch's rows.
    pub fn decode(&self, packing: &Packing, emissions: &[f32]) -> Decoded {
        let (isa, k) = (self.isa, self.start.len());
        assert_eq!(emissions.len(), packing.tokens() * k, "emissions of {} tokens for {k} tags", packing.tokens());
        let mut decoded = Decoded { tags: vec![0; packing.tokens()], scores: vec![0.0; packing.sentences()] };
        // Row n: the best score of a sequence that ends at row n with each tag, less the row's maximum.
        let mut scores = vec![0.0; emissions.len()];
        let mut candidates = vec![Candidates::default(); packing.sentences()];
        for t in 0..packing.steps() {
            let (done, rest) = scores.split_at_mut(packing.offset(t) * k);
            if t == 0 {
                rest.chunks_exact_mut(k).take(packing.sentences()).for_each(|row| row.copy_from_slice(&self.start));
            } else {
                let left = done[packing.offset(t - 1) * k..].chunks_exact(k);
                let running = &mut candidates[..packing.active(t)];
                running.iter_mut().zip(left).for_each(|(candidates, row)| self.select(row, candidates));
                best_sums(isa, &self.panels, running, rest, k);
            }
            for (r, row) in rest.chunks_exact_mut(k).take(packing.active(t)).enumerate() {
                rows::add_row(isa, row, &emissions[packing.row(r, t) * k..][..k]);
                if r >= packing.active(t + 1) {
                    rows::add_row(isa, row, &self.end);
                }
                decoded.scores[r] += f64::from(rows::lower(isa, row));
            }
        }
        for (r, score) in decoded.scores.iter_mut().enumerate() {
            self.trace(packing, r, &scores, &mut decoded.tags);
            let last = packing.row(r, packing.length(r) - 1);
            *score += f64::from(scores[last * k + decoded.tags[last] as usize]);
        }
        decoded
    }

    /// Collects the tags that may be the best before some tag.
    fn select(&self, scores: &[f32], candidates: &mut Candidates) {
        let bound = rows::best_sum(self.isa, scores, &self.worst).1;
        candidates.tags.clear();
        candidates.scores.clear();
        for (i, (score, best)) in scores.iter().zip(&self.best).enumerate() {
            // the negation keeps every tag if a score is not a number
            if !(score + best < bound) {
                candidates.tags.push(i as u32);
                candidates.scores.push(*score);
            }
        }
    }

    /// Follows the best sequence of sentence `r` backwards.
    fn trace(&self, packing: &Packing, r: usize, scores: &[f32], tags: &mut [u32]) {
        let k = self.start.len();
        let row = |t: usize| &scores[packing.row(r, t) * k..][..k];
        let last = packing.length(r) - 1;
        let zeros = vec![0.0; k];
        let mut tag = rows::best_sum(self.isa, row(last), &zeros).0;
        tags[packing.row(r, last)] = tag as u32;
        for t in (0..last).rev() {
            tag = rows::best_sum(self.isa, row(t), &self.entering[tag * k..(tag + 1) * k]).0;
            tags[packing.row(r, t)] = tag as u32;
        }
    }
}

for_each_isa! {
    /// Row r of `out` = max over candidates i of sentence r of s_i + A_ij.
    fn best_sums<F>(panels: &Panels, candidates: &[Candidates], out: &mut [f32], k: usize) {
        for first in (0..k).step_by(WIDTH) {
            let panel = panels.panel(first / WIDTH);
            let width = WIDTH.min(k - first);
            for (candidates, out) in candidates.iter().zip(out.chunks_exact_mut(k)) {
                out[first..first + width].copy_from_slice(&best_of_panel(panel, candidates)[..width]);
            }
        }
    }
}

#[inline(always)]
fn best_of_panel(panel: &[f32], candidates: &Candidates) -> [f32; WIDTH] {
    // independent maxima hide the latency of each
    const CHAINS: usize = 4;
    let mut best = [[f32::NEG_INFINITY; WIDTH]; CHAINS];
    let step = |best: &mut [f32; WIDTH], tag: u32, score: f32| {
        let line = &panel[tag as usize * WIDTH..][..WIDTH];
        for (best, x) in best.iter_mut().zip(line) {
            let sum = score + x;
            *best = if sum > *best { sum } else { *best };
        }
    };
    let (tags, scores) = (candidates.tags.chunks_exact(CHAINS), candidates.scores.chunks_exact(CHAINS));
    for (tag, score) in tags.remainder().iter().zip(scores.remainder()) {
        step(&mut best[0], *tag, *score);
    }
    for (tags, scores) in tags.zip(scores) {
        for c in 0..CHAINS {
            step(&mut best[c], tags[c], scores[c]);
        }
    }
    let mut joined = best[0];
    for other in &best[1..] {
        for (best, x) in joined.iter_mut().zip(other) {
            *best = if x > best { *x } else { *best };
        }
    }
    joined
}
