#![no_main]

use dfdx::prelude::Cpu;
use libfuzzer_sys::fuzz_target;
use mermen::corpus::PerTask;
use mermen::nn::{Architecture, Context, Tagger};
use mermen::run::spec::{CharCnnSpec, DropoutSpec, Framework, Hidden, Init, ModelSpec};
use mermen::train::{Optimizer, UpdateRule, checkpoint};
use mermen_fuzz::in_a_file;
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::cell::RefCell;

/// A network of a few numbers a parameter.
fn network() -> (Tagger<Cpu>, Optimizer<Cpu>) {
    let architecture = Architecture {
        words: 3,
        word_dimension: 2,
        characters: 2,
        tags: PerTask { mer: Some(2), men: Some(2) },
        train_words: true,
        model: ModelSpec {
            framework: Framework::MtlMerFeedback,
            layers: 1,
            hidden: Hidden::Units(1),
            char_cnn: Some(CharCnnSpec { dim: 1, filters: 1, window: 3 }),
            init: Init::Pytorch,
            ..ModelSpec::default()
        },
        dropout: DropoutSpec { between_layers: true, ..DropoutSpec::default() },
    };
    let run = Context::cpu(1);
    let tagger = Tagger::new(&run, architecture, vec![0.5; 6], &mut Xoshiro256PlusPlus::seed_from_u64(1)).expect("a small network");
    let optimizer = Optimizer::new(tagger.parameters(), UpdateRule::Sgd { momentum: 0.9 }, None).expect("its optimizer");
    (tagger, optimizer)
}

thread_local! {
    static NETWORK: RefCell<(Tagger<Cpu>, Optimizer<Cpu>)> = RefCell::new(network());
}

/// With `MERMEN_SEED=FILE` writes a checkpoint of the network there, to begin from.
fn write_seed() {
    let Some(path) = std::env::var_os("MERMEN_SEED") else { return };
    let (order, noise) = (Xoshiro256PlusPlus::seed_from_u64(1), Xoshiro256PlusPlus::seed_from_u64(2));
    let progress = checkpoint::Progress {
        epochs: Vec::new(),
        step: 1,
        order,
        noise,
        sums: checkpoint::Sums::default(),
        best: vec![None],
        optimizer_steps: Vec::new(),
        feedback_store: None,
        tokens: 9,
    };
    NETWORK.with_borrow(|(tagger, optimizer)| checkpoint::save(path.as_ref(), tagger, optimizer, &progress).expect("a checkpoint"));
}

fuzz_target!(init: write_seed(), |bytes: &[u8]| NETWORK.with_borrow_mut(|(tagger, optimizer)| {
    let _ = in_a_file(bytes, |path| checkpoint::load(path, tagger, optimizer));
}));
