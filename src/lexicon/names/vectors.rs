//! Word vectors of the names: what brings `renal impairment` near to `Kidney Insufficiency`, which share no word.

use crate::embedding::Embedding;
use crate::lexicon::text;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Vectors of stems: of each the vector of its first, that is most frequent, word, as whole numbers of at most [`SCALE`]. Dot products are
/// whole numbers too, so that they are the same on every machine in whatever order they are summed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::lexicon) struct Vectors {
    dimension: usize,
    stems: Vec<String>,
    values: Vec<i16>,
    #[serde(skip)]
    rows: HashMap<String, u32>,
}

/// The largest number of a vector; squares of it, summed over all dimensions, stay within 32 bits.
pub(in crate::lexicon) const SCALE: f32 = 512.0;

/// Words of an embedding that are kept beside those of the names.
const FREQUENT: usize = 40_000;

impl Vectors {
    /// The vectors of the most frequent words and of those that `wanted` wants by their stem.
    pub fn of(embedding: &Embedding, wanted: impl Fn(&str) -> bool) -> Self {
        let mut vectors = Vectors { dimension: embedding.dimension, ..Vectors::default() };
        for (row, word) in embedding.words.iter().enumerate() {
            if !word.chars().all(char::is_alphanumeric) {
                continue;
            }
            let stem = text::stem_of(&text::fold(word));
            if vectors.rows.contains_key(&stem) || !(row < FREQUENT || wanted(&stem)) {
                continue;
            }
            if let Some(values) = scaled(embedding.vector(row).iter().copied()) {
                vectors.rows.insert(stem.clone(), vectors.stems.len() as u32);
                vectors.stems.push(stem);
                vectors.values.extend(values);
            }
        }
        vectors
    }

    /// After reading from a file: finds the rows again. `None` where the parts do not fit together.
    pub fn restored(mut self) -> Option<Self> {
        self.rows = self.stems.iter().enumerate().map(|(row, stem)| (stem.clone(), row as u32)).collect();
        let small = self.values.iter().all(|value| f32::from(value.unsigned_abs()) <= SCALE);
        (self.values.len() == self.stems.len() * self.dimension && small).then_some(self)
    }

    pub fn dimension(&self) -> usize {
        self.dimension
    }

    pub fn is_empty(&self) -> bool {
        self.stems.is_empty()
    }

    pub fn row(&self, stem: &str) -> Option<u32> {
        self.rows.get(stem).copied()
    }

    fn vector(&self, row: u32) -> &[i16] {
        &self.values[row as usize * self.dimension..][..self.dimension]
    }

    /// Cosine of two rows.
    pub fn cosine(&self, a: u32, b: u32) -> f32 {
        if a == b { 1.0 } else { cosine(self.vector(a), self.vector(b)) }
    }

    /// The direction of the weighted sum of rows; empty where there is none.
    pub fn direction(&self, rows: impl Iterator<Item = (u32, f32)>) -> Vec<i16> {
        let mut sum = vec![0.0_f32; self.dimension];
        for (row, weight) in rows {
            sum.iter_mut().zip(self.vector(row)).for_each(|(sum, &value)| *sum += weight * f32::from(value));
        }
        scaled(sum.into_iter()).unwrap_or_default()
    }
}

/// Numbers of unit length times [`SCALE`], rounded; `None` for a zero vector or one that is not finite.
fn scaled(values: impl Iterator<Item = f32> + Clone) -> Option<Vec<i16>> {
    let length = values.clone().map(|value| value * value).sum::<f32>().sqrt();
    (length > 0.0 && length.is_finite()).then(|| values.map(|value| (value / length * SCALE).round() as i16).collect())
}

/// Cosine of two directions; 0 where one is empty.
pub(in crate::lexicon) fn cosine(a: &[i16], b: &[i16]) -> f32 {
    dot(a, b) as f32 / (SCALE * SCALE)
}

fn dot(a: &[i16], b: &[i16]) -> i32 {
    a.iter().zip(b).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
}

/// Directions of many texts, one after another.
#[derive(Clone, Debug, Default)]
pub(in crate::lexicon) struct Directions {
    dimension: usize,
    values: Vec<i16>,
}

impl Directions {
    pub fn new(dimension: usize) -> Self {
        Directions { dimension, values: Vec::new() }
    }

    /// Adds a direction; an empty one is near to nothing.
    pub fn push(&mut self, direction: &[i16]) {
        let end = self.values.len() + self.dimension;
        self.values.extend_from_slice(direction);
        self.values.resize(end, 0);
    }

    pub fn get(&self, at: usize) -> &[i16] {
        self.values.get(at * self.dimension..(at + 1) * self.dimension).unwrap_or_default()
    }

    /// Writes the dot products with `direction` of all texts, in their order.
    pub fn products(&self, direction: &[i16], out: &mut Vec<i32>) {
        out.clear();
        if self.dimension > 0 && direction.len() == self.dimension {
            out.extend(self.values.chunks_exact(self.dimension).map(|text| dot(text, direction)));
        }
    }
}
