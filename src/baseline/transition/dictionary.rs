//! What a string may mean: the concepts that training gives it, and those that have it as a name. Strings are compared by their stems in any
//! order.

use crate::baseline::concepts::WrittenIds;
use crate::baseline::found::mentions;
use crate::corpus::Document;
use crate::evaluate::concept_string;
use crate::lexicon::abbreviation::{Detector, ShortForms};
use crate::lexicon::text::{is_stop_word, stem_of, words};
use crate::lexicon::{Lexicon, NameKind};
use std::collections::{BTreeMap, HashMap};

/// A concept that a string may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Index of its concept field.
    pub concept: u32,
    /// Training mentions of the string with it.
    pub count: u32,
    /// How the vocabulary binds the string to it, where it does.
    pub kind: Option<NameKind>,
}

/// Candidates of one string that are kept.
const KEPT: usize = 5;

pub struct Dictionary {
    candidates: HashMap<String, Vec<Candidate>>,
    /// What each training document says of a string: (document, concept, mentions).
    by_document: HashMap<String, Vec<(u32, u32, u32)>>,
    /// Concept fields as they are written, with the words of their standard names, first and last.
    concepts: Vec<Concept>,
    by_field: HashMap<String, u32>,
}

struct Concept {
    field: String,
    ends: [String; 2],
}

/// The stems of a text that matter.
pub fn stems(text: &str) -> Vec<String> {
    words(text).iter().filter(|word| !is_stop_word(word)).map(|word| stem_of(word)).collect()
}

/// What a string is found by.
pub fn bag<'a>(stems: impl Iterator<Item = &'a String>) -> String {
    let mut sorted: Vec<&str> = stems.map(String::as_str).collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.join(" ")
}

impl Dictionary {
    pub fn new(lexicon: &Lexicon, train: &[Document], entity_types: &[String]) -> Self {
        let ids = WrittenIds::learn(lexicon, train, entity_types);
        let mut dictionary =
            Self { candidates: HashMap::new(), by_document: HashMap::new(), concepts: Vec::new(), by_field: HashMap::new() };
        let mut found: BTreeMap<String, BTreeMap<u32, Candidate>> = BTreeMap::new();
        for (at, concept) in lexicon.concepts().iter().enumerate() {
            let number = dictionary.number(ids.write(lexicon, at), concept.name());
            for name in &concept.names {
                let own = found.entry(bag(stems(&name.text).iter())).or_default();
                let candidate = own.entry(number).or_insert(Candidate { concept: number, count: 0, kind: Some(name.kind) });
                candidate.kind = candidate.kind.min(Some(name.kind));
            }
        }
        for (at, document) in train.iter().enumerate() {
            let forms = ShortForms::of(&document.text(), Detector::default());
            for mention in mentions(document, entity_types) {
                let Some(field) = concept_string(mention) else { continue };
                let number = dictionary.number(&field, &mention.text);
                for text in [Some(mention.text.clone()), forms.expand(&mention.text)].into_iter().flatten() {
                    let bag = bag(stems(&text).iter());
                    let own = found.entry(bag.clone()).or_default();
                    own.entry(number).or_insert(Candidate { concept: number, count: 0, kind: None }).count += 1;
                    dictionary.by_document.entry(bag).or_default().push((at as u32, number, 1));
                }
            }
        }
        let named = found.into_iter().filter(|(text, _)| !text.is_empty());
        dictionary.candidates = named.map(|(text, own)| (text, sorted(own.into_values().collect()))).collect();
        dictionary
    }

    /// What is only there to learn from.
    pub fn forget_documents(&mut self) {
        self.by_document = HashMap::new();
    }

    fn number(&mut self, field: &str, name: &str) -> u32 {
        if let Some(&known) = self.by_field.get(field) {
            return known;
        }
        let words = words(name);
        let end = |word: Option<&String>| word.cloned().unwrap_or_default();
        self.concepts.push(Concept { field: field.to_owned(), ends: [end(words.first()), end(words.last())] });
        self.by_field.insert(field.to_owned(), self.concepts.len() as u32 - 1);
        self.concepts.len() as u32 - 1
    }

    /// The candidates of a string, by its bag; the likeliest first. What the training document `skip` says is left out of account: learning
    /// must not see a mention's string as known by that mention.
    pub fn candidates(&self, bag: &str, skip: Option<u32>) -> Vec<Candidate> {
        let mut own = self.candidates.get(bag).cloned().unwrap_or_default();
        let said = self.by_document.get(bag).map_or(&[][..], Vec::as_slice);
        let mut changed = false;
        for &(_, concept, count) in said.iter().filter(|(document, ..)| Some(*document) == skip) {
            if let Some(candidate) = own.iter_mut().find(|candidate| candidate.concept == concept) {
                candidate.count -= count;
                changed = true;
            }
        }
        if changed {
            own.retain(|candidate| candidate.count > 0 || candidate.kind.is_some());
            own = sorted(own);
        }
        own.truncate(KEPT);
        own
    }

    /// The concept field of a number.
    pub fn field(&self, concept: u32) -> &str {
        &self.concepts[concept as usize].field
    }

    /// First and last word of its standard name.
    pub fn ends(&self, concept: u32) -> &[String; 2] {
        &self.concepts[concept as usize].ends
    }

    /// The number of a concept field.
    pub fn find(&self, field: &str) -> Option<u32> {
        self.by_field.get(field).copied()
    }

    /// Number of strings.
    pub fn len(&self) -> usize {
        self.candidates.len()
    }
}

/// The likeliest first: those that training gives the string most often, then those that have it as a name.
fn sorted(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    let kind = |of: &Candidate| (of.kind.is_none(), of.kind);
    candidates.sort_by(|a, b| b.count.cmp(&a.count).then(kind(a).cmp(&kind(b))).then(a.concept.cmp(&b.concept)));
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::concepts::fixtures::{disease, document, lexicon};

    #[test]
    fn training_comes_before_names_and_names_before_synonyms() {
        let lexicon =
            lexicon(&[("MESH:D1", &[], &["gout", "knee ache"]), ("MESH:D2", &[], &["ache of the knees"]), ("MESH:D3", &[], &["rash"])]);
        let train = [document("1", "a [sore spell|D3] and a [Rash|D2|D1], [rash|D2|D1] and sore throat ache (STA) is [STA|D3]")];
        let dictionary = Dictionary::new(&lexicon, &train, &disease());
        let of = |text: &str| {
            let found = dictionary.candidates(&bag(stems(text).iter()), None);
            found.iter().map(|of| (dictionary.field(of.concept).to_owned(), of.count)).collect::<Vec<_>>()
        };
        let row = |field: &str, count: u32| (field.to_owned(), count);
        assert_eq!(of("knee aches"), [row("D2", 0), row("D1", 0)]);
        assert_eq!(of("rashes"), [row("D2|D1", 2), row("D3", 0)]);
        assert_eq!(of("sore throat ache"), [row("D3", 1)]);
        assert!(of("nothing").is_empty() && of("").is_empty());
        let without = |text: &str| dictionary.candidates(&bag(stems(text).iter()), Some(0)).len();
        assert_eq!((without("rashes"), without("sore throat ache"), without("knee aches")), (1, 0, 2));
        assert_eq!(dictionary.ends(dictionary.find("D2").unwrap()), &["ache".to_owned(), "knees".to_owned()]);
    }
}
