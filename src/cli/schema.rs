//! `mermen schema`: the JSON Schema of experiment files, for editors.

use super::print;
use crate::experiment::schema;

/// Print the JSON Schema of experiment files
///
/// An editor with a YAML language server completes and checks keys by it. The first line of an experiment file names it:
/// `# yaml-language-server: $schema=../docs/experiment.schema.json`
#[derive(clap::Args)]
#[command(after_help = "Examples:
  mermen schema
  mermen schema > docs/experiment.schema.json")]
pub struct Args {}

pub fn run(_: Args) -> anyhow::Result<u8> {
    print(&(serde_json::to_string_pretty(&schema::experiment_file())? + "\n"));
    Ok(0)
}
