//! Disks that are full or may not be written to, and data that goes away: told clearly, nothing lost, and gone on from.

use crate::project::{Project, UNDISTURBED};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A small file system in memory, gone with this value.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// `None`, and a word about it, where this process may not mount.
    fn new(size: &str) -> Option<Self> {
        let disk = Self { folder: tempfile::tempdir().unwrap() };
        if disk.mount(&format!("size={size}"), false) {
            return Some(disk);
        }
        eprintln!("skipped: no small disk can be mounted (run as root)");
        None
    }

    fn mount(&self, options: &str, again: bool) -> bool {
        let remount = if again { "remount," } else { "" };
        let options = format!("{remount}{options}");
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &options, "mermen-test"]).arg(self.folder.path()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    fn change(&self, options: &str) {
        assert!(self.mount(options, true), "{options}");
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.folder.path()).status();
    }
}

/// Every file under `folder`.
fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() { files.extend(files_under(&entry.path())) } else { files.push(entry.path()) }
    }
    files
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let Some(disk) = SmallDisk::new("8m") else { return };
    let project = Project::at(disk.path());
    // From no space at all to space for some checkpoints; never for both runs.
    for space in [0, 12, 100, 250] {
        let ballast = disk.path().join("ballast");
        let free = Command::new("df").args(["--output=avail", "--block-size=1"]).arg(disk.path()).output().unwrap();
        let free: u64 = String::from_utf8(free.stdout).unwrap().lines().last().unwrap().trim().parse().unwrap();
        fs::write(&ballast, vec![0; free.saturating_sub(space * 1024) as usize]).unwrap();
        let said = project.try_run(&[]);
        assert_eq!(said.code, Some(3), "{space} KiB: {}", said.err);
        assert!(said.err.contains("No space left on device"), "{space} KiB: {}", said.err);
        assert!(said.err.contains(&disk.path().display().to_string()) || said.err.contains("runs/"), "{space} KiB: {}", said.err);
        // What is there is whole.
        for file in files_under(disk.path()).iter().filter(|file| file.extension().is_some_and(|extension| extension == "json")) {
            let text = fs::read_to_string(file).unwrap();
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}: {text}", file.display());
        }
        fs::remove_file(ballast).unwrap();
    }
    project.run();
    assert_eq!(project.results(), *UNDISTURBED);
    let leftovers: Vec<PathBuf> = files_under(&disk.path().join("runs"))
        .into_iter()
        .filter(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".unfinished-")))
        .collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
}

#[test]
fn a_store_that_may_not_be_written_to_is_told_and_still_read() {
    let Some(disk) = SmallDisk::new("8m") else { return };
    let project = Project::new();
    let store = disk.path().join("runs").display().to_string();
    let run = |more: &[&str]| project.try_run(&[&["--runs-dir", &store], more].concat());
    disk.change("ro");
    let said = run(&[]);
    assert_eq!(said.code, Some(3), "{}", said.err);
    assert!(said.err.contains(&format!("cannot write {store}")) && said.err.contains("Read-only file system"), "{}", said.err);

    disk.change("rw");
    assert_eq!(run(&[]).code, Some(0));
    disk.change("ro");
    // All is done: there is nothing to write but the report, which lies elsewhere.
    let said = run(&[]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.err.contains("all runs are done") && !said.out.is_empty(), "{}", said.err);
    let said = run(&["--set", "train.epochs=2"]);
    assert_eq!(said.code, Some(3), "{}", said.err);
    assert!(said.err.contains("Read-only file system"), "{}", said.err);
}

#[test]
fn data_that_goes_away_between_calls_is_named_and_the_work_is_kept() {
    let project = Project::new().with_own_data();
    let mut call = project.begun(2, 4);
    call.kill().unwrap();
    call.wait().unwrap();
    let (data, away) = (project.path("data"), project.path("away"));
    fs::rename(&data, &away).unwrap();
    let kept = files_under(&project.path("runs")).len();
    let said = project.try_run(&[]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert!(said.err.contains("train.PubTator.txt") && said.err.contains(&data.display().to_string()), "{}", said.err);
    assert!(files_under(&project.path("runs")).len() >= kept);
    fs::rename(&away, &data).unwrap();
    project.run();
    assert_eq!(project.results(), *UNDISTURBED);
}

/// The first run reads the data at its start; for the second, which starts when the first is done, it is gone.
#[test]
fn data_that_goes_away_during_a_call_fails_the_runs_that_still_need_it() {
    let project = Project::new().with_own_data();
    let mut call = project.begun(1, 3);
    let (data, away) = (project.path("data"), project.path("away"));
    fs::rename(&data, &away).unwrap();
    assert_eq!(call.wait().unwrap().code(), Some(2));
    assert_eq!(project.results().len(), 1);
    fs::rename(&away, &data).unwrap();
    project.run();
    assert_eq!(project.results(), *UNDISTURBED);
}
