//! The paper's random embedding (Table 4): every word has a vector, no file is read.

use std::collections::HashSet;

use rand_core::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::Embedding;

/// A row for each word, its numbers uniform in ±sqrt(3/dimension), so that each has variance 1/dimension. Words are drawn
/// for in sorted order: the same words and generator give the same rows.
pub fn random(dimension: usize, words: &HashSet<String>, generator: &mut Xoshiro256PlusPlus) -> Embedding {
    let bound = (3.0 / dimension as f32).sqrt();
    let mut sorted: Vec<&String> = words.iter().collect();
    sorted.sort_unstable();
    let mut embedding = Embedding::new(dimension);
    let mut vector = vec![0.0; dimension];
    for word in sorted {
        vector.fill_with(|| bound * symmetric(generator));
        // A set holds no word twice, so every insertion is a new row.
        let _ = embedding.insert(word, &vector);
    }
    embedding.rows_in_source = embedding.len() as u64;
    embedding
}

/// Uniform in [-1, 1): the 24 highest bits, which an `f32` holds exactly.
fn symmetric(generator: &mut Xoshiro256PlusPlus) -> f32 {
    (generator.next_u64() >> 40) as f32 / (1u32 << 23) as f32 - 1.0
}
