//! The transition-based joint model (Lou, Zhang, Qian, Li, Xiong and Ji, Bioinformatics 2017): mentions and concepts by one sequence of
//! actions, found with a beam, scored by an averaged perceptron with early update.
//!
//! Not as there: shapes stand for parts of speech; the authors' list of candidates is not public, so candidates are names of the vocabulary and
//! training's strings, by stems and with short forms expanded, and a training mention is shown only what other documents say of its string; the
//! words that follow are features too; the iteration is chosen on dev (the authors score test after each).

mod dictionary;
mod perceptron;
mod search;

use super::found::{SystemMention, output};
use super::{System, SystemError, SystemOutput, TrainedSystem, TrainingData};
use crate::corpus::{Document, Sentence, Token, align_document, sentences, shuffle};
use crate::evaluate::{Gold, Split, concept_string};
use crate::lexicon::abbreviation::{Detector, ShortForms};
use dictionary::{Dictionary, stems};
use perceptron::Perceptron;
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use search::{Action, Label, SearchSentence, Searcher, WordTexts, text_number};
use std::collections::BTreeMap;

/// The system `transition`.
pub struct TransitionSystem;

/// A document that can be searched.
struct PreparedDocument {
    sentences: Vec<Sentence>,
    prepared: Vec<SearchSentence>,
}

struct Transition {
    perceptron: Perceptron,
    dictionary: Dictionary,
    entity_types: Vec<String>,
    beam: usize,
    longest: usize,
    iterations: usize,
}

impl System for TransitionSystem {
    fn train(&self, data: &TrainingData) -> Result<Box<dyn TrainedSystem>, SystemError> {
        let (types, options) = (&data.spec.data.entity_types, &data.spec.options.transition);
        let mut model = Transition {
            perceptron: Perceptron::default(),
            dictionary: Dictionary::new(data.lexicon()?, data.train, types),
            entity_types: types.clone(),
            beam: options.beam,
            longest: 1,
            iterations: 0,
        };
        let mut train: Vec<PreparedDocument> = prepared(data.train, true);
        for (document, of) in data.train.iter().zip(&mut train) {
            model.longest = model.longest.max(model.annotate(document, of));
        }
        let train: Vec<&SearchSentence> = train.iter().flat_map(|document| &document.prepared).collect();
        let dev = prepared(data.dev, false);
        let gold = Gold::new(data.dev, types);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(data.spec.seed);
        let mut order: Vec<usize> = (0..train.len()).collect();
        let mut learning = Perceptron::default();
        let mut best: Option<(f64, usize, Perceptron)> = None;
        for iteration in 1..=options.iterations {
            shuffle(&mut rng, &mut order);
            let searcher = model.searcher();
            let wrong = order.iter().filter(|&&at| searcher.learn(&mut learning, train[at])).count();
            model.perceptron = learning.average();
            let found: Vec<Vec<SystemMention>> = dev.iter().map(|document| model.label(document)).collect();
            let found = output(data.dev, &found);
            let (mention, concept) = gold.quick_f1(&found.mer, &found.men);
            tracing::debug!(iteration, wrong, mention, concept, "transition-based model on dev");
            let score = mention + concept;
            if best.as_ref().is_none_or(|(known, ..)| score > *known) {
                best = Some((score, iteration, std::mem::take(&mut model.perceptron)));
            }
        }
        if let Some((_, iteration, perceptron)) = best {
            (model.iterations, model.perceptron) = (iteration, perceptron);
        }
        model.dictionary.forget_documents();
        Ok(Box::new(model))
    }
}

fn prepared(documents: &[Document], learning: bool) -> Vec<PreparedDocument> {
    documents.iter().enumerate().map(|(index, document)| prepare(index, document, learning)).collect()
}

fn prepare(index: usize, document: &Document, learning: bool) -> PreparedDocument {
    let sentences = sentences(index, document);
    let forms = ShortForms::of(&document.text(), Detector::default());
    let prepare = |sentence: &Sentence| {
        let words = sentence.tokens.iter().map(word_texts).collect();
        let stems = sentence.tokens.iter().map(|token| stems(forms.long(&token.text).as_deref().unwrap_or(&token.text))).collect();
        SearchSentence::new(words, stems, learning.then_some(index as u32))
    };
    let prepared = sentences.iter().map(prepare).collect();
    PreparedDocument { sentences, prepared }
}

/// Characters of prefixes and suffixes.
const AFFIX: usize = 4;

fn word_texts(token: &Token) -> WordTexts {
    let small = token.text.to_lowercase();
    let letters: Vec<char> = small.chars().collect();
    let affix = |letters: &[char]| text_number(&letters.iter().collect::<String>());
    let mut shape = String::new();
    for c in token.text.chars() {
        let class = match c {
            _ if c.is_uppercase() => 'A',
            _ if c.is_alphabetic() => 'a',
            _ if c.is_numeric() => '0',
            _ => c,
        };
        if !shape.ends_with(class) || shape.len() < 2 {
            shape.push(class);
        }
    }
    WordTexts {
        small: text_number(&small),
        shape: text_number(&shape),
        prefix: affix(&letters[..letters.len().min(AFFIX)]),
        suffix: affix(&letters[letters.len().saturating_sub(AFFIX)..]),
    }
}

impl Transition {
    fn searcher(&self) -> Searcher<'_> {
        let labels = 1 + self.entity_types.len() as Label;
        Searcher { dictionary: &self.dictionary, labels, beam: self.beam, longest: self.longest }
    }

    /// Gives a document's sentences the actions of its mentions; returns the words of the longest.
    fn annotate(&self, document: &Document, prepared: &mut PreparedDocument) -> usize {
        let mut longest = 0;
        for (sentence, aligned) in prepared.prepared.iter_mut().zip(align_document(&prepared.sentences, &document.mentions)) {
            let length = sentence.words.len();
            let mut actions = vec![Action { opens: Some(0), closes: 0 }; length + 1];
            for span in aligned.spans {
                let mention = &document.mentions[span.mention];
                let Some(entity_type) = self.entity_types.iter().position(|name| *name == mention.entity_type) else { continue };
                longest = longest.max(span.end - span.start);
                actions[span.start].opens = Some(1 + entity_type as Label);
                actions[span.start + 1..span.end].iter_mut().for_each(|action| action.opens = None);
                let concept = concept_string(mention).and_then(|field| self.dictionary.find(&field));
                let candidates = sentence.candidates(&self.dictionary, span.start, span.end);
                let chosen = concept.and_then(|concept| candidates.iter().position(|candidate| candidate.concept == concept));
                actions[span.end].closes = chosen.map_or(0, |chosen| 1 + chosen as u8);
            }
            sentence.gold = actions;
        }
        longest
    }

    fn label(&self, document: &PreparedDocument) -> Vec<SystemMention> {
        let searcher = self.searcher();
        let mut found = Vec::new();
        for (sentence, prepared) in document.sentences.iter().zip(&document.prepared) {
            let mut open: Option<(usize, Label)> = None;
            for (at, action) in searcher.search(&self.perceptron, prepared).into_iter().enumerate() {
                let Some(label) = action.opens else { continue };
                if let Some((start, label)) = open.filter(|(_, label)| *label > 0) {
                    let chosen = usize::from(action.closes).checked_sub(1);
                    let concept = chosen.map(|chosen| prepared.candidates(&self.dictionary, start, at)[chosen].concept);
                    found.push(SystemMention {
                        start: sentence.tokens[start].start,
                        end: sentence.tokens[at - 1].end,
                        entity_type: self.entity_types[usize::from(label) - 1].clone(),
                        concept: concept.map(|concept| self.dictionary.field(concept).into()),
                    });
                }
                open = Some((at, label));
            }
        }
        found
    }
}

impl TrainedSystem for Transition {
    fn predict(&self, _: Split, documents: &[Document]) -> Result<SystemOutput, SystemError> {
        let found: Vec<Vec<SystemMention>> = prepared(documents, false).iter().map(|document| self.label(document)).collect();
        Ok(output(documents, &found))
    }

    fn facts(&self) -> BTreeMap<String, f64> {
        BTreeMap::from([
            ("iterations".to_owned(), self.iterations as f64),
            ("features".to_owned(), self.perceptron.len() as f64),
            ("strings".to_owned(), self.dictionary.len() as f64),
            ("longest_mention".to_owned(), self.longest as f64),
        ])
    }
}
