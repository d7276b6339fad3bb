//! `mermen explain`: the errors of a run, one kind after another, in context.

use super::experiment_context::names;
use super::named_values::named;
use super::{print, say, stored};
use crate::baseline::Systems;
use crate::corpus::Corpus;
use crate::embedding::Source;
use crate::evaluate::Split;
use crate::experiment::lookup::{load_corpus, load_embedding_entry};
use crate::experiment::spec_file::load;
use crate::run::record::RunRecord;
use crate::run::spec::RunSpec;
use crate::atomic_file::write_atomically;
use crate::run::custom_corpus::CustomCorpus;
use crate::run::custom_embedding::CustomEmbedding;
use crate::run::identity::short;
use crate::run::predictions::SplitPredictions;
use crate::run::store::RunFolder;
use crate::explain::{Input, Section, explain, html, sections, sections_of_scores, text};
use crate::registry::{EmbeddingEntry, RegistryError};
use crate::report::system::System;
use crate::train::Dataset;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// Show a run's errors: confused concepts, wrong boundaries, what was missed and made up, and what training knew of it
///
/// Reads the predictions of the run's record, its own or published, and the corpus that they were made on. Without the corpus it shows
/// what the record keeps.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  mermen explain 0123456789ab --data-dir DATA\n  mermen explain 0123456789ab --split dev --top 30 --html errors.html\n  mermen explain 0123456789ab --spec own.yaml")]
pub struct Args {
    /// Run id, the first digits of one, or the run's folder
    #[arg(value_name = "RUN")]
    run: String,
    /// Experiment file that defines the run's corpus and word vectors, for a record that is apart from its run's folder
    #[arg(long, value_name = "SPEC")]
    spec: Option<PathBuf>,
    /// Folder of corpora and embeddings
    #[arg(long, env = "MERMEN_DATA", default_value = "data", value_name = "DIR")]
    data_dir: PathBuf,
    /// Folders with runs or records
    #[arg(long, value_name = "DIR", default_values = ["runs", "reports/records"])]
    runs_dir: Vec<PathBuf>,
    #[arg(long, default_value = Split::Test.name(), value_parser = named(Split::ALL, Split::name))]
    split: Split,
    /// Rows shown of each list
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    top: u32,
    /// Write a page with more examples too
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

pub fn run(args: Args, systems: &Systems) -> anyhow::Result<u8> {
    let (title, sections) = explained(&args, systems)?;
    print(&text(&sections, &title));
    if let Some(path) = &args.html {
        write_atomically(path, html(&sections, &title).as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
        say(&format!("the page is {}", path.display()));
    }
    Ok(0)
}

fn explained(args: &Args, systems: &Systems) -> anyhow::Result<(String, Vec<Section>)> {
    let titled = |spec: &RunSpec, run_id: &str| {
        let (system, embedding, corpus) = (System::of(spec).name(), &spec.embedding.name, &spec.data.corpus);
        format!("Run {}: {system}, {embedding}, seed {}, on the {} split of {corpus}", short(run_id), spec.seed, args.split.name())
    };
    let (record, mut corpus, mut embedding) = stored(args)?;
    if let Some(spec) = &args.spec {
        let experiment = load(spec, &names(systems), &[])?;
        corpus = experiment.all_corpora().remove(&record.result.spec.data.corpus).or(corpus);
        embedding = experiment.all_embeddings().remove(&record.result.spec.embedding.name).or(embedding);
    }
    let title = titled(&record.result.spec, &record.result.run_id);
    let sections = match load_corpus(&record.result.spec.data.corpus, corpus.as_ref(), &args.data_dir) {
        Ok(corpus) => of_predictions(args, &record, corpus, embedding.as_ref())?,
        Err(error @ RegistryError::Missing { .. }) => {
            say(&format!("{error}; only what the record keeps can be shown"));
            of_record(&record, args)?
        }
        Err(RegistryError::Unknown { name, .. }) if args.spec.is_none() => {
            let hint = "name the experiment file that defines it with --spec";
            say(&format!("the corpus `{name}` is none of the registry's: {hint}; only what the record keeps can be shown"));
            of_record(&record, args)?
        }
        Err(error) => return Err(error.into()),
    };
    Ok((title, sections))
}

/// The record that is named, and the definitions of its corpus and its vectors where an experiment file has them.
fn stored(args: &Args) -> anyhow::Result<(RunRecord, Option<CustomCorpus>, Option<CustomEmbedding>)> {
    let Some(folder) = folder(&args.run, &args.runs_dir)? else {
        let records = stored::records(&args.runs_dir)?;
        return Ok((stored::find(&records, &args.run)?.clone(), None, None));
    };
    let Some(request) = folder.request()? else {
        bail!("{} is missing: a run's folder is made by `mermen run`", folder.request_path().display());
    };
    let record = folder.record(&request.run_id)?;
    let unfinished = || format!("{} is missing: the run is not finished; `mermen status SPEC` shows how far it is", folder.record_path().display());
    Ok((record.with_context(unfinished)?, request.corpus, request.embedding))
}

/// The folder that `run` names, itself or by the first digits of the run's id.
fn folder(run: &str, runs_dirs: &[PathBuf]) -> anyhow::Result<Option<RunFolder>> {
    if Path::new(run).join("spec.json").is_file() {
        return Ok(Some(RunFolder::at(run)));
    }
    let mut found = Vec::new();
    for entry in runs_dirs.iter().filter_map(|dir| std::fs::read_dir(dir).ok()).flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !run.is_empty() && (name.starts_with(run) || run.starts_with(&*name)) && entry.path().join("spec.json").is_file() {
            found.push(entry.path());
        }
    }
    if found.len() > 1 {
        bail!("`{run}` fits {} runs: give more digits of the id", found.len());
    }
    Ok(found.pop().map(RunFolder::at))
}

fn of_record(record: &RunRecord, args: &Args) -> anyhow::Result<Vec<Section>> {
    let scores = record.result.scores(args.split).with_context(|| format!("the run has no scores on {}", args.split.name()))?;
    Ok(sections_of_scores(scores, args.top as usize))
}

fn of_predictions(args: &Args, record: &RunRecord, corpus: Corpus, own: Option<&CustomEmbedding>) -> anyhow::Result<Vec<Section>> {
    let spec = &record.result.spec;
    let Some(predictions) = &record.predictions else { return of_record(record, args) };
    if record.result.data.corpus_sha256 != corpus.sha256 {
        bail!("the corpus `{}` is not the one that the run was made on: its files have changed since", spec.data.corpus);
    }
    let SplitPredictions { mer, men, .. } = predictions.split(args.split)?.predicted;
    let (embedding, present) = match load_embedding_entry(&spec.embedding.name, own, &args.data_dir) {
        Ok(entry) => (entry, true),
        Err(error @ RegistryError::Missing { .. }) => {
            say(&format!("{error}; mentions cannot be divided by whether the embedding has their words"));
            (no_vectors(), false)
        }
        Err(error) => return Err(error.into()),
    };
    // As the run saw it: the same documents, types, sentences and words.
    let dataset = Dataset::new(spec, corpus, &embedding)?;
    let split = if args.split == Split::Dev { &dataset.dev } else { &dataset.test };
    let in_embedding = |word: &str| dataset.in_embedding(word);
    let explanation = explain(&Input {
        train: &dataset.train.documents,
        gold: &split.documents,
        sentences: &split.sentences,
        mer: &mer,
        men: &men,
        entity_types: &spec.data.entity_types,
        in_train: &|word| dataset.in_train(word),
        in_embedding: present.then_some(&in_embedding),
    });
    Ok(sections(&explanation, args.top as usize))
}

/// In place of vectors that are missing.
fn no_vectors() -> EmbeddingEntry {
    let source = Source::Random { dimension: 1 };
    EmbeddingEntry { name: String::new(), source, dimension: 1, provenance: String::new(), stand_in: false }
}
