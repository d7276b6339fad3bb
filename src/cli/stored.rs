//! Records that the command line names.

use super::say;
use crate::report::ReportError;
use crate::run::record::{PROTOCOL, RunRecord};
use crate::run::store::{StoreError, StoredRecords, read_records};
use anyhow::bail;
use std::path::PathBuf;

/// Every record under `folders`, in the order of their run ids; that some are of another protocol is reported.
///
/// # Errors
/// A record that cannot be read or trusted.
pub fn found(folders: &[PathBuf]) -> Result<Vec<RunRecord>, StoreError> {
    let StoredRecords { records, of_other_protocols } = read_records(folders)?;
    if let [first, ..] = &of_other_protocols[..] {
        let (many, first) = (of_other_protocols.len(), first.display());
        say(&format!("{many} records ({first} first) are of another protocol than this program's ({PROTOCOL}): left out"));
    }
    Ok(records)
}

/// As [`found`]; that there is none is an error.
///
/// # Errors
/// A record that cannot be read or trusted, or none at all.
pub fn records(folders: &[PathBuf]) -> anyhow::Result<Vec<RunRecord>> {
    let records = found(folders)?;
    if records.is_empty() {
        return Err(ReportError::NoRecords(folders.to_vec()).into());
    }
    Ok(records)
}

/// The one run whose id starts so.
///
/// # Errors
/// None, or several.
pub fn find<'a>(records: &'a [RunRecord], id: &str) -> anyhow::Result<&'a RunRecord> {
    let found: Vec<&RunRecord> = records.iter().filter(|record| !id.is_empty() && record.result.run_id.starts_with(id)).collect();
    match found[..] {
        [one] => Ok(one),
        [] => {
            let near = records
                .iter()
                .map(|record| &record.result.run_id)
                .max_by(|a, b| strsim::jaro_winkler(a, id).total_cmp(&strsim::jaro_winkler(b, id)));
            let near: String = near.map(|near| near.chars().take(12).collect()).unwrap_or_default();
            bail!("no run `{id}` among {} records; the nearest is `{near}`: run ids name the folders of the run store", records.len())
        }
        _ => bail!("`{id}` fits {} runs: give more digits of the id", found.len()),
    }
}
