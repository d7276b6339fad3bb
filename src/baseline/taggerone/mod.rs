//! TaggerOne (Leaman and Lu, Bioinformatics 2016): mentions and concepts at once, by a semi-Markov model whose segments are scored by a
//! linear recogniser and by a bilinear product with the names of concepts, trained by MIRA.
//!
//! Not as there: parts of speech, and the patterns for chemical elements and amino acids, are no features; sentences are the program's own;
//! of several ids of a mention any one is taken as right in training, and one is predicted.

mod decode;
mod features;
mod linking;
mod mira;
mod training;
mod weights;

use super::concepts::WrittenIds;
use super::found::{SystemMention, mentions, output};
use super::words::words;
use super::{System, SystemError, SystemOutput, TrainedSystem, TrainingData, lexicon_type};
use crate::corpus::{ConceptIds, Document, Sentence, align_document, sentences, shuffle};
use crate::evaluate::{Gold, Split};
use crate::lexicon::Lexicon;
use crate::lexicon::abbreviation::{Detector, ShortForms};
use decode::{Decoder, GoldSegment, Known, Prepared};
use features::FeatureNumbers;
use linking::{Entity, Linking, Scratch};
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::collections::{BTreeMap, BTreeSet};
use weights::{Learner, Weights};

/// The system `taggerone`.
pub struct TaggerOneSystem;

/// A document that can be labelled.
struct PreparedDocument {
    sentences: Vec<Sentence>,
    prepared: Vec<Prepared>,
}

struct TaggerOne {
    weights: Weights,
    numbers: FeatureNumbers,
    linking: Linking,
    entity_types: Vec<String>,
    linked_type: usize,
    longest: usize,
    /// The id that is written for each concept.
    written: Vec<String>,
    passes: usize,
}

impl System for TaggerOneSystem {
    fn train(&self, data: &TrainingData) -> Result<Box<dyn TrainedSystem>, SystemError> {
        let (types, options) = (&data.spec.data.entity_types, &data.spec.options.taggerone);
        let lexicon = data.lexicon()?;
        let ids = WrittenIds::learn(lexicon, data.train, types);
        let texts: Vec<String> = data.train.iter().flat_map(|document| texts(document, types)).collect();
        let frequency = (0..lexicon.len()).map(|concept| ids.count(concept) as u32).collect();
        let linking = Linking::new(lexicon, texts.iter().map(String::as_str), frequency);
        let linked_type = types.iter().position(|name| name == lexicon_type(types)).unwrap_or(0);
        let mut tagger = TaggerOne {
            weights: Weights::default(),
            numbers: FeatureNumbers::new(),
            linking,
            entity_types: types.clone(),
            linked_type,
            longest: 1,
            written: (0..lexicon.len()).map(|concept| ids.write(lexicon, concept).to_owned()).collect(),
            passes: 0,
        };
        let train: Vec<PreparedDocument> =
            data.train.iter().enumerate().map(|(index, document)| tagger.learn(index, document, lexicon)).collect();
        let dev: Vec<PreparedDocument> = data.dev.iter().enumerate().map(|(index, document)| tagger.prepare(index, document)).collect();
        let train: Vec<&Prepared> = train.iter().flat_map(|document| &document.prepared).collect();
        tagger.longest = train.iter().flat_map(|of| &of.gold).map(|gold| gold.end - gold.start).max().unwrap_or(1);
        let size = tagger.numbers.len() * types.len();
        let mut learner = Learner::new(Weights { cosine: 1.0, ..Weights::new(size, tagger.linking.dimension()) });
        let gold = Gold::new(data.dev, types);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(data.spec.seed);
        let mut order: Vec<usize> = (0..train.len()).collect();
        let mut best: Option<(f64, usize, Weights)> = None;
        let mut scratch = Scratch::default();
        for pass in 1..=options.passes {
            shuffle(&mut rng, &mut order);
            for &at in &order {
                let changes = training::changes(&tagger.decoder(&learner.weights), train[at], options.slack, &mut scratch);
                changes.iter().for_each(|(difference, times)| learner.change(difference, *times));
                learner.step();
            }
            tagger.weights = learner.average();
            let mut known = Known::default();
            let found: Vec<Vec<SystemMention>> = dev.iter().map(|document| tagger.label(document, &mut known, &mut scratch)).collect();
            let found = output(data.dev, &found);
            let (mention, concept) = gold.quick_f1(&found.mer, &found.men);
            let score = if mention + concept > 0.0 { 2.0 * mention * concept / (mention + concept) } else { 0.0 };
            tracing::debug!(pass, mention, concept, entries = learner.weights.entries(), "TaggerOne on dev");
            match &best {
                Some((known, since, _)) if score <= *known => {
                    if pass - since >= options.patience {
                        break;
                    }
                }
                _ => best = Some((score, pass, std::mem::take(&mut tagger.weights))),
            }
        }
        if let Some((_, pass, weights)) = best {
            (tagger.passes, tagger.weights) = (pass, weights);
        }
        Ok(Box::new(tagger))
    }
}

/// Mentions' texts, and with their short forms expanded.
fn texts(document: &Document, types: &[String]) -> Vec<String> {
    let forms = ShortForms::of(&document.text(), Detector::default());
    mentions(document, types).flat_map(|mention| [Some(mention.text.clone()), forms.expand(&mention.text)]).flatten().collect()
}

impl TaggerOne {
    fn decoder<'a>(&'a self, weights: &'a Weights) -> Decoder<'a> {
        Decoder {
            weights,
            numbers: &self.numbers,
            linking: &self.linking,
            types: self.entity_types.len(),
            linked_type: self.linked_type,
            longest: self.longest,
        }
    }

    /// A document of training: its features are numbered, and its mentions are what is right.
    fn learn(&mut self, index: usize, document: &Document, lexicon: &Lexicon) -> PreparedDocument {
        sentences(index, document).iter().for_each(|sentence| drop(self.numbers.learn(&words(&sentence.tokens))));
        let mut prepared = self.prepare(index, document);
        for (sentence, aligned) in prepared.prepared.iter_mut().zip(align_document(&prepared.sentences, &document.mentions)) {
            for span in aligned.spans {
                let mention = &document.mentions[span.mention];
                let Some(entity_type) = self.entity_types.iter().position(|name| *name == mention.entity_type) else { continue };
                let entities = self.entities(mention.concept.as_ref(), lexicon);
                sentence.gold.push(GoldSegment { start: span.start, end: span.end, entity_type, entities });
            }
        }
        prepared
    }

    fn prepare(&self, index: usize, document: &Document) -> PreparedDocument {
        let sentences = sentences(index, document);
        let forms = ShortForms::of(&document.text(), Detector::default());
        let prepare = |sentence: &Sentence| Prepared {
            features: self.numbers.sentence(&words(&sentence.tokens)),
            words: sentence.tokens.iter().map(|token| self.linking.token_words(&token.text, &forms)).collect(),
            gold: Vec::new(),
        };
        let prepared = sentences.iter().map(prepare).collect();
        PreparedDocument { sentences, prepared }
    }

    /// The concepts of a mention; the unknown entity for ids that the vocabulary lacks, for ids joined by `+`, and for no concept.
    fn entities(&self, concept: Option<&ConceptIds>, lexicon: &Lexicon) -> Vec<Entity> {
        let ids = concept.into_iter().flat_map(ConceptIds::concepts);
        let mut entities: BTreeSet<Entity> =
            ids.map(|id| lexicon.find(id).map_or(self.linking.unknown_entity, |concept| concept as Entity)).collect();
        if entities.is_empty() {
            entities.insert(self.linking.unknown_entity);
        }
        entities.into_iter().collect()
    }

    fn label(&self, document: &PreparedDocument, known: &mut Known, scratch: &mut Scratch) -> Vec<SystemMention> {
        let decoder = self.decoder(&self.weights);
        let mut found = Vec::new();
        for (sentence, prepared) in document.sentences.iter().zip(&document.prepared) {
            for segment in decoder.decode(prepared, scratch, Some(known)) {
                found.push(SystemMention {
                    start: sentence.tokens[segment.start].start,
                    end: sentence.tokens[segment.end - 1].end,
                    entity_type: self.entity_types[segment.entity_type].clone(),
                    concept: segment.linked.and_then(|linked| Some(self.written.get(linked.entity as usize)?.as_str().into())),
                });
            }
        }
        found
    }
}

impl TrainedSystem for TaggerOne {
    fn predict(&self, _: Split, documents: &[Document]) -> Result<SystemOutput, SystemError> {
        let (mut known, mut scratch) = (Known::default(), Scratch::default());
        let one = |(index, document): (usize, &Document)| {
            let prepared = self.prepare(index, document);
            self.label(&prepared, &mut known, &mut scratch)
        };
        let found: Vec<Vec<SystemMention>> = documents.iter().enumerate().map(one).collect();
        Ok(output(documents, &found))
    }

    fn facts(&self) -> BTreeMap<String, f64> {
        BTreeMap::from([
            ("passes".to_owned(), self.passes as f64),
            ("recognition_weights".to_owned(), self.weights.recognition.len() as f64),
            ("word_pairs".to_owned(), self.weights.entries() as f64),
            ("cosine_weight".to_owned(), self.weights.cosine),
            ("longest_segment".to_owned(), self.longest as f64),
        ])
    }
}
