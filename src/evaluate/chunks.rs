//! How two scorers of chunks read any row of tags, whatever scheme it is in. Both take a tag apart at a hyphen and compare what they take
//! for the chunk's type; a tag such as `D054549-P` is then of type `P`, and its concept is not compared.

use super::Counts;
use std::collections::BTreeSet;

/// A scorer of chunks, with its way of reading tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkScorer {
    /// `conlleval` of the CoNLL shared tasks (Perl, version of 2004-01-26): what precedes the first hyphen is the tag, what follows it
    /// the type; a tag without hyphen has no type.
    Conlleval,
    /// `seqeval` up to 0.0.12 (Python): the first letter is the tag, what follows the last hyphen, or the whole, the type.
    EarlySeqeval,
}

impl ChunkScorer {
    /// Counts of chunks over rows of tags, one row per sentence; rows of gold and predictions have the same lengths.
    pub fn counts(self, gold: &[Vec<String>], predicted: &[Vec<String>]) -> Counts {
        match self {
            Self::Conlleval => conlleval(gold, predicted),
            Self::EarlySeqeval => {
                let (gold, predicted) = (early_seqeval(gold), early_seqeval(predicted));
                let tp = gold.intersection(&predicted).count() as u64;
                Counts { tp, fp: predicted.len() as u64 - tp, fn_: gold.len() as u64 - tp }
            }
        }
    }
}

/// A tag taken apart.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Parsed<'a> {
    tag: &'a str,
    kind: &'a str,
}

const OUTSIDE: Parsed = Parsed { tag: "O", kind: "" };

impl<'a> Parsed<'a> {
    fn of_conlleval(text: &'a str) -> Self {
        match text.split_once('-') {
            // Perl takes the type "0" for none.
            Some((tag, kind)) => Self { tag, kind: if kind == "0" { "" } else { kind } },
            None => Self { tag: text, kind: "" },
        }
    }

    fn of_early_seqeval(text: &'a str) -> Self {
        let first = text.chars().next().map_or(0, char::len_utf8);
        Self { tag: &text[..first], kind: text.rsplit('-').next().unwrap_or(text) }
    }

    fn is_outside(self) -> bool {
        matches!(self.tag, "O" | ".")
    }
}

fn conlleval(gold: &[Vec<String>], predicted: &[Vec<String>]) -> Counts {
    let ends = |last: Parsed, now: Parsed| {
        matches!((last.tag, now.tag), ("B" | "I", "B" | "O") | ("E", "E" | "I" | "O"))
            || (!last.is_outside() && last.kind != now.kind)
            || matches!(last.tag, "[" | "]")
    };
    let starts = |last: Parsed, now: Parsed| {
        matches!((last.tag, now.tag), ("B" | "I" | "O", "B") | ("O", "I" | "E") | ("E", "E" | "I"))
            || (!now.is_outside() && last.kind != now.kind)
            || matches!(now.tag, "[" | "]")
    };
    let (mut in_gold, mut in_predicted, mut right) = (0, 0, 0);
    let (mut last_gold, mut last_predicted, mut matching) = (OUTSIDE, OUTSIDE, false);
    let pairs = gold.iter().zip(predicted).flat_map(|(gold, predicted)| {
        let tokens = gold.iter().zip(predicted).map(|(gold, predicted)| (Parsed::of_conlleval(gold), Parsed::of_conlleval(predicted)));
        // A blank line is outside.
        tokens.chain([(OUTSIDE, OUTSIDE)])
    });
    for (gold, predicted) in pairs {
        let ended = (ends(last_gold, gold), ends(last_predicted, predicted));
        if matching {
            if ended == (true, true) && last_gold.kind == last_predicted.kind {
                matching = false;
                right += 1;
            } else if ended.0 != ended.1 || gold.kind != predicted.kind {
                matching = false;
            }
        }
        let started = (starts(last_gold, gold), starts(last_predicted, predicted));
        matching |= started == (true, true) && gold.kind == predicted.kind;
        in_gold += u64::from(started.0);
        in_predicted += u64::from(started.1);
        (last_gold, last_predicted) = (gold, predicted);
    }
    right += u64::from(matching);
    Counts { tp: right, fp: in_predicted - right, fn_: in_gold - right }
}

/// (type, first token, last token), tokens of all sentences counted through.
fn early_seqeval(rows: &[Vec<String>]) -> BTreeSet<(&str, usize, usize)> {
    let ends = |last: Parsed, now: Parsed| {
        matches!(last.tag, "E" | "S")
            || matches!((last.tag, now.tag), ("B" | "I", "B" | "S" | "O"))
            || (!last.is_outside() && last.kind != now.kind)
    };
    let starts = |last: Parsed, now: Parsed| {
        matches!(now.tag, "B" | "S")
            || matches!((last.tag, now.tag), ("E" | "S" | "O", "E" | "I"))
            || (!now.is_outside() && last.kind != now.kind)
    };
    let tags = rows.iter().flat_map(|row| row.iter().map(String::as_str).chain(["O"])).chain(["O"]);
    let mut chunks = BTreeSet::new();
    let (mut last, mut begin) = (OUTSIDE, 0);
    for (i, text) in tags.enumerate() {
        let now = Parsed::of_early_seqeval(text);
        if ends(last, now) {
            chunks.insert((last.kind, begin, i.saturating_sub(1)));
        }
        if starts(last, now) {
            begin = i;
        }
        last = now;
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        text.split(" / ").map(|row| row.split(' ').map(str::to_owned).collect()).collect()
    }

    fn triple(counts: Counts) -> (u64, u64, u64) {
        (counts.tp + counts.fn_, counts.tp + counts.fp, counts.tp)
    }

    /// Chunks in gold, predicted and right, from `conlleval.pl` (its `foundCorrect`, `foundGuessed`, `correctChunk`) and from Python with
    /// seqeval 0.0.12: `t, p = set(get_entities(gold)), set(get_entities(pred)); len(t), len(p), len(t & p)`.
    #[test]
    fn tags_are_read_as_the_two_scorers_read_them() {
        type Case = (&'static str, &'static str, (u64, u64, u64), (u64, u64, u64));
        let cases: [Case; 5] = [
            // Another concept is no error to either where a mention has two tokens; conlleval does not see one of a single token.
            ("O D1-P D1-P O D2", "O D3-P D3-P O D2", (1, 1, 1), (2, 2, 2)),
            ("D1-P D1-P D2-P D2-P D3 O / D4 O", "D1-P D1-P O D2-P D3 O / D5 O", (2, 3, 1), (3, 4, 1)),
            ("D1-P D1-P D2 O D2 D3-P D3-P", "D1-P D1-P D9 O O D3-P D3-P", (3, 3, 2), (4, 3, 2)),
            ("B-X I-X O B-Y / I-X B-X", "B-X I-X B-Y I-Y / I-X I-X", (4, 3, 1), (4, 3, 1)),
            ("D1 D1 O D2 OMIM:3", "D1 D1 O D3 OMIM:3", (0, 0, 0), (2, 2, 1)),
        ];
        for (gold, predicted, of_conlleval, of_seqeval) in cases {
            let (gold, predicted) = (rows(gold), rows(predicted));
            assert_eq!(triple(ChunkScorer::Conlleval.counts(&gold, &predicted)), of_conlleval, "{gold:?}");
            assert_eq!(triple(ChunkScorer::EarlySeqeval.counts(&gold, &predicted)), of_seqeval, "{gold:?}");
        }
    }

    /// 4,800 tags of every kind from a generator that both languages have:
    /// `s = (s * 6364136223846793005 + 1442695040888963407) % 2**64; yield s >> 33`, from s = 1; gold and another tag are drawn modulo 17, and
    /// the prediction is gold where a third number modulo 10 is below 7.
    #[test]
    fn many_tags_of_every_kind_are_read_as_the_two_scorers_read_them() {
        let tags = ["O", "O", "O", "D1", "D2", "D1-P", "D2-P", "D1|D2-P", "OMIM:3", "C5-P", "B-X", "I-X", "E-X", "S-X", "I-Y", "-1", "D-0"];
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as usize
        };
        let (mut gold, mut predicted) = (Vec::new(), Vec::new());
        for _ in 0..400 {
            let (mut row, mut other) = (Vec::new(), Vec::new());
            for _ in 0..12 {
                let (right, wrong) = (tags[next() % tags.len()], tags[next() % tags.len()]);
                row.push(right.to_owned());
                other.push(if next() % 10 < 7 { right } else { wrong }.to_owned());
            }
            gold.push(row);
            predicted.push(other);
        }
        assert_eq!(triple(ChunkScorer::Conlleval.counts(&gold, &predicted)), (3020, 3016, 1837));
        assert_eq!(triple(ChunkScorer::EarlySeqeval.counts(&gold, &predicted)), (3325, 3325, 2317));
    }

    #[test]
    fn nothing_has_no_chunk() {
        for scorer in [ChunkScorer::Conlleval, ChunkScorer::EarlySeqeval] {
            assert_eq!(scorer.counts(&[], &[]), Counts::default());
            assert_eq!(scorer.counts(&rows("O O"), &rows("O O")), Counts::default());
        }
    }
}
