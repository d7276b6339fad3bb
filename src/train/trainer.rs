//! One network through its epochs.

use super::batches::{Encoder, gold, touched, unpack};
use super::checkpoint::{self, Spent, Sums};
use super::dataset::{Dataset, EncodedSplit, Stream, generator};
use super::feedback_store::FeedbackStore;
use super::network::{NetworkSpec, architecture, replaces_singletons, rule};
use super::optimizer::Optimizer;
use super::predictions::{Reader, SplitOutput, tag};
use super::schedule::{self, Planned};
use super::selection::{Selection, selections};
use super::{Progress, ScoredEpoch, TrainError};
use crate::corpus::{PerTask, Task};
use crate::evaluate;
use crate::nn::Backend;
use crate::nn::buffers::Context;
use crate::nn::ops::heads::{FeedbackFrom, Gold};
use crate::nn::{Batch, Tagger};
use crate::run::record::{EpochRecord, NetworkRecord};
use crate::run::spec::{LossReduction, RunSpec};
use cpu_time::ProcessTime;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// What training a network gave, or that it was interrupted.
pub enum Trained {
    Done(Box<Network>),
    Interrupted,
}

/// A trained network's output.
pub struct Network {
    pub record: NetworkRecord,
    pub dev: SplitOutput,
    pub test: SplitOutput,
    pub state: checkpoint::Progress,
    pub spent: Spent,
}

/// Everything a network's training needs.
pub struct Trainer<'a, D: Backend> {
    pub run: &'a Context<D>,
    pub spec: &'a RunSpec,
    pub dataset: &'a Dataset,
    pub network: NetworkSpec,
    /// Which network of the run it is, from 0: its generators differ.
    pub index: u64,
    pub workdir: &'a Path,
    pub stop: &'a AtomicBool,
}

/// What changes during training.
struct Live<D: Backend> {
    tagger: Tagger<D>,
    optimizer: Optimizer<D>,
    gradients: Option<dfdx::prelude::Gradients<f32, D>>,
    state: checkpoint::Progress,
    spent: Spent,
    store: Option<FeedbackStore>,
    encoder: Encoder,
    /// Tokens a second in the epoch that ended last.
    pace: f64,
}

impl<D: Backend> Trainer<'_, D> {
    /// Trains, or goes on where a checkpoint stands.
    pub fn train(&self, progress: &mut dyn Progress) -> Result<Trained, TrainError> {
        let mut live = self.begin(progress)?;
        let gold = evaluate::Gold::new(&self.dataset.dev.documents, &self.spec.data.entity_types);
        let reader = Reader::new(self.dataset, &self.spec.data.entity_types);
        while !self.is_over(&live.state) {
            let _span = tracing::info_span!("epoch", network = self.network.name, epoch = live.state.epochs.len() + 1).entered();
            if !self.epoch(&mut live, progress)? {
                return Ok(Trained::Interrupted);
            }
            self.end_epoch(&mut live, &gold, &reader, progress)?;
        }
        self.finish(live)
    }

    /// Whether all epochs are made, or so many since the last that was the best for any selection that patience is over.
    fn is_over(&self, state: &checkpoint::Progress) -> bool {
        let made = state.epochs.len();
        let waited = |best: &Option<(f64, u64)>| best.map_or(0, |(_, epoch)| made.saturating_sub(epoch as usize));
        let since_best = state.best.iter().map(waited).min().unwrap_or(0);
        made >= self.spec.train.epochs || self.spec.train.patience.is_some_and(|patience| since_best >= patience)
    }

    fn begin(&self, progress: &mut dyn Progress) -> Result<Live<D>, TrainError> {
        let spec = self.spec;
        let architecture = architecture(spec, self.network, self.dataset.sizes());
        let mut parameters_rng = generator(spec.seed, Stream::Parameters, self.index);
        let mut tagger = Tagger::new(self.run, architecture, self.dataset.vectors.clone(), &mut parameters_rng)?;
        let mut optimizer = Optimizer::new(tagger.parameters(), rule(spec), spec.train.clip_norm)?;
        let fresh = checkpoint::Progress {
            epochs: Vec::new(),
            step: 0,
            order: generator(spec.seed, Stream::Order, self.index),
            noise: generator(spec.seed, Stream::Noise, self.index),
            sums: Sums::default(),
            best: vec![None; self.selections().len()],
            optimizer_steps: Vec::new(),
            feedback_store: None,
            tokens: 0,
        };
        let mut spent = Spent::load(&self.spent_path())?;
        let loaded = checkpoint::load(&self.path("checkpoint"), &mut tagger, &mut optimizer)?;
        loaded.iter().try_for_each(|state| self.check(state))?;
        let state = match loaded {
            Some(state) if self.is_over(&state) => state,
            Some(state) => {
                spent.resumed += 1;
                tracing::info!(network = self.network.name, epochs = state.epochs.len(), step = state.step, "taken up from a checkpoint");
                progress.say(&format!("{}: taken up after epoch {}, step {}", self.network.name, state.epochs.len(), state.step));
                state
            }
            None => fresh,
        };
        let store = self.feedback_store(&tagger, &state)?;
        let gradients = Some(tagger.parameters().gradients());
        Ok(Live { tagger, optimizer, gradients, state, spent, store, encoder: Encoder::new(&self.dataset.types), pace: 0.0 })
    }

    /// Whether this training could have come to where a checkpoint says it was; a file may name no other file of the machine.
    fn check(&self, state: &checkpoint::Progress) -> Result<(), TrainError> {
        let mut order = state.order.clone();
        let steps = schedule::epoch(&mut order, &self.spec.train, self.network, &self.dataset.train.encoded).len();
        let why = if state.best.len() != self.selections().len() {
            format!("it has {} best epochs, expected {}", state.best.len(), self.selections().len())
        } else if state.step > steps {
            format!("it stands at step {} of an epoch of {steps}", state.step)
        } else if let Some(name) = state.feedback_store.as_ref().filter(|name| **name != self.feedback_name(state)) {
            format!("it names the feedback store `{name}`, expected `{}`", self.feedback_name(state))
        } else {
            return Ok(());
        };
        Err(TrainError::Damaged { path: self.path("checkpoint"), why })
    }

    /// The saved feedback store that belongs to a checkpoint.
    fn feedback_name(&self, state: &checkpoint::Progress) -> String {
        format!("{}.feedback.{}.{}", self.network.name, state.epochs.len(), state.step)
    }

    fn feedback_store(&self, tagger: &Tagger<D>, state: &checkpoint::Progress) -> Result<Option<FeedbackStore>, TrainError> {
        let a = tagger.architecture();
        // A finished training needs its store no more, and has deleted it.
        if a.rounds().is_some() || !a.has_feedback() || self.is_over(state) {
            return Ok(None);
        }
        let widths = a.tags.map(Option::unwrap_or_default);
        let lengths = self.dataset.train.encoded.iter().map(|s| s.words.len());
        let working = self.workdir.join(format!("{}.feedback.working", self.network.name));
        Ok(Some(match &state.feedback_store {
            Some(saved) => FeedbackStore::restore(&self.workdir.join(saved), &working, lengths, widths)?,
            None => FeedbackStore::create(&working, lengths, widths)?,
        }))
    }

    /// Runs what is left of an epoch; `false` when it was interrupted (and a checkpoint written).
    fn epoch(&self, live: &mut Live<D>, progress: &mut dyn Progress) -> Result<bool, TrainError> {
        let (wall, cpu) = (Instant::now(), ProcessTime::now());
        let tokens_before = live.state.tokens;
        let epoch = live.state.epochs.len();
        let rate = schedule::learning_rate(&self.spec.train, epoch) as f32;
        let mut order = live.state.order.clone();
        let steps = schedule::epoch(&mut order, &self.spec.train, self.network, &self.dataset.train.encoded);
        let total: usize = steps.iter().map(|s| s.members.len()).sum();
        let mut done: usize = steps[..live.state.step].iter().map(|s| s.members.len()).sum();
        let last = live.state.epochs.last().map(describe).unwrap_or_default();
        for (i, planned) in steps.iter().enumerate().skip(live.state.step) {
            if self.stop.load(Ordering::Relaxed) {
                live.spent.add_training(wall, cpu);
                self.checkpoint(live)?;
                return Ok(false);
            }
            progress.epoch(self.network.name, epoch + 1, self.spec.train.epochs, done, total, &last);
            self.step(live, planned, rate, epoch, i)?;
            live.state.step = i + 1;
            done += planned.members.len();
        }
        progress.epoch(self.network.name, epoch + 1, self.spec.train.epochs, total, total, &last);
        live.optimizer.flush(live.tagger.parameters_mut(), rate)?;
        live.state.order = order;
        live.pace = (live.state.tokens - tokens_before) as f64 / wall.elapsed().as_secs_f64().max(1e-9);
        live.spent.add_training(wall, cpu);
        let s = live.state.sums;
        let mean = |task: Task| self.network.tasks[task].then(|| s.loss[task] / s.tokens[task].max(1) as f64);
        live.state.epochs.push(EpochRecord {
            epoch: epoch as u64 + 1,
            learning_rate: schedule::learning_rate(&self.spec.train, epoch),
            loss: PerTask::of(mean),
            clipped: s.clipped as f64 / steps.len().max(1) as f64,
            ..EpochRecord::default()
        });
        (live.state.step, live.state.sums) = (0, Sums::default());
        Ok(true)
    }

    fn step(&self, live: &mut Live<D>, planned: &Planned, rate: f32, epoch: usize, index: usize) -> Result<(), TrainError> {
        let (spec, sentences) = (self.spec, &self.dataset.train.encoded);
        let members = &planned.members;
        let unknown = replaces_singletons(spec).then_some(&mut live.state.noise);
        let batch = live.encoder.batch(&self.dataset.types, sentences, members, unknown);
        let rows = if spec.embedding.trainable { touched(&batch) } else { Vec::new() };
        live.optimizer.prepare(live.tagger.parameters_mut(), &rows, rate)?;
        let learns = |task: Task| self.network.tasks[task] && planned.task.is_none_or(|t| t == task);
        let tokens = batch.packing.tokens();
        let reduction = match spec.train.loss_reduction {
            LossReduction::Sum => 1.0,
            LossReduction::MeanTokens => 1.0 / tokens as f64,
            LossReduction::MeanSentences => 1.0 / members.len() as f64,
        };
        let weights = PerTask { mer: spec.train.task_weights.mer, men: spec.train.task_weights.men };
        let targets = PerTask::of(|task| {
            learns(task)
                .then(|| Gold { tags: Rc::new(gold(sentences, members, &batch.packing, task)), weight: (weights[task] * reduction) as f32 })
        });
        let given = self.stored_feedback(live, &batch, members)?;
        let gradients = live.gradients.take().unwrap_or_else(|| live.tagger.parameters().gradients());
        let step = live.tagger.step(gradients, &batch, targets, given, live.store.is_some(), &mut live.state.noise)?;
        let not_finite = |what, value| TrainError::NotFinite {
            what,
            network: self.network.name.to_owned(),
            value,
            epoch: epoch + 1,
            batch: index + 1,
            sentences: self.names(members),
        };
        for task in Task::ALL {
            if let Some(loss) = step.losses[task] {
                if !loss.is_finite() {
                    return Err(not_finite("loss", loss));
                }
                live.state.sums.loss[task] += loss;
                live.state.sums.tokens[task] += tokens as u64;
            }
        }
        if let Some(store) = &live.store {
            for task in Task::ALL.into_iter().filter(|task| learns(*task)) {
                if let (Some(output), Some(width)) = (&step.outputs[task], live.tagger.architecture().tags[task]) {
                    for (r, member) in members.iter().enumerate() {
                        store.write(task, *member, &unpack(output, &batch.packing, r, width))?;
                    }
                }
            }
        }
        let mut gradients = step.gradients;
        let active: Vec<bool> = (0..live.tagger.parameters().iter().len()).map(|i| self.is_active(&live.tagger, i, planned.task)).collect();
        let stepped = live.optimizer.step(live.tagger.parameters_mut(), &mut gradients, &rows, rate, |id| active[id.0])?;
        if !stepped.norm.is_finite() {
            return Err(not_finite("gradient's norm", stepped.norm));
        }
        gradients.drop_non_leafs();
        live.gradients = Some(gradients);
        live.state.sums.clipped += u64::from(stepped.clipped);
        live.state.tokens += tokens as u64;
        Ok(())
    }

    /// The other head's parameters rest in a step of one task, and so does a frozen word table.
    fn is_active(&self, tagger: &Tagger<D>, parameter: usize, task: Option<Task>) -> bool {
        let id = crate::nn::parameter::ParameterId(parameter);
        let frozen = tagger.parameters()[id].table && !self.spec.embedding.trainable;
        !frozen && task.is_none_or(|task| !tagger.is_of_task(id, task.other()))
    }

    fn stored_feedback(&self, live: &Live<D>, batch: &Batch, members: &[u32]) -> Result<Option<FeedbackFrom>, TrainError> {
        let Some(store) = &live.store else { return Ok(None) };
        let mut given = PerTask::<Vec<f32>>::default();
        for (task, given) in given.iter_mut() {
            let width = live.tagger.architecture().tags[task].unwrap_or_default();
            *given = vec![0.0; batch.packing.tokens() * width];
            for (r, member) in members.iter().enumerate() {
                let values = store.read(task, *member, batch.packing.length(r))?;
                for (row, values) in batch.packing.rows(r).zip(values.chunks_exact(width.max(1))) {
                    given[row * width..(row + 1) * width].copy_from_slice(values);
                }
            }
        }
        let PerTask { mer, men } = given;
        Ok(Some(FeedbackFrom::Given { mer, men }))
    }

    /// Sentences as `document:number within it`, for a message.
    fn names(&self, members: &[u32]) -> String {
        let split: &EncodedSplit = &self.dataset.train;
        let name = |i: &u32| {
            let document = split.sentences[*i as usize].document;
            let first = split.sentences.partition_point(|s| s.document < document);
            format!("{}:{}", split.documents[document].id, *i as usize - first + 1)
        };
        members.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    /// Scores dev, keeps the parameters if they are the best so far, and writes a checkpoint.
    fn end_epoch(&self, live: &mut Live<D>, gold: &evaluate::Gold, reader: &Reader, progress: &mut dyn Progress) -> Result<(), TrainError> {
        let began = Instant::now();
        let dev = &self.dataset.dev;
        let predictions = reader.read(self.dataset, dev, &tag(&live.tagger, &self.dataset.types, &dev.encoded)?);
        let counts = PerTask { mer: gold.mentions(&predictions.mer).kit, men: gold.concepts(&predictions.men).kit };
        let PerTask { mer: mention, men: concept } = counts.map(|c| c.f1());
        if let Some(record) = live.state.epochs.last_mut() {
            record.dev_f1 = PerTask { mer: self.network.tasks.mer.then_some(mention), men: self.network.tasks.men.then_some(concept) };
            progress.say(&format!("{} {}/{}: {}", self.network.name, record.epoch, self.spec.train.epochs, describe(record)));
            let of_task = |task: Task| self.network.tasks[task].then_some(counts[task]);
            let (dev_mention, dev_concept) = (of_task(Task::Mer), of_task(Task::Men));
            progress.scored(self.network.name, &ScoredEpoch { record, dev_mention, dev_concept, tokens_per_second: live.pace });
            let epoch = record.epoch;
            tracing::info!(
                loss_mer = record.loss.mer,
                loss_men = record.loss.men,
                dev_mention_f1 = record.dev_f1.mer,
                dev_concept_f1 = record.dev_f1.men,
                clipped = record.clipped,
                "epoch over"
            );
            for (i, selection) in self.selections().into_iter().enumerate() {
                let score = selection.score(mention, concept);
                if selection == Selection::Last || live.state.best[i].is_none_or(|(best, _)| score > best) {
                    live.state.best[i] = Some((score, epoch));
                    checkpoint::save_parameters(&self.workdir.join(selection.file(self.network)), &live.tagger)?;
                }
            }
        }
        live.spent.evaluate_seconds += began.elapsed().as_secs_f64();
        self.checkpoint(live)
    }

    fn checkpoint(&self, live: &mut Live<D>) -> Result<(), TrainError> {
        let old = live.state.feedback_store.take();
        if let Some(store) = &live.store {
            let name = self.feedback_name(&live.state);
            // The checkpoint that stands names its store: where nothing was done since, it must not be written over.
            if old.as_ref() != Some(&name) {
                store.save(&self.workdir.join(&name))?;
            }
            live.state.feedback_store = Some(name);
        }
        live.spent.save(&self.spent_path())?;
        checkpoint::save(&self.path("checkpoint"), &live.tagger, &live.optimizer, &live.state)?;
        if let Some(old) = old.filter(|old| live.state.feedback_store.as_ref() != Some(old)) {
            // Only disk space is lost if this fails.
            let _ = std::fs::remove_file(self.workdir.join(old));
        }
        Ok(())
    }

    /// Tags dev and test with the selected parameters.
    fn finish(&self, mut live: Live<D>) -> Result<Trained, TrainError> {
        let began = Instant::now();
        let selections = self.selections();
        let (mut dev, mut test) = (SplitOutput::default(), SplitOutput::default());
        let mut selected = Vec::new();
        for (selection, best) in selections.iter().zip(&live.state.best) {
            if let (Some((_, epoch)), true) = (best, *selection != Selection::Last) {
                checkpoint::load_parameters(&self.workdir.join(selection.file(self.network)), &mut live.tagger)?;
                selected.push(*epoch);
            } else {
                selected.push(live.state.epochs.len() as u64);
            }
            for (split, output) in [(&self.dataset.dev, &mut dev), (&self.dataset.test, &mut test)] {
                let mut own = SplitOutput::of(&live.tagger, &self.dataset.types, &split.encoded)?;
                own.keep(|task| selection.is_for(task));
                output.add(own);
            }
        }
        live.spent.evaluate_seconds += began.elapsed().as_secs_f64();
        for name in [Some(format!("{}.feedback.working", self.network.name)), live.state.feedback_store.clone()].into_iter().flatten() {
            // Only disk space is lost if this fails.
            let _ = std::fs::remove_file(self.workdir.join(name));
        }
        let record = NetworkRecord {
            tasks: self.network.name.to_owned(),
            parameters: live.tagger.parameters().count() as u64,
            selected_epochs: selected,
            epochs: live.state.epochs.iter().map(EpochRecord::rounded).collect(),
        };
        Ok(Trained::Done(Box::new(Network { record, dev, test, state: live.state, spent: live.spent })))
    }

    fn selections(&self) -> Vec<Selection> {
        selections(self.spec.train.select, self.network)
    }

    fn spent_path(&self) -> PathBuf {
        self.workdir.join(format!("{}.spent.json", self.network.name))
    }

    fn path(&self, what: &str) -> PathBuf {
        self.workdir.join(format!("{}.{what}.safetensors", self.network.name))
    }
}

/// An epoch in a few words.
fn describe(e: &EpochRecord) -> String {
    let mut words = Vec::new();
    for (task, name) in Task::ALL.into_iter().zip(["MER", "MEN"]) {
        if let Some(loss) = e.loss[task] {
            words.push(format!("{name} loss {loss:.4}"));
        }
        if let Some(f1) = e.dev_f1[task] {
            words.push(format!("dev F1 {f1:.4}"));
        }
    }
    words.join(", ")
}
