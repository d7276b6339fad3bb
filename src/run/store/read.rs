//! Reading records, each checked for consistency.

use super::{RECORD, StoreError, read_bytes, read_json};
use crate::evaluate::{Gold, Split};
use crate::run::gold::GoldTable;
use crate::run::identity::{run_id, short};
use crate::run::predictions::{Packed, Predictions};
use crate::run::record::{PROTOCOL, ProbeRecord, RunRecord, RunState};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Name of the gold table in a run's folder.
pub(super) const GOLD: &str = "gold.pack";

/// Reads a record and holds it to its own hash, and to `expected` where that is given. `None` where the file does not exist.
///
/// # Errors
/// A file that cannot be read or is damaged; a record of another protocol, of another run than it says, or with scores that are not those
/// of its predictions; predictions or a gold table that are missing or not whole.
pub fn read_record(path: &Path, expected: Option<&str>) -> Result<Option<RunRecord>, StoreError> {
    Reader::default().read(path, expected)
}

/// What is under some folders.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredRecords {
    /// In the order of their run ids, each run once.
    pub records: Vec<RunRecord>,
    /// Files of records that another version of the program made: history, not results of this one.
    pub of_other_protocols: Vec<PathBuf>,
}

/// Reads every run record under `folders`.
///
/// Folders are searched to any depth; one that is not there holds none. A file is a record by its name (`record.json`, or a name that ends
/// with the short id of a run) or by having the members of one; other JSON files are skipped. A run that is found twice (in the run
/// store and published) counts once; of a failed and a finished record of one run the finished one counts.
///
/// # Errors
/// As [`read_record`], and two records of one run with different results.
pub fn read_records(folders: &[PathBuf]) -> Result<StoredRecords, StoreError> {
    let mut reader = Reader::default();
    let mut of_other_protocols = Vec::new();
    let mut found: BTreeMap<String, (PathBuf, RunRecord)> = BTreeMap::new();
    for folder in folders {
        for path in json_files(folder)? {
            if !is_record(&path)? {
                continue;
            }
            let record = match reader.read(&path, None) {
                Ok(Some(record)) => record,
                Ok(None) => continue,
                Err(StoreError::Protocol { path, .. }) => {
                    of_other_protocols.push(path);
                    continue;
                }
                Err(error) => return Err(error),
            };
            match found.get(&record.result.run_id) {
                Some((_, known)) if known.result.state == RunState::Done && record.result.state != RunState::Done => {}
                Some((first, known)) if known.result.state == record.result.state && known.result != record.result => {
                    return Err(StoreError::Conflict { run_id: record.result.run_id, first: first.clone(), second: path });
                }
                Some((_, known)) if known.result.state == record.result.state => {}
                _ => {
                    found.insert(record.result.run_id.clone(), (path, record));
                }
            }
        }
    }
    Ok(StoredRecords { records: found.into_values().map(|(_, record)| record).collect(), of_other_protocols })
}

/// The short id with which the name of a published record ends.
pub(super) fn id_in_name(path: &Path) -> Option<&str> {
    let id = path.file_stem()?.to_str()?.rsplit_once('_')?.1;
    (id.len() == short(&"0".repeat(64)).len() && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(id)
}

fn is_record(path: &Path) -> Result<bool, StoreError> {
    if path.file_name().is_some_and(|name| name == RECORD) || id_in_name(path).is_some() {
        return Ok(true);
    }
    let bytes = read_bytes(path)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.trim_start().starts_with('{') && text.contains("\"result\"") && text.contains("\"measured\""))
}

/// JSON files under `folder`, at any depth, sorted. A folder that is not there holds none.
///
/// # Errors
/// A folder that cannot be read.
pub fn json_files(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        let failed = |source| StoreError::Read { path: inner.clone(), source };
        let entries = match fs::read_dir(&inner) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound && inner == folder => return Ok(files),
            Err(e) => return Err(failed(e)),
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let path = entry.path();
            if entry.file_type().map_err(failed)?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "json") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Reads published probes, `<12 hex digits>.json`; those of another protocol are skipped.
///
/// # Errors
/// A file that cannot be read, is damaged, or is of another run than its name says.
pub fn read_probes(folder: &Path) -> Result<Vec<ProbeRecord>, StoreError> {
    let mut found = Vec::new();
    for path in json_files(folder)? {
        let Some(probes) = read_json::<ProbeRecord>(&path)?.filter(|probes| probes.protocol == PROTOCOL) else { continue };
        let expected = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if short(&probes.run_id) != expected {
            return Err(StoreError::WrongRun { path, found: short(&probes.run_id).to_owned(), expected });
        }
        found.push(probes);
    }
    Ok(found)
}

/// What every record of any protocol has.
#[derive(Deserialize)]
struct Dated {
    result: Protocol,
}

#[derive(Deserialize)]
struct Protocol {
    protocol: u32,
}

/// Reads records; gold tables that several share are read once.
#[derive(Debug, Default)]
pub(super) struct Reader {
    gold: HashMap<String, Known>,
}

/// A gold table, and dev and test prepared for scoring.
#[derive(Clone, Debug)]
struct Known {
    table: Arc<GoldTable>,
    splits: Arc<[Gold; 2]>,
}

impl Reader {
    /// As [`read_record`].
    pub fn read(&mut self, path: &Path, expected: Option<&str>) -> Result<Option<RunRecord>, StoreError> {
        let Some(bytes) = read_bytes(path)? else { return Ok(None) };
        // A record of another protocol may have other members.
        if let Ok(Dated { result: Protocol { protocol: found } }) = serde_json::from_slice(&bytes)
            && found != PROTOCOL
        {
            return Err(StoreError::Protocol { path: path.to_owned(), found });
        }
        let damaged = |source| StoreError::Damaged { path: path.to_owned(), source };
        let mut record: RunRecord = serde_json::from_slice(&bytes).map_err(damaged)?;
        let result = &record.result;
        let digests = result.data.digests();
        let hashed = run_id(&result.spec, &digests);
        let expected = expected.unwrap_or(&hashed);
        if result.run_id != expected || hashed != expected {
            let found = if hashed == expected { &result.run_id } else { &hashed };
            return Err(StoreError::WrongRun {
                path: path.to_owned(),
                found: short(found).to_owned(),
                expected: short(expected).to_owned(),
            });
        }
        if let Some(facts) = &result.predictions {
            let (sha256, gold) = (facts.sha256.clone(), facts.gold.clone());
            self.add_predictions(path, &mut record, &sha256, &gold)?;
        }
        Ok(Some(record))
    }

    /// Reads the predictions of a record, derives the counts of each document from them, and holds the record's own counts to them.
    fn add_predictions(&mut self, path: &Path, record: &mut RunRecord, sha256: &str, gold: &str) -> Result<(), StoreError> {
        let packed_at = path.with_extension("pack");
        let bytes = read_bytes(&packed_at)?.ok_or_else(|| StoreError::NoPredictions { path: packed_at.clone() })?;
        let fault = |source| StoreError::Pack { path: packed_at.clone(), source };
        let packed = Packed::open(&bytes).map_err(fault)?;
        if packed.sha256() != sha256 || packed.gold() != gold || packed.run_id() != record.result.run_id {
            return Err(StoreError::OtherPredictions { path: packed_at, record: path.to_owned() });
        }
        let known = self.gold(path, gold)?;
        let predictions: Predictions = packed.against(known.table).map_err(fault)?;
        let result = &mut record.result;
        for ((split, gold), scores) in Split::ALL.into_iter().zip(known.splits.iter()).zip([&mut result.dev, &mut result.test]) {
            let Some(scores) = scores else { continue };
            let predicted = predictions.unpacked(split).map_err(fault)?;
            let (documents, views) = gold.documents_and_totals(&predicted.mer, &predicted.men);
            let own = [("mentions", scores.mention), ("concepts", scores.concept)];
            if let Some(((what, _), _)) = own.into_iter().zip(views).find(|((_, own), derived)| own != derived) {
                return Err(StoreError::Scores { path: path.to_owned(), split, what });
            }
            scores.documents = documents;
        }
        record.predictions = Some(Arc::new(predictions));
        Ok(())
    }

    /// The gold table of this digest: beside the record, or in the inputs of the report that it is published in.
    fn gold(&mut self, record: &Path, sha256: &str) -> Result<Known, StoreError> {
        if let Some(known) = self.gold.get(sha256) {
            return Ok(known.clone());
        }
        for path in gold_files(record, sha256)? {
            let Some(bytes) = read_bytes(&path)? else { continue };
            let table = GoldTable::unpack(&bytes).map_err(|source| StoreError::Pack { path, source })?;
            if table.sha256() == sha256 {
                let splits = Split::ALL.map(|split| Gold::new(&table.split(split).documents, &table.entity_types));
                let known = Known { table: Arc::new(table), splits: Arc::new(splits) };
                self.gold.insert(sha256.to_owned(), known.clone());
                return Ok(known);
            }
        }
        Err(StoreError::NoGold { record: record.to_owned(), sha256: short(sha256).to_owned() })
    }
}

/// Where the gold table of a record may be.
fn gold_files(record: &Path, sha256: &str) -> Result<Vec<PathBuf>, StoreError> {
    let folder = record.parent().unwrap_or(Path::new(""));
    let mut files = vec![folder.join(GOLD)];
    let published = folder.join("../inputs/gold");
    let entries = match fs::read_dir(&published) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(files),
        Err(source) => return Err(StoreError::Read { path: published, source }),
    };
    for entry in entries {
        let path = entry.map_err(|source| StoreError::Read { path: published.clone(), source })?.path();
        if path.extension().is_some_and(|extension| extension == "pack") && id_in_name(&path) == Some(short(sha256)) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
