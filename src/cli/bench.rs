//! `mermen bench`: tokens per second of the network's parts.

use super::say;
use super::cpu_path::CpuPath;
use super::device::Device;
use crate::bench::sweep::{Axis, Cost, Point, write_csv};
use crate::bench::{Load, Mode, Setting, measure, peak, peak_mib};
use crate::nn::isa::Isa;
use crate::report::{CostCurve, CostPoint, draw_costs};
use anyhow::{Context, ensure};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Time training, prediction or a part of the network and print one JSON line
///
/// The timed network: word vectors (trained unless --frozen) and a character CNN of 30 filters, three Bi-LSTM layers, two linear heads
/// (3 MER tags, K MEN tags) with feedback both ways in two rounds. The load is word ids; of word w the character ids are ((31 w + 17 k)
/// mod 79) + 1 for k < 2 + w mod 10, the MER tag is w mod 3 and the MEN tag w mod K. Sentences are sorted by length, cut into batches
/// and the batches taken in a seeded order; three of them warm up.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mermen bench --mode train --batch 16
  mermen bench --mode predict --load ids.txt --memory
  mermen bench --sweep reports/performance")]
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
    /// Make every sentence of a drawn load so many tokens long
    #[arg(long, value_name = "L", conflicts_with = "load")]
    length: Option<usize>,
    /// Leave the word vectors untrained
    #[arg(long)]
    frozen: bool,
    /// With a CRF on both heads, in training and prediction
    #[arg(long)]
    crf: bool,
    /// `cpu` or `cuda:N`
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    device: Device,
    #[command(flatten)]
    cpu_path: CpuPath,
    /// Print instead the GFLOP/s that a square matrix product reaches at best on one core
    #[arg(long, conflicts_with_all = NETWORK)]
    peak: bool,
    /// Measure instead how cost grows with tokens, tags, sentence length, batch and threads (a minute or two); write a table (CSV) and a
    /// figure (SVG, PNG) of each into DIR
    #[arg(long, value_name = "DIR", conflicts_with_all = NETWORK, conflicts_with = "peak")]
    sweep: Option<PathBuf>,
    /// Add the most memory that the process held, `peak_mib`
    #[arg(long)]
    memory: bool,
}

/// Options that say what is measured.
const NETWORK: [&str; 14] = [
    "mode", "batch", "sentences", "hidden", "dim", "vocab", "men_tags", "threads", "load", "length", "frozen", "crf", "memory", "device",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ModeName {
    Lstm,
    Train,
    Predict,
    Crf,
}

impl From<ModeName> for Mode {
    fn from(name: ModeName) -> Self {
        match name {
            ModeName::Lstm => Self::Lstm,
            ModeName::Train => Self::Train,
            ModeName::Predict => Self::Predict,
            ModeName::Crf => Self::Crf,
        }
    }
}

/// Sentences of a drawn load.
const SENTENCES: usize = 640;

/// Prints the measurement.
///
/// # Errors
/// A load that cannot be read, sizes that make no network, instructions that the machine lacks.
pub fn run(args: Args) -> anyhow::Result<u8> {
    let isa = args.cpu_path.isa()?;
    if let Some(folder) = &args.sweep {
        return sweep(folder, isa);
    }
    if args.peak {
        return print(&serde_json::json!({ "mode": "peak", "gflop_per_s": (peak(isa) * 10.0).round() / 10.0 }));
    }
    let setting = Setting {
        mode: args.mode.into(),
        batch: args.batch,
        hidden: args.hidden,
        dim: args.dim,
        vocab: args.vocab,
        men_tags: args.men_tags,
        threads: args.threads,
        frozen: args.frozen,
        crf: args.crf,
        isa,
        device: args.device.available()?,
    };
    let sentences = args.sentences.unwrap_or(SENTENCES);
    let load = match (&args.load, args.length) {
        (Some(path), _) => {
            let mut load = Load::read(path)?;
            load.sentences.truncate(args.sentences.unwrap_or(usize::MAX));
            load
        }
        (None, Some(length)) => Load::of_length(sentences, length, args.vocab, 0),
        (None, None) => Load::drawn(sentences, args.vocab, 0),
    };
    let mut timing = measure(&setting, &load)?;
    timing.seconds = (timing.seconds * 1e3).round() / 1e3;
    timing.tokens_per_s = (timing.tokens_per_s * 10.0).round() / 10.0;
    let mut line = serde_json::to_value(timing)?;
    if args.memory {
        line["peak_mib"] = serde_json::json!(peak_mib().map(|m| (m * 10.0).round() / 10.0));
    }
    print(&line)
}

fn print(line: &serde_json::Value) -> anyhow::Result<u8> {
    writeln!(std::io::stdout().lock(), "{line}")?;
    Ok(0)
}

/// Measures every axis, each point in a process of its own so that its memory is its own, and writes a table and a figure of each.
fn sweep(folder: &Path, isa: Isa) -> anyhow::Result<u8> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let program = std::env::current_exe().context("cannot find the program's own file")?;
    for axis in Axis::ALL {
        let mut costs = Vec::new();
        for point in axis.points() {
            let cost = measure_apart(&program, &point, isa)?;
            say(&format!("{}: {} {}: {:.0} tokens/s", axis.name(), point.series, axis.value(&point, &cost), cost.tokens_per_s));
            costs.push((point, cost));
        }
        write_csv(&folder.join(format!("{}.csv", axis.name())), &costs)?;
        let mut curves: Vec<CostCurve> = Vec::new();
        for (point, cost) in &costs {
            if curves.last().is_none_or(|c| c.name != point.series) {
                curves.push(CostCurve { name: point.series.to_owned(), points: Vec::new() });
            }
            if let Some(curve) = curves.last_mut() {
                curve.points.push(CostPoint {
                    at: axis.value(point, cost) as f64,
                    tokens: cost.tokens as f64,
                    seconds: cost.seconds,
                    peak_mib: cost.peak_mib,
                });
            }
        }
        draw_costs(axis.name(), axis.label(), axis == Axis::Tokens, &curves, folder)?;
    }
    Ok(0)
}

fn measure_apart(program: &Path, point: &Point, isa: Isa) -> anyhow::Result<Cost> {
    let mut command = Command::new(program);
    command.args(["bench", "--memory", "--mode", point.mode.name(), "--isa", isa.name()]);
    for (option, value) in [
        ("--batch", Some(point.batch)),
        ("--men-tags", Some(point.men_tags)),
        ("--threads", Some(point.threads)),
        ("--sentences", Some(point.sentences)),
        ("--length", point.length),
    ] {
        if let Some(value) = value {
            command.args([option, &value.to_string()]);
        }
    }
    if point.crf {
        command.arg("--crf");
    }
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start {}", program.display()))?;
    ensure!(output.status.success(), "a measurement ended with {}: {point:?}", output.status);
    serde_json::from_slice(&output.stdout).with_context(|| format!("a measurement printed no JSON line: {point:?}"))
}
