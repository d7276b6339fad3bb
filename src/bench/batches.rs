//! A load as batches of indices.

use super::load::characters;
use super::{Load, Mode, Setting};
use crate::corpus::PerTask;
use crate::nn::ops::features::{Spellings, Words};
use crate::nn::{Batch, Packing};
use crate::train::{shuffle, touched};
use rand_core::Rng;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Tags of MER.
pub const MER_TAGS: usize = 3;

/// What a step reads.
pub struct Encoded {
    pub batch: Batch,
    pub gold: PerTask<Rc<Vec<u32>>>,
    /// Rows of the word table that the step changes.
    pub rows: Vec<u32>,
}

/// The batches of one pass, in the order in which they are timed.
pub fn batches(setting: &Setting, load: &Load, rng: &mut impl Rng) -> Vec<Encoded> {
    let mut sentences: Vec<&[u32]> = load.sentences.iter().map(Vec::as_slice).collect();
    sentences.sort_by_key(|s| s.len());
    let mut batches: Vec<Encoded> = sentences.chunks(setting.batch).map(|members| encode(setting, members)).collect();
    shuffle(rng, &mut batches);
    batches
}

/// `members` are sorted by length, the shortest first.
fn encode(setting: &Setting, members: &[&[u32]]) -> Encoded {
    let longest = members.last().map_or(0, |s| s.len());
    let lengths: Vec<usize> = members.iter().rev().map(|s| if setting.mode == Mode::Lstm { longest } else { s.len() }).collect();
    let packing = Packing::new(&lengths);
    let n = packing.tokens();
    let mut words = Words { words: Vec::with_capacity(n), spelling: Vec::with_capacity(n), spellings: Spellings::default() };
    let mut seen = BTreeMap::new();
    for t in 0..packing.steps() {
        for sentence in members.iter().rev().take(packing.active(t)) {
            // Where the batch is of full length, word 0 fills it.
            let word = sentence.get(t).copied().unwrap_or(0);
            words.words.push(word);
            let spelling = *seen.entry(word).or_insert_with(|| words.spellings.push(&characters(word).collect::<Vec<_>>()));
            words.spelling.push(spelling);
        }
    }
    let tags = |count: usize| Rc::new(words.words.iter().map(|w| w % count as u32).collect::<Vec<u32>>());
    let gold = PerTask { mer: tags(MER_TAGS), men: tags(setting.men_tags) };
    let batch = Batch { packing: Rc::new(packing), words: Rc::new(words) };
    let rows = if setting.frozen { Vec::new() } else { touched(&batch) };
    Encoded { batch, gold, rows }
}
