//! The columns of a file of predictions: one split's mentions, by head, as numbers against the gold table.

use super::SplitPredictions;
use crate::corpus::{Document, Mention, OovSubset};
use crate::run::gold::{GoldSplit, GoldTable};
use crate::run::pack::{Cursor, PackError, push};
use std::collections::{BTreeMap, BTreeSet};

const COLUMNS_OF_HEAD: usize = 6;
pub(super) const COLUMNS_OF_SPLIT: usize = 2 * COLUMNS_OF_HEAD + 2;

/// Concept strings by number: 0 is that of the gold mention with the same span and type, 1 none, then those of the gold table, then others.
pub(super) struct Concepts<'a> {
    table: &'a [String],
    place: BTreeMap<&'a str, u64>,
    pub more: Vec<String>,
}

const AS_GOLD: u64 = 0;
const NO_CONCEPT: u64 = 1;
const FIRST: u64 = 2;

impl<'a> Concepts<'a> {
    pub fn new(gold: &'a GoldTable) -> Self {
        let place = gold.concepts.iter().map(String::as_str).zip(FIRST..).collect();
        Self { table: &gold.concepts, place, more: Vec::new() }
    }

    fn number(&mut self, concept: Option<&str>) -> u64 {
        let Some(concept) = concept else { return NO_CONCEPT };
        if let Some(number) = self.place.get(concept) {
            return *number;
        }
        let known = self.more.iter().position(|known| known == concept);
        let place = known.unwrap_or_else(|| {
            self.more.push(concept.to_owned());
            self.more.len() - 1
        });
        FIRST + (self.table.len() + place) as u64
    }

    fn named(&self, number: u64) -> Option<&str> {
        let place = (number - FIRST) as usize;
        self.table.get(place).or_else(|| self.more.get(place - self.table.len())).map(String::as_str)
    }

    fn limit(&self) -> usize {
        FIRST as usize + self.table.len() + self.more.len()
    }
}

/// A mention's place among those of its document: start, end, number of its type.
type Key = (usize, usize, usize);

fn key(mention: &Mention, types: &[String]) -> Result<Key, PackError> {
    let entity_type = types.iter().position(|name| *name == mention.entity_type);
    let entity_type = entity_type.ok_or(PackError::Other("a predicted mention has a type that is not scored"))?;
    if mention.end < mention.start {
        return Err(PackError::Other("a predicted mention ends before it begins"));
    }
    Ok((mention.start, mention.end, entity_type))
}

/// What is known of one document before a head's predictions are read: the places where a mention may be expected, and the first gold concept
/// at each.
struct Expected<'a> {
    places: BTreeSet<Key>,
    concepts: BTreeMap<Key, Option<&'a str>>,
}

impl<'a> Expected<'a> {
    fn of_gold(document: &'a Document, types: &[String]) -> Result<Self, PackError> {
        let mut expected = Self { places: BTreeSet::new(), concepts: BTreeMap::new() };
        for mention in &document.mentions {
            let key = key(mention, types)?;
            expected.places.insert(key);
            expected.concepts.entry(key).or_insert(mention.concept.as_deref());
        }
        Ok(expected)
    }

    fn gold_concept(&self, key: &Key) -> Option<Option<&'a str>> {
        self.concepts.get(key).copied()
    }
}

/// The columns of one head on one split.
#[derive(Default)]
struct HeadColumns {
    /// Whether there is a mention at each expected place.
    flags: Vec<u8>,
    /// Mentions elsewhere, one number a document; then the distance of their starts, their lengths and types.
    others: Vec<u8>,
    starts: Vec<u8>,
    lengths: Vec<u8>,
    types: Vec<u8>,
    /// Of all mentions: those at expected places, then those elsewhere.
    concepts: Vec<u8>,
}

impl HeadColumns {
    /// Appends one document, and gives the order in which its mentions are written.
    fn push(
        &mut self,
        document: &Document,
        types: &[String],
        expected: &mut Expected,
        concepts: &mut Concepts,
    ) -> Result<Vec<usize>, PackError> {
        let mut sorted = Vec::new();
        for (place, mention) in document.mentions.iter().enumerate() {
            sorted.push((key(mention, types)?, place));
        }
        sorted.sort_unstable();
        // The first mention at an expected place is a flag.
        let mut left = expected.places.clone();
        let (hits, others): (Vec<_>, Vec<_>) = sorted.into_iter().partition(|(key, _)| left.remove(key));
        self.flags.extend(expected.places.iter().map(|place| u8::from(!left.contains(place))));
        push(&mut self.others, others.len() as u64);
        let mut last = 0;
        for ((start, end, entity_type), _) in &others {
            push(&mut self.starts, (start - last) as u64);
            push(&mut self.lengths, (end - start) as u64);
            push(&mut self.types, *entity_type as u64);
            last = *start;
        }
        let mut order = Vec::new();
        for (key, place) in hits.into_iter().chain(others) {
            let concept = document.mentions[place].concept.as_deref();
            let as_gold = expected.gold_concept(&key).is_some_and(|gold| gold == concept);
            push(&mut self.concepts, if as_gold { AS_GOLD } else { concepts.number(concept) });
            expected.places.insert(key);
            order.push(place);
        }
        Ok(order)
    }

    fn columns(self) -> [Vec<u8>; COLUMNS_OF_HEAD] {
        [self.flags, self.others, self.starts, self.lengths, self.types, self.concepts]
    }
}

pub(super) fn pack_split(
    table: &GoldTable,
    gold: &GoldSplit,
    predicted: &SplitPredictions,
    concepts: &mut Concepts,
) -> Result<Vec<Vec<u8>>, PackError> {
    let SplitPredictions { mer, men, confidence, subsets } = predicted;
    let same = |documents: &[Document]| {
        documents.len() == gold.documents.len() && documents.iter().zip(&gold.documents).all(|(own, gold)| own.id == gold.id)
    };
    if !same(mer) || !same(men) {
        return Err(PackError::Other("the predictions are not of the scored documents, one for each in their order"));
    }
    let (mut mer_columns, mut men_columns) = (HeadColumns::default(), HeadColumns::default());
    let mut confidences = vec![u8::from(!confidence.is_empty())];
    let mut known = vec![u8::from(!subsets.is_empty())];
    for (index, document) in gold.documents.iter().enumerate() {
        let types = &table.entity_types;
        let mut expected = Expected::of_gold(document, types)?;
        mer_columns.push(&mer[index], types, &mut expected, concepts)?;
        let order = men_columns.push(&men[index], types, &mut expected, concepts)?;
        if !confidence.is_empty() {
            let row = confidence.get(index).filter(|row| row.len() == order.len());
            let row = row.ok_or(PackError::Other("MEN's mentions do not have a confidence each"))?;
            confidences.extend(order.into_iter().map(|place| row[place]));
        }
        if !subsets.is_empty() {
            for (start, end) in spans(&expected) {
                let subset = subsets.get(&(index, start, end)).ok_or(PackError::Other("a span has no subset of the vocabulary"))?;
                known.push(*subset as u8);
            }
        }
    }
    let heads = [mer_columns, men_columns].into_iter().flat_map(HeadColumns::columns);
    Ok(heads.chain([confidences, known]).collect())
}

/// The distinct spans of a document's gold and predicted mentions.
fn spans(expected: &Expected) -> BTreeSet<(usize, usize)> {
    expected.places.iter().map(|&(start, end, _)| (start, end)).collect()
}

/// Cursors over the columns of one head.
struct HeadCursors<'a> {
    flags: Cursor<'a>,
    others: Cursor<'a>,
    starts: Cursor<'a>,
    lengths: Cursor<'a>,
    types: Cursor<'a>,
    concepts: Cursor<'a>,
}

impl<'a> HeadCursors<'a> {
    fn new(columns: &'a [Vec<u8>]) -> Self {
        let cursor = |what, place: usize| Cursor::new(what, &columns[place]);
        Self {
            flags: cursor("a flag", 0),
            others: cursor("the number of mentions elsewhere", 1),
            starts: cursor("the start of a mention", 2),
            lengths: cursor("the length of a mention", 3),
            types: cursor("the type of a mention", 4),
            concepts: cursor("the concept of a mention", 5),
        }
    }

    /// The mentions of the next document, in the order in which they were written.
    fn read(&mut self, types: &[String], expected: &mut Expected, concepts: &Concepts) -> Result<Vec<Mention>, PackError> {
        let mut keys = Vec::new();
        for place in &expected.places {
            if self.flags.below(2)? == 1 {
                keys.push(*place);
            }
        }
        let mut last = 0;
        for _ in 0..self.others.count()? {
            last += self.starts.offset()?;
            let end = last + self.lengths.offset()?;
            keys.push((last, end, self.types.below(types.len())?));
        }
        let mut mentions = Vec::new();
        for key in keys {
            let concept = match self.concepts.below(concepts.limit())? as u64 {
                AS_GOLD => {
                    let gold = expected.gold_concept(&key);
                    gold.ok_or(PackError::Other("a mention has the concept of a gold one that is not there"))?
                }
                NO_CONCEPT => None,
                number => concepts.named(number),
            };
            expected.places.insert(key);
            let (start, end, entity_type) = key;
            let (entity_type, concept) = (types[entity_type].clone(), concept.map(str::to_owned));
            mentions.push(Mention { start, end, entity_type, concept: concept.map(Into::into), ..Mention::default() });
        }
        Ok(mentions)
    }

    fn end(self) -> Result<(), PackError> {
        [self.flags, self.others, self.starts, self.lengths, self.types, self.concepts].into_iter().try_for_each(Cursor::end)
    }
}

pub(super) fn unpack_split(
    table: &GoldTable,
    gold: &GoldSplit,
    columns: &[Vec<u8>],
    concepts: &Concepts,
) -> Result<SplitPredictions, PackError> {
    let types = &table.entity_types;
    let mut mer = HeadCursors::new(&columns[..COLUMNS_OF_HEAD]);
    let mut men = HeadCursors::new(&columns[COLUMNS_OF_HEAD..2 * COLUMNS_OF_HEAD]);
    let mut confidences = Cursor::new("a confidence", &columns[2 * COLUMNS_OF_HEAD]);
    let mut known = Cursor::new("a subset of the vocabulary", &columns[2 * COLUMNS_OF_HEAD + 1]);
    let (with_confidence, with_subsets) = (confidences.below(2)? == 1, known.below(2)? == 1);
    let mut split = SplitPredictions::default();
    for (index, document) in gold.documents.iter().enumerate() {
        let mut expected = Expected::of_gold(document, types)?;
        let predicted = |mentions| Document { id: document.id.clone(), mentions, ..Document::default() };
        let mut mentions = mer.read(types, &mut expected, concepts)?;
        mentions.sort_by_key(|mention| (mention.start, mention.end));
        split.mer.push(predicted(mentions));
        let mut rows = Vec::new();
        for mention in men.read(types, &mut expected, concepts)? {
            rows.push((mention, if with_confidence { confidences.byte()? } else { 0 }));
        }
        rows.sort_by_key(|(mention, _)| (mention.start, mention.end));
        if with_confidence {
            split.confidence.push(rows.iter().map(|(_, confidence)| *confidence).collect());
        }
        split.men.push(predicted(rows.into_iter().map(|(mention, _)| mention).collect()));
        if with_subsets {
            for (start, end) in spans(&expected) {
                split.subsets.insert((index, start, end), OovSubset::ALL[known.below(OovSubset::ALL.len())?]);
            }
        }
    }
    mer.end()?;
    men.end()?;
    confidences.end()?;
    known.end()?;
    Ok(split)
}
