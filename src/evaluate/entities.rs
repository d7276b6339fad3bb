//! Views of single entities: spans with their whole concept string, and the boundaries of MER against those of MEN.

use super::concept::concept_string;
use super::kit::Gold;
use super::{BoundaryInconsistency, Counts};
use crate::corpus::{Document, Mention, Sentence};
use std::collections::BTreeSet;

/// A span in a gold document: (place of the document, start, end).
pub(super) type SpanKey = (usize, usize, usize);

/// The mentions of the wanted types in gold documents, with their place.
pub(super) fn placed<'a>(gold: &'a Gold, documents: &'a [Document]) -> impl Iterator<Item = (SpanKey, &'a Mention)> {
    documents.iter().filter_map(|document| gold.place_of(&document.id).map(|place| (place, document))).flat_map(|(place, document)| {
        let wanted = document.mentions.iter().filter(|mention| gold.entity_types.contains(&mention.entity_type));
        wanted.map(move |mention| ((place, mention.start, mention.end), mention))
    })
}

/// Counts over (document, start, end, whole concept string). A mention without a concept is no such entity, neither in gold nor
/// predicted. Predictions in every gold document count.
pub fn mention_concepts(gold: &Gold, gold_documents: &[Document], predicted: &[Document]) -> Counts {
    compare(&linked(gold, gold_documents), &linked(gold, predicted))
}

/// (document, start, end) with the whole concept string, of the mentions that have one.
pub(super) fn linked(gold: &Gold, documents: &[Document]) -> BTreeSet<(SpanKey, String)> {
    placed(gold, documents).filter_map(|(place, mention)| concept_string(mention).map(|concept| (place, concept))).collect()
}

fn compare<T: Ord>(gold: &BTreeSet<T>, predicted: &BTreeSet<T>) -> Counts {
    let tp = gold.intersection(predicted).count() as u64;
    Counts { tp, fp: predicted.len() as u64 - tp, fn_: gold.len() as u64 - tp }
}

/// How far the boundaries of MER and MEN differ (Table 5): over spans, and over the tokens that lie in an entity of either. The
/// paper gives no formula. `sentences` are those of `gold_documents`.
pub fn boundary_inconsistency(
    gold: &Gold,
    gold_documents: &[Document],
    mer: &[Document],
    men: &[Document],
    sentences: &[Sentence],
) -> BoundaryInconsistency {
    let spans = |documents| placed(gold, documents).map(|(place, _)| place).collect::<BTreeSet<SpanKey>>();
    let (mer, men) = (spans(mer), spans(men));
    let mut found = BoundaryInconsistency {
        spans_in_one: mer.symmetric_difference(&men).count() as u64,
        spans_in_any: mer.union(&men).count() as u64,
        ..Default::default()
    };
    for sentence in sentences {
        let Some(document) = gold_documents.get(sentence.document).and_then(|document| gold.place_of(&document.id)) else { continue };
        for token in &sentence.tokens {
            let inside = |spans| overlaps(spans, (document, token.start, token.end));
            let (in_mer, in_men) = (inside(&mer), inside(&men));
            found.tokens_in_one += u64::from(in_mer != in_men);
            found.tokens_in_any += u64::from(in_mer || in_men);
        }
    }
    found
}

/// Whether a character of `token` lies in one of the spans.
fn overlaps(spans: &BTreeSet<SpanKey>, (document, start, end): SpanKey) -> bool {
    // Spans may nest, so that the nearest start before the token's end need not be the one that reaches it.
    spans.range((document, 0, 0)..(document, end, 0)).any(|&(_, _, span_end)| span_end > start)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::documents;
    use super::*;
    use crate::corpus::Token;

    const D: &str = "Disease";

    /// Words of the invented documents: ten tokens of two characters.
    fn sentences(documents: usize) -> Vec<Sentence> {
        let token = |i: usize| Token { start: 3 * i, end: 3 * i + 2, text: String::new() };
        (0..documents).map(|document| Sentence { document, tokens: (0..10).map(token).collect() }).collect()
    }

    #[test]
    fn spans_and_concepts_must_both_be_right() {
        let gold = documents(&[("1", &[(0, 2, D, Some("D1")), (3, 5, D, Some("D2|D3")), (6, 8, D, Some("-1")), (9, 11, D, None)])]);
        let predicted = documents(&[("1", &[(0, 2, D, Some("MESH:D1")), (3, 5, D, Some("D3|D2")), (6, 8, D, Some("D4"))])]);
        let found = mention_concepts(&Gold::new(&gold, &[D.into()]), &gold, &predicted);
        assert_eq!(found, Counts { tp: 1, fp: 2, fn_: 1 });
    }

    #[test]
    fn boundaries_are_compared_over_spans_and_tokens() {
        let gold = documents(&[("1", &[]), ("2", &[])]);
        let mer = documents(&[("2", &[(0, 2, D, None)]), ("1", &[(0, 5, D, None), (9, 11, D, None), (9, 11, D, None)])]);
        let men = documents(&[
            ("1", &[(3, 5, D, Some("D1")), (9, 11, D, Some("D2")), (12, 14, "Chemical", Some("D3"))]),
            ("3", &[(0, 2, D, None)]),
        ]);
        let gold_view = Gold::new(&gold, &[D.into()]);
        let of = |a, b| boundary_inconsistency(&gold_view, &gold, a, b, &sentences(2));
        let found = of(&mer, &men);
        // Spans: 0..5 and 9..11 of the first document, 0..2 of the second, against 3..5 and 9..11. Tokens: 0, 1, 3 and 0 against 1, 3.
        assert_eq!(found, BoundaryInconsistency { spans_in_one: 3, spans_in_any: 4, tokens_in_one: 2, tokens_in_any: 4 });
        assert_eq!((found.spans(), found.tokens()), (0.75, 0.5));
        assert_eq!(found, of(&men, &mer));
        assert_eq!(of(&mer, &mer).spans(), 0.0);
        assert_eq!(of(&gold, &gold).spans(), 0.0);
    }

    #[test]
    fn a_token_lies_in_the_longer_of_two_nested_spans() {
        let gold = documents(&[("1", &[])]);
        let mer = documents(&[("1", &[(0, 11, D, None), (3, 5, D, None)])]);
        let found = boundary_inconsistency(&Gold::new(&gold, &[D.into()]), &gold, &mer, &[], &sentences(1));
        assert_eq!(found.tokens_in_any, 4);
    }

    #[test]
    fn a_token_that_begins_where_a_span_ends_is_outside() {
        let gold = documents(&[("1", &[])]);
        let mer = documents(&[("1", &[(0, 3, D, None)])]);
        let found = boundary_inconsistency(&Gold::new(&gold, &[D.into()]), &gold, &mer, &[], &sentences(1));
        assert_eq!(found.tokens_in_any, 1);
    }
}
