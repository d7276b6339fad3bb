//! Promises of the chain's kernels, against sums and maxima over all tag sequences, against a plain f64 forward-backward, and against
//! values from PyTorch.

use super::*;
use crate::nn::Packing;
use crate::nn::backend::Scratch;
use crate::nn::ops::isa::Isa;
use proptest::prelude::*;

const FORBIDDEN: f32 = f32::NEG_INFINITY;

/// A packed batch with its parameters and gold tags.
#[derive(Debug, Clone)]
struct Case {
    tags: usize,
    lengths: Vec<usize>,
    transitions: Vec<f32>,
    start: Vec<f32>,
    end: Vec<f32>,
    emissions: Vec<f32>,
    gold: Vec<u32>,
}

impl Case {
    /// With scores from `score(seed)`, seeds counting up.
    fn new(tags: usize, lengths: &[usize], mut score: impl FnMut(usize) -> f32) -> Self {
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

    fn packing(&self) -> Packing {
        Packing::new(&self.lengths)
    }

    fn chain(&self) -> Chain<'_> {
        Chain::new(&self.transitions, &self.start, &self.end)
    }

    /// Score of the tag sequence `y` of sentence `r`.
    fn score(&self, r: usize, y: &[usize]) -> f64 {
        let packing = self.packing();
        let mut score = f64::from(self.start[y[0]]) + f64::from(self.end[y[y.len() - 1]]);
        for (row, tag) in packing.rows(r).zip(y) {
            score += f64::from(self.emissions[row * self.tags + tag]);
        }
        score + y.windows(2).map(|w| f64::from(self.transitions[w[0] * self.tags + w[1]])).sum::<f64>()
    }

    /// Every tag sequence of length `n`, the last tag changing slowest.
    fn sequences(&self, n: usize) -> impl Iterator<Item = Vec<usize>> + use<> {
        let k = self.tags;
        (0..k.pow(n as u32)).map(move |code| (0..n).map(|t| code / k.pow(t as u32) % k).collect())
    }

    /// log-partitions, marginals and the gradient of their sum with respect to (transitions, start, end), over all sequences.
    fn by_enumeration(&self) -> (Vec<f64>, Vec<f64>, [Vec<f64>; 3]) {
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
    fn loss(&self) -> f64 {
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
    fn gradients(&self, isa: Isa, scale: f32) -> (f64, [Vec<f32>; 4]) {
        let packing = self.packing();
        let posterior = forward_backward(isa, &Scratch::default(), self.chain(), &packing, &self.emissions);
        let gold = gold_scores(self.chain(), &packing, &self.emissions, &self.gold);
        let loss = posterior.log_partition.iter().zip(&gold).map(|(z, g)| z - g).sum();
        let mut g = [self.emissions.len(), self.transitions.len(), self.tags, self.tags].map(|n| vec![0.0; n]);
        let [emissions, transitions, start, end] = &mut g;
        let mut gradients = ChainGradients { emissions, transitions, start, end };
        posterior.add_gradients(isa, scale, &packing, &mut gradients);
        subtract_gold(scale, &packing, &self.gold, &mut gradients);
        (loss, g)
    }
}

fn log_sum(scores: impl Iterator<Item = f64>) -> f64 {
    let scores: Vec<f64> = scores.collect();
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY { top } else { top + scores.iter().map(|s| (s - top).exp()).sum::<f64>().ln() }
}

fn assert_close(name: &str, got: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len(), "{name}");
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert!((f64::from(*got) - expected).abs() <= tolerance * expected.abs().max(1.0), "{name}[{i}] is {got}, not {expected}");
    }
}

/// Log-partitions, marginals and gradients equal the sums over all sequences, on every path.
fn assert_sums_are_right(case: &Case, tolerance: f64) {
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
        posterior.add_gradients(isa, 1.0, &packing, &mut ChainGradients { emissions: ge, transitions: gt, start: gs, end: gz });
        assert_close("gradient of emissions", ge, &marginals, tolerance);
        assert_close("gradient of transitions", gt, &transitions, tolerance);
        assert_close("gradient of start", gs, &start, tolerance);
        assert_close("gradient of end", gz, &end, tolerance);
    }
}

/// The best of all sequences; of equal ones that with the lowest last tag, then the lowest last but one, and so on.
fn assert_decoding_is_right(case: &Case) {
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

fn descending(mut lengths: Vec<usize>) -> Vec<usize> {
    lengths.sort_unstable_by(|a, b| b.cmp(a));
    lengths
}

/// Batches with scores from `score`.
fn cases(score: impl Strategy<Value = f32> + Clone) -> impl Strategy<Value = Case> {
    (1usize..5, prop::collection::vec(1usize..5, 0..5)).prop_flat_map(move |(tags, lengths)| {
        let lengths = descending(lengths);
        let scores = tags * (tags + 2 + lengths.iter().sum::<usize>());
        prop::collection::vec(score.clone(), scores).prop_map(move |scores| Case::new(tags, &lengths, |seed| scores[seed]))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn sums_equal_those_over_all_sequences(case in cases(-4.0f32..4.0)) {
        assert_sums_are_right(&case, 2e-6);
    }

    // Scores far apart put single sentences beyond scaled sums and so through log space, beside others that stay.
    #[test]
    fn sums_are_right_whatever_the_range_of_scores(case in cases(prop_oneof![-200.0f32..200.0, -1.0f32..1.0])) {
        assert_sums_are_right(&case, 1e-4);
    }

    #[test]
    fn sums_respect_what_is_forbidden(case in cases(prop_oneof![3 => -3.0f32..3.0, 1 => Just(FORBIDDEN)])) {
        assert_sums_are_right(&case, 2e-6);
    }

    // Small whole numbers: many ties, all sums exact.
    #[test]
    fn decoding_equals_the_best_of_all_sequences(case in cases(prop_oneof![6 => (-2i8..3).prop_map(f32::from), 1 => Just(FORBIDDEN)])) {
        assert_decoding_is_right(&case);
    }

    #[test]
    fn decoding_prunes_nothing_of_worth(case in cases((-3i8..4, 0u8..4).prop_map(|(x, peak)| f32::from(x) + if peak == 0 { 20.0 } else { 0.0 }))) {
        assert_decoding_is_right(&case);
    }
}

/// Numbers in [-1, 1) without a pattern.
fn noise(seed: usize) -> f32 {
    let mut x = seed as u64 ^ 0x9E37_79B9_7F4A_7C15;
    for _ in 0..3 {
        x = (x ^ (x >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    }
    (x >> 40) as f32 / (1u64 << 23) as f32 - 1.0
}

#[test]
fn gradients_equal_finite_differences() {
    let case = Case::new(7, &[9, 6, 6, 1], |seed| 2.0 * noise(seed));
    let numeric = |change: &dyn Fn(&mut Case, f32)| {
        let mut moved = [case.clone(), case.clone()];
        let step = 1.0 / 128.0;
        change(&mut moved[0], step);
        change(&mut moved[1], -step);
        (moved[0].loss() - moved[1].loss()) / f64::from(2.0 * step)
    };
    for isa in Isa::available() {
        let (loss, [emissions, transitions, start, end]) = case.gradients(isa, 1.0);
        assert!((loss - case.loss()).abs() < 1e-5 * loss, "{loss}, not {}", case.loss());
        let expected = |n: usize, field: &dyn Fn(&mut Case) -> &mut Vec<f32>| -> Vec<f64> {
            (0..n).map(|i| numeric(&|case: &mut Case, step: f32| field(case)[i] += step)).collect()
        };
        assert_close("emissions", &emissions, &expected(emissions.len(), &|c| &mut c.emissions), 1e-4);
        assert_close("transitions", &transitions, &expected(transitions.len(), &|c| &mut c.transitions), 1e-4);
        assert_close("start", &start, &expected(start.len(), &|c| &mut c.start), 1e-4);
        assert_close("end", &end, &expected(end.len(), &|c| &mut c.end), 1e-4);
        let (_, halves) = case.gradients(isa, 0.5);
        assert_close("half the transitions", &halves[1], &transitions.iter().map(|g| f64::from(*g) / 2.0).collect::<Vec<_>>(), 1e-6);
    }
}

/// PyTorch 2.15:
/// ```text
/// import torch
/// K, lengths = 3, [4, 2]
/// f = lambda n, a, b: torch.sin(torch.arange(n, dtype=torch.float64) * a + b).mul(2).requires_grad_()
/// A, s, z = f(K * K, 1.1, .3), f(K, 2.3, .5), f(K, 1.7, .9)
/// E = [f(n * K, .7, r) for r, n in enumerate(lengths)]
/// gold = [[0, 2, 1, 1], [2, 0]]
/// loss = 0
/// for e, y in zip(E, gold):
///     e, T = e.view(-1, K), A.view(K, K)
///     a = s + e[0]
///     for x in e[1:]:
///         a = torch.logsumexp(a[:, None] + T, 0) + x
///     Z = torch.logsumexp(a + z, 0)
///     g = s[y[0]] + z[y[-1]] + sum(e[t, k] for t, k in enumerate(y)) + sum(T[i, j] for i, j in zip(y, y[1:]))
///     print(Z.item(), g.item())
///     loss = loss + Z - g
/// loss.backward()
/// for v in [*E, A, s, z]:
///     print([round(x, 6) for x in v.grad.tolist()])
/// ```
#[test]
fn values_are_those_of_pytorch() {
    let f = |n: usize, a: f64, b: f64| -> Vec<f32> { (0..n).map(|i| (2.0 * (i as f64 * a + b).sin()) as f32).collect() };
    let (first, second) = (f(12, 0.7, 0.0), f(6, 0.7, 1.0));
    let packed = [&first[..3], &second[..3], &first[3..6], &second[3..], &first[6..]].concat();
    let case = Case {
        tags: 3,
        lengths: vec![4, 2],
        transitions: f(9, 1.1, 0.3),
        start: f(3, 2.3, 0.5),
        end: f(3, 1.7, 0.9),
        emissions: packed,
        gold: vec![0, 2, 2, 0, 1, 1],
    };
    for isa in Isa::available() {
        let packing = case.packing();
        let posterior = forward_backward(isa, &Scratch::default(), case.chain(), &packing, &case.emissions);
        let gold = gold_scores(case.chain(), &packing, &case.emissions, &case.gold);
        for (got, expected) in posterior.log_partition.iter().zip([9.117969085491668, 5.56844364520368]) {
            assert!((got - expected).abs() < 2e-6, "{got}, not {expected}");
        }
        for (got, expected) in gold.iter().zip([1.8131696039874823, 2.305991669344786]) {
            assert!((got - expected).abs() < 1e-6, "{got}, not {expected}");
        }
        let (_, [emissions, transitions, start, end]) = case.gradients(isa, 1.0);
        let e0 =
            [-0.538278, 0.233883, 0.304395, 0.823737, 0.100449, -0.924187, 0.265261, -0.969407, 0.704146, 0.161831, -0.193447, 0.031615];
        let e1 = [0.824831, 0.122977, -0.947807, -0.341574, 0.336973, 0.004602];
        assert_close("emissions", &emissions, &[&e0[..3], &e1[..3], &e0[3..6], &e1[3..], &e0[6..]].concat(), 2e-6);
        let a = [1.068191, 0.638535, -0.331176, 0.384962, -0.979003, 0.081943, -0.543898, -0.384963, 0.065409];
        assert_close("transitions", &transitions, &a, 2e-6);
        assert_close("start", &start, &[0.286552, 0.35686, -0.643412], 2e-6);
        assert_close("end", &end, &[-0.179743, 0.143526, 0.036217], 2e-6);
    }
}

/// A thousand tags over two hundred tokens, with scores that span far more than a float's exponent over the sentence: against sums in
/// f64 that are divided by their total at each step.
#[test]
fn long_sentences_with_many_tags_neither_overflow_nor_underflow() {
    let (k, n) = (1000, 200);
    let case = Case::new(k, &[n], |seed| 12.0 * noise(seed));
    let weights: Vec<f64> = case.transitions.iter().map(|x| f64::from(*x).exp()).collect();
    let mut alpha = vec![0.0; k];
    let mut expected = 0.0;
    for t in 0..n {
        let left = std::mem::replace(&mut alpha, vec![0.0; k]);
        if t == 0 {
            alpha.iter_mut().zip(&case.start).for_each(|(a, s)| *a = f64::from(*s).exp());
        }
        for (i, left) in left.iter().enumerate().filter(|_| t > 0) {
            alpha.iter_mut().zip(&weights[i * k..]).for_each(|(a, w)| *a += left * w);
        }
        for ((a, e), end) in alpha.iter_mut().zip(&case.emissions[t * k..]).zip(&case.end) {
            *a *= (f64::from(*e) + if t + 1 == n { f64::from(*end) } else { 0.0 }).exp();
        }
        let total: f64 = alpha.iter().sum();
        alpha.iter_mut().for_each(|a| *a /= total);
        expected += total.ln();
    }
    for isa in Isa::available() {
        let posterior = forward_backward(isa, &Scratch::default(), case.chain(), &case.packing(), &case.emissions);
        let got = posterior.log_partition[0];
        assert!((got - expected).abs() < 1e-6 * expected.abs(), "{got}, not {expected}");
        assert_close("marginals at the end", &posterior.marginals[(n - 1) * k..], &alpha, 1e-5);
        for row in posterior.marginals.chunks_exact(k) {
            let sum: f64 = row.iter().map(|p| f64::from(*p)).sum();
            assert!((sum - 1.0).abs() < 1e-5, "a row sums to {sum}");
        }
        let (_, [_, transitions, ..]) = case.gradients(isa, 1.0);
        let counted: f64 = transitions.iter().map(|g| f64::from(*g)).sum();
        assert!(counted.abs() < 1e-2, "expected and gold counts are both {}, but differ by {counted}", n - 1);
    }
}

#[test]
fn impossible_sentences_say_so_and_leave_the_others_alone() {
    let mut case = Case::new(5, &[4, 3, 1], noise);
    let alone = case.by_enumeration();
    // sentence 1 may not have its second token
    let row = case.packing().row(1, 1);
    case.emissions[row * 5..(row + 1) * 5].fill(FORBIDDEN);
    assert_sums_are_right(&case, 2e-6);
    assert_decoding_is_right(&case);
    for isa in Isa::available() {
        let posterior = forward_backward(isa, &Scratch::default(), case.chain(), &case.packing(), &case.emissions);
        assert_eq!(posterior.log_partition[1], f64::NEG_INFINITY);
        assert!((posterior.log_partition[0] - alone.0[0]).abs() < 1e-5);
        let (loss, _) = case.gradients(isa, 1.0);
        assert!(!loss.is_finite());
    }
}

#[test]
fn a_score_that_is_no_number_reaches_its_sentence_only() {
    let mut case = Case::new(40, &[4, 3, 1], noise);
    let row = case.packing().row(0, 2);
    case.emissions[row * 40 + 7] = f32::NAN;
    for isa in Isa::available() {
        let posterior = forward_backward(isa, &Scratch::default(), case.chain(), &case.packing(), &case.emissions);
        assert!(posterior.log_partition[0].is_nan() && posterior.log_partition[1].is_finite() && posterior.log_partition[2].is_finite());
        let decoded = Viterbi::new(isa, case.chain()).decode(&case.packing(), &case.emissions);
        assert!(decoded.tags.iter().all(|tag| *tag < 40));
    }
}

#[test]
fn a_sentence_does_not_depend_on_its_batch() {
    let (k, lengths) = (70, [9, 8, 8, 5, 1, 1]);
    let case = Case::new(k, &lengths, |seed| 3.0 * noise(seed));
    let packing = case.packing();
    for isa in Isa::available() {
        let together = forward_backward(isa, &Scratch::default(), case.chain(), &packing, &case.emissions);
        let decoded = Viterbi::new(isa, case.chain()).decode(&packing, &case.emissions);
        for (r, n) in lengths.iter().enumerate() {
            let rows: Vec<usize> = packing.rows(r).collect();
            let own: Vec<f32> = rows.iter().flat_map(|row| &case.emissions[row * k..(row + 1) * k]).copied().collect();
            let alone = forward_backward(isa, &Scratch::default(), case.chain(), &Packing::new(&[*n]), &own);
            assert!((alone.log_partition[0] - together.log_partition[r]).abs() < 1e-5);
            for (t, row) in rows.iter().enumerate() {
                let expected: Vec<f64> = alone.marginals[t * k..(t + 1) * k].iter().map(|p| f64::from(*p)).collect();
                assert_close("marginals", &together.marginals[row * k..(row + 1) * k], &expected, 1e-6);
            }
            let best = Viterbi::new(isa, case.chain()).decode(&Packing::new(&[*n]), &own);
            assert_eq!(best.tags, rows.iter().map(|row| decoded.tags[*row]).collect::<Vec<_>>());
            assert_eq!(best.scores[0], decoded.scores[r]);
        }
    }
}

/// Viterbi over many tags, where pruning works on several panels, against the plain recursion in f32.
#[test]
fn decoding_many_tags_equals_the_plain_recursion() {
    for (k, spread, peak) in [(131, 1.0, 0.0), (131, 0.2, 9.0), (64, 0.0, 0.0), (33, 3.0, 5.0)] {
        let whole = |seed: usize, scale: f32| (noise(seed) * scale * 8.0).round() / 8.0;
        let mut case = Case::new(k, &[12, 7], |seed| whole(seed, spread));
        for (n, row) in case.emissions.chunks_exact_mut(k).enumerate() {
            row[n * 13 % k] += peak;
        }
        let packing = case.packing();
        for isa in Isa::available() {
            let decoded = Viterbi::new(isa, case.chain()).decode(&packing, &case.emissions);
            for r in 0..2 {
                let rows: Vec<usize> = packing.rows(r).collect();
                let mut scores: Vec<f32> = (0..k).map(|j| case.start[j] + case.emissions[rows[0] * k + j]).collect();
                let mut pointers = vec![];
                for row in &rows[1..] {
                    let mut pointer = vec![0; k];
                    let next: Vec<f32> = (0..k)
                        .map(|j| {
                            let sum = |i: usize| scores[i] + case.transitions[i * k + j];
                            for i in 1..k {
                                if sum(i) > sum(pointer[j]) {
                                    pointer[j] = i;
                                }
                            }
                            sum(pointer[j]) + case.emissions[row * k + j]
                        })
                        .collect();
                    pointers.push(pointer);
                    scores = next;
                }
                let total = |j: usize| scores[j] + case.end[j];
                let mut tag = (0..k).fold(0, |best, j| if total(j) > total(best) { j } else { best });
                let best = total(tag);
                let mut tags = vec![tag];
                for pointer in pointers.iter().rev() {
                    tag = pointer[tag];
                    tags.push(tag);
                }
                tags.reverse();
                assert_eq!(decoded.scores[r], f64::from(best));
                assert_eq!(rows.iter().map(|row| decoded.tags[*row] as usize).collect::<Vec<_>>(), tags);
            }
        }
    }
}

#[test]
fn empty_batches_have_no_sentences() {
    let case = Case::new(3, &[], noise);
    assert_sums_are_right(&case, 0.0);
    assert_decoding_is_right(&case);
}
