//! What is built is what was chosen: every dependency with its reason, and nothing of ours that runs while building.

use std::fs;
use std::path::Path;

/// A comment stands over each dependency, or over the group of lines that it is in.
fn without_reason(manifest: &str) -> Vec<&str> {
    let mut missing = Vec::new();
    let (mut of_dependencies, mut reason) = (false, false);
    for line in manifest.lines().map(str::trim) {
        match line.chars().next() {
            None => reason = false,
            Some('[') => (of_dependencies, reason) = (line.ends_with("dependencies]"), false),
            Some('#') => reason = true,
            Some(_) if of_dependencies && !reason => missing.push(line),
            Some(_) => {}
        }
    }
    missing
}

#[test]
fn every_dependency_has_a_reason() {
    assert_eq!(without_reason("[dependencies]\n# why\na = \"1\"\nb = \"1\"\n\nc = \"1\"\n"), ["c = \"1\""]);
    for manifest in ["Cargo.toml", "fuzz/Cargo.toml"] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest)).unwrap();
        assert_eq!(without_reason(&text), [""; 0], "{manifest}");
    }
}

/// A build script runs with the rights of whoever builds. Ours would have to be seen by a reader; there is none.
#[test]
fn there_is_no_build_script() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in [root.to_owned(), root.join("fuzz")] {
        assert!(!folder.join("build.rs").exists());
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        assert!(
            !manifest.lines().any(|line| line.starts_with("build =") || line.starts_with("[build-dependencies")),
            "{}",
            folder.display()
        );
    }
}

/// Versions are those of `Cargo.lock`, from the registry and with their digests: nothing is fetched from a repository or a path.
#[test]
fn every_package_comes_from_the_registry_with_a_digest() {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    let packages: Vec<&str> = lock.split("[[package]]").skip(1).collect();
    assert!(packages.len() > 50);
    for package in packages.iter().filter(|package| !package.contains("name = \"mermen\"")) {
        assert!(
            package.contains("source = \"registry+https://github.com/rust-lang/crates.io-index\"") && package.contains("checksum = \""),
            "{package}"
        );
    }
}
