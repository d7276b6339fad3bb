//! The batch script of an array job.

use super::submission::{RUNS, SCRIPT, Submission};
use super::{Slurm, WARNING_SECONDS};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Bytes, since paths are. A task makes the run on its line of the file `runs`. It ends in good order when it is asked to, and is put back
/// into the queue when its time is nearly up.
pub fn script(slurm: &Slurm, submission: &Submission) -> Vec<u8> {
    let mut out =
        format!("#!/bin/bash\n# Array job over runs of `{}`. Submitted in this folder by:\n", one_line(&slurm.experiment)).into_bytes();
    out.extend(b"#   sbatch");
    for argument in &slurm.sbatch_arguments {
        out.push(b' ');
        out.extend(quoted(OsStr::new(&one_line(argument))));
    }
    let last = submission.runs.len().saturating_sub(1);
    let limit = slurm.array_limit.map(|limit| format!("%{limit}")).unwrap_or_default();
    out.extend(format!(" {SCRIPT}\n").bytes());
    for option in [
        format!("--job-name={}", submission.name),
        format!("--array=0-{last}{limit}"),
        "--nodes=1".into(),
        "--ntasks=1".into(),
        format!("--cpus-per-task={}", slurm.threads.max(1)),
        "--output=%a.out".into(),
        "--open-mode=append".into(),
        "--requeue".into(),
        format!("--signal=B:USR1@{WARNING_SECONDS}"),
    ] {
        out.extend(format!("#SBATCH {option}\n").bytes());
    }
    out.push(b'\n');
    for (name, value) in [
        ("submission", submission.folder.as_os_str()),
        ("store", slurm.runs.as_os_str()),
        ("mermen", slurm.program.as_os_str()),
        ("directory", slurm.directory.as_os_str()),
    ] {
        out.extend(format!("{name}=").bytes());
        out.extend(quoted(value));
        out.push(b'\n');
    }
    out.extend(START.replace("RUNS", RUNS).bytes());
    out.extend(b"\"$mermen\" worker --brief --run-dir \"$store/$run\"");
    for argument in &slurm.arguments {
        out.push(b' ');
        out.extend(quoted(argument));
    }
    out.extend(FOLLOW.replace("WARNING", &WARNING_SECONDS.to_string()).bytes());
    out
}

const START: &str = r#"
fail() { echo "error: on $(hostname): $1" >&2; exit 2; }
run=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" "$submission/RUNS" | cut -f1)
[ -n "$run" ] || fail "$submission/RUNS has no run for this task; the run store must be in a folder that all nodes share"
[ -x "$mermen" ] || fail "there is no program $mermen; put it into a folder that all nodes share"
cd "$directory" || fail "the job was submitted in $directory; work in a folder that all nodes share"

# USR1 comes from Slurm when the time is nearly up, TERM when the task is preempted or was cancelled. Either way the run
# writes a checkpoint and ends with 143.
worker=
ask_to_stop() { asked=yes; kill -TERM "$worker" 2>/dev/null; }
trap 'late=yes; ask_to_stop' USR1
trap ask_to_stop TERM
"#;

const FOLLOW: &str = r#" 2>>"$store/$run/log" &
worker=$!
# A signal ends `wait`, and not the run: wait again.
while asked=; wait "$worker"; code=$?; [ -n "$asked" ]; do :; done

# Out of time: back into the queue, to go on from the checkpoint; but not for ever where the time does not even do to begin.
if [ -n "$late" ] && [ "$code" = 143 ] && { [ "$SECONDS" -ge WARNING ] || [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ]; }; then
    echo "mermen: the task's time is nearly up: it is put back into the queue and goes on from its checkpoint"
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && exit 0
fi
exit "$code"
"#;

/// As one word of the shell.
fn quoted(text: &OsStr) -> Vec<u8> {
    // A path cannot hold the only byte that cannot be quoted.
    let plain = text.as_bytes().iter().filter(|byte| **byte != 0).copied().collect::<Vec<u8>>();
    shlex::bytes::try_quote(&plain).map(|word| word.into_owned()).unwrap_or_default()
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
