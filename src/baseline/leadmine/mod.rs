//! A dictionary system in the manner of LeadMine at BioCreative V (Lowe, O'Boyle and Sayle, Database 2016, baw039): names of MEDIC with
//! their ways of writing, and training's strings, matched leftmost-longest; short forms by their definitions; coordinated mentions.
//!
//! LeadMine itself is closed. Not here: its grammars of systematic names, its Wikipedia redirects (no copy of Wikipedia), its own list of
//! typing errors. Entries that training annotates in less than a given share of their places are left out, which stands for its authors'
//! work on the dictionary by hand.

mod dictionary;

use super::found::{SystemMention, output, without_overlaps};
use super::{System, SystemError, SystemOutput, TrainedSystem, TrainingData, lexicon_type};
use crate::corpus::{CharIndex, Document, sentences};
use crate::evaluate::Split;
use crate::lexicon::abbreviation::{Detector, abbreviations};
use crate::lexicon::dictionary::term::{Unit, units};
use crate::lexicon::dictionary::whole_words;
use dictionary::{Dictionary, Match};
use std::collections::BTreeMap;

/// The system `leadmine`.
pub struct LeadMineSystem;

impl System for LeadMineSystem {
    fn train(&self, data: &TrainingData) -> Result<Box<dyn TrainedSystem>, SystemError> {
        let types = &data.spec.data.entity_types;
        let dictionary =
            Dictionary::new(data.lexicon()?, lexicon_type(types), data.train, types, data.spec.options.leadmine.least_precision);
        Ok(Box::new(LeadMine { dictionary: dictionary.map_err(|error| SystemError::Failed(error.into()))? }))
    }
}

struct LeadMine {
    dictionary: Dictionary,
}

impl TrainedSystem for LeadMine {
    fn predict(&self, _: Split, documents: &[Document]) -> Result<SystemOutput, SystemError> {
        let found: Vec<Vec<SystemMention>> = documents.iter().enumerate().map(|(index, document)| self.annotate(index, document)).collect();
        Ok(output(documents, &found))
    }

    fn facts(&self) -> BTreeMap<String, f64> {
        BTreeMap::from([
            ("strings".to_owned(), self.dictionary.len() as f64),
            ("strings_dropped".to_owned(), self.dictionary.dropped as f64),
        ])
    }
}

impl LeadMine {
    fn annotate(&self, index: usize, document: &Document) -> Vec<SystemMention> {
        let text = document.text();
        let characters = CharIndex::new(&text);
        let matches = self.dictionary.matches(index, document);
        let mut shorts: Vec<(String, Option<SystemMention>)> = Vec::new();
        for definition in abbreviations(&text, Detector::default()) {
            let meant = self.meaning(&definition.long, &matches, &characters);
            shorts.push((definition.short, meant));
        }
        let mut found: Vec<SystemMention> = Vec::new();
        for one in &matches {
            let surface = characters.slice(one.start, one.end).unwrap_or_default();
            let entry = self.dictionary.entry(one.entry);
            // A short form means what the document defines, or what it means everywhere.
            let defined = shorts.iter().any(|(short, _)| short == surface);
            if !defined && !entry.needs_definition {
                found.push(SystemMention {
                    start: one.start,
                    end: one.end,
                    entity_type: entry.entity_type.clone(),
                    concept: entry.concept.clone(),
                });
            }
        }
        for sentence in sentences(index, document) {
            let units = units(&sentence.tokens);
            found.extend(self.coordinated(&units, &matches));
        }
        for (short, meant) in &shorts {
            let Some(meant) = meant else { continue };
            found.extend(whole_words(&text, short).map(|(start, end)| SystemMention { start, end, ..meant.clone() }));
        }
        without_overlaps(found)
    }

    /// What the long form of a short form means: by the dictionary, or by a match at its end that has at least half of its characters.
    fn meaning(&self, long: &str, matches: &[Match], characters: &CharIndex) -> Option<SystemMention> {
        let as_found = |entry: usize| {
            let entry = self.dictionary.entry(entry);
            SystemMention { start: 0, end: 0, entity_type: entry.entity_type.clone(), concept: entry.concept.clone() }
        };
        if let Some(entry) = self.dictionary.find(long) {
            return Some(as_found(entry));
        }
        let ends = |one: &&Match| {
            let surface = characters.slice(one.start, one.end).unwrap_or_default();
            long.ends_with(surface) && 2 * surface.len() >= long.len()
        };
        matches.iter().find(ends).map(|one| as_found(one.entry))
    }

    /// `breast and ovarian cancer` where both `breast cancer` and `ovarian cancer` are entries: one mention with both concepts.
    fn coordinated(&self, units: &[Unit], matches: &[Match]) -> Vec<SystemMention> {
        let mut found = Vec::new();
        for one in matches {
            let Some(first) = units.iter().position(|unit| unit.start == one.start) else { continue };
            let Some(last) = units.iter().position(|unit| unit.end == one.end) else { continue };
            let coordinator = |at: usize| matches!(units[at].form.as_str(), "and" | "or" | "/");
            if first < 2 || last == first || !coordinator(first - 1) {
                continue;
            }
            let forms: Vec<String> =
                std::iter::once(&units[first - 2]).chain(&units[first + 1..=last]).map(|unit| unit.form.clone()).collect();
            let (Some(other), own) = (self.dictionary.find_forms(&forms), self.dictionary.entry(one.entry)) else { continue };
            let other = self.dictionary.entry(other);
            if let (Some(a), Some(b)) = (&other.concept, &own.concept)
                && a != b
                && other.entity_type == own.entity_type
            {
                let concept = Some(format!("{a}|{b}").into());
                found.push(SystemMention { start: units[first - 2].start, end: one.end, entity_type: own.entity_type.clone(), concept });
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::concepts::fixtures::{disease, document, lexicon};

    fn annotate(train: &[&str], least_precision: f64, text: &str) -> Vec<(String, String)> {
        let lexicon = lexicon(&[
            ("MESH:D1", &[], &["Breast Neoplasms", "breast cancer", "BC"]),
            ("MESH:D2", &[], &["Ovarian Neoplasms", "cancer, ovarian"]),
            ("MESH:D3", &[], &["Blurry Eye Disease"]),
            ("MESH:D4", &[], &["cold"]),
        ]);
        let train: Vec<Document> = train.iter().enumerate().map(|(at, text)| document(&at.to_string(), text)).collect();
        let dictionary = Dictionary::new(&lexicon, "Disease", &train, &disease(), least_precision).unwrap();
        let document = document("x", text);
        let whole = document.text();
        let index = CharIndex::new(&whole);
        let found = LeadMine { dictionary }.annotate(0, &document);
        found
            .into_iter()
            .map(|found| (index.slice(found.start, found.end).unwrap().to_owned(), found.concept.unwrap_or_default().to_string()))
            .collect()
    }

    fn rows(rows: &[(&str, &str)]) -> Vec<(String, String)> {
        rows.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn names_are_found_in_their_ways_of_writing() {
        let text = "Tumours of the breast, Ovarian cancers and a blurry-eye syndrome in a cold.";
        let expected = [("Tumours of the breast", "D1"), ("Ovarian cancers", "D2"), ("blurry-eye syndrome", "D3"), ("cold", "D4")];
        assert_eq!(annotate(&[], 0.5, text), rows(&expected));
    }

    #[test]
    fn what_training_seldom_annotates_is_left_out_and_its_strings_are_added() {
        let train = ["a cold wind, a cold night and a [cold|D4] with [odd spells|D9]", "[breast cancer|D7] again"];
        assert_eq!(annotate(&train, 0.5, "cold odd spell, breast cancers"), rows(&[("odd spell", "D9"), ("breast cancers", "D7")]));
        assert_eq!(annotate(&train, 0.2, "cold")[0].1, "D4");
    }

    #[test]
    fn a_short_form_means_what_the_document_says() {
        let defined = annotate(&[], 0.5, "In breast cancer (BC) the BC was BCs. Later BC.");
        assert_eq!(defined, rows(&[("breast cancer", "D1"), ("BC", "D1"), ("BC", "D1"), ("BC", "D1")]));
        assert!(annotate(&[], 0.5, "the buffy coat (BC) is BC").is_empty());
        assert!(annotate(&[], 0.5, "the BC is here").is_empty());
    }

    #[test]
    fn coordinated_names_are_one_mention_of_both() {
        assert_eq!(annotate(&[], 0.5, "breast and ovarian cancer"), rows(&[("breast and ovarian cancer", "D1|D2")]));
        assert_eq!(annotate(&[], 0.5, "men and ovarian cancer"), rows(&[("ovarian cancer", "D2")]));
    }
}
