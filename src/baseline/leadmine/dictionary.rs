//! The dictionary: names and training's strings as one automaton, matched leftmost-longest, and filtered by its precision on training.

use crate::baseline::concepts::WrittenIds;
use crate::baseline::found::mentions;
use crate::corpus::{ConceptIds, Document, sentences};
use crate::evaluate::SurfaceDictionary;
use crate::lexicon::dictionary::term::{self, Unit, units, written};
use crate::lexicon::{Lexicon, NameKind};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::collections::{BTreeMap, HashMap};

/// Where an entry comes from; of several sources of one string the first decides what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    Training,
    /// A name of the vocabulary, in its ways of writing.
    Name,
    /// A name with another word for the kind of disease.
    LaxVariant,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub source: Source,
    pub entity_type: String,
    pub concept: Option<ConceptIds>,
    /// A word with a letter case of its own that only the vocabulary has: it counts where the document defines it.
    pub needs_definition: bool,
    /// Of a name: how it is bound to its concept, and the concept's count in training (the larger first); what decides between concepts.
    rank: (NameKind, std::cmp::Reverse<usize>),
}

/// A place of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    pub entry: usize,
    pub start: usize,
    pub end: usize,
}

pub struct Dictionary {
    entries: Vec<Entry>,
    by_pattern: HashMap<String, usize>,
    automaton: AhoCorasick,
    /// Strings that were left out because training seldom annotates them.
    pub dropped: usize,
}

/// Marks the ends of a form, so that an entry begins and ends with whole words.
const OPEN: char = '\u{2}';
const CLOSE: char = '\u{3}';

fn pattern<'a>(forms: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for form in forms {
        text.push(OPEN);
        text.push_str(form);
        text.push(CLOSE);
    }
    text
}

/// Rounds of leaving out: what a long entry hid may be found in the next.
const ROUNDS: usize = 10;

impl Dictionary {
    /// Names of the vocabulary, which are of `lexicon_type`, and strings of training; without those that training annotates in a smaller
    /// share of their places than `least_precision`.
    pub fn new(
        lexicon: &Lexicon,
        lexicon_type: &str,
        train: &[Document],
        entity_types: &[String],
        least_precision: f64,
    ) -> Result<Self, aho_corasick::BuildError> {
        let ids = WrittenIds::learn(lexicon, train, entity_types);
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        for entity_type in entity_types {
            let dictionary = SurfaceDictionary::of(train, std::slice::from_ref(entity_type));
            for mention in train.iter().flat_map(|document| mentions(document, std::slice::from_ref(entity_type))) {
                let forms = term::forms(&mention.text);
                if forms.is_empty() {
                    continue;
                }
                let concept = dictionary.concept_of(&mention.text).filter(|concept| !concept.is_empty()).map(ConceptIds::from);
                entries.entry(pattern(forms.iter().map(String::as_str))).or_insert(Entry {
                    source: Source::Training,
                    entity_type: entity_type.clone(),
                    concept,
                    needs_definition: false,
                    rank: (NameKind::Preferred, std::cmp::Reverse(0)),
                });
            }
        }
        for (at, concept) in lexicon.concepts().iter().enumerate() {
            for name in &concept.names {
                for written in written(&name.text) {
                    let entry = Entry {
                        source: if written.lax { Source::LaxVariant } else { Source::Name },
                        entity_type: lexicon_type.to_owned(),
                        concept: Some(ids.write(lexicon, at).into()),
                        needs_definition: written.needs_definition,
                        rank: (name.kind, std::cmp::Reverse(ids.count(at))),
                    };
                    match entries.entry(pattern(written.forms.iter().map(String::as_str))) {
                        std::collections::btree_map::Entry::Vacant(place) => drop(place.insert(entry)),
                        std::collections::btree_map::Entry::Occupied(mut place) => {
                            let known = place.get();
                            if (entry.source, entry.rank) < (known.source, known.rank) {
                                place.insert(entry);
                            }
                        }
                    }
                }
            }
        }
        Self::filtered(entries, train, least_precision)
    }

    fn filtered(mut entries: BTreeMap<String, Entry>, train: &[Document], least_precision: f64) -> Result<Self, aho_corasick::BuildError> {
        let all = entries.len();
        // Entries that training's text has: only these can be left out, and a round looks at no others.
        for _ in 0..ROUNDS {
            let mut dictionary = Self::build(entries)?;
            let mut counts = vec![(0_usize, 0_usize); dictionary.entries.len()];
            for (index, document) in train.iter().enumerate() {
                for found in dictionary.matches(index, document) {
                    let entry = &dictionary.entries[found.entry];
                    let annotated = document.mentions.iter().any(|mention| {
                        (mention.start, mention.end) == (found.start, found.end) && mention.entity_type == entry.entity_type
                    });
                    counts[found.entry].0 += usize::from(annotated);
                    counts[found.entry].1 += 1;
                }
            }
            let seldom = |at: usize| (counts[at].0 as f64) < least_precision * counts[at].1 as f64;
            if !(0..counts.len()).any(seldom) {
                dictionary.dropped = all - dictionary.entries.len();
                return Ok(dictionary);
            }
            let Dictionary { entries: built, by_pattern, .. } = dictionary;
            let mut patterns: Vec<(String, usize)> = by_pattern.into_iter().collect();
            patterns.sort_unstable_by_key(|(_, at)| *at);
            entries = patterns.into_iter().zip(built).filter(|((_, at), _)| !seldom(*at)).map(|((text, _), entry)| (text, entry)).collect();
        }
        let mut dictionary = Self::build(entries)?;
        dictionary.dropped = all - dictionary.entries.len();
        Ok(dictionary)
    }

    fn build(entries: BTreeMap<String, Entry>) -> Result<Self, aho_corasick::BuildError> {
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(entries.keys())?;
        let (patterns, entries): (Vec<String>, Vec<Entry>) = entries.into_iter().unzip();
        let by_pattern = patterns.into_iter().enumerate().map(|(at, pattern)| (pattern, at)).collect();
        Ok(Self { entries, by_pattern, automaton, dropped: 0 })
    }

    pub fn entry(&self, at: usize) -> &Entry {
        &self.entries[at]
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Number of the entry that is the whole of `text`.
    pub fn find(&self, text: &str) -> Option<usize> {
        self.find_forms(&term::forms(text))
    }

    pub fn find_forms(&self, forms: &[String]) -> Option<usize> {
        if forms.is_empty() {
            return None;
        }
        self.by_pattern.get(&pattern(forms.iter().map(String::as_str))).copied()
    }

    /// Entries from left to right within each sentence, the longest at each place; none overlap.
    pub fn matches(&self, index: usize, document: &Document) -> Vec<Match> {
        let mut found = Vec::new();
        for sentence in sentences(index, document) {
            self.matches_in(&units(&sentence.tokens), &mut found);
        }
        found
    }

    fn matches_in(&self, units: &[Unit], found: &mut Vec<Match>) {
        let mut text = String::new();
        let mut starts = Vec::with_capacity(units.len());
        for unit in units {
            starts.push(text.len());
            text.push_str(&pattern(std::iter::once(unit.form.as_str())));
        }
        for hit in self.automaton.find_iter(&text) {
            let first = starts.partition_point(|&at| at < hit.start());
            let last = starts.partition_point(|&at| at < hit.end()) - 1;
            found.push(Match { entry: hit.pattern().as_usize(), start: units[first].start, end: units[last].end });
        }
    }
}
