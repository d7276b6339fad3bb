//! Promises of the chain's kernels, against sums and maxima over all tag sequences, against a plain f64 forward-backward, and against
//! values from PyTorch.

mod case;

use super::*;
use crate::nn::Packing;
use crate::nn::buffers::Scratch;
use crate::nn::isa::Isa;
use case::{Case, assert_close, assert_decoding_is_right, assert_sums_are_right};
use proptest::prelude::*;

const FORBIDDEN: f32 = f32::NEG_INFINITY;

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

/// All that the kernels say of a case, as bits.
fn bits(isa: Isa, case: &Case) -> Vec<u64> {
    let single = |values: &[f32]| values.iter().map(|v| u64::from(v.to_bits())).collect::<Vec<_>>();
    let posterior = forward_backward(isa, &Scratch::default(), case.chain(), &case.packing(), &case.emissions);
    let mut all: Vec<u64> = posterior.log_partition.iter().map(|z| z.to_bits()).collect();
    all.extend(single(&posterior.marginals));
    all.extend(case.gradients(isa, 0.7).1.iter().flat_map(|g| single(g)));
    let decoded = Viterbi::new(isa, case.chain()).decode(&case.packing(), &case.emissions);
    all.extend(decoded.scores.iter().map(|s| s.to_bits()));
    all.extend(decoded.tags.iter().map(|tag| u64::from(*tag)));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    // Flat scores stay in scaled sums; far ones and forbidden ones bring log space in.
    #[test]
    fn every_path_gives_the_same_bits(
        tags in 1usize..80, lengths in prop::collection::vec(1usize..9, 0..10), range in 1f32..300.0, forbidden in 0u32..4, seed: u32,
    ) {
        let case = Case::new(tags, &descending(lengths), |i| {
            let x = noise(i ^ (seed as usize) << 20);
            if (x.to_bits() >> 3) % 16 < forbidden { FORBIDDEN } else { range * x * x * x }
        });
        let want = bits(Isa::PORTABLE, &case);
        for isa in Isa::available() {
            prop_assert!(bits(isa, &case) == want, "{}", isa.name());
        }
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
