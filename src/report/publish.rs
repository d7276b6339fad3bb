//! Published records: small files under `reports/records`, with names that a person can read.

use super::ReportError;
use super::output::write_whole;
use super::system::{System, framework_name};
use crate::run::identity::short;
use crate::run::layout::pretty;
use crate::run::record::RunRecord;
use crate::run::spec::RunSpec;
use crate::run::store::{self, StoreError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// A run's name with `.json`.
pub fn record_file_name(record: &RunRecord) -> String {
    format!("{}.json", run_name(&record.result.spec, &record.result.run_id))
}

/// `ncbi-disease_mtl-men-mer-feedback_bi-lstm-cnns_word2vec-50_seed1_0123456789ab`: the last part is the start of the
/// run id, which alone tells runs apart.
pub fn run_name(spec: &RunSpec, run_id: &str) -> String {
    let system = System::of(spec);
    let words = slug(&[&spec.data.corpus, framework_name(system.framework), system.network.name(), &spec.embedding.name]);
    format!("{words}_seed{}_{}", spec.seed, short(run_id))
}

/// `mtl-men-mer-feedback_bi-lstm-cnns`
pub fn system_name(spec: &RunSpec) -> String {
    let system = System::of(spec);
    slug(&[framework_name(system.framework), system.network.name()])
}

/// `stem`, with the keys in which this specification differs from others that have the same stem: `mtl_bi-lstm_hidden-100`. Corpus, seed and
/// threads show in no network.
pub(super) fn file_name(stem: &str, keys: &BTreeMap<String, String>, namesakes: &[BTreeMap<String, String>]) -> String {
    let differs = |key: &&String| {
        !matches!(key.as_str(), "seed" | "train.threads" | "data.corpus") && namesakes.iter().any(|other| other.get(*key) != keys.get(*key))
    };
    let parts = keys.keys().filter(differs).map(|key| format!("{}-{}", key.rsplit('.').next().unwrap_or(key), keys[key]));
    let parts: Vec<String> = std::iter::once(stem.to_owned()).chain(parts.map(|part| slug(&[&part]))).collect();
    parts.join("_")
}

/// Lower case, letters and digits with single hyphens between them; parts are joined by `_`.
fn slug(parts: &[&str]) -> String {
    let mut name = String::new();
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            name.push('_');
        }
        for c in part.chars() {
            match c.to_ascii_lowercase() {
                c if c.is_ascii_alphanumeric() => name.push(c),
                _ if name.ends_with(['-', '_']) => {}
                _ => name.push('-'),
            }
        }
    }
    name
}

/// Writes `records` into `folder`, unless they are there already, and gives how many are new.
///
/// # Errors
/// As [`store::publish`].
pub fn publish(records: &[RunRecord], folder: &Path) -> Result<usize, StoreError> {
    store::publish(records, folder, |record| run_name(&record.result.spec, &record.result.run_id))
}

/// Writes a value as JSON that a person can read.
///
/// # Errors
/// A file that cannot be written.
pub(super) fn write_json<T: Serialize + ?Sized>(path: &Path, value: &T) -> Result<(), ReportError> {
    let failed = |e: serde_json::Error| ReportError::Write { path: path.to_owned(), source: e.into() };
    write_whole(path, pretty(value).map_err(failed)?.as_bytes())
}
