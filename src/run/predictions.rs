//! Packed predictions of a run: the mentions that each head predicts on dev and test, MEN's confidence in each of its own, and how well the
//! words of each span are known. Offsets, types and concepts, no text.
//!
//! They are written against the run's gold table ([`super::gold`]), without which they cannot be read: a predicted mention that is a gold
//! one, or whose span the other head predicts too, is one flag.

use super::gold::{GoldSplit, GoldTable};
use super::pack::{Cursor, Opened, PackError, PackKind, open, push, push_text, seal};
use crate::corpus::{Document, Mention, OovSubset};
use crate::evaluate::{
    ConceptSet, DocumentCounts, Gold, KitView, Split, SplitScores, SubsetScores, boundary_inconsistency, mention_concepts, subset_counts,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A span in a split: (index of the document, start, end), in characters.
pub type Span = (usize, usize, usize);

/// What a run predicts for a split: one document for each of the gold ones, in their order, without text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SplitPredictions {
    /// Spans with type.
    pub mer: Vec<Document>,
    /// Spans with type and concept.
    pub men: Vec<Document>,
    /// MEN's confidence in each of its mentions, one row per document: 255 stands for a probability of 1. Empty where the system gives none.
    pub confidence: Vec<Vec<u8>>,
    /// Which word lists hold the words of each gold and each predicted span; empty where that is not known.
    pub subsets: BTreeMap<Span, OovSubset>,
}

/// A split with all that is needed to score it: its gold annotations and a run's predictions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoredSplit<'a> {
    pub entity_types: &'a [String],
    pub gold: &'a GoldSplit,
    pub predicted: SplitPredictions,
}

impl ScoredSplit<'_> {
    /// The kit's counts of each document, and the totals of mentions (MER) and concepts (MEN).
    pub fn counts(&self) -> (Vec<DocumentCounts>, [KitView; 2]) {
        Gold::new(&self.gold.documents, self.entity_types).documents_and_totals(&self.predicted.mer, &self.predicted.men)
    }

    /// The scores of the split that need no text; the others (token rows, token accuracy, mentions that no token boundaries fit, sizes of the
    /// OOV subsets) are left at 0. Counts of OOV subsets are there where the predictions know the subset of each span.
    pub fn scores(&self, training: &ConceptSet) -> SplitScores {
        let (gold_documents, SplitPredictions { mer, men, subsets, .. }) = (&self.gold.documents, &self.predicted);
        let gold = Gold::new(gold_documents, self.entity_types);
        let (documents, [mention, concept]) = self.counts();
        let (seen_concepts, unseen_concepts) = gold.concepts_by_training(men, training);
        let by_place: BTreeMap<Span, OovSubset> = subsets
            .iter()
            .filter_map(|((index, start, end), subset)| Some(((gold.place_of(&gold_documents[*index].id)?, *start, *end), *subset)))
            .collect();
        let subset = |place| by_place.get(&place).copied().unwrap_or(OovSubset::Oobv);
        let rows = subset_counts(&gold, gold_documents, mer, men, subset).into_iter().zip(OovSubset::ALL);
        let row = |(counts, subset)| SubsetScores { subset, mentions: 0, unique_strings: 0, unique_pairs: 0, counts };
        SplitScores {
            mention,
            concept,
            mention_concept: mention_concepts(&gold, gold_documents, men),
            boundary: boundary_inconsistency(&gold, gold_documents, mer, men, &self.gold.sentences),
            oov: if subsets.is_empty() { Vec::new() } else { rows.map(row).collect() },
            seen_concepts,
            unseen_concepts,
            documents,
            ..SplitScores::default()
        }
    }
}

/// The predictions of a run on dev and test, packed.
#[derive(Clone, PartialEq)]
pub struct Predictions {
    gold: Arc<GoldTable>,
    /// Columns of dev, then of test.
    columns: Vec<Vec<u8>>,
    sha256: String,
    run_id: String,
}

impl std::fmt::Debug for Predictions {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Predictions").field("run_id", &self.run_id).field("sha256", &self.sha256).finish_non_exhaustive()
    }
}

/// The file of a run's predictions, opened: it says what it belongs to, and can be read beside its gold table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    run_id: String,
    gold: String,
    columns: Vec<Vec<u8>>,
    sha256: String,
}

impl Packed {
    /// # Errors
    /// Bytes that are no predictions, or not whole.
    pub fn open(bytes: &[u8]) -> Result<Self, PackError> {
        let Opened { header, columns, sha256 } = open(PackKind::Predictions, bytes)?;
        let header = String::from_utf8(header).map_err(|_| PackError::Other("its header is not UTF-8"))?;
        let (run_id, gold) = header.split_once('\n').ok_or(PackError::Other("its header does not name a run and a gold table"))?;
        if columns.len() != 2 * COLUMNS_OF_SPLIT + 1 {
            return Err(PackError::Other("it has other columns than predictions"));
        }
        Ok(Self { run_id: run_id.to_owned(), gold: gold.to_owned(), columns, sha256 })
    }

    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    /// Hex SHA-256 of the gold table.
    pub fn gold(&self) -> &str {
        &self.gold
    }

    /// Hex SHA-256 of the content.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// # Errors
    /// Another gold table than that of these predictions.
    pub fn against(self, gold: Arc<GoldTable>) -> Result<Predictions, PackError> {
        if gold.sha256() != self.gold {
            return Err(PackError::Other("it was packed against another gold table"));
        }
        Ok(Predictions { gold, columns: self.columns, sha256: self.sha256, run_id: self.run_id })
    }
}

/// Columns of a head, and of a split: those of its two heads, MEN's confidence, and the subsets of spans. The last two begin with whether
/// there are any.
const COLUMNS_OF_HEAD: usize = 6;
const COLUMNS_OF_SPLIT: usize = 2 * COLUMNS_OF_HEAD + 2;

impl Predictions {
    /// Packs what a run predicts on dev and on test.
    ///
    /// # Errors
    /// Predictions that are not of the gold documents, reversed spans, or types that are not scored.
    pub fn new(run_id: &str, gold: Arc<GoldTable>, dev: &SplitPredictions, test: &SplitPredictions) -> Result<Self, PackError> {
        let mut columns = Vec::new();
        let mut extra = Concepts::new(&gold);
        for (split, predicted) in Split::ALL.into_iter().zip([dev, test]) {
            columns.extend(pack_split(&gold, gold.split(split), predicted, &mut extra)?);
        }
        let mut more = Vec::new();
        extra.more.iter().for_each(|concept| push_text(&mut more, concept));
        columns.push(more);
        let mut predictions = Self { gold, columns, sha256: String::new(), run_id: run_id.to_owned() };
        predictions.sha256 = predictions.pack().1;
        Ok(predictions)
    }

    /// Hex SHA-256 of the content.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    pub fn gold(&self) -> &Arc<GoldTable> {
        &self.gold
    }

    /// The concepts that training has.
    pub fn training_concepts(&self) -> ConceptSet {
        self.gold.training_concepts()
    }

    /// The file of the predictions, and its digest.
    pub fn pack(&self) -> (Vec<u8>, String) {
        let header = format!("{}\n{}", self.run_id, self.gold.sha256());
        seal(PackKind::Predictions, header.as_bytes(), &self.columns)
    }

    /// A split's predictions beside its gold annotations.
    ///
    /// # Errors
    /// Columns that say what cannot be.
    pub fn split(&self, split: Split) -> Result<ScoredSplit<'_>, PackError> {
        let (gold, predicted) = (self.gold.split(split), self.unpacked(split)?);
        Ok(ScoredSplit { entity_types: &self.gold.entity_types, gold, predicted })
    }

    /// A split's predictions alone.
    ///
    /// # Errors
    /// As [`Self::split`].
    pub fn unpacked(&self, split: Split) -> Result<SplitPredictions, PackError> {
        let gold = self.gold.split(split);
        let (mut concepts, mut more) = (Concepts::new(&self.gold), Cursor::new("concepts", self.columns.last().map_or(&[], |c| c)));
        while !more.is_empty() {
            concepts.more.push(more.text()?.to_owned());
        }
        let at = COLUMNS_OF_SPLIT * split as usize;
        unpack_split(&self.gold, gold, &self.columns[at..at + COLUMNS_OF_SPLIT], &concepts)
    }
}

/// Concept strings by number: 0 is that of the gold mention with the same span and type, 1 none, then those of the gold table, then others.
struct Concepts<'a> {
    table: &'a [String],
    place: BTreeMap<&'a str, u64>,
    more: Vec<String>,
}

const AS_GOLD: u64 = 0;
const NO_CONCEPT: u64 = 1;
const FIRST: u64 = 2;

impl<'a> Concepts<'a> {
    fn new(gold: &'a GoldTable) -> Self {
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

fn pack_split(
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

fn unpack_split(table: &GoldTable, gold: &GoldSplit, columns: &[Vec<u8>], concepts: &Concepts) -> Result<SplitPredictions, PackError> {
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

#[cfg(test)]
mod tests {
    use super::super::gold::tests::{mini, table};
    use super::*;
    use proptest::prelude::*;
    use rand_core::{Rng, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    const TYPES: [&str; 2] = ["Disease", "Chemical"];

    /// Mentions at gold places, at places of the other head, and elsewhere; some twice; with concepts of gold, of the table, of none.
    fn head() -> impl Strategy<Value = Vec<(prop::sample::Index, usize, usize, usize, Option<String>)>> {
        let concept = prop::option::of(prop_oneof![Just("as gold".to_owned()), "MESH:D0000[0-9]{2}", "new [a-c]"]);
        prop::collection::vec((any::<prop::sample::Index>(), 0..300_usize, 0..30_usize, 0..4_usize, concept), 0..60)
    }

    fn documents(gold: &GoldSplit, head: &[(prop::sample::Index, usize, usize, usize, Option<String>)]) -> Vec<Document> {
        let mut documents: Vec<Document> =
            gold.documents.iter().map(|document| Document { id: document.id.clone(), ..Document::default() }).collect();
        for (document, start, length, kind, concept) in head {
            let index = document.index(documents.len());
            let known = &gold.documents[index].mentions;
            let mention = match known.get(*start % (known.len() + 1)) {
                Some(gold) if *kind > 1 => {
                    let concept =
                        if concept.as_deref() == Some("as gold") { gold.concept.clone() } else { concept.clone().map(Into::into) };
                    Mention { concept, ..gold.clone() }
                }
                _ => {
                    let (entity_type, concept) = (TYPES[kind % 2].to_owned(), concept.clone());
                    Mention { start: *start, end: start + length, entity_type, concept: concept.map(Into::into), ..Mention::default() }
                }
            };
            documents[index].mentions.push(mention);
        }
        documents
    }

    /// Start, end, type, concept.
    type Row = (usize, usize, String, Option<crate::corpus::ConceptIds>);

    fn sorted(documents: &[Document]) -> Vec<Vec<Row>> {
        let row = |document: &Document| {
            let key = |m: &Mention| (m.start, m.end, m.entity_type.clone(), m.concept.clone());
            let mut row: Vec<_> = document.mentions.iter().map(key).collect();
            row.sort();
            row
        };
        documents.iter().map(row).collect()
    }

    fn predictions(gold: &GoldSplit, mer: Vec<Document>, men: Vec<Document>) -> SplitPredictions {
        let confidence = men.iter().map(|document| document.mentions.iter().map(|m| (7 * m.start + m.end) as u8).collect()).collect();
        let mut subsets = BTreeMap::new();
        for documents in [&gold.documents, &mer, &men] {
            for (index, document) in documents.iter().enumerate() {
                for mention in &document.mentions {
                    let span = (index, mention.start, mention.end);
                    subsets.insert(span, OovSubset::ALL[(mention.start + index) % 4]);
                }
            }
        }
        SplitPredictions { mer, men, confidence, subsets }
    }

    thread_local! {
        static GOLD: Arc<GoldTable> = Arc::new(table(&mini(), &TYPES));
    }

    fn gold() -> Arc<GoldTable> {
        GOLD.with(Arc::clone)
    }

    fn unpack(bytes: &[u8], gold: &Arc<GoldTable>) -> Result<Predictions, PackError> {
        Packed::open(bytes)?.against(gold.clone())
    }

    proptest! {
        #[test]
        fn predictions_come_back_from_their_file(mer in head(), men in head(), other in head()) {
            let gold = gold();
            let of = |split| {
                let split = gold.split(split);
                predictions(split, documents(split, &mer), documents(split, &men))
            };
            let (dev, mut test) = (of(Split::Dev), of(Split::Test));
            test.mer = documents(gold.split(Split::Test), &other);
            (test.confidence, test.subsets) = (Vec::new(), BTreeMap::new());
            let packed = Predictions::new("run", gold.clone(), &dev, &test).unwrap();
            let (bytes, sha256) = packed.pack();
            let again = unpack(&bytes, &gold).unwrap();
            prop_assert_eq!(again.sha256(), sha256.as_str());
            for (split, expected) in Split::ALL.into_iter().zip([&dev, &test]) {
                let found = again.split(split).unwrap();
                prop_assert_eq!(sorted(&found.predicted.mer), sorted(&expected.mer));
                prop_assert_eq!(sorted(&found.predicted.men), sorted(&expected.men));
                prop_assert_eq!(&found.predicted.subsets, &expected.subsets);
                for (document, row) in found.predicted.men.iter().zip(&found.predicted.confidence) {
                    prop_assert!(document.mentions.iter().zip(row).all(|(m, confidence)| (7 * m.start + m.end) as u8 == *confidence));
                }
                prop_assert_eq!(found.predicted.confidence.is_empty(), expected.confidence.is_empty());
                // What is scored is the same.
                let before = ScoredSplit { predicted: (*expected).clone(), ..found.clone() };
                prop_assert_eq!(found.counts(), before.counts());
            }
        }

        /// The columns of a file with a right digest may still say anything.
        #[test]
        fn columns_of_a_forger_are_an_error_or_predictions(which in 0..2 * COLUMNS_OF_SPLIT + 1, column: Vec<u8>) {
            let gold = gold();
            let split = |split| predictions(gold.split(split), gold.split(split).documents.clone(), gold.split(split).documents.clone());
            let mut packed = Predictions::new("run", gold.clone(), &split(Split::Dev), &split(Split::Test)).unwrap();
            packed.columns[which] = column;
            let again = unpack(&packed.pack().0, &gold).unwrap();
            for split in Split::ALL {
                let _ = again.split(split).map(|split| split.counts());
            }
        }
    }

    /// Predictions of a tagger's quality (F1 of about .85 for mentions, .6 for concepts) with confidences that say nothing, which is the
    /// worst case: with ten kilobytes for the record itself a run stays below 40 KiB.
    #[test]
    fn a_run_on_either_corpus_packs_into_thirty_kilobytes() {
        let Some(data) = crate::registry::test_data_dir() else { return };
        for (name, limit) in [("ncbi-disease", 10 << 10), ("bc5cdr", 30 << 10)] {
            let corpus = crate::registry::load_corpus(name, &data).unwrap();
            let gold = Arc::new(table(&corpus, &["Disease"]));
            let mut random = Xoshiro256PlusPlus::seed_from_u64(7);
            let mut below = move |n: u64| random.next_u64() % n;
            let mut split = |split| {
                let split = gold.split(split);
                let mut head = |concepts: bool| -> Vec<Document> {
                    let mut documents = split.documents.clone();
                    for mention in documents.iter_mut().flat_map(|document| &mut document.mentions) {
                        if below(100) < 15 {
                            (mention.start, mention.end) = (mention.start + 7, mention.end + 7 + below(9) as usize);
                        }
                        if !concepts {
                            mention.concept = None;
                        } else if below(100) < 40 {
                            mention.concept = Some(gold.concepts[below(gold.concepts.len() as u64) as usize].as_str().into());
                        }
                    }
                    documents
                };
                let (mer, men) = (head(false), head(true));
                let mut predicted = predictions(split, mer, men);
                predicted.confidence.iter_mut().flatten().for_each(|confidence| *confidence = below(256) as u8);
                predicted
            };
            let (dev, test) = (split(Split::Dev), split(Split::Test));
            let packed = Predictions::new(&"0".repeat(64), gold.clone(), &dev, &test).unwrap();
            let (pack, table) = (packed.pack().0.len(), gold.pack().0.len());
            println!("{name}: {pack} bytes of predictions, {table} of gold");
            assert!(pack < limit && table < 250_000, "{name}: {pack} bytes of predictions, {table} of gold");
        }
    }

    #[test]
    fn what_cannot_be_packed_is_an_error() {
        let gold = gold();
        let empty = |split| {
            let documents = documents(gold.split(split), &[]);
            SplitPredictions { mer: documents.clone(), men: documents, ..SplitPredictions::default() }
        };
        let (dev, test) = (empty(Split::Dev), empty(Split::Test));
        let why = |dev: &SplitPredictions| Predictions::new("run", gold.clone(), dev, &test).map(|_| ()).unwrap_err().to_string();
        let mut fewer = dev.clone();
        fewer.men.pop();
        assert!(why(&fewer).contains("one for each"));
        let with = |entity_type: &str, start, end| {
            let mut other = dev.clone();
            other.mer[0].mentions.push(Mention { start, end, entity_type: entity_type.into(), ..Mention::default() });
            other
        };
        assert!(why(&with("Gene", 0, 3)).contains("not scored"));
        assert!(why(&with("Disease", 3, 0)).contains("ends before"));
        let mut unsure = dev.clone();
        unsure.confidence = vec![vec![1]; unsure.men.len()];
        assert!(why(&unsure).contains("confidence"));
        // Predictions of one gold table are none of another.
        let packed = Predictions::new("run", gold.clone(), &dev, &test).unwrap().pack().0;
        let other = Arc::new(table(&mini(), &["Disease"]));
        assert_eq!(unpack(&packed, &other), Err(PackError::Other("it was packed against another gold table")));
    }
}
