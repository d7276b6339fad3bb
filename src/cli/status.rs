//! `mermen status`: how far an experiment is.

use super::asked::{Asked, SpecArgs};
use super::print;
use crate::experiment::identity::short;
use crate::experiment::plan::{PlanEntry, Standing};
use crate::experiment::record::RunState;
use crate::experiment::store::StoreError;
use std::fmt::Write;

/// Tell which runs of an experiment are done, at work, begun or failed, and why
#[derive(clap::Args)]
#[command(after_help = "Examples:
  mermen status experiments/table2.yaml --data-dir data")]
pub struct Args {
    #[command(flatten)]
    asked: SpecArgs,
}

pub fn run(args: Args) -> anyhow::Result<u8> {
    let asked = args.asked.read()?;
    let mut text = String::from("run           state    what\n");
    for entry in &asked.plan.entries {
        let (state, detail) = state(&asked, entry)?;
        let id = entry.id.as_deref().map_or("-", short);
        let name = entry.names.first().map_or("", String::as_str);
        let _ = writeln!(text, "{id:<12}  {state:<7}  {name}");
        for line in detail {
            let _ = writeln!(text, "{:23}{line}", "");
        }
    }
    print(&(text + &asked.plan.summary() + "\n"));
    Ok(0)
}

/// A word, and lines with more.
fn state(asked: &Asked, entry: &PlanEntry) -> Result<(&'static str, Vec<String>), StoreError> {
    let id = match (&entry.standing, &entry.id) {
        (Standing::Done, _) => return Ok(("done", Vec::new())),
        (Standing::NotRun(why), _) => return Ok(("not run", vec![why.clone()])),
        (Standing::ToDo, None) => return Ok(("to do", Vec::new())),
        (Standing::ToDo, Some(id)) => id,
    };
    let folder = asked.store.folder(id);
    let log = format!("log: {}", folder.log_path().display());
    if folder.is_locked() {
        return Ok(("running", vec![log]));
    }
    Ok(match folder.record(id)?.map(|record| record.result.state) {
        Some(RunState::Failed { why }) => ("failed", vec![why, log]),
        _ if folder.has_work() => ("begun", vec!["interrupted; `mermen run` goes on from its checkpoint".into(), log]),
        _ => ("to do", Vec::new()),
    })
}
