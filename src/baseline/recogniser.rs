//! Mentions by a conditional random field: documents to labelled sentences and back.

use super::crf::{Crf, CrfOptions};
use super::found::SystemMention;
use super::words::{Word, words};
use crate::corpus::{Document, Sentence, align_document, sentences};

/// Finds mentions of several types. Label 0 is outside; type t has 1 + 2t where a mention begins and 2 + 2t within.
pub struct Recogniser {
    crf: Crf,
    entity_types: Vec<String>,
    /// L-BFGS iterations of the model that was kept.
    pub iterations: usize,
}

impl Recogniser {
    /// Trains on `train`; `judge` says how good what a model finds in each document of `dev` is.
    pub fn train(
        train: &[Document],
        dev: &[Document],
        entity_types: &[String],
        options: CrfOptions,
        judge: impl Fn(&[Vec<SystemMention>]) -> f64,
    ) -> Self {
        let labelled: Vec<(Vec<Word>, Vec<usize>)> =
            train.iter().enumerate().flat_map(|(index, document)| labelled(index, document, entity_types)).collect();
        let labels = 1 + 2 * entity_types.len();
        let inside = |label: usize| label > 0 && label.is_multiple_of(2);
        let follows = |before: usize, label: usize| !inside(label) || before == label || before + 1 == label;
        let follows: Vec<Vec<bool>> = (0..labels).map(|before| (0..labels).map(|label| follows(before, label)).collect()).collect();
        let begins = (0..labels).map(|label| !inside(label)).collect();
        let dev: Vec<Vec<Sentence>> = dev.iter().enumerate().map(|(index, document)| sentences(index, document)).collect();
        let judged = |crf: &Crf| {
            let found: Vec<Vec<SystemMention>> = dev.iter().map(|sentences| find(crf, entity_types, sentences)).collect();
            judge(&found)
        };
        let (crf, iterations) = Crf::train(&labelled, follows, begins, options, judged);
        Self { crf, entity_types: entity_types.to_vec(), iterations }
    }

    pub fn find(&self, index: usize, document: &Document) -> Vec<SystemMention> {
        find(&self.crf, &self.entity_types, &sentences(index, document))
    }

    /// Number of weights.
    pub fn size(&self) -> usize {
        self.crf.size()
    }
}

fn labelled(index: usize, document: &Document, entity_types: &[String]) -> Vec<(Vec<Word>, Vec<usize>)> {
    let sentences = sentences(index, document);
    let aligned = align_document(&sentences, &document.mentions);
    let rows = sentences.iter().zip(aligned).map(|(sentence, aligned)| {
        let mut labels = vec![0; sentence.tokens.len()];
        for span in aligned.spans {
            let entity_type = &document.mentions[span.mention].entity_type;
            let Some(number) = entity_types.iter().position(|name| name == entity_type) else { continue };
            labels[span.start..span.end].fill(2 + 2 * number);
            labels[span.start] = 1 + 2 * number;
        }
        (words(&sentence.tokens), labels)
    });
    rows.collect()
}

fn find(crf: &Crf, entity_types: &[String], sentences: &[Sentence]) -> Vec<SystemMention> {
    let mut found = Vec::new();
    for sentence in sentences {
        let labels = crf.label(&words(&sentence.tokens));
        let mut from = 0;
        while from < labels.len() {
            let (label, start) = (labels[from], from);
            from += 1;
            if label == 0 {
                continue;
            }
            while from < labels.len() && labels[from] == label + 1 {
                from += 1;
            }
            let (start, end) = (sentence.tokens[start].start, sentence.tokens[from - 1].end);
            found.push(SystemMention { start, end, entity_type: entity_types[(label - 1) / 2].clone(), concept: None });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::concepts::fixtures::document;

    #[test]
    fn mentions_of_several_types_are_found_again() {
        let mut train = vec![
            document("1", "the [sore itch|D1] and [sore rash|D2] came with [morfin|C1] now"),
            document("2", "the [dry itch|D1] came without [kodein|C2] now"),
        ];
        for mention in train.iter_mut().flat_map(|document| &mut document.mentions) {
            if mention.concept.as_deref().is_some_and(|concept| concept.starts_with('C')) {
                mention.entity_type = "Chemical".into();
            }
        }
        let types = ["Chemical".to_owned(), "Disease".to_owned()];
        let options = CrfOptions { variance: 10.0, iterations: 50 };
        let right = |documents: &[Document], found: &[Vec<SystemMention>]| {
            let spans = documents.iter().zip(found).map(|(document, found)| {
                let gold: Vec<_> = document.mentions.iter().map(|m| (m.start, m.end, &m.entity_type)).collect();
                found.iter().filter(|found| gold.contains(&(found.start, found.end, &found.entity_type))).count()
            });
            spans.sum::<usize>() as f64
        };
        let recogniser = Recogniser::train(&train, &train, &types, options, |found| right(&train, found));
        let found: Vec<Vec<SystemMention>> = train.iter().enumerate().map(|(index, document)| recogniser.find(index, document)).collect();
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [3, 2]);
        assert_eq!(right(&train, &found), 5.0);
        assert!(recogniser.size() > 100 && recogniser.iterations > 0);
    }
}
