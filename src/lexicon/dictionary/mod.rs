//! Strings that may be mentions wherever they stand: the names of a vocabulary in their ways of writing, and what training annotates, each
//! with how often training annotates the places where it stands.

pub(crate) mod term;
mod trie;

use super::Lexicon;
use super::abbreviation::{Detector, abbreviations};
use crate::corpus::{CharIndex, Document, sentences};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use term::{Unit, units, written};
use trie::Trie;

/// What training says of a string, in the form in which dictionary and text meet (words with blanks between).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct StringCount {
    pub text: String,
    pub entity_type: String,
    /// Mentions that are the string.
    pub annotated: u32,
    /// Places of it that are no mention.
    pub others: u32,
}

/// Where an entry comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    Name,
    /// A name with another word for the kind of disease.
    LaxVariant,
    /// Training alone.
    Training,
}

/// A place that may be a mention.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub start: usize,
    pub end: usize,
    pub entity_type: String,
    pub evidence: PlaceEvidence,
}

/// Why a place may be one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PlaceEvidence {
    pub origin: Origin,
    /// Mentions and other places in training.
    pub annotated: u32,
    pub others: u32,
    /// A short form that the document defines: the rest is about its long form.
    pub short_form: bool,
    /// Two entries with a coordinator between.
    pub coordinated: bool,
}

impl PlaceEvidence {
    /// Share of the string's places that training annotates; a half where it has none.
    pub fn precision(&self) -> f64 {
        (f64::from(self.annotated) + 1.0) / (f64::from(self.annotated + self.others) + 2.0)
    }
}

#[derive(Clone, Debug)]
struct Entry {
    origin: Origin,
    entity_type: u16,
    /// A word with a letter case of its own that only the vocabulary has: it counts where the document defines it.
    needs_definition: bool,
    annotated: u32,
    others: u32,
    /// The same by training document, while it is learned from.
    by_document: Vec<(u32, u32, u32)>,
}

/// Entries that training annotates in a smaller share of their places are left out.
const LEAST_PRECISION: f64 = 0.1;
/// Rounds of leaving out: what a long entry hid may be found in the next.
const ROUNDS: usize = 10;

/// All entries, and the way from texts to them.
#[derive(Clone, Debug)]
pub(super) struct Dictionary {
    trie: Trie,
    entries: Vec<Entry>,
    types: Vec<String>,
}

impl Dictionary {
    /// Names of the vocabulary, which are of the first type or, where there is such a one, `Disease`; and strings of training.
    pub fn new(lexicon: &Lexicon, entity_types: &[String], counts: &[StringCount]) -> Self {
        let mut own = Self { trie: Trie::default(), entries: Vec::new(), types: entity_types.to_vec() };
        let of_names = entity_types.iter().position(|name| name == "Disease").unwrap_or(0) as u16;
        for name in lexicon.concepts().iter().flat_map(|concept| &concept.names) {
            for written in written(&name.text) {
                let origin = if written.lax { Origin::LaxVariant } else { Origin::Name };
                let at = own.entry(written.forms.iter().map(String::as_str), origin, of_names);
                own.entries[at].needs_definition |= written.needs_definition;
                own.entries[at].origin = own.entries[at].origin.min(origin);
            }
        }
        for count in counts {
            let entity_type = entity_types.iter().position(|name| *name == count.entity_type).unwrap_or(0) as u16;
            let at = own.entry(count.text.split(' '), Origin::Training, entity_type);
            let entry = &mut own.entries[at];
            if count.annotated > 0 {
                entry.entity_type = entity_type;
            }
            (entry.annotated, entry.others) = (count.annotated, count.others);
        }
        own
    }

    /// The same, with the counts of training documents; and the counts.
    pub fn learn(lexicon: &Lexicon, entity_types: &[String], documents: &[Document]) -> (Self, Vec<StringCount>) {
        let mut own = Self::new(lexicon, entity_types, &[]);
        let mut texts: Vec<String> = Vec::new();
        for (number, document) in documents.iter().enumerate() {
            for mention in document.mentions.iter().filter(|mention| entity_types.contains(&mention.entity_type)) {
                let forms = term::forms(&mention.text);
                if forms.is_empty() {
                    continue;
                }
                let entity_type = entity_types.iter().position(|name| *name == mention.entity_type).unwrap_or(0) as u16;
                let at = own.entry(forms.iter().map(String::as_str), Origin::Training, entity_type);
                own.entries[at].count(number as u32, 1, 0);
            }
        }
        let sentences: Vec<Vec<Vec<Unit>>> = documents
            .iter()
            .enumerate()
            .map(|(number, document)| sentences(number, document).iter().map(|sentence| units(&sentence.tokens)).collect())
            .collect();
        let mut kept = vec![true; own.entries.len()];
        for _ in 0..ROUNDS {
            for (_, entry) in own.entries.iter_mut().enumerate().filter(|(at, _)| kept[*at]) {
                entry.others = 0;
                entry.by_document.iter_mut().for_each(|of| of.2 = 0);
            }
            for (number, document) in documents.iter().enumerate() {
                let gold: BTreeSet<(usize, usize)> = document
                    .mentions
                    .iter()
                    .filter(|mention| entity_types.contains(&mention.entity_type))
                    .map(|mention| (mention.start, mention.end))
                    .collect();
                for units in &sentences[number] {
                    for (at, first, last) in own.trie.longest(units, |at| kept[at]) {
                        if !gold.contains(&(units[first].start, units[last].end)) {
                            own.entries[at].count(number as u32, 0, 1);
                        }
                    }
                }
            }
            let before = kept.iter().filter(|kept| **kept).count();
            for (at, entry) in own.entries.iter().enumerate() {
                kept[at] &= is_kept(entry.annotated, entry.others);
            }
            if kept.iter().filter(|kept| **kept).count() == before {
                break;
            }
        }
        texts.resize(own.entries.len(), String::new());
        own.trie.texts(|at, text| texts[at] = text);
        let mut counts: Vec<StringCount> = own
            .entries
            .iter()
            .zip(texts)
            .filter(|(entry, _)| entry.annotated + entry.others > 0)
            .map(|(entry, text)| StringCount {
                text,
                entity_type: entity_types[usize::from(entry.entity_type)].clone(),
                annotated: entry.annotated,
                others: entry.others,
            })
            .collect();
        counts.sort();
        (own, counts)
    }

    fn entry<'a>(&mut self, forms: impl Iterator<Item = &'a str>, origin: Origin, entity_type: u16) -> usize {
        let new = self.entries.len();
        let at = self.trie.entry(forms, new);
        if at == new {
            self.entries.push(Entry { origin, entity_type, needs_definition: false, annotated: 0, others: 0, by_document: Vec::new() });
        }
        at
    }

    /// What is only there to learn from.
    pub fn forget_documents(&mut self) {
        self.entries.iter_mut().for_each(|entry| entry.by_document = Vec::new());
    }

    /// What training says of an entry, without the document `skip`; `None` where the entry would not be there.
    fn counts(&self, at: usize, skip: Option<u32>) -> Option<(u32, u32)> {
        let entry = &self.entries[at];
        let (mut annotated, mut others) = (entry.annotated, entry.others);
        if let Some(&(_, own, own_others)) = entry.by_document.iter().find(|of| Some(of.0) == skip) {
            (annotated, others) = (annotated - own, others - own_others);
        }
        let known = entry.origin != Origin::Training || annotated > 0;
        (known && is_kept(annotated, others)).then_some((annotated, others))
    }

    /// The places in a document that may be mentions, in the order of the text; they may overlap. What the training document `skip` says is
    /// left out of account.
    pub fn places(&self, document: &Document, skip: Option<u32>, detector: Detector) -> Vec<Place> {
        let text = document.text();
        let characters = CharIndex::new(&text);
        let sentences: Vec<Vec<Unit>> = sentences(0, document).iter().map(|sentence| units(&sentence.tokens)).collect();
        let mut matches: Vec<Place> = Vec::new();
        let mut undefined: Vec<bool> = Vec::new();
        let mut found: Vec<Place> = Vec::new();
        for units in &sentences {
            for (at, first, last) in self.trie.longest(units, |at| self.counts(at, skip).is_some()) {
                let place = self.place(at, units[first].start, units[last].end, skip);
                if let Some(place) = &place {
                    found.extend(self.coordinated(units, first, last, place, skip));
                }
                undefined.push(place.as_ref().is_some_and(|place| self.entries[at].needs_definition && place.evidence.annotated == 0));
                matches.extend(place);
            }
        }
        let definitions = abbreviations(&text, detector);
        for (place, undefined) in matches.iter().zip(undefined) {
            let surface = characters.slice(place.start, place.end).unwrap_or_default();
            // A short form means what the document defines, or what it means everywhere.
            if !undefined && !definitions.iter().any(|definition| definition.short == surface) {
                found.push(place.clone());
            }
        }
        for definition in definitions {
            let Some(meant) = self.meaning(&definition.long, &matches, &characters, skip) else { continue };
            for (start, end) in whole_words(&text, &definition.short) {
                let evidence = PlaceEvidence { short_form: true, ..meant.evidence };
                found.push(Place { start, end, evidence, ..meant.clone() });
            }
        }
        found.sort_by_key(|place| (place.start, place.end));
        found.dedup_by_key(|place| (place.start, place.end));
        found
    }

    fn place(&self, at: usize, start: usize, end: usize, skip: Option<u32>) -> Option<Place> {
        let (annotated, others) = self.counts(at, skip)?;
        let evidence = PlaceEvidence { origin: self.entries[at].origin, annotated, others, short_form: false, coordinated: false };
        Some(Place { start, end, entity_type: self.types[usize::from(self.entries[at].entity_type)].clone(), evidence })
    }

    /// What the long form of a short form is: an entry, or what a match at its end is that has at least half of its characters.
    fn meaning(&self, long: &str, matches: &[Place], characters: &CharIndex, skip: Option<u32>) -> Option<Place> {
        let forms = term::forms(long);
        if let Some(place) = self.trie.find(forms.iter().map(String::as_str)).and_then(|at| self.place(at, 0, 0, skip)) {
            return Some(place);
        }
        let ends = |place: &&Place| {
            let surface = characters.slice(place.start, place.end).unwrap_or_default();
            long.ends_with(surface) && 2 * surface.len() >= long.len()
        };
        matches.iter().find(ends).cloned()
    }

    /// `breast and ovarian cancer`, where `ovarian cancer` was found and `breast cancer` is an entry too.
    fn coordinated(&self, units: &[Unit], first: usize, last: usize, own: &Place, skip: Option<u32>) -> Option<Place> {
        let coordinator = |at: usize| matches!(units[at].form.as_str(), "and" | "or" | "/");
        if first < 2 || last == first || !coordinator(first - 1) {
            return None;
        }
        let other = std::iter::once(&units[first - 2]).chain(&units[first + 1..=last]).map(|unit| unit.form.as_str());
        let other = self.trie.find(other)?;
        self.counts(other, skip)?;
        let evidence = PlaceEvidence { coordinated: true, ..own.evidence };
        Some(Place { start: units[first - 2].start, evidence, ..own.clone() })
    }
}

impl Entry {
    fn count(&mut self, document: u32, annotated: u32, others: u32) {
        self.annotated += annotated;
        self.others += others;
        match self.by_document.iter_mut().find(|of| of.0 == document) {
            Some(of) => (of.1, of.2) = (of.1 + annotated, of.2 + others),
            None => self.by_document.push((document, annotated, others)),
        }
    }
}

fn is_kept(annotated: u32, others: u32) -> bool {
    f64::from(annotated) >= LEAST_PRECISION * f64::from(annotated + others)
}

/// Where `string` stands between characters that are neither letters nor digits, in characters.
pub(crate) fn whole_words<'a>(text: &'a str, string: &'a str) -> impl Iterator<Item = (usize, usize)> + 'a {
    let length = string.chars().count();
    text.match_indices(string).filter_map(move |(at, _)| {
        let before = text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        let after = text[at + string.len()..].chars().next().is_none_or(|c| !c.is_alphanumeric());
        let start = text[..at].chars().count();
        (before && after).then_some((start, start + length))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::fixtures::document;
    use crate::lexicon::parse_lexicon;

    fn vocabulary() -> Lexicon {
        let lines = "id\tname\tsynonyms\nD1\tBreast Neoplasms\tbreast cancer|BC\nD2\tcancer, ovarian\t\nD4\tcold\t\n";
        parse_lexicon("f", lines).unwrap()
    }

    fn disease() -> [String; 1] {
        ["Disease".to_owned()]
    }

    #[test]
    fn places_are_whole_words_in_characters() {
        assert_eq!(whole_words("ß RA, RAT (RA)", "RA").collect::<Vec<_>>(), [(2, 4), (11, 13)]);
    }

    /// Strings that are proposed, with their counts in training.
    fn found(dictionary: &Dictionary, text: &str, skip: Option<u32>) -> Vec<(String, u32, u32)> {
        let document = document("x", text);
        let text = document.text();
        let index = CharIndex::new(&text);
        let places = dictionary.places(&document, skip, Detector::default());
        places.into_iter().map(|of| (index.slice(of.start, of.end).unwrap().into(), of.evidence.annotated, of.evidence.others)).collect()
    }

    fn row(text: &str, annotated: u32, others: u32) -> (String, u32, u32) {
        (text.to_owned(), annotated, others)
    }

    #[test]
    fn training_counts_what_it_annotates_and_what_it_does_not() {
        let train = [document("1", "a cold wind, a [cold|D4] and [odd spells|D9]"), document("2", "[odd spells|D9] and a cold")];
        let (learned, counts) = Dictionary::learn(&vocabulary(), &disease(), &train);
        let all = [row("cold", 1, 2), row("odd spell", 2, 0), row("Breast Cancers", 0, 0)];
        assert_eq!(found(&learned, "cold, odd spell, Breast Cancers", None), all);
        // Without a document, what that document says is unknown.
        assert_eq!(found(&learned, "cold, odd spell", Some(0)), [row("odd spell", 1, 0)]);
        assert_eq!(found(&learned, "cold, odd spell", Some(1)), [row("cold", 1, 1), row("odd spell", 1, 0)]);
        let again = Dictionary::new(&vocabulary(), &disease(), &counts);
        assert_eq!(found(&again, "cold, odd spell, Breast Cancers", None), all);
    }

    #[test]
    fn what_training_seldom_annotates_is_not_proposed() {
        let train: Vec<Document> = (0..12).map(|at| document(&at.to_string(), "a cold wind")).collect();
        let (learned, _) = Dictionary::learn(&vocabulary(), &disease(), &train);
        assert!(found(&learned, "a cold", None).is_empty());
        // With all but one document left out it would be proposed: that is what learning has to see.
        let (learned, _) = Dictionary::learn(&vocabulary(), &disease(), &train[..1]);
        assert_eq!((found(&learned, "a cold", None), found(&learned, "a cold", Some(0))), (vec![], vec![row("cold", 0, 0)]));
    }

    #[test]
    fn short_forms_and_coordinated_names_are_proposed_as_the_document_has_them() {
        let (learned, _) = Dictionary::learn(&vocabulary(), &disease(), &[]);
        assert!(found(&learned, "the BC is here", None).is_empty());
        let texts = |text: &str| found(&learned, text, None).into_iter().map(|(text, ..)| text).collect::<Vec<_>>();
        assert_eq!(texts("In breast cancer (BC) the BC was."), ["breast cancer", "BC", "BC"]);
        assert!(texts("the buffy coat (BC) is BC").is_empty());
        assert_eq!(texts("breast and ovarian cancer"), ["breast and ovarian cancer", "ovarian cancer"]);
    }
}
