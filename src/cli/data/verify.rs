//! `mermen data verify`: whether the files in the data folder are those that the registry names.

use super::{DataFolder, own};
use crate::baseline::Systems;
use crate::cli::print;
use crate::registry::{Registry, RegistryError, FileStatus};
use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;

#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  mermen data verify
  mermen data verify bc5cdr medic --data-dir data
  mermen data verify own.yaml           the corpora and word vectors that an experiment file defines")]
pub struct Args {
    /// Names of corpora, embeddings and lexicons, experiment files whose own data is meant, or files of a corpus [default: all in the data folder]
    #[arg(value_name = "NAME|SPEC|FILE")]
    names: Vec<String>,
    #[command(flatten)]
    folder: DataFolder,
}

/// A line for each file; 1 where one differs, or is named and missing.
///
/// # Errors
/// An unknown name.
pub fn run(args: &Args, systems: &Systems) -> anyhow::Result<u8> {
    let files = Registry::built_in()?.files();
    let known: BTreeSet<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let (own, names) = own::split(&args.names, systems)?;
    if let Some(name) = names.iter().find(|name| !known.contains(name.as_str())) {
        return Err(RegistryError::unknown("file", name, known.into_iter().map(str::to_owned).collect()).into());
    }
    let mut out = String::new();
    let mut differences = own::verify(&own, &mut out)?;
    let all = args.names.is_empty();
    for file in files.iter().filter(|file| all || names.contains(&file.name)) {
        let named = format!("{} {}: {}", file.kind, file.name, file.path);
        let Some(path) = file.find(&args.folder.data_dir) else {
            // What was asked for by name has to be there.
            differences += usize::from(!all);
            writeln!(out, "missing   {named}")?;
            continue;
        };
        let named = if path.ends_with(&file.path) { named } else { format!("{} {}: {}", file.kind, file.name, file.target()) };
        match file.check(&path) {
            Ok(status) => {
                let counts = file.split.as_ref().and_then(|(split, _)| {
                    let mentions = split.mentions.iter().map(|(entity_type, count)| format!(", {count} {entity_type}"));
                    Some(format!(" ({} documents{})", split.documents?, mentions.collect::<String>()))
                });
                let counts = counts.unwrap_or_default();
                match status {
                    FileStatus::SameBytes => writeln!(out, "ok        {named}{counts}")?,
                    FileStatus::SameDocuments => writeln!(out, "ok        {named}{counts}: other line ends, the same documents")?,
                    FileStatus::NoDigest => writeln!(out, "no digest {named}{counts}")?,
                }
            }
            Err(why) => {
                differences += 1;
                let cause = why.source().map(|cause| format!(": {cause}")).unwrap_or_default();
                writeln!(out, "differs   {named}: {why}{cause}; get it again (`mermen data get {}`)", file.name)?;
            }
        }
    }
    print(&out);
    Ok(u8::from(differences > 0))
}
