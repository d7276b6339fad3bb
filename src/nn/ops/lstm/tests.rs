//! The layer against PyTorch, a naive loop, plain dfdx operations and finite differences.

// Values stand as PyTorch printed them.
#![allow(clippy::excessive_precision)]

use super::*;
use crate::nn::isa::Isa;
use crate::nn::ops::closeness::{close, numbers};
use crate::nn::parameter::{ParameterId, Parameters};
use proptest::prelude::*;

/// One layer's parameters, forward direction first: input, recurrent, bias.
fn layer(run: &Context<Cpu>, values: [[&[f32]; 3]; 2], input: usize, h: usize) -> (Parameters<Cpu>, [[ParameterId; 3]; 2]) {
    let mut parameters = Parameters::new(run);
    let ids = values.map(|[x, r, b]| {
        let mut add = |name: &str, rows, values: &[f32]| parameters.add(name, (rows, 4 * h), values.to_vec(), false).unwrap();
        [add("input", input, x), add("recurrent", h, r), add("bias", 1, b)]
    });
    (parameters, ids)
}

fn apply<T: Tape<f32, Cpu>>(p: &Parameters<Cpu>, ids: [[ParameterId; 3]; 2], x: Rows<Cpu, T>, packing: &Rc<Packing>) -> Rows<Cpu, T> {
    let directions = ids.map(|[x, r, b]| Direction { input: &p[x], recurrent: &p[r], bias: &p[b] });
    bilstm(p.run(), x, packing, directions).unwrap()
}

/// Values and gradients of PyTorch's `nn.LSTM`, lengths 3, 2, 1, made by
/// ```python
/// import torch
/// torch.manual_seed(0); torch.set_printoptions(precision=8, linewidth=150)
/// from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
/// I,H=3,2
/// n=torch.nn.LSTM(I,H,bidirectional=True,batch_first=True)
/// x=torch.randn(3,3,I,requires_grad=True); lens=torch.tensor([3,2,1])
/// y,_=pad_packed_sequence(n(pack_padded_sequence(x,lens,batch_first=True))[0],batch_first=True)
/// w=torch.arange(1.,1+3*3*2*H).reshape(3,3,2*H)/10
/// (y*w*(torch.arange(3)[None,:,None]<lens[:,None,None])).sum().backward()
/// def packed(t): return [ [round(float(v),7) for v in t[r,s]] for s in range(3) for r in range(3) if s<lens[r]]
/// print("x",packed(x.detach())); print("y",packed(y.detach())); print("gv",packed(w)); print("gx",packed(x.grad))
/// for d in ["","_reverse"]:
///     print(d,"wx",[round(float(v),7) for v in getattr(n,"weight_ih_l0"+d).detach().t().reshape(-1)])
///     print(d,"wh",[round(float(v),7) for v in getattr(n,"weight_hh_l0"+d).detach().t().reshape(-1)])
///     print(d,"b",[round(float(v),7) for v in (getattr(n,"bias_ih_l0"+d)+getattr(n,"bias_hh_l0"+d)).detach()])
///     print(d,"gwx",[round(float(v),7) for v in getattr(n,"weight_ih_l0"+d).grad.t().reshape(-1)])
///     print(d,"gwh",[round(float(v),7) for v in getattr(n,"weight_hh_l0"+d).grad.t().reshape(-1)])
///     print(d,"gb",[round(float(v),7) for v in getattr(n,"bias_ih_l0"+d).grad])
/// ```
#[test]
fn equals_pytorch_with_unequal_lengths() {
    for isa in Isa::available() {
        let run = Context::cpu_with(isa, 1);
        let forward: [&[f32]; 3] = [
            &[
                -0.005294, -0.5203875, -0.01401, 0.1871093, -0.6755334, 0.0261938, -0.4793767, 0.5871729, 0.3793229, -0.2723452, 0.5606575,
                -0.2136969, -0.4683042, 0.2795442, -0.3079187, -0.1455227, -0.5819808, 0.1896159, -0.0627515, -0.1389927, -0.2914858,
                0.4242802, 0.2568333, 0.5291363,
            ],
            &[
                -0.1139738, 0.6402684, -0.4451505, -0.2756302, -0.4583322, -0.4940134, -0.4127668, 0.315524, 0.0748219, -0.655962,
                -0.1790149, 0.6109408, -0.3255045, -0.6622486, 0.6078276, 0.3427152,
            ],
            &[-0.2764105, -0.3880361, 0.5718693, 0.0427364, -0.2302934, -0.2690096, 0.9202459, -0.0017544],
        ];
        let backward: [&[f32]; 3] = [
            &[
                0.1317651, -0.3652797, -0.4188565, -0.0892492, 0.4386725, -0.2591332, 0.6153295, -0.6148878, -0.5482238, 0.3199468,
                0.213622, 0.0269984, 0.6789597, 0.2779, 0.6239204, 0.0650485, -0.4900859, 0.2843703, 0.3881818, 0.16384, -0.5449131,
                0.5858729, 0.1407245, -0.4423698,
            ],
            &[
                -0.6589911, 0.5376555, 0.1323506, -0.1163623, 0.2719223, 0.2592192, 0.5061976, -0.6998485, 0.6282591, -0.7053587,
                -0.1191192, -0.323683, -0.4188218, 0.3575896, 0.2643951, -0.458698,
            ],
            &[-0.3205195, 0.1352888, -1.0840957, -0.9525974, 0.6262489, 0.5826297, -0.5978979, 0.2416133],
        ];
        let (parameters, ids) = layer(&run, [forward, backward], 3, 2);
        let packing = Rc::new(Packing::new(&[3, 2, 1]));
        let x: Rows<Cpu> = run.device().tensor_from_vec(
            [
                -0.2188337, -2.4350653, -0.0729148, -0.4637222, 1.9217824, -1.845319, 0.2439592, 0.0375854, 2.6962764, -0.0339864,
                0.9625183, 0.3491682, -0.0250199, 1.369381, 2.6570232, -0.921462, -0.0561948, -0.6226985,
            ]
            .to_vec(),
            (6, 3),
        );
        let gv: Rows<Cpu> = run.device().tensor_from_vec(
            [0.1, 0.2, 0.3, 0.4, 1.3, 1.4, 1.5, 1.6, 2.5, 2.5999999, 2.7, 2.8, 0.5, 0.6, 0.7, 0.8, 1.7, 1.8, 1.9, 2.0, 0.9, 1.0, 1.1, 1.2]
                .to_vec(),
            (6, 4),
        );
        let v = apply(&parameters, ids, x.leaky_trace(), &packing);
        close(
            "v",
            &v.as_vec(),
            &[
                0.1598843, -0.2295557, -0.0547414, 0.0789997, -0.1142093, -0.0226576, 0.1991604, 0.2352604, -0.0932771, 0.2807831,
                -0.0487451, 0.1470751, -0.0967371, -0.0437581, 0.1471814, 0.2633558, -0.2741108, 0.2364602, 0.0053426, 0.1986552,
                0.1514182, -0.0750875, 0.0483417, 0.1727801,
            ],
            1e-6,
        );
        let mut gradients = (v * gv).sum().backward();
        close(
            "gx",
            &gradients.get(&x).as_vec(),
            &[
                -0.047778, 0.0406982, -0.0046229, -0.9146352, -0.3207337, 0.0009441, -0.351339, 0.0816342, 0.2804782, -0.1898799,
                0.0266712, 0.0566316, -0.2273703, 0.0166051, 0.0629689, -0.2783403, 0.1906919, 0.0725047,
            ],
            1e-6,
        );
        let want: [[&[f32]; 3]; 2] = [
            [
                &[
                    -0.1134964, 0.1365868, 0.0220123, 0.0076783, -0.7853107, -0.0566516, 0.0027248, 0.0869458, -0.6314533, 0.3411761,
                    -0.0387003, -0.0874949, 2.502975, 0.4913149, -0.3161409, 0.0964404, -0.9897327, 1.7415104, -0.097154, -0.1060787,
                    -2.0505719, 1.3569384, -0.266845, 0.6801281,
                ],
                &[
                    -0.0047705, -0.0236559, 0.0110091, -0.0017019, 0.0001168, -0.0011816, 0.0074018, -0.008243, 0.0224573, -0.0090724,
                    -0.0031119, 0.010246, -0.0499039, -0.0418183, 0.0034809, 0.0024566,
                ],
                &[-0.3812052, 0.5034869, -0.0460415, -0.0818865, 1.808715, 1.0128653, -0.2121288, 0.1463308],
            ],
            [
                &[
                    -0.1395095, -0.0979967, -0.0012533, -0.0792583, -0.0874658, -0.699417, -0.1182503, -0.0210807, 0.378507, 0.3267772,
                    0.0159173, 0.2727883, 0.1989243, 1.104238, 0.3542568, 0.6372594, -0.5693339, 0.3823403, 0.0040736, -0.2906287,
                    0.6130579, -1.3162165, -0.4392024, 1.514063,
                ],
                &[
                    0.0028902, 0.0039688, 0.0009763, 0.0047314, 0.0027983, 0.0165471, 0.0009664, 0.0076427, 0.0402425, 0.0251255,
                    0.0034063, 0.0401503, 0.0094175, 0.153972, 0.032634, 0.03688,
                ],
                &[0.152216, 0.427658, 0.0190486, 0.1975306, 0.4281443, 1.2253118, 0.1529838, 0.8613535],
            ],
        ];
        for (ids, want) in ids.iter().zip(want) {
            for ((id, want), what) in ids.iter().zip(want).zip(["input", "recurrent", "bias"]) {
                close(what, parameters[*id].gradient(&mut gradients).unwrap(), want, 1e-6);
            }
        }
    }
}

/// The definition, one sentence and one number at a time, in f64.
fn naive(x: &[f64], t: usize, input: usize, h: usize, [wx, wh, b]: [&[f32]; 3], reverse: bool) -> Vec<f64> {
    let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
    let (mut state, mut cell, mut out) = (vec![0.0; h], vec![0.0; h], vec![0.0; t * h]);
    for step in 0..t {
        let at = if reverse { t - 1 - step } else { step };
        let z: Vec<f64> = (0..4 * h)
            .map(|j| {
                f64::from(b[j])
                    + (0..input).map(|i| x[at * input + i] * f64::from(wx[i * 4 * h + j])).sum::<f64>()
                    + (0..h).map(|i| state[i] * f64::from(wh[i * 4 * h + j])).sum::<f64>()
            })
            .collect();
        for j in 0..h {
            cell[j] = sigmoid(z[h + j]) * cell[j] + sigmoid(z[j]) * z[2 * h + j].tanh();
            state[j] = sigmoid(z[3 * h + j]) * cell[j].tanh();
            out[at * h + j] = state[j];
        }
    }
    out
}

struct Case {
    input: usize,
    h: usize,
    lengths: Vec<usize>,
    x: Vec<f32>,
    weights: [[Vec<f32>; 3]; 2],
}

fn case(input: usize, h: usize, mut lengths: Vec<usize>, seed: u32) -> Case {
    lengths.sort_unstable_by(|a, b| b.cmp(a));
    let n: usize = lengths.iter().sum();
    let weights =
        [1, 2].map(|q| [numbers(seed + 10 * q, input * 4 * h), numbers(seed + 10 * q + 1, h * 4 * h), numbers(seed + 10 * q + 2, 4 * h)]);
    Case { input, h, x: numbers(seed, n * input), lengths, weights }
}

/// v, x, and the layer's parameters.
type Applied = (Rows<Cpu, OwnedTape<f32, Cpu>>, Rows<Cpu>, Parameters<Cpu>, [[ParameterId; 3]; 2]);

impl Case {
    fn run(&self, run: &Context<Cpu>, x: &[f32]) -> Applied {
        let values = self.weights.each_ref().map(|w| w.each_ref().map(|v| &v[..]));
        let (parameters, ids) = layer(run, values, self.input, self.h);
        let packing = Rc::new(Packing::new(&self.lengths));
        let x: Rows<Cpu> = run.device().tensor_from_vec(x.to_vec(), (packing.tokens(), self.input));
        (apply(&parameters, ids, x.leaky_trace(), &packing), x, parameters, ids)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn equals_the_naive_loop(input in 1usize..9, h in 1usize..21, lengths in prop::collection::vec(0usize..7, 0..20), seed in 0u32..10_000) {
        let case = case(input, h, lengths, seed);
        let packing = Packing::new(&case.lengths);
        for isa in Isa::available() {
            let (tensor, ..) = case.run(&Context::cpu_with(isa, 1), &case.x);
            let mut v = vec![0.0; packing.tokens() * 2 * h];
            tensor.copy_into(&mut v);
            for (r, length) in case.lengths.iter().enumerate() {
                let own: Vec<f64> = packing.rows(r).flat_map(|row| &case.x[row * input..(row + 1) * input]).map(|x| f64::from(*x)).collect();
                for (q, weights) in case.weights.iter().enumerate() {
                    let want = naive(&own, *length, input, h, weights.each_ref().map(|w| &w[..]), q == 1);
                    for (t, row) in packing.rows(r).enumerate() {
                        for j in 0..h {
                            let (got, want) = (f64::from(v[row * 2 * h + q * h + j]), want[t * h + j]);
                            prop_assert!((got - want).abs() < 2e-5, "sentence {r}, token {t}: {got}, not {want}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_sentence_does_not_feel_its_batch(h in 1usize..40, lengths in prop::collection::vec(1usize..7, 1..20), seed in 0u32..10_000) {
        let whole = case(5, h, lengths, seed);
        let packing = Packing::new(&whole.lengths);
        let run = Context::cpu(1);
        let (v, x, ..) = whole.run(&run, &whole.x);
        let together = v.as_vec();
        let gx = v.square().sum().backward().get(&x).as_vec();
        for (r, length) in whole.lengths.iter().enumerate() {
            let own: Vec<f32> = packing.rows(r).flat_map(|row| whole.x[row * 5..(row + 1) * 5].to_vec()).collect();
            let alone = Case { lengths: vec![*length], x: own.clone(), weights: whole.weights.clone(), ..whole };
            let (v, x, ..) = alone.run(&run, &own);
            let v_alone = v.as_vec();
            let gx_alone = v.square().sum().backward().get(&x).as_vec();
            for (t, row) in packing.rows(r).enumerate() {
                close("v", &together[row * 2 * h..(row + 1) * 2 * h], &v_alone[t * 2 * h..(t + 1) * 2 * h], 2e-6);
                close("gx", &gx[row * 5..(row + 1) * 5], &gx_alone[t * 5..(t + 1) * 5], 1e-5);
            }
        }
    }
}

#[test]
fn gradients_agree_with_finite_differences() {
    let case = case(4, 5, vec![5, 3, 3, 1], 77);
    let loss = |case: &Case| {
        let packing = Packing::new(&case.lengths);
        let mut sum = 0.0;
        for (r, length) in case.lengths.iter().enumerate() {
            let own: Vec<f64> = packing.rows(r).flat_map(|row| case.x[row * 4..(row + 1) * 4].to_vec()).map(f64::from).collect();
            for (q, weights) in case.weights.iter().enumerate() {
                sum += naive(&own, *length, 4, 5, weights.each_ref().map(|w| &w[..]), q == 1).iter().map(|v| v * v).sum::<f64>();
            }
        }
        sum
    };
    for isa in Isa::available() {
        let (v, x, parameters, ids) = case.run(&Context::cpu_with(isa, 1), &case.x);
        let mut gradients = v.square().sum().backward();
        let check = |what: &str, got: &[f32], change: &dyn Fn(&mut Case, usize, f32)| {
            for (i, got) in got.iter().enumerate() {
                let at = |delta: f32| {
                    let mut moved = Case { x: case.x.clone(), weights: case.weights.clone(), lengths: case.lengths.clone(), ..case };
                    change(&mut moved, i, delta);
                    loss(&moved)
                };
                let want = (at(1e-3) - at(-1e-3)) / 2e-3;
                assert!((f64::from(*got) - want).abs() < 2e-3, "{isa:?} {what}[{i}]: {got}, not {want}");
            }
        };
        check("x", &gradients.get(&x).as_vec(), &|case, i, d| case.x[i] += d);
        for q in 0..2 {
            for k in 0..3 {
                let got = parameters[ids[q][k]].gradient(&mut gradients).unwrap().to_vec();
                check("weights", &got, &|case, i, d| case.weights[q][k][i] += d);
            }
        }
    }
}

/// One direction from dfdx's own operations, sentences of equal length.
#[test]
fn equals_plain_dfdx_operations() {
    let (input, h, t, b) = (3, 4, 3, 2);
    let case = case(input, h, vec![t; b], 5);
    let run = Context::cpu(1);
    let (v, x, ..) = case.run(&run, &case.x);
    let dev = run.device();
    let [wx, wh, bias] = &case.weights[0];
    let wx: Rows<Cpu> = dev.tensor_from_vec(wx.clone(), (input, 4 * h));
    let wh: Rows<Cpu> = dev.tensor_from_vec(wh.clone(), (h, 4 * h));
    let bias: Tensor<(usize,), f32, Cpu> = dev.tensor_from_vec(bias.clone(), (4 * h,));
    let mut state: Rows<Cpu> = dev.zeros_like(&(b, h));
    let mut cell = state.clone();
    let mut want = Vec::new();
    for step in 0..t {
        let own = x.clone().slice((step * b..(step + 1) * b, ..)).realize::<(usize, usize)>();
        let z = own.matmul(wx.clone()) + state.matmul(wh.clone()) + bias.clone().broadcast_like::<_, Axis<0>>(&(b, 4 * h));
        let gate = |k: usize| z.clone().slice((.., k * h..(k + 1) * h)).realize::<(usize, usize)>();
        cell = gate(1).sigmoid() * cell + gate(0).sigmoid() * gate(2).tanh();
        state = gate(3).sigmoid() * cell.clone().tanh();
        want.extend(state.as_vec());
    }
    let forward: Vec<f32> = v.as_vec().chunks_exact(2 * h).flat_map(|row| row[..h].to_vec()).collect();
    close("v", &forward, &want, 1e-6);
}

#[test]
fn two_threads_give_the_same_bytes() {
    let case = case(7, 33, vec![9, 9, 4, 1], 3);
    let [one, two] = [1, 2].map(|threads| {
        let (v, x, ..) = case.run(&Context::cpu(threads), &case.x);
        (v.as_vec(), v.square().sum().backward().get(&x).as_vec())
    });
    assert_eq!(one, two);
}

/// Without a tape, what the input matrix makes of equal rows is computed once; a sentence alone and one among its like must not differ for it.
#[test]
fn equal_rows_without_a_tape_give_the_bits_of_the_pass_with_one() {
    for isa in Isa::available() {
        // the words of 90 tokens, of which the last have few rows in common
        for words in [1, 7, 40, 90] {
            let mut case = case(7, 33, vec![30, 25, 20, 14, 1], 5);
            for token in 0..90 {
                let word = (token * token) % words;
                case.x.copy_within(word * 7..(word + 1) * 7, token * 7);
            }
            let run = Context::cpu_with(isa, 1);
            let (with_tape, x, parameters, ids) = case.run(&run, &case.x);
            let without = apply(&parameters, ids, x, &Rc::new(Packing::new(&case.lengths)));
            let bits = |v: Vec<f32>| v.into_iter().map(f32::to_bits).collect::<Vec<_>>();
            assert_eq!(bits(without.as_vec()), bits(with_tape.as_vec()), "{} words on {}", words, isa.name());
        }
    }
}
