//! Text to tokens: runs of letters and digits, and every other visible character alone.
//!
//! This aligns all but two of the mentions of the two corpora, and it is how the stand-in vectors `word2vec-50` were made.

/// A token with its place in the document's text, in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// The characters themselves.
    pub text: String,
}

/// The tokens of `text` in order, offsets counted from its first character. What no token covers is white space or
/// control characters.
pub fn tokenize(text: &str) -> Vec<Token> {
    tokenize_from(text, 0)
}

/// The tokens of `text`, whose first character is number `base` of the document.
pub(crate) fn tokenize_from(text: &str, base: usize) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::with_capacity(text.len() / 4);
    // Character and byte at which the run of letters and digits began that is being read.
    let mut run: Option<(usize, usize)> = None;
    let mut characters = base;
    for (byte, c) in text.char_indices() {
        if c.is_alphanumeric() {
            run.get_or_insert((characters, byte));
        } else {
            if let Some((start, from)) = run.take() {
                tokens.push(Token { start, end: characters, text: text[from..byte].to_owned() });
            }
            if !c.is_whitespace() && !c.is_control() {
                tokens.push(Token { start: characters, end: characters + 1, text: text[byte..byte + c.len_utf8()].to_owned() });
            }
        }
        characters += 1;
    }
    if let Some((start, from)) = run {
        tokens.push(Token { start, end: characters, text: text[from..].to_owned() });
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        tokenize(text).into_iter().map(|token| token.text).collect()
    }

    /// Python: `re.findall(r'[^\W_]+|[^\w\s]|_', text)`
    #[test]
    fn runs_of_letters_and_digits_and_every_other_visible_character_alone() {
        assert_eq!(words("X-linked (ALD), 3.5_mg"), ["X", "-", "linked", "(", "ALD", ")", ",", "3", ".", "5", "_", "mg"]);
        assert_eq!(words("β2-Sjögren’s"), ["β2", "-", "Sjögren", "’", "s"]);
        assert_eq!(words(" \t\n"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn tokens_tile_the_visible_text(text in ".{0,80}") {
            let chars: Vec<char> = text.chars().collect();
            let mut at = 0;
            for token in tokenize(&text) {
                prop_assert!(token.start >= at && token.end > token.start);
                prop_assert!(chars[at..token.start].iter().all(|c| c.is_whitespace() || c.is_control()));
                prop_assert_eq!(chars[token.start..token.end].iter().collect::<String>(), token.text);
                at = token.end;
            }
            prop_assert!(chars[at..].iter().all(|c| c.is_whitespace() || c.is_control()));
        }
    }
}
