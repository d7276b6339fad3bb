//! How much of a text has vectors.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Embedding, Lookup};

/// Words of a text, told apart (types) and counted each time (tokens), and those that find a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    pub types: u64,
    pub types_found: u64,
    pub tokens: u64,
    pub tokens_found: u64,
}

impl Coverage {
    /// Share of the types that have a vector, 0 to 1; `None` for no text.
    pub fn type_share(&self) -> Option<f64> {
        (self.types > 0).then(|| self.types_found as f64 / self.types as f64)
    }

    /// Share of the tokens that have a vector, 0 to 1; `None` for no text.
    pub fn token_share(&self) -> Option<f64> {
        (self.tokens > 0).then(|| self.tokens_found as f64 / self.tokens as f64)
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let percent = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.2} %", 100.0 * share));
        write!(f, "{} of {} words ({})", self.types_found, self.types, percent(self.type_share()))?;
        write!(f, ", {} of {} tokens ({})", self.tokens_found, self.tokens, percent(self.token_share()))
    }
}

/// Counts the tokens that find a row. Words that differ in case are different types.
pub fn coverage<'a>(embedding: &Embedding, tokens: impl Iterator<Item = &'a str>, rule: Lookup) -> Coverage {
    let mut found_of: HashMap<&str, bool> = HashMap::new();
    let mut coverage = Coverage::default();
    for token in tokens {
        let found = *found_of.entry(token).or_insert_with(|| embedding.row_of(token, rule).is_some());
        coverage.tokens += 1;
        coverage.tokens_found += u64::from(found);
    }
    coverage.types = found_of.len() as u64;
    coverage.types_found = found_of.values().filter(|found| **found).count() as u64;
    coverage
}
