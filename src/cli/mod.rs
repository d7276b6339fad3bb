//! The command line: one file per subcommand. The only module that prints or reads the environment.

mod experiment_context;
mod cpu_path;
mod device;
mod engine;
mod log;
mod named_values;
mod progress;
mod reading;
mod report_inputs;
mod signals;
mod stored;

use crate::baseline::Systems;
use crate::experiment::executor::slurm::SlurmError;
use crate::registry::fetch::FetchError;
use crate::run::store::StoreError;
use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

/// Each line is a subcommand: its module has `Args` (a `clap::Args`, whose doc comment is the help) and
/// `run(Args) -> anyhow::Result<u8>`, which gives the exit code. What reads experiment files or trains takes the program's systems too.
macro_rules! subcommands {
    ($systems:ident: $($(#[$attribute:meta])* $name:ident in $module:ident $(with $with:ident)?,)*) => {
        $(mod $module;)*

        #[derive(clap::Subcommand)]
        enum Command {
            $($(#[$attribute])* $name($module::Args),)*
        }

        impl Command {
            fn run(self, $systems: &Systems) -> anyhow::Result<u8> {
                match self {
                    $(Command::$name(args) => $module::run(args $(, $with)?),)*
                }
            }
        }
    };
}

subcommands! {
    systems:
    Init in init with systems,
    Run in run with systems,
    Search in search with systems,
    Bench in bench,
    Evaluate in evaluate,
    Data in data with systems,
    Lexicon in lexicon,
    Report in report with systems,
    Claims in claims with systems,
    Compare in compare,
    Check in check with systems,
    Probe in probe with systems,
    Predict in predict,
    Export in export with systems,
    Status in status with systems,
    Explain in explain with systems,
    Records in records with systems,
    Schema in schema with systems,
    Completions in completions,
    Man in man,
    #[command(hide = true)]
    Worker in worker with systems,
}

/// Medical named entity recognition and normalization with multi-task learning and explicit feedback (Zhao et al., AAAI
/// 2019): trains, evaluates, compares and reports.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
#[command(after_help = "Examples:
  mermen run experiments/quickstart.yaml
  mermen data list
  mermen help run")]
struct Arguments {
    #[command(flatten)]
    log: log::LogArgs,
    #[command(subcommand)]
    command: Command,
}

/// The program `mermen`: [`run_with`] no systems beside its own.
pub fn main() -> ExitCode {
    run_with(Systems::default())
}

/// The program with systems of the caller's own, which experiment files then name as `system: NAME`: parses the arguments of the process, runs
/// the subcommand and gives the exit code: 0 good, 1 the answer is "no", 2 usage or bad input, 3 a run failed, 130 or 143 interrupted.
///
/// `mermen run` makes each run in a process of its own, by starting the executable once more with the subcommand `worker`: `main` is to
/// register the same systems each time, and to leave standard output alone.
pub fn run_with(systems: Systems) -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(told) => {
            let _ = told.print();
            return ExitCode::from(told.exit_code() as u8);
        }
    };
    arguments.log.start();
    match arguments.command.run(&systems) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            complain(&described(&error));
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

/// Bad input is the rule; a run store that the system does not let us use, or a cluster that does not answer, fails the runs, and so
/// does a network or a disk a download.
fn code_of(error: &anyhow::Error) -> u8 {
    let failed = |cause: &(dyn std::error::Error + 'static)| {
        matches!(cause.downcast_ref(), Some(StoreError::Write { .. } | StoreError::Read { .. }))
            || matches!(cause.downcast_ref(), Some(SlurmError::NoAnswer { .. }))
            || cause.downcast_ref::<FetchError>().is_some_and(|error| !error.is_bad_input())
    };
    if error.chain().any(failed) { 3 } else { 2 }
}

/// A result, on standard output. That nobody reads on (`mermen ... | head`) is no error.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Talk, on standard error: a plain line, or an event where the log is JSON.
fn say(line: &str) {
    if tracing::enabled!(target: log::TALK, tracing::Level::INFO) {
        tracing::info!(target: log::TALK, "{line}");
    } else {
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }
}

/// What the program ends with, in the same place.
fn complain(text: &str) {
    if tracing::enabled!(target: log::TALK, tracing::Level::ERROR) {
        tracing::error!(target: log::TALK, "{text}");
    } else {
        say(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    /// The command lines under `Examples:` in a help text: what follows two blanks is a remark, what follows `>` the shell's.
    fn examples(command: &clap::Command) -> Vec<String> {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1).take_while(|line| !line.is_empty());
        lines
            .map(|line| {
                line.trim().split("  ").next().unwrap_or_default().split(['<', '>', '&']).next().unwrap_or_default().trim().to_owned()
            })
            .collect()
    }

    #[test]
    fn every_command_shows_examples_that_parse() {
        use clap::CommandFactory;
        fn visit(command: &clap::Command, path: &str, seen: &mut usize) {
            let below: Vec<_> =
                command.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help").collect();
            below.iter().for_each(|command| visit(command, &format!("{path} {}", command.get_name()), seen));
            let examples = examples(command);
            assert!(!examples.is_empty() || !below.is_empty(), "`{path} --help` shows no example");
            for line in examples {
                assert!(format!("{line} ").starts_with(&format!("{path} ")), "an example of {path}: {line}");
                let parsed = Arguments::try_parse_from(line.split(' '));
                let shows_help = parsed.as_ref().is_err_and(|told| told.kind() == clap::error::ErrorKind::DisplayHelp);
                assert!(parsed.is_ok() || shows_help, "{line}: {}", parsed.err().map(|told| told.to_string()).unwrap_or_default());
                *seen += 1;
            }
        }
        let mut seen = 0;
        visit(&Arguments::command(), "mermen", &mut seen);
        assert!(seen > 20, "{seen}");
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
