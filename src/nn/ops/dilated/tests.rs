//! The layer against PyTorch, finite differences and sentences run alone.

use super::*;
use crate::nn::isa::Isa;
use crate::nn::parameter::{ParameterId, Parameters};
use proptest::prelude::*;

struct Layer {
    parameters: Parameters<Cpu>,
    ids: [ParameterId; 2],
    dilation: usize,
}

impl Layer {
    fn new(run: &Context<Cpu>, weights: Vec<f32>, bias: Vec<f32>, dilation: usize) -> Self {
        let mut parameters = Parameters::new(run);
        let out = bias.len();
        let weights = parameters.add("weights", (weights.len() / out, out), weights, false).unwrap();
        let bias = parameters.add("bias", (1, out), bias, false).unwrap();
        Self { parameters, ids: [weights, bias], dilation }
    }

    fn apply<T: Tape<f32, Cpu>>(&self, x: Rows<Cpu, T>, packing: &Rc<Packing>) -> Rows<Cpu, T> {
        let [weights, bias] = self.ids.map(|id| &self.parameters[id]);
        dilated(self.parameters.run(), x, packing, Dilated { weights, bias, dilation: self.dilation }).unwrap()
    }

    /// y, and the gradients of sum y o c with respect to x, weights and bias.
    fn gradients(&self, x: &[f32], packing: &Rc<Packing>, c: &[f32]) -> [Vec<f32>; 4] {
        let (n, device) = (packing.tokens(), self.parameters.run().device());
        let x: Rows<Cpu> = device.tensor_from_vec(x.to_vec(), (n, x.len() / n));
        let c: Rows<Cpu> = device.tensor_from_vec(c.to_vec(), (n, c.len() / n));
        let y = self.apply(x.leaky_trace(), packing);
        let values = y.as_vec();
        let mut gradients = (y * c).sum().backward();
        let gx = gradients.get(&x).as_vec();
        let [gw, gb] = self.ids.map(|id| self.parameters[id].gradient(&mut gradients).unwrap().to_vec());
        [values, gx, gw, gb]
    }
}

fn sines(n: usize, a: f64, b: f64) -> Vec<f32> {
    (0..n).map(|i| (i as f64 * a + b).sin() as f32).collect()
}

#[track_caller]
fn close(what: &str, got: &[f32], want: &[f32], tolerance: f32) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (i, (g, w)) in got.iter().zip(want).enumerate() {
        assert!((g - w).abs() <= tolerance * (1.0 + w.abs()), "{what}[{i}]: {g}, not {w}");
    }
}

/// Rows of width `width`, given sentence by sentence, in the batch's order.
fn pack(packing: &Packing, width: usize, sentences: &[&[f32]]) -> Vec<f32> {
    let mut rows = vec![0.0; packing.tokens() * width];
    for (r, sentence) in sentences.iter().enumerate() {
        for (row, values) in packing.rows(r).zip(sentence.chunks_exact(width)) {
            rows[row * width..(row + 1) * width].copy_from_slice(values);
        }
    }
    rows
}

/// PyTorch 2.15, lengths 5 and 2:
/// ```python
/// import torch
/// I, O, w, d, lengths = 2, 3, 3, 2, [5, 2]
/// f = lambda n, a, b: torch.sin(torch.arange(n, dtype=torch.float64) * a + b).requires_grad_()
/// X, W, B = [f(n * I, .7, r) for r, n in enumerate(lengths)], f(w * I * O, 1.1, .3), f(O, 2.3, .5)
/// total = 0
/// for x in X:
///     k = W.view(w, I, O).permute(2, 1, 0)
///     y = torch.conv1d(x.view(1, -1, I).transpose(1, 2), k, B, padding=d * (w // 2), dilation=d).relu()[0].t()
///     print([round(v, 6) for v in y.flatten().tolist()])
///     total = total + (y * torch.cos(torch.arange(y.numel())).view_as(y)).sum()
/// total.backward()
/// for v in [*X, W, B]:
///     print([round(g, 6) for g in v.grad.tolist()])
/// ```
#[test]
fn equals_pytorch() {
    let packing = Rc::new(Packing::new(&[5, 2]));
    let x = pack(&packing, 2, &[&sines(10, 0.7, 0.0), &sines(4, 0.7, 1.0)]);
    let cosines = |n: usize| -> Vec<f32> { (0..n).map(|i| (i as f64).cos() as f32).collect() };
    let c = pack(&packing, 3, &[&cosines(15), &cosines(6)]);
    for isa in Isa::available() {
        let layer = Layer::new(&Context::cpu_with(isa, 1), sines(18, 1.1, 0.3), sines(3, 2.3, 0.5), 2);
        let [y, gx, gw, gb] = layer.gradients(&x, &packing, &c);
        let y0 = [0.609156, 0.305378, 0.0, 0.616744, 0.505443, 0.0, 0.111295, 0.0, 0.0, 0.572098, 0.517934, 0.0, 0.356733, 0.375269, 0.0];
        let y1 = [0.272125, 0.221437, 0.0, 0.841039, 0.963594, 0.0];
        close("y", &y, &pack(&packing, 3, &[&y0, &y1]), 2e-6);
        let gx0 = [1.396742, -1.640228, -2.315459, 2.55866, 2.986262, -3.279716, -2.737791, 2.848367, 2.157679, -2.308529];
        let gx1 = [1.112992, -1.215334, -1.219339, 1.316459];
        close("gradient of x", &gx, &pack(&packing, 2, &[&gx0, &gx1]), 2e-6);
        let expected = [
            -0.615192, -0.522879, 0.0, -0.463947, -1.042612, 0.0, -0.219752, -0.472523, 0.0, 1.312666, 1.132067, 0.0, 0.591718, 0.750695,
            0.0, 0.637982, 0.452645, 0.0,
        ];
        close("gradient of the weights", &gw, &expected, 2e-6);
        close("gradient of the bias", &gb, &[0.912909, -0.158307, 0.0], 2e-6);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn gradients_agree_with_finite_differences(
        lengths in prop::collection::vec(1usize..8, 1..4), window in 1usize..5, dilation in 1usize..5, input in 1usize..4, output in 1usize..4,
        seed in 0u32..1000,
    ) {
        let mut lengths = lengths;
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        let packing = Rc::new(Packing::new(&lengths));
        let n = packing.tokens();
        let phase = f64::from(seed);
        let x = sines(n * input, 0.9, phase);
        let parts = [sines(window * input * output, 1.7, phase), sines(output, 0.3, phase)];
        let c = sines(n * output, 2.1, phase);
        let run = Context::cpu(1);
        let layer = Layer::new(&run, parts[0].clone(), parts[1].clone(), dilation);
        let [y, gx, gw, gb] = layer.gradients(&x, &packing, &c);

        // the definition, in f64
        let value = |x: &[f32], w: &[f32], b: &[f32]| -> Vec<f64> {
            let mut y = vec![0.0; n * output];
            for (r, length) in lengths.iter().enumerate() {
                for t in 0..*length {
                    for o in 0..output {
                        let mut sum = f64::from(b[o]);
                        for k in 0..window {
                            let from = t as isize + (k as isize - (window / 2) as isize) * dilation as isize;
                            if (0..*length as isize).contains(&from) {
                                let row = packing.row(r, from as usize);
                                sum += (0..input).map(|i| f64::from(x[row * input + i]) * f64::from(w[(k * input + i) * output + o])).sum::<f64>();
                            }
                        }
                        y[packing.row(r, t) * output + o] = sum;
                    }
                }
            }
            y
        };
        let plain = value(&x, &parts[0], &parts[1]);
        // differences across the rectifier's corner say nothing
        prop_assume!(plain.iter().all(|y| y.abs() > 1e-2));
        close("y", &y, &plain.iter().map(|y| y.max(0.0) as f32).collect::<Vec<_>>(), 1e-5);
        let weighted = |y: Vec<f64>| y.iter().zip(&c).map(|(y, c)| y.max(0.0) * f64::from(*c)).sum::<f64>();
        let step = 1.0 / 1024.0;
        let numeric = |which: usize, i: usize| {
            let side = |sign: f32| {
                let mut all = [x.clone(), parts[0].clone(), parts[1].clone()];
                all[which][i] += sign * step;
                weighted(value(&all[0], &all[1], &all[2]))
            };
            ((side(1.0) - side(-1.0)) / f64::from(2.0 * step)) as f32
        };
        for (which, (name, got)) in [("x", gx), ("weights", gw), ("bias", gb)].into_iter().enumerate() {
            close(name, &got, &(0..got.len()).map(|i| numeric(which, i)).collect::<Vec<_>>(), 1e-3);
        }
    }
}

#[test]
fn a_sentence_does_not_feel_its_batch() {
    let run = Context::cpu(1);
    let layer = Layer::new(&run, sines(3 * 4 * 5, 1.1, 0.3), sines(5, 2.3, 0.5), 2);
    let sentences = [sines(7 * 4, 0.7, 0.0), sines(3 * 4, 0.7, 1.0), sines(4, 0.7, 2.0)];
    let packing = Rc::new(Packing::new(&[7, 3, 1]));
    let x = run.device().tensor_from_vec(pack(&packing, 4, &[&sentences[0], &sentences[1], &sentences[2]]), (11, 4));
    let together = layer.apply::<NoneTape>(x, &packing).as_vec();
    let alone = sentences.map(|s| {
        let n = s.len() / 4;
        layer.apply::<NoneTape>(run.device().tensor_from_vec(s, (n, 4)), &Rc::new(Packing::new(&[n]))).as_vec()
    });
    close("y", &together, &pack(&packing, 5, &[&alone[0], &alone[1], &alone[2]]), 1e-6);
}
