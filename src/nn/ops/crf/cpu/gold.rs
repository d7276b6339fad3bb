//! The score of the given tag sequences, and its gradient.

use super::Chain;
use crate::nn::Packing;

/// The score of each sentence's tags; `tags[n]` belongs to row n.
///
/// # Panics
/// If a tag is not below the chain's number of tags: a bug of the caller.
pub fn gold_scores(chain: Chain, packing: &Packing, emissions: &[f32], tags: &[u32]) -> Vec<f64> {
    let k = chain.tags;
    let score = |sentence: usize| {
        let mut total = 0.0;
        let mut left = None;
        for row in packing.rows(sentence) {
            let tag = tags[row] as usize;
            let entered = left.map_or(chain.start[tag], |left: usize| chain.transitions[left * k + tag]);
            total += f64::from(entered) + f64::from(emissions[row * k + tag]);
            left = Some(tag);
        }
        total + left.map_or(0.0, |last| f64::from(chain.end[last]))
    };
    (0..packing.sentences()).map(score).collect()
}

/// The gradients of a chain's scores, laid out as the scores are.
#[derive(Debug)]
pub struct ChainGradients<'a> {
    pub emissions: &'a mut [f32],
    pub transitions: &'a mut [f32],
    pub start: &'a mut [f32],
    pub end: &'a mut [f32],
}

/// gradients -= scale * gradient of the sum of [`gold_scores`].
pub fn subtract_gold(scale: f32, packing: &Packing, tags: &[u32], gradients: &mut ChainGradients) {
    let k = gradients.start.len();
    for (row, tag) in tags.iter().enumerate() {
        gradients.emissions[row * k + *tag as usize] -= scale;
    }
    for t in 0..packing.steps() {
        for r in 0..packing.active(t) {
            let tag = tags[packing.row(r, t)] as usize;
            match t {
                0 => gradients.start[tag] -= scale,
                _ => gradients.transitions[tags[packing.row(r, t - 1)] as usize * k + tag] -= scale,
            }
            if r >= packing.active(t + 1) {
                gradients.end[tag] -= scale;
            }
        }
    }
}
