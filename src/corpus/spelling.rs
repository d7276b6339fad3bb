//! When two texts are one in different spellings.

/// Whether two texts are one but for white space around them, and what kind of white space it is.
pub fn same_text(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let (a, b) = (a.trim(), b.trim());
    let blank = |c: char| if c.is_whitespace() { ' ' } else { c };
    a == b || a.chars().map(blank).eq(b.chars().map(blank))
}

/// Whether `written` is `found` in another spelling: services that normalise texts write `SARS CoV 2` for `SARS‐CoV‐2`, `TNF-a` or
/// `TNF-alpha` for `TNF-α`, `Sjogren` for `Sjögren`, and one blank for two. Letters and digits of ASCII must be the same, in order.
pub(super) fn respelt(found: &str, written: &str) -> bool {
    let bare = |text: &str, greek: &dyn Fn(char) -> Option<&'static str>| -> String {
        let mut out = String::new();
        for c in text.chars() {
            match greek(c) {
                Some(name) => out.push_str(name),
                None if c.is_alphanumeric() => out.extend(c.to_lowercase().map(plain_letter)),
                None => {}
            }
        }
        out
    };
    let none = |_: char| None;
    let spelt = |written: &str, greek: &dyn Fn(char) -> Option<&'static str>| bare(found, greek) == bare(written, greek);
    let something = found.chars().any(char::is_alphanumeric) && written.chars().any(char::is_alphanumeric);
    something && (spelt(written, &none) || spelt(written, &greek_name) || spelt(written, &greek_letter))
}

/// The letter of ASCII that a letter with an accent is written as.
fn plain_letter(c: char) -> char {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => 'e',
        'ì'..='ï' | 'ī' | 'ı' => 'i',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => 'o',
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ś' | 'š' | 'ş' => 's',
        'ź' | 'ż' | 'ž' => 'z',
        'ł' => 'l',
        c => c,
    }
}

/// Letters of the Greek alphabet, their names, and what they are written as where one letter must do.
const GREEK: [(char, &str, &str); 25] = [
    ('α', "alpha", "a"),
    ('β', "beta", "b"),
    ('γ', "gamma", "g"),
    ('δ', "delta", "d"),
    ('ε', "epsilon", "e"),
    ('ζ', "zeta", "z"),
    ('η', "eta", "h"),
    ('θ', "theta", "t"),
    ('ι', "iota", "i"),
    ('κ', "kappa", "k"),
    ('λ', "lambda", "l"),
    ('μ', "mu", "u"),
    ('µ', "mu", "u"),
    ('ν', "nu", "n"),
    ('ξ', "xi", "x"),
    ('ο', "omicron", "o"),
    ('π', "pi", "p"),
    ('ρ', "rho", "r"),
    ('σ', "sigma", "s"),
    ('τ', "tau", "t"),
    ('υ', "upsilon", "u"),
    ('φ', "phi", "f"),
    ('χ', "chi", "c"),
    ('ψ', "psi", "p"),
    ('ω', "omega", "o"),
];

fn greek(c: char) -> Option<&'static (char, &'static str, &'static str)> {
    let lower = c.to_lowercase().next()?;
    GREEK.iter().find(|(letter, ..)| *letter == lower)
}

fn greek_name(c: char) -> Option<&'static str> {
    greek(c).map(|(_, name, _)| *name)
}

fn greek_letter(c: char) -> Option<&'static str> {
    greek(c).map(|(_, _, letter)| *letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_spelling_is_told_from_another_text() {
        for (found, written) in [
            ("SARS‐CoV‐2", "SARS CoV 2"),
            ("TNF-α", "TNF-a"),
            ("TNF-α", "TNF-alpha"),
            ("Sjögren’s", "Sjogren's"),
            ("renal  failure", "renal failure"),
            ("5 µM", "5 uM"),
            ("β-Thalassemia", "b-thalassemia"),
        ] {
            assert!(respelt(found, written), "{found} {written}");
        }
        for (found, written) in
            [("RS‐CoV‐2 a", "SARS CoV 2"), ("out ", "Gout"), ("gout", "asthma"), ("--", "–"), ("痛風", "関節"), ("IL-1α", "IL-1b")]
        {
            assert!(!respelt(found, written), "{found} {written}");
        }
    }
}
