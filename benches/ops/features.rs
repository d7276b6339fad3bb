//! Word vectors and the character CNN.

use super::lstm::buffer;
use super::{BATCHES, Table, Work, noise, packing};
use dfdx::prelude::Cpu;
use mermen::bench::characters;
use mermen::nn::Context;
use mermen::nn::isa::Isa;
use mermen::nn::ops::features::{CharGradients, CharValues, FeatureShape, FeaturesKernel, Spellings, Words};

const SHAPE: FeatureShape = FeatureShape { word: 100, character: 30, filters: 30, window: 3 };
const VOCABULARY: u32 = 1000;

pub fn rows(table: &mut Table) {
    for isa in Isa::available() {
        for sentences in BATCHES {
            let run = Context::cpu_with(isa, 1);
            let n = packing(sentences).tokens();
            let mut words = Words { words: Vec::new(), spelling: Vec::new(), spellings: Spellings::default() };
            for i in 0..n as u32 {
                // No word twice: the most that a batch of so many tokens can cost.
                let word = i * 7 % VOCABULARY;
                words.words.push(word);
                words.spelling.push(words.spellings.push(&characters(word).collect::<Vec<_>>()));
            }
            let wide = SHAPE.window * SHAPE.character;
            let sizes = [80 * SHAPE.character, SHAPE.filters * wide, SHAPE.filters];
            let [table_of, filters, bias] = sizes.map(|len| buffer(&run, noise(len, len as u64)));
            let mask = buffer(&run, vec![2.0; words.spellings.characters.len() * SHAPE.character]);
            let vectors = buffer(&run, noise(VOCABULARY as usize * SHAPE.word, 5));
            let values = || CharValues { table: &table_of, filters: &filters, bias: &bias, mask: Some(&mask) };
            let gradient = buffer(&run, noise(n * (SHAPE.word + SHAPE.filters), 6));
            let [mut g_table, mut g_filters, mut g_bias] = sizes.map(|len| buffer(&run, vec![0.0; len]));
            let mut g_vectors = buffer(&run, vec![0.0; VOCABULARY as usize * SHAPE.word]);

            let forward = (2 * words.spellings.characters.len() * wide * SHAPE.filters) as f64;
            // Backward, only the winning position of each filter counts: into the filter, and into the vectors.
            let backward = (4 * n * wide * SHAPE.filters) as f64;
            let name = format!("features, forward and backward, B={sentences}, {n} words, {}", isa.name());
            table.row(
                &name,
                Work::Flops(forward + backward),
                || (),
                |()| {
                    let (x, saved) = Cpu::features_forward(&run, SHAPE, &words, &vectors, Some(values())).expect("a CPU refuses nothing");
                    let gradients = CharGradients { table: &mut g_table, filters: &mut g_filters, bias: &mut g_bias };
                    let saved = saved.expect("kept");
                    Cpu::characters_backward(&run, SHAPE, &words, &gradient, saved, values(), gradients).expect("a CPU refuses nothing");
                    Cpu::word_backward(&run, SHAPE, &words, &gradient, &mut g_vectors).expect("a CPU refuses nothing");
                    x
                },
            );
        }
    }
}
