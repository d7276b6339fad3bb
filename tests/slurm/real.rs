//! Slurm itself.

use super::cluster::{Cluster, cluster};
use super::{Project, local, outcome, until};
use std::path::Path;

/// Long enough to be met at work.
const LONG: [&str; 2] = ["--set", "train.epochs=16"];

fn project(cluster: &Cluster) -> Project {
    let mut project = Project::new();
    project.environment = vec![("SLURM_CONF".into(), cluster.configuration())];
    project
}

fn quickstart() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/quickstart.yaml").display().to_string()
}

/// Waits until a task's worker has told so many epochs.
fn at_work(project: &Project, output: &str, epochs: usize) {
    let path = project.submission(output);
    until("a task at work", || std::fs::read_to_string(&path).is_ok_and(|text| text.matches("dev F1").count() > epochs));
}

#[test]
fn the_quickstart_through_slurm_gives_the_results_of_the_local_engine() {
    let Some(cluster) = cluster() else { return };
    let project = project(&cluster);
    let quickstart = quickstart();
    let short = [quickstart.as_str(), "--set", "train.epochs=2"];
    let (code, out, err) = project.outcome(&[&["run", "--engine", "slurm", "--slurm-args", "--time=30"], &short[..]].concat());
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("Quickstart") && err.matches("  done: ").count() == 6, "{out}{err}");
    assert_eq!(project.results().len(), 6);
    assert_eq!(project.results(), local(&short));
    let (code, _, err) = project.outcome(&["run", "tiny.yaml", "--engine", "slurm", "--slurm-args", "--partition=gpuu"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("Invalid partition name specified") && err.contains("--partition=NAME"), "{err}");
}

#[test]
fn a_cancelled_job_and_one_that_is_put_back_go_on_from_their_checkpoints() {
    let Some(cluster) = cluster() else { return };
    let project = project(&cluster);
    let run = [&["run", "tiny.yaml", "--engine", "slurm"], &LONG[..]].concat();
    let status = [&["status", "tiny.yaml"], &LONG[..]].concat();
    let call = project.begun(&run);
    at_work(&project, "tiny.1/0.out", 2);
    let (_, out, _) = project.outcome(&status);
    assert!(out.contains("running  "), "{out}");
    let job = cluster.ask("squeue", &["--noheader", "--format=%F"]).lines().next().unwrap().to_owned();
    cluster.ask("scancel", &[&job]);
    let (code, _, err) = outcome(&call.wait_with_output().unwrap());
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("FAILED: Slurm says CANCELLED"), "{err}");
    let (_, out, _) = project.outcome(&status);
    assert!(out.contains("failed   ") && out.contains(&format!("Slurm task {job}_0: CANCELLED")), "{out}");

    // The next call submits again. One task is warned that its time is up: it is put back, and goes on by itself.
    let (code, _, err) = project.outcome(&[&run[..], &["--detach"]].concat());
    assert_eq!(code, Some(0), "{err}");
    at_work(&project, "tiny.2/0.out", 2);
    let job = cluster.ask("squeue", &["--noheader", "--format=%F"]).lines().next().unwrap().to_owned();
    cluster.ask("scancel", &["--batch", "--signal=USR1", &format!("{job}_0")]);
    until("the task is put back", || {
        std::fs::read_to_string(project.submission("tiny.2/0.out")).is_ok_and(|text| text.contains("put back"))
    });
    let (code, _, err) = project.outcome(&run);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains(&format!("were in Slurm's queue already (array job {job})")), "{err}");
    assert!(project.resumed() >= 2, "{}", project.resumed());
    assert_eq!(project.results(), local(&[&["tiny.yaml"], &LONG[..]].concat()));
}

#[test]
fn a_task_that_exceeds_its_memory_is_reported_as_such() {
    let Some(cluster) = cluster() else { return };
    let project = project(&cluster);
    let arguments = ["--engine", "slurm", "--slurm-args", "--mem=6M", "--set", "train.epochs=400"];
    let (code, _, err) = project.outcome(&[&["run", "tiny.yaml"], &arguments[..]].concat());
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("FAILED: Slurm says OUT_OF_MEMORY") && err.contains("--mem=SIZE"), "{err}");
    let (_, out, _) = project.outcome(&["status", "tiny.yaml", "--set", "train.epochs=400"]);
    assert!(out.contains("failed   ") && out.contains("OUT_OF_MEMORY") && out.contains("tiny.1/0.out"), "{out}");
}
