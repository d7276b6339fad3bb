//! Short forms that a text defines, `adenomatous polyposis coli (APC)`: the detector of Schwartz and Hearst (2003), and one after the
//! model of Ab3P (Sohn et al. 2008) that looks for the best alignment instead of the shortest.

mod aligned;
mod definition;
mod schwartz_hearst;

use std::borrow::Cow;
use std::collections::HashMap;

/// A short form with the long form that the text gives it, both as they are written there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abbreviation {
    /// Such as `ECA`.
    pub short: String,
    /// Such as `episodic cortical ataxia`.
    pub long: String,
}

/// How definitions are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detector {
    /// A. Schwartz and M. Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text" (PSB 2003).
    SchwartzHearst,
    /// The alignment that costs least, as Ab3P prefers strict strategies to lax ones; better on both corpora.
    #[default]
    Aligned,
}

/// The abbreviations that `text` defines, in the order of their definitions; a short form that is defined twice keeps its first long form.
pub fn abbreviations(text: &str, detector: Detector) -> Vec<Abbreviation> {
    let mut found: Vec<Abbreviation> = Vec::new();
    for definition in definition::definitions(text) {
        let long = match detector {
            Detector::SchwartzHearst => schwartz_hearst::long_form(definition.short, definition.window),
            Detector::Aligned => aligned::long_form(definition.short, definition.window, definition.whole),
        };
        let Some(long) = long else { continue };
        if !found.iter().any(|known| known.short == definition.short) {
            found.push(Abbreviation { short: definition.short.to_owned(), long: long.to_owned() });
        }
    }
    found
}

/// The long forms of a document's short forms, for expanding mentions.
#[derive(Clone, Debug, Default)]
pub struct ShortForms(HashMap<String, String>);

impl ShortForms {
    /// The short forms that `text` defines.
    pub fn of(text: &str, detector: Detector) -> Self {
        let mut forms = HashMap::new();
        let mut parts = Vec::new();
        for found in abbreviations(text, detector) {
            // `hyperostosis-joint ache (HO-JA)` defines its parts too.
            let (short, long): (Vec<&str>, Vec<&str>) = (found.short.split('-').collect(), found.long.split('-').collect());
            if short.len() > 1 && short.len() == long.len() {
                let fits = |(short, long): &(&str, &str)| aligned::may_stand_for(short, long);
                parts.extend(short.into_iter().zip(long).filter(fits).map(|(short, long)| (short.to_owned(), long.to_owned())));
            }
            forms.insert(found.short, found.long);
        }
        for (short, long) in parts {
            forms.entry(short).or_insert(long);
        }
        ShortForms(forms)
    }

    /// Whether the text defines none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The long form of a short form as written; of a plural (`APCs`) that of its singular; of one with a number behind it (`MEN2A`) that of
    /// what stands before the number, with the number.
    pub fn long(&self, short: &str) -> Option<Cow<'_, str>> {
        let known = |short: &str| self.0.get(short).map(|long| Cow::Borrowed(long.as_str()));
        let numbered = || {
            let number = short.find(|c: char| c.is_ascii_digit()).filter(|&at| at > 1)?;
            let long = known(&short[..number])?;
            (short.len() - number <= 3).then(|| Cow::Owned(format!("{long} {}", &short[number..])))
        };
        known(short).or_else(|| short.strip_suffix('s').and_then(known)).or_else(numbered)
    }

    /// The mention with each short form in it replaced by its long form; one that stands in parentheses behind its long form, or beside it,
    /// is left out. `None` where the mention has no short form.
    pub fn expand(&self, mention: &str) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let lower = mention.to_lowercase();
        let mut out = String::new();
        let mut changed = false;
        let mut put = |out: &mut String, word: &str| {
            let Some(long) = self.long(word) else { return false };
            changed = true;
            // The long form is there already: the short form repeats it.
            if !lower.contains(&long.to_lowercase()) {
                out.push_str(&long);
            }
            true
        };
        for (word, gap) in pieces(mention, |c| c.is_alphanumeric() || matches!(c, '\'' | '+' | '-')) {
            if !put(&mut out, word) {
                for (part, gap) in pieces(word, |c| c != '-') {
                    if !put(&mut out, part) {
                        out.push_str(part);
                    }
                    out.push_str(gap);
                }
            }
            out.push_str(gap);
        }
        changed.then(|| out.replace("()", " ").replace("[]", " ").split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// Runs of characters that are `inside` a word, each with what stands between it and the next.
fn pieces(text: &str, inside: impl Fn(char) -> bool) -> Vec<(&str, &str)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let word_end = rest.find(|c| !inside(c)).unwrap_or(rest.len());
        let after = &rest[word_end..];
        let gap_end = after.find(&inside).unwrap_or(after.len());
        pieces.push((&rest[..word_end], &after[..gap_end]));
        rest = &after[gap_end..];
    }
    pieces
}

#[cfg(test)]
mod tests;
