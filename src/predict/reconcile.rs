//! One list of mentions from two heads that may disagree.

use crate::corpus::TagSpan;
use crate::train::{ConceptTypes, HeadOutput};

/// Whose spans are taken, and where their concepts come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MergeStrategy {
    /// MER's spans: the best on dev (`docs/prediction.md`). The concept is the one that MEN tags most of the span's tokens with; a span in which it tags none has no concept.
    #[default]
    Mer,
    /// As `Mer`, but a span in which MEN tags no token gets the concept that MEN holds likeliest over the span.
    MerFill,
    /// MEN's spans, each with its concept. The type is the one that training annotates the concept with most often.
    Men,
    /// `Mer`, and MEN's spans that share no token with one of MER's.
    Union,
    /// `Mer` without the spans in which MEN tags no token.
    Intersection,
}

impl MergeStrategy {
    /// Every strategy.
    pub const ALL: [Self; 5] = [Self::Mer, Self::MerFill, Self::Men, Self::Union, Self::Intersection];

    /// The name on command lines.
    pub fn name(self) -> &'static str {
        match self {
            MergeStrategy::Mer => "mer",
            MergeStrategy::MerFill => "mer-fill",
            MergeStrategy::Men => "men",
            MergeStrategy::Union => "union",
            MergeStrategy::Intersection => "intersection",
        }
    }
}

/// What MEN calls a mention without concept where such mentions have a tag of their own.
const NO_CONCEPT: &str = "-1";

/// A mention, in tokens of its sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictedMention {
    pub start: usize,
    pub end: usize,
    pub entity_type: String,
    pub concept: Option<String>,
    /// MER's probability that a token is tagged with the type, averaged over the mention's tokens.
    pub mention_confidence: f32,
    /// MEN's probability that a token is tagged with the concept, averaged likewise.
    pub concept_confidence: Option<f32>,
    /// Concepts with MEN's probabilities, where a vocabulary decides beside it.
    pub concepts: Vec<(String, f32)>,
}

/// The mentions of a sentence of which recognition alone is known.
pub fn recognised(mer: &HeadOutput) -> Vec<PredictedMention> {
    let mention = |span: &TagSpan| PredictedMention {
        start: span.start,
        end: span.end,
        entity_type: span.label.clone(),
        concept: None,
        mention_confidence: mer.confidence(&span.label, span.start..span.end),
        concept_confidence: None,
        concepts: Vec::new(),
    };
    mer.spans.iter().map(mention).collect()
}

/// The mentions of a sentence, in order and without overlap.
pub fn reconcile(strategy: MergeStrategy, mer: &HeadOutput, men: &HeadOutput, types: &ConceptTypes) -> Vec<PredictedMention> {
    let found = |span: &TagSpan, entity_type: &str, concept: Option<&str>| {
        let tokens = span.start..span.end;
        let concept = concept.filter(|concept| *concept != NO_CONCEPT);
        PredictedMention {
            start: span.start,
            end: span.end,
            entity_type: entity_type.to_owned(),
            concept: concept.map(str::to_owned),
            mention_confidence: mer.confidence(entity_type, tokens.clone()),
            concept_confidence: concept.map(|concept| men.confidence(concept, tokens)),
            concepts: Vec::new(),
        }
    };
    let of_men = |span: &TagSpan| found(span, types.of(&span.label), Some(&span.label));
    let of_mer = |span: &TagSpan| found(span, &span.label, men.vote(span.start..span.end));
    match strategy {
        MergeStrategy::Mer => mer.spans.iter().map(of_mer).collect(),
        MergeStrategy::MerFill => {
            let concept = |span: &TagSpan| men.vote(span.start..span.end).or_else(|| men.likeliest(span.start..span.end));
            mer.spans.iter().map(|span| found(span, &span.label, concept(span))).collect()
        }
        MergeStrategy::Men => men.spans.iter().map(of_men).collect(),
        MergeStrategy::Union => {
            let alone = |span: &&TagSpan| !mer.spans.iter().any(|other| span.start < other.end && other.start < span.end);
            let mut all: Vec<PredictedMention> = mer.spans.iter().map(of_mer).chain(men.spans.iter().filter(alone).map(of_men)).collect();
            all.sort_by_key(|mention| mention.start);
            all
        }
        MergeStrategy::Intersection => mer.spans.iter().filter(|span| men.vote(span.start..span.end).is_some()).map(of_mer).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::{MenScheme, MerScheme, PerTask, TagSet, Task};
    use crate::train::{Decoder, Labels};

    fn decoder() -> Decoder {
        Decoder {
            tag_sets: PerTask { mer: TagSet::new(["B-Disease", "I-Disease"]), men: TagSet::new(["D1", "D2", "-1"]) },
            mer_scheme: MerScheme::Iob2,
            men_scheme: MenScheme::Bare,
        }
    }

    /// A head that gives these tags 0.7 and the others of their tokens equal parts of the rest.
    fn output<'a>(labels: &'a Labels, task: Task, tags: &[u32]) -> HeadOutput<'a> {
        let decoder = decoder();
        let width = decoder.tag_sets[task].len();
        let rest = 0.3 / (width - 1) as f32;
        let log = tags.iter().flat_map(|tag| (0..width as u32).map(move |t| if t == *tag { 0.7_f32 } else { rest }.ln())).collect();
        HeadOutput::new(labels, decoder.spans(task, tags), log)
    }

    /// Spans and concepts that each strategy makes of these tags.
    fn all(mer: &[u32], men: &[u32]) -> Vec<Vec<(usize, usize, Option<String>)>> {
        let decoder = decoder();
        let (mer_labels, men_labels) = (Labels::new(&decoder, Task::Mer), Labels::new(&decoder, Task::Men));
        let (mer, men) = (output(&mer_labels, Task::Mer, mer), output(&men_labels, Task::Men, men));
        let types = ConceptTypes::new(&[], &["Disease".to_owned()]);
        let of =
            |strategy| reconcile(strategy, &mer, &men, &types).into_iter().map(|found| (found.start, found.end, found.concept)).collect();
        MergeStrategy::ALL.into_iter().map(of).collect()
    }

    #[test]
    fn each_rule_by_example() {
        let (d1, d2) = (|| Some("D1".to_owned()), || Some("D2".to_owned()));
        // MER: tokens 0-2 and 4. MEN (tags O, -1, D1, D2): D1 on 1-2, D2 on 6.
        let found = all(&[1, 2, 2, 0, 1, 0, 0], &[0, 2, 2, 0, 0, 0, 3]);
        assert_eq!(found[0], [(0, 3, d1()), (4, 5, None)]);
        // Of equally likely concepts the first: `-1`, which says that there is none.
        assert_eq!(found[1], [(0, 3, d1()), (4, 5, None)]);
        assert_eq!(found[2], [(1, 3, d1()), (6, 7, d2())]);
        assert_eq!(found[3], [(0, 3, d1()), (4, 5, None), (6, 7, d2())]);
        assert_eq!(found[4], [(0, 3, d1())]);
    }

    #[test]
    fn the_concept_of_most_tokens_wins_and_minus_1_is_none() {
        assert_eq!(all(&[1, 2, 2], &[3, 2, 2])[0], [(0, 3, Some("D1".to_owned()))]);
        assert_eq!(all(&[1, 2], &[3, 2])[0], [(0, 2, Some("D2".to_owned()))], "as many tokens: the likelier, or else the first");
        let found = all(&[1, 2], &[1, 1]);
        assert_eq!(found, vec![vec![(0, 2, None)]; 5]);
        assert_eq!(all(&[0, 0], &[0, 0]), vec![vec![]; 5]);
    }

    #[test]
    fn confidence_is_the_mean_probability_of_the_label_over_the_tokens() {
        let decoder = decoder();
        let (mer_labels, men_labels) = (Labels::new(&decoder, Task::Mer), Labels::new(&decoder, Task::Men));
        // Both tags of `Disease` count: 0.7 + 0.15, twice.
        let (mer, men) = (output(&mer_labels, Task::Mer, &[1, 2]), output(&men_labels, Task::Men, &[2, 0]));
        let found = reconcile(MergeStrategy::Mer, &mer, &men, &ConceptTypes::new(&[], &["Disease".to_owned()])).remove(0);
        assert!((found.mention_confidence - 0.85).abs() < 1e-6, "{found:?}");
        assert!((found.concept_confidence.unwrap() - (0.7 + 0.1) / 2.0).abs() < 1e-6, "{found:?}");
    }
}
