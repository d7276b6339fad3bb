//! The whole network: its gradient against finite differences for every variant, what a sentence may feel of its batch, and extremes.

mod paths;

use super::ops::closeness::{close, numbers};
use super::ops::features::Words;
use super::ops::heads::{FeedbackFrom, Gold};
use super::tagger::Step;
use super::{Architecture, Batch, Context, Packing, Tagger};
use crate::corpus::{PerTask, Task};
use crate::run::spec::{
    CharCnnSpec, CrfFeedback, DropoutSpec, Encoder, FeedbackSpec, FeedbackValue, Framework, HeadDirections, HeadLayers, Hidden, IdcnnSpec,
    Init, ModelSpec, Rounds,
};
use dfdx::prelude::Cpu;
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::rc::Rc;

const DROPOUT: DropoutSpec = DropoutSpec { rate: 0.25, characters: true, input: true, output: true, between_layers: true };
const NO_DROPOUT: DropoutSpec = DropoutSpec { rate: 0.0, ..DROPOUT };
const CHAR_CNN: CharCnnSpec = CharCnnSpec { dim: 4, filters: 5, window: 3 };

/// Two layers, feedback both ways, dropout everywhere.
fn small() -> Architecture {
    Architecture {
        words: 7,
        word_dimension: 5,
        characters: 6,
        tags: PerTask { mer: Some(3), men: Some(6) },
        train_words: true,
        model: ModelSpec { layers: 2, hidden: Hidden::Units(4), char_cnn: Some(CHAR_CNN), init: Init::Pytorch, ..ModelSpec::default() },
        dropout: DROPOUT,
    }
}

impl Architecture {
    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }

    fn with_model(&self, change: impl FnOnce(&mut ModelSpec)) -> Self {
        self.with(|a| change(&mut a.model))
    }

    fn dilated(&self, dilations: &[usize]) -> Self {
        self.with_model(|m| {
            m.encoder = Encoder::Idcnn;
            m.idcnn = IdcnnSpec { filters: 6, window: 3, dilations: dilations.to_vec(), iterations: 2 };
        })
    }
}

/// The networks of the paper's tables, then what else the ledger allows.
fn variants() -> Vec<(String, Architecture)> {
    let frameworks = [
        ("MER alone", PerTask { mer: Some(3), men: None }, Framework::Pipeline),
        ("MEN alone", PerTask { mer: None, men: Some(6) }, Framework::Pipeline),
        ("MTL", PerTask { mer: Some(3), men: Some(6) }, Framework::Mtl),
        ("feedback into MER", PerTask { mer: Some(3), men: Some(6) }, Framework::MtlMenFeedback),
        ("feedback into MEN", PerTask { mer: Some(3), men: Some(6) }, Framework::MtlMerFeedback),
        ("feedback both ways", PerTask { mer: Some(3), men: Some(6) }, Framework::MtlBothFeedback),
    ];
    let mut all = Vec::new();
    for (name, tags, framework) in frameworks {
        for crf in [false, true] {
            for char_cnn in [None, Some(CHAR_CNN)] {
                let name = format!("{name}, CRF {crf}, CNN {}", char_cnn.is_some());
                let bilstm = Architecture { tags, ..small() }.with_model(|m| (m.framework, m.crf, m.char_cnn) = (framework, crf, char_cnn));
                all.push((format!("{name}, dilated convolutions"), bilstm.dilated(&[1, 2])));
                all.push((name, bilstm));
            }
        }
    }
    let mut more = |name: &str, architecture: Architecture| all.push((name.to_owned(), architecture));
    for crf in [false, true] {
        let base = small().with_model(|m| m.crf = crf);
        more("hidden layer", base.with_model(|m| m.head.layers = HeadLayers::Hidden));
        more("directions summed", base.with_model(|m| m.head.directions = HeadDirections::Sum));
        more("log-probabilities", base.with_model(|m| m.feedback.value = FeedbackValue::LogProbability));
        more("three rounds", base.with_model(|m| m.feedback.rounds = Rounds::Count(3)));
        more("one layer", base.with_model(|m| (m.layers, m.hidden) = (1, Hidden::Units(3))));
    }
    let marginals = small().with_model(|m| (m.crf, m.crf_feedback) = (true, CrfFeedback::Marginals));
    more("marginals", marginals.clone());
    let of_logs = FeedbackSpec { value: FeedbackValue::LogProbability, rounds: Rounds::Count(3) };
    more("logarithms of marginals", marginals.with_model(|m| m.feedback = of_logs));
    all
}

fn tagger(run: &Context<Cpu>, architecture: &Architecture) -> Tagger<Cpu> {
    let vectors = numbers(3, architecture.words * architecture.word_dimension);
    Tagger::new(run, architecture.clone(), vectors, &mut Xoshiro256PlusPlus::seed_from_u64(11)).unwrap()
}

/// Sentences as pairs of a word's row and its characters.
type Sentence = Vec<(u32, Vec<u32>)>;

/// Sentences of these lengths, with words of 0 to 5 characters.
fn sentences(lengths: &[usize], seed: u64) -> Vec<Sentence> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut below = |n: u64| (rng.next_u64() % n) as u32;
    let word = |below: &mut dyn FnMut(u64) -> u32| {
        let length = below(6);
        (below(7), (0..length).map(|_| below(6)).collect())
    };
    lengths.iter().map(|n| (0..*n).map(|_| word(&mut below)).collect()).collect()
}

fn batch(sentences: &[Sentence]) -> Batch {
    let packing = Packing::new(&sentences.iter().map(Vec::len).collect::<Vec<_>>());
    let mut words = Words::default();
    for t in 0..packing.steps() {
        for (row, characters) in sentences[..packing.active(t)].iter().map(|s| &s[t]) {
            words.words.push(*row);
            words.spelling.push(words.spellings.push(characters));
        }
    }
    Batch { packing: Rc::new(packing), words: Rc::new(words) }
}

/// Tags that a token's word decides, so that sentences take theirs with them.
fn gold(architecture: &Architecture, batch: &Batch) -> PerTask<Option<Gold>> {
    let weights = PerTask { mer: 0.7, men: 1.5 };
    PerTask::of(|task| {
        let tags = architecture.tags[task]?;
        let tags = batch.words.words.iter().map(|w| (*w as usize * 5 % tags) as u32).collect();
        Some(Gold { tags: Rc::new(tags), weight: weights[task] })
    })
}

/// A step whose dropout is drawn from one seed.
fn step(tagger: &Tagger<Cpu>, batch: &Batch, given: Option<FeedbackFrom>, want_outputs: bool) -> Step<Cpu> {
    let gold = gold(tagger.architecture(), batch);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    tagger.step(tagger.parameters().gradients(), batch, gold, given, want_outputs, &mut rng).unwrap()
}

fn total(tagger: &Tagger<Cpu>, batch: &Batch, given: Option<FeedbackFrom>) -> f64 {
    let losses = step(tagger, batch, given, false).losses;
    losses.into_iter().zip(gold(tagger.architecture(), batch)).filter_map(|((_, l), (_, g))| Some(l? * f64::from(g?.weight))).sum()
}

fn gradients(tagger: &Tagger<Cpu>, step: &mut Step<Cpu>) -> Vec<(String, Vec<f32>)> {
    let of = |p: &super::parameter::Parameter<Cpu>, step: &mut Step<Cpu>| p.gradient(&mut step.gradients).unwrap().to_vec();
    tagger.parameters().iter().map(|p| (p.name.clone(), of(p, step))).collect()
}

/// What the last round reads: the outputs of the round before it, from the same network and the same dropout.
fn feedback_of(run: &Context<Cpu>, architecture: &Architecture, batch: &Batch) -> Option<FeedbackFrom> {
    let rounds = architecture.rounds().unwrap() - 1;
    let fewer = tagger(run, &architecture.with_model(|m| m.feedback.rounds = Rounds::Count(rounds)));
    let PerTask { mer, men } = step(&fewer, batch, None, true).outputs.map(Option::unwrap_or_default);
    architecture.has_feedback().then_some(FeedbackFrom::Given { mer, men })
}

/// Feedback takes no gradient, so it is held fixed while a parameter moves; that the step with rounds has the gradient of the step with
/// the same feedback given is checked first. Each parameter is moved along its gradient, at random, and at its steepest value.
#[test]
fn gradients_of_every_variant_agree_with_finite_differences() {
    let run = Context::cpu(1);
    for (name, architecture) in variants() {
        // A difference across a kink of a rectifier tells nothing, so of dilated convolutions the whole network stands for its parts.
        if architecture.model.encoder == Encoder::Idcnn
            && !(architecture.feedback_into().values().all(|fed| *fed) && architecture.model.char_cnn.is_some())
        {
            continue;
        }
        let batch = batch(&sentences(&[5, 4, 4, 1], 2));
        let given = feedback_of(&run, &architecture, &batch);
        let mut network = tagger(&run, &architecture);
        let own = gradients(&network, &mut step(&network, &batch, None, false));
        let fixed = gradients(&network, &mut step(&network, &batch, given.clone(), false));
        for ((parameter, own), (_, fixed)) in own.iter().zip(&fixed) {
            close(&format!("{name}: {parameter}"), own, fixed, 1e-4);
        }
        for (k, (parameter, gradient)) in fixed.iter().enumerate() {
            let norm = gradient.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
            let steepest = (0..gradient.len()).max_by(|a, b| gradient[*a].abs().total_cmp(&gradient[*b].abs())).unwrap();
            let along: Vec<f64> = gradient.iter().map(|g| f64::from(*g) / norm.max(1e-30)).collect();
            let random: Vec<f64> = numbers(k as u32, gradient.len()).iter().map(|n| f64::from(*n)).collect();
            let length = random.iter().map(|r| r * r).sum::<f64>().sqrt();
            let random: Vec<f64> = random.iter().map(|r| r / length).collect();
            let one: Vec<f64> = (0..gradient.len()).map(|i| if i == steepest { 1.0 } else { 0.0 }).collect();
            for (direction, which) in [(along, "along"), (random, "at random"), (one, "steepest")] {
                let want: f64 = gradient.iter().zip(&direction).map(|(g, d)| f64::from(*g) * d).sum();
                let start: Vec<f32> = network.parameters().iter().nth(k).unwrap().value().to_vec();
                let mut at = |delta: f64| {
                    let moved = start.iter().zip(&direction).map(|(v, d)| (f64::from(*v) + delta * d) as f32);
                    let value = network.parameters_mut().iter_mut().nth(k).unwrap().value_mut().unwrap();
                    value.iter_mut().zip(moved).for_each(|(v, m)| *v = m);
                    total(&network, &batch, given.clone())
                };
                let bound = 2e-2 * norm + 2e-3;
                let got = (at(5e-3) - at(-5e-3)) / 1e-2;
                at(0.0);
                assert!(
                    (got - want).abs() < bound,
                    "{name}: {parameter} {which}: {want} is the gradient's, {got} the loss's (norm {norm})"
                );
            }
        }
    }
}

/// Losses, gradients and predictions of a batch are those of its sentences, each by itself.
#[test]
fn a_sentence_does_not_feel_its_batch() {
    let run = Context::cpu(1);
    for (name, architecture) in variants() {
        let architecture = Architecture { dropout: NO_DROPOUT, ..architecture };
        let network = tagger(&run, &architecture);
        let all = sentences(&[6, 3, 3, 2, 1], 4);
        let whole = batch(&all);
        let mut together = step(&network, &whole, None, false);
        let predicted = network.predict(&whole, None, true).unwrap();
        let mut losses = PerTask { mer: 0.0, men: 0.0 };
        let mut sum: Vec<Vec<f32>> = network.parameters().iter().map(|p| vec![0.0; p.len()]).collect();
        for (r, sentence) in all.iter().enumerate() {
            let alone = batch(std::slice::from_ref(sentence));
            let mut own = step(&network, &alone, None, false);
            for (sum, (_, g)) in sum.iter_mut().zip(gradients(&network, &mut own)) {
                sum.iter_mut().zip(g).for_each(|(s, g)| *s += g);
            }
            for (task, alone) in network.predict(&alone, None, true).unwrap() {
                losses[task] += own.losses[task].unwrap_or_default();
                let (Some(alone), Some(together)) = (alone, &predicted[task]) else { continue };
                let width = architecture.tags[task].unwrap();
                let rows: Vec<usize> = whole.packing.rows(r).collect();
                assert_eq!(rows.iter().map(|n| together.tags[*n]).collect::<Vec<_>>(), alone.tags, "{name}");
                let log = together.log_probabilities.as_ref().unwrap();
                let log: Vec<f32> = rows.iter().flat_map(|n| &log[n * width..(n + 1) * width]).copied().collect();
                close(&name, &log, alone.log_probabilities.as_ref().unwrap(), 1e-5);
            }
        }
        for (task, loss) in losses {
            assert!((together.losses[task].unwrap_or_default() - loss).abs() < 1e-4, "{name}");
        }
        for (sum, (parameter, g)) in sum.iter().zip(gradients(&network, &mut together)) {
            close(&format!("{name}: {parameter}"), &g, sum, 5e-5);
        }
    }
}

/// Every output finite, every tag in its set, probabilities summing to one.
fn check_sane(name: &str, architecture: &Architecture, batch: &Batch) {
    let network = tagger(&Context::cpu(1), architecture);
    let mut own = step(&network, batch, None, true);
    for task in Task::ALL {
        let loss = own.losses[task].unwrap();
        assert!(loss.is_finite() && loss > -1e-6, "{name}: loss {loss}");
        assert!(own.outputs[task].as_ref().unwrap().iter().all(|v| v.is_finite()), "{name}");
    }
    for (parameter, g) in gradients(&network, &mut own) {
        assert!(g.iter().all(|g| g.is_finite()), "{name}: gradient of {parameter}");
    }
    for (task, predicted) in network.predict(batch, None, true).unwrap() {
        let (predicted, width) = (predicted.unwrap(), architecture.tags[task].unwrap());
        assert_eq!(predicted.tags.len(), batch.packing.tokens(), "{name}");
        assert!(predicted.tags.iter().all(|tag| (*tag as usize) < width), "{name}");
        let parts = if architecture.sums_directions() && !architecture.model.crf { 2 } else { 1 };
        for (row, tag) in predicted.log_probabilities.unwrap().chunks_exact(width).zip(predicted.tags) {
            let sum: f64 = row.iter().map(|v| f64::from(*v).exp()).sum();
            assert!(parts == 2 || (sum - 1.0).abs() < 1e-4, "{name}: probabilities sum to {sum}");
            let best = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            assert!(architecture.model.crf || row[tag as usize] == best, "{name}");
        }
    }
}

#[test]
fn sentences_and_tag_sets_of_any_size() {
    let both = Architecture { dropout: NO_DROPOUT, ..small() };
    for crf in [false, true] {
        let heads = [(HeadLayers::Linear, false), (HeadLayers::Hidden, false), (HeadLayers::Linear, true)];
        for (layers, sum) in heads {
            let directions = if sum { HeadDirections::Sum } else { HeadDirections::Concat };
            let base = both.with_model(|m| (m.crf, m.head.layers, m.head.directions) = (crf, layers, directions));
            check_sane("one token", &base, &batch(&sentences(&[1], 1)));
            check_sane("one-token sentences", &base, &batch(&sentences(&[1, 1, 1], 1)));
            check_sane("empty sentences among others", &base, &batch(&sentences(&[3, 1, 0, 0], 1)));
            check_sane("no token at all", &base, &batch(&sentences(&[0, 0], 1)));
            check_sane("words of 0 and of 200 characters", &base, &batch(&[vec![(1, vec![]), (2, vec![3; 200]), (0, vec![1; 200])]]));
            let dilated = base.dilated(&[1, 2, 4]);
            for lengths in [&[1, 1][..], &[2000, 1], &[3, 1, 0], &[0]] {
                check_sane("dilated convolutions", &dilated, &batch(&sentences(lengths, 1)));
            }
            check_sane("2,000 tokens", &base, &batch(&sentences(&[2000, 1], 1)));
            check_sane(
                "one tag",
                &Architecture { tags: PerTask { mer: Some(1), men: Some(1) }, ..base.clone() },
                &batch(&sentences(&[3, 1], 1)),
            );
            check_sane(
                "3,000 tags",
                &Architecture { tags: PerTask { mer: Some(3), men: Some(3000) }, ..base },
                &batch(&sentences(&[3, 1], 1)),
            );
        }
    }
    let marginals = both.with_model(|m| {
        (m.crf, m.crf_feedback, m.feedback.value) = (true, CrfFeedback::Marginals, FeedbackValue::LogProbability);
    });
    check_sane("marginals of 2,000 tokens", &marginals, &batch(&sentences(&[2000, 1], 1)));
    check_sane(
        "marginals of 3,000 tags",
        &Architecture { tags: PerTask { mer: Some(3), men: Some(3000) }, ..marginals },
        &batch(&sentences(&[3, 1], 1)),
    );
}

/// Where there is one tag nothing is to be learned and nothing to be said but that tag.
#[test]
fn of_one_tag_the_loss_is_zero() {
    for crf in [false, true] {
        let architecture = Architecture { tags: PerTask { mer: Some(1), men: Some(1) }, ..small() }.with_model(|m| m.crf = crf);
        let network = tagger(&Context::cpu(1), &architecture);
        let step = step(&network, &batch(&sentences(&[4, 2], 1)), None, false);
        step.losses.values().for_each(|loss| assert!(loss.unwrap().abs() < 1e-5, "{:?}", step.losses));
    }
}

/// Prediction makes the rounds that training made: without dropout it says what the step's outputs were.
#[test]
fn prediction_computes_what_training_did() {
    let run = Context::cpu(1);
    for (name, architecture) in variants() {
        let architecture = Architecture { dropout: NO_DROPOUT, ..architecture };
        let architecture = architecture.with_model(|m| m.feedback.value = FeedbackValue::LogProbability);
        if architecture.model.crf && architecture.model.crf_feedback != CrfFeedback::Marginals {
            continue; // its outputs are the emissions', its predictions the chain's
        }
        let network = tagger(&run, &architecture);
        let batch = batch(&sentences(&[5, 2, 1], 8));
        let outputs = step(&network, &batch, None, true).outputs;
        for ((_, predicted), (_, output)) in network.predict(&batch, None, true).unwrap().into_iter().zip(outputs) {
            let log = predicted.and_then(|p| p.log_probabilities).unwrap_or_default();
            close(&name, &log, &output.unwrap_or_default(), 1e-5);
        }
    }
}

#[test]
fn dropout_is_the_generator_s_and_there_is_none_in_prediction() {
    let run = Context::cpu(1);
    let batch = batch(&sentences(&[5, 2, 1], 8));
    let losses = |architecture: &Architecture, seed: u64| {
        let network = tagger(&run, architecture);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let gold = gold(architecture, &batch);
        let step = network.step(network.parameters().gradients(), &batch, gold, None, false, &mut rng).unwrap();
        (step.losses, rng == Xoshiro256PlusPlus::seed_from_u64(seed))
    };
    let (one, untouched) = losses(&small(), 1);
    assert!(!untouched);
    assert_eq!(losses(&small(), 1).0, one);
    assert_ne!(losses(&small(), 2).0, one);
    // Each place of dropout by itself changes the loss, and rate 0 draws nothing.
    let off = DropoutSpec { rate: 0.5, characters: false, input: false, output: false, between_layers: false };
    let (plain, untouched) = losses(&Architecture { dropout: NO_DROPOUT, ..small() }, 1);
    assert!(untouched);
    assert_eq!(losses(&Architecture { dropout: off.clone(), ..small() }, 1), (plain, true));
    for place in [
        DropoutSpec { characters: true, ..off.clone() },
        DropoutSpec { input: true, ..off.clone() },
        DropoutSpec { output: true, ..off.clone() },
        DropoutSpec { between_layers: true, ..off.clone() },
    ] {
        assert_ne!(losses(&Architecture { dropout: place.clone(), ..small() }, 1).0, plain, "{place:?}");
    }
    let predict = |dropout| tagger(&run, &Architecture { dropout, ..small() }).predict(&batch, None, true).unwrap();
    assert_eq!(predict(DROPOUT), predict(NO_DROPOUT));
}

/// A task's own parameters are its head's, its feedback's and its chain's; the rest is shared.
#[test]
fn a_task_owns_its_head_and_nothing_else() {
    let network = tagger(&Context::cpu(1), &small().with_model(|m| (m.crf, m.head.layers) = (true, HeadLayers::Hidden)));
    let mut counts = PerTask { mer: 0, men: 0 };
    for (i, p) in network.parameters().iter().enumerate() {
        let id = super::parameter::ParameterId(i);
        for task in Task::ALL {
            assert_eq!(network.is_of_task(id, task), p.name.starts_with(&format!("{}.", task.key())), "{}", p.name);
            counts[task] += usize::from(network.is_of_task(id, task));
        }
    }
    // f's two halves, U, a bias, the output layer's matrix and bias, and the chain's three.
    assert_eq!(counts, PerTask { mer: 9, men: 9 });
}

#[test]
fn a_step_of_one_task_leaves_the_other_s_gradients_at_zero() {
    let run = Context::cpu(1);
    for (name, architecture) in variants() {
        if architecture.tags.values().any(Option::is_none) {
            continue;
        }
        let network = tagger(&run, &architecture);
        let batch = batch(&sentences(&[4, 3, 1], 6));
        for resting in Task::ALL {
            let mut gold = gold(&architecture, &batch);
            gold[resting] = None;
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
            let mut own = network.step(network.parameters().gradients(), &batch, gold, None, false, &mut rng).unwrap();
            for (i, (parameter, g)) in gradients(&network, &mut own).into_iter().enumerate() {
                let rests = network.is_of_task(super::parameter::ParameterId(i), resting);
                assert!(g.iter().all(|g| *g == 0.0) == rests, "{name}: {parameter} in a step without {resting:?}");
            }
        }
    }
}
