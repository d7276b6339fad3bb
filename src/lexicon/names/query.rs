//! A text held against the names.

use super::{Entry, Names, trigrams, vectors};
use crate::lexicon::text::{Normal, is_short_form};

/// A mention, or a rewriting of it, as the index knows it.
#[derive(Clone, Debug)]
pub(in crate::lexicon) struct Query {
    pub written: String,
    pub normal: Normal,
    pub bag: String,
    pub short_form: bool,
    /// Numbers of distinct stems and trigrams, ascending; those past the index's own are terms that no name has.
    pub words: Vec<u32>,
    pub grams: Vec<u32>,
    /// Rows of the words' vectors, and the direction of their weighted sum.
    rows: Vec<Option<u32>>,
    direction: Vec<i16>,
    word_norm: f32,
    gram_norm: f32,
    pub head: u32,
    /// Sum of the weights of the words.
    pub mass: f32,
}

/// How near a name is to a query; each from 0 to 1.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::lexicon) struct Nearness {
    /// Cosines of the tf-idf vectors.
    pub words: f32,
    pub grams: f32,
    /// Share of the query's words, by weight, that the name has or has a substitute for; and the other way round.
    pub covered: f32,
    pub covering: f32,
    /// The harmonic mean of both where words near by their vectors stand for one another too; cosine of the directions.
    pub meant: f32,
    pub direction: f32,
}

impl Nearness {
    /// Harmonic mean of the two coverings.
    pub fn overlap(&self) -> f32 {
        harmonic(self.covered, self.covering)
    }

    pub fn score(&self) -> f32 {
        0.5 * self.grams + 0.25 * self.words + 0.25 * self.overlap()
    }
}

fn harmonic(a: f32, b: f32) -> f32 {
    if a + b > 0.0 { 2.0 * a * b / (a + b) } else { 0.0 }
}

/// Buffers of a search, to be used again.
#[derive(Debug, Default)]
pub(in crate::lexicon) struct Scratch {
    scores: Vec<f32>,
    touched: Vec<u32>,
    products: Vec<i32>,
}

/// A trigram that more than this share of all names has is skipped in the search, unless nothing else is left.
const COMMON: f32 = 0.06;

impl Query {
    pub fn new(names: &Names, text: &str) -> Self {
        let normal = Normal::of(text);
        let number = |terms: &super::Terms, list: Vec<&str>| {
            let mut unknown = terms.len() as u32;
            let numbers = list.into_iter().map(|term| {
                terms.find(term).unwrap_or_else(|| {
                    unknown += 1;
                    unknown - 1
                })
            });
            numbers.collect::<Vec<u32>>()
        };
        let mut stems: Vec<&str> = Vec::new();
        for stem in &normal.stems {
            // A repeated unknown stem is one word.
            if !stems.contains(&stem.as_str()) {
                stems.push(stem);
            }
        }
        let head_at = normal.stems.last().and_then(|head| stems.iter().position(|stem| stem == head));
        let numbers = number(&names.words, stems.clone());
        let head = head_at.map_or(u32::MAX, |at| numbers[at]);
        let mut placed: Vec<(u32, Option<u32>)> = numbers.iter().zip(&stems).map(|(&word, stem)| (word, names.vectors.row(stem))).collect();
        placed.sort_unstable();
        let (words, rows): (Vec<u32>, Vec<Option<u32>>) = placed.into_iter().unzip();
        let weighted = words.iter().zip(&rows).filter_map(|(&word, row)| Some(((*row)?, names.words.weight(word))));
        let direction = if names.vectors.is_empty() { Vec::new() } else { names.vectors.direction(weighted) };
        let mut list: Vec<String> = Vec::new();
        trigrams(&normal.plain, |gram| list.push(gram.to_owned()));
        list.sort_unstable();
        list.dedup();
        let mut grams = number(&names.grams, list.iter().map(String::as_str).collect());
        grams.sort_unstable();
        Query {
            written: text.trim().to_owned(),
            bag: normal.bag(),
            short_form: is_short_form(text),
            word_norm: names.words.norm(&words),
            gram_norm: names.grams.norm(&grams),
            mass: words.iter().map(|&word| names.words.weight(word)).sum(),
            normal,
            words,
            grams,
            rows,
            direction,
            head,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The nearest names, at most `count` of the vocabulary's and half as many of training's, without those of the document `skip` alone, by
    /// descending score of the search, then by number; then a third as many whose direction is nearest.
    pub fn nearest(&self, names: &Names, count: usize, skip: Option<u32>, scratch: &mut Scratch) -> Vec<u32> {
        scratch.scores.resize(names.entries.len(), 0.0);
        let Scratch { scores, touched, products } = scratch;
        let mut add = |entries: &[u32], gain: f32, words: bool| {
            for &entry in entries {
                let of = &names.entries[entry as usize];
                let norm = if words { of.word_norm } else { of.gram_norm };
                let score = &mut scores[entry as usize];
                if *score == 0.0 {
                    touched.push(entry);
                }
                *score += gain / norm;
            }
        };
        for &word in &self.words {
            let weight = names.words.weight(word);
            add(names.words.postings(word), weight * weight / self.word_norm.max(1e-6), true);
            for &(other, strength) in names.substitutions.of(word) {
                let weight = weight * names.words.weight(other);
                add(names.words.postings(other), 0.7 * strength * weight / self.word_norm.max(1e-6), true);
            }
        }
        let common = (COMMON * names.entries.len() as f32) as usize;
        let rare = self.grams.iter().filter(|&&gram| names.grams.postings(gram).len() <= common.max(50)).count();
        for &gram in &self.grams {
            let postings = names.grams.postings(gram);
            if postings.len() <= common.max(50) || rare == 0 {
                let weight = names.grams.weight(gram);
                add(postings, weight * weight / self.gram_norm.max(1e-6), false);
            }
        }
        let best = |training: bool, count: usize| {
            let mut list: Vec<u32> = touched
                .iter()
                .copied()
                .filter(|&entry| {
                    let of = &names.entries[entry as usize];
                    of.kind.is_none() == training && (!training || Some(of.document) != skip)
                })
                .collect();
            let order = |a: &u32, b: &u32| scores[*b as usize].total_cmp(&scores[*a as usize]).then(a.cmp(b));
            if list.len() > count {
                list.select_nth_unstable_by(count - 1, order);
                list.truncate(count);
            }
            list.sort_unstable_by(order);
            list
        };
        let mut found = best(false, count);
        found.extend(best(true, count / 2));
        for &entry in touched.iter() {
            scores[entry as usize] = 0.0;
        }
        touched.clear();
        names.directions.products(&self.direction, products);
        for (training, count) in [(false, count / 3), (true, count / 6)] {
            let least = (0.5 * vectors::SCALE * vectors::SCALE) as i32;
            let mut list: Vec<u32> = (0..products.len() as u32)
                .filter(|&entry| {
                    let of = &names.entries[entry as usize];
                    products[entry as usize] > least && of.kind.is_none() == training && (!training || Some(of.document) != skip)
                })
                .collect();
            let order = |a: &u32, b: &u32| products[*b as usize].cmp(&products[*a as usize]).then(a.cmp(b));
            if list.len() > count {
                list.select_nth_unstable_by(count - 1, order);
                list.truncate(count);
            }
            list.sort_unstable_by(order);
            list.retain(|entry| !found.contains(entry));
            found.extend(list);
        }
        found
    }

    /// How near another text is, by the cosine of trigrams, and a little by the order of the words.
    pub fn likeness(&self, names: &Names, other: &Query) -> f32 {
        let common: f32 = shared(&self.grams, &other.grams).map(|gram| names.grams.weight(gram) * names.grams.weight(gram)).sum();
        let norms = self.gram_norm * other.gram_norm;
        let cosine = if norms > 0.0 { common / norms } else { 0.0 };
        cosine + if self.normal.plain == other.normal.plain { 0.01 } else { 0.0 }
    }

    /// How near `entry` is.
    pub fn nearness(&self, names: &Names, number: u32) -> Nearness {
        let entry: &Entry = &names.entries[number as usize];
        let cosine = |terms: &super::Terms, own: &[u32], other: &[u32], norms: f32| {
            let common: f32 = shared(own, other).map(|term| terms.weight(term) * terms.weight(term)).sum();
            if norms > 0.0 { common / norms } else { 0.0 }
        };
        let share = |of: &[u32], by: &[u32]| {
            let (mut sum, mut all) = (0.0, 0.0);
            for &word in of {
                let weight = names.words.weight(word);
                all += weight;
                sum += weight * names.substitutions.best(word, by);
            }
            if all > 0.0 { sum / all } else { 0.0 }
        };
        let meant = || {
            let strength = |word: u32, row: Option<u32>, by: &[u32], rows: &mut dyn Iterator<Item = Option<u32>>| {
                let substitute = names.substitutions.best(word, by);
                if substitute == 1.0 {
                    return 1.0;
                }
                let Some(row) = row else { return substitute };
                let near = rows.flatten().map(|other| names.vectors.cosine(row, other)).fold(0.0, f32::max);
                // Words of one field have a cosine of about a half, whatever they mean.
                substitute.max(1.6 * (near - 0.5))
            };
            let mut share = [(0.0, 0.0); 2];
            for (&word, &row) in self.words.iter().zip(&self.rows) {
                let weight = names.words.weight(word);
                share[0].0 += weight * strength(word, row, &entry.words, &mut entry.words.iter().map(|&other| names.row(other))).min(1.0);
                share[0].1 += weight;
            }
            for &word in &entry.words {
                let weight = names.words.weight(word);
                share[1].0 += weight * strength(word, names.row(word), &self.words, &mut self.rows.iter().copied()).min(1.0);
                share[1].1 += weight;
            }
            let [covered, covering] = share.map(|(sum, all): (f32, f32)| if all > 0.0 { sum / all } else { 0.0 });
            harmonic(covered, covering)
        };
        Nearness {
            meant: if names.vectors.is_empty() { 0.0 } else { meant() },
            direction: vectors::cosine(&self.direction, names.directions.get(number as usize)),
            words: cosine(&names.words, &self.words, &entry.words, self.word_norm * entry.word_norm),
            grams: cosine(&names.grams, &self.grams, &entry.grams, self.gram_norm * entry.gram_norm),
            covered: share(&self.words, &entry.words),
            covering: share(&entry.words, &self.words),
        }
    }
}

/// What two ascending lists have in common.
fn shared<'a>(a: &'a [u32], b: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
    let mut b = b.iter().copied().peekable();
    a.iter().copied().filter(move |term| {
        while b.next_if(|other| other < term).is_some() {}
        b.peek() == Some(term)
    })
}
