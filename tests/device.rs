//! Every device computes what the CPU does: forward, gradients and a training epoch of every kind of network. Stamped for each device; the
//! GPU's tests are there with the feature `cuda`, and skipped where there is no GPU.
//!
//! Tolerances: sums are made in another order and with other elementary functions, so values agree to 1e-4 (1 + |value|) after one pass and
//! losses to 1e-3 of themselves after an epoch, whose steps carry differences on.

use mermen::corpus::PerTask;
use mermen::nn::Backend;
use mermen::nn::buffers::Buffers;
use mermen::nn::ops::features::Words;
use mermen::nn::ops::heads::Gold;
use mermen::nn::{Architecture, Batch, Context, Packing, Tagger};
use mermen::registry::{embedding_source, load_corpus};
use mermen::run::spec::{
    CharCnnSpec, CrfFeedback, DataSpec, DropoutSpec, EmbeddingSpec, Encoder, FeedbackSpec, FeedbackValue, Framework, HeadDirections,
    HeadLayers, Hidden, IdcnnSpec, Init, ModelSpec, Rounds, RunSpec, TrainSpec,
};
use mermen::train::{Inputs, Optimizer, Outcome, Progress, Silent, TrainedRun, UpdateRule, train_run};
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Stamps the tests for one device; `$run` gives its `Option<Context<_>>`.
macro_rules! on_device {
    ($device:ident, $run:expr) => {
        mod $device {
            use super::*;

            #[test]
            fn forward_and_gradients_agree_with_the_cpu_s() {
                let Some(run) = $run else { return };
                for (name, architecture) in variants() {
                    agree(name, &pass(&run, &architecture), &pass(&Context::cpu(1), &architecture), 1e-4);
                }
            }

            #[test]
            fn steps_of_every_optimizer_agree_with_the_cpu_s() {
                let Some(run) = $run else { return };
                for rule in [UpdateRule::Sgd { momentum: 0.9 }, UpdateRule::Adam] {
                    agree(&format!("{rule:?}"), &steps(&run, rule), &steps(&Context::cpu(1), rule), 1e-3);
                }
            }

            #[test]
            fn an_epoch_of_training_agrees_with_the_cpu_s() {
                let Some(run) = $run else { return };
                for spec in specs() {
                    same_losses(&epoch(&run, &spec), &epoch(&Context::cpu(1), &spec));
                }
            }

            #[test]
            fn a_run_that_the_cpu_began_is_taken_up() {
                let Some(run) = $run else { return };
                let (spec, folder) = (&specs()[0], tempfile::tempdir().unwrap());
                let stop = AtomicBool::new(false);
                let mut stopping = StopAfter { steps: 1, stop: &stop };
                let begun = train_run(&Context::cpu(1), spec, inputs(), folder.path(), &mut stopping, &stop).unwrap();
                assert_eq!(begun, Outcome::Interrupted);
                let ended = train_run(&run, spec, inputs(), folder.path(), &mut Silent, &AtomicBool::new(false)).unwrap();
                let (Outcome::Done(ended, _), whole) = (ended, epoch(&Context::cpu(1), spec)) else { panic!("not done") };
                same_losses(&ended, &whole);
            }

            #[test]
            fn two_runs_of_one_seed_are_the_same_bytes() {
                let Some(run) = $run else { return };
                let spec = &specs()[0];
                assert_eq!(epoch(&run, spec), epoch(&run, spec));
            }
        }
    };
}

on_device!(cpu, Some(Context::cpu(2)));

#[cfg(feature = "cuda")]
on_device!(cuda, gpu());

#[cfg(feature = "cuda")]
fn gpu() -> Option<Context<dfdx::prelude::Cuda>> {
    match Context::cuda(0) {
        Ok(run) => Some(run),
        Err(why) => {
            eprintln!("skipped: {why}");
            None
        }
    }
}

/// The networks that have operations of their own.
fn variants() -> Vec<(&'static str, Architecture)> {
    let base = Architecture {
        words: 9,
        word_dimension: 5,
        characters: 6,
        tags: PerTask { mer: Some(3), men: Some(40) },
        train_words: true,
        model: ModelSpec {
            layers: 2,
            hidden: Hidden::Units(7),
            char_cnn: Some(CharCnnSpec { dim: 4, filters: 5, window: 3 }),
            init: Init::Pytorch,
            ..ModelSpec::default()
        },
        dropout: DropoutSpec { rate: 0.25, characters: true, input: true, output: true, between_layers: true },
    };
    let with = |change: &dyn Fn(&mut ModelSpec)| {
        let mut architecture = base.clone();
        change(&mut architecture.model);
        architecture
    };
    let of_logs = FeedbackSpec { value: FeedbackValue::LogProbability, rounds: Rounds::Count(3) };
    let idcnn = IdcnnSpec { filters: 6, window: 3, dilations: vec![1, 2], iterations: 2 };
    vec![
        ("feedback both ways", base.clone()),
        ("one task", Architecture { tags: PerTask { mer: None, men: Some(40) }, ..base.clone() }),
        ("log-probabilities, three rounds", with(&|m| m.feedback = of_logs.clone())),
        ("no CNN", with(&|m| m.char_cnn = None)),
        ("hidden layer", with(&|m| m.head.layers = HeadLayers::Hidden)),
        ("directions summed", with(&|m| m.head.directions = HeadDirections::Sum)),
        ("CRF", with(&|m| m.crf = true)),
        ("CRF with marginals", with(&|m| (m.crf, m.crf_feedback) = (true, CrfFeedback::Marginals))),
        ("dilated convolutions", with(&|m| (m.encoder, m.idcnn) = (Encoder::Idcnn, idcnn.clone()))),
    ]
}

fn numbers(len: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * 7919 + 13) % 101) as f32 / 64.0 - 0.75).collect()
}

/// Five sentences, of words that come more than once.
fn batch() -> Batch {
    let packing = Packing::new(&[6, 4, 4, 2, 1]);
    let mut words = Words::default();
    for n in 0..packing.tokens() as u32 {
        words.words.push(n * 5 % 9);
        let spelling: Vec<u32> = (0..n % 5).map(|k| (n + k * k) % 6).collect();
        words.spelling.push(words.spellings.push(&spelling));
    }
    Batch { packing: Rc::new(packing), words: Rc::new(words) }
}

fn gold(architecture: &Architecture, batch: &Batch) -> PerTask<Option<Gold>> {
    architecture.tags.map(|tags| {
        let tags = tags?;
        let tags = batch.words.words.iter().map(|w| (*w as usize * 5 % tags) as u32).collect();
        Some(Gold { tags: Rc::new(tags), weight: 0.7 })
    })
}

fn tagger<D: Backend>(run: &Context<D>, architecture: &Architecture) -> Tagger<D> {
    let vectors = numbers(architecture.words * architecture.word_dimension);
    Tagger::new(run, architecture.clone(), vectors, &mut Xoshiro256PlusPlus::seed_from_u64(11)).unwrap()
}

/// Named values, and tags, which are compared as they are.
type Values = (Vec<(String, Vec<f32>)>, Vec<Vec<u32>>);

/// Losses, outputs, all gradients, and what is predicted.
fn pass<D: Backend>(run: &Context<D>, architecture: &Architecture) -> Values {
    let (network, batch) = (tagger(run, architecture), batch());
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let mut step = network.step(network.parameters().gradients(), &batch, gold(architecture, &batch), None, true, &mut rng).unwrap();
    let mut values = vec![("losses".to_owned(), step.losses.values().flatten().map(|l| *l as f32).collect())];
    values.extend(step.outputs.values().flatten().map(|output| ("outputs".to_owned(), output.clone())));
    for p in network.parameters().iter() {
        values.push((p.name.clone(), <D as Buffers>::download(run, p.gradient(&mut step.gradients).unwrap()).unwrap()));
    }
    let predicted = network.predict(&batch, None, true).unwrap();
    let tags = predicted.values().flatten().map(|p| p.tags.clone()).collect();
    for p in predicted.into_iter().filter_map(|(_, predicted)| predicted) {
        values.push(("log-probabilities".to_owned(), p.log_probabilities.unwrap()));
    }
    (values, tags)
}

/// The parameters after some steps, clipped, of which each leaves rows of the word table untouched.
fn steps<D: Backend>(run: &Context<D>, rule: UpdateRule) -> Values {
    let architecture = &variants()[0].1;
    let (mut network, batch, rate) = (tagger(run, architecture), batch(), 0.02);
    let mut optimizer = Optimizer::new(network.parameters(), rule, Some(1.0)).unwrap();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let mut gradients = network.parameters().gradients();
    for n in 0..4 {
        let mut words = (*batch.words).clone();
        words.words.iter_mut().for_each(|w| *w = (*w + n) % 5);
        let mut rows = words.words.clone();
        rows.sort_unstable();
        rows.dedup();
        let batch = Batch { words: Rc::new(words), ..batch.clone() };
        optimizer.prepare(network.parameters_mut(), &rows, rate).unwrap();
        let step = network.step(gradients, &batch, gold(architecture, &batch), None, false, &mut rng).unwrap();
        gradients = step.gradients;
        optimizer.step(network.parameters_mut(), &mut gradients, &rows, rate, |_| true).unwrap();
        gradients.drop_non_leafs();
    }
    optimizer.flush(network.parameters_mut(), rate).unwrap();
    let values = network.parameters().iter().map(|p| (p.name.clone(), <D as Buffers>::download(run, p.value()).unwrap()));
    (values.collect(), Vec::new())
}

#[track_caller]
fn agree(what: &str, (own, own_tags): &Values, (cpu, cpu_tags): &Values, tolerance: f32) {
    assert_eq!(own.len(), cpu.len(), "{what}");
    for ((name, own), (_, cpu)) in own.iter().zip(cpu) {
        assert_eq!(own.len(), cpu.len(), "{what}: {name}");
        for (i, (own, cpu)) in own.iter().zip(cpu).enumerate() {
            assert!((own - cpu).abs() <= tolerance * (1.0 + cpu.abs()), "{what}: {name}[{i}] is {own}, not {cpu}");
        }
    }
    assert_eq!(own_tags, cpu_tags, "{what}");
}

/// One epoch over a few documents of the shipped corpus: Bi-LSTMs, with a CRF, and dilated convolutions.
fn specs() -> Vec<RunSpec> {
    let base = RunSpec {
        data: DataSpec { corpus: "mini".into(), limit: Some(6), ..DataSpec::default() },
        embedding: EmbeddingSpec { name: "mini-20".into(), ..EmbeddingSpec::default() },
        model: ModelSpec {
            framework: Framework::MtlBothFeedback,
            layers: 2,
            hidden: Hidden::Units(6),
            char_cnn: Some(CharCnnSpec { dim: 4, filters: 5, window: 3 }),
            ..ModelSpec::default()
        },
        train: TrainSpec { epochs: 1, batch: 8, learning_rate: 0.02, ..TrainSpec::default() },
        seed: 1,
        ..RunSpec::default()
    };
    let with_crf = RunSpec { model: ModelSpec { crf: true, ..base.model.clone() }, ..base.clone() };
    let dilated = RunSpec { model: ModelSpec { encoder: Encoder::Idcnn, ..base.model.clone() }, ..base.clone() };
    vec![base, with_crf, dilated]
}

#[track_caller]
fn same_losses(own: &TrainedRun, cpu: &TrainedRun) {
    for (own, cpu) in own.networks[0].epochs.iter().zip(&cpu.networks[0].epochs) {
        for (own, cpu) in [(own.loss.mer, cpu.loss.mer), (own.loss.men, cpu.loss.men)] {
            let (own, cpu) = (own.unwrap(), cpu.unwrap());
            assert!((own / cpu - 1.0).abs() < 1e-3, "loss {own}, not {cpu}");
        }
    }
}

/// Tells a run to stop after so many steps.
struct StopAfter<'a> {
    steps: usize,
    stop: &'a AtomicBool,
}

impl Progress for StopAfter<'_> {
    fn epoch(&mut self, _: &str, _: usize, _: usize, _: usize, _: usize, _: &str) {
        self.stop.store(self.steps == 0, Ordering::Relaxed);
        self.steps = self.steps.saturating_sub(1);
    }

    fn say(&mut self, _: &str) {}
}

fn inputs() -> Inputs {
    // Cargo sets it at run time too; scripts/gpu-check sets it where the tests run without Cargo.
    let root = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let data = Path::new(&root).join("data");
    let corpus = load_corpus("mini", &data).unwrap();
    Inputs { corpus, embedding: embedding_source("mini-20", &data).unwrap(), embedding_sha256: String::new() }
}

fn epoch<D: Backend>(run: &Context<D>, spec: &RunSpec) -> TrainedRun {
    let folder = tempfile::tempdir().unwrap();
    match train_run(run, spec, inputs(), folder.path(), &mut Silent, &AtomicBool::new(false)).unwrap() {
        Outcome::Done(trained, _) => *trained,
        Outcome::Interrupted => unreachable!("nobody stops it"),
    }
}
