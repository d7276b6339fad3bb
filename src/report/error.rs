//! What can go wrong between a folder of run records and a folder of reports.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("no run record under {}: a record is a JSON file that `mermen run` writes when a run ends; name the folder that holds them with --runs-dir", join(.0))]
    NoRecords(Vec<PathBuf>),
    #[error("cannot read {path}: check that it exists and may be read", path = .path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("cannot write {path}: check that the folder may be written to and that the disk has space left", path = .path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("{path}, line {line}, column {column}: not a {what}; it was cut short or made by another version of mermen: delete it and run its experiment again", path = .path.display())]
    Parse { path: PathBuf, what: &'static str, line: usize, column: usize, source: serde_json::Error },
    #[error(transparent)]
    Store(#[from] crate::run::store::StoreError),
    #[error("{path}, line {line}: {found}; expected {expected}", path = .path.display())]
    Frames { path: PathBuf, line: u64, found: String, expected: &'static str },
    #[error("cannot build the data frame `{frame}`")]
    Frame { frame: &'static str, source: polars::error::PolarsError },
    #[error("cannot draw the figure `{figure}`: {why}")]
    Figure { figure: String, why: String },
}

fn join(paths: &[PathBuf]) -> String {
    paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
}
