//! What can be wrong with a vocabulary file, where, and what to do about it.

// The message of a variant says what it and its fields are.
#![allow(missing_docs)]

use std::path::PathBuf;

/// A vocabulary that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    #[error("cannot read `{}`; check the path and its permissions", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("`{}` unpacks to more than {} MiB, the most that is read of one vocabulary; check that it is the file you meant", path.display(), limit >> 20)]
    TooLong { path: PathBuf, limit: u64 },
    #[error("{file}:{line}: byte {byte} of the file is not UTF-8; convert the file to UTF-8 first (for instance with iconv)")]
    Encoding { file: String, line: usize, byte: usize },
    #[error(
        "{file}: the format of the vocabulary is not recognised: found {found}, expected CTD's TSV (a heading `# DiseaseName` or `# id`), BioSyn's lines \
         (`D001|D002||name|synonym`), OBO (`[Term]` stanzas), JSON Lines (an object with `id` and `name` a line) or TSV (a heading `id<TAB>name<TAB>synonyms`)"
    )]
    UnknownFormat { file: String, found: String },
    #[error("{file} has no concept; a vocabulary needs at least one with an id and a name")]
    Empty { file: String },
    #[error("{file}:{line}: {fault}")]
    Line {
        file: String,
        /// Counted from one.
        line: usize,
        fault: Box<LexiconFault>,
    },
}

impl LexiconError {
    pub(crate) fn line(file: &str, line: usize, fault: LexiconFault) -> Self {
        LexiconError::Line { file: file.to_owned(), line, fault: Box::new(fault) }
    }

    /// The place within the text of a file that is not UTF-8.
    pub(super) fn encoding(file: &str, bytes: &[u8], byte: usize) -> Self {
        let line = 1 + bytes[..byte].iter().filter(|&&b| b == b'\n').count();
        LexiconError::Encoding { file: file.to_owned(), line, byte }
    }
}

/// What is wrong with one line, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LexiconFault {
    #[error("{found} TAB-separated column(s) where {expected} are expected ({columns}); fields are separated by one TAB, not by blanks")]
    Columns { found: usize, expected: usize, columns: String },
    #[error("no `||` between ids and names; a line of this format is `id|other id||name|synonym`")]
    NoSeparator,
    #[error("the {field} is empty; every concept needs one")]
    EmptyField { field: &'static str },
    #[error("the concept `{id}` stands in line {first} already; give each concept one line, with all its names")]
    RepeatedConcept { id: String, first: usize },
    #[error("broken synonym `{found}`; expected `synonym: \"text\" EXACT []`, quotes inside the text written as \\\"")]
    Synonym { found: String },
    #[error("`{found}` is not a scope of a synonym; expected EXACT, NARROW, BROAD or RELATED{}", nearest(.near))]
    Scope { found: String, near: Option<String> },
    #[error("this line has no `:`; a line of an OBO stanza is `tag: value`")]
    NoTag,
    #[error("a [Term] stanza ends here without a line `{tag}:`; every term needs one")]
    NoTagInStanza { tag: &'static str },
    #[error("unexpected JSON: {said}; each line is an object such as {{\"id\": \"X:1\", \"name\": \"gout\", \"synonyms\": [\"podagra\"]}}")]
    Json { said: String },
    #[error(
        "`{found}` begins no line of a file of edits; expected `add<TAB>ID<TAB>NAME`, `ban<TAB>ID<TAB>NAME`, or `ban<TAB>*<TAB>NAME` for every concept"
    )]
    Edit { found: String },
    #[error("no vocabulary read before has the concept `{id}`{}; correct the id, or give the concept in a vocabulary of its own", nearest(.near))]
    UnknownConcept { id: String, near: Option<String> },
    #[error("`{id}` has no name `{name}` to ban{}; `mermen lexicon lookup {id}` shows its names", nearest(.near))]
    NothingToBan { id: String, name: String, near: Option<String> },
}

fn nearest(near: &Option<String>) -> String {
    near.as_ref().map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default()
}

/// Why a linker cannot be trained or not be used.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error(
        "none of the {mentions} annotated mentions has an id that the vocabulary has: the corpus writes ids such as `{corpus}`, the vocabulary such as \
         `{lexicon}`; name the vocabulary that the corpus was annotated with"
    )]
    IdsNeverMeet { mentions: usize, corpus: String, lexicon: String },
    #[error("the training documents have no mention with a concept; check the corpus and the entity types")]
    NothingToLearn,
    #[error("the linker's data is broken: {0}; train it again")]
    Broken(String),
    #[error("the linker's data is of version {found}, or has other features than this program's (version {expected}); train it again")]
    OtherVersion { found: u32, expected: u32 },
}
