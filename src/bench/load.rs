//! Sentences as word ids: read from a file, or drawn.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::path::{Path, PathBuf};

/// Word ids, a list a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    pub sentences: Vec<Vec<u32>>,
}

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("cannot read the load {}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}, line {line}: `{found}` is not a word id; a line is one sentence: whole numbers with blanks between", path.display())]
    NotAnId { path: PathBuf, line: usize, found: String },
    #[error("sentence {sentence} of the load has word {word} where the vocabulary has {vocab} words: raise --vocab")]
    PastVocabulary { sentence: usize, word: u32, vocab: usize },
    #[error("the load has no words: give a file with sentences, or --sentences 1 or more")]
    Empty,
}

impl Load {
    /// One sentence a line, word ids with blanks between; empty lines are skipped.
    ///
    /// # Errors
    /// A file that cannot be read, or a word that is no whole number.
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        let text = std::fs::read_to_string(path).map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })?;
        let mut sentences = Vec::new();
        for (i, line) in text.lines().enumerate() {
            let sentence: Vec<u32> = line
                .split_whitespace()
                .map(|word| word.parse().map_err(|_| LoadError::NotAnId { path: path.to_owned(), line: i + 1, found: word.to_owned() }))
                .collect::<Result<_, _>>()?;
            if !sentence.is_empty() {
                sentences.push(sentence);
            }
        }
        Ok(Self { sentences })
    }

    /// Lengths as in abstracts: log-normal (mean 3.05 and deviation 0.45 of the logarithm), rounded down, between 4 and 90; words by
    /// Zipf's law with exponent 1.3, all those past the vocabulary being its last word.
    pub fn drawn(sentences: usize, vocab: usize, seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let zipf = Zipf::new(vocab);
        let lengths: Vec<usize> = (0..sentences).map(|_| (libm::exp(3.05 + 0.45 * normal(&mut rng)) as usize).clamp(4, 90)).collect();
        Self { sentences: lengths.into_iter().map(|n| (0..n).map(|_| zipf.draw(&mut rng)).collect()).collect() }
    }

    /// Sentences of one length, their words as in [`Load::drawn`].
    pub fn of_length(sentences: usize, length: usize, vocab: usize, seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let zipf = Zipf::new(vocab);
        Self { sentences: (0..sentences).map(|_| (0..length).map(|_| zipf.draw(&mut rng)).collect()).collect() }
    }

    pub fn tokens(&self) -> usize {
        self.sentences.iter().map(Vec::len).sum()
    }

    pub(super) fn check(&self, vocab: usize) -> Result<(), LoadError> {
        if self.tokens() == 0 {
            return Err(LoadError::Empty);
        }
        for (i, sentence) in self.sentences.iter().enumerate() {
            if let Some(word) = sentence.iter().find(|w| **w as usize >= vocab) {
                return Err(LoadError::PastVocabulary { sentence: i + 1, word: *word, vocab });
            }
        }
        Ok(())
    }
}

/// Character ids of a word: 1 to 79.
pub fn characters(word: u32) -> impl Iterator<Item = u32> {
    (0..2 + word % 10).map(move |k| ((31 * u64::from(word) + 17 * u64::from(k)) % 79) as u32 + 1)
}

/// A number in (0, 1].
fn unit(rng: &mut impl Rng) -> f64 {
    ((rng.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64
}

/// A standard normal number (Box & Muller 1958).
fn normal(rng: &mut impl Rng) -> f64 {
    (-2.0 * libm::log(unit(rng))).sqrt() * libm::cos(std::f64::consts::TAU * unit(rng))
}

/// P(w) proportional to w^-1.3 for w from 1.
struct Zipf {
    /// Sums of the probabilities of words 1, 2, ... up to one below the last.
    below: Vec<f64>,
}

impl Zipf {
    const EXPONENT: f64 = 1.3;

    fn new(vocab: usize) -> Self {
        let last = vocab.saturating_sub(1).max(1);
        let mut below = Vec::with_capacity(last);
        let mut sum = 0.0;
        for w in 1..last {
            sum += libm::pow(w as f64, -Self::EXPONENT);
            below.push(sum);
        }
        // All words from the last on: the sum as an integral.
        let rest = libm::pow(last as f64 - 0.5, 1.0 - Self::EXPONENT) / (Self::EXPONENT - 1.0);
        below.iter_mut().for_each(|b| *b /= sum + rest);
        Self { below }
    }

    fn draw(&self, rng: &mut impl Rng) -> u32 {
        let at = unit(rng);
        self.below.partition_point(|b| *b < at) as u32 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_s_characters_follow_the_rule() {
        // [((31 * 12 + 17 * k) % 79) + 1 for k in range(2 + 12 % 10)]
        assert_eq!(characters(12).collect::<Vec<_>>(), [57, 74, 12, 29]);
        assert_eq!(characters(19_999).count(), 11);
    }

    #[test]
    fn a_drawn_load_is_the_seed_s_and_looks_like_abstracts() {
        let load = Load::drawn(2000, 20_000, 1);
        assert_eq!(load, Load::drawn(2000, 20_000, 1));
        assert_ne!(load, Load::drawn(2000, 20_000, 2));
        load.check(20_000).unwrap();
        // numpy: np.clip(np.random.default_rng(0).lognormal(3.05, 0.45, 10**6).astype(int), 4, 90).mean() -> 22.8;
        // (np.minimum(rng.zipf(1.3, 10**6), 19999) == 1).mean() -> 0.254, and 0.043 for 19999
        let mean = load.tokens() as f64 / 2000.0;
        assert!((mean - 22.8).abs() < 1.0, "mean length {mean}");
        let share = |word| load.sentences.iter().flatten().filter(|w| **w == word).count() as f64 / load.tokens() as f64;
        assert!((share(1) - 0.254).abs() < 0.01 && (share(19_999) - 0.043).abs() < 0.005, "{} {}", share(1), share(19_999));
    }

    #[test]
    fn faults_of_a_file_are_named_by_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("load.txt");
        std::fs::write(&path, "1 2 3\n\n7 x\n").unwrap();
        let told = Load::read(&path).unwrap_err().to_string();
        assert!(told.ends_with("line 3: `x` is not a word id; a line is one sentence: whole numbers with blanks between"), "{told}");
        std::fs::write(&path, "1 2 3\n\n7\n").unwrap();
        let load = Load::read(&path).unwrap();
        assert_eq!(load.sentences, [vec![1, 2, 3], vec![7]]);
        assert!(load.check(7).unwrap_err().to_string().starts_with("sentence 2 of the load has word 7"));
    }
}
