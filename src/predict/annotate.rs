//! Documents to mentions: the network's side of prediction, one annotator a thread.

use super::model::{Model, Network, WORD_TABLE};
use super::names::Names;
use super::pipeline::PredictError;
use super::reconcile::{MergeStrategy, PredictedMention, recognised, reconcile};
use crate::corpus::{CharIndex, Document, Mention, PerTask, Sentence, Task, sentences};
use crate::lexicon::{ConceptProbabilities, Linked, Linker, Proposed, Recognised, Scored, Source, TokenProbability};
use crate::nn::Backend;
use crate::nn::buffers::Context;
use crate::nn::{self, Tagger};
use crate::train::{Encoded, HeadOutput, Labels, MentionTags, SpanConcepts, Tagged, TrainError, WordTypes, architecture, tag_with};
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::collections::HashMap;

/// Sentences are tagged together up to so many tokens.
const GROUP: usize = 4096;
/// A longer sentence (a table, a text without stops) is tagged in pieces: the networks' memory grows with a sentence's length.
const LONGEST_SENTENCE: usize = 1024;

/// A document and what was recognised in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotated {
    /// Without mentions of its own.
    pub document: Document,
    /// In the order of the text, without overlap.
    pub annotations: Vec<Annotation>,
    /// Tokens of the document.
    pub tokens: usize,
}

/// A recognised mention.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    /// Characters, over [`Document::text`].
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// The characters of the mention.
    pub text: String,
    /// Such as `Disease`.
    pub entity_type: String,
    /// As training annotates it; `None` where normalization says of none.
    pub concept: Option<String>,
    /// The concept's name, where names are given and have it.
    pub name: Option<String>,
    /// From 0 to 1: MER's probability that a token is tagged with the type, averaged over the mention's tokens; where the linker proposes
    /// mentions of its own, the probability that exactly this span is a mention.
    pub mention_confidence: f32,
    /// From 0 to 1: MEN's probability that a token is tagged with the concept, averaged likewise; of a concept out of a vocabulary the
    /// probability that it is the right one.
    pub concept_confidence: Option<f32>,
    /// What decided for the concept, where it is out of a vocabulary.
    pub source: Option<Source>,
    /// The likeliest concepts of the vocabulary, best first, as many as were asked for; "no concept" is one of them.
    pub candidates: Vec<Scored>,
}

/// What names the concept of a mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalizer {
    /// The network's own normalization (MEN): concepts that training annotates.
    Tagger,
    /// The model's vocabulary: any of its concepts.
    Lexicon,
}

impl Normalizer {
    /// Both, in the order of help texts.
    pub const ALL: [Self; 2] = [Self::Tagger, Self::Lexicon];

    /// The name on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Normalizer::Tagger => "tagger",
            Normalizer::Lexicon => "lexicon",
        }
    }

    /// The one that a model is made for: its vocabulary, where it has one.
    pub fn of(model: &Model) -> Self {
        if model.linker.is_some() { Normalizer::Lexicon } else { Normalizer::Tagger }
    }
}

/// Annotates documents with a model. What it gives for a document does not depend on who annotates it.
pub struct Annotator<'m, D: Backend> {
    model: &'m Model,
    strategy: MergeStrategy,
    names: &'m Names,
    labels: PerTask<Labels>,
    mention_tags: MentionTags,
    networks: Vec<(&'m Network, Tagger<D>)>,
    /// Names the concepts instead of MEN.
    linker: Option<&'m Linker>,
    /// Candidates that are reported for each mention.
    top: usize,
}

impl<'m, D: Backend> Annotator<'m, D> {
    /// Concepts are named by the model's vocabulary, where it has one, else by its normalization.
    ///
    /// # Errors
    /// When a parameter of the model is missing or of another size than its specification says, or `strategy` asks for a normalization that
    /// the model does not have.
    pub fn new(run: &Context<D>, model: &'m Model, strategy: MergeStrategy, names: &'m Names) -> Result<Self, PredictError> {
        if strategy != MergeStrategy::Mer && !model.has_normalization() {
            return Err(PredictError::NoNormalization { what: format!("the strategy `{}`", strategy.name()) });
        }
        let labels = PerTask::of(|task| Labels::new(&model.decoder, task));
        let networks = model.networks.iter().map(|network| Ok((network, tagger(run, model, network)?)));
        let networks = networks.collect::<Result<_, nn::Error>>()?;
        let mention_tags = MentionTags::new(&model.decoder);
        Ok(Self { model, strategy, names, labels, mention_tags, networks, linker: model.linker.as_deref(), top: 0 })
    }

    /// With concepts named so, and the `top` likeliest of a vocabulary reported for each mention.
    ///
    /// # Errors
    /// [`PredictError::NoVocabulary`] and [`PredictError::NoNormalization`] for what the model does not have.
    pub fn with_normalizer(self, normalizer: Normalizer, top: usize) -> Result<Self, PredictError> {
        let linker = match normalizer {
            Normalizer::Tagger if !self.model.has_normalization() => {
                return Err(PredictError::NoNormalization { what: "the normalizer `tagger`".to_owned() });
            }
            Normalizer::Tagger => None,
            Normalizer::Lexicon => Some(self.model.linker.as_deref().ok_or(PredictError::NoVocabulary)?),
        };
        Ok(Self { linker, top, ..self })
    }

    /// Annotates documents, in their order.
    ///
    /// # Errors
    /// When the device refuses.
    pub fn annotate(&mut self, documents: Vec<Document>) -> Result<Vec<Annotated>, TrainError> {
        let all: Vec<Sentence> = documents.iter().enumerate().flat_map(|(at, document)| sentences(at, document)).flat_map(pieces).collect();
        let mut found: Vec<SentenceOutput> = Vec::with_capacity(all.len());
        for group in groups(&all) {
            found.extend(self.sentences(group)?);
        }
        let mut annotated: Vec<Annotated> =
            documents.into_iter().map(|document| Annotated { document, annotations: Vec::new(), tokens: 0 }).collect();
        let mut from = 0;
        for (at, annotated) in annotated.iter_mut().enumerate() {
            let own = all[from..].partition_point(|sentence| sentence.document == at);
            let text = annotated.document.text();
            let index = CharIndex::new(&text);
            let mut probabilities = SpanConcepts::new();
            let mut tokens = Vec::new();
            for (sentence, found) in all[from..from + own].iter().zip(&mut found[from..from + own]) {
                annotated.tokens += sentence.tokens.len();
                tokens.append(&mut found.tokens);
                for mut found in found.mentions.drain(..) {
                    let concepts = std::mem::take(&mut found.concepts);
                    let annotation = self.annotation(sentence, found, &index);
                    if !concepts.is_empty() {
                        probabilities.insert((annotation.start, annotation.end), concepts);
                    }
                    annotated.annotations.push(annotation);
                }
            }
            if let Some(linker) = self.proposer() {
                self.propose(linker, annotated, &tokens, &probabilities);
            } else if let (Some(linker), false) = (self.linker, annotated.annotations.is_empty()) {
                let spans: Vec<(usize, usize)> = annotated.annotations.iter().map(|found| (found.start, found.end)).collect();
                let linked = linker.link(&annotated.document, &spans, Some(&probabilities as &dyn ConceptProbabilities));
                annotated.annotations.iter_mut().zip(linked).for_each(|(annotation, linked)| self.relink(annotation, linked));
            }
            from += own;
        }
        Ok(annotated)
    }

    fn annotation(&self, sentence: &Sentence, found: PredictedMention, text: &CharIndex) -> Annotation {
        let (start, end) = (sentence.tokens[found.start].start, sentence.tokens[found.end - 1].end);
        Annotation {
            start,
            end,
            text: text.slice(start, end).unwrap_or_default().to_owned(),
            name: found.concept.as_deref().and_then(|concept| self.names.of(concept)),
            entity_type: found.entity_type,
            concept: found.concept,
            mention_confidence: found.mention_confidence,
            concept_confidence: found.concept_confidence,
            source: None,
            candidates: Vec::new(),
        }
    }

    /// The linker, where it proposes mentions of its own.
    fn proposer(&self) -> Option<&'m Linker> {
        self.linker.filter(|linker| linker.proposes())
    }

    /// Puts what the linker keeps of the network's mentions and of its own instead of the network's.
    fn propose(&self, linker: &Linker, annotated: &mut Annotated, tokens: &[TokenProbability], probabilities: &SpanConcepts) {
        let of = |found: &Annotation| Mention {
            start: found.start,
            end: found.end,
            entity_type: found.entity_type.clone(),
            ..Mention::default()
        };
        let mentions: Vec<Mention> = annotated.annotations.iter().map(of).collect();
        let recognised = Recognised { mentions: &mentions, tokens };
        let kept = linker.annotate(&annotated.document, recognised, Some(probabilities as &dyn ConceptProbabilities));
        let text = annotated.document.text();
        let index = CharIndex::new(&text);
        let annotation = |one: Proposed| {
            let (start, end) = (one.mention.start, one.mention.end);
            let mut annotation = Annotation {
                start,
                end,
                text: index.slice(start, end).unwrap_or_default().to_owned(),
                entity_type: one.mention.entity_type,
                concept: None,
                name: None,
                mention_confidence: one.mention_probability as f32,
                concept_confidence: None,
                source: None,
                candidates: Vec::new(),
            };
            self.relink(&mut annotation, one.linked);
            annotation.concept_confidence = annotation.concept.is_some().then_some(one.link_probability as f32);
            annotation
        };
        annotated.annotations = kept.into_iter().map(annotation).collect();
    }

    /// Puts what the vocabulary says instead of what MEN says.
    fn relink(&self, annotation: &mut Annotation, linked: Linked) {
        let best = linked.best().filter(|_| !linked.ids.is_empty());
        annotation.concept = best.map(|_| linked.concept());
        let own = best.filter(|best| !best.names.is_empty()).map(|best| best.names.join("|"));
        annotation.name = own.or_else(|| annotation.concept.as_deref().and_then(|concept| self.names.of(concept)));
        annotation.concept_confidence = best.map(|best| best.probability as f32);
        annotation.source = best.map(|best| best.source);
        annotation.candidates = linked.candidates;
        annotation.candidates.truncate(self.top);
    }

    /// The mentions of each sentence of a group.
    fn sentences(&mut self, group: &[Sentence]) -> Result<Vec<SentenceOutput>, TrainError> {
        let words = GroupWords::new(self.model, group);
        let mut said: Vec<Tagged> = vec![Tagged::default(); group.len()];
        for (network, tagger) in &mut self.networks {
            words.lay_out(self.model, network, tagger)?;
            tag_with(tagger, &words.types, &words.encoded, true, |sentence, mut tagged| {
                for task in Task::ALL.into_iter().filter(|task| network.answers[*task]) {
                    said[sentence].tags[task] = tagged.tags[task].take();
                    said[sentence].log_probabilities[task] = tagged.log_probabilities[task].take();
                }
            })?;
        }
        let asked = self.proposer().is_some();
        let output = |(sentence, said): (&Sentence, Tagged)| {
            let tokens = said.log_probabilities.mer.as_ref().filter(|_| asked).map(|mer| self.mention_tags.of(sentence, mer));
            SentenceOutput { mentions: self.mentions(said), tokens: tokens.unwrap_or_default() }
        };
        Ok(group.iter().zip(said).map(output).collect())
    }

    fn mentions(&self, said: Tagged) -> Vec<PredictedMention> {
        let Tagged { tags, log_probabilities: PerTask { mer: Some(mer), men } } = said else { return Vec::new() };
        let spans = PerTask::of(|task| tags[task].as_ref().map_or_else(Vec::new, |tags| self.model.decoder.spans(task, tags)));
        // Most sentences have no mention: then the probabilities need no look.
        if spans.values().all(Vec::is_empty) {
            return Vec::new();
        }
        let mer = HeadOutput::new(&self.labels.mer, spans.mer, mer);
        let Some(men) = men else { return recognised(&mer) };
        let men = HeadOutput::new(&self.labels.men, spans.men, men);
        let mut found = reconcile(self.strategy, &mer, &men, &self.model.concept_types);
        if self.linker.is_some_and(|linker| linker.tagger_weight() > 0.0) {
            found.iter_mut().for_each(|found| found.concepts = men.likely(found.start..found.end));
        }
        found
    }
}

/// What the networks say of a sentence.
struct SentenceOutput {
    mentions: Vec<PredictedMention>,
    /// Where the linker asks for them.
    tokens: Vec<TokenProbability>,
}

/// A network over a word table for the words of one group.
fn tagger<D: Backend>(run: &Context<D>, model: &Model, network: &Network) -> Result<Tagger<D>, nn::Error> {
    let architecture = architecture(&model.spec, network.spec, model.sizes(GROUP + 1));
    let table = vec![0.0; (GROUP + 1) * model.words.dimension];
    // Every number that is drawn here is overwritten below.
    let mut tagger = Tagger::new(run, architecture, table, &mut Xoshiro256PlusPlus::seed_from_u64(0))?;
    for p in tagger.parameters_mut().iter_mut().filter(|p| !p.table) {
        let own = network.parameters.iter().find(|own| own.name == p.name);
        let own = own.ok_or_else(|| nn::Error::ParameterMissing(p.name.clone()))?;
        if (own.rows, own.columns) != (p.rows, p.columns) {
            return Err(nn::Error::ParameterSize { name: p.name.clone(), found: own.values.len(), expected: p.len() });
        }
        D::overwrite(run, p.value_mut()?, &own.values).map_err(nn::Error::device)?;
    }
    Ok(tagger)
}

/// The distinct words of a group of sentences.
struct GroupWords {
    types: WordTypes,
    encoded: Vec<Encoded>,
    /// Which of the model's rows stands in each row of the group's word table; the first is the unknown word's.
    rows: Vec<u32>,
}

impl GroupWords {
    fn new(model: &Model, group: &[Sentence]) -> Self {
        let mut words = Self { types: WordTypes::default(), encoded: Vec::with_capacity(group.len()), rows: vec![0] };
        let mut known: HashMap<&str, u32> = HashMap::new();
        let mut places: HashMap<u32, u32> = HashMap::from([(0, 0)]);
        for sentence in group {
            let mut encoded = Encoded::default();
            for token in &sentence.tokens {
                let word = *known.entry(&token.text).or_insert_with_key(|word| {
                    let row = model.words.row(word);
                    let place = *places.entry(row).or_insert_with(|| {
                        words.rows.push(row);
                        words.rows.len() as u32 - 1
                    });
                    words.types.push(word, place, false, &model.alphabet)
                });
                encoded.words.push(word);
            }
            words.encoded.push(encoded);
        }
        words
    }

    /// Puts the words' vectors into the network's table.
    fn lay_out<D: Backend>(&self, model: &Model, network: &Network, tagger: &mut Tagger<D>) -> Result<(), nn::Error> {
        let missing = || nn::Error::ParameterMissing(WORD_TABLE.to_owned());
        let trained = network.parameters.iter().find(|p| p.name == WORD_TABLE).ok_or_else(missing)?;
        let words = &model.words;
        let d = words.dimension;
        let run = tagger.parameters().run().clone();
        let table = tagger.parameters_mut().iter_mut().find(|p| p.table).ok_or_else(missing)?;
        let mut values = Vec::with_capacity(table.len());
        for row in self.rows.iter().map(|row| *row as usize) {
            let (of, at) = if row < words.table_rows { (&trained.values, row) } else { (&words.vectors, row - words.table_rows) };
            values.extend_from_slice(&of[at * d..(at + 1) * d]);
        }
        values.resize(table.len(), 0.0);
        D::overwrite(&run, table.value_mut()?, &values).map_err(nn::Error::device)
    }
}

/// The sentence, or the pieces of one that is too long.
fn pieces(sentence: Sentence) -> Vec<Sentence> {
    if sentence.tokens.len() <= LONGEST_SENTENCE {
        return vec![sentence];
    }
    let document = sentence.document;
    sentence.tokens.chunks(LONGEST_SENTENCE).map(|tokens| Sentence { document, tokens: tokens.to_vec() }).collect()
}

/// Runs of sentences of at most [`GROUP`] tokens.
fn groups(sentences: &[Sentence]) -> Vec<&[Sentence]> {
    let mut groups = Vec::new();
    let (mut from, mut tokens) = (0, 0);
    for (at, sentence) in sentences.iter().enumerate() {
        if tokens + sentence.tokens.len() > GROUP {
            groups.push(&sentences[from..at]);
            (from, tokens) = (at, 0);
        }
        tokens += sentence.tokens.len();
    }
    if from < sentences.len() {
        groups.push(&sentences[from..]);
    }
    groups
}
