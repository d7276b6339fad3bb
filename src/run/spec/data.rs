//! What a run reads: corpus, tags, vocabulary, vectors.

use super::section::*;
use super::{Composite, Lookup, MenScheme, MerScheme, NoConcept};
use crate::choice::choices;
use crate::run::keys::ValueKind;
use crate::run::relevance::Inactive;

section! {
    /// what the run is trained and scored on
    struct DataSpec in "data." {
        /// corpus that the run is trained and scored on
        corpus: String = "ncbi-disease".into() => key { ValueKind::Corpus, why: "the paper's two corpora; the registry has more, and a file may define its own" }
        /// types that are recognised; mentions of other types are dropped
        entity_types: Vec<String> = vec!["Disease".into()] => key {
            ValueKind::Names,
            why: "the figures of the previous systems are disease figures; BC5CDR has `Chemical` too, and NCBI's four types count as `Disease`"
        }
        /// how the corpus is cut into training, dev and test
        split: DataSplit = DataSplit::Official => key {
            ValueKind::OneOf(DataSplit::CHOICES), why: "the paper names the corpora's own; others show how far its figures depend on them", since(3, "\"official\"")
        }
        /// seed of a split that is not the corpus's own; runs with the same one have the same splits
        split_seed: u64 = 1 => key { ValueKind::Int(0, u64::MAX), why: "as `data.split`", since(3, "1"), inactive(&[OFFICIAL]) }
        /// splits that the network is trained on
        train_on: TrainOn = TrainOn::Train => key { ValueKind::OneOf(TrainOn::CHOICES), why: "open" }
        /// use only the first so many documents of each split
        limit: Option<usize> = None => key { ValueKind::IntOrNull(1, 1_000_000), why: "for trials" }
    }
}

const OFFICIAL: Inactive = Inactive { when: |spec| spec.data.split == DataSplit::Official, because: "`data.split` is `official`" };

choices! {
    pub enum DataSplit {
        /// the corpus's own splits
        Official = "official",
        /// all its documents (of those with one id the first), dealt out at random; dev and test keep their sizes
        Documents = "documents",
        /// all its sentences likewise, each a document of its own
        Sentences = "sentences",
    }

    pub enum TrainOn {
        /// the training split
        Train = "train",
        /// with dev, so that dev cannot choose the epoch
        TrainDev = "train+dev",
        /// with dev and test: a leak, to see what one gives
        All = "all",
    }
}

section! {
    /// how annotations become tags
    struct TagSpec in "tags." {
        /// tag scheme of recognition
        mer: MerScheme = MerScheme::Iob2 => key { ValueKind::OneOf(MerScheme::CHOICES), why: "figure and text show `B-DISEASE`" }
        /// tag scheme of normalization
        men: MenScheme = MenScheme::Bare => key { ValueKind::OneOf(MenScheme::CHOICES), why: "figures show bare ids, the text `D054549-P`" }
        /// what normalization says of a mention without concept
        no_concept: NoConcept = NoConcept::Outside => key {
            ValueKind::OneOf(NoConcept::CHOICES), why: "open; BC5CDR has 32 / 16 / 61 disease mentions without a concept"
        }
        /// how a mention of several concepts is tagged
        composite: Composite = Composite::Whole => key { ValueKind::OneOf(Composite::CHOICES), why: "open" }
    }
}

section! {
    /// words that training has not seen
    struct VocabularySpec in "vocabulary." {
        /// vector of a word that training has not seen
        test_words: TestWords = TestWords::Pretrained => key {
            ValueKind::OneOf(TestWords::CHOICES), why: "open; it decides what words outside of training can be"
        }
        /// how the vector of unknown words is obtained
        unknown: UnknownWords = UnknownWords::Singletons => key { ValueKind::OneOf(UnknownWords::CHOICES), why: "open" }
        #[cfg(test)]
        /// a key that only tests have: it came after every record
        test_only: Option<usize> = None => key { ValueKind::IntOrNull(1, 9), why: "for tests", since(u32::MAX, "null") }
    }
}

choices! {
    pub enum TestWords {
        /// its pre-trained vector, where there is one
        Pretrained = "pretrained",
        /// that of unknown words
        Unknown = "unknown",
    }

    pub enum UnknownWords {
        /// one trained vector: words seen once are replaced by the unknown word with probability 0.5 in training
        Singletons = "singletons",
        /// one random vector that is never trained
        Fixed = "fixed",
    }
}

section! {
    /// word vectors
    struct EmbeddingSpec in "embedding." {
        /// word vectors that the network starts from
        name: String = "word2vec-50".into() => key { ValueKind::Embedding, why: "printed; Table 4 compares it with others" }
        /// whether training moves the word vectors
        trainable: bool = true => key { ValueKind::Bool, why: "open" }
        /// how a word finds its vector
        lookup: Lookup = Lookup::ExactThenLower => key { ValueKind::OneOf(Lookup::CHOICES), why: "open" }
    }
}
