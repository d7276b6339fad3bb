//! `mermen data get`: downloads what the registry knows by name, or takes it from a copy.

use super::DataFolder;
use crate::cli::{log, say};
use crate::registry::Registry;
use crate::registry::fetch::{Fetch, Online, Progress};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::PathBuf;
use std::time::Duration;

/// What is there already, and right, is left as it is. A download that was cut is taken up where it ended. Every file is held to the
/// registry's SHA-256 and counts before it gets its name.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  mermen data get ncbi-disease --data-dir data
  mermen data get bc5cdr --from ~/Downloads/CDR_Data.zip
  mermen data get senna-50 --from /media/disk/senna --data-dir data")]
pub struct Args {
    /// Name of a corpus, embedding or lexicon, as `mermen data list` shows it
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    folder: DataFolder,
    /// Take it from this archive, file or folder; nothing is downloaded
    #[arg(long, value_name = "DIR|FILE")]
    from: Option<PathBuf>,
    /// Give a mirror up when nothing comes for so long
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    timeout: Duration,
    /// Entries to use instead of those compiled in
    #[arg(long, value_name = "FILE", hide = true)]
    registry: Option<PathBuf>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let expected = "expected a number of seconds above 0, such as 30";
    let seconds: f64 = text.parse().map_err(|_| expected.to_owned())?;
    if seconds.is_nan() || seconds < 1e-3 {
        return Err(expected.into());
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| expected.into())
}

/// # Errors
/// `FetchError`.
pub fn run(args: &Args) -> anyhow::Result<u8> {
    let registry = match &args.registry {
        Some(path) => Registry::from_file(path)?,
        None => Registry::built_in()?,
    };
    let web = Online::new(args.timeout);
    let data_dir = &args.folder.data_dir;
    let fetch = Fetch { registry: &registry, data_dir, web: &web };
    let mut shown = Shown::default();
    let fetched = fetch.get(&args.name, args.from.as_deref(), &mut shown);
    shown.clear();
    let fetched = fetched?;
    for path in &fetched.present {
        say(&format!("{}: there already", path.display()));
    }
    for path in &fetched.placed {
        say(&format!("{}: whole", path.display()));
    }
    if fetched.present.is_empty() && fetched.placed.is_empty() {
        say(&format!("{} needs no file", args.name));
    }
    Ok(0)
}

/// A bar on a terminal, a line for each address elsewhere.
#[derive(Default)]
struct Shown {
    bar: Option<ProgressBar>,
}

impl Shown {
    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Shown {
    fn began(&mut self, url: &str, have: u64, total: Option<u64>) {
        self.clear();
        let size = total.map(|total| format!(", {} in all", megabytes(total))).unwrap_or_default();
        let on = if have > 0 { format!(", going on after {}", megabytes(have)) } else { String::new() };
        say(&format!("{url}{size}{on}"));
        if log::bars_fit() {
            let template = match total {
                Some(_) => "  {bar:30}  {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left",
                None => "  {spinner}  {bytes}  {bytes_per_sec}",
            };
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new).with_style(style);
            // Speed is of what comes now, not of what was here.
            bar.set_position(have);
            bar.reset_eta();
            self.bar = Some(bar);
        }
    }

    fn came(&mut self, have: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(have);
        }
    }

    fn say(&mut self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(line)),
            None => say(line),
        }
    }
}

fn megabytes(bytes: u64) -> String {
    match bytes {
        0..100_000 => format!("{bytes} bytes"),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
