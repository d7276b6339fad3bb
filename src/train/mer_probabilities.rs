//! What recognition holds of every token, whatever it decides: how likely a mention begins there, or goes on.

use super::TrainError;
use super::dataset::{Dataset, EncodedSplit};
use super::decoder::Decoder;
use super::predictions::tag_with;
use super::selection::selected_checkpoints;
use crate::corpus::{Sentence, Task};
use crate::lexicon::TokenProbability;
use crate::nn::Backend;
use crate::nn::buffers::Context;
use crate::run::spec::RunSpec;
use std::path::Path;

/// The tags of recognition with which a mention begins, and those with which it goes on.
#[derive(Clone, Debug)]
pub struct MentionTags {
    begins: Vec<usize>,
    continues: Vec<usize>,
    width: usize,
}

impl MentionTags {
    pub fn new(decoder: &Decoder) -> Self {
        let tags = &decoder.tag_sets[Task::Mer];
        let mut own = Self { begins: Vec::new(), continues: Vec::new(), width: tags.len() };
        for tag in 0..tags.len() {
            match tags.name(tag).split_once('-') {
                Some(("B" | "S", _)) => own.begins.push(tag),
                Some(("I" | "E", _)) => own.continues.push(tag),
                _ => {}
            }
        }
        own
    }

    /// Of each token of a sentence, given the tokens x tags log-probabilities of recognition.
    pub fn of(&self, sentence: &Sentence, log_probabilities: &[f32]) -> Vec<TokenProbability> {
        let sum = |row: &[f32], tags: &[usize]| tags.iter().map(|&tag| libm::expf(row[tag])).sum::<f32>();
        let rows = sentence.tokens.iter().zip(log_probabilities.chunks_exact(self.width.max(1)));
        rows.map(|(token, row)| TokenProbability {
            start: token.start,
            end: token.end,
            begins: sum(row, &self.begins),
            continues: sum(row, &self.continues),
        })
        .collect()
    }
}

/// What the trained recognition of a run holds of every token of a split; a row a document.
///
/// # Errors
/// [`TrainError`]: parameters that cannot be read.
pub fn mer_probabilities<D: Backend>(
    device: &Context<D>,
    spec: &RunSpec,
    dataset: &Dataset,
    split: &EncodedSplit,
    workdir: &Path,
) -> Result<Vec<Vec<TokenProbability>>, TrainError> {
    let tags = MentionTags::new(&dataset.decoder);
    let mut sentences: Vec<Vec<TokenProbability>> = vec![Vec::new(); split.sentences.len()];
    for selected in selected_checkpoints(spec).into_iter().filter(|selected| selected.answers.mer) {
        let tagger = selected.load(device, spec, dataset, workdir)?;
        tag_with(&tagger, &dataset.types, &split.encoded, true, |number, tagged| {
            if let Some(log_probabilities) = tagged.log_probabilities.mer {
                sentences[number] = tags.of(&split.sentences[number], &log_probabilities);
            }
        })?;
    }
    let mut documents = vec![Vec::new(); split.documents.len()];
    split.sentences.iter().zip(sentences).for_each(|(sentence, tokens)| documents[sentence.document].extend(tokens));
    Ok(documents)
}
