//! One step of each mode, on the code that training and prediction run.

use super::batches::{Encoded, MER_TAGS};
use super::parts::{CrfBench, EncoderBench, NetworkGradients};
use super::{BenchError, Mode, Setting};
use crate::corpus::PerTask;
use crate::nn::Backend;
use crate::nn::buffers::Context;
use crate::nn::init::uniform;
use crate::nn::ops::heads::Gold;
use crate::nn::{Architecture, Tagger};
use crate::run::spec::{CharCnnSpec, DropoutSpec, Hidden, Init, ModelSpec};
use crate::train::{Optimizer, UpdateRule};
use rand_xoshiro::Xoshiro256PlusPlus;

const RATE: f32 = 0.001;
const MOMENTUM: f32 = 0.9;
const CLIP: f64 = 5.0;
const LAYERS: usize = 3;
/// Dimension of a character's vector, and number of filters.
const CHARACTERS: usize = 30;

/// What a mode works on from step to step.
pub struct Work<D: Backend> {
    workload: Workload<D>,
    rng: Xoshiro256PlusPlus,
}

enum Workload<D: Backend> {
    Lstm { encoder: EncoderBench<D>, input: usize },
    Crf { chain: CrfBench<D>, tags: usize },
    Predict(Box<Tagger<D>>),
    Train(Box<Training<D>>),
}

struct Training<D: Backend> {
    tagger: Tagger<D>,
    optimizer: Optimizer<D>,
    gradients: Option<NetworkGradients<D>>,
    frozen: bool,
}

impl<D: Backend> Work<D> {
    pub fn new(run: &Context<D>, setting: &Setting, mut rng: Xoshiro256PlusPlus) -> Result<Self, BenchError> {
        let input = setting.dim + CHARACTERS;
        let workload = match setting.mode {
            Mode::Lstm => Workload::Lstm { encoder: EncoderBench::new(run, LAYERS, setting.hidden, input, &mut rng)?, input },
            Mode::Crf => Workload::Crf { chain: CrfBench::new(run, setting.men_tags, &mut rng)?, tags: setting.men_tags },
            Mode::Predict => Workload::Predict(Box::new(tagger(run, setting, &mut rng)?)),
            Mode::Train => {
                let tagger = tagger(run, setting, &mut rng)?;
                let optimizer = Optimizer::new(tagger.parameters(), UpdateRule::Sgd { momentum: MOMENTUM }, Some(CLIP))?;
                Workload::Train(Box::new(Training { tagger, optimizer, gradients: None, frozen: setting.frozen }))
            }
        };
        Ok(Self { workload, rng })
    }

    /// One step over one batch.
    pub fn step(&mut self, encoded: &Encoded) -> Result<(), BenchError> {
        let packing = &encoded.batch.packing;
        let mut random = |width: usize| uniform(&mut self.rng, 3f64.sqrt(), packing.tokens() * width);
        match &mut self.workload {
            Workload::Lstm { encoder, input } => encoder.step(random(*input), packing)?,
            Workload::Crf { chain, tags } => chain.step(random(*tags), packing, &encoded.gold.men)?,
            Workload::Predict(tagger) => drop(tagger.predict(&encoded.batch, None, false)?),
            Workload::Train(training) => training.step(encoded, &mut self.rng)?,
        }
        Ok(())
    }
}

impl<D: Backend> Training<D> {
    /// As `train` makes a step of a network that learns both tasks.
    fn step(&mut self, encoded: &Encoded, rng: &mut Xoshiro256PlusPlus) -> Result<(), BenchError> {
        let Self { tagger, optimizer, gradients, frozen } = self;
        optimizer.prepare(tagger.parameters_mut(), &encoded.rows, RATE)?;
        let gold = encoded.gold.as_ref().map(|tags| Some(Gold { tags: tags.clone(), weight: 1.0 }));
        let given = gradients.take().unwrap_or_else(|| tagger.parameters().gradients());
        let mut computed = tagger.step(given, &encoded.batch, gold, None, false, rng)?.gradients;
        let tables: Vec<bool> = tagger.parameters().iter().map(|p| p.table).collect();
        optimizer.step(tagger.parameters_mut(), &mut computed, &encoded.rows, RATE, |id| !(*frozen && tables[id.0]))?;
        computed.drop_non_leafs();
        *gradients = Some(computed);
        Ok(())
    }
}

/// The paper's network with feedback both ways, its word vectors drawn at random with unit variance.
fn tagger<D: Backend>(run: &Context<D>, setting: &Setting, rng: &mut Xoshiro256PlusPlus) -> Result<Tagger<D>, BenchError> {
    let model = ModelSpec {
        layers: LAYERS,
        hidden: Hidden::Units(setting.hidden),
        char_cnn: Some(CharCnnSpec { dim: CHARACTERS, filters: CHARACTERS, window: 3 }),
        crf: setting.crf,
        init: Init::Pytorch,
        ..ModelSpec::default()
    };
    let architecture = Architecture {
        words: setting.vocab,
        word_dimension: setting.dim,
        characters: 80,
        tags: PerTask { mer: Some(MER_TAGS), men: Some(setting.men_tags) },
        train_words: !setting.frozen,
        model,
        dropout: DropoutSpec::default(),
    };
    let vectors = uniform(rng, 3f64.sqrt(), setting.vocab * setting.dim);
    Ok(Tagger::new(run, architecture, vectors, rng)?)
}
