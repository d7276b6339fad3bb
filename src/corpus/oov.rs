//! The paper's partition of entities by which of their words are known (Tables 6 and 7).

use serde::{Deserialize, Serialize};

/// Which word lists hold an entity's words, after Ma & Hovy (2016): training words and words that have a vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum OovSubset {
    /// In vocabulary: every word in training, every word with a vector.
    Iv,
    /// Out of training vocabulary: some word not in training, all with a vector.
    Ootv,
    /// Out of embedding vocabulary: some word without a vector, all in training.
    Ooev,
    /// Out of both: some word not in training and some word without a vector.
    Oobv,
}

impl OovSubset {
    /// Every subset, in the order of Table 6.
    pub const ALL: [OovSubset; 4] = [OovSubset::Iv, OovSubset::Ootv, OovSubset::Ooev, OovSubset::Oobv];
}

/// The subset of an entity made of `words`. The word lists come as predicates, so that the run's own look-up rule decides.
pub fn oov_subset(words: &[&str], in_train: impl Fn(&str) -> bool, in_embedding: impl Fn(&str) -> bool) -> OovSubset {
    match (words.iter().all(|word| in_train(word)), words.iter().all(|word| in_embedding(word))) {
        (true, true) => OovSubset::Iv,
        (false, true) => OovSubset::Ootv,
        (true, false) => OovSubset::Ooev,
        (false, false) => OovSubset::Oobv,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_subset_by_its_definition() {
        let subset = |words: &[&str]| oov_subset(words, |w| w.contains('t'), |w| w.contains('e'));
        assert_eq!(subset(&["te", "te"]), OovSubset::Iv);
        assert_eq!(subset(&["te", "e"]), OovSubset::Ootv);
        assert_eq!(subset(&["te", "t"]), OovSubset::Ooev);
        // Two words, each missing from another list.
        assert_eq!(subset(&["t", "e"]), OovSubset::Oobv);
        assert_eq!(serde_json::to_string(&OovSubset::Ootv).unwrap(), "\"OOTV\"");
    }
}
