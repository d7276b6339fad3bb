//! Where a text may define a short form: before a parenthesis, or within it.

/// A short form with the text that its long form may be in.
pub(super) struct Definition<'a> {
    pub short: &'a str,
    /// Ends where the long form ends.
    pub window: &'a str,
    /// The long form is the whole window: it stands in the parenthesis.
    pub whole: bool,
}

/// Characters and words of a short form, after Schwartz and Hearst.
const SHORT_CHARACTERS: std::ops::RangeInclusive<usize> = 2..=10;
const SHORT_WORDS: usize = 2;

/// Every parenthesis or bracket of `text` that may define a short form.
pub(super) fn definitions(text: &str) -> Vec<Definition<'_>> {
    let mut found = Vec::new();
    let opening = text.char_indices().filter(|&(_, c)| matches!(c, '(' | '['));
    for (open, c) in opening {
        let Some(close) = closing(text, open, c) else { continue };
        let inside = text[open + 1..close].trim();
        let before = text[sentence_start(text, open)..open].trim_end();
        // `(APC; MIM 175100)`, `(APC, see below)`: the short form is what stands first.
        let first = inside.split([';', ',']).next().unwrap_or_default().trim();
        let first = first.trim_matches(|c| matches!(c, '"' | '\'' | '\u{201c}' | '\u{201d}'));
        if is_short_form(first) {
            let words = (character_count(first) + 5).min(2 * character_count(first));
            found.push(Definition { short: first, window: last_words(before, words), whole: false });
        } else if first.contains(char::is_whitespace) {
            // `APC (adenomatous polyposis coli)`
            let short = before.rsplit(char::is_whitespace).next().unwrap_or_default().trim_start_matches(['(', '[']);
            if is_short_form(short) && is_written_as_one(short) {
                found.push(Definition { short, window: first, whole: true });
            }
        }
    }
    found
}

fn character_count(short: &str) -> usize {
    short.chars().count()
}

/// The place of the parenthesis that closes the one at `open`.
fn closing(text: &str, open: usize, opening: char) -> Option<usize> {
    let closing = if opening == '(' { ')' } else { ']' };
    let mut depth = 0_usize;
    for (at, c) in text[open..].char_indices().take(400) {
        if c == opening {
            depth += 1;
        } else if c == closing {
            depth -= 1;
            if depth == 0 {
                return Some(open + at);
            }
        }
    }
    None
}

/// Where the sentence begins that `end` stands in: after the last full stop, `;`, `?` or `!` that a blank follows.
fn sentence_start(text: &str, end: usize) -> usize {
    let ends = [". ", "? ", "! ", "; "].iter().filter_map(|mark| text[..end].rfind(mark)).max();
    ends.map_or(0, |at| at + 2)
}

fn last_words(text: &str, count: usize) -> &str {
    let mut starts =
        text.char_indices().rev().filter(|&(at, c)| !c.is_whitespace() && text[..at].chars().next_back().is_none_or(char::is_whitespace));
    match starts.nth(count.saturating_sub(1)) {
        Some((at, _)) => &text[at..],
        None => text.trim_start(),
    }
}

fn is_short_form(text: &str) -> bool {
    SHORT_CHARACTERS.contains(&character_count(text))
        && text.split_whitespace().count() <= SHORT_WORDS
        && text.chars().next().is_some_and(char::is_alphanumeric)
        && text.chars().any(char::is_alphabetic)
}

/// Before a parenthesis any word may stand: only one with a capital or a digit is taken for a short form.
fn is_written_as_one(word: &str) -> bool {
    word.chars().skip(1).any(|c| c.is_uppercase() || c.is_ascii_digit())
}
