//! How long a run will take, for the plan. An estimate: good to a factor of two on a machine like the one it was set on.
//!
//! The constants are fits to processor seconds per token, on one core of a 2-core AMD EPYC (Zen 4, AVX-512): `train_cpu_seconds` in records of
//! runs with 50 hidden units a direction on NCBI Disease (batch 1: 45 µs, batch 8: 28 to 31, batch 16: 27), and `mermen bench` with 100
//! units (batch 1: 165 to 178 µs, batch 16: 68 to 77, prediction 23, CRF alone at batch 16: 35). Held against what was not fitted, an epoch on
//! 100 documents, in processor seconds (estimate, measured): without characters 0.74, 0.62; CRF 0.92, 0.90; pipeline 1.43, 1.29; IDCNN
//! pipeline 6.1, 5.5. A core without AVX-512 takes longer, and so does one that shares its caches with much other work.

use crate::lexicon::Stage;
use crate::run::spec::{Encoder, Framework, RunSpec, Schedule, Select, SystemKind, TrainOn};

/// What the estimate knows of a run's data.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DataSize {
    pub train_documents: u64,
    pub train_tokens: u64,
    pub dev_tokens: u64,
    pub test_tokens: u64,
    /// Tags of normalization, the larger of the two tag sets by far.
    pub men_tags: u64,
    pub dimension: u64,
}

// A change of kernels that moves the benches belongs here too.
/// Floating-point operations a second of training in batches, and with one sentence at a time.
const FLOPS_BATCHED: f64 = 75e9;
const FLOPS_SINGLE: f64 = 32e9;
/// From this batch size on the batched rate holds.
const BATCHED_FROM: f64 = 8.0;
/// A training step costs six operations for each multiply-add of the forward pass, a prediction two.
const TRAIN_FLOP_PER_MAC: f64 = 6.0;
const PREDICT_FLOP_PER_MAC: f64 = 2.0;
/// Everything that does not grow with the layers' sizes: look-ups, tags, the tape.
const SECONDS_PER_TOKEN: f64 = 6e-6;
/// Characters of a token, for the character convolution.
const CHARACTERS: f64 = 6.0;
/// Reading the data and scoring once.
const SECONDS_PER_RUN: f64 = 2.0;

/// Minutes of one core.
pub fn minutes(spec: &RunSpec, size: &DataSize) -> f64 {
    let share = match spec.data.limit {
        Some(limit) if size.train_documents > 0 => (limit as f64 / size.train_documents as f64).min(1.0),
        _ => 1.0,
    };
    if !spec.system.has_network() {
        let tokens = size.train_tokens as f64 * share;
        return (SECONDS_PER_RUN + system_seconds(spec, tokens)) / 60.0;
    }
    // Linking trains recognition alone, unless normalization is in the same network or asked for.
    let alone = spec.system == SystemKind::Lexicon && spec.model.framework == Framework::Pipeline && !spec.options.lexicon.men_probability;
    let size = &DataSize { men_tags: if alone { 0 } else { size.men_tags }, ..*size };
    let dev = size.dev_tokens as f64 * share;
    let test = size.test_tokens as f64 * share;
    let train = size.train_tokens as f64 * share
        + match spec.data.train_on {
            TrainOn::Train => 0.0,
            TrainOn::TrainDev => dev,
            TrainOn::All => dev + test,
        };
    let (encoder, heads) = (encoder_macs(spec, size), head_macs(spec, size));
    // Each of a pipeline's two networks has an encoder; an asynchronous epoch passes the encoder once for each task.
    let two = spec.model.framework == Framework::Pipeline && !alone || spec.train.schedule == Schedule::Asynchronous;
    let passes = if two { 2.0 } else { 1.0 };
    let macs = encoder * passes + heads;
    let batched = (spec.train.batch as f64 / BATCHED_FROM).min(1.0);
    let rate = FLOPS_SINGLE + (FLOPS_BATCHED - FLOPS_SINGLE) * batched;
    let epoch = train * (macs * TRAIN_FLOP_PER_MAC / rate + SECONDS_PER_TOKEN * passes)
        + dev * (macs * PREDICT_FLOP_PER_MAC / FLOPS_BATCHED + SECONDS_PER_TOKEN);
    let scoring = test * (macs * PREDICT_FLOP_PER_MAC / FLOPS_BATCHED + SECONDS_PER_TOKEN);
    (SECONDS_PER_RUN + scoring + epoch * epochs_made(spec) + system_seconds(spec, train)) / 60.0
}

/// Reading a vocabulary and writing its names in all their ways.
const SECONDS_PER_VOCABULARY: f64 = 4.0;

/// Processor seconds of training, beside a network, on so many tokens. Fits to `train_cpu_seconds` of runs on NCBI Disease (136,000 tokens) in a
/// build without full optimisation: LeadMine 5, the transition-based model 24 (10 iterations, beam of 16), DNorm 186 (180 iterations, 50 passes); of
/// TaggerOne 80 for a pass, and as many passes as its patience and ten. A linker takes 10, and its dictionary 3.
fn system_seconds(spec: &RunSpec, tokens: f64) -> f64 {
    let options = &spec.options;
    match spec.system {
        // What another program registers is known to that program alone.
        SystemKind::Neural | SystemKind::Memorizer | SystemKind::Own(_) => 0.0,
        SystemKind::LeadMine => SECONDS_PER_VOCABULARY,
        SystemKind::Lexicon if options.lexicon.stage == Stage::Ranker => {
            SECONDS_PER_VOCABULARY + tokens * if options.lexicon.dictionary_mentions { 9e-5 } else { 5e-5 }
        }
        SystemKind::Lexicon => SECONDS_PER_VOCABULARY,
        SystemKind::Transition => {
            SECONDS_PER_VOCABULARY + tokens * 1.5e-5 * options.transition.iterations as f64 * options.transition.beam as f64 / 16.0
        }
        SystemKind::DNorm => {
            let (iterations, passes) = (options.dnorm.iterations as f64 / 200.0, options.dnorm.passes as f64 / 50.0);
            SECONDS_PER_VOCABULARY + tokens * 7e-4 * (iterations + passes)
        }
        SystemKind::TaggerOne => {
            let passes = options.taggerone.passes.min(options.taggerone.patience + 10);
            SECONDS_PER_VOCABULARY + tokens * 6e-4 * passes as f64
        }
    }
}

/// Epochs that a run is taken to make. How long dev goes on improving is not known beforehand: with patience, halfway between the
/// earliest end (the first epoch is the best) and the last epoch.
fn epochs_made(spec: &RunSpec) -> f64 {
    let all = spec.train.epochs as f64;
    match spec.train.patience {
        Some(patience) if spec.train.select != Select::Last => (all + (patience as f64 + 1.0).min(all)) / 2.0,
        _ => all,
    }
}

/// Multiply-adds of the encoder for one token.
fn encoder_macs(spec: &RunSpec, size: &DataSize) -> f64 {
    let model = &spec.model;
    let dimension = size.dimension as f64;
    let (character_width, characters) = match &model.char_cnn {
        Some(cnn) => (cnn.filters as f64, CHARACTERS * (cnn.dim * cnn.window * cnn.filters) as f64),
        None => (0.0, 0.0),
    };
    let input = dimension + character_width;
    characters
        + match model.encoder {
            Encoder::Bilstm => {
                let hidden = model.hidden.units(size.dimension as usize) as f64;
                let layer = |input: f64| 2.0 * 4.0 * hidden * (input + hidden);
                layer(input) + (model.layers.saturating_sub(1)) as f64 * layer(2.0 * hidden)
            }
            Encoder::Idcnn => {
                let idcnn = &model.idcnn;
                let filters = idcnn.filters as f64;
                let layers = (idcnn.dilations.len() * idcnn.iterations) as f64;
                idcnn.window as f64 * filters * (input + layers * filters)
            }
        }
}

fn head_macs(spec: &RunSpec, size: &DataSize) -> f64 {
    let width = match spec.model.encoder {
        Encoder::Bilstm => 2.0 * spec.model.hidden.units(size.dimension as usize) as f64,
        Encoder::Idcnn => spec.model.idcnn.filters as f64,
    };
    let tags = size.men_tags as f64;
    width * tags + if spec.model.crf { tags * tags } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// About the size of NCBI's corpus with vectors of 50 dimensions.
    fn size() -> DataSize {
        DataSize { train_documents: 592, train_tokens: 136_000, dev_tokens: 24_000, test_tokens: 24_500, men_tags: 670, dimension: 50 }
    }

    #[test]
    fn more_work_takes_longer() {
        let spec = RunSpec::default();
        let usual = minutes(&spec, &size());
        let with = |change: fn(&mut RunSpec)| {
            let mut spec = spec.clone();
            change(&mut spec);
            minutes(&spec, &size())
        };
        assert!(with(|spec| spec.model.framework = Framework::Pipeline) > usual);
        assert!(with(|spec| spec.model.crf = true) > usual);
        assert!(with(|spec| spec.train.batch = 1) > usual);
        assert!(with(|spec| spec.train.schedule = Schedule::Asynchronous) > usual);
        assert!(with(|spec| spec.data.train_on = TrainOn::TrainDev) > usual);
        assert!(with(|spec| spec.data.limit = Some(10)) < usual / 10.0);
        let patient = |patience, epochs| {
            let mut spec = spec.clone();
            (spec.train.patience, spec.train.epochs) = (patience, epochs);
            minutes(&spec, &size())
        };
        assert!(patient(Some(5), 20) < patient(None, 20) && patient(Some(5), 20) > patient(None, 6));
        assert_eq!(patient(Some(50), 20), patient(None, 20));
        assert!(minutes(&spec, &DataSize::default()).is_finite());
    }

    /// Processor seconds of finished runs on NCBI Disease: see `system_seconds`.
    #[test]
    fn systems_take_as_long_as_they_took() {
        let of = |system: SystemKind| minutes(&RunSpec { system, ..RunSpec::default() }, &size()) * 60.0;
        for (system, seconds) in [(SystemKind::LeadMine, 5.8), (SystemKind::Transition, 24.1), (SystemKind::DNorm, 186.3)] {
            let found = of(system);
            assert!(found > seconds / 2.0 && found < seconds * 2.0, "{system:?}: {found}");
        }
        assert!(of(SystemKind::Memorizer) < of(SystemKind::LeadMine) && of(SystemKind::DNorm) < of(SystemKind::TaggerOne));
        let linked = |dictionary_mentions| {
            let mut spec = RunSpec { system: SystemKind::Lexicon, ..RunSpec::default() };
            spec.options.lexicon.dictionary_mentions = dictionary_mentions;
            minutes(&spec, &size())
        };
        assert!(linked(false) < linked(true));
    }
}
