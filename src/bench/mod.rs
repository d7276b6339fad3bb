//! What the network costs: steps timed over a load that any program can rebuild, and how that grows.
//!
//! The load is word ids. Of word w the character ids are ((31 w + 17 k) mod 79) + 1 for k < 2 + w mod 10, the MER tag is w mod 3 and the
//! MEN tag w mod K. Sentences are sorted by length, cut into batches, and the batches taken in a seeded order; a batch is turned into
//! indices before the clock starts, as a trained epoch's would be once. Three batches warm up, then each batch is one step.

mod batches;
mod load;
mod memory;
mod parts;
mod peak;
mod steps;
pub mod sweep;

pub use load::{Load, LoadError, characters};
pub use memory::peak_mib;
pub use peak::peak;
use steps::Work;

use crate::nn::Backend;
use crate::nn::buffers::Buffers;
use crate::nn::device_location::DeviceLocationError;
use crate::nn::isa::Isa;
use crate::nn::{Context, DeviceLocation};
use crate::train::TrainError;
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Serialize;
use std::time::Instant;

/// Batches that run before the clock starts.
const WARM_UP: usize = 3;

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Forward and backward of the three Bi-LSTM layers alone, over random inputs, every sentence as long as its batch's longest.
    Lstm,
    /// The multi-task step with both feedbacks: y0 = 1/|L|, two rounds, the last one's loss summed over tokens, backward, gradient norm
    /// clipped at 5, momentum SGD (rate 0.001, momentum 0.9). Dropout 0.5 on character vectors, on the LSTM's input and on its output.
    Train,
    /// The two rounds without gradients, and each token's best tag.
    Predict,
    /// Forward and backward of a linear-chain CRF over the MEN tags alone, from random emissions.
    Crf,
}

impl Mode {
    /// As the command line has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lstm => "lstm",
            Self::Train => "train",
            Self::Predict => "predict",
            Self::Crf => "crf",
        }
    }
}

/// The network and how it runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    pub mode: Mode,
    /// Sentences a batch.
    pub batch: usize,
    /// LSTM units a direction.
    pub hidden: usize,
    /// Dimension of a word's vector; the character CNN adds 30.
    pub dim: usize,
    /// Rows of the word table.
    pub vocab: usize,
    pub men_tags: usize,
    /// 1 or 2.
    pub threads: usize,
    /// Leaves the word table untrained.
    pub frozen: bool,
    /// Puts a CRF on both heads, in training and prediction.
    pub crf: bool,
    pub isa: Isa,
    /// Where it runs; on a GPU, `isa` and `threads` say nothing.
    pub device: DeviceLocation,
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Timing {
    pub mode: Mode,
    pub batch: usize,
    pub tokens: usize,
    pub seconds: f64,
    pub tokens_per_s: f64,
}

#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("{what} is {found}; give {expected}")]
    Setting { what: &'static str, found: usize, expected: &'static str },
    #[error(transparent)]
    Device(#[from] DeviceLocationError),
    #[error(transparent)]
    Network(#[from] crate::nn::Error),
    #[error(transparent)]
    Step(#[from] TrainError),
}

/// Times one pass over the load.
///
/// # Errors
/// Sizes that make no network, words past the vocabulary, an empty load, a step that fails.
pub fn measure(setting: &Setting, load: &Load) -> Result<Timing, BenchError> {
    let one_or_more = "1 or more";
    for (what, found) in [("the batch", setting.batch), ("the hidden width", setting.hidden), ("the word vectors' dimension", setting.dim)]
    {
        if found == 0 {
            return Err(BenchError::Setting { what, found, expected: one_or_more });
        }
    }
    if !(1..=2).contains(&setting.threads) {
        return Err(BenchError::Setting { what: "the number of threads", found: setting.threads, expected: "1 or 2" });
    }
    if setting.men_tags < 2 {
        return Err(BenchError::Setting { what: "the number of MEN tags", found: setting.men_tags, expected: "2 or more" });
    }
    load.check(setting.vocab)?;
    match setting.device {
        DeviceLocation::Cpu => measure_on(&Context::cpu_with(setting.isa, setting.threads), setting, load),
        #[cfg(feature = "cuda")]
        DeviceLocation::Cuda(ordinal) => measure_on(&Context::cuda(ordinal)?, setting, load),
        #[cfg(not(feature = "cuda"))]
        DeviceLocation::Cuda(_) => Err(DeviceLocationError::NotBuilt(setting.device).into()),
    }
}

fn measure_on<D: Backend>(run: &Context<D>, setting: &Setting, load: &Load) -> Result<Timing, BenchError> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    let batches = batches::batches(setting, load, &mut rng);
    let mut work = Work::new(run, setting, rng)?;
    for batch in batches.iter().take(WARM_UP) {
        work.step(batch)?;
    }
    wait(run)?;
    let began = Instant::now();
    for batch in &batches {
        work.step(batch)?;
    }
    wait(run)?;
    let seconds = began.elapsed().as_secs_f64();
    let tokens = batches.iter().map(|b| b.batch.packing.tokens()).sum();
    Ok(Timing { mode: setting.mode, batch: setting.batch, tokens, seconds, tokens_per_s: tokens as f64 / seconds })
}

/// Until a GPU has done what it was asked for: a step may only have asked.
fn wait<D: Backend>(run: &Context<D>) -> Result<(), BenchError> {
    let last = run.zeros(1).map_err(crate::nn::Error::device)?;
    <D as Buffers>::download(run, &last).map_err(crate::nn::Error::device)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(mode: Mode) -> Setting {
        Setting {
            mode,
            batch: 2,
            hidden: 4,
            dim: 6,
            vocab: 30,
            men_tags: 5,
            threads: 1,
            frozen: false,
            crf: false,
            isa: Isa::PORTABLE,
            device: DeviceLocation::Cpu,
        }
    }

    #[test]
    fn every_mode_makes_its_steps_and_counts_tokens_as_the_peer_does() {
        // Sorted by length and cut in twos: (1, 2) and (3, 5) tokens.
        let load = Load { sentences: vec![vec![1, 2, 3, 4, 29], vec![7], vec![5, 5], vec![9, 8, 7]] };
        for (mode, tokens) in [(Mode::Train, 11), (Mode::Predict, 11), (Mode::Crf, 11), (Mode::Lstm, 4 + 10)] {
            assert_eq!(measure(&small(mode), &load).unwrap().tokens, tokens, "{mode:?}");
        }
        for setting in [Setting { crf: true, ..small(Mode::Train) }, Setting { frozen: true, threads: 2, ..small(Mode::Train) }] {
            assert_eq!(measure(&setting, &load).unwrap().tokens, 11);
        }
    }

    #[test]
    fn sizes_that_make_no_network_are_refused() {
        let load = Load { sentences: vec![vec![1]] };
        let told = |setting: Setting| measure(&setting, &load).unwrap_err().to_string();
        assert_eq!(told(Setting { batch: 0, ..small(Mode::Train) }), "the batch is 0; give 1 or more");
        assert_eq!(told(Setting { threads: 3, ..small(Mode::Train) }), "the number of threads is 3; give 1 or 2");
        assert!(measure(&small(Mode::Train), &Load { sentences: Vec::new() }).is_err());
    }
}
