//! Text to documents, sentences, tokens and tags: readers and writers of the field's formats, tokenizer, sentence
//! splitter, tag schemes, vocabularies, normalisation, statistics and the out-of-vocabulary partition.
//!
//! Depends on no other module. All offsets are counted in characters (Unicode scalar values) over [`Document::text`].

#![warn(missing_docs, clippy::missing_errors_doc)]

mod align;
mod bioc;
pub mod bioc_json;
pub mod bioc_xml;
pub mod brat;
mod concept_ids;
pub mod conll;
mod document;
mod error;
#[cfg(test)]
mod field_tests;
mod formats;
mod input;
mod json;
pub mod jsonl;
mod normalise;
mod offsets;
mod oov;
pub mod pubtator;
mod reading;
mod resplit;
mod sentence;
mod shuffle;
mod spelling;
pub mod synthetic;

pub mod statistics;
mod tag_scheme;
mod tag_set;
pub mod task;
mod tokenize;
mod vocabulary;

pub use align::{Aligned, AlignedSpan, Misfit, align, align_document};
pub use concept_ids::{ConceptIds, concepts_in, kit_ids_in};
pub use conll::{Columns, ColumnsError};
pub use document::{CharIndex, Corpus, Document, Fragment, Mention, Relation, RelationNode};
pub(crate) use error::shown;
pub use error::{CorpusError, Fault};
pub use formats::{
    ConversionLoss, Format, UnknownFormatName, WriteError, detect, parse_documents, parse_documents_as, parse_documents_with, read,
    read_documents_as, read_documents_with, source_bytes, write_documents, write_stream,
};
pub use input::FILE_LIMIT;
#[cfg(feature = "network")]
pub(crate) use input::{is_tar, packed_as};
pub use normalise::{Normalisation, concept_label, normalise};
pub use offsets::OffsetUnit;
pub use oov::{OovSubset, oov_subset};
pub use reading::{Keys, Note, Notes, ReadOptions, TextMismatch, What};
pub use resplit::{Resplit, Unit, resplit};
pub use sentence::{Sentence, sentences};
pub use shuffle::{below, shuffle};
pub use spelling::same_text;
pub use tag_scheme::{Composite, MenScheme, MerScheme, NoConcept, TagSpan, decode_men, decode_mer, encode_men, encode_mer};
pub use tag_set::{OUTSIDE, TagSet};
pub use task::{PerTask, Task};
pub use tokenize::{Token, tokenize};
pub use vocabulary::Vocabulary;
