//! Documents in, annotated documents out, in the same order, on any number of threads.
//!
//! Documents are put together to chunks whose bounds only the input decides; worker n of N annotates every N-th chunk, and its answers are
//! fetched in turn. So the output is the same bytes for any number of threads, and no more than two chunks a worker are in memory.

use super::annotate::{Annotated, Annotator, Normalizer};
use super::input::InputError;
use super::model::Model;
use super::names::Names;
use super::output::{Output, OutputError};
use super::reconcile::MergeStrategy;
use crate::corpus::Document;
use crate::nn;
use crate::nn::Backend;
use crate::nn::buffers::Context;
use crate::train::TrainError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Bytes of text a chunk: some 35 abstracts, enough for sentences of a batch to be of near lengths.
const CHUNK: usize = 1 << 16;
/// Chunks that a worker may have, the one it works on among them.
const AHEAD: usize = 2;

/// What ends a prediction.
#[allow(missing_docs)] // the message of a variant says what it and its fields are
#[derive(Debug, thiserror::Error)]
pub enum PredictError {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error("the model cannot be used")]
    Model(#[from] nn::Error),
    #[error(transparent)]
    Network(#[from] TrainError),
    #[error(
        "the model has no network for normalization, which {what} asks for; take the strategy `mer` with the model's vocabulary, or a model that was \
         trained with `options.lexicon.men_probability: true`"
    )]
    NoNormalization { what: String },
    #[error("the model has no vocabulary: take a model of `system: lexicon`, or give a vocabulary with --lexicon")]
    NoVocabulary,
}

/// How to annotate.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What to do where the two tasks disagree.
    pub strategy: MergeStrategy,
    /// What names the concepts.
    pub normalizer: Normalizer,
    /// Candidates of the vocabulary that are reported for each mention.
    pub top: usize,
    /// At least 1.
    pub threads: usize,
    /// Ends at the first document that cannot be read.
    pub strict: bool,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Documents that were annotated.
    pub documents: u64,
    /// Documents that could not be read.
    pub skipped: u64,
    /// Tokens of those documents.
    pub tokens: u64,
    /// Mentions that were recognised.
    pub mentions: u64,
    /// Mentions that have a concept.
    pub with_concept: u64,
    /// Characters of the output that its format forbids, and that were replaced.
    pub replaced: u64,
    /// An end was asked for before the input's.
    pub stopped: bool,
}

/// Annotates all documents, each worker on a device that `device` makes for it. Those that cannot be read are given to `skipped`; `stop` ends the work early.
///
/// # Errors
/// [`PredictError`]: an input that ends badly (or, where `strict`, has a broken document), an output that cannot be written to.
#[allow(clippy::too_many_arguments)]
pub fn predict<D: Backend>(
    device: impl Fn() -> Result<Context<D>, nn::Error> + Copy + Send,
    model: &Model,
    names: &Names,
    settings: Settings,
    documents: impl Iterator<Item = Result<Document, InputError>>,
    output: Output,
    skipped: &mut dyn FnMut(&InputError),
    stop: &AtomicBool,
) -> Result<Summary, PredictError> {
    let mut chunks = Chunks { documents, strict: settings.strict, told: skipped, skipped: 0, waiting: None };
    let mut written = Written { output, summary: Summary::default() };
    let annotator = move || Annotator::new(&device()?, model, settings.strategy, names)?.with_normalizer(settings.normalizer, settings.top);
    if settings.threads <= 1 {
        let mut annotator = annotator()?;
        while let Some(chunk) = chunks.next_unless(stop)? {
            written.write(annotator.annotate(chunk)?)?;
        }
    } else {
        std::thread::scope(|scope| {
            let workers: Vec<Worker> = (0..settings.threads)
                .map(|_| {
                    let (give, take) = sync_channel::<Vec<Document>>(AHEAD);
                    let (answer, answers) = sync_channel(AHEAD);
                    scope.spawn(move || {
                        let mut made = annotator();
                        for chunk in take {
                            let answered = match &mut made {
                                Ok(annotator) => annotator.annotate(chunk).map_err(PredictError::from),
                                Err(_) => break,
                            };
                            if answer.send(answered).is_err() {
                                return;
                            }
                        }
                        if let Err(error) = made {
                            // That nobody hears it means that another worker's error ended the work.
                            let _ = answer.send(Err(error));
                        }
                    });
                    Worker { give, answers }
                })
                .collect();
            let (mut given, mut fetched) = (0, 0);
            loop {
                let chunk = chunks.next_unless(stop)?;
                let done = chunk.is_none();
                if let Some(chunk) = chunk {
                    // A worker that is gone has left its error, or its panic, behind.
                    let _ = workers[given % workers.len()].give.send(chunk);
                    given += 1;
                }
                while fetched < given && (done || given - fetched >= AHEAD * workers.len()) {
                    written.write(workers[fetched % workers.len()].fetch()?)?;
                    fetched += 1;
                }
                if done {
                    return Ok::<(), PredictError>(());
                }
            }
        })?;
    }
    let skipped = chunks.skipped;
    let stopped = stop.load(Ordering::Relaxed);
    written.summary.replaced = written.output.replaced();
    // An unfinished file is not put in place.
    if !stopped {
        written.output.finish()?;
    }
    Ok(Summary { skipped, stopped, ..written.summary })
}

struct Worker {
    give: SyncSender<Vec<Document>>,
    answers: Receiver<Result<Vec<Annotated>, PredictError>>,
}

impl Worker {
    fn fetch(&self) -> Result<Vec<Annotated>, PredictError> {
        // Only a panic leaves nothing behind; the scope's end carries it on.
        self.answers.recv().unwrap_or_else(|_| Err(nn::Error::Device("a worker is gone".into()).into()))
    }
}

/// Documents put together.
struct Chunks<'a, I> {
    documents: I,
    strict: bool,
    told: &'a mut dyn FnMut(&InputError),
    skipped: u64,
    /// The error that ends the input, kept until what stands before it is done.
    waiting: Option<InputError>,
}

impl<I: Iterator<Item = Result<Document, InputError>>> Chunks<'_, I> {
    fn next_unless(&mut self, stop: &AtomicBool) -> Result<Option<Vec<Document>>, InputError> {
        let (mut chunk, mut bytes) = (Vec::new(), 0);
        while bytes < CHUNK && self.waiting.is_none() && !stop.load(Ordering::Relaxed) {
            match self.documents.next() {
                None => break,
                Some(Ok(document)) => {
                    bytes += document.title.len() + document.abstract_text.len() + 1;
                    chunk.push(document);
                }
                Some(Err(error)) if error.is_of_one_document() && !self.strict => {
                    self.skipped += 1;
                    (self.told)(&error);
                }
                Some(Err(error)) => self.waiting = Some(error),
            }
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        match self.waiting.take_if(|_| chunk.is_empty()) {
            Some(error) => Err(error),
            None => Ok((!chunk.is_empty()).then_some(chunk)),
        }
    }
}

struct Written {
    output: Output,
    summary: Summary,
}

impl Written {
    fn write(&mut self, annotated: Vec<Annotated>) -> Result<(), PredictError> {
        for document in &annotated {
            self.output.write(document)?;
            self.summary.documents += 1;
            self.summary.tokens += document.tokens as u64;
            self.summary.mentions += document.annotations.len() as u64;
            self.summary.with_concept += document.annotations.iter().filter(|found| found.concept.is_some()).count() as u64;
        }
        Ok(self.output.flush()?)
    }
}
