//! A corpus as the network sees it: words, characters and tags as indices.

use super::TrainError;
use super::decoder::Decoder;
use super::network::Sizes;
use super::word_types::WordTypes;
use crate::corpus::{
    AlignedSpan, Corpus, Document, MenScheme, MerScheme, PerTask, Sentence, TagSet, TagSpan, Task, align_document, concept_label,
    encode_men, encode_mer, sentences,
};
use crate::embedding::{self, Embedding, Lookup, Source, wanted_forms};
use crate::nn::init::uniform;
use crate::registry::EmbeddingEntry;
use crate::run::spec::{RunSpec, TestWords};
use crate::run::splits::{SplitFacts, as_read};
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Streams of random numbers of a run: each purpose has its own, so that one does not shift another.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    Vectors = 1,
    Parameters = 2,
    Order = 3,
    Noise = 4,
}

/// The generator of a purpose; `network` tells the two networks of a pipeline apart.
pub fn generator(seed: u64, stream: Stream, network: u64) -> Xoshiro256PlusPlus {
    // Any distinct numbers do: `seed_from_u64` spreads them with SplitMix64.
    Xoshiro256PlusPlus::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ ((stream as u64) << 8) ^ network)
}

/// A sentence in indices.
#[derive(Clone, Debug, Default)]
pub struct Encoded {
    /// Word types, one a token.
    pub words: Vec<u32>,
    /// Gold tags of each task, one a token; 0 (outside) where the training split has no such tag. None where there is no gold.
    pub tags: PerTask<Vec<u32>>,
}

/// A split with its documents and their sentences.
#[derive(Clone, Debug, Default)]
pub struct EncodedSplit {
    pub documents: Vec<Document>,
    pub sentences: Vec<Sentence>,
    pub encoded: Vec<Encoded>,
    /// Gold IOB2 rows for the token scores: types for MER, concept strings for MEN.
    pub gold_rows: PerTask<Vec<Vec<String>>>,
    /// Mentions that no token boundaries fit.
    pub unaligned: u64,
}

/// What a run trains and is scored on.
pub struct Dataset {
    pub decoder: Decoder,
    pub types: WordTypes,
    /// Surface forms, in the order of `types`.
    pub forms: Vec<String>,
    /// Every character of training, in order; index 0 of the network stands for any other.
    pub alphabet: Vec<char>,
    pub train: EncodedSplit,
    pub dev: EncodedSplit,
    pub test: EncodedSplit,
    /// Starting word vectors: rows x dimension.
    pub vectors: Vec<f32>,
    /// The word of each row of `vectors`: row 0, the unknown word, has none.
    pub rows: Vec<String>,
    pub dimension: usize,
    pub coverage: embedding::Coverage,
    /// What cutting the corpus again gave; `None` for its own splits.
    pub split_facts: Option<SplitFacts>,
    train_words: HashSet<String>,
    embedding: Embedding,
    lookup: Lookup,
    random: bool,
}

impl Dataset {
    /// Encodes a corpus for a run. The vocabulary and the tag sets come from what is trained on.
    pub fn new(spec: &RunSpec, corpus: Corpus, vectors: &EmbeddingEntry) -> Result<Self, TrainError> {
        let (corpus, split_facts) = as_read(&spec.data, corpus);
        let [train, dev, test] = [corpus.train, corpus.dev, corpus.test].map(|documents| Annotated::new(documents, spec));
        if train.sentences.is_empty() {
            return Err(TrainError::EmptyCorpus { name: corpus.name });
        }
        let tag_sets = PerTask::of(|task| TagSet::new(train.tags[task].iter().flatten()));
        // Without a tag but O there is nothing to learn, and a score of 0 would look like a result.
        if tag_sets[Task::Mer].len() < 2 {
            let unaligned = train.unaligned;
            return Err(TrainError::NoMentions { name: corpus.name, types: spec.data.entity_types.join(", "), unaligned });
        }

        let lookup = spec.embedding.lookup;
        let random = matches!(vectors.source, Source::Random { .. });
        let train_words: HashSet<String> = train.words().map(str::to_owned).collect();
        let embedding = if random {
            // Vectors of its own for every run's seed, and only for words that training can teach.
            embedding::random(vectors.dimension, &train_words, &mut generator(spec.seed, Stream::Vectors, 1))
        } else {
            let wanted = wanted_forms([&train, &dev, &test].into_iter().flat_map(|split| split.words()), lookup);
            embedding::load(&vectors.source, vectors.dimension, &wanted)?
        };
        tracing::debug!(embedding = vectors.name, rows = embedding.len(), of = embedding.rows_in_source, "vectors read");
        let coverage = embedding::coverage(&embedding, [&train, &dev, &test].into_iter().flat_map(|split| split.words()), lookup);

        let mut drawn = generator(spec.seed, Stream::Vectors, 0);
        let mut table = WordTable::new(&embedding, lookup, &mut drawn);
        let mut types = Types::default();
        let mut counts: Vec<u64> = Vec::new();
        for word in train.words() {
            let row = table.row_of_training(word);
            types.add(word, row);
            counts.resize(table.rows.len(), 0);
            counts[row as usize] += 1;
        }
        let alphabet: Vec<char> = train.words().flat_map(str::chars).collect::<BTreeSet<_>>().into_iter().collect();
        for word in [&dev, &test].into_iter().flat_map(|split| split.words()) {
            if !types.index.contains_key(word) {
                let row = match spec.vocabulary.test_words {
                    TestWords::Pretrained => table.row_of_unseen(word),
                    TestWords::Unknown => table.known_row(word),
                };
                types.add(word, row);
            }
        }
        let mut word_types = WordTypes::default();
        for (form, row) in types.forms.iter().zip(&types.rows) {
            let singleton = *row != 0 && counts.get(*row as usize) == Some(&1);
            word_types.push(form, *row, singleton, &alphabet);
        }
        let encode = |split: Annotated| split.encode(&types.index, &tag_sets);
        let (train, dev, test) = (encode(train), encode(dev), encode(test));
        tracing::debug!(
            training_sentences = train.sentences.len(),
            words = table.rows.len(),
            mer_tags = tag_sets[Task::Mer].len(),
            men_tags = tag_sets[Task::Men].len(),
            "corpus encoded"
        );
        Ok(Self {
            types: word_types,
            alphabet,
            train,
            dev,
            test,
            dimension: embedding.dimension,
            vectors: table.vectors,
            rows: table.rows,
            coverage,
            split_facts,
            train_words,
            lookup,
            random,
            forms: types.forms,
            decoder: Decoder { tag_sets, mer_scheme: spec.tags.mer, men_scheme: spec.tags.men },
            embedding,
        })
    }

    /// The sizes that a network over this dataset has.
    pub fn sizes(&self) -> Sizes {
        Sizes {
            words: self.rows.len(),
            word_dimension: self.dimension,
            characters: self.alphabet.len() + 1,
            tags: self.decoder.tag_sets.as_ref().map(TagSet::len),
        }
    }

    /// Whether the run's vectors are drawn at random rather than read.
    pub fn has_random_vectors(&self) -> bool {
        self.random
    }

    /// What reading the vectors noted.
    pub fn embedding_notes(&self) -> &[String] {
        &self.embedding.notes
    }

    /// Whether training has the word: the T of the OOV partition.
    pub fn in_train(&self, word: &str) -> bool {
        self.train_words.contains(word)
    }

    /// Whether the embedding has the word after the run's look-up rule: the E of the OOV partition. Random vectors know no word.
    pub fn in_embedding(&self, word: &str) -> bool {
        !self.random && self.embedding.row_of(word, self.lookup).is_some()
    }
}

/// Distinct words and their rows.
#[derive(Default)]
struct Types {
    forms: Vec<String>,
    rows: Vec<u32>,
    index: HashMap<String, u32>,
}

impl Types {
    fn add(&mut self, word: &str, row: u32) {
        if !self.index.contains_key(word) {
            self.index.insert(word.to_owned(), self.forms.len() as u32);
            self.forms.push(word.to_owned());
            self.rows.push(row);
        }
    }
}

/// Builds the word table. A word that the embedding knows shares the row of the entry that stands for it; another training word has
/// a row of its own, drawn at random.
struct WordTable<'e, 'r> {
    embedding: &'e Embedding,
    lookup: Lookup,
    rng: &'r mut Xoshiro256PlusPlus,
    rows: Vec<String>,
    index: HashMap<String, u32>,
    vectors: Vec<f32>,
}

impl<'e, 'r> WordTable<'e, 'r> {
    fn new(embedding: &'e Embedding, lookup: Lookup, rng: &'r mut Xoshiro256PlusPlus) -> Self {
        let mut table = Self { embedding, lookup, rng, rows: Vec::new(), index: HashMap::new(), vectors: Vec::new() };
        let unknown = table.draw();
        table.vectors.extend(unknown);
        table.rows.push(String::new());
        table
    }

    fn draw(&mut self) -> Vec<f32> {
        let d = self.embedding.dimension;
        uniform(self.rng, (3.0 / d as f64).sqrt(), d)
    }

    /// The word's key in the table, and its vector if the embedding knows it.
    fn entry(&self, word: &str) -> (String, Option<&'e [f32]>) {
        match self.embedding.row_of(word, self.lookup) {
            Some(row) => (self.embedding.words[row].clone(), Some(self.embedding.vector(row))),
            None => (word.to_owned(), None),
        }
    }

    fn push(&mut self, key: String, vector: &[f32]) -> u32 {
        let row = self.rows.len() as u32;
        self.vectors.extend_from_slice(vector);
        self.index.insert(key.clone(), row);
        self.rows.push(key);
        row
    }

    fn row_of_training(&mut self, word: &str) -> u32 {
        let (key, vector) = self.entry(word);
        if let Some(row) = self.index.get(&key) {
            return *row;
        }
        match vector {
            Some(vector) => self.push(key, vector),
            None => {
                let drawn = self.draw();
                self.push(key, &drawn)
            }
        }
    }

    /// A word that training has not: its pre-trained row, or the unknown word's.
    fn row_of_unseen(&mut self, word: &str) -> u32 {
        let (key, vector) = self.entry(word);
        match (self.index.get(&key), vector) {
            (Some(row), _) => *row,
            (None, Some(vector)) => self.push(key, vector),
            (None, None) => 0,
        }
    }

    /// A row that training made, or the unknown word's.
    fn known_row(&self, word: &str) -> u32 {
        self.index.get(&self.entry(word).0).copied().unwrap_or(0)
    }
}

/// A split as it is scored, without tags: for systems that are no taggers.
pub struct UnencodedSplit {
    pub documents: Vec<Document>,
    pub sentences: Vec<Sentence>,
    /// Gold IOB2 rows for the token scores: types for MER, concept strings for MEN.
    pub gold_rows: PerTask<Vec<Vec<String>>>,
    /// Mentions that no token boundaries fit.
    pub unaligned: u64,
}

impl UnencodedSplit {
    /// Documents with mentions of the run's types alone.
    pub fn new(documents: Vec<Document>, spec: &RunSpec) -> Self {
        let Annotated { documents, sentences, gold_rows, unaligned, .. } = Annotated::new(documents, spec);
        Self { documents, sentences, gold_rows, unaligned }
    }

    /// What a gold table is made of.
    pub fn scored(&self) -> (&[Document], &[Sentence]) {
        (&self.documents, &self.sentences)
    }
}

/// A split with tags in words.
struct Annotated {
    documents: Vec<Document>,
    sentences: Vec<Sentence>,
    tags: PerTask<Vec<Vec<String>>>,
    gold_rows: PerTask<Vec<Vec<String>>>,
    unaligned: u64,
}

impl Annotated {
    fn new(mut documents: Vec<Document>, spec: &RunSpec) -> Self {
        for document in &mut documents {
            document.mentions.retain(|m| spec.data.entity_types.contains(&m.entity_type));
        }
        let mut all = Vec::new();
        let (mut tags, mut gold_rows) = (PerTask::<Vec<Vec<String>>>::default(), PerTask::<Vec<Vec<String>>>::default());
        let mut unaligned = 0;
        for (index, document) in documents.iter().enumerate() {
            let own = sentences(index, document);
            for (sentence, aligned) in own.iter().zip(align_document(&own, &document.mentions)) {
                unaligned += aligned.unaligned.len() as u64;
                let n = sentence.tokens.len();
                let spans = |label: &dyn Fn(&AlignedSpan) -> Option<String>| -> Vec<TagSpan> {
                    let labelled = aligned.spans.iter().filter_map(|s| Some(TagSpan { start: s.start, end: s.end, label: label(s)? }));
                    labelled.collect()
                };
                let mer = spans(&|s| Some(document.mentions[s.mention].entity_type.clone()));
                let concept = |s: &AlignedSpan| {
                    concept_label(document.mentions[s.mention].concept.as_ref(), spec.tags.no_concept, spec.tags.composite)
                };
                let men = spans(&concept);
                tags[Task::Mer].push(encode_mer(&mer, n, spec.tags.mer));
                tags[Task::Men].push(encode_men(&men, n, spec.tags.men));
                gold_rows[Task::Mer].push(encode_mer(&mer, n, MerScheme::Iob2));
                gold_rows[Task::Men].push(encode_men(&men, n, MenScheme::Iob2));
            }
            all.extend(own);
        }
        Self { documents, sentences: all, tags, gold_rows, unaligned }
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.sentences.iter().flat_map(|s| &s.tokens).map(|t| t.text.as_str())
    }

    fn encode(self, types: &HashMap<String, u32>, tag_sets: &PerTask<TagSet>) -> EncodedSplit {
        let mut encoded = Vec::with_capacity(self.sentences.len());
        for (i, sentence) in self.sentences.iter().enumerate() {
            encoded.push(Encoded {
                words: sentence.tokens.iter().map(|t| types[&t.text]).collect(),
                tags: PerTask::of(|task| self.tags[task][i].iter().map(|tag| tag_sets[task].index_of(tag).unwrap_or(0) as u32).collect()),
            });
        }
        EncodedSplit { documents: self.documents, sentences: self.sentences, encoded, gold_rows: self.gold_rows, unaligned: self.unaligned }
    }
}
