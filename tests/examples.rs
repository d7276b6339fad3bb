//! The programs of `examples/` do what they say. `cargo test` builds them; where a single test file is run they may be missing.

use std::path::{Path, PathBuf};
use std::process::Command;

fn program(name: &str) -> Option<PathBuf> {
    let here = std::env::current_exe().unwrap();
    let path = here.parent()?.parent()?.join("examples").join(name);
    if !path.is_file() {
        println!("skipped: {} is not built (`cargo build --release --examples`)", path.display());
        return None;
    }
    Some(path)
}

/// Runs an example in the root of the source, and gives its standard output.
fn run(name: &str, arguments: &[&Path]) -> Option<String> {
    let output = Command::new(program(name)?).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_corpus_is_converted_and_scored_against_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (gold, other) = (Path::new("data/mini/test.PubTator.txt"), folder.path().join("test.xml"));
    let Some(said) = run("convert", &[gold, Path::new("bioc-xml"), &other]) else { return };
    assert!(said.contains("documents in "), "{said}");
    let Some(said) = run("score", &[gold, &other]) else { return };
    let scores: Vec<&str> = said.lines().filter(|line| line.starts_with("  ")).collect();
    // Chemical and Disease, each with mentions and concepts.
    assert_eq!(scores.len(), 4, "{said}");
    assert!(scores.iter().all(|line| line.contains("F1 1.0000")), "{said}");
}

#[test]
fn a_system_of_ones_own_is_scored_as_runs_are() {
    let Some(said) = run("own_system", &[]) else { return };
    assert!(said.contains("suffixes, trained in") && said.contains("\ndev\n") && said.contains("\ntest\n"), "{said}");
    let f1 = |line: &str| line.rsplit(' ').next().and_then(|f1| f1.parse::<f64>().ok());
    let mentions: Vec<f64> = said.lines().filter(|line| line.starts_with("  mention")).filter_map(f1).collect();
    // It finds something (.0285 on dev, .0441 on test), but a span of one word is rarely the whole mention.
    assert!(mentions.len() == 2 && mentions.iter().all(|f1| (0.01..0.5).contains(f1)), "{said}");
}
