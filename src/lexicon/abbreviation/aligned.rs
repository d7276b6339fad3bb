//! The alignment of a short form with its long form that costs least. Ab3P tries strategies from strict (first letters of every word) to
//! lax (any letter) and takes the first that fits; here each letter and each word skipped has a cost, strict alignments cost nothing,
//! and the long form is that of the cheapest one, where it is cheap enough. The costs were set on the training splits of the two corpora
//! against the output of Ab3P itself.

use super::schwartz_hearst::is_long_form;
use crate::lexicon::text::is_stop_word;

/// A letter that begins a word, or follows a letter matched just before, is free; any other within a word costs this.
const INSIDE: f64 = 1.0;
/// A letter that continues a matched one.
const CONTINUED: f64 = 0.35;
/// A word that no letter stands for.
const SKIPPED: f64 = 1.0;
const SKIPPED_STOP_WORD: f64 = 0.1;
/// A long form that begins with such a word.
const BEGINS_WITH_STOP_WORD: f64 = 0.5;
/// Most that an alignment may cost for each letter of the short form but the first.
const DEAREST: f64 = 1.0;

struct Letter {
    byte: usize,
    c: char,
    /// Number of its word.
    word: usize,
    begins: bool,
}

/// The long form of `short` at the end of `window`, or the whole of it.
pub(super) fn long_form<'a>(short: &str, window: &'a str, whole: bool) -> Option<&'a str> {
    let wanted: Vec<char> = short.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let found = best(&wanted, window, whole, DEAREST).or_else(|| {
        // `SNPs` for one of `single nucleotide polymorphism`.
        let singular = short.ends_with('s') && short.chars().rev().nth(1).is_some_and(char::is_uppercase);
        if singular { best(&wanted[..wanted.len() - 1], window, whole, DEAREST) } else { None }
    });
    found.filter(|long| is_long_form(short, long))
}

/// Whether `short` may stand for the whole of `long`, where both are known to be parts of a short form and of its long form.
pub(super) fn may_stand_for(short: &str, long: &str) -> bool {
    let wanted: Vec<char> = short.chars().flat_map(char::to_lowercase).collect();
    best(&wanted, long, true, INSIDE).is_some()
}

/// The cheapest long form, if it costs no more than `dearest` a letter.
fn best<'a>(wanted: &[char], window: &'a str, whole: bool, dearest: f64) -> Option<&'a str> {
    let (letters, costs) = letters(window);
    let (&first, rest) = wanted.split_first()?;
    if rest.is_empty() {
        return None;
    }
    let words = costs.len();
    // passed[w]: cost of passing over words 0..w.
    let mut passed = vec![0.0; words + 1];
    for word in 0..words {
        passed[word + 1] = passed[word] + costs[word];
    }
    let between = |from: usize, to: usize| if to > from + 1 { passed[to] - passed[from + 1] } else { 0.0 };
    // Cheapest way to have matched the letters so far, the last of them at each place, with the place where it began.
    let none = (f64::INFINITY, 0_usize);
    let mut ways: Vec<(f64, usize)> = vec![none; letters.len()];
    for (at, letter) in letters.iter().enumerate() {
        let allowed = !whole || letter.word == 0;
        if letter.begins && letter.c == first && allowed {
            let stop_word = costs[letter.word] == SKIPPED_STOP_WORD;
            ways[at] = (if stop_word { BEGINS_WITH_STOP_WORD } else { 0.0 }, at);
        }
    }
    for &c in rest {
        let mut next = vec![none; letters.len()];
        for (at, letter) in letters.iter().enumerate().filter(|(_, letter)| letter.c == c) {
            for (before, &(cost, start)) in ways.iter().enumerate().take(at).filter(|(_, way)| way.0.is_finite()) {
                let follows = before + 1 == at && letters[before].word == letter.word;
                let own = match () {
                    () if letter.begins => 0.0,
                    () if follows => CONTINUED,
                    () => INSIDE,
                };
                let cost = cost + own + between(letters[before].word, letter.word);
                // Of two that cost the same, the one that begins later: the shorter.
                if cost < next[at].0 || (cost == next[at].0 && start > next[at].1) {
                    next[at] = (cost, start);
                }
            }
        }
        ways = next;
    }
    let ended = ways.iter().enumerate().filter(|(_, way)| way.0.is_finite());
    let ended = ended.map(|(at, &(cost, start))| (cost + between(letters[at].word, words), start));
    let (cost, start) = ended.min_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
    // A word that is joined to one before it belongs to it: `beta-hexosaminidase`.
    let from = window[..letters[start].byte].trim_end_matches(|c: char| !c.is_whitespace()).len();
    (cost <= dearest * rest.len() as f64 + 1e-9)
        .then(|| window[from..].trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')))
}

/// The letters and digits of a text, in small letters, and what each word costs to be skipped.
fn letters(window: &str) -> (Vec<Letter>, Vec<f64>) {
    let mut letters: Vec<Letter> = Vec::with_capacity(window.len());
    let mut costs = Vec::new();
    let mut word_from = None;
    let mut before = ' ';
    for (byte, c) in window.char_indices() {
        if c.is_alphanumeric() {
            let begins = !before.is_alphanumeric();
            if begins {
                costs.push(SKIPPED);
                word_from = Some(byte);
            }
            for small in c.to_lowercase() {
                // A digit after letters begins something, as in `kinase3`.
                let begins = begins || (c.is_ascii_digit() != before.is_ascii_digit());
                letters.push(Letter { byte, c: small, word: costs.len() - 1, begins });
            }
        }
        let ended = word_from.filter(|_| !c.is_alphanumeric()).map(|from| (from, byte)).or_else(|| {
            let end = byte + c.len_utf8();
            word_from.filter(|_| end == window.len()).map(|from| (from, end))
        });
        if let Some((from, to)) = ended {
            if is_stop_word(&window[from..to].to_lowercase()) {
                *costs.last_mut().expect("a word that ends began") = SKIPPED_STOP_WORD;
            }
            word_from = None;
        }
        before = c;
    }
    (letters, costs)
}
