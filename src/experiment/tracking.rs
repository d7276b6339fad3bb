//! The scalars of a run for TensorBoard: while it is made, and from its record.
//!
//! A run with one network has one folder; the two networks of a pipeline have one each within it, since their epochs run side by side.
//! The step is the epoch, from 1.

use crate::evaluate::Counts;
use crate::run::record::{EpochRecord, NetworkRecord, RunRecord};
use crate::tensorboard::{EventWriter, Scalar};
use crate::train::{Progress, ScoredEpoch};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// What an epoch's record holds.
fn of_epoch(epoch: &EpochRecord) -> Vec<Scalar> {
    let mut scalars = vec![Scalar::new("train/learning_rate", epoch.learning_rate), Scalar::new("train/clipped", epoch.clipped)];
    let given = [
        ("loss/mer", epoch.loss.mer),
        ("loss/men", epoch.loss.men),
        ("dev_mention/f1", epoch.dev_f1.mer),
        ("dev_concept/f1", epoch.dev_f1.men),
    ];
    scalars.extend(given.into_iter().filter_map(|(tag, value)| Some(Scalar::new(tag, value?))));
    scalars
}

fn precision_and_recall(group: &str, counts: Counts) -> [Scalar; 2] {
    [Scalar::new(format!("{group}/precision"), counts.precision()), Scalar::new(format!("{group}/recall"), counts.recall())]
}

/// An epoch's record and what only the moment knows.
fn of_scored(epoch: &ScoredEpoch) -> Vec<Scalar> {
    let mut scalars = of_epoch(epoch.record);
    scalars.push(Scalar::new("train/tokens_per_second", epoch.tokens_per_second));
    for (group, counts) in [("dev_mention", epoch.dev_mention), ("dev_concept", epoch.dev_concept)] {
        scalars.extend(counts.into_iter().flat_map(|counts| precision_and_recall(group, counts)));
    }
    scalars
}

/// The folder of one network's event files within that of its run.
fn folder_of(run: &Path, network: &str) -> PathBuf {
    if network == "both" { run.to_owned() } else { run.join(network) }
}

fn file_name(seconds: u64, more: &str) -> String {
    format!("events.out.tfevents.{seconds:010}.mermen{more}")
}

/// Passes on what a run says, and writes each epoch's scalars as it ends. A folder that cannot be written to is reported once; the run
/// goes on without.
pub struct Tracked<'a> {
    progress: &'a mut dyn Progress,
    folder: PathBuf,
    files: BTreeMap<String, Option<EventWriter<File>>>,
}

impl<'a> Tracked<'a> {
    /// `folder` is the run's own.
    pub fn new(progress: &'a mut dyn Progress, folder: impl Into<PathBuf>) -> Self {
        Self { progress, folder: folder.into(), files: BTreeMap::new() }
    }

    fn write(&mut self, network: &str, epoch: &ScoredEpoch) -> io::Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        let step = epoch.record.epoch;
        if !self.files.contains_key(network) {
            let name = file_name(now as u64, &format!(".{}", std::process::id()));
            let mut file = EventWriter::create(&folder_of(&self.folder, network).join(name), now)?;
            file.begin(now, step)?;
            self.files.insert(network.to_owned(), Some(file));
        }
        match self.files.get_mut(network) {
            Some(Some(file)) => file.scalars(now, step, &of_scored(epoch)),
            _ => Ok(()),
        }
    }
}

impl Progress for Tracked<'_> {
    fn epoch(&mut self, network: &str, epoch: usize, of: usize, done: usize, sentences: usize, text: &str) {
        self.progress.epoch(network, epoch, of, done, sentences, text);
    }

    fn say(&mut self, line: &str) {
        self.progress.say(line);
    }

    fn scored(&mut self, network: &str, epoch: &ScoredEpoch) {
        if let Err(error) = self.write(network, epoch) {
            let folder = self.folder.display();
            self.progress.say(&format!("no more scalars for TensorBoard: cannot write in {folder}: {error}"));
            self.files.insert(network.to_owned(), None);
        }
        self.progress.scored(network, epoch);
    }
}

/// Writes what the record of a finished run holds, under the times that the record gives; the same record gives the same bytes. Beside
/// each epoch's scalars there are, at the last of the selected epochs, the scores of dev and test.
///
/// # Errors
/// A file that cannot be written.
pub fn write_events(record: &RunRecord, folder: &Path) -> io::Result<Vec<PathBuf>> {
    let measured = &record.measured;
    let began = measured.finished_at as f64 - measured.train_seconds - measured.evaluate_seconds;
    let epochs: usize = record.result.networks.iter().map(|network| network.epochs.len()).sum();
    let an_epoch = (measured.train_seconds + measured.evaluate_seconds) / epochs.max(1) as f64;
    let mut done: u32 = 0;
    let mut files = Vec::new();
    for network in &record.result.networks {
        let path = folder_of(folder, &network.tasks).join(file_name(measured.finished_at, ""));
        let mut file = EventWriter::create(&path, began)?;
        if let Some(first) = network.epochs.first() {
            file.begin(began, first.epoch)?;
        }
        for epoch in &network.epochs {
            done += 1;
            let mut scalars = of_epoch(epoch);
            scalars.push(Scalar::new("train/tokens_per_second", measured.train_tokens_per_second));
            file.scalars(began + f64::from(done) * an_epoch, epoch.epoch, &scalars)?;
        }
        file.scalars(measured.finished_at as f64, network.selected_epochs.iter().copied().max().unwrap_or(0), &of_end(record, network))?;
        files.push(path);
    }
    Ok(files)
}

/// Scores of the selected parameters: a pipeline's network has those of its own task.
fn of_end(record: &RunRecord, network: &NetworkRecord) -> Vec<Scalar> {
    let mut scalars = Vec::new();
    for (split, scores) in [("dev", &record.result.dev), ("test", &record.result.test)] {
        let Some(scores) = scores else { continue };
        for (task, of, counts) in [("mention", "mer", scores.mention.kit), ("concept", "men", scores.concept.kit)] {
            if network.tasks == "both" || network.tasks == of {
                let group = format!("selected_{split}_{task}");
                scalars.extend(precision_and_recall(&group, counts));
                scalars.push(Scalar::new(format!("{group}/f1"), counts.f1()));
            }
        }
    }
    scalars
}

#[cfg(test)]
#[path = "tracking_tests.rs"]
mod tests;
