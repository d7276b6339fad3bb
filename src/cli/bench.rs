//! `mermen bench`: tokens a second of the network's parts.

use crate::bench::{Load, Mode, Setting, measure};
use crate::nn::ops::isa::Isa;
use anyhow::anyhow;
use std::io::Write;
use std::path::PathBuf;

/// Time training, prediction or a part of the network and print one JSON line
///
/// The timed network: word vectors (trained unless --frozen) and a character CNN of 30 filters, three Bi-LSTM layers, two linear heads
/// (3 MER tags, K MEN tags) with feedback both ways in two rounds. The load is word ids; of word w the character ids are ((31 w + 17 k)
/// mod 79) + 1 for k < 2 + w mod 10, the MER tag is w mod 3 and the MEN tag w mod K. Sentences are sorted by length, cut into batches
/// and the batches taken in a seeded order; three of them warm up.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What a step is: `lstm` the three layers forward and backward, full-length batches; `train` the whole step (two rounds, loss of
    /// the last summed over tokens, dropout 0.5, clipping at 5, momentum SGD); `predict` the two rounds; `crf` a chain over the MEN
    /// tags forward and backward
    #[arg(long, value_enum, default_value_t = ModeName::Train)]
    mode: ModeName,
    /// Sentences a batch
    #[arg(long, value_name = "B", default_value_t = 16)]
    batch: usize,
    /// Sentences of a drawn load (log-normal lengths of mean 23, words by Zipf's law); with --load, at most so many of the file's
    #[arg(long, value_name = "N")]
    sentences: Option<usize>,
    /// LSTM units a direction
    #[arg(long, value_name = "H", default_value_t = 100)]
    hidden: usize,
    /// Dimension of word vectors
    #[arg(long, value_name = "D", default_value_t = 100)]
    dim: usize,
    /// Words of the vocabulary
    #[arg(long, value_name = "V", default_value_t = 20_000)]
    vocab: usize,
    #[arg(long, value_name = "K", default_value_t = 670)]
    men_tags: usize,
    #[arg(long, value_name = "T", default_value_t = 1)]
    threads: usize,
    /// Word ids, one sentence a line; without it the load is drawn
    #[arg(long, value_name = "FILE")]
    load: Option<PathBuf>,
    /// Leave the word vectors untrained
    #[arg(long)]
    frozen: bool,
    /// With a CRF on both heads, in training and prediction
    #[arg(long)]
    crf: bool,
    /// Vector instructions: `portable`, `avx2` or `avx512` [default: the best that this machine has]
    #[arg(long, value_name = "PATH")]
    isa: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ModeName {
    Lstm,
    Train,
    Predict,
    Crf,
}

/// Sentences of a drawn load.
const SENTENCES: usize = 640;

/// Prints the measurement.
///
/// # Errors
/// A load that cannot be read, sizes that make no network, instructions that the machine lacks.
pub fn run(args: Args) -> anyhow::Result<u8> {
    let setting = Setting {
        mode: match args.mode {
            ModeName::Lstm => Mode::Lstm,
            ModeName::Train => Mode::Train,
            ModeName::Predict => Mode::Predict,
            ModeName::Crf => Mode::Crf,
        },
        batch: args.batch,
        hidden: args.hidden,
        dim: args.dim,
        vocab: args.vocab,
        men_tags: args.men_tags,
        threads: args.threads,
        frozen: args.frozen,
        crf: args.crf,
        isa: isa(args.isa.as_deref())?,
    };
    let load = match &args.load {
        Some(path) => {
            let mut load = Load::read(path)?;
            load.sentences.truncate(args.sentences.unwrap_or(usize::MAX));
            load
        }
        None => Load::drawn(args.sentences.unwrap_or(SENTENCES), args.vocab, 0),
    };
    let mut timing = measure(&setting, &load)?;
    timing.seconds = (timing.seconds * 1e3).round() / 1e3;
    timing.tokens_per_s = (timing.tokens_per_s * 10.0).round() / 10.0;
    writeln!(std::io::stdout().lock(), "{}", serde_json::to_string(&timing)?)?;
    Ok(0)
}

fn isa(name: Option<&str>) -> anyhow::Result<Isa> {
    let Some(name) = name else { return Ok(Isa::detect()) };
    let paths = Isa::available();
    let names: Vec<&str> = paths.iter().map(|p| p.name()).collect();
    let found = paths.iter().find(|p| p.name() == name).copied();
    found.ok_or_else(|| anyhow!("this machine has no vector path `{name}`; it has {}", names.join(", ")))
}
