//! The executor against shell scripts instead of workers.

use super::*;
use crate::run::identity::DataDigests;
use crate::run::spec::RunSpec;
use crate::run::store::{RunFolder, RunRequest};

/// Notes what it sees; may ask to stop at the first line of a job.
struct Notes<'a> {
    seen: Vec<String>,
    running: usize,
    most: usize,
    stop: Option<&'a AtomicBool>,
}

impl Watch for Notes<'_> {
    fn started(&mut self, job: usize) {
        self.running += 1;
        self.most = self.most.max(self.running);
        self.seen.push(format!("{job} started"));
    }

    fn line(&mut self, job: usize, line: &WorkerLine) {
        if let Some(stop) = self.stop {
            stop.store(true, Ordering::Relaxed);
        }
        self.seen.push(format!("{job} {line:?}"));
    }

    fn ended(&mut self, _: usize, _: &RunOutcome) {
        self.running -= 1;
    }
}

/// Runs `script` once for each of `count` jobs; `$4` is the job's folder, whose name is its index.
fn execute(script: &str, count: usize, jobs: usize, stop_at_first_line: bool) -> (Vec<RunOutcome>, Vec<String>, usize) {
    let root = tempfile::tempdir().unwrap();
    let program = root.path().join("worker.sh");
    // Written by another process: while ours has a file open for writing, a test beside this one may fork, and the system
    // then refuses to run the file.
    let text = root.path().join("worker.txt");
    std::fs::write(&text, format!("#!/bin/sh\n{script}\n")).unwrap();
    let copied = Command::new("sh").args(["-c", "cp \"$0\" \"$1\" && chmod +x \"$1\""]).arg(&text).arg(&program).status().unwrap();
    assert!(copied.success());
    let request = RunRequest::new(RunSpec::default(), DataDigests::default(), None);
    let job = |i: usize| {
        let folder = RunFolder::at(root.path().join(i.to_string()));
        folder.prepare(&request).unwrap();
        Job { id: format!("{i}"), name: format!("run {i}"), folder }
    };
    let planned: Vec<Job> = (0..count).map(job).collect();
    let stop = AtomicBool::new(false);
    let mut notes = Notes { seen: Vec::new(), running: 0, most: 0, stop: stop_at_first_line.then_some(&stop) };
    let local = Local { program, arguments: vec!["--device".into(), "cpu".into()], jobs };
    let outcomes = local.execute(&planned, &mut notes, &stop);
    let shown = |outcome: RunOutcome| match outcome {
        RunOutcome::Failed { why } => RunOutcome::Failed { why: why.replace(&root.path().display().to_string(), "STORE") },
        other => other,
    };
    (outcomes.into_iter().map(shown).collect(), notes.seen, notes.most)
}

#[test]
fn all_jobs_are_made_and_no_more_at_a_time_than_asked() {
    let (outcomes, seen, most) = execute(r#"echo "{\"say\":{\"line\":\"$1 $2 $5 $6\"}}"; echo '{"ended":"done"}'"#, 5, 2, false);
    assert_eq!(outcomes, vec![RunOutcome::Done; 5]);
    assert!(most <= 2);
    assert_eq!(seen.iter().filter(|line| line.contains("worker --leash --device cpu")).count(), 5, "{seen:?}");
}

#[test]
fn a_run_that_fails_takes_no_other_with_it() {
    let script = r#"case "$4" in
*/0) kill -9 $$ ;;
*/1) echo "thread main panicked: index out of bounds" >&2; echo "note: run with a backtrace" >&2; exit 101 ;;
*/2) echo '{"ended":{"failed":{"why":"loss is not finite"}}}'; exit 3 ;;
*/3) exit 7 ;;
*/4) kill -11 $$ ;;
*) echo 'chatter of a library'; echo '{"ended":"done"}' ;;
esac"#;
    let (outcomes, seen, _) = execute(script, 6, 3, false);
    let shown: Vec<String> = outcomes.iter().map(|outcome| format!("{outcome:?}")).collect();
    insta::assert_snapshot!(shown.join("\n"));
    assert!(seen.iter().any(|line| line.contains("chatter of a library")));
}

#[test]
fn a_request_to_stop_reaches_workers_and_starts_no_more() {
    // The worker waits until its standard input closes, as one that finishes its batch.
    let script = r#"echo '{"say":{"line":"at work"}}'; cat > /dev/null; echo '{"ended":"interrupted"}'; exit 130"#;
    let (outcomes, seen, _) = execute(script, 4, 2, true);
    assert_eq!(outcomes, vec![RunOutcome::Interrupted; 4]);
    assert!(seen.iter().filter(|line| line.ends_with("started")).count() <= 2, "{seen:?}");
}

#[test]
fn a_program_that_cannot_be_started_is_told_for_each_run() {
    let root = tempfile::tempdir().unwrap();
    let folder = RunFolder::at(root.path().join("0"));
    folder.prepare(&RunRequest::new(RunSpec::default(), DataDigests::default(), None)).unwrap();
    let local = Local { program: root.path().join("gone"), arguments: Vec::new(), jobs: 1 };
    let mut notes = Notes { seen: Vec::new(), running: 1, most: 0, stop: None };
    let outcomes = local.execute(&[Job { id: "0".into(), name: String::new(), folder }], &mut notes, &AtomicBool::new(false));
    assert!(matches!(&outcomes[0], RunOutcome::Failed { why } if why.contains("cannot be started")), "{outcomes:?}");
}
