//! A small batch whose sums and maxima can be had by trying every tag sequence.

use crate::nn::Packing;
use crate::nn::buffers::Scratch;
use crate::nn::isa::Isa;
use crate::nn::ops::crf::cpu::*;

/// A packed batch with its parameters and gold tags.
#[derive(Debug, Clone)]
pub struct Case {
    pub tags: usize,
    pub lengths: Vec<usize>,
    pub transitions: Vec<f32>,
    pub start: Vec<f32>,
    pub end: Vec<f32>,
    pub emissions: Vec<f32>,
    pub gold: Vec<u32>,
}

impl Case {
    /// With scores from `score(seed)`, seeds counting up.
    pub fn new(tags: usize, lengths: &[usize], mut score: impl FnMut(usize) -> f32) -> Self {
        let tokens: usize = lengths.iter().sum();
        let mut seed = 0;
        let mut take = |n: usize| -> Vec<f32> {
            seed += n;
            (seed - n..seed).map(&mut score).collect()
        };
        let (transitions, start, end, emissions) = (take(tags * tags), take(tags), take(tags), take(tokens * tags));
        let gold = (0..tokens).map(|n| (n * 7 % tags) as u32).collect();
        Self { tags, lengths: lengths.to_vec(), transitions, start, end, emissions, gold }
    }

    pub fn packing(&self) -> Packing {
        Packing::new(&self.lengths)
    }

    pub fn chain(&self) -> Chain<'_> {
        Chain::new(&self.transitions, &self.start, &self.end)
    }

    /// Score of the tag sequence `y` of sentence `r`.
    pub fn score(&self, r: usize, y: &[usize]) -> f64 {
        let packing = self.packing();
        let mut score = f64::from(self.start[y[0]]) + f64::from(self.end[y[y.len() - 1]]);
        for (row, tag) in packing.rows(r).zip(y) {
            score += f64::from(self.emissions[row * self.tags + tag]);
        }
        score + y.windows(2).map(|w| f64::from(self.transitions[w[0] * self.tags + w[1]])).sum::<f64>()
    }

    /// Every tag sequence of length `n`, the last tag changing slowest.
    pub fn sequences(&self, n: usize) -> impl Iterator<Item = Vec<usize>> + use<> {
        let k = self.tags;
        (0..k.pow(n as u32)).map(move |code| (0..n).map(|t| code / k.pow(t as u32) % k).collect())
    }

    /// log-partitions, marginals and the gradient of their sum with respect to (transitions, start, end), over all sequences.
    pub fn by_enumeration(&self) -> (Vec<f64>, Vec<f64>, [Vec<f64>; 3]) {
        let (k, packing) = (self.tags, self.packing());
        let mut marginals = vec![0.0; self.emissions.len()];
        let mut gradients = [vec![0.0; k * k], vec![0.0; k], vec![0.0; k]];
        let mut log_partitions = Vec::new();
        for (r, n) in self.lengths.iter().enumerate() {
            let scored: Vec<(Vec<usize>, f64)> = self.sequences(*n).map(|y| (y.clone(), self.score(r, &y))).collect();
            let top = scored.iter().map(|(_, s)| *s).fold(f64::NEG_INFINITY, f64::max);
            if top == f64::NEG_INFINITY {
                log_partitions.push(top);
                continue;
            }
            let log_partition = top + scored.iter().map(|(_, s)| (s - top).exp()).sum::<f64>().ln();
            for (y, s) in &scored {
                let p = (s - log_partition).exp();
                packing.rows(r).zip(y).for_each(|(row, tag)| marginals[row * k + tag] += p);
                y.windows(2).for_each(|w| gradients[0][w[0] * k + w[1]] += p);
                gradients[1][y[0]] += p;
                gradients[2][y[n - 1]] += p;
            }
            log_partitions.push(log_partition);
        }
        (log_partitions, marginals, gradients)
    }

    /// Sum of all log-partitions less gold scores, by the forward algorithm in f64 log space.
    pub fn loss(&self) -> f64 {
        let (k, packing) = (self.tags, self.packing());
        let mut total = 0.0;
        for r in 0..self.lengths.len() {
            let y: Vec<usize> = packing.rows(r).map(|row| self.gold[row] as usize).collect();
            let mut alpha: Vec<f64> = self.start.iter().map(|x| f64::from(*x)).collect();
            for (t, row) in packing.rows(r).enumerate() {
                if t > 0 {
                    let left = alpha.clone();
                    for (j, a) in alpha.iter_mut().enumerate() {
                        *a = log_sum((0..k).map(|i| left[i] + f64::from(self.transitions[i * k + j])));
                    }
                }
                alpha.iter_mut().zip(&self.emissions[row * k..]).for_each(|(a, e)| *a += f64::from(*e));
            }
            total += log_sum(alpha.iter().zip(&self.end).map(|(a, e)| a + f64::from(*e))) - self.score(r, &y);
        }
        total
    }

    /// The loss and its gradients by the kernels: (loss, \[emissions, transitions, start, end\]).
    pub fn gradients(&self, isa: Isa, scale: f32) -> (f64, [Vec<f32>; 4]) {
        let packing = self.packing();
        let posterior = forward_backward(isa, &Scratch::default(), self.chain(), &packing, &self.emissions);
        let gold = gold_scores(self.chain(), &packing, &self.emissions, &self.gold);
        let loss = posterior.log_partition.iter().zip(&gold).map(|(z, g)| z - g).sum();
        let mut g = [self.emissions.len(), self.transitions.len(), self.tags, self.tags].map(|n| vec![0.0; n]);
        let [emissions, transitions, start, end] = &mut g;
        let mut gradients = ChainGradients { emissions, transitions, start, end };
        posterior.add_gradients(isa, &Scratch::default(), scale, &packing, &mut gradients);
        subtract_gold(scale, &packing, &self.gold, &mut gradients);
        (loss, g)
    }
}

pub fn log_sum(scores: impl Iterator<Item = f64>) -> f64 {
    let scores: Vec<f64> = scores.collect();
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY { top } else { top + scores.iter().map(|s| (s - top).exp()).sum::<f64>().ln() }
}

pub fn assert_close(name: &str, got: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len(), "{name}");
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert!((f64::from(*got) - expected).abs() <= tolerance * expected.abs().max(1.0), "{name}[{i}] is {got}, not {expected}");
    }
}

/// Log-partitions, marginals and gradients equal the sums over all sequences, on every path.
pub fn assert_sums_are_right(case: &Case, tolerance: f64) {
    let (log_partitions, marginals, [transitions, start, end]) = case.by_enumeration();
    let packing = case.packing();
    for isa in Isa::available() {
        let posterior = forward_backward(isa, &Scratch::default(), case.chain(), &packing, &case.emissions);
        for (got, expected) in posterior.log_partition.iter().zip(&log_partitions) {
            assert!(
                got == expected || (got - expected).abs() <= tolerance * expected.abs().max(1.0),
                "log-partition {got}, not {expected}"
            );
        }
        assert_close("marginals", &posterior.marginals, &marginals, tolerance);
        let mut g = [case.emissions.len(), case.transitions.len(), case.tags, case.tags].map(|n| vec![0.0; n]);
        let [ge, gt, gs, gz] = &mut g;
        posterior.add_gradients(
            isa,
            &Scratch::default(),
            1.0,
            &packing,
            &mut ChainGradients { emissions: ge, transitions: gt, start: gs, end: gz },
        );
        assert_close("gradient of emissions", ge, &marginals, tolerance);
        assert_close("gradient of transitions", gt, &transitions, tolerance);
        assert_close("gradient of start", gs, &start, tolerance);
        assert_close("gradient of end", gz, &end, tolerance);
    }
}

/// The best of all sequences; of equal ones that with the lowest last tag, then the lowest last but one, and so on.
pub fn assert_decoding_is_right(case: &Case) {
    let packing = case.packing();
    for isa in Isa::available() {
        let decoded = Viterbi::new(isa, case.chain()).decode(&packing, &case.emissions);
        for (r, n) in case.lengths.iter().enumerate() {
            let mut best = (f64::NEG_INFINITY, vec![]);
            for y in case.sequences(*n) {
                let score = case.score(r, &y);
                if score > best.0 {
                    best = (score, y);
                }
            }
            assert_eq!(decoded.scores[r], best.0, "score of sentence {r}");
            if best.0 > f64::NEG_INFINITY {
                assert_eq!(packing.rows(r).map(|row| decoded.tags[row] as usize).collect::<Vec<_>>(), best.1, "tags of sentence {r}");
            }
        }
    }
}
