//! How well mentions whose spans are given are linked.

use super::training::{parts, wanted};
use super::{Linked, Linker, id_key};
use crate::corpus::{Document, Mention};
use crate::evaluate::{Counts, Gold};
use std::collections::BTreeSet;

/// Scores of a linker on spans that are given.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkScores {
    /// Mentions of the types in question, and those whose set of ids is exactly the one annotated, by the kit's reading of ids; a mention
    /// without a concept is right where none is given. No mention is left out.
    pub mentions: usize,
    /// Mentions that are linked exactly as annotated.
    pub right: usize,
    /// The kit's concept level.
    pub concepts: Counts,
}

impl LinkScores {
    /// Share of mentions that are right; 0 without mentions.
    pub fn accuracy(&self) -> f64 {
        if self.mentions == 0 { 0.0 } else { self.right as f64 / self.mentions as f64 }
    }
}

/// A mention of the gold standard beside what it was linked to.
pub struct Judged<'a> {
    /// The document of the mention.
    pub document: &'a Document,
    /// The mention as annotated.
    pub mention: &'a Mention,
    /// What the linker makes of it.
    pub linked: Linked,
    /// Identifiers of the likeliest candidate that is a concept, whatever its probability, and whether they are those annotated.
    pub ids: Vec<String>,
    /// Whether `ids` are those annotated.
    pub right: bool,
}

/// Links every annotated mention of the linker's types by its own span.
pub fn judge<'a>(linker: &Linker, documents: &'a [Document]) -> Vec<Judged<'a>> {
    let mut judged = Vec::new();
    for document in documents {
        let mentions: Vec<&Mention> = wanted(document, &linker.options().entity_types).collect();
        let spans: Vec<(usize, usize)> = mentions.iter().map(|mention| (mention.start, mention.end)).collect();
        for (mention, linked) in mentions.into_iter().zip(linker.link(document, &spans, None)) {
            let ids = linked.best().map_or(Vec::new(), |best| best.ids.clone());
            let right = is_right(mention, &ids);
            judged.push(Judged { document, mention, linked, ids, right });
        }
    }
    judged
}

/// Whether the ids are those annotated.
pub fn is_right(mention: &Mention, ids: &[String]) -> bool {
    let gold: BTreeSet<&str> = mention.concept.as_deref().map_or(Vec::new(), parts).into_iter().map(id_key).collect();
    gold == ids.iter().map(|id| id_key(id)).collect()
}

/// The scores of what was judged, with links of a probability below `threshold` left out; the linker's own threshold does not matter.
pub fn scores(judged: &[Judged], documents: &[Document], entity_types: &[String], threshold: f64) -> LinkScores {
    let mut scores = LinkScores { mentions: judged.len(), ..LinkScores::default() };
    let mut predicted: Vec<Document> = Vec::new();
    for one in judged {
        let ids = if one.linked.probability >= threshold { one.ids.as_slice() } else { &[] };
        scores.right += usize::from(is_right(one.mention, ids));
        let concept = if ids.is_empty() { "-1".to_owned() } else { ids.join("|") };
        let mention = Mention { concept: Some(concept.into()), ..one.mention.clone() };
        match predicted.last_mut().filter(|last| last.id == one.document.id) {
            Some(last) => last.mentions.push(mention),
            None => predicted.push(Document { id: one.document.id.clone(), mentions: vec![mention], ..Document::default() }),
        }
    }
    scores.concepts = Gold::new(documents, entity_types).concepts(&predicted).kit;
    scores
}

/// What a threshold is to make as large as it can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// The share of mentions that are right.
    Accuracy,
    /// The kit's concept F1.
    ConceptF1,
}

/// The threshold, of 0, 0.01 ... 0.99, that serves the aim best; the lowest of several.
pub fn best_threshold(judged: &[Judged], documents: &[Document], entity_types: &[String], aim: Aim) -> f64 {
    let value = |threshold: f64| {
        let scores = scores(judged, documents, entity_types, threshold);
        if aim == Aim::Accuracy { scores.accuracy() } else { scores.concepts.f1() }
    };
    let grid = (0..100).map(|step| f64::from(step) / 100.0);
    let best = grid.map(|threshold| (value(threshold), threshold)).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
    best.map_or(0.0, |(_, threshold)| threshold)
}

/// [`calibration_error`] of the likeliest links on `documents`, each half of them judged under the temperature that the other half asks
/// for; the linker is left with the temperature of all of them.
pub fn cross_fitted_calibration_error(linker: &mut Linker, documents: &[Document]) -> f64 {
    let half = |odd: usize| documents.iter().skip(odd).step_by(2).cloned().collect::<Vec<Document>>();
    let halves = [half(0), half(1)];
    let mut judged = Vec::new();
    for (of, other) in [(0, 1), (1, 0)] {
        linker.fit_temperature(&halves[other]);
        judged.extend(judge(linker, &halves[of]));
    }
    linker.fit_temperature(documents);
    calibration_error(&judged)
}

/// Expected calibration error: by tenths of the probability, how far the share of right links is from their mean probability, weighted by
/// the number of links. Mentions without a candidate are left out.
pub fn calibration_error(judged: &[Judged]) -> f64 {
    let mut bins = [(0_usize, 0.0_f64, 0_usize); 10];
    for one in judged.iter().filter(|one| !one.ids.is_empty()) {
        let bin = &mut bins[((one.linked.probability * 10.0) as usize).min(9)];
        *bin = (bin.0 + 1, bin.1 + one.linked.probability, bin.2 + usize::from(one.right));
    }
    let all: usize = bins.iter().map(|bin| bin.0).sum();
    let error: f64 = bins.iter().map(|&(_, probability, right)| (probability - right as f64).abs()).sum();
    if all == 0 { 0.0 } else { error / all as f64 }
}
