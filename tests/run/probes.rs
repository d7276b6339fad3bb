//! `mermen probe` and `mermen export network`, of the experiment's runs.

use crate::project::Project;

#[test]
fn trained_runs_are_probed_once_and_their_probes_are_kept() {
    let project = Project::new();
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/data");
    let probe = || project.call(&["probe", "tiny.yaml", "--data-dir", data]);
    let before = probe();
    assert_eq!(before.code, Some(2));
    assert!(before.err.contains("mermen run tiny.yaml"), "{}", before.err);

    project.run();
    let first = probe();
    assert_eq!((first.code, first.err.matches("probing").count()), (Some(0), 2), "{}", first.err);
    // One without feedback has its own output to read and nothing to replace.
    assert!(first.out.contains("framework=mtl-both-feedback") && first.out.contains("look-up"), "{}", first.out);
    let again = probe();
    assert_eq!((again.code, again.err.contains("probing")), (Some(0), false));
    assert_eq!(again.out, first.out);
}

#[test]
fn the_network_of_every_run_is_drawn_once() {
    let project = Project::new();
    let said = project.call(&["export", "network", "tiny.yaml", "--output", "drawn"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let mut names: Vec<String> =
        std::fs::read_dir(project.path("drawn")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names.len(), 6, "an SVG, a PNG and a PDF of each of two networks: {names:?}");
}
