//! The order of modules that `src/lib.rs` states: a later one may know an earlier one, never the reverse.

use std::path::{Path, PathBuf};

/// The modules of `lib.rs`, in its order.
fn modules(lib: &str) -> Vec<String> {
    let names = lib.lines().filter_map(|line| line.trim().strip_prefix("pub mod ")?.split_once(';'));
    names.map(|(name, _)| name.to_owned()).collect()
}

/// The module names that a line of code names after `crate::`, one or several in braces.
fn named(line: &str) -> Vec<&str> {
    let code = line.split("//").next().unwrap_or_default();
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let group = rest.strip_prefix('{').map(|group| group.split('}').next().unwrap_or_default());
        let paths = group.map_or(vec![rest], |group| group.split(',').map(str::trim).collect());
        found.extend(paths.into_iter().map(|path| path.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()));
    }
    found
}

/// Lines of `text`, numbered from 1, without those that only tests have: an item behind `#[cfg(test)]`, to the brace that closes it or to
/// its semicolon.
fn program_lines(text: &str) -> Vec<(usize, &str)> {
    let mut kept = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept.push((number + 1, line));
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        for (_, line) in lines.by_ref() {
            let ends_here =
                line.len() - line.trim_start().len() == indent && (line.ends_with(';') || line.trim() == "}" || line.ends_with("{}"));
            if ends_here {
                break;
            }
        }
    }
    kept
}

/// Each line of a file of module `own` that names a later one, as `FILE:LINE: ...`.
fn breaches(modules: &[String], own: &str, file: &str, text: &str) -> Vec<String> {
    let place = |name: &str| modules.iter().position(|module| module == name);
    let Some(here) = place(own) else { return Vec::new() };
    let mut found = Vec::new();
    for (number, line) in program_lines(text) {
        for name in named(line).into_iter().filter(|name| place(name).is_some_and(|there| there > here)) {
            found.push(format!("{file}:{number}: `{own}` knows `{name}`, which comes after it in src/lib.rs: {}", line.trim()));
        }
    }
    found
}

fn source_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let of_tests = name == "tests" || name.ends_with("_tests");
        match path.is_dir() {
            true if !of_tests => source_files(&path, found),
            false if !of_tests && path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
            _ => {}
        }
    }
}

#[test]
fn no_module_knows_a_later_one() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let modules = modules(&std::fs::read_to_string(source.join("lib.rs")).unwrap());
    assert!(modules.len() > 10 && modules.last().is_some_and(|last| last == "cli"), "{modules:?}");
    let mut files = Vec::new();
    source_files(&source, &mut files);
    files.sort();
    assert!(files.len() > 200);
    let mut all = Vec::new();
    for path in files {
        let inner = path.strip_prefix(&source).unwrap();
        let own = inner.iter().next().unwrap().to_string_lossy().trim_end_matches(".rs").to_owned();
        all.extend(breaches(&modules, &own, &format!("src/{}", inner.display()), &std::fs::read_to_string(&path).unwrap()));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn training_knows_no_experiment() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/train");
    let mut files = Vec::new();
    source_files(&source, &mut files);
    let knows = |path: &&PathBuf| std::fs::read_to_string(path).unwrap().contains("use crate::experiment");
    assert_eq!(files.iter().filter(knows).count(), 0);
}

#[test]
fn a_line_that_breaks_the_order_is_found() {
    let modules: Vec<String> = ["corpus", "run", "train", "report"].map(str::to_owned).into();
    let of = |own: &str, text: &str| breaches(&modules, own, "src/x.rs", text);
    let found = of("train", "use crate::run::spec::RunSpec;\n\nuse crate::report::frames;\n");
    assert_eq!(found, ["src/x.rs:3: `train` knows `report`, which comes after it in src/lib.rs: use crate::report::frames;"]);
    assert_eq!(of("corpus", "    let x = crate::train::tag(crate::corpus::id());").len(), 1);
    assert_eq!(of("corpus", "use crate::{run, train::Dataset, other};").len(), 2);
    assert_eq!(of("corpus", "pub(in crate::corpus) fn f() {} // as crate::report does\n//! [`crate::report`]").len(), 0);
    assert_eq!(of("train", "use crate::train_more;").len(), 0);
    let in_tests = "#[cfg(test)]\nmod tests {\n    use crate::report::x;\n}\n#[cfg(test)]\nmod more;\nuse crate::report::y;\n";
    assert_eq!(of("run", in_tests).len(), 1, "only what stands outside of tests");
}
