//! Probes of a trained run: what it predicts with feedback that its own other head did not give.

use super::TrainError;
use super::batches::{Encoder, by_length, gold, unpack};
use super::dataset::{Dataset, EncodedSplit};
use super::predictions::{PREDICTION_BATCH, Reader, SplitTags};
use super::run::Inputs;
use super::selection::{SelectedCheckpoint, selected_checkpoints};
use crate::corpus::PerTask;
use crate::evaluate::{Gold, Memorization, memorization};
use crate::nn::Backend;
use crate::nn::buffers::Context;
use crate::nn::ops::heads::FeedbackFrom;
use crate::nn::{Batch, Packing, Tagger};
use crate::run::record::{Probe, ProbedFeedback};
use crate::run::spec::{FeedbackValue, RunSpec};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::path::Path;

/// The logarithm that stands for a probability of zero: that of the smallest normal number, as in the feedback of a CRF's marginals.
const LOG_OF_ZERO: f32 = -87.336_55;

/// What a run's networks are found to do on one split.
#[derive(Clone, Debug, Default)]
pub struct SplitProbes {
    pub probes: Vec<Probe>,
    /// With its own feedback.
    pub memorization: Memorization,
}

/// The probes of a run on dev and on test: its own feedback first, then, where its network has feedback, what stands in for it.
///
/// # Errors
/// As `train_run`; and where `workdir` has no parameters of this run.
pub fn probe_run<D: Backend>(device: &Context<D>, spec: &RunSpec, inputs: Inputs, workdir: &Path) -> Result<[SplitProbes; 2], TrainError> {
    let dataset = Dataset::new(spec, inputs.corpus, &inputs.embedding)?;
    let trained: Vec<Trained<D>> = selected_checkpoints(spec)
        .into_iter()
        .map(|selected| Trained::load(device, spec, &dataset, selected, workdir))
        .collect::<Result<_, _>>()?;
    let conditions: &[ProbedFeedback] = match trained.iter().any(|t| t.tagger.architecture().has_feedback()) {
        true => &ProbedFeedback::ALL,
        false => &[ProbedFeedback::Own],
    };
    let types = &spec.data.entity_types;
    let reader = Reader::new(&dataset, types);
    let mut found = [SplitProbes::default(), SplitProbes::default()];
    for (found, split) in found.iter_mut().zip([&dataset.dev, &dataset.test]) {
        let truth = Gold::new(&split.documents, types);
        for condition in conditions {
            let mut tags = SplitTags::default();
            for trained in &trained {
                trained.tag(&dataset, split, *condition, &mut tags)?;
            }
            let said = reader.read(&dataset, split, &tags);
            if *condition == ProbedFeedback::Own {
                found.memorization = memorization(&dataset.train.documents, &split.documents, &said.mer, &said.men, types);
            }
            found.probes.push(Probe {
                feedback: *condition,
                mention: truth.mentions(&said.mer).kit,
                concept: truth.concepts(&said.men).kit,
                mention_from_men: truth.mentions(&said.men).kit,
            });
        }
    }
    Ok(found)
}

/// One of the run's networks.
struct Trained<D: Backend> {
    tagger: Tagger<D>,
    answers: PerTask<bool>,
}

impl<D: Backend> Trained<D> {
    fn load(
        device: &Context<D>,
        spec: &RunSpec,
        dataset: &Dataset,
        selected: SelectedCheckpoint,
        workdir: &Path,
    ) -> Result<Self, TrainError> {
        let path = workdir.join(&selected.file);
        if !path.exists() {
            return Err(TrainError::NoParameters { path });
        }
        Ok(Self { tagger: selected.load(device, spec, dataset, workdir)?, answers: selected.answers })
    }

    /// Tags a split's sentences; a task that this network does not answer for is left as it is.
    fn tag(&self, dataset: &Dataset, split: &EncodedSplit, feedback: ProbedFeedback, tags: &mut SplitTags) -> Result<(), TrainError> {
        for (_, tags) in tags.iter_mut().filter(|(task, _)| self.answers[*task]) {
            *tags = Some(vec![Vec::new(); split.encoded.len()]);
        }
        let mut encoder = Encoder::new(&dataset.types);
        for members in by_length(&split.encoded, PREDICTION_BATCH) {
            let batch = encoder.batch(&dataset.types, &split.encoded, &members, None::<&mut Xoshiro256PlusPlus>);
            let truth = PerTask::of(|task| gold(&split.encoded, &members, &batch.packing, task));
            let given = self.given(feedback, &batch, truth)?;
            for (task, predicted) in self.tagger.predict(&batch, given, false)? {
                if let (Some(predicted), true, Some(own)) = (predicted, self.answers[task], tags[task].as_mut()) {
                    for (r, member) in members.iter().enumerate() {
                        own[*member as usize] = unpack(&predicted.tags, &batch.packing, r, 1);
                    }
                }
            }
        }
        Ok(())
    }

    /// What the last round reads instead of its own feedback.
    fn given(&self, feedback: ProbedFeedback, batch: &Batch, truth: PerTask<Vec<u32>>) -> Result<Option<FeedbackFrom>, TrainError> {
        let architecture = self.tagger.architecture();
        let widths = architecture.tags.map(Option::unwrap_or_default);
        let log = architecture.model.feedback.value == FeedbackValue::LogProbability;
        let value = |probability: f32| match (log, probability > 0.0) {
            (false, _) => probability,
            (true, true) => libm::logf(probability),
            (true, false) => LOG_OF_ZERO,
        };
        let PerTask { mer, men } = match feedback {
            ProbedFeedback::Own => return Ok(None),
            ProbedFeedback::Uniform => widths.map(|l| vec![value(1.0 / l.max(1) as f32); batch.packing.tokens() * l]),
            ProbedFeedback::Gold => PerTask::of(|task| {
                let rows = truth[task].iter();
                rows.flat_map(|tag| (0..widths[task] as u32).map(move |l| value(f32::from(l == *tag)))).collect()
            }),
            ProbedFeedback::Shuffled => {
                let own = self.tagger.feedback_read(batch)?;
                PerTask::of(|task| of_another_sentence(&own[task], &batch.packing, widths[task]))
            }
        };
        Ok(Some(FeedbackFrom::Given { mer, men }))
    }
}

/// Rows given to the sentence half a batch away (batches are of sentences of near lengths): its token t, or its last one.
fn of_another_sentence(rows: &[f32], packing: &Packing, width: usize) -> Vec<f32> {
    let mut moved = vec![0.0; rows.len()];
    let n = packing.sentences();
    for r in 0..n {
        let donor = (r + n.div_ceil(2)) % n;
        for t in 0..packing.length(r) {
            let from = packing.row(donor, t.min(packing.length(donor) - 1)) * width;
            let to = packing.row(r, t) * width;
            moved[to..to + width].copy_from_slice(&rows[from..from + width]);
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sentence_reads_another_ones_rows() {
        let packing = Packing::new(&[3, 2, 1]);
        let names: Vec<f32> = {
            let mut names = vec![0.0; 6];
            for r in 0..3 {
                for t in 0..packing.length(r) {
                    names[packing.row(r, t)] = (10 * r + t) as f32;
                }
            }
            names
        };
        let moved = of_another_sentence(&names, &packing, 1);
        let of = |r: usize| packing.rows(r).map(|row| moved[row]).collect::<Vec<_>>();
        assert_eq!([of(0), of(1), of(2)], [vec![20.0, 20.0, 20.0], vec![0.0, 1.0], vec![10.0]]);
    }
}
