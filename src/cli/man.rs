//! `mermen man`: manual pages, from the same source as `--help`.

use super::{Arguments, print, say};
use clap::CommandFactory;
use std::path::{Path, PathBuf};

/// Write manual pages: one for the program, or with `--output` one for each command too
#[derive(clap::Args)]
#[command(after_help = "Examples:
  mermen man > mermen.1
  mermen man --output ~/.local/share/man/man1")]
pub struct Args {
    /// Folder for `mermen.1`, `mermen-run.1` and so on; made if it is missing. Without it the program's page goes to standard output
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot write manual pages to {}", folder.display())]
struct WriteError {
    folder: PathBuf,
    source: std::io::Error,
}

pub fn run(args: Args) -> anyhow::Result<u8> {
    match args.output {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
            print(&String::from_utf8(page)?);
        }
        Some(folder) => {
            let pages = write_pages(&folder).map_err(|source| WriteError { folder: folder.clone(), source })?;
            say(&format!("{pages} manual pages in {}", folder.display()));
        }
    }
    Ok(0)
}

fn write_pages(folder: &Path) -> std::io::Result<usize> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Arguments::command(), folder)?;
    let pages = std::fs::read_dir(folder)?.filter_map(Result::ok).filter(|entry| entry.file_name().to_string_lossy().starts_with("mermen"));
    Ok(pages.count())
}
