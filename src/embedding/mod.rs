//! Pre-trained word vectors: files of four formats, or random numbers, become one [`Embedding`].
//!
//! Every loader streams: it keeps the rows whose word is wanted and walks past the others without reading their numbers,
//! so a file of any length costs the memory of the rows kept. A file whose first bytes are gzip's is unpacked on the fly,
//! whatever its name; offsets in messages then count unpacked bytes.

mod coverage;
mod error;
mod input;
mod random;
mod senna;
mod sniff;
mod text;
mod word2vec_binary;

#[cfg(test)]
mod tests;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::choice::choices;

pub use coverage::{Coverage, coverage};
pub use error::{EmbeddingError, FilePosition};
pub use random::random;
pub use sniff::sniff;

choices! {
    /// How a word of the text finds its row.
    pub enum Lookup {
        /// the word as it stands; where it has no row, its lower-case form
        ExactThenLower = "exact-then-lower",
        /// the word as it stands only
        Exact = "exact",
    }
}

/// Where vectors come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// word2vec's binary format: a line `rows dimension`, then for each row the word, one blank and little-endian `f32`s.
    Word2vecBinary(PathBuf),
    /// One row a line, the word first. A first line of two whole numbers is word2vec's header; GloVe's files have none.
    Text(PathBuf),
    /// Senna's pair of files: one word a line, and the vector of each on the same line of the other file.
    Senna { words: PathBuf, vectors: PathBuf },
    /// No file: uniform numbers in ±sqrt(3/dimension), as the paper's random embedding (Table 4).
    Random { dimension: usize },
}

/// The seed of the vectors that [`load`] draws for [`Source::Random`]: they are a fixed table, as if read from a file.
/// A caller who wants other numbers in every run calls [`random`] with a generator of its own.
pub const RANDOM_SEED: u64 = 2019;

/// Word vectors, one row per word, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Embedding {
    /// Numbers in a row.
    pub dimension: usize,
    /// The word of each row.
    pub words: Vec<String>,
    /// `words.len()` x `dimension`, row by row.
    pub vectors: Vec<f32>,
    /// Rows that the source holds, the ones not kept included.
    pub rows_in_source: u64,
    /// What reading the source did that its user should know: words that stand in it again, words with blanks in them.
    pub notes: Vec<String>,
    row_of: HashMap<String, usize>,
}

impl Embedding {
    /// No rows yet.
    pub fn new(dimension: usize) -> Self {
        Self { dimension, ..Self::default() }
    }

    /// Adds a row and gives its number; `Err` holds the row that has the word already.
    ///
    /// # Panics
    /// Where `vector` has not `dimension` numbers.
    pub fn insert(&mut self, word: &str, vector: &[f32]) -> Result<usize, usize> {
        assert_eq!(vector.len(), self.dimension, "a row has as many numbers as the embedding has dimensions");
        if let Some(&row) = self.row_of.get(word) {
            return Err(row);
        }
        let row = self.words.len();
        self.row_of.insert(word.to_owned(), row);
        self.words.push(word.to_owned());
        self.vectors.extend_from_slice(vector);
        Ok(row)
    }

    /// The row whose vector stands for `word` under the look-up rule.
    pub fn row_of(&self, word: &str, rule: Lookup) -> Option<usize> {
        let exact = self.row_of.get(word).copied();
        match rule {
            Lookup::Exact => exact,
            Lookup::ExactThenLower => exact.or_else(|| self.row_of.get(&word.to_lowercase()).copied()),
        }
    }

    /// The `dimension` numbers of a row.
    ///
    /// # Panics
    /// Where there is no such row.
    pub fn vector(&self, row: usize) -> &[f32] {
        &self.vectors[row * self.dimension..(row + 1) * self.dimension]
    }

    /// Rows kept.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

/// The words that [`load`] has to keep so that every one of `words` finds its row under the rule.
pub fn wanted_forms<'a>(words: impl IntoIterator<Item = &'a str>, rule: Lookup) -> HashSet<String> {
    let mut wanted = HashSet::new();
    for word in words {
        if rule == Lookup::ExactThenLower {
            let lower = word.to_lowercase();
            if lower != word {
                wanted.insert(lower);
            }
        }
        wanted.insert(word.to_owned());
    }
    wanted
}

/// Reads the rows of the words in `wanted` (see [`wanted_forms`]).
///
/// The whole file is walked through: a row with a wrong number of columns, a file that ends early and a header that
/// promises another number of rows are errors whether or not the rows are wanted. Numbers are read, and repeated words
/// noticed, in wanted rows only: of a word that stands in the file again the first row counts, as in other readers of such files
/// (gensim, the published scripts for GloVe). For [`Source::Random`] every wanted word has a row.
///
/// # Errors
/// [`EmbeddingError`] names the file and the line (text) or byte (binary), what stood there, and what to do.
pub fn load(source: &Source, expected_dimension: usize, wanted: &HashSet<String>) -> Result<Embedding, EmbeddingError> {
    match source {
        Source::Random { dimension } if *dimension == expected_dimension && *dimension > 0 => {
            let mut generator = rand_core::SeedableRng::seed_from_u64(RANDOM_SEED);
            Ok(random(*dimension, wanted, &mut generator))
        }
        source => load_where(source, expected_dimension, &|word| wanted.contains(word)),
    }
}

/// As [`load`], of the words that `wanted` says yes to. [`Source::Random`] has no words of its own: it gives no rows.
///
/// # Errors
/// As [`load`].
pub fn load_where(source: &Source, expected_dimension: usize, wanted: Wanted) -> Result<Embedding, EmbeddingError> {
    read(source, RowCollector::new(expected_dimension, wanted, Keep::Rows))
}

fn read(source: &Source, collector: RowCollector) -> Result<Embedding, EmbeddingError> {
    let expected = collector.embedding.dimension;
    if expected == 0 {
        return Err(EmbeddingError::NoDimensions);
    }
    match source {
        Source::Word2vecBinary(path) => word2vec_binary::load(path, collector),
        Source::Text(path) => text::load(path, collector),
        Source::Senna { words, vectors } => senna::load(words, vectors, collector),
        Source::Random { dimension } if *dimension != expected => Err(EmbeddingError::RandomDimension { found: *dimension, expected }),
        Source::Random { dimension } => Ok(Embedding::new(*dimension)),
    }
}

/// Reads every row of a source as [`load`] reads the wanted ones, and keeps none: what this takes for whole, a run takes too. Gives the
/// rows and what reading them noted.
///
/// # Errors
/// As [`load`], of any row whose word is UTF-8.
pub fn check(source: &Source, expected_dimension: usize) -> Result<(u64, Vec<String>), EmbeddingError> {
    let read = read(source, RowCollector::new(expected_dimension, &|_| true, Keep::Nothing))?;
    Ok((read.rows_in_source, read.notes))
}

/// Whether a word's row is kept.
pub type Wanted<'a> = &'a dyn Fn(&str) -> bool;

/// Whether wanted rows are kept, or only looked at.
enum Keep {
    Rows,
    Nothing,
}

/// The rows kept so far, with the place of each: what every file loader fills.
struct RowCollector<'a> {
    embedding: Embedding,
    wanted: Wanted<'a>,
    keep: Keep,
    places: BTreeMap<usize, FilePosition>,
    /// Where rows are not kept: a hash of each word, with its place.
    seen: HashMap<u64, FilePosition>,
    /// Rows of words that were kept before, and of the first such row the word, its first place and this one.
    repeated: u64,
    first_repeated: Option<(String, FilePosition, FilePosition)>,
    /// Rows whose word has blanks in it, and the first of them.
    with_blanks: u64,
    first_with_blanks: Option<(String, FilePosition)>,
}

impl<'a> RowCollector<'a> {
    fn new(dimension: usize, wanted: Wanted<'a>, keep: Keep) -> Self {
        Self {
            embedding: Embedding::new(dimension),
            wanted,
            keep,
            places: BTreeMap::new(),
            seen: HashMap::new(),
            repeated: 0,
            first_repeated: None,
            with_blanks: 0,
            first_with_blanks: None,
        }
    }

    /// The word as text where it is wanted. Bytes that are no UTF-8 cannot be the word of any document.
    fn wants<'w>(&self, word: &'w [u8]) -> Option<&'w str> {
        std::str::from_utf8(word).ok().filter(|word| (self.wanted)(word))
    }

    fn keep(&mut self, word: &str, vector: &[f32], place: FilePosition) {
        let earlier = match self.keep {
            Keep::Rows => self.embedding.insert(word, vector).map(|row| self.places.insert(row, place)).err().map(|row| self.places[&row]),
            Keep::Nothing => {
                let mut hasher = std::hash::DefaultHasher::new();
                word.hash(&mut hasher);
                match self.seen.entry(hasher.finish()) {
                    Entry::Occupied(first) => Some(*first.get()),
                    Entry::Vacant(free) => {
                        free.insert(place);
                        None
                    }
                }
            }
        };
        if let Some(first) = earlier {
            self.repeated += 1;
            self.first_repeated.get_or_insert_with(|| (word.to_owned(), first, place));
        }
    }

    /// Notes a row whose word has blanks in it.
    fn has_blanks(&mut self, word: &[u8], place: FilePosition) {
        self.with_blanks += 1;
        self.first_with_blanks.get_or_insert_with(|| (String::from_utf8_lossy(word).chars().take(40).collect(), place));
    }

    fn finish(mut self, path: &Path, rows_in_source: u64) -> Embedding {
        self.embedding.rows_in_source = rows_in_source;
        let notes = &mut self.embedding.notes;
        let file = path.display();
        if let Some((word, place)) = self.first_with_blanks {
            let rows = self.with_blanks;
            notes.push(format!(
                "{file}: {rows} row(s) have a word with blanks in it, which no token is (first: {place}, {word:?}); the last {} columns were taken for the vector",
                self.embedding.dimension
            ));
        }
        if let Some((word, first, again)) = self.first_repeated {
            let rows = self.repeated;
            notes.push(format!(
                "{file}: {rows} row(s) repeat a word; the first row of each counts (first: {word:?} at {first} and at {again})"
            ));
        }
        self.embedding
    }
}
