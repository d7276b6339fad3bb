//! `mermen export model`: a run's model as one file.

use crate::cli::say;
use crate::corpus::PerTask;
use crate::run::identity::short;
use crate::nn::Context;
use crate::predict::{Model, find_run, model_file};
use std::path::PathBuf;

/// The file holds everything that `mermen predict` needs: weights, words and characters, both tag sets, the run's specification, and the
/// vectors of all words of its embedding, so that words unseen in training are treated as the run's test words were.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  mermen export model 0eb8a69ed62b --output ncbi.mermen
  mermen export model runs/0eb8a69ed62b --output ncbi.mermen --data-dir DATA")]
pub struct Args {
    /// A run that is done: its folder, its id, or the first digits of its id
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// File to write; it gets its name when it is whole
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// Folder of the run store
    #[arg(long, default_value = "runs", value_name = "DIR")]
    runs_dir: PathBuf,
    /// Folder of the run's corpus and embedding
    #[arg(long, env = "MERMEN_DATA", default_value = "data", value_name = "DIR")]
    data_dir: PathBuf,
}

/// # Errors
/// A run that is not done, data that is not the run's, a file that cannot be written.
pub fn run(args: &Args) -> anyhow::Result<u8> {
    let model = Model::of_run(&Context::cpu(1), &find_run(&args.run, &args.runs_dir)?, &args.data_dir)?;
    model_file::write(&args.output, &model)?;
    let bytes = std::fs::metadata(&args.output).map_or(0, |file| file.len());
    let PerTask { mer, men } = model.decoder.tag_sets.as_ref().map(|set| set.len());
    say(&format!(
        "{}: run {} of {}, {} words, {mer} MER tags, {men} MEN tags, {:.1} MB",
        args.output.display(),
        short(&model.origin.run_id),
        model.spec.data.corpus,
        model.words.len(),
        bytes as f64 / 1e6
    ));
    Ok(0)
}
