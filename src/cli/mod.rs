//! The command line: one file per subcommand. The only room that prints or reads the environment.

pub mod report;

/// Parses the arguments, runs the subcommand and gives the exit code: 0 good, 1 the answer is "no", 2 usage or bad input,
/// 3 a run failed, 130 or 143 interrupted.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(2)
}
