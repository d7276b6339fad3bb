//! The features against PyTorch, the definition in f64, and finite differences.

use super::*;
use crate::nn::isa::Isa;
use crate::nn::ops::closeness::{close, grid, numbers};
use crate::nn::parameter::Parameters;
use proptest::prelude::*;

/// A batch and parameters: 3 word vectors and 5 character vectors unless a test asks for more.
#[derive(Clone, Debug)]
struct Case {
    shape: FeatureShape,
    words: Words,
    /// Word table, character table, filters, bias.
    values: [Vec<f32>; 4],
    mask: Option<Vec<f32>>,
    /// The loss is the sum of the features times these.
    loss: Vec<f32>,
}

impl Case {
    /// `spelt` are the distinct words in characters; a token is a row of the word table and the index of its spelling.
    fn new(shape: FeatureShape, spelt: &[Vec<u32>], tokens: &[(u32, u32)], numbers: impl Fn(u32, usize) -> Vec<f32>) -> Self {
        let mut words = Words::default();
        spelt.iter().for_each(|word| _ = words.spellings.push(word));
        tokens.iter().for_each(|(row, spelling)| {
            words.words.push(*row);
            words.spelling.push(*spelling);
        });
        let lens = [3 * shape.word, 5 * shape.character, shape.filters * shape.window * shape.character, shape.filters];
        let values = [1, 2, 3, 4].map(|s| numbers(s, lens[s as usize - 1]));
        Self { shape, values, mask: None, loss: numbers(6, tokens.len() * (shape.word + shape.filters)), words }
    }

    /// The features, and the gradients of the four parameters.
    fn run(&self, run: &Context<Cpu>, train_words: bool) -> (Vec<f32>, [Vec<f32>; 4]) {
        let mut p = Parameters::new(run);
        let wide = self.shape.window * self.shape.character;
        let mut values = self.values.iter();
        let ids = [("words", self.shape.word), ("characters", self.shape.character), ("filters", wide), ("bias", self.shape.filters)].map(
            |(name, columns)| {
                let values = values.next().unwrap().clone();
                p.add(name, (values.len() / columns, columns), values, false).unwrap()
            },
        );
        let [table, characters, filters, bias] = ids.map(|id| &p[id]);
        let anchor: Tensor<Rank0, f32, Cpu> = run.device().zeros();
        let (_, tape) = anchor.traced(p.gradients()).split_tape();
        let cnn = CharCnn { table: characters, filters, bias, mask: self.mask.clone() };
        let x = features(run, tape, &Rc::new(self.words.clone()), table, train_words, Some(cnn)).unwrap();
        let values = x.as_vec();
        let loss: Rows<Cpu> = run.device().tensor_from_vec(self.loss.clone(), *x.shape());
        let mut gradients = (x * loss).sum().backward();
        (values, ids.map(|id| p[id].gradient(&mut gradients).unwrap().to_vec()))
    }

    /// The definition, one number at a time.
    fn naive(&self, values: &[Vec<f64>; 4]) -> Vec<f64> {
        let FeatureShape { word: d, character: c, filters, window } = self.shape;
        let [table, characters, weights, bias] = values;
        let mut seen = 0;
        let peaks: Vec<Vec<f64>> = self
            .words
            .spellings
            .iter()
            .map(|word| {
                let start = seen;
                seen += word.len();
                // Value `k` of the vector at a place, which may lie before the word or behind it.
                let at = |place: isize, k: usize| match usize::try_from(place).ok().filter(|p| *p < word.len()) {
                    None => 0.0,
                    Some(p) => {
                        let factor = self.mask.as_ref().map_or(1.0, |m| f64::from(m[(start + p) * c + k]));
                        characters[word[p] as usize * c + k] * factor
                    }
                };
                let response = |filter: usize, place: usize| -> f64 {
                    let first = place as isize - (window as isize - 1) / 2;
                    let reach = (0..window).flat_map(|w| (0..c).map(move |k| (w, k)));
                    reach.map(|(w, k)| weights[(filter * window + w) * c + k] * at(first + w as isize, k)).sum::<f64>() + bias[filter]
                };
                (0..filters).map(|f| (0..word.len().max(1)).map(|p| response(f, p)).fold(f64::NEG_INFINITY, f64::max)).collect()
            })
            .collect();
        let tokens = self.words.words.iter().zip(&self.words.spelling);
        tokens.flat_map(|(row, s)| table[*row as usize * d..][..d].iter().chain(&peaks[*s as usize]).copied()).collect()
    }

    fn in_f64(&self) -> [Vec<f64>; 4] {
        self.values.each_ref().map(|v| v.iter().map(|v| f64::from(*v)).collect())
    }
}

/// Embedding, convolution with zeros at both ends, and maximum over each word's own length, window by window, with and without
/// dropout; values and gradients from
/// ```python
/// import torch
/// import torch.nn.functional as F
/// def grid(seed, *shape):
///     n = torch.Size(shape).numel()
///     return torch.tensor([((i * i * 7 + i * 37 + seed * 13) % 101 - 50) / 64 for i in range(n)]).reshape(shape)
/// words, rows, spelling = [[1, 2, 3], [4], [], [2, 2, 1, 3, 0]], [2, 0, 1, 1, 2], [0, 1, 2, 3, 0]
/// D, C, N = 2, 3, 2
/// for window, masked in [(1, False), (2, True), (3, False), (3, True), (5, False)]:
///     table, chars, filters, bias = (grid(s, *n).requires_grad_() for s, n in [(1, (3, D)), (2, (5, C)), (3, (N, window, C)), (4, (N,))])
///     mask = grid(5, sum(map(len, words)), C).gt(-0.3) * 2.0 if masked else torch.ones(sum(map(len, words)), C)
///     peaks, seen = [], 0
///     for word in words:
///         vectors = F.embedding(torch.tensor(word, dtype=torch.long), chars) * mask[seen:seen + len(word)]
///         seen += len(word)
///         if not word: vectors = torch.zeros(1, C)
///         padded = F.pad(vectors.t()[None], ((window - 1) // 2, window // 2))
///         peaks.append(F.conv1d(padded, filters.transpose(1, 2), bias)[0].max(1).values)
///     x = torch.cat([F.embedding(torch.tensor(rows), table), torch.stack(peaks)[spelling]], 1)
///     (x * grid(6, 5, D + N)).sum().backward()
///     print(window, masked)
///     for t in [x, table.grad, chars.grad, filters.grad, bias.grad]:
///         print("&[" + ", ".join(str(round(float(v), 7)) for v in t.reshape(-1)) + "],")
/// ```
#[test]
#[rustfmt::skip]
fn equals_pytorch() {
    let cases: [(usize, bool, [&[f32]; 5]); 5] = [
        (1, false, [
            &[0.328125, 0.3125, 0.3659668, 1.6481934, -0.578125, 0.109375, 0.0698242, 1.3999023, -0.5625, 0.5625, 0.03125, 0.71875, -0.5625, 0.5625, 0.3659668, 1.6481934, 0.328125, 0.3125, 0.3659668, 1.6481934],
            &[-0.234375, -0.25, -1.109375, -0.09375, 0.25, -1.1875],
            &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.7636719, 1.2143555, 0.5585938, -0.220459, 0.2512207, 0.2768555],
            &[-0.501709, 0.5185547, 0.2329102, -0.4255371, 0.6943359, 0.5581055],
            &[0.703125, 0.875],
        ]),
        (2, true, [
            &[0.328125, 0.3125, 1.2387695, 1.1318359, -0.578125, 0.109375, -0.0439453, 0.4316406, -0.5625, 0.5625, 0.03125, 0.71875, -0.5625, 0.5625, 1.1875, 1.8583984, 0.328125, 0.3125, 1.2387695, 1.1318359],
            &[-0.234375, -0.25, -1.109375, -0.09375, 0.25, -1.1875],
            &[-0.3613281, 0.0, 0.0, 0.0053711, -0.0161133, 0.0048828, -0.3330078, 0.0, 0.0, -2.4536133, 1.2324219, 0.4472656, -0.4760742, 0.0, 0.0],
            &[1.3481445, -0.0166016, -0.0161133, -0.9829102, 1.0898438, -0.0087891, -0.8510742, 0.4570312, 0.3251953, -0.4335938, 0.0, 0.0],
            &[0.703125, 0.875],
        ]),
        (3, false, [
            &[0.328125, 0.3125, 0.579834, 1.5808105, -0.578125, 0.109375, 0.7124023, 0.559082, -0.5625, 0.5625, 0.03125, 0.71875, -0.5625, 0.5625, 1.0493164, 1.6938477, 0.328125, 0.3125, 0.579834, 1.5808105],
            &[-0.234375, -0.25, -1.109375, -0.09375, 0.25, -1.1875],
            &[0.2541504, 0.3378906, -0.3676758, -0.1242676, 0.3029785, 0.1992188, 0.0048828, 0.734375, -0.4052734, -0.7741699, 1.4599609, 1.0603027, 0.1867676, 0.182373, -0.2680664],
            &[0.6843262, -0.4321289, 0.1887207, -0.501709, 0.5185547, 0.2329102, 0.0058594, -0.0048828, 0.0056152, 0.0129395, 0.5410156, 0.3720703, 0.1572266, 0.1435547, 0.1560059, -0.2094727, 0.2285156, 0.1142578],
            &[0.703125, 0.875],
        ]),
        (3, true, [
            &[0.328125, 0.3125, 1.2387695, 2.2573242, -0.578125, 0.109375, -0.2353516, 0.9033203, -0.5625, 0.5625, 0.03125, 0.71875, -0.5625, 0.5625, 1.6796875, 2.2919922, 0.328125, 0.3125, 1.2387695, 2.2573242],
            &[-0.234375, -0.25, -1.109375, -0.09375, 0.25, -1.1875],
            &[0.0205078, 0.0, 0.0, -0.284668, 0.887207, 0.6694336, 0.4975586, 0.0, -0.1625977, -1.1870117, 2.0576172, -0.0224609, 0.3735352, 0.0, 0.0],
            &[1.3686523, -0.0166016, -0.0161133, -1.003418, 1.0898438, -0.0087891, 0.0117188, 0.0, 0.0, 0.6220703, 0.0, 0.6538086, 1.5791016, 0.0, 0.2348633, 0.4663086, 1.0712891, 0.5961914],
            &[0.703125, 0.875],
        ]),
        (5, false, [
            &[0.328125, 0.3125, 0.7668457, 1.5429688, -0.578125, 0.109375, 0.1044922, 1.0395508, -0.5625, 0.5625, 0.03125, 0.71875, -0.5625, 0.5625, 1.0493164, 1.9189453, 0.328125, 0.3125, 0.7668457, 1.5429688],
            &[-0.234375, -0.25, -1.109375, -0.09375, 0.25, -1.1875],
            &[0.2902832, 0.4462891, -0.1870117, -0.4648438, 1.4724121, 0.7758789, -0.7460938, 0.0246582, 0.4367676, -0.5593262, 1.3818359, 0.689209, 0.1186523, 0.3039551, -0.0307617],
            &[-0.0119629, -0.0083008, -0.0080566, 0.7497559, 0.5058594, 0.4951172, 0.6918945, -0.4462891, 0.1672363, -0.4995117, 0.5449219, 0.2724609, 0.0, 0.0, 0.0, 0.7265625, -0.0371094, 0.3269043, 0.7075195, -0.4306641, 0.1999512, 0.3151855, 0.6762695, 0.6936035, -0.2980957, 0.3251953, 0.1625977, -0.2167969, 0.1806641, -0.2077637],
            &[0.703125, 0.875],
        ]),
    ];
    let spelt = [vec![1, 2, 3], vec![4], vec![], vec![2, 2, 1, 3, 0]];
    let tokens = [(2, 0), (0, 1), (1, 2), (1, 3), (2, 0)];
    for isa in Isa::available() {
        let run = Context::cpu_with(isa, 1);
        for (window, masked, [x, gradients @ ..]) in cases {
            let shape = FeatureShape { word: 2, character: 3, filters: 2, window };
            let mut case = Case::new(shape, &spelt, &tokens, |seed, len| grid(seed as usize, len));
            case.mask = masked.then(|| grid(5, 9 * 3).iter().map(|v| if *v > -0.3 { 2.0 } else { 0.0 }).collect());
            let (got, own) = case.run(&run, true);
            close(&format!("{isa:?} window {window}"), &got, x, 1e-6);
            for ((got, want), what) in own.iter().zip(gradients).zip(["words", "characters", "filters", "bias"]) {
                close(&format!("{isa:?} window {window}: gradient of the {what}"), got, want, 2e-6);
            }
        }
    }
}

/// Spellings of no character, of one, of some, and of 200.
fn spelling() -> impl Strategy<Value = Vec<u32>> {
    prop_oneof![
        1 => Just(vec![]),
        1 => prop::collection::vec(0u32..5, 1),
        4 => prop::collection::vec(0u32..5, 2..12),
        1 => prop::collection::vec(0u32..5, 200),
    ]
}

fn any_case() -> impl Strategy<Value = Case> {
    let shape = (1usize..5, 1usize..7, 1usize..20, 1usize..6);
    (
        shape,
        prop::collection::vec(spelling(), 1..8),
        prop::collection::vec((0u32..3, any::<prop::sample::Index>()), 1..12),
        0u32..9999,
        any::<bool>(),
    )
        .prop_map(|((word, character, filters, window), spelt, tokens, seed, masked)| {
            let tokens: Vec<_> = tokens.into_iter().map(|(row, spelling)| (row, spelling.index(spelt.len()) as u32)).collect();
            let shape = FeatureShape { word, character, filters, window };
            let mut case = Case::new(shape, &spelt, &tokens, |s, len| numbers(100 * seed + s, len));
            let values = case.words.spellings.characters.len() * character;
            case.mask = masked.then(|| numbers(seed, values).iter().map(|v| if *v > 0.0 { 2.0 } else { 0.0 }).collect());
            case
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn equals_the_definition_and_its_finite_differences(case in any_case(), at in any::<prop::sample::Index>()) {
        let want: Vec<f32> = case.naive(&case.in_f64()).into_iter().map(|v| v as f32).collect();
        let loss = |values: &[Vec<f64>; 4]| -> f64 { case.naive(values).iter().zip(&case.loss).map(|(v, l)| v * f64::from(*l)).sum() };
        for isa in Isa::available() {
            let (x, gradients) = case.run(&Context::cpu_with(isa, 1), true);
            close("x", &x, &want, 5e-6);
            for (k, gradient) in gradients.iter().enumerate() {
                // A few places of each parameter, the whole of it being seen over the cases.
                for step in 0..6 {
                    let i = (at.index(gradient.len()) + 7 * step) % gradient.len();
                    let moved = |delta: f64| {
                        let mut values = case.in_f64();
                        values[k][i] += delta;
                        loss(&values)
                    };
                    let want = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                    let got = f64::from(gradient[i]);
                    prop_assert!((got - want).abs() < 1e-4 * (1.0 + want.abs()), "{isa:?} parameter {k}[{i}]: {got}, not {want}");
                }
            }
        }
    }

    #[test]
    fn a_word_does_not_feel_its_batch(mut case in any_case()) {
        let run = Context::cpu(1);
        let (together, gradients) = case.run(&run, true);
        let width = case.shape.word + case.shape.filters;
        let spelt: Vec<Vec<u32>> = case.words.spellings.iter().map(<[u32]>::to_vec).collect();
        let mask = case.mask.take();
        let mut sum = case.values.each_ref().map(|v| vec![0.0; v.len()]);
        for (token, x) in together.chunks_exact(width).enumerate() {
            let (row, own) = (case.words.words[token], case.words.spelling[token] as usize);
            let mut alone = Case::new(case.shape, &spelt[own..=own], &[(row, 0)], |_, len| vec![0.0; len]);
            alone.values = case.values.clone();
            alone.loss = case.loss[token * width..(token + 1) * width].to_vec();
            let before: usize = spelt[..own].iter().map(Vec::len).sum();
            let c = case.shape.character;
            alone.mask = mask.as_ref().map(|m| m[before * c..(before + spelt[own].len()) * c].to_vec());
            let (x_alone, gradients) = alone.run(&run, true);
            close("x", x, &x_alone, 2e-6);
            sum.iter_mut().zip(gradients).for_each(|(sum, g)| sum.iter_mut().zip(g).for_each(|(s, g)| *s += g));
        }
        for (together, sum) in gradients.iter().zip(&sum) {
            close("gradient", together, sum, 2e-5);
        }
    }
}

/// A word in many rows is computed once; its gradient is theirs together.
#[test]
fn one_word_in_several_rows_sums_their_gradients() {
    let shape = FeatureShape { word: 2, character: 3, filters: 4, window: 3 };
    let run = Context::cpu(1);
    let mut one = Case::new(shape, &[vec![1, 2, 3, 0]], &[(1, 0)], numbers);
    let mut three = Case::new(shape, &[vec![1, 2, 3, 0]], &[(1, 0); 3], numbers);
    three.loss = [1.0, 2.0, -0.5].iter().flat_map(|factor| one.loss.iter().map(move |l| l * factor)).collect();
    one.loss.iter_mut().for_each(|l| *l *= 2.5);
    let ((x, want), (xs, got)) = (one.run(&run, true), three.run(&run, true));
    assert_eq!(xs, x.repeat(3));
    for (got, want) in got.iter().zip(&want) {
        close("gradient", got, want, 1e-6);
    }
}

#[test]
fn a_frozen_word_table_has_no_gradient() {
    let shape = FeatureShape { word: 2, character: 3, filters: 4, window: 3 };
    let case = Case::new(shape, &[vec![1, 2], vec![3]], &[(1, 0), (2, 1)], numbers);
    let run = Context::cpu(1);
    let ((x, trained), (y, frozen)) = (case.run(&run, true), case.run(&run, false));
    assert_eq!(x, y);
    assert_eq!(frozen[0], [0.0; 6]);
    assert_eq!(frozen[1..], trained[1..]);
}

/// Without the CNN the features are the word vectors.
#[test]
fn without_characters_the_features_are_the_table_s_rows() {
    let run = Context::cpu(1);
    let mut p = Parameters::new(&run);
    let id = p.add("words", (3, 2), vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], false).unwrap();
    let words = Rc::new(Words { words: vec![2, 0, 2], ..Words::default() });
    let anchor: Tensor<Rank0, f32, Cpu> = run.device().zeros();
    let (_, tape) = anchor.traced(p.gradients()).split_tape();
    let x = features(&run, tape, &words, &p[id], true, None).unwrap();
    assert_eq!(x.as_vec(), [5.0, 6.0, 1.0, 2.0, 5.0, 6.0]);
    let mut gradients = x.square().sum().backward();
    assert_eq!(p[id].gradient(&mut gradients).unwrap().to_vec(), [2.0, 4.0, 0.0, 0.0, 20.0, 24.0]);
}

/// The maximum over time must not hide a value that is not a number: the loss has to show it.
#[test]
fn what_is_not_a_number_reaches_the_features() {
    let shape = FeatureShape { word: 1, character: 2, filters: 3, window: 3 };
    let mut case = Case::new(shape, &[vec![0, 1, 2, 3], vec![1, 2]], &[(1, 0), (2, 1)], numbers);
    case.values[1][0] = f32::NAN;
    for isa in Isa::available() {
        let (x, _) = case.run(&Context::cpu_with(isa, 1), true);
        assert!(x[1..4].iter().all(|v| v.is_nan()), "{isa:?}: {x:?}");
        assert!(x[5..].iter().all(|v| v.is_finite()), "{isa:?}: {x:?}");
    }
}
