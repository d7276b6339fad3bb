//! `mermen predict`: recognises and normalises mentions in any text with a trained model.

use super::cpu_path::CpuPath;
use super::device::Device;
use super::named_values::named;
use super::reading::KeyArgs;
use super::say;
use super::signals::Signals;
use super::lexicon::path_of;
use crate::lexicon::{Linker, read_lexicons};
use crate::nn::Context;
use crate::predict::input::{Documents, InputFormat, Inputs};
use crate::predict::output::{Destination, Output, OutputFormat};
use crate::predict::{MergeStrategy, Model, Names, Normalizer, PredictError, Settings, Summary, predict};
use crate::registry::{Registry, locate};
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};
use std::sync::Arc;
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
  mermen predict --model lexicon.mermen --input notes.txt --to jsonl --top 5 --min-score 0.5
  mermen predict --model lexicon.mermen --lexicon mondo.obo --input notes.txt

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
    /// What names the concepts: the network's own normalization, or the model's vocabulary [default: the vocabulary, where there is one]
    #[arg(long, value_name = "N", value_parser = named(Normalizer::ALL, Normalizer::name))]
    normalizer: Option<Normalizer>,
    /// Vocabulary to add to the model's, or to give to a model without one: a name that `mermen data list` shows, or a file; may be given several times
    #[arg(long, value_name = "NAME_OR_FILE")]
    lexicon: Vec<String>,
    /// Take the vocabularies of --lexicon instead of the model's, and forget the strings of its training
    #[arg(long, requires = "lexicon")]
    replace_lexicon: bool,
    /// Report so many candidates of the vocabulary for each mention, with their probabilities (in JSON Lines and BioC)
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100))]
    top: u32,
    /// Least probability of a concept of the vocabulary [default: what served best on dev]
    #[arg(long, value_name = "P", value_parser = probability)]
    min_score: Option<f64>,
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

/// Exit code 0, though documents were skipped; 3 where none could be read; 130 or 143 when interrupted.
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
    let model = with_vocabulary(Model::open(&Context::cpu(1), &args.model, &args.runs_dir, &args.data_dir)?, &args)?;
    let normalizer = args.normalizer.unwrap_or(Normalizer::of(&model));
    let threads = match (args.threads, place) {
        (Some(threads), _) => threads as usize,
        (None, Device::Cpu) => std::thread::available_parallelism().map_or(1, usize::from),
        (None, Device::Cuda(_)) => 1,
    };
    let settings = Settings { strategy: args.reconcile, normalizer, top: args.top as usize, threads, strict: args.strict };
    let to = args.to.or_else(|| OutputFormat::of_name(&args.output)).unwrap_or(OutputFormat::PubTator);
    let output = Output::new(to, destination)?;

    let began = Instant::now();
    let mut skipped = |error: &crate::predict::input::InputError| say(&format!("skipped: {error}"));
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

/// A probability, for an argument.
fn probability(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| format!("expected a number from 0 to 1, found `{text}`"))
}

/// The model with the vocabulary, the threshold and the candidates that were asked for.
fn with_vocabulary(mut model: Model, args: &Args) -> anyhow::Result<Model> {
    let asked = args.min_score.is_some() || args.top > 0;
    let given = match args.lexicon.is_empty() {
        true => None,
        false => {
            let paths = args.lexicon.iter().map(|name| path_of(name, &args.data_dir)).collect::<Result<Vec<_>, _>>()?;
            Some(read_lexicons(&paths)?)
        }
    };
    let changed = match (&model.linker, given) {
        (None, None) if asked => bail!("the model has no vocabulary, which --min-score and --top are about: give one with --lexicon"),
        (None, None) => return Ok(model),
        (None, Some(lexicon)) => Some(Linker::untrained(lexicon)),
        (Some(own), Some(lexicon)) if args.replace_lexicon => Some(own.over(lexicon, false)),
        (Some(own), Some(lexicon)) => Some(own.over(own.lexicon().clone().joined(lexicon), true)),
        (Some(own), None) if asked => Some(own.over(own.lexicon().clone(), true)),
        (Some(_), None) => None,
    };
    if let Some(mut linker) = changed {
        args.min_score.into_iter().for_each(|least| linker.set_threshold(least));
        let listed = linker.options().listed.max(args.top as usize);
        linker.set_listed(listed);
        model.linker = Some(Arc::new(linker));
    }
    Ok(model)
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
    let and_skipped = if *skipped > 0 { format!("; {skipped} skipped") } else { String::new() };
    format!(
        "{documents} document(s) read{read_as}: {mentions} mention(s), {with_concept} with a concept; {tokens} tokens{rate}{and_skipped}"
    )
}
