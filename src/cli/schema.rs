//! `mermen schema`: the JSON Schema of experiment files, for editors; the table of keys, for people.

use super::print;
use crate::baseline::Systems;
use crate::experiment::schema;
use crate::run::ledger;

/// Print the JSON Schema of experiment files, or a table of all keys
///
/// An editor with a YAML language server completes and checks keys by it. The first line of an experiment file names it:
/// `# yaml-language-server: $schema=../docs/experiment.schema.json`
#[derive(clap::Args)]
#[command(after_help = "Examples:
  mermen schema
  mermen schema > docs/experiment.schema.json
  mermen schema --keys")]
pub struct Args {
    /// Print the keys of a run instead: a table (Markdown) of meaning, default, other values, and why each is a key
    #[arg(long)]
    keys: bool,
}

pub fn run(args: Args, systems: &Systems) -> anyhow::Result<u8> {
    if args.keys {
        print(&ledger::table());
        return Ok(0);
    }
    print(&(serde_json::to_string_pretty(&schema::experiment_file(&systems.names()))? + "\n"));
    Ok(0)
}
