//! `mermen check` compares only what may be compared.

use crate::project::Project;
use std::fs;

const CHECK: [&str; 4] = ["check", "tiny.yaml", "--baseline", "drift.csv"];

/// The experiment made, and a baseline of it.
fn with_baseline(project: &Project) {
    project.run();
    let said = project.call(&[&CHECK[..], &["--update"]].concat());
    assert_eq!(said.code, Some(0), "{}", said.err);
    let said = project.call(&CHECK);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
}

#[test]
fn another_specification_other_data_and_another_definition_are_no_drift_but_refused() {
    let project = Project::new().with_own_data();
    with_baseline(&project);
    let baseline = fs::read_to_string(project.path("drift.csv")).unwrap();

    // A metric that is defined otherwise now than when the baseline was made.
    let column = baseline.lines().next().unwrap().split(',').position(|name| name == "metric_digest").unwrap();
    let redefined: String = baseline
        .lines()
        .enumerate()
        .map(|(line, row)| {
            let mut fields: Vec<&str> = row.split(',').collect();
            if line > 0 {
                let at = fields.len() - (16 - column);
                fields[at] = "0123456789abcdef";
            }
            fields.join(",") + "\n"
        })
        .collect();
    project.write("redefined.csv", &redefined);
    let said = project.call(&["check", "tiny.yaml", "--baseline", "redefined.csv"]);
    assert_eq!(said.code, Some(2), "{}{}", said.out, said.err);
    assert!(said.out.contains("another definition of"), "{}", said.out);

    // Runs of a longer training under the same names.
    let experiment = fs::read_to_string(project.path("tiny.yaml")).unwrap();
    project.write("tiny.yaml", &experiment.replace("train.epochs: 3", "train.epochs: 4"));
    let said = project.call(&[&CHECK[..], &["--no-run"]].concat());
    assert_eq!(said.code, Some(2), "not made yet: {}{}", said.out, said.err);
    assert!(said.err.contains("without --no-run"), "{}", said.err);
    let said = project.call(&CHECK);
    assert_eq!(said.code, Some(2), "{}{}", said.out, said.err);
    assert!(said.out.contains("another specification"), "{}", said.out);
    project.write("tiny.yaml", &experiment);

    // The same specification on a corpus that was changed by one mention.
    let dev = project.path("data/mini/dev.PubTator.txt");
    let text = fs::read_to_string(&dev).unwrap();
    let (before, after) = text.split_once("\tDisease\t").unwrap();
    fs::write(&dev, format!("{before}\tDisease\tX{after}")).unwrap();
    project.run();
    let said = project.call(&CHECK);
    assert_eq!(said.code, Some(2), "{}{}", said.out, said.err);
    assert!(said.err.contains("was made with two versions of its data"), "which of them is meant is not guessed: {}", said.err);
    fs::rename(project.path("runs"), project.path("all")).unwrap();
    project.run();
    let said = project.call(&CHECK);
    assert_eq!(said.code, Some(2), "{}{}", said.out, said.err);
    assert!(said.out.contains("other data"), "{}", said.out);
}
