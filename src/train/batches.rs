//! Sentences to batches: order, buckets by length, and the indices a step needs.

use super::dataset::Encoded;
use super::word_types::WordTypes;
use crate::corpus::Task;
pub use crate::corpus::{below, shuffle};
use crate::nn::ops::features::{Spellings, Words};
use crate::nn::{Batch, Packing};
use rand_core::Rng;
use std::rc::Rc;

/// Batches drawn together before they are sorted by length: enough that sentences of a batch are alike, few enough that batches differ
/// from epoch to epoch.
const BUCKET: usize = 50;

/// One pass over the sentences in batches of `size`: shuffled, then of near lengths, then the batches shuffled.
pub fn shuffled(rng: &mut impl Rng, sentences: &[Encoded], size: usize) -> Vec<Vec<u32>> {
    let mut order = indices(sentences);
    shuffle(rng, &mut order);
    bucketed(rng, sentences, order, size)
}

/// As many sentences as there are, each drawn from all of them.
pub fn with_replacement(rng: &mut impl Rng, sentences: &[Encoded], size: usize) -> Vec<Vec<u32>> {
    let all = indices(sentences);
    let order = (0..all.len()).map(|_| all[below(rng, all.len())]).collect();
    bucketed(rng, sentences, order, size)
}

/// All sentences, the longest first, for prediction.
pub fn by_length(sentences: &[Encoded], size: usize) -> Vec<Vec<u32>> {
    let mut order = indices(sentences);
    order.sort_by_key(|i| std::cmp::Reverse(sentences[*i as usize].words.len()));
    order.chunks(size).map(<[u32]>::to_vec).collect()
}

fn indices(sentences: &[Encoded]) -> Vec<u32> {
    (0..sentences.len() as u32).filter(|i| !sentences[*i as usize].words.is_empty()).collect()
}

fn bucketed(rng: &mut impl Rng, sentences: &[Encoded], mut order: Vec<u32>, size: usize) -> Vec<Vec<u32>> {
    for bucket in order.chunks_mut(size * BUCKET) {
        bucket.sort_by_key(|i| std::cmp::Reverse(sentences[*i as usize].words.len()));
    }
    let mut batches: Vec<Vec<u32>> = order.chunks(size).map(<[u32]>::to_vec).collect();
    // A batch may straddle two buckets.
    for batch in &mut batches {
        batch.sort_by_key(|i| std::cmp::Reverse(sentences[*i as usize].words.len()));
    }
    shuffle(rng, &mut batches);
    batches
}

/// Builds the network's view of a batch; keeps what it needs from call to call.
pub struct Encoder {
    /// Where in the batch's spellings a word type stands, and in which batch that was.
    seen: Vec<(u32, u32)>,
    batch: u32,
}

impl Encoder {
    /// For sentences over these words.
    pub fn new(types: &WordTypes) -> Self {
        Self { seen: vec![(0, 0); types.len()], batch: 0 }
    }

    /// `members` are sentences, the longest first. With a generator, words seen once in training become the unknown word with
    /// probability 1/2.
    pub fn batch(&mut self, types: &WordTypes, sentences: &[Encoded], members: &[u32], mut unknown: Option<&mut impl Rng>) -> Batch {
        let lengths: Vec<usize> = members.iter().map(|i| sentences[*i as usize].words.len()).collect();
        let packing = Packing::new(&lengths);
        self.batch += 1;
        let n = packing.tokens();
        let mut words = Words { words: Vec::with_capacity(n), spelling: Vec::with_capacity(n), spellings: Spellings::default() };
        for t in 0..packing.steps() {
            for member in &members[..packing.active(t)] {
                let word = sentences[*member as usize].words[t];
                let known = types.get(word);
                let dropped = known.singleton && unknown.as_mut().is_some_and(|rng| rng.next_u32() & 1 == 1);
                words.words.push(if dropped { 0 } else { known.row });
                let seen = &mut self.seen[word as usize];
                if seen.1 != self.batch {
                    *seen = (words.spellings.push(types.characters(word)), self.batch);
                }
                words.spelling.push(seen.0);
            }
        }
        Batch { packing: Rc::new(packing), words: Rc::new(words) }
    }
}

/// Gold tags of a task in the batch's order of rows.
pub fn gold(sentences: &[Encoded], members: &[u32], packing: &Packing, task: Task) -> Vec<u32> {
    let mut tags = Vec::with_capacity(packing.tokens());
    for t in 0..packing.steps() {
        tags.extend(members[..packing.active(t)].iter().map(|member| sentences[*member as usize].tags[task][t]));
    }
    tags
}

/// The rows of a packed batch, given back to the sentences: `width` values a token.
pub fn unpack<T: Copy>(rows: &[T], packing: &Packing, member: usize, width: usize) -> Vec<T> {
    packing.rows(member).flat_map(|row| &rows[row * width..(row + 1) * width]).copied().collect()
}

/// Distinct rows of the word table that a batch reads, in order.
pub fn touched(batch: &Batch) -> Vec<u32> {
    let mut rows = batch.words.words.clone();
    rows.sort_unstable();
    rows.dedup();
    rows
}
