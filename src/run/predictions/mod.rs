//! Packed predictions of a run: the mentions that each head predicts on dev and test, MEN's confidence in each of its own, and how well the
//! words of each span are known. Offsets, types and concepts, no text.
//!
//! They are written against the run's gold table ([`super::gold`]), without which they cannot be read: a predicted mention that is a gold
//! one, or whose span the other head predicts too, is one flag.

mod columns;
#[cfg(test)]
mod tests;

use super::gold::{GoldSplit, GoldTable};
use super::pack::{Cursor, Opened, PackError, PackKind, open, push_text, seal};
use crate::corpus::{Document, OovSubset};
use crate::evaluate::{
    ConceptSet, DocumentCounts, Gold, KitView, Split, SplitScores, SubsetScores, boundary_inconsistency, mention_concepts, subset_counts,
};
use columns::{COLUMNS_OF_SPLIT, Concepts, pack_split, unpack_split};
use std::collections::BTreeMap;
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
