//! Mentions that a recogniser and the linker's dictionary propose together, and which of them are kept and linked. What a proposal is worth is
//! learned on documents that neither of the two was trained on.

use super::{ConceptProbabilities, Linked, Linker, TokenProbability};
use crate::corpus::{Document, Mention};
use crate::evaluate::Gold;
use crate::lexicon::dictionary::{Dictionary, Origin, PlaceEvidence, StringCount};
use crate::lexicon::evaluation::is_right;
use crate::lexicon::logistic::{Logistic, logit};
use crate::lexicon::training::wanted;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a recogniser says of a document.
#[derive(Clone, Copy, Debug)]
pub struct Recognised<'a> {
    /// Its mentions, in the order of the text, without overlap.
    pub mentions: &'a [Mention],
    /// What it holds of each token, in the order of the text.
    pub tokens: &'a [TokenProbability],
}

/// A mention that a recogniser, the dictionary or both propose.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposed {
    /// Span and type, without a concept.
    pub mention: Mention,
    /// Whether the recogniser has it.
    pub recognised: bool,
    /// What it is linked to; from [`Linker::annotate`] without ids where the link is not worth its risk.
    pub linked: Linked,
    /// That it is annotated with exactly this span.
    pub mention_probability: f64,
    /// That its likeliest concept is one that is annotated there.
    pub link_probability: f64,
    features: Vec<f64>,
}

impl Proposed {
    fn overlaps(&self, other: &Mention) -> bool {
        self.mention.start < other.end && other.start < self.mention.end
    }
}

/// What the proposals for documents that were held out are worth, as F1 of the kit: each fifth of the documents judged by what the others say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ProposalScores {
    /// Of mentions.
    pub mention_f1: f64,
    /// Of concepts.
    pub concept_f1: f64,
    /// The same with the recogniser's mentions alone, each under the best threshold.
    pub recogniser_concept_f1: f64,
}

/// What is learned of the dictionary's mentions beside the recogniser's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Proposals {
    /// What training says of strings.
    pub counts: Vec<StringCount>,
    /// Empty, as is the other: the recogniser's mentions are kept, and no others.
    is_mention: Logistic,
    is_link: Logistic,
    /// Least probability of a mention.
    least_mention: f64,
}

impl Proposals {
    fn new(counts: Vec<StringCount>) -> Self {
        Self { counts, is_mention: Logistic::default(), is_link: Logistic::default(), least_mention: 0.5 }
    }

    /// All that was learned, for a check of what a file says.
    pub fn numbers(&self) -> impl Iterator<Item = f64> + '_ {
        self.is_mention.0.iter().chain(&self.is_link.0).copied().chain([self.least_mention])
    }

    /// Whether a file's numbers are those of as many features as there are.
    pub fn is_sound(&self) -> bool {
        [&self.is_mention, &self.is_link].iter().all(|logistic| matches!(logistic.0.len(), 0 | WEIGHTS))
    }

    fn judge(&self, one: &mut Proposed) {
        (one.mention_probability, one.link_probability) = if self.is_mention.0.is_empty() {
            let recognised = flag(one.recognised);
            (recognised, recognised * likeliest(&one.linked))
        } else {
            let linkable = flag(one.linked.best().is_some());
            (self.is_mention.probability(&one.features), linkable * self.is_link.probability(&one.features))
        };
    }

    fn fit(&mut self, documents: &[&Document], proposed: &[&Vec<Proposed>], entity_types: &[String]) {
        let (mut mentions, mut links) = (Vec::new(), Vec::new());
        // The kit asks which concepts a document has, so each is one case, whatever the number of its mentions: the surest of them.
        let mut cases: Vec<Vec<usize>> = Vec::new();
        for (document, proposed) in documents.iter().zip(proposed) {
            let mut of_concept: BTreeMap<Vec<String>, Vec<usize>> = BTreeMap::new();
            for one in *proposed {
                let gold = wanted(document, entity_types).any(|gold| (gold.start, gold.end) == (one.mention.start, one.mention.end));
                mentions.push((one.features.clone(), gold));
                if let Some(best) = one.linked.best() {
                    let right = wanted(document, entity_types).any(|gold| one.overlaps(gold) && is_right(gold, &best.ids));
                    of_concept.entry(best.ids.clone()).or_default().push(links.len());
                    links.push((one.features.clone(), right));
                }
            }
            cases.extend(of_concept.into_values());
        }
        self.is_mention = Logistic::train(&mentions, PENALTY);
        self.is_link = Logistic::train(&links, PENALTY);
        let surest = cases.iter().filter_map(|case| {
            let sure = |at: &usize| self.is_link.probability(&links[*at].0);
            case.iter().copied().max_by(|a, b| sure(a).total_cmp(&sure(b)).then(b.cmp(a)))
        });
        let surest: Vec<(Vec<f64>, bool)> = surest.map(|at| links[at].clone()).collect();
        self.is_link = Logistic::train(&surest, PENALTY);
    }
}

/// Of half the squared weights.
const PENALTY: f64 = 1.0;
/// Parts of the held-out documents, for judging each by the others.
const FOLDS: usize = 5;

impl Linker {
    pub(super) fn learn_dictionary(&mut self, documents: &[Document]) {
        let (dictionary, counts) = Dictionary::learn(&self.knowledge.lexicon, &self.learned.options.entity_types, documents);
        self.dictionary = Some(dictionary);
        self.learned.proposals = Some(Proposals::new(counts));
    }

    /// Whether the linker proposes mentions of its own.
    pub fn proposes(&self) -> bool {
        self.dictionary.is_some()
    }

    /// What the recogniser and the dictionary propose, in the order of the text, with its probabilities; proposals may overlap.
    pub fn propose(&self, document: &Document, recognised: Recognised, probabilities: Option<&dyn ConceptProbabilities>) -> Vec<Proposed> {
        let mut all: Vec<(Mention, bool, Option<PlaceEvidence>)> =
            recognised.mentions.iter().map(|mention| (mention.clone(), true, None)).collect();
        let places = self.dictionary.as_ref().map(|dictionary| dictionary.places(document, None, self.learned.options.detector));
        for place in places.into_iter().flatten() {
            match all.iter_mut().find(|(mention, ..)| (mention.start, mention.end) == (place.start, place.end)) {
                Some((_, _, evidence)) => *evidence = Some(place.evidence),
                None => {
                    let mention = Mention { start: place.start, end: place.end, entity_type: place.entity_type, ..Mention::default() };
                    all.push((mention, false, Some(place.evidence)));
                }
            }
        }
        all.sort_by_key(|(mention, ..)| (mention.start, mention.end));
        let spans: Vec<(usize, usize)> = all.iter().map(|(mention, ..)| (mention.start, mention.end)).collect();
        let evidence: Vec<Option<PlaceEvidence>> = all.iter().map(|(.., evidence)| *evidence).collect();
        let linked = self.link_proposed(document, &spans, &evidence, probabilities);
        // Spans are sorted, but their ends are not: all are looked at, of which a document has few.
        let overlapped = |at: usize, by: &dyn Fn(usize) -> bool| {
            (0..spans.len()).any(|other| other != at && by(other) && spans[other].0 < spans[at].1 && spans[at].0 < spans[other].1)
        };
        let by_recogniser: Vec<bool> = all.iter().map(|(_, recognised, _)| *recognised).collect();
        let proposed = all.into_iter().zip(linked).enumerate().map(|(at, ((mention, is_recognised, evidence), linked))| {
            let by_other =
                overlapped(at, &|other| if is_recognised { evidence.is_none() && !by_recogniser[other] } else { by_recogniser[other] });
            let features = features(&mention, is_recognised, evidence.as_ref(), by_other, recognised.tokens, &linked);
            let mut one =
                Proposed { mention, recognised: is_recognised, linked, mention_probability: 0.0, link_probability: 0.0, features };
            if let Some(own) = &self.learned.proposals {
                own.judge(&mut one);
            }
            one
        });
        proposed.collect()
    }

    /// Learns what proposals are worth from those for documents that training has not had, with the least probability of a mention and of
    /// a link: those with the best F1. Where the recogniser's mentions alone do better, the dictionary's are left out.
    pub fn learn_proposals(&mut self, documents: &[Document], proposed: &mut [Vec<Proposed>]) -> ProposalScores {
        let types = self.learned.options.entity_types.clone();
        let Some(mut own) = self.learned.proposals.take() else { return ProposalScores::default() };
        own = Proposals::new(std::mem::take(&mut own.counts));
        let gold = Gold::new(documents, &types);
        proposed.iter_mut().flatten().for_each(|one| own.judge(one));
        let (recogniser_concept_f1, alone) = best(|least| gold.concepts(&normalized(documents, proposed, least)).kit.f1());
        let mut scores = ProposalScores { recogniser_concept_f1, ..ProposalScores::default() };
        self.learned.threshold = alone;
        if documents.len() >= FOLDS {
            let mut crossed = own.clone();
            for fold in 0..FOLDS {
                let rest = || (0..documents.len()).filter(|at| at % FOLDS != fold);
                crossed.fit(
                    &rest().map(|at| &documents[at]).collect::<Vec<_>>(),
                    &rest().map(|at| &proposed[at]).collect::<Vec<_>>(),
                    &types,
                );
                (fold..documents.len()).step_by(FOLDS).for_each(|at| proposed[at].iter_mut().for_each(|one| crossed.judge(one)));
            }
            scores.mention_f1 = best(|least| gold.mentions(&recognised(documents, proposed, least)).kit.f1()).0;
            scores.concept_f1 = best(|least| gold.concepts(&normalized(documents, proposed, least)).kit.f1()).0;
            if scores.concept_f1 > recogniser_concept_f1 {
                own.fit(&documents.iter().collect::<Vec<_>>(), &proposed.iter().collect::<Vec<_>>(), &types);
            }
        }
        proposed.iter_mut().flatten().for_each(|one| own.judge(one));
        if !own.is_mention.0.is_empty() {
            own.least_mention = best(|least| gold.mentions(&recognised(documents, proposed, least)).kit.f1()).1;
            self.learned.threshold = best(|least| gold.concepts(&normalized(documents, proposed, least)).kit.f1()).1;
        }
        self.learned.proposals = Some(own);
        scores
    }

    /// The mentions that are kept, without overlap, for each document without its text.
    pub fn recognised(&self, documents: &[Document], proposed: &[Vec<Proposed>]) -> Vec<Document> {
        recognised(documents, proposed, self.learned.proposals.as_ref().map_or(0.5, |own| own.least_mention))
    }

    /// The mentions that are linked, without overlap, for each document without its text; with the probability of each link.
    pub fn normalized(&self, documents: &[Document], proposed: &[Vec<Proposed>]) -> (Vec<Document>, Vec<Vec<f64>>) {
        (normalized(documents, proposed, self.learned.threshold), probabilities(proposed, self.learned.threshold))
    }

    /// Mentions with their links: all that [`Linker::normalized`] has, and what [`Linker::recognised`] has beside them.
    pub fn annotate(&self, document: &Document, recognised: Recognised, probabilities: Option<&dyn ConceptProbabilities>) -> Vec<Proposed> {
        let proposed = self.propose(document, recognised, probabilities);
        let least_mention = self.learned.proposals.as_ref().map_or(0.5, |own| own.least_mention);
        let mut kept: Vec<Proposed> =
            without_overlap(&proposed, |one| one.link_probability, self.learned.threshold).into_iter().cloned().collect();
        for one in &mut kept {
            one.linked.ids = one.linked.best().map_or(Vec::new(), |best| best.ids.clone());
            one.linked.source = one.linked.best().map_or(one.linked.source, |best| best.source);
        }
        for one in without_overlap(&proposed, |one| one.mention_probability, least_mention) {
            if !kept.iter().any(|other| other.overlaps(&one.mention)) {
                let mut one = one.clone();
                one.linked.ids = Vec::new();
                kept.push(one);
            }
        }
        kept.sort_by_key(|one| one.mention.start);
        kept
    }
}

/// The threshold, of 0, 0.01 ... 0.99, with the greatest value, the lowest of several: (value, threshold).
fn best(value: impl Fn(f64) -> f64) -> (f64, f64) {
    let values = (0..100).map(|step| f64::from(step) / 100.0).map(|least| (value(least), least));
    values.fold((-1.0, 0.0), |best, next| if next.0 > best.0 { next } else { best })
}

fn recognised(documents: &[Document], proposed: &[Vec<Proposed>], least: f64) -> Vec<Document> {
    let of = |(document, proposed): (&Document, &Vec<Proposed>)| {
        let kept = without_overlap(proposed, |one| one.mention_probability, least);
        Document { id: document.id.clone(), mentions: kept.into_iter().map(|one| one.mention.clone()).collect(), ..Document::default() }
    };
    documents.iter().zip(proposed).map(of).collect()
}

fn normalized(documents: &[Document], proposed: &[Vec<Proposed>], least: f64) -> Vec<Document> {
    let of = |(document, proposed): (&Document, &Vec<Proposed>)| {
        let kept = without_overlap(proposed, |one| one.link_probability, least);
        let linked = |one: &Proposed| {
            let best = one.linked.best()?;
            Some(Mention { concept: Some(best.ids.join("|").into()), ..one.mention.clone() })
        };
        Document { id: document.id.clone(), mentions: kept.into_iter().filter_map(linked).collect(), ..Document::default() }
    };
    documents.iter().zip(proposed).map(of).collect()
}

fn probabilities(proposed: &[Vec<Proposed>], least: f64) -> Vec<Vec<f64>> {
    let of = |proposed: &Vec<Proposed>| {
        let kept = without_overlap(proposed, |one| one.link_probability, least).into_iter();
        kept.filter(|one| one.linked.best().is_some()).map(|one| one.link_probability).collect()
    };
    proposed.iter().map(of).collect()
}

/// Of proposals the ones that are kept: those with the greatest probability, none overlapping, none below `least` or without any; in the
/// order of the text.
fn without_overlap(proposed: &[Proposed], probability: impl Fn(&Proposed) -> f64, least: f64) -> Vec<&Proposed> {
    let place = |one: &Proposed| (one.mention.start, one.mention.end);
    let mut order: Vec<&Proposed> = proposed.iter().filter(|one| probability(one) > 0.0 && probability(one) >= least).collect();
    order.sort_by(|a, b| probability(b).total_cmp(&probability(a)).then_with(|| place(a).cmp(&place(b))));
    let mut kept: Vec<&Proposed> = Vec::new();
    for one in order {
        if !kept.iter().any(|other| other.overlaps(&one.mention)) {
            kept.push(one);
        }
    }
    kept.sort_by_key(|one| one.mention.start);
    kept
}

fn flag(of: bool) -> f64 {
    f64::from(u8::from(of))
}

fn likeliest(linked: &Linked) -> f64 {
    linked.best().map_or(0.0, |best| best.probability)
}

/// What is known of a proposal.
const FEATURES: usize = 14;
/// And a constant.
const WEIGHTS: usize = FEATURES + 1;

fn features(
    mention: &Mention,
    recognised: bool,
    evidence: Option<&PlaceEvidence>,
    overlapped: bool,
    tokens: &[TokenProbability],
    linked: &Linked,
) -> Vec<f64> {
    let first = tokens.partition_point(|token| token.end <= mention.start);
    let last = tokens.partition_point(|token| token.start < mention.end);
    let within = &tokens[first..last.max(first)];
    // That the recogniser would tag exactly this span, token by token; and the least that it holds of any token being in a mention.
    let mut exact = within.first().map_or(0.0, |token| f64::from(token.begins));
    within.iter().skip(1).for_each(|token| exact *= f64::from(token.continues));
    exact *= 1.0 - tokens.get(last).map_or(0.0, |token| f64::from(token.continues));
    let inside = within.iter().map(|token| f64::from(token.begins + token.continues)).reduce(f64::min).unwrap_or(0.0);
    let odds = |p: f64, least: f64| logit(p.clamp(least, 1.0 - least)) / 4.0;
    let is = |test: fn(&PlaceEvidence) -> bool| flag(evidence.is_some_and(test));
    let annotated = evidence.map_or(0.0, |of| f64::from(of.annotated));
    let features: [f64; FEATURES] = [
        flag(recognised),
        flag(evidence.is_some()),
        odds(exact, 1e-4),
        odds(inside, 1e-4),
        evidence.map_or(0.0, |of| logit(of.precision()) / 2.0),
        libm::log1p(annotated) / 2.0,
        is(|of| of.origin == Origin::LaxVariant),
        is(|of| of.origin == Origin::Training),
        is(|of| of.short_form),
        is(|of| of.coordinated),
        flag(overlapped && !recognised),
        flag(overlapped && recognised),
        odds(likeliest(linked), 1e-3),
        (within.len().max(1) as f64 - 1.0) / 4.0,
    ];
    features.to_vec()
}
