//! A linker as bytes: its vocabulary, the strings of training and what was learned, as gzip-packed JSON. What can be made again from these,
//! the index above all, is.

use super::mentions::Proposals;
use super::{Learned, Linker};
use crate::lexicon::features::{NAMES, WIDTH, WIDTH_OF_GIVEN};
use crate::lexicon::knowledge::Knowledge;
use crate::lexicon::names::Vectors;
use crate::lexicon::training::TrainingString;
use crate::lexicon::{Concept, Lexicon, LinkError};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use std::io::{self, Read as _};

/// Raised whenever the bytes of an earlier version would be read wrongly.
const VERSION: u32 = 2;
/// Bytes that a linker may unpack to.
const LIMIT: u64 = 1 << 30;

/// What every version has.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Serialize)]
struct Writing<'a> {
    version: u32,
    lexicon_sha256: String,
    concepts: &'a [Concept],
    strings: &'a [TrainingString],
    vectors: &'a Vectors,
    learned: &'a Learned,
}

#[derive(Deserialize)]
struct Reading {
    lexicon_sha256: String,
    concepts: Vec<Concept>,
    strings: Vec<TrainingString>,
    vectors: Vectors,
    learned: Learned,
}

impl Linker {
    /// The linker as bytes: the same for the same linker.
    pub fn to_bytes(&self) -> Vec<u8> {
        let lexicon = self.lexicon();
        let writing = Writing {
            version: VERSION,
            lexicon_sha256: lexicon.digest(),
            concepts: lexicon.concepts(),
            strings: &self.strings,
            vectors: self.knowledge.names.vectors(),
            learned: &self.learned,
        };
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        let written = serde_json::to_writer(&mut packed, &writing).map_err(io::Error::from).and_then(|()| packed.finish());
        written.expect("memory takes what is written, and every key is a string")
    }

    /// The linker that [`Linker::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`LinkError::Broken`] for bytes that are no linker, are cut short, or do not belong together; [`LinkError::OtherVersion`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LinkError> {
        let broken = |what: String| LinkError::Broken(what);
        let mut text = String::new();
        let read = GzDecoder::new(bytes).take(LIMIT).read_to_string(&mut text);
        read.map_err(|error| broken(error.to_string()))?;
        let unreadable = |error: serde_json::Error| broken(crate::corpus::shown(&error.to_string()));
        let Version { version } = serde_json::from_str(&text).map_err(unreadable)?;
        let other = LinkError::OtherVersion { found: version, expected: VERSION };
        if version != VERSION {
            return Err(other);
        }
        let reading: Reading = serde_json::from_str(&text).map_err(unreadable)?;
        let width = if reading.learned.options.dictionary_mentions { WIDTH } else { WIDTH_OF_GIVEN };
        if reading.learned.features != NAMES[..width] {
            return Err(other);
        }
        let lexicon = Lexicon::new(reading.concepts);
        if lexicon.digest() != reading.lexicon_sha256 {
            return Err(broken("its vocabulary does not have the digest that it names".into()));
        }
        let learned = reading.learned;
        let numbers = [learned.temperature, learned.threshold, learned.tagger_weight].into_iter().chain(learned.parts.0.iter().copied());
        let numbers = numbers.chain(learned.proposals.iter().flat_map(Proposals::numbers));
        if !learned.trees.is_sound(width)
            || learned.temperature <= 0.0
            || !numbers.into_iter().all(f64::is_finite)
            || !learned.proposals.iter().all(Proposals::is_sound)
        {
            return Err(broken("its trees point outside themselves, or a number is not finite".into()));
        }
        let vectors = reading.vectors.restored().ok_or_else(|| broken("its word vectors are of different lengths".into()))?;
        let dictionary = learned.dictionary(&lexicon);
        let knowledge = Knowledge::new(lexicon, &reading.strings, |_| vectors);
        Ok(Linker { knowledge, strings: reading.strings, dictionary, learned })
    }
}
