//! TaggerOne (Leaman & Lu 2016): a previous system whose published predictions can be scored again.

use std::path::{Path, PathBuf};

/// The published predictions of TaggerOne 0.2.1 on a corpus's test split, as PubTator, where the data folder has them.
pub fn predictions(corpus: &str, data_dir: &Path) -> Option<PathBuf> {
    let name = match corpus {
        "ncbi-disease" => "NCBI",
        "bc5cdr" => "BC5CDR",
        _ => return None,
    };
    let path = data_dir.join(format!("baselines/taggerone/{name}.test.taggerone.PubTator.txt"));
    path.exists().then_some(path)
}
