//! Entities by whether training and the embedding know their words (Tables 6 and 7).

use super::concept::concept_string;
use super::entities::{SpanKey, linked, placed};
use super::kit::Gold;
use super::{Counts, SubsetScores};
use crate::corpus::{Document, OovSubset, PerTask, oov_subset, tokenize};
use std::collections::{BTreeMap, BTreeSet};

/// Scores of the four subsets, in the order IV, OOTV, OOEV, OOBV.
///
/// An entity's words are the tokens of its surface, read from the gold document's text, so that predictions need carry none.
/// Gold entities count in the subset of their words (recall), predicted ones in the subset of theirs (precision). MER's
/// entities are spans with type; MEN's are spans with a whole concept string, and a mention without a concept is none. Of the three
/// ways to count, `unique_pairs` takes "no concept" for a concept of its own.
pub fn subsets(
    gold: &Gold,
    gold_documents: &[Document],
    mer: &[Document],
    men: &[Document],
    in_train: &dyn Fn(&str) -> bool,
    in_embedding: &dyn Fn(&str) -> bool,
) -> Vec<SubsetScores> {
    let mut surfaces = Surfaces::new(gold, gold_documents, in_train, in_embedding);
    let mut rows =
        OovSubset::ALL.map(|subset| SubsetScores { subset, mentions: 0, unique_strings: 0, unique_pairs: 0, counts: PerTask::default() });

    let (mut strings, mut pairs) = (BTreeSet::new(), BTreeSet::new());
    for (place, _) in &typed(gold, gold_documents) {
        rows[surfaces.row(*place)].mentions += 1;
    }
    for (place, mention) in placed(gold, gold_documents) {
        let (row, surface) = (surfaces.row(place), surfaces.surface(place));
        pairs.insert((row, surface.clone(), concept_string(mention)));
        strings.insert((row, surface));
    }
    strings.iter().for_each(|(row, _)| rows[*row].unique_strings += 1);
    pairs.iter().for_each(|(row, ..)| rows[*row].unique_pairs += 1);
    let counts = subset_counts(gold, gold_documents, mer, men, |place| OovSubset::ALL[surfaces.row(place)]);
    rows.iter_mut().zip(counts).for_each(|(row, counts)| row.counts = counts);
    rows.into()
}

/// The counts of the four subsets where the subset of each span is known: `subset` is asked for (place of the document, start, end).
pub fn subset_counts(
    gold: &Gold,
    gold_documents: &[Document],
    mer: &[Document],
    men: &[Document],
    mut subset: impl FnMut((usize, usize, usize)) -> OovSubset,
) -> [PerTask<Counts>; 4] {
    let mut rows = [PerTask::default(); 4];
    tally(&typed(gold, gold_documents), &typed(gold, mer), |place, counted| counted(&mut rows[subset(place) as usize].mer));
    tally(&linked(gold, gold_documents), &linked(gold, men), |place, counted| counted(&mut rows[subset(place) as usize].men));
    rows
}

/// The subset of each gold and each predicted span, by (index of the document, start, end). Predicted documents are in gold's order.
pub fn oov_subsets(
    gold: &[Document],
    predicted: [&[Document]; 2],
    in_train: &dyn Fn(&str) -> bool,
    in_embedding: &dyn Fn(&str) -> bool,
) -> BTreeMap<(usize, usize, usize), OovSubset> {
    let texts: Vec<Vec<char>> = gold.iter().map(|document| document.text().chars().collect()).collect();
    let mut surfaces = Surfaces { texts, in_train, in_embedding, rows: BTreeMap::new() };
    for documents in [gold, predicted[0], predicted[1]] {
        for (index, document) in documents.iter().enumerate().take(gold.len()) {
            document.mentions.iter().for_each(|mention| {
                surfaces.row((index, mention.start, mention.end));
            });
        }
    }
    surfaces.rows.into_iter().map(|(span, row)| (span, OovSubset::ALL[row])).collect()
}

fn typed<'a>(gold: &'a Gold, documents: &'a [Document]) -> BTreeSet<(SpanKey, &'a str)> {
    placed(gold, documents).map(|(place, mention)| (place, mention.entity_type.as_str())).collect()
}

fn tally<T: Ord>(gold: &BTreeSet<(SpanKey, T)>, predicted: &BTreeSet<(SpanKey, T)>, mut at: impl FnMut(SpanKey, fn(&mut Counts))) {
    gold.intersection(predicted).for_each(|(place, _)| at(*place, |counts| counts.tp += 1));
    gold.difference(predicted).for_each(|(place, _)| at(*place, |counts| counts.fn_ += 1));
    predicted.difference(gold).for_each(|(place, _)| at(*place, |counts| counts.fp += 1));
}

/// The characters of the gold documents, and the subset of every span asked for so far.
struct Surfaces<'a> {
    texts: Vec<Vec<char>>,
    in_train: &'a dyn Fn(&str) -> bool,
    in_embedding: &'a dyn Fn(&str) -> bool,
    rows: BTreeMap<SpanKey, usize>,
}

impl<'a> Surfaces<'a> {
    fn new(gold: &Gold, documents: &[Document], in_train: &'a dyn Fn(&str) -> bool, in_embedding: &'a dyn Fn(&str) -> bool) -> Self {
        let mut texts = vec![Vec::new(); gold.len()];
        for document in documents {
            if let Some(place) = gold.place_of(&document.id) {
                texts[place] = document.text().chars().collect();
            }
        }
        Self { texts, in_train, in_embedding, rows: BTreeMap::new() }
    }

    /// Characters of a span; those past the text's end are left out.
    fn surface(&self, (document, start, end): SpanKey) -> String {
        let text = &self.texts[document];
        let end = end.min(text.len());
        text[start.min(end)..end].iter().collect()
    }

    /// Row of the span's subset in [`OovSubset::ALL`].
    fn row(&mut self, place: SpanKey) -> usize {
        if let Some(&row) = self.rows.get(&place) {
            return row;
        }
        let tokens = tokenize(&self.surface(place));
        let words: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
        let row = oov_subset(&words, self.in_train, self.in_embedding) as usize;
        self.rows.insert(place, row);
        row
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::documents;
    use super::*;

    const D: &str = "Disease";

    // Word i of an invented document stands at 3i..3i+2: a0 a1 ... a9 b0 b1 ... Training knows a0 to a4, the embedding those
    // with an even figure.
    #[test]
    fn entities_count_in_the_subset_of_their_words() {
        let gold = documents(&[
            (
                "1",
                &[
                    (0, 2, D, Some("D1")),
                    (6, 8, D, Some("D1")),
                    (6, 11, D, Some("D2|D3")),
                    (18, 20, D, Some("D4")),
                    (27, 29, D, Some("-1")),
                ],
            ),
            ("2", &[(0, 2, D, Some("D5")), (0, 2, D, Some("D5")), (18, 20, D, Some("D4"))]),
        ]);
        let mer = documents(&[("1", &[(0, 2, D, None), (18, 20, D, None), (9, 11, D, None)]), ("3", &[(0, 2, D, None)])]);
        let men =
            documents(&[("1", &[(0, 2, D, Some("D1")), (6, 8, D, Some("D9")), (27, 29, D, Some("D4"))]), ("2", &[(0, 2, D, Some("D5"))])]);
        let in_train = |word: &str| ["a0", "a1", "a2", "a3", "a4"].contains(&word);
        let in_embedding = |word: &str| "02468".contains(&word[1..]);
        let rows = subsets(&Gold::new(&gold, &[D.into()]), &gold, &mer, &men, &in_train, &in_embedding);

        let row = |subset, (mentions, unique_strings, unique_pairs), mer: (u64, u64, u64), men: (u64, u64, u64)| SubsetScores {
            subset,
            mentions,
            unique_strings,
            unique_pairs,
            counts: PerTask::from([mer, men].map(|(tp, fp, fn_)| Counts { tp, fp, fn_ })),
        };
        let expected = [
            // a0 (twice, with two concepts), a2
            row(OovSubset::Iv, (3, 2, 3), (1, 0, 2), (2, 1, 1)),
            // a6 in both documents
            row(OovSubset::Ootv, (2, 1, 1), (1, 0, 1), (0, 0, 2)),
            // a2 a3; MER predicts a3
            row(OovSubset::Ooev, (1, 1, 1), (0, 1, 1), (0, 0, 1)),
            // a9, without a concept; MEN gives it one
            row(OovSubset::Oobv, (1, 1, 1), (0, 0, 1), (0, 1, 0)),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_span_past_the_text_is_no_panic() {
        let gold = documents(&[("1", &[])]);
        let mer = documents(&[("1", &[(500, 510, D, None), (8, 3, D, None)])]);
        let rows = subsets(&Gold::new(&gold, &[D.into()]), &gold, &mer, &[], &|_| false, &|_| false);
        assert_eq!(rows.iter().map(|row| row.counts.mer.fp).sum::<u64>(), 2);
    }
}
