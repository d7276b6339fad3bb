//! A run: all its networks, its predictions and its scores.

use super::dataset::{Dataset, EncodedSplit};
use super::network::{NetworkSpec, network_specs};
use super::predictions::{Reader, SplitOutput, score, split_predictions};
use super::trainer::{Trained, Trainer};
use super::{Progress, TrainError, checkpoint};
use crate::corpus::{Corpus, Document, PerTask, Sentence, Task, pubtator};
use crate::evaluate::{Ceilings, Split, SplitScores, ceilings, types_in_other_spelling};
use crate::nn::Backend;
use crate::nn::Context;
use crate::registry::EmbeddingEntry;
use crate::run::gold::GoldTable;
use crate::run::predictions::SplitPredictions;
use crate::run::record::{DataFacts, EmbeddingFacts, NetworkRecord};
use crate::run::spec::RunSpec;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// The corpus and the word vectors of a run, found by name.
pub struct Inputs {
    pub corpus: Corpus,
    pub embedding: EmbeddingEntry,
    /// Of the vectors' file; empty for random ones.
    pub embedding_sha256: String,
}

/// What a run's clocks and accidents say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timing {
    pub train_seconds: f64,
    /// Processor time of the same work, over all threads.
    pub train_cpu_seconds: f64,
    pub evaluate_seconds: f64,
    /// Tokens trained on.
    pub tokens: u64,
    /// How often the run was interrupted and resumed.
    pub resumed: u64,
}

/// How a run ended, if not in an error.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Done(Box<TrainedRun>, Timing),
    /// Stopped at a batch's end, with a checkpoint.
    Interrupted,
}

/// What a run gives; a record is made of it by whoever knows the run's name and the machine.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainedRun {
    pub data: DataFacts,
    pub networks: Vec<NetworkRecord>,
    /// Figures of a system that is no network.
    pub facts: BTreeMap<String, f64>,
    /// Scores of the splits that have documents.
    pub dev: Option<SplitScores>,
    pub test: Option<SplitScores>,
    pub dev_ceilings: Ceilings,
    pub test_ceilings: Ceilings,
    /// What the scored documents annotate, and what is predicted for them.
    pub gold: GoldTable,
    pub dev_predictions: SplitPredictions,
    pub test_predictions: SplitPredictions,
}

/// The trained networks of a run with what they emit.
pub struct TrainedNetworks {
    pub dataset: Dataset,
    pub data: DataFacts,
    pub records: Vec<NetworkRecord>,
    pub dev: SplitOutput,
    pub test: SplitOutput,
    pub timing: Timing,
}

/// Trains the networks of a run that have one of the `wanted` tasks, going on from checkpoints in `workdir` if there are any, and tags dev
/// and test. `None`: interrupted, with a checkpoint.
///
/// # Errors
/// [`TrainError`].
pub fn train_networks<D: Backend>(
    device: &Context<D>,
    spec: &RunSpec,
    inputs: Inputs,
    wanted: PerTask<bool>,
    workdir: &Path,
    progress: &mut dyn Progress,
    stop: &AtomicBool,
) -> Result<Option<TrainedNetworks>, TrainError> {
    let corpus_sha256 = inputs.corpus.sha256.clone();
    let mut notes = inputs.corpus.notes.clone();
    for documents in [&inputs.corpus.train, &inputs.corpus.dev, &inputs.corpus.test] {
        notes.extend(types_in_other_spelling(documents, &spec.data.entity_types));
    }
    let dataset = Dataset::new(spec, inputs.corpus, &inputs.embedding)?;
    notes.extend_from_slice(dataset.embedding_notes());
    notes.iter().for_each(|note| progress.say(&format!("note: {note}")));
    let mut timing = Timing::default();
    let (mut dev, mut test) = (SplitOutput::default(), SplitOutput::default());
    let mut records = Vec::new();
    let has_wanted = |network: &NetworkSpec| Task::ALL.into_iter().any(|task| network.tasks[task] && wanted[task]);
    for (index, network) in network_specs(spec.model.framework).into_iter().enumerate().filter(|(_, network)| has_wanted(network)) {
        let trainer = Trainer { run: device, spec, dataset: &dataset, network, index: index as u64, workdir, stop };
        let network = match trainer.train(progress)? {
            Trained::Interrupted => return Ok(None),
            Trained::Done(network) => network,
        };
        dev.add(network.dev);
        test.add(network.test);
        timing.train_seconds += network.spent.train_seconds;
        timing.train_cpu_seconds += network.spent.train_cpu_seconds;
        timing.evaluate_seconds += network.spent.evaluate_seconds;
        timing.resumed += network.spent.resumed;
        timing.tokens += network.state.tokens;
        records.push(network.record);
    }
    let coverage = dataset.coverage;
    let data = DataFacts {
        corpus_sha256,
        sentences_train: dataset.train.sentences.len() as u64,
        tokens_train: dataset.train.sentences.iter().map(|s| s.tokens.len() as u64).sum(),
        mer_tags: dataset.decoder.tag_sets[Task::Mer].len() as u64,
        men_tags: dataset.decoder.tag_sets[Task::Men].len() as u64,
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
        lexicon: None,
        split: dataset.split_facts,
    };
    Ok(Some(TrainedNetworks { dataset, data, records, dev, test, timing }))
}

/// Trains every network of a run on a device, going on from checkpoints in `workdir` if there are any, and scores dev and test.
///
/// Predictions are left in `workdir` as PubTator without text: `dev.mer.pubtator`, `test.men.pubtator` and so on.
///
/// # Errors
/// [`TrainError`].
pub fn train_run<D: Backend>(
    device: &Context<D>,
    spec: &RunSpec,
    inputs: Inputs,
    workdir: &Path,
    progress: &mut dyn Progress,
    stop: &AtomicBool,
) -> Result<Outcome, TrainError> {
    let Some(networks) = train_networks(device, spec, inputs, PerTask { mer: true, men: true }, workdir, progress, stop)? else {
        return Ok(Outcome::Interrupted);
    };
    let TrainedNetworks { dataset, data, records, dev, test, timing } = networks;
    let types = &spec.data.entity_types;
    let reader = Reader::new(&dataset, types);
    let scored = |name: Split, split: &EncodedSplit, output: &SplitOutput| -> Result<_, TrainError> {
        let predictions = reader.read(&dataset, split, &output.tags);
        write_predictions(workdir, name, PerTask { mer: &predictions.mer, men: &predictions.men })?;
        let scores = (!split.documents.is_empty()).then(|| score(&dataset, split, &predictions, types));
        Ok((scores, split_predictions(&dataset, split, output, &predictions)))
    };
    let (dev_scores, dev_predictions) = scored(Split::Dev, &dataset.dev, &dev)?;
    let (test_scores, test_predictions) = scored(Split::Test, &dataset.test, &test)?;
    let trained = TrainedRun {
        data,
        networks: records,
        facts: BTreeMap::new(),
        dev: dev_scores,
        test: test_scores,
        dev_ceilings: ceilings(&dataset.train.documents, &dataset.dev.documents, types),
        test_ceilings: ceilings(&dataset.train.documents, &dataset.test.documents, types),
        gold: GoldTable::new(types, &dataset.train.documents, of_split(&dataset.dev), of_split(&dataset.test)),
        dev_predictions,
        test_predictions,
    };
    Ok(Outcome::Done(Box::new(trained), timing))
}

/// Leaves predictions for a split in a run's work folder, as PubTator without text.
///
/// # Errors
/// [`TrainError::Io`].
pub fn write_predictions(workdir: &Path, split: Split, predicted: PerTask<&Vec<Document>>) -> Result<(), TrainError> {
    for (task, documents) in predicted {
        let mut text = Vec::new();
        let path = workdir.join(format!("{}.{}.pubtator", split.name(), task.key()));
        pubtator::write(documents, &mut text).map_err(|source| TrainError::Io { path: path.clone(), source })?;
        checkpoint::write_whole(&path, &text)?;
    }
    Ok(())
}

fn of_split(split: &EncodedSplit) -> (&[Document], &[Sentence]) {
    (&split.documents, &split.sentences)
}
