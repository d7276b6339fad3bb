//! `mermen records`: what a run's record says, for a person, and whether records can be trusted.

use super::{print, stored};
use crate::baseline::Systems;
use crate::corpus::{Document, Task};
use crate::evaluate::{Counts, Split, SplitScores};
use crate::report::setting::{differences, flat};
use crate::report::system::System;
use crate::run::identity::short;
use crate::run::record::{NetworkRecord, RunRecord, RunState};
use crate::run::spec::{RunSpec, SystemKind};
use std::fmt::Write;
use std::path::PathBuf;

/// Show a run's record, or verify all records
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    Show(Show),
    Verify(Verify),
}

/// Show what a record says: the run's keys, networks, scores and predictions
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  mermen records show 0123456789ab\n  mermen records show 0123 --runs-dir reports/records")]
struct Show {
    /// Run id, or the first digits of one
    #[arg(value_name = "RUN")]
    run: String,
    #[command(flatten)]
    folders: Folders,
}

/// Read every record, its predictions and its gold table, and compare them with each other
///
/// A record is refused (exit code 2, with the file's name) whose hash is not that of its specification and data, whose predictions or gold
/// table are missing or changed, or whose counts are not those of its predictions.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  mermen records verify\n  mermen records verify --runs-dir reports/records")]
struct Verify {
    #[command(flatten)]
    folders: Folders,
}

#[derive(clap::Args)]
struct Folders {
    /// Folders with run records, searched to any depth
    #[arg(long, value_name = "DIR", default_values = ["runs", "reports/records"])]
    runs_dir: Vec<PathBuf>,
}

pub fn run(args: Args, systems: &Systems) -> anyhow::Result<u8> {
    match args.what {
        What::Show(Show { run, folders }) => {
            let records = stored::records(&folders.runs_dir)?;
            print(&shown(stored::find(&records, &run)?, systems)?);
        }
        What::Verify(Verify { folders }) => {
            let records = stored::records(&folders.runs_dir)?;
            let with = records.iter().filter(|record| record.predictions.is_some()).count();
            print(&format!("{} records are as they were written, {with} of them with predictions\n", records.len()));
        }
    }
    Ok(0)
}

const LABEL: usize = 13;
const WIDTH: usize = 80;

/// A label, and words behind it in as many lines as they need.
fn paragraph(out: &mut String, label: &str, words: &str) {
    let mut line = format!("{label:<LABEL$}");
    let mut begun = false;
    for word in words.split(' ') {
        if begun && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(out, "{}", line.trim_end());
            line = " ".repeat(LABEL);
            begun = false;
        }
        if begun {
            line.push(' ');
        }
        line.push_str(word);
        begun = true;
    }
    let _ = writeln!(out, "{}", line.trim_end());
}

fn shown(record: &RunRecord, systems: &Systems) -> anyhow::Result<String> {
    let (result, measured) = (&record.result, &record.measured);
    let (spec, data) = (&result.spec, &result.data);
    let mut out = String::new();
    paragraph(&mut out, "run", &format!("{} of protocol {}", result.run_id, result.protocol));
    let of_system = match spec.system {
        SystemKind::Neural => format!("{}, {}, seed {}", System::of(spec).name(), spec.embedding.name, spec.seed),
        SystemKind::Own(name) if systems.get(spec.system).is_none() => {
            format!("{name}, which another program registers: this one reads its records and cannot train it")
        }
        _ => System::of(spec).name(),
    };
    paragraph(&mut out, "system", &of_system);
    let differences = differences(&flat(spec), &flat(&RunSpec::default()));
    paragraph(&mut out, "keys", if differences.is_empty() { "all as by default".into() } else { differences.join(" ") }.as_str());
    if let RunState::Failed { why } = &result.state {
        paragraph(&mut out, "failed", why);
        return Ok(out);
    }
    paragraph(
        &mut out,
        "data",
        &format!(
            "{} ({}): {} sentences and {} tokens in training, {} MER tags, {} MEN tags; {} ({}): {} of {} words",
            spec.data.corpus,
            short(&data.corpus_sha256),
            data.sentences_train,
            data.tokens_train,
            data.mer_tags,
            data.men_tags,
            data.embedding.name,
            if data.embedding.sha256.is_empty() { "drawn at random" } else { short(&data.embedding.sha256) },
            data.embedding.types_found,
            data.embedding.types
        ),
    );
    if !result.facts.is_empty() {
        let facts: Vec<String> = result.facts.iter().map(|(name, value)| format!("{name} {value}")).collect();
        paragraph(&mut out, "facts", &facts.join(", "));
    }
    result.networks.iter().for_each(|network| paragraph(&mut out, "network", &of_network(network)));
    paragraph(
        &mut out,
        "made",
        &format!(
            "by mermen {} on {} ({}), {}; {:.0} s of training ({:.0} s of processor time), {:.0} s of prediction, {:.0} MiB",
            measured.version,
            measured.device,
            measured.cpu_path,
            measured.host,
            measured.train_seconds,
            measured.train_cpu_seconds,
            measured.evaluate_seconds,
            measured.peak_memory_mib
        ),
    );
    out.push('\n');
    for (split, scores) in Split::ALL.into_iter().zip([&result.dev, &result.test]) {
        if let Some(scores) = scores {
            of_scores(&mut out, split, scores);
        }
    }
    if let Some(predictions) = &record.predictions {
        let _ = writeln!(out, "{:<24}{:>9}{:>9}{:>9}   confidence of MEN", "predicted mentions", "gold", "MER", "MEN");
        for split in Split::ALL {
            let found = predictions.split(split)?;
            let mentions = |documents: &[Document]| documents.iter().map(|document| document.mentions.len()).sum::<usize>();
            let [gold, mer, men] = [&found.gold.documents, &found.predicted.mer, &found.predicted.men].map(|of| mentions(of));
            let name = format!("{} ({} documents)", split.name(), found.gold.documents.len());
            let _ = writeln!(out, "{name:<24}{gold:>9}{mer:>9}{men:>9}   {}", confidence(&found.predicted.confidence));
        }
        let facts = (short(predictions.sha256()), short(predictions.gold().sha256()));
        let _ = writeln!(out, "packed as {} against the gold table {}", facts.0, facts.1);
    }
    Ok(out)
}

fn of_network(network: &NetworkRecord) -> String {
    let kept: Vec<String> = network.selected_epochs.iter().map(u64::to_string).collect();
    let clipped = network.epochs.iter().map(|epoch| epoch.clipped).sum::<f64>() / network.epochs.len().max(1) as f64;
    let mut text = format!(
        "{}: {} parameters, {} epochs, kept {}, {:.1} % of steps clipped",
        network.tasks,
        network.parameters,
        network.epochs.len(),
        kept.join(" and "),
        100.0 * clipped
    );
    if let Some(last) = network.epochs.last() {
        for task in Task::ALL {
            if let Some(loss) = last.loss[task] {
                let _ = write!(text, ", last {} loss {loss:.4}", task.key().to_uppercase());
            }
        }
    }
    text
}

fn of_scores(out: &mut String, split: Split, scores: &SplitScores) {
    let _ = writeln!(out, "{:<24}{:>9}{:>9}{:>9}{:>7}{:>7}{:>7}", split.name(), "precision", "recall", "F1", "tp", "fp", "fn");
    let rows: [(&str, Counts); 7] = [
        ("mentions (MER)", scores.mention.kit),
        ("concepts (MEN)", scores.concept.kit),
        ("mentions with concept", scores.mention_concept),
        ("concepts in training", scores.seen_concepts),
        ("concepts not in it", scores.unseen_concepts),
        ("token rows, MER", scores.token.mer),
        ("token rows, MEN", scores.token.men),
    ];
    for (name, of) in rows {
        let (p, r, f1) = (of.precision(), of.recall(), of.f1());
        let _ = writeln!(out, "{name:<24}{p:>9.4}{r:>9.4}{f1:>9.4}{:>7}{:>7}{:>7}", of.tp, of.fp, of.fn_);
    }
    let boundary = scores.boundary;
    let _ = writeln!(
        out,
        "spans of one head only: {} of {}; tokens: {} of {}\n",
        boundary.spans_in_one, boundary.spans_in_any, boundary.tokens_in_one, boundary.tokens_in_any
    );
}

/// The lower quartile, the median and the upper quartile of the mentions' probabilities.
fn confidence(rows: &[Vec<u8>]) -> String {
    let mut all = rows.concat();
    all.sort_unstable();
    let at = |share: usize| all.get(all.len() * share / 4).map(|step| f64::from(*step) / 255.0);
    match (at(1), at(2), at(3)) {
        (Some(low), Some(middle), Some(high)) => format!("{low:.2} {middle:.2} {high:.2} (quartiles)"),
        _ => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::synthetic::{record, spec};
    use crate::run::spec::Framework;

    #[test]
    fn a_record_is_shown_within_80_columns() {
        let mut record = record(spec("bc5cdr", Framework::Pipeline, true, true, 1));
        let text = shown(&record, &Systems::default()).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        for part in [&record.result.run_id[..], "data.corpus=bc5cdr", "model.crf=true", "mer: 523118 parameters, 20 epochs, kept 19", "mentions (MER)"] {
            assert!(text.contains(part), "{part} is not in:\n{text}");
        }
        record.result.state = RunState::Failed { why: "the loss of network `both` is NaN in epoch 2, batch 7".into() };
        assert!(shown(&record, &Systems::default()).unwrap().contains("failed       the loss of network `both`"));
    }
}
