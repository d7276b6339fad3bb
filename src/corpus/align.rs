//! Mentions, which are stretches of characters, laid onto tokens.

use super::{Mention, Sentence};
use std::collections::BTreeMap;
use std::ops::Range;

/// Tokens `start..end` of a sentence, which are mention number `mention` of its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlignedSpan {
    /// First token.
    pub start: usize,
    /// One past the last token.
    pub end: usize,
    /// Index among the document's mentions.
    pub mention: usize,
}

/// Why a mention has no tokens of its own. Such a mention cannot be tagged, so it is a false negative of every tagger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Misfit {
    /// It begins or ends within a token, or on a blank.
    TokenBoundary,
    /// It goes on in the next sentence.
    SentenceBoundary,
    /// A longer mention, or an earlier one as long, has some of its tokens.
    Overlap,
}

/// The mentions of one sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aligned {
    /// In the order of the tokens, without overlap.
    pub spans: Vec<AlignedSpan>,
    /// Mentions that begin in this sentence and could not be laid onto its tokens, with the reason.
    pub unaligned: Vec<(usize, Misfit)>,
}

/// Lays the mentions that begin in `sentence` onto its tokens; `mentions` are all of its document's. Where mentions overlap,
/// the longest (in tokens) wins, then the earliest.
///
/// A mention that begins on a blank between two sentences begins in neither: [`align_document`] reports that one too.
pub fn align(sentence: &Sentence, mentions: &[Mention]) -> Aligned {
    let Some((first, last)) = sentence.tokens.first().zip(sentence.tokens.last()) else { return Aligned::default() };
    let here = first.start..last.end;
    place(sentence, mentions, (0..mentions.len()).filter(|at| here.contains(&mentions[*at].start)))
}

/// Lays every mention of a document onto its sentences, which must be all of them in order. One [`Aligned`] a sentence; each
/// mention is in exactly one of them, once. (A document with mentions but no token has no sentence to report them in: it
/// gives one `Aligned`.)
pub fn align_document(sentences: &[Sentence], mentions: &[Mention]) -> Vec<Aligned> {
    if sentences.is_empty() {
        let unaligned: Vec<_> = (0..mentions.len()).map(|mention| (mention, Misfit::TokenBoundary)).collect();
        return if unaligned.is_empty() { Vec::new() } else { vec![Aligned { spans: Vec::new(), unaligned }] };
    }
    // The blanks after a sentence are counted to it, those before the first to the first.
    let begin = |sentence: &Sentence| sentence.tokens.first().map_or(0, |token| token.start);
    let mut beginning_in = vec![Vec::new(); sentences.len()];
    for (at, mention) in mentions.iter().enumerate() {
        beginning_in[sentences.partition_point(|sentence| begin(sentence) <= mention.start).saturating_sub(1)].push(at);
    }
    sentences.iter().zip(beginning_in).map(|(sentence, here)| place(sentence, mentions, here.into_iter())).collect()
}

/// Lays the mentions of these numbers onto the sentence.
fn place(sentence: &Sentence, mentions: &[Mention], here: impl Iterator<Item = usize>) -> Aligned {
    let mut aligned = Aligned::default();
    let mut fitting: Vec<AlignedSpan> = Vec::new();
    for at in here {
        match token_range(sentence, &mentions[at]) {
            Ok(tokens) => fitting.push(AlignedSpan { start: tokens.start, end: tokens.end, mention: at }),
            Err(misfit) => aligned.unaligned.push((at, misfit)),
        }
    }
    fitting.sort_by_key(|span| (std::cmp::Reverse(span.end - span.start), span.start, span.mention));
    // By their first token; those that are kept do not overlap, so that only the last one before a span's end can reach into it.
    let mut kept: BTreeMap<usize, AlignedSpan> = BTreeMap::new();
    for span in fitting {
        if kept.range(..span.end).next_back().is_some_and(|(_, before)| span.start < before.end) {
            aligned.unaligned.push((span.mention, Misfit::Overlap));
        } else {
            kept.insert(span.start, span);
        }
    }
    aligned.spans = kept.into_values().collect();
    aligned.unaligned.sort_by_key(|&(mention, _)| mention);
    aligned
}

fn token_range(sentence: &Sentence, mention: &Mention) -> Result<Range<usize>, Misfit> {
    let tokens = &sentence.tokens;
    if tokens.last().is_none_or(|last| mention.end > last.end) {
        return Err(Misfit::SentenceBoundary);
    }
    let start = tokens.binary_search_by_key(&mention.start, |token| token.start).map_err(|_| Misfit::TokenBoundary)?;
    let last = tokens.binary_search_by_key(&mention.end, |token| token.end).map_err(|_| Misfit::TokenBoundary)?;
    if start <= last { Ok(start..last + 1) } else { Err(Misfit::TokenBoundary) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::{Document, sentences};

    fn mention(start: usize, end: usize) -> Mention {
        Mention { start, end, ..Mention::default() }
    }

    fn spans(aligned: &Aligned) -> Vec<(usize, usize, usize)> {
        aligned.spans.iter().map(|span| (span.start, span.end, span.mention)).collect()
    }

    //                    0         1         2         3
    //                    0123456789012345678901234567890123456789
    const TITLE: &str = "Gout. Breast cancers";
    const ABSTRACT: &str = "X-linked ALD is rare.";

    #[test]
    fn mentions_take_their_tokens_and_the_longest_wins() {
        let document = Document { title: TITLE.into(), abstract_text: ABSTRACT.into(), ..Document::default() };
        let sentences = sentences(0, &document);
        assert_eq!(sentences.len(), 3);
        let mentions = [mention(13, 20), mention(6, 20), mention(0, 4), mention(6, 12), mention(0, 4)];
        let all = align_document(&sentences, &mentions);
        assert_eq!(spans(&all[0]), [(0, 1, 2)]);
        assert_eq!(all[0].unaligned, [(4, Misfit::Overlap)]);
        assert_eq!(spans(&all[1]), [(0, 2, 1)]);
        assert_eq!(all[1].unaligned, [(0, Misfit::Overlap), (3, Misfit::Overlap)]);
        assert_eq!(align(&sentences[1], &mentions), all[1]);
    }

    #[test]
    fn what_does_not_fit_is_reported_once_with_the_reason() {
        let document = Document { title: TITLE.into(), abstract_text: ABSTRACT.into(), ..Document::default() };
        let sentences = sentences(0, &document);
        // `cancer` of `cancers`; over the title's end; from the blank between title and abstract; past the text.
        let mentions = [mention(13, 19), mention(13, 23), mention(20, 29), mention(30, 99)];
        let all = align_document(&sentences, &mentions);
        assert_eq!(all[1].unaligned, [(0, Misfit::TokenBoundary), (1, Misfit::SentenceBoundary), (2, Misfit::SentenceBoundary)]);
        assert_eq!(all[2].unaligned, [(3, Misfit::SentenceBoundary)]);
        assert!(all.iter().all(|aligned| aligned.spans.is_empty()));
        assert_eq!(align_document(&[], &mentions[..1])[0].unaligned.len(), 1);
    }
}
