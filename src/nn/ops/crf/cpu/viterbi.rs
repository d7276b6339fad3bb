//! The best tag sequence of every sentence of a packed batch (Viterbi 1967), exactly.
//!
//! Two things make it cheap. Back-pointers are not kept: the tag before is looked for again, only along the best sequence, which is K
//! sums a token instead of K^2 comparisons. And a tag i cannot be the one before, whatever follows, if even its best transition falls
//! short of another tag's worst: s_i + max_j A_ij < max_h (s_h + min_j A_hj). Rounding keeps order, so the test is exact in floating
//! point too; once emissions have learnt to tell tags apart it leaves a few of hundreds.

use super::{Chain, rows};
use crate::nn::Packing;
use crate::nn::isa::{Isa, for_each_isa};
use crate::nn::ops::product::{Mat, Panels, WIDTH};

/// A chain made ready for decoding.
#[derive(Debug)]
pub struct Viterbi<'a> {
    isa: Isa,
    chain: Chain<'a>,
    /// A, so that the transitions into a few tags lie together and stay in the second-level cache from one sentence to the next.
    panels: Panels,
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

impl<'a> Viterbi<'a> {
    pub fn new(isa: Isa, chain: Chain<'a>) -> Self {
        let of_rows = |fold: fn(Isa, &[f32]) -> f32| chain.transitions.chunks_exact(chain.tags).map(|row| fold(isa, row)).collect();
        let mut panels = Panels::default();
        panels.pack(isa, Mat::new(chain.transitions, chain.tags, chain.tags, chain.tags));
        Self { isa, chain, panels, best: of_rows(rows::row_maximum), worst: of_rows(rows::row_minimum) }
    }

    /// `emissions`: one row of K scores for each of the batch's rows.
    pub fn decode(&self, packing: &Packing, emissions: &[f32]) -> Decoded {
        let (isa, k) = (self.isa, self.chain.tags);
        assert_eq!(emissions.len(), packing.tokens() * k, "emissions of {} tokens for {k} tags", packing.tokens());
        let mut decoded = Decoded { tags: vec![0; packing.tokens()], scores: vec![0.0; packing.sentences()] };
        // Row n: the best score of a sequence that ends at row n with each tag, less the row's maximum.
        let mut scores = vec![0.0; emissions.len()];
        let mut candidates = vec![Candidates::default(); packing.sentences()];
        for t in 0..packing.steps() {
            let (done, rest) = scores.split_at_mut(packing.offset(t) * k);
            if t == 0 {
                rest.chunks_exact_mut(k).take(packing.sentences()).for_each(|row| row.copy_from_slice(self.chain.start));
            } else {
                let left = done[packing.offset(t - 1) * k..].chunks_exact(k);
                let running = &mut candidates[..packing.active(t)];
                running.iter_mut().zip(left).for_each(|(candidates, row)| self.select(row, candidates));
                best_sums(isa, &self.panels, running, rest, k);
            }
            for (r, row) in rest.chunks_exact_mut(k).take(packing.active(t)).enumerate() {
                rows::add_row(isa, row, &emissions[packing.row(r, t) * k..][..k]);
                if r >= packing.active(t + 1) {
                    rows::add_row(isa, row, self.chain.end);
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
        let bound = rows::best_sum(self.isa, scores, &self.worst);
        candidates.tags.clear();
        candidates.scores.clear();
        for (i, (score, best)) in scores.iter().zip(&self.best).enumerate() {
            if score + best >= bound {
                candidates.tags.push(i as u32);
                candidates.scores.push(*score);
            }
        }
    }

    /// Follows the best sequence of sentence `r` backwards.
    fn trace(&self, packing: &Packing, r: usize, scores: &[f32], tags: &mut [u32]) {
        let k = self.chain.tags;
        let row = |t: usize| &scores[packing.row(r, t) * k..][..k];
        let last = packing.length(r) - 1;
        let mut tag = first_best((0..).zip(row(last).iter().copied()));
        tags[packing.row(r, last)] = tag;
        let mut candidates = Candidates::default();
        for t in (0..last).rev() {
            self.select(row(t), &mut candidates);
            let sums =
                candidates.scores.iter().zip(&candidates.tags).map(|(s, i)| s + self.chain.transitions[*i as usize * k + tag as usize]);
            tag = first_best(candidates.tags.iter().copied().zip(sums));
            tags[packing.row(r, t)] = tag;
        }
    }
}

/// The first tag with the largest score; 0 if there is none above negative infinity.
fn first_best(scores: impl Iterator<Item = (u32, f32)>) -> u32 {
    scores.fold((0, f32::NEG_INFINITY), |best, (tag, score)| if score > best.1 { (tag, score) } else { best }).0
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
