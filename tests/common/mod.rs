//! Calls of the program, as tests make them.
#![allow(dead_code)] // each test takes what it needs

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The data that comes with the source.
pub fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// A call in `folder`, without the caller's environment.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mermen"));
    command.args(arguments).current_dir(folder).env_remove("MERMEN_DATA").env_remove("MERMEN_CPU");
    command
}

pub fn mermen(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// Standard output and standard error, after the exit code was held against the one that is expected.
#[track_caller]
pub fn said(output: &Output, code: i32) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    (out, err)
}

/// The same call with the data that comes with the source.
pub fn with_data(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).env("MERMEN_DATA", data()).output().unwrap()
}

/// Standard output of a call with data that must end well.
#[track_caller]
pub fn good(folder: &Path, arguments: &[&str]) -> String {
    said(&with_data(folder, arguments), 0).0
}

/// Standard error of a call with data that is refused as bad input.
#[track_caller]
pub fn bad(folder: &Path, arguments: &[&str]) -> String {
    said(&with_data(folder, arguments), 2).1
}
