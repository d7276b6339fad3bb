//! What a baseline's runs were asked for, in a file beside it (`drift.csv` has `drift.specs.json`): a check can name the keys of a specification
//! that changed, and an update knows whose baseline it would replace.

use super::baseline::BaselineError;
use crate::report::setting::flat_stored;
use crate::run::record::RunRecord;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Keys that are part of a run's identity, with their values as YAML shows them; without the threads, which change no score.
pub type SpecKeys = BTreeMap<String, String>;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineSpecs {
    /// Name of the experiment that the baseline was made of; `None` for a baseline from before this was kept.
    pub experiment: Option<String>,
    /// By `spec_hash`.
    pub specs: BTreeMap<String, SpecKeys>,
}

/// The keys of a run's specification that a baseline compares.
pub(super) fn keys(record: &RunRecord) -> SpecKeys {
    flat_stored(&record.result.spec).into_iter().filter(|(key, _)| key != "train.threads").collect()
}

impl BaselineSpecs {
    /// Where the file of a baseline is.
    pub fn path(baseline: &Path) -> PathBuf {
        baseline.with_extension("specs.json")
    }

    /// The file beside a baseline; nothing is known where there is none.
    pub(super) fn beside(baseline: &Path) -> Result<Self, BaselineError> {
        let path = Self::path(baseline);
        let file = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(BaselineError::Read { file, source }),
            Ok(text) => serde_json::from_str(&text).map_err(|error| BaselineError::Malformed {
                file,
                line: error.line() as u64,
                found: error.to_string(),
                expected: "the specifications of the baseline beside it".into(),
            }),
        }
    }

    pub fn to_json(&self) -> String {
        // Texts alone: nothing that JSON lacks.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// What differs between two specifications: `train.epochs: 8 in the baseline, 9 now`. `None` where either is unknown.
    pub(super) fn difference(&self, old: &str, now: &Self, new: &str) -> Option<String> {
        let (old, new) = (self.specs.get(old)?, now.specs.get(new)?);
        let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
        keys.sort();
        keys.dedup();
        let value = |keys: &SpecKeys, key: &String| keys.get(key).cloned().unwrap_or_else(|| "not set".to_owned());
        let differing: Vec<String> = keys
            .into_iter()
            .filter(|key| old.get(*key) != new.get(*key))
            .map(|key| format!("{key}: {} in the baseline, {} now", value(old, key), value(new, key)))
            .collect();
        (!differing.is_empty()).then(|| differing.join("; "))
    }
}
