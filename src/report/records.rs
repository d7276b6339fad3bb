//! Finding and reading run records.

use super::ReportError;
use crate::run::record::{RunRecord, RunState};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Reads every run record under `dirs`, in the order of their run ids.
///
/// Folders are searched to any depth. A JSON file counts as a record when its top level has `result` and `measured`; other
/// JSON files are passed over. A run that is found twice (in the run store and published) counts once; of a failed and a
/// finished record of one run the finished one counts.
///
/// # Errors
/// A folder or file that cannot be read, a record that does not parse, two records of one run with different results, or
/// no record at all.
pub fn load_records(dirs: &[PathBuf]) -> Result<Vec<RunRecord>, ReportError> {
    let mut found: BTreeMap<String, (PathBuf, RunRecord)> = BTreeMap::new();
    for dir in dirs {
        for path in json_files(dir)? {
            let Some(record) = read_record(&path)? else { continue };
            match found.get(&record.result.run_id) {
                Some((_, known)) if known.result.state == RunState::Done && record.result.state != RunState::Done => {}
                Some((first, known)) if known.result.state == record.result.state && known.result != record.result => {
                    return Err(ReportError::Conflict { run_id: record.result.run_id, first: first.clone(), second: path });
                }
                Some((_, known)) if known.result.state == record.result.state => {}
                _ => {
                    found.insert(record.result.run_id.clone(), (path, record));
                }
            }
        }
    }
    if found.is_empty() {
        return Err(ReportError::NoRecords(dirs.to_vec()));
    }
    Ok(found.into_values().map(|(_, record)| record).collect())
}

/// JSON files under `dir`, sorted. A folder that is not there holds none.
pub(super) fn json_files(dir: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let mut files = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |source| ReportError::Read { path: folder.clone(), source };
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && folder == dir => return Ok(files),
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

fn read_record(path: &Path) -> Result<Option<RunRecord>, ReportError> {
    let text = fs::read_to_string(path).map_err(|source| ReportError::Read { path: path.to_owned(), source })?;
    let is_record = text.trim_start().starts_with('{') && text.contains("\"result\"") && text.contains("\"measured\"");
    if is_record { parse(path, &text, "run record").map(Some) } else { Ok(None) }
}

pub(super) fn parse<T: DeserializeOwned>(path: &Path, text: &str, what: &'static str) -> Result<T, ReportError> {
    serde_json::from_str(text).map_err(|source| ReportError::Parse {
        path: path.to_owned(),
        what,
        line: source.line(),
        column: source.column(),
        source,
    })
}
