//! Spans to tags and back.
//!
//! Decoding is defined for every sequence of tags, as conlleval does it: a tag that cannot continue what stands before it
//! begins a span of its own, a tag that is none of the scheme's is outside. So decoding never loses a labelled token, and for
//! tags that come from spans it gives the spans back.

use super::tag_set::OUTSIDE;
use crate::choice::choices;

choices! {
    /// Tags of recognition.
    pub enum MerScheme {
        /// `B-type` begins a mention, `I-type` continues it
        Iob2 = "iob2",
        /// `B-`, `I-`, `E-` for mentions of several tokens, `S-` for those of one
        Bioes = "bioes",
    }

    /// Tags of normalization.
    pub enum MenScheme {
        /// the concept id on every token; neighbouring mentions of one concept cannot be told apart
        Bare = "bare",
        /// `B-id` begins a mention, `I-id` continues it
        Iob2 = "iob2",
        /// `id` on a mention of one token, `id-P` on each token that is a part of a longer mention
        Part = "part",
    }

    /// What normalization tags a mention without concept (`-1` in BC5CDR).
    pub enum NoConcept {
        /// `O`, as if it were no mention
        Outside = "outside",
        /// a tag of its own, `-1`
        Tag = "tag",
    }

    /// What normalization makes of several ids joined by `|` or `+`.
    pub enum Composite {
        /// the whole string is one tag
        Whole = "whole",
        /// the first id stands for all
        First = "first",
    }
}

/// Labelled tokens `start..end` of a sentence. The label is a type for recognition, a concept for normalization.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagSpan {
    /// Index of the first token.
    pub start: usize,
    /// One past the last token.
    pub end: usize,
    /// Type (MER) or concept string (MEN).
    pub label: String,
}

/// The tags of a sentence of `n_tokens` tokens in which `spans`, which must not overlap, are the mentions.
///
/// # Panics
/// Where a span goes past `n_tokens`.
pub fn encode_mer(spans: &[TagSpan], n_tokens: usize, scheme: MerScheme) -> Vec<String> {
    encode(spans, n_tokens, |at, of| match (scheme, at, of) {
        (MerScheme::Bioes, _, 1) => ("S-", ""),
        (_, 0, _) => ("B-", ""),
        (MerScheme::Bioes, at, of) if at + 1 == of => ("E-", ""),
        _ => ("I-", ""),
    })
}

/// The tags of normalization; as [`encode_mer`].
///
/// # Panics
/// Where a span goes past `n_tokens`.
pub fn encode_men(spans: &[TagSpan], n_tokens: usize, scheme: MenScheme) -> Vec<String> {
    encode(spans, n_tokens, |at, of| match (scheme, at, of) {
        (MenScheme::Bare, ..) | (MenScheme::Part, _, 1) => ("", ""),
        (MenScheme::Part, ..) => ("", "-P"),
        (MenScheme::Iob2, 0, _) => ("B-", ""),
        (MenScheme::Iob2, ..) => ("I-", ""),
    })
}

fn encode(spans: &[TagSpan], n_tokens: usize, affixes: impl Fn(usize, usize) -> (&'static str, &'static str)) -> Vec<String> {
    let mut tags = vec![OUTSIDE.to_owned(); n_tokens];
    for span in spans {
        let of = span.end - span.start;
        for (at, tag) in tags[span.start..span.end].iter_mut().enumerate() {
            let (prefix, suffix) = affixes(at, of);
            *tag = format!("{prefix}{}{suffix}", span.label);
        }
    }
    tags
}

/// The mentions that `tags` say, in order, without overlap.
pub fn decode_mer(tags: &[&str], scheme: MerScheme) -> Vec<TagSpan> {
    decode(tags, |tag| {
        let (prefix, label) = tag.split_at_checked(2)?;
        let place = match (prefix, scheme) {
            ("B-", _) => TokenPosition::Begin,
            ("I-", _) => TokenPosition::Inside,
            ("E-", MerScheme::Bioes) => TokenPosition::End,
            ("S-", MerScheme::Bioes) => TokenPosition::Single,
            _ => return None,
        };
        Some((place, label))
    })
}

/// The concepts that `tags` say, in order, without overlap. [`MenScheme::Bare`]: each longest run of one concept is a span.
pub fn decode_men(tags: &[&str], scheme: MenScheme) -> Vec<TagSpan> {
    decode(tags, |tag| match scheme {
        MenScheme::Bare => Some((TokenPosition::Inside, tag)),
        MenScheme::Part => Some(tag.strip_suffix("-P").map_or((TokenPosition::Single, tag), |label| (TokenPosition::Inside, label))),
        MenScheme::Iob2 => match tag.split_at_checked(2)? {
            ("B-", label) => Some((TokenPosition::Begin, label)),
            ("I-", label) => Some((TokenPosition::Inside, label)),
            _ => None,
        },
    })
}

/// Where in its mention a token stands, as its tag says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TokenPosition {
    Begin,
    Inside,
    End,
    Single,
}

fn decode<'a>(tags: &[&'a str], parse: impl Fn(&'a str) -> Option<(TokenPosition, &'a str)>) -> Vec<TagSpan> {
    let mut spans: Vec<TagSpan> = Vec::new();
    // Whether the last span may be continued by the next token.
    let mut open = false;
    for (at, &tag) in tags.iter().enumerate() {
        let Some((place, label)) = (tag != OUTSIDE).then(|| parse(tag)).flatten().filter(|(_, label)| !label.is_empty()) else {
            open = false;
            continue;
        };
        let continues = matches!(place, TokenPosition::Inside | TokenPosition::End);
        match spans.last_mut() {
            Some(last) if open && continues && last.label == label => last.end = at + 1,
            _ => spans.push(TagSpan { start: at, end: at + 1, label: label.to_owned() }),
        }
        open = matches!(place, TokenPosition::Begin | TokenPosition::Inside);
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(start: usize, end: usize, label: &str) -> TagSpan {
        TagSpan { start, end, label: label.into() }
    }

    #[test]
    fn tags_of_each_scheme() {
        let spans = [span(0, 3, "Disease"), span(3, 4, "Disease")];
        assert_eq!(encode_mer(&spans, 5, MerScheme::Iob2), ["B-Disease", "I-Disease", "I-Disease", "B-Disease", "O"]);
        assert_eq!(encode_mer(&spans, 5, MerScheme::Bioes), ["B-Disease", "I-Disease", "E-Disease", "S-Disease", "O"]);
        let spans = [span(0, 2, "D1|D2"), span(3, 4, "D3")];
        assert_eq!(encode_men(&spans, 4, MenScheme::Bare), ["D1|D2", "D1|D2", "O", "D3"]);
        assert_eq!(encode_men(&spans, 4, MenScheme::Iob2), ["B-D1|D2", "I-D1|D2", "O", "B-D3"]);
        assert_eq!(encode_men(&spans, 4, MenScheme::Part), ["D1|D2-P", "D1|D2-P", "O", "D3"]);
    }

    /// seqeval 1.2.2: `get_entities(['I-A','I-A','I-B','O','I-A','B-A'])`
    /// gives `[('A',0,1), ('B',2,2), ('A',4,4), ('A',5,5)]`.
    #[test]
    fn iob2_is_repaired_as_conlleval_does() {
        let spans = decode_mer(&["I-A", "I-A", "I-B", "O", "I-A", "B-A"], MerScheme::Iob2);
        assert_eq!(spans, [span(0, 2, "A"), span(2, 3, "B"), span(4, 5, "A"), span(5, 6, "A")]);
    }

    /// seqeval 1.2.2: `get_entities(['E-A','I-A','S-A','I-A','E-A','B-A','S-B','B-A'])` gives
    /// `[('A',0,0), ('A',1,1), ('A',2,2), ('A',3,4), ('A',5,5), ('B',6,6), ('A',7,7)]`.
    #[test]
    fn bioes_is_repaired_as_conlleval_does() {
        let spans = decode_mer(&["E-A", "I-A", "S-A", "I-A", "E-A", "B-A", "S-B", "B-A"], MerScheme::Bioes);
        let expected = [(0, 1, "A"), (1, 2, "A"), (2, 3, "A"), (3, 5, "A"), (5, 6, "A"), (6, 7, "B"), (7, 8, "A")];
        assert_eq!(spans, expected.map(|(start, end, label)| span(start, end, label)));
    }

    #[test]
    fn bare_concepts_are_runs_and_strange_tags_are_outside() {
        assert_eq!(decode_men(&["D1", "D1", "D2", "O", "D2"], MenScheme::Bare), [span(0, 2, "D1"), span(2, 3, "D2"), span(4, 5, "D2")]);
        assert_eq!(decode_men(&["D1", "D1", "D2-P", "D2-P"], MenScheme::Part), [span(0, 1, "D1"), span(1, 2, "D1"), span(2, 4, "D2")]);
        assert_eq!(decode_mer(&["", "B-", "é", "<pad>", "S-A"], MerScheme::Iob2), []);
    }

    /// Non-overlapping spans in a sentence of at most 24 tokens.
    fn arbitrary_spans() -> impl Strategy<Value = (Vec<TagSpan>, usize)> {
        prop::collection::vec((0_usize..3, 1_usize..4, 0_usize..3), 0..6).prop_map(|parts| {
            let mut spans = Vec::new();
            let mut at = 0;
            for (gap, length, label) in parts {
                spans.push(span(at + gap, at + gap + length, ["Disease", "MESH:D1|OMIM:2", "-1"][label]));
                at += gap + length;
            }
            (spans, at + 2)
        })
    }

    fn borrowed(tags: &[String]) -> Vec<&str> {
        tags.iter().map(String::as_str).collect()
    }

    proptest! {
        #[test]
        fn spans_to_tags_to_spans_is_the_identity((spans, n) in arbitrary_spans()) {
            for scheme in [MerScheme::Iob2, MerScheme::Bioes] {
                let tags = encode_mer(&spans, n, scheme);
                prop_assert_eq!(&decode_mer(&borrowed(&tags), scheme), &spans);
            }
            let tags = encode_men(&spans, n, MenScheme::Iob2);
            prop_assert_eq!(&decode_men(&borrowed(&tags), MenScheme::Iob2), &spans);
        }

        /// Bare and part tags cannot tell neighbours of one concept apart: encoding what was decoded gives the same tags.
        #[test]
        fn tags_to_spans_to_tags_is_the_identity((spans, n) in arbitrary_spans()) {
            let tags = encode_men(&spans, n, MenScheme::Bare);
            prop_assert_eq!(&encode_men(&decode_men(&borrowed(&tags), MenScheme::Bare), n, MenScheme::Bare), &tags);
            let tags = encode_men(&spans, n, MenScheme::Part);
            prop_assert_eq!(&encode_men(&decode_men(&borrowed(&tags), MenScheme::Part), n, MenScheme::Part), &tags);
        }

        #[test]
        fn decoding_any_tags_gives_ordered_spans_that_cover_every_labelled_token(
            tags in prop::collection::vec(prop::sample::select(vec!["O", "B-A", "I-A", "E-A", "S-A", "B-B", "I-B", "E-B"]), 0..12)
        ) {
            let spans = decode_mer(&tags, MerScheme::Bioes);
            prop_assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start));
            for (at, tag) in tags.iter().enumerate() {
                prop_assert_eq!(*tag != "O", spans.iter().any(|span| span.start <= at && at < span.end));
            }
        }
    }
}
