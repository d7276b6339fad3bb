//! What normalization holds of spans that recognition found: the probability of each concept over a span's tokens.

use super::TrainError;
use super::dataset::{Dataset, EncodedSplit};
use super::heads::{HeadOutput, Labels};
use super::predictions::tag_with;
use super::selection::selected_checkpoints;
use crate::corpus::{Document, Task};
use crate::nn::Backend;
use crate::nn::buffers::Context;
use crate::run::spec::RunSpec;
use std::collections::BTreeMap;
use std::path::Path;

/// Concept strings with their probabilities, by the span (in characters of the document) that they are about.
pub type SpanConcepts = BTreeMap<(usize, usize), Vec<(String, f32)>>;

/// The concepts that the trained MEN of a run gives each mention of `found`, the documents of a split with the spans that were recognised
/// in them: the probability that a token is tagged with the concept, averaged over the span's tokens. One map a document.
///
/// # Errors
/// [`TrainError`]: parameters that cannot be read.
pub fn men_probabilities<D: Backend>(
    device: &Context<D>,
    spec: &RunSpec,
    dataset: &Dataset,
    split: &EncodedSplit,
    workdir: &Path,
    found: &[Document],
) -> Result<Vec<SpanConcepts>, TrainError> {
    let mut all: Vec<SpanConcepts> = vec![SpanConcepts::new(); found.len()];
    let labels = Labels::new(&dataset.decoder, Task::Men);
    for selected in selected_checkpoints(spec).into_iter().filter(|selected| selected.answers.men) {
        let tagger = selected.load(device, spec, dataset, workdir)?;
        tag_with(&tagger, &dataset.types, &split.encoded, true, |number, mut tagged| {
            let sentence = &split.sentences[number];
            let Some(log_probabilities) = tagged.log_probabilities.men.take() else { return };
            let (Some(first), Some(last)) = (sentence.tokens.first(), sentence.tokens.last()) else { return };
            let within = |(start, end): (usize, usize)| first.start <= start && end <= last.end;
            let spans = found[sentence.document].mentions.iter().map(|mention| (mention.start, mention.end)).filter(|span| within(*span));
            let mut spans = spans.peekable();
            if spans.peek().is_none() {
                return;
            }
            let head = HeadOutput::new(&labels, Vec::new(), log_probabilities);
            for (start, end) in spans {
                let from = sentence.tokens.partition_point(|token| token.end <= start);
                let to = sentence.tokens.partition_point(|token| token.start < end);
                all[sentence.document].insert((start, end), head.likely(from..to));
            }
        })?;
    }
    Ok(all)
}
