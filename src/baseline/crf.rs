//! A linear-chain conditional random field over features of words in a window, as BANNER's recogniser is: order 1, L-BFGS, a Gaussian prior.
//!
//! Features depend on the word alone, so that a score is computed once for each distinct word and place in the window, not for each
//! token. (Mallet, which BANNER uses, also has every feature with each pair of labels; here pairs of labels have one weight.)

use super::lbfgs::minimise;
use super::words::{Numbers, Word, features};
use std::collections::HashMap;
use std::ops::ControlFlow;

/// Words before and behind a token whose features it has.
const REACH: usize = 2;
const WINDOW: usize = 2 * REACH + 1;

/// Words by number, each with the numbers of its features.
#[derive(Default)]
struct Words {
    numbers: HashMap<Word, u32>,
    features: Vec<Vec<u32>>,
}

impl Words {
    fn number(&mut self, word: &Word, mut feature: impl FnMut(&str) -> Option<u32>) -> u32 {
        if let Some(&known) = self.numbers.get(word) {
            return known;
        }
        let mut own = Vec::new();
        features(word, |text| own.extend(feature(text)));
        own.sort_unstable();
        own.dedup();
        self.features.push(own);
        self.numbers.insert(word.clone(), self.features.len() as u32 - 1);
        self.features.len() as u32 - 1
    }
}

/// A sentence with its labels, both by number.
struct Labelled {
    words: Vec<u32>,
    labels: Vec<usize>,
}

/// A trained model over labels by number.
pub struct Crf {
    labels: usize,
    features: Numbers,
    /// Of (place in the window, feature, label), then of (label, label behind it).
    weights: Vec<f64>,
    /// Whether a label may follow another, and begin a sentence.
    follows: Vec<Vec<bool>>,
    begins: Vec<bool>,
}

/// How a model is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CrfOptions {
    /// Of the Gaussian prior.
    pub variance: f64,
    pub iterations: usize,
}

impl Crf {
    /// Trains on sentences with a label for each word. `follows[a][b]`: whether label b may stand behind a; `begins`: whether it may begin a
    /// sentence. `judge` sees the model after some iterations and says how good it is; the best of them is returned, with its iteration;
    /// training ends when [`PATIENCE`] judgements in a row brought nothing.
    pub fn train(
        sentences: &[(Vec<Word>, Vec<usize>)],
        follows: Vec<Vec<bool>>,
        begins: Vec<bool>,
        options: CrfOptions,
        mut judge: impl FnMut(&Crf) -> f64,
    ) -> (Crf, usize) {
        let labels = begins.len();
        let (mut numbers, mut words) = (Numbers::default(), Words::default());
        let labelled: Vec<Labelled> = sentences
            .iter()
            .map(|(of, labels)| Labelled {
                words: of.iter().map(|word| words.number(word, |text| Some(numbers.number(text)))).collect(),
                labels: labels.clone(),
            })
            .collect();
        let size = WINDOW * numbers.len() * labels + labels * labels;
        let mut model = Crf { labels, features: numbers, weights: Vec::new(), follows, begins };
        let mut weights = vec![0.0; size];
        let mut best: Option<(f64, usize, Vec<f64>)> = None;
        let (mut last, mut waited) = (0, 0);
        let features = std::mem::take(&mut words.features);
        let shape = Shape { labels, features: &features, of_features: model.features.len() };
        let (allowed, starts) = (model.follows.clone(), model.begins.clone());
        minimise(
            &mut weights,
            |weights, gradient| shape.objective(weights, gradient, &labelled, &allowed, &starts, options.variance),
            |iteration, weights| {
                if iteration.is_multiple_of(JUDGED_EVERY) || iteration == options.iterations {
                    model.weights = weights.to_vec();
                    let value = judge(&model);
                    if best.as_ref().is_none_or(|(known, ..)| value > *known) {
                        best = Some((value, iteration, weights.to_vec()));
                        waited = 0;
                    } else {
                        waited += 1;
                    }
                }
                last = iteration;
                if iteration == options.iterations || waited == PATIENCE { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        let (_, iteration, weights) = best.unwrap_or((0.0, last, weights));
        model.weights = weights;
        (model, iteration)
    }

    /// Numbers of weights.
    pub fn size(&self) -> usize {
        self.weights.len()
    }

    /// The likeliest labels of a sentence (Viterbi).
    pub fn label(&self, sentence: &[Word]) -> Vec<usize> {
        let mut words = Words::default();
        let numbers: Vec<u32> = sentence.iter().map(|word| words.number(word, |text| self.features.find(text))).collect();
        let shape = Shape { labels: self.labels, features: &words.features, of_features: self.features.len() };
        let parts = shape.parts(&self.weights);
        let emissions = shape.emissions(&parts, &numbers);
        let pairs = &self.weights[self.weights.len() - self.labels * self.labels..];
        viterbi(&emissions, pairs, &self.follows, &self.begins)
    }
}

/// The best sequence of labels; of equals the one with the smallest label last.
fn viterbi(emissions: &[f64], pairs: &[f64], follows: &[Vec<bool>], begins: &[bool]) -> Vec<usize> {
    let labels = begins.len();
    let mut scores: Vec<f64> = Vec::new();
    let mut back: Vec<Vec<usize>> = Vec::new();
    for here in emissions.chunks(labels) {
        if scores.is_empty() {
            scores = (0..labels).map(|y| if begins[y] { here[y] } else { f64::NEG_INFINITY }).collect();
            back.push(vec![0; labels]);
            continue;
        }
        let mut from = vec![0; labels];
        let next = (0..labels)
            .map(|y| {
                let ways = (0..labels).filter(|&x| follows[x][y]).map(|x| (scores[x] + pairs[x * labels + y], x));
                let (score, x) = ways.fold((f64::NEG_INFINITY, 0), |best, way| if way.0 > best.0 { way } else { best });
                from[y] = x;
                score + here[y]
            })
            .collect();
        scores = next;
        back.push(from);
    }
    let mut label = (0..labels).fold(0, |best, y| if !scores.is_empty() && scores[y] > scores[best] { y } else { best });
    let mut path = vec![0; back.len()];
    for at in (0..back.len()).rev() {
        path[at] = label;
        label = back[at][label];
    }
    path
}

/// Iterations between two judgements, and judgements without gain after which training ends.
const JUDGED_EVERY: usize = 5;
pub const PATIENCE: usize = 8;

/// Which weight is whose.
struct Shape<'a> {
    labels: usize,
    /// Of each distinct word.
    features: &'a [Vec<u32>],
    /// Number of features there are.
    of_features: usize,
}

impl Shape<'_> {
    /// Scores of (place in the window, distinct word, label).
    fn parts(&self, weights: &[f64]) -> Vec<f64> {
        let labels = self.labels;
        let mut parts = vec![0.0; WINDOW * self.features.len() * labels];
        for place in 0..WINDOW {
            let weights = &weights[place * self.of_features * labels..];
            for (word, own) in self.features.iter().enumerate() {
                let sums = &mut parts[(place * self.features.len() + word) * labels..][..labels];
                for &feature in own {
                    let of_feature = &weights[feature as usize * labels..][..labels];
                    sums.iter_mut().zip(of_feature).for_each(|(sum, weight)| *sum += weight);
                }
            }
        }
        parts
    }

    /// For each token, its parts: (place in the window, distinct word) as an index.
    fn window<'b>(&'b self, words: &'b [u32], at: usize) -> impl Iterator<Item = usize> + 'b {
        (0..WINDOW).filter_map(move |place| {
            let word = *words.get((at + place).checked_sub(REACH)?)?;
            Some(place * self.features.len() + word as usize)
        })
    }

    /// Scores of (token, label).
    fn emissions(&self, parts: &[f64], words: &[u32]) -> Vec<f64> {
        let labels = self.labels;
        let mut emissions = vec![0.0; words.len() * labels];
        for (at, own) in emissions.chunks_mut(labels).enumerate() {
            for part in self.window(words, at) {
                own.iter_mut().zip(&parts[part * labels..][..labels]).for_each(|(own, part)| *own += part);
            }
        }
        emissions
    }

    /// Negative log likelihood with the prior, and its gradient.
    fn objective(
        &self,
        weights: &[f64],
        gradient: &mut [f64],
        sentences: &[Labelled],
        follows: &[Vec<bool>],
        begins: &[bool],
        variance: f64,
    ) -> f64 {
        let labels = self.labels;
        let parts = self.parts(weights);
        let mut of_parts = vec![0.0; parts.len()];
        let (pairs_at, mut value) = (weights.len() - labels * labels, 0.0);
        let pairs = &weights[pairs_at..];
        let mut of_pairs = vec![0.0; labels * labels];
        let powers: Vec<f64> =
            (0..labels * labels).map(|at| if follows[at / labels][at % labels] { libm::exp(pairs[at]) } else { 0.0 }).collect();
        let mut chain = Chain::default();
        for sentence in sentences {
            let emissions = self.emissions(&parts, &sentence.words);
            value += chain.run(&emissions, &powers, begins, labels);
            for (at, &label) in sentence.labels.iter().enumerate() {
                value -= emissions[at * labels + label];
                if at > 0 {
                    let pair = sentence.labels[at - 1] * labels + label;
                    value -= pairs[pair];
                    of_pairs[pair] -= 1.0;
                }
            }
            for (sum, own) in of_pairs.iter_mut().zip(&chain.pairs) {
                *sum += own;
            }
            for at in 0..sentence.words.len() {
                let own = &mut chain.shares[at * labels..][..labels];
                own[sentence.labels[at]] -= 1.0;
                for part in self.window(&sentence.words, at) {
                    of_parts[part * labels..][..labels].iter_mut().zip(&*own).for_each(|(sum, own)| *sum += own);
                }
            }
        }
        gradient.fill(0.0);
        for place in 0..WINDOW {
            let gradient = &mut gradient[place * self.of_features * labels..];
            for (word, own) in self.features.iter().enumerate() {
                let sums = &of_parts[(place * self.features.len() + word) * labels..][..labels];
                for &feature in own {
                    let of_feature = &mut gradient[feature as usize * labels..][..labels];
                    of_feature.iter_mut().zip(sums).for_each(|(gradient, sum)| *gradient += sum);
                }
            }
        }
        gradient[pairs_at..].copy_from_slice(&of_pairs);
        for (gradient, weight) in gradient.iter_mut().zip(weights) {
            value += weight * weight / (2.0 * variance);
            *gradient += weight / variance;
        }
        value
    }
}

/// Forward and backward over one sentence, with the buffers that the next one uses again.
#[derive(Default)]
struct Chain {
    powers: Vec<f64>,
    forward: Vec<f64>,
    backward: Vec<f64>,
    scales: Vec<f64>,
    /// Probability of (token, label), and the expected number of each pair of labels.
    shares: Vec<f64>,
    pairs: Vec<f64>,
}

impl Chain {
    /// The logarithm of the sum over all sequences; `powers` are the exponentials of the pairs' weights, 0 for a pair that may not be.
    fn run(&mut self, emissions: &[f64], powers: &[f64], begins: &[bool], labels: usize) -> f64 {
        let length = emissions.len() / labels;
        let mut sum = 0.0;
        self.powers.clear();
        for own in emissions.chunks(labels) {
            let most = own.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            sum += most;
            self.powers.extend(own.iter().map(|score| libm::exp(score - most)));
        }
        for buffer in [&mut self.forward, &mut self.backward, &mut self.shares] {
            buffer.clear();
            buffer.resize(emissions.len(), 0.0);
        }
        self.scales.clear();
        self.pairs.clear();
        self.pairs.resize(labels * labels, 0.0);
        for at in 0..length {
            let (before, here) = self.forward.split_at_mut(at * labels);
            let before = &before[before.len().saturating_sub(labels)..];
            for y in 0..labels {
                let ways = match at {
                    0 => f64::from(u8::from(begins[y])),
                    _ => (0..labels).map(|x| before[x] * powers[x * labels + y]).sum(),
                };
                here[y] = ways * self.powers[at * labels + y];
            }
            let scale: f64 = here[..labels].iter().sum();
            here[..labels].iter_mut().for_each(|way| *way /= scale);
            self.scales.push(scale);
            sum += libm::log(scale);
        }
        for at in (0..length).rev() {
            if at + 1 == length {
                self.backward[at * labels..].fill(1.0);
            } else {
                let (here, behind) = self.backward.split_at_mut((at + 1) * labels);
                let here = &mut here[at * labels..];
                for x in 0..labels {
                    let mut ways = 0.0;
                    for y in 0..labels {
                        let way = powers[x * labels + y] * self.powers[(at + 1) * labels + y] * behind[y] / self.scales[at + 1];
                        ways += way;
                        self.pairs[x * labels + y] += self.forward[at * labels + x] * way;
                    }
                    here[x] = ways;
                }
            }
            for y in 0..labels {
                self.shares[at * labels + y] = self.forward[at * labels + y] * self.backward[at * labels + y];
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::tokenize;

    const LABELS: usize = 3;

    /// Outside, begin, inside: inside follows no outside.
    fn rules() -> (Vec<Vec<bool>>, Vec<bool>) {
        (vec![vec![true, true, false], vec![true, true, true], vec![true, true, true]], vec![true, true, false])
    }

    /// Every sequence that the rules allow, with its score.
    fn all(emissions: &[f64], pairs: &[f64]) -> Vec<(Vec<usize>, f64)> {
        let (follows, begins) = rules();
        let length = emissions.len() / LABELS;
        let sequences = (0..LABELS.pow(length as u32)).map(|mut n| {
            let digit = |_| {
                let digit = n % LABELS;
                n /= LABELS;
                digit
            };
            (0..length).map(digit).collect::<Vec<usize>>()
        });
        let allowed = sequences.filter(|of| begins[of[0]] && of.windows(2).all(|pair| follows[pair[0]][pair[1]]));
        let score = |of: &Vec<usize>| {
            let own: f64 = of.iter().enumerate().map(|(at, y)| emissions[at * LABELS + y]).sum();
            own + of.windows(2).map(|pair| pairs[pair[0] * LABELS + pair[1]]).sum::<f64>()
        };
        allowed.map(|of| (of.clone(), score(&of))).collect()
    }

    fn numbers(count: usize, seed: usize) -> Vec<f64> {
        (0..count).map(|at| ((at * 37 + seed * 11) % 23) as f64 / 7.0 - 1.5).collect()
    }

    #[test]
    fn sums_shares_and_the_best_sequence_are_those_of_all_sequences() {
        for (length, seed) in [(1, 1), (2, 2), (5, 3), (6, 4)] {
            let (emissions, pairs) = (numbers(length * LABELS, seed), numbers(LABELS * LABELS, seed + 5));
            let (follows, begins) = rules();
            let powers: Vec<f64> = (0..9).map(|at| if follows[at / 3][at % 3] { pairs[at].exp() } else { 0.0 }).collect();
            let mut chain = Chain::default();
            let sum = chain.run(&emissions, &powers, &begins, LABELS);
            let all = all(&emissions, &pairs);
            let expected = all.iter().map(|(_, score)| score.exp()).sum::<f64>().ln();
            assert!((sum - expected).abs() < 1e-9, "{sum} {expected}");
            for at in 0..length {
                for y in 0..LABELS {
                    let own = all.iter().filter(|(of, _)| of[at] == y).map(|(_, score)| (score - expected).exp()).sum::<f64>();
                    assert!((chain.shares[at * LABELS + y] - own).abs() < 1e-9);
                }
            }
            let pair = all.iter().map(|(of, score)| of.windows(2).filter(|p| *p == [0, 1]).count() as f64 * (score - expected).exp());
            assert!((chain.pairs[1] - pair.sum::<f64>()).abs() < 1e-9);
            let best = all.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
            assert_eq!(viterbi(&emissions, &pairs, &follows, &begins), best.0);
        }
    }

    fn sentence(text: &str) -> Vec<Word> {
        super::super::words::words(&tokenize(text))
    }

    #[test]
    fn the_gradient_is_that_of_the_objective() {
        let mut numbers_of = Numbers::default();
        let mut words = Words::default();
        let labelled: Vec<Labelled> = [("a sore knee aches", vec![0, 1, 2, 0]), ("knee ok", vec![1, 0])]
            .into_iter()
            .map(|(text, labels)| Labelled {
                words: sentence(text).iter().map(|word| words.number(word, |text| Some(numbers_of.number(text)))).collect(),
                labels,
            })
            .collect();
        let shape = Shape { labels: LABELS, features: &words.features, of_features: numbers_of.len() };
        let weights = numbers(WINDOW * numbers_of.len() * LABELS + 9, 3).into_iter().map(|x| x / 10.0).collect::<Vec<f64>>();
        let (follows, begins) = rules();
        let mut gradient = vec![0.0; weights.len()];
        let value = |weights: &[f64], gradient: &mut [f64]| shape.objective(weights, gradient, &labelled, &follows, &begins, 2.0);
        value(&weights, &mut gradient);
        for at in (0..weights.len()).step_by(17).chain(weights.len() - 9..weights.len()) {
            let mut moved = weights.clone();
            let mut unused = gradient.clone();
            moved[at] += 1e-5;
            let above = value(&moved, &mut unused);
            moved[at] -= 2e-5;
            let slope = (above - value(&moved, &mut unused)) / 2e-5;
            assert!((slope - gradient[at]).abs() < 1e-5, "{at}: {slope} {}", gradient[at]);
        }
    }

    #[test]
    fn what_it_was_taught_it_says_of_new_words() {
        let taught: Vec<(Vec<Word>, Vec<usize>)> = [
            ("the redness itch came", vec![0, 1, 2, 0]),
            ("a soreness itch went", vec![0, 1, 2, 0]),
            ("the house came", vec![0, 0, 0]),
            ("soreness came", vec![1, 0]),
        ]
        .into_iter()
        .map(|(text, labels)| (sentence(text), labels))
        .collect();
        let (follows, begins) = rules();
        let train = || {
            let mut judgements = 0.0;
            let options = CrfOptions { variance: 10.0, iterations: 60 };
            Crf::train(&taught, follows.clone(), begins.clone(), options, |_| {
                judgements += 1.0;
                judgements
            })
        };
        let (model, iteration) = train();
        assert!(iteration > 0);
        assert_eq!(model.label(&sentence("a dryness itch went")), [0, 1, 2, 0]);
        assert_eq!(model.label(&sentence("the house went")), [0, 0, 0]);
        assert!(model.label(&[]).is_empty());
        assert_eq!(train().0.weights, model.weights);
    }
}
