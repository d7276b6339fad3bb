//! Names and mentions made comparable: letter case, accents, Greek letters, spelling, numerals, plural and other endings, word order.

use super::porter;
use unicode_normalization::UnicodeNormalization as _;

/// Words that tell no concept from another. A subset of those of Lucene: `no` and `not` do tell.
const STOP_WORDS: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "of", "on", "or", "such", "that", "the",
    "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
];

/// Whether the small-letter word is left out of a bag of stems.
pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

/// Small letters without accents: compatibility decomposition, combining marks dropped, Greek letters by name, typographic quotes and
/// dashes as ASCII has them.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.nfkd().flat_map(char::to_lowercase) {
        match c {
            '\u{300}'..='\u{36f}' => {}
            '\u{2018}' | '\u{2019}' | '\u{2032}' | '\u{2bc}' => out.push('\''),
            '\u{201c}' | '\u{201d}' => out.push('"'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => out.push('-'),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' => out.push('d'),
            _ => match greek(c) {
                Some(name) => out.push_str(name),
                None => out.push(c),
            },
        }
    }
    out
}

fn greek(c: char) -> Option<&'static str> {
    const NAMES: [&str; 25] = [
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi", "omicron", "pi",
        "rho", "sigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
    ];
    let at = (c as u32).checked_sub('α' as u32)? as usize;
    NAMES.get(at).copied()
}

/// The words of `text`: runs of letters and digits of its folded form; an English possessive's `s` belongs to none.
pub fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut words: Vec<String> = Vec::new();
    let mut from = None;
    let bytes = folded.as_bytes();
    let mut take = |from: usize, to: usize| {
        let word = &folded[from..to];
        let possessive = word == "s" && from > 0 && bytes[from - 1] == b'\'' && !words.is_empty();
        if !possessive {
            words.push(word.to_owned());
        }
    };
    for (at, c) in folded.char_indices() {
        if c.is_alphanumeric() {
            from.get_or_insert(at);
        } else if let Some(start) = from.take() {
            take(start, at);
        }
    }
    if let Some(start) = from {
        take(start, folded.len());
    }
    words
}

/// A small-letter word in American spelling, or what stands for it: `anaemia` and `anemia`, `tumour` and `tumor`, `leucocyte` and
/// `leukocyte` become one. Both sides of every comparison are respelled, so what comes out need not be a word (`aerobic`: `erobic`).
pub fn respelled(word: &str) -> String {
    if word.len() < 4 || !word.is_ascii() {
        return word.to_owned();
    }
    let mut out = word.replace("ae", "e").replace("oe", "e").replace("sulph", "sulf").replace("leuc", "leuk").replace("yse", "yze");
    for (british, american) in
        [("our", "or"), ("ours", "ors"), ("isation", "ization"), ("ised", "ized"), ("ising", "izing"), ("tre", "ter"), ("ise", "ize")]
    {
        if out.len() > british.len() + 2
            && let Some(head) = out.strip_suffix(british)
        {
            out = format!("{head}{american}");
            break;
        }
    }
    out
}

/// The number that a small-letter word stands for, as digits: Roman numerals to twenty, numbers and ordinals in words to ten.
pub fn numeral(word: &str) -> Option<&'static str> {
    const ROMAN: [&str; 20] = [
        "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi", "xvii", "xviii", "xix", "xx",
    ];
    const WORDS: [&str; 10] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    const ORDINALS: [&str; 10] = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
    const DIGITS: [&str; 20] =
        ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20"];
    let at = [&ROMAN[..], &WORDS, &ORDINALS].iter().find_map(|list| list.iter().position(|&known| known == word));
    at.map(|at| DIGITS[at])
}

/// The stem that a small-letter word is compared by: its number, or Porter's stem of its American spelling.
pub fn stem_of(word: &str) -> String {
    match numeral(word) {
        Some(digits) => digits.to_owned(),
        None => porter::stem(&respelled(word)),
    }
}

/// The words of a text in the forms that comparisons need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Normal {
    /// Folded words in order, one blank between.
    pub plain: String,
    /// Stems in the order of the text, stop words left out unless all are.
    pub stems: Vec<String>,
}

impl Normal {
    /// Normalises a text.
    pub fn of(text: &str) -> Self {
        let words = words(text);
        let mut stems: Vec<String> = words.iter().filter(|word| !is_stop_word(word)).map(|word| stem_of(word)).collect();
        if stems.is_empty() {
            stems = words.iter().map(|word| stem_of(word)).collect();
        }
        Normal { plain: words.join(" "), stems }
    }

    /// The stems sorted, one blank between: the same whatever the order of the words.
    pub fn bag(&self) -> String {
        let mut sorted: Vec<&str> = self.stems.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        sorted.dedup();
        sorted.join(" ")
    }
}

/// Whether a mention as written is a short form: two to seven characters without a blank, at least as many capitals as half of its letters.
pub fn is_short_form(text: &str) -> bool {
    let text = text.trim();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = text.chars().filter(|c| c.is_uppercase()).count();
    (2..=7).contains(&text.chars().count()) && !text.contains(char::is_whitespace) && capitals > 0 && 2 * capitals >= letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_words_are_sorted_for_the_search() {
        assert!(STOP_WORDS.is_sorted());
        assert!(is_stop_word("of") && !is_stop_word("no"));
    }

    #[test]
    fn accents_greek_letters_and_dashes_are_folded() {
        assert_eq!(fold("Sjögren’s β–Thalassæmia"), "sjogren's beta-thalassaemia");
        assert_eq!(fold("Σ ﬁ ½"), "sigma fi 1\u{2044}2");
        assert_eq!(words("Alzheimer's disease (AD), type-2"), ["alzheimer", "disease", "ad", "type", "2"]);
        assert_eq!(words("'s s"), ["s", "s"]);
    }

    #[test]
    fn spellings_numerals_endings_and_order_meet() {
        let bag = |text: &str| Normal::of(text).bag();
        for (a, b) in [
            ("Haemophilia", "hemophilia"),
            ("tumours of the colon", "Colon Tumor"),
            ("Diabetes Mellitus, Type II", "type 2 diabetes mellitus"),
            ("oedema", "edema"),
            ("oesophageal leucocytosis", "esophageal leukocytosis"),
            ("second-degree heart block", "Heart Block, degree 2"),
            ("abnormalities, congenital", "congenital abnormality"),
        ] {
            assert_eq!(bag(a), bag(b), "{a} / {b}");
        }
        assert_ne!(bag("type 1"), bag("type 2"));
        assert_eq!(bag("the"), "the");
        assert_eq!(bag("()"), "");
    }

    #[test]
    fn short_forms() {
        for short in ["AD", "G6PD", "FAP", "BRCA1", "T-PLL", "vWD"] {
            assert!(is_short_form(short), "{short}");
        }
        for other in ["A", "gout", "Gout", "AD patients", "HEREDITARY"] {
            assert!(!is_short_form(other), "{other}");
        }
    }
}
