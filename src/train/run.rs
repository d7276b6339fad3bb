//! A run: all its networks, its scores, its record.

use super::dataset::Dataset;
use super::network::parts;
use super::predictions::{Reader, SplitTags, score};
use super::trainer::{Trained, Trainer};
use super::{Progress, TrainError, checkpoint};
use crate::corpus::{Corpus, pubtator};
use crate::evaluate::ceilings;
use crate::nn::Backend;
use crate::nn::Context;
use crate::nn::architecture::{MEN, MER};
use crate::registry::EmbeddingEntry;
use crate::run::record::{DataFacts, EmbeddingFacts, Measured, RunResult, RunState};
use crate::run::spec::RunSpec;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// The corpus and the word vectors of a run, found by name.
pub struct Inputs {
    pub corpus: Corpus,
    pub embedding: EmbeddingEntry,
    /// Of the vectors' file; empty for random ones.
    pub embedding_sha256: String,
}

/// How a run ended, if not in an error.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The record's two parts; the id, protocol and machine are the caller's to fill in.
    Done(Box<RunResult>, Measured),
    /// Stopped at a batch's end, with a checkpoint.
    Interrupted,
}

/// Trains every network of a run on a device, going on from checkpoints in `workdir` if there are any, and scores dev and test.
///
/// Predictions are left in `workdir` as PubTator without text: `dev.mer.pubtator`, `test.men.pubtator` and so on.
pub fn train_run<D: Backend>(
    device: &Context<D>,
    spec: &RunSpec,
    inputs: Inputs,
    workdir: &Path,
    progress: &mut dyn Progress,
    stop: &AtomicBool,
) -> Result<Outcome, TrainError> {
    let corpus_sha256 = inputs.corpus.sha256.clone();
    let dataset = Dataset::new(spec, inputs.corpus, &inputs.embedding)?;
    let mut measured = Measured::default();
    let mut tokens = 0;
    let (mut dev, mut test): (SplitTags, SplitTags) = ([None, None], [None, None]);
    let mut networks = Vec::new();
    for (index, part) in parts(spec.model.framework).into_iter().enumerate() {
        let trainer = Trainer { run: device, spec, dataset: &dataset, part, index: index as u64, workdir, stop };
        let network = match trainer.train(progress)? {
            Trained::Interrupted => return Ok(Outcome::Interrupted),
            Trained::Done(network) => network,
        };
        for (all, own) in [(&mut dev, network.dev), (&mut test, network.test)] {
            for (all, own) in all.iter_mut().zip(own) {
                if own.is_some() {
                    *all = own;
                }
            }
        }
        measured.train_seconds += network.spent.train_seconds;
        measured.train_cpu_seconds += network.spent.train_cpu_seconds;
        measured.evaluate_seconds += network.spent.evaluate_seconds;
        measured.resumed += network.spent.resumed;
        tokens += network.state.tokens;
        networks.push(network.record);
    }
    measured.train_tokens_per_second = tokens as f64 / measured.train_seconds.max(1e-9);
    let types = &spec.data.entity_types;
    let reader = Reader::new(&dataset, types);
    let mut scores = Vec::with_capacity(2);
    for (name, split, tags) in [("dev", &dataset.dev, &dev), ("test", &dataset.test, &test)] {
        let predictions = reader.read(&dataset, split, tags);
        for (task, documents) in [("mer", &predictions.mer), ("men", &predictions.men)] {
            let mut text = Vec::new();
            let path = workdir.join(format!("{name}.{task}.pubtator"));
            pubtator::write(documents, &mut text).map_err(|source| TrainError::Io { path: path.clone(), source })?;
            checkpoint::write_whole(&path, &text)?;
        }
        scores.push((!split.documents.is_empty()).then(|| score(&dataset, split, &predictions, types)));
    }
    let coverage = dataset.coverage;
    let result = RunResult {
        protocol: crate::run::record::PROTOCOL,
        run_id: String::new(),
        spec: spec.clone(),
        state: RunState::Done,
        data: DataFacts {
            corpus_sha256,
            sentences_train: dataset.train.sentences.len() as u64,
            tokens_train: dataset.train.sentences.iter().map(|s| s.tokens.len() as u64).sum(),
            mer_tags: dataset.decoder.tag_sets[MER].len() as u64,
            men_tags: dataset.decoder.tag_sets[MEN].len() as u64,
            embedding: EmbeddingFacts {
                name: inputs.embedding.name,
                dimension: dataset.dimension as u64,
                sha256: inputs.embedding_sha256,
                provenance: inputs.embedding.provenance,
                stand_in: inputs.embedding.stand_in,
                types: coverage.types,
                types_found: coverage.types_found,
                tokens: coverage.tokens,
                tokens_found: coverage.tokens_found,
            },
            split: dataset.split_facts,
        },
        networks,
        test: scores.pop().flatten(),
        dev: scores.pop().flatten(),
        dev_ceilings: Some(ceilings(&dataset.train.documents, &dataset.dev.documents, types)),
        test_ceilings: Some(ceilings(&dataset.train.documents, &dataset.test.documents, types)),
    };
    Ok(Outcome::Done(Box::new(result), measured))
}
