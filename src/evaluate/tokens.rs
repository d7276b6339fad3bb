//! Scores over token rows: strict entity counts of IOB2 tags, as `conlleval` and `seqeval` give them, and plain token accuracy.
//!
//! They depend on the tokenizer and on the sentence splitter, which the kit's scores do not.

use super::Counts;
use std::collections::BTreeSet;

/// How tags that break IOB2 are read: an `I-X` that no `B-X` or `I-X` stands before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokenTags {
    /// It starts an entity: `conlleval`, and `seqeval` by default.
    StartEntity,
    /// It is no entity: `seqeval` with `mode='strict', scheme=IOB2`.
    Ignore,
}

/// Entities with the same sentence, tokens and type in both.
///
/// # Panics
/// Where the rows are not of one shape, or a tag is not `O`, `B-...` or `I-...`: tags come from this program's own tag sets.
pub fn entity_counts(gold: &[Vec<String>], predicted: &[Vec<String>], broken: BrokenTags) -> Counts {
    assert_eq!(gold.len(), predicted.len(), "gold and predicted tags are of different sentences");
    let mut counts = Counts::default();
    for (gold, predicted) in gold.iter().zip(predicted) {
        assert_eq!(gold.len(), predicted.len(), "gold and predicted tags are of different sentences");
        let (gold, predicted) = (entities(gold, broken), entities(predicted, broken));
        let tp = gold.intersection(&predicted).count() as u64;
        counts += Counts { tp, fp: predicted.len() as u64 - tp, fn_: gold.len() as u64 - tp };
    }
    counts
}

/// (First token, end, type) of each entity.
fn entities(row: &[String], broken: BrokenTags) -> BTreeSet<(usize, usize, &str)> {
    let mut found = BTreeSet::new();
    let mut open: Option<(usize, &str)> = None;
    for (i, tag) in row.iter().enumerate() {
        let (begins, label) = match tag.split_once('-') {
            None if tag == "O" => (false, None),
            Some(("B", label)) => (true, Some(label)),
            Some(("I", label)) => (false, Some(label)),
            _ => panic!("`{tag}` is not an IOB2 tag"),
        };
        let goes_on = !begins && label.is_some() && open.map(|(_, label)| label) == label;
        if !goes_on {
            found.extend(open.take().map(|(start, label)| (start, i, label)));
            open = label.filter(|_| begins || broken == BrokenTags::StartEntity).map(|label| (i, label));
        }
    }
    found.extend(open.map(|(start, label)| (start, row.len(), label)));
    found
}

/// Tokens with the right tag, `O` included, of all tokens: the one figure that the authors' published code prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenAccuracy {
    /// Tokens with the right tag.
    pub right: u64,
    /// All tokens.
    pub tokens: u64,
}

impl TokenAccuracy {
    /// Over tags in any scheme.
    pub fn of<T: PartialEq>(gold: &[Vec<T>], predicted: &[Vec<T>]) -> Self {
        let pairs = || gold.iter().flatten().zip(predicted.iter().flatten());
        Self { right: pairs().filter(|(gold, predicted)| gold == predicted).count() as u64, tokens: pairs().count() as u64 }
    }

    /// 0 where there is no token.
    pub fn share(&self) -> f64 {
        if self.tokens == 0 { 0.0 } else { self.right as f64 / self.tokens as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOLD: [&str; 6] = ["B-X I-X O B-Y", "O B-X B-X I-X O", "B-X I-X I-X O O", "O O O", "B-Y I-Y O B-X I-X", "B-C1|C2 I-C1|C2 O"];
    const PREDICTED: [&str; 6] =
        ["B-X I-X O B-Y", "O B-X I-X I-X O", "I-X I-X I-X O I-Y", "O I-X O", "B-Y I-X O B-X I-Y", "B-C1|C2 I-C1|C2 B-C1"];

    fn rows(of: &[&str]) -> Vec<Vec<String>> {
        of.iter().map(|row| row.split(' ').map(str::to_owned).collect()).collect()
    }

    // Made with seqeval 1.2.2:
    //
    //     from seqeval.metrics.sequence_labeling import get_entities
    //     from seqeval.scheme import Entities, IOB2
    //     gold = [row.split() for row in GOLD]; pred = [row.split() for row in PREDICTED]
    //     def counts(g, p): return len(g & p), len(p - g), len(g - p)
    //     print(counts(set(get_entities(gold)), set(get_entities(pred))))
    //     def strict(rows): return {e.to_tuple() for row in Entities(rows, IOB2).entities for e in row}
    //     print(counts(strict(gold), strict(pred)))
    #[test]
    fn counts_are_those_of_seqeval() {
        let (gold, predicted) = (rows(&GOLD), rows(&PREDICTED));
        let of = |broken| entity_counts(&gold, &predicted, broken);
        assert_eq!(of(BrokenTags::StartEntity), Counts { tp: 4, fp: 8, fn_: 4 });
        assert_eq!(of(BrokenTags::Ignore), Counts { tp: 3, fp: 4, fn_: 5 });
    }

    // from sklearn.metrics import accuracy_score; accuracy_score(sum(gold, []), sum(pred, []))
    #[test]
    fn accuracy_counts_every_token() {
        let accuracy = TokenAccuracy::of(&rows(&GOLD), &rows(&PREDICTED));
        assert_eq!(accuracy, TokenAccuracy { right: 18, tokens: 25 });
        assert_eq!(TokenAccuracy::default().share(), 0.0);
    }

    #[test]
    #[should_panic(expected = "`D003866` is not an IOB2 tag")]
    fn a_bare_tag_is_refused() {
        entity_counts(&rows(&["D003866"]), &rows(&["O"]), BrokenTags::Ignore);
    }
}
