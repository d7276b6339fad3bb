//! Sequences of words with a number each, found in a text word by word.

use super::term::Unit;
use std::collections::HashMap;

const NONE: u32 = u32::MAX;

/// A tree of words: node 0 is the root.
#[derive(Clone, Debug, Default)]
pub(super) struct Trie {
    words: HashMap<String, u32>,
    next: HashMap<(u32, u32), u32>,
    /// Of each node but the root, from 1: the number of the sequence that ends there.
    ends: Vec<u32>,
}

impl Trie {
    /// The number of a sequence, which is `new` where it has none yet.
    pub fn entry<'a>(&mut self, forms: impl Iterator<Item = &'a str>, new: usize) -> usize {
        let mut node = 0;
        for form in forms {
            let word = match self.words.get(form) {
                Some(&word) => word,
                None => {
                    let word = self.words.len() as u32;
                    self.words.insert(form.to_owned(), word);
                    word
                }
            };
            let fresh = self.ends.len() as u32 + 1;
            node = *self.next.entry((node, word)).or_insert(fresh);
            if node == fresh {
                self.ends.push(NONE);
            }
        }
        assert!(node > 0, "a sequence has a word");
        let end = &mut self.ends[node as usize - 1];
        if *end == NONE {
            *end = new as u32;
        }
        *end as usize
    }

    pub fn find<'a>(&self, forms: impl Iterator<Item = &'a str>) -> Option<usize> {
        let mut node = 0;
        for form in forms {
            node = *self.next.get(&(node, *self.words.get(form)?))?;
        }
        self.ends.get((node as usize).checked_sub(1)?).filter(|end| **end != NONE).map(|&end| end as usize)
    }

    /// Sequences from left to right, the longest that is `wanted` at each place, none overlapping: (number, first unit, last unit).
    pub fn longest(&self, units: &[Unit], wanted: impl Fn(usize) -> bool) -> Vec<(usize, usize, usize)> {
        let words: Vec<Option<u32>> = units.iter().map(|unit| self.words.get(unit.form.as_str()).copied()).collect();
        let mut found = Vec::new();
        let mut first = 0;
        while first < words.len() {
            let (mut node, mut best) = (0, None);
            for (last, word) in words.iter().enumerate().skip(first) {
                let Some(&next) = word.and_then(|word| self.next.get(&(node, word))) else { break };
                node = next;
                let end = self.ends[node as usize - 1];
                if end != NONE && wanted(end as usize) {
                    best = Some((end as usize, first, last));
                }
            }
            first = best.map_or(first + 1, |(_, _, last)| last + 1);
            found.extend(best);
        }
        found
    }

    /// Calls `visit` with the number of each sequence and its words with blanks between.
    pub fn texts(&self, mut visit: impl FnMut(usize, String)) {
        let mut of_word = vec![""; self.words.len()];
        self.words.iter().for_each(|(text, &word)| of_word[word as usize] = text);
        // A node is made after the one before it.
        let mut before = vec![(0, 0); self.ends.len() + 1];
        self.next.iter().for_each(|(&(from, word), &to)| before[to as usize] = (from, word));
        for (at, &end) in self.ends.iter().enumerate().filter(|(_, end)| **end != NONE) {
            let (mut node, mut words) = (at as u32 + 1, Vec::new());
            while node > 0 {
                let (from, word) = before[node as usize];
                words.push(of_word[word as usize]);
                node = from;
            }
            words.reverse();
            visit(end as usize, words.join(" "));
        }
    }
}
