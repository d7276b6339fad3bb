//! Slurm played by shell scripts.

use super::{Project, interrupt, local, outcome};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Command;

/// Takes an array job and makes its tasks, one after the other, in the background.
const SBATCH: &str = r#"
echo "$*" >> "$PLAY/submitted"
for script; do :; done
job=$(wc -l < "$PLAY/submitted")
echo "$job" > "$PLAY/job"
tasks=$(wc -l < runs)
echo "$tasks" > "$PLAY/tasks"
( task=0
  while [ $task -lt $tasks ]; do
    SLURM_ARRAY_JOB_ID=$job SLURM_ARRAY_TASK_ID=$task bash "$script" > $task.out 2>&1
    task=$((task + 1)); echo $task > "$PLAY/over"
  done ) < /dev/null > /dev/null 2>&1 &
echo "$job;cluster"
"#;

/// The tasks that are not over.
const SQUEUE: &str = r#"
task=$(cat "$PLAY/over" 2> /dev/null || echo 0)
while [ -e "$PLAY/job" ] && [ $task -lt "$(cat "$PLAY/tasks")" ]; do
    echo "$(cat "$PLAY/job")|$task|RUNNING|None"; task=$((task + 1))
done
"#;

/// Takes a job and does nothing.
const SBATCH_THAT_WAITS: &str = r#"echo "$*" >> "$PLAY/submitted"; echo 7"#;

/// A project with these commands, and no others of Slurm, on the path.
fn play(commands: &[(&str, &str)]) -> (Project, PathBuf) {
    let mut project = Project::new();
    let stage = project.folder.parent().unwrap().join("stage");
    let bin = stage.join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    for tool in ["sh", "bash", "cat", "sed", "cut", "wc", "hostname", "sleep", "kill", "chmod", "cp"] {
        let found = ["/usr/bin", "/bin"].map(|folder| PathBuf::from(folder).join(tool)).into_iter().find(|path| path.exists());
        if let Some(path) = found {
            std::os::unix::fs::symlink(path, bin.join(tool)).unwrap();
        }
    }
    for (name, text) in commands {
        say(&stage, name, text);
    }
    project.environment = vec![("PATH".into(), bin), ("PLAY".into(), stage.clone())];
    (project, stage)
}

/// Writes a command. Another process does it: while ours has a file open for writing, a test beside this one may fork, and the system then
/// refuses to run the file.
fn say(stage: &std::path::Path, name: &str, text: &str) {
    let path = stage.join("bin").join(name);
    let write = "printf '#!/bin/sh\\n%s\\n' \"$0\" > \"$1\" && chmod +x \"$1\"";
    assert!(Command::new("sh").args(["-c", write, text]).arg(path).status().unwrap().success());
}

fn submitted(stage: &std::path::Path) -> usize {
    std::fs::read_to_string(stage.join("submitted")).map_or(0, |text| text.lines().count())
}

#[test]
fn what_is_wrong_is_told_with_what_mends_it() {
    let refusal = "echo 'sbatch: error: invalid partition specified: gpuu' >&2; echo 'sbatch: error: Batch job submission failed: Invalid partition name specified' >&2; exit 1";
    let silence = "echo 'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)' >&2; exit 1";
    for (sbatch, code, parts) in [
        (None, 2, &["cannot start `sbatch`", "on the PATH", "--engine local"][..]),
        (Some(refusal), 2, &["Invalid partition name specified", "invalid partition specified: gpuu", "sinfo -s", "--partition=NAME"]),
        (Some("echo 'sbatch: error: Strange' >&2; exit 1"), 2, &["Strange", "change what it names in --slurm-args"]),
        (Some("echo 'Submitted batch job'"), 2, &["`sbatch` answered", "the number of a job"]),
        (Some(silence), 3, &["Slurm does not answer", "Unable to contact slurm controller", "scontrol ping"]),
    ] {
        let (project, _) = play(&sbatch.map(|text| ("sbatch", text)).into_iter().collect::<Vec<_>>());
        let (found, out, err) = project.outcome(&["run", "tiny.yaml", "--engine", "slurm", "--slurm-args", "--partition=gpuu"]);
        assert_eq!((found, out.as_str()), (Some(code), ""), "{err}");
        assert!(err.contains("error: ") && parts.iter().all(|part| err.contains(part)), "{err}");
        assert!(!project.submission("tiny.1").join("job.json").exists());
    }
}

#[test]
fn wrong_arguments_are_told_before_anything_is_written() {
    let (project, stage) = play(&[("sbatch", SBATCH_THAT_WAITS)]);
    for (arguments, part) in [
        (&["--engine", "slrm"][..], "'slurm'"),
        (&["--detach"], "--detach is not for `--engine local`: add `--engine slurm`"),
        (&["--array-limit", "4"], "--array-limit is not for `--engine local`"),
        (&["--engine", "slurm", "--jobs", "2"], "say with --array-limit"),
        (&["--engine", "slurm", "--array-limit", "0"], "--array-limit"),
        (&["--engine", "slurm", "--slurm-args", "--array=0-7"], "use --array-limit"),
        (&["--engine", "slurm", "--slurm-args", "'a"], "quote that is not closed"),
        (&["--engine", "slurm", "--runs-dir", "100 %"], "which Slurm does not leave as they are"),
    ] {
        let (code, out, err) = project.outcome(&[&["run", "tiny.yaml"], arguments].concat());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
        assert!(err.contains(part), "{arguments:?}: {err}");
    }
    assert_eq!(submitted(&stage), 0);
    assert!(!project.folder.join("runs").exists() && !project.folder.join("100 %").exists());
}

#[test]
fn a_dry_run_prints_the_script_and_writes_nothing() {
    let project = Project::new();
    let arguments = ["--engine", "slurm", "--dry-run", "--array-limit", "1", "--slurm-args", "--mem=1G --comment='for the paper'"];
    let (code, out, err) = project.outcome(&[&["run", "tiny.yaml"], &arguments[..]].concat());
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("2 runs: 0 done, 2 to do, 0 not run"), "{err}");
    assert_eq!(std::fs::read_dir(&project.folder).unwrap().count(), 1);
    let checked = Command::new("bash").args(["-n", "-c", &out]).output().unwrap();
    assert!(checked.status.success(), "{}", outcome(&checked).2);

    let home = project.folder.canonicalize().unwrap();
    let quoted = |path: &str| path.replace('\'', "'\\''");
    let name = out.lines().find_map(|line| line.strip_prefix("#SBATCH --job-name=")).unwrap().to_owned();
    let shown =
        [(home.to_str().unwrap(), "PROJECT"), (project.folder.to_str().unwrap(), "PROJECT"), (env!("CARGO_BIN_EXE_mermen"), "MERMEN")]
            .into_iter()
            .chain([(concat!(env!("CARGO_MANIFEST_DIR"), "/data"), "DATA"), (name.as_str(), "mermen-tiny.1-DIGITS")])
            .fold(out, |text, (from, to)| text.replace(from, to).replace(&quoted(from), to));
    insta::assert_snapshot!(shown);
}

#[test]
fn runs_are_made_by_the_script_with_the_results_of_the_local_engine() {
    let (project, stage) = play(&[("sbatch", SBATCH), ("squeue", SQUEUE)]);
    let arguments = ["run", "tiny.yaml", "--engine", "slurm", "--slurm-args", "--partition=p --comment='a b'", "--array-limit", "3"];
    let (code, out, err) = project.outcome(&arguments);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("MTL"), "the table: {out}");
    assert!(err.contains("tiny: 2 runs: 2 submitted to Slurm (array job 1)"), "{err}");
    assert!(err.contains("both 3/3: ") && err.matches("  done: ").count() == 2, "{err}");
    assert_eq!(std::fs::read_to_string(stage.join("submitted")).unwrap(), "--parsable --partition=p --comment=a b script.sh\n");
    assert_eq!(project.results(), local(&["tiny.yaml"]));
    let (code, _, err) = project.outcome(&arguments);
    assert_eq!(code, Some(0));
    assert!(err.contains("tiny: all runs are done"), "{err}");
    assert_eq!(submitted(&stage), 1);
}

#[test]
fn what_waits_in_the_queue_is_not_submitted_again_and_what_ended_is() {
    let queue = "echo '7|0|PENDING|Resources'; echo '7|1|RUNNING|None'";
    let (project, stage) = play(&[("sbatch", SBATCH_THAT_WAITS), ("squeue", queue)]);
    let detached = ["run", "tiny.yaml", "--engine", "slurm", "--detach"];
    let (code, out, err) = project.outcome(&detached);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert!(err.contains("2 submitted to Slurm (array job 7)") && err.contains("scancel 7"), "{err}");
    let (code, _, err) = project.outcome(&detached);
    assert_eq!((code, submitted(&stage)), (Some(0), 1));
    assert!(err.contains("2 were in Slurm's queue already (array job 7)"), "{err}");
    // A call that was killed before it could note the job's number is known by the job's name.
    let noted = project.submission("tiny.1").join("job.json");
    std::fs::remove_file(&noted).unwrap();
    assert_eq!((project.outcome(&detached).0, submitted(&stage)), (Some(0), 1));
    assert!(noted.exists());

    let (code, out, err) = project.outcome(&["status", "tiny.yaml"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("queued   ") && out.contains("Slurm task 7_0, waiting: Resources"), "{out}");
    assert!(out.contains("running  ") && out.contains("Slurm task 7_1") && out.matches("log: runs/").count() == 2, "{out}");

    // Runs that differ are others.
    let more = [&detached[..], &["--set", "train.epochs=4"]].concat();
    assert_eq!((project.outcome(&more).0, submitted(&stage)), (Some(0), 2));

    // The waiting call can be left.
    let mut child = project.begun(&["run", "tiny.yaml", "--engine", "slurm"]);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.by_ref().any(|line| line.contains("in Slurm's queue already")));
    interrupt(&child);
    let err = lines.collect::<Vec<_>>().join("\n");
    assert_eq!(child.wait().unwrap().code(), Some(130), "{err}");
    assert!(err.contains("the runs go on in Slurm") && err.contains("the same command waits for them again"), "{err}");

    say(&stage, "squeue", "exit 0");
    say(&stage, "sacct", "echo '7_0|OUT_OF_MEMORY|0:125'; echo '7_1|CANCELLED by 0|0:15'");
    let (_, out, _) = project.outcome(&["status", "tiny.yaml"]);
    for part in ["failed   ", "Slurm task 7_0: OUT_OF_MEMORY", "--mem=SIZE", "7_1: CANCELLED", "/log", "tiny.1/1.out"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let submitted_before = submitted(&stage);
    let (code, _, err) = project.outcome(&["run", "tiny.yaml", "--engine", "slurm"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("FAILED: Slurm says OUT_OF_MEMORY") && err.contains("2 of 2 runs failed"), "{err}");
    assert_eq!(submitted(&stage), submitted_before + 1);

    say(&stage, "squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1");
    let (code, out, err) = project.outcome(&["status", "tiny.yaml"]);
    assert_eq!((code, out.lines().last()), (Some(0), Some("2 runs: 0 done, 2 to do, 0 not run")));
    assert!(err.contains("what was submitted to Slurm is not known: Slurm does not answer"), "{err}");
    assert_eq!(project.outcome(&detached).0, Some(3), "it is not known what is in the queue: nothing is submitted");
}

#[test]
fn a_store_that_cannot_be_written_fails_the_call_and_names_the_path() {
    let (project, stage) = play(&[("sbatch", SBATCH_THAT_WAITS)]);
    std::fs::create_dir(project.folder.join("runs")).unwrap();
    std::fs::write(project.folder.join("runs/slurm"), "a file instead of the folder").unwrap();
    let (code, _, err) = project.outcome(&["run", "tiny.yaml", "--engine", "slurm"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("the run store cannot be used") && err.contains("is the disk full, or the folder read-only?"), "{err}");
    assert_eq!(submitted(&stage), 0);
}

/// A file system of its own, which goes with the process: it is full after 4 KiB, or takes nothing.
#[test]
fn a_full_disk_and_a_read_only_one_fail_the_call() {
    let root = Project::new();
    std::fs::create_dir(root.folder.join("runs")).unwrap();
    for options in ["size=4k", "ro"] {
        let mount = format!("mount -t tmpfs -o {options} tmpfs runs && touch mounted && exec \"$0\" \"$@\"");
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", &mount]).arg(env!("CARGO_BIN_EXE_mermen")).current_dir(&root.folder);
        command.args(["run", "tiny.yaml", "--engine", "slurm", "--data-dir"]).arg(concat!(env!("CARGO_MANIFEST_DIR"), "/data"));
        let output = command.output();
        if !root.folder.join("mounted").exists() {
            return eprintln!("skipped: file systems cannot be mounted here");
        }
        let (code, _, err) = outcome(&output.unwrap());
        assert_eq!(code, Some(3), "{options}: {err}");
        assert!(
            err.contains("error: cannot write runs/") && err.contains("is the disk full, or the folder read-only?"),
            "{options}: {err}"
        );
    }
}

#[test]
fn a_task_that_finds_nothing_on_its_node_says_so() {
    let (project, stage) = play(&[("sbatch", SBATCH_THAT_WAITS), ("squeue", "exit 0")]);
    let _ = project.outcome(&["run", "tiny.yaml", "--engine", "slurm", "--detach"]);
    let script = project.submission("tiny.1").join("script.sh");
    let task = |text: String, task: &str| {
        let output = Command::new("bash").args(["-c", &text]).env("SLURM_ARRAY_TASK_ID", task).env("PLAY", &stage).output().unwrap();
        (output.status.code(), outcome(&output).2)
    };
    let text = std::fs::read_to_string(&script).unwrap();
    let (code, err) = task(text.clone(), "9");
    assert!(code == Some(2) && err.contains("has no run for this task") && err.contains("all nodes share"), "{err}");
    let (code, err) = task(text.replace("\nmermen=", "\nmermen=/gone"), "0");
    assert!(code == Some(2) && err.contains("there is no program /gone"), "{err}");
}
