//! Words that the vocabulary itself uses for one another: where a concept is called `Kidney Failure` and `Renal Failure`, `kidney` and
//! `renal` stand for each other, the more so the more concepts say it.

use super::{Entry, Terms};
use std::collections::{BTreeMap, HashMap};

/// Most names of one concept that are held against each other.
const NAMES: usize = 40;

/// Pairs of stems with how well one stands for the other, from 0 to 1.
#[derive(Clone, Debug, Default)]
pub(in crate::lexicon) struct Substitutions {
    of: HashMap<u32, Vec<(u32, f32)>>,
}

impl Substitutions {
    /// Learns from names of one concept that differ in one stem.
    pub fn learn(entries: &[Entry], words: &Terms) -> Self {
        let is_number: Vec<bool> = {
            let mut flags = vec![false; words.len()];
            for (word, &number) in &words.numbers {
                flags[number as usize] = word.len() < 2 || word.bytes().any(|b| b.is_ascii_digit());
            }
            flags
        };
        let mut concepts_with: HashMap<u32, u32> = HashMap::new();
        let mut together: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        let mut from = 0;
        while from < entries.len() {
            let target = entries[from].target;
            let to = from + entries[from..].iter().take_while(|entry| entry.target == target && entry.kind.is_some()).count();
            let names = &entries[from..to.min(from + NAMES)];
            let mut own: Vec<u32> = names.iter().flat_map(|name| name.words.iter().copied()).collect();
            own.sort_unstable();
            own.dedup();
            own.iter().for_each(|&word| *concepts_with.entry(word).or_default() += 1);
            let mut pairs = Vec::new();
            for (at, a) in names.iter().enumerate() {
                for b in &names[at + 1..] {
                    pairs
                        .extend(swapped(&a.words, &b.words).into_iter().filter(|&(x, y)| !is_number[x as usize] && !is_number[y as usize]));
                }
            }
            pairs.sort_unstable();
            pairs.dedup();
            pairs.into_iter().for_each(|pair| *together.entry(pair).or_default() += 1);
            from = to.max(from + 1);
        }
        let mut of: HashMap<u32, Vec<(u32, f32)>> = HashMap::new();
        for ((a, b), count) in together {
            let seldom = concepts_with[&a].min(concepts_with[&b]) as f32;
            let share = count as f32 / (seldom + 3.0);
            let strength = share / (share + 0.1);
            if strength >= 0.2 {
                of.entry(a).or_default().push((b, strength));
                of.entry(b).or_default().push((a, strength));
            }
        }
        Substitutions { of }
    }

    /// The stems that can stand for `word`.
    pub fn of(&self, word: u32) -> &[(u32, f32)] {
        self.of.get(&word).map_or(&[], Vec::as_slice)
    }

    /// How well the best of `words` (ascending) stands for `word`: 1 where it is among them.
    pub fn best(&self, word: u32, words: &[u32]) -> f32 {
        if words.binary_search(&word).is_ok() {
            return 1.0;
        }
        let among = self.of(word).iter().filter(|(other, _)| words.binary_search(other).is_ok());
        among.map(|&(_, strength)| strength).fold(0.0, f32::max)
    }
}

/// The one stem of `a` and the one of `b` in which two bags of the same size differ, the smaller first.
fn swapped(a: &[u32], b: &[u32]) -> Option<(u32, u32)> {
    if a.len() != b.len() || a.len() < 2 {
        return None;
    }
    let mut only_a = a.iter().filter(|word| b.binary_search(word).is_err());
    let x = *only_a.next()?;
    if only_a.next().is_some() {
        return None;
    }
    let y = *b.iter().find(|word| a.binary_search(word).is_err())?;
    Some((x.min(y), x.max(y)))
}
