//! Structured logs: events of the modules by `tracing`, on standard error.

use clap::ValueEnum;
use std::ffi::OsString;
use std::io::IsTerminal;
use tracing::{Level, enabled};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Where events of the program's own talk go: into the log where it is JSON, else they are plain lines.
pub const TALK: &str = "mermen::talk";
/// The target that every module's events are below.
const PROGRAM: &str = "mermen";

#[derive(clap::Args, Clone, Copy, Debug)]
pub struct LogArgs {
    /// Log to standard error: -v runs and epochs, -vv data, checkpoints and locks too
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
    /// Form of the log; `json` makes everything on standard error one object a line
    #[arg(long, value_enum, value_name = "FORM", global = true)]
    log: Option<Form>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

impl LogArgs {
    /// Starts the log; without any of the arguments there is none.
    pub fn start(self) {
        let level = match (self.verbose, self.log) {
            (0, None) => return,
            (0 | 1, _) => LevelFilter::INFO,
            _ => LevelFilter::DEBUG,
        };
        let json = self.log == Some(Form::Json);
        let talk = if json { LevelFilter::INFO } else { LevelFilter::OFF };
        let targets = Targets::new().with_target(PROGRAM, level).with_target(TALK, talk);
        // A closed standard error is no reason to stop.
        let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false).log_internal_errors(false);
        // A second start, which only a caller of the library could cause, changes nothing.
        let _ = if json {
            let layer = layer.json().flatten_event(true).with_current_span(false).with_span_list(true);
            tracing_subscriber::registry().with(layer.with_filter(targets)).try_init()
        } else {
            tracing_subscriber::registry().with(layer.with_filter(targets)).try_init()
        };
    }
}

/// The arguments with which a process of ours logs as this one does.
pub fn arguments() -> Vec<OsString> {
    let verbose = match (enabled!(target: PROGRAM, Level::DEBUG), enabled!(target: PROGRAM, Level::INFO)) {
        (true, _) => "-vv",
        (false, true) => "-v",
        (false, false) => return Vec::new(),
    };
    let form = if enabled!(target: TALK, Level::INFO) { "json" } else { "text" };
    [verbose, "--log", form].map(OsString::from).into()
}

/// Whether bars may be drawn: a terminal, and no log that would run through them.
pub fn bars_fit() -> bool {
    std::io::stderr().is_terminal() && !enabled!(target: PROGRAM, Level::INFO)
}
