//! Slurm's commands, and what they answer.

use super::task_state::{Cause, TaskId, TaskState, parse_accounting, parse_jobs, parse_queue};
use crate::run::store::StoreError;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Why Slurm cannot make the runs.
#[derive(Debug, thiserror::Error)]
pub enum SlurmError {
    #[error("--slurm-args: {0}")]
    Arguments(String),
    #[error("the run store {} has a `%`, a backslash or a line break in its path, which Slurm does not leave as they are; expected a path without: name one with --runs-dir", .0.display())]
    Path(PathBuf),
    #[error(
        "cannot start `{program}`: run this where Slurm's commands are on the PATH (a login node of the cluster), or with `--engine local`"
    )]
    NotHere { program: &'static str, source: io::Error },
    #[error("Slurm does not answer ({said}): `scontrol ping` tells whether its controller is up; then give the same command again")]
    NoAnswer { said: String },
    #[error("sbatch refuses the job ({said}): {fix}")]
    Refused { said: String, fix: &'static str },
    #[error("`{program}` answered {said:?}, expected {expected}")]
    Unexpected { program: &'static str, said: String, expected: &'static str },
    #[error("the run store cannot be used")]
    Store(#[from] StoreError),
}

/// Variables that would change what the commands below do or show.
const DISTURBING: [&str; 20] = [
    "SBATCH_ARRAY_INX",
    "SBATCH_CLUSTERS",
    "SBATCH_ERROR",
    "SBATCH_INPUT",
    "SBATCH_JOB_NAME",
    "SBATCH_NO_REQUEUE",
    "SBATCH_OPEN_MODE",
    "SBATCH_OUTPUT",
    "SBATCH_REQUEUE",
    "SBATCH_SIGNAL",
    "SBATCH_WAIT",
    "SLURM_CLUSTERS",
    "SQUEUE_ACCOUNT",
    "SQUEUE_CLUSTERS",
    "SQUEUE_LICENSES",
    "SQUEUE_NAMES",
    "SQUEUE_PARTITION",
    "SQUEUE_QOS",
    "SQUEUE_SORT",
    "SQUEUE_USERS",
];

/// What a refusal says, in lower case, and what mends it.
const FIXES: [(&str, &str); 7] = [
    ("partition", "`sinfo -s` lists the partitions; name one in --slurm-args with --partition=NAME"),
    ("memory specification", "ask for less in --slurm-args with --mem=SIZE; `sinfo -o '%P %m'` tells what nodes have"),
    ("node configuration", "no node has so much; ask for less in --slurm-args, `sinfo -o '%P %c %m %G'` tells what nodes have"),
    ("time limit", "`sinfo -s` tells each partition's limit; ask for less in --slurm-args with --time"),
    ("account", "`sacctmgr show associations user=$USER` lists yours; name one in --slurm-args with --account=NAME"),
    ("qos", "`sacctmgr show qos` lists them; name one in --slurm-args with --qos=NAME"),
    ("accounting/qos policy", "the cluster allows you fewer jobs; try again when some of yours are done"),
];

fn slurm(program: &'static str) -> Command {
    let mut command = Command::new(program);
    for name in DISTURBING {
        command.env_remove(name);
    }
    command
}

/// Standard output of a command that ended well, else what it said.
fn answer(program: &'static str, command: &mut Command) -> Result<Result<String, String>, SlurmError> {
    let output = command.output().map_err(|source| SlurmError::NotHere { program, source })?;
    if output.status.success() {
        return Ok(Ok(String::from_utf8_lossy(&output.stdout).into_owned()));
    }
    let said = said(&String::from_utf8_lossy(&output.stderr));
    if is_no_answer(&said) { Err(SlurmError::NoAnswer { said }) } else { Ok(Err(said)) }
}

/// The lines of an error, without the names of programs before them, in one line.
fn said(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        let line = line.split_once("error: ").map_or(line, |(_, line)| line).trim();
        if !line.is_empty() && !lines.contains(&line) {
            lines.push(line);
        }
    }
    if lines.is_empty() { "without a word".into() } else { lines.join("; ") }
}

fn is_no_answer(said: &str) -> bool {
    const SIGNS: [&str; 8] = [
        "unable to contact slurm controller",
        "socket timed out",
        "connection refused",
        "connect failure",
        "connection failure",
        "zero bytes were transmitted",
        "protocol authentication error",
        "munge",
    ];
    let said = said.to_lowercase();
    SIGNS.iter().any(|sign| said.contains(sign))
}

/// Submits the script in `folder`. Gives the job's number.
///
/// # Errors
/// When there is no `sbatch`, it refuses, or nobody answers it.
pub fn submit(folder: &Path, arguments: &[String], script: &str) -> Result<u64, SlurmError> {
    const PROGRAM: &str = "sbatch";
    let mut command = slurm(PROGRAM);
    command.current_dir(folder).arg("--parsable").args(arguments).arg(script);
    match answer(PROGRAM, &mut command)? {
        // `12`, or `12;cluster`.
        Ok(text) => text.lines().last().and_then(|line| line.split(';').next()?.trim().parse().ok()).ok_or(SlurmError::Unexpected {
            program: PROGRAM,
            said: text,
            expected: "the number of a job",
        }),
        Err(said) => {
            let lower = said.to_lowercase();
            let fix = FIXES.iter().rev().find(|(sign, _)| lower.contains(sign));
            Err(SlurmError::Refused { said, fix: fix.map_or("change what it names in --slurm-args", |(_, fix)| fix) })
        }
    }
}

/// Tasks of the jobs of these names that wait or run.
///
/// # Errors
/// When there is no `squeue`, or it cannot tell.
pub fn queue(names: &[&str]) -> Result<BTreeMap<TaskId, TaskState>, SlurmError> {
    const PROGRAM: &str = "squeue";
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut command = slurm(PROGRAM);
    command.args(["--noheader", "--array", "--format", "%F|%K|%T|%r", "--name"]).arg(names.join(","));
    match answer(PROGRAM, &mut command)? {
        Ok(text) => Ok(parse_queue(&text)),
        Err(said) => Err(SlurmError::NoAnswer { said }),
    }
}

/// How tasks of these jobs ended, as far as Slurm remembers: its accounting, and what the controller has not forgotten yet. Many
/// clusters keep no accounting, so that silence is no error.
pub fn causes(jobs: &[u64]) -> BTreeMap<TaskId, Cause> {
    let mut causes = BTreeMap::new();
    if jobs.is_empty() {
        return causes;
    }
    let list = jobs.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
    let mut accounting = slurm("sacct");
    accounting.args(["--allocations", "--noheader", "--parsable2", "--format", "JobID,State,ExitCode", "--jobs", &list]);
    if let Ok(Ok(text)) = answer("sacct", &mut accounting) {
        causes.extend(parse_accounting(&text));
    }
    for job in jobs {
        let mut controller = slurm("scontrol");
        controller.args(["--oneliner", "show", "job", &job.to_string()]);
        if let Ok(Ok(text)) = answer("scontrol", &mut controller) {
            causes.extend(parse_jobs(&text));
        }
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_in_one_line_without_programs() {
        let text =
            "sbatch: error: invalid partition specified: x\nsbatch: error: Batch job submission failed: Invalid partition name specified\n";
        assert_eq!(said(text), "invalid partition specified: x; Batch job submission failed: Invalid partition name specified");
        assert_eq!(said("\n"), "without a word");
        assert!(is_no_answer("slurm_load_jobs error: Unable to contact slurm controller (connect failure)"));
        assert!(!is_no_answer("Invalid partition name specified"));
    }
}
