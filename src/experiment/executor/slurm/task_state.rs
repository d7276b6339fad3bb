//! Where a task is, in Slurm's words and in ours.

use std::collections::BTreeMap;

/// A task of an array job: the job's number, and the index in it.
pub type TaskId = (u64, usize);

/// A task that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// Waiting, for the first time or again, with Slurm's word for what it waits for, and what to do where waiting is in vain.
    Queued {
        reason: String,
    },
    Running,
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Slurm's word, such as `OUT_OF_MEMORY`.
    pub state: String,
    pub exit_code: u32,
    /// 0 where the task was ended by none.
    pub signal: u32,
}

/// `None` where the task is over.
fn task_state(state: &str, reason: &str) -> Option<TaskState> {
    match state {
        "PENDING" | "REQUEUED" | "REQUEUE_HOLD" | "REQUEUE_FED" | "SPECIAL_EXIT" => Some(TaskState::Queued { reason: waits_for(reason) }),
        "RUNNING" | "COMPLETING" | "CONFIGURING" | "SUSPENDED" | "STOPPED" | "SIGNALING" | "STAGE_OUT" | "RESIZING" => {
            Some(TaskState::Running)
        }
        _ => None,
    }
}

fn waits_for(reason: &str) -> String {
    match reason {
        "None" => "its turn".into(),
        "PartitionTimeLimit" | "PartitionNodeLimit" | "BadConstraints" => {
            format!("{reason}: it will never start; `scancel` it, and ask for what the partition has in --slurm-args")
        }
        "JobHeldUser" | "JobHeldAdmin" => format!("{reason}: it is held until someone releases it, with `scontrol release`"),
        _ => reason.to_owned(),
    }
}

/// Lines of `squeue --array --format '%F|%K|%T|%r'`.
pub(super) fn parse_queue(text: &str) -> BTreeMap<TaskId, TaskState> {
    let task = |line: &str| {
        let mut fields = line.trim().splitn(4, '|');
        let id = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some((id, task_state(fields.next()?, fields.next()?)?))
    };
    text.lines().filter_map(task).collect()
}

/// Lines of `sacct --parsable2 --format JobID,State,ExitCode`.
pub(super) fn parse_accounting(text: &str) -> BTreeMap<TaskId, Cause> {
    let cause = |line: &str| {
        let mut fields = line.trim().split('|');
        let (job, index) = fields.next()?.split_once('_')?;
        // `CANCELLED by 1000`
        let state = fields.next()?.split_whitespace().next()?;
        Some(((job.parse().ok()?, index.parse().ok()?), ended(state, fields.next()?)?))
    };
    text.lines().filter_map(cause).collect()
}

/// Lines of `scontrol --oneliner show job`.
pub(super) fn parse_jobs(text: &str) -> BTreeMap<TaskId, Cause> {
    let cause = |line: &str| {
        let field = |name: &str| line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        let id = (field("ArrayJobId")?.parse().ok()?, field("ArrayTaskId")?.parse().ok()?);
        Some((id, ended(field("JobState")?, field("ExitCode")?)?))
    };
    text.lines().filter_map(cause).collect()
}

/// `None` where the task has not ended.
fn ended(state: &str, exit: &str) -> Option<Cause> {
    if task_state(state, "").is_some() {
        return None;
    }
    let (code, signal) = exit.split_once(':')?;
    Some(Cause { state: state.to_owned(), exit_code: code.parse().ok()?, signal: signal.parse().ok()? })
}

impl Cause {
    /// What happened, and what to do. `memory` is what the task's output says of it.
    pub fn explained(&self, memory: Option<&str>) -> String {
        const AGAIN: &str = "; the same command goes on from its checkpoint";
        if let Some(memory) = memory {
            return format!("OUT_OF_MEMORY: {memory}; ask for more in --slurm-args with --mem=SIZE{AGAIN}");
        }
        let state = &self.state;
        match state.as_str() {
            "OUT_OF_MEMORY" => format!("{state}: it needed more memory than it had; ask for more in --slurm-args with --mem=SIZE{AGAIN}"),
            "TIMEOUT" | "DEADLINE" => format!("{state}: its time was up; ask for more in --slurm-args with --time{AGAIN}"),
            "NODE_FAIL" | "BOOT_FAIL" => format!("{state}: its node failed{AGAIN}"),
            "PREEMPTED" => format!("{state}: it had to give way to another job{AGAIN}"),
            "CANCELLED" => format!("{state}: it was cancelled by you, an administrator, or a limit of the cluster{AGAIN}"),
            "COMPLETED" => format!("{state}, and yet the run has no record: is the run store a folder that all nodes share?"),
            // What Slurm says when it cannot open a task's output.
            _ if self.signal == 53 => {
                format!("{state}: its node could not write the run store; is the disk full, or the folder missing there?")
            }
            _ if self.signal == 9 || self.exit_code == 137 => {
                format!(
                    "{state}: killed (signal 9), as systems do when memory runs out; ask for more in --slurm-args with --mem=SIZE{AGAIN}"
                )
            }
            _ if self.signal != 0 => format!("{state}: killed by signal {}{AGAIN}", self.signal),
            _ if self.exit_code == 143 => format!("{state}: it was asked to end, and wrote its checkpoint{AGAIN}"),
            _ => format!("{state}: exit code {}{AGAIN}", self.exit_code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_read_with_reasons() {
        let text = "12|0|RUNNING|None\n12|1|PENDING|JobArrayTaskLimit\n13|N/A|RUNNING|None\n12|7|REQUEUE_HOLD|launch failed | held\n12|8|FAILED|x\n12|9|PENDING|PartitionTimeLimit\n\nx\n";
        let queued = |reason: &str| TaskState::Queued { reason: reason.into() };
        let expected = [
            ((12, 0), TaskState::Running),
            ((12, 1), queued("JobArrayTaskLimit")),
            ((12, 7), queued("launch failed | held")),
            ((12, 9), queued("PartitionTimeLimit: it will never start; `scancel` it, and ask for what the partition has in --slurm-args")),
        ];
        assert_eq!(parse_queue(text), BTreeMap::from(expected));
    }

    #[test]
    fn endings_are_read_from_the_accounting_and_from_the_controller() {
        let cause = |state: &str, exit_code, signal| Cause { state: state.into(), exit_code, signal };
        let text = "12_0|COMPLETED|0:0\n12_1|CANCELLED by 1000|0:15\n12_[3-7%2]|PENDING|0:0\n12_2|OUT_OF_MEMORY|0:125\n12_8|RUNNING|0:0\n14|FAILED|1:0\n";
        let expected =
            [((12, 0), cause("COMPLETED", 0, 0)), ((12, 1), cause("CANCELLED", 0, 15)), ((12, 2), cause("OUT_OF_MEMORY", 0, 125))];
        assert_eq!(parse_accounting(text), BTreeMap::from(expected));
        let text = "JobId=14 ArrayJobId=12 ArrayTaskId=1 JobName=x UserId=u(1) JobState=FAILED Reason=NonZeroExitCode ExitCode=2:0 Partition=p\n\
                    JobId=12 ArrayJobId=12 ArrayTaskId=2-5%1 JobName=x JobState=PENDING Reason=Resources ExitCode=0:0\n";
        assert_eq!(parse_jobs(text), BTreeMap::from([((12, 1), cause("FAILED", 2, 0))]));
    }

    #[test]
    fn every_ending_says_what_to_do() {
        let causes = [
            ("OUT_OF_MEMORY", 0, 125),
            ("TIMEOUT", 0, 0),
            ("NODE_FAIL", 0, 0),
            ("PREEMPTED", 0, 15),
            ("CANCELLED", 0, 15),
            ("COMPLETED", 0, 0),
            ("FAILED", 0, 53),
            ("FAILED", 137, 0),
            ("FAILED", 0, 11),
            ("FAILED", 143, 0),
            ("FAILED", 3, 0),
        ];
        let shown = causes.map(|(state, exit_code, signal)| Cause { state: state.into(), exit_code, signal }.explained(None));
        insta::assert_snapshot!(shown.join("\n"));
    }
}
