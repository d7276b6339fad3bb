//! What a vocabulary and training know of a mention: its candidates, each with its features.

use super::abbreviation::ShortForms;
use super::dictionary::PlaceEvidence;
use super::features::{Feature, Row, WIDTH};
use super::names::{Names, Nearness, Query, Scratch, TrainingName, Vectors};
use super::training::{FIRST, NO_CONCEPT, Target, Targets, TrainingString, TrainingStrings, id_kind};
use super::{Lexicon, NameKind};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// How a candidate was found, for a person; in order of strength.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Evidence {
    pub training: bool,
    pub exact: bool,
    pub through_expansion: bool,
}

pub(super) struct Candidate {
    pub target: Target,
    pub row: Row,
    /// How near its nearest name is, from 0 to 1.
    pub nearness: f32,
    /// The entry of the index that is nearest.
    pub entry: Option<u32>,
    pub evidence: Evidence,
}

/// A distinct mention of a document in its rewritings: as written, then with short forms expanded.
pub(super) struct MentionText {
    pub queries: Vec<Query>,
}

/// What others hold of a mention.
#[derive(Clone, Copy, Default)]
pub(super) struct Said<'a> {
    /// A tagger: concept strings with probabilities.
    pub probabilities: &'a [(String, f32)],
    /// Why the dictionary proposes it, where it does.
    pub proposed: Option<&'a PlaceEvidence>,
}

/// What the mentions of a document are seen beside.
#[derive(Default)]
pub(super) struct DocumentView {
    /// Targets that are certain from a string alone, with the numbers of the strings.
    certain: BTreeMap<Target, BTreeSet<usize>>,
    /// Stems of the text.
    stems: HashSet<u32>,
}

/// All that features are made from; made again from a vocabulary and the strings of training.
#[derive(Clone, Debug)]
pub(super) struct Knowledge {
    pub lexicon: Lexicon,
    pub targets: Targets,
    pub training: TrainingStrings,
    pub names: Names,
    /// The entry of each concept's preferred name.
    preferred: Vec<Option<u32>>,
    parents: Vec<Vec<u32>>,
    children: Vec<u32>,
    is_number: Vec<bool>,
}

/// Names of the vocabulary looked at for a mention, and concepts kept of them.
const NEAREST: usize = 60;
const KEPT: usize = 24;

fn closeness(kind: NameKind) -> f32 {
    match kind {
        NameKind::Preferred => 5.0,
        NameKind::Exact => 4.0,
        NameKind::Narrow => 3.0,
        NameKind::Broad => 2.0,
        NameKind::Related => 1.0,
    }
}

impl Knowledge {
    pub fn new(lexicon: Lexicon, strings: &[TrainingString], vectors: impl FnOnce(&Names) -> Vectors) -> Self {
        let targets = Targets::learn(&lexicon, strings);
        let training = TrainingStrings::learn(&lexicon, strings, &targets);
        let training_names: Vec<TrainingName> = strings
            .iter()
            .filter_map(|string| {
                let target = targets.find(&lexicon, &string.concept)?;
                Some(TrainingName { text: &string.text, target, document: string.document })
            })
            .collect();
        let names = Names::new(&lexicon, FIRST, &training_names);
        let vectors = vectors(&names);
        let names = names.with_vectors(vectors);
        let parents: Vec<Vec<u32>> =
            (0..lexicon.len()).map(|at| lexicon.parents(at).into_iter().map(|parent| parent as u32).collect()).collect();
        let mut children = vec![0; lexicon.len()];
        parents.iter().flatten().for_each(|&parent| children[parent as usize] += 1);
        let mut preferred = vec![None; lexicon.len()];
        for (number, entry) in names.entries.iter().enumerate() {
            if entry.kind == Some(NameKind::Preferred) {
                preferred[(entry.target - FIRST) as usize] = Some(number as u32);
            }
        }
        let is_number = names.words.texts().map(|word| word.len() < 2 || word.bytes().all(|b| b.is_ascii_digit())).collect();
        Knowledge { lexicon, targets, training, names, preferred, parents, children, is_number }
    }

    pub fn mention(&self, text: &str, short_forms: &ShortForms) -> MentionText {
        let mut queries = vec![Query::new(&self.names, text)];
        if let Some(expanded) = short_forms.expand(text) {
            queries.push(Query::new(&self.names, &expanded));
        }
        MentionText { queries }
    }

    /// The view of a document with these distinct mentions.
    pub fn view(&self, text: &str, mentions: &[MentionText], skip: Option<u32>) -> DocumentView {
        let mut view = DocumentView::default();
        for (number, mention) in mentions.iter().enumerate() {
            if let Some(target) = self.certain(mention, skip) {
                view.certain.entry(target).or_default().insert(number);
            }
        }
        let normal = super::text::Normal::of(text);
        view.stems = normal.stems.iter().filter_map(|stem| self.names.words.find(stem)).collect();
        view
    }

    /// What a mention's string means by training, else by the vocabulary, where one concept alone has it as a name.
    fn certain(&self, mention: &MentionText, skip: Option<u32>) -> Option<Target> {
        for query in mention.queries.iter().rev() {
            for counts in [self.training.plain(&query.normal.plain, skip), self.training.bag(&query.bag, skip)] {
                if let Some((target, _)) = most(&counts) {
                    return Some(target);
                }
            }
            if let [(target, _)] = self.names.with_bag(&query.bag) {
                return Some(*target);
            }
        }
        None
    }

    /// The candidates of a mention, "no concept" first, then by target. `number` is the mention's among those of the view; what the
    /// training document `skip` says is left out of account; `said` is what others than training and the vocabulary
    /// hold of it.
    pub fn candidates(
        &self,
        mention: &MentionText,
        number: Option<usize>,
        view: &DocumentView,
        skip: Option<u32>,
        Said { probabilities, proposed }: Said,
        scratch: &mut Scratch,
    ) -> Vec<Candidate> {
        use Feature as F;
        let mut found: BTreeMap<Target, CandidateBuilder> = BTreeMap::new();
        found.insert(NO_CONCEPT, CandidateBuilder::new());
        for (rewriting, query) in mention.queries.iter().enumerate().filter(|(_, query)| !query.is_empty()) {
            self.exact(&mut found, query, rewriting, mention.queries.len());
            for (counts, share, count) in [
                (self.training.plain(&query.normal.plain, skip), F::StringShare, F::StringCount),
                (self.training.bag(&query.bag, skip), F::BagShare, F::BagCount),
            ] {
                let all: u32 = counts.iter().map(|(_, count)| count).sum();
                for (target, own) in counts {
                    let of = found.entry(target).or_insert_with(CandidateBuilder::new);
                    of.raise(share, own as f32 / all as f32);
                    of.raise(count, libm::log1pf(own as f32));
                    of.evidence.training = true;
                    of.evidence.through_expansion |= rewriting > 0;
                }
            }
            self.near(&mut found, query, rewriting, skip, scratch);
        }
        for (concept, probability) in probabilities {
            if let Some(target) = self.targets.find(&self.lexicon, concept) {
                found.entry(target).or_insert_with(CandidateBuilder::new).raise(F::TaggerProbability, *probability);
            }
        }
        self.keep_nearest(&mut found);
        if let Some(of) = proposed {
            for row in found.values_mut().map(|found| &mut found.row) {
                row[F::Proposed as usize] = 1.0;
                row[F::ProposedPrecision as usize] = of.precision() as f32;
                row[F::ProposedCount as usize] = libm::log1pf((of.annotated + of.others) as f32);
            }
        }
        self.finish(found, mention, number, view, skip)
    }

    /// Concepts with a name that is the mention.
    fn exact(&self, found: &mut BTreeMap<Target, CandidateBuilder>, query: &Query, rewriting: usize, rewritings: usize) {
        use Feature as F;
        for &(target, kind) in self.names.with_plain(&query.normal.plain) {
            let of = found.entry(target).or_insert_with(CandidateBuilder::new);
            of.raise(F::ExactWords, closeness(kind));
            if rewriting == 0 {
                of.raise(F::ExactWritten, closeness(kind));
            }
            of.evidence.through_expansion |= rewriting > 0;
        }
        let bag = self.names.with_bag(&query.bag);
        for &(target, kind) in bag {
            let of = found.entry(target).or_insert_with(CandidateBuilder::new);
            of.raise(F::ExactBag, closeness(kind));
            of.raise(F::ExactRivals, bag.len() as f32);
            of.evidence.exact = true;
            // The search may have cut it off.
            let near = Nearness { words: 1.0, grams: 0.9, covered: 1.0, covering: 1.0, meant: 1.0, direction: 1.0 };
            of.raise(F::Meant, 1.0);
            of.raise(F::Direction, 1.0);
            of.nearer(near, None, query, self, 0.0, 0.0);
        }
        if query.short_form && (rewriting > 0 || rewritings == 1) {
            for &target in self.names.with_written(&query.written) {
                found.entry(target).or_insert_with(CandidateBuilder::new).raise(F::ExactShortForm, 1.0);
            }
        }
    }

    /// Concepts and training strings whose names are near to the mention.
    fn near(
        &self,
        found: &mut BTreeMap<Target, CandidateBuilder>,
        query: &Query,
        rewriting: usize,
        skip: Option<u32>,
        scratch: &mut Scratch,
    ) {
        use Feature as F;
        for number in query.nearest(&self.names, NEAREST, skip, scratch) {
            let entry = &self.names.entries[number as usize];
            let near = query.nearness(&self.names, number);
            let of = found.entry(entry.target).or_insert_with(CandidateBuilder::new);
            if entry.kind.is_none() {
                of.raise(F::TrainingMeant, near.meant);
                of.raise(F::TrainingDirection, near.direction);
                if near.score() > of.training_score {
                    of.training_score = near.score();
                    of.row[F::TrainingGramCosine as usize] = near.grams;
                    of.row[F::TrainingCovered as usize] = near.covered;
                    of.row[F::TrainingOverlap as usize] = near.overlap();
                }
                continue;
            }
            of.raise(F::Meant, near.meant);
            of.raise(F::Direction, near.direction);
            let numbers = |of: &[u32], in_other: &[u32]| {
                let is_number = |word: &&u32| self.is_number.get(**word as usize).copied().unwrap_or(false);
                of.iter().filter(is_number).filter(|word| in_other.binary_search(word).is_err()).count() as f32
            };
            let (missing, additional) = (numbers(&query.words, &entry.words), numbers(&entry.words, &query.words));
            if of.nearer(near, Some(number), query, self, missing, additional) {
                of.evidence.through_expansion = rewriting > 0;
            }
        }
    }

    /// Keeps every candidate that training or a name says, and of the others the nearest.
    fn keep_nearest(&self, found: &mut BTreeMap<Target, CandidateBuilder>) {
        let mut others: Vec<(f32, Target)> = found
            .iter()
            .filter(|(target, of)| **target != NO_CONCEPT && !of.is_said())
            .map(|(target, of)| (of.score.max(of.training_score).max(of.meant()).max(of.direction() - 0.1), *target))
            .collect();
        others.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, target) in others.into_iter().skip(KEPT) {
            found.remove(&target);
        }
    }

    /// Fills in what does not depend on the rewriting.
    fn finish(
        &self,
        found: BTreeMap<Target, CandidateBuilder>,
        mention: &MentionText,
        number: Option<usize>,
        view: &DocumentView,
        skip: Option<u32>,
    ) -> Vec<Candidate> {
        use Feature as F;
        let most = |of: &dyn Fn(&CandidateBuilder) -> f32| found.values().map(of).fold(0.0, f32::max);
        let best_score = most(&|of| of.score);
        let best_training = most(&|of| of.training_score);
        let best_overlap = most(&|of| of.row[F::Overlap as usize]);
        let (best_meant, best_direction) = (most(&CandidateBuilder::meant), most(&CandidateBuilder::direction));
        let best_exact = most(&|of| of.row[F::ExactBag as usize]);
        let best_count = most(&|of| of.row[F::StringCount as usize].max(of.row[F::BagCount as usize]));
        let mut order: Vec<(f32, Target)> = found.iter().map(|(target, of)| (of.score, *target)).collect();
        order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let place: BTreeMap<Target, usize> = order.into_iter().enumerate().map(|(place, (_, target))| (target, place)).collect();
        let full = mention.queries.last().expect("a mention has its own text");
        let unknown: f32 = {
            let weights = full.words.iter().filter(|word| self.names.words.is_unknown(**word)).map(|&word| self.names.words.weight(word));
            weights.sum()
        };
        let candidates = found.into_iter().map(|(target, of)| {
            let mut row = of.row;
            let mut set = |feature: F, value: f32| row[feature as usize] = value;
            set(F::NoConcept, f32::from(u8::from(target == NO_CONCEPT)));
            set(F::Rank, place[&target].min(30) as f32);
            set(F::ScoreGap, best_score - of.score);
            set(F::OverlapGap, best_overlap - of.row[F::Overlap as usize]);
            set(F::MeantGap, best_meant - of.meant());
            set(F::DirectionGap, best_direction - of.direction());
            set(F::BestMeant, best_meant);
            set(F::BestDirection, best_direction);
            set(F::TrainingScoreGap, best_training - of.training_score);
            set(F::Prior, libm::log1pf(self.training.mentions_of(target, skip) as f32));
            set(F::MentionWords, full.words.len() as f32);
            set(F::ShortForm, f32::from(u8::from(mention.queries[0].short_form)));
            set(F::Expanded, f32::from(u8::from(mention.queries.len() > 1)));
            set(F::UnknownMass, if full.mass > 0.0 { unknown / full.mass } else { 1.0 });
            set(F::BestScore, best_score);
            set(F::BestOverlap, best_overlap);
            set(F::BestExact, best_exact);
            set(F::BestStringCount, best_count);
            let others = |target: Target| {
                let strings = view.certain.get(&target);
                strings.map_or(0, |strings| strings.iter().filter(|&&string| Some(string) != number).count()) as f32
            };
            set(F::InDocument, others(target));
            if let Some(concept) = self.targets.concept(target) {
                let preferred = self.preferred[concept];
                let near = |entry: u32| mention.queries.iter().map(|query| query.nearness(&self.names, entry).score()).fold(0.0, f32::max);
                set(F::PreferredScore, preferred.map_or(0.0, near));
                let own = self.lexicon.concept(concept);
                set(F::KindShare, self.training.share_of_kind(&id_kind(&own.id)) as f32);
                set(F::Synonyms, libm::log1pf(own.names.len() as f32));
                set(F::Above, self.parents[concept].len() as f32);
                set(F::Below, libm::log1pf(self.children[concept] as f32));
                let mut near: f32 = self.parents[concept].iter().map(|&parent| others(FIRST + parent)).sum();
                for &certain in view.certain.keys() {
                    if self.targets.concept(certain).is_some_and(|other| self.parents[other].contains(&(concept as u32))) {
                        near += others(certain);
                    }
                }
                set(F::NearInDocument, near);
            }
            if let Some(entry) = of.entry.map(|entry| &self.names.entries[entry as usize]) {
                let missing = || entry.words.iter().filter(|word| full.words.binary_search(word).is_err());
                let weight = |words: &mut dyn Iterator<Item = &u32>| words.map(|&word| self.names.words.weight(word)).sum::<f32>();
                let all = weight(&mut missing());
                let there = weight(&mut missing().filter(|word| view.stems.contains(word)));
                set(F::MissingInDocument, if all > 0.0 { there / all } else { 0.0 });
            }
            Candidate { target, row, nearness: of.score, entry: of.entry, evidence: of.evidence }
        });
        candidates.collect()
    }
}

/// The target that is said most often, the first of several.
pub(super) fn most(counts: &[(Target, u32)]) -> Option<(Target, u32)> {
    counts.iter().copied().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)))
}

/// A candidate that is being found.
struct CandidateBuilder {
    row: Row,
    score: f32,
    training_score: f32,
    entry: Option<u32>,
    evidence: Evidence,
}

impl CandidateBuilder {
    fn new() -> Self {
        CandidateBuilder { row: [0.0; WIDTH], score: 0.0, training_score: 0.0, entry: None, evidence: Evidence::default() }
    }

    fn raise(&mut self, feature: Feature, value: f32) {
        let own = &mut self.row[feature as usize];
        *own = own.max(value);
    }

    fn meant(&self) -> f32 {
        self.row[Feature::Meant as usize].max(self.row[Feature::TrainingMeant as usize])
    }

    fn direction(&self) -> f32 {
        self.row[Feature::Direction as usize].max(self.row[Feature::TrainingDirection as usize])
    }

    /// Whether a string of training, a name or the tagger says it.
    fn is_said(&self) -> bool {
        use Feature as F;
        [F::ExactWords, F::ExactBag, F::ExactShortForm, F::StringCount, F::BagCount, F::TaggerProbability]
            .iter()
            .any(|&f| self.row[f as usize] > 0.0)
    }

    /// Takes a name if it is nearer than the one before.
    fn nearer(&mut self, near: Nearness, entry: Option<u32>, query: &Query, knowledge: &Knowledge, missing: f32, additional: f32) -> bool {
        use Feature as F;
        let names = &knowledge.names;
        let score = near.score();
        if score <= self.score && !(self.entry.is_none() && entry.is_some() && score >= self.score - 0.1) {
            return false;
        }
        self.score = score.max(self.score);
        self.entry = entry.or(self.entry);
        let row = &mut self.row;
        row[F::WordCosine as usize] = near.words;
        row[F::GramCosine as usize] = near.grams;
        row[F::Covered as usize] = near.covered;
        row[F::Covering as usize] = near.covering;
        row[F::Overlap as usize] = near.overlap();
        row[F::Missing as usize] = query.mass * (1.0 - near.covered);
        row[F::NumbersMissing as usize] = missing;
        row[F::NumbersAdditional as usize] = additional;
        row[F::NameWords as usize] = query.words.len() as f32;
        row[F::SameHead as usize] = 1.0;
        if let Some(entry) = entry.map(|entry| &names.entries[entry as usize]) {
            let mass: f32 = entry.words.iter().map(|&word| names.words.weight(word)).sum();
            row[F::Additional as usize] = mass * (1.0 - near.covering);
            row[F::NameWords as usize] = entry.words.len() as f32;
            row[F::NameKind as usize] = entry.kind.map_or(0.0, closeness);
            row[F::SameHead as usize] = f32::from(u8::from(entry.words.binary_search(&query.head).is_ok()));
        }
        true
    }
}
