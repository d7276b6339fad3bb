//! What a linker learns: the ranker, when a mention names its parts, and what its probabilities are worth.

use super::{ConceptProbabilities, Linker, Work};
use crate::corpus::{CharIndex, Document};
use crate::lexicon::abbreviation::ShortForms;
use crate::lexicon::dictionary::Place;
use crate::lexicon::evaluation::{Aim, best_threshold, judge};
use crate::lexicon::features::{WIDTH, WIDTH_OF_GIVEN};
use crate::lexicon::id_key;
use crate::lexicon::knowledge::{MentionText, Said};
use crate::lexicon::logistic::Logistic;
use crate::lexicon::training::{self, wanted};
use crate::lexicon::trees::{Groups, Trees, softmax};
use std::collections::{BTreeMap, BTreeSet};

impl Linker {
    pub(super) fn learn_ranker(&mut self, documents: &[Document], short_forms: &[ShortForms], probabilities: &[&dyn ConceptProbabilities]) {
        let mut work = Work::default();
        let width = if self.dictionary.is_some() { WIDTH } else { WIDTH_OF_GIVEN };
        let mut groups = Groups::new(width);
        for (number, document) in documents.iter().enumerate() {
            let skip = Some(number as u32);
            let places = self.dictionary.as_ref().map(|dictionary| dictionary.places(document, skip, self.learned.options.detector));
            let places = places.unwrap_or_default();
            let text = document.text();
            let index = CharIndex::new(&text);
            let mut strings = Distinct::of(document, &self.learned.options.entity_types);
            strings.add_others(document, &self.learned.options.entity_types, &places, &index);
            let mentions: Vec<MentionText> = strings.texts.iter().map(|text| self.knowledge.mention(text, &short_forms[number])).collect();
            let view = self.knowledge.view(&text, &mentions, skip);
            for (at, mention) in mentions.iter().enumerate() {
                let (start, end) = strings.first[at];
                let probabilities = probabilities.get(number).map_or(&[][..], |probabilities| probabilities.concepts(start, end));
                let proposed = places.iter().find(|place| (place.start, place.end) == (start, end)).map(|place| &place.evidence);
                let candidates =
                    self.knowledge.candidates(mention, Some(at), &view, skip, Said { probabilities, proposed }, &mut work.scratch);
                for concept in &strings.concepts[at] {
                    let gold = self.knowledge.targets.find(&self.knowledge.lexicon, concept);
                    let right = candidates.iter().position(|candidate| Some(candidate.target) == gold).unwrap_or(0);
                    groups.push(candidates.iter().map(|candidate| &candidate.row[..width]), right, 1.0);
                }
            }
        }
        self.learned.trees = Trees::train(&groups, &self.learned.options.trees);
        if self.learned.options.composites {
            self.learn_parts(documents, short_forms, &mut work);
        }
    }

    /// Learns when a mention names its parts: from training mentions where either the parts or the whole are right.
    fn learn_parts(&mut self, documents: &[Document], short_forms: &[ShortForms], work: &mut Work) {
        let mut rows = Vec::new();
        for (number, document) in documents.iter().enumerate() {
            let strings = Distinct::of(document, &self.learned.options.entity_types);
            let skip = Some(number as u32);
            let mentions: Vec<MentionText> = strings.texts.iter().map(|text| self.knowledge.mention(text, &short_forms[number])).collect();
            let view = self.knowledge.view(&document.text(), &mentions, skip);
            for (at, mention) in mentions.iter().enumerate() {
                let whole = self.rank(mention, Some(at), &view, skip, Said::default(), work);
                let Some(parts) = self.parts(strings.texts[at], &whole, &short_forms[number], &view, skip, work) else { continue };
                for concept in &strings.concepts[at] {
                    let gold: BTreeSet<&str> = training::parts(concept).into_iter().map(id_key).collect();
                    let is = |ids: Vec<String>| ids.iter().map(|id| id_key(id)).collect::<BTreeSet<&str>>() == gold;
                    let of_parts = is(self.ids_of(&parts.targets));
                    let of_whole = whole.first().is_some_and(|best| is(self.ids_of(&[best.candidate.target])));
                    if of_parts != of_whole {
                        rows.push((parts.features.clone(), of_parts));
                    }
                }
            }
        }
        if rows.iter().any(|(_, right)| *right) {
            self.learned.parts = Logistic::train(&rows, 1.0);
        }
    }

    /// Sets temperature and threshold on `documents`, which training must not have had: the temperature of
    /// [`Linker::fit_temperature`], the threshold that gives the best concept F1.
    pub fn calibrate(&mut self, documents: &[Document]) {
        self.fit_temperature(documents);
        let judged = judge(self, documents);
        if !judged.is_empty() {
            self.learned.threshold = best_threshold(&judged, documents, &self.learned.options.entity_types, Aim::ConceptF1);
        }
    }

    /// Sets the temperature under which what the mentions of `documents` say is likeliest. Training must not have had them.
    pub fn fit_temperature(&mut self, documents: &[Document]) {
        let mut groups: Vec<(Vec<f64>, usize)> = Vec::new();
        let mut work = Work::default();
        for document in documents {
            let strings = Distinct::of(document, &self.learned.options.entity_types);
            let text = document.text();
            let short_forms = ShortForms::of(&text, self.learned.options.detector);
            let mentions: Vec<MentionText> = strings.texts.iter().map(|text| self.knowledge.mention(text, &short_forms)).collect();
            let view = self.knowledge.view(&text, &mentions, None);
            for (at, mention) in mentions.iter().enumerate() {
                let candidates = self.knowledge.candidates(mention, Some(at), &view, None, Said::default(), &mut work.scratch);
                let scores: Vec<f64> = candidates.iter().map(|candidate| self.score_of(candidate)).collect();
                for concept in &strings.concepts[at] {
                    let gold = self.knowledge.targets.find(&self.knowledge.lexicon, concept);
                    let right = candidates.iter().position(|candidate| Some(candidate.target) == gold).unwrap_or(0);
                    groups.push((scores.clone(), right));
                }
            }
        }
        let loss = |temperature: f64| -> f64 {
            let of = |(scores, right): &(Vec<f64>, usize)| {
                let shares = softmax(&scores.iter().map(|score| score / temperature).collect::<Vec<f64>>());
                -libm::log(shares[*right].max(1e-12))
            };
            groups.iter().map(of).sum()
        };
        // The loss has one minimum over the logarithm of the temperature, as good as always; a grid of 1/20 finds it near enough.
        let grid = (-30..=30).map(|step| libm::exp(f64::from(step) / 20.0));
        let best = grid.map(|temperature| (loss(temperature), temperature)).min_by(|a, b| a.0.total_cmp(&b.0));
        self.learned.temperature = best.filter(|_| !groups.is_empty()).map_or(1.0, |(_, temperature)| temperature);
    }
}

/// The distinct strings of a document's mentions, with what is said of each.
struct Distinct<'a> {
    texts: Vec<&'a str>,
    /// Of each, the place where it stands first, and its distinct concept strings.
    first: Vec<(usize, usize)>,
    concepts: Vec<Vec<&'a str>>,
}

impl<'a> Distinct<'a> {
    fn of(document: &'a Document, entity_types: &[String]) -> Self {
        let mut distinct = Distinct { texts: Vec::new(), first: Vec::new(), concepts: Vec::new() };
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        for mention in wanted(document, entity_types) {
            let Some(concept) = mention.concept.as_deref().map(str::trim).filter(|concept| !concept.is_empty()) else { continue };
            let number = *numbers.entry(mention.text.as_str()).or_insert_with(|| {
                distinct.texts.push(&mention.text);
                distinct.first.push((mention.start, mention.end));
                distinct.concepts.push(Vec::new());
                distinct.texts.len() - 1
            });
            let known = &mut distinct.concepts[number];
            if !known.iter().any(|other| training::parts(other) == training::parts(concept)) {
                known.push(concept);
            }
        }
        distinct
    }

    /// Adds the strings of places that are no mention and overlap none: they mean no concept.
    fn add_others(&mut self, document: &Document, entity_types: &[String], places: &[Place], text: &CharIndex<'a>) {
        let gold: Vec<(usize, usize)> = wanted(document, entity_types).map(|mention| (mention.start, mention.end)).collect();
        for place in places {
            let string = text.slice(place.start, place.end).unwrap_or_default();
            if gold.iter().any(|&(start, end)| start < place.end && place.start < end) || self.texts.contains(&string) {
                continue;
            }
            self.texts.push(string);
            self.first.push((place.start, place.end));
            self.concepts.push(vec!["-1"]);
        }
    }
}
