//! Published records: small files with names that a person can read, their predictions beside them, and one gold table for all that share it.

use super::read::Reader;
use super::{StoreError, write, write_record};
use crate::run::identity::short;
use crate::run::record::{RunRecord, RunState};
use std::fs;
use std::path::Path;

/// Writes records into the folder `published`, unless they are there already, and gives how many are new. `name` gives a record's name
/// without ending; it must end with `_` and the run's short id. Failed runs are published too, so that a table redrawn elsewhere says the
/// same of them; a run that was made again replaces its failure. Gold tables go to `../inputs/gold`.
///
/// # Errors
/// A file that cannot be read or written, or a published record that cannot be trusted.
pub fn publish(records: &[RunRecord], published: &Path, name: impl Fn(&RunRecord) -> String) -> Result<usize, StoreError> {
    let mut new = 0;
    let mut reader = Reader::default();
    for record in records {
        let path = published.join(format!("{}.json", name(record)));
        if let Some(old) = reader.read(&path, Some(&record.result.run_id))?
            && (record.result.state != RunState::Done || old.result.state == RunState::Done)
        {
            continue;
        }
        make_folder(published)?;
        if let Some(predictions) = &record.predictions {
            let folder = published.join("../inputs/gold");
            let gold = predictions.gold();
            let file = folder.join(format!("{}_{}.pack", record.result.spec.data.corpus, short(gold.sha256())));
            if !file.exists() {
                make_folder(&folder)?;
                write(&file, &gold.pack().0)?;
            }
        }
        write_record(&path, record)?;
        new += 1;
    }
    Ok(new)
}

fn make_folder(path: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(path).map_err(|source| StoreError::Write { path: path.to_owned(), source })
}
