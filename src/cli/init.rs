//! `mermen init`: a folder in which the main job runs outside the source tree.

use super::{print, say};
use crate::atomic_file::write_atomically;
use crate::baseline::Systems;
use crate::experiment::schema;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Lay out a folder for experiments: commented experiment files, a small corpus with its word vectors, a drift workflow
///
/// Everything comes out of the program; nothing is downloaded. Files that are there with the same content are left as they are; if one
/// is there with other content, nothing is written.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  mermen init my-experiments
  mermen init .")]
pub struct Args {
    /// Folder to lay out; made if it is missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

#[derive(Debug, thiserror::Error)]
enum InitError {
    #[error("{} is there with other content; nothing was written. Move it away, or choose another folder", .0.display())]
    Taken(PathBuf),
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
}

/// Path under the folder, and content.
const FILES: [(&str, &str); 11] = [
    ("README.md", include_str!("init/README.md")),
    (".gitignore", "/runs\n"),
    (".github/workflows/drift.yml", include_str!("init/drift-workflow.yml")),
    ("experiments/quickstart.yaml", include_str!("../../experiments/quickstart.yaml")),
    ("experiments/own.yaml", include_str!("init/own.yaml")),
    ("experiments/drift.yaml", include_str!("../../experiments/drift.yaml")),
    ("data/mini/README.md", include_str!("../../data/mini/README.md")),
    ("data/mini/train.PubTator.txt", include_str!("../../data/mini/train.PubTator.txt")),
    ("data/mini/dev.PubTator.txt", include_str!("../../data/mini/dev.PubTator.txt")),
    ("data/mini/test.PubTator.txt", include_str!("../../data/mini/test.PubTator.txt")),
    ("data/mini/embedding.txt", include_str!("../../data/mini/embedding.txt")),
];

const SCHEMA: &str = "experiments/experiment.schema.json";

pub fn run(args: Args, systems: &Systems) -> anyhow::Result<u8> {
    let schema = serde_json::to_string_pretty(&schema::experiment_file(&systems.names()))? + "\n";
    let files: Vec<(&str, &str)> = FILES.into_iter().chain([(SCHEMA, schema.as_str())]).collect();
    let missing = missing(&args.folder, &files)?;
    for (path, content) in &missing {
        write(&args.folder.join(path), content)?;
    }
    let shown = args.folder.display();
    say(&format!("{} files written to {shown}, {} were there", missing.len(), files.len() - missing.len()));
    if args.folder != Path::new(".") {
        print(&format!("cd {shown}\n"));
    }
    print("mermen run experiments/quickstart.yaml\n");
    Ok(0)
}

/// The files that are not there yet.
fn missing<'a>(folder: &Path, files: &[(&'a str, &'a str)]) -> Result<Vec<(&'a str, &'a str)>, InitError> {
    let mut missing = Vec::new();
    for (name, content) in files {
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(there) if there == content.as_bytes() => {}
            Ok(_) => return Err(InitError::Taken(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing.push((*name, *content)),
            Err(source) => return Err(InitError::Read { path, source }),
        }
    }
    Ok(missing)
}

fn write(path: &Path, content: &str) -> Result<(), InitError> {
    let failed = |source| InitError::Write { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    write_atomically(path, content.as_bytes()).map_err(failed)
}
