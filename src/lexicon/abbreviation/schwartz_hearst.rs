//! The matching rule of Schwartz and Hearst: the shortest long form whose letters give the short form, from right to left.

/// The long form of `short` at the end of `window`.
pub(super) fn long_form<'a>(short: &str, window: &'a str) -> Option<&'a str> {
    let letters: Vec<(usize, char)> = window.char_indices().collect();
    let same = |a: char, b: char| a.to_lowercase().eq(b.to_lowercase());
    let mut at = letters.len();
    let wanted: Vec<char> = short.chars().collect();
    for (number, &c) in wanted.iter().enumerate().rev() {
        if !c.is_alphanumeric() {
            continue;
        }
        // The first character must begin a word, any other may stand anywhere before the one found last.
        let fits = |at: usize| same(letters[at].1, c) && (number > 0 || at == 0 || !letters[at - 1].1.is_alphanumeric());
        at = (0..at).rev().find(|&at| fits(at))?;
    }
    // The word that the first character begins, from its start.
    let start = window[..letters.get(at)?.0].rfind(' ').map_or(0, |blank| blank + 1);
    let long = window[start..].trim();
    is_long_form(short, long).then_some(long)
}

/// A long form is longer than its short form, does not hold it as a word, and has no more than min(n + 5, 2n) words.
pub(super) fn is_long_form(short: &str, long: &str) -> bool {
    let letters = short.chars().filter(|c| c.is_alphanumeric()).count();
    let balanced = long.matches('(').count() == long.matches(')').count() && long.matches('[').count() == long.matches(']').count();
    long.chars().count() > short.chars().count()
        && balanced
        && !long.split(|c: char| !(c.is_alphanumeric() || c == '-')).any(|word| word == short)
        && long.split([' ', '-']).count() <= (letters + 5).min(2 * letters)
}
