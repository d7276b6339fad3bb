//! The command line: one file per subcommand. The only room that prints or reads the environment.

mod asked;
mod device;
mod engine;
mod progress;
mod report_inputs;
mod signals;

use crate::experiment::executor::slurm::SlurmError;
use crate::experiment::store::StoreError;
use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

/// Each line is a subcommand: its module has `Args` (a `clap::Args`, whose doc comment is the help) and
/// `run(Args) -> anyhow::Result<u8>`, which gives the exit code.
macro_rules! subcommands {
    ($($(#[$attribute:meta])* $name:ident in $module:ident,)*) => {
        $(mod $module;)*

        #[derive(clap::Subcommand)]
        enum Command {
            $($(#[$attribute])* $name($module::Args),)*
        }

        impl Command {
            fn run(self) -> anyhow::Result<u8> {
                match self {
                    $(Command::$name(args) => $module::run(args),)*
                }
            }
        }
    };
}

subcommands! {
    Run in run,
    Bench in bench,
    Evaluate in evaluate,
    Data in data,
    Report in report,
    Claims in claims,
    Compare in compare,
    Check in check,
    Probe in probe,
    Predict in predict,
    Export in export,
    Status in status,
    Explain in explain,
    #[command(hide = true)]
    Worker in worker,
}

/// Medical named entity recognition and normalization with multi-task learning and explicit feedback (Zhao et al., AAAI
/// 2019): trains, evaluates, compares and reports.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// Parses the arguments, runs the subcommand and gives the exit code: 0 good, 1 the answer is "no", 2 usage or bad input,
/// 3 a run failed, 130 or 143 interrupted.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(told) => {
            let _ = told.print();
            return ExitCode::from(told.exit_code() as u8);
        }
    };
    match arguments.command.run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            say(&described(&error));
            ExitCode::from(code_of(&error))
        }
    }
}

/// `error: ...`, then one indented line for each cause.
fn described(error: &anyhow::Error) -> String {
    let mut text = format!("error: {error}");
    for cause in error.chain().skip(1) {
        text += &format!("\n  because: {cause}");
    }
    text
}

/// Bad input is the rule; a run store that the system does not let us use, or a cluster that does not answer, fails the runs.
fn code_of(error: &anyhow::Error) -> u8 {
    let closed = |cause: &(dyn std::error::Error + 'static)| {
        matches!(cause.downcast_ref(), Some(StoreError::Write { .. } | StoreError::Read { .. }))
            || matches!(cause.downcast_ref(), Some(SlurmError::NoAnswer { .. }))
    };
    if error.chain().any(closed) { 3 } else { 2 }
}

/// A result, on standard output. That nobody reads on (`mermen ... | head`) is no error.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Talk, on standard error.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn an_error_is_shown_with_its_causes() {
        let error = anyhow::anyhow!("permission denied").context("cannot open x").context("cannot read the corpus");
        assert_eq!(described(&error), "error: cannot read the corpus\n  because: cannot open x\n  because: permission denied");
        assert_eq!(code_of(&error), 2);
        let full = StoreError::Write { path: "runs/x".into(), source: std::io::Error::from(std::io::ErrorKind::StorageFull) };
        assert_eq!(code_of(&anyhow::Error::new(full)), 3);
    }
}
