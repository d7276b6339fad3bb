//! `mermen export records`: records and histories as tables.

use crate::cli::experiment_context::SpecArgs;
use crate::cli::{say, stored};
use crate::run::record::RunRecord;
use crate::atomic_file::write_atomically;
use crate::report::export::{FrameFormat, Rows, export};
use anyhow::Context;
use std::io::Write;
use std::path::PathBuf;

/// Which runs, and where their records are.
#[derive(clap::Args)]
pub(super) struct Chosen {
    /// Experiment files, run ids or the first digits of one [default: every record there is]
    #[arg(value_name = "SPEC|RUN")]
    runs: Vec<String>,
    /// Folders with run records, searched to any depth
    #[arg(long, value_name = "DIR", default_values = ["runs", "reports/records"])]
    runs_dir: Vec<PathBuf>,
    /// Folder of corpora and embeddings; read only for SPEC
    #[arg(long, env = "MERMEN_DATA", default_value = "data", value_name = "DIR")]
    data_dir: PathBuf,
}

impl Chosen {
    /// The records asked for, each once, in the order in which they are named; all of them, by run id, where none is.
    ///
    /// # Errors
    /// No record at all, a run that there is none of, an experiment file that is wrong.
    pub fn records(&self) -> anyhow::Result<Vec<RunRecord>> {
        let all = stored::records(&self.runs_dir)?;
        if self.runs.is_empty() {
            return Ok(all);
        }
        let mut chosen: Vec<&RunRecord> = Vec::new();
        for name in &self.runs {
            let found = if PathBuf::from(name).is_file() { self.of_experiment(name, &all)? } else { vec![stored::find(&all, name)?] };
            for record in found {
                if !chosen.iter().any(|known| known.result.run_id == record.result.run_id) {
                    chosen.push(record);
                }
            }
        }
        Ok(chosen.into_iter().cloned().collect())
    }

    /// The records of an experiment's runs. Where its data is missing, a run is found by its specification alone.
    fn of_experiment<'a>(&self, file: &str, all: &'a [RunRecord]) -> anyhow::Result<Vec<&'a RunRecord>> {
        let spec_args = SpecArgs {
            spec: file.into(),
            data_dir: self.data_dir.clone(),
            // Which runs are done does not matter here: the records say so.
            runs_dir: self.runs_dir.first().cloned().unwrap_or_default(),
            reports_dir: PathBuf::from("reports"),
            set: Vec::new(),
        };
        let entries = spec_args.read()?.plan.entries;
        let is_of = |record: &&RunRecord| {
            entries.iter().any(|entry| match &entry.id {
                Some(id) => *id == record.result.run_id,
                None => entry.spec == record.result.spec,
            })
        };
        let found: Vec<&RunRecord> = all.iter().filter(is_of).collect();
        say(&format!("{file}: {} of {} runs have a record", found.len(), entries.len()));
        Ok(found)
    }
}

/// Write records or histories as CSV, Parquet or JSON Lines
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  mermen export records --to csv > runs.csv\n  mermen export records experiments/table2.yaml --what history --to parquet --output history.parquet\n\nWhat to do with them: docs/tracking.md")]
pub struct Args {
    #[command(flatten)]
    chosen: Chosen,
    /// A row per run, per epoch, or per score of a split
    #[arg(long, value_enum, default_value_t = What::Runs)]
    what: What,
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: To,
    /// File to write; `-` is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum What {
    Runs,
    History,
    Scores,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum To {
    Csv,
    Parquet,
    Jsonl,
}

pub fn run(args: Args) -> anyhow::Result<u8> {
    let records = args.chosen.records()?;
    let rows = match args.what {
        What::Runs => Rows::Runs,
        What::History => Rows::History,
        What::Scores => Rows::Scores,
    };
    let format = match args.to {
        To::Csv => FrameFormat::Csv,
        To::Parquet => FrameFormat::Parquet,
        To::Jsonl => FrameFormat::JsonLines,
    };
    let mut bytes = Vec::new();
    export(&records.iter().collect::<Vec<_>>(), rows, format, &mut bytes)?;
    if args.output.as_os_str() == "-" {
        // That nobody reads on is no error.
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(&bytes).and_then(|()| out.flush());
    } else {
        write_atomically(&args.output, &bytes).with_context(|| format!("cannot write {}", args.output.display()))?;
        say(&format!("{} runs in {}", records.len(), args.output.display()));
    }
    Ok(0)
}
