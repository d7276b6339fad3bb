//! The heads against PyTorch, the literal formula in f64, finite differences and dfdx's own operations.

mod pytorch;

use super::*;
use crate::nn::isa::Isa;
use crate::nn::ops::closeness::{close, grid, numbers};
use crate::nn::parameter::{ParameterId, Parameters};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Linear,
    Hidden,
    Summed,
}

/// Direct, bias, feedback and its map, output matrix and bias, of one head.
type Values<F> = [Option<Vec<F>>; 6];

#[derive(Clone, Debug)]
struct Case {
    kind: Kind,
    into: Pair<bool>,
    /// Width of v.
    input: usize,
    tags: Pair<usize>,
    tokens: usize,
    v: Vec<f32>,
    values: Pair<Values<f32>>,
    gold: Pair<Vec<u32>>,
    weights: Pair<f32>,
}

/// What a step gives: the losses, the gradients of v and of each head's parameters, and the outputs.
struct Computed {
    losses: Pair<Option<f64>>,
    v: Vec<f32>,
    parameters: Pair<Values<f32>>,
    outputs: Pair<Option<Vec<f32>>>,
}

impl Case {
    fn new(
        kind: Kind,
        into: Pair<bool>,
        (input, tags, tokens): (usize, Pair<usize>, usize),
        numbers: impl Fn(usize, usize) -> Vec<f32>,
    ) -> Self {
        let values = [0, 1].map(|task| {
            let (l, other) = (tags[task], tags[1 - task]);
            let (width, parts) = match kind {
                Kind::Linear => (l, 1),
                Kind::Hidden => (input, 1),
                Kind::Summed => (l, 2),
            };
            let own = |k: usize, len: usize, there: bool| there.then(|| numbers(10 + 10 * task + k, len));
            [
                own(0, input * width, true),
                own(1, parts * width, true),
                own(2, input * width, into[task]),
                own(3, other * input, into[task]),
                own(4, width * l, kind == Kind::Hidden),
                own(5, l, kind == Kind::Hidden),
            ]
        });
        let gold = tags.map(|l| (0..tokens).map(|n| ((n * n * 3 + n + 1) % l) as u32).collect());
        Self { kind, into, input, tags, tokens, v: numbers(1, tokens * input), values, gold, weights: [0.5, 2.0] }
    }

    fn parts(&self) -> usize {
        if self.kind == Kind::Summed { 2 } else { 1 }
    }

    fn parameters(&self, run: &Context<Cpu>) -> (Parameters<Cpu>, Pair<[Option<ParameterId>; 6]>) {
        let mut p = Parameters::new(run);
        let ids = [0, 1].map(|task| {
            let rows = [self.input, self.parts(), self.input, self.tags[1 - task], 0, 1];
            std::array::from_fn(|k| {
                let values = self.values[task][k].clone()?;
                let rows = if k == 4 { values.len() / self.tags[task] } else { rows[k] };
                Some(p.add(format!("{task}.{k}"), (rows, values.len() / rows), values, false).unwrap())
            })
        });
        (p, ids)
    }

    fn gold(&self) -> Pair<Option<Gold>> {
        [0, 1].map(|task| Some(Gold { tags: Rc::new(self.gold[task].clone()), weight: self.weights[task] }))
    }

    fn losses(&self, run: &Context<Cpu>, feedback: &Feedback, gold: Pair<Option<Gold>>, want_outputs: bool) -> Computed {
        let (p, ids) = self.parameters(run);
        let v: Rows<Cpu> = run.device().tensor_from_vec(self.v.clone(), (self.tokens, self.input));
        let losses = losses(run, v.leaky_trace(), lend(&p, &ids), feedback, gold, want_outputs).unwrap();
        let mut gradients = losses.total.backward();
        Computed {
            losses: losses.tasks,
            v: gradients.get(&v).as_vec(),
            parameters: read(&p, &ids, &mut gradients),
            outputs: losses.outputs,
        }
    }

    /// One round of one head by the definition: log-probabilities summed over the parts, tokens x |L|.
    fn naive_head(&self, task: usize, values: &Pair<Values<f64>>, v: &[f64], y: Option<&[f64]>) -> Vec<f64> {
        let [Some(direct), Some(bias), b, u, o, c] = &values[task] else { unreachable!() };
        let (l, other, parts) = (self.tags[task], self.tags[1 - task], self.parts());
        let (part, w) = (self.input / parts, bias.len() / parts);
        let mut out = vec![0.0; self.tokens * l];
        for n in 0..self.tokens {
            let v = &v[n * self.input..(n + 1) * self.input];
            for q in 0..parts {
                let mut z: Vec<f64> = bias[q * w..(q + 1) * w].to_vec();
                for i in q * part..(q + 1) * part {
                    (0..w).for_each(|j| z[j] += v[i] * direct[i * w + j]);
                    if let (Some(b), Some(u), Some(y)) = (b, u, y) {
                        let fed = v[i] + (0..other).map(|k| y[n * other + k] * u[k * self.input + i]).sum::<f64>();
                        (0..w).for_each(|j| z[j] += fed * b[i * w + j]);
                    }
                }
                if let (Some(o), Some(c)) = (o, c) {
                    z = (0..l).map(|k| c[k] + (0..w).map(|j| z[j].tanh() * o[j * l + k]).sum::<f64>()).collect();
                }
                let log_sum = z.iter().map(|z| z.exp()).sum::<f64>().ln();
                (0..l).for_each(|k| out[n * l + k] += z[k] - log_sum);
            }
        }
        out
    }

    fn naive_round(&self, values: &Pair<Values<f64>>, v: &[f64], y: &Pair<Vec<f64>>) -> Pair<Vec<f64>> {
        [0, 1].map(|task| self.naive_head(task, values, v, self.into[task].then_some(&y[1 - task][..])))
    }

    /// What the last of `rounds` rounds is given.
    fn naive_feedback(&self, kind: FeedbackValue, rounds: usize) -> Pair<Vec<f64>> {
        let (values, v) = self.in_f64();
        let mut y = self.tags.map(|l| vec![1.0 / l as f64; self.tokens * l]);
        for _ in 1..rounds {
            y = self.naive_round(&values, &v, &y);
            if kind == FeedbackValue::Probability {
                for (y, l) in y.iter_mut().zip(self.tags) {
                    for row in y.chunks_exact_mut(l) {
                        let sum: f64 = row.iter().map(|y| y.exp()).sum();
                        row.iter_mut().for_each(|y| *y = y.exp() / sum);
                    }
                }
            }
        }
        y
    }

    fn naive_losses(&self, values: &Pair<Values<f64>>, v: &[f64], y: &Pair<Vec<f64>>) -> Pair<f64> {
        let out = self.naive_round(values, v, y);
        [0, 1].map(|task| -self.gold[task].iter().enumerate().map(|(n, tag)| out[task][n * self.tags[task] + *tag as usize]).sum::<f64>())
    }

    fn in_f64(&self) -> (Pair<Values<f64>>, Vec<f64>) {
        let wide = |v: &Vec<f32>| v.iter().map(|v| f64::from(*v)).collect::<Vec<_>>();
        (self.values.each_ref().map(|head| head.each_ref().map(|v| v.as_ref().map(wide))), wide(&self.v))
    }
}

fn lend<'p>(p: &'p Parameters<Cpu>, ids: &Pair<[Option<ParameterId>; 6]>) -> Pair<Option<Head<'p, Cpu>>> {
    ids.map(|own| {
        let [direct, bias, b, u, o, c] = own.map(|id| id.map(|id| &p[id]));
        Some(Head { direct: direct.unwrap(), bias: bias.unwrap(), feedback: b.zip(u), hidden: o.zip(c) })
    })
}

fn read(p: &Parameters<Cpu>, ids: &Pair<[Option<ParameterId>; 6]>, gradients: &mut Gradients<f32, Cpu>) -> Pair<Values<f32>> {
    ids.map(|own| own.map(|id| Some(p[id?].gradient(gradients).unwrap().to_vec())))
}

fn rounds(kind: FeedbackValue, rounds: usize) -> Feedback {
    Feedback { kind, from: FeedbackFrom::Rounds(rounds) }
}

/// Only the heads that get feedback have feedback parameters; equality here is that of the collapsed form with the literal one.
#[test]
fn equals_the_literal_formula_in_pytorch() {
    for isa in Isa::available() {
        let run = Context::cpu_with(isa, 1);
        for (kind, into, value, count, want) in pytorch::TABLE {
            let mut case = Case::new(*kind, *into, (6, [3, 5], 4), grid);
            case.gold = [vec![0, 2, 1, 1], vec![4, 0, 3, 2]];
            let from = match count {
                Some(n) => FeedbackFrom::Rounds(*n),
                None => FeedbackFrom::Given { mer: grid(40, 12), men: grid(41, 20) },
            };
            let got = case.losses(&run, &Feedback { kind: *value, from }, case.gold(), false);
            let dot = |g: &[f32], seed: usize| g.iter().zip(grid(seed, g.len())).map(|(g, w)| f64::from(*g) * f64::from(w)).sum::<f64>();
            let all = |head: &Values<f32>| -> f64 { head.iter().enumerate().filter_map(|(k, g)| g.as_ref().map(|g| dot(g, 30 + k))).sum() };
            let seen = [got.losses[0].unwrap(), got.losses[1].unwrap(), dot(&got.v, 2), all(&got.parameters[0]), all(&got.parameters[1])];
            for ((got, want), what) in seen.iter().zip(want).zip(["MER loss", "MEN loss", "gradient of v", "of MER", "of MEN"]) {
                let place = format!("{isa:?} {kind:?} into {into:?} {value:?} {count:?}: {what}");
                assert!((got - want).abs() < 1e-5 * (1.0 + want.abs()), "{place}: {got}, not {want}");
            }
        }
    }
}

fn any_case() -> impl Strategy<Value = (Case, Feedback, usize)> {
    let kind = prop_oneof![Just(Kind::Linear), Just(Kind::Hidden), Just(Kind::Summed)];
    let value = prop_oneof![Just(FeedbackValue::Probability), Just(FeedbackValue::LogProbability)];
    (kind, any::<[bool; 2]>(), (1usize..6, [1usize..8, 1usize..24], 1usize..7), value, 1usize..4, 0u32..9999).prop_map(
        |(kind, into, (half, tags, tokens), value, count, seed)| {
            let case = Case::new(kind, into, (2 * half, tags, tokens), |s, len| numbers(seed * 100 + s as u32, len));
            (case, rounds(value, count), count)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// The last round's loss, its feedback held fixed: feedback takes no gradient.
    #[test]
    fn gradients_agree_with_finite_differences((case, feedback, count) in any_case(), at in any::<prop::sample::Index>()) {
        let y = case.naive_feedback(feedback.kind, count);
        let (values, v) = case.in_f64();
        let loss = |values: &Pair<Values<f64>>, v: &[f64]| -> f64 {
            let losses = case.naive_losses(values, v, &y);
            losses.iter().zip(case.weights).map(|(l, w)| l * f64::from(w)).sum()
        };
        let want = case.naive_losses(&values, &v, &y);
        for isa in Isa::available() {
            let got = case.losses(&Context::cpu_with(isa, 1), &feedback, case.gold(), false);
            for (got, want) in got.losses.iter().zip(want) {
                let got = got.unwrap();
                prop_assert!((got - want).abs() < 1e-5 * (1.0 + want.abs()), "{isa:?} loss: {got}, not {want}");
            }
            let check = |what: &str, gradient: &[f32], moved: &dyn Fn(usize, f64) -> f64| {
                for step in 0..8 {
                    let i = (at.index(gradient.len()) + 5 * step) % gradient.len();
                    let (got, want) = (f64::from(gradient[i]), (moved(i, 1e-5) - moved(i, -1e-5)) / 2e-5);
                    assert!((got - want).abs() < 5e-5 * (1.0 + want.abs()), "{isa:?} {what}[{i}]: {got}, not {want}");
                }
            };
            check("v", &got.v, &|i, delta| {
                let mut v = v.clone();
                v[i] += delta;
                loss(&values, &v)
            });
            for task in 0..2 {
                for (k, gradient) in got.parameters[task].iter().enumerate() {
                    let Some(gradient) = gradient else { continue };
                    check(&format!("{task}.{k}"), gradient, &|i, delta| {
                        let mut values = values.clone();
                        values[task][k].as_mut().unwrap()[i] += delta;
                        loss(&values, &v)
                    });
                }
            }
        }
    }

    /// What a head's output says as feedback is what the next round reads.
    #[test]
    fn outputs_are_what_a_further_round_reads((case, feedback, _) in any_case()) {
        let run = Context::cpu(1);
        let one = case.losses(&run, &rounds(feedback.kind, 1), case.gold(), true);
        let [Some(mer), Some(men)] = one.outputs else { panic!("no outputs") };
        let given = Feedback { kind: feedback.kind, from: FeedbackFrom::Given { mer, men } };
        let (given, two) = (case.losses(&run, &given, case.gold(), false), case.losses(&run, &rounds(feedback.kind, 2), case.gold(), false));
        close("v", &given.v, &two.v, 2e-5);
        for (a, b) in given.parameters.iter().flatten().zip(two.parameters.iter().flatten()) {
            if let (Some(a), Some(b)) = (a, b) {
                close("gradient", a, b, 2e-5);
            }
        }
    }

    /// The scores with dfdx's own log-softmax and loss give the fused loss and its gradients.
    #[test]
    fn scores_and_fused_losses_agree((case, feedback, _) in any_case()) {
        let run = Context::cpu(1);
        let fused = case.losses(&run, &feedback, case.gold(), false);
        let (p, ids) = case.parameters(&run);
        let v: Rows<Cpu> = run.device().tensor_from_vec(case.v.clone(), (case.tokens, case.input));
        let (scores, tape) = scores(&run, v.leaky_trace(), lend(&p, &ids), &feedback).unwrap();
        let zero: Tensor<Rank0, f32, Cpu> = run.device().zeros();
        let mut total = zero.put_tape(tape);
        for (task, scores) in scores.into_iter().enumerate() {
            let scores = scores.unwrap();
            let (so_far, tape) = total.split_tape();
            let mut one_hot = vec![0.0; case.tokens * case.tags[task]];
            case.gold[task].iter().enumerate().for_each(|(n, tag)| one_hot[n * case.tags[task] + *tag as usize] = 1.0);
            let one_hot: Rows<Cpu> = run.device().tensor_from_vec(one_hot, *scores.shape());
            let scores = scores.put_tape(tape);
            let log = if case.kind == Kind::Summed { scores } else { scores.log_softmax::<Axis<1>>() };
            let loss = -(log * one_hot).sum();
            let got = f64::from(loss.array());
            prop_assert!((got - fused.losses[task].unwrap()).abs() < 1e-4, "task {task}: {got}, not {:?}", fused.losses[task]);
            total = loss * case.weights[task] + so_far;
        }
        let mut gradients = total.backward();
        close("v", &gradients.get(&v).as_vec(), &fused.v, 1e-4);
        for (a, b) in read(&p, &ids, &mut gradients).iter().flatten().zip(fused.parameters.iter().flatten()) {
            if let (Some(a), Some(b)) = (a, b) {
                // The two round differently, and a gradient through U multiplies sums that nearly cancel.
                close("gradient", a, b, 3e-4);
            }
        }
    }

    #[test]
    fn a_token_does_not_feel_its_batch((mut case, feedback, _) in any_case()) {
        let run = Context::cpu(1);
        let together = case.losses(&run, &feedback, case.gold(), true);
        let (v, gold) = (std::mem::take(&mut case.v), std::mem::take(&mut case.gold));
        let (tokens, width) = (case.tokens, case.input);
        case.tokens = 1;
        let mut sum = [0.0; 2];
        for n in 0..tokens {
            case.v = v[n * width..(n + 1) * width].to_vec();
            case.gold = [0, 1].map(|task| vec![gold[task][n]]);
            let alone = case.losses(&run, &feedback, case.gold(), true);
            close("v", &together.v[n * width..(n + 1) * width], &alone.v, 1e-5);
            for (task, sum) in sum.iter_mut().enumerate() {
                *sum += alone.losses[task].unwrap();
                let l = case.tags[task];
                close("output", &together.outputs[task].as_ref().unwrap()[n * l..(n + 1) * l], alone.outputs[task].as_ref().unwrap(), 1e-5);
            }
        }
        for (sum, together) in sum.iter().zip(together.losses) {
            prop_assert!((sum - together.unwrap()).abs() < 1e-4);
        }
    }
}

/// A task that is not trained (no gold tags, or weight 0) gives no loss, and nothing of it moves: not its head, and not its feedback.
#[test]
fn the_task_that_rests_has_exactly_no_gradient() {
    let run = Context::cpu(1);
    for kind in [Kind::Linear, Kind::Hidden, Kind::Summed] {
        for resting in [0, 1] {
            let mut case = Case::new(kind, [true, true], (6, [3, 5], 4), |s, len| numbers(s as u32, len));
            let feedback = rounds(FeedbackValue::Probability, 3);
            case.weights[resting] = 0.0;
            let weightless = case.losses(&run, &feedback, case.gold(), true);
            let mut gold = case.gold();
            gold[resting] = None;
            let without = case.losses(&run, &feedback, gold, true);
            for got in [&weightless, &without] {
                assert_eq!(got.losses[resting], None);
                assert!(got.losses[1 - resting].is_some());
                assert!(got.parameters[resting].iter().flatten().flatten().all(|g| *g == 0.0), "{kind:?}, task {resting}");
                let moving = got.parameters[1 - resting].iter().flatten();
                moving.for_each(|g| assert!(g.iter().any(|g| *g != 0.0), "{kind:?}, task {}", 1 - resting));
            }
            assert_eq!(weightless.v, without.v);
        }
    }
}

/// MER's loss in two rounds from dfdx's own operations, as the formula is written: log-softmax of (v ∘ (v + yU)) W + b.
#[test]
fn equals_plain_dfdx_operations() {
    let run = Context::cpu(1);
    let dev = run.device();
    let (input, tags, tokens) = (6, [3, 5], 4);
    let mut case = Case::new(Kind::Linear, [true, true], (input, tags, tokens), |s, len| numbers(s as u32, len));
    case.weights = [1.0, 0.0];
    let fused = case.losses(&run, &rounds(FeedbackValue::Probability, 2), case.gold(), false);

    let v: Rows<Cpu> = dev.tensor_from_vec(case.v.clone(), (tokens, input));
    let matrix =
        |task: usize, k: usize, shape: (usize, usize)| -> Rows<Cpu> { dev.tensor_from_vec(case.values[task][k].clone().unwrap(), shape) };
    let halves = |task: usize| -> Rows<Cpu> {
        let both = [0, 2].iter().flat_map(|k| case.values[task][*k].clone().unwrap()).collect();
        dev.tensor_from_vec(both, (2 * input, tags[task]))
    };
    let bias = |task: usize| -> Tensor<(usize,), f32, Cpu> { dev.tensor_from_vec(case.values[task][1].clone().unwrap(), (tags[task],)) };

    // Round 1, MEN from MER's 1 / |L|: no tape, so no gradient.
    let uniform: Rows<Cpu> = dev.tensor_from_vec(vec![1.0 / 3.0; tokens * 3], (tokens, 3));
    let fed = v.clone() + uniform.matmul(matrix(1, 3, (3, input)));
    let joined = (v.clone(), fed).concat_along(Axis::<1>).realize::<(usize, usize)>();
    let y = (joined.matmul(halves(1)) + bias(1).broadcast_like::<_, Axis<0>>(&(tokens, 5))).softmax::<Axis<1>>();
    // Round 2, MER.
    let (u, w, b) = (matrix(0, 3, (5, input)), halves(0), bias(0));
    let fed = y.leaky_trace().matmul(u.clone()) + v.clone();
    let joined = (v.leaky_trace(), fed).concat_along(Axis::<1>).realize::<(usize, usize)>();
    let scores = joined.matmul(w.clone()) + b.leaky_trace().broadcast_like::<_, Axis<0>>(&(tokens, 3));
    let mut one_hot = vec![0.0; tokens * 3];
    case.gold[0].iter().enumerate().for_each(|(n, tag)| one_hot[n * 3 + *tag as usize] = 1.0);
    let one_hot: Rows<Cpu> = dev.tensor_from_vec(one_hot, (tokens, 3));
    let loss = -(scores.log_softmax::<Axis<1>>() * one_hot).sum();

    assert!((f64::from(loss.array()) - fused.losses[0].unwrap()).abs() < 1e-5);
    let gradients = loss.backward();
    close("v", &fused.v, &gradients.get(&v).as_vec(), 1e-5);
    let [direct, bias, feedback, map, ..] = fused.parameters[0].each_ref().map(|g| g.clone().unwrap_or_default());
    close("Wa ∘ Wb", &[direct, feedback].concat(), &gradients.get(&w).as_vec(), 1e-5);
    close("bias", &bias, &gradients.get(&b).as_vec(), 1e-5);
    close("U", &map, &gradients.get(&u).as_vec(), 1e-5);
}

/// Of equals the first, in rows below and above a register's width.
#[test]
fn the_best_tag_is_the_first_of_the_greatest() {
    let by_hand = |row: &[f32]| (0..row.len()).rev().max_by(|i, j| row[*i].total_cmp(&row[*j])).unwrap() as u32;
    for isa in Isa::available() {
        let run = Context::cpu_with(isa, 1);
        for tags in [1, 2, 3, 15, 16, 17, 40, 670] {
            let values: Vec<f32> = numbers(tags as u32, 5 * tags).iter().map(|v| (v * 8.0).round() + 0.0).collect();
            let want: Vec<u32> = values.chunks_exact(tags).map(by_hand).collect();
            let buffer = Cpu::upload(&run, values).unwrap();
            assert_eq!(Cpu::best_tags(&run, tags, &buffer).unwrap(), want, "{} of {tags}", isa.name());
        }
    }
}
