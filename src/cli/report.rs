//! `mermen report`: draws the page of an experiment, or publishes finished records and redraws the paper's tables, figures and page.

use super::experiment_context::{ExperimentContext, SpecArgs, names};
use super::{print, report_inputs, say, stored};
use crate::baseline::Systems;
use crate::experiment::claims_file;
use crate::experiment::plan::RunStatus;
use crate::run::spec::RunSpec;
use crate::run::store::Store;
use crate::report::search::SearchPlan;
use crate::report::{self, NotRun, Paper, ReportError, claims};
use anyhow::Context;
use std::path::{Path, PathBuf};

/// Draw the page, tables and figures of experiments, and those of the paper
///
/// Each SPEC gets a folder of its own name with tables (Markdown, LaTeX, CSV), figures (SVG, PNG, PDF) and `index.html`, drawn from the
/// records of its runs as its `report` section says. Without SPEC, and where a SPEC has runs of the paper's tables, finished runs on the
/// paper's corpora are published and the paper's report is drawn: from what was published alone, without corpora, vectors or training,
/// byte for byte. A SPEC of such runs is also noted in it: which setting the paper's tables show, and which runs cannot be made because
/// their data is not available.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  mermen report                            publish what is in runs/, redraw reports/\n  mermen report own.yaml                   draw reports/own/index.html\n  mermen report experiments/paper.yaml     note its plan first, and draw the paper's report too")]
pub struct Args {
    /// Experiment files to draw
    #[arg(value_name = "SPEC")]
    specs: Vec<PathBuf>,
    /// Folder of corpora and embeddings; read only for SPEC
    #[arg(long, env = "MERMEN_DATA", default_value = "data", value_name = "DIR")]
    data_dir: PathBuf,
    /// Folder of the run store, whose finished records are published first
    #[arg(long, value_name = "DIR", default_value = "runs")]
    runs_dir: PathBuf,
    /// Folder of the report: published records are in its `records`, what else it is drawn from in its `inputs`
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// File that states the paper's claims; without it none is judged
    #[arg(long, value_name = "FILE", default_value = "experiments/claims.yaml")]
    claims: PathBuf,
}

/// # Errors
/// A record, plan or claim that does not parse, a file that cannot be written, or nothing to draw from: no record and no note.
pub fn run(args: Args, systems: &Systems) -> anyhow::Result<u8> {
    let mut of_paper = args.specs.is_empty();
    for spec in &args.specs {
        let context = context(&args, spec, systems)?;
        of_paper |= context.plan.entries.iter().any(|entry| report::row_of(&entry.spec).is_some());
        match context.draw(&args.out)? {
            Some(table) => print(&table),
            None => say(&format!("{}: no run is done yet; `mermen run {}` makes them", context.experiment.name, spec.display())),
        }
    }
    if of_paper { draw_paper(args, systems) } else { Ok(0) }
}

fn context(args: &Args, spec: &Path, systems: &Systems) -> anyhow::Result<ExperimentContext> {
    let spec_args = SpecArgs {
        spec: spec.to_owned(),
        data_dir: args.data_dir.clone(),
        runs_dir: args.runs_dir.clone(),
        reports_dir: args.out.clone(),
        set: Vec::new(),
    };
    spec_args.read(systems)
}

/// Publishes what the store has of the paper's runs, and draws the paper's report.
fn draw_paper(args: Args, systems: &Systems) -> anyhow::Result<u8> {
    let published = args.out.join("records");
    let records = stored::found(std::slice::from_ref(&args.runs_dir))?;
    // A fresh clone has no run store; what is published is enough.
    if !records.is_empty() {
        // Trials on other corpora (the quickstart's) have reports of their own.
        let records: Vec<_> = records.into_iter().filter(|r| report::system::PaperCorpus::of(&r.result.spec.data.corpus).is_some()).collect();
        let new = report::publish::publish(&records, &published).context("cannot publish the finished runs")?;
        let store = Store::new(&args.runs_dir, &published);
        report::publish_probes(&store, &records, &args.out).context("cannot publish the runs' probes")?;
        say(&format!("{} runs of the paper's corpora in {}, {new} of them newly published", records.len(), args.runs_dir.display()));
    }
    if !args.specs.is_empty() {
        note_plans(&args, systems)?;
        report_inputs::note(&args.data_dir, &args.out)?;
    }
    let mut input = Paper::load(&args.out)?;
    if input.is_empty() {
        return Err(ReportError::NoRecords(vec![args.runs_dir, published]).into());
    }
    if args.claims.exists() {
        let file = claims_file::read(&args.claims)?;
        let readings = super::claims::readings(&file, &input.records, &names(systems))?;
        (input.claims, input.audit) = claims::rows(&claims::judge(&file, &input.records, &readings));
    }
    let drawn = report::paper(&input, &args.out)?;
    print(&drawn.terminal_table);
    say(&format!("{} files drawn from {} records; open {}", drawn.files.len(), input.records.len(), args.out.join("index.html").display()));
    Ok(0)
}

/// What is noted names no folder of this machine: whether the corpus or the vectors are what is missing.
fn note_plans(args: &Args, systems: &Systems) -> anyhow::Result<()> {
    let mut planned: Vec<RunSpec> = Vec::new();
    let mut not_run: Vec<NotRun> = Vec::new();
    let mut searches: Vec<SearchPlan> = Vec::new();
    for spec in &args.specs {
        let context = context(args, spec, systems)?;
        if !context.plan.entries.iter().any(|entry| report::row_of(&entry.spec).is_some()) {
            continue;
        }
        searches.extend(SearchPlan::of(&context.experiment));
        // The runs of a search have settings of their own: none of them is that of the paper's tables.
        if context.experiment.search.is_some() {
            continue;
        }
        let entries = context.plan.entries;
        let present: Vec<&str> =
            entries.iter().filter(|e| !matches!(e.status, RunStatus::NotRun(_))).map(|e| e.spec.data.corpus.as_str()).collect();
        for entry in &entries {
            if let RunStatus::NotRun(why) = &entry.status {
                say(&format!("not run: {why}"));
                let missing = if present.contains(&entry.spec.data.corpus.as_str()) { "vectors" } else { "corpus" };
                not_run.push(NotRun { spec: entry.spec.clone(), reason: format!("{missing} not available") });
            }
        }
        planned.extend(entries.into_iter().map(|e| e.spec));
    }
    report::note_searches(&args.out, &searches)?;
    if !planned.is_empty() {
        report::note_plan(&args.out, &planned, &not_run)?;
    }
    Ok(())
}
