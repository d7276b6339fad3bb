//! Mentions to concepts: candidates from training's strings and the vocabulary's names, ranked by what training teaches.

mod bytes;
mod learning;
mod mentions;
mod types;

pub use mentions::{ProposalScores, Proposed, Recognised};
pub use types::{ConceptProbabilities, LinkOptions, Linked, Resources, Scored, Source, Stage, TokenProbability};

use crate::corpus::{CharIndex, Document};
use crate::embedding::Embedding;
use crate::lexicon::abbreviation::ShortForms;
use crate::lexicon::composite;
use crate::lexicon::dictionary::{Dictionary, PlaceEvidence};
use crate::lexicon::features::{Feature, NAMES, WIDTH, WIDTH_OF_GIVEN};
use crate::lexicon::knowledge::{Candidate, DocumentView, Evidence, Knowledge, MentionText, Said, most};
use crate::lexicon::logistic::{Logistic, logit};
use crate::lexicon::names::{Query, Scratch, Vectors};
use crate::lexicon::training::{self, NO_CONCEPT, Target, TrainingString, training_strings};
use crate::lexicon::trees::{Trees, softmax};
use crate::lexicon::{Lexicon, LinkError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The threshold before calibration: about the half of the F1 that linkers reach, above which a link is worth its risk.
const UNCALIBRATED: f64 = 0.4;

/// The threshold of a linker that has learned nothing: how near a name must be.
const UNTRAINED: f64 = 0.8;

/// A trained linker.
pub struct Linker {
    knowledge: Knowledge,
    strings: Vec<TrainingString>,
    /// Proposes mentions, where it was asked to.
    dictionary: Option<Dictionary>,
    learned: Learned,
}

/// Two linkers are equal that answer everything alike: of one vocabulary, with the same strings of training, having learned the same.
impl PartialEq for Linker {
    fn eq(&self, other: &Self) -> bool {
        let concepts = self.lexicon().concepts() == other.lexicon().concepts();
        let vectors = self.knowledge.names.vectors() == other.knowledge.names.vectors();
        concepts && vectors && self.strings == other.strings && self.learned == other.learned
    }
}

impl fmt::Debug for Linker {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let options = &self.learned.options;
        f.debug_struct("Linker")
            .field("concepts", &self.lexicon().len())
            .field("strings", &self.strings.len())
            .field("options", options)
            .finish()
    }
}

/// What training and calibration found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Learned {
    options: LinkOptions,
    features: Vec<String>,
    trees: Trees,
    /// Whether the parts of a mention, or the whole, are what it names.
    parts: Logistic,
    /// What a tagger's probability of a concept adds to its score, in units of [`tagger_bonus`]; found on dev.
    tagger_weight: f64,
    /// Divides the scores before the softmax; found on dev.
    temperature: f64,
    /// Least probability of a link; found on dev.
    threshold: f64,
    /// What mentions of its own are worth, where it proposes any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proposals: Option<mentions::Proposals>,
}

impl Learned {
    fn dictionary(&self, lexicon: &Lexicon) -> Option<Dictionary> {
        self.proposals.as_ref().map(|own| Dictionary::new(lexicon, &self.options.entity_types, &own.counts))
    }
}

/// A candidate with its share.
struct Ranked {
    candidate: Candidate,
    probability: f64,
}

/// A mention taken apart.
struct SplitMention {
    targets: Vec<Target>,
    features: Vec<f64>,
}

/// Buffers of a document's linking.
#[derive(Default)]
struct Work {
    scratch: Scratch,
}

impl Linker {
    /// Learns the strings and the ranker from `documents`. The temperature is 1 and the threshold 0.4 until [`Linker::calibrate`].
    ///
    /// # Errors
    /// [`LinkError::NothingToLearn`], [`LinkError::IdsNeverMeet`].
    pub fn train(lexicon: Lexicon, documents: &[Document], options: LinkOptions) -> Result<Self, LinkError> {
        Self::train_with(lexicon, documents, options, &Resources::default())
    }

    /// As [`Linker::train`], with more to learn from.
    ///
    /// # Errors
    /// As [`Linker::train`].
    pub fn train_with(lexicon: Lexicon, documents: &[Document], options: LinkOptions, resources: &Resources) -> Result<Self, LinkError> {
        let short_forms: Vec<ShortForms> = documents.iter().map(|document| ShortForms::of(&document.text(), options.detector)).collect();
        let expand = |number: usize, text: &str| short_forms[number].expand(text).filter(|_| options.stage > Stage::TrainingStrings);
        let strings = training_strings(documents, &options.entity_types, expand);
        training::check(&lexicon, &strings)?;
        let mut linker = Self::with(lexicon, strings, options, resources.embedding);
        if linker.learned.options.dictionary_mentions {
            linker.learn_dictionary(documents);
        }
        if linker.learned.options.stage == Stage::Ranker {
            linker.learn_ranker(documents, &short_forms, resources.probabilities);
        }
        if let Some(dictionary) = &mut linker.dictionary {
            dictionary.forget_documents();
        }
        Ok(linker)
    }

    /// A linker that has learned nothing: it names what is, or is near to, a name of the vocabulary. Its probabilities are degrees of
    /// nearness.
    pub fn untrained(lexicon: Lexicon) -> Self {
        let mut linker = Self::with(lexicon, Vec::new(), LinkOptions { stage: Stage::NearestName, ..LinkOptions::default() }, None);
        linker.learned.threshold = UNTRAINED;
        linker
    }

    /// The same linker over another vocabulary. Without `training` it forgets the strings of its training documents, and so names the
    /// concepts of that vocabulary alone, and proposes no mentions: what it learned of proposals is about names of the old one.
    pub fn over(&self, lexicon: Lexicon, training: bool) -> Self {
        let strings = if training { self.strings.clone() } else { Vec::new() };
        let vectors = self.knowledge.names.vectors().clone();
        let mut learned = self.learned.clone();
        learned.proposals = learned.proposals.filter(|_| training);
        let dictionary = learned.dictionary(&lexicon);
        Linker { knowledge: Knowledge::new(lexicon, &strings, |_| vectors), strings, dictionary, learned }
    }

    fn with(lexicon: Lexicon, strings: Vec<TrainingString>, options: LinkOptions, embedding: Option<&Embedding>) -> Self {
        let knowledge = Knowledge::new(lexicon, &strings, |names| {
            embedding.map_or_else(Vectors::default, |embedding| Vectors::of(embedding, |stem| names.words.find(stem).is_some()))
        });
        let width = if options.dictionary_mentions { WIDTH } else { WIDTH_OF_GIVEN };
        let features = NAMES[..width].iter().map(|&name| name.to_owned()).collect();
        let learned = Learned {
            options,
            features,
            trees: Trees::default(),
            parts: Logistic::default(),
            tagger_weight: 0.0,
            temperature: 1.0,
            threshold: UNCALIBRATED,
            proposals: None,
        };
        Linker { knowledge, strings, dictionary: None, learned }
    }

    /// The vocabulary that mentions are linked to.
    pub fn lexicon(&self) -> &Lexicon {
        &self.knowledge.lexicon
    }

    /// The options that the linker was trained with.
    pub fn options(&self) -> &LinkOptions {
        &self.learned.options
    }

    /// The probability below which a mention gets no concept.
    pub fn threshold(&self) -> f64 {
        self.learned.threshold
    }

    /// Sets the probability below which a mention gets no concept.
    pub fn set_threshold(&mut self, threshold: f64) {
        self.learned.threshold = threshold;
    }

    /// Divides the scores before the softmax.
    pub fn temperature(&self) -> f64 {
        self.learned.temperature
    }

    /// How much a tagger's probabilities of concepts weigh beside the ranker's scores; 0: not at all.
    pub fn tagger_weight(&self) -> f64 {
        self.learned.tagger_weight
    }

    /// Sets how much a tagger's probabilities weigh; at least 0.
    pub fn set_tagger_weight(&mut self, weight: f64) {
        self.learned.tagger_weight = weight;
    }

    /// Candidates that a linked mention lists.
    pub fn set_listed(&mut self, listed: usize) {
        self.learned.options.listed = listed;
    }

    /// Number of distinct training strings that are remembered.
    pub fn string_count(&self) -> usize {
        self.strings.iter().map(|string| string.text.as_str()).collect::<BTreeSet<&str>>().len()
    }

    /// What the trees and a tagger make of a candidate, before the softmax.
    fn score_of(&self, candidate: &Candidate) -> f64 {
        let score = self.learned.trees.score(&candidate.row);
        let held = f64::from(candidate.row[Feature::TaggerProbability as usize]);
        if self.learned.tagger_weight > 0.0 { score + self.learned.tagger_weight * tagger_bonus(held) } else { score }
    }

    /// The candidates of a mention, the likeliest first.
    fn rank(
        &self,
        mention: &MentionText,
        number: Option<usize>,
        view: &DocumentView,
        skip: Option<u32>,
        said: Said,
        work: &mut Work,
    ) -> Vec<Ranked> {
        let candidates = self.knowledge.candidates(mention, number, view, skip, said, &mut work.scratch);
        let scores: Vec<f64> = candidates.iter().map(|candidate| self.score_of(candidate) / self.learned.temperature).collect();
        let shares = softmax(&scores);
        let mut ranked: Vec<Ranked> =
            candidates.into_iter().zip(shares).map(|(candidate, probability)| Ranked { candidate, probability }).collect();
        ranked.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.candidate.target.cmp(&b.candidate.target)));
        ranked
    }

    /// The mention taken apart, where each part means a concept of its own.
    fn parts(
        &self,
        text: &str,
        whole: &[Ranked],
        short_forms: &ShortForms,
        view: &DocumentView,
        skip: Option<u32>,
        work: &mut Work,
    ) -> Option<SplitMention> {
        let expanded = short_forms.expand(text);
        let split = composite::split(expanded.as_deref().unwrap_or(text));
        if split.is_empty() {
            return None;
        }
        let mut targets = BTreeSet::new();
        let (mut least, mut product, mut exact) = (1.0_f64, 1.0, 1.0_f64);
        for ways in &split {
            let mut best: Option<Ranked> = None;
            for way in ways {
                let ranked = self.rank(&self.knowledge.mention(way, short_forms), None, view, skip, Said::default(), work);
                let named = ranked.into_iter().find(|ranked| ranked.candidate.target != NO_CONCEPT);
                if let Some(named) = named
                    && best.as_ref().is_none_or(|best| named.probability > best.probability)
                {
                    best = Some(named);
                }
            }
            let best = best?;
            least = least.min(best.probability);
            product *= best.probability;
            exact = exact.min(f64::from(u8::from(best.candidate.evidence.exact || best.candidate.evidence.training)));
            targets.insert(best.candidate.target);
        }
        if targets.len() < 2 {
            return None;
        }
        let best = whole.iter().find(|ranked| ranked.candidate.target != NO_CONCEPT);
        let (of_whole, evidence) = best.map_or((0.0, Evidence::default()), |best| (best.probability, best.candidate.evidence));
        let overlap = best.map_or(0.0, |best| f64::from(best.candidate.row[Feature::Overlap as usize]));
        let features = vec![
            logit(of_whole) / 4.0,
            logit(least) / 4.0,
            logit(product) / 4.0,
            exact,
            f64::from(u8::from(evidence.exact)),
            f64::from(u8::from(evidence.training)),
            overlap,
            split.len() as f64 - 2.0,
        ];
        Some(SplitMention { targets: targets.into_iter().collect(), features })
    }

    fn ids_of(&self, targets: &[Target]) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for &target in targets {
            for id in self.knowledge.targets.ids(&self.knowledge.lexicon, target) {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        ids
    }

    fn names_of(&self, targets: &[Target]) -> Vec<String> {
        let concepts = targets.iter().filter_map(|&target| self.knowledge.targets.concept(target));
        concepts.map(|concept| self.knowledge.lexicon.concept(concept).name().to_owned()).collect()
    }

    /// Links spans (in characters over [`Document::text`]) of a document, in their order.
    pub fn link(&self, document: &Document, spans: &[(usize, usize)], probabilities: Option<&dyn ConceptProbabilities>) -> Vec<Linked> {
        self.link_proposed(document, spans, &[], probabilities)
    }

    /// The same; `proposed` says of each span, where it is not empty, why the dictionary proposes it.
    fn link_proposed(
        &self,
        document: &Document,
        spans: &[(usize, usize)],
        proposed: &[Option<PlaceEvidence>],
        probabilities: Option<&dyn ConceptProbabilities>,
    ) -> Vec<Linked> {
        let mut work = Work::default();
        let text = document.text();
        let index = CharIndex::new(&text);
        let options = &self.learned.options;
        let short_forms =
            if options.stage > Stage::TrainingStrings { ShortForms::of(&text, options.detector) } else { ShortForms::default() };
        // Each distinct string is ranked once, with the probabilities on its first place.
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut mentions: Vec<(&str, usize)> = Vec::new();
        let mut of_span = Vec::with_capacity(spans.len());
        for (at, &(start, end)) in spans.iter().enumerate() {
            let text = index.slice(start, end).unwrap_or_default();
            let number = *numbers.entry(text).or_insert_with(|| {
                mentions.push((text, at));
                mentions.len() - 1
            });
            of_span.push(number);
        }
        let texts: Vec<MentionText> = mentions.iter().map(|(text, _)| self.knowledge.mention(text, &short_forms)).collect();
        let view = self.knowledge.view(&text, &texts, None);
        let linked: Vec<Linked> = mentions
            .iter()
            .enumerate()
            .map(|(number, &(text, at))| {
                let probabilities = probabilities.map_or(&[][..], |probabilities| probabilities.concepts(spans[at].0, spans[at].1));
                if options.stage == Stage::Ranker {
                    let said = Said { probabilities, proposed: proposed.get(at).and_then(Option::as_ref) };
                    self.ranked(text, &texts[number], number, &view, &short_forms, said, &mut work)
                } else {
                    self.sieved(&texts[number], &mut work)
                }
            })
            .collect();
        of_span.iter().zip(spans).map(|(&number, &(start, end))| Linked { start, end, ..linked[number].clone() }).collect()
    }

    /// The candidates for a text alone, without a document around it, at most `count`, best first; each with the name, or the string of
    /// training, that it was found by.
    pub fn look_up(&self, text: &str, count: usize) -> Vec<(Scored, Option<String>)> {
        let mut work = Work::default();
        let mention = self.knowledge.mention(text, &ShortForms::default());
        let view = self.knowledge.view(text, std::slice::from_ref(&mention), None);
        let mut ranked = self.rank(&mention, Some(0), &view, None, Said::default(), &mut work);
        if self.learned.options.stage < Stage::Ranker {
            ranked.retain(|ranked| ranked.candidate.target != NO_CONCEPT);
            for ranked in &mut ranked {
                let is_a_name = ranked.candidate.evidence.exact;
                ranked.probability = if is_a_name { 1.0 } else { f64::from(ranked.candidate.nearness) };
            }
            ranked.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.candidate.target.cmp(&b.candidate.target)));
        }
        let scored = ranked.iter().take(count).map(|ranked| {
            let scored = self.scored(ranked, 1.0);
            (scored, self.matched(&mention, &ranked.candidate))
        });
        scored.collect()
    }

    /// The name of a candidate that is nearest to the mention.
    fn matched(&self, mention: &MentionText, candidate: &Candidate) -> Option<String> {
        let concept = self.knowledge.lexicon.concept(self.knowledge.targets.concept(candidate.target)?);
        let query = mention.queries.last()?;
        let score = |name: &str| {
            let other = Query::new(&self.knowledge.names, name);
            query.likeness(&self.knowledge.names, &other)
        };
        let named = concept.names.iter().map(|name| (score(&name.text), &name.text));
        named.reduce(|best, other| if other.0 > best.0 { other } else { best }).map(|(_, name)| name.clone())
    }

    fn scored(&self, ranked: &Ranked, left: f64) -> Scored {
        let candidate = &ranked.candidate;
        let source = match candidate.evidence {
            _ if candidate.target == NO_CONCEPT => Source::None,
            evidence if evidence.training => Source::Training,
            evidence if evidence.exact => Source::Name,
            _ if candidate.entry.is_none() && candidate.row[Feature::TaggerProbability as usize] > 0.0 => Source::Tagger,
            _ => Source::NearName,
        };
        Scored {
            ids: self.ids_of(&[candidate.target]),
            names: self.names_of(&[candidate.target]),
            probability: left * ranked.probability,
            source,
            expanded: candidate.evidence.through_expansion,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a document that its mentions share")]
    fn ranked(
        &self,
        text: &str,
        mention: &MentionText,
        number: usize,
        view: &DocumentView,
        short_forms: &ShortForms,
        said: Said,
        work: &mut Work,
    ) -> Linked {
        let ranked = self.rank(mention, Some(number), view, None, said, work);
        let mut candidates: Vec<Scored> = Vec::new();
        let mut left = 1.0;
        if self.learned.options.composites
            && let Some(parts) = self.parts(text, &ranked, short_forms, view, None, work)
        {
            let probability = self.learned.parts.probability(&parts.features);
            // What the parts and their decision are worth together; the whole shares what is left.
            left = 1.0 - probability;
            let (ids, names) = (self.ids_of(&parts.targets), self.names_of(&parts.targets));
            candidates.push(Scored { ids, names, probability, source: Source::Parts, expanded: false });
        }
        for ranked in ranked.iter().take(self.learned.options.listed + 1) {
            let scored = self.scored(ranked, left);
            match candidates.first_mut() {
                // Training may have the parts together as one.
                Some(parts) if parts.source == Source::Parts && same_ids(&parts.ids, &scored.ids) => {
                    parts.probability += scored.probability
                }
                _ => candidates.push(scored),
            }
        }
        candidates.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        self.decided(candidates)
    }

    /// The stages without a ranker: the first rule that answers.
    fn sieved(&self, mention: &MentionText, work: &mut Work) -> Linked {
        let knowledge = &self.knowledge;
        let stage = self.learned.options.stage;
        let scored = |target: Target, probability: f64, source: Source, expanded: bool| Scored {
            ids: self.ids_of(&[target]),
            names: self.names_of(&[target]),
            probability,
            source: if target == NO_CONCEPT { Source::None } else { source },
            expanded,
        };
        let mut found = None;
        for (at, query) in mention.queries.iter().enumerate() {
            let counts = knowledge.training.plain(&query.normal.plain, None);
            let counts =
                if counts.is_empty() && stage > Stage::TrainingStrings { knowledge.training.bag(&query.bag, None) } else { counts };
            found = found.or_else(|| most(&counts).map(|(target, _)| scored(target, 1.0, Source::Training, at > 0)));
        }
        for (at, query) in mention.queries.iter().enumerate().rev().filter(|_| stage >= Stage::ExactNames) {
            let best = [knowledge.names.with_plain(&query.normal.plain), knowledge.names.with_bag(&query.bag)]
                .into_iter()
                .find_map(|named| named.iter().min_by_key(|(target, kind)| (*kind, *target)));
            found = found.or_else(|| best.map(|&(target, _)| scored(target, 0.99, Source::Name, at > 0)));
        }
        if let (None, true, Some(query)) = (&found, stage >= Stage::NearestName, mention.queries.last()) {
            let near = query.nearest(&knowledge.names, 20, None, &mut work.scratch).into_iter();
            let near = near.map(|number| (number, query.nearness(&knowledge.names, number).score()));
            let best = near.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
            found = best.map(|(number, score)| {
                let target = knowledge.names.entries[number as usize].target;
                scored(target, 0.98 * f64::from(score), Source::NearName, mention.queries.len() > 1)
            });
        }
        self.decided(found.into_iter().collect())
    }

    fn decided(&self, candidates: Vec<Scored>) -> Linked {
        let named = candidates.iter().find(|candidate| !candidate.ids.is_empty());
        let probability = named.map_or(0.0, |named| named.probability);
        let named = named.filter(|named| named.probability >= self.learned.threshold);
        let (ids, source) = named.map_or((Vec::new(), Source::None), |named| (named.ids.clone(), named.source));
        let mut candidates = candidates;
        candidates.truncate(self.learned.options.listed.max(2));
        Linked { start: 0, end: 0, ids, probability, source, candidates }
    }
}

/// What a tagger's probability of a concept adds to the concept's score: 0 for none, `ln 51` for certainty.
fn tagger_bonus(probability: f64) -> f64 {
    libm::log1p(probability / 0.02)
}

fn same_ids(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().all(|id| b.contains(id))
}

#[cfg(test)]
mod tests;
