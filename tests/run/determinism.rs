//! One specification, one result: wherever and however it is made.

use crate::project::{Project, UNDISTURBED};
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
