//! `mermen probe`: what trained runs make of their feedback.

use super::experiment_context::SpecArgs;
use super::cpu_path::CpuPath;
use super::{print, say};
use crate::baseline::Systems;
use crate::evaluate::Counts;
use crate::experiment::plan::RunStatus;
use crate::run::record::ProbeRecord;
use crate::run::spec::SystemKind;
use crate::experiment::training::Training;
use crate::nn::DeviceLocation;
use anyhow::bail;
use std::fmt::Write;

/// Replace the feedback of an experiment's trained runs, and score what they then predict
///
/// The last round of feedback reads gold tags, 1/|L|, or what belongs to another sentence. A run's probes are written beside its
/// record; `mermen report` publishes them and draws their table. Runs made on another machine have no parameters here and are
/// left out.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  mermen probe experiments/table5.yaml --data-dir DATA")]
pub struct Args {
    #[command(flatten)]
    experiment: SpecArgs,
    #[command(flatten)]
    cpu_path: CpuPath,
}

/// # Errors
/// No finished run with parameters, data that is missing, or a file that cannot be written.
pub fn run(args: Args, systems: &Systems) -> anyhow::Result<u8> {
    let isa = args.cpu_path.isa()?;
    let context = args.experiment.read(systems)?;
    let runner = Training { systems, data_dir: args.experiment.data_dir.clone(), device: DeviceLocation::Cpu, isa, tensorboard: None, store: context.store.clone() };
    let mut table = String::new();
    for entry in context.plan.entries.iter().filter(|entry| entry.status == RunStatus::Done) {
        let Some(folder) = entry.id.as_ref().map(|id| context.store.folder(id)) else { continue };
        let Some(request) = folder.request()?.filter(|request| request.spec.system == SystemKind::Neural) else { continue };
        let name = entry.names.first().map_or("", String::as_str);
        let probes = match folder.probes(&request.run_id)? {
            Some(known) if known.memorization.is_some() => known,
            _ => {
                say(&format!("probing {name}"));
                let probes = runner.probe(&request, &folder.work_path())?;
                folder.write_probes(&probes)?;
                probes
            }
        };
        describe(&mut table, name, &probes)?;
    }
    if table.is_empty() {
        bail!(
            "no run of {} was finished in {}: make them with `mermen run {}`",
            args.experiment.spec.display(),
            args.experiment.runs_dir.display(),
            args.experiment.spec.display()
        );
    }
    print(&table);
    Ok(0)
}

/// One run: a line for each feedback, F1 on dev and test.
fn describe(table: &mut String, name: &str, probes: &ProbeRecord) -> std::fmt::Result {
    writeln!(table, "{name}")?;
    writeln!(table, "  {:<18}{:>8} {:>8} {:>12} {:>9} {:>8} {:>12}", "feedback", "dev mer", "men", "mer from men", "test mer", "men", "mer from men")?;
    for (dev, test) in probes.dev.iter().zip(&probes.test) {
        let f1 = |counts: &Counts| format!("{:.4}", counts.f1());
        writeln!(
            table,
            "  {:<18}{:>8} {:>8} {:>12} {:>9} {:>8} {:>12}",
            dev.feedback.title(),
            f1(&dev.mention),
            f1(&dev.concept),
            f1(&dev.mention_from_men),
            f1(&test.mention),
            f1(&test.concept),
            f1(&test.mention_from_men)
        )?;
    }
    if let Some(splits) = probes.memorization {
        for (name, found) in ["dev", "test"].into_iter().zip(splits) {
            writeln!(
                table,
                "  {name:<4}  MER + look-up {:.4}; recall of known strings {:.4} ({}), others {:.4} ({})",
                found.looked_up.f1(),
                found.known.share(),
                found.known.of,
                found.other.share(),
                found.other.of
            )?;
        }
    }
    Ok(())
}
