//! A run's bytes are the same on every path of this machine, with one thread or two.

use super::*;
use crate::nn::isa::Isa;
use crate::run::spec::{CrfFeedback, DropoutSpec, Encoder, HeadDirections, HeadLayers, OptimizerKind, Rounds, Schedule};

/// One run for every framework, encoder, head, schedule and rule, dropout on in some.
fn variants() -> Vec<RunSpec> {
    let mut specs = Vec::new();
    let mut with = |change: &dyn Fn(&mut RunSpec)| {
        let mut spec = small();
        spec.data.limit = Some(2);
        change(&mut spec);
        specs.push(spec);
    };
    for framework in [Framework::Pipeline, Framework::Mtl, Framework::MtlMenFeedback, Framework::MtlMerFeedback, Framework::MtlBothFeedback]
    {
        with(&|spec| spec.model.framework = framework);
        with(&|spec| {
            spec.model.framework = framework;
            spec.model.crf = true;
            spec.dropout = DropoutSpec { rate: 0.3, characters: true, input: true, output: true, between_layers: true };
            spec.train.optimizer = OptimizerKind::Adam;
            spec.train.learning_rate = 0.005;
        });
    }
    with(&|spec| spec.model.char_cnn = None);
    with(&|spec| spec.embedding.trainable = false);
    with(&|spec| spec.train.batch = 1);
    with(&|spec| spec.train.clip_norm = Some(0.1));
    with(&|spec| spec.model.head.layers = HeadLayers::Hidden);
    with(&|spec| spec.model.head.directions = HeadDirections::Sum);
    with(&|spec| spec.train.schedule = Schedule::Asynchronous);
    with(&|spec| {
        spec.train.schedule = Schedule::Asynchronous;
        spec.model.feedback.rounds = Rounds::Store;
    });
    with(&|spec| {
        spec.model.crf = true;
        spec.model.crf_feedback = CrfFeedback::Marginals;
    });
    with(&|spec| {
        spec.model.encoder = Encoder::Idcnn;
        spec.model.idcnn.filters = 12;
    });
    specs
}

#[test]
fn a_run_has_the_same_bytes_on_every_path_and_with_two_threads() {
    for spec in variants() {
        let run = |isa: Isa, threads: usize| {
            let folder = tempfile::tempdir().unwrap();
            let context = Context::cpu_with(isa, threads);
            let never = AtomicBool::new(false);
            let outcome = train_run(&context, &spec, inputs(), folder.path(), &mut super::super::Silent, &never).unwrap();
            let Outcome::Done(result, _) = outcome else { panic!("interrupted by nobody") };
            (format!("{result:?}"), files(folder.path()))
        };
        let (want, want_files) = run(Isa::PORTABLE, 1);
        assert!(want_files.iter().any(|(name, _)| name.ends_with(".safetensors")), "parameters are among what is compared");
        for (isa, threads) in Isa::available().into_iter().map(|isa| (isa, 1)).chain([(Isa::detect(), 2)]).skip(1) {
            let (got, files) = run(isa, threads);
            assert_eq!(got, want, "{} with {threads} threads: {spec:?}", isa.name());
            assert_eq!(files.len(), want_files.len());
            for ((name, got), (_, want)) in files.iter().zip(&want_files) {
                assert!(got == want, "{name} on {} with {threads} threads: {spec:?}", isa.name());
            }
        }
    }
}
