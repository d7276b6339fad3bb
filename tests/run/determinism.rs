//! One specification, one result: wherever and however it is made.

use crate::project::{Project, Said, UNDISTURBED};
use serde_json::Value;

#[test]
fn another_folder_with_a_copy_of_the_data_makes_the_same_bytes() {
    let project = Project::new().with_own_data();
    project.run();
    assert_eq!(project.results(), *UNDISTURBED);
}

/// The undisturbed runs were made two at a time.
#[test]
fn one_run_at_a_time_makes_the_same_bytes() {
    let project = Project::new();
    assert_eq!(project.run_command(1, &[]).output().unwrap().status.code(), Some(0));
    assert_eq!(project.results(), *UNDISTURBED);
}

/// The CPU paths that this machine has, by what an unknown one is answered.
fn cpu_paths(project: &Project) -> Vec<String> {
    let said = project.call(&["bench", "--peak", "--isa", "none"]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    let has = said.err.trim().rsplit_once("this machine has ").expect("a list").1;
    has.split(", ").map(str::to_owned).collect()
}

#[test]
fn every_cpu_path_makes_the_same_bytes() {
    let mut parameters = Vec::new();
    for path in cpu_paths(&Project::new()) {
        let project = Project::new();
        let output = project.run_command(2, &[]).env("MERMEN_CPU", &path).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{path}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(project.results(), *UNDISTURBED, "{path}");
        for (run, measured) in project.measured() {
            let measured: Value = serde_json::from_str(&measured).unwrap();
            assert_eq!(measured["cpu_path"], *path, "{run}: the worker was told");
        }
        parameters.push(project.parameters());
    }
    assert!(parameters[0].len() >= 2, "{:?}", parameters[0].keys());
    assert!(parameters.windows(2).all(|pair| pair[0] == pair[1]), "parameter files differ");
}

#[test]
fn a_cpu_path_that_is_none_is_refused_wherever_a_network_runs() {
    let project = Project::new();
    let has = cpu_paths(&project).join(", ");
    let calls: [&[&str]; 6] = [
        &["run", "tiny.yaml"],
        &["check", "tiny.yaml"],
        &["probe", "tiny.yaml"],
        &["predict", "--model", "none.mermen"],
        &["bench", "--mode", "crf"],
        &["worker", "--run-dir", "none", "--data-dir", "none"],
    ];
    for call in calls {
        let said: Said = project.command(call).env("MERMEN_CPU", "sse9").output().unwrap().into();
        assert_eq!(said.code, Some(2), "{call:?}: {}", said.err);
        assert!(said.err.contains(&format!("MERMEN_CPU: no CPU path `sse9`; this machine has {has}")), "{call:?}: {}", said.err);
    }
    // A flag outweighs the variable, and a variable that is set to nothing is none.
    let bench = ["bench", "--mode", "crf", "--sentences", "2", "--men-tags", "3"];
    let flag = project.command(&[&bench[..], &["--isa", "portable"]].concat()).env("MERMEN_CPU", "sse9").output().unwrap();
    assert_eq!(flag.status.code(), Some(0));
    assert_eq!(project.command(&bench).env("MERMEN_CPU", "").output().unwrap().status.code(), Some(0));
}

/// A comma for decimals, a dotless i, and the end of the world's clock.
#[test]
fn locale_and_time_zone_do_not_matter() {
    let project = Project::new();
    let mut outs = Vec::new();
    for (locale, zone) in [("tr_TR.UTF-8", "Pacific/Kiritimati"), ("C", "America/St_Johns"), ("de_DE.ISO-8859-1", "UTC")] {
        let mut command = project.run_command(2, &[]);
        command.envs([("LANG", locale), ("LC_ALL", locale), ("LC_NUMERIC", locale), ("TZ", zone)]);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{locale}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(project.results(), *UNDISTURBED, "{locale}");
        outs.push(output.stdout);
    }
    // The table that is drawn is the same too.
    assert!(outs.windows(2).all(|pair| pair[0] == pair[1]));
}

/// What could make another machine's bytes differ is in the record, beside the result or in its specification.
#[test]
fn the_record_says_what_could_change_bytes() {
    let project = Project::new();
    project.run();
    for (run, measured) in project.measured() {
        let measured: Value = serde_json::from_str(&measured).unwrap();
        assert_eq!(measured["version"], env!("CARGO_PKG_VERSION"), "{run}");
        assert_eq!(measured["device"], "cpu", "{run}");
        assert!(["portable", "avx2", "avx512"].iter().any(|path| measured["cpu_path"] == *path), "{run}: {measured}");
    }
    for (run, result) in project.results() {
        let result: Value = serde_json::from_str(&result).unwrap();
        assert_eq!(result["spec"]["train"]["threads"], 1, "{run}");
        assert!(result["protocol"].is_u64() && result["data"]["corpus_sha256"].as_str().is_some_and(|digest| digest.len() == 64));
    }
}
