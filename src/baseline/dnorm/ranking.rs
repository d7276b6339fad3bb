//! Pairwise learning to rank of concepts for mentions: the score of a name n for a mention m is m' W n, W the identity at first (Leaman,
//! Islamaj Doğan and Lu, Bioinformatics 2013, section 2.3).
//!
//! Only the rows of words that training mentions have ever change; the others stay rows of the identity and are not kept.

use crate::baseline::names::{Names, Vector};
use crate::corpus::shuffle;
use rand_core::Rng;

/// How a ranking is learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankingOptions {
    pub rate: f32,
    pub passes: usize,
}

/// By how much the right concept is to be ahead of each other one.
const MARGIN: f32 = 1.0;
/// Passes in a row that make the mean rank on dev worse, after which training ends.
const PATIENCE: usize = 5;
/// A rank above this counts as this one, in the mean that ends training.
const GREATEST_RANK: usize = 1000;

/// A mention with a right concept.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    pub vector: Vector,
    pub concept: u32,
}

/// The matrix W.
#[derive(Clone)]
pub struct Ranking {
    /// Of words that training mentions have.
    rows: Vec<Option<Box<[f32]>>>,
}

/// The best name of each concept that has any.
struct Best {
    concept: u32,
    name: usize,
    score: f32,
}

impl Ranking {
    pub fn identity(names: &Names) -> Self {
        Self { rows: vec![None; names.dimension()] }
    }

    /// Learns from `train`, and keeps what gives the least mean rank of the right concepts of `dev`: training ends when [`PATIENCE`] passes in a
    /// row were worse, or one changes nothing. With it the number of passes that were kept.
    pub fn learn(names: &Names, train: &[Example], dev: &[Example], options: RankingOptions, rng: &mut impl Rng) -> (Self, usize) {
        let concepts = names.by_concept();
        let mut ranking = Self::identity(names);
        let mut kept = (ranking.mean_rank(names, &concepts, dev), ranking.clone(), 0);
        let mut order: Vec<usize> = (0..train.len()).collect();
        for pass in 1..=options.passes {
            shuffle(rng, &mut order);
            let changes = order.iter().filter(|&&at| ranking.step(names, &concepts, &train[at], options.rate)).count();
            if changes == 0 {
                break;
            }
            let rank = ranking.mean_rank(names, &concepts, dev);
            if rank <= kept.0 {
                kept = (rank, ranking.clone(), pass);
            } else if pass - kept.2 >= PATIENCE {
                break;
            }
        }
        (kept.1, kept.2)
    }

    /// One example: the right concept's best name is brought ahead of the best name of every other concept that is not far enough
    /// behind. Whether there was one.
    fn step(&mut self, names: &Names, concepts: &[(u32, usize, usize)], example: &Example, rate: f32) -> bool {
        let best = self.best(names, concepts, &example.vector);
        let Some(right) = best.iter().find(|best| best.concept == example.concept) else { return false };
        let mut sum = vec![0.0_f32; names.dimension()];
        let mut rivals = 0_u32;
        for other in &best {
            let vector = &names.names[other.name].vector;
            if other.concept == example.concept || right.score - other.score >= MARGIN || *vector == example.vector {
                continue;
            }
            rivals += 1;
            vector.iter().for_each(|&(word, weight)| sum[word as usize] -= weight);
        }
        if rivals == 0 {
            return false;
        }
        for &(word, weight) in &names.names[right.name].vector {
            sum[word as usize] += rivals as f32 * weight;
        }
        for &(word, weight) in &example.vector {
            let row = self.rows[word as usize].get_or_insert_with(|| {
                let mut row = vec![0.0; names.dimension()].into_boxed_slice();
                row[word as usize] = 1.0;
                row
            });
            row.iter_mut().zip(&sum).for_each(|(entry, change)| *entry += rate * weight * change);
        }
        true
    }

    /// m' W.
    fn projected(&self, mention: &[(u32, f32)]) -> Vec<f32> {
        let mut projected = vec![0.0; self.rows.len()];
        for &(word, weight) in mention {
            match &self.rows[word as usize] {
                Some(row) => projected.iter_mut().zip(row).for_each(|(sum, entry)| *sum += weight * entry),
                None => projected[word as usize] += weight,
            }
        }
        projected
    }

    fn best(&self, names: &Names, concepts: &[(u32, usize, usize)], mention: &[(u32, f32)]) -> Vec<Best> {
        let projected = self.projected(mention);
        let score = |name: usize| names.names[name].vector.iter().map(|&(word, weight)| projected[word as usize] * weight).sum::<f32>();
        let best = |&(concept, from, to): &(u32, usize, usize)| {
            let mut best = Best { concept, name: from, score: score(from) };
            for name in from + 1..to {
                let score = score(name);
                if score > best.score {
                    (best.name, best.score) = (name, score);
                }
            }
            best
        };
        concepts.iter().map(best).collect()
    }

    /// The concept whose name scores highest, where that is above 0; of equals the first.
    pub fn link(&self, names: &Names, concepts: &[(u32, usize, usize)], mention: &[(u32, f32)]) -> Option<u32> {
        let best = self.best(names, concepts, mention);
        let first = best.into_iter().reduce(|first, next| if next.score > first.score { next } else { first })?;
        (first.score > 0.0).then_some(first.concept)
    }

    fn mean_rank(&self, names: &Names, concepts: &[(u32, usize, usize)], examples: &[Example]) -> f64 {
        // Many mentions are the same: each is ranked once.
        let mut sorted: Vec<&Example> = examples.iter().collect();
        sorted.sort_by(|a, b| a.vector.partial_cmp(&b.vector).unwrap_or(std::cmp::Ordering::Equal).then(a.concept.cmp(&b.concept)));
        let mut sum = 0;
        for same in sorted.chunk_by(|a, b| a == b) {
            let best = self.best(names, concepts, &same[0].vector);
            let right = best.iter().find(|best| best.concept == same[0].concept);
            let rank = right.map_or(GREATEST_RANK, |right| 1 + best.iter().filter(|other| other.score > right.score).count());
            sum += same.len() * rank.min(GREATEST_RANK);
        }
        sum as f64 / examples.len().max(1) as f64
    }

    /// Number of rows that training changed.
    pub fn rows(&self) -> usize {
        self.rows.iter().flatten().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::concepts::fixtures::lexicon;
    use rand_core::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    fn names() -> Names {
        let lexicon = lexicon(&[
            ("D1", &[], &["renal failure", "kidney disease"]),
            ("D2", &[], &["heart failure"]),
            ("D3", &[], &["lung rash"]),
            ("D4", &[], &["failure"]),
        ]);
        Names::new(&lexicon, ["nephric trouble"].into_iter())
    }

    fn example(names: &Names, text: &str, concept: u32) -> Example {
        Example { vector: names.vector(text), concept }
    }

    #[test]
    fn at_first_the_score_is_the_cosine() {
        let names = names();
        let ranking = Ranking::identity(&names);
        let best = ranking.best(&names, &names.by_concept(), &names.vector("heart failure"));
        assert!((best[1].score - 1.0).abs() < 1e-6 && best[0].score > 0.0 && best[2].score == 0.0);
        assert_eq!(ranking.link(&names, &names.by_concept(), &names.vector("rash")), Some(2));
        assert_eq!(ranking.link(&names, &names.by_concept(), &names.vector("nephric")), None);
    }

    /// W after one step from the identity, by W += rate x m (n+ - n-)' for each rival, in full.
    #[test]
    fn a_step_is_the_sum_over_all_rivals() {
        let names = names();
        let example = example(&names, "nephric trouble", 0);
        let mut ranking = Ranking::identity(&names);
        assert!(ranking.step(&names, &names.by_concept(), &example, 0.1));
        let dense = |vector: &[(u32, f32)]| {
            let mut dense = vec![0.0_f32; names.dimension()];
            vector.iter().for_each(|&(word, weight)| dense[word as usize] = weight);
            dense
        };
        // All names score 0: each concept's first is its best, and all others are rivals.
        let (m, right) = (dense(&example.vector), dense(&names.names[0].vector));
        for (row, &weight) in m.iter().enumerate() {
            for column in 0..names.dimension() {
                let rivals = [2, 3, 4].iter().map(|&name: &usize| right[column] - dense(&names.names[name].vector)[column]).sum::<f32>();
                let expected = f32::from(u8::from(row == column)) + 0.1 * weight * rivals;
                let found = ranking.rows[row].as_ref().map_or(f32::from(u8::from(row == column)), |of| of[column]);
                assert!((found - expected).abs() < 1e-6, "{row} {column}: {found} {expected}");
            }
        }
        assert_eq!(ranking.rows(), 2);
    }

    #[test]
    fn words_that_no_name_has_are_learned() {
        let names = names();
        let train = [example(&names, "nephric trouble", 0), example(&names, "lung rash", 2)];
        let learn = || {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
            Ranking::learn(&names, &train, &train, RankingOptions { rate: 0.05, passes: 20 }, &mut rng)
        };
        let (ranking, passes) = learn();
        assert!(passes > 0);
        assert_eq!(ranking.link(&names, &names.by_concept(), &names.vector("nephric")), Some(0));
        assert_eq!(ranking.rows, learn().0.rows);
    }
}
