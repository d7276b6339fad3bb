//! MER's errors: boundaries, types, and mentions that are missed or made up.

use super::context::{Example, Who, keep};
use super::entity::Entity;
use super::lexicon::Lexicon;
use super::split::{PairedDocument, PairedSplit};
use crate::corpus::CharIndex;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// How MER's mentions differ from gold's. `right + boundary errors + wrong_type + missed` are all gold mentions,
/// `right + boundary errors + wrong_type + spurious` all predictions.
#[derive(Clone, Debug, PartialEq)]
pub struct Recognition {
    pub gold: u64,
    pub predicted: u64,
    /// The same span and type.
    pub right: u64,
    /// A span that meets a gold mention of another type.
    pub wrong_type: u64,
    pub missed: u64,
    pub spurious: u64,
    /// Too long, too short, shifted.
    pub boundaries: [BoundaryErrors; 3],
    pub missed_strings: Vec<Surface>,
    pub spurious_strings: Vec<Surface>,
}

/// A predicted span beside the gold one that it overlaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BoundaryKind {
    /// It holds the gold span.
    TooLong,
    /// It lies in the gold span.
    TooShort,
    /// It does neither.
    Shifted,
}

/// Words that make the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BoundaryChange {
    AddedBefore,
    AddedAfter,
    LostBefore,
    LostAfter,
}

/// The boundary errors of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundaryErrors {
    pub kind: BoundaryKind,
    pub count: u64,
    /// Which words, in lower case, were added or lost, and how often.
    pub words: Vec<(BoundaryChange, String, u64)>,
    pub examples: Vec<Example>,
}

/// Mentions that read alike, letters in lower case.
#[derive(Clone, Debug, PartialEq)]
pub struct Surface {
    pub text: String,
    /// Errors.
    pub count: u64,
    /// Gold mentions of the split that read so.
    pub gold: u64,
    /// Mentions of training that read so.
    pub in_train: u64,
    pub examples: Vec<Example>,
}

pub(super) fn recognition(split: &PairedSplit, lexicon: &Lexicon) -> Recognition {
    let kinds = [BoundaryKind::TooLong, BoundaryKind::TooShort, BoundaryKind::Shifted];
    let mut found = Recognition {
        gold: 0,
        predicted: 0,
        right: 0,
        wrong_type: 0,
        missed: 0,
        spurious: 0,
        boundaries: kinds.map(|kind| BoundaryErrors { kind, count: 0, words: Vec::new(), examples: Vec::new() }),
        missed_strings: Vec::new(),
        spurious_strings: Vec::new(),
    };
    let mut words: [BTreeMap<(BoundaryChange, String), u64>; 3] = Default::default();
    let (mut missed, mut spurious) = (Strings::new(split, lexicon), Strings::new(split, lexicon));
    for page in &split.documents {
        found.gold += page.gold.len() as u64;
        found.predicted += page.mer.len() as u64;
        for &(g, p) in &page.recognised.pairs {
            let (gold, predicted) = (&page.gold[g], &page.mer[p]);
            if gold.entity_type != predicted.entity_type {
                found.wrong_type += 1;
            } else if gold.same_span(predicted) {
                found.right += 1;
            } else {
                let kind = kind(gold, predicted);
                let errors = &mut found.boundaries[kind as usize];
                errors.count += 1;
                keep(&mut errors.examples, page, &[(Who::Gold, gold), (Who::Mer, predicted)]);
                for change in changes(page, gold, predicted) {
                    *words[kind as usize].entry(change).or_default() += 1;
                }
            }
        }
        for &g in &page.recognised.missed {
            found.missed += 1;
            missed.add(page, Who::Gold, &page.gold[g]);
        }
        for &p in &page.recognised.spurious {
            found.spurious += 1;
            spurious.add(page, Who::Mer, &page.mer[p]);
        }
    }
    for (errors, words) in found.boundaries.iter_mut().zip(words) {
        errors.words = words.into_iter().map(|((change, words), n)| (change, words, n)).collect();
        errors.words.sort_by_key(|(_, _, n)| Reverse(*n));
    }
    found.missed_strings = missed.sorted();
    found.spurious_strings = spurious.sorted();
    found
}

fn kind(gold: &Entity, predicted: &Entity) -> BoundaryKind {
    if predicted.start <= gold.start && predicted.end >= gold.end {
        BoundaryKind::TooLong
    } else if predicted.start >= gold.start && predicted.end <= gold.end {
        BoundaryKind::TooShort
    } else {
        BoundaryKind::Shifted
    }
}

/// What lies between the two starts and between the two ends.
fn changes(page: &PairedDocument, gold: &Entity, predicted: &Entity) -> Vec<(BoundaryChange, String)> {
    use BoundaryChange::{AddedAfter, AddedBefore, LostAfter, LostBefore};
    let index = CharIndex::new(&page.text);
    let words = |start: usize, end: usize| index.slice(start, end).unwrap_or_default().trim().to_lowercase();
    let mut found = Vec::new();
    if predicted.start != gold.start {
        let change = if predicted.start < gold.start { AddedBefore } else { LostBefore };
        found.push((change, words(predicted.start.min(gold.start), predicted.start.max(gold.start))));
    }
    if predicted.end != gold.end {
        let change = if predicted.end > gold.end { AddedAfter } else { LostAfter };
        found.push((change, words(predicted.end.min(gold.end), predicted.end.max(gold.end))));
    }
    found
}

/// Errors gathered by the string that they are about.
struct Strings<'a> {
    gold: BTreeMap<String, u64>,
    lexicon: &'a Lexicon,
    found: BTreeMap<String, (u64, Vec<Example>)>,
}

impl<'a> Strings<'a> {
    fn new(split: &PairedSplit, lexicon: &'a Lexicon) -> Self {
        let mut gold = BTreeMap::new();
        for entity in split.documents.iter().flat_map(|page| &page.gold) {
            *gold.entry(entity.key()).or_default() += 1;
        }
        Self { gold, lexicon, found: BTreeMap::new() }
    }

    fn add(&mut self, page: &PairedDocument, who: Who, entity: &Entity) {
        let (count, examples) = self.found.entry(entity.key()).or_default();
        *count += 1;
        keep(examples, page, &[(who, entity)]);
    }

    fn sorted(self) -> Vec<Surface> {
        let surface = |(text, (count, examples)): (String, (u64, Vec<Example>))| Surface {
            count,
            gold: self.gold.get(&text).copied().unwrap_or(0),
            in_train: self.lexicon.mentions_of(&text),
            text,
            examples,
        };
        let mut all: Vec<Surface> = self.found.into_iter().map(surface).collect();
        all.sort_by_key(|surface| Reverse(surface.count));
        all
    }
}
