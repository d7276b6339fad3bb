//! What training says: which strings name which concepts, how often a concept is named, and which of a concept's ids the corpus writes.

use super::text::Normal;
use super::{Lexicon, LinkError, id_key};
use crate::corpus::{ConceptIds, Document, Mention, concepts_in};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(super) type Target = u32;

/// "No concept": what `-1` says.
pub(super) const NO_CONCEPT: Target = 0;
/// Concept n of the vocabulary is target `FIRST + n`.
pub(super) const FIRST: Target = 1;

/// Everything that a mention can be linked to: no concept, each concept of the vocabulary, and what training writes beside them - several
/// ids at once, ids that the vocabulary lacks.
#[derive(Clone, Debug, Default)]
pub(super) struct Targets {
    concepts: u32,
    /// Concept strings of training that are no single concept of the vocabulary: their parts by [`id_key`], or `FIRST + n` written out.
    further: Vec<Vec<String>>,
    numbers: HashMap<Vec<String>, Target>,
    /// For each concept that training has: the id that it is mostly written with.
    written: HashMap<Target, String>,
    /// Kinds of ids (`MESH:D`, `OMIM:`) with the share of cases in which the corpus writes an id of this kind where the concept has one.
    kinds: BTreeMap<String, f64>,
}

/// The kind of an id: its prefix and the letters behind it.
pub(super) fn id_kind(id: &str) -> String {
    let key = id_key(id);
    let (prefix, rest) = key.split_once(':').unwrap_or(("MESH", key));
    let letters: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
    format!("{prefix}:{letters}")
}

/// The ids that a concept string is made of, split on `|`, without `-1`.
pub(super) fn parts(concept: &str) -> Vec<&str> {
    concepts_in(concept).collect()
}

/// A string that training annotates, and what it says of it. All that a linker keeps of its training documents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct TrainingString {
    /// Number of the document.
    pub document: u32,
    /// As written, or with the document's short forms expanded.
    pub text: String,
    pub expanded: bool,
    /// The sixth PubTator field, trimmed.
    pub concept: String,
    pub count: u32,
}

/// The strings of mentions of the given types that say a concept or that there is none; each once a document, with its count.
/// `expanded` gives a mention's text with short forms expanded, where it has any.
pub(super) fn training_strings(
    documents: &[Document],
    entity_types: &[String],
    expanded: impl Fn(usize, &str) -> Option<String>,
) -> Vec<TrainingString> {
    let mut counts: BTreeMap<(u32, String, bool, &str), u32> = BTreeMap::new();
    for (number, document) in documents.iter().enumerate() {
        for mention in wanted(document, entity_types) {
            let Some(concept) = mention.concept.as_deref().map(str::trim).filter(|concept| !concept.is_empty()) else { continue };
            *counts.entry((number as u32, mention.text.clone(), false, concept)).or_default() += 1;
            if let Some(text) = expanded(number, &mention.text) {
                *counts.entry((number as u32, text, true, concept)).or_default() += 1;
            }
        }
    }
    let string = |((document, text, expanded, concept), count): ((u32, String, bool, &str), u32)| TrainingString {
        document,
        text,
        expanded,
        concept: concept.to_owned(),
        count,
    };
    counts.into_iter().map(string).collect()
}

impl Targets {
    /// Concepts of `lexicon` and what training says.
    pub fn learn(lexicon: &Lexicon, strings: &[TrainingString]) -> Self {
        let mut targets = Targets { concepts: lexicon.len() as u32, ..Targets::default() };
        let mut written: BTreeMap<Target, BTreeMap<&str, usize>> = BTreeMap::new();
        for string in strings.iter().filter(|string| !string.expanded) {
            for part in parts(&string.concept) {
                if let Some(at) = lexicon.find(part) {
                    *written.entry(FIRST + at as Target).or_default().entry(id_key(part)).or_default() += string.count as usize;
                }
            }
            targets.number(lexicon, &string.concept);
        }
        // [(written, there)]
        let mut kinds: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for (&target, ids) in &written {
            let concept = lexicon.concept((target - FIRST) as usize);
            let own: BTreeSet<String> = concept.ids().map(id_kind).collect();
            let most = ids.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0))).map(|(id, _)| *id).unwrap_or_default();
            if own.len() > 1 {
                for kind in own {
                    let of = kinds.entry(kind.clone()).or_default();
                    of.0 += usize::from(kind == id_kind(most));
                    of.1 += 1;
                }
            }
            // As the vocabulary spells it.
            let spelled = concept.ids().find(|id| id_key(id) == most).unwrap_or(most);
            targets.written.insert(target, spelled.to_owned());
        }
        targets.kinds = kinds.into_iter().map(|(kind, (written, there))| (kind, (written as f64 + 0.5) / (there as f64 + 1.0))).collect();
        targets
    }

    /// The target of a concept string; a new one where it is none yet and is no single concept.
    fn number(&mut self, lexicon: &Lexicon, concept: &str) -> Target {
        let key = self.key(lexicon, concept);
        match key.as_slice() {
            [] => NO_CONCEPT,
            [one] if lexicon.find(one).is_some() => FIRST + lexicon.find(one).unwrap_or_default() as Target,
            _ => {
                let next = FIRST + self.concepts + self.further.len() as Target;
                if let Some(&known) = self.numbers.get(&key) {
                    return known;
                }
                self.numbers.insert(key.clone(), next);
                self.further.push(key);
                next
            }
        }
    }

    /// The parts of a concept string in one order, each by its concept's canonical id where the vocabulary has one.
    fn key(&self, lexicon: &Lexicon, concept: &str) -> Vec<String> {
        let key: BTreeSet<&str> =
            parts(concept).into_iter().map(|part| id_key(lexicon.find(part).map_or(part, |at| lexicon.concept(at).id.as_str()))).collect();
        key.into_iter().map(str::to_owned).collect()
    }

    /// The target of a concept string, if it is one.
    pub fn find(&self, lexicon: &Lexicon, concept: &str) -> Option<Target> {
        let key = self.key(lexicon, concept);
        match key.as_slice() {
            [] => Some(NO_CONCEPT),
            [one] if lexicon.find(one).is_some() => lexicon.find(one).map(|at| FIRST + at as Target),
            _ => self.numbers.get(&key).copied(),
        }
    }

    /// The concept of the vocabulary that a target is.
    pub fn concept(&self, target: Target) -> Option<usize> {
        (target >= FIRST && target < FIRST + self.concepts).then(|| (target - FIRST) as usize)
    }

    /// The ids of a target as the corpus writes them: for a concept that training has, the id that it has there; for another, the id of
    /// the kind that the corpus prefers where a concept has several, and among those the canonical one.
    pub fn ids(&self, lexicon: &Lexicon, target: Target) -> Vec<String> {
        if target == NO_CONCEPT {
            return Vec::new();
        }
        if let Some(concept) = self.concept(target) {
            return vec![self.id_of(lexicon, concept)];
        }
        let parts = &self.further[(target - FIRST - self.concepts) as usize];
        parts
            .iter()
            .map(|part| {
                lexicon.find(part).map_or_else(|| ConceptIds::from(part.as_str()).with_prefix().into(), |at| self.id_of(lexicon, at))
            })
            .collect()
    }

    fn id_of(&self, lexicon: &Lexicon, concept: usize) -> String {
        if let Some(id) = self.written.get(&(FIRST + concept as Target)) {
            return id.clone();
        }
        let concept = lexicon.concept(concept);
        let liking = |id: &str| self.kinds.get(&id_kind(id)).copied().unwrap_or(0.0);
        let mut best = concept.id.as_str();
        for id in &concept.alternative {
            if liking(id) > liking(best) {
                best = id;
            }
        }
        best.to_owned()
    }
}

/// How often a string of training has a concept, by document: a training mention must not be shown what its own document says.
#[derive(Clone, Debug, Default)]
struct Counts(HashMap<String, Vec<(Target, u32, u32)>>);

impl Counts {
    fn add(&mut self, key: &str, target: Target, document: u32, more: u32) {
        let of = self.0.entry(key.to_owned()).or_default();
        match of.iter_mut().find(|(known, in_document, _)| (*known, *in_document) == (target, document)) {
            Some((_, _, count)) => *count += more,
            None => of.push((target, document, more)),
        }
    }

    /// Targets with their counts, ascending by target; without those of the document `skip`.
    fn get(&self, key: &str, skip: Option<u32>) -> Vec<(Target, u32)> {
        let mut sums: BTreeMap<Target, u32> = BTreeMap::new();
        for &(target, document, count) in self.0.get(key).map_or(&[][..], Vec::as_slice) {
            if Some(document) != skip {
                *sums.entry(target).or_default() += count;
            }
        }
        sums.into_iter().collect()
    }
}

/// The strings and concepts of the training documents.
#[derive(Clone, Debug, Default)]
pub(super) struct TrainingStrings {
    plain: Counts,
    bags: Counts,
    /// Mentions of each target, by document.
    of_target: HashMap<Target, Vec<(u32, u32)>>,
    /// Mentions of concepts by kind of id.
    of_kind: BTreeMap<String, u32>,
    total: u32,
}

impl TrainingStrings {
    /// Counts what training says.
    pub fn learn(lexicon: &Lexicon, strings: &[TrainingString], targets: &Targets) -> Self {
        let mut training = TrainingStrings::default();
        for string in strings {
            let Some(target) = targets.find(lexicon, &string.concept) else { continue };
            let normal = Normal::of(&string.text);
            training.plain.add(&normal.plain, target, string.document, string.count);
            training.bags.add(&normal.bag(), target, string.document, string.count);
            if string.expanded {
                continue;
            }
            if target != NO_CONCEPT {
                training.total += string.count;
            }
            let of = training.of_target.entry(target).or_default();
            match of.iter_mut().find(|(in_document, _)| *in_document == string.document) {
                Some((_, count)) => *count += string.count,
                None => of.push((string.document, string.count)),
            }
            for id in targets.ids(lexicon, target) {
                *training.of_kind.entry(id_kind(&id)).or_default() += string.count;
            }
        }
        training
    }

    /// Targets that training gives the folded words.
    pub fn plain(&self, plain: &str, skip: Option<u32>) -> Vec<(Target, u32)> {
        self.plain.get(plain, skip)
    }

    /// Targets that training gives the stems in any order.
    pub fn bag(&self, bag: &str, skip: Option<u32>) -> Vec<(Target, u32)> {
        self.bags.get(bag, skip)
    }

    /// Mentions of a target outside the document `skip`.
    pub fn mentions_of(&self, target: Target, skip: Option<u32>) -> u32 {
        let of = self.of_target.get(&target).map_or(&[][..], Vec::as_slice);
        of.iter().filter(|(document, _)| Some(*document) != skip).map(|(_, count)| count).sum()
    }

    /// Share of mentions whose id is of this kind.
    pub fn share_of_kind(&self, kind: &str) -> f64 {
        f64::from(self.of_kind.get(kind).copied().unwrap_or(0)) / f64::from(self.total.max(1))
    }
}

/// Whether the vocabulary has an id of any of these concept strings (ids joined by `|`), which stand for `mentions` mentions.
///
/// # Errors
/// [`LinkError::NothingToLearn`] where no string says a concept, and [`LinkError::IdsNeverMeet`] where the vocabulary has none of them.
pub fn check_ids<'a>(lexicon: &Lexicon, concepts: impl IntoIterator<Item = &'a str>, mentions: usize) -> Result<(), LinkError> {
    let mut first: Option<&str> = None;
    for concept in concepts {
        let ids = parts(concept);
        if ids.iter().any(|id| lexicon.find(id).is_some()) {
            return Ok(());
        }
        if !ids.is_empty() && first.is_none_or(|first| concept < first) {
            first = Some(concept);
        }
    }
    let corpus = first.ok_or(LinkError::NothingToLearn)?.to_owned();
    let own = lexicon.concepts().first().map_or_else(String::new, |concept| concept.id.clone());
    Err(LinkError::IdsNeverMeet { mentions, corpus, lexicon: own })
}

/// Whether there is something to learn.
///
/// # Errors
/// [`LinkError::NothingToLearn`] where no string says a concept, and [`LinkError::IdsNeverMeet`] where the vocabulary has none of them.
pub(super) fn check(lexicon: &Lexicon, strings: &[TrainingString]) -> Result<(), LinkError> {
    let said = strings.iter().filter(|string| !string.expanded && !parts(&string.concept).is_empty());
    let mentions = said.clone().map(|string| string.count as usize).sum();
    check_ids(lexicon, said.map(|string| string.concept.as_str()), mentions)
}

/// The mentions of the given types.
pub(super) fn wanted<'a>(document: &'a Document, entity_types: &[String]) -> impl Iterator<Item = &'a Mention> + Clone {
    document.mentions.iter().filter(|mention| entity_types.contains(&mention.entity_type))
}
