//! What a call does that is made again, killed, asked to end, or made twice at a time.

use crate::project::{Project, UNDISTURBED};
use std::fs;
use std::process::{Child, Command, Stdio};

#[test]
fn a_second_call_says_that_all_runs_are_done_and_draws_again() {
    let project = Project::new();
    let first = project.run();
    assert_eq!(project.results().len(), 2);
    assert!(project.path("reports/tiny").is_dir());
    let second = project.run();
    assert!(second.err.contains("tiny: all runs are done"));
    assert_eq!(first.out, second.out);
    assert!(!first.out.is_empty());
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/data");
    let status = project.call(&["status", "tiny.yaml", "--data-dir", data]);
    assert_eq!(status.out.lines().last(), Some("2 runs: 2 done, 0 to do, 0 not run"));
}

#[test]
fn a_killed_call_is_taken_up_again_with_the_same_results() {
    let project = Project::new();
    for lines in [2, 3, 4] {
        let mut child = project.begun(2, lines);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // Workers of the killed calls may still be finishing their batch: their runs are waited for.
    project.run();
    assert_eq!(project.results(), *UNDISTURBED);
}

#[test]
fn a_request_to_end_is_granted_with_its_exit_code_and_loses_nothing() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let project = Project::new();
        let mut child = project.begun(2, 3);
        let sent = Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", signal, &child.id().to_string()]).status().unwrap();
        let ended = child.wait().unwrap().code();
        // Runs this small may be over before the signal arrives.
        assert!(ended == Some(code) || (ended == Some(0) && project.results().len() == 2) || !sent.success(), "{signal}: {ended:?}");
        project.run();
        assert_eq!(project.results(), *UNDISTURBED, "{signal}");
    }
}

#[test]
fn two_calls_on_one_store_make_each_run_once() {
    let project = Project::new();
    let start = || project.run_command(2, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let calls: [Child; 2] = std::array::from_fn(|_| start());
    for mut call in calls {
        assert_eq!(call.wait().unwrap().code(), Some(0));
    }
    assert_eq!(project.results(), *UNDISTURBED);
    for (run, measured) in project.measured() {
        assert!(measured.contains("\"resumed\": 0"), "{run} was made by two: {measured}");
    }
}

#[test]
fn half_an_embedding_file_is_bad_input_and_a_mended_one_is_taken() {
    let project = Project::new().with_own_data();
    let file = project.path("data/mini/embedding.txt");
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let said = project.try_run(&[]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert!(said.err.contains("embedding.txt"), "{}", said.err);
    assert!(project.results().is_empty());
    fs::write(&file, &whole).unwrap();
    project.run();
    assert_eq!(project.results(), *UNDISTURBED);
}
