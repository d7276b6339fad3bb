//! What a call does that is made again, killed, asked to end, or made twice at a time.

use crate::project::{Project, UNDISTURBED};
use std::fs;
use std::io::{BufRead, BufReader};
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

/// What is known of a run before its record is there: its epochs, on the screen for as long as it lasts, and as a table.
#[test]
fn a_run_at_work_is_followed_and_its_history_exported() {
    let project = Project::new();
    project.write(
        "tiny.yaml",
        "name: tiny\ndefaults: {data: {corpus: mini, limit: 8}, embedding.name: mini-20, train.epochs: 10000,\n  \
         model: {framework: mtl, layers: 1, hidden: 4, char_cnn: null}}\n",
    );
    let mut run = project.begun(1, 6);
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/data");

    let mut follow = project.command(&["status", "tiny.yaml", "--follow", "--data-dir", data]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut next_epoch = || {
        let line = lines.by_ref().find(|line| line.contains(" epoch ")).unwrap();
        assert!(["of 10000; dev F1: mentions 0.", ", concepts 0.", " left at most"].iter().all(|part| line.contains(part)), "{line}");
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let first = next_epoch();
    assert!(first >= 1 && next_epoch() > first);

    let said = project.call(&["export", "records", "tiny.yaml", "--what", "history", "--to", "csv", "--data-dir", data]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.err.contains("1 of 1 runs have a record or an epoch behind them"), "{}", said.err);
    let mut table = csv::Reader::from_reader(said.out.as_bytes());
    let header = table.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|column| column == name).unwrap_or_else(|| panic!("no column {name}: {header:?}"));
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert!(rows.len() as u64 > first, "{}", said.out);
    for (n, row) in rows.iter().enumerate() {
        let number = |name: &str| row[column(name)].parse::<f64>().unwrap_or_else(|_| panic!("{name}: {row:?}"));
        assert_eq!(number("epoch"), (n + 1) as f64);
        for task in ["mention", "concept"] {
            let score = |figure: &str| number(&format!("dev_{task}_{figure}"));
            let (precision, recall) = (score("precision"), score("recall"));
            let f1 = if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) };
            assert!((f1 - score("f1")).abs() < 1e-12, "{row:?}");
        }
    }
    // Scores of a run that is not done are not exported as those of one that is.
    let said = project.call(&["export", "records", "tiny.yaml", "--what", "runs", "--to", "csv", "--data-dir", data]);
    assert!(said.code == Some(2) && said.err.contains("no run record under runs"), "{}", said.err);

    // Whoever follows is let go when the run ends.
    assert!(Command::new("kill").args(["-s", "TERM", &run.id().to_string()]).status().unwrap().success());
    assert_eq!(run.wait().unwrap().code(), Some(143));
    let last: Vec<String> = lines.collect();
    assert!(last.iter().any(|line| line.contains("begun")), "{last:?}");
    assert_eq!(follow.wait().unwrap().code(), Some(0));
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
