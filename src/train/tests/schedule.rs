//! Which sentences a step takes.

use super::super::batches::{below, by_length, shuffled, with_replacement};
use super::super::dataset::Encoded;
use super::super::network::network_specs;
use super::super::schedule::{Planned, epoch, learning_rate};
use crate::corpus::{PerTask, Task};
use crate::run::spec::{EpochLength, Framework, LrDecay, Sampling, Schedule, TrainSpec};
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

fn generator(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

/// Sentences of 0 to 30 words; those without words take no part in training.
fn corpus(n: usize) -> Vec<Encoded> {
    (0..n)
        .map(|i| vec![0u32; i * 7 % 31])
        .map(|words| Encoded { tags: PerTask { mer: words.clone(), men: words.clone() }, words })
        .collect()
}

fn full(sentences: &[Encoded]) -> Vec<u32> {
    (0..sentences.len() as u32).filter(|i| !sentences[*i as usize].words.is_empty()).collect()
}

fn sorted(batches: &[Vec<u32>]) -> Vec<u32> {
    let mut all = batches.concat();
    all.sort_unstable();
    all
}

fn longest_first(sentences: &[Encoded], batch: &[u32]) -> bool {
    batch.is_sorted_by_key(|i| std::cmp::Reverse(sentences[*i as usize].words.len()))
}

#[test]
fn a_pass_takes_each_sentence_once_and_every_time_in_another_order() {
    let sentences = corpus(1000);
    let mut rng = generator(1);
    let passes = [(); 2].map(|()| shuffled(&mut rng, &sentences, 16));
    for pass in &passes {
        assert_eq!(sorted(pass), full(&sentences));
        assert!(pass.iter().all(|batch| batch.len() <= 16 && longest_first(&sentences, batch)));
        assert_eq!(pass.len(), full(&sentences).len().div_ceil(16));
    }
    assert_ne!(passes[0], passes[1]);
    let lengths = |batch: &Vec<u32>| batch.iter().map(|i| sentences[*i as usize].words.len()).collect::<Vec<_>>();
    let spread = |batch: &Vec<u32>| lengths(batch).first().unwrap() - lengths(batch).last().unwrap();
    assert!(passes[0].iter().map(spread).sum::<usize>() < 3 * passes[0].len(), "sentences of a batch are of near lengths");

    let drawn = with_replacement(&mut rng, &sentences, 16);
    assert_eq!(drawn.concat().len(), full(&sentences).len());
    assert!(sorted(&drawn).windows(2).any(|w| w[0] == w[1]) && drawn.concat().iter().all(|i| !sentences[*i as usize].words.is_empty()));

    let read = by_length(&sentences, 32);
    assert_eq!(sorted(&read), full(&sentences));
    assert!(longest_first(&sentences, &read.concat()));
}

fn plan(framework: Framework, spec: &TrainSpec, sentences: &[Encoded]) -> Vec<Planned> {
    epoch(&mut generator(7), spec, network_specs(framework)[0], sentences)
}

#[test]
fn a_synchronous_epoch_teaches_all_tasks_each_sentence_once() {
    let sentences = corpus(333);
    for batch in [1, 8, 1000] {
        let spec = TrainSpec { batch, ..TrainSpec::default() };
        let steps = plan(Framework::MtlBothFeedback, &spec, &sentences);
        assert!(steps.iter().all(|s| s.task.is_none()));
        assert_eq!(sorted(&steps.into_iter().map(|s| s.members).collect::<Vec<_>>()), full(&sentences));
    }
    // A network of one task has nothing to draw a task from.
    let spec = TrainSpec { schedule: Schedule::Asynchronous, ..TrainSpec::default() };
    assert!(plan(Framework::Pipeline, &spec, &sentences).iter().all(|s| s.task.is_none()));
}

#[test]
fn an_asynchronous_epoch_draws_tasks_and_each_task_passes_over_all_sentences() {
    let sentences = corpus(400);
    let n = full(&sentences).len();
    let spec = TrainSpec { schedule: Schedule::Asynchronous, batch: 1, ..TrainSpec::default() };
    let steps = plan(Framework::Mtl, &spec, &sentences);
    assert_eq!(steps.len(), 2 * n);
    for task in Task::ALL {
        let own: Vec<Vec<u32>> = steps.iter().filter(|s| s.task == Some(task)).map(|s| s.members.clone()).collect();
        // Tasks are drawn evenly: 4 standard deviations of 2N fair draws.
        let deviation = (own.len() as f64 - n as f64).abs();
        assert!(deviation < 4.0 * (n as f64 / 2.0).sqrt(), "{} of {} steps", own.len(), 2 * n);
        // Before its second pass begins, a task has seen every sentence.
        let first = &own[..own.len().min(n)];
        let mut seen = first.concat();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), first.len());
    }
    assert!(steps.windows(2).any(|w| w[0].task != w[1].task));
    let half = TrainSpec { epoch: EpochLength::Sentences, ..spec.clone() };
    assert_eq!(plan(Framework::Mtl, &half, &sentences).len(), n);
    let drawn = TrainSpec { sampling: Sampling::WithReplacement, ..spec };
    assert_eq!(plan(Framework::Mtl, &drawn, &sentences).len(), 2 * n);
}

/// Pearson's chi-square against its 99.9 % quantile for 6 degrees of freedom (`scipy.stats.chi2.ppf(0.999, 6)` is 22.46).
#[test]
fn below_is_even() {
    let mut rng = generator(3);
    let mut counts = [0u32; 7];
    (0..70_000).for_each(|_| counts[below(&mut rng, 7)] += 1);
    let chi_square: f64 = counts.iter().map(|n| (f64::from(*n) - 10_000.0).powi(2) / 10_000.0).sum();
    assert!(chi_square < 22.46, "{counts:?}");
    assert!((0..100).all(|_| below(&mut rng, 1) == 0));
    // Of 2^63 + 1 values half lie beyond 2^62, which taking a remainder of 64 bits would miss by far.
    let n = (1usize << 63) + 1;
    let high = (0..4000).filter(|_| below(&mut rng, n) > n / 2).count();
    assert!((1800..2200).contains(&high), "{high}");
}

#[test]
fn the_rate_falls_as_it_is_told() {
    let spec = TrainSpec { learning_rate: 0.01, lr_decay: LrDecay::Inverse, ..TrainSpec::default() };
    assert_eq!([0, 1, 20].map(|e| learning_rate(&spec, e)), [0.01, 0.01 / 1.05, 0.005]);
    assert_eq!(learning_rate(&TrainSpec { lr_decay: LrDecay::None, ..spec }, 20), 0.01);
}
