//! The whole network: features, encoder, heads with feedback, and a CRF where asked for.

use super::Packing;
use super::architecture::Architecture;
use super::backend::Backend;
use super::buffers::{Context, Error, Rows};
use super::encoder::EncoderIds;
use super::init::Start;
use super::ops::crf::{self, Crf};
use super::ops::dropout::{dropout, mask};
use super::ops::features::{CharCnn, Words, features};
use super::ops::heads::{self, Feedback, FeedbackFrom, Gold, Head, as_feedback};
use super::parameter::{ParameterId, Parameters};
use crate::corpus::{PerTask, Task};
use crate::run::spec::{CrfFeedback, FeedbackValue};
use dfdx::prelude::*;
use rand_core::Rng;
use std::rc::Rc;

/// A batch of sentences as the network sees it.
#[derive(Clone, Debug)]
pub struct Batch {
    pub packing: Rc<Packing>,
    pub words: Rc<Words>,
}

/// A network and its parameters.
pub struct Tagger<D: Backend> {
    architecture: Architecture,
    parameters: Parameters<D>,
    word_table: ParameterId,
    characters: Option<[ParameterId; 3]>,
    encoder: EncoderIds,
    heads: PerTask<Option<HeadIds>>,
}

/// Which parameters a head has.
#[derive(Clone, Copy)]
struct HeadIds {
    direct: ParameterId,
    bias: ParameterId,
    feedback: Option<(ParameterId, ParameterId)>,
    hidden: Option<(ParameterId, ParameterId)>,
    crf: Option<[ParameterId; 3]>,
}

/// What a training step computed.
pub struct Step<D: Backend> {
    /// Holds the gradients of all parameters that took part.
    pub gradients: Gradients<f32, D>,
    /// Sum over the batch of each task's loss, unweighted.
    pub losses: PerTask<Option<f64>>,
    /// tokens x |L|: each head's output as feedback, if asked for.
    pub outputs: PerTask<Option<Vec<f32>>>,
}

/// Output of prediction for one task.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// One tag a token.
    pub tags: Vec<u32>,
    /// tokens x |L|: log-probabilities of the tags (with a CRF the logarithms of its posterior marginals), if asked for.
    pub log_probabilities: Option<Vec<f32>>,
}

impl<D: Backend> Tagger<D> {
    /// A network with the given word vectors (`words` x `word_dimension` values) and everything else drawn from `rng`.
    pub fn new(run: &Context<D>, architecture: Architecture, word_vectors: Vec<f32>, rng: &mut impl Rng) -> Result<Self, Error> {
        let mut parameters = Parameters::new(run);
        let mut start = Start { init: architecture.model.init, rng };
        let a = &architecture;
        let word_table = parameters.add("words", (a.words, a.word_dimension), word_vectors, true)?;
        let mut width = a.word_dimension;
        let characters = match &a.model.char_cnn {
            Some(c) => {
                let wide = c.window * c.dim;
                width += c.filters;
                let table = start.uniform((3.0 / c.dim as f64).sqrt(), a.characters * c.dim);
                let filters = start.matrix(wide, c.filters);
                let bias = start.bias(wide, c.filters);
                Some([
                    parameters.add("characters", (a.characters, c.dim), table, false)?,
                    parameters.add("char_cnn.filters", (c.filters, wide), filters, false)?,
                    parameters.add("char_cnn.bias", (1, c.filters), bias, false)?,
                ])
            }
            None => None,
        };
        let encoder = EncoderIds::new(&mut parameters, &a.model, a.hidden(), width, &mut start)?;
        let mut heads = PerTask::default();
        for task in Task::ALL {
            heads[task] = HeadIds::new(&mut parameters, a, task, &mut start)?;
        }
        Ok(Self { architecture, parameters, word_table, characters, encoder, heads })
    }

    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    pub fn parameters(&self) -> &Parameters<D> {
        &self.parameters
    }

    pub fn parameters_mut(&mut self) -> &mut Parameters<D> {
        &mut self.parameters
    }

    /// Parameters that belong to one task alone: its head, its feedback matrix, its CRF.
    pub fn is_of_task(&self, id: ParameterId, task: Task) -> bool {
        self.heads[task].is_some_and(|h| h.all().any(|own| own == id))
    }

    /// Losses and gradients of one batch. `gold` of a task that is not trained in this step is `None` or has weight 0; `given`
    /// replaces the rounds of feedback.
    pub fn step(
        &self,
        gradients: Gradients<f32, D>,
        batch: &Batch,
        gold: PerTask<Option<Gold>>,
        given: Option<FeedbackFrom>,
        want_outputs: bool,
        rng: &mut impl Rng,
    ) -> Result<Step<D>, Error> {
        self.step_on_device(gradients, batch, gold, given, want_outputs, rng).map_err(Error::device)
    }

    fn step_on_device(
        &self,
        gradients: Gradients<f32, D>,
        batch: &Batch,
        gold: PerTask<Option<Gold>>,
        given: Option<FeedbackFrom>,
        want_outputs: bool,
        rng: &mut impl Rng,
    ) -> Result<Step<D>, D::Err> {
        let run = self.parameters.run();
        let anchor: Tensor<Rank0, f32, D> = run.device().try_zeros()?;
        let (_, tape) = anchor.traced(gradients).split_tape();
        let v = self.encode(tape, batch, Some(rng))?;
        let feedback = self.feedback(given);
        let (total, losses, outputs) = if self.architecture.model.crf {
            self.crf_losses(v, batch, &feedback, gold, want_outputs)?
        } else {
            let l = heads::losses(run, v, self.head_params().into(), &feedback, gold.into(), want_outputs)?;
            (l.total, l.tasks.into(), l.outputs.into())
        };
        Ok(Step { gradients: total.try_backward()?, losses, outputs })
    }

    /// The best tags of each task, and with `probabilities` their log-probabilities. `given` replaces the rounds of feedback.
    pub fn predict(&self, batch: &Batch, given: Option<FeedbackFrom>, probabilities: bool) -> Result<PerTask<Option<Predicted>>, Error> {
        self.predict_on_device(batch, given, probabilities).map_err(Error::device)
    }

    fn predict_on_device(
        &self,
        batch: &Batch,
        given: Option<FeedbackFrom>,
        probabilities: bool,
    ) -> Result<PerTask<Option<Predicted>>, D::Err> {
        let run = self.parameters.run();
        let v = self.encode(NoneTape, batch, None::<&mut rand_xoshiro::Xoshiro256PlusPlus>)?;
        let feedback = self.crf_feedback(&v, batch, self.feedback(given))?;
        let (scores, _) = heads::scores(run, v, self.head_params().into(), &feedback)?;
        let mut predicted = PerTask::default();
        for (task, scores) in PerTask::from(scores) {
            let Some(scores) = scores else { continue };
            predicted[task] = Some(match self.crf_params(task) {
                Some(chain) => Predicted {
                    tags: crf::viterbi(run, &scores, &batch.packing, &chain)?,
                    log_probabilities: match probabilities {
                        true => Some(crf::marginals(run, &scores, &batch.packing, &chain)?.into_iter().map(libm::logf).collect()),
                        false => None,
                    },
                },
                None => {
                    let (tags, log_probabilities) = heads::decode(run, &scores, self.parts(), probabilities)?;
                    Predicted { tags, log_probabilities }
                }
            });
        }
        Ok(predicted)
    }

    /// What the last round of feedback reads: each task's y after the rounds before it, tokens x |L|; 1/|L| where there is one round only.
    pub fn feedback_read(&self, batch: &Batch) -> Result<PerTask<Vec<f32>>, Error> {
        self.feedback_read_on_device(batch).map_err(Error::device)
    }

    fn feedback_read_on_device(&self, batch: &Batch) -> Result<PerTask<Vec<f32>>, D::Err> {
        let run = self.parameters.run();
        let (kind, rounds) = (self.architecture.model.feedback.value, self.architecture.rounds().unwrap_or(2));
        let mut y = self.architecture.tags.map(|tags| tags.map_or(Vec::new(), |l| vec![1.0 / l as f32; batch.packing.tokens() * l]));
        if rounds < 2 {
            return Ok(y);
        }
        let v = self.encode(NoneTape, batch, None::<&mut rand_xoshiro::Xoshiro256PlusPlus>)?;
        if let Feedback { from: FeedbackFrom::Given { mer, men }, .. } =
            self.crf_feedback(&v, batch, Feedback { kind, from: FeedbackFrom::Rounds(rounds) })?
        {
            return Ok(PerTask { mer, men });
        }
        let (scores, _) = heads::scores(run, v, self.head_params().into(), &Feedback { kind, from: FeedbackFrom::Rounds(rounds - 1) })?;
        for (task, scores) in PerTask::from(scores) {
            if let Some(scores) = &scores {
                let (_, log) = heads::decode(run, scores, self.parts(), true)?;
                y[task] = as_feedback(kind, scores.shape().1, log.unwrap_or_default());
            }
        }
        Ok(y)
    }

    /// v: tokens x 2h. Dropout only where there is a generator.
    fn encode<T: Tape<f32, D>>(&self, tape: T, batch: &Batch, mut rng: Option<&mut impl Rng>) -> Result<Rows<D, T>, D::Err> {
        let (a, p) = (&self.architecture, &self.parameters);
        let rate = a.dropout.rate;
        if rate == 0.0 {
            rng = None;
        }
        let cnn = match (self.characters, &a.model.char_cnn) {
            (Some([table, filters, bias]), Some(shape)) => {
                let len = batch.words.spellings.characters.len() * shape.dim;
                let mask = rng.as_mut().filter(|_| a.dropout.characters).map(|rng| mask(*rng, rate, len));
                Some(CharCnn { table: &p[table], filters: &p[filters], bias: &p[bias], mask })
            }
            _ => None,
        };
        let mut x = features(p.run(), tape, &batch.words, &p[self.word_table], a.train_words, cnn)?;
        if let Some(rng) = rng.as_mut().filter(|_| a.dropout.input) {
            let len = x.shape().0 * x.shape().1;
            x = dropout(p.run(), x, mask(*rng, rate, len))?;
        }
        let between = if a.dropout.between_layers { rng.as_deref_mut() } else { None };
        let mut v = self.encoder.apply(p, x, &batch.packing, rate, between)?;
        if let Some(rng) = rng.filter(|_| a.dropout.output) {
            let len = v.shape().0 * v.shape().1;
            v = dropout(p.run(), v, mask(rng, rate, len))?;
        }
        Ok(v)
    }

    fn feedback(&self, given: Option<FeedbackFrom>) -> Feedback {
        let rounds = if self.architecture.has_feedback() { self.architecture.rounds().unwrap_or(2) } else { 1 };
        Feedback { kind: self.architecture.model.feedback.value, from: given.unwrap_or(FeedbackFrom::Rounds(rounds)) }
    }

    /// Where feedback is the CRF's marginals, runs the rounds before the last one and gives what the last one reads.
    fn crf_feedback(&self, v: &Rows<D>, batch: &Batch, feedback: Feedback) -> Result<Feedback, D::Err> {
        let (true, FeedbackFrom::Rounds(rounds)) = (self.feeds_marginals(), &feedback.from) else {
            return Ok(feedback);
        };
        let tokens = batch.packing.tokens();
        let uniform = |task: Task| self.architecture.tags[task].map_or(Vec::new(), |l| vec![1.0 / l as f32; tokens * l]);
        let PerTask { mut mer, mut men } = PerTask::of(uniform);
        for _ in 1..*rounds {
            let given = Feedback { kind: feedback.kind, from: FeedbackFrom::Given { mer, men } };
            let (scores, _) = heads::scores(self.parameters.run(), v.clone(), self.head_params().into(), &given)?;
            let (scores, mut outputs) = (PerTask::from(scores), PerTask::<Vec<f32>>::default());
            for task in Task::ALL {
                if let (Some(scores), Some(chain)) = (&scores[task], self.crf_params(task)) {
                    outputs[task] = self.marginal_feedback(scores, batch, &chain)?;
                }
            }
            PerTask { mer, men } = outputs;
        }
        Ok(Feedback { kind: feedback.kind, from: FeedbackFrom::Given { mer, men } })
    }

    fn marginal_feedback(&self, scores: &Rows<D>, batch: &Batch, chain: &Crf<D>) -> Result<Vec<f32>, D::Err> {
        let marginals = crf::marginals(self.parameters.run(), scores, &batch.packing, chain)?;
        Ok(match self.architecture.model.feedback.value {
            FeedbackValue::Probability => marginals,
            // The smallest normal number keeps the logarithm finite.
            FeedbackValue::LogProbability => marginals.into_iter().map(|p| libm::logf(p.max(f32::MIN_POSITIVE))).collect(),
        })
    }

    #[allow(clippy::type_complexity)]
    fn crf_losses(
        &self,
        v: Rows<D, OwnedTape<f32, D>>,
        batch: &Batch,
        feedback: &Feedback,
        gold: PerTask<Option<Gold>>,
        want_outputs: bool,
    ) -> Result<(Tensor<Rank0, f32, D, OwnedTape<f32, D>>, PerTask<Option<f64>>, PerTask<Option<Vec<f32>>>), D::Err> {
        let run = self.parameters.run();
        let (v, tape) = v.split_tape();
        let feedback = self.crf_feedback(&v, batch, feedback.clone())?;
        let (scores, tape) = heads::scores(run, v.put_tape(tape), self.head_params().into(), &feedback)?;
        let zero: Tensor<Rank0, f32, D> = run.device().try_zeros()?;
        let mut total = zero.put_tape(tape);
        let (scores, mut losses, mut outputs) = (PerTask::from(scores), PerTask::default(), PerTask::default());
        for task in Task::ALL {
            let (Some(scores), Some(chain)) = (&scores[task], self.crf_params(task)) else { continue };
            if want_outputs {
                outputs[task] = Some(match self.feeds_marginals() {
                    true => self.marginal_feedback(scores, batch, &chain)?,
                    false => {
                        let (_, log) = heads::decode(run, scores, self.parts(), true)?;
                        as_feedback(self.architecture.model.feedback.value, scores.shape().1, log.unwrap_or_default())
                    }
                });
            }
            let Some(gold) = gold[task].as_ref().filter(|g| g.weight != 0.0) else { continue };
            let (so_far, tape) = total.split_tape();
            let (loss, value) = crf::loss(run, scores.clone().put_tape(tape), &batch.packing, &chain, &gold.tags, gold.weight)?;
            losses[task] = Some(value);
            total = loss.try_add(so_far)?;
        }
        Ok((total, losses, outputs))
    }

    fn parts(&self) -> usize {
        if self.architecture.sums_directions() { 2 } else { 1 }
    }

    /// Whether a head's feedback is the CRF's posterior marginals rather than its emissions.
    fn feeds_marginals(&self) -> bool {
        self.architecture.model.crf && self.architecture.model.crf_feedback == CrfFeedback::Marginals
    }

    fn head_params(&self) -> PerTask<Option<Head<'_, D>>> {
        let p = &self.parameters;
        self.heads.map(|ids| {
            ids.map(|ids| Head {
                direct: &p[ids.direct],
                bias: &p[ids.bias],
                feedback: ids.feedback.map(|(b, u)| (&p[b], &p[u])),
                hidden: ids.hidden.map(|(w, c)| (&p[w], &p[c])),
            })
        })
    }

    fn crf_params(&self, task: Task) -> Option<Crf<'_, D>> {
        let [transitions, start, end] = self.heads[task]?.crf?.map(|id| &self.parameters[id]);
        Some(Crf { transitions, start, end })
    }
}

impl HeadIds {
    fn new<D: Backend>(
        parameters: &mut Parameters<D>,
        a: &Architecture,
        task: Task,
        start: &mut Start<impl Rng>,
    ) -> Result<Option<Self>, Error> {
        let Some(tags) = a.tags[task] else { return Ok(None) };
        let name = task.key();
        let given = a.tags[task.other()].filter(|_| a.feedback_into()[task]);
        let v = a.encoded();
        let fan_in = if given.is_some() { 2 * v } else { v };
        let width = if a.has_hidden_layer() { v } else { tags };
        let parts = if a.sums_directions() { 2 } else { 1 };
        // The two halves of f's matrix are drawn as one, of 4h inputs.
        let direct = start.part_of_matrix(fan_in, width, v * width);
        let direct = parameters.add(format!("{name}.direct"), (v, width), direct, false)?;
        let feedback = match given {
            Some(other) => {
                let b = start.part_of_matrix(fan_in, width, v * width);
                let u = start.matrix(other, v);
                Some((
                    parameters.add(format!("{name}.feedback"), (v, width), b, false)?,
                    parameters.add(format!("{name}.feedback_map"), (other, v), u, false)?,
                ))
            }
            None => None,
        };
        let bias = start.bias(fan_in, parts * width);
        let bias = parameters.add(format!("{name}.bias"), (parts, width), bias, false)?;
        let hidden = match a.has_hidden_layer() {
            true => {
                let (w, c) = (start.matrix(v, tags), start.bias(v, tags));
                Some((
                    parameters.add(format!("{name}.output"), (v, tags), w, false)?,
                    parameters.add(format!("{name}.output_bias"), (1, tags), c, false)?,
                ))
            }
            false => None,
        };
        let crf = match a.model.crf {
            true => {
                let t = start.matrix(tags, tags);
                let (s, e) = (start.part_of_matrix(tags, tags, tags), start.part_of_matrix(tags, tags, tags));
                Some([
                    parameters.add(format!("{name}.transitions"), (tags, tags), t, false)?,
                    parameters.add(format!("{name}.start"), (1, tags), s, false)?,
                    parameters.add(format!("{name}.end"), (1, tags), e, false)?,
                ])
            }
            false => None,
        };
        Ok(Some(Self { direct, bias, feedback, hidden, crf }))
    }

    fn all(self) -> impl Iterator<Item = ParameterId> {
        let pairs = [self.feedback, self.hidden].into_iter().flatten().flat_map(|(a, b)| [a, b]);
        [self.direct, self.bias].into_iter().chain(pairs).chain(self.crf.into_iter().flatten())
    }
}
