//! Processes that are killed at seeded random moments, as the system kills them where memory runs out or power fails.
//!
//! `MERMEN_KILLS` says how many (10 where it is not set). Where in its work a kill meets a process is the machine's affair; what is
//! asked for holds wherever that is.

use crate::project::{Project, UNDISTURBED};
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Victim {
    /// The call; its workers find out and end in good order.
    Parent,
    /// One worker; the call goes on with the other run.
    Worker,
    /// The call and its workers, as when the power fails.
    All,
}

#[test]
fn runs_that_are_killed_at_any_moment_come_to_the_same_results() {
    let wanted = std::env::var("MERMEN_KILLS").map_or(10, |n| n.parse().unwrap());
    let began = Instant::now();
    let undisturbed = Project::new();
    undisturbed.run();
    let span = began.elapsed();
    let want = files(&undisturbed);
    let mut chance = Xoshiro256PlusPlus::seed_from_u64(7);
    let mut kills: BTreeMap<Victim, usize> = BTreeMap::new();
    let mut matrices = 1;
    let mut project = Project::new();
    while kills.values().sum::<usize>() < wanted {
        let mut call = project.run_command(2, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let moment = (chance.next_u32() % 1000) as f64 / 1000.0;
        std::thread::sleep(Duration::from_secs_f64(span.as_secs_f64() * moment));
        let victim = [Victim::Parent, Victim::Worker, Victim::All][chance.next_u32() as usize % 3];
        if kill(victim, &mut call) {
            *kills.entry(victim).or_default() += 1;
        }
        let code = call.wait().unwrap().code();
        assert!(matches!(code, None | Some(0 | 3)), "{victim:?}: {code:?}");
        if code == Some(0) {
            // All runs are done: the next kills are for a matrix from its start.
            assert_eq!(files(&project), want, "after {kills:?}");
            project = Project::new();
            matrices += 1;
        }
    }
    project.run();
    assert_eq!(project.results(), *UNDISTURBED);
    assert_eq!(files(&project), want, "after {kills:?}");
    eprintln!("kills in {matrices} matrices: {kills:?}");
}

/// `false` where there was nothing left to kill.
fn kill(victim: Victim, call: &mut Child) -> bool {
    if call.try_wait().unwrap().is_some() {
        return false;
    }
    let workers = children_of(call.id());
    match victim {
        Victim::Parent => call.kill().is_ok(),
        Victim::Worker => workers.first().is_some_and(|worker| sigkill(*worker)),
        Victim::All => {
            let killed = call.kill().is_ok();
            workers.into_iter().filter(|worker| sigkill(*worker)).count() > 0 || killed
        }
    }
}

fn sigkill(process: u32) -> bool {
    Command::new("kill").args(["-KILL", &process.to_string()]).stderr(Stdio::null()).status().unwrap().success()
}

/// Processes whose parent is this one, the oldest first.
fn children_of(parent: u32) -> Vec<u32> {
    let child = |entry: fs::DirEntry| {
        let id: u32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // The name, in brackets, may hold anything; state and parent follow it.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let alive = fields.next()? != "Z";
        (alive && fields.next()?.parse() == Ok(parent)).then_some(id)
    };
    let mut children: Vec<u32> = fs::read_dir("/proc").unwrap().flatten().filter_map(child).collect();
    children.sort_unstable();
    children
}

/// Everything in the runs' folders by its path, but logs, locks, what a clock says, and of records only the result.
fn files(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let mut found: BTreeMap<String, Vec<u8>> =
        project.results().into_iter().map(|(run, result)| (format!("{run}/result"), result.into_bytes())).collect();
    for run in fs::read_dir(project.path("runs")).unwrap().flatten() {
        for folder in [run.path(), run.path().join("work")] {
            for file in fs::read_dir(&folder).unwrap().flatten().filter(|file| file.path().is_file()) {
                let name = file.file_name().into_string().unwrap();
                if !["record.json", "log", "lock", "progress.jsonl"].contains(&name.as_str()) && !name.ends_with(".spent.json") {
                    found.insert(format!("{}/{name}", run.file_name().display()), fs::read(file.path()).unwrap());
                }
            }
        }
    }
    found
}
