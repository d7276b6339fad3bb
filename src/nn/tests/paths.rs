//! Every path of this machine, one thread or two: the same bits.

use super::*;
use crate::nn::isa::Isa;
use proptest::prelude::*;

/// A step and a prediction as bits: losses, outputs, gradients; tags and log-probabilities.
fn computed(run: &Context<Cpu>, architecture: &Architecture, batch: &Batch) -> Vec<(String, Vec<u64>)> {
    let network = tagger(run, architecture);
    let mut own = step(&network, batch, None, true);
    let bits = |values: &[f32]| values.iter().map(|v| u64::from(v.to_bits())).collect::<Vec<_>>();
    let mut all = Vec::new();
    for task in Task::ALL {
        all.push((format!("loss {task:?}"), own.losses[task].iter().map(|loss| loss.to_bits()).collect()));
        all.push((format!("output {task:?}"), bits(own.outputs[task].as_deref().unwrap_or_default())));
    }
    all.extend(gradients(&network, &mut own).into_iter().map(|(name, g)| (format!("gradient of {name}"), bits(&g))));
    for predicted in network.predict(batch, None, true).unwrap().into_iter().filter_map(|(_, predicted)| predicted) {
        all.push(("tags".into(), predicted.tags.into_iter().map(u64::from).collect()));
        all.push(("log-probabilities".into(), bits(&predicted.log_probabilities.unwrap_or_default())));
    }
    all
}

#[track_caller]
fn nothing_changes_a_bit(name: &str, architecture: &Architecture, batch: &Batch) {
    let want = computed(&Context::cpu_with(Isa::PORTABLE, 1), architecture, batch);
    for isa in Isa::available() {
        for threads in [1, 2] {
            let got = computed(&Context::cpu_with(isa, threads), architecture, batch);
            for ((what, got), (_, want)) in got.iter().zip(&want) {
                assert!(got == want, "{name}, {}, {threads} threads: {what} has other bits", isa.name());
            }
            assert_eq!(got.len(), want.len());
        }
    }
}

#[test]
fn neither_instructions_nor_threads_change_a_bit() {
    for (name, architecture) in variants() {
        nothing_changes_a_bit(&name, &architecture, &batch(&sentences(&[7, 5, 1], 9)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Sizes that are no multiple of a register, batches of one sentence and of many, tag sets below and above a panel.
    #[test]
    fn nor_do_they_at_any_size(
        which in 0..variants().len(), hidden in 1usize..28, men in 1usize..70, dimension in 1usize..40, filters in 1usize..36,
        lengths in prop::collection::vec(0usize..14, 1..12), seed: u64,
    ) {
        let (name, architecture) = variants().swap_remove(which);
        let tags = PerTask { mer: architecture.tags.mer, men: architecture.tags.men.map(|_| men) };
        let architecture = Architecture { tags, word_dimension: dimension, ..architecture }.with_model(|m| {
            (m.hidden, m.idcnn.filters) = (Hidden::Units(hidden), 2 * hidden);
            m.char_cnn = m.char_cnn.as_ref().map(|cnn| CharCnnSpec { filters, dim: 1 + filters / 2, ..cnn.clone() });
        });
        let mut lengths = lengths;
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        nothing_changes_a_bit(&format!("{name}: {architecture:?}"), &architecture, &batch(&sentences(&lengths, seed)));
    }
}
