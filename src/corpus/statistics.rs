//! What a corpus holds, counted: Table 1, its explanation, and every trap that changes a count.

use super::{ConceptIds, Document, Mention, Misfit, Normalisation, Sentence, Vocabulary, align_document, normalise, sentences};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Sentences shorter than this, in tokens, are not looked for in training: they repeat by chance.
pub const SHORTEST_REPEATED_SENTENCE: usize = 6;

/// A corpus's splits, and sums over them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CorpusStatistics {
    /// Name of the corpus.
    pub corpus: String,
    /// Train, dev and test; or one alone, of documents that are no split of a corpus.
    pub splits: Vec<SplitStatistics>,
    /// By type, over the three splits.
    pub table1: BTreeMap<String, Table1Counts>,
}

/// The ways of counting that Table 1's figures can be compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Table1Counts {
    /// Mentions as the files have them.
    pub mentions: usize,
    /// Mentions without those of repeated documents.
    pub mentions_without_repeated_documents: usize,
    /// Distinct pairs of document and single concept id, summed over the splits.
    pub document_concept_pairs: usize,
    /// Distinct whole concept strings, summed over the splits.
    pub concept_strings_summed: usize,
    /// Distinct whole concept strings of the whole corpus.
    pub concept_strings: usize,
    /// Distinct single concept ids of the whole corpus.
    pub concept_ids: usize,
}

/// One split. Types and ids are counted after the corpus's normalisation, but repeated documents are kept, so that the counts
/// are those of the files.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SplitStatistics {
    /// `train`, `dev` or `test`; `all` of documents that are no split.
    pub split: String,
    /// Documents, repeated ones among them.
    pub documents: usize,
    /// Documents whose id stands before in the same split, and their mentions.
    pub repeated_documents: usize,
    /// Mentions of those documents.
    pub mentions_of_repeated_documents: usize,
    /// Sentences.
    pub sentences: usize,
    /// Tokens.
    pub tokens: usize,
    /// Distinct words, cased.
    pub words: usize,
    /// Relations.
    pub relations: usize,
    /// Concept fields as the file has them: with blanks around them, and with the prefix `MESH:`.
    pub ids_with_stray_blanks: usize,
    /// Concept fields with the prefix `MESH:`.
    pub ids_with_mesh_prefix: usize,
    /// Mentions with a seventh field.
    pub with_individual_mentions: usize,
    /// What it shares with training.
    #[serde(flatten)]
    pub overlap: Option<SplitOverlap>,
    /// By entity type.
    pub types: BTreeMap<String, TypeStatistics>,
}

/// What a split shares with the training split of its corpus.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SplitOverlap {
    /// Sentences of at least [`SHORTEST_REPEATED_SENTENCE`] tokens that stand in training word by word (0 for training itself).
    pub sentences_in_training: usize,
    /// The same against the splits before this one, which is what training on train+dev has seen of test.
    pub sentences_in_earlier_splits: usize,
    /// Distinct words that do not stand in training.
    pub words_not_in_training: usize,
    /// Tokens whose word training lacks.
    pub tokens_not_in_training: usize,
}

/// The mentions of one type in one split.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TypeStatistics {
    /// Mentions.
    pub mentions: usize,
    /// Mentions of one word: without white space inside; and of one token.
    pub single_word: usize,
    /// Mentions of one token.
    pub single_token: usize,
    /// Distinct strings of mentions.
    pub distinct_strings: usize,
    /// Distinct single ids: split on `|` and `+`, prefix `MESH:` ignored, `-1` left out.
    pub concept_ids: usize,
    /// Distinct ids by the evaluation kit's rule: split on `|` alone.
    pub concept_ids_by_kit: usize,
    /// Distinct whole concept strings, `-1` among them: the tags of the default scheme.
    pub concept_strings: usize,
    /// Mentions whose concept is `-1`, empty or missing.
    pub without_concept: usize,
    /// Mentions with several ids, joined by `|` and by `+`.
    pub composite_by_bar: usize,
    /// Mentions with several ids, joined by `+`.
    pub composite_by_plus: usize,
    /// Distinct pairs of document and single id.
    pub document_concept_pairs: usize,
    /// Mentions that no tag can represent, by reason: false negatives of every tagger.
    pub crossing_token_boundary: usize,
    /// Mentions that cross the boundary of a sentence.
    pub crossing_sentence_boundary: usize,
    /// Mentions that overlap a longer, or an earlier, one.
    pub overlapping: usize,
    /// What they share with training's.
    #[serde(flatten)]
    pub overlap: Option<TypeOverlap>,
}

/// What the mentions of one type in one split share with training.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TypeOverlap {
    /// Mentions whose string is one of training's.
    pub string_in_training: usize,
    /// Mentions whose whole concept training has.
    pub concept_in_training: usize,
    /// Mentions of which training has every word.
    pub words_in_training: usize,
}

impl TypeStatistics {
    /// Mentions that could not be laid onto tokens, for whatever reason.
    pub fn unaligned(&self) -> usize {
        self.crossing_token_boundary + self.crossing_sentence_boundary + self.overlapping
    }
}

/// Counts documents that are no split of a corpus, ids as they are: nothing to compare them with.
pub fn document_statistics(name: &str, documents: &[Document]) -> CorpusStatistics {
    let counted = CountedSplit::new(documents, Normalisation::None).count(documents, "all", None);
    CorpusStatistics { corpus: name.to_owned(), splits: vec![counted], table1: BTreeMap::new() }
}

/// Counts a corpus from its documents as distributed: train, dev and test.
pub fn corpus_statistics(name: &str, splits: [&[Document]; 3], rule: Normalisation) -> CorpusStatistics {
    let prepared = splits.map(|raw| CountedSplit::new(raw, rule));
    let training = Training::of(&prepared[0]);
    let mut earlier: BTreeSet<Vec<&str>> = BTreeSet::new();
    let mut statistics = CorpusStatistics { corpus: name.to_owned(), splits: Vec::new(), table1: BTreeMap::new() };
    for (split, (raw, label)) in prepared.iter().zip(splits.into_iter().zip(["train", "dev", "test"])) {
        let mut counted = split.count(raw, label, Some(&training));
        if let Some(overlap) = &mut counted.overlap {
            overlap.sentences_in_earlier_splits = split.long_sentences().filter(|sentence| earlier.contains(&words(sentence))).count();
            if statistics.splits.is_empty() {
                // Training against itself says nothing.
                overlap.sentences_in_training = 0;
            }
        }
        earlier.extend(split.sentences.iter().flatten().map(words));
        statistics.splits.push(counted);
    }
    for entity_type in statistics.splits.iter().flat_map(|split| split.types.keys()).collect::<BTreeSet<_>>() {
        let mut counts = Table1Counts::default();
        for (split, counted) in prepared.iter().zip(&statistics.splits) {
            let Some(of_type) = counted.types.get(entity_type) else { continue };
            counts.mentions += of_type.mentions;
            let once = split.documents.iter().zip(&split.repeated).filter(|&(_, &repeated)| !repeated);
            let kept = once.flat_map(|(document, _)| &document.mentions).filter(|mention| mention.entity_type == *entity_type);
            counts.mentions_without_repeated_documents += kept.count();
            counts.document_concept_pairs += of_type.document_concept_pairs;
            counts.concept_strings_summed += of_type.concept_strings;
        }
        let all = || prepared.iter().flat_map(|split| split.mentions_of(entity_type)).filter_map(|(_, mention)| mention.concept.as_ref());
        counts.concept_strings = all().collect::<BTreeSet<_>>().len();
        counts.concept_ids = all().flat_map(ConceptIds::single_ids).collect::<BTreeSet<_>>().len();
        statistics.table1.insert(entity_type.clone(), counts);
    }
    statistics
}

/// The documents of a split with types and ids normalised, none dropped, and their sentences.
struct CountedSplit {
    documents: Vec<Document>,
    /// Whether the document's id stands before.
    repeated: Vec<bool>,
    /// Per document.
    sentences: Vec<Vec<Sentence>>,
}

/// What the other splits are compared with.
struct Training<'a> {
    vocabulary: Vocabulary,
    sentences: BTreeSet<Vec<&'a str>>,
    /// By type.
    strings: BTreeSet<(&'a str, &'a str)>,
    concepts: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Training<'a> {
    fn of(train: &'a CountedSplit) -> Self {
        let mentions = || train.documents.iter().flat_map(|document| &document.mentions);
        Self {
            vocabulary: Vocabulary::of(train.sentences.iter().flatten()),
            sentences: train.sentences.iter().flatten().map(words).collect(),
            strings: mentions().map(|mention| (mention.entity_type.as_str(), mention.text.as_str())).collect(),
            concepts: mentions().filter_map(|mention| Some((mention.entity_type.as_str(), mention.concept.as_deref()?))).collect(),
        }
    }
}

fn words(sentence: &Sentence) -> Vec<&str> {
    sentence.tokens.iter().map(|token| token.text.as_str()).collect()
}

impl CountedSplit {
    fn new(raw: &[Document], rule: Normalisation) -> Self {
        let mut documents = Vec::with_capacity(raw.len());
        for document in raw {
            // One by one, so that repeated documents stay.
            let mut one = vec![document.clone()];
            normalise(&mut one, rule);
            documents.append(&mut one);
        }
        let mut seen = BTreeSet::new();
        let repeated = raw.iter().map(|document| !seen.insert(document.id.as_str())).collect();
        let sentences = documents.iter().enumerate().map(|(at, document)| sentences(at, document)).collect();
        Self { documents, repeated, sentences }
    }

    fn long_sentences(&self) -> impl Iterator<Item = &Sentence> {
        self.sentences.iter().flatten().filter(|sentence| sentence.tokens.len() >= SHORTEST_REPEATED_SENTENCE)
    }

    /// Document index and mention.
    fn mentions_of<'a>(&'a self, entity_type: &'a str) -> impl Iterator<Item = (usize, &'a Mention)> {
        let all = self.documents.iter().enumerate().flat_map(|(at, document)| document.mentions.iter().map(move |mention| (at, mention)));
        all.filter(move |(_, mention)| mention.entity_type == entity_type)
    }

    fn count(&self, raw: &[Document], label: &str, training: Option<&Training>) -> SplitStatistics {
        let vocabulary = Vocabulary::of(self.sentences.iter().flatten());
        let overlap = training.map(|training| {
            let unseen = || vocabulary.iter().filter(|(word, _)| !training.vocabulary.contains(word));
            SplitOverlap {
                sentences_in_training: self.long_sentences().filter(|sentence| training.sentences.contains(&words(sentence))).count(),
                sentences_in_earlier_splits: 0,
                words_not_in_training: unseen().count(),
                tokens_not_in_training: unseen().map(|(_, count)| count as usize).sum(),
            }
        });
        let repeated = || self.documents.iter().zip(&self.repeated).filter(|&(_, &repeated)| repeated);
        let concepts = || raw.iter().flat_map(|document| &document.mentions).filter_map(|mention| mention.concept.as_deref());
        let types: BTreeSet<&str> = self.documents.iter().flat_map(|d| &d.mentions).map(|mention| mention.entity_type.as_str()).collect();
        let misfits = self.misfits();
        SplitStatistics {
            split: label.to_owned(),
            documents: raw.len(),
            repeated_documents: repeated().count(),
            mentions_of_repeated_documents: repeated().map(|(document, _)| document.mentions.len()).sum(),
            sentences: self.sentences.iter().map(Vec::len).sum(),
            tokens: self.sentences.iter().flatten().map(|sentence| sentence.tokens.len()).sum(),
            words: vocabulary.len(),
            relations: raw.iter().map(|document| document.relations.len()).sum(),
            ids_with_stray_blanks: concepts().filter(|concept| concept.trim() != *concept).count(),
            ids_with_mesh_prefix: concepts().filter(|concept| concept.contains("MESH:")).count(),
            with_individual_mentions: raw.iter().flat_map(|d| &d.mentions).filter(|mention| mention.individual.is_some()).count(),
            overlap,
            types: types
                .into_iter()
                .map(|entity_type| (entity_type.to_owned(), self.count_type(entity_type, training, &misfits)))
                .collect(),
        }
    }

    /// How many mentions of each type could not be aligned, by reason.
    fn misfits(&self) -> BTreeMap<(&str, Misfit), usize> {
        let mut counts = BTreeMap::new();
        for (document, sentences) in self.documents.iter().zip(&self.sentences) {
            for (mention, misfit) in align_document(sentences, &document.mentions).into_iter().flat_map(|aligned| aligned.unaligned) {
                *counts.entry((document.mentions[mention].entity_type.as_str(), misfit)).or_insert(0) += 1;
            }
        }
        counts
    }

    fn count_type(&self, entity_type: &str, training: Option<&Training>, misfits: &BTreeMap<(&str, Misfit), usize>) -> TypeStatistics {
        let mut counts = TypeStatistics { overlap: training.map(|_| TypeOverlap::default()), ..TypeStatistics::default() };
        let (mut strings, mut ids, mut kit_ids) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let (mut whole, mut pairs) = (BTreeSet::new(), BTreeSet::new());
        for (document, mention) in self.mentions_of(entity_type) {
            let tokens = super::tokenize(&mention.text);
            counts.mentions += 1;
            counts.single_word += usize::from(!mention.text.trim().contains(char::is_whitespace));
            counts.single_token += usize::from(tokens.len() == 1);
            strings.insert(mention.text.as_str());
            let none = ConceptIds::default();
            let concept = mention.concept.as_ref().unwrap_or(&none);
            counts.without_concept += usize::from(concept.single_ids().next().is_none());
            counts.composite_by_bar += usize::from(concept.contains('|'));
            counts.composite_by_plus += usize::from(concept.contains('+'));
            if let (Some(training), Some(overlap)) = (training, &mut counts.overlap) {
                overlap.string_in_training += usize::from(training.strings.contains(&(entity_type, mention.text.as_str())));
                overlap.words_in_training += usize::from(tokens.iter().all(|token| training.vocabulary.contains(&token.text)));
                overlap.concept_in_training += usize::from(training.concepts.contains(&(entity_type, &**concept)));
            }
            if let Some(concept) = &mention.concept {
                whole.insert(&**concept);
                ids.extend(concept.single_ids());
                pairs.extend(concept.single_ids().map(|id| (self.documents[document].id.as_str(), id)));
                kit_ids.extend(concept.kit_ids());
            }
        }
        let misfit = |reason| misfits.get(&(entity_type, reason)).copied().unwrap_or(0);
        TypeStatistics {
            distinct_strings: strings.len(),
            concept_ids: ids.len(),
            concept_ids_by_kit: kit_ids.len(),
            concept_strings: whole.len(),
            document_concept_pairs: pairs.len(),
            crossing_token_boundary: misfit(Misfit::TokenBoundary),
            crossing_sentence_boundary: misfit(Misfit::SentenceBoundary),
            overlapping: misfit(Misfit::Overlap),
            ..counts
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::pubtator;

    const TRAIN: &str =
        "1|t|Gout.\n1|a|Gout is a rare old illness.\n1\t0\t4\tGout\tModifier\tD1\n1\t21\t32\told illness\tDiseaseClass\tD2+D3\n\n";

    #[test]
    fn repeated_documents_count_in_the_files_counts_and_are_told_apart() {
        let train = TRAIN.repeat(2);
        let test = "2|t|Ague.\n2|a|Gout is a rare old illness.\n2\t0\t4\tAgue\tDisease\t MESH:D1|D4\n2\t0\t3\tAgu\tDisease\t-1\n2\t5\t7\t G\tDisease\n";
        let [train, test] = [train.as_str(), test].map(|text| pubtator::read("x", text).unwrap());
        // ` G` begins on the blank between title and abstract.
        let statistics = corpus_statistics("x", [&train, &[], &test], Normalisation::Ncbi);
        let [first, dev, last] = statistics.splits.as_slice() else { panic!("three splits") };
        assert_eq!((first.documents, first.repeated_documents, first.mentions_of_repeated_documents), (2, 1, 2));
        let empty = SplitStatistics { split: "dev".into(), overlap: Some(SplitOverlap::default()), ..SplitStatistics::default() };
        assert_eq!(*dev, empty);
        let overlap = last.overlap.as_ref().unwrap();
        assert_eq!(overlap.sentences_in_earlier_splits, 1);
        assert_eq!((overlap.sentences_in_training, overlap.words_not_in_training, last.tokens), (1, 1, 9));
        assert_eq!((last.ids_with_stray_blanks, last.ids_with_mesh_prefix), (1, 1));
        let disease = &last.types["Disease"];
        assert_eq!((disease.mentions, disease.without_concept, disease.composite_by_bar), (3, 2, 1));
        assert_eq!((disease.concept_ids, disease.concept_strings, disease.document_concept_pairs), (2, 2, 2));
        assert_eq!((disease.crossing_token_boundary, disease.crossing_sentence_boundary, disease.unaligned()), (1, 1, 2));
        let table1 = &statistics.table1["Disease"];
        assert_eq!((table1.mentions, table1.mentions_without_repeated_documents, table1.concept_ids), (7, 5, 4));
        assert_eq!((first.types["Disease"].concept_ids, first.types["Disease"].concept_ids_by_kit), (3, 2));
    }
}
