//! Ways of scoring normalization, from the spans and concepts that a system predicts and the gold ones, without text: what each of them gives
//! of the same predictions.

use super::chunks::ChunkScorer;
use super::{ConceptSet, Counts, Gold, concepts_of, mention_concepts};
use crate::corpus::{Document, MenScheme, Mention, Sentence, TagSpan, encode_men};
use std::collections::BTreeMap;

/// What is scored: a split's gold annotations and MEN's output on it.
#[derive(Clone, Copy)]
pub struct ViewInput<'a> {
    /// Types that are scored.
    pub entity_types: &'a [String],
    /// The split's documents with their annotations.
    pub gold: &'a [Document],
    /// Of `gold`; tokens need places alone.
    pub sentences: &'a [Sentence],
    /// One document for each of `gold`, in their order, or any with their ids.
    pub men: &'a [Document],
    /// Concepts of the documents that were trained on.
    pub training: &'a ConceptSet,
}

/// A way of scoring normalization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormalizationView {
    /// Concepts once a document, as the kit counts them.
    Concepts,
    /// The same, gold concepts that training lacks left out.
    SeenConcepts,
    /// The same, of every composite the first id on both sides.
    FirstId,
    /// Spans with their whole concept string.
    MentionConcept,
    /// Spans alone, as the kit counts mentions: the concept is not compared.
    Spans,
    /// The concept of each gold mention, by the majority of MEN's characters in it.
    GoldSpans,
    /// conlleval over tags `ID` (one token) and `ID-P` (each token of a longer mention).
    ConllevalPart,
    /// conlleval over bare ids.
    ConllevalBare,
    /// seqeval before 1.0 over tags `ID` and `ID-P`.
    SeqevalPart,
}

impl NormalizationView {
    /// Every view, in the order of the table.
    pub const ALL: [Self; 9] = [
        Self::Concepts,
        Self::SeenConcepts,
        Self::FirstId,
        Self::MentionConcept,
        Self::GoldSpans,
        Self::Spans,
        Self::ConllevalPart,
        Self::ConllevalBare,
        Self::SeqevalPart,
    ];

    /// As tables name it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Concepts => "concepts of a document (kit)",
            Self::SeenConcepts => "the same, unseen gold concepts left out",
            Self::FirstId => "the same, first id of composites",
            Self::MentionConcept => "spans and concepts",
            Self::Spans => "MEN's spans, concept ignored (kit)",
            Self::GoldSpans => "concepts of given gold spans",
            Self::ConllevalPart => "conlleval, tags ID and ID-P",
            Self::ConllevalBare => "conlleval, bare ids",
            Self::SeqevalPart => "seqeval 0.0.12, tags ID and ID-P",
        }
    }

    /// The counts of this view.
    pub fn counts(self, input: &ViewInput) -> Counts {
        let gold = |documents: &[Document]| Gold::new(documents, input.entity_types);
        match self {
            Self::Concepts => gold(input.gold).concepts(input.men).kit,
            Self::SeenConcepts => {
                let seen = |mention: &Mention| {
                    let ids: Vec<&str> = concepts_of(mention).filter(|concept| input.training.contains(concept)).collect();
                    (!ids.is_empty()).then(|| ids.join("|"))
                };
                gold(&with_concepts(input.gold, seen)).concepts(input.men).kit
            }
            Self::FirstId => {
                let first = |mention: &Mention| concepts_of(mention).next().map(str::to_owned);
                gold(&with_concepts(input.gold, first)).concepts(&with_concepts(input.men, first)).kit
            }
            Self::MentionConcept => mention_concepts(&gold(input.gold), input.gold, input.men),
            Self::Spans => gold(input.gold).mentions(input.men).kit,
            Self::GoldSpans => of_gold_spans(input),
            Self::ConllevalPart => {
                ChunkScorer::Conlleval.counts(&tag_rows(input, true, MenScheme::Part), &tag_rows(input, false, MenScheme::Part))
            }
            Self::ConllevalBare => {
                ChunkScorer::Conlleval.counts(&tag_rows(input, true, MenScheme::Bare), &tag_rows(input, false, MenScheme::Bare))
            }
            Self::SeqevalPart => {
                ChunkScorer::EarlySeqeval.counts(&tag_rows(input, true, MenScheme::Part), &tag_rows(input, false, MenScheme::Part))
            }
        }
    }
}

/// The documents with other concepts; a mention that is left without any stays as a span.
fn with_concepts(documents: &[Document], concept: impl Fn(&Mention) -> Option<String>) -> Vec<Document> {
    let mention = |mention: &Mention| Mention { concept: concept(mention).map(Into::into), ..mention.clone() };
    documents.iter().map(|document| Document { mentions: document.mentions.iter().map(mention).collect(), ..document.clone() }).collect()
}

/// What is predicted for each gold document: of the predicted document at its place, where that has its id, else of those with its id.
fn predicted<'a>(input: &ViewInput<'a>) -> Vec<Vec<&'a Mention>> {
    let mut by_id: BTreeMap<&str, Vec<&Mention>> = BTreeMap::new();
    for document in input.men {
        by_id.entry(&document.id).or_default().extend(&document.mentions);
    }
    let of = |(place, gold): (usize, &Document)| match input.men.get(place) {
        Some(own) if own.id == gold.id => own.mentions.iter().collect(),
        _ => by_id.get(gold.id.as_str()).cloned().unwrap_or_default(),
    };
    input.gold.iter().enumerate().map(of).collect()
}

/// One decision a gold mention with a concept: the concept string that covers most of its characters in MEN's output, of equals the first. A
/// mention of which MEN says nothing is missed; another concept is both wrong and a miss.
fn of_gold_spans(input: &ViewInput) -> Counts {
    let mut counts = Counts::default();
    for (document, own) in input.gold.iter().zip(predicted(input)) {
        let wanted = document.mentions.iter().filter(|mention| input.entity_types.contains(&mention.entity_type));
        for mention in wanted.filter(|mention| concepts_of(mention).next().is_some()) {
            let mut covered: Vec<(Vec<&str>, usize)> = Vec::new();
            for other in own.iter().filter(|other| other.entity_type == mention.entity_type) {
                let characters = other.end.min(mention.end).saturating_sub(other.start.max(mention.start));
                if characters == 0 || concepts_of(other).next().is_none() {
                    continue;
                }
                let ids = sorted(other);
                match covered.iter_mut().find(|(known, _)| *known == ids) {
                    Some((_, sum)) => *sum += characters,
                    None => covered.push((ids, characters)),
                }
            }
            let most = covered.iter().map(|(_, characters)| *characters).max();
            match covered.iter().find(|(_, characters)| Some(*characters) == most) {
                Some((ids, _)) if *ids == sorted(mention) => counts.tp += 1,
                Some(_) => {
                    counts.fp += 1;
                    counts.fn_ += 1;
                }
                None => counts.fn_ += 1,
            }
        }
    }
    counts
}

fn sorted(mention: &Mention) -> Vec<&str> {
    let mut ids: Vec<&str> = concepts_of(mention).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Rows of concept tags, one a sentence, of the gold documents or of MEN's output. The prefix `MESH:` is left out, as the paper prints its
/// tags. Of mentions that overlap the first stays; one that no token boundaries fit has no tags.
fn tag_rows(input: &ViewInput, gold: bool, scheme: MenScheme) -> Vec<Vec<String>> {
    let predicted = predicted(input);
    let row = |sentence: &Sentence| {
        let tokens = &sentence.tokens;
        let mentions: Vec<&Mention> = match input.gold.get(sentence.document) {
            Some(document) if gold => document.mentions.iter().collect(),
            _ => predicted.get(sentence.document).cloned().unwrap_or_default(),
        };
        let span = |mention: &&Mention| {
            let start = tokens.iter().position(|token| token.start == mention.start)?;
            let end = tokens.iter().position(|token| token.end == mention.end)? + 1;
            let ids: Vec<&str> = concepts_of(mention).map(|id| id.strip_prefix("MESH:").unwrap_or(id)).collect();
            (start < end && !ids.is_empty()).then(|| TagSpan { start, end, label: ids.join("|") })
        };
        let mut spans: Vec<TagSpan> =
            mentions.iter().filter(|mention| input.entity_types.contains(&mention.entity_type)).filter_map(span).collect();
        spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
        let mut reached = 0;
        spans.retain(|span| {
            let free = span.start >= reached;
            reached = if free { span.end } else { reached };
            free
        });
        encode_men(&spans, tokens.len(), scheme)
    };
    input.sentences.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::documents;
    use super::*;
    use crate::corpus::Token;

    const D: &str = "Disease";

    /// Two documents of ten tokens of two characters.
    fn sentences() -> Vec<Sentence> {
        let token = |i: usize| Token { start: 3 * i, end: 3 * i + 2, text: String::new() };
        (0..2).map(|document| Sentence { document, tokens: (0..10).map(token).collect() }).collect()
    }

    fn counts(tp: u64, fp: u64, fn_: u64) -> Counts {
        Counts { tp, fp, fn_ }
    }

    #[test]
    fn each_view_counts_what_it_says() {
        let train = documents(&[("0", &[(0, 2, D, Some("D1")), (3, 5, D, Some("D2|D3"))])]);
        let gold = documents(&[
            ("1", &[(0, 5, D, Some("D1")), (6, 8, D, Some("D2|D3")), (12, 17, D, Some("D9"))]),
            ("2", &[(0, 2, D, Some("D1")), (9, 14, D, Some("D2"))]),
        ]);
        let men = documents(&[
            // D1 is found with its span; the composite as its first id; of D9's two tokens the second has D1.
            ("1", &[(0, 5, D, Some("D1")), (6, 8, D, Some("MESH:D2")), (15, 17, D, Some("D1"))]),
            // The right span with another concept; nothing of the second.
            ("2", &[(0, 2, D, Some("D2"))]),
        ]);
        let (types, sentences, training) = ([D.to_owned()], sentences(), ConceptSet::of(&train, &[D.to_owned()]));
        let input = ViewInput { entity_types: &types, gold: &gold, sentences: &sentences, men: &men, training: &training };
        let of = |view: NormalizationView| view.counts(&input);
        // Document 1 has {1, 2, 3, 9}, found {1, 2}; document 2 has {1, 2}, found {2}.
        assert_eq!(of(NormalizationView::Concepts), counts(3, 0, 3));
        assert_eq!(of(NormalizationView::SeenConcepts), counts(3, 0, 2));
        // Document 1 has {1, 2, 9} then.
        assert_eq!(of(NormalizationView::FirstId), counts(3, 0, 2));
        assert_eq!(of(NormalizationView::MentionConcept), counts(1, 3, 4));
        assert_eq!(of(NormalizationView::Spans), counts(3, 1, 2));
        assert_eq!(of(NormalizationView::GoldSpans), counts(1, 3, 4));
        // Gold: D1-P D1-P D2|D3 O D9-P D9-P, then D1 O O D2-P D2-P: three chunks of P and the tag after the first, which has another type.
        // Predicted: D1-P D1-P D2 O O D1, then D2.
        let rows = tag_rows(&input, true, MenScheme::Part);
        assert_eq!(rows[0][..6], ["D1-P", "D1-P", "D2|D3", "O", "D9-P", "D9-P"]);
        assert_eq!(tag_rows(&input, false, MenScheme::Part)[0][..6], ["D1-P", "D1-P", "D2", "O", "O", "D1"]);
        assert_eq!(of(NormalizationView::ConllevalPart).tp, 1);
        assert_eq!(of(NormalizationView::ConllevalBare), counts(0, 0, 0));
    }

    #[test]
    fn gold_scores_full_marks_in_every_view_but_where_nothing_is_seen() {
        let gold =
            documents(&[("1", &[(0, 5, D, Some("D1")), (6, 8, D, Some("D2|D3")), (9, 11, D, None)]), ("1", &[(12, 17, D, Some("D9"))])]);
        let (types, sentences, training) = ([D.to_owned()], sentences(), ConceptSet::of(&gold, &[D.to_owned()]));
        let input = ViewInput { entity_types: &types, gold: &gold, sentences: &sentences, men: &gold, training: &training };
        for view in NormalizationView::ALL {
            let found = view.counts(&input);
            let expected = match view {
                // Without a type no chunk begins, but behind one that has a type; there it has no end of its own, and counts as wrong.
                NormalizationView::ConllevalBare => counts(0, 0, 0),
                NormalizationView::ConllevalPart => counts(2, 1, 1),
                _ => counts(found.tp.max(1), 0, 0),
            };
            assert_eq!(found, expected, "{}", view.title());
        }
    }
}
