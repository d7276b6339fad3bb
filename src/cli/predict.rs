//! `mermen predict`: recognises and normalises mentions in any text with a trained model.

use super::cpu_path::CpuPath;
use super::device::Device;
use super::named_values::named;
use super::reading::KeyArgs;
use super::say;
use super::signals::Signals;
use crate::nn::Context;
use crate::predict::input::{Documents, InputFormat, Inputs};
use crate::predict::output::{Destination, Output, OutputFormat};
use crate::predict::{Model, Names, PredictError, MergeStrategy, Settings, Summary, predict};
use crate::registry::{Registry, locate};
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Annotate text with a trained model: mentions, their concepts, and how sure the model is
///
/// Annotations that the input has are dropped. A document that cannot be read is reported on standard error and skipped. The output is in
/// the order of the input, and the same for any number of threads.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mermen predict --model ncbi.mermen --input notes.txt
  mermen predict --model ncbi.mermen --input pubmed24n0001.xml.gz --output diseases.jsonl
  mermen predict --model ncbi.mermen --input notes/ --output found.tsv
  mermen predict --model ncbi.mermen --input 'notes/*.txt' letters.txt --output look.html
  mermen predict --model runs/0eb8a69ed62b --data-dir DATA --input test.PubTator.txt --output predicted.PubTator.txt
  mermen predict --model ncbi.mermen --to bioc-xml < corpus.xml > annotated.xml

Rules of --reconcile, where recognition (MER) and normalization (MEN) disagree (figures: docs/prediction.md):
  mer           MER's spans; the concept is the one MEN tags most of the span's tokens with, if any
  mer-fill      as mer; without such a token, the concept that MEN holds likeliest over the span
  men           MEN's spans and concepts
  union         as mer, and MEN's spans that touch none of MER's
  intersection  as mer, without the spans in which MEN tags no token")]
pub struct Args {
    /// A model file (`mermen export model`), or a run that is done: its folder, its id, or the first digits of its id
    #[arg(long, value_name = "RUN_OR_FILE")]
    model: PathBuf,
    /// Texts to annotate, plain or gzip: files, folders (every file in them), patterns such as `notes/*.txt`; `-` is standard input
    #[arg(long, value_name = "FILE", num_args = 1.., default_value = "-")]
    input: Vec<PathBuf>,
    /// File to write, for brat a new folder; `-` is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Format of the input [default: detected from its content]
    #[arg(long, value_name = "F", value_parser = named(InputFormat::ALL, InputFormat::name))]
    format_in: Option<InputFormat>,
    /// Format of the output [default: as its name says (.xml .jsonl .tsv .html .txt .pubtator), else pubtator]
    #[arg(long, value_name = "F", value_parser = named(OutputFormat::ALL, OutputFormat::name))]
    to: Option<OutputFormat>,
    /// `cpu` or `cuda:N`
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    device: Device,
    #[command(flatten)]
    cpu_path: CpuPath,
    /// [default: as many as there are cores; on a GPU 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,
    /// Stop at the first document that cannot be read, with exit code 2
    #[arg(long)]
    strict: bool,
    /// Whose spans and concepts are taken where the two tasks disagree
    #[arg(long, value_name = "STRATEGY", default_value = MergeStrategy::default().name(), value_parser = named(MergeStrategy::ALL, MergeStrategy::name))]
    reconcile: MergeStrategy,
    /// File with the names of concepts [default: MEDIC in the data folder, if it is there]
    #[arg(long, value_name = "MEDIC")]
    names: Option<PathBuf>,
    #[command(flatten)]
    keys: KeyArgs,
    /// Folder of the run store, for a model that is a run
    #[arg(long, default_value = "runs", value_name = "DIR")]
    runs_dir: PathBuf,
    /// Folder of corpora and embeddings, for a model that is a run, and of MEDIC
    #[arg(long, env = "MERMEN_DATA", default_value = "data", value_name = "DIR")]
    data_dir: PathBuf,
}

/// Exit code 0, though documents were passed over; 3 where none could be read; 130 or 143 when interrupted.
///
/// # Errors
/// A model, an input or an output that cannot be used; with `--strict` a document too.
pub fn run(args: Args) -> anyhow::Result<u8> {
    let is_dash = |path: &Path| path.as_os_str() == "-";
    let destination = match is_dash(&args.output) {
        true => Destination::Stream(Box::new(std::io::stdout())),
        false => Destination::Path(args.output.clone()),
    };
    let place = args.device.available()?;
    let isa = args.cpu_path.isa()?;
    let signals = Signals::listen(true)?;
    let keys = args.keys.keys();
    let mut documents = match &args.input[..] {
        [one] if is_dash(one) => {
            Inputs::of_documents(Documents::new("standard input", Box::new(std::io::stdin()), args.format_in)?, keys)
        }
        given => match &files(given)?[..] {
            [one] => Inputs::of_documents(Documents::open(one, args.format_in)?, keys),
            several => Inputs::of_files(several.to_vec(), args.format_in, keys),
        },
    };
    let names = names(&args)?;
    let model = Model::open(&Context::cpu(1), &args.model, &args.runs_dir, &args.data_dir)?;
    let threads = match (args.threads, place) {
        (Some(threads), _) => threads as usize,
        (None, Device::Cpu) => std::thread::available_parallelism().map_or(1, usize::from),
        (None, Device::Cuda(_)) => 1,
    };
    let settings = Settings { strategy: args.reconcile, threads, strict: args.strict };
    let to = args.to.or_else(|| OutputFormat::of_name(&args.output)).unwrap_or(OutputFormat::PubTator);
    let output = Output::new(to, destination)?;

    let began = Instant::now();
    let mut skipped = |error: &crate::predict::input::InputError| say(&format!("passed over: {error}"));
    let cpu = move || Ok(Context::cpu_with(isa, 1));
    let done = match place {
        Device::Cpu => predict(cpu, &model, &names, settings, &mut documents, output, &mut skipped, &signals.stop),
        #[cfg(feature = "cuda")]
        Device::Cuda(ordinal) => {
            let gpu = move || Context::cuda(ordinal).map_err(|error| crate::nn::Error::Device(error.to_string()));
            predict(gpu, &model, &names, settings, &mut documents, output, &mut skipped, &signals.stop)
        }
        #[cfg(not(feature = "cuda"))]
        Device::Cuda(_) => return Err(crate::nn::device_location::DeviceLocationError::NotBuilt(place).into()),
    };
    documents.notes().iter().for_each(|line| say(&format!("note: {line}")));
    match done {
        Ok(summary) if summary.stopped => {
            say("interrupted: what was asked for is not whole");
            Ok(signals.exit_code())
        }
        Ok(summary) => {
            say(&told(&summary, &documents.formats(), began.elapsed().as_secs_f64()));
            if summary.replaced > 0 {
                say(&format!("note: {} character(s) that XML forbids were each replaced by U+FFFD", summary.replaced));
            }
            if summary.documents == 0 && summary.skipped > 0 {
                say("error: no document could be read; the lines above say why");
                return Ok(3);
            }
            Ok(0)
        }
        Err(PredictError::Output(error)) if error.is_closed_pipe() => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// The names that were asked for, or MEDIC's where it is in the data folder.
fn names(args: &Args) -> anyhow::Result<Names> {
    let medic_if_present = || -> anyhow::Result<Option<PathBuf>> { Ok(locate(&Registry::built_in()?.lexicon("medic")?.path, &args.data_dir, false)) };
    let path = match &args.names {
        Some(path) => Some(path.clone()),
        None => medic_if_present()?,
    };
    Ok(path.map(|path| Names::read(&path)).transpose()?.unwrap_or_default())
}

/// Tokens and seconds from which a rate says something of the program, and not of its start.
const ENOUGH: (u64, f64) = (5_000, 1.0);

/// The files that the arguments mean: of a folder every file in it but hidden ones, of a pattern every file that fits; in the order of their
/// names.
fn files(given: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in given {
        if path.as_os_str() == "-" {
            bail!("standard input (`-`) goes with no other input: put it into a file");
        }
        let mut found: Vec<PathBuf> = Vec::new();
        let text = path.to_string_lossy();
        if path.is_dir() {
            let entries = std::fs::read_dir(path).with_context(|| format!("cannot read the folder {}", path.display()))?;
            let visible = |path: &PathBuf| path.is_file() && !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            found.extend(entries.flatten().map(|entry| entry.path()).filter(visible));
            if found.is_empty() {
                bail!("the folder {} has no file in it", path.display());
            }
        } else if !path.exists() && text.contains(['*', '?', '[']) {
            let fitting = glob::glob(&text).with_context(|| format!("`{text}` is not a pattern of files"))?;
            found.extend(fitting.flatten().filter(|path| path.is_file()));
            if found.is_empty() {
                bail!("no file fits the pattern `{text}`");
            }
        } else {
            found.push(path.clone());
        }
        found.sort();
        for path in found {
            if !files.contains(&path) {
                files.push(path);
            }
        }
    }
    Ok(files)
}

fn told(summary: &Summary, formats: &str, seconds: f64) -> String {
    let Summary { documents, skipped, tokens, mentions, with_concept, .. } = summary;
    let measured = *tokens >= ENOUGH.0 && seconds >= ENOUGH.1;
    let rate = if measured { format!(" in {seconds:.1} s, {:.0} per second", *tokens as f64 / seconds) } else { String::new() };
    let read_as = if formats.is_empty() { String::new() } else { format!(" as {formats}") };
    let passed_over = if *skipped > 0 { format!("; {skipped} passed over") } else { String::new() };
    format!(
        "{documents} document(s) read{read_as}: {mentions} mention(s), {with_concept} with a concept; {tokens} tokens{rate}{passed_over}"
    )
}
