//! `mermen export records`: records and histories as tables.

use crate::baseline::Systems;
use crate::cli::experiment_context::SpecArgs;
use crate::cli::{say, stored};
use crate::report::ReportError;
use crate::run::record::{NetworkRecord, RunRecord, RunState};
use crate::run::spec::RunSpec;
use crate::run::store::EpochProgress;
use crate::atomic_file::write_atomically;
use crate::report::export::{FrameFormat, Known, Rows, RunName, export};
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
    pub fn records(&self, systems: &Systems) -> anyhow::Result<Vec<RunRecord>> {
        Ok(self.records_and_known(false, systems)?.0)
    }

    /// The same with what else is known of them. With `running` runs of an experiment that have no record yet are there with the epochs that they
    /// have behind them.
    fn records_and_known(&self, running: bool, systems: &Systems) -> anyhow::Result<(Vec<RunRecord>, Known)> {
        let all = if running { stored::found(&self.runs_dir)? } else { stored::records(&self.runs_dir)? };
        let mut known = Known::default();
        if self.runs.is_empty() {
            if all.is_empty() {
                return Err(ReportError::NoRecords(self.runs_dir.clone()).into());
            }
            return Ok((all, known));
        }
        let mut chosen: Vec<RunRecord> = Vec::new();
        for name in &self.runs {
            let found = match PathBuf::from(name).is_file() {
                true => self.of_experiment(name, &all, running, &mut known, systems)?,
                false => vec![stored::find(&all, name)?.clone()],
            };
            for record in found {
                if !chosen.iter().any(|other| other.result.run_id == record.result.run_id) {
                    chosen.push(record);
                }
            }
        }
        Ok((chosen, known))
    }

    /// The records of an experiment's runs, in its order. Where its data is missing, a run is found by its specification alone.
    fn of_experiment(
        &self,
        file: &str,
        all: &[RunRecord],
        running: bool,
        known: &mut Known,
        systems: &Systems,
    ) -> anyhow::Result<Vec<RunRecord>> {
        let spec_args = SpecArgs {
            spec: file.into(),
            data_dir: self.data_dir.clone(),
            // Which runs are done does not matter here: the records say so.
            runs_dir: self.runs_dir.first().cloned().unwrap_or_default(),
            reports_dir: PathBuf::from("reports"),
            set: Vec::new(),
        };
        let context = spec_args.read(systems)?;
        let entries = &context.plan.entries;
        let runs = context.experiment.all_runs();
        let (mut found, mut without) = (Vec::new(), 0);
        for entry in entries {
            let of_entry = |record: &&RunRecord| match &entry.id {
                Some(id) => *id == record.result.run_id,
                None => entry.spec == record.result.spec,
            };
            let of_this: Vec<RunRecord> = match (all.iter().filter(of_entry).cloned().collect::<Vec<_>>(), &entry.id) {
                (of_this, _) if !of_this.is_empty() => of_this,
                (_, Some(id)) if running => unfinished(id, &entry.spec, &context.store.folder(id).progress()).into_iter().collect(),
                _ => Vec::new(),
            };
            without += usize::from(of_this.is_empty());
            for record in of_this {
                let id = &record.result.run_id;
                let label = runs.iter().find(|run| run.spec == entry.spec).map(|run| context.experiment.report.run_name(run));
                let name = RunName { experiment: context.experiment.name.clone(), label: label.unwrap_or_default() };
                known.names.insert(id.clone(), name);
                let epochs = context.store.folder(id).progress();
                if !epochs.is_empty() {
                    known.progress.insert(id.clone(), epochs);
                }
                found.push(record);
            }
        }
        let what = if running { "a record or an epoch behind them" } else { "a record" };
        say(&format!("{file}: {} of {} runs have {what}", entries.len() - without, entries.len()));
        Ok(found)
    }
}

/// What there is of a run that has no record yet: the epochs that it has behind it; `None` without one.
fn unfinished(id: &str, spec: &RunSpec, epochs: &[EpochProgress]) -> Option<RunRecord> {
    let mut networks: Vec<NetworkRecord> = Vec::new();
    for epoch in epochs {
        let place = networks.iter().position(|network| network.tasks == epoch.network).unwrap_or_else(|| {
            networks.push(NetworkRecord { tasks: epoch.network.clone(), parameters: 0, selected_epochs: Vec::new(), epochs: Vec::new() });
            networks.len() - 1
        });
        networks[place].epochs.push(epoch.record.clone());
    }
    if networks.is_empty() {
        return None;
    }
    let mut record = RunRecord::unscored(id, spec.clone(), RunState::Failed { why: "not finished yet".into() });
    record.result.networks = networks;
    Some(record)
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

pub fn run(args: Args, systems: &Systems) -> anyhow::Result<u8> {
    // The epochs of a run are worth a look before its record is there.
    let (records, known) = args.chosen.records_and_known(matches!(args.what, What::History), systems)?;
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
    export(&records.iter().collect::<Vec<_>>(), &known, rows, format, &mut bytes)?;
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
