//! `mermen check`: whether scores have moved since the baseline was made.

use super::experiment_context::{ExperimentContext, SpecArgs};
use super::cpu_path::CpuPath;
use super::device::Device;
use super::run::{jobs_by_cores, make_runs, worker_arguments};
use super::{say, stored};
use super::signals::Signals;
use crate::atomic_file::write_atomically;
use crate::baseline::Systems;
use crate::run::identity::short;
use crate::experiment::plan::RunStatus;
use crate::run::record::{RunRecord, RunState};
use crate::experiment::spec_file::Experiment;
use crate::experiment::worker::RunOutcome;
use crate::report::drift::{self, Baseline, BaselineError, BaselineSpecs, DriftStatus, Options};
use anyhow::{Context, bail};
use clap::ValueEnum;
use std::path::{Path, PathBuf};

/// Compare the scores of an experiment with a baseline
///
/// Runs that are not made yet are made first. Scores are compared where specification, protocol, data and metric definition are those
/// of the baseline. They are the same on any CPU, so a score may not move at all unless its row in the baseline has a tolerance; runs
/// on a GPU have one. Exit code 0: as the baseline says; 1: a score has moved, is missing, or is not in the baseline; 2: scores cannot
/// be compared, or the baseline is malformed; 3: a run failed.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  mermen check experiments/drift.yaml              make the runs that are missing, and compare
  mermen check experiments/drift.yaml --update     accept the scores as they are now
  mermen check own.yaml --baseline own.csv         where own.yaml has no `drift: {baseline: own.csv}`
  mermen check experiments/drift.yaml --format junit > drift.xml")]
pub struct Args {
    #[command(flatten)]
    experiment: SpecArgs,
    /// Scores to compare with (CSV) [default: what the experiment file names as `drift: {baseline: FILE}`]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Make the baseline again from the runs, keep its tolerances, and print what changed. A baseline of another experiment is left alone
    #[arg(long)]
    update: bool,
    /// With --update: replace the baseline also where it is of another experiment, or cannot be read
    #[arg(long, requires = "update")]
    replace: bool,
    /// Scores that are better than the baseline's do not fail
    #[arg(long)]
    allow_gains: bool,
    /// Scores of the experiment that the baseline lacks do not fail
    #[arg(long)]
    allow_new: bool,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    cpu_path: CpuPath,
    /// Make no run: compare those that are made
    #[arg(long)]
    no_run: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
    Junit,
    /// Annotations of a GitHub workflow
    Github,
}

/// Exit code as above; what is wrong with spec, baseline or records is an error (2).
pub fn run(args: Args, systems: &Systems) -> anyhow::Result<u8> {
    args.cpu_path.isa()?;
    let context = args.experiment.read(systems)?;
    let Some(path) = args.baseline.clone().or_else(|| context.experiment.baseline.clone()) else {
        bail!(
            "{} names no baseline: write `drift: {{baseline: FILE}}` in it, or name the file with --baseline",
            args.experiment.spec.display()
        );
    };
    // What cannot be read, or must not be replaced, is reported before hours are spent on runs.
    let old = match Baseline::read(&path) {
        Err(BaselineError::Read { source, .. }) if args.update && source.kind() == std::io::ErrorKind::NotFound => Baseline::default(),
        Err(BaselineError::Malformed { .. }) if args.replace => Baseline::default(),
        other => other?,
    };
    let name = &context.experiment.name;
    if args.update && !args.replace && old.about.experiment.as_ref().is_some_and(|of| of != name) {
        return Err(of_another(&path, &old, name));
    }
    if !args.no_run && context.plan.to_do().next().is_some() {
        let signals = Signals::listen(true)?;
        let worker = worker_arguments(&args.experiment, Device::Cpu, &args.cpu_path, None)?;
        let outcomes = make_runs(&context, worker, jobs_by_cores(&context.plan), &signals)?;
        if signals.stopped() {
            say("interrupted: the same command goes on where this one stopped");
            return Ok(signals.exit_code());
        }
        if let Some(why) = outcomes.iter().find_map(|outcome| if let RunOutcome::BadInput { why } = outcome { Some(why) } else { None }) {
            bail!("a run of {} cannot be made: {why}", args.experiment.spec.display());
        }
    }
    let stored = stored::found(&[args.experiment.runs_dir.clone(), args.experiment.reports_dir.join("records")])?;
    let records = records_of(&context.experiment, &stored)?;
    let expected = distinct(&context.experiment);
    if records.len() < expected {
        bail!("{} of the {expected} runs of {} are not made{}", expected - records.len(), args.experiment.spec.display(), why_not(&context));
    }
    if args.update {
        return update(&args, &path, name, old, &records);
    }
    let mut baseline = old;
    baseline.learn(&stored);
    check(&args, &path, &records, &baseline)
}

/// Why a baseline is not replaced.
fn of_another(path: &Path, old: &Baseline, name: &str) -> anyhow::Error {
    let path = path.display();
    match &old.about.experiment {
        Some(of) => anyhow::anyhow!(
            "{path} is the baseline of the experiment `{of}`, not of `{name}`: name another file with --baseline, or replace it with --replace"
        ),
        None => anyhow::anyhow!(
            "{path} is the baseline of another experiment: none of its runs is one of `{name}`. Name another file with --baseline, or \
             replace it with --replace"
        ),
    }
}

/// What keeps the missing runs from being made.
fn why_not(context: &ExperimentContext) -> String {
    let reasons: Vec<&str> = context.plan.reasons().into_iter().collect();
    if context.plan.entries.iter().any(|entry| matches!(entry.status, RunStatus::NotRun(_))) && !reasons.is_empty() {
        format!(":\n  - {}", reasons.join("\n  - "))
    } else {
        ": make them without --no-run".to_owned()
    }
}

fn check(args: &Args, path: &Path, records: &[RunRecord], baseline: &Baseline) -> anyhow::Result<u8> {
    let report = drift::check(records, baseline, Options { allow_gains: args.allow_gains, allow_new: args.allow_new });
    print!(
        "{}",
        match args.format {
            Format::Text => drift::text(&report),
            Format::Markdown => drift::markdown(&report),
            Format::Json => drift::json(&report)?,
            Format::Junit => drift::junit(&report),
            Format::Github => drift::github(&report, &path.display().to_string()),
        }
    );
    Ok(report.exit_code())
}

fn update(args: &Args, path: &Path, name: &str, old: Baseline, records: &[RunRecord]) -> anyhow::Result<u8> {
    let failed = drift::check(records, &Baseline::default(), Options::default());
    if failed.count(DriftStatus::RunFailed) > 0 {
        eprint!("{}", drift::text(&failed));
        say("the baseline is left as it was: a run failed");
        return Ok(failed.exit_code());
    }
    let another = old.is_of_another(name, &Baseline::of(records, None));
    if another && !args.replace {
        return Err(of_another(path, &old, name));
    }
    // Tolerances of another experiment are not this one's.
    let old = if another { Baseline::default() } else { old };
    let mut new = Baseline::of(records, Some(&old));
    new.about.experiment = Some(name.to_owned());
    write(&BaselineSpecs::path(path), &new.about.to_json())?;
    write(path, &new.to_csv())?;
    let changes = drift::changes(&old, &new);
    for change in &changes.lines {
        println!("{change}");
    }
    println!("{}: {}", path.display(), changes.summary());
    Ok(0)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let failed =
        || format!("cannot write the baseline {}: check that its folder may be written to and that the disk has space left", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(failed)?;
    }
    write_atomically(path, text.as_bytes()).with_context(failed)
}

/// The records of the experiment's runs, in its order, each once; a run without a record is left out.
///
/// # Errors
/// Where a run was made on one version of its data and on another: which is meant is not ours to guess.
fn records_of(experiment: &Experiment, stored: &[RunRecord]) -> anyhow::Result<Vec<RunRecord>> {
    let mut records: Vec<RunRecord> = Vec::new();
    for run in experiment.all_runs() {
        let fits = || stored.iter().filter(|record| record.result.spec == run.spec );
        // A run that failed and was made again counts as made.
        let mut done = fits().filter(|record| record.result.state == RunState::Done);
        let Some(record) = done.next().or_else(|| fits().next()) else { continue };
        if let Some(other) = done.find(|other| other.result.run_id != record.result.run_id) {
            bail!(
                "the run `{}` (seed {}) of {} was made with two versions of its data, as runs {} and {}: name the folder of the one \
                 that is meant with --runs-dir, or remove the other",
                run.name(),
                run.seed(),
                experiment.name,
                short(&record.result.run_id),
                short(&other.result.run_id)
            );
        }
        if !records.iter().any(|known| known.result.run_id == record.result.run_id) {
            records.push(record.clone());
        }
    }
    Ok(records)
}

fn distinct(experiment: &Experiment) -> usize {
    let mut specs = Vec::new();
    for run in experiment.all_runs() {
        if !specs.contains(&&run.spec) {
            specs.push(&run.spec);
        }
    }
    specs.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Counts, SplitScores};
    use crate::experiment::spec_file::{self, Names};
    use crate::registry;
    use crate::run::identity::{DataDigests, run_id};
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: Args,
    }

    /// A folder with an experiment of one run, its record and a baseline made of it.
    struct DriftFolder {
        folder: tempfile::TempDir,
        record: RunRecord,
    }

    impl DriftFolder {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let spec = folder.path().join("drift.yaml");
            std::fs::write(&spec, "name: drift\ndefaults:\n  data: { corpus: ncbi-disease }\nseeds: [1]\n").expect("written");
            let names = Names { corpora: registry::corpus_names(), embeddings: registry::embedding_names(), ..Names::default() };
            let experiment = spec_file::load(&spec, &names, &[]).unwrap_or_else(|errors| panic!("{errors}"));
            let mut test = SplitScores::default();
            test.mention.kit = Counts { tp: 40, fp: 40, fn_: 60 };
            let spec = experiment.all_runs()[0].spec.clone();
            let mut record = RunRecord::unscored("", spec, RunState::Done);
            record.result.data.corpus_sha256 = "c0".into();
            record.result.test = Some(test);
            record.measured.device = "cpu".into();
            let place = Self { folder, record };
            place.store(&place.record);
            assert_eq!(place.check(&["--update"]).expect("updated"), 0);
            place
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        /// Under the name that its specification and its data give it.
        fn store(&self, record: &RunRecord) {
            let mut record = record.clone();
            let result = &mut record.result;
            result.run_id = run_id(&result.spec, &DataDigests { corpus: result.data.corpus_sha256.clone(), ..DataDigests::default() });
            std::fs::create_dir_all(self.path("runs")).expect("a folder");
            std::fs::write(self.path("runs/record.json"), serde_json::to_string(&record).expect("JSON")).expect("written");
        }

        fn check(&self, more: &[&str]) -> anyhow::Result<u8> {
            let [spec, baseline, runs, none] =
                ["drift.yaml", "baseline/drift.csv", "runs", "none"].map(|name| self.path(name).display().to_string());
            let mut line = vec!["check", &spec, "--baseline", &baseline, "--runs-dir", &runs, "--reports-dir", &none, "--data-dir", &none];
            line.extend(more);
            run(Command::try_parse_from(line)?.args, &Systems::default())
        }

        fn with(&self, change: impl Fn(&mut RunRecord)) -> &Self {
            let mut record = self.record.clone();
            change(&mut record);
            self.store(&record);
            self
        }
    }

    fn mentions(tp: u64) -> impl Fn(&mut RunRecord) {
        move |record| record.result.test.as_mut().expect("scores").mention.kit = Counts { tp, fp: 40, fn_: 100 - tp }
    }

    #[test]
    fn exit_codes_are_those_that_the_help_names() {
        let place = DriftFolder::new();
        for format in ["text", "markdown", "json", "junit", "github"] {
            assert_eq!(place.check(&["--format", format]).expect("checked"), 0);
        }
        assert_eq!(place.with(mentions(30)).check(&[]).expect("checked"), 1);
        assert_eq!(place.with(mentions(50)).check(&[]).expect("checked"), 1);
        assert_eq!(place.with(mentions(50)).check(&["--allow-gains"]).expect("checked"), 0);
        assert_eq!(place.with(|record| record.result.data.corpus_sha256 = "c1".into()).check(&[]).expect("checked"), 2);
        assert_eq!(
            place.with(|record| record.result.state = RunState::Failed { why: "not finite".into() }).check(&[]).expect("checked"),
            3
        );
    }

    #[test]
    fn an_update_keeps_what_it_cannot_better() {
        let place = DriftFolder::new();
        let baseline = || std::fs::read_to_string(place.path("baseline/drift.csv")).expect("a baseline");
        let before = baseline();
        let failed = |record: &mut RunRecord| record.result.state = RunState::Failed { why: "not finite".into() };
        assert_eq!(place.with(failed).check(&["--update"]).expect("refused"), 3);
        assert_eq!(baseline(), before);
        assert_eq!(place.with(mentions(30)).check(&["--update"]).expect("updated"), 0);
        assert_ne!(baseline(), before);
        assert_eq!(place.check(&[]).expect("checked"), 0);
    }

    #[test]
    fn bad_input_is_an_error_that_names_the_place() {
        let place = DriftFolder::new();
        let baseline = place.path("baseline/drift.csv");
        std::fs::write(&baseline, "system,metric\n").expect("written");
        assert!(place.check(&[]).expect_err("malformed").to_string().contains("drift.csv, line 1: the columns `system,metric`"));
        assert!(place.check(&["--update"]).is_err(), "a malformed baseline is not overwritten");
        assert_eq!(place.check(&["--update", "--replace"]).expect("replaced"), 0);
        std::fs::remove_file(&baseline).expect("removed");
        assert!(place.check(&[]).expect_err("missing").to_string().contains("--update"));
        std::fs::remove_dir_all(place.path("runs")).expect("removed");
        assert!(place.check(&["--update"]).expect_err("not made").to_string().starts_with("1 of the 1 runs"));
    }
}
