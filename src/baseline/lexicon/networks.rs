//! Networks that another run of the store has trained already: a run is decided by its specification and its data, so what they say of the
//! networks makes those of two runs the same.

use crate::atomic_file::write_atomically;
use crate::run::identity::{DataDigests, run_id, short};
use crate::run::record::RunState;
use crate::run::relevance::normalised;
use crate::run::spec::{LexiconOptions, OptionsSpec, RunSpec, SystemKind};
use crate::run::store::Store;
use crate::train::{Progress, TrainError, network_specs};
use std::fs;
use std::path::Path;

/// Copies the networks of a finished run with the same ones into `workdir`, where there is such a run and `workdir` has none: the neural run of
/// this specification, or a run of this system with other options of linking.
///
/// # Errors
/// A folder that cannot be written to. A run that cannot be read is skipped: its networks are then trained here.
pub fn take_over(
    spec: &RunSpec,
    digests: &DataDigests,
    store: &Store,
    workdir: &Path,
    progress: &mut dyn Progress,
) -> Result<(), TrainError> {
    let options = &spec.options.lexicon;
    let wanted: Vec<&str> = network_specs(spec.model.framework)
        .into_iter()
        .filter(|network| network.tasks.mer || (network.tasks.men && options.men_probability))
        .map(|network| network.name)
        .collect();
    let begun = |name: &&str| workdir.join(checkpoint(name)).is_file();
    if wanted.iter().any(begun) {
        return Ok(());
    }
    for id in likely(spec, digests) {
        let folder = store.folder(&id);
        let is_done = folder.record(&id).ok().flatten().is_some_and(|record| record.result.state == RunState::Done);
        let from = folder.work_path();
        if !is_done || from == *workdir || !wanted.iter().all(|name| from.join(checkpoint(name)).is_file()) {
            continue;
        }
        for name in &wanted {
            copy(&from, workdir, name)?;
        }
        progress.say(&format!("the networks are those of run {}, which has the same", short(&id)));
        return Ok(());
    }
    Ok(())
}

fn checkpoint(network: &str) -> String {
    format!("{network}.checkpoint.safetensors")
}

/// The ids of runs that have the networks of this one, whatever else they do.
fn likely(spec: &RunSpec, digests: &DataDigests) -> Vec<String> {
    let neural = RunSpec { system: SystemKind::Neural, options: OptionsSpec::default(), ..spec.clone() };
    let mut ids = vec![run_id(&normalised(&neural), &DataDigests { lexicon: String::new(), ..digests.clone() })];
    for (men_probability, dictionary_mentions) in [(false, false), (false, true), (true, false), (true, true)] {
        let vocabulary = spec.options.lexicon.vocabulary.clone();
        let lexicon = LexiconOptions { vocabulary, men_probability, dictionary_mentions, ..LexiconOptions::default() };
        let other = RunSpec { options: OptionsSpec { lexicon, ..OptionsSpec::default() }, ..spec.clone() };
        ids.push(run_id(&normalised(&other), digests));
    }
    ids
}

/// Copies a network's files, the checkpoint last: with it the training is over.
fn copy(from: &Path, to: &Path, network: &str) -> Result<(), TrainError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| TrainError::Io { path, source }
    };
    let prefix = format!("{network}.");
    let mut names = Vec::new();
    for entry in fs::read_dir(from).map_err(failed(from))? {
        let name = entry.map_err(failed(from))?.file_name().to_string_lossy().into_owned();
        if name.starts_with(&prefix) && (name.ends_with(".safetensors") || name.ends_with(".json")) {
            names.push(name);
        }
    }
    names.sort_by_key(|name| (*name == checkpoint(network), name.clone()));
    for name in names {
        let bytes = fs::read(from.join(&name)).map_err(failed(from))?;
        write_atomically(&to.join(&name), &bytes).map_err(failed(to))?;
    }
    Ok(())
}
