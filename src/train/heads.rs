//! What the two heads say about one sentence, in spans and in probabilities of labels.

use super::decoder::Decoder;
use crate::corpus::{TagSpan, Task};
use std::collections::HashMap;
use std::ops::Range;

/// The labels of a head (types of MER, concepts of MEN) and the tags that carry each: `B-Disease` and `I-Disease` say `Disease`.
#[derive(Clone, Debug)]
pub struct Labels {
    names: Vec<String>,
    index: HashMap<String, usize>,
    /// Tags of each label.
    tags: Vec<Vec<usize>>,
    /// How many tags the head has.
    width: usize,
}

impl Labels {
    pub fn new(decoder: &Decoder, task: Task) -> Self {
        let width = decoder.tag_sets[task].len();
        let mut labels = Self { names: Vec::new(), index: HashMap::new(), tags: Vec::new(), width };
        for tag in 0..width {
            // A tag by itself says a span of one token, or is outside.
            let Some(span) = decoder.spans(task, &[tag as u32]).pop() else { continue };
            let at = *labels.index.entry(span.label).or_insert_with_key(|label| {
                labels.names.push(label.clone());
                labels.tags.push(Vec::new());
                labels.names.len() - 1
            });
            labels.tags[at].push(tag);
        }
        labels
    }
}

/// Labels of a lower probability are of no use to a ranker.
const LEAST: f32 = 0.001;

/// What one head gives for a sentence.
pub struct HeadOutput<'a> {
    labels: &'a Labels,
    /// In order, without overlap.
    pub spans: Vec<TagSpan>,
    /// tokens x tags
    probabilities: Vec<f32>,
}

impl<'a> HeadOutput<'a> {
    /// From tokens x tags logarithms, which need not be normalised: the heads of two summed directions are not.
    pub fn new(labels: &'a Labels, spans: Vec<TagSpan>, mut log_probabilities: Vec<f32>) -> Self {
        for row in log_probabilities.chunks_exact_mut(labels.width) {
            let greatest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            row.iter_mut().for_each(|v| *v = libm::expf(*v - greatest));
            let sum: f32 = row.iter().sum();
            row.iter_mut().for_each(|v| *v /= sum);
        }
        Self { labels, spans, probabilities: log_probabilities }
    }

    /// The probability that a token's tag says this label, averaged over `tokens`; 0 for a label that the head has not.
    pub fn confidence(&self, label: &str, tokens: Range<usize>) -> f32 {
        self.labels.index.get(label).map_or(0.0, |at| self.mean(*at, tokens))
    }

    fn mean(&self, label: usize, tokens: Range<usize>) -> f32 {
        let count = tokens.len().max(1);
        let of =
            |token: usize| -> f32 { self.labels.tags[label].iter().map(|tag| self.probabilities[token * self.labels.width + tag]).sum() };
        tokens.map(of).sum::<f32>() / count as f32
    }

    /// The label that most of `tokens` are tagged with; of several the one of greater confidence, then the first. `None` where all are
    /// outside.
    pub fn vote(&self, tokens: Range<usize>) -> Option<&str> {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for span in &self.spans {
            let shared = span.end.min(tokens.end).saturating_sub(span.start.max(tokens.start));
            match counts.iter_mut().find(|(label, _)| *label == span.label) {
                _ if shared == 0 => {}
                Some((_, count)) => *count += shared,
                None => counts.push((&span.label, shared)),
            }
        }
        let most = counts.iter().map(|(_, count)| *count).max()?;
        let mut best: Option<(&str, f32)> = None;
        for (label, _) in counts.into_iter().filter(|(_, count)| *count == most) {
            let confidence = self.confidence(label, tokens.clone());
            if best.is_none_or(|(_, greatest)| confidence > greatest) {
                best = Some((label, confidence));
            }
        }
        best.map(|(label, _)| label)
    }

    /// The labels with a confidence that is worth a look, whatever the tags are, in the order of the head's tags.
    pub fn likely(&self, tokens: Range<usize>) -> Vec<(String, f32)> {
        let labels = self.labels.names.iter().enumerate().map(|(label, name)| (name, self.mean(label, tokens.clone())));
        labels.filter(|(_, confidence)| *confidence >= LEAST).map(|(name, confidence)| (name.clone(), confidence)).collect()
    }

    /// The label of greatest confidence, whatever the tags are; `None` for a head without labels.
    pub fn likeliest(&self, tokens: Range<usize>) -> Option<&str> {
        let mut best: Option<(usize, f32)> = None;
        for label in 0..self.labels.names.len() {
            let confidence = self.mean(label, tokens.clone());
            if best.is_none_or(|(_, greatest)| confidence > greatest) {
                best = Some((label, confidence));
            }
        }
        best.map(|(label, _)| self.labels.names[label].as_str())
    }
}
